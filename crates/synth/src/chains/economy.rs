//! Who lives on the chain, and what they do from block to block.

use super::decoys::Decoys;
use super::exchange::{Exchanges, round_off};
use super::kind::TransactionKind;
use super::ledger::{Ledger, Payee};
use super::lock::Lock;
use super::mixes::Mixes;
use super::peel::Peels;
use super::ransom::Gangs;
use super::software::{EXCHANGE, PERSONAL};
use super::wallet::{Habit, Holder, Selection, Wallet};
use super::{ChainNetwork, ChainOptions};

/// Below this nobody pays anybody.
const POOR: u64 = 40_000;
/// A person with more coins tidies up.
const UNTIDY: usize = 40;

/// Everybody.
#[derive(Debug)]
pub(super) struct Economy {
    /// Wallets of people are the first so many.
    users: usize,
    shops: Vec<usize>,
    pools: Vec<usize>,
    exchanges: Exchanges,
    peels: Peels,
    gangs: Gangs,
    decoys: Decoys,
    mixes: Option<Mixes>,
}

impl Economy {
    /// Opens all wallets.
    pub(super) fn open(ledger: &mut Ledger, options: &ChainOptions) -> Self {
        let age = Age::of(options);
        let users = options.wallets.max(ChainOptions::FEWEST_WALLETS) as usize;
        let mut mixes = options.mixes.then(|| Mixes::plan(users, age));
        for index in 0..users {
            let club = mixes.as_ref().and_then(|mixes| mixes.lock(index, age));
            let lock = club.unwrap_or_else(|| age.draw_lock(ledger));
            let holder = match lock {
                Lock::ScriptMultisig | Lock::WitnessMultisig | Lock::BareMultisig => Holder::Vault,
                _ => Holder::User,
            };
            let wallet = open(ledger, holder, lock);
            if club.is_some() {
                ledger.wallets[wallet].habit = Habit::Fresh;
            }
        }
        let exchanges = Exchanges::open(ledger, users, age.segwit);
        let shops = (0..users.div_ceil(50)).map(|_| {
            let lock = age.draw_lock(ledger);
            open(ledger, Holder::Shop, if lock == Lock::BareMultisig { Lock::Key } else { lock })
        });
        let mut shops: Vec<usize> = shops.collect();
        let pools = (0..10).map(|index| {
            let lock = match index {
                0 | 1 if options.network == ChainNetwork::Main && options.start_height < 250_000 => Lock::PublicKey,
                4..=7 if age.segwit => Lock::WitnessKey,
                8 | 9 if age.segwit => Lock::Nested,
                _ => Lock::Key,
            };
            let pool = open(ledger, Holder::Pool, lock);
            let wallet = &mut ledger.wallets[pool];
            (wallet.software, wallet.selection) = (&EXCHANGE[0], Selection::Oldest);
            wallet.habit = if index % 3 == 0 { Habit::Fresh } else { Habit::OneAddress };
            pool
        });
        let pools = pools.collect();
        let peels = Peels::open(ledger, users, age);
        let gangs = Gangs::open(ledger, users, age);
        let decoys = Decoys::open(ledger, age);
        if let Some(mixes) = &mut mixes {
            // A coordinator's fees are gathered and cashed like a shop's takings.
            shops.extend(mixes.open(ledger, age));
        }
        Self { users, shops, pools, exchanges, peels, gangs, decoys, mixes }
    }

    /// This block's fee rate in satoshi for a virtual byte: it wanders between 1 and 30.
    pub(super) fn fee_rate(&self, ledger: &mut Ledger) -> u64 {
        let step = ledger.dice.between(-2, 2);
        (ledger.rate.cast_signed() + step).clamp(1, 30).cast_unsigned()
    }

    /// Who finds this block; large pools more often.
    pub(super) fn miner(&self, ledger: &mut Ledger) -> usize {
        let last = self.pools.len() as i64 - 1;
        let rank = ledger.dice.between(0, last).min(ledger.dice.between(0, last));
        self.pools[rank as usize]
    }

    /// Fills a block.
    pub(super) fn live(&mut self, ledger: &mut Ledger) {
        // What is due falls somewhere among what people do.
        let early = ledger.budget * ledger.dice.between(0, 60) as usize / 100;
        self.people(ledger, early);
        self.pay_miners(ledger);
        self.exchanges.settle(ledger);
        self.cash_takings(ledger);
        self.peels.step(ledger, &mut self.exchanges);
        self.gangs.step(ledger, &mut self.exchanges, &mut self.peels);
        self.decoys.step(ledger, &mut self.exchanges, self.users, &self.shops);
        if let Some(mixes) = &mut self.mixes {
            mixes.step(ledger, &mut self.exchanges);
        }
        self.people(ledger, ledger.budget);
    }

    /// Lets people and exchanges act until the block has so many transactions, or nobody has money.
    fn people(&mut self, ledger: &mut Ledger, until: usize) {
        let mut tries = 2 * until.saturating_sub(ledger.made()) + 4;
        while ledger.made() < until && !ledger.full() && tries > 0 {
            tries -= 1;
            if ledger.dice.chance(9) || !self.person(ledger) {
                self.exchanges.withdraw(ledger);
            }
        }
    }

