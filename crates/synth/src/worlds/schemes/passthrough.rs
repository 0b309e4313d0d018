//! Money that does not stay: T03, T05, T08, T10.

use super::super::frame::{EXCHANGES, Role};
use super::super::stage::{Level, Stage};
use crate::calendar::{DAY, HOUR};

/// T03: five unrelated receivers in seven days, who get four fifths of what came in, and 10,000 euro together.
pub(super) fn fan_out(stage: &mut Stage<'_>, level: Level) {
    let subject = stage.subject(level);
    let start = stage.start(10, 15);
    let (receivers, share, span) = level.of((9, 96, 2 * DAY), (6, 90, 5 * DAY), (4, 90, 3 * DAY));
    let mut evidence = Vec::new();
    let mut sum = 0;
    for number in 0..3 {
        let payer = stage.company();
        let cents = stage.dice.between(9_000, 15_000) * 100;
        sum += cents;
        evidence.push(stage.pay(start + number * 5 * HOUR, payer, subject, cents, "settlement"));
    }
    for number in 0..receivers {
        let receiver = stage.person();
        let time = start + 18 * HOUR + number * span / receivers + stage.dice.between(0, 2) * HOUR;
        let cents = sum * share / 100 / receivers;
        evidence.push(stage.pay(time, subject, receiver, cents, "as agreed"));
    }
    stage.case("T03", "fan_out_distribution", Some(level), subject, &evidence);
}

/// An organiser gives the entry fees of a cancelled fair back.
pub(super) fn refunds(stage: &mut Stage<'_>) {
    let organiser = stage.company();
    let start = stage.start(10, 20);
    let mut evidence = Vec::new();
    let mut stands = Vec::new();
    for number in 0..16 {
        let stand = stage.any(Role::Shop);
        stands.push(stand);
        evidence.push(stage.pay(start + number * 5 * HOUR, stand, organiser, 120_000, "stand, autumn fair"));
    }
    for (number, stand) in (0_i64..).zip(stands) {
        let time = start + 5 * DAY + number * HOUR;
        evidence.push(stage.pay(time, organiser, stand, 120_000, "refund, fair cancelled"));
    }
    stage.case("T03-refund", "fan_out_distribution", None, organiser, &evidence);
}

/// T05: three credits in 30 days, nine tenths of each gone within 48 hours, next to nothing left.
pub(super) fn rapid(stage: &mut Stage<'_>, level: Level) {
    let subject = stage.person();
    let start = stage.start(10, 32);
    let (credits, low, high, first, last) =
        level.of((6, 970, 990, 2, 18), (3, 955, 975, 20, 40), (5, 960, 985, 58, 80));
    let mut evidence = Vec::new();
    for number in 0..credits {
        let time = start + number * 26 * DAY / credits;
        let payer = stage.resident();
        let cents = stage.dice.between(2_500, 6_500) * 100;
        evidence.push(stage.pay(time, payer, subject, cents, "payment for services"));
        let out = stage.part(cents, low, high);
        // Half of it at a time, where somebody takes care.
        let parts = level.of(1, 2, 1);
        for _ in 0..parts {
            let receiver = stage.person();
            let time = stage.later(time, first, last);
            evidence.push(stage.pay(time, subject, receiver, out / parts, "transfer"));
        }
    }
    stage.case("T05", "rapid_pass_through", Some(level), subject, &evidence);
}

/// A bill-paying agent: money in for a bill, and the bill paid the same day.
pub(super) fn agents(stage: &mut Stage<'_>) {
    let agent = stage.company();
    let start = stage.start(10, 32);
    let mut evidence = Vec::new();
    for number in 0..24 {
        let customer = stage.any(Role::Person);
        let energy = stage.frame.near(stage.frame.bank(customer), Role::Energy, 0);
        let cents = stage.dice.between(260, 700) * 100;
        let time = start + number * DAY;
        evidence.push(stage.pay(time, customer, agent, cents, "bill and fee"));
        evidence.push(stage.pay(time + 4 * HOUR, agent, energy, cents * 98 / 100, "customer's bill"));
    }
    stage.case("T05-agent", "rapid_pass_through", None, agent, &evidence);
}

