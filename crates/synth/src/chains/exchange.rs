//! Exchanges: deposit addresses that are swept, hot wallets that pay out in batches, vaults behind them.

use std::collections::VecDeque;

use super::kind::TransactionKind;
use super::ledger::{Ledger, Payee};
use super::lock::Lock;
use super::software::{EXCHANGE, Software};
use super::wallet::{Habit, Holder, Selection, Wallet};

/// Withdrawals asked for and not yet paid out: no more are remembered.
const QUEUE: usize = 600;

/// One exchange: three wallets of one owner.
#[derive(Debug)]
struct House {
    hot: usize,
    deposit: usize,
    cold: usize,
    /// Deposits that are worth a sweep.
    threshold: usize,
}

/// All exchanges, and what their customers want of them.
#[derive(Debug)]
pub(super) struct Exchanges {
    houses: Vec<House>,
    /// The deposit script of every wallet, by the number of the wallet.
    deposits: Vec<Option<u32>>,
    requests: VecDeque<(usize, u64)>,
    /// Wallets of people are the first so many.
    users: usize,
    /// What an ordinary withdrawal is worth: the hot wallets' money divided among all users.
    pub(super) typical: u64,
}

impl Exchanges {
    /// Opens exchanges for so many users, whose wallets are the first of the ledger.
    pub(super) fn open(ledger: &mut Ledger, users: usize, segwit: bool) -> Self {
        let count = (users / 10_000).clamp(2, 12);
        let houses = (0..count).map(|index| {
            let owner = ledger.new_owner();
            let software = &EXCHANGE[index % 2];
            let (hot, cold) = match (segwit, index % 2) {
                (true, 0) => (Lock::WitnessKey, Lock::WitnessMultisig),
                (true, _) => (Lock::Nested, Lock::ScriptMultisig),
                (false, _) => (Lock::Key, Lock::ScriptMultisig),
            };
            let deposit = if index % 3 == 1 { Lock::Key } else { hot };
            let habit = if index % 2 == 0 { Habit::OneAddress } else { Habit::Fresh };
            let mut open = |holder, lock, software: &'static Software, habit| {
                ledger.wallets.push(Wallet::new(owner, holder, lock, software, Selection::Oldest, habit));
                ledger.wallets.len() - 1
            };
            House {
                hot: open(Holder::ExchangeHot, hot, software, habit),
                deposit: open(Holder::ExchangeDeposit, deposit, &EXCHANGE[0], Habit::Fresh),
                cold: open(Holder::ExchangeCold, cold, &EXCHANGE[0], habit),
                threshold: 20 + index * 17 % 90,
            }
        });
        let houses = houses.collect();
        Self { houses, deposits: Vec::new(), requests: VecDeque::new(), users, typical: 0 }
    }

    /// A payment to the deposit address that a customer has at its exchange, the same one every time.
    pub(super) fn deposit(&mut self, ledger: &mut Ledger, customer: usize, satoshi: u64) -> Payee {
        let wallet = self.houses[customer % self.houses.len()].deposit;
        if self.deposits.len() <= customer {
            self.deposits.resize(ledger.wallets.len().max(customer + 1), None);
        }
        let script = *self.deposits[customer].get_or_insert_with(|| ledger.new_script(wallet));
        Payee { wallet, script: Some(script), satoshi }
    }

    /// Asks for a withdrawal to a wallet; a full queue says no.
    pub(super) fn ask(&mut self, wallet: usize, satoshi: u64) {
        if self.requests.len() < QUEUE {
            self.requests.push_back((wallet, satoshi));
        }
    }

    /// Sweeps, and moves money to and from the vaults.
    pub(super) fn settle(&mut self, ledger: &mut Ledger) {
        let hot: u64 = self.houses.iter().map(|house| ledger.balance(house.hot)).sum();
        self.typical = (hot / self.users.max(1) as u64).clamp(60_000, 50_000_000);
        for (index, house) in self.houses.iter().enumerate() {
            let turn = |every: u32| ledger.height % every == index as u32 % every;
            let (slow, vault) = (turn(6), turn(48));
            for _ in 0..8 {
                let count = ledger.wallets[house.deposit].count();
                let due = count >= house.threshold || slow && count > 1;
                if ledger.full() || !due || !ledger.gather(house.deposit, house.hot, None, 140, TransactionKind::Sweep)
                {
                    break;
                }
            }
            if vault && !ledger.full() {
                let (hot, cold) = (ledger.balance(house.hot), ledger.balance(house.cold));
                let (from, to, satoshi) =
                    if hot < cold / 3 { (house.cold, house.hot, cold / 2) } else { (house.hot, house.cold, hot / 5) };
                if satoshi > 1_000_000 {
                    ledger.pay(from, &[Payee { wallet: to, script: None, satoshi }], 0, TransactionKind::Cold);
                }
            }
        }
    }

    /// Pays out what was asked for and what people want anyway; false if the house has too little.
    pub(super) fn withdraw(&mut self, ledger: &mut Ledger) -> bool {
        let hot = self.houses[ledger.dice.between(0, self.houses.len() as i64 - 1) as usize].hot;
        let most = ledger.balance(hot) / 2;
        let mut left = most;
        let mut payees = Vec::new();
        for _ in 0..self.requests.len().min(40) {
            let Some((wallet, satoshi)) = self.requests.pop_front() else { break };
            if satoshi <= left {
                left -= satoshi;
                payees.push(Payee { wallet, script: None, satoshi });
            } else {
                // Too much for this house today; the others are served meanwhile.
                self.requests.push_back((wallet, satoshi));
            }
        }
        let more = if ledger.dice.chance(40) { 1 } else { ledger.dice.between(2, 30) };
        for _ in 0..more {
            let wallet = super::economy::somebody(ledger, self.users);
            let (quarters, halvings) = (ledger.dice.between(2, 8) as u64, ledger.dice.between(0, 3));
            let satoshi = round_off(ledger, (self.typical * quarters / 4) >> halvings);
            if satoshi > left || satoshi < 5_000 {
                break;
            }
            left -= satoshi;
            payees.push(Payee { wallet, script: None, satoshi });
        }
        let kind = if payees.len() > 1 { TransactionKind::Batch } else { TransactionKind::Payment };
        let paid = !payees.is_empty() && ledger.pay(hot, &payees, 0, kind);
        if !paid {
            // Random customers come again by themselves.
            let asked = payees.iter().filter(|payee| payee.wallet >= self.users || payee.satoshi > self.typical * 2);
            let asked: Vec<_> = asked.map(|payee| (payee.wallet, payee.satoshi)).collect();
            asked.into_iter().for_each(|(wallet, satoshi)| self.ask(wallet, satoshi));
        }
        paid
    }

    /// Pays many customers the same: a bonus, an airdrop. What a detector may take for a mix.
    pub(super) fn bonus(&mut self, ledger: &mut Ledger) -> bool {
        let hot = self.houses[ledger.dice.between(0, self.houses.len() as i64 - 1) as usize].hot;
        let count = ledger.dice.between(10, 80) as u64;
        let satoshi = *ledger.dice.pick(&[100_000, 200_000, 1_000_000, 10_000_000, 123_456]);
        if ledger.balance(hot) < 3 * count * satoshi {
            return false;
        }
        let users = self.users;
        let payee =
            |ledger: &mut Ledger| Payee { wallet: super::economy::somebody(ledger, users), script: None, satoshi };
        let payees: Vec<Payee> = (0..count).map(|_| payee(ledger)).collect();
        ledger.pay(hot, &payees, 0, TransactionKind::EqualBatch)
    }
}

/// Half of all amounts are round: two digits that are not zero.
pub(super) fn round_off(ledger: &mut Ledger, satoshi: u64) -> u64 {
    if ledger.dice.chance(50) {
        return satoshi;
    }
    let mut unit = 1;
    while satoshi / unit >= 100 {
        unit *= 10;
    }
    satoshi / unit * unit
}
