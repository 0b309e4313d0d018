//! What can go wrong between a query file and a finding.

use headwater_engine::EngineError;
use headwater_engine::datafusion::error::DataFusionError;

/// The crate's result.
pub type Result<T, E = DetectError> = std::result::Result<T, E>;

/// An error of detection. Messages name the file and say what to write instead.
#[derive(Debug, thiserror::Error)]
pub enum DetectError {
    /// The lake, a query, or a parameter.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A typology's header or its rows are not what they must be.
    #[error("{file}:{line}: {what}")]
    Typology {
        /// The file, relative to `queries/`.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong and what to write instead.
        what: String,
    },
    /// A profile cannot be used.
    #[error("profiles/{profile}.toml: {what}")]
    Profile {
        /// Its stem.
        profile: String,
        /// What is wrong and what to write instead.
        what: String,
    },
    /// A query ran longer than it may.
    #[error("{file}: stopped after {seconds} seconds; nothing of it was kept")]
    TimeLimit {
        /// The file, relative to `queries/`.
        file: String,
        /// The limit.
        seconds: u64,
    },
}

impl From<DataFusionError> for DetectError {
    fn from(error: DataFusionError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<headwater_engine::datafusion::arrow::error::ArrowError> for DetectError {
    fn from(error: headwater_engine::datafusion::arrow::error::ArrowError) -> Self {
        Self::Engine(DataFusionError::from(error).into())
    }
}
