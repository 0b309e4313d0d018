//! Who stands between the others: betweenness centrality.
//!
//! ```text
//!   a ─┐         ┌─▶ d
//!   b ─┼──▶ v ───┤             v is on every shortest way from a, b, c to d, e: 6 pairs of the 20 without v, 0.3
//!   c ─┘         └─▶ e
//! ```
//!
//! On the graph of who paid whom (any number of transfers is one arc, self-loops are none, time is not looked at), the
//! betweenness of an account v is the sum, over ordered pairs (s, t) of other accounts that money can get from s to t
//! between, of the share of the shortest ways from s to t that lead over v. It is given as a share of all (n − 1)(n − 2)
//! pairs, n being the number of accounts. With `max_hops` only ways of so many arcs count.
//!
//! Up to `exact_up_to` accounts every account is a source, and the answer is exact. Above, `samples` sources are drawn
//! without replacement: those whose keys, hashed together with the seed, come first, so that the draw depends on
//! the accounts alone. With n accounts, k sources and δₛ(v) the part of the sum that source s contributes,
//!
//! ```text
//! estimate(v) = n/k · Σ δₛ(v),    standard error(v) = n · √( (1 − k/n) · s²(v) / k ),    s² the variance of the k δₛ(v)
//! ```
//!
//! which is unbiased, and whose error vanishes as k reaches n.
//!
//! Cost: one breadth-first search there and back over all arcs a source, and 44 bytes an account for each thread. Sources
//! are worked on side by side in blocks of fixed size whose sums are added up in order, so that no digit depends on the
//! number of threads. Source: Brandes 2001; Brandes and Pich 2007 for sampling.

use rayon::prelude::*;

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;

mod search;
#[cfg(test)]
mod tests;

use search::{Arcs, Search};

/// Sources whose sums are added up before they meet others.
const BLOCK: usize = 16;

/// What to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// So many accounts and fewer are computed exactly.
    pub exact_up_to: u32,
    /// Sources to draw above that.
    pub samples: u32,
    /// Another seed draws other sources.
    pub seed: u64,
    /// The longest way that counts, in arcs.
    pub max_hops: u32,
}

/// An account that others' money passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Broker {
    /// The account.
    pub node: u32,
    /// The share of all pairs, estimated if sampled.
    pub betweenness: f64,
    /// Its standard error: 0 when exact, not a number for a sample of one.
    pub standard_error: f64,
    /// Distinct other accounts that paid it.
    pub payers: u32,
    /// Distinct other accounts it paid.
    pub payees: u32,
}

/// All of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Brokers {
    /// Whose betweenness is more than 0: the largest first, then by account.
    pub brokers: Vec<Broker>,
    /// Whether it is estimated.
    pub sampled: bool,
}

/// Computes the betweenness of every account.
///
/// # Errors
/// [`GraphError::Cancelled`]; [`GraphError::TooManyWays`] when shortest ways are more than a double can count.
pub fn brokers(graph: &Graph, request: Request, guard: Guard<'_>) -> Result<Brokers, GraphError> {
    let nodes = graph.nodes();
    let arcs = Arcs::of(graph, guard)?;
    let sampled = nodes > request.exact_up_to && nodes > request.samples;
    let sources = if sampled { draw(graph, request) } else { (0..nodes).collect() };
    let (sums, squares) = dependencies(&arcs, &sources, request.max_hops, guard)?;
    let (all, drawn) = (f64::from(nodes), sources.len() as f64);
    let pairs = (all - 1.0) * (all - 2.0);
    let payers = arcs.payers();
    let broker = |node: u32| {
        let (sum, square) = (sums[node as usize], squares[node as usize]);
        let variance = (square - sum * sum / drawn).max(0.0) / (drawn - 1.0);
        let error = if sampled { all * ((1.0 - drawn / all) * variance / drawn).sqrt() } else { 0.0 };
        let (betweenness, standard_error) = (sum * (all / drawn) / pairs, error / pairs);
        let payees = arcs.payees(node).len() as u32;
        Broker { node, betweenness, standard_error, payers: payers[node as usize], payees }
    };
    let between = (0..nodes).filter(|node| sums[*node as usize] > 0.0);
    let mut brokers: Vec<Broker> = between.map(broker).collect();
    brokers.par_sort_unstable_by(|a, b| b.betweenness.total_cmp(&a.betweenness).then_with(|| a.node.cmp(&b.node)));
    Ok(Brokers { brokers, sampled })
}

/// Draws sources, ascending.
fn draw(graph: &Graph, request: Request) -> Vec<u32> {
    let seed = mixed(request.seed);
    let hashed = |node: u32| (mixed(graph.key(node).cast_unsigned() ^ seed), node);
    let mut nodes: Vec<(u64, u32)> = (0..graph.nodes()).map(hashed).collect();
    let samples = request.samples as usize;
    nodes.select_nth_unstable(samples);
    nodes.truncate(samples);
    let mut sources: Vec<u32> = nodes.into_iter().map(|(_, node)| node).collect();
    sources.sort_unstable();
    sources
}

/// The finaliser of SplitMix64: a bijection in which every bit depends on every other.
fn mixed(key: u64) -> u64 {
    let key = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

/// What all sources together contribute to each account, and the sum of the squares of that.
fn dependencies(
    arcs: &Arcs,
    sources: &[u32],
    max_hops: u32,
    guard: Guard<'_>,
) -> Result<(Vec<f64>, Vec<f64>), GraphError> {
    let nodes = arcs.nodes() as usize;
    let (mut sums, mut squares) = (vec![0.0; nodes], vec![0.0; nodes]);
    let blocks: Vec<&[u32]> = sources.chunks(BLOCK).collect();
    let side_by_side = rayon::current_num_threads().min(blocks.len());
    let mut searches: Vec<Search<'_>> = (0..side_by_side).map(|_| Search::new(arcs, max_hops, guard)).collect();
    for round in blocks.chunks(side_by_side.max(1)) {
        let work = searches.par_iter_mut().zip(round);
        work.try_for_each(|(search, block)| block.iter().try_for_each(|source| search.add(*source)))?;
        for search in &mut searches[..round.len()] {
            search.empty_into(&mut sums, &mut squares);
        }
    }
    Ok((sums, squares))
}
