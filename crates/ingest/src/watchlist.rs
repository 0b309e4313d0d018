//! Lists of known names and addresses, made by others: tags, entities, sanctions.
//!
//! What a list says is a claim with a source, never a fact of ours, so every reader keeps the claim's own words (the
//! confidence as written, the properties as text) beside the columns a mapping needs. An entry that cannot be read is a
//! row with `error` set; a document that is broken as a whole is an [`IngestError`](crate::IngestError) that says where.

pub mod ftm;
pub mod ofac;
pub mod records;
mod table;
pub mod tagpack;
