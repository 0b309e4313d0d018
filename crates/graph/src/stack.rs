//! Layers of accounts, each of which pays the next: bipartite blocks in a row.
//!
//! ```text
//!   layer 0     layer 1     layer 2
//!      a ──┬──▶ k ────┬──▶ x
//!         ╲│╱        ╲│╱            ≥ layers, each of ≥ width accounts, none in two layers; all within the window;
//!      b ──┼──▶ l ────┼──▶ y        from each layer to the next the pairs that a payment joins / all pairs ≥ density
//!         ╱│╲        ╱│╲
//!      c ──┴──▶ m ────┴──▶ z
//! ```
//!
//! A stack has the transfers from each layer to the next within `window` of its first. *Ordered* asks that each account
//! of a middle layer receives before it sends, that is: its payments before its first receipt from the layer above do not
//! count, and those that do add up to at least `conserve` of those receipts. Otherwise only the shape is asked for.
//!
//! A chain of blocks of [`crate::bipartite`] gives the layers: the senders of the first, then of each block the receivers
//! that are senders of the next, at least `width` of them, then the receivers of the last. An account in several layers
//! stays in the first. Accounts that fail are dropped with their transfers, all at once and again until none fails, and
//! what is left is held against the definition; only chains that pass are made longer. A chain is told where no longer
//! one passes, unless all its transfers are in another that is told ([`Stacks::maximal`]).
//!
//! What this guarantees: every stack meets the definition. It is no promise that every set of accounts that meets it is
//! found: what is found grows from blocks, and an account dropped early may have been one that others needed.
//!
//! Cost: for each block that may be first the chains that begin with it, each times the payments of its accounts within
//! the window. A first block has a budget of steps; one that spends it is cut, and named.
//! Source: the pattern is AMLSim's (Altman et al. 2023), there without order between layers; `typologies.md` §3.

use std::cmp::Reverse;
use std::ops::Range;

use crate::bipartite::{self, Blocks, reaches};
use crate::error::GraphError;
use crate::graph::Graph;
use crate::guard::Guard;
use crate::instances::Instances;

/// In no layer.
const NONE: u32 = u32::MAX;

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Layers of accounts, 3 or more.
    pub layers: u32,
    /// Accounts of a layer, 2 or more.
    pub width: u32,
    /// From the first transfer to the last, in microseconds.
    pub window: i64,
    /// Pairs of neighbouring layers that a payment joins, divided by all: at least this.
    pub density: f64,
    /// Middle accounts receive before they send, and send on this part of it at least; `None` asks for the shape alone.
    pub conserve: Option<f64>,
    /// Steps the chains from one first block may take.
    pub budget: u64,
}

impl Limits {
    /// What to look for in blocks, of which stacks are made.
    pub fn blocks(&self, budget: u64) -> bipartite::Limits {
        let Self { width, window, density, .. } = *self;
        bipartite::Limits { senders: width, receivers: width, window, density, budget }
    }
}

/// Stacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stacks {
    /// The transfers of each, in order.
    pub edges: Instances,
    /// Its accounts, layer by layer, ascending within each.
    pub accounts: Instances,
    /// How many accounts each layer has.
    pub widths: Instances,
}

impl Stacks {
    /// Appends those of another list.
    pub fn append(&mut self, others: &Self) {
        (0..others.edges.len()).for_each(|index| self.push(others, index));
    }

    fn push(&mut self, others: &Self, index: usize) {
        self.edges.push(others.edges.get(index).iter().copied());
        self.accounts.push(others.accounts.get(index).iter().copied());
        self.widths.push(others.widths.get(index).iter().copied());
    }

