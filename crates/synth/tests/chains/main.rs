//! Large chains, read back by independent means: the `bitcoin` crate, the `csv` crate, and the rules of consensus and of
//! the mix detectors written down again as plainly as possible.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod consensus;
mod mixes;
mod streaming;
mod truth;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use bitcoin::consensus::encode::deserialize_partial;
use bitcoin::{Block, BlockHash, OutPoint, ScriptBuf, Transaction, TxOut, Txid};
use headwater_synth::chains::{ChainNetwork, ChainOptions, ChainSummary, write_chain};

/// A chain in memory.
struct Chain {
    options: ChainOptions,
    summary: ChainSummary,
    folder: PathBuf,
    /// Blocks in the order of the files.
    stored: Vec<Block>,
    /// The longest branch.
    blocks: Vec<Block>,
    /// What every transaction of it that is no coinbase spends, in chain order.
    spent: Vec<(Txid, Vec<TxOut>)>,
    truth: Truth,
}

/// The three files.
#[derive(Default)]
struct Truth {
    /// By script: owner and holder.
    wallets: BTreeMap<ScriptBuf, (u32, String)>,
    transactions: BTreeMap<Txid, Labelled>,
    change: Vec<OutPoint>,
}

struct Labelled {
    height: u32,
    kind: String,
    payers: Vec<u32>,
}

/// A transaction with what it spends.
struct Resolved<'c> {
    height: u32,
    kind: &'c str,
    txid: Txid,
    transaction: &'c Transaction,
    spent: &'c [TxOut],
}

/// The main network at heights where every kind of mix was alive.
static LATE: LazyLock<Chain> =
    LazyLock::new(|| Chain::make("chain-late", ChainOptions::new(12_000, ChainNetwork::Main)));
/// The main network when Wasabi's coordinator had two known addresses.
static EARLY: LazyLock<Chain> = LazyLock::new(|| {
    let options = ChainOptions { start_height: 600_000, seed: 2, ..ChainOptions::new(8_000, ChainNetwork::Main) };
    Chain::make("chain-early", options)
});
/// Regtest from the genesis block on, with plain files.
static REGTEST: LazyLock<Chain> = LazyLock::new(|| {
    let options = ChainOptions { xor: false, ..ChainOptions::new(5_000, ChainNetwork::Regtest) };
    Chain::make("chain-regtest", options)
});

fn all() -> [&'static Chain; 3] {
    [&LATE, &EARLY, &REGTEST]
}

impl Chain {
    fn make(name: &str, options: ChainOptions) -> Self {
        let folder = empty(name);
        let summary = write_chain(&options, &folder, |_| ()).unwrap();
        let stored = stored(&folder);
        let blocks = longest(&stored);
        let spent = spent(&blocks);
        let truth = Truth::read(&folder);
        Self { options, summary, folder, stored, blocks, spent, truth }
    }

    /// Every transaction that is no coinbase, in chain order, each with the outputs it spends.
    fn resolved(&self) -> Vec<Resolved<'_>> {
        let heights = self.blocks.iter().zip(self.options.start_height..);
        let all = heights.flat_map(|(block, height)| block.txdata.iter().skip(1).map(move |one| (height, one)));
        let resolved = all.zip(&self.spent).map(|((height, transaction), (txid, spent))| {
            let kind = self.truth.transactions[txid].kind.as_str();
            Resolved { height, kind, txid: *txid, transaction, spent }
        });
        resolved.collect()
    }

    fn of_kind(&self, kind: &str) -> Vec<Resolved<'_>> {
        let mut resolved = self.resolved();
        resolved.retain(|resolved| resolved.kind == kind);
        resolved
    }

    fn owner(&self, script: &ScriptBuf) -> Option<u32> {
        self.truth.wallets.get(script).map(|(owner, _)| *owner)
    }
}

