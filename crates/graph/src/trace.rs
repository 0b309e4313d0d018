//! Where did this money go, how much of it, and where is it now?
//!
//! ```text
//!            seed 10                       4                      hop 2: 4 of 4
//!   thief ─────────────▶ a (10 own) ──────────────▶ b ───▶ …
//!                          └── 6 clean, 6 tainted, held …        haircut: 2 of 4 · fifo: none, the 10 own came first
//! ```
//!
//! Transfers are walked once, in ≺ order. An account that tainted money has reached keeps what it holds as its method
//! asks ([`Method`]); every later receipt, clean or not, goes in, and every payment takes out. Accounts that no tainted
//! money reaches are never looked at. What a transfer takes along is tainted money *reached*; what does not move on is
//! at *rest* somewhere, and says why ([`Why`]). For every method but poison nothing is lost or made:
//!
//! ```text
//! seeded = Σ resting, to the last unit
//! ```
//!
//! **Seeds** are transfers, which are tainted wholly, or accounts, all of whose payments are. First taint wins: what is
//! tainted already when a seed transfer takes it is not counted a second time, so `seeded` can be less than the sum of
//! the seeds.
//!
//! **What was there before.** An account's balance before the data begin is given, or inferred as the least that keeps
//! it from ever going negative. It is clean. A payment beyond a given balance is paid with clean money from nowhere.
//!
//! **Backwards** the same walk runs on the mirror: time reversed, payer and payee exchanged, the closing balance for the
//! opening one. For FIFO and LIFO the units match one to one, so that the way back is the way there; haircut agrees up to
//! rounding; TIHO takes from the largest receipts.
//!
//! A self-loop moves nothing and is passed over. A transfer's hop is one more than the fewest transfers by which the
//! tainted money its payer held at that moment had come from a seed.
//!
//! Cost: one step an edge from the first seed on, plus what the method does for reached accounts: constant for haircut
//! and poison, amortised by the runs of a queue for FIFO and LIFO, a logarithm for TIHO. Source: *Clayton's Case* (1816);
//! Möser, Böhme and Breuker 2014; Anderson, Shumailov and Ahmed 2018; Tironsakkul et al. 2022.

use std::collections::BTreeMap;

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;

mod pool;
#[cfg(test)]
mod tests;
mod view;

use pool::{Moved, Pool};
use view::View;

/// How money that met other money is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Whatever an account pays after tainted money reached it is tainted wholly. Reach, never a sum.
    Poison,
    /// Every payment takes the account's share of tainted money along.
    Haircut,
    /// First in, first out.
    Fifo,
    /// Last in, first out.
    Lifo,
    /// Taint in, highest out: a receipt's taint goes to the largest later payments first.
    Tiho,
}

/// Which way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Where did it go?
    Forward,
    /// Where did it come from?
    Back,
}

/// What to follow, and how far.
#[derive(Debug, Clone)]
pub struct Request {
    /// The way.
    pub direction: Direction,
    /// The method.
    pub method: Method,
    /// Seed accounts, as nodes.
    pub accounts: Vec<u32>,
    /// Seed transfers, as edges.
    pub transfers: Vec<u32>,
    /// Money that has made this many transfers rests where it is.
    pub max_hops: u32,
    /// Only transfers at or after this time are followed.
    pub since: Option<i64>,
    /// Only transfers at or before this time are followed.
    pub until: Option<i64>,
    /// Money that has lain in an account for longer than this (microseconds) rests there.
    pub max_delay: Option<i64>,
    /// A transfer that takes less tainted money than this along is not followed.
    pub min_amount: i128,
    /// Accounts, as nodes, that are reached and not followed: services, where money of many people mixes.
    pub stop: Vec<u32>,
    /// Balances before the first transfer; inferred where there is none.
    pub opening: Option<BTreeMap<u32, i128>>,
}

/// A transfer that took tainted money along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The transfer.
    pub edge: u32,
    /// Transfers from the seed to here, this one included.
    pub hop: u32,
    /// How much of its amount is tainted.
    pub tainted: i128,
}

/// Why money rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Nobody has moved it on.
    Held,
    /// It reached an account that is not to be followed.
    Stopped,
    /// It has made as many transfers as were allowed.
    MaxHops,
    /// It lay still for longer than was allowed.
    MaxDelay,
    /// A transfer took too little along.
    Dust,
}

/// Tainted money at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resting {
    /// The account.
    pub node: u32,
    /// The reason.
    pub why: Why,
    /// The fewest transfers by which any of it came.
    pub hop: u32,
    /// The last transfer that brought any of it.
    pub last: u32,
    /// How much.
    pub tainted: i128,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// How much clean money the seeds tainted.
    pub seeded: i128,
    /// Transfers in the order they were walked: ≺, or its reverse.
    pub reached: Vec<Reached>,
    /// Rests by account, then by reason.
    pub resting: Vec<Resting>,
}

