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
//! Memory: 40 bytes an edge (time 8, src and dst 8, amount 8, id 8, the two adjacency lists 8) and 16 a node; 8 more an
//! edge where amounts need 128 bits.

use rayon::prelude::*;

use crate::amounts::Amounts;
use crate::error::GraphError;
use crate::nodes;

/// Rows one task works on.
const CHUNK: usize = 1 << 15;
/// Edges one time bucket is meant to hold.
const BUCKET: usize = 1 << 9;
/// More buckets than this no longer fit the cache when rows are dealt out to them.
const MAX_BUCKETS: usize = 1 << 12;

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
    id: Vec<i64>,
    out: Adjacency,
    into: Adjacency,
}

/// For every node the numbers of its edges, ascending.
#[derive(Debug, Clone)]
struct Adjacency {
    offsets: Vec<u32>,
    edges: Vec<u32>,
}

impl Adjacency {
    fn of(nodes: usize, ends: &[u32]) -> Self {
        let mut offsets = vec![0_u32; nodes + 1];
        for node in ends {
            offsets[*node as usize + 1] += 1;
        }
        for node in 0..nodes {
            offsets[node + 1] += offsets[node];
        }
        let mut next = offsets.clone();
        let mut edges = vec![0; ends.len()];
        for (edge, node) in ends.iter().enumerate() {
            let place = &mut next[*node as usize];
            edges[*place as usize] = edge as u32;
            *place += 1;
        }
        Self { offsets, edges }
    }

    #[inline]
    fn get(&self, node: u32) -> &[u32] {
        &self.edges[self.offsets[node as usize] as usize..self.offsets[node as usize + 1] as usize]
    }
}

impl Graph {
    /// Builds the graph.
    ///
    /// Cost: two hash look-ups an end, one pass that deals rows into time buckets, sorts within them, two counting
    /// sorts. Nothing is sorted when the rows are in order already.
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
        let (keys, src, dst) = nodes::number(&columns.src, &columns.dst);
        let Columns { time, amount, position, id, .. } = columns;
        let order = order(&Rows {
            time: &time,
            position: position.as_deref(),
            id: id.as_deref(),
            src: &src,
            dst: &dst,
            amount: &amount,
        });
        drop(position);
        let (time, src, dst, amount, id) = match &order {
            None => (time, src, dst, amount, id),
            Some(order) => {
                let ids = id.map(|ids| gather(&ids, order));
                (gather(&time, order), gather(&src, order), gather(&dst, order), amount.permuted(order), ids)
            }
        };
        let id = id.unwrap_or_else(|| (0..rows as i64).collect());
        let twice = |edge: &usize| id[*edge - 1] == id[*edge] && time[*edge - 1] == time[*edge];
        if let Some(edge) = (1..rows).find(twice) {
            return Err(GraphError::SameId { id: id[edge] });
        }
        let nodes = keys.len();
        let (out, into) = rayon::join(|| Adjacency::of(nodes, &src), || Adjacency::of(nodes, &dst));
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
    pub fn amounts(&self) -> &Amounts {
        &self.amount
    }

    /// The id of the row behind an edge.
    #[inline]
    pub fn id(&self, edge: u32) -> i64 {
        self.id[edge as usize]
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
        self.keys.len() * 16 + self.time.len() * 32 + amounts
    }
}

pub(crate) fn gather<T: Copy + Send + Sync>(column: &[T], order: &[u32]) -> Vec<T> {
    order.par_iter().with_min_len(CHUNK).map(|row| column[*row as usize]).collect()
}

/// What rows are ordered by.
struct Rows<'a> {
    time: &'a [i64],
    position: Option<&'a [i64]>,
    id: Option<&'a [i64]>,
    src: &'a [u32],
    dst: &'a [u32],
    amount: &'a Amounts,
}

impl Rows<'_> {
    /// Everything but the time.
    fn rest(&self, row: u32) -> (Option<i64>, Option<i64>, u32, u32, i128) {
        let row = row as usize;
        let of = |column: Option<&[i64]>| column.map(|column| column[row]);
        (of(self.position), of(self.id), self.src[row], self.dst[row], self.amount.get(row))
    }

    fn ordered(&self, before: u32, after: u32) -> bool {
        let (one, other) = (self.time[before as usize], self.time[after as usize]);
        one < other || (one == other && self.rest(before) <= self.rest(after))
    }
}

