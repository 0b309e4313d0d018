//! Whom money goes to: T17, T26, T28.

use super::super::frame::{AE, IR, MM, NL};
use super::super::stage::{Level, Stage};
use crate::calendar::{DAY, stamp};

/// T17: a payment of 1,000 euro or more to or from a country under a call for action.
pub(super) fn corridor(stage: &mut Stage<'_>, level: Level) {
    let subject = stage.company();
    let abroad = stage.newcomer(IR, true);
    let start = stage.start(5, 32);
    let (count, low, high) = level.of((4, 8_000, 18_000), (1, 1_000, 1_400), (5, 900, 990));
    let mut evidence = Vec::new();
    for number in 0..count {
        let cents = stage.dice.between(low, high) * 100;
        let time = start + number * 6 * DAY;
        evidence.push(stage.pay(time, subject, abroad, cents, "Spare parts, pump"));
    }
    stage.case("T17", "high_risk_corridor", Some(level), subject, &evidence);
}

/// Family support: the rule sees the country of the account and cannot know why, so it is flagged by right.
pub(super) fn remittance(stage: &mut Stage<'_>) {
    let (subject, parents) = (stage.resident(), stage.newcomer(IR, false));
    let start = stage.start(5, 32);
    let evidence = [stage.pay(start, subject, parents, 120_000, "family support, medicine")];
    stage.case("T17", "high_risk_corridor", None, subject, &evidence);
}

/// A trader abroad who is listed from `since` on, with the account on file.
fn listed(stage: &mut Stage<'_>, since: i64) -> u32 {
    let account = stage.newcomer(AE, true);
    let id = format!("s-{account}");
    let name = stage.frame.name(account, true);
    let date: String = stamp(since).chars().take(10).collect();
    stage.plan.entities.company(&id, &name, "2016-02-11", &format!("Creek Road {account}, Dubai"), &["sanction"]);
    let identifier = stage.frame.identifier(account, AE);
    stage.plan.entities.account(&id, &identifier);
    stage.plan.entities.sanction(&id, &date);
    account
}

/// T26: money to a listed party, straight (plain), through one account (medium), or through three.
pub(super) fn sanctions(stage: &mut Stage<'_>, level: Level) {
    let start = stage.start(5, 32);
    let party = listed(stage, start - 200 * DAY);
    let subject = stage.company();
    let middles: Vec<u32> = (0..level.of(0, 1, 3)).map(|_| stage.company()).collect();
    let way: Vec<u32> = [subject].into_iter().chain(middles).chain([party]).collect();
    let mut evidence = Vec::new();
    for number in 0..level.of(3, 1, 1) {
        let mut cents = stage.dice.between(9_000, 24_000) * 100;
        for (step, pair) in (0_i64..).zip(way.windows(2)) {
            let time = start + (number * 9 + step * 3) * DAY;
            evidence.push(stage.pay(time, pair[0], pair[1], cents, "Bearings, lot 3"));
            cents = stage.part(cents, 960, 990);
        }
    }
    stage.case("T26", "sanctions_exposure", Some(level), subject, &evidence);
}

/// Paid a month before the listing: nobody could have known.
pub(super) fn before_listing(stage: &mut Stage<'_>) {
    let start = stage.start(5, 32);
    let (party, subject) = (listed(stage, start + 30 * DAY), stage.company());
    let evidence = [stage.pay(start, subject, party, 1_875_000, "Propeller shaft, proforma 88")];
    stage.case("T26", "sanctions_exposure", None, subject, &evidence);
}

/// So many people give so much each, one after the other.
fn give(
    stage: &mut Stage<'_>,
    sink: u32,
    givers: i64,
    (low, high): (i64, i64),
    (start, days): (i64, i64),
    purpose: &'static str,
) -> Vec<u64> {
    let crowd = stage.crowd(givers as usize);
    let mut evidence = Vec::new();
    for (number, giver) in (0_i64..).zip(crowd) {
        let cents = stage.dice.between(low, high) * 100;
        evidence.push(stage.pay(start + number * days * DAY / givers, giver, sink, cents, purpose));
    }
    evidence
}

/// T28: twenty senders in 30 days with a median of 50 euro at most, to an account that a tag names for terrorism, or (medium)
/// in a country under a call for action; the givers of the hard case give more.
pub(super) fn donations(stage: &mut Stage<'_>, level: Level) {
    let start = stage.start(5, 34);
    let sink = if level == Level::Medium { stage.newcomer(MM, false) } else { stage.person() };
    if level != Level::Medium {
        stage.plan.tags.push((sink, start - 90 * DAY));
    }
    let (givers, range, days) = level.of((36, (5, 30), 20), (22, (36, 50), 28), (36, (55, 90), 20));
    let evidence = give(stage, sink, givers, range, (start, days), "for the families");
    stage.case("T28", "tf_micro_donation", Some(level), sink, &evidence);
}

/// A registered charity and a streamer, whom nothing names; and relief after an earthquake in a listed country, which is
/// flagged by right: the rule sees where it goes.
pub(super) fn charity(stage: &mut Stage<'_>) {
    for (id, sink, purpose) in [
        ("T28-charity", stage.company(), "winter appeal"),
        ("T28-streamer", stage.newcomer(NL, false), "keep it up!"),
        ("T28-relief", stage.newcomer(MM, true), "earthquake relief"),
    ] {
        if id == "T28-charity" {
            stage.fact(sink, "sector", "88.99");
        }
        let start = stage.start(5, 34);
        let evidence = give(stage, sink, 40, (5, 45), (start, 25), purpose);
        stage.case(id, "tf_micro_donation", None, sink, &evidence);
    }
}
