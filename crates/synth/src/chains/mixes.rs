//! Mixes of every kind, in the shapes their detectors know, and the clubs of people who take part in them.
//!
//! A club's members are ordinary people otherwise: they pay, get paid, and spend mixed coins together with others, which
//! is what makes mixes hard to keep apart. Who lacks the money for a round asks an exchange for it.

use self::joinmarket::JoinMarket;
use self::wasabi1::Wasabi1;
use self::wasabi2::Wasabi2;
use self::whirlpool::Whirlpool;
use super::economy::{Age, open};
use super::exchange::Exchanges;
use super::ledger::Ledger;
use super::lock::Lock;
use super::wallet::{Coin, Holder};

mod joinmarket;
mod wasabi1;
mod wasabi2;
mod whirlpool;

/// People who meet in one kind of mix: a run of wallets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Club {
    first: usize,
    count: usize,
}

impl Club {
    /// All members, from a random one on.
    fn members(self, ledger: &mut Ledger) -> impl Iterator<Item = usize> + use<> {
        let start = ledger.dice.between(0, self.count as i64 - 1) as usize;
        (0..self.count).map(move |step| self.first + (start + step) % self.count)
    }

    fn holds(self, wallet: usize) -> bool {
        (self.first..self.first + self.count).contains(&wallet)
    }
}

/// What a member brings to a round: its coins, and what they are worth after the fees of spending them.
#[derive(Debug)]
struct Seat {
    wallet: usize,
    coins: Vec<Coin>,
    left: u64,
}

impl Seat {
    /// Puts all inputs of a round into the draft.
    fn bring(seats: &[Self], ledger: &mut Ledger) {
        for seat in seats {
            seat.coins.iter().for_each(|coin| ledger.input(seat.wallet, *coin));
        }
    }

    /// Calls a round off.
    fn leave(seats: Vec<Self>, ledger: &mut Ledger) {
        for seat in seats {
            ledger.wallets[seat.wallet].give_back(seat.coins);
        }
    }
}

/// How often a kind of mix happens: one in so many transactions, and a failed attempt is made up for at most once.
#[derive(Debug)]
struct Pace {
    every: usize,
    credit: usize,
}

impl Pace {
    fn new(every: usize) -> Self {
        // The first one is due early, so that short chains have one too.
        Self { every, credit: every * 3 / 4 }
    }

    fn earn(&mut self, transactions: usize) {
        let most = 2 * self.every.max(transactions);
        self.credit = (self.credit + transactions).min(most);
    }

    fn due(&self) -> bool {
        self.credit >= self.every
    }

    fn spend(&mut self) {
        self.credit -= self.every.min(self.credit);
    }
}

/// All mixes.
#[derive(Debug)]
pub(super) struct Mixes {
    clubs: [Club; 5],
    whirlpool: Option<Whirlpool>,
    wasabi1: Option<Wasabi1>,
    wasabi2: Option<Wasabi2>,
    joinmarket: JoinMarket,
}

impl Mixes {
    /// Divides the first wallets of people among the clubs.
    pub(super) fn plan(users: usize, age: Age) -> Self {
        let mut first = 0;
        let mut club = |share: usize, fewest: usize| {
            let count = (users / share).max(fewest);
            first += count;
            Club { first: first - count, count }
        };
        // JoinMarket's members meet by script type: nested and native wallets have a club each.
        let clubs = [club(40, 30), club(25, 70), club(25, 80), club(60, 24), club(60, 24)];
        let [whirlpool, wasabi1, wasabi2, nested, native] = clubs;
        Self {
            clubs,
            whirlpool: age.segwit.then(|| Whirlpool::new(whirlpool)),
            wasabi1: age.segwit.then(|| Wasabi1::new(wasabi1)),
            wasabi2: age.segwit.then(|| Wasabi2::new(wasabi2)),
            joinmarket: JoinMarket::new([nested, native]),
        }
    }

    /// The lock a wallet needs as a member of its club, or nothing for a wallet that is in none.
    pub(super) fn lock(&self, wallet: usize, age: Age) -> Option<Lock> {
        let club = self.clubs.iter().position(|club| club.holds(wallet))?;
        Some(match club {
            2 if age.taproot && wallet % 2 == 1 => Lock::Taproot,
            3 if age.segwit => Lock::Nested,
            _ => age.plain_lock(),
        })
    }

    /// Opens the coordinators' wallets and returns them.
    pub(super) fn open(&mut self, ledger: &mut Ledger, age: Age) -> Vec<usize> {
        let coordinators: Vec<usize> = (0..3).map(|_| open(ledger, Holder::Coordinator, age.plain_lock())).collect();
        if let (Some(whirlpool), Some(wasabi1), Some(wasabi2), [first, second, third]) =
            (&mut self.whirlpool, &mut self.wasabi1, &mut self.wasabi2, coordinators.as_slice())
        {
            (whirlpool.coordinator, wasabi1.coordinator, wasabi2.coordinator) = (*first, *second, *third);
        }
        coordinators
    }

    /// The rounds of one block.
    pub(super) fn step(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges) {
        let (height, network) = (ledger.height, ledger.network);
        if let Some(whirlpool) = self.whirlpool.as_mut().filter(|_| network.reached(height, 570_000)) {
            whirlpool.step(ledger, exchanges);
        }
        if let Some(wasabi1) = self.wasabi1.as_mut().filter(|_| network.reached(height, 530_500)) {
            wasabi1.step(ledger, exchanges);
        }
        if let Some(wasabi2) = self.wasabi2.as_mut().filter(|_| network.reached(height, 741_213)) {
            wasabi2.step(ledger, exchanges);
        }
        if network.reached(height, 392_300) {
            self.joinmarket.step(ledger, exchanges);
        }
    }
}
