//! T02: many small senders, one receiver.
//!
//! The rule wants five unrelated senders in seven days, each below the threshold, together above it, three in five of
//! them first seen in the last 30 days.

use super::{Stage, all};
use crate::bank::{ALPHA, AccountId, GAMMA, GERMANY, PaymentId};
use crate::calendar::{DAY, HOUR, Moment, at, day, first_day};
use crate::economy::draw_name;
use crate::names::MIXED;

/// A new customer pays in cash and passes it on.
fn smurf(stage: &mut Stage<'_>, to: AccountId, time: Moment, cents: i64) -> PaymentId {
    let name = draw_name(&mut stage.dice, MIXED);
    let bank = if stage.dice.chance(50) { &ALPHA } else { &GAMMA };
    let sender = stage.person(bank, &name);
    stage.book.cash_in(time - 20 * HOUR, sender, cents + 5_000, "Cash deposit");
    stage.book.euro(time, sender, to, cents, "loan repayment")
}

pub(super) fn plant(stage: &mut Stage<'_>) {
    let easy = stage.person(&ALPHA, "Кирилл Осипов");
    stage.ordinary_life(easy, 0, first_day(), day(2024, 12, 20));
    let start = at(day(2024, 3, 4), 10, 20);
    let rows = (0..9).map(|index| {
        let cents = stage.dice.between(180_000, 290_000);
        smurf(stage, easy, start + index * 11 * HOUR, cents)
    });
    let rows = rows.collect();
    stage.plant("T02-easy-1", true, easy, "N03", all(rows));

    // Five senders, three of them new, a few euro above the threshold, three hours short of a week.
    let hard = stage.person(&GAMMA, "Silvia Marchetti");
    stage.ordinary_life(hard, 2, first_day(), day(2024, 12, 20));
    let start = at(day(2024, 9, 9), 9, 5);
    let mut rows = vec![
        smurf(stage, hard, start, 214_000),
        smurf(stage, hard, start + 2 * DAY, 208_000),
        smurf(stage, hard, start + 7 * DAY - 3 * HOUR, 203_500),
    ];
    for (place, cents) in [(0, 197_000), (2, 191_000)] {
        let known = stage.cast.residents[place].account;
        rows.push(stage.book.euro(start + 3 * DAY + cents, known, hard, cents, "võlg tagasi"));
    }
    stage.plant("T02-hard-1", true, hard, "N04", all(rows));

    // Six senders who stay below the threshold even together.
    let missed = stage.person(&ALPHA, "Tomasz Wrona");
    stage.ordinary_life(missed, 0, first_day(), day(2024, 12, 20));
    let start = at(day(2024, 10, 7), 13, 40);
    let rows = [164_000, 158_000, 171_000, 149_000, 166_000, 160_000];
    let rows = rows.iter().enumerate().map(|(index, cents)| smurf(stage, missed, start + index as i64 * DAY, *cents));
    let rows = rows.collect();
    stage.plant("T02-hard-2", false, missed, "N04", all(rows));

    // The rowing club's season fees: senders everybody has known for a year.
    let club = stage.cast.club;
    let rows = stage.book.between(at(day(2024, 9, 1), 0, 0), at(day(2024, 9, 9), 0, 0), None, Some(club));
    stage.plant("T02-decoy-1", false, club, "", all(rows));

    // A wedding: guests from abroad whom no bank here has seen. The shape is all there, and so is the reason.
    let couple = stage.person(&ALPHA, "Liina Rebane-Köhler");
    stage.ordinary_life(couple, 0, first_day(), day(2024, 12, 20));
    let start = at(day(2024, 6, 7), 18, 0);
    let mut rows = Vec::new();
    for index in 0..12 {
        let name = draw_name(&mut stage.dice, MIXED);
        let guest = stage.person(&GERMANY, &name);
        let cents = stage.dice.between(14, 24) * 5_000;
        let text = "Hochzeitsgeschenk, alles Gute! / pulmakink";
        rows.push(stage.book.euro(start + index * 9 * HOUR, guest, couple, cents, text));
    }
    stage.plant("T02-decoy-2", false, couple, "", all(rows));
}
