//! Turns outside data into Arrow batches.
//!
//! Three nouns carry the crate. A [`ReaderSpec`] names a way of reading (`read_csv`, `read_bitcoin_blocks`, …) and is
//! listed once, in [`READERS`]. Opening one on a path gives a [`Reader`], which yields batches, each belonging to one of
//! the *relations* the source holds: a CSV file has one, a block file has five. Every relation says where each row came
//! from (`position`, and where the format has it the byte range), and a row that cannot be read is still a row: its
//! `error` column says why, so that a mapping can send it to quarantine and nothing is dropped in silence.
//!
//! The crate knows no SQL and no lake. Hostile bytes give an [`IngestError`] or an `error` column, never a panic.

pub mod archive;
pub mod bitcoin;
mod csv;
mod error;
mod reader;
#[cfg(test)]
mod testing;
pub mod watchlist;

pub use csv::raw_record;
pub use error::IngestError;
pub use reader::{ReadArgs, Reader, ReaderSpec};

/// Every reader Headwater has: the one list from which table functions, docs and completions are made.
pub const READERS: &[ReaderSpec] = &[
    csv::SPEC,
    csv::long::SPEC,
    bitcoin::SPEC,
    bitcoin::missing::SPEC,
    bitcoin::loose::SPEC,
    watchlist::tagpack::SPEC,
    watchlist::ftm::SPEC,
    watchlist::ofac::SPEC,
    watchlist::records::SPEC,
];
