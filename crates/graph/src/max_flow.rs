//! How much value can have moved from some accounts to others: the maximum flow in time order.
//!
//! ```text
//!                 100, day 1          60, day 2
//!        source ────────────▶ a ────────────────▶ target        100 reach a on day 1: 60 + 30 of them can have
//!                             └──▶ b ─────────────▶             reached the target; the 50 that b pays on day 5
//!                          30, day 3    50, day 5               hold 30 of it at most
//! ```
//!
//! A transfer carries at most its amount. What an account receives it may hold for any time and pay on later, in any
//! parts: later is *after in ≺*. At no place in ≺ has an account sent on more than it received, and in the end it has
//! sent on all of it, so that what leaves the sources arrives at the targets, to the unit. No more than the result can
//! have moved, whatever rule one follows inside the accounts; other money of theirs does not enter. Holding is unlimited
//! because money in an account has no age before a rule gives it one: a limit on it would need such a rule.
//!
//! Transfers into a source or out of a target are not used, as they would move value from the set to itself; an account
//! that is both has no transfer that is used. Nor has a self-loop, or a transfer of nothing. Of several ways to carry the
//! same value one is given, which the transfers alone decide.
//!
//! Transfers that lie on no way from a source to a target are left out first. The rest form a network whose nodes are
//! *rests*: an account between two changes from paying to being paid (one payment cannot carry on what comes after it,
//! all that is paid next can). There are fewer of these than transfers. An account's rests are a chain, along which
//! holding is free and without limit, and only held value can be taken back; so what can be reached in an account is all
//! from some rest on, and walks along the chain jump over rests that have nothing left to pay.
//!
//! Cost: Dinic's algorithm. A phase measures how many payments, or payments sent back, lie between each rest and the
//! targets, then finds paths of the shortest such length until it knows no more: a few looks at every transfer, and the
//! paths. Taking back what is held is free in the first 256 phases, which makes them few (a dozen or two for a million
//! transfers among a thousand accounts) but promises nothing. After them it counts one: holding only leads forward in
//! time, so that no circle is free any more and each phase makes the shortest path longer; there are as many more phases
//! as rests at most. The `budget` bounds transfers looked at; when it is spent the flow found so far is a valid one, not
//! the greatest. About 130 bytes a transfer on some way.
//! Source: Dinic 1970, on the time-expanded network of Ford and Fulkerson 1958.

use crate::between::Ends;
use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;

mod dinic;
mod network;
#[cfg(test)]
mod tests;

/// A flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// What leaves the sources and arrives at the targets.
    pub value: i128,
    /// The edges that carry some of it, ascending, and how much each.
    pub carried: Vec<(u32, i128)>,
    /// Whether the budget ran out before it was known to be the greatest.
    pub truncated: bool,
}

/// Finds the greatest flow from `sources` to `targets`, looking at transfers up to `budget` times.
///
/// # Errors
/// [`GraphError::TooMuch`] when what the sources pay exceeds 127 bits, [`GraphError::Cancelled`].
pub fn max_flow(
    graph: &Graph,
    sources: &[u32],
    targets: &[u32],
    budget: u64,
    guard: Guard<'_>,
) -> Result<Flow, GraphError> {
    flow(graph, sources, targets, Effort { budget, free: FREE }, guard)
}

/// Phases in which taking back is free.
const FREE: u32 = 256;

/// What the search may do.
#[derive(Debug, Clone, Copy)]
struct Effort {
    budget: u64,
    free: u32,
}

fn flow(
    graph: &Graph,
    sources: &[u32],
    targets: &[u32],
    effort: Effort,
    mut guard: Guard<'_>,
) -> Result<Flow, GraphError> {
    let ends = Ends::new(graph, sources, targets);
    let both = |node| ends.is_source(node) && ends.is_target(node);
    let usable = |edge| graph.amount(edge) > 0 && !both(graph.src(edge)) && !both(graph.dst(edge));
    let edges = ends.between(graph, None, usable, &mut guard)?;
    // No sum below exceeds this one.
    let mut paid = edges.iter().filter(|edge| ends.is_source(graph.src(**edge))).map(|edge| graph.amount(*edge));
    paid.try_fold(0_i128, i128::checked_add).ok_or(GraphError::TooMuch)?;
    let network = network::Network::new(graph, &ends, &edges, &mut guard)?;
    let capacity: Vec<i128> = edges.iter().map(|edge| graph.amount(*edge)).collect();
    let mut search = dinic::Dinic::new(&network, &capacity, effort, guard);
    let truncated = !search.run()?;
    let (value, flow) = search.finish();
    let carried = edges.into_iter().zip(flow).filter(|(_, amount)| *amount > 0).collect();
    Ok(Flow { value, carried, truncated })
}
