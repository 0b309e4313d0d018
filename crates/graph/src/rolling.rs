//! What an account did in the window before each of its transfers.
//!
//! For every transfer and each of its two accounts, and for every window w: the transfers that account paid and those it
//! received in `[time − w, time]`, up to and including the transfer itself.
//!
//! ```text
//! account a    in 40   in 10          out 30   in 5          out 20
//!              ──┴───────┴──────────────┴────────┴─────────────┴──▶ time
//!                        └──────────── w ─────────────────────┘
//! row of the last transfer: in  count 2 sum 15, out  count 2 sum 50
//! ```
//!
//! "Before" is the order ≺ ([`Ties::Order`]), or every transfer of the same instant counts as well, as in SQL's RANGE
//! frames ([`Ties::Peers`]). A self-loop is a payment and a receipt.
//!
//! Cost: one pass over the merged edges of a node with two pointers a window. Distinct counterparties need no set: an
//! edge is the first of its pair inside the window exactly when the previous edge of its pair lies before the window,
//! and it takes its pair along when it leaves exactly when the next one has not come yet.
//! Source: the sliding statistics of Blanuša et al., Graph Feature Preprocessor, ICAIF 2024, restated per account.

use std::collections::VecDeque;
use std::ops::Range;

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;

/// No edge, no place.
const NONE: u32 = u32::MAX;

/// Which transfers of one instant are in each other's windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ties {
    /// Those before it in ≺.
    Order,
    /// All of them.
    Peers,
}

/// What to compute beside counts and sums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Distinct counterparties.
    pub counterparties: bool,
    /// Smallest and largest amount.
    pub extremes: bool,
    /// Variance of the amounts.
    pub variance: bool,
}

/// The statistics of one side, a column each. Where `count` is 0 there is no smallest, largest or variance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SideColumns {
    /// Transfers.
    pub count: Vec<u32>,
    /// Their sum, in units.
    pub sum: Vec<i128>,
    /// Distinct counterparties.
    pub counterparties: Vec<u32>,
    /// The smallest amount.
    pub least: Vec<i128>,
    /// The largest amount.
    pub most: Vec<i128>,
    /// The variance of the amounts, in units squared, over all of them (not of a sample).
    pub variance: Vec<f64>,
}

/// Rows: by node, then by edge, a payment before a receipt, then by window.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RollingRows {
    /// The account.
    pub node: Vec<u32>,
    /// The transfer.
    pub edge: Vec<u32>,
    /// Whether the account receives it.
    pub received: Vec<bool>,
    /// Which window, by its place in the list.
    pub window: Vec<u32>,
    /// The first transfer between the account and this counterparty in this direction.
    pub pair_first: Vec<u32>,
    /// The account's transfer before this one, either way; `None` for its first.
    pub previous: Vec<Option<u32>>,
    /// What it received.
    pub incoming: SideColumns,
    /// What it paid.
    pub outgoing: SideColumns,
}

impl RollingRows {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.node.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.node.is_empty()
    }
}

/// Computes rows, range of nodes by range of nodes. Ranges have nothing in common: several of these can share the work.
#[derive(Debug)]
pub struct Rolling<'a> {
    graph: &'a Graph,
    windows: Vec<i64>,
    ties: Ties,
    wanted: Wanted,
    guard: Guard<'a>,
    /// By counterparty, the place of the last edge of the pair; NONE between two nodes.
    last: Vec<u32>,
    sides: [List; 2],
}

/// One side's edges of the node at hand.
#[derive(Debug, Default)]
struct List {
    edges: Vec<u32>,
    time: Vec<i64>,
    amount: Vec<i128>,
    /// Places of the previous and the next edge of the same pair.
    previous: Vec<u32>,
    next: Vec<u32>,
    /// The edge with which the pair began.
    first: Vec<u32>,
}

