//! For every node the numbers of its edges, ascending.
//!
//! ```text
//! ends      2 0 2 1 2          the node at one end of edges 0, 1, 2, 3, 4
//! offsets   0 1 2 5            node 2 has edges[2..5]
//! edges     1 3 0 2 4
//! ```
//!
//! A counting sort writes every edge to a place of its own, which in a large book misses the cache every time. Edges
//! are dealt by ranges of nodes first, and a range is sorted in the cache.
//! Cost: four passes over the edges, and room for 8 bytes an edge in the meantime.

use rayon::prelude::*;

use crate::deal::{Dealt, buckets};

/// Edges one bucket is meant to hold.
const BUCKET: usize = 1 << 16;

#[derive(Debug, Clone)]
pub(crate) struct Adjacency {
    offsets: Vec<u32>,
    edges: Vec<u32>,
}

impl Adjacency {
    /// From the node at one end of each edge, all below `nodes`. `room` is memory that may be written over.
    pub(crate) fn of(nodes: usize, ends: &[u32], mut room: Vec<i64>) -> Self {
        let mut offsets = vec![0_u32; nodes + 1];
        let mut edges = vec![0_u32; ends.len()];
        let buckets = buckets(ends.len(), BUCKET).min(nodes.next_power_of_two());
        if buckets == 1 {
            sort(|| ends.iter().copied().zip(0..), 0, 0, &mut offsets[..nodes], &mut edges);
        } else {
            let shift = nodes.next_power_of_two().trailing_zeros() - buckets.trailing_zeros();
            room.resize(ends.len(), 0);
            let item = |edge: usize| (u64::from(ends[edge]) << 32 | edge as u64).cast_signed();
            let node = |item: i64| (item.cast_unsigned() >> 32) as u32;
            let dealt = Dealt::of(&mut room, buckets, item, |item| (node(item) >> shift) as usize);
            let (mut rest, mut start) = (edges.as_mut_slice(), 0);
            let mut tasks = Vec::with_capacity(buckets);
            for (bucket, offsets) in offsets[..nodes].chunks_mut(1 << shift).enumerate() {
                let (edges, after) = rest.split_at_mut(dealt.len(bucket));
                rest = after;
                let length = edges.len() as u32;
                tasks.push((bucket, start, offsets, edges));
                start += length;
            }
            tasks.into_par_iter().for_each(|(bucket, start, offsets, edges)| {
                let items = || dealt.get(bucket).flatten().map(|item| (node(*item), *item as u32));
                sort(items, (bucket << shift) as u32, start, offsets, edges);
            });
        }
        offsets[nodes] = ends.len() as u32;
        Self { offsets, edges }
    }

    #[inline]
    pub(crate) fn get(&self, node: u32) -> &[u32] {
        &self.edges[self.offsets[node as usize] as usize..self.offsets[node as usize + 1] as usize]
    }

    /// Where the edges of a node begin when those of all nodes stand in one row.
    #[inline]
    pub(crate) fn start(&self, node: u32) -> usize {
        self.offsets[node as usize] as usize
    }
}

/// Sorts the edges of the nodes from `base` on by counting; `offsets` and `edges` are their part of all, which begins
/// at `start`.
fn sort<I: Iterator<Item = (u32, u32)>>(
    items: impl Fn() -> I,
    base: u32,
    start: u32,
    offsets: &mut [u32],
    edges: &mut [u32],
) {
    for (node, _) in items() {
        offsets[(node - base) as usize] += 1;
    }
    let mut sum = 0;
    for offset in &mut *offsets {
        sum += std::mem::replace(offset, sum);
    }
    for (node, edge) in items() {
        let place = &mut offsets[(node - base) as usize];
        edges[*place as usize] = edge;
        *place += 1;
    }
    // Now every offset is the end of its node, which is the start of the next.
    let mut before = start;
    for offset in offsets {
        before = start + std::mem::replace(offset, before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half of the edges at one node, others without any, with one bucket and with many.
    #[test]
    fn every_node_has_its_edges_in_order() {
        for count in [0_u32, 1, 1_000, 300_000] {
            let nodes = count as usize / 3 + 1;
            let node = |edge: u32| {
                if edge.is_multiple_of(2) { 5 % nodes as u32 } else { edge.wrapping_mul(7_919) % nodes as u32 }
            };
            let ends: Vec<u32> = (0..count).map(node).collect();
            let adjacency = Adjacency::of(nodes, &ends, Vec::new());
            let mut expected: Vec<(u32, u32)> = ends.iter().copied().zip(0..).collect();
            expected.sort_unstable();
            let all = (0..nodes as u32).flat_map(|node| adjacency.get(node).iter().map(move |edge| (node, *edge)));
            assert!(all.eq(expected));
            assert!(
                (1..nodes as u32)
                    .all(|node| { adjacency.start(node) == adjacency.start(node - 1) + adjacency.get(node - 1).len() })
            );
        }
    }
}