/// Follows money.
///
/// # Errors
/// [`GraphError::Cancelled`].
pub fn trace(graph: &Graph, request: &Request, guard: Guard<'_>) -> Result<Trace, GraphError> {
    let mut walk = Walk {
        view: View::new(graph, request.direction),
        request,
        slots: vec![NONE; graph.nodes() as usize],
        pools: Vec::new(),
        seeded: 0,
        reached: Vec::new(),
        resting: BTreeMap::new(),
        end: 0,
    };
    walk.run(guard)?;
    Ok(walk.finish())
}

/// No pool.
const NONE: u32 = u32::MAX;

struct Walk<'a> {
    view: View<'a>,
    request: &'a Request,
    /// By node, where its pool is.
    slots: Vec<u32>,
    pools: Vec<(u32, Pool)>,
    seeded: i128,
    reached: Vec<Reached>,
    resting: BTreeMap<(u32, Why), Resting>,
    /// The steps that are walked: those inside the limits of time.
    end: u32,
}

impl Walk<'_> {
    fn run(&mut self, mut guard: Guard<'_>) -> Result<(), GraphError> {
        let range = self.view.between(self.request.since, self.request.until);
        self.end = range.end;
        let mut seeds: Vec<u32> = self.request.transfers.iter().map(|edge| self.view.step(*edge)).collect();
        seeds.sort_unstable();
        seeds.dedup();
        let paid =
            self.request.accounts.iter().filter_map(|node| self.view.outgoing(*node).find(|step| *step >= range.start));
        let Some(first) = seeds.iter().copied().filter(|step| *step >= range.start).chain(paid).min() else {
            return Ok(());
        };
        let mut seeds = seeds.into_iter().skip_while(|step| *step < first).peekable();
        let mut is_seed = vec![false; self.slots.len()];
        for node in &self.request.accounts {
            is_seed[*node as usize] = true;
        }
        for step in first..range.end {
            guard.step()?;
            let (src, dst) = self.view.ends(step);
            let seed = seeds.next_if_eq(&step).is_some() | is_seed[src as usize];
            if src == dst || !(seed || self.is_reached(src) || self.is_reached(dst)) {
                continue;
            }
            self.transfer(step, src, dst, seed);
        }
        Ok(())
    }

    fn is_reached(&self, node: u32) -> bool {
        self.slots[node as usize] != NONE
    }

    fn transfer(&mut self, step: u32, src: u32, dst: u32, seed: bool) {
        let (amount, time) = (self.view.amount(step), self.view.time(step));
        let mut moved = match self.slots[src as usize] {
            NONE => Moved::clean(amount),
            slot => {
                let (_, pool) = &mut self.pools[slot as usize];
                let (moved, expired) = pool.take(step, amount, time, self.request.max_delay);
                if let Some(expired) = expired {
                    self.rest(src, Why::MaxDelay, expired.hop, expired.last, expired.tainted);
                }
                moved
            }
        };
        if seed {
            let clean = amount - moved.tainted;
            self.seeded += clean;
            if clean > 0 {
                moved.hop = 0;
            }
            moved.taint_all(amount);
        }
        let hop = moved.hop.saturating_add(1);
        let followed = moved.tainted > 0 && {
            self.reached.push(Reached { edge: self.view.edge(step), hop, tainted: moved.tainted });
            let why = if self.request.stop.binary_search(&dst).is_ok() {
                Some(Why::Stopped)
            } else if hop >= self.request.max_hops {
                Some(Why::MaxHops)
            } else if moved.tainted < self.request.min_amount {
                Some(Why::Dust)
            } else {
                None
            };
            if let Some(why) = why {
                self.rest(dst, why, hop, step, moved.tainted);
            }
            why.is_none()
        };
        if !followed {
            moved = Moved::clean(amount);
        }
        if followed && !self.is_reached(dst) {
            self.slots[dst as usize] = self.pools.len() as u32;
            let balance = self.view.balance(dst, step, self.request.opening.as_ref());
            let pool = Pool::new(self.request.method, balance, &self.view, dst, step, self.end);
            self.pools.push((dst, pool));
        }
        if let Some((_, pool)) = self.pools.get_mut(self.slots[dst as usize] as usize) {
            pool.put(moved, hop, step, &self.view, self.request.max_delay);
        }
    }

    fn rest(&mut self, node: u32, why: Why, hop: u32, last: u32, tainted: i128) {
        let last = self.view.edge(last);
        let rest = self.resting.entry((node, why)).or_insert(Resting { node, why, hop, last, tainted: 0 });
        rest.hop = rest.hop.min(hop);
        rest.last = last;
        rest.tainted += tainted;
    }

    fn finish(mut self) -> Trace {
        let horizon = if self.end == 0 { 0 } else { self.view.time(self.end - 1) };
        for (node, pool) in std::mem::take(&mut self.pools) {
            let (held, expired) = pool.close(horizon, self.request.max_delay);
            for (why, rest) in [(Why::Held, held), (Why::MaxDelay, expired)] {
                if let Some(rest) = rest {
                    self.rest(node, why, rest.hop, rest.last, rest.tainted);
                }
            }
        }
        Trace { seeded: self.seeded, reached: self.reached, resting: self.resting.into_values().collect() }
    }
}