    /// Somebody pays somebody; false if the one drawn has no money.
    fn person(&mut self, ledger: &mut Ledger) -> bool {
        let payer = somebody(ledger, self.users);
        if ledger.wallets[payer].count() > UNTIDY {
            return ledger.gather(payer, payer, None, 60, TransactionKind::Consolidation);
        }
        let balance = ledger.balance(payer);
        if balance < POOR {
            return false;
        }
        let share = ledger.dice.between(2, 60) as u64;
        let satoshi = round_off(ledger, balance * share / 100).max(2_000);
        let to = |wallet| Payee { wallet, script: None, satoshi };
        let memo = if ledger.dice.chance(3) { ledger.dice.between(8, 80) as usize } else { 0 };
        match ledger.dice.between(0, 99) {
            0..=39 => {
                let shop = *ledger.dice.pick(&self.shops);
                ledger.pay(payer, &[to(shop)], memo, TransactionKind::Payment)
            }
            40..=69 => {
                let payee = somebody(ledger, self.users);
                ledger.pay(payer, &[to(payee)], memo, TransactionKind::Payment)
            }
            70..=95 => {
                let payee = self.exchanges.deposit(ledger, payer, satoshi);
                ledger.pay(payer, &[payee], 0, TransactionKind::Payment)
            }
            _ => {
                let count = ledger.dice.between(2, 5) as u64;
                let payee = |_| Payee {
                    wallet: somebody(ledger, self.users),
                    script: None,
                    satoshi: (satoshi / count).max(1_000) + ledger.dice.between(0, 500) as u64,
                };
                let payees: Vec<Payee> = (0..count).map(payee).collect();
                ledger.pay(payer, &payees, memo, TransactionKind::Payment)
            }
        }
    }

    /// Pools sell some of what is ripe and pay their members.
    fn pay_miners(&mut self, ledger: &mut Ledger) {
        for index in 0..self.pools.len() {
            let pool = self.pools[index];
            let ripe = ledger.balance(pool);
            if ledger.full() || ripe < 500_000 {
                continue;
            }
            let members = ledger.dice.between(3, 25) as u64;
            let mut payees = vec![self.exchanges.deposit(ledger, pool, ripe * 11 / 20)];
            for _ in 0..members {
                let wallet = somebody(ledger, self.users);
                payees.push(Payee { wallet, script: None, satoshi: ripe * 2 / 5 / members });
            }
            ledger.pay(pool, &payees, 0, TransactionKind::Payout);
        }
    }

    /// Shops make one coin of many, or send them all to an exchange.
    fn cash_takings(&mut self, ledger: &mut Ledger) {
        for index in 0..self.shops.len() {
            let shop = self.shops[index];
            if ledger.full() || ledger.wallets[shop].count() < 15 + shop % 40 {
                continue;
            }
            if ledger.dice.chance(60) {
                let Payee { wallet, script, .. } = self.exchanges.deposit(ledger, shop, 0);
                ledger.gather(shop, wallet, script, 120, TransactionKind::Payment);
            } else {
                ledger.gather(shop, shop, None, 120, TransactionKind::Consolidation);
            }
        }
    }
}

/// What wallets of the chain's first day can do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Age {
    pub(super) segwit: bool,
    pub(super) taproot: bool,
}

impl Age {
    fn of(options: &ChainOptions) -> Self {
        Self {
            segwit: options.network.segwit(options.start_height),
            taproot: options.network.taproot(options.start_height),
        }
    }

    /// How a wallet of this age locks its coins, by the shares of 2022 or of 2016.
    pub(super) fn draw_lock(self, ledger: &mut Ledger) -> Lock {
        match (self.segwit, ledger.dice.between(0, 99)) {
            (true, 0..=44) => Lock::WitnessKey,
            (true, 45..=62) => Lock::Nested,
            (true, 63..=82) => Lock::Key,
            (true, 83..=92) if self.taproot => Lock::Taproot,
            (true, 83..=92) => Lock::WitnessKey,
            (true, 93..=95) => Lock::WitnessMultisig,
            (false, 0..=92) => Lock::Key,
            (_, ..=98) => Lock::ScriptMultisig,
            _ => Lock::BareMultisig,
        }
    }

    /// The plainest lock of the age.
    pub(super) fn plain_lock(self) -> Lock {
        if self.segwit { Lock::WitnessKey } else { Lock::Key }
    }
}

/// Opens a wallet of a new owner with habits drawn at random.
pub(super) fn open(ledger: &mut Ledger, holder: Holder, lock: Lock) -> usize {
    let owner = ledger.new_owner();
    let software = ledger.dice.pick(&PERSONAL);
    let selection = *ledger.dice.pick(&[Selection::Oldest, Selection::Largest, Selection::SmallestSufficient]);
    let habit = match ledger.dice.between(0, 99) {
        0..=5 => Habit::OneAddress,
        6..=10 => Habit::ChangeBack,
        11..=18 => Habit::Careless,
        _ => Habit::Fresh,
    };
    ledger.wallets.push(Wallet::new(owner, holder, lock, software, selection, habit));
    ledger.wallets.len() - 1
}

/// One of the first `users` wallets; the first ones are the busiest.
pub(super) fn somebody(ledger: &mut Ledger, users: usize) -> usize {
    let last = users as i64 - 1;
    ledger.dice.between(0, last).min(ledger.dice.between(0, last)) as usize
}
