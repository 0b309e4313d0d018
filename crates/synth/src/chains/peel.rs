//! Peel chains: a large coin goes from hand to hand of one owner, and at each hop a little is peeled off.

use super::economy::{Age, open, somebody};
use super::exchange::Exchanges;
use super::kind::TransactionKind;
use super::ledger::{Fate, Ledger};
use super::wallet::{Coin, Holder};

/// Too little to go on with.
const REST: u64 = 60_000;
/// Blocks an owner waits for the coin it asked for.
const PATIENCE: u32 = 20;

/// One chain under way.
#[derive(Debug, Clone, Copy)]
struct Peel {
    wallet: usize,
    coin: Coin,
    hops: u32,
    kind: TransactionKind,
}

/// All chains under way, and the owners of those that criminals do not own.
#[derive(Debug)]
pub(super) struct Peels {
    under_way: Vec<Peel>,
    /// Wallets, each with the height at which it asked for a large coin.
    owners: Vec<(usize, u32)>,
    turn: usize,
    users: usize,
}

impl Peels {
    pub(super) fn open(ledger: &mut Ledger, users: usize, age: Age) -> Self {
        let owners = (0..(users / 200).max(2)).map(|_| (open(ledger, Holder::Peeler, age.plain_lock()), 0));
        Self { owners: owners.collect(), under_way: Vec::new(), turn: 0, users }
    }

    /// Whether another chain may begin. There is a bound, so that a queue of them cannot outgrow the blocks.
    pub(super) fn has_room(&self, ledger: &Ledger) -> bool {
        self.under_way.len() < ledger.budget / 20 + 4
    }

    /// Lets a chain begin with a coin that is in nobody's wallet.
    pub(super) fn begin(&mut self, wallet: usize, coin: Coin, hops: u32, kind: TransactionKind) {
        self.under_way.push(Peel { wallet, coin, hops, kind });
    }

    /// A few hops of every chain, and a new chain for owners who have none.
    pub(super) fn step(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges) {
        let begun = self.under_way.iter().filter(|peel| peel.kind == TransactionKind::Peel).count();
        for _ in begun..(ledger.budget / 60).clamp(1, begun + 2) {
            self.start(ledger, exchanges);
        }
        // Peels are a few of a hundred transactions, however many there are of them.
        let mut hops = ledger.budget / 16 + 1;
        let mut index = 0;
        while index < self.under_way.len() && hops > 0 && !ledger.full() {
            let row = ledger.dice.between(1, 3) as usize;
            let mut ended = false;
            for _ in 0..row.min(hops) {
                let ready = self.under_way[index].coin.ready <= ledger.height;
                if ended || !ready || ledger.full() {
                    break;
                }
                hops -= 1;
                ended = self.hop(ledger, exchanges, index);
            }
            if ended {
                self.under_way.remove(index);
            } else {
                index += 1;
            }
        }
        // Whoever waited goes first next time.
        let moved = index.min(self.under_way.len());
        self.under_way.rotate_left(moved);
    }

    /// The next owner begins a chain, or asks an exchange for the coin to begin with.
    fn start(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges) {
        self.turn = (self.turn + 1) % self.owners.len();
        let (wallet, asked) = self.owners[self.turn];
        if !self.has_room(ledger) || self.under_way.iter().any(|peel| peel.wallet == wallet) {
            return;
        }
        let mut coins = Vec::new();
        let large = (exchanges.typical * 20).max(2_000_000);
        ledger.wallets[wallet].take_all(ledger.height, large / 2, 1, &mut coins);
        if let Some(coin) = coins.pop() {
            let hops = ledger.dice.between(20, 200) as u32;
            self.begin(wallet, coin, hops, TransactionKind::Peel);
        } else if ledger.height >= asked + PATIENCE {
            self.owners[self.turn].1 = ledger.height;
            exchanges.ask(wallet, large + exchanges.typical * ledger.dice.between(0, 100) as u64);
        }
    }

    /// One hop; true if it was the last.
    fn hop(&mut self, ledger: &mut Ledger, exchanges: &mut Exchanges, index: usize) -> bool {
        let Peel { wallet, coin, hops, kind } = self.under_way[index];
        let lock = ledger.wallets[wallet].lock;
        let fee = (11 + lock.input_size() + lock.output_size() + 43) * ledger.rate;
        let peeled = coin.satoshi * ledger.dice.between(2, 40) as u64 / 1_000;
        let rest = coin.satoshi.saturating_sub(peeled.max(3_000) + fee);
        ledger.begin();
        ledger.input(wallet, coin);
        let software = ledger.wallets[wallet].software;
        if hops == 0 || rest < REST {
            let payee = exchanges.deposit(ledger, wallet, coin.satoshi.saturating_sub(fee));
            if payee.satoshi < 1_000 {
                ledger.put(wallet, coin);
                return true;
            }
            ledger.output(payee.wallet, payee.script, payee.satoshi, Fate::Kept);
            ledger.finish(software, kind);
            return true;
        }
        if kind == TransactionKind::RansomPeel || ledger.dice.chance(60) {
            let customer = if ledger.dice.chance(50) { wallet } else { somebody(ledger, self.users) };
            let payee = exchanges.deposit(ledger, customer, peeled.max(3_000));
            ledger.output(payee.wallet, payee.script, payee.satoshi, Fate::Kept);
        } else {
            let payee = somebody(ledger, self.users);
            ledger.output(payee, None, peeled.max(3_000), Fate::Kept);
        }
        ledger.output(wallet, None, rest, Fate::HeldChange);
        ledger.finish(software, kind);
        let next = ledger.held.pop();
        let peel = &mut self.under_way[index];
        peel.hops -= 1;
        next.is_none_or(|(_, coin)| {
            peel.coin = coin;
            false
        })
    }
}
