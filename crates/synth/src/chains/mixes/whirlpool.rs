//! Whirlpool: coins are cut to a pool's size by a Tx0, mixed five to ten at a time, and mixed again for nothing.
//!
//! ```text
//! Tx0   one owner's coins  ─▶  OP_RETURN │ pool fee │ d + premium, many times │ change
//! mix   1 … n−1 of d + premium, the rest of exactly d  ─▶  n of d
//! ```
//!
//! The premium of the fresh coins pays the miner; remixed coins ride free. Shapes and pools are those of the detectors
//! of GraphSense and Dumplings, with up to ten inputs.

use super::super::exchange::Exchanges;
use super::super::kind::TransactionKind;
use super::super::ledger::{Fate, Ledger};
use super::super::software::WHIRLPOOL;
use super::super::wallet::Coin;
use super::{Club, Pace};

/// Sizes and fees, in satoshi.
const POOLS: [(u64, u64); 4] = [(100_000, 5_000), (1_000_000, 50_000), (5_000_000, 175_000), (50_000_000, 1_750_000)];
/// Coins that wait for a mix, fresh and mixed: no more are kept.
const QUEUE: usize = 120;

#[derive(Debug, Default)]
struct Pool {
    fresh: Vec<(usize, Coin)>,
    mixed: Vec<(usize, Coin)>,
}

#[derive(Debug)]
pub(super) struct Whirlpool {
    club: Club,
    pub(super) coordinator: usize,
    pools: [Pool; 4],
    cuts: Pace,
    rounds: Pace,
}

impl Whirlpool {
    pub(super) fn new(club: Club) -> Self {
        Self { club, coordinator: 0, pools: Default::default(), cuts: Pace::new(250), rounds: Pace::new(150) }
    }

    pub(super) fn step(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges) {
        self.cuts.earn(ledger.budget);
        self.rounds.earn(ledger.budget);
        let mut tries = 4 + ledger.budget / 50;
        while (self.cuts.due() || self.rounds.due()) && tries > 0 && !ledger.full() {
            tries -= 1;
            let pool = match ledger.dice.between(0, 99) {
                0..=34 => 0,
                35..=69 => 1,
                70..=95 => 2,
                _ => 3,
            };
            if self.cuts.due() && self.cut(ledger, exchanges, pool) {
                self.cuts.spend();
            }
            if self.rounds.due() && self.mix(ledger, exchanges, pool) {
                self.rounds.spend();
            }
        }
    }

    /// A Tx0. Fails if nobody drawn has the money; two members then buy coins.
    fn cut(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges, pool: usize) -> bool {
        let (size, fee) = POOLS[pool];
        let premium = ledger.dice.between(500, 20_000) as u64;
        let cost = |count: u64, rate: u64| (11 + 31 * (count + 2) + 75) * rate;
        let need = size + premium + fee + cost(1, ledger.rate);
        let room = QUEUE.saturating_sub(self.pools[pool].fresh.len());
        if room < 12 {
            return true;
        }
        let members = self.club.members(ledger);
        let found = members.take(10).find_map(|member| Some((member, ledger.draw(member, need, 5)?)));
        let Some((member, (left, coins))) = found else {
            for member in self.club.members(ledger).take(2) {
                let sizes = ledger.dice.between(15, 60) as u64;
                exchanges.ask(member, need + size * sizes / 10);
            }
            return false;
        };
        // The change must be neither like a pool fee nor like a coin cut to size: fewer coins make more change.
        let fee = fee * *ledger.dice.pick(&[100, 100, 75, 50]) / 100;
        let wanted = ledger.dice.between(1, 12) as u64;
        let plain = |change: u64| {
            change < 1_000 || change > 3 * POOLS[pool].1 && !(size + 100..=size + 110_000).contains(&change)
        };
        let change_of = |count: u64| left.checked_sub(fee + count * (size + premium) + cost(count, ledger.rate));
        let count = (1..=wanted).rev().find(|count| change_of(*count).is_some_and(plain));
        let Some((count, change)) = count.and_then(|count| Some((count, change_of(count)?))) else {
            ledger.wallets[member].give_back(coins);
            return false;
        };
        ledger.begin();
        coins.iter().for_each(|coin| ledger.input(member, *coin));
        ledger.memo(64);
        ledger.output(self.coordinator, None, fee, Fate::Kept);
        for _ in 0..count {
            ledger.output(member, None, size + premium, Fate::HeldChange);
        }
        if change >= 1_000 {
            ledger.output(member, None, change, Fate::Change);
        }
        ledger.finish(&WHIRLPOOL, TransactionKind::TxZero);
        self.pools[pool].fresh.append(&mut ledger.held);
        true
    }

