//! What a reached account holds, as each method keeps it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Method;
use super::view::View;
use crate::amounts::mul_div;

/// Neighbouring units of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    amount: i128,
    tainted: bool,
    /// When they came; only looked at in tainted runs.
    since: i64,
}

/// What a transfer takes along.
#[derive(Debug, Clone)]
pub(super) struct Moved {
    pub(super) tainted: i128,
    /// The payer's hop.
    pub(super) hop: u32,
    /// Units in order; methods without order leave this empty.
    runs: Vec<Run>,
    amount: i128,
}

impl Moved {
    pub(super) fn clean(amount: i128) -> Self {
        Self { tainted: 0, hop: 0, runs: Vec::new(), amount }
    }

    pub(super) fn taint_all(&mut self, amount: i128) {
        self.tainted = amount;
        self.runs.clear();
    }
}

/// Tainted money that is no longer followed, or never moved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rest {
    pub(super) tainted: i128,
    pub(super) hop: u32,
    pub(super) last: u32,
}

/// An account's money.
pub(super) struct Pool {
    content: Content,
    tainted: i128,
    /// The fewest hops by which any of the tainted money came.
    hop: u32,
    /// The step that brought the last of it.
    last: u32,
}

enum Content {
    /// Poison and haircut: no order, a total, and when taint last came.
    Mixed { poison: bool, total: i128, since: i64 },
    /// FIFO and LIFO: runs from the oldest to the newest.
    Line { lifo: bool, runs: VecDeque<Run> },
    /// TIHO: what later payments will take, decided when the taint comes.
    Highest { open: BTreeSet<(std::cmp::Reverse<i128>, u32)>, due: BTreeMap<u32, i128>, idle: Vec<Run> },
}

impl Pool {
    /// A pool of clean money, for a node that taint reaches at `step`; only payments before `end` count.
    pub(super) fn new(method: Method, balance: i128, view: &View<'_>, node: u32, step: u32, end: u32) -> Self {
        let content = match method {
            Method::Poison | Method::Haircut => {
                Content::Mixed { poison: method == Method::Poison, total: balance, since: i64::MIN }
            }
            Method::Fifo | Method::Lifo => {
                let mut runs = VecDeque::new();
                push(&mut runs, Run { amount: balance, tainted: false, since: 0 });
                Content::Line { lifo: method == Method::Lifo, runs }
            }
            Method::Tiho => {
                let later = view.outgoing(node).skip_while(|at| *at <= step).take_while(|at| *at < end);
                let later = later.filter(|at| view.ends(*at).1 != node);
                let open = later.map(|at| (std::cmp::Reverse(view.amount(at)), at)).collect();
                Content::Highest { open, due: BTreeMap::new(), idle: Vec::new() }
            }
        };
        Self { content, tainted: 0, hop: u32::MAX, last: step }
    }

    /// Takes a payment out. Also what has lain too long, which is clean from now on.
    pub(super) fn take(&mut self, step: u32, amount: i128, time: i64, max_delay: Option<i64>) -> (Moved, Option<Rest>) {
        let too_old = |since: i64| max_delay.is_some_and(|delay| time.saturating_sub(since) > delay);
        let (hop, last) = (self.hop, self.last);
        let mut expired = 0;
        let mut moved = Moved::clean(amount);
        match &mut self.content {
            Content::Mixed { poison, total, since } => {
                if self.tainted > 0 && too_old(*since) {
                    expired = std::mem::take(&mut self.tainted);
                }
                moved.tainted = match (*poison, amount >= *total) {
                    (true, _) if self.tainted > 0 => amount,
                    (true, _) => 0,
                    (false, true) => self.tainted,
                    (false, false) => share(self.tainted, amount, *total),
                };
                *total = (*total - amount).max(0);
                if !*poison {
                    self.tainted -= moved.tainted;
                }
            }
            Content::Line { lifo, runs } => {
                let mut left = amount;
                while left > 0 {
                    let Some(run) = (if *lifo { runs.pop_back() } else { runs.pop_front() }) else { break };
                    let mut part = Run { amount: run.amount.min(left), ..run };
                    if run.amount > left {
                        let rest = Run { amount: run.amount - left, ..run };
                        if *lifo { runs.push_back(rest) } else { runs.push_front(rest) }
                    }
                    left -= part.amount;
                    if part.tainted && too_old(part.since) {
                        expired += part.amount;
                        part.tainted = false;
                    }
                    if part.tainted {
                        moved.tainted += part.amount;
                    }
                    moved.runs.push(part);
                }
                if left > 0 {
                    moved.runs.push(Run { amount: left, tainted: false, since: 0 });
                }
                self.tainted -= moved.tainted + expired;
            }
            Content::Highest { due, .. } => {
                moved.tainted = due.remove(&step).unwrap_or(0);
                self.tainted -= moved.tainted;
            }
        }
        moved.hop = hop;
        if self.tainted == 0 {
            self.hop = u32::MAX;
        }
        (moved, (expired > 0).then_some(Rest { tainted: expired, hop, last }))
    }

