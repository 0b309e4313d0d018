//! The works that are measured: each runs a kernel over the whole graph and sums up what it found.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use headwater_benches::Failure;
use headwater_graph::cycles::{self, Cycles};
use headwater_graph::rolling::{Rolling, RollingRows, Ties, Wanted};
use headwater_graph::scatter_gather::{self, ScatterGather};
use headwater_graph::successions::Pairs;
use headwater_graph::trace::{Direction, Method, Request, trace};
use headwater_graph::{Graph, GraphError, Guard, Instances};

const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
/// Steps a search may take from one root: the default of the operators.
const BUDGET: u64 = 1_000_000;
/// Edges of one piece of work.
const PIECE: usize = 1 << 13;

/// One work.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    /// On so many threads.
    pub(crate) run: fn(&Graph, usize) -> Result<Found, Failure>,
    /// By peer, how many times its time ours should go into, on the bank's book and on the cycle-rich one.
    pub(crate) goals: &'static [(&'static str, [f64; 2])],
}

/// Every work, in the order in which it is told.
pub(crate) const WORKS: [Work; 5] = [
    Work { name: "rolling", run: rolling, goals: &[("duckdb", [5.0, 5.0]), ("snapml", [20.0, 20.0])] },
    Work { name: "successions", run: successions, goals: &[("duckdb", [5.0, 5.0])] },
    Work { name: "scatter_gather", run: scatter_gather, goals: &[("duckdb", [10.0, 10.0]), ("snapml", [5.0, 5.0])] },
    Work { name: "cycles", run: cycles, goals: &[("duckdb", [1.0, 10.0]), ("snapml", [10.0, 10.0])] },
    Work { name: "trace", run: poison, goals: &[("duckdb", [50.0, 50.0])] },
];

/// What a work found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// How many.
    pub(crate) count: u64,
    /// A sum over all of it, with weights that tell one from another.
    pub(crate) checksum: i128,
    /// Searches that ran out of their budget.
    pub(crate) cut: u64,
    /// What is comparable with a peer, where that is coarser: how many, and their sum.
    pub(crate) pairs: Option<(u64, i128)>,
}

impl Found {
    /// What a peer that is asked for the same thing must have found.
    pub(crate) fn comparable(&self) -> Self {
        let (count, checksum) = self.pairs.unwrap_or((self.count, self.checksum));
        Self { count, checksum, ..Self::default() }
    }

    fn add(&mut self, count: u64, checksum: i128) {
        (self.count, self.checksum) = (self.count + count, self.checksum + checksum);
    }

    fn merge(mut self, other: Self) -> Self {
        self.add(other.count, other.checksum);
        self.cut += other.cut;
        self.pairs = match (self.pairs, other.pairs) {
            (Some((count, sum)), Some((more, rest))) => Some((count + more, sum + rest)),
            (one, other) => one.or(other),
        };
        self
    }
}

fn rolling(graph: &Graph, threads: usize) -> Result<Found, Failure> {
    let wanted = Wanted { counterparties: true, ..Wanted::default() };
    let degree = |node| graph.outgoing(node).len() + graph.incoming(node).len();
    let state = || Rolling::new(graph, &[12 * HOUR], Ties::Peers, wanted, Guard::new(&|| false));
    share(pieces(graph.nodes(), degree), threads, state, |rolling, nodes, found| {
        let mut rows = RollingRows::default();
        rolling.add(nodes, &mut rows)?;
        // A row has both sides of its account. The peer computes, of each transfer, what its payer paid and what its
        // payee received, so that only those are compared.
        for row in 0..rows.len() {
            let side = if rows.received[row] { &rows.incoming } else { &rows.outgoing };
            let sum = side.sum[row] + i128::from(side.counterparties[row]);
            found.add(u64::from(side.count[row]), sum);
        }
        Ok(())
    })
}

fn successions(graph: &Graph, threads: usize) -> Result<Found, Failure> {
    let degree = |node| graph.outgoing(node).len() + graph.incoming(node).len();
    let state = Vec::new;
    share(pieces(graph.nodes(), degree), threads, state, |pairs: &mut Vec<(u32, u32)>, nodes, found| {
        let mut source = Pairs::new(graph, DAY, nodes, Guard::new(&|| false));
        loop {
            pairs.clear();
            let more = source.add(PIECE, pairs)?;
            let sum = |(receipt, payment): &(u32, u32)| 3 * u64::from(*receipt) + u64::from(*payment);
            found.add(pairs.len() as u64, i128::from(pairs.iter().map(sum).sum::<u64>()));
            if !more {
                return Ok(());
            }
        }
    })
}

