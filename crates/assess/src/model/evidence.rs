//! The rows a statement stands on: never none, in one order, under one hash.

use std::collections::BTreeSet;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::error::{AssessError, Result};

/// The ids of the rows behind a statement, without repeats and in order.
///
/// The hash covers every id, each ended by a line feed, so dropping or adding a row shows in print even where a long list is folded away.
/// Its fields can be read and not set: an `Evidence` that exists has been through [`Evidence::new`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Evidence {
    /// How many rows.
    pub count: usize,
    /// The first sixteen hexadecimal digits of SHA-256 over the ids.
    pub hash: String,
    /// The ids.
    pub ids: Vec<String>,
}

impl Evidence {
    /// Takes the ids of the rows behind `what`; refuses none, and refuses a blank id.
    pub fn new(what: &str, ids: impl IntoIterator<Item = String>) -> Result<Self> {
        let ids: BTreeSet<String> = ids.into_iter().collect();
        if ids.is_empty() || ids.iter().any(|id| id.trim().is_empty()) {
            return Err(AssessError::NoEvidence { what: what.to_owned() });
        }
        let mut digest = Sha256::new();
        for id in &ids {
            digest.update(id.as_bytes());
            digest.update(b"\n");
        }
        let mut hash = hex::encode(digest.finalize());
        hash.truncate(16);
        Ok(Self { count: ids.len(), hash, ids: ids.into_iter().collect() })
    }

    /// The rows behind several statements together.
    pub fn union<'a>(what: &str, parts: impl IntoIterator<Item = &'a Self>) -> Result<Self> {
        Self::new(what, parts.into_iter().flat_map(|part| part.ids.iter().cloned()))
    }
}

/// A number as it is printed, with the rows it came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// The number, as exact text.
    pub value: String,
    /// Its unit.
    pub unit: String,
    /// The rows.
    pub evidence: Evidence,
}

impl Figure {
    /// A number and its rows; refuses a number without any.
    pub fn new(value: impl ToString, unit: &str, evidence: impl IntoIterator<Item = String>) -> Result<Self> {
        let value = value.to_string();
        let evidence = Evidence::new(&format!("{value} {unit}"), evidence)?;
        Ok(Self { value, unit: unit.to_owned(), evidence })
    }
}
