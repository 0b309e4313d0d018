//! Found patterns: each a list of edges, stored end to end.

/// Lists of edges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instances {
    ends: Vec<usize>,
    edges: Vec<u32>,
}

impl Default for Instances {
    fn default() -> Self {
        Self { ends: vec![0], edges: Vec::new() }
    }
}

impl Instances {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them.
    pub fn get(&self, index: usize) -> &[u32] {
        &self.edges[self.ends[index]..self.ends[index + 1]]
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.ends.windows(2).map(|pair| &self.edges[pair[0]..pair[1]])
    }

    /// Appends one.
    pub(crate) fn push(&mut self, edges: impl IntoIterator<Item = u32>) {
        self.edges.extend(edges);
        self.ends.push(self.edges.len());
    }
}
