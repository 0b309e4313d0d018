//! Innocent customers whose pattern resembles a typology: client account, group treasury.
//!
//! The payroll bureau, the rowing club and the marketplace seller are fed by the households.

use crate::bank::{BETA, Book, GAMMA, GERMANY, Kind};
use crate::calendar::{HOUR, all_days, at, is_working, months, plus, working_after};
use crate::random::Dice;

use super::{Cast, draw_name};
use crate::names::BRITISH;

/// Runs the solicitor and the treasury.
pub(super) fn run(book: &mut Book, cast: &Cast, dice: &mut Dice) {
    client_account(book, cast, dice);
    treasury(book, dice);
}

/// One house sale a month: the buyer's money rests with the solicitor for two weeks, then goes to the seller.
fn client_account(book: &mut Book, cast: &Cast, dice: &mut Dice) {
    for month in months() {
        let buyer = book.open(&BETA, &draw_name(dice, BRITISH), Kind::Person);
        let seller = book.open(&BETA, &draw_name(dice, BRITISH), Kind::Person);
        let start = at(working_after(plus(month, dice.between(0, 8))), 11, dice.between(0, 59));
        let price = dice.between(120, 420) * 100_000;
        let file = dice.between(1_000, 9_999);
        book.transfer(start, buyer, cast.escrow, price, &format!("Completion funds, file {file}, 14 Mill Lane"));
        let end = at(working_after(plus(month, dice.between(17, 24))), 13, dice.between(0, 59));
        book.transfer(end, cast.escrow, seller, price - 180_000, &format!("Sale proceeds, file {file}"));
        book.transfer(end + HOUR, cast.escrow, cast.tax_offices[1], 120_000, &format!("Stamp duty, file {file}"));
    }
}

/// A group sweeps its three companies to the parent every other Friday and funds them again on Monday.
fn treasury(book: &mut Book, dice: &mut Dice) {
    let parent = book.open(&GAMMA, "Levantine Holdings Group Treasury Ltd", Kind::Company);
    let members = [
        book.open(&GAMMA, "Levantine Ports Ltd", Kind::Company),
        book.open(&BETA, "Levantine Brokers (UK) Ltd", Kind::Company),
        book.open(&GERMANY, "Levantine Spedition GmbH", Kind::Company),
    ];
    let fridays = all_days().filter(|date| is_working(*date) && !is_working(plus(*date, 1))).step_by(2);
    for friday in fridays {
        for member in members {
            let amount = dice.between(150, 480) * 10_000;
            book.euro(at(friday, 17, dice.between(0, 30)), member, parent, amount, "Cash pool sweep");
            let back = amount * dice.between(70, 95) / 100;
            book.euro(at(plus(friday, 3), 8, dice.between(0, 30)), parent, member, back, "Cash pool funding");
        }
    }
}
