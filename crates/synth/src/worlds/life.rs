//! What everybody does on one day: wages, rent, bills, shops, friends, cash, and what firms pay each other.
//!
//! Money goes round, as it does: people pay shops, shops pay wholesalers, these pay firms abroad and their staff. Trade
//! among firms runs down four tiers, from those next to the shops to those next to the border, and now and then back up.
//! What firms and people spend is about what they get ([`Trade`](super::trade::Trade)).

use chrono::{Datelike, NaiveDate};

use super::draw::{Draw, mix};
use super::frame::{BANKS, CASH, EXCHANGES, Frame, GB, GROUP, HOMES, Role};
use super::stage::{Channel, Payment};
use super::trade::{card_bill, pounds, rent};
use crate::calendar::{HOUR, is_working, plus, working_after, working_before};

mod firms;

/// Trade of a month, December the most, in hundredths.
const TRADE: [i64; 12] = [90, 92, 97, 100, 100, 103, 96, 94, 100, 101, 108, 140];
/// Heating makes a bill in January three times that of July.
const ELECTRICITY: [i64; 12] = [220, 210, 180, 140, 100, 80, 75, 75, 90, 130, 180, 210];

/// Kinds of payment, for the reference, which no two payments share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Wage = 1,
    Rent,
    Energy,
    Fee,
    Card,
    Second,
    Friend,
    Loan,
    BackSoon,
    BackLate,
    Market,
    Cash,
    Exchange,
    Income,
    Supplier,
    Tax,
    Funding,
    Takings,
    Sweep,
    Back,
    Mortgage,
    Bill,
    Settlement,
    Import,
}

/// The reference of a payment of the economy.
pub(super) fn reference(frame: &Frame, day: u32, account: u32, kind: Kind) -> u64 {
    mix(mix(frame.seed ^ 0xec0_0000).wrapping_add((kind as u64) << 58 | u64::from(day) << 32 | u64::from(account)))
}

/// One day of the economy, in no order.
pub(super) fn day(frame: &Frame, number: u32, payments: &mut Vec<Payment>) {
    let date = plus(frame.start, i64::from(number));
    let mut day = Day { frame, number, date, payments };
    for person in 0..frame.persons() {
        day.person(person);
    }
    if is_working(date) {
        for place in 0..frame.count(Role::Employer) {
            day.employer(place);
        }
        for place in 0..frame.count(Role::Landlord) {
            day.landlord(place);
        }
        for group in 0..frame.count(Role::Member) / GROUP {
            day.group(group);
        }
        for place in 0..HOMES {
            day.utilities(place);
        }
        for place in 0..EXCHANGES {
            day.exchange(place);
        }
    }
    for place in 0..frame.count(Role::Shop) {
        day.shop(place);
    }
}

struct Day<'d> {
    frame: &'d Frame,
    number: u32,
    date: NaiveDate,
    payments: &'d mut Vec<Payment>,
}