/// The rows in ≺ order; `None` when they are in it already.
///
/// One radix pass on the leading bits of the time deals the rows into buckets, which are then sorted side by side.
fn order(rows: &Rows<'_>) -> Option<Vec<u32>> {
    let count = rows.time.len() as u32;
    if (1..count).into_par_iter().with_min_len(CHUNK).all(|row| rows.ordered(row - 1, row)) {
        return None;
    }
    let first = rows.time.par_iter().with_min_len(CHUNK).copied().min().unwrap_or(0);
    let last = rows.time.par_iter().with_min_len(CHUNK).copied().max().unwrap_or(0);
    let span = last.abs_diff(first);
    let buckets = (rows.time.len() / BUCKET).next_power_of_two().min(MAX_BUCKETS) as u64;
    let shift = (64 - span.leading_zeros()).saturating_sub(buckets.trailing_zeros()).min(63);
    let bucket = |time: i64| (time.abs_diff(first) >> shift) as usize;
    let mut ends = vec![0_usize; (span >> shift) as usize + 2];
    for time in rows.time {
        ends[bucket(*time) + 1] += 1;
    }
    for index in 1..ends.len() {
        ends[index] += ends[index - 1];
    }
    let mut dealt = vec![(0_u64, 0_u32); rows.time.len()];
    for (row, time) in rows.time.iter().enumerate() {
        let place = &mut ends[bucket(*time)];
        dealt[*place] = (time.abs_diff(first), row as u32);
        *place += 1;
    }
    // Dealing moved every start to its end, which is the next bucket's start.
    let mut slices = Vec::with_capacity(ends.len());
    let (mut rest, mut start) = (dealt.as_mut_slice(), 0);
    for end in &ends {
        let (slice, after) = rest.split_at_mut(end - start);
        slices.push(slice);
        (rest, start) = (after, *end);
    }
    slices.into_par_iter().for_each(|slice| sort(slice, rows));
    Some(dealt.par_iter().with_min_len(CHUNK).map(|(_, row)| *row).collect())
}

/// By time first, which lies beside the row number; the other columns are only looked at where times are equal.
fn sort(slice: &mut [(u64, u32)], rows: &Rows<'_>) {
    if slice.len() > CHUNK {
        slice.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| rows.rest(a.1).cmp(&rows.rest(b.1))));
        return;
    }
    slice.sort_unstable_by_key(|(time, _)| *time);
    for tied in slice.chunk_by_mut(|a, b| a.0 == b.0).filter(|tied| tied.len() > 1) {
        tied.sort_unstable_by_key(|(_, row)| rows.rest(*row));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{shuffled, transfers};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn edges_are_in_order_and_every_node_knows_its_own(rows in transfers(6, 60)) {
            let graph = rows.graph();
            prop_assert_eq!(graph.edges() as usize, rows.len());
            for edge in 1..graph.edges() {
                let key = |edge| (graph.time(edge), graph.id(edge));
                prop_assert!(key(edge - 1) < key(edge));
            }
            for node in 0..graph.nodes() {
                let all = 0..graph.edges();
                let paid: Vec<u32> = all.clone().filter(|edge| graph.src(*edge) == node).collect();
                let received: Vec<u32> = all.filter(|edge| graph.dst(*edge) == node).collect();
                prop_assert_eq!(graph.outgoing(node), paid);
                prop_assert_eq!(graph.incoming(node), received);
                prop_assert_eq!(graph.node(graph.key(node)), Some(node));
            }
        }

        #[test]
        fn the_order_of_the_rows_does_not_matter((rows, other) in shuffled(6, 80)) {
            prop_assert_eq!(format!("{:?}", rows.graph()), format!("{:?}", other.graph()));
        }
    }

    /// Large enough for several buckets and tasks, with an outlier that leaves all rows but one in a single bucket.
    #[test]
    fn many_rows_are_ordered_whatever_their_times() {
        for outlier in [0, i64::MIN, i64::MAX] {
            let rows = 100_000_i64;
            let time = |row: i64| if row == 7 { outlier } else { row.wrapping_mul(7_919) % 5_003 };
            let columns = Columns {
                src: (0..rows).map(|row| row % 101).collect(),
                dst: (0..rows).map(|row| row % 97).collect(),
                time: (0..rows).map(time).collect(),
                amount: Amounts::Narrow((0..rows).collect()),
                position: None,
                id: Some((0..rows).rev().collect()),
            };
            let graph = Graph::build(columns).unwrap();
            let key = |edge| (graph.time(edge), graph.id(edge));
            assert!((1..graph.edges()).all(|edge| key(edge - 1) < key(edge)));
            assert_eq!(graph.bytes(), 40 * 100_000 + 16 * 101);
        }
    }

    #[test]
    fn refuses_what_it_cannot_hold() {
        let columns = |amount, id| Columns {
            src: vec![1, 1],
            dst: vec![2, 2],
            time: vec![5, 5],
            amount: Amounts::Narrow(amount),
            position: None,
            id,
        };
        assert_eq!(Graph::build(columns(vec![1], None)).unwrap_err(), GraphError::Ragged);
        assert_eq!(Graph::build(columns(vec![1, -1], None)).unwrap_err(), GraphError::NegativeAmount);
        assert_eq!(Graph::build(columns(vec![1, 1], Some(vec![4, 4]))).unwrap_err(), GraphError::SameId { id: 4 });
        assert_eq!(Graph::build(columns(vec![1, 1], None)).unwrap().edges(), 2);
    }
}