    /// The stacks by first transfer, those with most transfers first, without those all of whose transfers one of the
    /// stacks kept before them has. Costs a step a transfer, and one for each kept stack that holds the first transfer.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn maximal(&self, graph: &Graph, mut guard: Guard<'_>) -> Result<Self, GraphError> {
        let mut order: Vec<usize> = (0..self.edges.len()).collect();
        order.sort_unstable_by_key(|index| {
            let edges = self.edges.get(*index);
            (edges[0], Reverse(edges.len()), edges, self.accounts.get(*index), self.widths.get(*index))
        });
        let covers = |larger, smaller| bipartite::is_within(self.edges.get(smaller), self.edges.get(larger));
        let mut kept = Self::default();
        for index in bipartite::first_kept(graph, &self.edges, &order, &mut guard, covers)? {
            kept.push(self, index);
        }
        Ok(kept)
    }
}

/// An account of the chain at hand.
#[derive(Debug, Clone, Copy)]
struct Member {
    node: u32,
    layer: u32,
    /// What it received from the layer above and sent to the one below; `None` before the first transfer.
    received: Option<i128>,
    sent: Option<i128>,
}

/// What is still to be tried after the last block of the chain.
#[derive(Debug)]
struct Frame {
    start: usize,
    next: usize,
    end: usize,
    /// Whether a longer chain passed.
    extended: bool,
}

/// Searches range after range of first blocks. Ranges have nothing in common: several of these can share the work.
#[derive(Debug)]
pub struct Search<'a> {
    graph: &'a Graph,
    firsts: &'a Blocks,
    nexts: &'a Blocks,
    limits: Limits,
    guard: Guard<'a>,
    left: u64,
    /// By node: the blocks of `nexts` it is a sender of.
    offsets: Vec<u32>,
    blocks: Vec<u32>,
    /// By block of `nexts`: how many of its senders the last block of the chain pays.
    shared: Vec<u32>,
    chain: Vec<u32>,
    frames: Vec<Frame>,
    candidates: Vec<u32>,
    /// The accounts of the chain at hand, layer by layer, and by node its place among them.
    members: Vec<Member>,
    place: Vec<u32>,
    /// The transfers of the chain at hand.
    edges: Vec<u32>,
    pairs: Vec<(u32, u32)>,
}

impl<'a> Search<'a> {
    /// Prepares the search of chains that begin with one of `firsts` and go on with blocks of `nexts`: all blocks, since
    /// each has a first transfer of its own, and the maximal ones, which hold the accounts of all others.
    pub fn new(graph: &'a Graph, firsts: &'a Blocks, nexts: &'a Blocks, limits: Limits, guard: Guard<'a>) -> Self {
        let nodes = graph.nodes() as usize;
        let mut offsets = vec![0_u32; nodes + 1];
        let senders =
            || nexts.iter().enumerate().flat_map(|(index, block)| block.senders.iter().map(move |node| (index, *node)));
        for (_, node) in senders() {
            offsets[node as usize + 1] += 1;
        }
        for node in 0..nodes {
            offsets[node + 1] += offsets[node];
        }
        let mut free = offsets.clone();
        let mut blocks = vec![0; offsets[nodes] as usize];
        for (index, node) in senders() {
            blocks[free[node as usize] as usize] = index as u32;
            free[node as usize] += 1;
        }
        Self {
            graph,
            firsts,
            nexts,
            limits,
            guard,
            left: 0,
            offsets,
            blocks,
            shared: vec![0; nexts.len()],
            chain: Vec::new(),
            frames: Vec::new(),
            candidates: Vec::new(),
            members: Vec::new(),
            place: vec![NONE; nodes],
            edges: Vec::new(),
            pairs: Vec::new(),
        }
    }

    /// Adds the stacks that begin with one of `firsts` to `found`, those within others too; the blocks whose budget ran
    /// out go to `cut`.
    ///
    /// # Errors
    /// [`GraphError::Cancelled`].
    pub fn add(&mut self, firsts: Range<u32>, found: &mut Stacks, cut: &mut Vec<u32>) -> Result<(), GraphError> {
        for first in firsts {
            self.left = self.limits.budget;
            if !self.walk(first, found)? {
                cut.push(first);
            }
        }
        Ok(())
    }

