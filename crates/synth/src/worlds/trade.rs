//! Who is expected to pay whom how much a month, so that what comes in goes out again.
//!
//! ```text
//!             wages                    card bills, rent, electricity, cash
//! employers ─────────► people ──────────────────────────────────────────────► shops, landlords, energy, bank
//!  ▲  │  │                ▲ wages                                                   │ goods, repairs      │
//!  │  │  └─ payroll tax ► state ◄──────────── value added tax ──────────────────────┤                     │
//!  │  └──── imports ───────────► abroad ◄──────────────── fuel, interest ───────────┼─────────────────────┘
//!  └─────── exports ─────────────┘           and to employers ◄─────────────────────┘
//! ```
//!
//! Wages are given, and all else follows from them: shops take what people spend and buy stock with it, and an employer
//! who sells less at home than wages, tax, rent and suppliers cost exports the rest, while one who sells more has imported
//! what it sells. All of it is known before the first day and is a few numbers for each firm; a day's payments are drawn
//! around them.
//!
//! Of a firm abroad the books show one side, because its bank keeps no book here: every other one buys and the rest sell.
//! Together they pay about what they get. One account that did both would tie all employers into loops that nobody made.
//!
//! Amounts are cents of a euro a month. In pounds a payment is worth the same ([`pounds`]).

use super::frame::{EXCHANGES, Frame, HOMES, Role};

/// What people spend of a wage, in thousandths; the rest is saved.
const SPENT: i64 = 990;
/// Rent is this part of a wage, in thousandths.
const RENT: i64 = 300;
/// What a person spends at tills by card: the mean of what a day draws.
const TILL: i64 = 25_200;
/// What a person draws in cash, and shops take: likewise.
const DRAWN: i64 = 6_000;
/// One of so many people in a hundred buys virtual assets, for so much.
const INVESTS: (i64, i64) = (4, 22_500);
/// A bill for electricity is usage times the month's; these are the mean month and the mean usage.
pub(super) const MEAN_MONTH: i64 = 141;
const MEAN_USAGE: i64 = 55;
/// What is left of a card bill for the shop, in thousandths.
const SETTLED: i64 = 985;
/// What a shop pays of its takings in value added tax, in rent, and for goods, in thousandths.
pub(super) const OF_TAKINGS: [i64; 3] = [60, 60, 865];
/// What a landlord pays of the rent for the mortgage, and to builders, in thousandths.
pub(super) const OF_RENT: [i64; 2] = [350, 630];
/// An employer's landlord gets a wage bill's twelfth.
pub(super) const OFFICE: i64 = 12;
/// The smallest wage bill that an office is rented and goods are bought for.
const SMALLEST: i64 = 800_000;
/// Of an employer's four suppliers the last is always abroad.
pub(super) const SUPPLIERS: u64 = 4;
/// Sellers abroad that one account deals with.
pub(super) const SELLERS: u64 = 4;
/// Wholesalers of a shop, and builders of a landlord.
pub(super) const CONTRACTORS: u64 = 3;
/// What a company of a group has earned of what it sends to the parent, in thousandths. Of the rest some 825 come back, five
/// times of six.
pub(super) const EARNED: i64 = 312;

/// What an employer is expected to do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Employer {
    /// Wages, or the least that an office is run for.
    pub(super) size: i64,
    /// Paid to suppliers.
    pub(super) supplies: i64,
    /// Received from customers abroad.
    pub(super) exports: i64,
    /// Paid abroad for what is sold at home beyond the costs.
    pub(super) imports: i64,
}

/// What a shop is expected to take.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Shop {
    /// All of it.
    pub(super) takings: i64,
    /// In cash.
    pub(super) cash: i64,
    /// From the bank, of what customers put on their cards' bills.
    pub(super) settled: i64,
}

/// What the customers of one bank and the bank itself are expected to do.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Home {
    people: i64,
    wages: i64,
    private: i64,
    bills: i64,
    /// What each of the landlords is paid.
    pub(super) rent: i64,
    /// Payroll tax, in thousandths of wages: what the wages of the state cost beyond the value added tax.
    pub(super) tax: i64,
    /// Paid for fuel in a mean month.
    pub(super) fuel: i64,
    /// What the bank pays those abroad who lend to it.
    pub(super) interest: i64,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Trade {
    pub(super) employers: Vec<Employer>,
    pub(super) shops: Vec<Shop>,
    pub(super) homes: [Home; HOMES as usize],
    /// What each exchange pays for what it sells.
    pub(super) coins: i64,
}

