//! How a transaction divides the taint of what goes in among what comes out.
//!
//! What goes in stands in a line of runs; each method cuts a part of it for each *slot*: an output, then the fee.

use super::Method;
use super::held::{CLEAN, Run};

/// A transaction's coins, between coming in and going out. Its memory is used again by the next transaction.
#[derive(Debug)]
pub(super) struct Division {
    method: Method,
    /// What goes in; for methods without order its taint alone.
    line: Vec<Run>,
    /// The parts of all slots.
    parts: Vec<Run>,
    /// By slot, where its parts are.
    ranges: Vec<(u32, u32)>,
    order: Vec<u32>,
    /// Haircut: by source and slot, the share in whole units and what is left of it.
    shares: Vec<(i64, i64)>,
    /// Haircut: by slot, what it can still take.
    room: Vec<i64>,
}

impl Division {
    pub(super) fn new(method: Method) -> Self {
        Self {
            method,
            line: Vec::new(),
            parts: Vec::new(),
            ranges: Vec::new(),
            order: Vec::new(),
            shares: Vec::new(),
            room: Vec::new(),
        }
    }

    pub(super) fn clear(&mut self) {
        self.line.clear();
    }

    /// Lets a coin in that carries nothing.
    #[inline]
    pub(super) fn clean(&mut self, amount: i64) {
        if self.method.has_order() {
            self.push(Run { amount, source: CLEAN });
        }
    }

    /// Lets in the runs of a coin.
    #[inline]
    pub(super) fn tainted(&mut self, runs: &[Run]) {
        for run in runs {
            self.push(*run);
        }
    }

    #[inline]
    fn push(&mut self, run: Run) {
        join(&mut self.line, 0, run);
    }

    /// Divides what came in among slots of these values, of which the last may be the fee.
    pub(super) fn divide(&mut self, values: &[i64], fee_is_last: bool) {
        self.parts.clear();
        self.ranges.clear();
        match self.method {
            Method::Poison => self.poison(values),
            Method::Haircut => self.haircut(values),
            Method::Fifo | Method::DirtyFirst => self.cut(values, 0..values.len()),
            Method::Lifo => {
                self.line.reverse();
                self.cut(values, 0..values.len());
            }
            Method::Tiho => {
                let mut order = std::mem::take(&mut self.order);
                order.clear();
                order.extend(0..values.len() as u32);
                let last = if fee_is_last { values.len() as u32 - 1 } else { u32::MAX };
                // Stable: of equal values the lower index comes first.
                order.sort_by_key(|slot| (*slot == last, std::cmp::Reverse(values[*slot as usize])));
                self.ranges.resize(values.len(), (0, 0));
                self.cut(values, order.iter().map(|slot| *slot as usize));
                self.order = order;
            }
        }
    }

    /// The runs of a slot; none if all of it is clean.
    #[inline]
    pub(super) fn part(&self, slot: usize) -> &[Run] {
        let (start, end) = self.ranges[slot];
        &self.parts[start as usize..end as usize]
    }

    /// Serves slots from the line's front, as far as it goes.
    fn cut(&mut self, values: &[i64], order: impl Iterator<Item = usize>) {
        self.ranges.resize(values.len(), (0, 0));
        let mut line = self.line.iter().copied();
        let mut run = line.next();
        for slot in order {
            let start = self.parts.len();
            let mut need = values[slot];
            while let Some(front) = &mut run {
                if need == 0 {
                    break;
                }
                let amount = front.amount.min(need);
                self.parts.push(Run { amount, source: front.source });
                need -= amount;
                front.amount -= amount;
                if front.amount == 0 {
                    run = line.next();
                }
            }
            if let [Run { source: CLEAN, .. }] = self.parts[start..] {
                self.parts.truncate(start);
            }
            self.ranges[slot] = (start as u32, self.parts.len() as u32);
        }
    }

    /// The sources in the line, each once, with what there is of them.
    fn sources(&mut self) {
        self.line.sort_unstable_by_key(|run| run.source);
        self.line.dedup_by(|next, run| {
            let same = run.source == next.source;
            // Of a poisoned coin every source has all of it, and a sum means nothing.
            run.amount = if same { run.amount.saturating_add(next.amount) } else { run.amount };
            same
        });
    }

    fn poison(&mut self, values: &[i64]) {
        self.sources();
        for &value in values {
            let start = self.parts.len() as u32;
            if value > 0 {
                self.parts.extend(self.line.iter().map(|run| Run { amount: value, source: run.source }));
            }
            self.ranges.push((start, self.parts.len() as u32));
        }
    }

    /// All floors first; then each source's missing units, one by one, to the slots where most was cut off, as far as
    /// they have room. What all sources bring is no more than what all slots hold, so that it fits.
    fn haircut(&mut self, values: &[i64]) {
        self.sources();
        let whole: i64 = values.iter().sum();
        self.shares.clear();
        self.room.clear();
        self.room.extend_from_slice(values);
        for run in &self.line {
            for (value, room) in values.iter().zip(&mut self.room) {
                let (share, left) = proportion(*value, run.amount, whole);
                *room -= share;
                self.shares.push((share, left));
            }
        }
        for (shares, run) in self.shares.chunks_exact_mut(values.len().max(1)).zip(&self.line) {
            let mut missing = run.amount - shares.iter().map(|(share, _)| share).sum::<i64>();
            if missing == 0 {
                continue;
            }
            self.order.clear();
            self.order.extend(0..values.len() as u32);
            self.order.sort_by_key(|slot| std::cmp::Reverse(shares[*slot as usize].1));
            while missing > 0 {
                let before = missing;
                for slot in &self.order {
                    let slot = *slot as usize;
                    if missing > 0 && self.room[slot] > 0 {
                        shares[slot].0 += 1;
                        self.room[slot] -= 1;
                        missing -= 1;
                    }
                }
                if missing == before {
                    break;
                }
            }
        }
        for slot in 0..values.len() {
            let start = self.parts.len() as u32;
            for (shares, run) in self.shares.chunks_exact(values.len()).zip(&self.line) {
                if shares[slot].0 > 0 {
                    self.parts.push(Run { amount: shares[slot].0, source: run.source });
                }
            }
            self.ranges.push((start, self.parts.len() as u32));
        }
    }
}

/// Appends a run, joined to the one before where they are alike and that one is not before `start`.
#[inline]
pub(super) fn join(runs: &mut Vec<Run>, start: usize, run: Run) {
    if run.amount == 0 {
        return;
    }
    let open = runs.len() > start;
    match runs.last_mut() {
        Some(last) if open && last.source == run.source => last.amount = last.amount.saturating_add(run.amount),
        _ => runs.push(run),
    }
}

/// ⌊value · part / whole⌋, and what is left of that division; `part` is no more than `whole`, which is not zero.
#[inline]
fn proportion(value: i64, part: i64, whole: i64) -> (i64, i64) {
    let (value, part, whole) = (value.unsigned_abs(), part.unsigned_abs(), whole.unsigned_abs());
    if part == whole {
        return (value.cast_signed(), 0);
    }
    let (quotient, left) = match value.checked_mul(part) {
        Some(product) => (product / whole, product % whole),
        None => {
            let product = u128::from(value) * u128::from(part);
            let quotient = (product / u128::from(whole)) as u64;
            // The difference is less than `whole`, so that its low half is all of it.
            (quotient, (product as u64).wrapping_sub(quotient.wrapping_mul(whole)))
        }
    };
    (quotient.cast_signed(), left.cast_signed())
}
