//! The walk: from transaction to transaction, as taint comes to them.

use std::collections::HashSet;

use super::divide::{Division, join};
use super::held::{CLEAN, Held, Run};
use super::history::{Coins, NONE};
use super::order::Order;
use super::sides::{Sides, Slot};
use super::{Coin, Direction, Method, Reached, Request, Resting, Seeded, Trace, Why};
use crate::error::GraphError;
use crate::guard::Guard;
use crate::trace::queue::Queue;

/// Transactions that are looked ahead at.
const AHEAD: usize = 16;
/// Coins of each.
const NEAR: usize = 8;

/// A seed that has found its output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Planted {
    /// When its coin is made, or, back, spent; [`NONE`] if it never was.
    step: u32,
    output: u32,
    source: u32,
    amount: i64,
}

/// What is followed no further, whatever the coin.
struct Limits<'a> {
    request: &'a Request,
    forward: bool,
    /// The first transaction that may be passed, and the first after them that may not.
    since: u32,
    until: u32,
    /// By transaction, a bit: not to be passed. Empty if there is none.
    stopped: Vec<u64>,
    accounts: HashSet<i64>,
}

pub(super) struct Walk<'a> {
    coins: &'a Coins,
    request: &'a Request,
    guard: Guard<'a>,
    order: Order,
    limits: Limits<'a>,
    /// By number, what a source is called.
    labels: Vec<u32>,
    seeds: Vec<Planted>,
    queue: Queue,
    outputs: Held,
    fees: Held,
    /// By source, what a coin has of it; zero between coins.
    sums: Vec<i64>,
    /// What a coin has of each source, by source.
    shares: Vec<(u32, i64)>,
    trace: Trace,
}

impl<'a> Walk<'a> {
    pub(super) fn new(coins: &'a Coins, request: &'a Request, guard: Guard<'a>) -> Result<Self, GraphError> {
        if request.fees.is_some() && (!coins.whole() || coins.transactions() > 0 && !coins.coinbase(0)) {
            return Err(GraphError::NeedsWholeHistory);
        }
        let back = request.direction == Direction::Back;
        let order = Order::new(coins, back, request.fees.is_some());
        order.check(coins)?;
        let mut labels: Vec<u32> = request.seeds.iter().map(|seed| seed.source).collect();
        labels.sort_unstable();
        labels.dedup();
        let mut seeds = Vec::with_capacity(request.seeds.len());
        for seed in &request.seeds {
            let output = coins.output(seed.txo).ok_or(GraphError::NoSuchOutput { output: seed.txo })?;
            let amount = seed.amount.unwrap_or_else(|| coins.value(output));
            if amount < 0 {
                return Err(GraphError::NegativeAmount);
            }
            let comes_from = if back { coins.spender(output) } else { Some(coins.maker(output)) };
            let step = comes_from.map_or(NONE, |transaction| order.step(transaction));
            let source = labels.partition_point(|label| *label < seed.source) as u32;
            seeds.push(Planted { step, output, source, amount });
        }
        seeds.sort_unstable();
        let first = seeds.first().map_or(0, |seed| seed.step);
        // A coin that was never spent begins anywhere.
        let first = if back && seeds.last().is_some_and(|seed| seed.step == NONE) { 0 } else { first };
        let queue = Queue::new(&(first.min(coins.transactions())..coins.transactions()));
        let fees = if request.fees.is_some() { coins.transactions() as usize } else { 0 };
        Ok(Self {
            coins,
            request,
            guard,
            order,
            limits: Limits::new(coins, request),
            sums: vec![0; labels.len()],
            labels,
            seeds,
            queue,
            outputs: Held::new(coins.output_count()),
            fees: Held::new(fees),
            shares: Vec::new(),
            trace: Trace::default(),
        })
    }