    fn step(&mut self) -> Result<(), GraphError> {
        self.left = self.left.saturating_sub(1);
        self.guard.step()
    }

    /// Walks the chains that begin with a block; returns whether the budget sufficed.
    fn walk(&mut self, first: u32, found: &mut Stacks) -> Result<bool, GraphError> {
        let mut enough = true;
        self.chain.clear();
        self.enter(self.firsts.get(first as usize).receivers)?;
        while let Some(frame) = self.frames.last_mut() {
            if frame.next == frame.end || self.left == 0 {
                enough &= frame.next == frame.end;
                let told = !frame.extended && self.chain.len() + 2 >= self.limits.layers as usize;
                self.candidates.truncate(frame.start);
                self.frames.pop();
                if told {
                    if self.settle(first)? {
                        self.tell(found);
                    }
                    self.forget();
                }
                self.chain.pop();
                continue;
            }
            let block = self.candidates[frame.next];
            frame.next += 1;
            if self.chain.contains(&block) {
                continue;
            }
            self.chain.push(block);
            let passes = self.settle(first)?;
            self.forget();
            if passes {
                if let Some(frame) = self.frames.last_mut() {
                    frame.extended = true;
                }
                self.enter(self.nexts.get(block as usize).receivers)?;
            } else {
                self.chain.pop();
            }
        }
        Ok(enough)
    }

    /// Lists the blocks that may follow one with these receivers.
    fn enter(&mut self, receivers: &[u32]) -> Result<(), GraphError> {
        let start = self.candidates.len();
        for node in receivers {
            for place in self.offsets[*node as usize]..self.offsets[*node as usize + 1] {
                self.step()?;
                let block = self.blocks[place as usize];
                self.shared[block as usize] += 1;
                if self.shared[block as usize] == self.limits.width {
                    self.candidates.push(block);
                }
            }
        }
        for node in receivers {
            for place in self.offsets[*node as usize]..self.offsets[*node as usize + 1] {
                self.shared[self.blocks[place as usize] as usize] = 0;
            }
        }
        self.candidates[start..].sort_unstable();
        self.frames.push(Frame { start, next: start, end: self.candidates.len(), extended: false });
        Ok(())
    }

    /// Lays out the chain at hand and drops what fails; returns whether the rest is a stack.
    fn settle(&mut self, first: u32) -> Result<bool, GraphError> {
        let graph = self.graph;
        let first = self.firsts.get(first as usize);
        let mut root = first.edges[0];
        self.assign(first.senders, None, 0);
        let mut receivers = first.receivers;
        for place in 0..self.chain.len() {
            let block = self.nexts.get(self.chain[place] as usize);
            self.assign(receivers, Some(block.senders), place as u32 + 1);
            receivers = block.receivers;
            if self.limits.conserve.is_none() {
                root = root.min(block.edges[0]);
            }
        }
        self.assign(receivers, None, self.chain.len() as u32 + 1);
        let until = graph.time(root).saturating_add(self.limits.window);
        for place in 0..self.members.len() {
            let Member { node, layer, .. } = self.members[place];
            let paid = graph.outgoing(node);
            for &edge in &paid[paid.partition_point(|edge| *edge < root)..] {
                if graph.time(edge) > until {
                    break;
                }
                self.step()?;
                if self.member(graph.dst(edge)).is_some_and(|to| to.layer == layer + 1) {
                    self.edges.push(edge);
                }
            }
        }
        self.edges.sort_unstable();
        while self.drop_failing()? {}
        Ok(self.is_dense())
    }

    /// What a node is in the chain at hand.
    fn member(&self, node: u32) -> Option<&Member> {
        self.members.get(self.place[node as usize] as usize)
    }

