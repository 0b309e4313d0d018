//! A place in the chain for transactions that come without one.
//!
//! Every table of the chain knows a transaction by height and place in its block. A list may say the height, or only a
//! time, or nothing, and mostly not the place. What it does not say is made up so that the order is right, nothing
//! shares a place, and a parent stands before the child that spends it:
//!
//! - A height is estimated from the time, between blocks of mainnet whose height and time are known. Blocks of one list
//!   keep the order of their times, one height each, so the estimate may be some blocks off, in the worst stretches
//!   a few hundred.
//! - A place in a block that is not said is 16,384 or later, behind every transaction that a block holds in practice.
//! - What is spent is resolved within the list. A spend that would run backwards (header times are not monotonic) is
//!   left unresolved.

use std::collections::{BTreeMap, BTreeSet};

use super::super::unspent::pack;
use super::super::{Network, hash::Hash};
use super::{Loose, Record};

/// The first place in a block that is made up.
const MADE_UP: usize = 1 << 14;

/// Heights and times (seconds) of mainnet blocks: the first, the halvings, and some between.
const KNOWN: [(i64, i64); 13] = [
    (0, 1_231_006_505),
    (164_467, 1_327_888_729),
    (210_000, 1_354_116_278),
    (308_570, 1_404_107_109),
    (420_000, 1_468_082_773),
    (545_760, 1_539_550_430),
    (630_000, 1_589_225_023),
    (709_635, 1_636_868_413),
    (723_534, 1_644_984_266),
    (824_299, 1_704_366_850),
    (840_000, 1_713_571_767),
    (878_487, 1_736_432_008),
    (938_743, 1_772_298_555),
];

/// Where a transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) height: u32,
    pub(super) index: usize,
    /// Seconds.
    pub(super) time: i64,
    pub(super) tx_id: i64,
}

/// The transactions of a list, each once.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// By txid: the record that holds the transaction first, and its place or why it has none.
    pub(super) of: BTreeMap<Hash, (usize, Result<Placed, String>)>,
}

impl Places {
    /// The output that an input of a placed transaction spends, if it is in the list and stands before it.
    pub(super) fn spent(&self, records: &[Record], txid: &Hash, vout: i64, by: i64) -> Option<i64> {
        let (first, placed) = self.of.get(txid)?;
        let (found, placed) = (records.get(*first)?.found.as_ref().ok()?, placed.as_ref().ok()?);
        let vout = usize::try_from(vout).ok().filter(|vout| *vout < found.outputs.len())?;
        pack(placed.height, placed.index, vout).filter(|txo| *txo < by)
    }
}

/// The height mainnet had at a time, to a few hundred blocks; on other networks nobody knows.
fn height_at(time: i64) -> i64 {
    let [first, .., last] = KNOWN;
    let after = KNOWN.partition_point(|known| known.1 <= time);
    let (a, b) = match (after.checked_sub(1).and_then(|before| KNOWN.get(before)), KNOWN.get(after)) {
        (Some(a), Some(b)) => (*a, *b),
        (None, _) => return first.0,
        (_, None) => (last, (last.0 + 1, last.1 + 600)),
    };
    a.0 + (time - a.1) * (b.0 - a.0) / (b.1 - a.1)
}

/// The time of a height: the inverse of [`height_at`], as good.
fn time_at(height: i64) -> i64 {
    let [.., last] = KNOWN;
    let after = KNOWN.partition_point(|known| known.0 <= height);
    let (a, b) = match (after.checked_sub(1).and_then(|before| KNOWN.get(before)), KNOWN.get(after)) {
        (Some(a), Some(b)) => (*a, *b),
        _ => (last, (last.0 + 1, last.1 + 600)),
    };
    a.1 + (height - a.0) * (b.1 - a.1) / (b.0 - a.0)
}

/// Where the height of a transaction comes from.
enum Height {
    Said(i64),
    /// Of the block with this time and hash, to be estimated.
    Of(i64, Option<String>),
}

/// A transaction to be placed: the record that holds it, and where any of its records says that it stands.
#[derive(Clone, Copy)]
struct Member<'records> {
    position: usize,
    found: &'records Loose,
    index: Option<i64>,
}

