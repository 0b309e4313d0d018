//! The rests of accounts, and the transfers between them.
//!
//! ```text
//!   account a    receives 0, 1   pays 2, 3   receives 4   pays 5
//!   rests        ───── r ─────────────────   ───── s ──────────      r holds for s: later(r) = s
//! ```

use crate::adjacency::Adjacency;
use crate::between::Ends;
use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;

/// No rest.
pub(super) const NONE: u32 = u32::MAX;
/// All sources together.
pub(super) const SOURCE: u32 = 0;
/// All targets together.
pub(super) const TARGET: u32 = 1;

/// The network. Transfers are numbered by their place among the used ones, rests by their first receipt.
#[derive(Debug)]
pub(super) struct Network {
    /// By transfer: where it starts, and where it ends.
    pub(super) tails: Vec<u32>,
    pub(super) heads: Vec<u32>,
    /// By rest: the transfers that start there, and those that end there.
    pub(super) out: Adjacency,
    pub(super) into: Adjacency,
    /// By rest: the next of the same account, and the one before.
    pub(super) later: Vec<u32>,
    pub(super) earlier: Vec<u32>,
}

impl Network {
    /// Every transfer of `edges` is on some way, so that its payer is a source or was paid before.
    pub(super) fn new(graph: &Graph, ends: &Ends, edges: &[u32], guard: &mut Guard<'_>) -> Result<Self, GraphError> {
        // By node: its latest rest, and whether it has paid since.
        let mut latest = vec![NONE; graph.nodes() as usize];
        let mut paid = vec![false; graph.nodes() as usize];
        let (mut tails, mut heads) = (Vec::with_capacity(edges.len()), Vec::with_capacity(edges.len()));
        let (mut later, mut earlier) = (vec![NONE; 2], vec![NONE; 2]);
        for &edge in edges {
            guard.step()?;
            let (from, to) = (graph.src(edge), graph.dst(edge) as usize);
            tails.push(if ends.is_source(from) { SOURCE } else { latest[from as usize] });
            paid[from as usize] = true;
            if ends.is_target(to as u32) {
                heads.push(TARGET);
                continue;
            }
            if latest[to] == NONE || paid[to] {
                let rest = later.len() as u32;
                if latest[to] != NONE {
                    later[latest[to] as usize] = rest;
                }
                later.push(NONE);
                earlier.push(latest[to]);
                (latest[to], paid[to]) = (rest, false);
            }
            heads.push(latest[to]);
        }
        let rests = later.len();
        let (out, into) = (Adjacency::of(rests, &tails, Vec::new()), Adjacency::of(rests, &heads, Vec::new()));
        Ok(Self { tails, heads, out, into, later, earlier })
    }

    pub(super) fn rests(&self) -> u32 {
        self.later.len() as u32
    }
}