impl Trade {
    /// From the wages that `frame` has.
    pub(super) fn new(frame: &Frame) -> Self {
        let mut trade = Self::default();
        for person in 0..frame.persons() {
            let home = &mut trade.homes[usize::from(frame.bank(person))];
            home.people += 1;
            home.wages += frame.wage(person);
        }
        for (place, wages) in frame.wages.iter().enumerate() {
            let account = frame.nth(Role::Employer, place as u32);
            trade.homes[usize::from(frame.bank(account))].private += wages;
            let size = (*wages).max(SMALLEST);
            let supplies = size * frame.nature(account, 4).between(30, 110) / 100;
            trade.employers.push(Employer { size, supplies, ..Employer::default() });
        }
        let (share, each) = INVESTS;
        trade.coins = i64::from(frame.persons()) * share * each / 100 / i64::from(EXCHANGES);
        for home in &mut trade.homes {
            let spent = MEAN_USAGE * MEAN_MONTH + TILL + DRAWN + share * each / 100;
            home.bills = home.wages * (SPENT - RENT) / 1_000 - home.people * spent;
            home.fuel = home.people * MEAN_USAGE * MEAN_MONTH;
        }
        trade.shops(frame);
        trade.state(frame);
        trade.employers(frame);
        trade
    }

    fn shops(&mut self, frame: &Frame) {
        let shops = 0..frame.count(Role::Shop);
        let mut whole = [(0, 0); HOMES as usize];
        for account in shops.clone().map(|place| frame.nth(Role::Shop, place)) {
            let (weight, cash) = shop(frame, account);
            let sums = &mut whole[usize::from(frame.bank(account))];
            *sums = (sums.0 + weight, sums.1 + cash);
        }
        let each = i64::from(frame.count(Role::Shop) / HOMES).max(1);
        for account in shops.map(|place| frame.nth(Role::Shop, place)) {
            let bank = usize::from(frame.bank(account));
            let (home, (weight, cash)) = (self.homes[bank], shop(frame, account));
            let cash = home.people * DRAWN * cash / whole[bank].1;
            let settled = home.bills * SETTLED / 1_000 * weight / whole[bank].0;
            self.shops.push(Shop { takings: home.people * TILL / each + cash + settled, cash, settled });
        }
    }

    /// The state's wages are paid out of taxes, and landlords get what people, shops and offices pay.
    fn state(&mut self, frame: &Frame) {
        let landlords = i64::from(frame.count(Role::Landlord) / HOMES).max(1);
        let mut takings = [0; HOMES as usize];
        for (place, shop) in self.shops.iter().enumerate() {
            takings[place % HOMES as usize] += shop.takings;
        }
        let mut offices = [0; HOMES as usize];
        for (place, employer) in self.employers.iter().enumerate() {
            offices[place % HOMES as usize] += employer.size / OFFICE;
        }
        for (place, home) in self.homes.iter_mut().enumerate() {
            let owed = home.wages - home.private - takings[place] * OF_TAKINGS[0] / 1_000;
            home.tax = (owed * 1_000 / home.private.max(1)).clamp(50, 500);
            let rents = home.wages * RENT / 1_000 + takings[place] * OF_TAKINGS[1] / 1_000 + offices[place];
            home.rent = rents / landlords;
            home.interest = rents * OF_RENT[0] / 1_000 + home.bills * (1_000 - SETTLED) / 1_000;
        }
    }

    fn employers(&mut self, frame: &Frame) {
        let mut sold = vec![0; self.employers.len()];
        let first = frame.first(Role::Employer);
        let mut sell = |to: u32, cents: i64| sold[(to - first) as usize] += cents;
        for (place, shop) in self.shops.iter().enumerate() {
            let account = frame.nth(Role::Shop, place as u32);
            for number in 0..CONTRACTORS {
                sell(wholesaler(frame, account, number), shop.takings * OF_TAKINGS[2] / 1_000 / CONTRACTORS as i64);
            }
        }
        for account in (0..frame.count(Role::Landlord)).map(|place| frame.nth(Role::Landlord, place)) {
            let rent = self.homes[usize::from(frame.bank(account))].rent;
            for number in 0..CONTRACTORS {
                sell(builder(frame, account, number), rent * OF_RENT[1] / 1_000 / CONTRACTORS as i64);
            }
        }
        for (place, employer) in self.employers.iter().enumerate() {
            for supplier in (0..SUPPLIERS).filter_map(|number| supplier(frame, place as u32, number)) {
                sell(supplier, employer.supplies / SUPPLIERS as i64);
            }
        }
        for (place, (employer, sold)) in self.employers.iter_mut().zip(sold).enumerate() {
            let (wages, tax) = (frame.wages[place], self.homes[place % HOMES as usize].tax);
            let costs = wages + wages * tax / 1_000 + employer.size / OFFICE + employer.supplies;
            employer.exports = (costs - sold).max(0);
            employer.imports = (sold - costs).max(0);
        }
    }
}

/// A shop's share in what its bank's customers put on their cards, and in their cash, as weights.
fn shop(frame: &Frame, account: u32) -> (i64, i64) {
    let mut nature = frame.nature(account, 9);
    (nature.between(60, 140), nature.between(20, 90))
}

/// What a person's card bill comes to: what wage, rent, electricity, tills and cash leave to spend.
pub(super) fn card_bill(wage: i64, usage: i64, invests: bool) -> i64 {
    let invested = if invests { INVESTS.1 } else { 0 };
    wage * SPENT / 1_000 - rent(wage) - usage * MEAN_MONTH - TILL - DRAWN - invested
}

