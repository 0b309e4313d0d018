//! Blocks, stored end to end, and those among them that no other holds.

use std::cmp::Reverse;

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;
use crate::instances::Instances;

/// No entry.
const NONE: usize = usize::MAX;

/// One block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<'a> {
    /// Who pays, ascending.
    pub senders: &'a [u32],
    /// Who is paid, ascending.
    pub receivers: &'a [u32],
    /// The transfers, in order.
    pub edges: &'a [u32],
    /// Pairs of a sender and a receiver that a transfer joins.
    pub pairs: u64,
}

impl Block<'_> {
    /// Whether all accounts of a block are on the same sides of this one.
    fn covers(&self, other: &Block<'_>) -> bool {
        is_within(other.senders, self.senders) && is_within(other.receivers, self.receivers)
    }
}

/// Blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blocks {
    senders: Instances,
    receivers: Instances,
    edges: Instances,
    pairs: Vec<u64>,
}

impl Blocks {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// One of them.
    pub fn get(&self, index: usize) -> Block<'_> {
        Block {
            senders: self.senders.get(index),
            receivers: self.receivers.get(index),
            edges: self.edges.get(index),
            pairs: self.pairs[index],
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Block<'_>> {
        (0..self.len()).map(|index| self.get(index))
    }

    /// Appends those of another list.
    pub fn append(&mut self, others: &Self) {
        others.iter().for_each(|block| self.push(block));
    }

    pub(crate) fn push(&mut self, block: Block<'_>) {
        self.senders.push(block.senders.iter().copied());
        self.receivers.push(block.receivers.iter().copied());
        self.edges.push(block.edges.iter().copied());
        self.pairs.push(block.pairs);
    }

    /// The blocks by first transfer, the larger first, without those whose first transfer and accounts one of the blocks
    /// kept before it holds.
    ///
    /// A block that holds the first transfer of another begins no later, so one pass in this order meets every holder
    /// before what it holds. Cost: a step a transfer, and the accounts of each block times the blocks kept that hold its
    /// first transfer.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn maximal(&self, graph: &Graph, mut guard: Guard<'_>) -> Result<Self, GraphError> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.sort_unstable_by_key(|index| {
            let block = self.get(*index);
            (block.edges[0], Reverse(block.pairs), block.senders, block.receivers)
        });
        let mut kept = Self::default();
        let first_kept = first_kept(graph, &self.edges, &order, &mut guard, |larger, smaller| {
            self.get(larger).covers(&self.get(smaller))
        })?;
        first_kept.into_iter().for_each(|index| kept.push(self.get(index)));
        Ok(kept)
    }
}

/// Of lists of edges, taken in an order in which whoever holds the first edge of another comes before it, those that no
/// list kept before them `covers`; only lists that hold their first edge are asked.
pub(crate) fn first_kept(
    graph: &Graph,
    edges: &Instances,
    order: &[usize],
    guard: &mut Guard<'_>,
    covers: impl Fn(usize, usize) -> bool,
) -> Result<Vec<usize>, GraphError> {
    let mut kept = Vec::new();
    // For every edge the last list kept that holds it; for each such entry the one before it.
    let mut holder = vec![NONE; graph.edges() as usize];
    let mut chain: Vec<(usize, usize)> = Vec::new();
    for &index in order {
        let (mut entry, mut covered) = (holder[edges.get(index)[0] as usize], false);
        while entry != NONE && !covered {
            guard.step()?;
            let (other, before) = chain[entry];
            covered = covers(other, index);
            entry = before;
        }
        if covered {
            continue;
        }
        for edge in edges.get(index) {
            guard.step()?;
            let before = std::mem::replace(&mut holder[*edge as usize], chain.len());
            chain.push((index, before));
        }
        kept.push(index);
    }
    Ok(kept)
}

/// Whether every member of one sorted list is in another.
pub(crate) fn is_within(few: &[u32], many: &[u32]) -> bool {
    few.len() <= many.len() && few.iter().all(|member| many.binary_search(member).is_ok())
}
