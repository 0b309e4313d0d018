//! Banking beside the banks: T20, T21.

use super::super::frame::{CY, LV, Role};
use super::super::stage::{Level, Stage};
use crate::calendar::{DAY, HOUR};

/// T20: value into one actor matched by value out of another elsewhere, within 2 % and 24 hours, five times in 90 days.
pub(super) fn underground(stage: &mut Stage<'_>, level: Level) {
    let (here, there) = (stage.newcomer(LV, false), stage.newcomer(CY, false));
    let start = stage.start(5, 92);
    let (times, apart, low, high, last) =
        level.of((12, 6, 990, 1_000, 14), (6, 14, 983, 1_000, 22), (9, 8, 930, 965, 22));
    // The one there pays out of a stock that was filled before.
    let stock = stage.company();
    stage.pay(start - 2 * DAY, stock, there, 9_000_000, "capital");
    let mut evidence = Vec::new();
    for number in 0..times {
        let (payer, payee) = (stage.resident(), stage.resident());
        let cents = stage.dice.between(1_200, 7_500) * 100 + stage.dice.between(1, 99);
        let time = start + number * apart * DAY;
        evidence.push(stage.pay(time, payer, here, cents, "as discussed"));
        let (time, cents) = (stage.later(time, 1, last), stage.part(cents, low, high));
        evidence.push(stage.pay(time, there, payee, cents, "family"));
    }
    stage.case("T20", "underground_banking", Some(level), here, &evidence);
}

/// A licensed desk changes money for travellers: round sums in, other round sums out.
pub(super) fn currency_desk(stage: &mut Stage<'_>) {
    let desk = stage.company();
    let start = stage.start(5, 92);
    let mut evidence = Vec::new();
    for number in 0..20 {
        let (one, other) = (stage.any(Role::Person), stage.any(Role::Person));
        let time = start + number * 4 * DAY;
        evidence.push(stage.pay(time, one, desk, 50_000, "currency order"));
        evidence.push(stage.pay(time + 5 * HOUR, desk, other, 49_500, "currency sold"));
    }
    stage.case("T20", "underground_banking", None, desk, &evidence);
}

/// Accounts of that age take so many cash credits each and pass a share of each to one broker.
fn feed(stage: &mut Stage<'_>, broker: u32, holders: i64, credits: i64, age: i64, share: i64) -> Vec<u64> {
    let start = stage.start(5, 75);
    let mut evidence = Vec::new();
    for holder in 0..holders {
        let account = stage.person();
        stage.opened(account, start - age * DAY);
        for number in 0..credits {
            let cents = stage.dice.between(300, 1_900) * 100;
            let time = start + number * 70 * DAY / credits + holder * 5 * HOUR;
            evidence.push(stage.cash_in(time, account, cents, "", ""));
            let time = stage.later(time, 6, 72);
            evidence.push(stage.pay(time, account, broker, cents * share / 100, "tuition"));
        }
    }
    evidence
}

/// T21: three accounts at most 180 days old with ten cash credits each, 0.7 of them to one broker within seven days.
pub(super) fn broker(stage: &mut Stage<'_>, level: Level) {
    let broker = stage.company();
    let (holders, credits, age, share) = level.of((5, 14, 30, 95), (3, 11, 90, 80), (5, 8, 30, 95));
    let evidence = feed(stage, broker, holders, credits, age, share);
    stage.case("T21", "mirror_transfer_broker", Some(level), broker, &evidence);
}

/// A licensed remitter's agents of many years.
pub(super) fn remitter(stage: &mut Stage<'_>) {
    let remitter = stage.company();
    let evidence = feed(stage, remitter, 4, 13, 1_400, 96);
    stage.case("T21", "mirror_transfer_broker", None, remitter, &evidence);
}
