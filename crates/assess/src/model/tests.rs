//! What the model refuses, and that order in is not order out.
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use super::*;
use crate::error::AssessError;

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn a_number_without_a_row_is_refused() {
    let error = Figure::new(12, "EUR", Vec::new()).unwrap_err();
    assert!(matches!(error, AssessError::NoEvidence { .. }));
    assert_eq!(error.to_string(), "12 EUR has no evidence: a number without a row behind it is not printed");
    assert!(Figure::new(12, "EUR", ids(&[" "])).is_err(), "a blank id is no row");
    assert!(Unlinked::new("structuring".into(), Vec::new(), None).is_err());
}

#[test]
fn every_row_shows_in_the_hash() {
    let all = Evidence::new("x", ids(&["1", "2", "3"])).unwrap();
    assert_eq!(Evidence::new("x", ids(&["3", "1", "2", "1"])).unwrap(), all, "order and repeats do not");
    for fewer in [["1", "2"], ["1", "3"], ["2", "3"]] {
        assert_ne!(Evidence::new("x", ids(&fewer)).unwrap().hash, all.hash);
    }
    assert_ne!(Evidence::new("x", ids(&["12"])).unwrap().hash, Evidence::new("x", ids(&["1", "2"])).unwrap().hash);
}

#[test]
fn a_settled_clause_needs_the_evidence_of_its_indicators() {
    let network = crate::sample::report().networks.swap_remove(0);
    let lines = ClauseLine::all(&network.card, &network.indicators).unwrap();
    assert!(lines.iter().all(|line| line.evidence.is_some() || line.clause.outcome == crate::score::Outcome::Unknown));
    assert!(ClauseLine::all(&network.card, &[]).is_err());
}

#[test]
fn order_in_is_not_order_out() {
    let report = crate::sample::report();
    let mut shuffled = report.clone();
    shuffled.networks.reverse();
    shuffled.header.sources.reverse();
    shuffled.gaps.reverse();
    for network in &mut shuffled.networks {
        network.members.reverse();
        network.indicators.reverse();
        network.findings.reverse();
        network.flows.reverse();
        network.corridors.reverse();
        network.volume_by_month.reverse();
    }
    assert_eq!(crate::render_json(&shuffled).unwrap(), crate::render_json(&report).unwrap());
    assert_eq!(crate::render_html(&shuffled).unwrap(), crate::render_html(&report).unwrap());
}