impl Truth {
    fn read(folder: &Path) -> Self {
        let rows = |name: &str| {
            let mut reader = csv::Reader::from_path(folder.join("truth").join(name)).unwrap();
            reader.records().map(|record| record.unwrap()).collect::<Vec<_>>()
        };
        let mut truth = Self::default();
        for row in rows("wallets.csv") {
            let owner = (row[1].parse().unwrap(), row[2].to_owned());
            let before = truth.wallets.insert(ScriptBuf::from_hex(&row[0]).unwrap(), owner);
            assert!(before.is_none(), "a script has one owner: {}", &row[0]);
        }
        for row in rows("transactions.csv") {
            let payers = row[3].split(';').filter(|payer| !payer.is_empty()).map(|payer| payer.parse().unwrap());
            let labelled =
                Labelled { height: row[1].parse().unwrap(), kind: row[2].to_owned(), payers: payers.collect() };
            assert!(truth.transactions.insert(row[0].parse().unwrap(), labelled).is_none());
        }
        let change = rows("change.csv");
        truth.change =
            change.iter().map(|row| OutPoint::new(row[0].parse().unwrap(), row[1].parse().unwrap())).collect();
        truth
    }
}

/// What each transaction that is no coinbase spends, and its id. Fails where an output is not there.
fn spent(blocks: &[Block]) -> Vec<(Txid, Vec<TxOut>)> {
    let mut outputs: BTreeMap<OutPoint, &TxOut> = BTreeMap::new();
    let mut all = Vec::new();
    for transaction in blocks.iter().flat_map(|block| &block.txdata) {
        let txid = transaction.compute_txid();
        if !transaction.is_coinbase() {
            let spent = transaction.input.iter().map(|input| outputs[&input.previous_output].clone());
            all.push((txid, spent.collect()));
        }
        for (vout, output) in transaction.output.iter().enumerate() {
            outputs.insert(OutPoint::new(txid, vout as u32), output);
        }
    }
    all
}

/// A folder under the target folder that is not there yet.
fn empty(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    folder
}

/// The blocks of all files, in order.
fn stored(folder: &Path) -> Vec<Block> {
    let key = fs::read(folder.join("blocks/xor.dat")).unwrap();
    let mut blocks = Vec::new();
    for number in 0.. {
        let Ok(mut bytes) = fs::read(folder.join(format!("blocks/blk{number:05}.dat"))) else { break };
        bytes.iter_mut().zip(key.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            assert!([[0xfa, 0xbf, 0xb5, 0xda], [0xf9, 0xbe, 0xb4, 0xd9]].contains(&rest[..4].try_into().unwrap()));
            let size = u32::from_le_bytes(rest[4..8].try_into().unwrap()) as usize;
            let (block, used) = deserialize_partial::<Block>(&rest[8..8 + size]).unwrap();
            assert_eq!(used, size);
            blocks.push(block);
            rest = &rest[8 + size..];
        }
    }
    blocks
}

/// The longest branch, oldest first.
fn longest(stored: &[Block]) -> Vec<Block> {
    let by_hash: BTreeMap<BlockHash, &Block> = stored.iter().map(|block| (block.block_hash(), block)).collect();
    let mut depths: BTreeMap<BlockHash, usize> = BTreeMap::new();
    for block in stored {
        let mut path = vec![block];
        while let Some(parent) = by_hash.get(&path[path.len() - 1].header.prev_blockhash) {
            path.push(parent);
            if depths.contains_key(&parent.block_hash()) {
                break;
            }
        }
        for block in path.into_iter().rev() {
            let depth = depths.get(&block.header.prev_blockhash).map_or(0, |depth| depth + 1);
            depths.insert(block.block_hash(), depth);
        }
    }
    let tip = depths.iter().max_by_key(|(_, depth)| **depth).unwrap().0;
    let mut path = vec![by_hash[tip].clone()];
    while let Some(parent) = by_hash.get(&path[path.len() - 1].header.prev_blockhash) {
        path.push((*parent).clone());
    }
    path.reverse();
    path
}
