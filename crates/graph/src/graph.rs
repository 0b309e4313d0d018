//! The compact temporal multigraph every algorithm of this crate runs on.
//!
//! ```text
//! edge      0      1      2      3        in ≺ order: time, then position, then id
//! time      t0  ≤  t1  ≤  t2  ≤  t3
//! src,dst   a→b    b→c    a→b    c→a
//!
//! node a    out: 0 2    in: 3             edge numbers, ascending: that is time order
//! ```
//!
//! An edge is a transfer and its number is its place in the order ≺, so that "later" is `>` on edge numbers and the
//! edges of a node are in time order without being sorted. Nodes are the ranks of the account keys. Nothing depends on
//! the order in which rows arrived: transfers that agree in time, position and id are ordered by everything else they
//! have, and if that agrees too they cannot be told apart.
//!
//! Memory: 36 bytes an edge (time 8, src and dst 8, amount 8, id 4, the two adjacency lists 8) and 16 a node; 4 more an
//! edge where ids span more than 32 bits, 4 less where there are none, 8 more where amounts need 128 bits.

use rayon::prelude::*;

use crate::adjacency::Adjacency;
use crate::amounts::Amounts;
use crate::error::GraphError;
use crate::ids::Ids;
use crate::nodes::{self, Numbered};
use crate::order::{Transfers, pieces};

/// Transfers as columns, one entry a row, in any order.
#[derive(Debug, Clone)]
pub struct Columns {
    /// The paying account.
    pub src: Vec<i64>,
    /// The receiving account.
    pub dst: Vec<i64>,
    /// Microseconds since 1970, UTC.
    pub time: Vec<i64>,
    /// Units of one scale.
    pub amount: Amounts,
    /// The source's own order among transfers of one time.
    pub position: Option<Vec<i64>>,
    /// The id by which a result names the transfer; the edge's number where there is none.
    pub id: Option<Vec<i64>>,
}

/// The graph.
#[derive(Debug, Clone)]
pub struct Graph {
    keys: Vec<i64>,
    time: Vec<i64>,
    src: Vec<u32>,
    dst: Vec<u32>,
    amount: Amounts,
    id: Ids,
    out: Adjacency,
    into: Adjacency,
}

impl Graph {
    /// Builds the graph.
    ///
    /// Cost: a hash look-up an end, a sort unless the rows are in order already, two counting sorts; rows are dealt
    /// into buckets before each, so that it works in the cache. While it is being built a graph takes up to 70 bytes an
    /// edge, the columns included.
    ///
    /// # Errors
    /// [`GraphError`] when the columns differ in length, an amount is negative, an id occurs twice at one time, or
    /// there are more than 2³² − 2 rows.
    pub fn build(columns: Columns) -> Result<Self, GraphError> {
        let rows = columns.src.len();
        let lengths = [columns.dst.len(), columns.time.len(), columns.amount.len()];
        let optional = [&columns.position, &columns.id];
        if lengths.iter().any(|length| *length != rows)
            || optional.into_iter().flatten().any(|column| column.len() != rows)
        {
            return Err(GraphError::Ragged);
        }
        if rows >= u32::MAX as usize - 1 {
            return Err(GraphError::TooManyEdges { edges: rows });
        }
        if columns.amount.any_negative() {
            return Err(GraphError::NegativeAmount);
        }
        let Columns { src, dst, time, amount, position, id } = columns;
        let Numbered { keys, src, dst, mut room } = nodes::number(src, dst);
        let transfers = Transfers { time, position, id, src, dst, amount }.ordered(keys.len(), &mut room);
        let Transfers { time, id, src, dst, amount, .. } = transfers;
        if let Some(id) = &id {
            let twice = |edge: &usize| id[*edge - 1] == id[*edge] && time[*edge - 1] == time[*edge];
            if let Some(edge) = pieces(rows).find_map_first(|edges| edges.skip(1).find(twice)) {
                return Err(GraphError::SameId { id: id[edge] });
            }
        }
        let id = Ids::of(id);
        let (nodes, [one, other]) = (keys.len(), room);
        let (out, into) = rayon::join(|| Adjacency::of(nodes, &src, one), || Adjacency::of(nodes, &dst, other));
        Ok(Self { keys, time, src, dst, amount, id, out, into })
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> u32 {
        self.keys.len() as u32
    }

    /// How many edges there are.
    pub fn edges(&self) -> u32 {
        self.time.len() as u32
    }

    /// When an edge moved.
    #[inline]
    pub fn time(&self, edge: u32) -> i64 {
        self.time[edge as usize]
    }

    /// Who paid.
    #[inline]
    pub fn src(&self, edge: u32) -> u32 {
        self.src[edge as usize]
    }

    /// Who received.
    #[inline]
    pub fn dst(&self, edge: u32) -> u32 {
        self.dst[edge as usize]
    }

    /// How many units.
    #[inline]
    pub fn amount(&self, edge: u32) -> i128 {
        self.amount.get(edge as usize)
    }

    /// All amounts, by edge.
    pub(crate) fn amounts(&self) -> &Amounts {
        &self.amount
    }

    /// The id of the row behind an edge.
    #[inline]
    pub fn id(&self, edge: u32) -> i64 {
        self.id.get(edge)
    }

    /// The account key of a node.
    #[inline]
    pub fn key(&self, node: u32) -> i64 {
        self.keys[node as usize]
    }

    /// The node of an account key.
    pub fn node(&self, key: i64) -> Option<u32> {
        self.keys.binary_search(&key).ok().map(|node| node as u32)
    }

    /// The edges a node pays, in order.
    #[inline]
    pub fn outgoing(&self, node: u32) -> &[u32] {
        self.out.get(node)
    }

    /// The edges a node receives, in order.
    #[inline]
    pub fn incoming(&self, node: u32) -> &[u32] {
        self.into.get(node)
    }

    /// The first edge at or after a time; the number of edges when there is none.
    pub fn first_since(&self, time: i64) -> u32 {
        self.time.partition_point(|edge| *edge < time) as u32
    }

    /// Bytes this graph holds.
    pub fn bytes(&self) -> usize {
        let amounts = match &self.amount {
            Amounts::Narrow(amounts) => amounts.len() * 8,
            Amounts::Wide(amounts) => amounts.len() * 16,
        };
        self.keys.len() * 16 + self.time.len() * 24 + amounts + self.id.bytes()
    }
}

#[cfg(test)]
mod tests;
