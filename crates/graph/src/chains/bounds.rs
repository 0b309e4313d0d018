//! How long a chain can become that begins with a transfer.

use super::{Limits, Rules};
use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;

/// Payments that are looked at one by one before the best of all of them is taken for granted.
const LOOKS: usize = 16;

/// For every edge the most hops of a chain that begins with it: never too few, sometimes too many, because accounts met
/// twice are not noticed, nor ratios where payments are many. Four bytes an edge, and as many again while it is made.
#[derive(Debug)]
pub struct Bounds {
    longest: Vec<u32>,
}

impl Bounds {
    /// Walks the edges once, the last first.
    ///
    /// What follows an edge is a window of the payments of one account, and windows move back as the walk does: every
    /// account keeps the maxima of its window in a monotone queue, so that a hub costs no more than its edges.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn of(graph: &Graph, limits: Limits, mut guard: Guard<'_>) -> Result<Self, GraphError> {
        let rules = Rules { graph, limits };
        let mut longest = vec![0_u32; graph.edges() as usize];
        // By node a stretch of `queue` as long as it has payments, and the part in use: the latest payment first, each
        // with more hops than those behind it… which came earlier and are therefore still there when it has gone.
        let mut queue = vec![0_u32; graph.edges() as usize];
        let mut used = Vec::with_capacity(graph.nodes() as usize);
        let mut start = 0_u32;
        for node in 0..graph.nodes() {
            used.push((start, start));
            start += graph.outgoing(node).len() as u32;
        }
        for edge in (0..graph.edges()).rev() {
            guard.step()?;
            let (from, at) = (graph.src(edge), graph.dst(edge));
            if from == at {
                continue;
            }
            let until = graph.time(edge).saturating_add(limits.gap);
            let (first, end) = &mut used[at as usize];
            while first < end && graph.time(queue[*first as usize]) > until {
                *first += 1;
            }
            let more = if first < end { after(rules, edge, queue[*first as usize], &longest) } else { 0 };
            longest[edge as usize] = more + 1;
            let (first, end) = &mut used[from as usize];
            while first < end && longest[queue[*end as usize - 1] as usize] <= more + 1 {
                *end -= 1;
            }
            queue[*end as usize] = edge;
            *end += 1;
        }
        Ok(Self { longest })
    }

    /// The most hops of a chain that begins with this edge; 0 for a self-loop.
    #[inline]
    pub fn longest(&self, edge: u32) -> u32 {
        self.longest[edge as usize]
    }
}

/// The most hops after an edge, given the payment in its window that has the most.
fn after(rules: Rules<'_>, edge: u32, best: u32, longest: &[u32]) -> u32 {
    let length = |next: u32| longest[next as usize];
    if rules.follows(edge, best) {
        return length(best);
    }
    let paid = rules.graph.outgoing(rules.graph.dst(edge));
    let paid = &paid[paid.partition_point(|next| *next <= edge)..];
    let until = rules.graph.time(edge).saturating_add(rules.limits.gap);
    let mut most = 0;
    for (look, next) in paid.iter().enumerate() {
        if rules.graph.time(*next) > until {
            break;
        }
        if look == LOOKS {
            return length(best);
        }
        if length(*next) > most && rules.follows(edge, *next) {
            most = length(*next);
        }
    }
    most
}
