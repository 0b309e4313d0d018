//! A trail that is cut: T36.

use super::super::frame::{EXCHANGES, Role};
use super::super::stage::{Level, Stage};
use crate::calendar::DAY;

const MINUTE: i64 = 60;

/// A deposit at an exchange, and so many minutes later a withdrawal of that share, in thousandths, to somebody.
fn hop(stage: &mut Stage<'_>, customer: u32, to: u32, (start, minutes): (i64, i64), share: i64) -> [u64; 2] {
    let number = stage.dice.between(0, i64::from(EXCHANGES) - 1) as u32;
    let exchange = stage.frame.nth(Role::Exchange, number);
    let cents = stage.dice.between(4_000, 19_000) * 100 + stage.dice.between(1, 99);
    [
        stage.pay(start, customer, exchange, cents, "Deposit"),
        stage.pay(start + minutes * MINUTE, exchange, to, cents * share / 1_000, "Withdrawal"),
    ]
}

/// T36: the same asset in and out of an exchange within an hour, at most 2 % apart; who knows the rule waits for longer.
pub(super) fn vasp_hop(stage: &mut Stage<'_>, level: Level) {
    let subject = stage.subject(level);
    let start = stage.start(5, 22);
    let (times, low, high, share) = level.of((3, 8, 20, 998), (1, 45, 55, 985), (3, 90, 200, 998));
    let mut evidence = Vec::new();
    for number in 0..times {
        let (minutes, receiver) = (stage.dice.between(low, high), stage.person());
        evidence.extend(hop(stage, subject, receiver, (start + number * 7 * DAY, minutes), share));
    }
    stage.case("T36", "vasp_hop_without_trade", Some(level), subject, &evidence);
}

/// A purchase is abandoned and the deposit sent back, and somebody lives on the difference between two exchanges. Both are
/// flagged by right: what was traded in between the exchange alone knows. A change of format is of chains only.
pub(super) fn abandoned(stage: &mut Stage<'_>) {
    for (id, times, minutes, share) in [("T36-abandoned", 1, 35, 1_000), ("T36-arbitrage", 4, 25, 1_006)] {
        let customer = stage.resident();
        let start = stage.start(5, 22);
        let mut evidence = Vec::new();
        for number in 0..times {
            evidence.extend(hop(stage, customer, customer, (start + number * 5 * DAY, minutes), share));
        }
        stage.case(id, "vasp_hop_without_trade", None, customer, &evidence);
    }
}
