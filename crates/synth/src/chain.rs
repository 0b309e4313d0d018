//! A small regtest chain in the files of Bitcoin Core.
//!
//! Everything a reader of block files relies on is true: links, merkle roots, proof of work at regtest's target, BIP34
//! heights, witness commitments, coinbase maturity, subsidies, and every input spends an output that exists. What is
//! *not* true are the signatures: they are bytes of the right shape, because nothing that follows money verifies a
//! script, and real ones would add a curve library and half a megabyte of noise. A node would refuse these blocks.
//!
//! The file is stored as Core stores it since version 28: records in download order, a stale block among them, and the
//! whole XORed with the key in `xor.dat`.

use std::collections::BTreeMap;

use bitcoin::block::{Header, Version};
use bitcoin::consensus::encode::serialize;
use bitcoin::hashes::Hash;
use bitcoin::opcodes::all::OP_RETURN;
use bitcoin::script::Builder;
use bitcoin::{Amount, Block, BlockHash, CompactTarget, Network, OutPoint, ScriptBuf, Sequence, Transaction, TxIn};
use bitcoin::{TxMerkleNode, TxOut, Txid, Witness, absolute, transaction};

use crate::SynthError;
use crate::calendar::Moment;
use crate::random::{Dice, Stream};

mod life;
mod schedule;
mod wallet;

pub(crate) use schedule::{BLOCKS, Schedule};
use wallet::{Coin, Lock, Wallet};

/// Outputs of a coinbase wait this long.
const MATURITY: u32 = 100;
/// The height at which somebody else's block lost.
const STALE: u32 = 220;

/// A transfer the schemes ask for.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) height: u32,
    pub(crate) from: &'static str,
    pub(crate) to: &'static str,
    pub(crate) satoshi: u64,
    /// The id of the scheme it is evidence of, or nothing.
    pub(crate) scheme: &'static str,
    /// Whether its value is part of the scheme's amount.
    pub(crate) counted: bool,
}

/// A transfer that was made.
#[derive(Debug)]
pub(crate) struct Moved {
    pub(crate) scheme: &'static str,
    pub(crate) txid: Txid,
    pub(crate) time: Moment,
    pub(crate) satoshi: u64,
    pub(crate) counted: bool,
}

/// The chain while it grows.
#[derive(Debug)]
pub(crate) struct Chain {
    dice: Dice,
    blocks: Vec<Block>,
    stale: Vec<Block>,
    wallets: Vec<Wallet>,
    named: BTreeMap<&'static str, usize>,
    pending: Vec<Transaction>,
    fees: u64,
    moved: Vec<Moved>,
}

/// The wallets that schemes and the watchlist know by name. They keep to one address each, as careless owners do.
const NAMED: [&str; 10] = [
    "exchange",
    "sanctioned",
    "kestrel-a",
    "kestrel-b",
    "kestrel-c",
    "kestrel-main",
    "direct-payer",
    "hop-payer",
    "hop-middle",
    "dusted",
];

impl Chain {
    /// The genesis block and empty wallets.
    pub(crate) fn new(seed: u64) -> Self {
        let genesis = bitcoin::constants::genesis_block(Network::Regtest);
        let mut chain = Self {
            dice: Dice::new(seed, Stream::Chain),
            blocks: vec![genesis],
            stale: Vec::new(),
            wallets: Vec::new(),
            named: BTreeMap::new(),
            pending: Vec::new(),
            fees: 0,
            moved: Vec::new(),
        };
        for (index, name) in NAMED.into_iter().enumerate() {
            let lock = [Lock::WitnessKey, Lock::Taproot, Lock::Key][index % 3];
            let wallet = chain.open(lock, true);
            chain.named.insert(name, wallet);
        }
        chain
    }

    fn open(&mut self, lock: Lock, one_address: bool) -> usize {
        self.wallets.push(Wallet::new(lock, one_address, &mut self.dice));
        self.wallets.len() - 1
    }

    /// The address of a named wallet, or nothing for a name that is not in the table.
    pub(crate) fn address(&self, name: &str) -> String {
        self.named.get(name).map(|wallet| self.wallets[*wallet].address()).unwrap_or_default()
    }