    /// A mix: coins of as many owners as it has inputs.
    fn mix(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges, pool: usize) -> bool {
        let inputs = match ledger.dice.between(0, 9) {
            0..=6 => 5,
            7 | 8 => ledger.dice.between(6, 8) as usize,
            _ => ledger.dice.between(9, 10) as usize,
        };
        let most_fresh = if inputs > 8 { inputs - 1 } else { 4 };
        let fresh = ledger.dice.between(1, most_fresh as i64) as usize;
        let height = ledger.height;
        let mut owners = Vec::new();
        let mut pick = |coins: &[(usize, Coin)], count: usize| {
            let mut places = Vec::new();
            for (place, (owner, coin)) in coins.iter().enumerate() {
                if places.len() < count && coin.ready <= height && !owners.contains(owner) {
                    owners.push(*owner);
                    places.push(place);
                }
            }
            places
        };
        let fresh_places = pick(&self.pools[pool].fresh, fresh);
        let mixed_places = pick(&self.pools[pool].mixed, inputs - fresh);
        if fresh_places.len() < fresh {
            return false;
        }
        if mixed_places.len() < inputs - fresh {
            self.seed(ledger, exchanges, pool);
            return false;
        }
        ledger.begin();
        for (queue, places) in
            [(&mut self.pools[pool].fresh, fresh_places), (&mut self.pools[pool].mixed, mixed_places)]
        {
            for place in places.into_iter().rev() {
                let (owner, coin) = queue.remove(place);
                ledger.input(owner, coin);
            }
        }
        for owner in owners {
            ledger.output(owner, None, POOLS[pool].0, Fate::Held);
        }
        ledger.finish(&WHIRLPOOL, TransactionKind::Whirlpool);
        for (owner, coin) in std::mem::take(&mut ledger.held) {
            // Most coins stay for another mix. Those that leave may be spent with anything.
            if ledger.dice.chance(25) || self.pools[pool].mixed.len() >= QUEUE {
                ledger.put(owner, coin);
            } else {
                self.pools[pool].mixed.push((owner, coin));
            }
        }
        true
    }

    /// A member makes a coin of exactly the pool's size. First mixes find no mixed coin, so somebody has to.
    fn seed(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges, pool: usize) {
        let size = POOLS[pool].0;
        let cost = size + (11 + 2 * 31) * ledger.rate;
        let queue = &mut self.pools[pool].mixed;
        let members = self.club.members(ledger).take(8);
        for member in members {
            if queue.iter().any(|(owner, _)| *owner == member) {
                continue;
            }
            let Some((left, coins)) = ledger.draw(member, cost, 10) else {
                exchanges.ask(member, cost * 2);
                return;
            };
            ledger.begin();
            coins.iter().for_each(|coin| ledger.input(member, *coin));
            ledger.output(member, None, size, Fate::HeldChange);
            if left - cost >= 1_000 {
                ledger.output(member, None, left - cost, Fate::Change);
            }
            let software = ledger.wallets[member].software;
            ledger.finish(software, TransactionKind::PoolSeed);
            queue.append(&mut ledger.held);
            return;
        }
    }
}
