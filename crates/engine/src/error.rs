//! What can go wrong in the engine, told so that the person at the keyboard can mend it.

use std::path::PathBuf;

use datafusion::error::DataFusionError;

/// The engine's result.
pub type Result<T, E = EngineError> = std::result::Result<T, E>;

/// An error of the engine. Messages are lower-case, without a full stop, with the place and the remedy inside.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// SQL that does not plan or a query that failed: the caller's mistake, a limit, or bad data, as DataFusion says.
    #[error("{}", plain(.0))]
    Query(#[from] DataFusionError),
    /// The table store refused.
    #[error("the lake's tables: {0}")]
    Store(#[from] deltalake::DeltaTableError),
    /// A source could not be read.
    #[error(transparent)]
    Ingest(#[from] headwater_ingest::IngestError),
    /// The operating system refused.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A query file is not what a query file must be.
    #[error("{file}:{line}: {what}")]
    QueryFile {
        /// The file, relative to `queries/`.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong and what to write instead.
        what: String,
    },
    /// The lake is missing, locked, or damaged.
    #[error("lake {location}: {what}")]
    Lake {
        /// Where the lake is.
        location: String,
        /// What is wrong and what to do.
        what: String,
    },
    /// An import as a whole was refused; nothing of it was stored.
    #[error("import of {path}: {what}", path = path.display())]
    Import {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong and what to do.
        what: String,
    },
    /// A check of the format's own has something against the source; nothing of the import was stored.
    #[error("import of {path} refused: {what}", path = path.display())]
    Refused {
        /// The file or folder.
        path: PathBuf,
        /// What the check says, with the way to take it all the same.
        what: String,
    },
    /// The lake's rules forbid it.
    #[error("{0}")]
    Denied(String),
    /// The caller asked for something that does not exist or does not fit.
    #[error("{0}")]
    Usage(String),
}

impl EngineError {
    /// A mistake in a query file.
    pub fn query_file(file: &str, line: usize, what: impl Into<String>) -> Self {
        Self::QueryFile { file: file.to_owned(), line, what: what.into() }
    }
}

/// DataFusion wraps errors in layers that mean nothing to an investigator; the innermost message is the one to show.
fn plain(error: &DataFusionError) -> String {
    let message = error.strip_backtrace();
    for prefix in
        ["Error during planning: ", "Execution error: ", "SQL error: ", "Invalid or Unsupported Configuration: "]
    {
        if let Some(rest) = message.strip_prefix(prefix) {
            return rest.to_owned();
        }
    }
    message
}
