//! Money handed on and on: layering chains.
//!
//! ```text
//!        e1            e2            e3            e4
//!   a ───────▶ b ───────▶ c ───────▶ d ───────▶ e      e1 ≺ e2 ≺ e3 ≺ e4,  no account twice
//!        └ gap ┘     └ gap ┘     └ gap ┘                and each hop keeps to a ratio of the one before
//! ```
//!
//! A *hop* follows another when it is later, at most `gap` later, paid by whom the other paid, and its amount divided by
//! the other's lies in [`retention`, `at_most`]. After a hop of 0 any amount is enough, and nothing but 0 is within an
//! `at_most`. A *chain* is hops that follow one another through distinct accounts. It is *maximal* when no transfer can be
//! put before its first hop and none after its last one so that a chain results. A transfer that would lead back to an
//! account of the chain does not prolong it.
//!
//! Chains of more than `max_hops` are looked at that far: one that can be prolonged at its end alone, and has `max_hops`
//! already, is reported and *goes on*.
//!
//! A chain begins with a hop that nothing precedes, or only payments by accounts that the chain comes by later. The
//! search is depth first from such roots. [`Bounds`] tells how many hops can follow a transfer at most, so that what
//! cannot become long enough is not entered. Where the chain has to come by certain accounts, the hops reachable
//! from the root are labelled first with those of the accounts that can be had from them, which ends nearly every such
//! root: coming by means that money all but returned.
//!
//! Cost: the bounds take one pass over the edges, with a constant number of looks an edge. The search takes one step a
//! transfer looked at and one a transfer reported. Chains multiply at hubs, so a root has a budget of steps, which bounds
//! both its time and what it may find; one that spends it is cut and named.
//! Source: Rapid Movement of Funds in FATF's *Professional Money Laundering* (2018); the definition is `typologies.md` §3.

use std::ops::Range;

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;
use crate::instances::Instances;

mod bounds;
#[cfg(test)]
mod tests;
mod ways;

pub use bounds::Bounds;
use ways::Ways;

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The fewest hops.
    pub least: u32,
    /// The most hops that are looked at.
    pub max_hops: u32,
    /// From one hop to the next, in microseconds.
    pub gap: i64,
    /// Each hop divided by the one before is at least this…
    pub retention: f64,
    /// …and at most this; infinite for no such limit.
    pub at_most: f64,
    /// Steps one root may take: transfers looked at, and transfers of chains found.
    pub budget: u64,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The chains, each as its hops in order.
    pub chains: Instances,
    /// By chain: whether it goes on after `max_hops`.
    pub goes_on: Vec<bool>,
}

/// Which hops follow which.
#[derive(Debug, Clone, Copy)]
struct Rules<'a> {
    graph: &'a Graph,
    limits: Limits,
}

impl<'a> Rules<'a> {
    /// Where the payments lie, among those of the account an edge reaches, that come after it within the gap.
    fn window(&self, edge: u32) -> Range<usize> {
        let paid = self.graph.outgoing(self.graph.dst(edge));
        let until = self.graph.time(edge).saturating_add(self.limits.gap);
        let start = paid.partition_point(|next| *next <= edge);
        start..start + paid[start..].partition_point(|next| self.graph.time(*next) <= until)
    }

    /// The payments that come after an edge within the gap.
    fn onward(&self, edge: u32) -> &'a [u32] {
        &self.graph.outgoing(self.graph.dst(edge))[self.window(edge)]
    }

    /// The receipts that come before an edge within the gap.
    fn earlier(&self, edge: u32) -> &'a [u32] {
        let received = self.graph.incoming(self.graph.src(edge));
        let received = &received[..received.partition_point(|before| *before < edge)];
        let since = self.graph.time(edge).saturating_sub(self.limits.gap);
        &received[received.partition_point(|before| self.graph.time(*before) < since)..]
    }

    /// Whether one of those makes a chain of two with its edge.
    fn follows(&self, edge: u32, next: u32) -> bool {
        let (from, at, to) = (self.graph.src(edge), self.graph.dst(edge), self.graph.dst(next));
        from != at && at != to && to != from && self.keeps(edge, next)
    }

    /// A quotient is compared and not a product: 7 of 100 is 0.07, whereas 100 times 0.07 is more than 7.
    fn keeps(&self, edge: u32, next: u32) -> bool {
        let Limits { retention, at_most, .. } = self.limits;
        if retention <= 0.0 && at_most.is_infinite() {
            return true;
        }
        let (before, after) = (self.graph.amount(edge), self.graph.amount(next));
        if before == 0 {
            return after == 0 || at_most.is_infinite();
        }
        (retention..=at_most).contains(&(after as f64 / before as f64))
    }
}

/// The account is on the chain.
const ON_PATH: u8 = 1;
/// It pays the first account in such a way that the chain is maximal only if it comes by it.
const NEEDED: u8 = 2;

/// A hop of the path: the payments still to be looked at, and whether one of them prolongs it.
#[derive(Debug)]
struct Frame {
    rest: Range<usize>,
    prolonged: bool,
}

/// Searches range after range of roots. Ranges have nothing in common: several of these can share the work.
#[derive(Debug)]
pub struct Chains<'a> {
    rules: Rules<'a>,
    bounds: &'a Bounds,
    guard: Guard<'a>,
    /// By node: ON_PATH, NEEDED.
    state: Vec<u8>,
    needed: Vec<u32>,
    /// How many of the needed are not on the path.
    missing: usize,
    ways: Ways,
    path: Vec<u32>,
    stack: Vec<Frame>,
}

/// What a root's predecessors allow.
enum Front {
    /// No chain that begins here is maximal.
    Hopeless,
    /// One may be.
    Open,
    /// The budget ended first.
    Unknown,
}

