//! Wasabi 1: everybody gets about a tenth of a bitcoin, some a doubled coin besides, all but a few change, and the
//! coordinator a fee by the size of the crowd.
//!
//! Until 2020 the fee went to one of two addresses the whole world knew; afterwards to a new one each round.

use std::str::FromStr;

use bitcoin::Address;

use super::super::ChainNetwork;
use super::super::exchange::Exchanges;
use super::super::kind::TransactionKind;
use super::super::ledger::{Fate, Ledger};
use super::super::software::WASABI_1;
use super::{Club, Pace, Seat};

/// From this height on the coordinator's address changes every round.
const FRESH_COORDINATOR: u32 = 610_000;
const KNOWN: [&str; 2] = ["bc1qs604c7jv6amk4cxqlnvuxv26hv3e48cds4m0ew", "bc1qa24tsgchvuxsaccp8vrnkfd85hrcpafg20kmjw"];
/// Fewer do not make a round.
const FEWEST: usize = 12;

#[derive(Debug)]
pub(super) struct Wasabi1 {
    club: Club,
    pub(super) coordinator: usize,
    rounds: Pace,
    asked: u32,
    /// Known addresses whose owner the truth has been told.
    told: [bool; 2],
}

impl Wasabi1 {
    pub(super) fn new(club: Club) -> Self {
        Self { club, coordinator: 0, rounds: Pace::new(1_500), asked: 0, told: [false; 2] }
    }

    pub(super) fn step(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges) {
        self.rounds.earn(ledger.budget);
        while self.rounds.due() && !ledger.full() && self.round(ledger, exchanges) {
            self.rounds.spend();
        }
    }

    fn round(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges) -> bool {
        let base = (10_000_000 + ledger.dice.between(-400_000, 1_600_000)) as u64;
        let crowd = ledger.dice.between(FEWEST as i64, 45) as usize;
        let fee = base * crowd as u64 * 3 / 100_000;
        let rate = ledger.rate;
        let outputs = |count: u64| (count * 31 + 2) * rate;
        let least = base + fee + outputs(3) + 20_000;
        let mut seats = Vec::new();
        let members = self.club.members(ledger);
        let mut poor = Vec::new();
        for wallet in members {
            if seats.len() == crowd {
                break;
            }
            match ledger.draw(wallet, least, 5) {
                Some((left, coins)) => seats.push(Seat { wallet, coins, left }),
                None => poor.push(wallet),
            }
        }
        if seats.len() < FEWEST {
            Seat::leave(seats, ledger);
            if ledger.height >= self.asked + 5 {
                self.asked = ledger.height;
                for wallet in poor.into_iter().take(FEWEST + 6) {
                    let tenths = ledger.dice.between(12, 36) as u64;
                    exchanges.ask(wallet, base * tenths / 10);
                }
            }
            return false;
        }
        let crowd = seats.len() as u64;
        let fee = base * crowd * 3 / 100_000;
        let rich = |seat: &Seat| seat.left >= 3 * base + fee + outputs(4) + 10_000;
        // A doubled coin that only one has is not mixed and is left in the change; half the crowd at most get one, so
        // that the base stays what most have.
        let count = seats.iter().filter(|seat| rich(seat)).count().min(seats.len() / 2);
        let mut doubles = if count > 1 { count } else { 0 };
        ledger.begin();
        Seat::bring(&seats, ledger);
        for seat in &seats {
            ledger.output(seat.wallet, None, base, Fate::Kept);
            let mut change = seat.left - base - fee - outputs(3);
            if doubles > 0 && rich(seat) {
                doubles -= 1;
                ledger.output(seat.wallet, None, 2 * base, Fate::Kept);
                change -= 2 * base + outputs(1);
            }
            ledger.output(seat.wallet, None, change, Fate::Change);
        }
        self.pay_coordinator(ledger, fee * crowd);
        ledger.finish(&WASABI_1, TransactionKind::Wasabi1);
        true
    }

    fn pay_coordinator(&mut self, ledger: &mut Ledger, satoshi: u64) {
        let known = ledger.network == ChainNetwork::Main && ledger.height < FRESH_COORDINATOR;
        let choice = ledger.dice.between(0, 1) as usize;
        match Address::from_str(KNOWN[choice]).ok().filter(|_| known) {
            Some(address) => {
                let script = address.assume_checked().script_pubkey();
                if !std::mem::replace(&mut self.told[choice], true) {
                    let wallet = &ledger.wallets[self.coordinator];
                    ledger.truth.script(script.as_bytes(), wallet.owner, wallet.holder);
                }
                ledger.foreign_output(script.as_bytes(), satoshi);
            }
            None => ledger.output(self.coordinator, None, satoshi, Fate::Kept),
        }
    }
}
