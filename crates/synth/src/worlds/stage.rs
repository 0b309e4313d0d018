//! The stage that cases are planted on: payments, new accounts, facts, and the truth of each case.

use std::collections::BTreeSet;

use super::draw::mix;
use super::entities::Entities;
use super::frame::{BANKS, CASH, Frame, GB, HOMES, Role};
use crate::calendar::{DAY, HOUR, Moment, stamp};
use crate::random::{Dice, Stream};

/// How money moved; what the books call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    Sepa,
    Wire,
    Card,
    Cash,
    Fee,
}

/// A payment. One side may be [`CASH`].
#[derive(Debug, Clone, Copy)]
pub(super) struct Payment {
    pub(super) time: Moment,
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) cents: i64,
    pub(super) pounds: bool,
    pub(super) channel: Channel,
    pub(super) purpose: &'static str,
    pub(super) reference: u64,
}

/// How well a case hides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Plain,
    Medium,
    Hard,
}

impl Level {
    pub(super) const ALL: [Self; 3] = [Self::Plain, Self::Medium, Self::Hard];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Medium => "medium",
            Self::Hard => "hard",
        }
    }

    /// One of three values.
    pub(super) fn of<T: Copy>(self, plain: T, medium: T, hard: T) -> T {
        match self {
            Self::Plain => plain,
            Self::Medium => medium,
            Self::Hard => hard,
        }
    }
}

/// An account that is not of the economy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Newcomer {
    pub(super) bank: u8,
    pub(super) company: bool,
}

/// A planted case or decoy.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) id: String,
    pub(super) typology: &'static str,
    /// Nothing for a decoy.
    pub(super) level: Option<Level>,
    pub(super) subject: u32,
    pub(super) first: Moment,
    pub(super) last: Moment,
    pub(super) cents: i64,
    pub(super) references: Vec<u64>,
}

