//! Wasabi 2 (WabiSabi): everybody's money is broken into standard denominations, so that most outputs have equals, and
//! inputs and outputs stand in falling order of value.

use super::super::exchange::Exchanges;
use super::super::kind::TransactionKind;
use super::super::ledger::{Fate, Ledger};
use super::super::software::WASABI_2;
use super::{Club, Pace, Seat};

/// The least a round has.
const FEWEST_INPUTS: usize = 50;
/// Less than this is no output.
const LEAST: u64 = 5_000;
const MOST: u64 = 134_375_000_000;

#[derive(Debug)]
pub(super) struct Wasabi2 {
    club: Club,
    pub(super) coordinator: usize,
    rounds: Pace,
    asked: u32,
    /// Falling.
    denominations: Vec<u64>,
}

impl Wasabi2 {
    pub(super) fn new(club: Club) -> Self {
        Self { club, coordinator: 0, rounds: Pace::new(1_200), asked: 0, denominations: denominations() }
    }

    pub(super) fn step(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges) {
        self.rounds.earn(ledger.budget);
        while self.rounds.due() && !ledger.full() && self.round(ledger, exchanges) {
            self.rounds.spend();
        }
    }

    fn round(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges) -> bool {
        let target = ledger.dice.between(55, 170) as usize;
        let mut inputs = 0;
        let mut seats: Vec<Seat> = Vec::new();
        let mut poor = Vec::new();
        for wallet in self.club.members(ledger) {
            if inputs >= target {
                break;
            }
            let lock = ledger.wallets[wallet].lock;
            let input_fee = lock.input_size() * ledger.rate;
            let most = ledger.dice.between(1, 10) as usize;
            let mut coins = Vec::new();
            let sum = ledger.wallets[wallet].take_all(ledger.height, LEAST + input_fee, most, &mut coins);
            let left = sum.saturating_sub(input_fee * coins.len() as u64);
            if left < 10 * LEAST + 50 * ledger.rate {
                ledger.wallets[wallet].give_back(coins);
                poor.push(wallet);
            } else {
                inputs += coins.len();
                seats.push(Seat { wallet, coins, left });
            }
        }
        if inputs < FEWEST_INPUTS {
            Seat::leave(seats, ledger);
            if ledger.height >= self.asked + 5 {
                self.asked = ledger.height;
                // Who has one coin brings more next time.
                let members: Vec<usize> = poor.into_iter().chain(self.club.members(ledger)).take(30).collect();
                for wallet in members {
                    let base = ledger.dice.between(300_000, 600_000) as u64;
                    exchanges.ask(wallet, base << ledger.dice.between(0, 5));
                }
            }
            return false;
        }
        ledger.begin();
        Seat::bring(&seats, ledger);
        let (mut fee, mut made, mut odd) = (0, 0, 0);
        for seat in &seats {
            let share = seat.left * 3 / 1_000;
            fee += share;
            let output_fee = ledger.wallets[seat.wallet].lock.output_size() * ledger.rate;
            let mut left = seat.left - share - 12;
            let mut own = 0;
            while left >= LEAST + output_fee {
                // A few keep a change that has no equals; one in eight of all outputs at most, or it would be no mix.
                if own >= 2 && left > 40_000 && 8 * (odd + 2) < made && ledger.dice.chance(10) {
                    ledger.output(seat.wallet, None, left - output_fee, Fate::Change);
                    (odd, made) = (odd + 1, made + 1);
                    break;
                }
                let largest = self.denominations.partition_point(|size| *size > left - output_fee);
                let skip = if own < 6 { ledger.dice.between(0, 2) as usize } else { 0 };
                let place = (largest + skip).min(self.denominations.len() - 1);
                let size = self.denominations[place];
                ledger.output(seat.wallet, None, size, Fate::Kept);
                left -= size + output_fee;
                (own, made) = (own + 1, made + 1);
            }
        }
        let fee_output = 31 * ledger.rate;
        if fee > LEAST + fee_output + 20 * ledger.rate {
            ledger.output(self.coordinator, None, fee - fee_output - 20 * ledger.rate, Fate::Kept);
        }
        ledger.finish(&WASABI_2, TransactionKind::Wasabi2);
        true
    }
}

/// 2ⁱ, 3ⁱ, 2·3ⁱ, 10ⁱ, 2·10ⁱ, 5·10ⁱ within bounds, falling.
fn denominations() -> Vec<u64> {
    let mut all = Vec::new();
    for (factor, base) in [(1, 2), (1, 3), (2, 3), (1, 10), (2, 10), (5, 10)] {
        let powers = std::iter::successors(Some(factor), |value: &u64| value.checked_mul(base));
        all.extend(powers.take_while(|value| *value <= MOST).filter(|value| *value >= LEAST));
    }
    all.sort_unstable_by_key(|value| std::cmp::Reverse(*value));
    all.dedup();
    all
}
