//! The SQL engine of Headwater: lake, catalog, functions, readers, parameters, limits.
//!
//! Three nouns carry the crate. A [`Lake`] is a folder (or an object-store prefix) of Delta tables with a commit point
//! of its own; a [`Session`] plans and runs SQL over one pinned snapshot of it; a [`Writer`] is the one way anything
//! gets in. What the tables are, how formats map to them and what a typology looks for is not here: that is the
//! [`Library`] of query files. The engine knows no crime.

mod audit;
mod bind;
mod catalog;
mod derive;
mod durations;
mod error;
pub mod functions;
mod identifiers;
mod import;
mod labels;
mod lake;
mod library;
mod macros;
mod nearest;
mod operators;
mod policy;
mod readers;
mod schema;
mod session;
mod shared;
mod spool;
mod writer;

pub use audit::{Act, Anchor, ChainFault, ChainReport, Mandate, Ticket, Verb, verify_chain};
pub use bind::{Bindings, Values};
pub use derive::{derive_anew, derive_changed};
pub use error::{EngineError, Result};
pub use import::{Event, Grading, ImportReport, ImportRequest, SourceReport, import};
pub use labels::Label;
pub use lake::{FilesChecked, Lake, LakeOptions, Pin, SnapshotRecord};
pub use library::{Header, Kind, Library, Parameter, QueryFile};
pub use macros::signature as macro_signature;
pub use nearest::nearest;
pub use operators::{OperatorCodec, OperatorDoc, operator_docs};
pub use policy::WithheldCount;
pub use readers::{ReaderDoc, reader_docs};
pub use schema::{LakeSchema, TableSpec};
pub use session::{Access, Session};
pub use writer::{Appended, Writer};

pub use datafusion;

/// The program and its version, as every row, file and product that it makes names it.
pub const PROGRAM: &str = concat!("headwater ", env!("CARGO_PKG_VERSION"));
