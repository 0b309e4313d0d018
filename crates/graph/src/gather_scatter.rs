//! Many pay one hub, and the hub pays many others.
//!
//! ```text
//!   a ──┐          ┌──▶ x
//!   b ──┼──▶ hub ──┼──▶ y        ≥ senders before, between or among ≥ receivers, all within the window
//!   c ──┘          └──▶ z
//! ```
//!
//! A *window* begins with a credit of the hub and holds its transfers up to `window` later. An account on both sides of
//! the window is neither sender nor receiver of it: its transfers are left out, and so are the hub's payments to itself.
//! A window whose own first credit is left out is none: another begins where its first transfer does. Of the rest the
//! window keeps
//!
//! - *funded* (the default): everything before the first debit that exceeds what was received less what was sent so far
//!   in the window, so that at every debit kept the value received ≥ the value sent, itself included;
//! - *strict*: the credits before some moment and the debits from it on. The moment is the one that keeps most distinct
//!   counterparties with both thresholds met, the earliest of those.
//!
//! It qualifies when what it keeps has the senders and the receivers asked for. Qualifying windows of a hub overlap by
//! the thousand, and their union would meet the definition no more: sides would no longer be disjoint, phases no longer
//! phases. So every instance is one window, as wide as they get: windows are taken by the number of their counterparties,
//! the earliest of equals first, and one that overlaps a window already taken is left out. Hence instances of a hub do not
//! overlap, and every qualifying window overlaps an instance with at least as many counterparties.
//!
//! Cost: the windows of a hub that have counterparties enough before order is looked at, each times its length. That is
//! quadratic for a hub that is always busy, so a hub has a budget of steps; a hub that spends it is cut, and named.
//! Source: AMLSim and Altman et al. 2023 for the pattern; the order is `typologies.md` §3. Taking the widest of what
//! overlaps is the non-maximum suppression of object detection.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;
use crate::instances::Instances;

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Distinct senders, 1 or more.
    pub senders: u32,
    /// Distinct receivers, 1 or more.
    pub receivers: u32,
    /// From the first transfer to the last, in microseconds.
    pub window: i64,
    /// The last credit precedes the first debit.
    pub strict: bool,
    /// Transfers that may be looked at for one hub, each once for every window it is in.
    pub budget: u64,
}

/// A qualifying window, as a range of the hub's transfers.
#[derive(Debug, Clone, Copy)]
struct Window {
    width: u32,
    start: usize,
    /// The last transfer kept.
    last: usize,
    /// The last transfer the limit of time lets in, and one.
    end: usize,
    /// Strict: where credits end and debits begin.
    moment: usize,
}

/// Searches range after range of hubs. Ranges have nothing in common: several of these can share the work.
#[derive(Debug)]
pub struct GatherScatter<'a> {
    graph: &'a Graph,
    limits: Limits,
    guard: Guard<'a>,
    /// The hub's transfers, in order, without those to itself.
    edges: Vec<u32>,
    /// By counterparty: credits from it and debits to it in the window at hand.
    credits: Vec<u32>,
    debits: Vec<u32>,
    /// Accounts of the window at hand that only pay the hub, and that are only paid by it.
    senders: u32,
    receivers: u32,
    /// By counterparty: the last scan that counted it, and debits to it that are still to come in a strict one.
    seen: Vec<u32>,
    scan: u32,
    ahead: Vec<u32>,
    windows: Vec<Window>,
}

impl<'a> GatherScatter<'a> {
    /// Prepares the search.
    pub fn new(graph: &'a Graph, limits: Limits, guard: Guard<'a>) -> Self {
        let nodes = graph.nodes() as usize;
        Self {
            graph,
            limits,
            guard,
            edges: Vec::new(),
            credits: vec![0; nodes],
            debits: vec![0; nodes],
            senders: 0,
            receivers: 0,
            seen: vec![0; nodes],
            scan: 0,
            ahead: vec![0; nodes],
            windows: Vec::new(),
        }
    }

