//! T03: one sender, many receivers, and little left.
//!
//! The rule wants five unrelated receivers in seven days who get 80 % of what came in from a week before on.

use super::{Stage, through};
use crate::bank::{ALPHA, AccountId, GAMMA};
use crate::calendar::{DAY, HOUR, Moment, at, day};

/// Money comes in twice, then goes to `parts.len()` strangers, `gap` apart.
fn distribute(
    stage: &mut Stage<'_>,
    hub: AccountId,
    start: Moment,
    sum: i64,
    parts: &[i64],
    gap: Moment,
) -> super::Rows {
    let payers = [stage.cast.traders[0], stage.cast.traders[6]];
    // A first small credit long before, so that the account is not new on the day.
    stage.book.euro(start - 90 * DAY, payers[0], hub, 21_000, "Consulting");
    let credits = vec![
        stage.book.euro(start, payers[0], hub, sum * 55 / 100, "Consulting, advance"),
        stage.book.euro(start + 20 * HOUR, payers[1], hub, sum - sum * 55 / 100, "Consulting, balance"),
    ];
    let mut debits = Vec::new();
    for (index, percent) in parts.iter().enumerate() {
        let receiver = stage.stranger();
        let time = start + DAY + index as i64 * gap;
        debits.push(stage.book.euro(time, hub, receiver, sum * percent / 100, "for services"));
    }
    through(debits, credits)
}

pub(super) fn plant(stage: &mut Stage<'_>) {
    // The list has him as "Yıldız, Mehmet"; the bank writes capitals without dots.
    let easy = stage.person(&GAMMA, "MEHMET YILDIZ");
    let rows = distribute(stage, easy, at(day(2024, 5, 13), 9, 30), 2_550_000, &[14, 13, 15, 12, 14, 13, 14], 9 * HOUR);
    stage.plant("T03-easy-1", true, easy, "N03", rows);

    // Five receivers over six and a half days, 81 % in all.
    let hard = stage.person(&ALPHA, "Jonas Petkus");
    let rows = distribute(stage, hard, at(day(2024, 8, 12), 10, 15), 1_860_000, &[17, 16, 16, 17, 15], 39 * HOUR);
    stage.plant("T03-hard-1", true, hard, "N04", rows);

    // He keeps a quarter: below the share the rule asks for.
    let missed = stage.person(&ALPHA, "Edgars Liepa");
    let rows = distribute(stage, missed, at(day(2024, 10, 14), 11, 45), 2_100_000, &[15, 16, 14, 15, 15], 12 * HOUR);
    stage.plant("T03-hard-2", false, missed, "N04", rows);

    // A payroll bureau does exactly this every month.
    let bureau = stage.cast.payroll_agent;
    let (from, to) = (at(day(2024, 5, 18), 0, 0), at(day(2024, 5, 31), 0, 0));
    let debits = stage.book.between(from, to, Some(bureau), None);
    let credits = stage.book.between(from, to, None, Some(bureau));
    stage.plant("T03-decoy-1", false, bureau, "", through(debits, credits));
}
