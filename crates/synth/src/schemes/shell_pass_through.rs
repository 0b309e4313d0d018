//! T11: a company with no business of its own.
//!
//! The rule wants a company younger than two years, or at an address shared by ten; no wages, tax or utility paid in 90
//! days; 90 % of what comes in going out again; and counterparties in two countries. Age and address stand in the
//! watchlist (see `networks.rs`).

use super::{Rows, Stage, through};
use crate::bank::{ALPHA, AccountId, BETA, EMIRATES, GAMMA, GERMANY, SWITZERLAND};
use crate::calendar::{DAY, Moment, at, day};

/// Credits twelve days apart, each passed on four days later less what stays.
fn relay(stage: &mut Stage<'_>, shell: AccountId, start: Moment, credits: &[i64], per_mille: i64) -> Rows {
    let payers = [stage.company(&GERMANY, "Lausitz Import GmbH"), stage.company(&ALPHA, "Ranna Hulgikaubandus OÜ")];
    let payees =
        [stage.company(&SWITZERLAND, "Corvatsch Treuhand AG"), stage.company(&EMIRATES, "Sandgrouse General Trading")];
    let (mut incoming, mut outgoing) = (Vec::new(), Vec::new());
    for (index, cents) in credits.iter().copied().enumerate() {
        let time = start + index as i64 * 12 * DAY;
        let text = format!("Consultancy, contract {}-{}", 17 + index, 2_024);
        incoming.push(stage.book.euro(time, payers[index % 2], shell, cents, &text));
        let out = cents * per_mille / 1_000;
        outgoing.push(stage.book.euro(time + 4 * DAY, shell, payees[index % 2], out, "Licence fee, as per agreement"));
    }
    through(incoming, outgoing)
}

pub(super) fn plant(stage: &mut Stage<'_>) {
    let easy = stage.company(&GAMMA, "Bluewater Meridian Trading Ltd");
    let credits = [4_850_000, 6_120_000, 5_340_000, 7_210_000, 4_980_000, 5_600_000];
    let rows = relay(stage, easy, at(day(2024, 3, 18), 10, 35), &credits, 965);
    stage.plant("T11-easy-1", true, easy, "N02", rows);

    // Old enough to pass, but one of twelve at a formation agent's address; it keeps almost all it may.
    let hard = stage.company(&BETA, "Quillmark Solutions Ltd");
    let rows = relay(stage, hard, at(day(2024, 7, 8), 11, 20), &[3_150_000, 2_870_000, 3_420_000, 2_990_000], 906);
    stage.plant("T11-hard-1", true, hard, "N02", rows);

    // A shell that bought itself an electricity bill.
    let missed = stage.company(&GAMMA, "Ormond Gate Services Ltd");
    let start = at(day(2024, 8, 19), 9, 50);
    let rows = relay(stage, missed, start, &[2_760_000, 3_380_000, 2_940_000], 955);
    let utility = stage.cast.utilities[2];
    for month in 0..2 {
        stage.book.euro(start + (6 + month * 28) * DAY, missed, utility, 6_240, "Electricity, customer 90117");
    }
    stage.plant("T11-hard-2", false, missed, "N02", rows);

    // A start-up spends its grant abroad, and on wages.
    let startup = stage.company(&ALPHA, "Tõravere Sensorid OÜ");
    let rows = relay(stage, startup, at(day(2024, 4, 15), 9, 10), &[3_900_000, 3_100_000, 2_600_000], 900);
    let tax = stage.cast.tax_offices[0];
    for month in 0..3 {
        let worker = stage.stranger();
        let time = at(day(2024, 4, 29), 9, 30) + month * 30 * DAY;
        stage.book.euro(time, startup, worker, 95_000, "Palk / Salary");
        stage.book.euro(time + 10 * DAY, startup, tax, 42_000, "Payroll tax");
    }
    stage.plant("T11-decoy-1", false, startup, "", rows);
}
