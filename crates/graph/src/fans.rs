//! Many pay one, or one pays many: fan-in and fan-out.
//!
//! ```text
//!   a ──┐                                   ┌──▶ a
//!   b ──┼──▶ node      fan-in, fan-out      node ──┼──▶ b         ≥ least distinct counterparties within the window
//!   c ──┘                                   └──▶ c
//!
//!   time   ·  ·· ·   ····· · ··   ·      ·
//!                    [───────]                a window is anchored at each transfer of the node
//!                      [───────]              windows that qualify and share transfers are one instance
//! ```
//!
//! A *window* holds a transfer of the node and those that follow it within `window`; it qualifies when it has at least
//! `least` distinct counterparties. No order among them is asked for, and a payment to oneself is none. An *instance* is
//! a maximal run of qualifying windows each of which shares transfers with the next; its edges are their union. So the
//! limit of time binds each window and not the instance, instances of a node have no transfer in common, and a busy hub
//! gives a few long ones instead of one a transfer. The widest single window is told beside the union, since that is
//! what was seen within the limit.
//!
//! Cost: two steps a transfer, with two pointers over the transfers of a node and a counter a counterparty.
//! Source: AMLSim and Altman et al. 2023 for the pattern; the windows are `typologies.md` §2 and §3.

use std::ops::Range;

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;
use crate::instances::Instances;

/// Which payments of a node are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Those it receives: fan-in.
    In,
    /// Those it makes: fan-out.
    Out,
}

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Receipts or payments.
    pub side: Side,
    /// Distinct counterparties of one window, 1 or more.
    pub least: u32,
    /// From the first transfer of a window to its last, in microseconds.
    pub window: i64,
    /// Smaller transfers are not looked at.
    pub min_amount: i128,
}

/// What is known of an instance beside its edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fan {
    /// The one.
    pub node: u32,
    /// The many: distinct counterparties of the union.
    pub counterparties: u32,
    /// The most distinct counterparties of any one window.
    pub peak: u32,
    /// The edge with which the first such window begins.
    pub peak_start: u32,
}

/// Instances, and beside each what is known of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The edges of each, in order.
    pub edges: Instances,
    /// The rest of each.
    pub fans: Vec<Fan>,
}

/// Qualifying windows that hang together: a range of the node's transfers.
#[derive(Debug)]
struct Run {
    start: usize,
    end: usize,
    peak: u32,
    peak_start: u32,
}

/// Searches range after range of nodes. Ranges have nothing in common: several of these can share the work.
#[derive(Debug)]
pub struct Fans<'a> {
    graph: &'a Graph,
    limits: Limits,
    guard: Guard<'a>,
    /// By counterparty: its transfers in the window at hand.
    count: Vec<u32>,
    /// By counterparty: the last instance it was counted for.
    seen: Vec<u32>,
    instance: u32,
    /// The transfers of the node at hand that are looked at, in order.
    kept: Vec<u32>,
}

impl<'a> Fans<'a> {
    /// Prepares the search.
    pub fn new(graph: &'a Graph, limits: Limits, guard: Guard<'a>) -> Self {
        let nodes = graph.nodes() as usize;
        let (count, seen) = (vec![0; nodes], vec![0; nodes]);
        Self { graph, limits, guard, count, seen, instance: 0, kept: Vec::new() }
    }

