//! What everybody does on one day: wages, rent, bills, shops, friends, cash, and what firms pay each other.
//!
//! Money goes round, as it does: people pay shops, shops pay wholesalers, these pay firms abroad and their staff. Trade
//! among firms runs down four tiers, from those next to the shops to those next to the border, and now and then back up.

use chrono::{Datelike, NaiveDate};

use super::draw::{Draw, mix};
use super::frame::{BANKS, CASH, EXCHANGES, Frame, GB, GROUP, HOMES, Role};
use super::stage::{Channel, Payment};
use crate::calendar::{HOUR, is_working, plus, working_after, working_before};

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
        let pounds = home(from) == GB && home(to) == GB && (from != CASH || to != CASH);
        let sepa = channel == Channel::Sepa && !pounds && !abroad(from) && !abroad(to);
        let channel = if channel == Channel::Sepa && !sepa { Channel::Wire } else { channel };
        let time = self.frame.moment(i64::from(self.number), second);
        let reference = reference(self.frame, self.number, by, kind);
        self.payments.push(Payment { time, from, to, cents, pounds, channel, purpose, reference });
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
        let season = [90, 92, 97, 100, 100, 103, 96, 94, 100, 101, 108, 140][self.date.month0() as usize];
        for kind in [Kind::Card, Kind::Second] {
            let share = if kind == Kind::Card { 11_000 } else { 3_000 };
            if draw.chance(share * weekday * season / 10_000) {
                let shops = if draw.chance(15_000) { 40 } else { 5 };
                let choice = draw.below(shops);
                let number = frame.nature(person, 20 + choice).bits();
                let bank = if draw.chance(6_000) { draw.below(u64::from(HOMES)) as u8 } else { bank };
                let shop = frame.near(bank, Role::Shop, number);
                let cents = if draw.chance(20_000) { draw.between(4_000, 14_000) } else { draw.between(500, 5_500) };
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
        if draw.chance(500) {
            let cents = draw.between(2, 20) * 1_000;
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
            let payer = if employer.is_multiple_of(10) { frame.near(bank, Role::Payroll, 0) } else { employer };
            self.add(morning, payer, person, wage, Channel::Sepa, "Salary", Kind::Wage, person);
        }
        let (day, flat) = (1 + nature.below(5) as u32, nature.bits());
        if self.falls_due(day, true) {
            let landlord = frame.near(bank, Role::Landlord, flat);
            self.add(morning, person, landlord, wage * 3 / 10 / 500 * 500, Channel::Sepa, "Rent", Kind::Rent, person);
        }
        let (day, usage) = (10 + nature.below(6) as u32, nature.between(40, 70));
        if self.falls_due(day, true) {
            // Heating makes a bill in January three times that of July.
            let season = [220, 210, 180, 140, 100, 80, 75, 75, 90, 130, 180, 210][self.date.month0() as usize];
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
        if nature.chance(4_000) && self.falls_due(18, true) {
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

    fn employer(&mut self, place: u32) {
        let frame = self.frame;
        let account = frame.nth(Role::Employer, place);
        let (bank, size) = (frame.bank(account), frame.wages[place as usize].max(800_000));
        let mut nature = frame.nature(account, 4);
        let mut draw = Draw::of(frame.seed, u64::from(account), u64::from(self.number) | 1 << 33);
        let second = 8 * HOUR + draw.between(0, 9 * HOUR);
        // Wages are a sixth to a half of what comes in, which comes in once a week from two customers abroad.
        let turnover = size * nature.between(200, 600) / 100;
        let customers = [nature.bits(), nature.bits()].map(|number| frame.nth(Role::Abroad, number as u32));
        let weekday = nature.below(5) as u32;
        if self.date.weekday().num_days_from_monday() == weekday {
            let cents = turnover * draw.between(18, 28) / 100;
            let customer = *draw.pick(&customers);
            self.add(second, customer, account, cents, Channel::Sepa, "Invoice", Kind::Income, account);
        }
        // Suppliers are of the next tier, and of any one time in fifty.
        if draw.chance(12_000) {
            let whole = frame.count(Role::Employer);
            let tier = (whole / 4).max(1);
            let choice = frame.nature(account, 40 + draw.below(4)).bits() as u32;
            let next = if draw.chance(2_000) { choice % whole } else { (place / tier + 1) * tier + choice % tier };
            let supplier = if next < whole { frame.nth(Role::Employer, next) } else { frame.nth(Role::Abroad, choice) };
            self.add(
                second,
                account,
                supplier,
                turnover * draw.between(2, 12) / 100,
                Channel::Sepa,
                "Goods, as invoiced",
                Kind::Supplier,
                account,
            );
        }
        if self.falls_due(10, true) {
            self.add(
                second,
                account,
                frame.near(bank, Role::Tax, 0),
                size / 4,
                Channel::Sepa,
                "Payroll tax",
                Kind::Tax,
                account,
            );
        }
        if self.falls_due(3, true) {
            let landlord = frame.near(bank, Role::Landlord, nature.bits());
            self.add(second, account, landlord, size / 12, Channel::Sepa, "Office rent", Kind::Rent, account);
        }
        if account.is_multiple_of(10) && self.falls_due(23, false) {
            let agent = frame.near(bank, Role::Payroll, 0);
            self.add(second, account, agent, size, Channel::Sepa, "Payroll funding", Kind::Funding, account);
        }
    }

    fn shop(&mut self, place: u32) {
        let frame = self.frame;
        let account = frame.nth(Role::Shop, place);
        let bank = frame.bank(account);
        let mut nature = frame.nature(account, 5);
        let mut draw = Draw::of(frame.seed, u64::from(account), u64::from(self.number) | 1 << 33);
        let second = 9 * HOUR + draw.between(0, 8 * HOUR);
        let (weekday, cash) = (nature.below(5) as u32, nature.between(20, 90));
        if self.date.weekday().num_days_from_monday() == weekday {
            let season = [90, 92, 97, 100, 100, 103, 96, 94, 100, 101, 108, 140][self.date.month0() as usize];
            let cents = cash * draw.between(80, 120) * season / 100;
            self.add(second, CASH, account, cents, Channel::Cash, "Takings", Kind::Takings, account);
        }
        if is_working(self.date) && self.falls_due(8 + nature.below(15) as u32, true) {
            let tier = u64::from((frame.count(Role::Employer) / 4).max(1));
            let supplier = frame.nth(Role::Employer, nature.below(tier) as u32);
            let cents = draw.between(900, 2_800) * 100;
            self.add(second, account, supplier, cents, Channel::Sepa, "Goods, delivery note", Kind::Supplier, account);
        }
        if self.falls_due(4, true) {
            self.add(
                second,
                account,
                frame.near(bank, Role::Landlord, nature.bits()),
                95_000,
                Channel::Sepa,
                "Shop rent",
                Kind::Rent,
                account,
            );
        }
        if self.falls_due(15, true) {
            self.add(
                second,
                account,
                frame.near(bank, Role::Tax, 0),
                draw.between(90, 600) * 100,
                Channel::Sepa,
                "VAT",
                Kind::Tax,
                account,
            );
        }
    }

    fn landlord(&mut self, place: u32) {
        let account = self.frame.nth(Role::Landlord, place);
        let mut nature = self.frame.nature(account, 6);
        if self.falls_due(20, true) {
            let bank = self.frame.nth(Role::Abroad, nature.bits() as u32);
            let cents = nature.between(400, 1_500) * 1_000;
            self.add(11 * HOUR, account, bank, cents, Channel::Sepa, "Mortgage", Kind::Mortgage, account);
        }
    }

    /// A group sweeps its companies to the parent every other Friday and funds them again on Monday.
    fn group(&mut self, group: u32) {
        let parent = self.frame.nth(Role::Member, group * GROUP);
        let weekday = self.date.weekday().num_days_from_monday();
        for member in 1..GROUP {
            let account = self.frame.nth(Role::Member, group * GROUP + member);
            let week = if weekday == 0 { self.number.saturating_sub(3) } else { self.number } / 7;
            let mut draw = Draw::of(self.frame.seed, u64::from(account), u64::from(week) | 1 << 35);
            let swept = draw.between(150, 480) * 10_000;
            if !(week + group).is_multiple_of(2) {
                continue;
            }
            if weekday == 4 {
                self.add(17 * HOUR, account, parent, swept, Channel::Sepa, "Cash pool sweep", Kind::Sweep, account);
            } else if weekday == 0 && self.number > 3 {
                let cents = swept * draw.between(70, 95) / 100;
                self.add(8 * HOUR, parent, account, cents, Channel::Sepa, "Cash pool funding", Kind::Back, account);
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
        if employer.is_multiple_of(10) || staff[0] == CASH {
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
