//! Generates labelled worlds: banks, chains, criminals, with the ground truth beside them.
//!
//! Nobody may publish real laundering cases, so a program that claims to find laundering is shown on a world in which
//! the cases are known because they were put there. A *world* is a folder: the books of three banks, a small Bitcoin
//! chain, a watchlist, a table of exchange rates, and under `truth/` what was planted where. A *scheme* is one planted
//! case of one typology: `easy` ones meet every clause with room to spare, `hard` ones sit on a clause or just miss
//! one (and the truth says which), and *decoys* have the shape with an innocent reason.
//!
//! The same [`WorldSpec`] gives the same bytes on every machine: all draws come from ChaCha8 streams, all money is
//! integers, nothing reads a clock and nothing iterates over a hash map.
//!
//! ```
//! use headwater_synth::{WorldSpec, write_world};
//!
//! let folder = std::env::temp_dir().join("headwater-synth-doctest");
//! let summary = write_world(&WorldSpec::default(), &folder)?;
//! assert!(summary.bytes < 5_000_000);
//! # std::fs::remove_dir_all(&folder).ok();
//! # Ok::<(), headwater_synth::SynthError>(())
//! ```
//!
//! That world is small. [`write_large_world`] writes one of any size, with cases of every typology at three difficulties;
//! [`write_amlworld`] writes millions of transfers, [`chains`] Bitcoin chains of any size with their wallets known,
//! [`write_names`] names in many spellings.
//!
//! The crate knows nothing of the rest of Headwater: a generator that shared code with the detectors would share their
//! mistakes.

mod amlworld;
mod bank;
mod calendar;
mod chain;
pub mod chains;
mod economy;
mod edges;
mod error;
mod iban;
mod name_variants;
mod names;
mod random;
mod rates;
mod schemes;
mod truth;
mod watchlist;
mod world;
mod worlds;

pub use amlworld::write_amlworld;
pub use edges::{EdgeShape, Edges, edges};
pub use error::SynthError;
pub use name_variants::{NameOptions, NameSummary, write_names};
pub use world::{Scale, WorldSpec, WorldSummary, write_world};
pub use worlds::{LEAST_ACCOUNTS, LargeWorld, LargeWorldSummary, write_large_world};
