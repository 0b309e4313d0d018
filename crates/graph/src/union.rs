//! Disjoint sets of nodes, each named by its smallest member.
//!
//! ```text
//!   1        1        unite(5, 7): the roots are 3 and 1, and 3, the larger, goes below 1
//!  ╱ ╲      ╱│╲
//! 7   4    7 4 3      a parent is never larger than its child: the root is the name,
//!   3          │      and no links can close a circle, whichever thread makes them
//!   │          5
//!   5
//! ```
//!
//! [`root`] is for one thread. [`Union`] is for many at once: a link is a compare-and-swap on a root, and fails if the
//! node is no root any more; halving a path is a plain store, since whatever it overwrites was an ancestor of the node
//! and so is what it writes. All of it is relaxed: every value a thread may still see in a place was true once, and a
//! node's ancestors stay its ancestors. Who waits for all threads sees all links.
//!
//! Looking up a root waits for memory, so that [`Union::roots`] does it for a handful of nodes side by side: their
//! first two steps are loads that do not depend on each other.
//!
//! Cost: O(m log n / log(1 + m/n)) steps for m operations on n nodes by one thread, hardly more than m in practice.
//! Source: Tarjan and van Leeuwen 1984, for path halving under any rule of linking; Anderson and Woll 1991, for links
//! by compare-and-swap; Jayanti and Tarjan 2021, for their cost.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rayon::prelude::*;

/// Nodes one task works on.
const PIECE: usize = 1 << 15;

/// The root of a node's tree; halves the path to it.
#[inline]
pub(crate) fn root(parents: &mut [u32], mut node: u32) -> u32 {
    while parents[node as usize] != node {
        let above = parents[parents[node as usize] as usize];
        parents[node as usize] = above;
        node = above;
    }
    node
}

/// Sets that many threads unite.
#[derive(Debug)]
pub(crate) struct Union {
    parents: Vec<AtomicU32>,
}

impl Union {
    /// So many sets of one.
    pub(crate) fn new(nodes: u32) -> Self {
        Self { parents: (0..nodes).into_par_iter().with_min_len(PIECE).map(AtomicU32::new).collect() }
    }

    /// The sets in which every node lies below the one given for it, which is no larger.
    pub(crate) fn of(parents: Vec<u32>) -> Self {
        Self { parents: parents.into_iter().map(AtomicU32::new).collect() }
    }

    pub(crate) fn nodes(&self) -> u32 {
        self.parents.len() as u32
    }

    /// The root of a node's tree; halves the path to it.
    #[inline]
    pub(crate) fn root(&self, mut node: u32) -> u32 {
        let mut parent = self.parent(node);
        while parent != node {
            let above = self.parent(parent);
            if above == parent {
                return parent;
            }
            self.put(node, above);
            node = above;
            parent = self.parent(node);
        }
        node
    }

    /// Turns nodes into their roots.
    #[inline]
    pub(crate) fn roots<const N: usize>(&self, nodes: &mut [u32; N]) {
        let parents = nodes.map(|node| self.parent(node));
        let above = parents.map(|parent| self.parent(parent));
        for ((node, parent), above) in nodes.iter_mut().zip(parents).zip(above) {
            if above != parent {
                self.put(*node, above);
            }
            *node = if above == parent { parent } else { self.root(above) };
        }
    }

    /// Makes one set of two, whoever else does the same.
    #[inline]
    pub(crate) fn unite(&self, one: u32, other: u32) {
        let (mut one, mut other) = (self.root(one), self.root(other));
        while one != other {
            let (low, high) = (one.min(other), one.max(other));
            if self.parents[high as usize].compare_exchange(high, low, Relaxed, Relaxed).is_ok() {
                return;
            }
            (one, other) = (low, self.root(high));
        }
    }

    /// Links a root below a smaller one. Other threads may look roots up meanwhile, but nobody else may link: they
    /// write to nodes that are no roots, so that none of their stores meets this one.
    #[inline]
    pub(crate) fn link(&self, high: u32, low: u32) {
        self.put(high, low);
    }

    /// The name of every node's set. Here a task writes to its own nodes only: halving would put back, into a node that
    /// has its name already, an ancestor read before.
    pub(crate) fn into_names(self) -> Vec<u32> {
        (0..self.nodes()).into_par_iter().with_min_len(PIECE).for_each(|node| {
            let mut root = self.parent(node);
            let mut above = self.parent(root);
            while above != root {
                (root, above) = (above, self.parent(above));
            }
            self.put(node, root);
        });
        self.parents.into_iter().map(AtomicU32::into_inner).collect()
    }

    #[inline]
    fn parent(&self, node: u32) -> u32 {
        self.parents[node as usize].load(Relaxed)
    }

    #[inline]
    fn put(&self, node: u32, above: u32) {
        self.parents[node as usize].store(above, Relaxed);
    }
}
