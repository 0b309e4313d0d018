//! Money that comes back: temporal cycles.
//!
//! ```text
//!        e1            e2            e3
//!   u ───────▶ v ───────▶ x ───────▶ u        e1 ≺ e2 ≺ e3,  time(e3) − time(e1) ≤ window,  u, v, x distinct
//! ```
//!
//! Each cycle is found once, rooted at its earliest transfer, with up to `max_length` transfers (2 or more). Booking dates
//! do not always follow the money, so the order can be waived: then only the window binds, and the root is still the
//! earliest. Laundering loops lose value and change currency on the way, so amounts are looked at only when the caller asks
//! for an evenness: the least that the smallest transfer of a cycle is of the largest. It can only fall while a walk goes on,
//! so that a walk ends where it is too low; and no transfer of a cycle differs from the root by more, so that the labels pass
//! over all others.
//!
//! For a root u→v the search first looks back from u for a few steps: most roots end there, because nothing that v could
//! have paid for comes back to u. Otherwise it asks how early each account can be reached from v inside the window (label
//! correcting; an edge is looked at once, because a better label only opens earlier edges). Many end there: u is not
//! reached. Where it is, the same question backwards gives the latest departure from which u can still be reached, and
//! the fewest transfers that takes; the depth-first walk then enters only what both allow. Without order there is one
//! question, how few transfers of the window lead home, and its answer is most of the window: that is for small books.
//!
//! Cost: the reached neighbourhood twice a root, plus the cycles. There can be a thousand million of them around a few
//! hubs, so a root has a budget of steps; a root that spends it is cut, and named.
//! Source: the closing times of 2SCENT (Kumar and Calders, VLDB 2018) with the reachability test of temporal Read–Tarjan
//! (Blanuša et al., SPAA 2022), here as two label passes.

use std::ops::Range;

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;
use crate::instances::Instances;

/// Not reached.
const NEVER: u32 = u32::MAX;
/// Steps of the first look backwards.
const GLANCE: u32 = 32;

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// From the first transfer to the last, in microseconds.
    pub window: i64,
    /// The most transfers.
    pub max_length: u32,
    /// Each transfer comes after the one before; otherwise all lie in the window, in any order.
    pub ordered: bool,
    /// The least that the smallest amount of a cycle is of its largest; 0 for any.
    pub evenness: f64,
    /// Steps of the walk one root may take; without order, of the labels before it too.
    pub budget: u64,
}

/// Searches range after range of roots. Ranges have nothing in common: several of these can share the work.
#[derive(Debug)]
pub struct Cycles<'a> {
    graph: &'a Graph,
    limits: Limits,
    guard: Guard<'a>,
    /// The least and the most that a transfer of a cycle of this root moves.
    range: (i128, i128),
    /// By node: the earliest edge that reaches it from the root; NEVER between two roots.
    reach: Vec<u32>,
    /// By node: the latest edge by which it can leave and still close the cycle; 0 when it cannot.
    leave: Vec<u32>,
    /// By node: the fewest edges that close the cycle from it.
    hops: Vec<u32>,
    on_path: Vec<bool>,
    touched: Vec<u32>,
    frontier: Vec<u32>,
    next: Vec<u32>,
    path: Vec<u32>,
    /// For every edge of the path, the smallest and the largest amount up to it.
    extremes: Vec<(i128, i128)>,
    /// For every edge of the path, the edges of its end that are still to be tried.
    stack: Vec<(u32, u32)>,
}

impl<'a> Cycles<'a> {
    /// Prepares the search.
    pub fn new(graph: &'a Graph, limits: Limits, guard: Guard<'a>) -> Self {
        let nodes = graph.nodes() as usize;
        Self {
            graph,
            limits,
            guard,
            range: (i128::MIN, i128::MAX),
            reach: vec![NEVER; nodes],
            leave: vec![0; nodes],
            hops: vec![NEVER; nodes],
            on_path: vec![false; nodes],
            touched: Vec::new(),
            frontier: Vec::new(),
            next: Vec::new(),
            path: Vec::new(),
            extremes: Vec::new(),
            stack: Vec::new(),
        }
    }