    /// Adds the instances of the hubs in `hubs` to `found`, by hub and time; an instance lists its edges in order, the
    /// first of which is a credit. The hubs whose budget ran out go to `cut`.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn add(&mut self, hubs: Range<u32>, found: &mut Instances, cut: &mut Vec<u32>) -> Result<(), GraphError> {
        for hub in hubs {
            self.guard.step()?;
            let (received, paid) = (self.graph.incoming(hub), self.graph.outgoing(hub));
            if received.len() < self.limits.senders as usize || paid.len() < self.limits.receivers as usize {
                continue;
            }
            self.edges.clear();
            self.edges.extend(received.iter().filter(|edge| self.graph.src(**edge) != hub));
            self.edges.extend(paid.iter().filter(|edge| self.graph.dst(**edge) != hub));
            self.edges.sort_unstable();
            if !self.slide(hub)? {
                cut.push(hub);
            }
            self.report(hub, found)?;
        }
        Ok(())
    }

    /// The counterparty of one of the hub's transfers, and whether it pays the hub.
    fn other(&self, hub: u32, edge: u32) -> (usize, bool) {
        let credit = self.graph.dst(edge) == hub;
        ((if credit { self.graph.src(edge) } else { self.graph.dst(edge) }) as usize, credit)
    }

    /// Takes a transfer into the window at hand, or out of it.
    fn shift(&mut self, hub: u32, edge: u32, enter: bool) {
        let (other, credit) = self.other(hub, edge);
        let sides = |search: &Self| (search.credits[other] > 0, search.debits[other] > 0);
        let before = sides(self);
        let count = if credit { &mut self.credits[other] } else { &mut self.debits[other] };
        *count = if enter { *count + 1 } else { *count - 1 };
        let after = sides(self);
        self.senders = self.senders + u32::from(after == (true, false)) - u32::from(before == (true, false));
        self.receivers = self.receivers + u32::from(after == (false, true)) - u32::from(before == (false, true));
    }

    /// Collects the qualifying windows of a hub; returns whether the budget sufficed.
    fn slide(&mut self, hub: u32) -> Result<bool, GraphError> {
        let (mut left, mut enough, mut end) = (self.limits.budget, true, 0);
        self.windows.clear();
        for start in 0..self.edges.len() {
            self.guard.step()?;
            let first = self.edges[start];
            // A spent budget takes nothing more in; what is in has to come out.
            if enough {
                let until = self.graph.time(first).saturating_add(self.limits.window);
                while end < self.edges.len() && self.graph.time(self.edges[end]) <= until {
                    self.shift(hub, self.edges[end], true);
                    end += 1;
                }
            } else if start == end {
                break;
            }
            let (other, credit) = self.other(hub, first);
            let anchors = credit && self.debits[other] == 0;
            if enough && anchors && self.senders >= self.limits.senders && self.receivers >= self.limits.receivers {
                if left == 0 {
                    enough = false;
                } else {
                    let (window, steps) = self.look(hub, start..end)?;
                    left = left.saturating_sub(steps);
                    self.windows.extend(window);
                }
            }
            self.shift(hub, first, false);
        }
        Ok(enough)
    }

    /// What a window keeps, if it qualifies, and the steps that took.
    fn look(&mut self, hub: u32, range: Range<usize>) -> Result<(Option<Window>, u64), GraphError> {
        self.scan += 1;
        if self.limits.strict { self.look_strictly(hub, range) } else { self.look_funded(hub, range) }
    }

    fn look_funded(&mut self, hub: u32, range: Range<usize>) -> Result<(Option<Window>, u64), GraphError> {
        let (mut balance, mut senders, mut receivers, mut steps) = (0_i128, 0, 0, 0);
        let mut last = range.start;
        for place in range.clone() {
            self.guard.step()?;
            steps += 1;
            let edge = self.edges[place];
            let (other, credit) = self.other(hub, edge);
            if self.on_both_sides(other) {
                continue;
            }
            let amount = self.graph.amount(edge);
            if !credit && amount > balance {
                break;
            }
            let new = u32::from(std::mem::replace(&mut self.seen[other], self.scan) != self.scan);
            if credit {
                balance = balance.saturating_add(amount);
                senders += new;
            } else {
                balance -= amount;
                receivers += new;
            }
            last = place;
        }
        let qualifies = senders >= self.limits.senders && receivers >= self.limits.receivers;
        let window =
            Window { width: senders + receivers, start: range.start, last, end: range.end, moment: range.start };
        Ok((qualifies.then_some(window), steps))
    }

    fn look_strictly(&mut self, hub: u32, range: Range<usize>) -> Result<(Option<Window>, u64), GraphError> {
        let (mut senders, mut receivers) = (0, 0);
        let mut last = range.start;
        for place in range.clone() {
            self.guard.step()?;
            let (other, credit) = self.other(hub, self.edges[place]);
            if !credit && !self.on_both_sides(other) {
                receivers += u32::from(self.ahead[other] == 0);
                self.ahead[other] += 1;
                last = place;
            }
        }
        let mut best: Option<Window> = None;
        for place in range.clone() {
            self.guard.step()?;
            let width = senders + receivers;
            let enough = senders >= self.limits.senders && receivers >= self.limits.receivers;
            if enough && best.is_none_or(|best| width > best.width) {
                best = Some(Window { width, start: range.start, last, end: range.end, moment: place });
            }
            let (other, credit) = self.other(hub, self.edges[place]);
            if self.on_both_sides(other) {
                continue;
            }
            if credit {
                senders += u32::from(std::mem::replace(&mut self.seen[other], self.scan) != self.scan);
            } else {
                self.ahead[other] -= 1;
                receivers -= u32::from(self.ahead[other] == 0);
            }
        }
        Ok((best, 2 * range.len() as u64))
    }

    fn on_both_sides(&self, other: usize) -> bool {
        self.credits[other] > 0 && self.debits[other] > 0
    }

    /// Takes the widest windows that do not overlap, and adds what they keep in the order of time.
    fn report(&mut self, hub: u32, found: &mut Instances) -> Result<(), GraphError> {
        let mut windows = std::mem::take(&mut self.windows);
        windows.sort_unstable_by_key(|window| (Reverse(window.width), window.start));
        let mut taken: BTreeMap<usize, Window> = BTreeMap::new();
        for window in &windows {
            self.guard.step()?;
            // Taken windows do not overlap, so of those that begin before this one ends the latest ends last.
            if taken.range(..=window.last).next_back().is_none_or(|(_, other)| other.last < window.start) {
                taken.insert(window.start, *window);
            }
        }
        self.windows = windows;
        for window in taken.values() {
            let range = window.start..window.end;
            for place in range.clone() {
                self.guard.step()?;
                self.shift(hub, self.edges[place], true);
            }
            let keeps = |place: &usize| {
                let (other, credit) = self.other(hub, self.edges[*place]);
                let phase = !self.limits.strict || credit == (*place < window.moment);
                phase && !self.on_both_sides(other)
            };
            found.push((window.start..=window.last).filter(keeps).map(|place| self.edges[place]));
            for place in range {
                self.guard.step()?;
                self.shift(hub, self.edges[place], false);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
