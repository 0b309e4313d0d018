//! One source pays several intermediaries, and all of them pay one sink.
//!
//! ```text
//!          ┌─▶ m1 ─┐
//!   s ─────┼─▶ m2 ─┼────▶ t        s→mᵢ ≺ mᵢ→t for every i;  first to last within the window
//!          └─▶ m3 ─┘
//! ```
//!
//! A *leg* is a transfer s→m and a later one m→t, all three accounts distinct, whose amounts keep to a ratio range. Of an
//! intermediary several legs may fit; the one that arrives first counts, and of those the one that left last. An
//! instance is a window [`time`, `time + window`] that begins with a leg and holds legs of at least `least`
//! intermediaries; a window whose intermediaries another window of the pair has too is left out. *Strict* asks that every
//! scatter precede every gather.
//!
//! Cost: one step a leg, and a sort of the legs of those sinks that several intermediaries of one source reach.
//! Source: AMLSim and Altman et al. 2023 for the pattern; the ranges are `typologies.md` §3.

use std::ops::Range;

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;
use crate::instances::Instances;

/// Not seen.
const NONE: u32 = u32::MAX;

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Distinct intermediaries.
    pub least: u32,
    /// From the first transfer to the last, in microseconds.
    pub window: i64,
    /// Each gather divided by its scatter is at least this…
    pub conserve: f64,
    /// …and at most this.
    pub at_most: f64,
    /// Every scatter precedes every gather.
    pub strict: bool,
    /// Legs one source may have looked at.
    pub budget: u64,
}

/// A leg: s→m, then m→t.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Leg {
    sink: u32,
    scatter: u32,
    gather: u32,
    middle: u32,
}

/// Searches range after range of sources. Ranges have nothing in common: several of these can share the work.
#[derive(Debug)]
pub struct ScatterGather<'a> {
    graph: &'a Graph,
    limits: Limits,
    guard: Guard<'a>,
    /// By sink: intermediaries of the source at hand, and the last one counted, in one line of the cache.
    counts: Vec<(u32, u32)>,
    touched: Vec<u32>,
    scatters: Vec<(u32, u32)>,
    legs: Vec<Leg>,
}

impl<'a> ScatterGather<'a> {
    /// Prepares the search.
    pub fn new(graph: &'a Graph, limits: Limits, guard: Guard<'a>) -> Self {
        let nodes = graph.nodes() as usize;
        Self {
            graph,
            limits,
            guard,
            counts: vec![(0, NONE); nodes],
            touched: Vec::new(),
            scatters: Vec::new(),
            legs: Vec::new(),
        }
    }

