//! Phases: distances to the targets, then augmenting paths along them until there is none of that length.
//!
//! ```text
//!   from a rest    pay on a transfer          1 transfer    up to what is left of its amount
//!                  send a receipt back        1             up to what it carries
//!                  hold until a later rest    0             without limit
//!                  take back to an earlier    0, later 1    up to what is held in between
//! ```
//!
//! Within a phase every step leads to the rest whose distance is less by the length of the step. What a phase adds to
//! holding is left for the next one and summed up when the phase ends; what it adds to what can be sent back leads away
//! from the targets. So a rest without a step left stays so, and paths jump over it.

use super::Effort;
use super::network::{NONE, Network, SOURCE, TARGET};
use crate::error::GraphError;
use crate::guard::Guard;

/// Not reached.
const FAR: u32 = u32::MAX;

/// A step that is not holding.
#[derive(Debug, Clone, Copy)]
enum Step {
    Pay(u32),
    SendBack(u32),
    /// From a rest to the one before it, which is named.
    TakeBack(u32),
}

#[derive(Debug)]
pub(super) struct Dinic<'a> {
    network: &'a Network,
    capacity: &'a [i128],
    guard: Guard<'a>,
    left: u64,
    /// Phases that are left in which taking back is free.
    free: u32,
    value: i128,
    /// The length of taking back.
    back: u32,
    /// By transfer: what it carries.
    flow: Vec<i128>,
    /// By rest: what is held until the next, less what this phase took back.
    held: Vec<i128>,
    /// By rest: the length of the shortest way to the targets.
    distance: Vec<u32>,
    /// By rest: the step that is to be tried next.
    cursor: Vec<u32>,
    /// By rest: itself, or once it has no step left a later rest to hold until, or NONE.
    open: Vec<u32>,
    /// The rests from which the path takes a step that is not holding.
    path: Vec<u32>,
}

impl<'a> Dinic<'a> {
    pub(super) fn new(network: &'a Network, capacity: &'a [i128], effort: Effort, guard: Guard<'a>) -> Self {
        let rests = network.rests() as usize;
        Self {
            network,
            capacity,
            guard,
            left: effort.budget,
            free: effort.free,
            value: 0,
            back: 0,
            flow: vec![0; capacity.len()],
            held: vec![0; rests],
            distance: vec![FAR; rests],
            cursor: vec![0; rests],
            open: vec![NONE; rests],
            path: Vec::new(),
        }
    }

    /// Augments until nothing more can flow; returns whether the budget sufficed for that.
    pub(super) fn run(&mut self) -> Result<bool, GraphError> {
        loop {
            self.back = u32::from(self.free == 0);
            self.free = self.free.saturating_sub(1);
            match self.measure()? {
                None => return Ok(false),
                Some(false) => return Ok(true),
                Some(true) => {}
            }
            if !self.augment()? {
                return Ok(false);
            }
            self.hold()?;
        }
    }

    /// The value, and what each transfer carries.
    pub(super) fn finish(self) -> (i128, Vec<i128>) {
        (self.value, self.flow)
    }

    /// Counts one look; false when the budget is spent.
    fn look(&mut self) -> Result<bool, GraphError> {
        self.guard.step()?;
        let enough = self.left > 0;
        self.left = self.left.saturating_sub(1);
        Ok(enough)
    }

    /// Measures the distance of every rest nearer than the sources; returns whether they can reach the targets at all, or
    /// `None` when the budget is spent.
    fn measure(&mut self) -> Result<Option<bool>, GraphError> {
        let network = self.network;
        self.distance.fill(FAR);
        self.distance[TARGET as usize] = 0;
        let (mut frontier, mut next) = (vec![TARGET], Vec::new());
        let mut length = 0;
        while !frontier.is_empty() && self.distance[SOURCE as usize] == FAR {
            let mut index = 0;
            while let Some(&rest) = frontier.get(index) {
                index += 1;
                // One that turned out to be nearer has been looked at already.
                if self.distance[rest as usize] != length {
                    continue;
                }
                let before = network.earlier[rest as usize];
                if before != NONE && self.distance[before as usize] > length {
                    self.distance[before as usize] = length;
                    frontier.push(before);
                }
                let after = network.later[rest as usize];
                if after != NONE && self.held[rest as usize] > 0 {
                    let list = if self.back == 0 { &mut frontier } else { &mut next };
                    self.reach(after, length + self.back, list);
                }
                for &transfer in network.into.get(rest) {
                    if !self.look()? {
                        return Ok(None);
                    }
                    if self.flow[transfer as usize] < self.capacity[transfer as usize] {
                        self.reach(network.tails[transfer as usize], length + 1, &mut next);
                    }
                }
                for &transfer in network.out.get(rest) {
                    if !self.look()? {
                        return Ok(None);
                    }
                    if self.flow[transfer as usize] > 0 {
                        self.reach(network.heads[transfer as usize], length + 1, &mut next);
                    }
                }
            }
            std::mem::swap(&mut frontier, &mut next);
            next.clear();
            length += 1;
        }
        Ok(Some(self.distance[SOURCE as usize] != FAR))
    }

