//! Scores networks and writes the assessment.
//!
//! Three nouns: a [`profile::Profile`] says what is rated and how much it weighs; a [`score::ScoreCard`] is what the
//! ratings of one network add up to, with what is not known kept apart from what is nil; a [`model::Report`] is the one
//! data model from which the HTML page and its JSON twin are both written.
//!
//! [`run`] asks the lake for the facts, over one snapshot; the rest reads neither lake nor clock: the facts come in, the
//! same bytes go out.
//! Every ladder, weight and threshold stands in a profile file under `queries/profiles/`.
//!
//! ```
//! use headwater_assess::poisson::{Window, rate_ratio};
//!
//! // Ten flags in one window, twenty in the next: the 90 % interval just clears 1.
//! let ratio = rate_ratio(Window::equal(10), Window::equal(20), 0.90)?.ok_or("both windows are empty")?;
//! assert!(ratio.low > 1.0 && ratio.low < 1.01);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod chart;
pub mod confidence;
pub mod decimal;
pub mod error;
pub mod model;
pub mod poisson;
pub mod product;
pub mod profile;
pub mod report;
mod run;
pub mod score;
pub mod send;
pub mod terms;
mod verify;

#[cfg(test)]
mod sample;

pub use decimal::Decimal;
pub use error::{AssessError, Result};
pub use model::Report;
pub use product::{ProductFiles, ProductKind, ProductRequest};
pub use profile::Profile;
pub use report::{render_html, render_json};
pub use run::{
    AssessReport, AssessRequest, JudgeRequest, Judgement, NetworkLine, explain, judge, judgements, persons, reading,
    run,
};
pub use score::ScoreCard;
pub use terms::Terms;
pub use verify::{Check, verify};
