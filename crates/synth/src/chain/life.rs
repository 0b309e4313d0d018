//! What innocent people do on the chain: miners sell, an exchange pays out in batches, users pay shops and each other.

use super::wallet::Lock;
use super::{Chain, MATURITY};

const USERS: usize = 48;
const SHOPS: usize = 5;
const MINERS: usize = 3;

/// The owners who are not part of any scheme.
#[derive(Debug)]
pub(super) struct Life {
    exchange: usize,
    deposits: usize,
    vault: usize,
    miners: Vec<usize>,
    users: Vec<usize>,
    shops: Vec<usize>,
}

impl Life {
    /// Opens their wallets.
    pub(super) fn new(chain: &mut Chain) -> Self {
        let exchange = chain.named.get("exchange").copied().unwrap_or_default();
        let deposits = chain.open(Lock::Nested, false);
        let vault = chain.open(Lock::Multisig, true);
        let miners = (0..MINERS).map(|_| chain.open(Lock::WitnessKey, true)).collect();
        let locks = [Lock::WitnessKey, Lock::Key, Lock::Taproot, Lock::Nested, Lock::WitnessKey];
        let users = (0..USERS).map(|index| chain.open(locks[index % locks.len()], false)).collect();
        let shops = (0..SHOPS).map(|index| chain.open(locks[index], false)).collect();
        Self { exchange, deposits, vault, miners, users, shops }
    }

    /// Who finds a block.
    pub(super) fn miner(&self, height: u32) -> usize {
        self.miners[(height as usize * 7 + height as usize / 5) % self.miners.len()]
    }

    /// The transactions of one block. One that its payer cannot afford is left out, as in life.
    pub(super) fn block(&mut self, chain: &mut Chain, height: u32) {
        if height <= MATURITY {
            return;
        }
        let miner = *chain.dice.pick(&self.miners);
        let ripe = chain.wallets[miner].balance(height);
        if ripe > 100_000_000 {
            let share = chain.dice.between(30, 60) as u64;
            chain.pay(miner, &[(self.exchange, ripe / 100 * share)], None, height);
        }
        let payees: Vec<(usize, u64)> = (0..chain.dice.between(1, 4))
            .map(|_| (*chain.dice.pick(&self.users), chain.dice.between(200_000, 45_000_000) as u64))
            .collect();
        chain.pay(self.exchange, &payees, None, height);
        for _ in 0..chain.dice.between(3, 6) {
            self.user(chain, height);
        }
        if height.is_multiple_of(8) && chain.wallets[self.deposits].count() > 2 {
            // The sweep of the deposit addresses: the many-input transaction that clusters an exchange.
            let all = chain.wallets[self.deposits].balance(height);
            chain.pay(self.deposits, &[(self.exchange, all * 97 / 100)], None, height);
        }
        if height.is_multiple_of(13) {
            let shop = *chain.dice.pick(&self.shops);
            let all = chain.wallets[shop].balance(height);
            chain.pay(shop, &[(self.deposits, all * 9 / 10)], None, height);
        }
        if height.is_multiple_of(21) {
            chain.pay(self.exchange, &[(self.vault, 150_000_000)], None, height);
        }
        if height.is_multiple_of(50) {
            chain.pay(self.vault, &[(self.exchange, 90_000_000)], None, height);
        }
    }

    fn user(&self, chain: &mut Chain, height: u32) {
        let user = *chain.dice.pick(&self.users);
        let have = chain.wallets[user].balance(height);
        let share = chain.dice.between(5, 80) as u64;
        if have < 100_000 {
            return;
        }
        let payee = match chain.dice.between(0, 9) {
            0..=4 => *chain.dice.pick(&self.shops),
            5..=7 => *chain.dice.pick(&self.users),
            _ => self.deposits,
        };
        let memo: [u8; 20] = chain.dice.bytes();
        let memo = chain.dice.chance(4).then_some(&memo);
        chain.pay(user, &[(payee, have / 100 * share)], memo, height);
    }
}
