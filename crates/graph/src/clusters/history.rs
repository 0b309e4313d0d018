//! A forest replayed: every name that ever was, and what became of it.

use super::Edge;
use crate::error::GraphError;
use crate::guard::Guard;
use crate::union::root;

/// Two clusters became one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// The name that is gone.
    pub old: u32,
    /// The name that stays, the smaller.
    pub new: u32,
    /// Which edge did it: its place in the forest.
    pub edge: u32,
    /// Members of the cluster whose name is gone, before.
    pub old_size: u32,
    /// Members of the one whose name stays, before.
    pub new_size: u32,
}

impl Merge {
    /// Whether both had more members than `members`: such merges are rare, and suspect.
    pub fn is_large(&self, members: u32) -> bool {
        self.old_size.min(self.new_size) > members
    }
}

/// Replays edges among the nodes below `nodes`: those of a forest, or any others, of which such that unite nothing are
/// passed over. Every name but those of the clusters in the end is gone exactly once.
///
/// To publish what changed when a forest grew, replay the edges it had and then those that are new, each in order, and
/// drop the merges of the former: an edge that new evidence displaced had done its work when names were last published.
///
/// Cost: one pass over the edges by one thread, 8 bytes a node and 20 a merge.
///
/// # Errors
/// [`GraphError::Cancelled`]; [`GraphError::NoSuchNode`]; [`GraphError::TooManyRows`] above 2³² − 2 edges.
pub fn history(nodes: u32, edges: &[Edge], mut guard: Guard<'_>) -> Result<Vec<Merge>, GraphError> {
    check(nodes, edges)?;
    let mut parents: Vec<u32> = (0..nodes).collect();
    let mut sizes = vec![1_u32; nodes as usize];
    let mut merges = Vec::new();
    for (edge, Edge { first, other, .. }) in (0..).zip(edges) {
        guard.step()?;
        let (one, other) = (root(&mut parents, *first), root(&mut parents, *other));
        if one == other {
            continue;
        }
        let (new, old) = (one.min(other), one.max(other));
        let (new_size, old_size) = (sizes[new as usize], sizes[old as usize]);
        parents[old as usize] = new;
        sizes[new as usize] += old_size;
        merges.push(Merge { old, new, edge, old_size, new_size });
    }
    Ok(merges)
}

/// That all edges have their ends below `nodes`, and can be counted.
pub(super) fn check(nodes: u32, edges: &[Edge]) -> Result<(), GraphError> {
    if edges.len() >= u32::MAX as usize {
        return Err(GraphError::TooManyRows { rows: edges.len() });
    }
    match edges.iter().map(|edge| edge.first.max(edge.other)).find(|node| *node >= nodes) {
        Some(node) => Err(GraphError::NoSuchNode { node, nodes }),
        None => Ok(()),
    }
}
