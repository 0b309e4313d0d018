//! Temporal-flow algorithms over a compact multigraph of transfers.
//!
//! [`Graph`] holds transfers in time order with the edges of every node beside each other; each other module is one
//! algorithm on it, with its definition, a picture, its cost and its source at the head of the file. Amounts are whole
//! units and sums are exact. Output order is a function of the input rows as a set: neither their order nor the number
//! of threads shows in it.
//!
//! The crate knows no Arrow, no SQL and no I/O.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test may stop at a surprise"))]

mod adjacency;
mod amounts;
mod between;
pub mod bipartite;
pub mod brokers;
pub mod chains;
pub mod clusters;
pub mod coins;
pub mod components;
pub mod cycles;
mod deal;
mod error;
pub mod fans;
pub mod gather_scatter;
mod graph;
mod guard;
mod ids;
mod instances;
pub mod max_flow;
mod nodes;
mod order;
pub mod paths;
pub mod peel;
pub mod rolling;
pub mod scatter_gather;
pub mod stack;
pub mod successions;
#[cfg(test)]
mod testing;
pub mod trace;
mod union;

pub use amounts::Amounts;
pub use error::GraphError;
pub use graph::{Columns, Graph};
pub use guard::Guard;
pub use instances::Instances;