    /// Mines all blocks, carrying out the orders and the daily life around them.
    pub(crate) fn run(&mut self, schedule: &Schedule, orders: &[Order]) -> Result<(), SynthError> {
        let mut life = life::Life::new(self);
        for height in 1..BLOCKS {
            for order in orders.iter().filter(|order| order.height == height) {
                self.carry_out(order, schedule.time(height))?;
            }
            life.block(self, height);
            let miner = life.miner(height);
            self.mine(height, schedule.time(height), miner);
        }
        Ok(())
    }

    fn carry_out(&mut self, order: &Order, time: Moment) -> Result<(), SynthError> {
        let unknown = || SynthError::Inconsistent(format!("no wallet {} or {}", order.from, order.to));
        let from = *self.named.get(order.from).ok_or_else(unknown)?;
        let to = *self.named.get(order.to).ok_or_else(unknown)?;
        let poor = || SynthError::Inconsistent(format!("{} lacks {} satoshi", order.from, order.satoshi));
        let txid = self.pay(from, &[(to, order.satoshi)], None, order.height).ok_or_else(poor)?;
        let Order { scheme, satoshi, counted, .. } = *order;
        self.moved.push(Moved { scheme, txid, time, satoshi, counted });
        Ok(())
    }

    /// Pays from the oldest coins of a wallet, change back to it; `None` if it has too little that is ripe.
    fn pay(&mut self, from: usize, to: &[(usize, u64)], memo: Option<&[u8; 20]>, height: u32) -> Option<Txid> {
        let wanted: u64 = to.iter().map(|(_, satoshi)| satoshi).sum();
        let rate = 2 + self.dice.bits() % 14;
        let mut spent: Vec<Coin> = Vec::new();
        let fee = |inputs: usize| (inputs as u64 * 70 + to.len() as u64 * 34 + 60) * rate;
        let mut total = 0;
        while total < wanted + fee(spent.len()) || spent.is_empty() {
            let coin = self.wallets[from].take(height)?;
            total += coin.satoshi;
            spent.push(coin);
            if total < wanted + fee(spent.len()) && !self.wallets[from].has_ripe(height) {
                // Nothing is spent by a payment that does not come about.
                self.wallets[from].give_back(spent);
                return None;
            }
        }
        let fee = fee(spent.len());
        let change = total - wanted - fee;
        let mut output = Vec::new();
        let mut receipts = Vec::new();
        let payees = to.iter().copied().chain((change > 1_000).then_some((from, change)));
        for (wallet, satoshi) in payees {
            let script = self.wallets[wallet].receive(&mut self.dice);
            receipts.push((wallet, output.len(), satoshi, script));
            let script_pubkey = self.wallets[wallet].script(script);
            output.push(TxOut { value: Amount::from_sat(satoshi), script_pubkey });
        }
        if let Some(memo) = memo {
            let script_pubkey = Builder::new().push_opcode(OP_RETURN).push_slice(memo).into_script();
            output.push(TxOut { value: Amount::ZERO, script_pubkey });
        }
        let mut input = Vec::new();
        for coin in &spent {
            let (script_sig, witness) = self.wallets[from].unlock(coin.script, &mut self.dice);
            input.push(TxIn { previous_output: coin.point, script_sig, sequence: Sequence(0xffff_fffd), witness });
        }
        let transaction =
            Transaction { version: transaction::Version::TWO, lock_time: absolute::LockTime::ZERO, input, output };
        let txid = transaction.compute_txid();
        for (wallet, index, satoshi, script) in receipts {
            let point = OutPoint::new(txid, index as u32);
            self.wallets[wallet].put(Coin { point, satoshi, script, ripe: 0 });
        }
        self.fees += if change > 1_000 { fee } else { fee + change };
        self.pending.push(transaction);
        Some(txid)
    }

