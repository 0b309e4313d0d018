//! A profile: what is rated, how much it weighs, and what the total means. Read from a versioned TOML file.
//!
//! Rust knows the shape of a ladder and of a rule, and not one of its numbers. A profile names its author and its
//! changes, because a weight that moved without a name beside it is how an assessment loses its reader's trust.
//!
//! ```
//! use headwater_assess::Profile;
//!
//! let refused = Profile::parse("mine.toml", "id = 'mine'").unwrap_err();
//! assert!(refused.to_string().starts_with("mine.toml: "));
//! ```

mod check;
mod ladder;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::confidence::{ConfidenceRule, Level};
use crate::decimal::Decimal;
use crate::error::{AssessError, Result};

pub use ladder::{Alternative, Metrics, NextRung, TrendRule};

/// The heights of a ladder above zero.
pub const RUNGS: usize = 4;

/// A versioned set of indicators and rules.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Short name, such as `composite-1`.
    pub id: String,
    /// Version of this text, such as `1.0.0`.
    pub version: String,
    /// Who answers for it.
    pub author: String,
    /// What it measures, in a few words.
    pub title: String,
    /// What changed, when and by whom; the newest entry carries the profile's version.
    #[serde(rename = "change")]
    pub changes: Vec<Change>,
    /// What a rung is worth.
    pub scale: Scale,
    /// The profile whose ratings feed this one through `from`; absent in a profile that rates by itself.
    pub evidence_of: Option<String>,
    /// Words that stand for rungs, in a profile that prints words.
    pub words: Option<Words>,
    /// Whether ratings add up: a profile may rate and claim no total.
    #[serde(default = "adds_up")]
    pub totals: bool,
    /// Bands, priorities and the candidate test; absent in a profile that only adds points.
    pub rules: Option<Rules>,
    /// How sure a rating is; absent where the profile leaves confidence to another.
    pub confidence: Option<ConfidenceRule>,
    /// The indicators, in the order of the file.
    #[serde(rename = "indicator")]
    pub indicators: Vec<Indicator>,
}

/// One entry of the change log.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The version the change made.
    pub version: String,
    /// The day, `YYYY-MM-DD`.
    pub date: String,
    /// Who made it.
    pub author: String,
    /// What and why.
    pub note: String,
}

/// What rungs 0 to 4 are worth, and what an unknown is taken for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// The rating of each rung, never falling; the last is the most a weight can be multiplied by.
    pub ratings: [u8; RUNGS + 1],
    /// The rating that stands for an unknown in the point value.
    pub unknown: u8,
}

/// What is printed for a rung, and for what is not known.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Rungs 0 to 4.
    pub rungs: [String; RUNGS + 1],
    /// An unknown.
    pub unknown: String,
}

fn adds_up() -> bool {
    true
}

/// Which of the three totals an indicator adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// T: intent and capability.
    Threat,
    /// H: effect.
    Harm,
    /// L: likelihood.
    Likelihood,
    /// How well placed the organisation itself is; added to none of the three.
    Position,
}

/// Whose word makes a rating known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum By {
    /// Computed.
    Engine,
    /// Proposed by the engine, known once an analyst confirms it.
    Mixed,
    /// Entered with graded evidence.
    Analyst,
}

/// One thing a network is rated on.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Such as `A01`.
    pub id: String,
    /// The total it adds to.
    pub group: Group,
    /// Its name in a table.
    pub title: String,
    /// Its name in a sentence: "unknown: corruption, violence".
    pub short: String,
    /// Its weight within the group.
    pub weight: u32,
    /// Whose word makes it known.
    pub by: By,
    /// What is measured.
    pub metric: String,
    /// In what unit.
    pub unit: String,
    /// Rungs 1 to 4 in words.
    pub ladder: [String; RUNGS],
    /// Lower bounds of rungs 1 to 4 of a numeric metric.
    pub rungs: Option<[Decimal; RUNGS]>,
    /// Alternatives that make each rung hold, for a ladder over several metrics.
    pub when: Option<[Vec<Alternative>; RUNGS]>,
    /// The rule of a ladder over an interval.
    pub trend: Option<TrendRule>,
    /// The indicator of another profile that feeds this one.
    pub from: Option<String>,
    /// Another indicator of this profile that this one is never rated below: the higher of the two counts.
    pub higher_of: Option<String>,
}

