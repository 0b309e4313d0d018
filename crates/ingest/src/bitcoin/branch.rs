//! The header tree: which records are the chain, at which heights, and why the others are not.
//!
//! Block files hold blocks as they arrived: out of order, some twice, some on branches that lost. From the previous hashes
//! this builds a forest with one tree for each block whose parent is absent. In every tree the tip with most accumulated
//! work wins, among equals the one stored first. A tree's height comes from its root: 0 if it has no parent at all, else
//! what its coinbase says (BIP 34), unless the caller knows it. Trees are taken in the order of their work, and one that
//! would claim heights already taken is left out, so that a height never has two blocks. Where every prevout has to be
//! known, only the first is taken: what lies beyond a gap spends what nobody has seen.
//!
//! Work counts only if the hash meets the header's own target; otherwise the block counts 1. A damaged `bits` field then
//! cannot outweigh the chain, and unmined chains (regtest, synthetic worlds) still follow the longest branch.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::hash::{Hash, display_hex};
use super::scan::Record;

/// The chain to read, and what is to be said of every record outside it.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// The blocks of the best branch in chain order.
    pub(super) chain: Vec<Planned>,
    /// Records that are no block of the chain, in file order.
    pub(super) rest: Vec<Outside>,
}

/// A record outside the chain, its height where known, and the reason.
pub(super) type Outside = (usize, Option<u32>, String);

/// One block of the chain.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) height: u32,
    /// The records that hold it, in file order: the first good one is used.
    pub(super) copies: Vec<usize>,
}

#[derive(Debug)]
struct Node {
    record: usize,
    parent: Option<usize>,
    root: usize,
    depth: u32,
    work: u128,
    complete: bool,
    copies: Vec<usize>,
}

/// Chooses the best branch. `coinbase_height` reads the height a root block's coinbase claims; `start_height`, where the
/// caller knows better, is that of the root of the tree with most work. Without `gaps` that tree is the only one.
pub(super) fn plan<E>(
    records: &[Record],
    start_height: Option<u32>,
    gaps: bool,
    mut coinbase_height: impl FnMut(usize) -> Result<Option<u32>, E>,
) -> Result<Plan, E> {
    let mut nodes = tree(records);
    let reached = descend(&mut nodes, records);
    let mut best: BTreeMap<usize, usize> = BTreeMap::new();
    for &index in reached.iter().filter(|index| nodes[**index].complete) {
        let rank = |index: usize| (nodes[index].work, Reverse(nodes[index].record));
        let tip = best.entry(nodes[index].root).or_insert(index);
        if rank(index) > rank(*tip) {
            *tip = index;
        }
    }
    let mut trees: Vec<(usize, usize)> = best.into_iter().collect();
    trees.sort_by_key(|(root, tip)| (Reverse(nodes[*tip].work), nodes[*root].record));

    let mut taken: BTreeMap<u32, (u32, usize)> = BTreeMap::new();
    let mut root_heights: HashMap<usize, Option<u32>> = HashMap::new();
    for (rank, &(root, tip)) in trees.iter().enumerate() {
        let no_parent = records[nodes[root].record].header.is_some_and(|header| header.prev_hash == [0; 32]);
        let height = match start_height.filter(|_| rank == 0) {
            _ if no_parent => Some(0),
            Some(height) => Some(height),
            None => coinbase_height(nodes[root].record)?,
        };
        root_heights.insert(root, height);
        let Some((first, last)) = height.and_then(|height| Some((height, height.checked_add(nodes[tip].depth)?)))
        else {
            continue;
        };
        if !gaps && !taken.is_empty() {
            continue;
        }
        if taken.range(..=last).next_back().is_none_or(|(_, (end, _))| *end < first) {
            taken.insert(first, (last, tip));
        }
    }

    let mut plan = Plan::default();
    let mut chosen = vec![false; nodes.len()];
    for (&first, &(last, tip)) in &taken {
        let mut branch = Vec::with_capacity((last - first + 1) as usize);
        let mut next = Some(tip);
        while let Some(index) = next {
            branch.push(index);
            next = nodes[index].parent;
        }
        for (height, &index) in (first..).zip(branch.iter().rev()) {
            chosen[index] = nodes[index].complete;
            if chosen[index] {
                plan.chain.push(Planned { height, copies: std::mem::take(&mut nodes[index].copies) });
            }
        }
    }
    for (index, node) in nodes.iter().enumerate().filter(|(index, _)| !chosen[*index]) {
        let root_height = root_heights.get(&node.root).copied().flatten();
        let height = root_height.and_then(|height| height.checked_add(node.depth));
        let why = why_not(records, &nodes, &taken, gaps, height, index);
        plan.rest.extend(node.copies.iter().map(|&copy| (copy, height, why.clone())));
    }
    for (index, record) in records.iter().enumerate() {
        if let Some(fault) = &record.fault {
            plan.rest.push((index, None, fault.to_string()));
        }
    }
    plan.rest.sort_by_key(|(record, _, _)| *record);
    Ok(plan)
}

