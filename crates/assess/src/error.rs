//! What can go wrong between a profile, a set of ratings and a finished report.

use thiserror::Error;

/// The result of everything in this crate.
pub type Result<T, E = AssessError> = std::result::Result<T, E>;

/// An assessment that could not be made, with the place to look.
#[derive(Debug, Error)]
pub enum AssessError {
    /// The lake, a query file, or a query.
    #[error(transparent)]
    Engine(#[from] headwater_engine::EngineError),
    /// The report could not be written.
    #[error("{path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: std::path::PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The profile is not TOML, or lacks a key, or holds one that no profile has.
    #[error("{file}: {source}")]
    ProfileSyntax {
        /// The profile's file name.
        file: String,
        /// What the TOML reader says, with line and column.
        source: Box<toml::de::Error>,
    },
    /// The profile reads well but contradicts itself.
    #[error("{file}: {key}: {reason}")]
    Profile {
        /// The profile's file name.
        file: String,
        /// The key, such as `indicator.A03.weight`.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The terms of reference are not TOML, or lack a key, or hold one that no terms have.
    #[error("{file}: {source}")]
    TermsSyntax {
        /// The file's name.
        file: String,
        /// What the TOML reader says, with line and column.
        source: Box<toml::de::Error>,
    },
    /// The terms of reference contradict themselves, or the profile.
    #[error("{file}, line {line}: {what}")]
    Terms {
        /// The file's name.
        file: String,
        /// The line.
        line: usize,
        /// The contradiction.
        what: String,
    },
    /// A product that does not exist or cannot be made.
    #[error("{what}")]
    Product {
        /// Which, and why not.
        what: String,
    },
    /// The linter refuses a product.
    #[error("{product} is refused before it is written:\n{}", .faults.join("\n"))]
    Lint {
        /// The product, or the file.
        product: String,
        /// The places, with what is wrong there.
        faults: Vec<String>,
    },
    /// The profile only adds points: it has no bands, priorities or candidate test.
    #[error("profile {profile} has no [rules]: it yields totals, not a score card")]
    NoRules {
        /// The profile's id and version.
        profile: String,
    },
    /// A rating for an indicator that the profile does not know.
    #[error("profile {profile} has no indicator {indicator:?}")]
    UnknownIndicator {
        /// The profile's id and version.
        profile: String,
        /// The id that was given.
        indicator: String,
    },
    /// A rating outside the ladder.
    #[error("indicator {indicator}: {score} is not a rung: the ladder goes from 0 to 4")]
    Rung {
        /// The indicator's id.
        indicator: String,
        /// The rating that was given.
        score: u8,
    },
    /// A statement without a row to stand on.
    #[error("{what} has no evidence: a number without a row behind it is not printed")]
    NoEvidence {
        /// What was about to be said.
        what: String,
    },
    /// A grade of a scheme that the profile does not list.
    #[error("grading scheme {scheme:?} is not in the profile")]
    Scheme {
        /// The scheme's name.
        scheme: String,
    },
    /// A grade that its scheme does not have.
    #[error("`{grade}` is no grade of {scheme}: a source is one of {sources}, an item one of {items}")]
    Grade {
        /// The grade that was given.
        grade: String,
        /// The scheme.
        scheme: String,
        /// Its codes of sources.
        sources: String,
        /// Its codes of items.
        items: String,
    },
    /// A question that names what is not there, or a judgement that says too little.
    #[error("{0}")]
    Usage(String),
    /// An amount that is not a decimal of at most 18 places.
    #[error("{text:?} is not a decimal number of at most 20 digits before the point and 18 after it")]
    Decimal {
        /// The text that was given.
        text: String,
    },
    /// A trend that cannot be computed from the numbers given.
    #[error("trend: {reason}")]
    Trend {
        /// What is wrong with them.
        reason: String,
    },
    /// The page could not be written; a fault of ours.
    #[error("report page: {0}")]
    Page(#[from] minijinja::Error),
    /// The JSON twin could not be written; a fault of ours.
    #[error("report twin: {0}")]
    Twin(#[from] serde_json::Error),
}

impl From<headwater_engine::datafusion::error::DataFusionError> for AssessError {
    fn from(error: headwater_engine::datafusion::error::DataFusionError) -> Self {
        Self::Engine(error.into())
    }
}
