//! What can follow a transfer at best: bounds for the search, one sweep backwards each.
//!
//! ```text
//!                    ┌── window ──┐
//!   e ──▶ v pays   f1   f2   f3   f4       best(e) = the best of best(f1), best(f2), best(f3), with e before it
//!                                          the next e before it sees a window further left: f1 enters, f3 leaves
//! ```
//!
//! The payments that may follow a receipt form a window that moves one way during the sweep, so a monotonic queue an
//! account has the best of them at hand in amortised constant time. The queues share one row of slots: an account's has
//! room for all it pays.
//!
//! What precedes a way adds to its transfers, narrows it and leaves its arrival as it is, so of two ways the better stays
//! the better (or its equal) when arrival or transfers come first: one label bounds the whole vector. When width comes
//! first it does not, because what precedes may be narrower than both; then each component has a bound of its own.
//!
//! Where the best way may have more transfers than the path has left, the label is kept once for each number of them:
//! *layer* j knows ways of at most j transfers and is made from layer j − 1.

use super::{Limits, Order, Ways};
use crate::error::GraphError;
use crate::guard::Guard;

/// Layers kept apart. All further ones share a label, of ways with any number of transfers: a weaker bound, never a wrong
/// one.
const LAYERS: usize = 8;

/// What a way is compared by: the place at which it arrives, its transfers, and the place of its smallest transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way {
    arrival: u32,
    hops: u32,
    narrowest: u32,
}

/// There is none.
const NEVER: Way = Way { arrival: u32::MAX, hops: u32::MAX, narrowest: u32::MAX };

/// No way that begins with a transfer comes before this in the order of the search.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound {
    pub(super) arrival: u32,
    pub(super) hops: u32,
    pub(super) width: i128,
}

/// Bounds on the ways that begin with a transfer.
#[derive(Debug)]
pub(super) struct Labels {
    order: Order,
    fewest: Vec<Way>,
    /// Where width comes first: its bound on arrival.
    earliest: Vec<Way>,
    /// In the order of the search, by layer; none where it prefers few transfers anyway.
    layers: Vec<Vec<Way>>,
}

impl Labels {
    pub(super) fn new(ways: &Ways<'_>, limits: Limits, guard: &mut Guard<'_>) -> Result<Self, GraphError> {
        let order = limits.order;
        let fewest = sweep(ways, Order::Fewest, None, guard)?;
        let earliest = if order == Order::Widest { sweep(ways, Order::Earliest, None, guard)? } else { Vec::new() };
        let layers =
            if order == Order::Fewest { Vec::new() } else { layers(ways, order, limits.max_hops as usize, guard)? };
        Ok(Self { order, fewest, earliest, layers })
    }

    /// What the ways of at most `most` transfers that begin at a place can be at best; `None` when there is none.
    pub(super) fn bound(&self, ways: &Ways<'_>, place: u32, most: u32) -> Option<Bound> {
        let fewest = self.fewest[place as usize];
        if fewest.hops > most {
            return None;
        }
        let layer = || self.layers[self.layers.len().min(most as usize) - 1][place as usize];
        let Way { arrival, hops, narrowest } = match self.order {
            Order::Fewest => fewest,
            Order::Earliest => layer(),
            Order::Widest => Way { arrival: self.earliest[place as usize].arrival, hops: fewest.hops, ..layer() },
        };
        Some(Bound { arrival, hops, width: ways.amount(narrowest) })
    }
}

/// The best ways with at most one transfer, at most two, and so on; the last holds for any larger number too.
fn layers(ways: &Ways<'_>, order: Order, max_hops: usize, guard: &mut Guard<'_>) -> Result<Vec<Vec<Way>>, GraphError> {
    let mut layers = vec![sweep(ways, order, Some(&vec![NEVER; ways.edges.len()]), guard)?];
    while layers.len() < max_hops.min(LAYERS + 1) {
        let previous = &layers[layers.len() - 1];
        let layer = sweep(ways, order, (layers.len() < LAYERS).then_some(previous.as_slice()), guard)?;
        if layer == *previous {
            break;
        }
        layers.push(layer);
    }
    Ok(layers)
}

/// The best way from every place, by the ways in `rest` of those that may follow, or by its own where there is no `rest`.
fn sweep(ways: &Ways<'_>, order: Order, rest: Option<&[Way]>, guard: &mut Guard<'_>) -> Result<Vec<Way>, GraphError> {
    let mut best = vec![NEVER; ways.edges.len()];
    let mut queues = Queues::new(ways);
    for place in (0..ways.len()).rev() {
        guard.step()?;
        best[place as usize] = if ways.ends_with(place) {
            Way { arrival: place, hops: 1, narrowest: place }
        } else {
            let over = |next| ways.time(next).saturating_sub(ways.time(place)) > ways.delay;
            match queues.best(ways.dst(place), over) {
                Some(next) => before(ways, place, rest.unwrap_or(&best)[next as usize]),
                None => NEVER,
            }
        };
        let known = rest.unwrap_or(&best);
        if known[place as usize] != NEVER {
            let beats = |other: u32| is_better(ways, order, known[other as usize], known[place as usize]);
            queues.enter(ways.src(place), place, beats);
        }
    }
    Ok(best)
}

/// A way with a transfer before it.
fn before(ways: &Ways<'_>, place: u32, rest: Way) -> Way {
    let narrowest = if ways.amount(rest.narrowest) < ways.amount(place) { rest.narrowest } else { place };
    Way { hops: rest.hops + 1, narrowest, ..rest }
}

fn is_better(ways: &Ways<'_>, order: Order, one: Way, other: Way) -> bool {
    let width = || ways.amount(other.narrowest).cmp(&ways.amount(one.narrowest));
    let (arrival, hops) = (one.arrival.cmp(&other.arrival), one.hops.cmp(&other.hops));
    match order {
        Order::Earliest => arrival.then(hops).then_with(width).is_lt(),
        Order::Fewest => hops.then(arrival).then_with(width).is_lt(),
        Order::Widest => width().is_lt(),
    }
}

/// A monotonic queue a node: the first to enter is the best, and the first to leave.
struct Queues<'a> {
    ways: &'a Ways<'a>,
    slots: Vec<u32>,
    /// By node: where its queue begins and ends among its slots.
    spans: Vec<(u32, u32)>,
}

impl<'a> Queues<'a> {
    fn new(ways: &'a Ways<'a>) -> Self {
        Self { ways, slots: vec![0; ways.edges.len()], spans: vec![(0, 0); ways.graph.nodes() as usize] }
    }

    /// The best of a node's queue after those that are `over` have left.
    fn best(&mut self, node: u32, over: impl Fn(u32) -> bool) -> Option<u32> {
        let slots = &self.slots[self.ways.out.start(node)..];
        let (head, tail) = &mut self.spans[node as usize];
        while head < tail && over(slots[*head as usize]) {
            *head += 1;
        }
        (head < tail).then(|| slots[*head as usize])
    }

    /// Adds a place, which stays longer than all before it: those that do not beat it have no more to say.
    fn enter(&mut self, node: u32, place: u32, beats: impl Fn(u32) -> bool) {
        let slots = &mut self.slots[self.ways.out.start(node)..];
        let (head, tail) = &mut self.spans[node as usize];
        while head < tail && !beats(slots[*tail as usize - 1]) {
            *tail -= 1;
        }
        slots[*tail as usize] = place;
        *tail += 1;
    }
}
