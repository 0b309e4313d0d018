//! The shape every reader has.

use std::path::PathBuf;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use crate::IngestError;

/// What a reader is opened with: a path, then the positional text arguments of the table function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadArgs {
    /// A file, or a folder where the format is one of folders.
    pub path: PathBuf,
    /// The arguments after the path, as the SQL wrote them.
    pub options: Vec<String>,
}

/// One source being read, once, front to back.
pub trait Reader: Send {
    /// The next batch and the index of the relation it belongs to, or `None` at the end.
    ///
    /// Batches of one relation come in source order. After an error the reader is finished.
    ///
    /// # Errors
    /// [`IngestError`] when the source as a whole cannot be read further.
    fn next(&mut self) -> Result<Option<(usize, RecordBatch)>, IngestError>;
}

/// A way of reading: its relations, their schemas, and how to open a source.
#[derive(Debug, Clone, Copy)]
pub struct ReaderSpec {
    /// The format's name in messages.
    pub name: &'static str,
    /// The table functions it offers, in the order of the relation index, each with one sentence of help.
    pub relations: &'static [(&'static str, &'static str)],
    /// The arguments after the path, for help and error messages.
    pub usage: &'static str,
    /// The schema of a relation, given the arguments. Must not read the file's body.
    pub schema: fn(&ReadArgs, usize) -> Result<SchemaRef, IngestError>,
    /// Opens a source.
    pub open: fn(&ReadArgs) -> Result<Box<dyn Reader>, IngestError>,
}