    /// Adds the instances of the nodes in `nodes` to `found`, by node and time.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn add(&mut self, nodes: Range<u32>, found: &mut Found) -> Result<(), GraphError> {
        let graph = self.graph;
        for node in nodes {
            self.guard.step()?;
            let edges = match self.limits.side {
                Side::In => graph.incoming(node),
                Side::Out => graph.outgoing(node),
            };
            if edges.len() < self.limits.least as usize {
                continue;
            }
            self.kept.clear();
            for &edge in edges {
                self.guard.step()?;
                if self.counterparty(edge) != node && graph.amount(edge) >= self.limits.min_amount {
                    self.kept.push(edge);
                }
            }
            self.slide(node, found)?;
        }
        Ok(())
    }

    fn counterparty(&self, edge: u32) -> u32 {
        match self.limits.side {
            Side::In => self.graph.src(edge),
            Side::Out => self.graph.dst(edge),
        }
    }

    /// Slides the window over the transfers of a node. Every counter it raises it lowers again.
    fn slide(&mut self, node: u32, found: &mut Found) -> Result<(), GraphError> {
        let (mut end, mut distinct) = (0, 0);
        let mut run: Option<Run> = None;
        for start in 0..self.kept.len() {
            self.guard.step()?;
            let first = self.kept[start];
            let until = self.graph.time(first).saturating_add(self.limits.window);
            while end < self.kept.len() && self.graph.time(self.kept[end]) <= until {
                let other = self.counterparty(self.kept[end]);
                let count = &mut self.count[other as usize];
                distinct += u32::from(*count == 0);
                *count += 1;
                end += 1;
            }
            if distinct >= self.limits.least {
                match &mut run {
                    Some(run) if start < run.end => {
                        run.end = end;
                        if distinct > run.peak {
                            (run.peak, run.peak_start) = (distinct, first);
                        }
                    }
                    _ => {
                        if let Some(done) = run.replace(Run { start, end, peak: distinct, peak_start: first }) {
                            self.report(node, &done, found);
                        }
                    }
                }
            }
            let other = self.counterparty(first);
            let count = &mut self.count[other as usize];
            *count -= 1;
            distinct -= u32::from(*count == 0);
        }
        if let Some(done) = run {
            self.report(node, &done, found);
        }
        Ok(())
    }

    fn report(&mut self, node: u32, run: &Run, found: &mut Found) {
        self.instance += 1;
        let mut counterparties = 0;
        for &edge in &self.kept[run.start..run.end] {
            let other = self.counterparty(edge) as usize;
            counterparties += u32::from(self.seen[other] != self.instance);
            self.seen[other] = self.instance;
        }
        found.edges.push(self.kept[run.start..run.end].iter().copied());
        found.fans.push(Fan { node, counterparties, peak: run.peak, peak_start: run.peak_start });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::transfers;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Every window as a set; sets that meet are joined until none do.
    fn naive(graph: &Graph, limits: Limits) -> Vec<(BTreeSet<u32>, Fan)> {
        let ends = |edge| match limits.side {
            Side::In => (graph.dst(edge), graph.src(edge)),
            Side::Out => (graph.src(edge), graph.dst(edge)),
        };
        let others =
            |edges: &BTreeSet<u32>| edges.iter().map(|edge| ends(*edge).1).collect::<BTreeSet<_>>().len() as u32;
        let mut fans: Vec<(BTreeSet<u32>, Fan)> = Vec::new();
        for anchor in 0..graph.edges() {
            let (node, _) = ends(anchor);
            let fits = |edge: &u32| {
                let late = graph.time(*edge) - graph.time(anchor);
                let (here, other) = ends(*edge);
                here == node && other != node && graph.amount(*edge) >= limits.min_amount && late <= limits.window
            };
            let edges: BTreeSet<u32> = (anchor..graph.edges()).filter(fits).collect();
            if !edges.contains(&anchor) || others(&edges) < limits.least {
                continue;
            }
            let fan = Fan { node, counterparties: others(&edges), peak: others(&edges), peak_start: anchor };
            fans.push((edges, fan));
        }
        while let Some((one, other)) = (0..fans.len())
            .flat_map(|one| (one + 1..fans.len()).map(move |other| (one, other)))
            .find(|(one, other)| fans[*one].1.node == fans[*other].1.node && !fans[*one].0.is_disjoint(&fans[*other].0))
        {
            let (edges, fan) = fans.remove(other);
            let (all, known) = &mut fans[one];
            all.extend(edges);
            known.counterparties = others(all);
            let better =
                (fan.peak, std::cmp::Reverse(fan.peak_start)) > (known.peak, std::cmp::Reverse(known.peak_start));
            if better {
                (known.peak, known.peak_start) = (fan.peak, fan.peak_start);
            }
        }
        fans.sort_by_key(|(edges, fan)| (fan.node, edges.first().copied()));
        fans
    }

    proptest! {
        #[test]
        fn an_instance_is_a_maximal_run_of_windows(
            rows in transfers(6, 60),
            incoming: bool,
            least in 1_u32..5,
            window in 0_i64..10,
            min_amount in 0_i128..10,
            cut in 0_u32..6,
        ) {
            let graph = rows.graph();
            let side = if incoming { Side::In } else { Side::Out };
            let limits = Limits { side, least, window, min_amount };
            let mut found = Found::default();
            let mut search = Fans::new(&graph, limits, Guard::new(&|| false));
            let cut = cut.min(graph.nodes());
            search.add(0..cut, &mut found).unwrap();
            search.add(cut..graph.nodes(), &mut found).unwrap();
            let found: Vec<(BTreeSet<u32>, Fan)> =
                found.edges.iter().map(|edges| edges.iter().copied().collect()).zip(found.fans.iter().copied()).collect();
            prop_assert_eq!(found, naive(&graph, limits));
        }
    }

    /// A payment an hour from a thousand accounts in turn: one instance of linear size, not one a payment.
    #[test]
    fn a_busy_hub_is_one_instance() {
        let rows = 50_000_i64;
        let graph = Graph::build(crate::Columns {
            src: (0..rows).map(|row| 1 + row % 1_000).collect(),
            dst: vec![0; rows as usize],
            time: (0..rows).collect(),
            amount: crate::Amounts::Narrow(vec![1; rows as usize]),
            position: None,
            id: None,
        })
        .unwrap();
        let limits = Limits { side: Side::In, least: 5, window: 99, min_amount: 0 };
        let mut found = Found::default();
        Fans::new(&graph, limits, Guard::new(&|| false)).add(0..graph.nodes(), &mut found).unwrap();
        assert_eq!(found.fans, [Fan { node: 0, counterparties: 1_000, peak: 100, peak_start: 0 }]);
        assert_eq!(found.edges.get(0).len(), 50_000);
    }
}