impl List {
    fn load(&mut self, graph: &Graph, edges: &[u32], other: impl Fn(u32) -> u32, last: &mut [u32]) {
        self.edges.clear();
        self.edges.extend_from_slice(edges);
        self.time.clear();
        self.time.extend(edges.iter().map(|edge| graph.time(*edge)));
        self.amount.clear();
        self.amount.extend(edges.iter().map(|edge| graph.amount(*edge)));
        self.previous.clear();
        self.first.clear();
        self.next.clear();
        self.next.resize(edges.len(), NONE);
        for (place, edge) in edges.iter().enumerate() {
            let seen = &mut last[other(*edge) as usize];
            self.previous.push(*seen);
            if *seen == NONE {
                self.first.push(*edge);
            } else {
                self.next[*seen as usize] = place as u32;
                self.first.push(self.first[*seen as usize]);
            }
            *seen = place as u32;
        }
        for edge in edges {
            last[other(*edge) as usize] = NONE;
        }
    }
}

/// The transfers of one side inside one window: places `start..end` of its list.
#[derive(Debug, Default)]
struct Window {
    start: usize,
    end: usize,
    sum: i128,
    counterparties: u32,
    squares: Square,
    /// Places whose amounts ascend (descend): the front is the smallest (largest) in the window.
    least: VecDeque<u32>,
    most: VecDeque<u32>,
}

impl Window {
    fn clear(&mut self) {
        (self.start, self.end, self.sum, self.counterparties) = (0, 0, 0, 0);
        self.squares = Square::default();
        self.least.clear();
        self.most.clear();
    }

    fn expire(&mut self, list: &List, since: i64, wanted: Wanted) {
        while self.start < self.end && list.time[self.start] < since {
            let amount = list.amount[self.start];
            self.sum -= amount;
            if wanted.counterparties && list.next[self.start] as usize >= self.end {
                self.counterparties -= 1;
            }
            if wanted.variance {
                self.squares.take(amount);
            }
            if wanted.extremes {
                for queue in [&mut self.least, &mut self.most] {
                    if queue.front() == Some(&(self.start as u32)) {
                        queue.pop_front();
                    }
                }
            }
            self.start += 1;
        }
    }

    fn extend(&mut self, list: &List, end: usize, wanted: Wanted) {
        while self.end < end {
            let (place, amount) = (self.end, list.amount[self.end]);
            self.sum += amount;
            if wanted.counterparties {
                let previous = list.previous[place];
                if previous == NONE || (previous as usize) < self.start {
                    self.counterparties += 1;
                }
            }
            if wanted.variance {
                self.squares.add(amount);
            }
            if wanted.extremes {
                while self.least.back().is_some_and(|back| list.amount[*back as usize] >= amount) {
                    self.least.pop_back();
                }
                self.least.push_back(place as u32);
                while self.most.back().is_some_and(|back| list.amount[*back as usize] <= amount) {
                    self.most.pop_back();
                }
                self.most.push_back(place as u32);
            }
            self.end += 1;
        }
    }

    fn write(&self, list: &List, columns: &mut SideColumns, wanted: Wanted) {
        let count = self.end - self.start;
        columns.count.push(count as u32);
        columns.sum.push(self.sum);
        if wanted.counterparties {
            columns.counterparties.push(self.counterparties);
        }
        if wanted.extremes {
            let amount = |queue: &VecDeque<u32>| queue.front().map_or(0, |place| list.amount[*place as usize]);
            columns.least.push(amount(&self.least));
            columns.most.push(amount(&self.most));
        }
        if wanted.variance {
            columns.variance.push(self.squares.variance(count as u64, self.sum));
        }
    }
}

/// A sum of squares that neither overflows nor drifts: 256 bits, added to and taken from.
#[derive(Debug, Default, Clone, Copy)]
struct Square {
    high: u128,
    low: u128,
}

impl Square {
    fn of(amount: i128) -> Self {
        let amount = amount.unsigned_abs();
        let (a, b) = (amount >> 64, amount & u128::from(u64::MAX));
        // (a·2⁶⁴ + b)² = a²·2¹²⁸ + 2ab·2⁶⁴ + b²
        let middle = a * b;
        let (low, carry) = (b * b).overflowing_add(middle << 65);
        Self { high: a * a + (middle >> 63) + u128::from(carry), low }
    }

    fn add(&mut self, amount: i128) {
        let square = Self::of(amount);
        let (low, carry) = self.low.overflowing_add(square.low);
        (self.high, self.low) = (self.high.wrapping_add(square.high).wrapping_add(u128::from(carry)), low);
    }

