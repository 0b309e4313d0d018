//! The chain while it grows: wallets, the block under construction, and the one way to make a transaction.
//!
//! A transaction is drafted (`begin`, `input`, `output`, …) and finished. Finishing puts it in its program's order, writes
//! its bytes straight into the block's body, hashes it, hands its outputs to their wallets and tells the truth.
//!
//! Memory holds the wallets, their unspent coins and one block; nothing of a transaction stays when its block is written.

use std::path::Path;

use bitcoin::hashes::{Hash as _, HashEngine as _, sha256d};

use super::ChainNetwork;
use super::file::BlockFiles;
use super::kind::TransactionKind;
use super::lock::{Keys, Lock, Locked};
use super::software::{Order, Software};
use super::truth::Truth;
use super::wallet::{Coin, Habit, Hash, Wallet};
use crate::SynthError;
use crate::random::Dice;

/// Change below this goes to the miner.
const CRUMB: u64 = 1_000;
/// A transaction takes no more inputs than this from the wallet rules.
const MOST_INPUTS: usize = 150;

/// Somebody to be paid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Payee {
    pub(super) wallet: usize,
    /// The script to pay to, or one by the wallet's habit.
    pub(super) script: Option<u32>,
    pub(super) satoshi: u64,
}

/// What happens to an output's coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It goes into the wallet of its owner.
    Kept,
    /// The same, and it is change.
    Change,
    /// It is handed to whoever drafted the transaction ([`Ledger::held`]).
    Held,
    /// The same, and it is change.
    HeldChange,
    /// Nobody will ever spend it.
    Lost,
}

#[derive(Debug, Clone, Copy)]
struct Input {
    wallet: u32,
    coin: Coin,
}

#[derive(Debug, Clone, Copy)]
struct Output {
    satoshi: u64,
    /// Where its script lies in the draft's bytes.
    script: (u32, u32),
    wallet: u32,
    number: u32,
    fate: Fate,
}

/// A transaction in the making. Kept and filled again.
#[derive(Debug, Default)]
struct Draft {
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    scripts: Vec<u8>,
}

/// Transactions of the block under construction, the coinbase aside.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) txids: Vec<Hash>,
    pub(super) wtxids: Vec<Hash>,
    pub(super) weight: u64,
    pub(super) fees: u64,
}

impl Body {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.txids.clear();
        self.wtxids.clear();
        (self.weight, self.fees) = (0, 0);
    }
}

/// Running totals.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) kinds: Vec<u64>,
    pub(super) inputs: u64,
    pub(super) outputs: u64,
    pub(super) scripts: u64,
    pub(super) coins: u64,
    pub(super) peak_coins: u64,
}

/// The chain while it grows.
#[derive(Debug)]
pub(super) struct Ledger {
    pub(super) dice: Dice,
    pub(super) network: ChainNetwork,
    pub(super) wallets: Vec<Wallet>,
    /// The block under construction.
    pub(super) height: u32,
    /// What this block's transactions pay, in satoshi for a virtual byte.
    pub(super) rate: u64,
    /// How many transactions this block should have.
    pub(super) budget: usize,
    pub(super) body: Body,
    pub(super) files: BlockFiles,
    pub(super) truth: Truth,
    pub(super) totals: Totals,
    /// Coins of finished transactions whose fate was to be held, in the order of the outputs as drafted.
    pub(super) held: Vec<(usize, Coin)>,
    owners: u32,
    keys: Keys,
    draft: Draft,
    taken: Vec<Coin>,
    payers: Vec<u32>,
    script_sig: Vec<u8>,
    witness: Vec<u8>,
    fault: Option<String>,
}

