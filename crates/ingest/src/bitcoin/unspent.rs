//! The map of unspent outputs, by which an input finds what it spends.
//!
//! Memory follows the set of unspent outputs up to a limit, beyond which old ones wait on disk: about a hundred bytes
//! each, with the whole txid as key, so that no two transactions can be taken for one another. The common short scripts
//! are kept as their hash; only the others have a heap block of their own. Nothing here is iterated in the order of a
//! hash table, so that order reaches nothing.

use self::coins::Coins;
pub(super) use self::coins::Room;
use super::block::{Block, MAX_MONEY};
use super::hash::Hash;
use super::script::{ScriptType, is_spendable, script_type};
use crate::IngestError;

mod bloom;
mod coins;
mod segment;

/// 15 bits of transaction index.
const INDEX_BITS: u32 = 15;
/// 17 bits of output or input index.
const PLACE_BITS: u32 = 17;

/// Packs a place on the chain into one sortable number: height ‖ transaction index ‖ output or input index.
///
/// Returns `None` where a part does not fit; nothing ever wraps.
pub(super) fn pack(height: u32, transaction: usize, place: usize) -> Option<i64> {
    let fits = i32::try_from(height).is_ok() && transaction >> INDEX_BITS == 0 && place >> PLACE_BITS == 0;
    fits.then(|| i64::from(height) << 32 | (transaction as i64) << PLACE_BITS | place as i64)
}

/// What an input spends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Prevout {
    pub(super) txo: i64,
    pub(super) value: i64,
    pub(super) kind: ScriptType,
    /// Where the script lies in [`Resolved::scripts`].
    pub(super) script: (usize, usize),
}

/// The prevouts of one block, in the order of its inputs. Kept and filled again.
#[derive(Debug, Default)]
pub(super) struct Resolved {
    pub(super) prevouts: Vec<Option<Prevout>>,
    pub(super) scripts: Vec<u8>,
    /// Inputs, coinbases aside, whose output is unknown or already spent.
    pub(super) unresolved: i64,
    /// The first of them, by its place among the block's inputs.
    pub(super) first_unresolved: Option<usize>,
    /// Outputs that a later transaction of the same id replaced (BIP 30).
    replaced: Vec<(OutPoint, Coin)>,
}

impl Resolved {
    pub(super) fn script(&self, prevout: &Prevout) -> &[u8] {
        &self.scripts[prevout.script.0..prevout.script.1]
    }
}

/// What names an output: the id of its transaction and its place in it.
pub(super) type OutPoint = (Hash, u32);

/// An unspent output.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Coin {
    txo: i64,
    value: i64,
    script: CoinScript,
}

/// A script as short as it can be kept beside its length and tag: 24 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum CoinScript {
    KeyHash([u8; 20]),
    ScriptHash([u8; 20]),
    WitnessKeyHash([u8; 20]),
    Other(Box<[u8]>),
}

impl CoinScript {
    fn new(script: &[u8]) -> Self {
        let hash = |at: usize| script.get(at..).and_then(|rest| rest.first_chunk()).copied();
        let short = match script_type(script) {
            ScriptType::P2pkh => hash(3).map(Self::KeyHash),
            ScriptType::P2sh => hash(2).map(Self::ScriptHash),
            ScriptType::P2wpkh => hash(2).map(Self::WitnessKeyHash),
            _ => None,
        };
        short.unwrap_or_else(|| Self::Other(script.into()))
    }

    /// Bytes outside the coin itself, with what an allocator keeps beside them.
    fn heap(&self) -> usize {
        match self {
            Self::Other(script) => script.len() + 16,
            Self::KeyHash(_) | Self::ScriptHash(_) | Self::WitnessKeyHash(_) => 0,
        }
    }

    fn append_to(&self, bytes: &mut Vec<u8>) -> ScriptType {
        let (head, body, tail, kind): (&[u8], &[u8], &[u8], _) = match self {
            Self::KeyHash(hash) => (&[0x76, 0xa9, 0x14], hash, &[0x88, 0xac], ScriptType::P2pkh),
            Self::ScriptHash(hash) => (&[0xa9, 0x14], hash, &[0x87], ScriptType::P2sh),
            Self::WitnessKeyHash(hash) => (&[0x00, 0x14], hash, &[], ScriptType::P2wpkh),
            Self::Other(script) => (&[], script, &[], script_type(script)),
        };
        bytes.extend_from_slice(head);
        bytes.extend_from_slice(body);
        bytes.extend_from_slice(tail);
        kind
    }
}

/// The outputs that blocks so far created and none spent.
#[derive(Debug)]
pub(super) struct Unspent {
    coins: Coins,
}

