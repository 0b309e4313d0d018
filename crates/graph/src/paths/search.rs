//! Best-first search over partial paths.
//!
//! A partial path is a transfer and the partial path before it: an arena of these shares what paths have in common. The
//! heap is written out here because two of its entries can only be told apart, where their bounds are equal, by walking
//! the arena.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::labels::Labels;
use super::{Limits, Order, Paths, Ways};
use crate::error::GraphError;
use crate::guard::Guard;
use crate::instances::Instances;

/// Before the first transfer.
const NONE: u32 = u32::MAX;

/// A partial path: its last transfer, and the rest of it.
#[derive(Debug, Clone, Copy)]
struct Step {
    place: u32,
    before: u32,
    hops: u32,
}

/// What a path is compared by; smaller is better. Arrival and transfers share a word, in the sequence that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    WidthLast(u64, Reverse<i128>),
    WidthFirst(Reverse<i128>, u64),
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    rank: Rank,
    step: u32,
}

#[derive(Debug)]
pub(super) struct Search<'a> {
    ways: &'a Ways<'a>,
    labels: &'a Labels,
    limits: Limits,
    guard: Guard<'a>,
    left: u64,
    steps: Vec<Step>,
    heap: Vec<Entry>,
    /// The best ranks of complete paths in sight, as many as are wanted: whatever is worse than the last is not wanted.
    wanted: BinaryHeap<Rank>,
    on_path: Vec<bool>,
    path: Vec<u32>,
}

impl<'a> Search<'a> {
    pub(super) fn new(ways: &'a Ways<'a>, labels: &'a Labels, limits: Limits, guard: Guard<'a>) -> Self {
        Self {
            ways,
            labels,
            limits,
            guard,
            // Partial paths are numbered with 32 bits.
            left: limits.budget.min(u64::from(NONE - 1)),
            steps: Vec::new(),
            heap: Vec::new(),
            wanted: BinaryHeap::new(),
            on_path: vec![false; ways.graph.nodes() as usize],
            path: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<Paths, GraphError> {
        let mut found = Instances::default();
        let mut enough = self.start()?;
        while enough && found.len() < self.limits.k {
            let Some(entry) = self.pop() else { break };
            self.guard.step()?;
            let step = self.steps[entry.step as usize];
            if self.ways.ends_with(step.place) {
                self.retrace(entry.step);
                found.push(self.path.iter().rev().map(|place| self.ways.edges[*place as usize]));
            } else {
                enough = self.extend(entry.step)?;
            }
        }
        Ok(Paths { found, truncated: !enough })
    }

    /// Offers what the sources pay; returns whether the budget sufficed.
    fn start(&mut self) -> Result<bool, GraphError> {
        if self.limits.k == 0 {
            return Ok(true);
        }
        for place in 0..self.ways.len() {
            self.guard.step()?;
            if self.ways.ends.is_source(self.ways.src(place)) {
                if !self.spend(1) {
                    return Ok(false);
                }
                self.offer(Step { place, before: NONE, hops: 1 }, i128::MAX);
            }
        }
        Ok(true)
    }

    /// Offers every extension of a partial path by one transfer; returns whether the budget sufficed.
    fn extend(&mut self, step: u32) -> Result<bool, GraphError> {
        let ways = self.ways;
        let Step { place: last, hops, .. } = self.steps[step as usize];
        self.retrace(step);
        let width = self.path.iter().map(|place| ways.amount(*place)).min().unwrap_or(i128::MAX);
        let mut enough = self.spend(u64::from(hops));
        self.path.iter().for_each(|place| self.on_path[ways.src(*place) as usize] = true);
        let paid = ways.out.get(ways.dst(last));
        for &place in &paid[paid.partition_point(|place| *place <= last)..] {
            if ways.time(place).saturating_sub(ways.time(last)) > ways.delay {
                break;
            }
            self.guard.step()?;
            enough = enough && self.spend(1);
            if !enough {
                break;
            }
            if !self.on_path[ways.dst(place) as usize] {
                self.offer(Step { place, before: step, hops: hops + 1 }, width);
            }
        }
        self.path.iter().for_each(|place| self.on_path[ways.src(*place) as usize] = false);
        Ok(enough)
    }

    fn spend(&mut self, steps: u64) -> bool {
        let enough = self.left >= steps;
        self.left = self.left.saturating_sub(steps);
        enough
    }

    /// Puts a partial path into the heap, unless nothing wanted can come of it. `width` is the smallest amount before it.
    fn offer(&mut self, step: Step, width: i128) {
        let Some(most) = self.limits.max_hops.checked_sub(step.hops - 1) else { return };
        let Some(bound) = self.labels.bound(self.ways, step.place, most) else { return };
        let (arrival, hops) = (u64::from(bound.arrival), u64::from(step.hops - 1 + bound.hops));
        let width = Reverse(width.min(bound.width));
        let rank = match self.limits.order {
            Order::Earliest => Rank::WidthLast(arrival << 32 | hops, width),
            Order::Fewest => Rank::WidthLast(hops << 32 | arrival, width),
            Order::Widest => Rank::WidthFirst(width, arrival << 32 | hops),
        };
        let full = self.wanted.len() == self.limits.k;
        if full && self.wanted.peek().is_some_and(|worst| rank > *worst) {
            return;
        }
        if self.ways.ends_with(step.place) {
            if full {
                self.wanted.pop();
            }
            self.wanted.push(rank);
        }
        self.steps.push(step);
        self.push(Entry { rank, step: self.steps.len() as u32 - 1 });
    }

    /// The places of a path, last first.
    fn retrace(&mut self, mut step: u32) {
        self.path.clear();
        while step != NONE {
            let Step { place, before, .. } = self.steps[step as usize];
            self.path.push(place);
            step = before;
        }
    }

    /// By rank, then by the edges from the first on, a path before its extensions.
    fn before(&self, one: Entry, other: Entry) -> bool {
        one.rank.cmp(&other.rank).then_with(|| self.edges(one.step, other.step)) == Ordering::Less
    }

    fn edges(&self, mut one: u32, mut other: u32) -> Ordering {
        let step = |at: u32| self.steps[at as usize];
        let shorter = step(one).hops.cmp(&step(other).hops);
        while step(one).hops > step(other).hops {
            one = step(one).before;
        }
        while step(other).hops > step(one).hops {
            other = step(other).before;
        }
        // The difference nearest to the start decides, and that is the last one met.
        let mut order = shorter;
        while one != other {
            order = step(one).place.cmp(&step(other).place).then(order);
            (one, other) = (step(one).before, step(other).before);
        }
        order
    }

    fn push(&mut self, entry: Entry) {
        let mut at = self.heap.len();
        self.heap.push(entry);
        while at > 0 {
            let above = (at - 1) / 2;
            if !self.before(entry, self.heap[above]) {
                break;
            }
            self.heap.swap(at, above);
            at = above;
        }
    }

    fn pop(&mut self) -> Option<Entry> {
        let last = self.heap.len().checked_sub(1)?;
        let first = self.heap.swap_remove(0);
        let mut at = 0;
        while 2 * at + 1 < last {
            let mut below = 2 * at + 1;
            if below + 1 < last && self.before(self.heap[below + 1], self.heap[below]) {
                below += 1;
            }
            if !self.before(self.heap[below], self.heap[at]) {
                break;
            }
            self.heap.swap(at, below);
            at = below;
        }
        Some(first)
    }
}