impl Ledger {
    /// Opens the block files; the truth is told to nobody until there is somewhere to write it.
    pub(super) fn new(seed: u64, network: ChainNetwork, folder: &Path, xor: bool) -> Result<Self, SynthError> {
        let mut dice = Dice::new(seed, crate::random::Stream::Chains);
        let key = (dice.bits() | 1).to_le_bytes();
        let magic = network.parameters().magic().to_bytes();
        let files = BlockFiles::create(folder, magic, if xor { key } else { [0; 8] })?;
        Ok(Self {
            dice,
            network,
            wallets: Vec::new(),
            height: 0,
            rate: 1,
            budget: 0,
            body: Body::default(),
            files,
            truth: Truth::none(),
            totals: Totals { kinds: vec![0; TransactionKind::ALL.len()], ..Totals::default() },
            held: Vec::new(),
            owners: 0,
            keys: Keys::new(seed),
            draft: Draft::default(),
            taken: Vec::new(),
            payers: Vec::new(),
            script_sig: Vec::new(),
            witness: Vec::new(),
            fault: None,
        })
    }

    /// A number nobody has been given.
    pub(super) fn new_owner(&mut self) -> u32 {
        self.owners += 1;
        self.owners
    }

    /// Transactions in the block so far.
    pub(super) fn made(&self) -> usize {
        self.body.txids.len()
    }

    /// Whether the block has all it should have, or nearly all that fits: a mix or a sweep takes up to 100,000 more.
    pub(super) fn full(&self) -> bool {
        self.made() >= self.budget || self.body.weight > 3_600_000
    }

    /// What a wallet can spend now.
    pub(super) fn balance(&self, wallet: usize) -> u64 {
        self.wallets[wallet].balance(self.height)
    }

    /// The plan's own mistake, if it made one: money from nothing.
    pub(super) fn fault(&mut self) -> Result<(), SynthError> {
        self.fault.take().map_or(Ok(()), |fault| Err(SynthError::Inconsistent(fault)))
    }

    /// Shows a new script of a wallet and returns its number.
    pub(super) fn new_script(&mut self, wallet: usize) -> u32 {
        let before = self.draft.scripts.len();
        let number = self.append_new_script(wallet);
        self.draft.scripts.truncate(before);
        number
    }

    fn append_new_script(&mut self, wallet: usize) -> u32 {
        let owner = &mut self.wallets[wallet];
        let number = owner.scripts;
        owner.scripts += 1;
        self.totals.scripts += 1;
        let before = self.draft.scripts.len();
        self.keys.lock(owner.lock, wallet as u32, number, &mut self.draft.scripts);
        self.truth.script(&self.draft.scripts[before..], owner.owner, owner.holder);
        number
    }

    /// The script a wallet's owner would give to somebody who wants to pay, or nothing for a new one.
    fn shown(&mut self, wallet: usize) -> Option<u32> {
        let Wallet { habit, scripts, .. } = self.wallets[wallet];
        match habit {
            _ if scripts == 0 => None,
            Habit::OneAddress => Some(0),
            Habit::Careless if self.dice.chance(30) => Some(self.dice.between(0, i64::from(scripts) - 1) as u32),
            _ => None,
        }
    }

    /// Begins a draft; what was drafted before and not finished is forgotten.
    pub(super) fn begin(&mut self) {
        self.draft.inputs.clear();
        self.draft.outputs.clear();
        self.draft.scripts.clear();
    }

    /// Adds an input.
    pub(super) fn input(&mut self, wallet: usize, coin: Coin) {
        self.draft.inputs.push(Input { wallet: wallet as u32, coin });
    }

    /// Adds an output to a script of a wallet, or to a new one.
    pub(super) fn output(&mut self, wallet: usize, script: Option<u32>, satoshi: u64, fate: Fate) {
        let start = self.draft.scripts.len() as u32;
        let number = match script {
            Some(number) => {
                let lock = self.wallets[wallet].lock;
                self.keys.lock(lock, wallet as u32, number, &mut self.draft.scripts);
                number
            }
            None => self.append_new_script(wallet),
        };
        let script = (start, self.draft.scripts.len() as u32);
        self.draft.outputs.push(Output { satoshi, script, wallet: wallet as u32, number, fate });
    }

    /// Adds an output to a script that no wallet of this chain can spend.
    pub(super) fn foreign_output(&mut self, script: &[u8], satoshi: u64) {
        let start = self.draft.scripts.len() as u32;
        self.draft.scripts.extend_from_slice(script);
        let script = (start, self.draft.scripts.len() as u32);
        self.draft.outputs.push(Output { satoshi, script, wallet: 0, number: 0, fate: Fate::Lost });
    }