impl Unspent {
    pub(super) fn new(room: Room) -> Self {
        Self { coins: Coins::new(room) }
    }

    /// Applies a block whose places all fit: resolves its inputs, takes what they spend and adds what it creates.
    ///
    /// # Errors
    /// The inner error: a transaction that pays out more than it takes in, where all it takes in is known. The block is
    /// then undone, and the map is as before. The outer error: the disk failed.
    pub(super) fn apply(
        &mut self,
        bytes: &[u8],
        block: &Block,
        height: u32,
        resolved: &mut Resolved,
    ) -> Result<Result<(), String>, IngestError> {
        resolved.prevouts.clear();
        resolved.scripts.clear();
        resolved.replaced.clear();
        resolved.unresolved = 0;
        resolved.first_unresolved = None;
        for (index, transaction) in block.transactions.iter().enumerate() {
            let mut known = Some(0_i128);
            for place in transaction.inputs() {
                let input = &block.inputs[place];
                // A coinbase spends nothing, and nothing has its place.
                let coin = if transaction.is_coinbase {
                    None
                } else {
                    self.coins.take(&(input.prev_txid, input.prev_vout))?
                };
                known = known.zip(coin.as_ref()).map(|(sum, coin)| sum + i128::from(coin.value));
                if coin.is_none() && !transaction.is_coinbase {
                    resolved.unresolved += 1;
                    resolved.first_unresolved.get_or_insert(place);
                }
                resolved.prevouts.push(coin.map(|coin| {
                    let start = resolved.scripts.len();
                    let kind = coin.script.append_to(&mut resolved.scripts);
                    let script = (start, resolved.scripts.len());
                    Prevout { txo: coin.txo, value: coin.value, kind, script }
                }));
            }
            if let Some(input_value) = known.filter(|_| !transaction.is_coinbase) {
                let output_value = transaction.output_value;
                if input_value < i128::from(output_value) || input_value > i128::from(MAX_MONEY) {
                    self.undo(block, index, resolved)?;
                    return Ok(Err(format!(
                        "transaction {index} takes in {input_value} satoshi and pays out {output_value}: not possible"
                    )));
                }
            }
            // The coinbase of a genesis block was never entered into the set of unspent outputs, on any network.
            if height == 0 && index == 0 {
                continue;
            }
            for (vout, output) in block.outputs[transaction.outputs()].iter().enumerate() {
                let (start, length) = (output.script.0 as usize, output.script.1 as usize);
                let script = &bytes[start..start + length];
                let Some(txo) = pack(height, index, vout).filter(|_| is_spendable(script)) else { continue };
                let place = (transaction.txid, vout as u32);
                let coin = Coin { txo, value: output.value, script: CoinScript::new(script) };
                if let Some(older) = self.coins.insert(place, coin)? {
                    resolved.replaced.push((place, older));
                }
            }
        }
        Ok(Ok(()))
    }

    /// Adds an output made before these files begin. Of two by one name the later one counts (BIP 30).
    pub(super) fn add(&mut self, place: OutPoint, txo: i64, value: i64, script: &[u8]) -> Result<(), IngestError> {
        let coin = Coin { txo, value, script: CoinScript::new(script) };
        if let Some(other) = self.coins.insert(place, coin)?.filter(|other| other.txo > txo) {
            self.coins.insert(place, other)?;
        }
        Ok(())
    }

    /// The number of unspent outputs and their sum.
    #[cfg(test)]
    pub(super) fn total(&mut self) -> (usize, i64) {
        let all = self.coins.all();
        (all.len(), all.values().map(|coin| coin.value).sum())
    }

    /// How many of them are on disk, and in how many files.
    #[cfg(test)]
    pub(super) fn spilled(&self) -> (u64, usize) {
        self.coins.spilled()
    }

    /// Takes back the transactions before `failed` and the inputs of `failed`, last first.
    fn undo(&mut self, block: &Block, failed: usize, resolved: &mut Resolved) -> Result<(), IngestError> {
        for (index, transaction) in block.transactions.iter().enumerate().take(failed + 1).rev() {
            if index < failed {
                for vout in 0..transaction.outputs().len() {
                    self.coins.take(&(transaction.txid, vout as u32))?;
                }
            }
            for place in transaction.inputs() {
                let Some(prevout) = resolved.prevouts[place] else { continue };
                let input = &block.inputs[place];
                let script = CoinScript::new(resolved.script(&prevout));
                let coin = Coin { txo: prevout.txo, value: prevout.value, script };
                self.coins.insert((input.prev_txid, input.prev_vout), coin)?;
            }
        }
        while let Some((place, older)) = resolved.replaced.pop() {
            self.coins.insert(place, older)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests;
