//! How money came from some accounts to others: the best time-respecting simple paths.
//!
//! ```text
//!              e1            e2            e3
//!   source ────────▶ v ───────────▶ x ───────────▶ target      e1 ≺ e2 ≺ e3,  no account twice
//!                      ≤ max_delay    ≤ max_delay              v, x neither sources nor targets
//! ```
//!
//! A path leaves one source and ends at the first target: no source and no target lies inside it. One that did would
//! contain a shorter one that tells the same. An account that is both may begin a path or end one, not both ends of the
//! same. Amounts are not compared from hop to hop; a transfer of nothing is a transfer.
//!
//! The `k` best of all paths come out, in one total order: the objective that was asked for ([`Order`]), then the others
//! of arrival, transfers and smallest transfer in this sequence, then the edges from the first on. *Arrival* is the last
//! transfer's place in ≺, so that of two at one instant one is still the earlier.
//!
//! The search is best-first over partial paths. Sweeps backwards over the transfers that lie on any way bound what can
//! follow each; a partial path stands in the heap by the best vector its completions can have, before its own
//! extensions, so whatever complete path is popped is the next of the answer. For `Earliest` and `Fewest` the bounds are
//! exact but for two things: a way may visit an account twice, and where more than eight transfers are still allowed,
//! their number no longer binds it. For `Widest` they are so in the width alone: among many paths of one width the
//! search may look at most of them before it knows which arrives first.
//!
//! Cost: two passes over the edges and up to eleven over those on some way, with up to 150 bytes for each of these; then
//! a heap operation for each transfer that leaves a popped path and is no worse than the `k`-th best path in sight.
//! Where the bounds are not exact that number can be exponential: `budget` bounds the transfers looked at. When it is
//! spent the paths found so far are still the first of the order, and the answer says that it was cut.
//! Source: A* with an admissible bound (Hart, Nilsson and Raphael 1968) on the temporal paths of Wu et al. (VLDB 2014).

use crate::adjacency::Adjacency;
use crate::between::Ends;
use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;
use crate::instances::Instances;

mod labels;
mod search;
#[cfg(test)]
mod tests;

/// What makes one path better than another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// It arrives earlier; then fewer transfers, then a larger smallest transfer.
    Earliest,
    /// Its smallest transfer is larger; then it arrives earlier, then fewer transfers.
    Widest,
    /// It has fewer transfers; then it arrives earlier, then a larger smallest transfer.
    Fewest,
}

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Which paths are best.
    pub order: Order,
    /// How many are wanted.
    pub k: usize,
    /// The most transfers of a path.
    pub max_hops: u32,
    /// The longest time between neighbouring transfers, in microseconds.
    pub max_delay: Option<i64>,
    /// Transfers the search may look at.
    pub budget: u64,
}

/// The paths, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Each as its edges, in order.
    pub found: Instances,
    /// Whether the budget ran out before `limits.k` were found.
    pub truncated: bool,
}

/// Finds the best paths from any of `sources` to any of `targets`.
///
/// # Errors
/// [`GraphError::Cancelled`].
pub fn paths(
    graph: &Graph,
    sources: &[u32],
    targets: &[u32],
    limits: Limits,
    mut guard: Guard<'_>,
) -> Result<Paths, GraphError> {
    let ends = Ends::new(graph, sources, targets);
    let edges = ends.between(graph, limits.max_delay, |_| true, &mut guard)?;
    let src: Vec<u32> = edges.iter().map(|edge| graph.src(*edge)).collect();
    let out = Adjacency::of(graph.nodes() as usize, &src, Vec::new());
    let ways = Ways { graph, ends, edges, out, delay: limits.max_delay.unwrap_or(i64::MAX) };
    let labels = labels::Labels::new(&ways, limits, &mut guard)?;
    search::Search::new(&ways, &labels, limits, guard).run()
}

/// The transfers on any way, numbered anew in the same order: a *place* here is an index into `edges`.
#[derive(Debug)]
struct Ways<'a> {
    graph: &'a Graph,
    ends: Ends,
    edges: Vec<u32>,
    /// By node, the places it pays at.
    out: Adjacency,
    delay: i64,
}

impl Ways<'_> {
    fn len(&self) -> u32 {
        self.edges.len() as u32
    }

    fn src(&self, place: u32) -> u32 {
        self.graph.src(self.edges[place as usize])
    }

    fn dst(&self, place: u32) -> u32 {
        self.graph.dst(self.edges[place as usize])
    }

    fn time(&self, place: u32) -> i64 {
        self.graph.time(self.edges[place as usize])
    }

    fn amount(&self, place: u32) -> i128 {
        self.graph.amount(self.edges[place as usize])
    }

    /// Whether a path ends with this transfer.
    fn ends_with(&self, place: u32) -> bool {
        self.ends.is_target(self.dst(place))
    }
}