    /// Adds the instances whose source is in `sources` to `found`, by source, sink and time; an instance lists its edges in
    /// order. The sources whose budget ran out go to `cut`.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn add(&mut self, sources: Range<u32>, found: &mut Instances, cut: &mut Vec<u32>) -> Result<(), GraphError> {
        for source in sources {
            self.scatters.clear();
            let paid = self.graph.outgoing(source).iter().map(|edge| (self.graph.dst(*edge), *edge));
            self.scatters.extend(paid.filter(|(middle, _)| *middle != source));
            // By intermediary, so that each is counted once for a sink without a set.
            self.scatters.sort_unstable();
            let mut budget = self.limits.budget;
            self.count_intermediaries(source, &mut budget)?;
            if self.touched.iter().any(|sink| self.counts[*sink as usize].0 >= self.limits.least) {
                self.collect_legs(source)?;
                self.report(found)?;
            }
            for sink in self.touched.drain(..) {
                self.counts[sink as usize] = (0, NONE);
            }
            if budget == 0 {
                cut.push(source);
            }
        }
        Ok(())
    }

    /// Calls `each` with every leg of the source, by intermediary; stops where `each` says so.
    fn legs(&mut self, source: u32, mut each: impl FnMut(&mut Self, Leg) -> bool) -> Result<(), GraphError> {
        let graph = self.graph;
        for place in 0..self.scatters.len() {
            let (middle, scatter) = self.scatters[place];
            let until = graph.time(scatter).saturating_add(self.limits.window);
            let paid = graph.outgoing(middle);
            let amounts = graph.amounts();
            let before = amounts.float(scatter as usize);
            let (least, most) = (before * self.limits.conserve, before * self.limits.at_most);
            for &gather in &paid[paid.partition_point(|edge| *edge < scatter)..] {
                if graph.time(gather) > until {
                    break;
                }
                self.guard.step()?;
                let sink = graph.dst(gather);
                let after = amounts.float(gather as usize);
                let conserves = after >= least && after <= most;
                if sink == source || sink == middle || !conserves {
                    continue;
                }
                if !each(self, Leg { sink, scatter, gather, middle }) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn count_intermediaries(&mut self, source: u32, budget: &mut u64) -> Result<(), GraphError> {
        self.legs(source, |search, leg| {
            let (count, last) = &mut search.counts[leg.sink as usize];
            if *last != leg.middle {
                if *count == 0 {
                    search.touched.push(leg.sink);
                }
                (*count, *last) = (*count + 1, leg.middle);
            }
            *budget = budget.saturating_sub(1);
            *budget > 0
        })
    }

    fn collect_legs(&mut self, source: u32) -> Result<(), GraphError> {
        self.legs.clear();
        let mut budget = self.limits.budget;
        self.legs(source, |search, leg| {
            if search.counts[leg.sink as usize].0 >= search.limits.least {
                search.legs.push(leg);
            }
            budget = budget.saturating_sub(1);
            budget > 0
        })?;
        self.legs.sort_unstable();
        Ok(())
    }

    /// Slides the window over the legs of each sink.
    fn report(&mut self, found: &mut Instances) -> Result<(), GraphError> {
        let graph = self.graph;
        for legs in self.legs.chunk_by(|a, b| a.sink == b.sink) {
            let mut reported: Vec<Vec<u32>> = Vec::new();
            for (place, first) in legs.iter().enumerate() {
                self.guard.step()?;
                let until = graph.time(first.scatter).saturating_add(self.limits.window);
                let inside = legs[place..].iter().filter(|leg| graph.time(leg.gather) <= until);
                let mut best: Vec<Leg> = inside.copied().collect();
                if self.limits.strict {
                    keep_phases(&mut best);
                }
                // Of an intermediary's legs the first to arrive, and of those the last to leave.
                best.sort_unstable_by_key(|leg| (leg.middle, leg.gather, std::cmp::Reverse(leg.scatter)));
                best.dedup_by_key(|leg| leg.middle);
                if (best.len() as u32) < self.limits.least || !best.iter().any(|leg| leg.scatter == first.scatter) {
                    continue;
                }
                let middles: Vec<u32> = best.iter().map(|leg| leg.middle).collect();
                if reported.iter().any(|known| is_within(&middles, known)) {
                    continue;
                }
                reported.push(middles);
                let mut edges: Vec<u32> = best.iter().flat_map(|leg| [leg.scatter, leg.gather]).collect();
                edges.sort_unstable();
                found.push(edges);
            }
        }
        Ok(())
    }
}

/// Keeps the legs that leave before some moment and arrive after it: the moment that keeps most intermediaries, the
/// earliest of those.
fn keep_phases(legs: &mut Vec<Leg>) {
    let mut middles = Vec::new();
    let mut kept = |moment: u32| {
        middles.clear();
        middles.extend(legs.iter().filter(|leg| leg.scatter < moment && leg.gather >= moment).map(|leg| leg.middle));
        middles.sort_unstable();
        middles.dedup();
        middles.len()
    };
    let best = legs.iter().map(|leg| (kept(leg.gather), std::cmp::Reverse(leg.gather))).max();
    if let Some((_, std::cmp::Reverse(moment))) = best {
        legs.retain(|leg| leg.scatter < moment && leg.gather >= moment);
    }
}

/// Whether every member of one sorted list is in another.
fn is_within(few: &[u32], many: &[u32]) -> bool {
    few.iter().all(|member| many.binary_search(member).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::transfers;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn limits(least: u32, window: i64, strict: bool) -> Limits {
        Limits { least, window, conserve: 0.5, at_most: 2.0, strict, budget: u64::MAX }
    }

    /// By source and sink: scatter, gather, intermediary.
    type Legs = BTreeMap<(u32, u32), Vec<(u32, u32, u32)>>;

    /// Every leg, all edges against all edges.
    fn legs(graph: &Graph, limits: Limits) -> Legs {
        let mut legs = Legs::new();
        for scatter in 0..graph.edges() {
            for gather in scatter + 1..graph.edges() {
                let (source, middle, sink) = (graph.src(scatter), graph.dst(scatter), graph.dst(gather));
                let ratio = graph.amount(gather) as f64 / graph.amount(scatter) as f64;
                let kept = graph.amount(gather) == 0 && graph.amount(scatter) == 0 || (0.5..=2.0).contains(&ratio);
                let apart = source != middle && middle != sink && sink != source;
                let in_time = graph.time(gather) - graph.time(scatter) <= limits.window;
                if graph.src(gather) == middle && apart && kept && in_time {
                    legs.entry((source, sink)).or_default().push((scatter, gather, middle));
                }
            }
        }
        legs
    }

    proptest! {
        #[test]
        fn finds_every_window_and_nothing_else(
            rows in transfers(6, 50),
            least in 1_u32..4,
            window in 0_i64..16,
            strict: bool,
            cut in 0_u32..6,
        ) {
            let (graph, limits) = (rows.graph(), limits(least, window, strict));
            let (mut found, mut over) = (Instances::default(), Vec::new());
            let mut search = ScatterGather::new(&graph, limits, Guard::new(&|| false));
            let cut = cut.min(graph.nodes());
            search.add(0..cut, &mut found, &mut over).unwrap();
            search.add(cut..graph.nodes(), &mut found, &mut over).unwrap();
            prop_assert!(over.is_empty());
            let all = legs(&graph, limits);
            let mut reported: BTreeMap<(u32, u32), Vec<BTreeSet<u32>>> = BTreeMap::new();
            for edges in found.iter() {
                let pays: BTreeSet<u32> = edges.iter().map(|edge| graph.src(*edge)).collect();
                let gets: BTreeSet<u32> = edges.iter().map(|edge| graph.dst(*edge)).collect();
                let middles: BTreeSet<u32> = pays.intersection(&gets).copied().collect();
                let ends = (*pays.difference(&gets).next().unwrap(), *gets.difference(&pays).next().unwrap());
                let span = graph.time(edges[edges.len() - 1]) - graph.time(edges[0]);
                prop_assert!(span <= window && middles.len() as u32 >= least && edges.len() == 2 * middles.len());
                for middle in &middles {
                    let leg = all[&ends].iter().find(|leg| leg.2 == *middle && edges.contains(&leg.0) && edges.contains(&leg.1));
                    prop_assert!(leg.is_some());
                }
                if strict {
                    let (scatters, gathers): (Vec<u32>, Vec<u32>) = edges.iter().partition(|edge| graph.src(**edge) == ends.0);
                    prop_assert!(scatters.iter().max() < gathers.iter().min());
                }
                let known = reported.entry(ends).or_default();
                prop_assert!(!known.iter().any(|other| middles.is_subset(other)));
                known.push(middles);
            }
            for (ends, legs) in all.into_iter().filter(|_| !strict) {
                for first in &legs {
                    let inside = legs.iter().filter(|leg| {
                        leg.0 >= first.0 && graph.time(leg.1) - graph.time(first.0) <= window
                    });
                    let middles: BTreeSet<u32> = inside.map(|leg| leg.2).collect();
                    let known = reported.get(&ends).map(Vec::as_slice).unwrap_or_default();
                    prop_assert!((middles.len() as u32) < least || known.iter().any(|other| middles.is_subset(other)));
                }
            }
        }
    }
}
