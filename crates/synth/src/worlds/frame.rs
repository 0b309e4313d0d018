//! Who is who: accounts are numbers, and everything about one follows from its number.
//!
//! ```text
//! people | employers | shops | landlords | groups of five | firms abroad | five each of: energy, state, bank, payroll | exchanges
//! ```
//!
//! Account `n` of each kind is with bank `n mod 5`, and people live, work and shop mostly where they bank, as they do.

use chrono::NaiveDate;

use super::LargeWorld;
use super::draw::Draw;
use super::trade::Trade;
use crate::bank::{
    ALPHA, BETA, Bank, EMIRATES, GAMMA, GERMANY, IRAN, LATVIA, MYANMAR, NETHERLANDS, SWITZERLAND, TORTOLA,
};
use crate::calendar::{Moment, at, day, plus};
use crate::iban::iban;

/// The till: the side of a cash payment that is nobody.
pub(super) const CASH: u32 = u32::MAX;
/// Banks whose books are in the world.
pub(super) const HOMES: u32 = 5;
/// Members of a group of companies, the parent first.
pub(super) const GROUP: u32 = 5;
/// Exchanges for virtual assets.
pub(super) const EXCHANGES: u32 = 4;

/// All banks; the first [`HOMES`] have books.
pub(super) static BANKS: [&Bank; 11] =
    [&ALPHA, &BETA, &GAMMA, &GERMANY, &LATVIA, &NETHERLANDS, &SWITZERLAND, &EMIRATES, &IRAN, &MYANMAR, &TORTOLA];
/// The files of the books.
pub(super) const FILES: [&str; HOMES as usize] =
    ["alpha_bank_ee.csv", "beta_bank_gb.csv", "gamma_bank_cy.csv", "elbe_bank_de.csv", "dauga_bank_lv.csv"];

/// The place of a bank in [`BANKS`].
pub(super) const EE: u8 = 0;
/// See [`EE`].
pub(super) const GB: u8 = 1;
/// See [`EE`].
pub(super) const CY: u8 = 2;
/// See [`EE`].
pub(super) const DE: u8 = 3;
/// See [`EE`].
pub(super) const LV: u8 = 4;
/// See [`EE`].
pub(super) const NL: u8 = 5;
/// See [`EE`].
pub(super) const CH: u8 = 6;
/// See [`EE`].
pub(super) const AE: u8 = 7;
/// See [`EE`].
pub(super) const IR: u8 = 8;
/// See [`EE`].
pub(super) const MM: u8 = 9;
/// See [`EE`].
pub(super) const VG: u8 = 10;

/// What kind of account a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Person,
    Employer,
    Shop,
    Landlord,
    Member,
    Abroad,
    Energy,
    State,
    Bank,
    Payroll,
    Exchange,
}

const ROLES: [Role; 11] = [
    Role::Person,
    Role::Employer,
    Role::Shop,
    Role::Landlord,
    Role::Member,
    Role::Abroad,
    Role::Energy,
    Role::State,
    Role::Bank,
    Role::Payroll,
    Role::Exchange,
];

/// The numbers, and what is known of firms.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) seed: u64,
    pub(super) days: u32,
    pub(super) start: NaiveDate,
    /// Where each role begins; the last is the end.
    begins: [u32; ROLES.len() + 1],
    /// What each employer pays in wages a month, in cents.
    pub(super) wages: Vec<i64>,
    /// Two of each employer's staff.
    pub(super) staff: Vec<[u32; 2]>,
    /// What firms are expected to receive and to pay.
    pub(super) trade: Trade,
    guests: Vec<String>,
}

impl Frame {
    pub(super) fn new(world: &LargeWorld) -> Self {
        let whole = world.accounts;
        let fives = |count: u32| count.next_multiple_of(HOMES);
        let sizes = [
            0,
            fives(whole / 40),
            fives(whole / 50),
            fives(whole / 250),
            fives(whole / 200),
            2 * fives(whole / 200),
            HOMES,
            HOMES,
            HOMES,
            HOMES,
            EXCHANGES,
        ];
        let firms: u32 = sizes.iter().sum();
        let mut begins = [0; ROLES.len() + 1];
        begins[1] = whole - firms;
        for (place, size) in sizes.iter().enumerate().skip(1) {
            begins[place + 1] = begins[place] + size;
        }
        let mut frame = Self {
            seed: world.seed,
            days: world.days,
            start: day(world.start.0, world.start.1, world.start.2),
            begins,
            wages: vec![0; sizes[1] as usize],
            staff: vec![[CASH; 2]; sizes[1] as usize],
            trade: Trade::default(),
            guests: world.guests.clone(),
        };
        for person in 0..frame.persons() {
            let (Role::Employer, employer) = frame.role(frame.employer(person)) else { continue };
            let employer = employer as usize;
            frame.wages[employer] += frame.wage(person);
            if let Some(free) = frame.staff[employer].iter_mut().find(|staff| **staff == CASH) {
                *free = person;
            }
        }
        frame.trade = Trade::new(&frame);
        frame
    }

    /// The first account of a role.
    pub(super) fn first(&self, role: Role) -> u32 {
        ROLES.iter().position(|known| *known == role).map_or(0, |place| self.begins[place])
    }

