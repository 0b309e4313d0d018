//! What a reached account holds, as each method keeps it.
//!
//! An account is looked at only when tainted money comes to it, or may leave it. Its clean receipts are counted then,
//! and while it has no taint not even its payments are: what it holds is clean, whatever it is.

use super::Method;
use super::highest::Highest;
use super::line::{Line, Run, Served};
use super::queue::Queue;
use super::view::{Cursor, View};
use crate::amounts::mul_div;
use crate::error::GraphError;
use crate::guard::Guard;

/// What a transfer takes along.
#[derive(Debug, Default)]
pub(super) struct Moved {
    pub(super) amount: i128,
    pub(super) tainted: i128,
    /// The payer's hop.
    pub(super) hop: u32,
    /// Units in order; methods without order leave this empty.
    runs: Vec<Run>,
}

impl Moved {
    pub(super) fn set_clean(&mut self, amount: i128) {
        (self.amount, self.tainted, self.hop) = (amount, 0, 0);
        self.runs.clear();
    }

    pub(super) fn taint_all(&mut self) {
        self.tainted = self.amount;
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
    node: u32,
    content: Content,
    tainted: i128,
    /// The fewest hops by which any of the tainted money came.
    hop: u32,
    /// The step that brought the first of it.
    first: u32,
    /// The step that brought the last of it.
    last: u32,
    cursor: Cursor,
    next: Next,
}

/// When an account's own payments are looked at next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// At a step.
    At(u32),
    /// Not before taint comes, or comes again.
    Clean,
    /// Never: what it has stays.
    Never,
}

enum Content {
    /// Reach alone, and when taint last came.
    Poison { since: i64 },
    /// Haircut: no order, a total, and when taint last came.
    Mixed { total: i128, since: i64 },
    /// FIFO and LIFO.
    Line(Line),
    /// TIHO: what later payments will take, decided when the taint comes. They are in the queue from then on.
    Highest(Box<Highest>),
}

impl Pool {
    /// A pool of clean money, for a node that taint reaches at `step`.
    ///
    /// What it held before matters to haircut and FIFO alone, and only if it pays again.
    pub(super) fn new(
        method: Method,
        view: &View<'_>,
        node: u32,
        step: u32,
        guard: &mut Guard<'_>,
    ) -> Result<Self, GraphError> {
        let cursor = Cursor::at(view, node, step);
        let pays = view.paid(node).next(cursor.paid, guard)?.is_some();
        let matters = pays && matches!(method, Method::Haircut | Method::Fifo);
        let balance = if matters { view.balance(node, step, guard)? } else { 0 };
        let content = match method {
            Method::Poison => Content::Poison { since: i64::MIN },
            Method::Haircut => Content::Mixed { total: balance, since: i64::MIN },
            Method::Fifo => Content::Line(Line::new(Served::First, balance)),
            Method::Lifo => Content::Line(Line::new(Served::Last, 0)),
            Method::Tiho => Content::Highest(Box::new(Highest::new(view, node, step, guard)?)),
        };
        let next = if pays { Next::Clean } else { Next::Never };
        Ok(Self { node, content, tainted: 0, hop: u32::MAX, first: step, last: step, cursor, next })
    }

    /// Whose it is.
    pub(super) fn node(&self) -> u32 {
        self.node
    }

    /// Takes a payment out; `moved` is clean and becomes what it takes along. Also what has lain too long, which is
    /// clean from now on.
    pub(super) fn take(
        &mut self,
        step: u32,
        moved: &mut Moved,
        view: &View<'_>,
        queue: &mut Queue,
        guard: &mut Guard<'_>,
    ) -> Result<Option<Rest>, GraphError> {
        // A payment that nobody looks for takes nothing along.
        let looked_for = matches!(self.content, Content::Highest(_)) || self.next == Next::At(step);
        if !looked_for || self.tainted == 0 {
            return Ok(None);
        }
        self.count_receipts(step, view, guard)?;
        let amount = moved.amount;
        let too_old = |since: i64| view.max_delay().is_some_and(|delay| view.time(step).saturating_sub(since) > delay);
        let (hop, last) = (self.hop, self.last);
        let mut expired = 0;
        match &mut self.content {
            Content::Poison { since } if too_old(*since) => expired = self.tainted,
            Content::Poison { .. } => moved.tainted = amount,
            Content::Mixed { total, since } => {
                if too_old(*since) {
                    expired = self.tainted;
                }
                let tainted = self.tainted - expired;
                moved.tainted = if amount >= *total { tainted } else { share(tainted, amount, *total) };
                *total = (*total - amount).max(0);
                self.tainted -= moved.tainted;
            }
            Content::Line(line) => {
                (moved.tainted, expired) = line.take(amount, too_old, &mut moved.runs);
                self.tainted -= moved.tainted;
            }
            Content::Highest(highest) => {
                moved.tainted = highest.take(step);
                self.tainted -= moved.tainted;
            }
        }
        self.tainted -= expired;
        moved.hop = hop;
        self.cursor.paid += 1;
        self.next = Next::Clean;
        if self.tainted == 0 {
            self.hop = u32::MAX;
        } else {
            self.wait(view, queue, guard)?;
        }
        Ok((expired > 0).then_some(Rest { tainted: expired, hop, last }))
    }

