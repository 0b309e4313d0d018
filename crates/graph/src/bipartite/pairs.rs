//! Which transfers join two accounts, without walking all transfers of either.

use crate::graph::Graph;

/// The payments of every node, by receiver and then in order: 4 bytes an edge and 4 a node.
#[derive(Debug, Clone)]
pub struct Pairs {
    offsets: Vec<u32>,
    edges: Vec<u32>,
}

impl Pairs {
    /// Sorts the payments of every node.
    pub fn new(graph: &Graph) -> Self {
        let mut offsets = Vec::with_capacity(graph.nodes() as usize + 1);
        let mut edges = Vec::with_capacity(graph.edges() as usize);
        offsets.push(0);
        for node in 0..graph.nodes() {
            let start = edges.len();
            edges.extend_from_slice(graph.outgoing(node));
            edges[start..].sort_unstable_by_key(|edge| (graph.dst(*edge), *edge));
            offsets.push(edges.len() as u32);
        }
        Self { offsets, edges }
    }

    /// The transfers from one node to another, in order.
    pub(super) fn between(&self, graph: &Graph, from: u32, to: u32) -> &[u32] {
        let paid = &self.edges[self.offsets[from as usize] as usize..self.offsets[from as usize + 1] as usize];
        let paid = &paid[paid.partition_point(|edge| graph.dst(*edge) < to)..];
        &paid[..paid.partition_point(|edge| graph.dst(*edge) == to)]
    }
}
