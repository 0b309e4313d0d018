//! From a metric to a rung, and from a rung to what the next one would take.
//!
//! The tests run from rung 4 down to rung 1, so a higher test that holds carries the lower ones with it. Zero means that
//! the network was looked at and nothing was found; a metric that was never computed has no rung at all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{By, Indicator, RUNGS};
use crate::decimal::Decimal;

/// Metrics by name; a ladder over one number reads the one called `value`.
pub type Metrics = BTreeMap<String, Decimal>;

/// The minima that must all be reached.
pub type Alternative = BTreeMap<String, Decimal>;

/// How an interval of a rate ratio becomes a rung.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TrendRule {
    /// The width of the interval, in percent.
    pub level: u8,
    /// The lower bounds above which rungs 2, 3 and 4 hold.
    pub above: [Decimal; RUNGS - 1],
}

/// What is missing before the next rung holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextRung {
    /// The next rung.
    pub rung: u8,
    /// That rung in words.
    pub text: String,
    /// Each way to reach it: metric and how much more of it.
    pub ways: Vec<BTreeMap<String, Decimal>>,
}

impl NextRung {
    /// The distance as a sentence.
    pub fn sentence(&self, unit: &str) -> String {
        let way = |way: &BTreeMap<String, Decimal>| {
            let part = |(metric, lack): (&String, &Decimal)| match (metric.as_str(), unit) {
                ("value", "%") => format!("{} percentage points more", lack.grouped(2)),
                ("value", "EUR") => format!("EUR {} more", lack.grouped(2)),
                ("value", unit) => format!("{unit} +{}", lack.grouped(2)),
                (metric, _) => format!("{} +{}", metric.replace('_', " "), lack.grouped(2)),
            };
            way.iter().map(part).collect::<Vec<_>>().join(" and ")
        };
        let ways: Vec<_> = self.ways.iter().map(way).collect();
        if ways.is_empty() {
            return format!("rung {}: {}", self.rung, self.text);
        }
        format!("rung {} ({}) with {}", self.rung, self.text, ways.join(", or "))
    }
}

impl Indicator {
    /// The rung these metrics reach, or nothing when the ladder is not one the engine can climb, or its metric is absent.
    pub fn rung(&self, metrics: &Metrics) -> Option<u8> {
        if !self.reads_any(metrics) {
            return None;
        }
        (1..=RUNGS).rev().find(|rung| self.holds(*rung, metrics)).map_or(Some(0), |rung| u8::try_from(rung).ok())
    }

    /// What the next rung would take; nothing at the top.
    pub fn next_rung(&self, score: u8, metrics: &Metrics) -> Option<NextRung> {
        let index = usize::from(score);
        let text = self.ladder.get(index)?.clone();
        let mut ways: Vec<_> =
            self.alternatives(index + 1).iter().map(|alternative| lacking(alternative, metrics)).collect();
        ways.retain(|way| !way.is_empty());
        Some(NextRung { rung: score + 1, text, ways })
    }

    /// What counts of a proposed rating: the engine's word alone does not make a mixed or an analyst's indicator known.
    pub fn admit(&self, proposed: Option<u8>, confirmed: bool) -> Option<u8> {
        proposed.filter(|_| confirmed || self.by == By::Engine)
    }

    fn reads_any(&self, metrics: &Metrics) -> bool {
        (1..=RUNGS)
            .flat_map(|rung| self.alternatives(rung))
            .flat_map(BTreeMap::into_keys)
            .any(|name| metrics.contains_key(&name))
    }

    fn holds(&self, rung: usize, metrics: &Metrics) -> bool {
        self.alternatives(rung).iter().any(|alternative| {
            alternative.iter().all(|(name, least)| metrics.get(name).is_some_and(|value| reaches(*value, *least)))
        })
    }

    fn alternatives(&self, rung: usize) -> Vec<Alternative> {
        let index = rung.saturating_sub(1);
        if let Some(bound) = self.rungs.as_ref().and_then(|rungs| rungs.get(index)) {
            return vec![BTreeMap::from([("value".to_owned(), *bound)])];
        }
        self.when.as_ref().and_then(|when| when.get(index)).cloned().unwrap_or_default()
    }
}

/// A bound of zero asks for something rather than nothing: zero itself is the rung below.
fn reaches(value: Decimal, least: Decimal) -> bool {
    if least == Decimal::ZERO { value.is_positive() } else { value >= least }
}

fn lacking(alternative: &Alternative, metrics: &Metrics) -> BTreeMap<String, Decimal> {
    let lack = |(name, least): (&String, &Decimal)| {
        let value = metrics.get(name).copied().unwrap_or_default();
        (!reaches(value, *least)).then(|| (name.clone(), least.minus(value)))
    };
    alternative.iter().filter_map(lack).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn composite() -> Profile {
        Profile::parse("composite-1.toml", crate::sample::COMPOSITE).unwrap()
    }

    fn metrics(pairs: &[(&str, &str)]) -> Metrics {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), value.parse().unwrap())).collect()
    }

    #[test]
    fn rungs_are_closed_below_and_open_above() {
        let profile = composite();
        let volume = profile.indicator("A01").unwrap();
        for (euros, rung) in
            [("0", 0), ("0.01", 1), ("99999.99", 1), ("100000", 2), ("999999.99", 2), ("1000000", 3), ("10000000", 4)]
        {
            assert_eq!(volume.rung(&metrics(&[("value", euros)])), Some(rung), "{euros}");
        }
        assert_eq!(volume.rung(&Metrics::new()), None, "never computed is not zero");
    }

    #[test]
    fn a_higher_test_carries_the_lower_ones() {
        let profile = composite();
        let businesses = profile.indicator("A04").unwrap();
        assert_eq!(businesses.rung(&metrics(&[("entities", "1"), ("high_risk_entities", "1")])), Some(2));
        assert_eq!(businesses.rung(&metrics(&[("entities", "1"), ("financial_institutions", "1")])), Some(4));
        assert_eq!(businesses.rung(&metrics(&[("entities", "0")])), Some(0));
        let sophistication = profile.indicator("A02").unwrap();
        let four = metrics(&[("families", "4"), ("obfuscation", "1"), ("cross_rail", "0"), ("hops", "2")]);
        assert_eq!(sophistication.rung(&four), Some(3), "four families without cross-rail stay at three");
    }

    #[test]
    fn says_how_far_the_next_rung_is() {
        let profile = composite();
        let volume = profile.indicator("A01").unwrap();
        let now = metrics(&[("value", "3200000")]);
        assert_eq!(
            volume.next_rung(3, &now).unwrap().sentence("EUR"),
            "rung 4 (EUR 10 M or more) with EUR 6,800,000 more"
        );
        assert_eq!(volume.next_rung(4, &now), None);
        let sophistication = profile.indicator("A02").unwrap();
        let now = metrics(&[("families", "2"), ("hops", "2"), ("cross_rail", "0")]);
        let next = sophistication.next_rung(2, &now).unwrap();
        assert_eq!(
            next.sentence("families"),
            "rung 3 (three families and more, or cross-rail) with families +1, or cross rail +1"
        );
    }

    #[test]
    fn the_engine_alone_does_not_make_a_mixed_indicator_known() {
        let profile = composite();
        assert_eq!(profile.indicator("A05").unwrap().admit(Some(1), false), None);
        assert_eq!(profile.indicator("A05").unwrap().admit(Some(1), true), Some(1));
        assert_eq!(profile.indicator("A01").unwrap().admit(Some(3), false), Some(3));
    }
}
