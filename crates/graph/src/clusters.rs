//! Who signs together: clusters of scripts, and why.
//!
//! ```text
//!   tx 1   a b      a, b are one now            a ─1─ b      the forest: the edges that made a difference,
//!   tx 2   c d      c, d are                    │            each with its transaction
//!   tx 3   a c d    a, c are                    3
//!                   a, d have been since a, c   │            cluster a = {a, b, c, d}
//!                                               c ─2─ d      why b and d? 1, 3, 2
//! ```
//!
//! *Evidence* is sets of nodes that belong together: the input scripts of a transaction, or what another heuristic says
//! are one ([`Evidence`]). It is in order: by rank of the heuristic, then transaction, then place in it. Nodes are
//! numbered as they first appear on the chain, so that a cluster's smallest member, which names it, is its oldest. A
//! set of evidence gives the candidate edges from its first member to each other one, in order.
//!
//! - [`Partition`] says who is together, and nothing else: the fastest.
//! - [`Merger`] also keeps the *merge forest*: of all candidate edges those that unite two clusters when they are taken
//!   in order. It is the minimum spanning forest under that order, so that a forest's edges together with new evidence,
//!   put in order, give the forest of all of it. It may be told not to unite clusters of different actors, nor large
//!   ones on weak evidence; what it refuses it reports.
//! - [`history()`] replays a forest: which name gave way to which, by which edge, and how large both were.
//! - [`Links`] answers *why are these two together*: the path in the forest, whose weakest edge is as strong as that of
//!   any other way through all the evidence.
//! - [`keyed`] does all of it for 64-bit account keys, rows in any order, and strikes out evidence that proved wrong.
//!
//! **Order without waiting.** Kruskal's algorithm is sequential, and spends its time waiting for memory. So threads
//! look up the roots of a block of candidates and drop those that are united already, while one thread links, in order,
//! what was left of the block before. A candidate is dropped only for links made by candidates before it, and which of
//! the others link is decided by one thread in order: the forest is that of the sequential algorithm whatever the
//! threads. With rules that depend on order it stays exactly so, where reservations by priority would not.
//!
//! Cost, for m rows and n nodes: 4 bytes a node for a partition; 12 bytes an edge of the forest more, at most n − 1 of
//! them; 4 bytes a node for each of the two rules. Time is spent waiting for memory; `benches/bitcoin/clusters.rs`
//! measures it.
//! Source: Tarjan and van Leeuwen 1984 and Jayanti and Tarjan 2021 for the union-find; Kruskal 1956; Osipov, Sanders
//! and Singler 2009 for dropping candidates early; Katsigiannis et al. 2012 for doing so ahead of the linking thread.

use std::ops::Range;

use rayon::prelude::*;

use crate::error::GraphError;
use crate::guard::Guard;
use crate::union::Union;

mod evidence;
mod forest;
mod history;
pub mod keyed;
#[cfg(test)]
mod tests;
mod why;

pub use evidence::Evidence;
pub use forest::{Edge, Merged, Merger, Reason, Refused, Rules, Strength};
pub use history::{Merge, history};
pub use why::{Links, Step, why};

/// Rows one task works on.
const PIECE: usize = 1 << 13;
/// Candidates whose roots are looked up side by side.
const HAND: usize = 16;

/// Who is together, and not why. Evidence may come in batches; its order does not matter.
#[derive(Debug)]
pub struct Partition {
    union: Union,
}

impl Partition {
    /// So many nodes, each alone.
    pub fn new(nodes: u32) -> Self {
        Self { union: Union::new(nodes) }
    }

    /// Goes on from what [`Partition::finish`] gave, with nodes up to `nodes`: those that are new are alone.
    ///
    /// # Errors
    /// [`GraphError::NoSuchNode`] when a cluster is named by a node that is larger than its member, or there are more
    /// than `nodes` already.
    pub fn resume(mut clusters: Vec<u32>, nodes: u32) -> Result<Self, GraphError> {
        if let Some((_, name)) = (0..).zip(&clusters).find(|(node, name)| *name > node || *node >= nodes) {
            return Err(GraphError::NoSuchNode { node: *name, nodes });
        }
        clusters.extend(clusters.len() as u32..nodes);
        Ok(Self { union: Union::of(clusters) })
    }

    /// Unites the members of every set.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`]; [`GraphError::NoSuchNode`] when the evidence has more nodes than the partition.
    pub fn unite(&mut self, evidence: &Evidence<'_>, guard: Guard<'_>) -> Result<(), GraphError> {
        check(evidence, &self.union)?;
        let union = &self.union;
        pieces(evidence.rows()).try_for_each(|rows| {
            guard.ask()?;
            candidates(evidence, rows, union, |candidate| {
                if candidate.roots.0 != candidate.roots.1 {
                    union.unite(candidate.roots.0, candidate.roots.1);
                }
            });
            Ok(())
        })
    }

    /// For every node the smallest member of its cluster.
    pub fn finish(self) -> Vec<u32> {
        self.union.into_names()
    }
}

/// For every node the smallest member of its cluster, in one go.
///
/// # Errors
/// [`GraphError::Cancelled`].
pub fn partition(evidence: &Evidence<'_>, guard: Guard<'_>) -> Result<Vec<u32>, GraphError> {
    let mut partition = Partition::new(evidence.nodes());
    partition.unite(evidence, guard)?;
    Ok(partition.finish())
}

/// An edge that may unite two clusters, and the roots its ends had at some moment after the work began.
#[derive(Debug, Clone, Copy, Default)]
struct Candidate {
    edge: Edge,
    roots: (u32, u32),
}

/// Calls `each` with the candidates of some rows, in order, a hand of them looked up at a time.
fn candidates(evidence: &Evidence<'_>, rows: Range<usize>, union: &Union, mut each: impl FnMut(Candidate)) {
    let (mut hand, mut held) = ([Edge::default(); HAND], 0);
    let mut deal = |hand: &[Edge; HAND], held: usize| {
        let (mut firsts, mut others) = (hand.map(|edge| edge.first), hand.map(|edge| edge.other));
        union.roots(&mut firsts);
        union.roots(&mut others);
        let roots = firsts.into_iter().zip(others);
        hand.iter().zip(roots).take(held).for_each(|(edge, roots)| each(Candidate { edge: *edge, roots }));
    };
    evidence.for_each(rows, |edge| {
        hand[held] = edge;
        held += 1;
        if held == HAND {
            deal(&hand, held);
            held = 0;
        }
    });
    if held > 0 {
        // The rest of the hand is what was in it before: looked up once more, and not dealt.
        deal(&hand, held);
    }
}

/// Rows for one task each.
fn pieces(rows: u32) -> impl IndexedParallelIterator<Item = Range<usize>> {
    let rows = rows as usize;
    (0..rows.div_ceil(PIECE)).into_par_iter().map(move |piece| piece * PIECE..((piece + 1) * PIECE).min(rows))
}

fn check(evidence: &Evidence<'_>, union: &Union) -> Result<(), GraphError> {
    let (node, nodes) = (evidence.nodes(), union.nodes());
    if node > nodes { Err(GraphError::NoSuchNode { node: node - 1, nodes }) } else { Ok(()) }
}