impl Day<'_> {
    #[expect(clippy::too_many_arguments, reason = "the columns of one row")]
    fn add(
        &mut self,
        second: i64,
        from: u32,
        to: u32,
        cents: i64,
        channel: Channel,
        purpose: &'static str,
        kind: Kind,
        by: u32,
    ) {
        if from == to || cents <= 0 {
            return;
        }
        let home = |side: u32| if side == CASH { GB } else { self.frame.bank(side) };
        let abroad = |side: u32| side != CASH && !BANKS[self.frame.bank(side) as usize].sepa;
        let british = home(from) == GB && home(to) == GB && (from != CASH || to != CASH);
        let cents = if british { pounds(cents) } else { cents };
        let sepa = channel == Channel::Sepa && !british && !abroad(from) && !abroad(to);
        let channel = if channel == Channel::Sepa && !sepa { Channel::Wire } else { channel };
        let time = self.frame.moment(i64::from(self.number), second);
        let reference = reference(self.frame, self.number, by, kind);
        self.payments.push(Payment { time, from, to, cents, pounds: british, channel, purpose, reference });
    }

    /// Whether this is the working day on which something due on that day of the month is paid.
    fn falls_due(&self, day: u32, late: bool) -> bool {
        let due =
            |date: NaiveDate| date.with_day(day).map(|due| if late { working_after(due) } else { working_before(due) });
        // What is due at a month's end or beginning may move into the neighbouring month.
        due(self.date) == Some(self.date)
            || due(plus(self.date, 3)) == Some(self.date)
            || due(plus(self.date, -3)) == Some(self.date)
    }

    fn person(&mut self, person: u32) {
        let frame = self.frame;
        let bank = frame.bank(person);
        let mut draw = Draw::of(frame.seed, u64::from(person), u64::from(self.number) | 1 << 33);
        if is_working(self.date) {
            self.bills(person, bank, &mut draw);
        }
        // Shops are fullest before the weekend and in December.
        let weekday = [85, 85, 90, 100, 135, 150, 70][self.date.weekday().num_days_from_monday() as usize];
        let season = TRADE[self.date.month0() as usize] as u64;
        for kind in [Kind::Card, Kind::Second] {
            let share = if kind == Kind::Card { 9_000 } else { 2_000 };
            if draw.chance(share * weekday * season / 10_000) {
                let shops = if draw.chance(15_000) { 40 } else { 5 };
                let choice = draw.below(shops);
                let number = frame.nature(person, 20 + choice).bits();
                let bank = if draw.chance(6_000) { draw.below(u64::from(HOMES)) as u8 } else { bank };
                let shop = frame.near(bank, Role::Shop, number);
                let cents = if draw.chance(20_000) { draw.between(8_000, 26_000) } else { draw.between(800, 9_000) };
                let hour = *draw.pick(&[8, 10, 11, 12, 12, 13, 16, 17, 17, 18, 18, 19, 20]);
                let second = hour * HOUR + draw.between(0, HOUR - 1);
                self.add(second, person, shop, cents, Channel::Card, "POS", kind, person);
            }
        }
        let evening = draw.between(8 * HOUR, 22 * HOUR);
        if draw.chance(400) {
            let number = draw.below(5);
            let cents = draw.between(5, 60) * 100;
            self.add(
                evening,
                person,
                frame.friend(person, number),
                cents,
                Channel::Sepa,
                "thanks!",
                Kind::Friend,
                person,
            );
        }
        self.loan(person, evening);
        if draw.chance(300) {
            // One in a hundred sells what others no longer need.
            let seller = draw.below(u64::from(frame.persons())) as u32 / 100 * 100 + 7;
            let cents = draw.between(8, 90) * 100;
            self.add(
                evening,
                person,
                seller.min(frame.persons() - 1),
                cents,
                Channel::Sepa,
                "item as described",
                Kind::Market,
                person,
            );
        }
        if draw.chance(1_200) {
            let cents = draw.between(3, 30) * 1_000;
            self.add(evening, person, CASH, cents, Channel::Cash, "ATM", Kind::Cash, person);
        }
    }

    fn bills(&mut self, person: u32, bank: u8, draw: &mut Draw) {
        let frame = self.frame;
        let mut nature = frame.nature(person, 3);
        let wage = frame.wage(person);
        let employer = frame.employer(person);
        let morning = 7 * HOUR + draw.between(0, 3 * HOUR);
        if self.falls_due(25 + employer % 3, false) {
            // One employer in ten leaves it to the bank's payroll office.
            let payer = if frame.has_agent(employer) { frame.near(bank, Role::Payroll, 0) } else { employer };
            self.add(morning, payer, person, wage, Channel::Sepa, "Salary", Kind::Wage, person);
        }
        let (day, flat) = (1 + nature.below(5) as u32, nature.bits());
        if self.falls_due(day, true) {
            let landlord = frame.near(bank, Role::Landlord, flat);
            self.add(morning, person, landlord, rent(wage), Channel::Sepa, "Rent", Kind::Rent, person);
        }
        let (day, usage) = (10 + nature.below(6) as u32, nature.between(40, 70));
        if self.falls_due(day, true) {
            let season = ELECTRICITY[self.date.month0() as usize];
            let energy = frame.near(bank, Role::Energy, 0);
            self.add(morning, person, energy, usage * season, Channel::Sepa, "Electricity", Kind::Energy, person);
        }
        if self.date.month0() % 3 == 2 && self.falls_due(28, false) {
            self.add(
                morning,
                person,
                frame.near(bank, Role::Bank, 0),
                300,
                Channel::Fee,
                "Account fee",
                Kind::Fee,
                person,
            );
        }
        let invests = nature.chance(4_000);
        if self.falls_due(16, true) {
            // What is bought on credit is one bill a month, and the bank settles it with the shops.
            let (cards, cents) = (frame.near(bank, Role::Bank, 0), card_bill(wage, usage, invests));
            let cents = cents * draw.between(85, 115) / 100;
            self.add(morning, person, cards, cents, Channel::Sepa, "Card bill", Kind::Bill, person);
        }
        if invests && self.falls_due(18, true) {
            let exchange = frame.nth(Role::Exchange, nature.below(u64::from(EXCHANGES)) as u32);
            let cents = draw.between(5, 40) * 1_000;
            self.add(morning, person, exchange, cents, Channel::Sepa, "Deposit", Kind::Exchange, person);
        }
    }

    /// A friend lends, and has it back three or five weeks later with a drink on top.
    fn loan(&mut self, person: u32, second: i64) {
        for (after, kind) in [(0, Kind::Loan), (21, Kind::BackSoon), (35, Kind::BackLate)] {
            let Some(lent) = self.number.checked_sub(after) else { continue };
            let mut draw = Draw::of(self.frame.seed, u64::from(person), u64::from(lent) | 1 << 34);
            if !draw.chance(25) {
                continue;
            }
            let friend = self.frame.friend(person, 1 + draw.below(4));
            let (cents, long) = (draw.between(3, 30) * 10_000, draw.chance(50_000));
            match kind {
                Kind::Loan => self.add(second, person, friend, cents, Channel::Sepa, "loan, as agreed", kind, person),
                _ if (kind == Kind::BackLate) == long => {
                    let text = "loan back, with a drink";
                    self.add(second, friend, person, cents + 1_500, Channel::Sepa, text, kind, person);
                }
                _ => {}
            }
        }
    }
}

