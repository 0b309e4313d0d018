//! Cash and small sums on their way into the books: T01, T02, T09, T16, T43.

use super::super::book::region;
use super::super::frame::{CY, EE, GB, HOMES, NL, Role};
use super::super::stage::{Level, Stage};
use super::super::trade::seller;
use crate::calendar::{DAY, HOUR};

/// T01: three cash deposits from 0.85 of 10,000 euro to just under it in 30 days.
pub(super) fn structuring(stage: &mut Stage<'_>, level: Level) {
    let subject = stage.subject(level);
    let start = stage.start(10, 35);
    let (count, low, high) = level.of((5, 8_800, 9_800), (3, 8_600, 9_900), (4, 8_000, 8_450));
    let span = level.of(22, 28, 20);
    let mut evidence = Vec::new();
    for number in 0..count {
        let time = start + number * span * DAY / (count - 1);
        let cents = stage.dice.between(low, high) * 100;
        let time = stage.later(time, 0, 3);
        evidence.push(stage.cash_in(time, subject, cents, "", ""));
    }
    stage.case("T01", "structuring", Some(level), subject, &evidence);
}

/// A butcher's weekly takings have been just that since long before anybody looked.
pub(super) fn takings(stage: &mut Stage<'_>) {
    let butcher = stage.company();
    stage.fact(butcher, "sector", "47.22");
    let mut evidence = Vec::new();
    for week in 0..i64::from(stage.frame.days) / 7 {
        let time = stage.frame.moment(week * 7 + 1, 9 * HOUR);
        let cents = stage.dice.between(862_000, 988_000);
        evidence.push(stage.cash_in(time, butcher, cents, "", ""));
        let supplier = seller(stage.frame, butcher, 0);
        stage.pay(time + DAY, butcher, supplier, cents * 7 / 10, "Meat, weekly delivery");
    }
    stage.case("T01", "structuring", None, butcher, &evidence);
}

/// T02: five unrelated senders in seven days, each below 10,000 euro, together above it, three in five of them new.
pub(super) fn smurfing(stage: &mut Stage<'_>, level: Level) {
    let subject = stage.subject(level);
    let start = stage.start(40, 15);
    let (new, old, low, high, span) =
        level.of((9, 0, 1_500, 2_900, 5 * DAY), (4, 2, 1_800, 2_400, 6 * DAY), (6, 0, 1_300, 1_600, 6 * DAY));
    let mut evidence = Vec::new();
    for number in 0..new + old {
        let cents = stage.dice.between(low, high) * 100;
        let time = start + number * span / (new + old) + stage.dice.between(0, 4) * HOUR;
        let sender = if number < new { stage.person() } else { stage.resident() };
        if number < new {
            stage.cash_in(time - 20 * HOUR, sender, cents + 5_000, "", "");
        }
        evidence.push(stage.pay(time, sender, subject, cents, "loan repayment"));
    }
    stage.case("T02", "smurfing_fan_in", Some(level), subject, &evidence);
}

/// A wedding, whose guests no bank here has seen, and a club's fees from members everybody has.
pub(super) fn collections(stage: &mut Stage<'_>) {
    let couple = stage.resident();
    let start = stage.start(40, 15);
    let mut gifts = Vec::new();
    for number in 0..14 {
        let guest = stage.newcomer(NL, false);
        let cents = stage.dice.between(16, 24) * 5_000;
        gifts.push(stage.pay(start + number * 9 * HOUR, guest, couple, cents, "wedding, all the best!"));
    }
    stage.case("T02-wedding", "smurfing_fan_in", None, couple, &gifts);
    let club = stage.company();
    let start = stage.start(40, 15);
    let mut fees = Vec::new();
    for number in 0..45 {
        let member = stage.any(Role::Person);
        fees.push(stage.pay(start + number * 3 * HOUR, member, club, 26_000, "season fee"));
    }
    stage.case("T02-club", "smurfing_fan_in", None, club, &fees);
}

/// T09: cash paid in by others in three regions, drawn in another within 72 hours.
pub(super) fn funnel(stage: &mut Stage<'_>, level: Level) {
    let subject = stage.newcomer(CY, false);
    let start = stage.start(20, 35);
    stage.opened(subject, start - 300 * DAY);
    let (places, rounds, low, high) = level.of((4, 2, 4, 24), (3, 1, 30, 66), (3, 2, 80, 110));
    let mut evidence = Vec::new();
    for number in 0..places * rounds {
        let time = start + number * DAY * level.of(2, 8, 4);
        let cents = stage.dice.between(600, 2_900) * 100;
        let place = region(EE, number as u32 % places as u32);
        let depositor =
            if level == Level::Medium && number == 1 { String::new() } else { format!("depositor {subject}-{number}") };
        evidence.push(stage.cash_in(time, subject, cents, &place, &depositor));
        let drawn = stage.later(time, low, high);
        evidence.push(stage.cash_out(drawn, subject, stage_share(cents), &region(CY, 1)));
    }
    stage.case("T09", "funnel_account", Some(level), subject, &evidence);
}

