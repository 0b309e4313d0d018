//! Bitcoin chains of any size, with wallets known: real block files, and the truth beside them.
//!
//! Error rates need a chain whose owners are known, and benches one that is large. This writes both: people, shops, mining
//! pools, exchanges, criminals and mixers live on a chain, each with a wallet program of its own, and what they did is
//! written down as they do it.
//!
//! ```text
//! FOLDER/blocks/blk00000.dat …  xor.dat     as Bitcoin Core keeps them: XORed, a few out of order, a few stale
//! FOLDER/truth/wallets.csv                  script, wallet, holder         every script and its owner
//! FOLDER/truth/transactions.csv             txid, height, kind, payers     what each transaction is, and whose inputs it has
//! FOLDER/truth/change.csv                   txid, vout                     which outputs go back to who paid
//! FOLDER/README.md                          what is what
//! ```
//!
//! Everything a reader relies on is true: links, merkle roots, witness commitments, BIP34 heights, maturity, subsidies,
//! and every input spends an output made earlier in the same files. Signatures are bytes of the right shape, and on the
//! main network's terms no proof of work is made: a node would refuse these blocks, a tracer does not look. A chain that
//! starts at a height has a parent that is not in the files; its coinbases tell the heights.
//!
//! The chain streams. Memory holds the wallets, their unspent coins (bounded for each wallet: what is beyond the bound
//! is forgotten, as keys are) and one block; a script is a number from which its keys are made again when it is spent.
//! All draws come from one ChaCha8 stream and all arithmetic is on integers, so the same options give the same bytes
//! everywhere.
//!
//! ```
//! use headwater_synth::chains::{ChainNetwork, ChainOptions, write_chain};
//!
//! let folder = std::env::temp_dir().join("headwater-synth-chain-doctest");
//! # std::fs::remove_dir_all(&folder).ok();
//! let summary = write_chain(&ChainOptions::new(300, ChainNetwork::Main), &folder, |_| ())?;
//! assert_eq!((summary.first_height, summary.files), (760_000, 1));
//! # std::fs::remove_dir_all(&folder).ok();
//! # Ok::<(), headwater_synth::SynthError>(())
//! ```

use std::fs;
use std::path::Path;

use self::block::{MATURITY, Tip};
use self::economy::Economy;
use self::ledger::Ledger;
use self::truth::Truth;
use crate::SynthError;

mod block;
mod decoys;
mod economy;
mod exchange;
mod file;
mod kind;
mod ledger;
mod lock;
mod mixes;
mod network;
mod peel;
mod ransom;
mod software;
mod truth;
mod wallet;

pub use kind::TransactionKind;
pub use network::ChainNetwork;

/// What decides every byte of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainOptions {
    /// Seed of all draws.
    pub seed: u64,
    /// Transactions to write, coinbases among them. The last block may bring a few more.
    pub transactions: u64,
    /// Wallets of people. Shops, exchanges and the others come in proportion.
    pub wallets: u32,
    /// Whether there are mixes and their members.
    pub mixes: bool,
    /// Magic, subsidies, genesis block.
    pub network: ChainNetwork,
    /// The height of the first block. At 0 that is the network's own genesis block.
    pub start_height: u32,
    /// Whether the truth is written.
    pub truth: bool,
    /// Whether block files are XORed with a key.
    pub xor: bool,
}

impl ChainOptions {
    /// The fewest wallets of people: the clubs of the mixers have to find members.
    pub const FEWEST_WALLETS: u32 = 400;

    /// A chain of so many transactions on a network: seed 1, a wallet for forty transactions, mixes, truth and XOR key.
    ///
    /// Starts at the genesis block on regtest; on the main network at 760,000, where every kind of mix was alive.
    pub fn new(transactions: u64, network: ChainNetwork) -> Self {
        Self {
            seed: 1,
            transactions,
            wallets: (transactions / 40).clamp(u64::from(Self::FEWEST_WALLETS), 300_000) as u32,
            mixes: true,
            network,
            start_height: if network == ChainNetwork::Main { 760_000 } else { 0 },
            truth: true,
            xor: true,
        }
    }
}

/// What was written, or has been so far.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChainSummary {
    /// Blocks of the chain in the files.
    pub blocks: u32,
    /// Blocks in the files that are not on the chain.
    pub stale_blocks: u32,
    /// The first block's height.
    pub first_height: u32,
    /// The last block's height.
    pub last_height: u32,
    /// Transactions of the chain, coinbases among them.
    pub transactions: u64,
    /// Inputs, those of coinbases left out.
    pub inputs: u64,
    /// Outputs.
    pub outputs: u64,
    /// Scripts that some wallet has shown.
    pub scripts: u64,
    /// The most coins that were remembered at any time: what the generator's memory follows.
    pub peak_coins: u64,
    /// Block files.
    pub files: u32,
    /// Bytes of the block files.
    pub bytes: u64,
    /// Transactions of each kind, in the order of [`TransactionKind::ALL`].
    pub kinds: Vec<(TransactionKind, u64)>,
}

