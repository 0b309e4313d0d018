//! Which of a few accounts can still be come by, from every hop that a root leads to.

use super::Rules;
use crate::error::GraphError;
use crate::guard::Guard;

/// Labels of one root at a time.
#[derive(Debug)]
pub(super) struct Ways {
    /// By edge a bit: reached. All zero between two roots.
    seen: Vec<u64>,
    /// The edges reached, ascending, and of each a bit for every account that can be come by from it.
    reached: Vec<u32>,
    labels: Vec<u64>,
}

impl Ways {
    pub(super) fn new(edges: u32) -> Self {
        Self { seen: vec![0; edges as usize / 64 + 1], reached: Vec::new(), labels: Vec::new() }
    }

    /// Labels what a root leads to in `max_hops`, itself included; returns whether the budget sufficed. Accounts met twice
    /// are not noticed, and only the first 64 of the needed accounts are asked for, so that labels promise too much and
    /// never too little.
    pub(super) fn label(
        &mut self,
        rules: Rules<'_>,
        root: u32,
        needed: &[u32],
        left: &mut u64,
        guard: &mut Guard<'_>,
    ) -> Result<bool, GraphError> {
        let enough = self.reach(rules, root, left, guard)?;
        for edge in &self.reached {
            self.seen[*edge as usize / 64] = 0;
        }
        if !enough {
            return Ok(false);
        }
        self.reached.sort_unstable();
        self.labels.clear();
        self.labels.resize(self.reached.len(), 0);
        for place in (0..self.reached.len()).rev() {
            let edge = self.reached[place];
            let at = rules.graph.dst(edge);
            let here = needed.iter().take(64).position(|node| *node == at);
            let mut label = here.map_or(0, |bit| 1 << bit);
            for &next in rules.onward(edge) {
                if *left == 0 {
                    return Ok(false);
                }
                *left -= 1;
                guard.step()?;
                if rules.follows(edge, next) {
                    label |= self.get(next);
                }
            }
            self.labels[place] = label;
        }
        Ok(true)
    }

    fn reach(
        &mut self,
        rules: Rules<'_>,
        root: u32,
        left: &mut u64,
        guard: &mut Guard<'_>,
    ) -> Result<bool, GraphError> {
        let home = rules.graph.src(root);
        self.reached.clear();
        self.reached.push(root);
        let mut done = 0;
        for _ in 1..rules.limits.max_hops {
            let level = done..self.reached.len();
            if level.is_empty() {
                break;
            }
            done = level.end;
            for place in level {
                let edge = self.reached[place];
                for &next in rules.onward(edge) {
                    if *left == 0 {
                        return Ok(false);
                    }
                    *left -= 1;
                    guard.step()?;
                    let (word, bit) = (&mut self.seen[next as usize / 64], 1 << (next % 64));
                    if *word & bit == 0 && rules.graph.dst(next) != home && rules.follows(edge, next) {
                        *word |= bit;
                        self.reached.push(next);
                    }
                }
            }
        }
        Ok(true)
    }

    fn get(&self, edge: u32) -> u64 {
        self.reached.binary_search(&edge).map_or(0, |place| self.labels[place])
    }

    /// Whether every needed account that is not met yet can be come by from an edge.
    pub(super) fn lead_to_all(&self, edge: u32, needed: &[u32], met: impl Fn(u32) -> bool) -> bool {
        let label = self.get(edge);
        needed.iter().take(64).enumerate().all(|(bit, node)| label >> bit & 1 == 1 || met(*node))
    }
}
