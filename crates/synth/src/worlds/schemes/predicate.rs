//! The crimes themselves: T22, T24.

use super::super::frame::{EXCHANGES, Role};
use super::super::stage::{Level, Stage};
use crate::calendar::{DAY, HOUR};

/// T22: a victim pays five times to four strangers in 14 days, 20,000 euro together, half of it to exchanges.
pub(super) fn scam(stage: &mut Stage<'_>, level: Level) {
    let victim = stage.person();
    let start = stage.start(36, 20);
    let house = stage.company();
    stage.pay(start - 2 * DAY, house, victim, 6_000_000, "life insurance paid out");
    // Payments, to how many exchanges, each worth, over how many days.
    let (count, exchanges, low, high, days) =
        level.of((8, 4, 4_500, 6_500, 8), (5, 3, 4_200, 4_800, 13), (4, 3, 3_500, 4_500, 10));
    let mut evidence = Vec::new();
    for number in 0..count {
        let cents = stage.dice.between(low, high) * 100;
        let time = start + number * days * DAY / count;
        let payee = if number < exchanges {
            stage.frame.nth(Role::Exchange, number as u32 % EXCHANGES)
        } else {
            stage.person()
        };
        evidence.push(stage.pay(time, victim, payee, cents, "investment account top-up"));
    }
    stage.case("T22", "investment_scam_outflow", Some(level), victim, &evidence);
}

/// A house is renovated: five firms nobody paid before, and no exchange.
pub(super) fn renovation(stage: &mut Stage<'_>) {
    let owner = stage.resident();
    let start = stage.start(36, 20);
    let bank = stage.company();
    stage.pay(start - 2 * DAY, bank, owner, 4_500_000, "home loan");
    let mut evidence = Vec::new();
    for number in 0..6 {
        let firm = stage.company();
        let cents = stage.dice.between(4_000, 8_000) * 100;
        evidence.push(stage.pay(start + number * 2 * DAY, owner, firm, cents, "bathroom, part payment"));
    }
    stage.case("T22", "investment_scam_outflow", None, owner, &evidence);
}

/// T24: twenty depositors, and nine tenths of what they are paid comes out of later deposits.
pub(super) fn ponzi(stage: &mut Stage<'_>, level: Level) {
    let scheme = stage.company();
    let start = stage.start(5, 95);
    let (depositors, outside) = level.of((36, 0), (22, 6), (24, 45));
    let mut evidence = Vec::new();
    let mut early: Vec<(u32, i64)> = Vec::new();
    let mut sum = 0;
    for number in 0..depositors {
        let depositor = stage.resident();
        let cents = stage.dice.between(10, 50) * 10_000;
        let time = start + number * 80 * DAY / depositors;
        evidence.push(stage.pay(time, depositor, scheme, cents, "investment plan"));
        sum += cents;
        early.push((depositor, cents));
        // What came in is spent at once, so that who is paid next is paid by who comes next.
        let owner = stage.person();
        stage.pay(time + HOUR, scheme, owner, cents * 88 / 100, "management fee");
        if number >= 4 {
            // One of the first half, so that what they are paid with came after theirs.
            let turn = stage.dice.between(0, number / 2);
            let (lucky, given) = early[turn as usize];
            evidence.push(stage.pay(
                time + 5 * HOUR,
                scheme,
                lucky,
                (given / 10).min(cents * 11 / 100),
                "monthly return",
            ));
        }
    }
    if outside > 0 {
        let customer = stage.company();
        stage.pay(start + 40 * DAY, customer, scheme, sum * outside / 100, "Invoice");
    }
    stage.case("T24", "ponzi_flow", Some(level), scheme, &evidence);
}

/// A savings circle: ten friends pay in every week, and each has the pot once.
pub(super) fn savings_circle(stage: &mut Stage<'_>) {
    let keeper = stage.person();
    let friends: Vec<u32> = (0..10).map(|_| stage.resident()).collect();
    let start = stage.start(5, 80);
    let mut evidence = Vec::new();
    for (week, turn) in (0_i64..).zip(&friends) {
        for (number, friend) in (0_i64..).zip(&friends) {
            evidence.push(stage.pay(start + week * 7 * DAY + number * HOUR, *friend, keeper, 10_000, "circle"));
        }
        evidence.push(stage.pay(start + (week * 7 + 1) * DAY, keeper, *turn, 100_000, "your turn"));
    }
    stage.case("T24", "ponzi_flow", None, keeper, &evidence);
}