/// What the stage leaves behind.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// By time, then reference.
    pub(super) payments: Vec<Payment>,
    pub(super) newcomers: Vec<Newcomer>,
    pub(super) cases: Vec<Case>,
    /// Account, kind, value, time.
    pub(super) facts: Vec<(u32, &'static str, String, Option<Moment>)>,
    /// Reference, kind, value.
    pub(super) details: Vec<(u64, &'static str, String)>,
    pub(super) entities: Entities,
    /// Accounts tagged as a cause's that terrorism serves, and since when.
    pub(super) tags: Vec<(u32, Moment)>,
    pub(super) left_out: Vec<String>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Stage<'w> {
    pub(super) frame: &'w Frame,
    pub(super) dice: Dice,
    pub(super) plan: Plan,
    used: BTreeSet<u32>,
}

impl<'w> Stage<'w> {
    pub(super) fn new(frame: &'w Frame) -> Self {
        let dice = Dice::new(frame.seed, Stream::Worlds);
        Self { frame, dice, plan: Plan::default(), used: BTreeSet::new() }
    }

    pub(super) fn finish(mut self) -> Plan {
        self.plan.payments.sort_unstable_by_key(|payment| (payment.time, payment.reference));
        self.plan
    }

    /// A new account with a bank of the world other than the British, whose currency is another.
    pub(super) fn person(&mut self) -> u32 {
        let bank = self.euro_bank();
        self.newcomer(bank, false)
    }

    /// A new company, likewise.
    pub(super) fn company(&mut self) -> u32 {
        let bank = self.euro_bank();
        self.newcomer(bank, true)
    }

    fn euro_bank(&mut self) -> u8 {
        let bank = self.dice.between(0, i64::from(HOMES) - 2) as u8;
        if bank >= GB { bank + 1 } else { bank }
    }

    /// A new account with that bank.
    pub(super) fn newcomer(&mut self, bank: u8, company: bool) -> u32 {
        self.plan.newcomers.push(Newcomer { bank, company });
        self.frame.accounts() + self.plan.newcomers.len() as u32 - 1
    }

    /// Somebody of the economy, with the life they have, whom no other case uses; not British.
    pub(super) fn resident(&mut self) -> u32 {
        for _ in 0..1_000 {
            let person = self.dice.between(0, i64::from(self.frame.persons()) - 1) as u32;
            if self.frame.bank(person) != GB && self.used.insert(person) {
                return person;
            }
        }
        self.person()
    }

    /// Somebody whose account is clean for the case at plain difficulty, and whose life goes on around it otherwise.
    pub(super) fn subject(&mut self, level: Level) -> u32 {
        if level == Level::Plain { self.person() } else { self.resident() }
    }

    /// So many people of the economy, none of them twice, whatever else they do; not British.
    pub(super) fn crowd(&mut self, count: usize) -> Vec<u32> {
        let mut crowd = BTreeSet::new();
        while crowd.len() < count {
            let person = self.any(Role::Person);
            if self.frame.bank(person) != GB {
                crowd.insert(person);
            }
        }
        crowd.into_iter().collect()
    }

    /// An account of the economy of that role.
    pub(super) fn any(&mut self, role: Role) -> u32 {
        let number = self.dice.between(0, i64::from(self.frame.count(role)) - 1);
        self.frame.nth(role, number as u32)
    }

    /// The place of an account's bank.
    pub(super) fn bank(&self, account: u32) -> u8 {
        let own = account.checked_sub(self.frame.accounts());
        own.and_then(|own| self.plan.newcomers.get(own as usize))
            .map_or_else(|| self.frame.bank(account), |own| own.bank)
    }

    /// A time within the days from `before` on, early enough that `length` days follow; within working hours.
    pub(super) fn start(&mut self, before: i64, length: i64) -> Moment {
        let last = i64::from(self.frame.days) - length - 2;
        let day = self.dice.between(before, last.max(before));
        self.frame.moment(day, 9 * HOUR) + self.dice.between(0, 7 * HOUR)
    }

    /// Whether so many days fit; a typology that does not fit is noted.
    pub(super) fn fits(&mut self, typology: &'static str, days: i64) -> bool {
        let fits = i64::from(self.frame.days) >= days + 3;
        if !fits {
            self.plan.left_out.push(format!("{typology} needs {} days", days + 3));
        }
        fits
    }

    /// A time `low` to `high` hours later.
    pub(super) fn later(&mut self, time: Moment, low: i64, high: i64) -> Moment {
        time + self.dice.between(low * HOUR, high * HOUR)
    }

    /// A part of an amount, between two thousandths.
    pub(super) fn part(&mut self, cents: i64, low: i64, high: i64) -> i64 {
        cents * self.dice.between(low * 10, high * 10) / 10_000
    }

    /// A credit transfer in euro.
    pub(super) fn pay(&mut self, time: Moment, from: u32, to: u32, cents: i64, purpose: &'static str) -> u64 {
        let sepa = |side: u32, stage: &Self| BANKS[stage.bank(side) as usize].sepa;
        let channel = if sepa(from, self) && sepa(to, self) { Channel::Sepa } else { Channel::Wire };
        self.add(time, from, to, cents, channel, purpose)
    }

    /// A card payment in euro.
    pub(super) fn card(&mut self, time: Moment, from: u32, to: u32, cents: i64) -> u64 {
        self.add(time, from, to, cents, Channel::Card, "POS")
    }

    /// Cash paid in, at a place and by somebody, where that is known.
    pub(super) fn cash_in(&mut self, time: Moment, to: u32, cents: i64, place: &str, depositor: &str) -> u64 {
        let reference = self.add(time, CASH, to, cents, Channel::Cash, "Cash deposit");
        for (kind, value) in [("place", place), ("depositor", depositor)] {
            if !value.is_empty() {
                self.plan.details.push((reference, kind, value.to_owned()));
            }
        }
        reference
    }

    /// Cash paid out at a place.
    pub(super) fn cash_out(&mut self, time: Moment, from: u32, cents: i64, place: &str) -> u64 {
        let reference = self.add(time, from, CASH, cents, Channel::Cash, "Cash withdrawal");
        self.plan.details.push((reference, "place", place.to_owned()));
        reference
    }

    fn add(&mut self, time: Moment, from: u32, to: u32, cents: i64, channel: Channel, purpose: &'static str) -> u64 {
        let reference = mix(mix(self.frame.seed).wrapping_add(0x5eed_0000_0000_0000 | self.plan.payments.len() as u64));
        self.plan.payments.push(Payment { time, from, to, cents, pounds: false, channel, purpose, reference });
        reference
    }

    /// What a source says of an account.
    pub(super) fn fact(&mut self, account: u32, kind: &'static str, value: impl Into<String>) {
        self.plan.facts.push((account, kind, value.into(), None));
    }

    /// The day an account was opened.
    pub(super) fn opened(&mut self, account: u32, time: Moment) {
        let midnight = time.div_euclid(DAY) * DAY;
        let date = stamp(midnight).chars().take(10).collect::<String>();
        self.plan.facts.push((account, "opened", date, Some(midnight)));
    }

    /// Records a case whose evidence is `references`, of which the payments in `counted` make the amount.
    pub(super) fn case(
        &mut self,
        id: &str,
        typology: &'static str,
        level: Option<Level>,
        subject: u32,
        references: &[u64],
    ) {
        let word = level.map_or("decoy", Level::word);
        let number = self.plan.cases.iter().filter(|case| case.typology == typology && case.level == level).count() + 1;
        let (mut first, mut last, mut cents) = (Moment::MAX, Moment::MIN, 0);
        let wanted: BTreeSet<u64> = references.iter().copied().collect();
        // A case is planted in one go: its payments are the last ones.
        let near = self.plan.payments.len().saturating_sub(references.len() * 2 + 400);
        for payment in self.plan.payments[near..].iter().filter(|payment| wanted.contains(&payment.reference)) {
            first = first.min(payment.time);
            last = last.max(payment.time);
            cents += if payment.to == subject { payment.cents } else { 0 };
        }
        if first == Moment::MAX {
            (first, last) = (self.frame.moment(0, 0), self.frame.moment(i64::from(self.frame.days), 0));
        }
        let id = format!("{id}-{word}-{number:04}");
        let references = references.to_vec();
        self.plan.cases.push(Case { id, typology, level, subject, first, last, cents, references });
    }
}