    pub(super) fn run(mut self) -> Result<Trace, GraphError> {
        let seeds = std::mem::take(&mut self.seeds);
        let never = seeds.partition_point(|seed| seed.step != NONE);
        let (mut seeds, unspent) = seeds.split_at(never);
        let mut scratch = Vec::new();
        for seeds in unspent.chunk_by(|one, other| one.output == other.output) {
            let output = seeds[0].output;
            let slot =
                Slot { coin: Coin::Output(output), value: self.coins.value(output), next: self.coins.maker(output) };
            self.arrive(slot, &[], seeds, 0, &mut scratch);
        }
        for seed in seeds {
            self.queue.add(seed.step);
        }
        let mut sides = Sides::default();
        let mut division = Division::new(self.request.method);
        let mut values = Vec::new();
        let mut ahead = Vec::with_capacity(AHEAD);
        let mut steps = 0;
        while let Some(step) = self.queue.take() {
            self.guard.step()?;
            if steps % AHEAD == 0 {
                self.touch(&mut ahead);
            }
            steps += 1;
            let transaction = self.order.transaction(step);
            let count = seeds.iter().take_while(|seed| seed.step == step).count();
            let (here, later) = seeds.split_at(count);
            seeds = later;
            sides.of(self.coins, &self.order, self.request, transaction)?;
            let hop = self.enter(&sides, &mut division);
            if hop.is_some() {
                values.clear();
                values.extend(sides.far.iter().map(|slot| slot.value));
                division.divide(&values, sides.fee_is_last);
            } else if here.is_empty() {
                continue;
            }
            let next = hop.unwrap_or(0).saturating_add(1);
            if here.is_empty() {
                for (place, slot) in sides.far.iter().enumerate() {
                    self.settle(*slot, division.part(place), next);
                }
                continue;
            }
            for (place, slot) in sides.far.iter().enumerate() {
                let part = if hop.is_some() { division.part(place) } else { &[] };
                let seeds = match slot.coin {
                    Coin::Output(output) => {
                        let start = here.partition_point(|seed| seed.output < output);
                        let len = here[start..].partition_point(|seed| seed.output == output);
                        &here[start..start + len]
                    }
                    _ => &[],
                };
                self.arrive(*slot, part, seeds, next, &mut scratch);
            }
        }
        Ok(self.trace)
    }

    /// Has what the next transactions spend read into the cache, all of it at once: one by one, each would be waited for,
    /// and that was half of the time.
    fn touch(&self, ahead: &mut Vec<u32>) {
        self.queue.peek(ahead);
        let mut touched = 0;
        for step in &*ahead {
            let transaction = self.order.transaction(*step);
            if self.limits.forward {
                for input in self.coins.inputs(transaction).take(NEAR) {
                    touched ^= self.coins.spends(input).map_or(0, |output| self.outputs.touch(output));
                }
            } else {
                for output in self.coins.outputs(transaction).take(NEAR) {
                    touched ^= self.outputs.touch(output);
                }
            }
        }
        std::hint::black_box(touched);
    }

    /// Takes in what comes to a transaction; returns the fewest hops, if any taint is to be divided.
    fn enter(&mut self, sides: &Sides, division: &mut Division) -> Option<u32> {
        if self.trace.looked_at >= self.request.budget {
            self.trace.truncated |= self.put_down(sides, Why::Cut);
            return None;
        }
        if self.request.method == Method::DirtyFirst {
            let mut tainted = 0;
            for slot in &sides.near {
                if let Some((held, coin)) = self.held(slot.coin) {
                    held.look(coin, |runs| tainted += total(runs));
                }
            }
            if tainted < sides.near_value {
                self.trace.looked_at += u64::from(self.put_down(sides, Why::Mixed));
                return None;
            }
        }
        division.clear();
        let mut hop = None::<u32>;
        for slot in &sides.near {
            let came = match self.held(slot.coin) {
                Some((held, coin)) => held.take(coin, |runs| division.tainted(runs)),
                None => None,
            };
            match came {
                Some(came) => hop = Some(hop.map_or(came, |hop| hop.min(came))),
                None => division.clean(slot.value),
            }
        }
        self.trace.looked_at += u64::from(hop.is_some());
        hop
    }

