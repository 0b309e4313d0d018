//! T08: an account that slept wakes up to pass money on.
//!
//! The rule wants no transfer for 180 days while the data cover them, then within a week credits worth ten times the
//! median of the earlier ones, 80 % of which leave within a week.

use super::{Rows, Stage, through};
use crate::bank::{ALPHA, AccountId, GAMMA};
use crate::calendar::{DAY, HOUR, Moment, at, day};

/// Four small credits spent again, the last debit at `asleep`, then nothing until `awake`.
fn sleep_and_wake(
    stage: &mut Stage<'_>,
    account: AccountId,
    asleep: Moment,
    awake: Moment,
    credits: &[i64],
    out: i64,
) -> Rows {
    let friend = stage.cast.residents[1].account;
    for (weeks, cents) in [(8, 9_000), (6, 12_000), (4, 11_000), (2, 14_000)] {
        stage.book.euro(asleep - weeks * 7 * DAY - 2 * HOUR, friend, account, cents, "thanks!");
        stage.book.cash_out(asleep - (weeks - 2) * 7 * DAY, account, cents, "ATM");
    }
    let (mut incoming, mut outgoing) = (Vec::new(), Vec::new());
    for (index, cents) in credits.iter().enumerate() {
        let sender = stage.stranger();
        incoming.push(stage.book.euro(awake + index as i64 * DAY, sender, account, *cents, "as agreed"));
    }
    let sum: i64 = credits.iter().sum();
    for part in 0..2 {
        let receiver = stage.stranger();
        let time = awake + credits.len() as i64 * DAY + part * 20 * HOUR;
        outgoing.push(stage.book.euro(time, account, receiver, sum * out / 200, "investment"));
    }
    through(incoming, outgoing)
}

pub(super) fn plant(stage: &mut Stage<'_>) {
    let easy = stage.person(&ALPHA, "Hanna-Liisa Vaher");
    let (asleep, awake) = (at(day(2023, 9, 20), 12, 0), at(day(2024, 6, 10), 10, 30));
    let rows = sleep_and_wake(stage, easy, asleep, awake, &[640_000, 715_000, 580_000], 95);
    stage.plant("T08-easy-1", true, easy, "N04", rows);

    // Asleep for 184 days; one credit of eleven times the median; 82 % leaves.
    let hard = stage.person(&GAMMA, "Nicos Theodorou");
    let asleep = at(day(2023, 10, 4), 12, 0);
    let rows = sleep_and_wake(stage, hard, asleep, asleep + 184 * DAY, &[127_000], 82);
    stage.plant("T08-hard-1", true, hard, "N04", rows);

    // Asleep for 171 days: nine too few.
    let missed = stage.person(&ALPHA, "Arturs Zariņš");
    let asleep = at(day(2024, 1, 17), 12, 0);
    let rows = sleep_and_wake(stage, missed, asleep, asleep + 171 * DAY, &[610_000, 540_000], 93);
    stage.plant("T08-hard-2", false, missed, "N04", rows);

    // An inheritance, spent on a flat.
    let heir = stage.person(&ALPHA, "Õnne Kukk");
    let friend = stage.cast.residents[3].account;
    for offset in [0, 20, 41] {
        let time = at(day(2023, 8, 1), 15, 10) + offset * DAY;
        stage.book.euro(time, friend, heir, 8_000, "sünnipäev");
    }
    let estate = stage.company(&ALPHA, "Notar Lepik, pärandvara");
    let seller = stage.stranger();
    let time = at(day(2024, 7, 2), 11, 0);
    let credits = vec![stage.book.euro(time, estate, heir, 8_640_000, "Pärand, notari tehing 118/2024")];
    let debits = vec![stage.book.euro(time + 5 * DAY, heir, seller, 7_900_000, "Korter, Kalaranna 5-12, \"lõpparve\"")];
    stage.plant("T08-decoy-1", false, heir, "", through(credits, debits));
}
