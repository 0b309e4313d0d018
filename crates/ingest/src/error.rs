//! What can go wrong while reading, with the place where it did.

use std::path::{Path, PathBuf};

use crate::bitcoin::node::NodeFault;

/// Why a source as a whole could not be read. A single bad row is not an error: it is a row with its `error` column set.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// The operating system refused the file.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are not what the format says they are; `what` names the place and the remedy.
    #[error("{path}: {what}", path = path.display())]
    Format {
        /// The file or folder.
        path: PathBuf,
        /// What was found, where, and what to do about it.
        what: String,
    },
    /// The arguments of a reader do not make sense together.
    #[error("{0}")]
    Argument(String),
    /// A node did not give what it was asked for; `what` names the reason and the remedy.
    #[error("{url}: {what}")]
    Node {
        /// The node, without credentials.
        url: String,
        /// The kind of failure.
        fault: NodeFault,
        /// What was asked, what came, and what to do about it.
        what: String,
    },
    /// Arrow refused a batch: a mistake of ours, not of the data.
    #[error("internal error while building a batch: {0}")]
    Arrow(#[from] arrow::error::ArrowError),
}

impl IngestError {
    /// An I/O error with its path.
    pub fn io(path: &Path, source: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }

    /// A format error with its path.
    pub fn format(path: &Path, what: impl Into<String>) -> Self {
        Self::Format { path: path.to_owned(), what: what.into() }
    }
}
