//! Blocks: coinbase, merkle trees, header, clock, and the order in which they reach the file.

use bitcoin::consensus::encode::serialize;
use bitcoin::constants::genesis_block;

use super::ChainNetwork;
use super::kind::TransactionKind;
use super::ledger::{Ledger, compact_size, double_hash};
use super::wallet::{Coin, Hash};
use crate::SynthError;

/// Outputs of a coinbase wait this long.
pub(super) const MATURITY: u32 = 100;
/// A block in so many loses, and one in so many reaches the file after its child.
const STALE: i64 = 300;
const LATE: i64 = 60;

/// Where the chain stands: what the next header needs.
#[derive(Debug)]
pub(super) struct Tip {
    hash: Hash,
    /// Seconds since 1970, without the miners' own clocks.
    clock: u64,
    /// Header times of the last eleven blocks.
    recent: Vec<u32>,
    /// A block that will reach the file after its child.
    late: Option<Vec<u8>>,
    segwit: bool,
    /// Blocks of the chain in the file.
    pub(super) blocks: u32,
    /// Blocks in the file that lost.
    pub(super) stale: u32,
}

impl Tip {
    /// Begins at a height: with the network's own genesis block at 0, otherwise on a parent that is not in the file.
    pub(super) fn new(ledger: &mut Ledger, start_height: u32) -> Result<Self, SynthError> {
        let network = ledger.network;
        let segwit = network.segwit(start_height);
        let mut tip = Self { hash: [0; 32], clock: 0, recent: Vec::new(), late: None, segwit, blocks: 0, stale: 0 };
        if start_height == 0 {
            let genesis = genesis_block(network.parameters());
            tip.hash = *<bitcoin::BlockHash as bitcoin::hashes::Hash>::as_byte_array(&genesis.block_hash());
            tip.recent.push(genesis.header.time);
            let txid = genesis.txdata.first().map(bitcoin::Transaction::compute_txid);
            if let Some(txid) = txid {
                let txid = *<bitcoin::Txid as bitcoin::hashes::Hash>::as_byte_array(&txid);
                ledger.truth.transaction(&txid, 0, TransactionKind::Coinbase, &[]);
                ledger.totals.kinds[TransactionKind::Coinbase as usize] += 1;
                ledger.totals.outputs += 1;
            }
            ledger.files.append(&mut [&mut serialize(&genesis)])?;
            tip.blocks = 1;
        } else {
            tip.hash = ledger.dice.bytes();
        }
        tip.clock = network.time_of(start_height);
        ledger.height = start_height + u32::from(start_height == 0);
        Ok(tip)
    }

    /// Closes the block under construction: pays the miner, writes the block and goes up one.
    pub(super) fn mine(&mut self, ledger: &mut Ledger, miner: usize) -> Result<(), SynthError> {
        ledger.fault()?;
        let height = ledger.height;
        let time = self.next_time(ledger);
        // Now and then a miner claims a little less than it may, as some did in earnest.
        let forgone = u64::from(ledger.dice.chance(1)) * (ledger.body.fees / 100);
        let reward = ledger.network.subsidy(height) + ledger.body.fees - forgone;
        let (number, payee) = ledger.coinbase_script(miner);
        let mut body = std::mem::take(&mut ledger.body);
        let commitment = self.segwit.then(|| {
            let root = merkle_root(std::iter::once([0; 32]).chain(body.wtxids.iter().copied()).collect());
            double_hash(&[&root, &[0; 32]])
        });
        let extra = ledger.dice.bytes::<8>();
        let coinbase = Coinbase::new(height, extra, reward, &payee, commitment);
        let root = merkle_root(std::iter::once(coinbase.txid).chain(body.txids.iter().copied()).collect());
        let header = self.header(ledger, root, time);

        ledger.truth.transaction(&coinbase.txid, height, TransactionKind::Coinbase, &[]);
        ledger.totals.kinds[TransactionKind::Coinbase as usize] += 1;
        ledger.totals.outputs += 1 + u64::from(commitment.is_some());
        let coin = Coin { txid: coinbase.txid, vout: 0, satoshi: reward, script: number, ready: height + MATURITY };
        if reward > 0 && ledger.wallets[miner].put(coin) {
            ledger.totals.coins += 1;
        }

        let mut head = header.to_vec();
        compact_size(body.txids.len() + 1, &mut head);
        head.extend_from_slice(&coinbase.bytes);
        let late = self.late.take();
        if late.is_none() && ledger.dice.between(1, LATE) == 1 {
            self.late = Some([&head, body.bytes.as_slice()].concat());
        } else {
            ledger.files.append(&mut [&mut head, &mut body.bytes])?;
        }
        if let Some(mut late) = late {
            ledger.files.append(&mut [&mut late])?;
        }
        if ledger.dice.between(1, STALE) == 1 {
            self.lose(ledger, &payee, time + 7)?;
        }
        self.hash = double_hash(&[&header]);
        self.recent.push(time);
        if self.recent.len() > 11 {
            self.recent.remove(0);
        }
        self.blocks += 1;
        ledger.body = body;
        ledger.body.clear();
        ledger.height += 1;
        ledger.truth.flush()
    }

    /// Writes what is still held back.
    pub(super) fn end(&mut self, ledger: &mut Ledger) -> Result<(), SynthError> {
        self.late.take().map_or(Ok(()), |mut late| ledger.files.append(&mut [&mut late]))
    }