    /// Adds an OP_RETURN of so many bytes, up to 80.
    pub(super) fn memo(&mut self, length: usize) {
        let bytes = self.dice.bytes::<80>();
        let mut script = vec![0x6a];
        if length > 75 {
            script.push(0x4c);
        }
        script.push(length as u8);
        script.extend_from_slice(&bytes[..length.min(80)]);
        self.foreign_output(&script, 0);
    }

    /// Takes coins worth `wanted` and their own fees out of a wallet by its rule; nothing if it has too little.
    pub(super) fn draw(&mut self, wallet: usize, wanted: u64, most: usize) -> Option<(u64, Vec<Coin>)> {
        let fee = self.wallets[wallet].lock.input_size() * self.rate;
        let mut coins = Vec::new();
        let sum = self.wallets[wallet].take(self.height, wanted, fee, most, &mut coins)?;
        Some((sum - fee * coins.len() as u64, coins))
    }

    /// Puts a coin that was held into a wallet, which may forget it.
    pub(super) fn put(&mut self, wallet: usize, coin: Coin) {
        if !self.wallets[wallet].put(coin) {
            self.totals.coins = self.totals.coins.saturating_sub(1);
        }
    }

    /// Pays from a wallet's coins by its own rules, change back to it; false if it has too little.
    pub(super) fn pay(&mut self, from: usize, payees: &[Payee], memo: usize, kind: TransactionKind) -> bool {
        let Wallet { lock, software, habit, .. } = self.wallets[from];
        let wanted: u64 = payees.iter().map(|payee| payee.satoshi).sum();
        let memo_size = if memo > 0 { 12 + memo as u64 } else { 0 };
        let sizes: u64 = payees.iter().map(|payee| self.wallets[payee.wallet].lock.output_size()).sum();
        let size = 11 + sizes + memo_size + lock.output_size();
        let input_fee = lock.input_size() * self.rate;
        let mut taken = std::mem::take(&mut self.taken);
        taken.clear();
        let sum = self.wallets[from].take(self.height, wanted + size * self.rate, input_fee, MOST_INPUTS, &mut taken);
        let paid = sum.is_some();
        if let Some(sum) = sum {
            self.begin();
            taken.iter().for_each(|coin| self.input(from, *coin));
            for payee in payees {
                let script = payee.script.or_else(|| self.shown(payee.wallet));
                self.output(payee.wallet, script, payee.satoshi, Fate::Kept);
            }
            let change = sum - wanted - size * self.rate - input_fee * taken.len() as u64;
            if change >= CRUMB {
                let back = match habit {
                    Habit::ChangeBack | Habit::OneAddress => taken.first().map(|coin| coin.script),
                    Habit::Fresh | Habit::Careless => None,
                };
                self.output(from, back, change, Fate::Change);
            }
            if memo > 0 {
                self.memo(memo);
            }
            self.finish(software, kind);
        }
        self.taken = taken;
        paid
    }

    /// Sends up to `most` of a wallet's coins to one script, the fee taken from them; false if that is not worth it.
    pub(super) fn gather(
        &mut self,
        from: usize,
        to: usize,
        script: Option<u32>,
        most: usize,
        kind: TransactionKind,
    ) -> bool {
        let Wallet { lock, software, .. } = self.wallets[from];
        let (input_fee, output_size) = (lock.input_size() * self.rate, self.wallets[to].lock.output_size());
        let mut taken = std::mem::take(&mut self.taken);
        taken.clear();
        let sum = self.wallets[from].take_all(self.height, input_fee + 1, most, &mut taken);
        let fee = input_fee * taken.len() as u64 + (11 + output_size) * self.rate;
        let worth = sum > fee + CRUMB;
        if worth {
            self.begin();
            taken.iter().for_each(|coin| self.input(from, *coin));
            let script = script.or_else(|| self.shown(to));
            let own = self.wallets[from].owner == self.wallets[to].owner;
            self.output(to, script, sum - fee, if own { Fate::Change } else { Fate::Kept });
            self.finish(software, kind);
        } else {
            self.wallets[from].give_back(taken.drain(..));
        }
        self.taken = taken;
        worth
    }