    fn take(&mut self, amount: i128) {
        let square = Self::of(amount);
        let (low, borrow) = self.low.overflowing_sub(square.low);
        (self.high, self.low) = (self.high.wrapping_sub(square.high).wrapping_sub(u128::from(borrow)), low);
    }

    /// (Σx² − (Σx)²/n) / n. The subtraction is exact; only its result is a float.
    fn variance(self, count: u64, sum: i128) -> f64 {
        if count == 0 {
            return 0.0;
        }
        // (Σx)²/n is at most Σx², so the whole quotient fits where Σx² does.
        let square = Self::of(sum);
        let (quotient, remainder) = square.divided(u128::from(count));
        let (low, borrow) = self.low.overflowing_sub(quotient.low);
        let high = self.high.wrapping_sub(quotient.high).wrapping_sub(u128::from(borrow));
        let whole = high as f64 * 2_f64.powi(128) + low as f64;
        (whole - remainder as f64 / count as f64) / count as f64
    }

    fn divided(self, by: u128) -> (Self, u128) {
        let (high, rest) = (self.high / by, self.high % by);
        // `by` is a count below 2⁶⁴, so two steps of 64 bits never overflow.
        let upper = (rest << 64) | (self.low >> 64);
        let lower = ((upper % by) << 64) | (self.low & u128::from(u64::MAX));
        (Self { high, low: ((upper / by) << 64) | (lower / by) }, lower % by)
    }
}

impl<'a> Rolling<'a> {
    /// Prepares the work. Windows are in microseconds, zero or more.
    pub fn new(graph: &'a Graph, windows: &[i64], ties: Ties, wanted: Wanted, guard: Guard<'a>) -> Self {
        let last = vec![NONE; graph.nodes() as usize];
        Self { graph, windows: windows.to_vec(), ties, wanted, guard, last, sides: Default::default() }
    }

