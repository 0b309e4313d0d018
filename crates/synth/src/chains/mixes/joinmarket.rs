//! JoinMarket: a taker names an amount, makers join for a small fee, everybody gets that amount and change.

use super::super::exchange::{Exchanges, round_off};
use super::super::kind::TransactionKind;
use super::super::ledger::{Fate, Ledger};
use super::super::software::JOINMARKET;
use super::{Club, Pace, Seat};

/// Change and amounts stay above what the rule takes for dust.
const LEAST: u64 = 2_731;

#[derive(Debug)]
pub(super) struct JoinMarket {
    clubs: [Club; 2],
    rounds: Pace,
}

impl JoinMarket {
    pub(super) fn new(clubs: [Club; 2]) -> Self {
        Self { clubs, rounds: Pace::new(400) }
    }

    pub(super) fn step(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges) {
        self.rounds.earn(ledger.budget);
        while self.rounds.due() && !ledger.full() && self.round(ledger, exchanges) {
            self.rounds.spend();
        }
    }

    fn round(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges) -> bool {
        let club = *ledger.dice.pick(&self.clubs);
        // Ten who take 0.1 BTC would be a Wasabi 1 round as well, by its rule: nobody could say which is right.
        let crowd = ledger.dice.between(3, 9) as usize;
        let able: Vec<usize> =
            club.members(ledger).filter(|wallet| ledger.balance(*wallet) > 200_000).take(crowd).collect();
        if able.len() < crowd {
            for wallet in club.members(ledger).take(4) {
                let satoshi = (ledger.dice.between(300_000, 900_000) as u64) << ledger.dice.between(0, 5);
                exchanges.ask(wallet, satoshi);
            }
            return false;
        }
        let poorest = able.iter().map(|wallet| ledger.balance(*wallet)).min().unwrap_or_default();
        let share = ledger.dice.between(30, 85) as u64;
        let amount = round_off(ledger, poorest * share / 100);
        let lock = ledger.wallets[able[0]].lock;
        // The first is the taker, who pays the miner for all that is not a maker's own input, and every maker a little.
        let outputs = (11 + 2 * crowd as u64 * lock.output_size()) * ledger.rate;
        let makers_fee = amount * ledger.dice.between(2, 60) as u64 / 100_000;
        let mut seats: Vec<Seat> = Vec::new();
        for (index, wallet) in able.into_iter().enumerate() {
            let taker = index == 0;
            let wanted = if taker { amount + outputs + makers_fee * crowd as u64 } else { amount } + LEAST + 200;
            match ledger.draw(wallet, wanted, 8) {
                Some((left, coins)) => seats.push(Seat { wallet, coins, left }),
                None if taker => return false,
                None => {}
            }
        }
        if seats.len() < 3 {
            Seat::leave(seats, ledger);
            return false;
        }
        let makers = seats.len() as u64 - 1;
        ledger.begin();
        Seat::bring(&seats, ledger);
        for (index, seat) in seats.iter().enumerate() {
            let change = match index {
                0 => seat.left - amount - outputs - makers_fee * makers,
                _ => seat.left - amount + makers_fee,
            };
            ledger.output(seat.wallet, None, amount, Fate::Kept);
            ledger.output(seat.wallet, None, change, Fate::Change);
        }
        ledger.finish(&JOINMARKET, TransactionKind::JoinMarket);
        true
    }
}
