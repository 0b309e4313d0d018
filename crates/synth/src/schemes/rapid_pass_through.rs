//! T05: what comes in leaves within two days.
//!
//! The rule wants three credits in 30 days, each followed within 48 hours by debits of 90 to 100 % of it, first in first
//! out, with the balance hardly growing. The first credit leaves a little behind and the others leave whole: if each
//! left a little, the queue would age and the last credits would fail the share.

use super::{Rows, Stage, through};
use crate::bank::{ALPHA, AccountId, GAMMA, GERMANY, SWITZERLAND};
use crate::calendar::{DAY, HOUR, Moment, at, day};

/// One case: when, which credits, how many per mille of the first one move on, and how many hours after each.
struct Plan<'p> {
    start: Moment,
    credits: &'p [i64],
    first: i64,
    delay: Moment,
    split: bool,
}

fn pass(stage: &mut Stage<'_>, account: AccountId, plan: &Plan<'_>) -> Rows {
    let source = stage.company(&GERMANY, "Hansa Metallrecycling GmbH");
    let sink = stage.company(&SWITZERLAND, "Silvretta Finanz AG");
    let (mut credits, mut debits) = (Vec::new(), Vec::new());
    for (index, cents) in plan.credits.iter().copied().enumerate() {
        let time = plan.start + index as i64 * 4 * DAY;
        let text = format!("Invoice HM-{}", 2_400 + index * 13);
        credits.push(stage.book.euro(time, source, account, cents, &text));
        let out = if index == 0 { cents * plan.first / 1_000 } else { cents };
        let half = if plan.split { out / 2 } else { 0 };
        if plan.split {
            debits.push(stage.book.euro(time + plan.delay - 3 * HOUR, account, sink, half, "Agreement 7, part"));
        }
        debits.push(stage.book.euro(time + plan.delay, account, sink, out - half, "Agreement 7"));
    }
    through(credits, debits)
}

pub(super) fn plant(stage: &mut Stage<'_>) {
    let easy = stage.company(&ALPHA, "Kuldne Võti Konsult OÜ");
    let start = at(day(2024, 2, 12), 10, 10);
    let plan = Plan {
        start,
        credits: &[1_240_000, 1_385_000, 1_130_000, 1_415_000],
        first: 970,
        delay: 22 * HOUR,
        split: false,
    };
    let rows = pass(stage, easy, &plan);
    stage.plant("T05-easy-1", true, easy, "N02", rows);

    // Three credits, two hours before the limit, each leaving in two parts.
    let hard = stage.company(&GAMMA, "Pyrgos Advisory Ltd");
    let start = at(day(2024, 6, 17), 8, 50);
    let plan = Plan { start, credits: &[760_000, 785_000, 742_000], first: 915, delay: 46 * HOUR, split: true };
    let rows = pass(stage, hard, &plan);
    stage.plant("T05-hard-1", true, hard, "N02", rows);

    // The same, three hours after the limit.
    let missed = stage.company(&GAMMA, "Akrotiri Commodities Ltd");
    let start = at(day(2024, 9, 16), 9, 20);
    let plan = Plan { start, credits: &[820_000, 770_000, 805_000], first: 930, delay: 51 * HOUR, split: false };
    let rows = pass(stage, missed, &plan);
    stage.plant("T05-hard-2", false, missed, "N02", rows);

    // A notary's deposit account exists to pass money on.
    let notary = stage.company(&ALPHA, "Notar Kask, hoiustamiskonto");
    let (mut credits, mut debits) = (Vec::new(), Vec::new());
    for (index, cents) in [8_400_000, 12_650_000, 6_980_000, 15_300_000].into_iter().enumerate() {
        let (buyer, seller) = (stage.stranger(), stage.stranger());
        let time = at(day(2024, 11, 4), 10, 0) + index as i64 * 6 * DAY;
        let text = format!("Kinnisvara ost, tehing {}", 311 + index);
        credits.push(stage.book.euro(time, buyer, notary, cents, &text));
        debits.push(stage.book.euro(time + 25 * HOUR, notary, seller, cents, &text));
    }
    stage.plant("T05-decoy-1", false, notary, "", through(credits, debits));
}