    /// Adds the rows of a range of nodes to `rows`.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn add(&mut self, nodes: Range<u32>, rows: &mut RollingRows) -> Result<(), GraphError> {
        let mut windows: Vec<[Window; 2]> = self.windows.iter().map(|_| Default::default()).collect();
        for node in nodes {
            for pair in &mut windows {
                pair.iter_mut().for_each(Window::clear);
            }
            self.add_node(node, &mut windows, rows)?;
        }
        Ok(())
    }

    fn add_node(&mut self, node: u32, windows: &mut [[Window; 2]], rows: &mut RollingRows) -> Result<(), GraphError> {
        let graph = self.graph;
        let [paid, received] = &mut self.sides;
        paid.load(graph, graph.outgoing(node), |edge| graph.dst(edge), &mut self.last);
        received.load(graph, graph.incoming(node), |edge| graph.src(edge), &mut self.last);
        let (mut written, mut done, mut before) = ([0, 0], [0, 0], None);
        while written[0] < paid.edges.len() || written[1] < received.edges.len() {
            let heads = [paid.edges.get(written[0]), received.edges.get(written[1])];
            let edge = heads.into_iter().flatten().min().copied().unwrap_or(NONE);
            let time = graph.time(edge);
            let sides = [(&*paid, 0), (&*received, 1)];
            for (list, side) in sides {
                let inside = |place: usize| match self.ties {
                    Ties::Order => list.edges[place] <= edge,
                    Ties::Peers => list.time[place] <= time,
                };
                while done[side] < list.edges.len() && inside(done[side]) {
                    done[side] += 1;
                }
            }
            for (width, pair) in self.windows.iter().zip(windows.iter_mut()) {
                for (list, side) in sides {
                    let window = &mut pair[side];
                    window.expire(list, time.saturating_sub(*width), self.wanted);
                    window.extend(list, done[side], self.wanted);
                }
            }
            for (list, side) in sides {
                if list.edges.get(written[side]) != Some(&edge) {
                    continue;
                }
                for (index, [outgoing, incoming]) in windows.iter().enumerate() {
                    rows.node.push(node);
                    rows.edge.push(edge);
                    rows.received.push(side == 1);
                    rows.window.push(index as u32);
                    rows.pair_first.push(list.first[written[side]]);
                    rows.previous.push(before);
                    outgoing.write(paid, &mut rows.outgoing, self.wanted);
                    incoming.write(received, &mut rows.incoming, self.wanted);
                }
                written[side] += 1;
            }
            before = Some(edge);
            self.guard.step()?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Transfers, transfers};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const ALL: Wanted = Wanted { counterparties: true, extremes: true, variance: true };

    /// One row at a time, from the definition.
    fn naive(graph: &Graph, windows: &[i64], ties: Ties) -> RollingRows {
        let mut rows = RollingRows::default();
        for node in 0..graph.nodes() {
            let ends = |edge: u32| [(graph.src(edge), graph.dst(edge)), (graph.dst(edge), graph.src(edge))];
            let touches = |edge: &u32| graph.src(*edge) == node || graph.dst(*edge) == node;
            for edge in (0..graph.edges()).filter(touches) {
                for (side, (own, other)) in ends(edge).into_iter().enumerate().filter(|(_, (own, _))| *own == node) {
                    for (index, width) in windows.iter().enumerate() {
                        let inside = |e: &u32| {
                            let earlier = *e <= edge || (ties == Ties::Peers && graph.time(*e) == graph.time(edge));
                            earlier && graph.time(*e) >= graph.time(edge) - width
                        };
                        let pair = |e: &u32| ends(*e)[side] == (own, other);
                        rows.node.push(node);
                        rows.edge.push(edge);
                        rows.received.push(side == 1);
                        rows.window.push(index as u32);
                        rows.pair_first.push((0..graph.edges()).find(pair).unwrap());
                        rows.previous.push((0..edge).rev().find(touches));
                        for (side, columns) in [&mut rows.outgoing, &mut rows.incoming].into_iter().enumerate() {
                            let here = (0..graph.edges()).filter(inside).filter(|e| ends(*e)[side].0 == node);
                            let here: Vec<u32> = here.collect();
                            let amounts: Vec<i128> = here.iter().map(|e| graph.amount(*e)).collect();
                            let others: BTreeSet<u32> = here.iter().map(|e| ends(*e)[side].1).collect();
                            let (n, sum) = (amounts.len() as i128, amounts.iter().sum::<i128>());
                            let squares: i128 = amounts.iter().map(|amount| amount * amount).sum();
                            columns.count.push(amounts.len() as u32);
                            columns.sum.push(sum);
                            columns.counterparties.push(others.len() as u32);
                            columns.least.push(amounts.iter().min().copied().unwrap_or(0));
                            columns.most.push(amounts.iter().max().copied().unwrap_or(0));
                            let variance = (n * squares - sum * sum) as f64 / (n * n).max(1) as f64;
                            columns.variance.push(variance);
                        }
                    }
                }
            }
        }
        rows
    }

    fn rolled(rows: &Transfers, windows: &[i64], ties: Ties, cut: u32) -> RollingRows {
        let graph = rows.graph();
        let mut rolling = Rolling::new(&graph, windows, ties, ALL, Guard::new(&|| false));
        let mut rows = RollingRows::default();
        let cut = cut.min(graph.nodes());
        rolling.add(0..cut, &mut rows).unwrap();
        rolling.add(cut..graph.nodes(), &mut rows).unwrap();
        rows
    }

    fn rounded(mut rows: RollingRows) -> RollingRows {
        for variance in rows.incoming.variance.iter_mut().chain(&mut rows.outgoing.variance) {
            *variance = (*variance * 1e6).round();
        }
        rows
    }

    proptest! {
        #[test]
        fn every_row_is_what_the_definition_says(
            rows in transfers(5, 40),
            windows in prop::collection::vec(0_i64..20, 1..4),
            peers: bool,
            cut in 0_u32..5,
        ) {
            let ties = if peers { Ties::Peers } else { Ties::Order };
            let expected = rounded(naive(&rows.graph(), &windows, ties));
            prop_assert_eq!(rounded(rolled(&rows, &windows, ties, cut)), expected);
        }

        #[test]
        fn squares_beyond_128_bits_are_exact(amounts in prop::collection::vec(0_i128..1 << 100, 1..6)) {
            let mut squares = Square::default();
            amounts.iter().for_each(|amount| squares.add(*amount));
            amounts.iter().skip(1).for_each(|amount| squares.take(*amount));
            let one = Square::of(amounts[0]);
            prop_assert_eq!((squares.high, squares.low), (one.high, one.low));
            prop_assert_eq!(squares.variance(1, amounts[0]), 0.0);
        }
    }
}