    /// How many accounts have a role.
    pub(super) fn count(&self, role: Role) -> u32 {
        ROLES.iter().position(|known| *known == role).map_or(0, |place| self.begins[place + 1] - self.begins[place])
    }

    /// The account of a role with that number.
    pub(super) fn nth(&self, role: Role, number: u32) -> u32 {
        self.first(role) + number % self.count(role).max(1)
    }

    /// How many people there are.
    pub(super) fn persons(&self) -> u32 {
        self.begins[1]
    }

    /// How many accounts the economy has: numbers from here on are those of planted cases.
    pub(super) fn accounts(&self) -> u32 {
        self.begins[ROLES.len()]
    }

    /// What an account of the economy is, and its number among those.
    pub(super) fn role(&self, account: u32) -> (Role, u32) {
        let place = self.begins.partition_point(|begin| *begin <= account).clamp(1, ROLES.len()) - 1;
        (ROLES[place], account - self.begins[place])
    }

    /// The place of an account's bank.
    pub(super) fn bank(&self, account: u32) -> u8 {
        match self.role(account) {
            (Role::Abroad, number) => [NL, CH, AE][number as usize % 3],
            (_, number) => (number % HOMES) as u8,
        }
    }

    /// A stream of draws for an account, the same on every day.
    pub(super) fn nature(&self, account: u32, what: u64) -> Draw {
        Draw::of(self.seed, u64::from(account), what << 40)
    }

    /// A moment of a day, in seconds since 1970.
    pub(super) fn moment(&self, day: i64, second: i64) -> Moment {
        at(plus(self.start, day), 0, 0) + second
    }

    /// Somebody of a role who banks with the same bank.
    pub(super) fn near(&self, bank: u8, role: Role, number: u64) -> u32 {
        let each = u64::from(self.count(role) / HOMES).max(1);
        self.nth(role, u32::from(bank) + HOMES * (number % each) as u32)
    }

    /// Who pays a person's wages: for one in five the state.
    pub(super) fn employer(&self, person: u32) -> u32 {
        let (mut nature, bank) = (self.nature(person, 1), self.bank(person));
        if nature.chance(20_000) {
            self.near(bank, Role::State, 0)
        } else {
            self.near(bank, Role::Employer, nature.bits())
        }
    }

    /// Whether an account is an employer whose wages the bank's payroll office pays.
    pub(super) fn has_agent(&self, account: u32) -> bool {
        account.is_multiple_of(10) && self.role(account).0 == Role::Employer
    }

    /// What a person earns a month, in cents of a euro.
    pub(super) fn wage(&self, person: u32) -> i64 {
        self.nature(person, 2).between(140, 420) * 1_000
    }

    /// Whom a person sends small sums: the other of their household, and four others.
    pub(super) fn friend(&self, person: u32, number: u64) -> u32 {
        let whole = u64::from(self.persons());
        match number {
            0 => (person ^ 1).min(self.persons() - 1),
            _ => self.nature(person, 10 + number).below(whole) as u32,
        }
    }

    /// The account's number as its bank writes it: an IBAN, by a one-to-one function of the account's number.
    pub(super) fn identifier(&self, account: u32, bank: u8) -> String {
        if let Some(guest) = self.guests.get(account as usize) {
            return guest.clone();
        }
        let bank = BANKS[bank as usize];
        // 387,420,489 has no factor in common with ten, so that no two numbers meet.
        let low = (u64::from(account) * 387_420_489 + self.seed % 1_000_000_000) % 10_000_000_000;
        let number = format!("{}{low:0width$}", bank.prefix, width = bank.digits);
        if bank.uses_iban { iban(bank.country, &number) } else { number }
    }

    /// A name that nobody else has: names tie accounts together, and these are to be strangers.
    pub(super) fn name(&self, account: u32, company: bool) -> String {
        const CONSONANTS: [&str; 14] = ["b", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v"];
        const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];
        const GIVEN: [&str; 40] = [
            "Mari", "Jaan", "Kadri", "Liis", "Priit", "Anu", "Kaja", "Raivo", "Siim", "Toomas", "Oliver", "Amelia",
            "George", "Isla", "Harry", "Priya", "Jack", "Emily", "Sophie", "Owen", "Andreas", "Eleni", "Giorgos",
            "Maria", "Christos", "Nikos", "Petros", "Ioanna", "Karl", "Lena", "Marek", "Ilze", "Daniel", "Nadia",
            "Rui", "Eszter", "Paul", "Luca", "Sanna", "Ivo",
        ];
        const TRADES: [&str; 8] = ["Trading", "Logistics", "Foods", "Systems", "Build", "Textiles", "Media", "Energy"];
        let (first, mut rest) = if company { (8, account / 8) } else { (40, account / 40) };
        let mut family = String::new();
        for _ in 0..4 {
            family.push_str(CONSONANTS[rest as usize % 14]);
            family.push_str(VOWELS[rest as usize / 14 % 5]);
            rest /= 70;
        }
        let mut letters = family.chars();
        let family: String =
            letters.next().map(|letter| letter.to_ascii_uppercase()).into_iter().chain(letters).collect();
        if company {
            format!("{family} {} Ltd", TRADES[(account % first) as usize])
        } else {
            format!("{} {family}nen", GIVEN[(account % first) as usize])
        }
    }
}