    /// Lets the taint that comes to a transaction rest before it; whether there was any.
    fn put_down(&mut self, sides: &Sides, why: Why) -> bool {
        let mut any = false;
        let mut carried = Vec::new();
        for slot in &sides.near {
            let Some((held, coin)) = self.held(slot.coin) else { continue };
            carried.clear();
            if let Some(hop) = held.take(coin, |runs| carried.extend_from_slice(runs)) {
                any = true;
                self.share_out(&carried);
                self.rest(slot.coin, hop, why);
            }
        }
        any
    }

    /// Where a coin's taint is kept, and under which number.
    #[inline]
    fn held(&mut self, coin: Coin) -> Option<(&mut Held, u32)> {
        match coin {
            Coin::Output(output) => Some((&mut self.outputs, output)),
            Coin::Fee(transaction) if self.request.fees.is_some() => Some((&mut self.fees, transaction)),
            _ => None,
        }
    }

    /// Taint comes to a coin, and seeds do; tells of it, and keeps it or lets it rest.
    #[inline]
    fn arrive(&mut self, slot: Slot, part: &[Run], seeds: &[Planted], hop: u32, scratch: &mut Vec<Run>) {
        if seeds.is_empty() {
            self.settle(slot, part, hop);
            return;
        }
        let method = self.request.method;
        scratch.clear();
        scratch.extend_from_slice(part);
        if scratch.is_empty() && method.has_order() && slot.value > 0 {
            scratch.push(Run { amount: slot.value, source: CLEAN });
        }
        let mut planted = false;
        for seed in seeds {
            let tainted = plant(method, scratch, slot.value, *seed);
            planted |= tainted > 0;
            let source = self.labels[seed.source as usize];
            self.trace.seeded.push(Seeded { output: seed.output, source, tainted });
        }
        if let [Run { source: CLEAN, .. }] = scratch[..] {
            scratch.clear();
        }
        self.settle(slot, scratch, if planted { 0 } else { hop });
    }

    /// Tells of a coin, and keeps what it carries or lets it rest.
    #[inline]
    fn settle(&mut self, slot: Slot, runs: &[Run], hop: u32) {
        if runs.is_empty() {
            return;
        }
        self.share_out(runs);
        let mut tainted = 0;
        for (source, share) in &self.shares {
            // Of a poisoned coin every source has all of it.
            let poisoned = self.request.method == Method::Poison;
            tainted = if poisoned { tainted.max(*share) } else { tainted + share };
            if let Coin::Output(output) = slot.coin {
                let source = self.labels[*source as usize];
                self.trace.reached.push(Reached { output, source, hop, tainted: *share });
            }
        }
        if let Some(why) = self.limits.ends(self.coins, slot, hop, tainted) {
            self.rest(slot.coin, hop, why);
            return;
        }
        if let Some((held, coin)) = self.held(slot.coin) {
            held.put(coin, runs, hop);
            self.queue.add(self.order.step(slot.next));
        }
    }

    fn rest(&mut self, coin: Coin, hop: u32, why: Why) {
        for (source, tainted) in &self.shares {
            let source = self.labels[*source as usize];
            self.trace.resting.push(Resting { coin, source, why, hop, tainted: *tainted });
        }
    }

    /// Sums runs up by source.
    #[inline]
    fn share_out(&mut self, runs: &[Run]) {
        self.shares.clear();
        if let [run] = runs {
            self.shares.push((run.source, run.amount));
            return;
        }
        for run in runs.iter().filter(|run| run.source != CLEAN) {
            let sum = &mut self.sums[run.source as usize];
            if *sum == 0 {
                self.shares.push((run.source, 0));
            }
            *sum += run.amount;
        }
        self.shares.sort_unstable();
        for (source, share) in &mut self.shares {
            *share = std::mem::take(&mut self.sums[*source as usize]);
        }
    }
}

