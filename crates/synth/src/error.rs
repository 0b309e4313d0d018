//! What can go wrong while a world is written.

use std::path::{Path, PathBuf};

/// An error of the generator.
#[derive(Debug, thiserror::Error)]
pub enum SynthError {
    /// The file system refused.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The reason given.
        source: std::io::Error,
    },
    /// An entity could not be written as JSON.
    #[error("cannot serialise entity {entity}: {source}")]
    Json {
        /// The entity's id.
        entity: String,
        /// The reason given.
        source: serde_json::Error,
    },
    /// Block files of another chain are in the way.
    #[error("{0} holds block files already; give an empty folder")]
    Occupied(PathBuf),
    /// The generator's own plan does not hold together, for instance a wallet told to spend more than it has.
    #[error("inconsistent world: {0}")]
    Inconsistent(String),
}

impl SynthError {
    /// Wraps an I/O error with the path it happened on.
    pub(crate) fn write(path: &Path, source: std::io::Error) -> Self {
        Self::Write { path: path.to_path_buf(), source }
    }
}
