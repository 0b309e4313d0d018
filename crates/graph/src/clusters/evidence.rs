//! Evidence: sets of nodes that belong together, in the order in which they count.

use std::ops::Range;

use rayon::prelude::*;

use super::Edge;
use crate::error::GraphError;

/// Nodes one task looks at.
const PIECE: usize = 1 << 16;

/// Sets of nodes, end to end, in order: each says that its members are one. A place in `members` is a *row*.
///
/// ```text
/// starts    0     3  4        7       three sets and the end
/// members   5 9 2 │ 7 │ 2 8 9         rows 0 … 6; row 1 says that 9 and 5 are one, row 2 that 2 and 5 are
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    starts: &'a [u32],
    members: &'a [u32],
    nodes: u32,
}

impl<'a> Evidence<'a> {
    /// Sets among the nodes below `nodes`: set `s` is `members[starts[s]..starts[s + 1]]`.
    ///
    /// # Errors
    /// [`GraphError::TooManyRows`] above 2³² − 2 members; [`GraphError::BrokenSets`] when the starts do not rise from 0
    /// to the number of members; [`GraphError::NoSuchNode`] when a member is not below `nodes`.
    pub fn new(starts: &'a [u32], members: &'a [u32], nodes: u32) -> Result<Self, GraphError> {
        if members.len() >= u32::MAX as usize {
            return Err(GraphError::TooManyRows { rows: members.len() });
        }
        let ends = starts.first() == Some(&0) && starts.last() == Some(&(members.len() as u32));
        let rise = || {
            let pieces = (1..starts.len()).into_par_iter().with_min_len(PIECE);
            pieces.all(|set| starts[set - 1] <= starts[set])
        };
        if !(ends && rise()) {
            return Err(GraphError::BrokenSets);
        }
        let most = members.par_chunks(PIECE).filter_map(|piece| piece.iter().copied().max()).max();
        match most.filter(|node| *node >= nodes) {
            Some(node) => Err(GraphError::NoSuchNode { node, nodes }),
            None => Ok(Self { starts, members, nodes }),
        }
    }

    /// How many rows there are.
    pub fn rows(&self) -> u32 {
        self.members.len() as u32
    }

    /// How many nodes there may be.
    pub fn nodes(&self) -> u32 {
        self.nodes
    }

    /// Calls `each` with the candidate edge of each of `rows` that is not the first of its set, in order.
    #[inline]
    pub(super) fn for_each(&self, rows: Range<usize>, mut each: impl FnMut(Edge)) {
        // The last set that begins at or before the first row: of empty ones beside it, the one that has members.
        let mut set = self.starts.partition_point(|start| *start as usize <= rows.start).saturating_sub(1);
        let mut row = rows.start;
        while row < rows.end {
            let (start, end) = (self.starts[set] as usize, self.starts[set + 1] as usize);
            set += 1;
            if end > start + 1 {
                let first = self.members[start];
                let from = row.max(start + 1);
                for (row, other) in (from..).zip(&self.members[from..end.min(rows.end).max(from)]) {
                    each(Edge { first, other: *other, row: row as u32 });
                }
            }
            row = end.max(row);
        }
    }
}