impl<'a> Chains<'a> {
    /// Prepares the search; the bounds are those of the same graph and limits.
    pub fn new(graph: &'a Graph, limits: Limits, bounds: &'a Bounds, guard: Guard<'a>) -> Self {
        Self {
            rules: Rules { graph, limits },
            bounds,
            guard,
            state: vec![0; graph.nodes() as usize],
            needed: Vec::new(),
            missing: 0,
            ways: Ways::new(graph.edges()),
            path: Vec::new(),
            stack: Vec::new(),
        }
    }

    /// Adds the chains whose first hop is in `roots` to `found`, by root and then in the order of their hops; the roots
    /// whose budget ran out go to `cut`.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn add(&mut self, roots: Range<u32>, found: &mut Found, cut: &mut Vec<u32>) -> Result<(), GraphError> {
        for root in roots {
            self.guard.step()?;
            if self.bounds.longest(root) < self.rules.limits.least.max(1) {
                continue;
            }
            let mut left = self.rules.limits.budget;
            let enough = match self.front(root, &mut left)? {
                Front::Hopeless => true,
                Front::Open => self.walk(root, &mut left, found)?,
                Front::Unknown => false,
            };
            if !enough {
                cut.push(root);
            }
            for node in self.needed.drain(..) {
                self.state[node as usize] = 0;
            }
        }
        Ok(())
    }

    /// Collects the accounts that chains from this root have to come by, and asks whether they can.
    fn front(&mut self, root: u32, left: &mut u64) -> Result<Front, GraphError> {
        let Rules { graph, limits } = self.rules;
        let hops = i64::from(limits.max_hops.saturating_sub(1));
        let until = graph.time(root).saturating_add(limits.gap.saturating_mul(hops));
        for &before in self.rules.earlier(root).iter().rev() {
            if *left == 0 {
                return Ok(Front::Unknown);
            }
            *left -= 1;
            self.guard.step()?;
            let payer = graph.src(before);
            if self.state[payer as usize] != 0 || !self.rules.follows(before, root) {
                continue;
            }
            // Whoever receives nothing any more is not come by.
            let received = graph.incoming(payer);
            let next = received.get(received.partition_point(|edge| *edge <= root));
            let in_vain = next.is_none_or(|edge| graph.time(*edge) > until);
            if in_vain || self.needed.len() as u32 >= limits.max_hops {
                return Ok(Front::Hopeless);
            }
            self.state[payer as usize] = NEEDED;
            self.needed.push(payer);
        }
        self.missing = self.needed.len();
        if self.missing == 0 {
            return Ok(Front::Open);
        }
        if !self.ways.label(self.rules, root, &self.needed, left, &mut self.guard)? {
            return Ok(Front::Unknown);
        }
        Ok(if self.ways.lead_to_all(root, &self.needed, |_| false) { Front::Open } else { Front::Hopeless })
    }

    /// Walks every chain; returns whether the budget sufficed.
    fn walk(&mut self, root: u32, left: &mut u64, found: &mut Found) -> Result<bool, GraphError> {
        let Rules { graph, limits } = self.rules;
        let mut enough = true;
        self.path.clear();
        self.stack.clear();
        self.state[graph.src(root) as usize] = ON_PATH;
        self.enter(root);
        while let Some(frame) = self.stack.last_mut() {
            let hops = self.path.len() as u32;
            let edge = self.path[self.path.len() - 1];
            if frame.rest.is_empty() || *left == 0 {
                let ends = frame.rest.is_empty() && (!frame.prolonged || hops == limits.max_hops);
                if ends && hops >= limits.least && self.missing == 0 {
                    found.goes_on.push(frame.prolonged);
                    found.chains.push(self.path.iter().copied());
                    *left = left.saturating_sub(u64::from(hops));
                }
                enough &= frame.rest.is_empty();
                self.leave(edge);
                continue;
            }
            let next = graph.outgoing(graph.dst(edge))[frame.rest.start];
            frame.rest.start += 1;
            *left -= 1;
            self.guard.step()?;
            let met = self.state[graph.dst(next) as usize] & ON_PATH != 0;
            if met || !self.rules.follows(edge, next) {
                continue;
            }
            frame.prolonged = true;
            if hops == limits.max_hops {
                frame.rest.start = frame.rest.end;
            } else if hops.saturating_add(self.bounds.longest(next)) >= limits.least && self.may_end(next, hops + 1) {
                self.enter(next);
            }
        }
        self.state[graph.src(root) as usize] = 0;
        Ok(enough)
    }

    /// Whether the chain can still come by all it has to when it goes on with this hop.
    fn may_end(&self, next: u32, hops: u32) -> bool {
        if self.missing == 0 {
            return true;
        }
        let here = usize::from(self.state[self.rules.graph.dst(next) as usize] == NEEDED);
        let more = (self.rules.limits.max_hops - hops) as usize;
        let met = |node: u32| self.state[node as usize] & ON_PATH != 0;
        self.missing - here <= more && self.ways.lead_to_all(next, &self.needed, met)
    }

    fn enter(&mut self, edge: u32) {
        let state = &mut self.state[self.rules.graph.dst(edge) as usize];
        self.missing -= usize::from(*state == NEEDED);
        *state |= ON_PATH;
        self.path.push(edge);
        self.stack.push(Frame { rest: self.rules.window(edge), prolonged: false });
    }

    fn leave(&mut self, edge: u32) {
        let state = &mut self.state[self.rules.graph.dst(edge) as usize];
        *state &= !ON_PATH;
        self.missing += usize::from(*state == NEEDED);
        self.path.pop();
        self.stack.pop();
    }
}
