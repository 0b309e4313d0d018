//! Why two nodes are together: the path between them in the forest.
//!
//! ```text
//! links        e ◀─3─ b ◀─1─ a        replay: edge 1 put a's tree below b, edge 3 put that below e
//!              ▲                      a and d: the labels that meet on the way up are 1, 2, 3
//!              └──2── d               so edge 3, the last, joined them: a … (edge 3) … d
//! ```
//!
//! The smaller tree goes below the larger and nothing is shortened, so that a tree is no higher than log₂ n and labels
//! rise on the way up. The last edge on the path between two nodes is the one that joined their trees; what is left on
//! either side of it are two shorter paths of earlier edges.
//!
//! Cost: one pass over the edges by one thread and 12 bytes a node to build, 8 to keep; log₂ n steps an edge of the
//! path after that, so that one query costs the pass and a thousand cost hardly more. Whoever asks for one pair alone
//! stops at the edge that joined it ([`why`]); and the edges of their cluster are enough.

use super::{Edge, history::check};
use crate::error::GraphError;
use crate::guard::Guard;

/// No edge yet.
const NONE: u32 = u32::MAX;

/// One edge of a path, in the direction in which it is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Where it begins.
    pub from: u32,
    /// Where it ends.
    pub to: u32,
    /// The edge's place in the forest.
    pub edge: u32,
}

/// A forest, ready to be asked.
#[derive(Debug)]
pub struct Links<'a> {
    edges: &'a [Edge],
    /// The node each one's tree was put below; itself where it was not.
    above: Vec<u32>,
    /// By which edge.
    by: Vec<u32>,
}

impl<'a> Links<'a> {
    /// Of a forest whose edges are in order, among the nodes below `nodes`.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`]; [`GraphError::NoSuchNode`]; [`GraphError::TooManyRows`] above 2³² − 2 edges.
    pub fn of(nodes: u32, edges: &'a [Edge], guard: Guard<'_>) -> Result<Self, GraphError> {
        Self::until(nodes, edges, None, guard)
    }

    /// The same, but only up to the edge that joins a pair.
    fn until(
        nodes: u32,
        edges: &'a [Edge],
        mut pair: Option<(u32, u32)>,
        mut guard: Guard<'_>,
    ) -> Result<Self, GraphError> {
        check(nodes, edges)?;
        let mut links = Self { edges, above: (0..nodes).collect(), by: vec![NONE; nodes as usize] };
        let mut sizes = vec![1_u32; nodes as usize];
        for (number, edge) in (0..).zip(edges) {
            guard.step()?;
            let (one, other) = (links.before(edge.first, NONE), links.before(edge.other, NONE));
            if one == other {
                continue;
            }
            let (low, high) = if sizes[one as usize] < sizes[other as usize] { (one, other) } else { (other, one) };
            links.above[low as usize] = high;
            links.by[low as usize] = number;
            sizes[high as usize] += sizes[low as usize];
            if let Some((a, b)) = &mut pair {
                let moved = |node: u32| if node == low { high } else { node };
                (*a, *b) = (moved(*a), moved(*b));
                if a == b {
                    break;
                }
            }
        }
        Ok(links)
    }

    /// The path from one node to another, in order; none if they are not together, or are none of the forest's.
    pub fn path(&self, from: u32, to: u32) -> Option<Vec<Step>> {
        if from.max(to) as usize >= self.above.len() {
            return None;
        }
        let mut steps = Vec::new();
        let mut open = vec![Way::Between(from, to)];
        while let Some(way) = open.pop() {
            match way {
                Way::Over(step) => steps.push(step),
                Way::Between(from, to) if from == to => {}
                Way::Between(from, to) => {
                    let edge = self.joined(from, to)?;
                    let Edge { first, other, .. } = self.edges[edge as usize];
                    let side = self.before(from, edge) == self.before(first, edge);
                    let (near, far) = if side { (first, other) } else { (other, first) };
                    open.push(Way::Between(far, to));
                    open.push(Way::Over(Step { from: near, to: far, edge }));
                    open.push(Way::Between(from, near));
                }
            }
        }
        Some(steps)
    }

    /// The edge that joined two different nodes.
    fn joined(&self, mut one: u32, mut other: u32) -> Option<u32> {
        let mut last = None;
        while one != other {
            // The lower label first: what is passed last is the highest on both ways up to where they meet.
            if self.by[one as usize] > self.by[other as usize] {
                std::mem::swap(&mut one, &mut other);
            }
            let by = self.by[one as usize];
            if by == NONE {
                return None;
            }
            (last, one) = (Some(by), self.above[one as usize]);
        }
        last
    }

    /// The top of a node's tree as it was before an edge.
    fn before(&self, mut node: u32, edge: u32) -> u32 {
        while self.by[node as usize] < edge {
            node = self.above[node as usize];
        }
        node
    }
}

/// What is left to be walked.
enum Way {
    Between(u32, u32),
    Over(Step),
}

/// Why two nodes are together, for one pair: reads no further than the edge that joined them.
///
/// # Errors
/// As [`Links::of`]; [`GraphError::NoSuchNode`] when one of the two is not below `nodes`.
pub fn why(nodes: u32, edges: &[Edge], from: u32, to: u32, guard: Guard<'_>) -> Result<Option<Vec<Step>>, GraphError> {
    if from.max(to) >= nodes {
        return Err(GraphError::NoSuchNode { node: from.max(to), nodes });
    }
    Ok(Links::until(nodes, edges, Some((from, to)), guard)?.path(from, to))
}