/// Says why a block is not on the chain.
fn why_not(
    records: &[Record],
    nodes: &[Node],
    taken: &BTreeMap<u32, (u32, usize)>,
    gaps: bool,
    height: Option<u32>,
    index: usize,
) -> String {
    let root = nodes[index].root;
    let parent = records[nodes[root].record].header.map(|header| display_hex(&header.prev_hash));
    let parent = parent.map_or_else(String::new, |hash| format!(" {hash}"));
    let Some(height) = height else {
        return format!("height unknown: block{parent} is not here, and the coinbase of its successor tells no height");
    };
    match taken.range(..=height).next_back().filter(|(_, (last, _))| *last >= height) {
        Some((_, &(_, tip))) => {
            let tip = records[nodes[tip].record]
                .header
                .map_or_else(String::new, |header| display_hex(&header.hash).to_string());
            format!("stale: height {height} belongs to the branch with most work, whose tip is {tip}")
        }
        None if !gaps && taken.values().all(|(_, tip)| nodes[*tip].root != root) => format!(
            "height {height} is beyond a gap: block{parent} is not here; give the files that hold it, or leave gaps with \
             missing=allow"
        ),
        None => format!("stale: not on the branch with most work, which does not reach height {height}"),
    }
}

/// Makes one node for each header hash, and links it to its parent.
fn tree(records: &[Record]) -> Vec<Node> {
    let mut nodes: Vec<Node> = Vec::new();
    let mut by_hash: HashMap<Hash, usize> = HashMap::with_capacity(records.len());
    for (record, found) in records.iter().enumerate() {
        let Some(header) = found.header else { continue };
        let index = *by_hash.entry(header.hash).or_insert(nodes.len());
        if index == nodes.len() {
            let copies = Vec::new();
            nodes.push(Node { record, parent: None, root: index, depth: 0, work: 0, complete: false, copies });
        }
        // A torn record still links its children to its parent, but holds no block.
        if found.fault.is_none() {
            if nodes[index].copies.is_empty() {
                nodes[index].record = record;
            }
            nodes[index].complete = true;
            nodes[index].copies.push(record);
        }
    }
    for index in 0..nodes.len() {
        let prev_hash = records[nodes[index].record].header.map(|header| header.prev_hash);
        nodes[index].parent = prev_hash.and_then(|hash| by_hash.get(&hash).copied()).filter(|parent| *parent != index);
    }
    nodes
}

/// Walks down from the roots and adds up depth and work; returns the nodes it met, parents before children.
fn descend(nodes: &mut [Node], records: &[Record]) -> Vec<usize> {
    let mut first_child = vec![None; nodes.len()];
    let mut next_sibling = vec![None; nodes.len()];
    let mut reached = Vec::with_capacity(nodes.len());
    for index in (0..nodes.len()).rev() {
        match nodes[index].parent {
            Some(parent) => next_sibling[index] = first_child[parent].replace(index),
            None => reached.push(index),
        }
    }
    let mut done = 0;
    while let Some(&index) = reached.get(done) {
        done += 1;
        let (root, depth, work) = match nodes[index].parent {
            Some(parent) => (nodes[parent].root, nodes[parent].depth.saturating_add(1), nodes[parent].work),
            None => (index, 0, 0),
        };
        let own = records[nodes[index].record].header.map_or(1, |header| work_of(header.bits, &header.hash));
        let node = &mut nodes[index];
        (node.root, node.depth, node.work) = (root, depth, work.saturating_add(own));
        let mut child = first_child[index];
        while let Some(index) = child {
            reached.push(index);
            child = next_sibling[index];
        }
    }
    reached
}

/// The hashes expected for a header of these bits, 2²⁵⁶ ÷ target, or 1 if the hash does not meet the target.
fn work_of(bits: u32, hash: &Hash) -> u128 {
    let (exponent, mantissa) = ((bits >> 24) as usize, bits & 0x00ff_ffff);
    // Outside these bounds a target is zero, negative or beyond 256 bits, or smaller than any hash ever found.
    if !(17..=32).contains(&exponent) || mantissa == 0 || mantissa > 0x007f_ffff {
        return 1;
    }
    let mut target = [0; 32];
    target[exponent - 3..exponent].copy_from_slice(&mantissa.to_le_bytes()[..3]);
    if hash.iter().rev().gt(target.iter().rev()) {
        return 1;
    }
    (1_u128 << (280 - 8 * exponent).min(127)) / u128::from(mantissa)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests;