/// References by which decoys of the economy itself are known: payrolls, by two of each employer's staff, and cash pools,
/// by each member's sweeps.
pub(super) fn decoys(frame: &Frame) -> Vec<(&'static str, &'static str, u32, Vec<u64>)> {
    let dates: Vec<(u32, NaiveDate)> = (0..frame.days).map(|day| (day, plus(frame.start, i64::from(day)))).collect();
    let mut decoys = Vec::new();
    for (place, staff) in frame.staff.iter().enumerate() {
        let employer = frame.nth(Role::Employer, place as u32);
        if frame.has_agent(employer) || staff[0] == CASH {
            continue;
        }
        let mut idle = Vec::new();
        let paid = dates.iter().filter(|(number, date)| {
            let day = Day { frame, number: *number, date: *date, payments: &mut idle };
            is_working(*date) && day.falls_due(25 + employer % 3, false)
        });
        let days: Vec<u32> = paid.map(|(number, _)| *number).collect();
        let people = staff.iter().filter(|person| **person != CASH);
        let references = people.flat_map(|person| days.iter().map(|day| reference(frame, *day, *person, Kind::Wage)));
        decoys.push(("T03-payroll", "fan_out_distribution", employer, references.collect()));
    }
    for group in 0..frame.count(Role::Member) / GROUP {
        for member in 1..GROUP {
            let account = frame.nth(Role::Member, group * GROUP + member);
            let fridays = dates.iter().filter(|(number, date)| {
                date.weekday().num_days_from_monday() == 4 && (number / 7 + group).is_multiple_of(2)
            });
            let references = fridays.map(|(number, _)| reference(frame, *number, account, Kind::Sweep));
            decoys.push(("T06-pool", "cycle_round_trip", account, references.collect()));
        }
    }
    decoys
}