/// An account with a few credits in its first weeks, then nothing.
fn sleeper(stage: &mut Stage<'_>) -> (u32, i64) {
    let subject = stage.person();
    let start = stage.frame.moment(stage.dice.between(1, 8), 10 * HOUR);
    for number in 0..6 {
        let employer = stage.any(Role::Employer);
        let cents = stage.dice.between(200, 400) * 100;
        stage.pay(start + number * 4 * DAY, employer, subject, cents, "casual work");
        let shop = stage.any(Role::Shop);
        stage.card(start + (number * 4 + 2) * DAY, subject, shop, cents / 2);
    }
    (subject, start + 22 * DAY)
}

/// T08: 180 days without a transfer, then ten times the usual credit, four fifths of it gone within a week.
pub(super) fn dormant(stage: &mut Stage<'_>, level: Level) {
    let (subject, last) = sleeper(stage);
    let wake = last + level.of(200, 184, 150) * DAY + stage.dice.between(1, 10) * HOUR;
    let (credits, cents, share, first, late) =
        level.of((2, 800_000, 95, 10, 60), (1, 480_000, 86, 90, 150), (2, 800_000, 92, 10, 60));
    let mut evidence = Vec::new();
    for number in 0..credits {
        let payer = stage.resident();
        evidence.push(stage.pay(wake + number * 6 * HOUR, payer, subject, cents, "as agreed"));
    }
    for _ in 0..2 {
        let receiver = stage.person();
        let time = stage.later(wake + 12 * HOUR, first, late);
        evidence.push(stage.pay(time, subject, receiver, credits * cents * share / 200, "transfer"));
    }
    stage.case("T08", "dormant_reactivation", Some(level), subject, &evidence);
}

/// An inheritance goes into a house.
pub(super) fn inheritance(stage: &mut Stage<'_>) {
    let (subject, last) = sleeper(stage);
    let wake = last + 198 * DAY;
    let (notary, seller) = (stage.company(), stage.resident());
    let evidence = [
        stage.pay(wake, notary, subject, 6_200_000, "estate, final distribution"),
        stage.pay(wake + 5 * DAY, subject, seller, 5_600_000, "purchase price, 14 Mill Lane"),
    ];
    stage.case("T08", "dormant_reactivation", None, subject, &evidence);
}

/// T10: an account at most 90 days old, three senders who know neither the holder nor each other, gone within 48 hours.
pub(super) fn mule(stage: &mut Stage<'_>, level: Level) {
    let subject = stage.person();
    let start = stage.start(20, 15);
    stage.opened(subject, start - level.of(20, 75, 130) * DAY);
    let (senders, share, first, last) = level.of((5, 96, 2, 10), (3, 86, 24, 44), (4, 95, 4, 20));
    let mut evidence = Vec::new();
    for number in 0..senders {
        let victim = stage.resident();
        let cents = stage.dice.between(700, 3_200) * 100;
        let time = start + number * 30 * HOUR;
        evidence.push(stage.pay(time, victim, subject, cents, "invoice, new account details"));
        let exchange = stage.frame.nth(Role::Exchange, number as u32 % EXCHANGES);
        let receiver = if number % 2 == 0 { exchange } else { stage.person() };
        let time = stage.later(time, first, last);
        evidence.push(stage.pay(time, subject, receiver, cents * share / 100, "transfer"));
    }
    stage.case("T10", "mule_account", Some(level), subject, &evidence);
}

/// Somebody new in town: three relatives help, and the money goes bit by bit.
pub(super) fn newcomer(stage: &mut Stage<'_>) {
    let student = stage.person();
    let start = stage.start(20, 25);
    stage.opened(student, start - 10 * DAY);
    let mut evidence = Vec::new();
    for number in 0..4 {
        let relative = stage.resident();
        evidence.push(stage.pay(start + number * 40 * HOUR, relative, student, 45_000, "for the first month"));
    }
    let landlord = stage.any(Role::Landlord);
    evidence.push(stage.pay(start + 7 * DAY, student, landlord, 55_000, "Rent"));
    for number in 0..8 {
        let shop = stage.any(Role::Shop);
        evidence.push(stage.card(start + (number + 3) * 2 * DAY, student, shop, 4_500));
    }
    stage.case("T10", "mule_account", None, student, &evidence);
}
