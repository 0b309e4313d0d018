//! The transfers that lie on some way, in time order, from one set of accounts to another.
//!
//! ```text
//!   source ──▶ · ──▶ · ──▶ target        kept: a source's money can have reached it, and from it reach a target
//!              · ──▶ ·                   left out: no money of a source is there yet
//!              · ──▶ ·                   left out: nothing leads on to a target any more
//! ```
//!
//! A way begins at a source, ends at the first target, and passes through neither in between: what comes before its last
//! source or after its first target adds nothing to how money came from the one set to the other. So a transfer into an
//! account that is a source alone, or out of one that is a target alone, is on no way, and neither is a self-loop.
//!
//! Cost: one pass forwards over the edges between the sources' first payment and the targets' last receipt, one backwards
//! over those it kept.

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;

/// None yet.
const NONE: u32 = u32::MAX;
const SOURCE: u8 = 1;
const TARGET: u8 = 2;

/// By node: whether it is a source, a target, or both.
#[derive(Debug)]
pub(crate) struct Ends {
    roles: Vec<u8>,
    /// No edge of a way comes before this one…
    first: u32,
    /// …or is this one or a later one.
    last: u32,
}

impl Ends {
    pub(crate) fn new(graph: &Graph, sources: &[u32], targets: &[u32]) -> Self {
        let mut roles = vec![0; graph.nodes() as usize];
        sources.iter().for_each(|node| roles[*node as usize] |= SOURCE);
        targets.iter().for_each(|node| roles[*node as usize] |= TARGET);
        let first = sources.iter().filter_map(|node| graph.outgoing(*node).first()).min();
        let last = targets.iter().filter_map(|node| graph.incoming(*node).last()).max();
        Self { roles, first: first.copied().unwrap_or(0), last: last.map_or(0, |edge| edge + 1) }
    }

    #[inline]
    pub(crate) fn is_source(&self, node: u32) -> bool {
        self.roles[node as usize] & SOURCE != 0
    }

    #[inline]
    pub(crate) fn is_target(&self, node: u32) -> bool {
        self.roles[node as usize] & TARGET != 0
    }

    /// The edges on some way, ascending; between neighbours of one lie at most `max_delay` microseconds, and all of them
    /// are `usable`. A way may pass through a node twice here.
    pub(crate) fn between(
        &self,
        graph: &Graph,
        max_delay: Option<i64>,
        usable: impl Fn(u32) -> bool,
        guard: &mut Guard<'_>,
    ) -> Result<Vec<u32>, GraphError> {
        let delay = max_delay.unwrap_or(i64::MAX);
        let joins = |before: u32, after: u32| {
            before != NONE && after != NONE && graph.time(after).saturating_sub(graph.time(before)) <= delay
        };
        // The last receipt is the best one to go on from, and the next payment the best one to go on by.
        let mut nearest = vec![NONE; self.roles.len()];
        let mut reached = Vec::new();
        for edge in self.first..self.last {
            guard.step()?;
            let (from, to) = (graph.src(edge), graph.dst(edge));
            let starts = self.is_source(from);
            let bars = self.is_source(to) && !self.is_target(to) || self.is_target(from) && !starts;
            if from == to || bars || !(starts || joins(nearest[from as usize], edge)) || !usable(edge) {
                continue;
            }
            nearest[to as usize] = edge;
            reached.push(edge);
        }
        nearest.fill(NONE);
        let mut kept = Vec::new();
        for &edge in reached.iter().rev() {
            guard.step()?;
            let to = graph.dst(edge);
            if self.is_target(to) || joins(edge, nearest[to as usize]) {
                nearest[graph.src(edge) as usize] = edge;
                kept.push(edge);
            }
        }
        kept.reverse();
        Ok(kept)
    }
}