    /// Writes an empty block of the same height, for which somebody found a nonce too late.
    fn lose(&mut self, ledger: &mut Ledger, payee: &[u8], time: u32) -> Result<(), SynthError> {
        let commitment = self.segwit.then(|| double_hash(&[&merkle_root(vec![[0; 32]]), &[0; 32]]));
        let extra = ledger.dice.bytes::<8>();
        let reward = ledger.network.subsidy(ledger.height);
        let mut coinbase = Coinbase::new(ledger.height, extra, reward, payee, commitment);
        let mut header = self.header(ledger, coinbase.txid, time);
        self.stale += 1;
        ledger.files.append(&mut [&mut header, &mut [1], &mut coinbase.bytes])
    }

    /// A header on the tip. At regtest's target a nonce is found in two tries; elsewhere it is drawn, and misses.
    fn header(&self, ledger: &mut Ledger, root: Hash, time: u32) -> [u8; 80] {
        let mut header = [0; 80];
        header[..4].copy_from_slice(&0x2000_0000_u32.to_le_bytes());
        header[4..36].copy_from_slice(&self.hash);
        header[36..68].copy_from_slice(&root);
        header[68..72].copy_from_slice(&time.to_le_bytes());
        header[72..76].copy_from_slice(&ledger.network.bits(ledger.height).to_le_bytes());
        let mut nonce = ledger.dice.bits() as u32;
        header[76..].copy_from_slice(&nonce.to_le_bytes());
        while ledger.network == ChainNetwork::Regtest && double_hash(&[&header])[31] > 0x7f {
            nonce = nonce.wrapping_add(1);
            header[76..].copy_from_slice(&nonce.to_le_bytes());
        }
        header
    }

    /// Ten minutes on average, by a miner's clock that is up to a minute off, and later than the median of eleven.
    fn next_time(&mut self, ledger: &mut Ledger) -> u32 {
        let bits = ledger.dice.bits();
        // Whole halvings and an even share of the next: close to exponential, of mean 1.5 steps.
        self.clock += u64::from(bits.leading_zeros()) * 400 + (bits & 0xffff) * 400 / 0x1_0000;
        let time = self.clock as i64 + ledger.dice.between(-60, 60);
        let mut recent = self.recent.clone();
        recent.sort_unstable();
        let median = recent.get(recent.len() / 2).copied().unwrap_or_default();
        (time as u32).max(median + 1)
    }
}

/// A coinbase, written.
struct Coinbase {
    txid: Hash,
    bytes: Vec<u8>,
}

impl Coinbase {
    fn new(height: u32, extra: [u8; 8], reward: u64, payee: &[u8], commitment: Option<Hash>) -> Self {
        let mut inner = vec![1];
        inner.extend_from_slice(&[0; 32]);
        inner.extend_from_slice(&[0xff; 4]);
        let mut script = Vec::new();
        push_height(height, &mut script);
        script.push(extra.len() as u8);
        script.extend_from_slice(&extra);
        compact_size(script.len(), &mut inner);
        inner.extend_from_slice(&script);
        inner.extend_from_slice(&[0xff; 4]);
        inner.push(1 + u8::from(commitment.is_some()));
        inner.extend_from_slice(&reward.to_le_bytes());
        compact_size(payee.len(), &mut inner);
        inner.extend_from_slice(payee);
        if let Some(commitment) = commitment {
            inner.extend_from_slice(&[0; 8]);
            inner.extend_from_slice(&[38, 0x6a, 36, 0xaa, 0x21, 0xa9, 0xed]);
            inner.extend_from_slice(&commitment);
        }
        let (version, lock_time) = (2_u32.to_le_bytes(), [0; 4]);
        let txid = double_hash(&[&version, &inner, &lock_time]);
        let mut bytes = version.to_vec();
        if commitment.is_some() {
            bytes.extend_from_slice(&[0, 1]);
        }
        bytes.extend_from_slice(&inner);
        if commitment.is_some() {
            bytes.extend_from_slice(&[1, 32]);
            bytes.extend_from_slice(&[0; 32]);
        }
        bytes.extend_from_slice(&lock_time);
        Self { txid, bytes }
    }
}

/// BIP34: the height as the shortest number a script can push.
fn push_height(height: u32, script: &mut Vec<u8>) {
    match height {
        0 => script.push(0),
        1..=16 => script.push(0x50 + height as u8),
        _ => {
            let mut bytes = height.to_le_bytes().to_vec();
            while bytes.last() == Some(&0) {
                bytes.pop();
            }
            // The top bit would be a sign.
            if bytes.last().is_some_and(|byte| *byte > 0x7f) {
                bytes.push(0);
            }
            script.push(bytes.len() as u8);
            script.extend_from_slice(&bytes);
        }
    }
}

/// The root of a tree over these leaves, the last of an odd row taken twice.
fn merkle_root(mut row: Vec<Hash>) -> Hash {
    while row.len() > 1 {
        let pairs = row.len().div_ceil(2);
        for pair in 0..pairs {
            let left = row[pair * 2];
            let right = row.get(pair * 2 + 1).copied().unwrap_or(left);
            row[pair] = double_hash(&[&left, &right]);
        }
        row.truncate(pairs);
    }
    row.first().copied().unwrap_or_default()
}
