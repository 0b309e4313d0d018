//! What private customers do: wages, rent, bills, shops, cash, and small sums between friends.

use chrono::{Datelike, NaiveDate, Weekday};

use super::{Cast, Resident};
use crate::bank::Book;
use crate::calendar::{all_days, at, months, plus, working_after, working_before};
use crate::random::Dice;

/// What people write when they send each other money.
const BETWEEN_FRIENDS: &[&str] = &[
    "pizza, Friday",
    "thanks!",
    "kino + popcorn",
    "võlg tagasi",
    "concert tickets, row F",
    "birthday gift",
    "lõuna",
    "taxi",
    "\"IOU\" from Saturday",
    "ski trip, my half",
];

/// Lets everybody live for the eighteen months.
pub(super) fn live(book: &mut Book, cast: &Cast, dice: &mut Dice) {
    for (index, person) in cast.residents.iter().enumerate() {
        for month in months() {
            monthly(book, cast, dice, person, index, month);
        }
    }
    for date in all_days() {
        for person in &cast.residents {
            daily(book, cast, dice, person, date);
        }
    }
}

fn monthly(book: &mut Book, cast: &Cast, dice: &mut Dice, person: &Resident, index: usize, month: NaiveDate) {
    let employer = cast.employers[person.employer];
    // Two British employers pay through an agent, which the agent's own book shows.
    let payer = if matches!(person.employer, 6 | 8) { cast.payroll_agent } else { employer };
    let payday = working_before(plus(month, 24 + (person.employer % 3) as i64));
    let text = format!("Salary {}", month.format("%m/%Y"));
    book.transfer(at(payday, 9, dice.between(0, 59)) + dice.between(0, 59), payer, person.account, person.wage, &text);

    let due = working_after(plus(month, (index % 4) as i64));
    let rent = person.wage * 30 / 100 / 500 * 500;
    let text = format!("Rent {}, flat {}", month.format("%B %Y"), index % 23 + 1);
    book.transfer(at(due, 8, dice.between(0, 59)), person.account, cast.landlords[person.home], rent, &text);

    // Heating makes a bill in January twice that of July.
    let season = [220, 210, 180, 140, 100, 80, 75, 75, 90, 130, 180, 210][month.month0() as usize];
    let bill = dice.between(4_500, 6_500) * season / 100;
    let due = working_after(plus(month, 9 + (index % 5) as i64));
    let text = format!("Electricity {}, customer {}", month.format("%m-%Y"), 48_000 + index * 7);
    book.transfer(at(due, 7, dice.between(0, 59)), person.account, cast.utilities[person.home], bill, &text);

    if month.month0() % 3 == 2 {
        let time = at(plus(month, 27), 23, 50) + index as i64 % 600;
        book.fee(time, person.account, cast.banks[person.home], 300, "Account fee, quarter");
    }
    if dice.chance(25) {
        let time = at(plus(month, dice.between(0, 26)), dice.between(9, 21), dice.between(0, 59));
        book.cash_out(time, person.account, dice.between(2, 12) * 2_000, "ATM");
    }
    if person.club_member {
        // The yearly fee falls due in September: two dozen people, one account, one week.
        if month.month() == 9 {
            let time = at(plus(month, dice.between(1, 6)), dice.between(8, 21), dice.between(0, 59));
            book.euro(time, person.account, cast.club, 45_000, "Aastamaks / season fee, rowing");
        } else if dice.chance(6) {
            let time = at(plus(month, dice.between(1, 25)), dice.between(8, 21), dice.between(0, 59));
            book.euro(time, person.account, cast.club, 2_500, "boat hire");
        }
    }
}

fn daily(book: &mut Book, cast: &Cast, dice: &mut Dice, person: &Resident, date: NaiveDate) {
    let weekday = match date.weekday() {
        Weekday::Fri | Weekday::Sat => 190,
        Weekday::Sun => 60,
        _ => 90,
    };
    let season = match date.month() {
        12 => 160,
        7 | 8 => 80,
        _ => 100,
    };
    // In ten-thousandths: about three card payments a month.
    if dice.between(0, 9_999) < 940 * weekday * season / 10_000 {
        let shop = *dice.pick(&person.shops);
        let amount = if shop.is_multiple_of(3) { dice.between(900, 8_500) } else { dice.between(600, 5_500) };
        let minute = dice.between(0, 59);
        let time = at(date, *dice.pick(&[9, 11, 12, 13, 16, 17, 17, 18, 18, 19, 20]), minute) + dice.between(0, 59);
        let text = format!("POS {:06}", dice.between(100_000, 999_999));
        book.card(time, person.account, cast.shops[shop], amount, &text);
    }
    if dice.between(0, 9_999) < 60 {
        let friend = dice.pick(&cast.residents).account;
        if friend != person.account {
            let time = at(date, dice.between(8, 22), dice.between(0, 59)) + dice.between(0, 59);
            let text = *dice.pick(BETWEEN_FRIENDS);
            book.transfer(time, person.account, friend, dice.between(5, 90) * 100 + dice.between(0, 1) * 50, text);
        }
    }
    if dice.between(0, 9_999) < 50 {
        let time = at(date, dice.between(8, 22), dice.between(0, 59));
        let text = format!("Item {}, \"as described\"", dice.between(10_000_000, 99_999_999));
        book.transfer(time, person.account, cast.seller, dice.between(800, 9_000), &text);
    }
    if dice.between(0, 9_999) < 8 {
        let time = at(date, dice.between(8, 22), dice.between(0, 59));
        let text = format!("Deposit ACX-{:05}", dice.between(10_000, 99_999));
        book.transfer(time, person.account, cast.exchange, dice.between(3, 60) * 1_000, &text);
    }
}
