//! Small pictures as snapshots, and what no picture may do.
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use super::*;
use crate::decimal::Decimal;
use crate::model::{Evidence, Flow, FlowSide, Month};

fn evidence() -> Evidence {
    Evidence::new("test", ["1".to_owned()]).unwrap()
}

fn month(month: &str, inflow: i64, outflow: i64) -> Month {
    let (inflow_eur, outflow_eur) = (Decimal::whole(inflow), Decimal::whole(outflow));
    Month { month: month.into(), inflow_eur, outflow_eur, evidence: evidence() }
}

fn flow(side: FlowSide, from: &str, to: &str, amount: i64) -> Flow {
    let amount_eur = Decimal::whole(amount);
    Flow { side, from: from.into(), to: to.into(), label: "SEPA".into(), amount_eur, evidence: evidence() }
}

#[test]
fn draws_a_bar() {
    insta::assert_snapshot!(bar(Decimal::whole(25), Decimal::whole(100)));
}

#[test]
fn draws_the_score_interval() {
    let profile = crate::Profile::parse("composite-1.toml", crate::sample::COMPOSITE).unwrap();
    let total = crate::score::total(&profile, crate::profile::Group::Threat, &crate::sample::worked_example()).unwrap();
    insta::assert_snapshot!(interval("n1-t", "Threat", &total, &profile.rules().unwrap().bands));
}

#[test]
fn draws_volume_by_month_with_the_silent_months() {
    let drawn = months("n1-m", "a network", &[month("2014-01", 1200, 0), month("2014-03", 300, 900)]).unwrap();
    assert!(drawn.contains(">2014-02<"), "the month without money is on the axis");
    insta::assert_snapshot!(drawn);
}

#[test]
fn draws_flows_through_a_member() {
    let flows_in = [
        flow(FlowSide::Inflow, "Alder Ltd", "Birch Trading", 600),
        flow(FlowSide::Inflow, "Cedar GmbH", "Birch Trading", 400),
        flow(FlowSide::Outflow, "Birch Trading", "Exchange", 900),
        flow(FlowSide::Internal, "Birch Trading", "Birch Two", 5000),
    ];
    let drawn = flows("n1-f", "a network", &flows_in).unwrap();
    assert!(!drawn.contains("Birch Two"), "flows between members are not drawn");
    insta::assert_snapshot!(drawn);
}

#[test]
fn gathers_the_small_ones_and_loses_no_sum() {
    let many: Vec<Flow> = (1..=30).map(|n| flow(FlowSide::Inflow, &format!("S{n:02}"), "M", n)).collect();
    let drawn = flows("x", "many", &many).unwrap();
    assert!(drawn.contains("other (22): EUR 0 in, EUR 253 out"), "{drawn}");
    assert_eq!(drawn, flows("x", "many", &many.iter().rev().cloned().collect::<Vec<_>>()).unwrap());
}

#[test]
fn draws_nothing_from_nothing() {
    assert_eq!(months("x", "empty", &[]), None);
    assert_eq!(flows("x", "empty", &[]), None);
    assert_eq!(flows("x", "zero", &[flow(FlowSide::Inflow, "a", "b", 0)]), None);
    assert!(months("x", "zero", &[month("2014-01", 0, 0)]).is_some_and(|drawn| !drawn.contains("NaN")));
}

#[test]
fn hostile_names_stay_text() {
    let hostile = "</text><script>alert('1')</script>\u{202E}\u{7}";
    let drawn = flows(hostile, hostile, &[flow(FlowSide::Inflow, hostile, hostile, 1)]).unwrap()
        + &months(hostile, hostile, &[month(hostile, 1, 1)]).unwrap();
    assert!(!drawn.contains("<script") && !drawn.contains('\u{202E}') && !drawn.contains('\u{7}'));
    assert_eq!(drawn.matches("<svg").count(), 2);
}

#[test]
fn draws_a_matrix_darker_where_there_is_more() {
    let cell = |from: &str, to: &str, euros: i64| (from.to_owned(), to.to_owned(), Decimal::whole(euros));
    let drawn = matrix("m", "Corridors", &[cell("EE", "CH", 1000), cell("<G", "CH", 30), cell("EE", "EE", 0)]).unwrap();
    assert!(drawn.contains("fill-opacity=\"1\"") && drawn.contains("EE to CH: EUR 1,000"));
    assert!(drawn.contains("fill-opacity=\".2\"") && drawn.contains("&lt;G to CH: EUR 30") && !drawn.contains("<G"));
    assert_eq!(drawn.matches("<rect").count(), 3);
    assert!(matrix("m", "Corridors", &[]).is_none() && matrix("m", "Corridors", &[cell("EE", "CH", 0)]).is_none());
}

#[test]
fn draws_counts_with_their_intervals() {
    let drawn = series("s", "Findings", &[("2024-01".to_owned(), 10), ("2024-02".to_owned(), 0)]).unwrap();
    assert!(
        drawn.contains("2024-01: 10 (90 % interval 5.4–17.0)") && drawn.contains("2024-02: 0 (90 % interval 0.0–3.0)")
    );
    assert_eq!(drawn.matches("class=\"whisker\"").count(), 2);
    assert!(series("s", "Findings", &[]).is_none());
}
