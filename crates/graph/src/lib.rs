//! Temporal-flow algorithms over a compact multigraph of transfers.
//!
//! [`Graph`] holds transfers in time order with the edges of every node beside each other; each other module is one
//! algorithm on it, with its definition, a picture, its cost and its source at the head of the file. Amounts are whole
//! units and sums are exact. Output order is a function of the input rows as a set: neither their order nor the number
//! of threads shows in it.
//!
//! The crate knows no Arrow, no SQL and no I/O.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test may stop at a surprise"))]

mod amounts;
pub mod cycles;
mod error;
mod graph;
mod guard;
mod instances;
mod nodes;
pub mod rolling;
pub mod scatter_gather;
pub mod successions;
#[cfg(test)]
mod testing;
pub mod trace;

pub use amounts::Amounts;
pub use error::GraphError;
pub use graph::{Columns, Graph};
pub use guard::Guard;
pub use instances::Instances;