    /// Makes the drafted transaction, and what it has more in inputs than in outputs its fee.
    pub(super) fn finish(&mut self, software: &Software, kind: TransactionKind) -> Hash {
        let mut draft = std::mem::take(&mut self.draft);
        draft.arrange(software, &mut self.dice);
        let lock_time = if software.anti_sniping { self.recent_height() } else { 0 };
        let (txid, size, stripped) = self.write(&draft, software, lock_time);
        self.body.weight += (3 * stripped + size) as u64;

        let taken: u64 = draft.inputs.iter().map(|input| input.coin.satoshi).sum();
        let given: u64 = draft.outputs.iter().map(|output| output.satoshi).sum();
        match taken.checked_sub(given) {
            Some(fee) => self.body.fees += fee,
            None => self.fault = Some(format!("a {} at {} pays {given} of {taken}", kind.name(), self.height)),
        }
        self.payers.clear();
        self.payers.extend(draft.inputs.iter().map(|input| self.wallets[input.wallet as usize].owner));
        self.payers.sort_unstable();
        self.payers.dedup();
        self.truth.transaction(&txid, self.height, kind, &self.payers);
        self.totals.kinds[kind as usize] += 1;
        self.totals.inputs += draft.inputs.len() as u64;
        self.totals.outputs += draft.outputs.len() as u64;
        self.totals.coins = self.totals.coins.saturating_sub(draft.inputs.len() as u64);
        for (vout, output) in draft.outputs.iter().enumerate() {
            if matches!(output.fate, Fate::Change | Fate::HeldChange) {
                self.truth.change(&txid, vout);
            }
            self.hand_over(txid, vout as u32, output);
        }
        self.totals.peak_coins = self.totals.peak_coins.max(self.totals.coins);
        self.draft = draft;
        txid
    }

    /// Gives a coin to its wallet, or holds it for the drafter.
    fn hand_over(&mut self, txid: Hash, vout: u32, output: &Output) {
        let Output { satoshi, wallet, number, fate, .. } = *output;
        let at = wallet as usize;
        let wait = u32::from(self.wallets.get(at).is_some_and(|wallet| !wallet.software.unconfirmed));
        let coin = Coin { txid, vout, satoshi, script: number, ready: self.height + wait };
        match fate {
            Fate::Lost => {}
            Fate::Held | Fate::HeldChange => {
                self.held.push((at, coin));
                self.totals.coins += 1;
            }
            Fate::Kept | Fate::Change => {
                if self.wallets[at].put(coin) {
                    self.totals.coins += 1;
                }
            }
        }
    }

    /// The tip's height, in one case of ten up to 99 lower: Bitcoin Core's rule against fee sniping.
    fn recent_height(&mut self) -> u32 {
        let tip = self.height.saturating_sub(1);
        if self.dice.chance(10) { tip.saturating_sub(self.dice.between(0, 99) as u32) } else { tip }
    }