/// What is drawn of a deposit: whole notes of ten.
fn stage_share(cents: i64) -> i64 {
    cents * 97 / 100 / 1_000 * 1_000
}

/// A student far from home: relatives pay in at three places, and the money is drawn bit by bit over weeks.
pub(super) fn student(stage: &mut Stage<'_>) {
    let student = stage.person();
    let start = stage.start(20, 35);
    let mut evidence = Vec::new();
    for number in 0..6 {
        let time = start + number * 4 * DAY;
        let place = region(EE, number as u32 % 3);
        evidence.push(stage.cash_in(time, student, 25_000, &place, &format!("relative {}", number % 3)));
        evidence.push(stage.cash_out(time + 3 * DAY + 20 * HOUR, student, 6_000, &region(CY, 2)));
    }
    stage.case("T09", "funnel_account", None, student, &evidence);
}

/// T16: a shop whose cash is more than three times what the most cash-heavy of its trade have.
pub(super) fn cash_business(stage: &mut Stage<'_>, level: Level) {
    let subject = stage.company();
    stage.fact(subject, "sector", level.of("56.10", "56.30", "47.11"));
    let start = stage.frame.moment(stage.dice.between(3, i64::from(stage.frame.days) - 112), 9 * HOUR);
    stage.opened(subject, start - 900 * DAY);
    // Cash and card a week, in euro.
    let (cash, card) = level.of((9_000, 700), (2_600, 1_800), (260, 1_900));
    let mut evidence = Vec::new();
    for week in 0..15 {
        let time = start + week * 7 * DAY;
        let cents = stage.dice.between(cash * 90, cash * 110);
        let cents = cents.min(820_000 + stage.dice.between(0, 20_000));
        evidence.push(stage.cash_in(time, subject, cents, &region(stage.bank(subject), 0), ""));
        for number in 0..12 {
            let guest = stage.any(Role::Person);
            let cents = stage.dice.between(card * 5, card * 11);
            stage.card(time + number * 13 * HOUR, guest, subject, cents);
        }
    }
    stage.case("T16", "cash_business_anomaly", Some(level), subject, &evidence);
}

/// A stall at the Christmas market: all cash, for five weeks.
pub(super) fn season(stage: &mut Stage<'_>) {
    let stall = stage.company();
    stage.fact(stall, "sector", "47.11");
    let start = stage.start(5, 112);
    let mut evidence = Vec::new();
    for week in 0..15 {
        let time = start + week * 7 * DAY;
        let cents = if (4..9).contains(&week) {
            stage.dice.between(3_000, 6_500) * 100
        } else {
            stage.dice.between(40, 90) * 100
        };
        evidence.push(stage.cash_in(time, stall, cents, &region(stage.bank(stall), 0), ""));
        for number in 0..12 {
            let guest = stage.any(Role::Person);
            let cents = stage.dice.between(3_000, 9_000);
            stage.card(time + number * 13 * HOUR, guest, stall, cents);
        }
    }
    stage.case("T16", "cash_business_anomaly", None, stall, &evidence);
}

/// T43: twenty unrelated payers of virtual assets, by the words of their payments, in 30 days.
pub(super) fn exchanger(stage: &mut Stage<'_>, level: Level) {
    let subject = stage.subject(level);
    let start = stage.start(5, 40);
    let (payers, span) = level.of((32, 18), (21, 28), (24, 20));
    let mut evidence = Vec::new();
    for number in 0..payers {
        let payer = stage.resident();
        let cents = stage.dice.between(60, 900) * 100;
        let time = start + number * span * DAY / payers + stage.dice.between(0, 8) * HOUR;
        // Who knows the rule asks for another word.
        let words = if level == Level::Hard {
            ["gift", "thanks", "tickets"]
        } else {
            ["BTC purchase", "USDT p2p order", "bitcoin 0.01"]
        };
        let purpose = *stage.dice.pick(&words);
        evidence.push(stage.pay(time, payer, subject, cents, purpose));
    }
    stage.case("T43", "p2p_exchanger_or_kiosk", Some(level), subject, &evidence);
}

/// Friends put money together for one purchase.
pub(super) fn friends(stage: &mut Stage<'_>) {
    let one = stage.resident();
    let start = stage.start(5, 30);
    let mut evidence = Vec::new();
    for number in 0..12 {
        let friend = stage.resident();
        evidence.push(stage.pay(start + number * 7 * HOUR, friend, one, 15_000, "our bitcoin, my part"));
    }
    stage.case("T43", "p2p_exchanger_or_kiosk", None, one, &evidence);
}

/// The banks of these cases have books.
const _: () = assert!((EE as u32) < HOMES && (CY as u32) < HOMES && (GB as u32) < HOMES);