fn scatter_gather(graph: &Graph, threads: usize) -> Result<Found, Failure> {
    let limits = scatter_gather::Limits {
        least: 2,
        window: 6 * HOUR,
        conserve: 0.0,
        at_most: f64::INFINITY,
        strict: false,
        budget: u64::MAX,
    };
    let paid = |node| graph.outgoing(node).len();
    let state = || ScatterGather::new(graph, limits, Guard::new(&|| false));
    share(pieces(graph.nodes(), paid), threads, state, |search, sources, found| {
        let (mut instances, mut cut) = (Instances::default(), Vec::new());
        search.add(sources, &mut instances, &mut cut)?;
        found.cut += cut.len() as u64;
        // By source and sink, so that those of one pair are neighbours.
        let mut last = None;
        for edges in instances.iter() {
            found.add(1, sum(edges));
            let (source, sink) = (graph.key(graph.src(edges[0])), graph.key(graph.dst(edges[edges.len() - 1])));
            if last.replace((source, sink)) != Some((source, sink)) {
                let (count, sum) = found.pairs.unwrap_or_default();
                let pair = source % 1_000_003 * 7 + sink % 1_000_003;
                found.pairs = Some((count + 1, sum + i128::from(pair)));
            }
        }
        Ok(())
    })
}

fn cycles(graph: &Graph, threads: usize) -> Result<Found, Failure> {
    let limits = cycles::Limits { window: DAY, max_length: 10, ordered: true, evenness: 0.0, budget: BUDGET };
    let state = || Cycles::new(graph, limits, Guard::new(&|| false));
    share(pieces(graph.edges(), |_| 4), threads, state, |search, roots, found| {
        let (mut instances, mut cut) = (Instances::default(), Vec::new());
        search.add(roots, &mut instances, &mut cut)?;
        found.cut += cut.len() as u64;
        let closing = |edges: &[u32]| 7 * i128::from(edges[edges.len() - 1]);
        for edges in instances.iter() {
            found.add(1, sum(edges) + closing(edges));
        }
        Ok(())
    })
}

/// The transfer that is traced: of those a tenth into the data, the first to the account that pays most often.
pub(crate) fn seed(graph: &Graph) -> u32 {
    let tenth = graph.edges() / 10;
    let candidates = (tenth..tenth + tenth / 100 + 1).rev();
    candidates.max_by_key(|edge| graph.outgoing(graph.dst(*edge)).len()).unwrap_or(0)
}

/// Everything that can be reached from one transfer. It is one walk, whatever the threads.
fn poison(graph: &Graph, _threads: usize) -> Result<Found, Failure> {
    follow(graph, Method::Poison, Vec::new(), vec![seed(graph)])
}

/// Where the money of one account went, first in, first out.
pub(crate) fn fifo(graph: &Graph, account: u32) -> Result<Found, Failure> {
    follow(graph, Method::Fifo, vec![account], Vec::new())
}

/// The account whose money is traced first in, first out: of the thirty that pay most often, the one whose money makes
/// the most transfers after its own. What a busy account pays to accounts that pay nothing is no work.
pub(crate) fn spender(graph: &Graph) -> Result<u32, Failure> {
    let mut accounts: Vec<u32> = (0..graph.nodes()).collect();
    accounts.sort_by_key(|node| std::cmp::Reverse(graph.outgoing(*node).len()));
    let mut best = (0, 0);
    for account in accounts.into_iter().take(30) {
        let own = graph.outgoing(account).len() as u64;
        best = best.max((fifo(graph, account)?.count.saturating_sub(own), account));
    }
    Ok(best.1)
}

fn follow(graph: &Graph, method: Method, accounts: Vec<u32>, transfers: Vec<u32>) -> Result<Found, Failure> {
    let request = Request {
        direction: Direction::Forward,
        method,
        accounts,
        transfers,
        max_hops: 6,
        since: None,
        until: None,
        max_delay: None,
        min_amount: 0,
        stop: Vec::new(),
        opening: None,
    };
    let mut found = Found::default();
    for reached in trace(graph, &request, Guard::new(&|| false))?.reached {
        found.add(1, i128::from(7 * u64::from(reached.edge) + u64::from(reached.hop)));
    }
    Ok(found)
}

fn sum(edges: &[u32]) -> i128 {
    i128::from(edges.iter().map(|edge| u64::from(*edge)).sum::<u64>())
}

/// Cuts `0..count` into ranges of about equal weight.
fn pieces(count: u32, weight: impl Fn(u32) -> usize) -> Vec<Range<u32>> {
    let (mut pieces, mut start, mut sum) = (Vec::new(), 0, 0);
    for item in 0..count {
        sum += weight(item);
        if sum >= PIECE || item + 1 == count {
            pieces.push(start..item + 1);
            (start, sum) = (item + 1, 0);
        }
    }
    pieces
}

/// Works on all pieces with so many threads, each with a state of its own, as the operators do.
fn share<S>(
    pieces: Vec<Range<u32>>,
    threads: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, Range<u32>, &mut Found) -> Result<(), GraphError> + Sync,
) -> Result<Found, Failure> {
    let next = AtomicUsize::new(0);
    let worker = || -> Result<Found, GraphError> {
        let (mut state, mut found) = (state(), Found::default());
        while let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(&mut state, piece.clone(), &mut found)?;
        }
        Ok(found)
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().try_fold(Found::default(), |found, worker| {
            let part = worker.join().map_err(|_| "a thread of the bench panicked")?;
            Ok(found.merge(part?))
        })
    })
}
