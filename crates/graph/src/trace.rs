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
//! Only what taint touches is walked. An account's next payment is in a queue while taint can leave by it; its other
//! receipts are counted when they are next asked for, and while it has no taint it is not looked at.
//!
//! ```text
//! account     in     in  IN              in  in   IN          IN brings taint, OUT may take it along
//!             ───────────●───────────────────────●─────▶
//!                 out          OUT   OUT             OUT      between: clean, so neither is visited
//! steps       not read  │ queued ·····│ not queued   │ queued
//! ```
//!
//! Cost, for r transfers at which taint may move: r for poison, haircut, FIFO and LIFO, with the receipts in between and
//! the runs of the line they pass on; r · log d for TIHO, after a tournament of the d later payments of each account
//! that is reached. FIFO passes over payments that older clean money covers without queueing them. Beside that, a bit an
//! edge from the first seed on, and eight bytes a node that are only touched where taint comes. Each step is a handful of
//! looks into memory far apart: when taint reaches most of the transfers, a walk over all of them would be as quick.
//!
//! What an account held before is read by haircut and FIFO only, when taint comes and the account pays again; and by
//! poison when the walk is over, for what still lies in the accounts. Given, that takes the history up to then;
//! inferred, all of it, because an account may have held least at any time. LIFO serves it last and TIHO not at all.
//!
//! Source: *Clayton's Case* (1816); Möser, Böhme and Breuker 2014; Anderson, Shumailov and Ahmed 2018; Tironsakkul et
//! al. 2022.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;

mod highest;
mod line;
mod pool;
pub(crate) mod queue;
mod rests;
#[cfg(test)]
mod tests;
mod view;

use pool::{Moved, Pool, Rest};
use queue::Queue;
use rests::Rests;
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
    let (view, range) = View::new(graph, request);
    let seeds = seeds(&view, request, &range);
    let queue = Queue::new(&(seeds.first().copied().unwrap_or(range.end)..range.end));
    let slots = vec![0; graph.nodes() as usize];
    let rests = Rests::new(graph.nodes());
    let mut walk =
        Walk { view, request, guard, queue, slots, pools: Vec::new(), seeded: 0, reached: Vec::new(), rests };
    walk.run(&seeds)?;
    walk.finish()
}

/// The seed transfers and the payments of the seed accounts, in order.
fn seeds(view: &View<'_>, request: &Request, range: &Range<u32>) -> Vec<u32> {
    let mut seeds: Vec<u32> = request.transfers.iter().map(|edge| view.step(*edge)).collect();
    seeds.retain(|step| range.contains(step));
    for node in &request.accounts {
        let paid = view.paid(*node);
        seeds.extend((paid.from(range.start)..paid.from(range.end)).map(|place| paid.get(place)));
    }
    // Stable: it merges what is in order already.
    seeds.sort();
    seeds.dedup();
    seeds
}

struct Walk<'a> {
    view: View<'a>,
    request: &'a Request,
    guard: Guard<'a>,
    queue: Queue,
    /// By node, one more than where its pool is; zero without one.
    slots: Vec<u32>,
    pools: Vec<Pool>,
    seeded: i128,
    reached: Vec<Reached>,
    rests: Rests,
}

impl Walk<'_> {
    fn run(&mut self, seeds: &[u32]) -> Result<(), GraphError> {
        for seed in seeds {
            self.queue.add(*seed);
        }
        let mut seeds = seeds.iter().copied().peekable();
        let mut moved = Moved::default();
        while let Some(step) = self.queue.take() {
            self.guard.step()?;
            let seed = seeds.next_if_eq(&step).is_some();
            let (src, dst) = self.view.ends(step);
            if src != dst {
                self.transfer(step, src, dst, seed, &mut moved)?;
            }
        }
        Ok(())
    }

    fn transfer(&mut self, step: u32, src: u32, dst: u32, seed: bool, moved: &mut Moved) -> Result<(), GraphError> {
        let Self { view, request, guard, queue, slots, pools, .. } = self;
        moved.set_clean(view.amount(step));
        let mut expired = None;
        if let Some(place) = slots[src as usize].checked_sub(1) {
            expired = pools[place as usize].take(step, moved, view, queue, guard)?;
        }
        if seed {
            let clean = moved.amount - moved.tainted;
            self.seeded += clean;
            if clean > 0 {
                moved.hop = 0;
            }
            moved.taint_all();
        }
        let hop = moved.hop.saturating_add(1);
        let mut why = None;
        if moved.tainted > 0 {
            self.reached.push(Reached { edge: view.edge(step), hop, tainted: moved.tainted });
            why = if request.stop.binary_search(&dst).is_ok() {
                Some(Why::Stopped)
            } else if hop >= request.max_hops {
                Some(Why::MaxHops)
            } else if moved.tainted < request.min_amount {
                Some(Why::Dust)
            } else {
                None
            };
            if why.is_none() {
                let slot = &mut slots[dst as usize];
                if *slot == 0 {
                    pools.push(Pool::new(request.method, view, dst, step, guard)?);
                    *slot = pools.len() as u32;
                }
                pools[*slot as usize - 1].put(moved, hop, step, view, queue, guard)?;
            }
        }
        if let Some(expired) = expired {
            self.rest(src, Why::MaxDelay, expired);
        }
        if let Some(why) = why {
            self.rest(dst, why, Rest { hop, last: step, tainted: moved.tainted });
        }
        Ok(())
    }

    fn rest(&mut self, node: u32, why: Why, Rest { tainted, hop, last }: Rest) {
        self.rests.add(Resting { node, why, hop, last: self.view.edge(last), tainted });
    }

    fn finish(mut self) -> Result<Trace, GraphError> {
        for pool in std::mem::take(&mut self.pools) {
            self.guard.step()?;
            let (held, expired) = pool.close(&self.view, &mut self.guard)?;
            for (why, rest) in [(Why::Held, held), (Why::MaxDelay, expired)] {
                if let Some(rest) = rest {
                    self.rest(pool.node(), why, rest);
                }
            }
        }
        Ok(Trace { seeded: self.seeded, reached: self.reached, resting: self.rests.sorted() })
    }
}
