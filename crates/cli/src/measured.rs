//! What was measured of each typology on invented data: written by `headwater evaluate`, read by `headwater typologies`.
//!
//! The record of the shipped typologies is `docs/evaluation/measured.json`, and the binary carries it. A figure holds for the
//! version of a typology that it was measured of; after a change of the rule there is none until it is measured again.

use serde::{Deserialize, Serialize};

/// The name of the record beside the page of an evaluation.
pub(crate) const FILE: &str = "measured.json";

/// One typology on one data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// The data set, as the page names it.
    pub(crate) data: String,
    /// The detection profile.
    pub(crate) profile: String,
    /// The typology's stem.
    pub(crate) typology: String,
    /// The version of its file.
    pub(crate) version: String,
    /// Cases planted that the rule is expected to find.
    pub(crate) planted: i64,
    /// Of them, those that were found.
    pub(crate) found: i64,
    /// Findings.
    pub(crate) findings: i64,
    /// Of them, those about a planted case of this typology.
    pub(crate) findings_right: i64,
}

impl Measured {
    /// Precision and recall with the counts behind them.
    pub(crate) fn says(&self) -> String {
        let share = |part: i64, whole: i64| {
            if whole == 0 { "none".to_owned() } else { format!("{:.2}", part as f64 / whole as f64) }
        };
        format!(
            "{} ({} of {}), recall {} ({} of {})",
            share(self.findings_right, self.findings),
            self.findings_right,
            self.findings,
            share(self.found, self.planted),
            self.found,
            self.planted
        )
    }
}

const SHIPPED: &str = include_str!("../../../docs/evaluation/measured.json");

/// The record of the shipped typologies.
pub(crate) fn shipped() -> Vec<Measured> {
    // That it can be read is what the test below is for.
    serde_json::from_str(SHIPPED).unwrap_or_default()
}

/// The figure of one version of a typology, from the last data set with a case of it: the one that was held out comes last.
pub(crate) fn of<'a>(record: &'a [Measured], typology: &str, version: &str) -> Option<&'a Measured> {
    let same = |one: &&Measured| one.typology == typology && one.version == version && one.planted > 0;
    record.iter().rfind(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(data: &str, version: &str, planted: i64, findings: i64) -> Measured {
        let text = |text: &str| text.to_owned();
        let (data, profile, typology, version) = (text(data), text("balanced"), text("structuring"), text(version));
        Measured { data, profile, typology, version, planted, found: 3, findings, findings_right: 3 }
    }

    #[test]
    fn a_figure_is_of_its_version_and_of_the_last_data_with_cases() {
        let record = [one("a", "1.1", 9, 4), one("b", "1.1", 4, 6), one("c", "1.0", 4, 8), one("d", "1.1", 0, 5)];
        let says = of(&record, "structuring", "1.1").map(Measured::says);
        assert_eq!(says.as_deref(), Some("0.50 (3 of 6), recall 0.75 (3 of 4)"));
        assert_eq!(of(&record, "structuring", "1.2"), None);
        assert_eq!(one("e", "1.0", 4, 0).says(), "none (3 of 0), recall 0.75 (3 of 4)");
    }

    #[test]
    fn the_shipped_record_is_read() {
        assert!(serde_json::from_str::<Vec<Measured>>(SHIPPED).is_ok_and(|record| !record.is_empty()));
    }
}
