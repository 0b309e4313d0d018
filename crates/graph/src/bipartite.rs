//! Several accounts that pay the same several others: bipartite blocks.
//!
//! ```text
//!   a ──┬──▶ x
//!      ╲│╱              ≥ senders × ≥ receivers, no account on both sides, all within the window,
//!   b ──┼──▶ y          pairs that a payment joins / all pairs ≥ density
//!      ╱│╲
//!   c ──┴──▶ z
//! ```
//!
//! A *window* begins with a transfer a→b, its *root*, and holds all transfers up to `window` later. A *seed* is a second
//! sender u that pays b too and shares at least `receivers` receivers with a inside the window; R is what they share. A
//! seed grows once each way, so that seeds with enough receivers in common become one block:
//!
//! 1. candidates are the accounts outside R that pay at least `receivers` of R; candidates with fewer receivers left and
//!    receivers with fewer than `senders` candidates left are dropped until none is (the (α, β)-core);
//! 2. the *senders* are the candidates that pay at least `density` of what is left of R;
//! 3. the *receivers* are what is left of R, and whoever else at least two and at least `density` of the senders pay.
//!
//! The block has every transfer in the window from one of its senders to one of its receivers. A block is left out when
//! another holds its first transfer and all of its accounts, each on the same side ([`Blocks::maximal`]).
//!
//! What this guarantees, where no budget ran out: every block meets the definition. And of every complete set of senders
//! P and receivers Q inside a window, a→b its first transfer and u another of P, some block has a and u among its senders
//! and Q among its receivers, and holds a→b. It has all of P where Q is at least `density` of the core's receivers and no
//! other member of P is a receiver that a and u share; with two senders asked for, that is a matter of how a block is cut
//! up and never of whether it is found.
//!
//! Cost: most roots end at once: a has too few receivers, or nobody else pays b. Else whoever must be in several lists is
//! sought in the shortest ones and looked up in the rest (prefix filtering), so that a shop that everybody pays and an
//! exchange that pays everybody are walked only where nothing shorter is to be had. What remains is
//! quadratic where many pay the same few: each of them is the first sender of a window of its own. So a sender has a
//! budget of steps over all its roots; a sender that spends it is cut, and named, and what it was growing is not told.
//! Source: the pattern is AMLSim's (Altman et al. 2023); cores are Ahmed et al. 2007, prefix filtering is
//! Chaudhuri et al. (ICDE 2006); `typologies.md` §3.

use std::ops::Range;

use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;
use crate::instances::Instances;

mod blocks;
mod pairs;
pub use blocks::{Block, Blocks};
pub(crate) use blocks::{first_kept, is_within};
pub use pairs::Pairs;

/// Not seen.
const NONE: u32 = u32::MAX;

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Senders, 2 or more.
    pub senders: u32,
    /// Receivers, 2 or more.
    pub receivers: u32,
    /// From the first transfer to the last, in microseconds.
    pub window: i64,
    /// Pairs that a payment joins, divided by all pairs: at least this.
    pub density: f64,
    /// Steps one sender may take.
    pub budget: u64,
}

/// Whether a part of a whole reaches a share. Divided and not multiplied: 3 of 5 is 0.6, and 5 · 0.6 need not be 3.
pub(crate) fn reaches(part: u64, whole: u64, share: f64) -> bool {
    part as f64 / whole as f64 >= share
}

/// What a node is in the block at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Neither,
    Sender,
    Receiver,
}

/// The first transfer of a window and what follows the last.
#[derive(Debug, Clone, Copy)]
struct Root {
    edge: u32,
    sender: u32,
    receiver: u32,
    last: u32,
}

/// Searches range after range of senders. Ranges have nothing in common: several of these can share the work.
#[derive(Debug)]
pub struct Bipartite<'a> {
    graph: &'a Graph,
    joined: &'a Pairs,
    limits: Limits,
    guard: Guard<'a>,
    /// What the sender at hand may still spend.
    left: u64,
    /// By node: payments to it from the sender at hand, in the window at hand.
    paid: Vec<u32>,
    /// By node: its pairs in the block at hand, and the last counterparty it was counted for.
    count: Vec<u32>,
    counted: Vec<u32>,
    role: Vec<Role>,
    touched: Vec<u32>,
    /// Whom the sender at hand pays in the window at hand; empty until somebody asks.
    own: Vec<u32>,
    payers: Vec<u32>,
    shared: Vec<u32>,
    /// Nodes of one side, those with the shortest lists first, and the nodes of the other met there.
    order: Vec<u32>,
    met: Vec<u32>,
    /// What the seeds of the root at hand share, each list ascending.
    seeds: Instances,
    pairs: Vec<(u32, u32)>,
    senders: Vec<u32>,
    receivers: Vec<u32>,
    edges: Vec<u32>,
}