    /// Writes a transaction into the block's body; returns its id and its sizes with and without witnesses.
    fn write(&mut self, draft: &Draft, software: &Software, lock_time: u32) -> (Hash, usize, usize) {
        let body = &mut self.body.bytes;
        let start = body.len();
        body.extend_from_slice(&software.version.to_le_bytes());
        let witnessed = draft.inputs.iter().any(|input| self.wallets[input.wallet as usize].lock.has_witness());
        if witnessed {
            body.extend_from_slice(&[0, 1]);
        }
        let core = body.len();
        self.witness.clear();
        compact_size(draft.inputs.len(), body);
        for Input { wallet, coin } in &draft.inputs {
            let locked = Locked {
                lock: self.wallets[*wallet as usize].lock,
                wallet: *wallet,
                script: coin.script,
                low_r: software.low_r,
            };
            self.script_sig.clear();
            self.keys.unlock(locked, &mut self.dice, &mut self.script_sig, &mut self.witness);
            body.extend_from_slice(&coin.txid);
            body.extend_from_slice(&coin.vout.to_le_bytes());
            compact_size(self.script_sig.len(), body);
            body.extend_from_slice(&self.script_sig);
            body.extend_from_slice(&software.sequence.to_le_bytes());
        }
        compact_size(draft.outputs.len(), body);
        for output in &draft.outputs {
            let script = draft.script(output);
            body.extend_from_slice(&output.satoshi.to_le_bytes());
            compact_size(script.len(), body);
            body.extend_from_slice(script);
        }
        let end = body.len();
        if witnessed {
            body.extend_from_slice(&self.witness);
        }
        body.extend_from_slice(&lock_time.to_le_bytes());

        let txid = double_hash(&[&body[start..start + 4], &body[core..end], &lock_time.to_le_bytes()]);
        let wtxid = if witnessed { double_hash(&[&body[start..]]) } else { txid };
        self.body.txids.push(txid);
        self.body.wtxids.push(wtxid);
        (txid, body.len() - start, end - core + 8)
    }

    /// The script of a wallet by number, for the coinbase.
    pub(super) fn coinbase_script(&mut self, wallet: usize) -> (u32, Vec<u8>) {
        self.begin();
        let script = self.shown(wallet);
        self.output(wallet, script, 0, Fate::Lost);
        let number = self.draft.outputs.first().map_or(0, |output| output.number);
        (number, std::mem::take(&mut self.draft.scripts))
    }
}

impl Draft {
    fn script(&self, output: &Output) -> &[u8] {
        &self.scripts[output.script.0 as usize..output.script.1 as usize]
    }

    /// Puts inputs and outputs into the order the program would.
    fn arrange(&mut self, software: &Software, dice: &mut Dice) {
        match software.inputs {
            Order::AsMade => {}
            Order::Shuffled => shuffle(&mut self.inputs, dice),
            Order::Falling => self.inputs.sort_by_key(|input| std::cmp::Reverse(input.coin.satoshi)),
            // BIP69 compares ids as they are shown, which is backwards.
            Order::Sorted => self.inputs.sort_unstable_by(|left, right| {
                let (left, right) = (&left.coin, &right.coin);
                left.txid.iter().rev().cmp(right.txid.iter().rev()).then(left.vout.cmp(&right.vout))
            }),
        }
        let mut outputs = std::mem::take(&mut self.outputs);
        match software.outputs {
            Order::AsMade => {}
            Order::Shuffled => shuffle(&mut outputs, dice),
            Order::Falling => outputs.sort_by_key(|output| std::cmp::Reverse(output.satoshi)),
            Order::Sorted => outputs.sort_by(|left, right| {
                left.satoshi.cmp(&right.satoshi).then_with(|| self.script(left).cmp(self.script(right)))
            }),
        }
        self.outputs = outputs;
    }
}

fn shuffle<T>(items: &mut [T], dice: &mut Dice) {
    for place in (1..items.len()).rev() {
        items.swap(place, dice.between(0, place as i64) as usize);
    }
}

/// SHA-256 twice over the parts in a row.
pub(super) fn double_hash(parts: &[&[u8]]) -> Hash {
    let mut engine = sha256d::Hash::engine();
    parts.iter().for_each(|part| engine.input(part));
    *sha256d::Hash::from_engine(engine).as_byte_array()
}

/// Bitcoin's variable-length count.
pub(super) fn compact_size(value: usize, out: &mut Vec<u8>) {
    match value {
        0..=0xfc => out.push(value as u8),
        0xfd..=0xffff => {
            out.push(0xfd);
            out.extend_from_slice(&(value as u16).to_le_bytes());
        }
        _ => {
            out.push(0xfe);
            out.extend_from_slice(&(value as u32).to_le_bytes());
        }
    }
}

impl Lock {
    fn has_witness(self) -> bool {
        matches!(self, Self::WitnessKey | Self::Nested | Self::Taproot | Self::WitnessMultisig)
    }
}
