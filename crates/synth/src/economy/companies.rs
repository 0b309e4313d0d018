//! What companies do: invoices in, invoices out, tax, and the card takings of shops.

use chrono::{Datelike, NaiveDate};

use super::Cast;
use crate::bank::Book;
use crate::calendar::{at, months, plus, working_after};
use crate::names::{EMPLOYERS, SHOPS};
use crate::random::Dice;

/// Runs all companies for the eighteen months.
pub(super) fn trade(book: &mut Book, cast: &Cast, dice: &mut Dice) {
    for month in months() {
        for place in 0..cast.employers.len() {
            employer(book, cast, dice, place, month);
        }
        for place in 0..cast.shops.len() {
            shop(book, cast, dice, place, month);
        }
    }
}

fn office_hours(dice: &mut Dice, month: NaiveDate, from: i64, to: i64) -> i64 {
    let date = working_after(plus(month, dice.between(from, to)));
    at(date, dice.between(8, 17), dice.between(0, 59)) + dice.between(0, 59)
}

fn employer(book: &mut Book, cast: &Cast, dice: &mut Dice, place: usize, month: NaiveDate) {
    let account = cast.employers[place];
    let home = EMPLOYERS[place].1;
    let staff = cast.residents.iter().filter(|person| person.employer == place);
    let wages: i64 = staff.map(|person| person.wage).sum();
    // Three customers pay what wages, tax and suppliers will cost; a hotel earns it in summer.
    let season =
        if place == 9 { [40, 40, 60, 90, 120, 150, 170, 180, 150, 100, 60, 40][month.month0() as usize] } else { 100 };
    let income = (wages + 600_000) * 150 * season / 10_000;
    for part in [50, 30, 20] {
        let customer = cast.traders[(place * 3 + part as usize / 10) % cast.traders.len()];
        let text = format!("Invoice {}-{:04}", month.year(), dice.between(1, 9_999));
        let time = office_hours(dice, month, 2, 20);
        let spread = dice.between(90, 110);
        book.transfer(time, customer, account, income * part * spread / 10_000, &text);
    }
    for _ in 0..2 {
        let other = if dice.chance(50) { *dice.pick(&cast.traders) } else { *dice.pick(&cast.employers) };
        if other != account {
            let text = format!("Arve nr {}, {}", dice.between(1_000, 99_999), month.format("%Y"));
            let time = office_hours(dice, month, 5, 26);
            book.transfer(time, account, other, dice.between(40_000, 640_000), &text);
        }
    }
    let time = office_hours(dice, month, 9, 9);
    let text = format!("Payroll tax {}", month.format("%m/%Y"));
    book.transfer(time, account, cast.tax_offices[home], (wages / 4).max(25_000), &text);
    if matches!(place, 6 | 8) && wages > 0 {
        let time = at(working_after(plus(month, 19)), 10, dice.between(0, 59));
        book.transfer(time, account, cast.payroll_agent, wages + 4_500, "Payroll funding incl. bureau fee");
    }
    if month.month0() % 3 == 2 {
        let time = office_hours(dice, month, 24, 26);
        book.fee(time, account, cast.banks[home], 1_800, "Business account fee");
    }
}

fn shop(book: &mut Book, cast: &Cast, dice: &mut Dice, place: usize, month: NaiveDate) {
    let account = cast.shops[place];
    let home = SHOPS[place].1;
    let time = office_hours(dice, month, 3, 24);
    let supplier = *dice.pick(&cast.traders);
    let text = format!("Goods, delivery note {}", dice.between(100, 9_999));
    book.transfer(time, account, supplier, dice.between(30_000, 180_000), &text);
    let time = office_hours(dice, month, 1, 4);
    book.transfer(time, account, cast.landlords[home], 95_000, "Shop rent");
    let time = office_hours(dice, month, 14, 14);
    let text = format!("VAT {}", month.format("%m/%Y"));
    book.transfer(time, account, cast.tax_offices[home], dice.between(9_000, 60_000), &text);
    // Small takings in cash, far below any threshold.
    for _ in 0..2 {
        let time = office_hours(dice, month, 1, 27);
        book.cash_in(time, account, dice.between(400, 1_900) * 100, "Takings");
    }
}