    fn mine(&mut self, height: u32, time: Moment, miner: usize) {
        let parent = self.blocks.last().map(Block::block_hash).unwrap_or_else(BlockHash::all_zeros);
        let subsidy = 5_000_000_000_u64 >> (height / 150);
        let script = self.wallets[miner].receive(&mut self.dice);
        let payee = self.wallets[miner].script(script);
        let reward = TxOut { value: Amount::from_sat(subsidy + self.fees), script_pubkey: payee.clone() };
        let block = assemble(parent, height, time, reward, std::mem::take(&mut self.pending), 0);
        let point = OutPoint::new(block.txdata[0].compute_txid(), 0);
        let coin = Coin { point, satoshi: subsidy + self.fees, script, ripe: height + MATURITY };
        self.wallets[miner].put(coin);
        self.fees = 0;
        self.blocks.push(block);
        if height == STALE {
            let reward = TxOut { value: Amount::from_sat(subsidy), script_pubkey: payee };
            self.stale.push(assemble(parent, height, time + 41, reward, Vec::new(), 1));
        }
    }

    /// The transfers that belong to schemes.
    pub(crate) fn moved(&self) -> &[Moved] {
        &self.moved
    }

    /// How many transactions the main chain holds.
    pub(crate) fn transactions(&self) -> usize {
        self.blocks.iter().map(|block| block.txdata.len()).sum()
    }

    /// How many blocks the file holds, the stale one included.
    pub(crate) fn stored_blocks(&self) -> usize {
        self.blocks.len() + self.stale.len()
    }

    /// `blk00000.dat`, XORed, and the key.
    pub(crate) fn files(&mut self) -> (Vec<u8>, [u8; 8]) {
        let mut order: Vec<&Block> = self.blocks.iter().collect();
        // Blocks come from several peers at once, so neighbours change places.
        for (left, right) in [(57, 58), (140, 143), (201, 202), (203, 205), (290, 291)] {
            order.swap(left, right);
        }
        order.splice(STALE as usize + 3..STALE as usize + 3, self.stale.iter());
        let mut bytes = Vec::new();
        for block in order {
            let body = serialize(block);
            bytes.extend(Network::Regtest.magic().to_bytes());
            bytes.extend((body.len() as u32).to_le_bytes());
            bytes.extend(body);
        }
        let key = (self.dice.bits() | 1).to_le_bytes();
        for (byte, mask) in bytes.iter_mut().zip(key.iter().cycle()) {
            *byte ^= mask;
        }
        (bytes, key)
    }
}

/// Builds a block on `parent` and finds its nonce, which at regtest's target takes two tries on average.
fn assemble(parent: BlockHash, height: u32, time: Moment, reward: TxOut, rest: Vec<Transaction>, extra: i64) -> Block {
    let segwit = rest.iter().any(|transaction| transaction.input.iter().any(|input| !input.witness.is_empty()));
    let script_sig: ScriptBuf = Builder::new().push_int(i64::from(height)).push_int(1_000 + extra).into_script();
    let mut witness = Witness::new();
    if segwit {
        witness.push([0; 32]);
    }
    let input = TxIn { previous_output: OutPoint::null(), script_sig, sequence: Sequence::MAX, witness };
    let coinbase = Transaction {
        version: transaction::Version::TWO,
        lock_time: absolute::LockTime::ZERO,
        input: vec![input],
        output: vec![reward],
    };
    let header = Header {
        version: Version::from_consensus(0x2000_0000),
        prev_blockhash: parent,
        merkle_root: TxMerkleNode::all_zeros(),
        time: time as u32,
        bits: CompactTarget::from_consensus(0x207f_ffff),
        nonce: 0,
    };
    let mut block = Block { header, txdata: std::iter::once(coinbase).chain(rest).collect() };
    if let Some(root) = block.witness_root().filter(|_| segwit) {
        let commitment = Block::compute_witness_commitment(&root, &[0; 32]);
        let mut payload = [0; 36];
        payload[..4].copy_from_slice(&[0xaa, 0x21, 0xa9, 0xed]);
        payload[4..].copy_from_slice(commitment.as_byte_array());
        let script_pubkey = Builder::new().push_opcode(OP_RETURN).push_slice(payload).into_script();
        block.txdata[0].output.push(TxOut { value: Amount::ZERO, script_pubkey });
    }
    if let Some(root) = block.compute_merkle_root() {
        block.header.merkle_root = root;
    }
    let target = block.header.target();
    while block.header.validate_pow(target).is_err() {
        block.header.nonce += 1;
    }
    block
}
