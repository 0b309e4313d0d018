//! The merge forest: the candidate edges that unite two clusters when all are taken in order.

use std::ops::Range;

use rayon::prelude::*;

use super::{Candidate, Evidence, PIECE, candidates, check};
use crate::error::GraphError;
use crate::guard::Guard;
use crate::union::Union;

/// Pieces for each thread that are looked up while those before are linked. What they leave is to be in the cache when
/// it is linked.
const BLOCK: usize = 4;

/// An edge of the forest, or a candidate for one: the first member of a set, another one, and the row of that one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The first member of the set.
    pub first: u32,
    /// The other.
    pub other: u32,
    /// The other's row in the evidence it came in.
    pub row: u32,
}

/// How far evidence is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// It unites whatever the sizes.
    Strong,
    /// It never unites two clusters that strong evidence alone had made larger than [`Rules::large`].
    Weak,
}

/// What may not be united. Both depend on the order of the evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Every node's actor, if it has one: clusters of different actors are never united.
    pub actors: Option<Vec<Option<std::num::NonZero<u32>>>>,
    /// The most members of a cluster that is not large, for [`Strength::Weak`].
    pub large: Option<u32>,
}

/// Why two clusters were not united.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// They have different actors: that of the first member's cluster and that of the other's.
    Actors(u32, u32),
    /// The evidence is weak and both are large: members that strong evidence had united, in the same sequence. A
    /// cluster made of several on weak evidence counts as the largest of them.
    Sizes(u32, u32),
}

/// An edge that would have united two clusters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// The edge.
    pub edge: Edge,
    /// What stood against it.
    pub reason: Reason,
}

/// What a batch of evidence did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    /// The edges that united two clusters, in order.
    pub edges: Vec<Edge>,
    /// Those that were not allowed to, in order.
    pub refused: Vec<Refused>,
}

/// Unites clusters in the order of the evidence, and says by which edges.
#[derive(Debug)]
pub struct Merger {
    union: Union,
    rules: Kept,
}

impl Merger {
    /// So many nodes, each alone.
    ///
    /// # Errors
    /// [`GraphError::Ragged`] when there are not as many actors as nodes.
    pub fn new(nodes: u32, rules: Rules) -> Result<Self, GraphError> {
        if rules.actors.as_ref().is_some_and(|actors| actors.len() != nodes as usize) {
            return Err(GraphError::Ragged);
        }
        let sizes = rules.large.map(|large| (large, vec![1; nodes as usize]));
        Ok(Self { union: Union::new(nodes), rules: Kept { actors: rules.actors, sizes } })
    }

    /// Takes the evidence that comes next in order. Rows are counted from the beginning of each batch.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`], after which the merger is of no use; [`GraphError::NoSuchNode`] when the evidence has
    /// more nodes than the merger.
    pub fn merge(
        &mut self,
        evidence: &Evidence<'_>,
        strength: Strength,
        guard: Guard<'_>,
    ) -> Result<Merged, GraphError> {
        check(evidence, &self.union)?;
        let (union, rules) = (&self.union, &mut self.rules);
        let mut merged = Merged::default();
        let pieces = BLOCK * rayon::current_num_threads();
        let (mut ahead, mut behind) = (vec![Vec::new(); pieces], vec![Vec::new(); pieces]);
        let (rows, block) = (evidence.rows() as usize, pieces * PIECE);
        // One block more than there are, empty, so that the last is linked.
        for start in (0..rows + block).step_by(block) {
            let end = (start + block).min(rows);
            let (linked, looked) = rayon::join(
                || rules.link(union, &behind, strength, &mut merged, guard),
                || look(union, evidence, start.min(end)..end, &mut ahead, guard),
            );
            linked?;
            looked?;
            std::mem::swap(&mut ahead, &mut behind);
        }
        Ok(merged)
    }

    /// For every node the smallest member of its cluster.
    pub fn finish(self) -> Vec<u32> {
        self.union.into_names()
    }
}

/// Looks up the candidates of some rows, a piece of them for each place in `found`, and keeps those that are not united
/// yet.
fn look(
    union: &Union,
    evidence: &Evidence<'_>,
    rows: Range<usize>,
    found: &mut [Vec<Candidate>],
    guard: Guard<'_>,
) -> Result<(), GraphError> {
    found.par_iter_mut().enumerate().try_for_each(|(piece, found)| {
        guard.ask()?;
        found.clear();
        let start = (rows.start + piece * PIECE).min(rows.end);
        candidates(evidence, start..(start + PIECE).min(rows.end), union, |candidate| {
            if candidate.roots.0 != candidate.roots.1 {
                found.push(candidate);
            }
        });
        Ok(())
    })
}

/// Rules, and what they know of each root.
#[derive(Debug)]
struct Kept {
    actors: Option<Vec<Option<std::num::NonZero<u32>>>>,
    /// What is large, and how many members strong evidence united.
    sizes: Option<(u32, Vec<u32>)>,
}

impl Kept {
    /// Links what candidates may link, in order. It is the only one that links.
    fn link(
        &mut self,
        union: &Union,
        pieces: &[Vec<Candidate>],
        strength: Strength,
        merged: &mut Merged,
        guard: Guard<'_>,
    ) -> Result<(), GraphError> {
        for piece in pieces {
            guard.ask()?;
            for Candidate { edge, roots } in piece {
                let (one, other) = (union.root(roots.0), union.root(roots.1));
                if one == other {
                    continue;
                }
                if let Some(reason) = self.objection(one, other, strength) {
                    merged.refused.push(Refused { edge: *edge, reason });
                    continue;
                }
                let (low, high) = (one.min(other), one.max(other));
                self.join(low, high, strength);
                union.link(high, low);
                merged.edges.push(*edge);
            }
        }
        Ok(())
    }

    #[inline]
    fn objection(&self, one: u32, other: u32, strength: Strength) -> Option<Reason> {
        if let Some(actors) = &self.actors
            && let (Some(one), Some(other)) = (actors[one as usize], actors[other as usize])
            && one != other
        {
            return Some(Reason::Actors(one.get(), other.get()));
        }
        let (large, sizes) = self.sizes.as_ref().filter(|_| strength == Strength::Weak)?;
        let (one, other) = (sizes[one as usize], sizes[other as usize]);
        (one.min(other) > *large).then_some(Reason::Sizes(one, other))
    }

    #[inline]
    fn join(&mut self, low: u32, high: u32, strength: Strength) {
        let (low, high) = (low as usize, high as usize);
        if let Some(actors) = &mut self.actors {
            actors[low] = actors[low].or(actors[high]);
        }
        if let Some((_, sizes)) = &mut self.sizes {
            sizes[low] = match strength {
                Strength::Strong => sizes[low] + sizes[high],
                Strength::Weak => sizes[low].max(sizes[high]),
            };
        }
    }
}
