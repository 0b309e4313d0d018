//! A graph seen forwards, or in the mirror: time reversed, payer and payee exchanged.
//!
//! A *step* is an edge's place in the walk: its number, or its number from the end. A *place* is where a step stands
//! among the payments, or among the receipts, of one account.

use std::ops::Range;

use super::{Direction, Request};
use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;

#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    graph: &'a Graph,
    request: &'a Request,
    back: bool,
    end: u32,
}

impl<'a> View<'a> {
    /// The view, and the steps whose time is within the limits.
    pub(super) fn new(graph: &'a Graph, request: &'a Request) -> (Self, Range<u32>) {
        let edges = graph.edges();
        let first = request.since.map_or(0, |since| graph.first_since(since));
        let after = |until: i64| until.checked_add(1).map_or(edges, |next| graph.first_since(next));
        let end = request.until.map_or(edges, after).max(first);
        let back = request.direction == Direction::Back;
        let range = if back { edges - end..edges - first } else { first..end };
        (Self { graph, request, back, end: range.end }, range)
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

    /// The first step behind the limits of time.
    pub(super) fn end(&self) -> u32 {
        self.end
    }

    /// When the last step happens that is walked.
    pub(super) fn horizon(&self) -> i64 {
        if self.end == 0 { 0 } else { self.time(self.end - 1) }
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

    /// The steps by which a node pays.
    #[inline]
    pub(super) fn paid(&self, node: u32) -> Steps<'a> {
        self.steps(node, !self.back)
    }

    /// The steps by which a node receives.
    #[inline]
    pub(super) fn received(&self, node: u32) -> Steps<'a> {
        self.steps(node, self.back)
    }

    #[inline]
    fn steps(&self, node: u32, outgoing: bool) -> Steps<'a> {
        let edges = if outgoing { self.graph.outgoing(node) } else { self.graph.incoming(node) };
        Steps { view: *self, node, outgoing, edges }
    }

    /// How long money may lie still.
    pub(super) fn max_delay(&self) -> Option<i64> {
        self.request.max_delay
    }

    /// What a node holds before a step, given or inferred.
    ///
    /// Inferred, it is what the node has received less what it has paid since it held least, and that moment may be any
    /// of its history, so that all of it is read. Given, the history before the step is enough.
    pub(super) fn balance(&self, node: u32, step: u32, guard: &mut Guard<'_>) -> Result<i128, GraphError> {
        // The mirror's "before" is what comes after: the balance with this edge counted.
        let before = if self.back { self.graph.edges() - step } else { step };
        let (paid, received) = (self.graph.outgoing(node), self.graph.incoming(node));
        let parts = |edges: &'a [u32]| edges.split_at(edges.partition_point(|edge| *edge < before));
        let ((paid, paid_later), (received, received_later)) = (parts(paid), parts(received));
        let mut history = History { graph: self.graph, balance: 0, least: 0 };
        history.extend(paid, received, guard)?;
        let then = history.balance;
        let opening = match &self.request.opening {
            Some(given) => given.get(&node).copied().unwrap_or(0),
            None => {
                history.extend(paid_later, received_later, guard)?;
                -history.least
            }
        };
        Ok((opening + then).max(0))
    }

    /// What a node holds at the end of the walk, if `first` is the first step since which what it had is counted.
    ///
    /// An inferred balance never lacks what is paid, so that the last one says it all; beside a given one each payment
    /// beyond it was made with money from nowhere.
    pub(super) fn closing(&self, node: u32, first: u32, guard: &mut Guard<'_>) -> Result<i128, GraphError> {
        if self.request.opening.is_none() {
            return self.balance(node, self.end, guard);
        }
        let mut cursor = Cursor::at(self, node, first);
        cursor.settle(self, node, self.end, self.balance(node, first, guard)?, guard)
    }
}

/// A balance that began as nothing, and the least it has been.
struct History<'a> {
    graph: &'a Graph,
    balance: i128,
    least: i128,
}