/// What a total means and what follows from it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Coverage in percent below which no band is printed.
    pub gap_coverage: u8,
    /// What is printed in its place.
    pub gap_text: String,
    /// Bands by their upper bound, rising; the last takes in 100.
    #[serde(rename = "band")]
    pub bands: Vec<Band>,
    /// Which networks come first.
    pub priority: PriorityRule,
    /// The test for a high-risk criminal network.
    pub hrcn: CandidateRule,
    /// The test for a high-value target; absent in a profile that tests no persons.
    pub hvt: Option<PersonRule>,
}

/// A named stretch of the scale, open above.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Such as `Moderate`.
    pub name: String,
    /// The first value that no longer belongs.
    pub below: u8,
}

/// The marks of the priority tiers.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PriorityRule {
    /// The threat that counts.
    pub threat: u8,
    /// The harm that counts.
    pub harm: u8,
    /// The least confidence for the first tier.
    pub confidence: Level,
    /// What alone puts a network on watch.
    pub watch: Step,
}

/// "This indicator at this rung or higher".
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The indicator's id.
    pub indicator: String,
    /// The least rung.
    pub rung: u8,
}

/// A candidate test: a mark, steps that are required, and steps of which some are.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateRule {
    /// What a network that passes is a candidate for.
    pub title: String,
    /// The least threat, point value.
    pub threat: u8,
    /// The least coverage, in percent.
    pub coverage: u8,
    /// Steps that must all hold.
    pub required: Vec<Step>,
    /// How many of `of` must hold.
    pub at_least: usize,
    /// Steps of which `at_least` must hold.
    pub of: Vec<Step>,
}

/// The test for a person: marks that must all hold, and traits of which some must.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PersonRule {
    /// What a person who passes is a candidate for.
    pub title: String,
    /// The least threat of the network, point value.
    pub threat: u8,
    /// The least attribution, 0 to 100, of the person's tie to the network.
    pub attribution: u8,
    /// The least number of jurisdictions.
    pub jurisdictions: u32,
    /// The share of the boundary inflow, in percent, from which a person controls it.
    pub share: u8,
    /// The networks from which on a person is a broker.
    pub networks: u32,
    /// The rung that says the network runs a laundering service.
    pub launders: Step,
    /// Rungs of which one says that there is graded evidence of corruption or violence.
    pub graded: Vec<Step>,
    /// How many of the five traits must hold.
    pub at_least: usize,
}

impl Profile {
    /// Reads and checks a profile; `file` appears in every complaint.
    pub fn parse(file: &str, text: &str) -> Result<Self> {
        let profile: Self = toml::from_str(text)
            .map_err(|source| AssessError::ProfileSyntax { file: file.to_owned(), source: Box::new(source) })?;
        check::check(&profile).map_err(|(key, reason)| AssessError::Profile { file: file.to_owned(), key, reason })?;
        Ok(profile)
    }

    /// Its name on every product: `composite-1@1.0.0`.
    pub fn label(&self) -> String {
        format!("{}@{}", self.id, self.version)
    }

    /// The indicator of this id.
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.id == id)
    }

    /// The indicators that add to one total, in the order of the file.
    pub fn group(&self, group: Group) -> impl Iterator<Item = &Indicator> {
        self.indicators.iter().filter(move |indicator| indicator.group == group)
    }

    /// The bands, priorities and candidate test, or the complaint that there are none.
    pub fn rules(&self) -> Result<&Rules> {
        self.rules.as_ref().ok_or_else(|| AssessError::NoRules { profile: self.label() })
    }

    /// Reads this profile's ratings off those of the profile that feeds it.
    ///
    /// An indicator without `from` stays unknown: another method's blank is not this one's nil.
    pub fn fed_by(&self, ratings: &BTreeMap<String, u8>) -> BTreeMap<String, u8> {
        let fed = |indicator: &Indicator| Some((indicator.id.clone(), *ratings.get(indicator.from.as_ref()?)?));
        self.indicators.iter().filter_map(fed).collect()
    }
}
