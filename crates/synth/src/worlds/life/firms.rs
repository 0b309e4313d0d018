//! What firms do on one day: employers, shops, landlords, banks, groups of companies.
//!
//! How much a firm pays a month is known ([`Trade`](crate::worlds::trade::Trade)); here it falls on days and varies.

use chrono::Datelike;

use super::{Day, ELECTRICITY, Kind, TRADE};
use crate::calendar::{HOUR, is_working};
use crate::worlds::draw::Draw;
use crate::worlds::frame::{CASH, GROUP, Role};
use crate::worlds::stage::Channel;
use crate::worlds::trade::{
    CONTRACTORS, EARNED, MEAN_MONTH, OF_RENT, OF_TAKINGS, OFFICE, SELLERS, SUPPLIERS, builder, buyer, seller, supplier,
    wholesaler,
};

/// A week's part of what is paid a month, give or take `spread` per cent.
fn weekly(monthly: i64, spread: i64, draw: &mut Draw) -> i64 {
    monthly * 12 / 52 * draw.between(100 - spread, 100 + spread) / 100
}

impl Day<'_> {
    /// Whether what an account does once a week is done today, from Monday to Friday.
    fn is_day_of(&self, weekday: u32) -> bool {
        self.date.weekday().num_days_from_monday() == weekday
    }

    fn draw(&self, account: u32) -> Draw {
        Draw::of(self.frame.seed, u64::from(account), u64::from(self.number) | 1 << 33)
    }

    pub(super) fn employer(&mut self, place: u32) {
        let frame = self.frame;
        let account = frame.nth(Role::Employer, place);
        let (bank, wages) = (frame.bank(account), frame.wages[place as usize]);
        let (books, tax) = (frame.trade.employers[place as usize], frame.trade.homes[usize::from(bank)].tax);
        let mut nature = frame.nature(account, 5);
        let mut draw = self.draw(account);
        let second = 8 * HOUR + draw.between(0, 9 * HOUR);
        if self.is_day_of(nature.below(5) as u32) {
            let customer = buyer(frame, account, draw.below(2));
            let cents = weekly(books.exports, 20, &mut draw);
            self.add(second, customer, account, cents, Channel::Sepa, "Invoice", Kind::Income, account);
        }
        if self.is_day_of(nature.below(5) as u32) {
            let foreign = seller(frame, account, draw.below(SELLERS));
            let cents = weekly(books.imports, 20, &mut draw);
            let text = "Goods, as ordered abroad";
            self.add(second + HOUR, account, foreign, cents, Channel::Sepa, text, Kind::Import, account);
        }
        // Some 4.3 times a month: of the next tier, and of any one time in fifty.
        if draw.chance(20_000) {
            let (number, foreign) = (draw.below(SUPPLIERS), seller(frame, account, draw.below(SELLERS)));
            let known = supplier(frame, place, number).unwrap_or(foreign);
            let any = frame.nth(Role::Employer, draw.bits() as u32);
            let payee = if draw.chance(2_000) { any } else { known };
            // Most orders are small: the product of two draws has a mean of 23 in a hundred and a long tail.
            let cents = books.supplies * draw.between(10, 86) / 100 * draw.between(10, 86) / 100;
            let text = "Goods, as invoiced";
            self.add(second, account, payee, cents, Channel::Sepa, text, Kind::Supplier, account);
        }
        if self.falls_due(10, true) {
            let state = frame.near(bank, Role::State, 0);
            let cents = wages * tax / 1_000;
            self.add(second, account, state, cents, Channel::Sepa, "Payroll tax", Kind::Tax, account);
        }
        if self.falls_due(3, true) {
            let landlord = frame.near(bank, Role::Landlord, nature.bits());
            let cents = books.size / OFFICE;
            self.add(second, account, landlord, cents, Channel::Sepa, "Office rent", Kind::Rent, account);
        }
        if frame.has_agent(account) && self.falls_due(23, false) {
            let agent = frame.near(bank, Role::Payroll, 0);
            self.add(second, account, agent, wages, Channel::Sepa, "Payroll funding", Kind::Funding, account);
        }
    }

    pub(super) fn shop(&mut self, place: u32) {
        let frame = self.frame;
        let account = frame.nth(Role::Shop, place);
        let (bank, books) = (frame.bank(account), frame.trade.shops[place as usize]);
        let mut nature = frame.nature(account, 5);
        let mut draw = self.draw(account);
        let second = 9 * HOUR + draw.between(0, 8 * HOUR);
        if self.is_day_of(nature.below(5) as u32) {
            let season = TRADE[self.date.month0() as usize];
            let cents = weekly(books.cash, 20, &mut draw) * season / 100;
            self.add(second, CASH, account, cents, Channel::Cash, "Takings", Kind::Takings, account);
        }
        // Half of the week's goods at a time.
        let first = nature.below(5) as u32;
        if self.is_day_of(first) || self.is_day_of((first + 2) % 5) {
            let cents = weekly(books.takings * OF_TAKINGS[2] / 2_000, 50, &mut draw);
            let wholesaler = wholesaler(frame, account, draw.below(CONTRACTORS));
            let text = "Goods, delivery note";
            self.add(second, account, wholesaler, cents, Channel::Sepa, text, Kind::Supplier, account);
        }
        // The bank of all cards pays shops on one day of the week.
        if self.is_day_of(3) {
            let (cards, cents) = (frame.near(bank, Role::Bank, 0), weekly(books.settled, 15, &mut draw));
            self.add(5 * HOUR, cards, account, cents, Channel::Sepa, "Card settlement", Kind::Settlement, account);
        }
        if !is_working(self.date) {
            return;
        }
        if self.falls_due(4, true) {
            let landlord = frame.near(bank, Role::Landlord, nature.bits());
            let cents = books.takings * OF_TAKINGS[1] / 1_000;
            self.add(second, account, landlord, cents, Channel::Sepa, "Shop rent", Kind::Rent, account);
        }
        if self.falls_due(15, true) {
            let cents = books.takings * OF_TAKINGS[0] / 1_000 * draw.between(85, 115) / 100;
            let state = frame.near(bank, Role::State, 0);
            self.add(second, account, state, cents, Channel::Sepa, "VAT", Kind::Tax, account);
        }
    }

    pub(super) fn landlord(&mut self, place: u32) {
        let frame = self.frame;
        let account = frame.nth(Role::Landlord, place);
        let (bank, mut draw) = (frame.bank(account), self.draw(account));
        let rent = frame.trade.homes[usize::from(bank)].rent;
        if self.falls_due(20, true) {
            let (lender, cents) = (frame.near(bank, Role::Bank, 0), rent * OF_RENT[0] / 1_000);
            self.add(11 * HOUR, account, lender, cents, Channel::Sepa, "Mortgage", Kind::Mortgage, account);
        }
        if self.is_day_of(frame.nature(account, 6).below(5) as u32) {
            let builder = builder(frame, account, draw.below(CONTRACTORS));
            let cents = weekly(rent * OF_RENT[1] / 1_000, 40, &mut draw);
            let text = "Repairs, as invoiced";
            self.add(14 * HOUR, account, builder, cents, Channel::Sepa, text, Kind::Supplier, account);
        }
    }

    /// Those there are five of: what they take from people leaves for abroad once a week.
    pub(super) fn utilities(&mut self, place: u32) {
        let frame = self.frame;
        let home = frame.trade.homes[place as usize];
        let bank = place as u8;
        if self.is_day_of(1) {
            let account = frame.near(bank, Role::Energy, 0);
            let season = ELECTRICITY[self.date.month0() as usize];
            let cents = weekly(home.fuel, 10, &mut self.draw(account)) * season / MEAN_MONTH;
            let source = seller(frame, account, 0);
            self.add(10 * HOUR, account, source, cents, Channel::Sepa, "Gas, as delivered", Kind::Supplier, account);
        }
        if self.is_day_of(4) {
            let account = frame.near(bank, Role::Bank, 0);
            let mut draw = self.draw(account);
            let (cents, lender) = (weekly(home.interest, 10, &mut draw), seller(frame, account, draw.below(SELLERS)));
            self.add(12 * HOUR, account, lender, cents, Channel::Sepa, "Covered bond", Kind::Supplier, account);
        }
    }

    /// An exchange pays for the coins that its customers have bought.
    pub(super) fn exchange(&mut self, place: u32) {
        let account = self.frame.nth(Role::Exchange, place);
        if self.is_day_of(2) {
            let market = seller(self.frame, account, 0);
            let cents = weekly(self.frame.trade.coins, 20, &mut self.draw(account));
            let text = "Liquidity, as settled";
            self.add(16 * HOUR, account, market, cents, Channel::Sepa, text, Kind::Supplier, account);
        }
    }

    /// What a company of a group sweeps in a week.
    fn swept(&self, account: u32, week: u32) -> i64 {
        Draw::of(self.frame.seed, u64::from(account), u64::from(week) | 1 << 35).between(150, 480) * 10_000
    }

    /// A group sweeps its companies to the parent every other Friday and funds them again on Monday. The last time of six
    /// the parent keeps the money and pays its dividend: what the companies have earned.
    pub(super) fn group(&mut self, group: u32) {
        let frame = self.frame;
        let parent = frame.nth(Role::Member, group * GROUP);
        let weekday = self.date.weekday().num_days_from_monday();
        let since = match weekday {
            0 => 3,
            2 => 5,
            _ => 0,
        };
        let Some(week) = self.number.checked_sub(since).map(|number| number / 7) else { return };
        if !(week + group).is_multiple_of(2) {
            return;
        }
        let (kept, mut earned) = (week / 2 % 6 == 5, 0);
        for member in 1..GROUP {
            let account = frame.nth(Role::Member, group * GROUP + member);
            let swept = self.swept(account, week);
            match weekday {
                0 if !kept && self.number > 3 => {
                    let mut draw = self.draw(account);
                    let cents = swept * draw.between(70, 95) / 100;
                    self.add(8 * HOUR, parent, account, cents, Channel::Sepa, "Cash pool funding", Kind::Back, account);
                }
                2 if kept => {
                    let weeks = (0..6).filter_map(|ago| week.checked_sub(2 * ago));
                    earned += weeks.map(|week| self.swept(account, week) * EARNED / 1_000).sum::<i64>();
                }
                3 => {
                    let (customer, cents) = (buyer(frame, account, 0), swept * EARNED / 1_000);
                    self.add(13 * HOUR, customer, account, cents, Channel::Sepa, "Invoice", Kind::Income, account);
                }
                4 => {
                    self.add(17 * HOUR, account, parent, swept, Channel::Sepa, "Cash pool sweep", Kind::Sweep, account);
                }
                _ => {}
            }
        }
        let owner = seller(frame, parent, 0);
        self.add(15 * HOUR, parent, owner, earned, Channel::Sepa, "Dividend", Kind::Supplier, parent);
    }
}
