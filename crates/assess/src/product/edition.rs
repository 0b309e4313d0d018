//! An edition is the numbers of a strategic assessment; the next one says which of them changed, and why.

use std::collections::BTreeMap;

use crate::model::{Evidence, Report};
use crate::run::facts::Row;

/// One number of an edition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) subject: String,
    pub(crate) caption: String,
    pub(crate) measure: String,
    pub(crate) value: Option<String>,
    pub(crate) evidence: Option<String>,
    pub(crate) basis: &'static str,
}

/// A number that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The network or typology: its id.
    pub subject: String,
    /// What it is called.
    pub caption: String,
    /// Which number.
    pub measure: String,
    /// What it was; nothing where it was unknown or not there.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
    /// Data, profile, judgement or method.
    pub why: String,
}

/// Reads the rows of `products/changes.sql`.
pub(crate) fn changes(rows: &[Row]) -> Vec<Change> {
    let change = |row: &Row| Change {
        subject: row.text("subject"),
        caption: row.text("caption"),
        measure: row.text("measure"),
        before: row.maybe("before"),
        after: row.maybe("after"),
        why: row.text("why"),
    };
    rows.iter().map(change).collect()
}

/// The numbers of a report, in the order of networks and of the profile.
pub(crate) fn lines(report: &Report, typologies: &[Row]) -> Vec<Line> {
    let mut lines = Vec::new();
    for network in &report.networks {
        let line = |measure: &str, value: Option<String>, evidence: Option<&Evidence>| Line {
            subject: network.id.clone(),
            caption: network.caption.clone(),
            measure: measure.to_owned(),
            value,
            evidence: evidence.map(|evidence| evidence.hash.clone()),
            basis: basis(evidence),
        };
        let card = &network.card;
        for (measure, value) in [
            ("T", card.threat.point().to_string()),
            ("T_low", card.threat.low().to_string()),
            ("T_high", card.threat.high().to_string()),
            ("H", card.harm.point().to_string()),
            ("L", card.likelihood.point().to_string()),
            ("coverage", card.threat.coverage().to_string()),
            ("verdict", card.verdict.clone()),
            ("priority", card.priority.to_string()),
            ("confidence", card.confidence.threat.to_string()),
        ] {
            lines.push(line(measure, Some(value), Some(&network.evidence)));
        }
        for indicator in &network.indicators {
            let rating = indicator.rating.as_ref();
            let rung = rating.map(|rating| rating.score.to_string());
            lines.push(line(&indicator.id, rung, rating.map(|rating| &rating.evidence)));
        }
    }
    for row in typologies {
        let evidence = Evidence::new("a typology", row.list("evidence")).ok();
        lines.push(Line {
            subject: format!("typology/{}", row.text("typology")),
            caption: row.text("typology"),
            measure: "findings".to_owned(),
            value: row.maybe("findings"),
            evidence: evidence.as_ref().map(|evidence| evidence.hash.clone()),
            basis: "data",
        });
    }
    lines
}

/// Whether a person's word is among what a number stands on.
fn basis(evidence: Option<&Evidence>) -> &'static str {
    let judged = |id: &String| id.starts_with("judgement:") || id.starts_with("override:");
    if evidence.is_some_and(|evidence| evidence.ids.iter().any(judged)) { "judgement" } else { "data" }
}

/// Counts the changes by their reason, for a sentence.
pub(crate) fn by_reason(changes: &[Change]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for change in changes {
        *counts.entry(change.why.as_str()).or_insert(0) += 1;
    }
    counts
}