    /// Puts in a receipt that brings taint.
    pub(super) fn put(
        &mut self,
        moved: &Moved,
        hop: u32,
        step: u32,
        view: &View<'_>,
        queue: &mut Queue,
        guard: &mut Guard<'_>,
    ) -> Result<(), GraphError> {
        match self.next {
            Next::At(_) => self.count_receipts(step, view, guard)?,
            Next::Clean => self.resume(step, view, guard)?,
            Next::Never => {}
        }
        self.cursor.received += 1;
        // Without a limit on rest it does not matter when money came, and neighbouring runs become one.
        let time = if view.max_delay().is_some() { view.time(step) } else { 0 };
        match &mut self.content {
            Content::Poison { since } => *since = time,
            Content::Mixed { total, since } => {
                *total += moved.amount;
                *since = time;
            }
            Content::Line(line) => {
                let whole = [Run { amount: moved.amount, tainted: true, since: time }];
                let parts = if moved.runs.is_empty() { &whole[..] } else { &moved.runs };
                // Nor does it matter what lies between tainted runs when nothing leaves any more.
                for part in parts.iter().filter(|part| part.tainted || self.next != Next::Never) {
                    line.push(Run { since: time, ..*part });
                }
            }
            Content::Highest(highest) => {
                highest.put(view, self.node, step, moved.tainted, |payment| queue.add(payment), guard)?;
            }
        }
        self.tainted += moved.tainted;
        self.hop = self.hop.min(hop);
        self.last = step;
        if self.next == Next::Clean { self.wait(view, queue, guard) } else { Ok(()) }
    }

    /// What is left at the end: held, and lying for longer than was allowed.
    pub(super) fn close(
        &self,
        view: &View<'_>,
        guard: &mut Guard<'_>,
    ) -> Result<(Option<Rest>, Option<Rest>), GraphError> {
        if self.tainted == 0 {
            return Ok((None, None));
        }
        let horizon = view.horizon();
        let too_old = |since: i64| view.max_delay().is_some_and(|delay| horizon.saturating_sub(since) > delay);
        let mut tainted = self.tainted;
        let expired = match &self.content {
            Content::Poison { since } => {
                // Whatever a poisoned account still has is tainted.
                tainted = view.closing(self.node, self.first, guard)?;
                if too_old(*since) { tainted } else { 0 }
            }
            Content::Mixed { since, .. } => {
                if too_old(*since) {
                    tainted
                } else {
                    0
                }
            }
            Content::Line(line) => line.expired(too_old),
            Content::Highest(highest) => highest.expired(too_old),
        };
        let rest = |tainted: i128| (tainted > 0).then_some(Rest { tainted, hop: self.hop, last: self.last });
        Ok((rest(tainted - expired), rest(expired)))
    }

    /// Counts what a tainted account received before a step, all of it clean.
    fn count_receipts(&mut self, step: u32, view: &View<'_>, guard: &mut Guard<'_>) -> Result<(), GraphError> {
        let received = view.received(self.node);
        match &mut self.content {
            Content::Mixed { total, .. } => {
                while let Some(amount) = self.cursor.receipt(&received, step, guard)? {
                    *total += amount;
                }
            }
            Content::Line(line) => {
                while let Some(amount) = self.cursor.receipt(&received, step, guard)? {
                    line.push(Run::clean(amount));
                }
            }
            Content::Poison { .. } | Content::Highest(_) => {}
        }
        Ok(())
    }

    /// Counts what a clean account paid and received before a step.
    fn resume(&mut self, step: u32, view: &View<'_>, guard: &mut Guard<'_>) -> Result<(), GraphError> {
        match &mut self.content {
            Content::Mixed { total, .. } => *total = self.cursor.settle(view, self.node, step, *total, guard)?,
            Content::Line(line) => match line.served() {
                Served::First => {
                    let held = self.cursor.settle(view, self.node, step, line.total(), guard)?;
                    *line = Line::new(Served::First, held);
                }
                // Clean money on clean money of unknown amount.
                Served::Last => {
                    *line = Line::new(Served::Last, 0);
                    self.cursor = Cursor::at(view, self.node, step);
                }
            },
            Content::Poison { .. } => self.cursor.paid = view.paid(self.node).from(step),
            Content::Highest(_) => {}
        }
        Ok(())
    }

    /// Finds the next payment that may take taint along, and has it walked.
    fn wait(&mut self, view: &View<'_>, queue: &mut Queue, guard: &mut Guard<'_>) -> Result<(), GraphError> {
        if matches!(self.content, Content::Highest(_)) {
            return Ok(());
        }
        let paid = view.paid(self.node);
        self.next = Next::Never;
        while let Some((place, step)) = paid.next(self.cursor.paid, guard)? {
            self.cursor.paid = place;
            let passes = match &mut self.content {
                Content::Line(line) => line.pass(view.amount(step)),
                _ => false,
            };
            if !passes {
                self.next = Next::At(step);
                queue.add(step);
                break;
            }
            self.cursor.paid += 1;
        }
        Ok(())
    }
}

/// ⌊tainted · amount / total⌋, for an amount below the total.
fn share(tainted: i128, amount: i128, total: i128) -> i128 {
    let (quotient, _) = mul_div(tainted.unsigned_abs(), amount.unsigned_abs(), total.unsigned_abs());
    // A share of an i128 is one.
    quotient.cast_signed()
}