impl History<'_> {
    /// Goes on by what a node pays and receives next.
    ///
    /// Which of the two comes next is a coin's toss to a processor that guesses, so that it is computed instead.
    fn extend(&mut self, paid: &[u32], received: &[u32], guard: &mut Guard<'_>) -> Result<(), GraphError> {
        let (mut pays, mut receives) = (0, 0);
        while pays < paid.len() && receives < received.len() {
            guard.step()?;
            let (out, into) = (paid[pays], received[receives]);
            // A self-loop is on both lists: it is counted twice, as nothing.
            let (leaves, comes) = (out <= into, into <= out);
            pays += usize::from(leaves);
            receives += usize::from(comes);
            self.count(out.min(into), i128::from(comes) - i128::from(leaves));
        }
        for (rest, sign) in [(&paid[pays..], -1), (&received[receives..], 1)] {
            for edge in rest {
                guard.step()?;
                self.count(*edge, sign);
            }
        }
        Ok(())
    }

    #[inline]
    fn count(&mut self, edge: u32, sign: i128) {
        self.balance += sign * self.graph.amount(edge);
        self.least = self.least.min(self.balance);
    }
}

/// The steps by which a node pays, or receives, in order.
#[derive(Clone, Copy)]
pub(super) struct Steps<'a> {
    view: View<'a>,
    node: u32,
    /// Whether they are the node's outgoing edges, whatever they are in the mirror.
    outgoing: bool,
    edges: &'a [u32],
}

impl Steps<'_> {
    /// The step at a place; past every other when there is none.
    #[inline]
    pub(super) fn get(&self, place: u32) -> u32 {
        let place = place as usize;
        match self.edges.len().checked_sub(place + 1) {
            None => u32::MAX,
            Some(_) if !self.view.back => self.edges[place],
            Some(mirrored) => self.view.step(self.edges[mirrored]),
        }
    }

    /// The place of the first step at or after this one.
    pub(super) fn from(&self, step: u32) -> u32 {
        if !self.view.back {
            return self.edges.partition_point(|edge| *edge < step) as u32;
        }
        // At or after a step in the mirror is at or before its edge.
        let after = self.view.graph.edges() - step;
        (self.edges.len() - self.edges.partition_point(|edge| *edge < after)) as u32
    }

    /// Whether one of the steps moves nothing. Its other end tells.
    #[inline]
    pub(super) fn is_loop(&self, step: u32) -> bool {
        let (graph, edge) = (self.view.graph, self.view.edge(step));
        self.node == if self.outgoing { graph.dst(edge) } else { graph.src(edge) }
    }

    /// The next place from this one that moves something within the limits of time, and its step.
    pub(super) fn next(&self, mut place: u32, guard: &mut Guard<'_>) -> Result<Option<(u32, u32)>, GraphError> {
        loop {
            let step = self.get(place);
            if step >= self.view.end {
                return Ok(None);
            }
            guard.step()?;
            if !self.is_loop(step) {
                return Ok(Some((place, step)));
            }
            place += 1;
        }
    }
}

/// How far an account's payments and receipts have been counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    /// The place of its first payment that has not been.
    pub(super) paid: u32,
    /// The place of its first receipt that has not been.
    pub(super) received: u32,
}

impl Cursor {
    /// Nothing at or after a step is counted.
    pub(super) fn at(view: &View<'_>, node: u32, step: u32) -> Self {
        Self { paid: view.paid(node).from(step), received: view.received(node).from(step) }
    }

    /// Counts what is paid and received before a step, all of it clean, and returns what is held then.
    pub(super) fn settle(
        &mut self,
        view: &View<'_>,
        node: u32,
        before: u32,
        mut held: i128,
        guard: &mut Guard<'_>,
    ) -> Result<i128, GraphError> {
        let (paid, received) = (view.paid(node), view.received(node));
        loop {
            let (out, into) = (paid.get(self.paid), received.get(self.received));
            let step = out.min(into);
            if step >= before {
                return Ok(held);
            }
            guard.step()?;
            self.paid += u32::from(out == step);
            self.received += u32::from(into == step);
            if out < into {
                held = (held - view.amount(step)).max(0);
            } else if into < out {
                held += view.amount(step);
            }
        }
    }

    /// Counts the next receipt before a step, and returns its amount.
    #[inline]
    pub(super) fn receipt(
        &mut self,
        received: &Steps<'_>,
        before: u32,
        guard: &mut Guard<'_>,
    ) -> Result<Option<i128>, GraphError> {
        loop {
            let step = received.get(self.received);
            if step >= before {
                return Ok(None);
            }
            guard.step()?;
            self.received += 1;
            if !received.is_loop(step) {
                return Ok(Some(received.view.amount(step)));
            }
        }
    }
}