    /// Adds the cycles whose first edge is in `roots` to `found`, by root and then in the order of their edges; the roots
    /// whose budget ran out go to `cut`.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn add(&mut self, roots: Range<u32>, found: &mut Instances, cut: &mut Vec<u32>) -> Result<(), GraphError> {
        let mut last = roots.start;
        for root in roots {
            self.guard.step()?;
            let until = self.graph.time(root).saturating_add(self.limits.window);
            while last < self.graph.edges() && self.graph.time(last) <= until {
                last += 1;
            }
            let (home, first) = (self.graph.src(root), self.graph.dst(root));
            self.range = range(self.graph.amount(root), self.limits.evenness);
            let Some(closing) = self.closing(home, root, last).filter(|_| home != first) else { continue };
            let mut left = self.limits.budget;
            let closed = if self.limits.ordered {
                let closed =
                    self.may_return(root, home, first, closing)? && self.reach_out(root, home, first, closing)?;
                if closed {
                    self.reach_back(root, home, closing)?;
                }
                closed
            } else {
                self.count_back(root, home, last, &mut left)?;
                left == 0 || self.hops[first as usize] < self.limits.max_length
            };
            if closed && !self.walk(root, home, first, left, found)? {
                cut.push(root);
            }
            for node in self.touched.drain(..) {
                let node = node as usize;
                (self.reach[node], self.leave[node], self.hops[node]) = (NEVER, 0, NEVER);
            }
        }
        Ok(())
    }

    /// The end of the search: behind the last transfer in the window that the root's account receives, since nothing later
    /// is part of a cycle. `None` when it receives nothing that could be.
    fn closing(&self, home: u32, root: u32, last: u32) -> Option<u32> {
        let received = self.graph.incoming(home);
        let before = received.partition_point(|edge| *edge < last);
        let later = received[..before].iter().rev().take_while(|edge| **edge > root);
        later.copied().find(|edge| self.in_range(*edge)).map(|edge| edge + 1)
    }

    /// Whether a transfer may be part of a cycle of the root, going by its amount.
    fn in_range(&self, edge: u32) -> bool {
        self.limits.evenness <= 0.0 || (self.range.0..=self.range.1).contains(&self.graph.amount(edge))
    }

    /// Whether a look backwards from the root's account finds the root's end, or is not done after a few steps. What lies
    /// behind an account that few pay is small, even where what lies ahead of the root is most of the book.
    fn may_return(&mut self, root: u32, home: u32, first: u32, last: u32) -> Result<bool, GraphError> {
        let (mut left, mut found) = (GLANCE, false);
        self.frontier.clear();
        self.frontier.push(home);
        'search: for _ in 1..self.limits.max_length {
            self.next.clear();
            for place in 0..self.frontier.len() {
                let node = self.frontier[place];
                let before = if node == home { last } else { self.leave[node as usize] };
                let received = self.graph.incoming(node);
                for &edge in received[..received.partition_point(|edge| *edge < before)].iter().rev() {
                    if edge <= root {
                        break;
                    }
                    self.guard.step()?;
                    if !self.in_range(edge) {
                        continue;
                    }
                    let from = self.graph.src(edge);
                    if from == first || left == 0 {
                        found = true;
                        break 'search;
                    }
                    left -= 1;
                    let leave = &mut self.leave[from as usize];
                    if from != home && *leave < edge {
                        if *leave == 0 {
                            self.touched.push(from);
                        }
                        *leave = edge;
                        self.next.push(from);
                    }
                }
            }
            std::mem::swap(&mut self.frontier, &mut self.next);
            if self.frontier.is_empty() {
                break;
            }
        }
        for node in self.touched.drain(..) {
            self.leave[node as usize] = 0;
        }
        Ok(found)
    }

    /// Labels every node with the earliest edge that reaches it; returns whether the root's account is reached again.
    fn reach_out(&mut self, root: u32, home: u32, first: u32, last: u32) -> Result<bool, GraphError> {
        let mut closed = false;
        self.reach[first as usize] = root;
        self.touched.push(first);
        self.frontier.clear();
        self.frontier.push(first);
        // What has been tried from a node is kept in `leave` for now: edges from there on were opened by a later label.
        self.leave[first as usize] = last;
        for _ in 2..=self.limits.max_length {
            self.next.clear();
            for place in 0..self.frontier.len() {
                let node = self.frontier[place];
                let tried = std::mem::replace(&mut self.leave[node as usize], self.reach[node as usize] + 1);
                for &edge in after(self.graph.outgoing(node), self.reach[node as usize]) {
                    if edge >= tried {
                        break;
                    }
                    self.guard.step()?;
                    if !self.in_range(edge) {
                        continue;
                    }
                    let to = self.graph.dst(edge);
                    if to == home {
                        closed = true;
                        continue;
                    }
                    let label = &mut self.reach[to as usize];
                    if edge < *label {
                        if *label == NEVER {
                            self.touched.push(to);
                            self.leave[to as usize] = last;
                        }
                        *label = edge;
                        self.next.push(to);
                    }
                }
            }
            std::mem::swap(&mut self.frontier, &mut self.next);
            if self.frontier.is_empty() {
                break;
            }
        }
        for node in &self.touched {
            self.leave[*node as usize] = 0;
        }
        Ok(closed)
    }

    /// Labels reached nodes with the latest edge by which they can leave and still come home.
    fn reach_back(&mut self, root: u32, home: u32, last: u32) -> Result<(), GraphError> {
        self.frontier.clear();
        self.frontier.push(home);
        for hops in 1..self.limits.max_length {
            self.next.clear();
            for place in 0..self.frontier.len() {
                let node = self.frontier[place];
                let before = if node == home { last } else { self.leave[node as usize] };
                let received = self.graph.incoming(node);
                let end = received.partition_point(|edge| *edge < before);
                for &edge in received[..end].iter().rev() {
                    if edge <= root {
                        break;
                    }
                    self.guard.step()?;
                    let from = self.graph.src(edge) as usize;
                    let better = from != home as usize && self.reach[from] < edge && self.leave[from] < edge;
                    if better && self.in_range(edge) {
                        self.leave[from] = edge;
                        self.hops[from] = self.hops[from].min(hops);
                        self.next.push(from as u32);
                    }
                }
            }
            std::mem::swap(&mut self.frontier, &mut self.next);
            if self.frontier.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Labels nodes with the fewest edges of the window that lead home from them, in whatever order.
    fn count_back(&mut self, root: u32, home: u32, last: u32, left: &mut u64) -> Result<(), GraphError> {
        self.frontier.clear();
        self.frontier.push(home);
        for hops in 1..self.limits.max_length {
            self.next.clear();
            for place in 0..self.frontier.len() {
                let received = after(self.graph.incoming(self.frontier[place]), root);
                for &edge in received.iter().take_while(|edge| **edge < last) {
                    if *left == 0 {
                        return Ok(());
                    }
                    *left -= 1;
                    self.guard.step()?;
                    let from = self.graph.src(edge);
                    if from != home && self.hops[from as usize] == NEVER && self.in_range(edge) {
                        (self.hops[from as usize], self.leave[from as usize]) = (hops, last - 1);
                        self.touched.push(from);
                        self.next.push(from);
                    }
                }
            }
            std::mem::swap(&mut self.frontier, &mut self.next);
            if self.frontier.is_empty() {
                break;
            }
        }
        Ok(())
    }

    /// Walks every way home; returns whether the steps that are left sufficed.
    fn walk(
        &mut self,
        root: u32,
        home: u32,
        first: u32,
        mut left: u64,
        found: &mut Instances,
    ) -> Result<bool, GraphError> {
        let graph = self.graph;
        let mut enough = left > 0;
        self.path.clear();
        self.extremes.clear();
        self.stack.clear();
        let amount = graph.amount(root);
        self.enter(root, root, first, (amount, amount));
        while let Some((place, end)) = self.stack.last_mut() {
            let node = graph.dst(self.path[self.path.len() - 1]);
            if place == end || left == 0 {
                enough &= place == end;
                self.stack.pop();
                self.path.pop();
                self.extremes.pop();
                self.on_path[node as usize] = false;
                continue;
            }
            let edge = graph.outgoing(node)[*place as usize];
            *place += 1;
            left -= 1;
            self.guard.step()?;
            let to = graph.dst(edge);
            let length = self.path.len() as u32 + 1;
            let Some(extremes) = self.widened(edge) else { continue };
            if to == home {
                found.push(self.path.iter().copied().chain([edge]));
                continue;
            }
            let in_time = !self.limits.ordered || self.leave[to as usize] > edge;
            let open = in_time && self.hops[to as usize] != NEVER && !self.on_path[to as usize];
            if open && length.saturating_add(self.hops[to as usize]) <= self.limits.max_length {
                self.enter(edge, if self.limits.ordered { edge } else { root }, to, extremes);
            }
        }
        Ok(enough)
    }

    /// The smallest and the largest amount of the path and one edge more; `None` when they lie too far apart.
    fn widened(&self, edge: u32) -> Option<(i128, i128)> {
        let amount = self.graph.amount(edge);
        let (least, most) = *self.extremes.last()?;
        let (least, most) = (least.min(amount), most.max(amount));
        // As the operator's column says it, so that nobody finds a cycle here whose evenness is not what was asked for.
        let even = self.limits.evenness <= 0.0 || least as f64 / most as f64 >= self.limits.evenness;
        even.then_some((least, most))
    }

    /// Puts an edge on the path, with the extremes up to it; what its end paid after `since` is to be tried next.
    fn enter(&mut self, edge: u32, since: u32, node: u32, extremes: (i128, i128)) {
        let paid = self.graph.outgoing(node);
        let start = paid.partition_point(|next| *next <= since);
        let end = start + paid[start..].partition_point(|next| *next <= self.leave[node as usize]);
        self.path.push(edge);
        self.extremes.push(extremes);
        self.on_path[node as usize] = true;
        self.stack.push((start as u32, end as u32));
    }
}

/// The least and the most that a transfer moves whose evenness with an amount is at least this, wide enough for what rounding
/// takes away: the walk looks closer.
fn range(amount: i128, evenness: f64) -> (i128, i128) {
    if evenness <= 0.0 {
        return (i128::MIN, i128::MAX);
    }
    let amount = amount as f64;
    ((amount * evenness * (1.0 - 1e-9)).floor() as i128, (amount / evenness * (1.0 + 1e-9)).ceil() as i128)
}

/// The edges of an ascending list that come after one.
fn after(edges: &[u32], edge: u32) -> &[u32] {
    &edges[edges.partition_point(|next| *next <= edge)..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::transfers;
    use proptest::prelude::*;

    /// Every way there is, without looking ahead.
    fn naive(graph: &Graph, limits: Limits, path: &mut Vec<u32>, found: &mut Instances) {
        let (first, last) = (path[0], path[path.len() - 1]);
        let (home, at) = (graph.src(first), graph.dst(last));
        if at == home {
            let amounts = || path.iter().map(|edge| graph.amount(*edge) as f64);
            let evenness = amounts().fold(f64::INFINITY, f64::min) / amounts().fold(0.0, f64::max);
            if path.len() > 1 && (limits.evenness == 0.0 || evenness >= limits.evenness) {
                found.push(path.iter().copied());
            }
            return;
        }
        if path.len() as u32 == limits.max_length || path.iter().any(|edge| graph.src(*edge) == at) {
            return;
        }
        for &edge in after(graph.outgoing(at), if limits.ordered { last } else { first }) {
            if graph.time(edge) - graph.time(first) <= limits.window {
                path.push(edge);
                naive(graph, limits, path, found);
                path.pop();
            }
        }
    }

    proptest! {
        #[test]
        fn every_cycle_once(
            rows in transfers(6, 40),
            window in 0_i64..16,
            max_length in 2_u32..7,
            ordered: bool,
            evenness in prop_oneof![Just(0.0), Just(0.5), Just(1.0), 0.0..=1.0],
            middle in 0_u32..40,
        ) {
            let graph = rows.graph();
            let limits = Limits { window, max_length, ordered, evenness, budget: u64::MAX };
            let mut expected = Instances::default();
            (0..graph.edges()).for_each(|root| naive(&graph, limits, &mut vec![root], &mut expected));
            let (mut found, mut cut) = (Instances::default(), Vec::new());
            let mut cycles = Cycles::new(&graph, limits, Guard::new(&|| false));
            let middle = middle.min(graph.edges());
            cycles.add(0..middle, &mut found, &mut cut).unwrap();
            cycles.add(middle..graph.edges(), &mut found, &mut cut).unwrap();
            prop_assert_eq!(found, expected);
            prop_assert!(cut.is_empty());
        }
    }

    /// Two layers of eight between home and back: 64 cycles of three, and a budget for a few of them.
    #[test]
    fn a_budget_cuts_a_root_and_says_so() {
        let mut columns = (Vec::new(), Vec::new());
        let mut add = |src: i64, dst: i64| {
            columns.0.push(src);
            columns.1.push(dst);
        };
        add(0, 1);
        (0..8).for_each(|x| add(1, 10 + x));
        (0..8).for_each(|x| (0..8).for_each(|y| add(10 + x, 20 + y)));
        (0..8).for_each(|y| add(20 + y, 0));
        let rows = columns.0.len() as i64;
        let graph = Graph::build(crate::Columns {
            src: columns.0,
            dst: columns.1,
            time: (0..rows).collect(),
            amount: crate::Amounts::Narrow((0..rows).collect()),
            position: None,
            id: None,
        })
        .unwrap();
        let run = |budget| {
            let limits = Limits { window: 1000, max_length: 4, ordered: true, evenness: 0.0, budget };
            let (mut found, mut cut) = (Instances::default(), Vec::new());
            Cycles::new(&graph, limits, Guard::new(&|| false)).add(0..graph.edges(), &mut found, &mut cut).unwrap();
            (found.len(), cut)
        };
        assert_eq!(run(1_000), (64, vec![]));
        assert_eq!(run(20), (9, vec![0]));
    }
}