impl<'a> Limits<'a> {
    fn new(coins: &Coins, request: &'a Request) -> Self {
        let mut stopped = Vec::new();
        for transaction in request.stop_transactions.iter().filter_map(|id| coins.transaction(*id)) {
            stopped.resize((coins.transactions() as usize).div_ceil(64), 0_u64);
            stopped[transaction as usize / 64] |= 1 << (transaction % 64);
        }
        Self {
            request,
            forward: request.direction == Direction::Forward,
            since: request.since.map_or(0, |since| coins.first_since(since)),
            until: request.until.map_or(coins.transactions(), |until| coins.first_since(until)),
            stopped,
            accounts: request.stop_accounts.iter().copied().collect(),
        }
    }

    /// Why a coin is not followed, if it is not.
    #[inline]
    fn ends(&self, coins: &Coins, slot: Slot, hop: u32, tainted: i64) -> Option<Why> {
        let Slot { coin, next, .. } = slot;
        if let Coin::Output(output) = coin {
            let stops = |account: i64| self.accounts.contains(&account);
            if !self.accounts.is_empty() && coins.account(output).is_some_and(stops) {
                return Some(Why::StoppedAccount);
            }
            if self.forward && coins.unspendable(output) {
                return Some(Why::Destroyed);
            }
        }
        if next == NONE {
            return Some(match coin {
                Coin::Output(_) => Why::Unspent,
                Coin::Outside(_) => Why::Outside,
                Coin::Fee(transaction) if coins.coinbase(transaction) => Why::Destroyed,
                Coin::Fee(_) => Why::Fee,
                Coin::Subsidy(_) => Why::Mined,
            });
        }
        if !self.forward && self.request.fees.is_none() && coins.coinbase(next) {
            return Some(Why::Mined);
        }
        if next < self.since || next >= self.until {
            return Some(Why::OutOfTime);
        }
        let word = self.stopped.get(next as usize / 64).copied().unwrap_or(0);
        if word >> (next % 64) & 1 == 1 {
            return Some(Why::StoppedTransaction);
        }
        if hop >= self.request.max_hops {
            return Some(Why::OutOfHops);
        }
        if tainted < self.request.min_amount {
            return Some(Why::Dust);
        }
        if self.request.max_fan == u32::MAX {
            return None;
        }
        let fan = if self.forward { coins.outputs(next) } else { coins.inputs(next) };
        (fan.len() > self.request.max_fan as usize).then_some(Why::FannedOut)
    }
}

/// Labels what is clean of a coin, up to a seed's amount; returns how much that was.
///
/// Without order a coin's runs are those of its taint; with order they are all of it.
fn plant(method: Method, runs: &mut Vec<Run>, value: i64, seed: Planted) -> i64 {
    if method.has_order() {
        let mut left = seed.amount;
        let coin = std::mem::take(runs);
        for run in coin {
            let labelled = if run.source == CLEAN { run.amount.min(left) } else { 0 };
            left -= labelled;
            join(runs, 0, Run { amount: labelled, source: seed.source });
            join(runs, 0, Run { amount: run.amount - labelled, source: run.source });
        }
        return seed.amount - left;
    }
    // Poison follows each source as if it were alone.
    let competes = |run: &&Run| method != Method::Poison || run.source == seed.source;
    let tainted: i64 = runs.iter().filter(competes).map(|run| run.amount).sum();
    let labelled = seed.amount.min(value - tainted);
    join(runs, 0, Run { amount: labelled, source: seed.source });
    labelled
}

/// What of runs is tainted.
fn total(runs: &[Run]) -> i64 {
    runs.iter().filter(|run| run.source != CLEAN).map(|run| run.amount).sum()
}