    /// Puts nodes, or those of them that are among others too, into a layer, unless they are in one already.
    fn assign(&mut self, nodes: &[u32], among: Option<&[u32]>, layer: u32) {
        for &node in nodes {
            let common = among.is_none_or(|others| others.binary_search(&node).is_ok());
            if common && self.place[node as usize] == NONE {
                self.place[node as usize] = self.members.len() as u32;
                self.members.push(Member { node, layer, received: None, sent: None });
            }
        }
    }

    /// Adds up what each account received and sent, in order, and drops those that fail; returns whether there were any.
    fn drop_failing(&mut self) -> Result<bool, GraphError> {
        let graph = self.graph;
        for member in &mut self.members {
            (member.received, member.sent) = (None, None);
        }
        let mut kept = 0;
        for index in 0..self.edges.len() {
            self.step()?;
            let edge = self.edges[index];
            let (from, to) = (self.place[graph.src(edge) as usize], self.place[graph.dst(edge) as usize]);
            if from == NONE || to == NONE {
                continue;
            }
            let payer = &mut self.members[from as usize];
            if self.limits.conserve.is_some() && payer.layer > 0 && payer.received.is_none() {
                continue;
            }
            let amount = graph.amount(edge);
            payer.sent = Some(payer.sent.unwrap_or(0).saturating_add(amount));
            let payee = &mut self.members[to as usize];
            payee.received = Some(payee.received.unwrap_or(0).saturating_add(amount));
            self.edges[kept] = edge;
            kept += 1;
        }
        self.edges.truncate(kept);
        let (last, conserve, before) = (self.chain.len() as u32 + 1, self.limits.conserve, self.members.len());
        let place = &mut self.place;
        self.members.retain(|member| {
            let stays = match (member.received, member.sent) {
                (_, sent) if member.layer == 0 => sent.is_some(),
                (received, _) if member.layer == last => received.is_some(),
                (Some(received), Some(sent)) => conserve.is_none_or(|part| conserves(received, sent, part)),
                _ => false,
            };
            if !stays {
                place[member.node as usize] = NONE;
            }
            stays
        });
        for (index, member) in self.members.iter().enumerate() {
            self.place[member.node as usize] = index as u32;
        }
        Ok(self.members.len() < before)
    }

    /// Whether every layer is wide enough and every two neighbours are joined by enough pairs.
    fn is_dense(&mut self) -> bool {
        let graph = self.graph;
        let layers = self.chain.len() + 2;
        let (mut widths, mut joined) = (vec![0_u64; layers], vec![0_u64; layers]);
        for member in &self.members {
            widths[member.layer as usize] += 1;
        }
        self.pairs.clear();
        self.pairs.extend(self.edges.iter().map(|edge| (graph.src(*edge), graph.dst(*edge))));
        self.pairs.sort_unstable();
        self.pairs.dedup();
        for (from, _) in &self.pairs {
            if let Some(member) = self.member(*from) {
                joined[member.layer as usize] += 1;
            }
        }
        let density = self.limits.density;
        widths.iter().all(|width| *width >= u64::from(self.limits.width))
            && widths.windows(2).zip(joined).all(|(two, pairs)| reaches(pairs, two[0] * two[1], density))
    }

    fn tell(&mut self, found: &mut Stacks) {
        self.members.sort_unstable_by_key(|member| (member.layer, member.node));
        let layers = self.members.chunk_by(|one, other| one.layer == other.layer);
        found.widths.push(layers.map(|members| members.len() as u32));
        found.accounts.push(self.members.iter().map(|member| member.node));
        found.edges.push(self.edges.iter().copied());
    }

    fn forget(&mut self) {
        for member in self.members.drain(..) {
            self.place[member.node as usize] = NONE;
        }
        self.edges.clear();
    }
}

/// Whether enough of what was received was sent on.
fn conserves(received: i128, sent: i128, part: f64) -> bool {
    received == 0 || sent as f64 / received as f64 >= part
}

#[cfg(test)]
mod tests;