impl<'a> Bipartite<'a> {
    /// Prepares the search; `joined` is of the same graph.
    pub fn new(graph: &'a Graph, joined: &'a Pairs, limits: Limits, guard: Guard<'a>) -> Self {
        let nodes = graph.nodes() as usize;
        Self {
            graph,
            joined,
            limits,
            guard,
            left: 0,
            paid: vec![0; nodes],
            count: vec![0; nodes],
            counted: vec![NONE; nodes],
            role: vec![Role::Neither; nodes],
            touched: Vec::new(),
            own: Vec::new(),
            payers: Vec::new(),
            shared: Vec::new(),
            order: Vec::new(),
            met: Vec::new(),
            seeds: Instances::default(),
            pairs: Vec::new(),
            senders: Vec::new(),
            receivers: Vec::new(),
            edges: Vec::new(),
        }
    }

    /// Adds the blocks whose first transfer one of `senders` paid to `found`, those within others too; the senders whose
    /// budget ran out go to `cut`.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn add(&mut self, senders: Range<u32>, found: &mut Blocks, cut: &mut Vec<u32>) -> Result<(), GraphError> {
        let graph = self.graph;
        for sender in senders {
            self.guard.step()?;
            let paid = graph.outgoing(sender);
            if paid.len() < self.limits.receivers as usize {
                continue;
            }
            self.left = self.limits.budget;
            let (mut end, mut distinct, mut enough) = (0, 0, true);
            for (start, &edge) in paid.iter().enumerate() {
                self.step()?;
                let until = graph.time(edge).saturating_add(self.limits.window);
                // A spent budget takes nothing more in; what is in has to come out.
                while enough && end < paid.len() && graph.time(paid[end]) <= until {
                    let to = graph.dst(paid[end]);
                    if to != sender {
                        distinct += u32::from(self.paid[to as usize] == 0);
                        self.paid[to as usize] += 1;
                    }
                    end += 1;
                }
                if start == end {
                    break;
                }
                let receiver = graph.dst(edge);
                if receiver == sender {
                    continue;
                }
                if enough && distinct >= self.limits.receivers {
                    let root = Root { edge, sender, receiver, last: 0 };
                    enough = self.search(root, until, &paid[start..end], found)?;
                }
                self.paid[receiver as usize] -= 1;
                distinct -= u32::from(self.paid[receiver as usize] == 0);
            }
            if !enough {
                cut.push(sender);
            }
        }
        Ok(())
    }

    /// Counts one step.
    fn step(&mut self) -> Result<(), GraphError> {
        self.left = self.left.saturating_sub(1);
        self.guard.step()
    }

    /// Adds the blocks of one root; returns whether the budget sufficed.
    fn search(&mut self, root: Root, until: i64, paid: &[u32], found: &mut Blocks) -> Result<bool, GraphError> {
        let graph = self.graph;
        let received = graph.incoming(root.receiver);
        let next = &received[received.partition_point(|edge| *edge < root.edge)..];
        let other = next.iter().find(|edge| graph.src(**edge) != root.sender);
        if other.is_none_or(|edge| graph.time(*edge) > until) {
            return Ok(true);
        }
        let last = until.checked_add(1).map_or(graph.edges(), |after| graph.first_since(after));
        let root = Root { last, ..root };
        self.own.clear();
        self.list_payers(root, paid)?;
        self.seeds = Instances::default();
        let payers = std::mem::take(&mut self.payers);
        for payer in &payers {
            if self.left == 0 {
                self.payers = payers;
                return Ok(false);
            }
            self.share(root, *payer, paid)?;
        }
        self.payers = payers;
        let seeds = std::mem::take(&mut self.seeds);
        let mut order: Vec<&[u32]> = seeds.iter().collect();
        order.sort_unstable();
        order.dedup();
        for shared in order {
            if self.left == 0 {
                return Ok(false);
            }
            self.grow(root, shared, found)?;
        }
        // What a spent budget left half grown is not told.
        Ok(seeds.is_empty() || self.left > 0)
    }

    /// Lists whom the root's sender pays in the window.
    fn list_own(&mut self, root: Root, paid: &[u32]) -> Result<(), GraphError> {
        if self.own.is_empty() {
            for edge in paid {
                self.step()?;
                self.own.push(self.graph.dst(*edge));
            }
            self.own.sort_unstable();
            self.own.dedup();
            self.own.retain(|to| *to != root.sender);
        }
        Ok(())
    }

    /// Lists those who may be a second sender, each once: those who pay b, or those who pay the others that a pays when
    /// that is less to look at. A seed shares b and more, so it is in either list.
    fn list_payers(&mut self, root: Root, paid: &[u32]) -> Result<(), GraphError> {
        let graph = self.graph;
        let direct = inside(graph.incoming(root.receiver), root);
        let mut around = usize::MAX;
        if direct.len() > paid.len() {
            self.list_own(root, paid)?;
            let others = self.own.iter().filter(|to| **to != root.receiver);
            self.left = self.left.saturating_sub(self.own.len() as u64);
            around = others.map(|to| inside(graph.incoming(*to), root).len()).sum();
        }
        self.payers.clear();
        if around < direct.len() {
            let others = self.own.iter().filter(|to| **to != root.receiver);
            self.payers.extend(others.flat_map(|to| inside(graph.incoming(*to), root)).map(|edge| graph.src(*edge)));
        } else {
            self.payers.extend(direct.iter().map(|edge| graph.src(*edge)));
        }
        self.left = self.left.saturating_sub(self.payers.len() as u64);
        self.payers.sort_unstable();
        self.payers.dedup();
        self.payers.retain(|payer| *payer != root.sender);
        self.guard.step()
    }

    /// Adds a seed if a payer shares enough with the root's sender.
    fn share(&mut self, root: Root, payer: u32, paid: &[u32]) -> Result<(), GraphError> {
        let graph = self.graph;
        self.shared.clear();
        let pays = inside(graph.outgoing(payer), root);
        if pays.len() <= paid.len() {
            for edge in pays {
                self.step()?;
                let to = graph.dst(*edge);
                if to != payer && self.paid[to as usize] > 0 {
                    self.shared.push(to);
                }
            }
        } else {
            self.list_own(root, paid)?;
            for place in 0..self.own.len() {
                self.step()?;
                let to = self.own[place];
                if to != payer && !self.between(root, payer, to).is_empty() {
                    self.shared.push(to);
                }
            }
        }
        self.shared.sort_unstable();
        self.shared.dedup();
        if self.shared.len() >= self.limits.receivers as usize && self.shared.binary_search(&root.receiver).is_ok() {
            self.seeds.push(self.shared.iter().copied());
        }
        Ok(())
    }

    /// The transfers from one node to another inside a window.
    fn between(&self, root: Root, from: u32, to: u32) -> &'a [u32] {
        inside(self.joined.between(self.graph, from, to), root)
    }

    /// Grows a seed and adds the block it becomes.
    fn grow(&mut self, root: Root, shared: &[u32], found: &mut Blocks) -> Result<(), GraphError> {
        for to in shared {
            self.role[*to as usize] = Role::Receiver;
        }
        self.count_joined(root, shared, self.limits.receivers, Role::Receiver)?;
        self.find_core()?;
        self.receivers.clear();
        self.receivers.extend(shared.iter().filter(|to| self.count[**to as usize] > 0));
        let left = self.receivers.len() as u64;
        let (limits, count, role) = (self.limits, &self.count, &self.role);
        let pays_enough = |node: &u32| {
            let pays = count[*node as usize];
            role[*node as usize] == Role::Neither && pays > 0 && reaches(u64::from(pays), left, limits.density)
        };
        self.senders.clear();
        self.senders.extend(self.touched.iter().copied().filter(pays_enough));
        self.senders.sort_unstable();
        self.forget(shared);
        if self.left == 0 {
            return Ok(());
        }
        if self.senders.binary_search(&root.sender).is_ok() && self.receivers.binary_search(&root.receiver).is_ok() {
            self.finish(root, found)?;
        }
        Ok(())
    }

    /// Counts the pairs of nodes of one side with nodes that have no role yet. Whoever is in `least` of their lists is in
    /// one of the shortest, all but `least` − 1 of them; the count of those it finds there is complete, and whoever it
    /// does not find is in fewer.
    fn count_joined(&mut self, root: Root, nodes: &[u32], least: u32, side: Role) -> Result<(), GraphError> {
        let graph = self.graph;
        let list =
            |node: u32| inside(if side == Role::Receiver { graph.incoming(node) } else { graph.outgoing(node) }, root);
        self.pairs.clear();
        self.met.clear();
        self.order.clear();
        self.order.extend_from_slice(nodes);
        self.order.sort_by_cached_key(|node| (list(*node).len(), *node));
        let searched = (nodes.len() + 1).saturating_sub(least as usize);
        for rank in 0..self.order.len() {
            let node = self.order[rank];
            self.touched.push(node);
            if self.left == 0 {
                break;
            }
            let edges = list(node);
            if rank < searched || edges.len() <= self.met.len() {
                for edge in edges {
                    self.step()?;
                    let other = if side == Role::Receiver { graph.src(*edge) } else { graph.dst(*edge) };
                    let (new, place) = (self.count[other as usize] == 0, other as usize);
                    if self.role[place] != Role::Neither || self.counted[place] == node || (new && rank >= searched) {
                        continue;
                    }
                    if new {
                        self.met.push(other);
                        self.touched.push(other);
                    }
                    self.counted[place] = node;
                    self.pair(node, other);
                }
            } else {
                for place in 0..self.met.len() {
                    self.step()?;
                    let other = self.met[place];
                    let (from, to) = if side == Role::Receiver { (other, node) } else { (node, other) };
                    if !self.between(root, from, to).is_empty() {
                        self.pair(node, other);
                    }
                }
            }
        }
        Ok(())
    }

    fn pair(&mut self, node: u32, other: u32) {
        self.count[node as usize] += 1;
        self.count[other as usize] += 1;
        self.pairs.push((other, node));
    }

    /// Leaves the pairs of the (α, β)-core.
    fn find_core(&mut self) -> Result<(), GraphError> {
        loop {
            let (before, limits, count) = (self.pairs.len(), self.limits, &mut self.count);
            self.left = self.left.saturating_sub(before as u64);
            self.pairs.retain(|(from, to)| {
                let stays = count[*from as usize] >= limits.receivers && count[*to as usize] >= limits.senders;
                if !stays {
                    count[*from as usize] -= 1;
                    count[*to as usize] -= 1;
                }
                stays
            });
            self.guard.step()?;
            if self.pairs.len() == before {
                return Ok(());
            }
        }
    }

    /// Takes back what was noted of the nodes touched and of some others.
    fn forget(&mut self, others: &[u32]) {
        for node in self.touched.drain(..).chain(others.iter().copied()) {
            let node = node as usize;
            (self.count[node], self.counted[node], self.role[node]) = (0, NONE, Role::Neither);
        }
    }

    /// Adds the receivers that enough of the senders pay, checks the definition, and adds the block.
    fn finish(&mut self, root: Root, found: &mut Blocks) -> Result<(), GraphError> {
        let limits = self.limits;
        let senders = std::mem::take(&mut self.senders);
        for from in &senders {
            self.role[*from as usize] = Role::Sender;
        }
        let all = senders.len() as u64;
        let least = (2..all).find(|paid| reaches(*paid, all, limits.density)).unwrap_or(all);
        self.count_joined(root, &senders, least as u32, Role::Sender)?;
        let paid_enough = |node: &&u32| u64::from(self.count[**node as usize]) >= least;
        self.receivers.extend(self.met.iter().filter(paid_enough));
        self.receivers.sort_unstable();
        self.receivers.dedup();
        self.forget(&senders);
        self.edges.clear();
        let mut pairs = 0;
        for &from in &senders {
            if self.left == 0 {
                break;
            }
            for place in 0..self.receivers.len() {
                self.step()?;
                let edges = self.between(root, from, self.receivers[place]);
                pairs += u64::from(!edges.is_empty());
                self.edges.extend_from_slice(edges);
            }
        }
        self.edges.sort_unstable();
        let receivers = self.receivers.len() as u64;
        if self.left > 0
            && all >= u64::from(limits.senders)
            && receivers >= u64::from(limits.receivers)
            && reaches(pairs, all * receivers, limits.density)
        {
            found.push(Block { senders: &senders, receivers: &self.receivers, edges: &self.edges, pairs });
        }
        self.senders = senders;
        Ok(())
    }
}

/// The edges of an ascending list that are in a root's window.
fn inside(edges: &[u32], root: Root) -> &[u32] {
    let edges = &edges[edges.partition_point(|edge| *edge < root.edge)..];
    &edges[..edges.partition_point(|edge| *edge < root.last)]
}

#[cfg(test)]
mod tests;