/// A flat is rented for a round sum.
pub(super) fn rent(wage: i64) -> i64 {
    wage * RENT / 1_000 / 500 * 500
}

/// One of the firms abroad who buy from an account: those of even numbers, of which there are as many as of odd ones.
pub(super) fn buyer(frame: &Frame, account: u32, number: u64) -> u32 {
    frame.nth(Role::Abroad, frame.nature(account, 50 + number).bits() as u32 & !1)
}

/// One of the firms abroad who sell to an account: those of odd numbers.
pub(super) fn seller(frame: &Frame, account: u32, number: u64) -> u32 {
    frame.nth(Role::Abroad, frame.nature(account, 60 + number).bits() as u32 | 1)
}

/// One of an employer's suppliers: of the next tier; nothing where it is abroad.
pub(super) fn supplier(frame: &Frame, place: u32, number: u64) -> Option<u32> {
    let whole = frame.count(Role::Employer);
    let tier = (whole / 4).max(1);
    let choice = frame.nature(frame.nth(Role::Employer, place), 40 + number).bits() as u32;
    let next = (place / tier + 1) * tier + choice % tier;
    (number + 1 < SUPPLIERS && next < whole).then(|| frame.nth(Role::Employer, next))
}

/// One of a shop's wholesalers: of the first tier.
pub(super) fn wholesaler(frame: &Frame, shop: u32, number: u64) -> u32 {
    let tier = u64::from((frame.count(Role::Employer) / 4).max(1));
    frame.nth(Role::Employer, frame.nature(shop, 40 + number).below(tier) as u32)
}

/// One of a landlord's builders.
pub(super) fn builder(frame: &Frame, landlord: u32, number: u64) -> u32 {
    frame.nth(Role::Employer, frame.nature(landlord, 40 + number).bits() as u32)
}

/// As much in pounds, and as round, as a sum in euro.
pub(super) fn pounds(cents: i64) -> i64 {
    let unit = [1_000, 500, 100].into_iter().find(|unit| cents % unit == 0 && cents >= unit * 10).unwrap_or(1);
    cents * 86 / 100 / unit * unit
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::worlds::frame::CASH;
    use crate::worlds::{LargeWorld, life};

    /// What each account got and paid in a quarter, in cents of a euro, where it did either.
    fn quarter(frame: &Frame, first: u32) -> BTreeMap<u32, [i64; 2]> {
        let mut books: BTreeMap<u32, [i64; 2]> = BTreeMap::new();
        let mut payments = Vec::new();
        for number in first..first + 91 {
            life::day(frame, number, &mut payments);
        }
        for payment in payments {
            let cents = if payment.pounds { payment.cents * 100 / 86 } else { payment.cents };
            for (side, account) in [payment.to, payment.from].into_iter().enumerate() {
                books.entry(account).or_default()[side] += cents;
            }
        }
        books.remove(&CASH);
        books
    }

    #[test]
    fn what_firms_and_people_get_in_a_quarter_they_pay() {
        for (seed, accounts, first) in [(7, 2_000, 0), (11, 5_000, 91), (3, 1_000, 182)] {
            let frame = Frame::new(&LargeWorld::new(seed, accounts, 365));
            let mut kinds: BTreeMap<&str, Vec<[i64; 2]>> = BTreeMap::new();
            for (account, book) in quarter(&frame, first) {
                let kind = match frame.role(account).0 {
                    Role::Person => "people",
                    Role::Employer => "employers",
                    Role::Shop => "shops",
                    Role::Landlord => "landlords",
                    Role::Member => "groups",
                    Role::Abroad => "abroad",
                    Role::Energy | Role::State | Role::Bank | Role::Payroll => "utilities",
                    Role::Exchange => "exchanges",
                };
                kinds.entry(kind).or_default().push(book);
            }
            assert_eq!(kinds.len(), 8);
            for (kind, books) in kinds {
                let (got, paid) = books.iter().fold((0, 0), |sum, [got, paid]| (sum.0 + got, sum.1 + paid));
                let ratio = paid as f64 / got as f64;
                // Few people buy coins, and not every quarter as many of them; of those abroad the books show one side.
                let bounds = if kind == "exchanges" { 0.5..1.6 } else { 0.9..1.1 };
                assert!(bounds.contains(&ratio), "{kind} of world {seed} paid {ratio} of what they got");
                let even = books.iter().filter(|[got, paid]| paid * 10 >= got * 7 && paid * 10 <= got * 12).count();
                let share = even as f64 / books.len() as f64;
                let whole = !matches!(kind, "exchanges" | "abroad");
                assert!(share > 0.7 || !whole, "{share} of {kind} of world {seed} are even");
            }
        }
    }

    #[test]
    fn a_sum_in_pounds_is_worth_the_same_and_as_round() {
        assert_eq!([110_000, 61_500, 700, 12_345].map(pounds), [94_000, 52_500, 602, 10_616]);
    }
}
