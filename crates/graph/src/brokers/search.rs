//! One source's part in everybody's betweenness.

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;

/// Not reached.
const NEVER: u32 = u32::MAX;

/// Who paid whom: every arc once, by payer, without self-loops.
#[derive(Debug)]
pub(super) struct Arcs {
    offsets: Vec<u32>,
    payees: Vec<u32>,
}

impl Arcs {
    pub(super) fn of(graph: &Graph, mut guard: Guard<'_>) -> Result<Self, GraphError> {
        let mut offsets = vec![0];
        let mut payees = Vec::new();
        let mut paid = Vec::new();
        for node in 0..graph.nodes() {
            paid.clear();
            for edge in graph.outgoing(node) {
                guard.step()?;
                paid.push(graph.dst(*edge));
            }
            paid.sort_unstable();
            paid.dedup();
            payees.extend(paid.iter().filter(|payee| **payee != node));
            offsets.push(payees.len() as u32);
        }
        Ok(Self { offsets, payees })
    }

    pub(super) fn nodes(&self) -> u32 {
        self.offsets.len() as u32 - 1
    }

    #[inline]
    pub(super) fn payees(&self, node: u32) -> &[u32] {
        &self.payees[self.offsets[node as usize] as usize..self.offsets[node as usize + 1] as usize]
    }

    /// By node, how many pay it.
    pub(super) fn payers(&self) -> Vec<u32> {
        let mut payers = vec![0; self.nodes() as usize];
        for payee in &self.payees {
            payers[*payee as usize] += 1;
        }
        payers
    }
}

/// What is known of a node while one source is searched from: beside each other, since they are read together.
#[derive(Debug, Clone, Copy)]
struct State {
    /// The shortest ways from the source.
    ways: f64,
    /// The node itself, and what others depend on it, for each of those ways.
    weight: f64,
    /// Arcs from the source; NEVER between two sources.
    distance: u32,
}

/// Searches from one source after another and adds up what they contribute.
#[derive(Debug)]
pub(super) struct Search<'a> {
    arcs: &'a Arcs,
    max_hops: u32,
    guard: Guard<'a>,
    /// By node.
    states: Vec<State>,
    /// The nodes reached, nearest first.
    reached: Vec<u32>,
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl<'a> Search<'a> {
    pub(super) fn new(arcs: &'a Arcs, max_hops: u32, guard: Guard<'a>) -> Self {
        let nodes = arcs.nodes() as usize;
        Self {
            arcs,
            max_hops,
            guard,
            states: vec![State { ways: 0.0, weight: 0.0, distance: NEVER }; nodes],
            reached: Vec::new(),
            sums: vec![0.0; nodes],
            squares: vec![0.0; nodes],
        }
    }

    /// Adds what a source contributes.
    pub(super) fn add(&mut self, source: u32) -> Result<(), GraphError> {
        self.reach(source)?;
        // The source is the first and stands between nobody.
        for place in (1..self.reached.len()).rev() {
            let node = self.reached[place];
            let State { ways, distance, .. } = self.states[node as usize];
            let mut weights = 0.0;
            for payee in self.arcs.payees(node) {
                self.guard.step()?;
                let next = &self.states[*payee as usize];
                if next.distance == distance + 1 {
                    weights += next.weight;
                }
            }
            let sum = ways * weights;
            self.states[node as usize].weight = (1.0 + sum) / ways;
            self.sums[node as usize] += sum;
            self.squares[node as usize] += sum * sum;
        }
        for node in self.reached.drain(..) {
            self.states[node as usize].distance = NEVER;
        }
        Ok(())
    }

    /// Counts the shortest ways to everybody in reach.
    fn reach(&mut self, source: u32) -> Result<(), GraphError> {
        self.states[source as usize] = State { ways: 1.0, weight: 0.0, distance: 0 };
        self.reached.push(source);
        let mut place = 0;
        while let Some(&node) = self.reached.get(place) {
            place += 1;
            let State { ways, distance, .. } = self.states[node as usize];
            if ways.is_infinite() {
                return Err(GraphError::TooManyWays);
            }
            if distance == self.max_hops {
                continue;
            }
            for &payee in self.arcs.payees(node) {
                self.guard.step()?;
                let next = &mut self.states[payee as usize];
                if next.distance == NEVER {
                    (next.distance, next.ways) = (distance + 1, 0.0);
                    self.reached.push(payee);
                }
                if next.distance == distance + 1 {
                    next.ways += ways;
                }
            }
        }
        Ok(())
    }

    /// Adds the sums so far to others, and begins anew.
    pub(super) fn empty_into(&mut self, sums: &mut [f64], squares: &mut [f64]) {
        for (own, total) in [(&mut self.sums, sums), (&mut self.squares, squares)] {
            for (own, total) in own.iter_mut().zip(total) {
                *total += std::mem::take(own);
            }
        }
    }
}