    fn reach(&mut self, rest: u32, length: u32, next: &mut Vec<u32>) {
        if self.distance[rest as usize] > length {
            self.distance[rest as usize] = length;
            next.push(rest);
        }
    }

    /// Finds paths of the measured length until there is none; returns whether the budget sufficed.
    fn augment(&mut self) -> Result<bool, GraphError> {
        self.cursor.fill(0);
        self.open.iter_mut().zip(0..).for_each(|(open, rest)| *open = rest);
        self.path.clear();
        let mut at = SOURCE;
        loop {
            if !self.look()? {
                return Ok(false);
            }
            // What was taken back is not held again: the later rests are tried from where it was.
            let taken = self.path.last() == Some(&self.network.later[at as usize]);
            let rest = if taken { at } else { self.find(at) };
            if rest == NONE || self.open[rest as usize] != rest {
                let Some(from) = self.path.pop() else { return Ok(true) };
                self.cursor[from as usize] += 1;
                at = from;
                continue;
            }
            let Some(step) = self.step(rest) else {
                let later = self.network.later[rest as usize];
                let level = later != NONE && self.distance[later as usize] == self.distance[rest as usize];
                self.open[rest as usize] = if level { later } else { NONE };
                at = rest;
                continue;
            };
            let (to, room) = (self.end(step), self.room(step));
            let length = if matches!(step, Step::TakeBack(_)) { self.back } else { 1 };
            if room == 0 || self.distance[to as usize].saturating_add(length) != self.distance[rest as usize] {
                self.cursor[rest as usize] += 1;
                at = rest;
                continue;
            }
            self.path.push(rest);
            at = if to == TARGET { self.push() } else { to };
        }
    }

    /// The first rest that can be held until and has a step left.
    fn find(&mut self, mut rest: u32) -> u32 {
        while rest != NONE && self.open[rest as usize] != rest {
            let next = self.open[rest as usize];
            if next != NONE {
                self.open[rest as usize] = self.open[next as usize];
            }
            rest = next;
        }
        rest
    }

    /// The step at a rest's cursor.
    fn step(&self, rest: u32) -> Option<Step> {
        let (paid, received) = (self.network.out.get(rest), self.network.into.get(rest));
        let place = self.cursor[rest as usize] as usize;
        if let Some(transfer) = paid.get(place) {
            return Some(Step::Pay(*transfer));
        }
        if let Some(transfer) = received.get(place - paid.len()) {
            return Some(Step::SendBack(*transfer));
        }
        let earlier = self.network.earlier[rest as usize];
        (place == paid.len() + received.len() && earlier != NONE).then_some(Step::TakeBack(earlier))
    }

    fn end(&self, step: Step) -> u32 {
        match step {
            Step::Pay(transfer) => self.network.heads[transfer as usize],
            Step::SendBack(transfer) => self.network.tails[transfer as usize],
            Step::TakeBack(earlier) => earlier,
        }
    }

    fn room(&self, step: Step) -> i128 {
        match step {
            Step::Pay(transfer) => self.capacity[transfer as usize] - self.flow[transfer as usize],
            Step::SendBack(transfer) => self.flow[transfer as usize],
            Step::TakeBack(earlier) => self.held[earlier as usize],
        }
    }

    /// Sends what the path has room for; returns the rest of its first step that has none left.
    fn push(&mut self) -> u32 {
        let steps: Vec<Step> = self.path.iter().filter_map(|rest| self.step(*rest)).collect();
        let amount = steps.iter().map(|step| self.room(*step)).min().unwrap_or(0);
        self.value += amount;
        self.left = self.left.saturating_sub(steps.len() as u64);
        for step in &steps {
            match *step {
                Step::Pay(transfer) => self.flow[transfer as usize] += amount,
                Step::SendBack(transfer) => self.flow[transfer as usize] -= amount,
                Step::TakeBack(earlier) => self.held[earlier as usize] -= amount,
            }
        }
        let full = steps.iter().position(|step| self.room(*step) == 0).unwrap_or(0);
        let at = self.path[full];
        self.path.truncate(full);
        at
    }

    /// What is held after each rest, from what was received and paid until then.
    fn hold(&mut self) -> Result<(), GraphError> {
        let network = self.network;
        for rest in TARGET + 1..network.rests() {
            self.guard.step()?;
            let sum = |transfers: &[u32]| transfers.iter().map(|transfer| self.flow[*transfer as usize]).sum::<i128>();
            let before = network.earlier[rest as usize];
            let brought = if before == NONE { 0 } else { self.held[before as usize] };
            self.held[rest as usize] = brought + sum(network.into.get(rest)) - sum(network.out.get(rest));
        }
        Ok(())
    }
}