/// Writes a chain into `folder`, which is created if need be; `progress` is called after every block.
///
/// About 120,000 transactions a second on one thread, some 560 bytes each, and 330 more of truth; half of the time goes
/// into hashes. Memory follows the wallets: a chain of ten million transactions needs 600 MB.
///
/// # Errors
/// [`SynthError::Write`] if a file cannot be written, [`SynthError::Occupied`] if the folder holds block files already,
/// [`SynthError::Inconsistent`] for a start above four million, where header times run out.
pub fn write_chain(
    options: &ChainOptions,
    folder: &Path,
    mut progress: impl FnMut(&ChainSummary),
) -> Result<ChainSummary, SynthError> {
    if options.start_height > HIGHEST {
        return Err(SynthError::Inconsistent(format!("no chain begins at height {}", options.start_height)));
    }
    let mut ledger = Ledger::new(options.seed, options.network, &folder.join("blocks"), options.xor)?;
    if options.truth {
        ledger.truth = Truth::create(&folder.join("truth"))?;
    }
    let mut tip = Tip::new(&mut ledger, options.start_height)?;
    let mut economy = Economy::open(&mut ledger, options);
    let full = block_budget(options.transactions);
    let mut summary = ChainSummary::default();
    while summary.transactions < options.transactions {
        // Coins ripen one block at a time: the economy grows into its blocks.
        let ripe = u64::from(tip.blocks.saturating_sub(MATURITY).min(RAMP));
        let drawn = full * ripe / u64::from(RAMP) * ledger.dice.between(70, 130) as u64 / 100;
        let left = options.transactions - summary.transactions - 1;
        ledger.budget = drawn.min(left) as usize;
        ledger.rate = economy.fee_rate(&mut ledger);
        if ripe > 0 {
            economy.live(&mut ledger);
        }
        let miner = economy.miner(&mut ledger);
        tip.mine(&mut ledger, miner)?;
        summary = summarise(&ledger, &tip, options);
        progress(&summary);
    }
    tip.end(&mut ledger)?;
    let summary = summarise(&ledger, &tip, options);
    let path = folder.join("README.md");
    fs::write(&path, readme(options, &summary)).map_err(|source| SynthError::write(&path, source))?;
    Ok(summary)
}

/// Header times are 32 bits of seconds: at ten minutes a block they last until a height of some five million.
const HIGHEST: u32 = 4_000_000;
/// Blocks until the economy has its full pace.
const RAMP: u32 = 80;

/// How many transactions a block has at full pace: as many as blocks of our day where the chain is long enough for some
/// hundred of them, fewer where it is not.
fn block_budget(transactions: u64) -> u64 {
    (transactions / 170).clamp(12, 2_400)
}

fn summarise(ledger: &Ledger, tip: &Tip, options: &ChainOptions) -> ChainSummary {
    let totals = &ledger.totals;
    let kinds = TransactionKind::ALL.iter().copied().zip(totals.kinds.iter().copied());
    ChainSummary {
        blocks: tip.blocks,
        stale_blocks: tip.stale,
        first_height: options.start_height,
        last_height: ledger.height.saturating_sub(1),
        transactions: totals.kinds.iter().sum(),
        inputs: totals.inputs,
        outputs: totals.outputs,
        scripts: totals.scripts,
        peak_coins: totals.peak_coins,
        files: ledger.files.count,
        bytes: ledger.files.bytes,
        kinds: kinds.collect(),
    }
}

fn readme(options: &ChainOptions, summary: &ChainSummary) -> String {
    let kinds: String = summary
        .kinds
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(kind, count)| format!("| `{}` | {count} | {} |\n", kind.name(), kind.meaning()))
        .collect();
    let truth = if options.truth { TRUTH } else { "The truth was left out.\n" };
    format!(
        "# An invented Bitcoin chain

Made by `headwater synth`, seed {}, {} wallets of people; the same options give the same bytes again. {} blocks of {},
heights {} to {}, in {} files; {} more blocks are stale. {} transactions with {} inputs and {} outputs.

Signatures are bytes of the right shape, and only regtest blocks have proof of work: a node would refuse the chain, a
tracer does not look.

| kind | transactions | what it is |
|---|---|---|
{kinds}
{truth}
Error rates measured here are figures from a synthetic chain. They do not transfer to the real one.
",
        options.seed,
        options.wallets,
        summary.blocks,
        options.network.name(),
        summary.first_height,
        summary.last_height,
        summary.files,
        summary.stale_blocks,
        summary.transactions,
        summary.inputs,
        summary.outputs,
    )
}

const TRUTH: &str = "\
`truth/wallets.csv` names the owner of every script, in hexadecimal: `wallet` is the owner, and an exchange's wallets
(hot, deposit, cold) are one owner's. `truth/transactions.csv` says what each transaction is; `payers` are the owners of
its inputs, separated by `;`. `truth/change.csv` lists the outputs that go back to who paid: change, consolidations,
coins cut to size. Of mixes it lists only what was not mixed.
";

#[cfg(test)]
mod tests {
    use super::block_budget;

    #[test]
    fn blocks_fill_up_where_the_chain_is_long() {
        assert_eq!(block_budget(1_000), 12);
        assert_eq!(block_budget(17_000), 100);
        assert_eq!(block_budget(10_000_000), 2_400);
    }
}
