//! Money in, then money out, at one account within a time.
//!
//! ```text
//!   x ──10──▶ a ──9──▶ y        receipt f, then payment e, time(e) − time(f) ≤ within:   one pair (f, e)
//! ```
//!
//! Either every such pair ([`Pairs`]), or receipts matched with payments first in, first out, so that each unit is used
//! once ([`matched`]): a payment takes from the oldest receipt that is not used up and not older than `within`.
//!
//! "Then" is ≺. A self-loop is neither a receipt nor a payment. Pairs come by account, payment, receipt.
//! Cost: pairs, one step a pair; matched, one step an edge and a match.

use std::collections::VecDeque;
use std::ops::Range;

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;

/// A receipt, a payment after it, and how much of the one is taken to have become the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// The receipt.
    pub received: u32,
    /// The payment.
    pub paid: u32,
    /// Units used by both.
    pub amount: i128,
}

/// Every pair of a range of nodes, a batch at a time: there may be far more pairs than transfers.
#[derive(Debug)]
pub struct Pairs<'a> {
    graph: &'a Graph,
    within: i64,
    guard: Guard<'a>,
    node: u32,
    end: u32,
    /// Places in the node's lists: the payment at hand, the first receipt in its time, and the next one to pair it with.
    payment: usize,
    first: usize,
    next: usize,
}

impl<'a> Pairs<'a> {
    /// Prepares a range of nodes. `within` is in microseconds.
    pub fn new(graph: &'a Graph, within: i64, nodes: Range<u32>, guard: Guard<'a>) -> Self {
        Self { graph, within, guard, node: nodes.start, end: nodes.end, payment: 0, first: 0, next: 0 }
    }

    /// Adds up to `most` pairs to `pairs`, receipt first; returns whether there may be more.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn add(&mut self, most: usize, pairs: &mut Vec<(u32, u32)>) -> Result<bool, GraphError> {
        let mut room = most;
        while self.node < self.end {
            let (paid, received) = (self.graph.outgoing(self.node), self.graph.incoming(self.node));
            while let Some(&payment) = paid.get(self.payment) {
                self.guard.step()?;
                let since = self.graph.time(payment).saturating_sub(self.within);
                while received.get(self.first).is_some_and(|edge| self.graph.time(*edge) < since) {
                    self.first += 1;
                }
                self.next = self.next.max(self.first);
                let loops = self.graph.dst(payment) == self.node;
                while let Some(&receipt) = received.get(self.next).filter(|edge| **edge < payment && !loops) {
                    if room == 0 {
                        return Ok(true);
                    }
                    if self.graph.src(receipt) != self.node {
                        pairs.push((receipt, payment));
                        room -= 1;
                    }
                    self.next += 1;
                    self.guard.step()?;
                }
                (self.payment, self.next) = (self.payment + 1, 0);
            }
            (self.node, self.payment, self.first, self.next) = (self.node + 1, 0, 0, 0);
        }
        Ok(false)
    }
}

/// Adds the matches of a range of nodes to `matches`.
///
/// # Errors
/// [`GraphError::Cancelled`].
pub fn matched(
    graph: &Graph,
    within: i64,
    nodes: Range<u32>,
    matches: &mut Vec<Match>,
    mut guard: Guard<'_>,
) -> Result<(), GraphError> {
    let mut open: VecDeque<(u32, i128)> = VecDeque::new();
    for node in nodes {
        open.clear();
        let mut received = graph.incoming(node).iter().filter(|edge| graph.src(**edge) != node).peekable();
        for &payment in graph.outgoing(node).iter().filter(|edge| graph.dst(**edge) != node) {
            guard.step()?;
            while let Some(receipt) = received.next_if(|edge| **edge < payment) {
                open.push_back((*receipt, graph.amount(*receipt)));
                guard.step()?;
            }
            let since = graph.time(payment).saturating_sub(within);
            let mut left = graph.amount(payment);
            while let Some((receipt, rest)) = open.front_mut() {
                if graph.time(*receipt) < since || *rest == 0 {
                    open.pop_front();
                    continue;
                }
                if left == 0 {
                    break;
                }
                let amount = left.min(*rest);
                matches.push(Match { received: *receipt, paid: payment, amount });
                (left, *rest) = (left - amount, *rest - amount);
                guard.step()?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::transfers;
    use proptest::prelude::*;

    /// From the definition: all edges against all edges.
    fn naive(graph: &Graph, within: i64) -> Vec<(u32, u32)> {
        let mut pairs = Vec::new();
        for node in 0..graph.nodes() {
            for paid in (0..graph.edges()).filter(|edge| graph.src(*edge) == node && graph.dst(*edge) != node) {
                let receipts = (0..paid).filter(|edge| graph.dst(*edge) == node && graph.src(*edge) != node);
                pairs.extend(receipts.filter(|f| graph.time(paid) - graph.time(*f) <= within).map(|f| (f, paid)));
            }
        }
        pairs
    }

    proptest! {
        #[test]
        fn every_pair_once_whatever_the_batches(rows in transfers(5, 40), within in 0_i64..18, most in 1_usize..9) {
            let graph = rows.graph();
            let mut pairs = Vec::new();
            let middle = graph.nodes() / 2;
            for nodes in [0..middle, middle..graph.nodes()] {
                let mut source = Pairs::new(&graph, within, nodes, Guard::new(&|| false));
                while source.add(most, &mut pairs).unwrap() {}
            }
            prop_assert_eq!(pairs, naive(&graph, within));
        }

        /// A unit is used once: unit k of an account's money is the same one going in and coming out.
        #[test]
        fn every_unit_is_used_once_and_the_oldest_first(rows in transfers(4, 30), within in 0_i64..18) {
            let graph = rows.graph();
            let mut matches = Vec::new();
            matched(&graph, within, 0..graph.nodes(), &mut matches, Guard::new(&|| false)).unwrap();
            let mut expected = Vec::new();
            for node in 0..graph.nodes() {
                let mut units: Vec<u32> = Vec::new();
                for edge in 0..graph.edges() {
                    match (graph.src(edge) == node, graph.dst(edge) == node) {
                        (false, true) => units.extend((0..graph.amount(edge)).map(|_| edge)),
                        (true, false) => {
                            units.retain(|receipt| graph.time(edge) - graph.time(*receipt) <= within);
                            let taken = units.len().min(graph.amount(edge) as usize);
                            for receipt in units.drain(..taken) {
                                match expected.last_mut() {
                                    Some(Match { received, paid, amount }) if (*received, *paid) == (receipt, edge) => {
                                        *amount += 1;
                                    }
                                    _ => expected.push(Match { received: receipt, paid: edge, amount: 1 }),
                                }
                            }
                        }
                        _ => {}
                    }
                }
            }
            prop_assert_eq!(matches, expected);
        }
    }
}
