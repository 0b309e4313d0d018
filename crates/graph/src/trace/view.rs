//! A graph seen forwards, or in the mirror: time reversed, payer and payee exchanged.
//!
//! A *step* is an edge's place in the walk: its number, or its number from the end.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Direction;
use crate::graph::Graph;

#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    graph: &'a Graph,
    back: bool,
}

impl<'a> View<'a> {
    pub(super) fn new(graph: &'a Graph, direction: Direction) -> Self {
        Self { graph, back: direction == Direction::Back }
    }

    /// The step of an edge. Its own inverse.
    #[inline]
    pub(super) fn step(&self, edge: u32) -> u32 {
        if self.back { self.graph.edges() - 1 - edge } else { edge }
    }

    /// The edge of a step.
    #[inline]
    pub(super) fn edge(&self, step: u32) -> u32 {
        self.step(step)
    }

    /// Ascending with the steps, whichever way time runs.
    #[inline]
    pub(super) fn time(&self, step: u32) -> i64 {
        let time = self.graph.time(self.edge(step));
        if self.back { time.saturating_neg() } else { time }
    }

    #[inline]
    pub(super) fn amount(&self, step: u32) -> i128 {
        self.graph.amount(self.edge(step))
    }

    /// Who pays and who receives.
    #[inline]
    pub(super) fn ends(&self, step: u32) -> (u32, u32) {
        let edge = self.edge(step);
        let (src, dst) = (self.graph.src(edge), self.graph.dst(edge));
        if self.back { (dst, src) } else { (src, dst) }
    }

    /// The steps by which a node pays, in order.
    pub(super) fn outgoing(&self, node: u32) -> impl Iterator<Item = u32> + '_ {
        let edges = if self.back { self.graph.incoming(node) } else { self.graph.outgoing(node) };
        let last = edges.len().wrapping_sub(1);
        (0..edges.len()).map(move |place| self.step(edges[if self.back { last - place } else { place }]))
    }

    /// The steps whose time is within the limits.
    pub(super) fn between(&self, since: Option<i64>, until: Option<i64>) -> Range<u32> {
        let edges = self.graph.edges();
        let first = since.map_or(0, |since| self.graph.first_since(since));
        let end = until.map_or(edges, |until| until.checked_add(1).map_or(edges, |next| self.graph.first_since(next)));
        let end = end.max(first);
        if self.back { edges - end..edges - first } else { first..end }
    }

    /// What a node holds before a step.
    pub(super) fn balance(&self, node: u32, step: u32, opening: Option<&BTreeMap<u32, i128>>) -> i128 {
        let edge = self.edge(step);
        // Everything before the step, or in the mirror everything behind it: what is left of the other end.
        let history = history(self.graph, node);
        let (mut balance, mut least, mut then) = (0, 0, None);
        for (at, change) in history {
            // The mirror's "before" is what comes after: the balance with this edge counted.
            if then.is_none() && (at > edge || (at == edge && !self.back)) {
                then = Some(balance);
            }
            balance += change;
            least = least.min(balance);
        }
        let opening = opening.map_or(-least, |given| given.get(&node).copied().unwrap_or(0));
        (opening + then.unwrap_or(balance)).max(0)
    }
}

/// A node's edges in order, each with what it changes. Self-loops change nothing and are left out.
fn history(graph: &Graph, node: u32) -> impl Iterator<Item = (u32, i128)> + '_ {
    let mut paid = graph.outgoing(node).iter().copied().filter(move |edge| graph.dst(*edge) != node).peekable();
    let mut received = graph.incoming(node).iter().copied().filter(move |edge| graph.src(*edge) != node).peekable();
    std::iter::from_fn(move || {
        let pays = match (paid.peek(), received.peek()) {
            (Some(out), Some(into)) => out < into,
            (out, _) => out.is_some(),
        };
        let edge = if pays { paid.next() } else { received.next() }?;
        let amount = graph.amount(edge);
        Some((edge, if pays { -amount } else { amount }))
    })
}
