//! What looks like something else: equal payments that are no mix, imitations of mixes, PayJoins, dust, empty outputs.

use super::economy::{Age, open, somebody};
use super::exchange::{Exchanges, round_off};
use super::kind::TransactionKind;
use super::ledger::{Fate, Ledger};
use super::wallet::Holder;

/// One decoy in so many transactions.
const EVERY: usize = 60;
/// What dust is worth: the least that nodes relay to a P2PKH script.
const DUST: u64 = 546;

#[derive(Debug)]
pub(super) struct Decoys {
    sprayer: usize,
    /// Transactions made since the last decoy.
    credit: usize,
    turn: usize,
}

impl Decoys {
    pub(super) fn open(ledger: &mut Ledger, age: Age) -> Self {
        Self { sprayer: open(ledger, Holder::Sprayer, age.plain_lock()), credit: 0, turn: 0 }
    }

    /// Plants as many as are due.
    pub(super) fn step(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges, users: usize, shops: &[usize]) {
        self.credit += ledger.budget;
        while self.credit >= EVERY && !ledger.full() {
            self.credit -= EVERY;
            self.turn += 1;
            // Whom the draw falls on may be too poor; somebody else is asked a few times.
            for _ in 0..12 {
                let done = match self.turn % 8 {
                    0 => exchanges.bonus(ledger),
                    1 => self.spray(ledger, exchanges, users),
                    2 | 3 => stonewall(ledger, users),
                    4 => zero_value(ledger, users),
                    _ => payjoin(ledger, users, shops),
                };
                if done {
                    break;
                }
            }
        }
    }

    /// Crumbs to scripts that were seen before. A quarter is noticed and gets spent with the rest.
    fn spray(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges, users: usize) -> bool {
        let count = ledger.dice.between(20, 120) as u64;
        let cost = count * DUST + (11 + 44 * count) * ledger.rate;
        let Some((left, coins)) = ledger.draw(self.sprayer, cost, 10) else {
            exchanges.ask(self.sprayer, 1_000_000);
            return true;
        };
        ledger.begin();
        coins.iter().for_each(|coin| ledger.input(self.sprayer, *coin));
        for _ in 0..count {
            let target = somebody(ledger, users);
            let scripts = ledger.wallets[target].scripts;
            if scripts > 0 {
                let script = ledger.dice.between(0, i64::from(scripts) - 1) as u32;
                let fate = if ledger.dice.chance(25) { Fate::Kept } else { Fate::Lost };
                ledger.output(target, Some(script), DUST, fate);
            }
        }
        if left - cost >= 1_000 {
            ledger.output(self.sprayer, None, left - cost, Fate::Change);
        } else {
            ledger.memo(20);
        }
        let software = ledger.wallets[self.sprayer].software;
        ledger.finish(software, TransactionKind::DustSpray);
        true
    }
}

/// One owner pays as if two mixed: the payment, a decoy of the same value to itself, and two changes.
fn stonewall(ledger: &mut Ledger, users: usize) -> bool {
    let (payer, payee) = (somebody(ledger, users), somebody(ledger, users));
    let fee = (6 + 2 * 43) * ledger.rate;
    let satoshi = round_off(ledger, ledger.balance(payer) / 5);
    if payer == payee || satoshi < 10_000 || ledger.wallets[payer].count() < 2 {
        return false;
    }
    let each = satoshi + fee + 3_000;
    let Some((first, mut coins)) = ledger.draw(payer, each, 5) else { return false };
    let Some((second, more)) = ledger.draw(payer, each, 5) else {
        ledger.wallets[payer].give_back(coins);
        return false;
    };
    coins.extend(more);
    if first == second {
        ledger.wallets[payer].give_back(coins);
        return false;
    }
    ledger.begin();
    coins.iter().for_each(|coin| ledger.input(payer, *coin));
    ledger.output(payee, None, satoshi, Fate::Kept);
    ledger.output(payer, None, satoshi, Fate::Change);
    ledger.output(payer, None, first - satoshi - fee, Fate::Change);
    ledger.output(payer, None, second - satoshi - fee, Fate::Change);
    let software = ledger.wallets[payer].software;
    ledger.finish(software, TransactionKind::Stonewall);
    true
}

/// BIP78: the shop adds a coin of its own, so that inputs have two owners and the amount is hidden.
fn payjoin(ledger: &mut Ledger, users: usize, shops: &[usize]) -> bool {
    let (payer, shop) = (somebody(ledger, users), *ledger.dice.pick(shops));
    let satoshi = round_off(ledger, ledger.balance(payer) / 4);
    let shop_lock = ledger.wallets[shop].lock;
    let mut theirs = Vec::new();
    if satoshi < 20_000 || ledger.wallets[shop].take_all(ledger.height, 10_000, 1, &mut theirs) == 0 {
        return false;
    }
    let cost = satoshi + (11 + 43 + shop_lock.input_size() + shop_lock.output_size()) * ledger.rate;
    let Some((left, coins)) = ledger.draw(payer, cost, 20) else {
        ledger.wallets[shop].give_back(theirs);
        return false;
    };
    ledger.begin();
    coins.iter().for_each(|coin| ledger.input(payer, *coin));
    theirs.iter().for_each(|coin| ledger.input(shop, *coin));
    let brought: u64 = theirs.iter().map(|coin| coin.satoshi).sum();
    ledger.output(shop, None, satoshi + brought, Fate::Kept);
    if left - cost >= 1_000 {
        ledger.output(payer, None, left - cost, Fate::Change);
    }
    let software = ledger.wallets[payer].software;
    ledger.finish(software, TransactionKind::PayJoin);
    true
}

/// A payment with an output of nothing beside it, which its owner may spend or forget.
fn zero_value(ledger: &mut Ledger, users: usize) -> bool {
    let (payer, payee) = (somebody(ledger, users), somebody(ledger, users));
    let satoshi = ledger.balance(payer) / 6;
    let cost = satoshi + (11 + 3 * 114) * ledger.rate;
    if satoshi < 5_000 {
        return false;
    }
    let Some((left, coins)) = ledger.draw(payer, cost, 20) else { return false };
    ledger.begin();
    coins.iter().for_each(|coin| ledger.input(payer, *coin));
    ledger.output(payee, None, satoshi, Fate::Kept);
    let fate = if ledger.dice.chance(50) { Fate::Kept } else { Fate::Lost };
    ledger.output(payee, None, 0, fate);
    if left - cost >= 1_000 {
        ledger.output(payer, None, left - cost, Fate::Change);
    }
    let software = ledger.wallets[payer].software;
    ledger.finish(software, TransactionKind::ZeroValue);
    true
}
