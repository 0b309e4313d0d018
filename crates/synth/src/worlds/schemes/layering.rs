//! Money on its way through hands: T04, T06, T07.

use super::super::frame::Role;
use super::super::stage::{Level, Stage};
use crate::calendar::{DAY, HOUR};

/// T04: three intermediates who pass on four fifths or more of what one source gave them to one sink, in 14 days.
pub(super) fn scatter_gather(stage: &mut Stage<'_>, level: Level) {
    let (source, sink) = (stage.company(), stage.subject(level));
    let start = stage.start(8, 18);
    let (mids, low, high, first, last) = level.of((5, 930, 985, 4, 40), (3, 830, 930, 60, 200), (2, 930, 985, 4, 40));
    let mut evidence = Vec::new();
    for number in 0..mids {
        let middle = stage.subject(level);
        let cents = stage.dice.between(3_500, 6_000) * 100;
        let time = start + number * level.of(5, 16, 5) * HOUR;
        evidence.push(stage.pay(time, source, middle, cents, "advance"));
        let (time, cents) = (stage.later(time, first, last), stage.part(cents, low, high));
        evidence.push(stage.pay(time, middle, sink, cents, "for the car"));
    }
    stage.case("T04", "scatter_gather", Some(level), sink, &evidence);
}

/// A parent gives four children money, and each pays a part of one roofer's bill with it.
pub(super) fn shared_bill(stage: &mut Stage<'_>) {
    let (parent, roofer) = (stage.resident(), stage.company());
    let start = stage.start(8, 18);
    let mut evidence = Vec::new();
    for number in 0..4 {
        let child = stage.resident();
        let time = start + number * HOUR;
        evidence.push(stage.pay(time, parent, child, 260_000, "for the roof"));
        evidence.push(stage.pay(time + 3 * DAY, child, roofer, 250_000, "roof, my part of the bill"));
    }
    stage.case("T04", "scatter_gather", None, roofer, &evidence);
}

/// T06: a loop of up to eleven transfers in 30 days, the smallest at least 0.7 of the largest.
pub(super) fn cycle(stage: &mut Stage<'_>, level: Level) {
    let (length, days) = level.of((4, 8), (7, 24), (5, 44));
    let start = stage.start(5, days + 2);
    let mut ring: Vec<u32> = (0..length).map(|_| stage.company()).collect();
    if level != Level::Plain {
        // A firm that trades with others, too.
        ring[2] = stage.any(Role::Employer);
    }
    let mut cents = stage.dice.between(30_000, 60_000) * 100;
    let mut evidence = Vec::new();
    for (number, from) in ring.iter().enumerate() {
        let to = ring[(number + 1) % ring.len()];
        let time = start + number as i64 * days * DAY / length + stage.dice.between(0, 5) * HOUR;
        evidence.push(stage.pay(time, *from, to, cents, "consultancy, as per contract"));
        cents = stage.part(cents, 955, 990);
    }
    stage.case("T06", "cycle_round_trip", Some(level), ring[0], &evidence);
}

/// A loan among firms, repaid with interest three weeks later.
pub(super) fn repaid(stage: &mut Stage<'_>) {
    let (lender, borrower) = (stage.company(), stage.company());
    let start = stage.start(5, 26);
    let evidence = [
        stage.pay(start, lender, borrower, 2_500_000, "bridge loan"),
        stage.pay(start + 21 * DAY, borrower, lender, 2_531_000, "bridge loan repaid with interest"),
    ];
    stage.case("T06-loan", "cycle_round_trip", None, lender, &evidence);
}

/// T07: four transfers end to end, each within 72 hours of the one before and 0.85 of it or more.
pub(super) fn chain(stage: &mut Stage<'_>, level: Level) {
    let (hops, low, high, first, last) = level.of((7, 940, 985, 5, 30), (4, 870, 930, 40, 66), (3, 940, 985, 5, 30));
    let start = stage.start(5, 24);
    let mut holder = stage.company();
    let subject = holder;
    let mut cents = stage.dice.between(18_000, 40_000) * 100;
    let mut time = start;
    let mut evidence = Vec::new();
    for _ in 0..hops {
        let next = stage.subject(level);
        evidence.push(stage.pay(time, holder, next, cents, "investment"));
        time = stage.later(time, first, last);
        cents = stage.part(cents, low, high);
        holder = next;
    }
    stage.case("T07", "layering_chain", Some(level), subject, &evidence);
}

/// A supply chain: everybody pays the one before out of what the one behind has paid.
pub(super) fn supply(stage: &mut Stage<'_>) {
    let start = stage.start(5, 24);
    let firms: Vec<u32> = (0..5).map(|_| stage.company()).collect();
    let mut evidence = Vec::new();
    let mut cents = stage.dice.between(40_000, 70_000) * 100;
    for (number, pair) in (0_i64..).zip(firms.windows(2)) {
        evidence.push(stage.pay(start + number * 60 * HOUR, pair[0], pair[1], cents, "goods, as invoiced"));
        cents = stage.part(cents, 600, 720);
    }
    stage.case("T07", "layering_chain", None, firms[0], &evidence);
}