/// Places the transactions of a list; `fallback` is the height of those that say neither height nor time.
pub(super) fn place(records: &[Record], network: Network, fallback: Option<i64>) -> Places {
    let mut places = Places::default();
    let mut sources: BTreeMap<Hash, (Member<'_>, Height)> = BTreeMap::new();
    for (position, record) in records.iter().enumerate() {
        let Ok(found) = &record.found else { continue };
        // A second record of a transaction may say the place that the first does not.
        if let Some((member, _)) = sources.get_mut(&found.txid) {
            member.index = member.index.or(found.index);
            continue;
        }
        if places.of.contains_key(&found.txid) {
            continue;
        }
        match height(found, network, fallback) {
            Ok(height) => {
                sources.insert(found.txid, (Member { position, found, index: found.index }, height));
            }
            Err(error) => {
                places.of.insert(found.txid, (position, Err(error)));
            }
        }
    }
    let estimated = estimate(sources.values().map(|(_, height)| height));
    // By height, in the order of the list, so that made-up places follow it.
    let mut blocks: BTreeMap<i64, Vec<Member<'_>>> = BTreeMap::new();
    for (member, height) in sources.values() {
        let height = match height {
            Height::Said(height) => *height,
            Height::Of(time, block) => estimated.get(&(*time, block.clone())).copied().unwrap_or_default(),
        };
        blocks.entry(height).or_default().push(*member);
    }
    for (height, mut members) in blocks {
        members.sort_by_key(|member| member.position);
        place_block(&mut places, height, &members);
    }
    places
}

fn height(found: &Loose, network: Network, fallback: Option<i64>) -> Result<Height, String> {
    match (found.height, found.time) {
        (Some(height), Some(_)) => Ok(Height::Said(height)),
        (Some(height), None) if network == Network::Main => Ok(Height::Said(height)),
        (None, Some(time)) if network == Network::Main => Ok(Height::Of(time, found.block.clone())),
        (None, _) => match fallback {
            Some(height) if found.time.is_some() || network == Network::Main => Ok(Height::Said(height)),
            Some(_) => Err("says no time, and only mainnet's can be told from a height".to_owned()),
            None => Err("says no height from which its place could be told: give the import one".to_owned()),
        },
        (Some(_), None) => Err("says no time, and only mainnet's can be told from a height".to_owned()),
    }
}

/// One height for each block that says its time alone: in the order of time, and none that is said by another.
fn estimate<'a>(heights: impl Iterator<Item = &'a Height>) -> BTreeMap<(i64, Option<String>), i64> {
    let (mut said, mut blocks) = (BTreeSet::new(), BTreeMap::new());
    for height in heights {
        match height {
            Height::Said(height) => {
                said.insert(*height);
            }
            Height::Of(time, block) => {
                blocks.insert((*time, block.clone()), 0);
            }
        }
    }
    let mut next = 0;
    for ((time, _), height) in &mut blocks {
        next = next.max(height_at(*time));
        while said.contains(&next) {
            next += 1;
        }
        *height = next;
        next += 1;
    }
    blocks
}

/// Places the transactions of one block: those that say where they stand there, the others behind, parents first.
fn place_block(places: &mut Places, height: i64, members: &[Member<'_>]) {
    let mut taken = BTreeSet::new();
    let mut waiting: BTreeMap<Hash, usize> = BTreeMap::new();
    for (number, member) in members.iter().enumerate() {
        match member.index.map(usize::try_from) {
            None => {
                waiting.insert(member.found.txid, number);
            }
            Some(Ok(index)) if taken.insert(index) => settle(places, member, height, index),
            Some(_) => {
                let said = member.index.unwrap_or_default();
                let error = format!("says it is number {said} of its block, as another does");
                places.of.insert(member.found.txid, (member.position, Err(error)));
            }
        }
    }
    let mut next = taken.last().map_or(0, |last| last + 1).max(MADE_UP);
    let mut begun = vec![false; members.len()];
    for number in 0..members.len() {
        // A walk up the parents with a stack of its own: chains of spends in one block may be long.
        let mut stack = vec![(number, 0)];
        while let Some((number, input)) = stack.pop() {
            let Some(member) = members.get(number).filter(|member| member.index.is_none()) else { continue };
            if input == 0 {
                match begun.get_mut(number) {
                    Some(begun) if !*begun => *begun = true,
                    _ => continue,
                }
            }
            match member.found.inputs.get(input) {
                Some(spent) => {
                    stack.push((number, input + 1));
                    if let Some(parent) = waiting.get(&spent.prev_txid) {
                        stack.push((*parent, 0));
                    }
                }
                None => {
                    settle(places, member, height, next);
                    next += 1;
                }
            }
        }
    }
}

fn settle(places: &mut Places, member: &Member<'_>, height: i64, index: usize) {
    let found = member.found;
    let deepest = found.inputs.len().max(found.outputs.len());
    let placed = u32::try_from(height).ok().and_then(|height| {
        // Every output and input has to fit beside the first.
        pack(height, index, deepest)?;
        let time = found.time.unwrap_or_else(|| time_at(i64::from(height)));
        Some(Placed { height, index, time, tx_id: pack(height, index, 0)? })
    });
    let placed = placed.ok_or_else(|| {
        format!("height {height}, place {index} and {deepest} inputs or outputs do not fit a txo's 31, 15 and 17 bits")
    });
    places.of.insert(found.txid, (member.position, placed));
}