    /// Puts a receipt in.
    pub(super) fn put(&mut self, moved: Moved, hop: u32, step: u32, view: &View<'_>, max_delay: Option<i64>) {
        let time = view.time(step);
        match &mut self.content {
            Content::Mixed { total, since, .. } => {
                *total += moved.amount;
                if moved.tainted > 0 {
                    *since = time;
                }
            }
            Content::Line { runs, .. } => {
                let whole = [Run { amount: moved.amount, tainted: moved.tainted > 0, since: time }];
                let parts = if moved.runs.is_empty() { &whole[..] } else { &moved.runs };
                for part in parts {
                    // Without a limit on rest it does not matter when a run came, and neighbours become one.
                    let since = if max_delay.is_some() { time } else { 0 };
                    push(runs, Run { since, ..*part });
                }
            }
            Content::Highest { open, due, idle } => {
                let mut left = moved.tainted;
                let in_time = |at: u32| max_delay.is_none_or(|delay| view.time(at).saturating_sub(time) <= delay);
                // Payments that have gone by sort among the rest, and are dropped when they are met.
                let mut done = Vec::new();
                for &(amount, at) in open.iter() {
                    if left == 0 {
                        break;
                    }
                    if at > step && in_time(at) {
                        let due = due.entry(at).or_default();
                        let part = left.min(amount.0 - *due);
                        *due += part;
                        left -= part;
                    }
                    if at <= step || due.get(&at) == Some(&amount.0) {
                        done.push((amount, at));
                    }
                }
                for entry in done {
                    open.remove(&entry);
                }
                if left > 0 {
                    idle.push(Run { amount: left, tainted: true, since: time });
                }
            }
        }
        if moved.tainted > 0 {
            self.tainted += moved.tainted;
            self.hop = self.hop.min(hop);
            self.last = step;
        }
    }

    /// What is left at the end: held, and lying for longer than was allowed.
    pub(super) fn close(self, horizon: i64, max_delay: Option<i64>) -> (Option<Rest>, Option<Rest>) {
        let too_old = |since: i64| max_delay.is_some_and(|delay| horizon.saturating_sub(since) > delay);
        let mut tainted = self.tainted;
        let expired = match &self.content {
            Content::Mixed { poison, total, since } => {
                // Whatever a poisoned account still has is tainted.
                if *poison && tainted > 0 {
                    tainted = *total;
                }
                if too_old(*since) { tainted } else { 0 }
            }
            Content::Line { runs, .. } => {
                runs.iter().filter(|run| run.tainted && too_old(run.since)).map(|run| run.amount).sum()
            }
            Content::Highest { idle, .. } => idle.iter().filter(|run| too_old(run.since)).map(|run| run.amount).sum(),
        };
        let rest = |tainted: i128| (tainted > 0).then_some(Rest { tainted, hop: self.hop, last: self.last });
        (rest(tainted - expired), rest(expired))
    }
}

/// ⌊tainted · amount / total⌋, for an amount below the total.
fn share(tainted: i128, amount: i128, total: i128) -> i128 {
    let (quotient, _) = mul_div(tainted.unsigned_abs(), amount.unsigned_abs(), total.unsigned_abs());
    // A share of an i128 is one.
    quotient.cast_signed()
}

/// Appends a run, joined to the newest where they are alike.
fn push(runs: &mut VecDeque<Run>, run: Run) {
    if run.amount == 0 {
        return;
    }
    match runs.back_mut() {
        Some(back) if back.tainted == run.tainted && (!run.tainted || back.since == run.since) => {
            back.amount += run.amount;
        }
        _ => runs.push_back(run),
    }
}
