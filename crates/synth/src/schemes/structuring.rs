//! T01: cash paid in just below the threshold.
//!
//! The rule wants three credits from 8,500 to under 10,000 euro in 30 days, worth 25,000 together, and a share of all
//! credits three times that of the half year before.

use super::{Stage, THRESHOLD, all};
use crate::bank::{ALPHA, GAMMA};
use crate::calendar::{DAY, HOUR, day, first_day, is_working, last_day, plus};

pub(super) fn plant(stage: &mut Stage<'_>) {
    // Known by name only: the list has him in Cyrillic.
    let easy = stage.person(&ALPHA, "Vladimir Petrov");
    stage.ordinary_life(easy, 0, first_day(), day(2024, 9, 30));
    let mut rows = Vec::new();
    for (offset, cents) in [(0, 940_000), (4, 975_000), (9, 890_000), (15, 960_000), (21, 925_000)] {
        let time = stage.moment(plus(day(2024, 4, 2), offset), 11);
        rows.push(stage.book.cash_in(time, easy, cents, "Sularaha sissemakse"));
    }
    stage.plant("T01-easy-1", true, easy, "N03", all(rows));

    // The fewest credits, the smallest and the largest allowed, in a window an hour short of full.
    let hard = stage.person(&GAMMA, "Kostas Vrettos");
    stage.ordinary_life(hard, 2, first_day(), day(2024, 10, 31));
    let start = stage.moment(day(2024, 7, 1), 10);
    let rows = [(0, THRESHOLD * 85 / 100), (14 * DAY, 874_000), (30 * DAY - HOUR, THRESHOLD - 1)];
    let rows = rows.map(|(offset, cents)| stage.book.cash_in(start + offset, hard, cents, "Cash deposit"));
    stage.plant("T01-hard-1", true, hard, "N04", all(rows.to_vec()));

    // Four deposits, each a little below the band: the same crime, which this rule cannot see.
    let missed = stage.person(&ALPHA, "Rasmus Holm");
    stage.ordinary_life(missed, 0, first_day(), day(2024, 11, 30));
    let mut rows = Vec::new();
    for (offset, cents) in [(0, 835_000), (6, 849_900), (13, 842_000), (19, 848_000)] {
        let time = stage.moment(plus(day(2024, 8, 5), offset), 12);
        rows.push(stage.book.cash_in(time, missed, cents, "Sularaha sissemakse"));
    }
    stage.plant("T01-hard-2", false, missed, "N03", all(rows));

    // A butcher's weekly takings have been just that since long before anybody looked.
    let butcher = stage.company(&ALPHA, "Turuhoone Lihakarn OÜ");
    let mut rows = Vec::new();
    let mondays = first_day().iter_days().take_while(|date| *date <= last_day());
    for monday in mondays.filter(|date| is_working(*date) && !is_working(plus(*date, -1))) {
        let (time, cents) = (stage.moment(monday, 9), stage.dice.between(862_000, 988_000));
        rows.push(stage.book.cash_in(time, butcher, cents, "Nädala kassa, turg"));
        let supplier = stage.cast.traders[3];
        let time = stage.moment(plus(monday, 2), 10);
        stage.book.transfer(time, butcher, supplier, cents * 7 / 10, "Meat, weekly delivery");
    }
    stage.plant("T01-decoy-1", false, butcher, "", all(rows));
}
