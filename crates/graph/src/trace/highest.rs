//! Taint in, highest out: which of an account's payments a receipt's taint will leave by.

use std::collections::BTreeMap;

use super::view::View;
use crate::error::GraphError;
use crate::guard::Guard;

/// An account's later payments, and what is due with each of them.
///
/// ```text
/// payments, in order     7    9    5    9         a receipt of 12, then: 9 with the earlier nine, 3 with the later
/// a tournament          └─9─┘     └─9─┘           the largest of a stretch is found, or taken out, in a logarithm
///                         └────9────┘
/// ```
///
/// Payments that are fully due are out of the tournament; those that have gone by, or that lie behind `max_delay`, are
/// out of the stretch that is asked for.
pub(super) struct Highest {
    /// The place of the first of the payments.
    first: u32,
    /// By node of the tournament, the index of its winner; leaves last.
    winners: Vec<u32>,
    /// By index, what the payment can take; 0 when it can take no more.
    amounts: Vec<i128>,
    /// By step, what is due.
    due: BTreeMap<u32, i128>,
    /// What no payment takes, and since when it lies there.
    idle: Vec<(i128, i64)>,
}

impl Highest {
    /// For the payments of a node after a step.
    pub(super) fn new(view: &View<'_>, node: u32, step: u32, guard: &mut Guard<'_>) -> Result<Self, GraphError> {
        let paid = view.paid(node);
        let first = paid.from(step);
        let mut amounts = Vec::new();
        for place in first..paid.from(view.end()) {
            guard.step()?;
            let step = paid.get(place);
            amounts.push(if paid.is_loop(step) { 0 } else { view.amount(step) });
        }
        let leaves = amounts.len();
        let mut winners = vec![0; leaves];
        winners.extend(0..leaves as u32);
        let mut highest = Self { first, winners, amounts, due: BTreeMap::new(), idle: Vec::new() };
        for node in (1..leaves).rev() {
            guard.step()?;
            highest.play(node);
        }
        Ok(highest)
    }

    fn play(&mut self, node: usize) {
        self.winners[node] = self.better(self.winners[2 * node], self.winners[2 * node + 1]);
    }

    /// The larger payment; of equal ones the earlier.
    fn better(&self, one: u32, other: u32) -> u32 {
        let key = |index: u32| (self.amounts[index as usize], std::cmp::Reverse(index));
        if key(one) >= key(other) { one } else { other }
    }

    /// The largest payment from one index to before another that can take more.
    fn largest(&self, from: usize, to: usize) -> Option<u32> {
        let (mut from, mut to) = (from + self.amounts.len(), to + self.amounts.len());
        let mut best: Option<u32> = None;
        let mut meet = |winner: u32| best = Some(best.map_or(winner, |best| self.better(best, winner)));
        while from < to {
            if from & 1 == 1 {
                meet(self.winners[from]);
                from += 1;
            }
            if to & 1 == 1 {
                to -= 1;
                meet(self.winners[to]);
            }
            (from, to) = (from / 2, to / 2);
        }
        best.filter(|index| self.amounts[*index as usize] > 0)
    }

    /// Takes a payment out of the tournament.
    fn close(&mut self, index: u32) {
        self.amounts[index as usize] = 0;
        let mut node = (index as usize + self.amounts.len()) / 2;
        while node > 0 {
            self.play(node);
            node /= 2;
        }
    }

    /// Divides what a receipt brings among the later payments, and names those that take some of it.
    pub(super) fn put(
        &mut self,
        view: &View<'_>,
        node: u32,
        step: u32,
        mut left: i128,
        mut takes: impl FnMut(u32),
        guard: &mut Guard<'_>,
    ) -> Result<(), GraphError> {
        let (paid, time) = (view.paid(node), view.time(step));
        let from = (paid.from(step) - self.first) as usize;
        let to = match view.max_delay() {
            None => self.amounts.len(),
            Some(delay) => {
                self.first_not(from, |index| view.time(paid.get(self.first + index)).saturating_sub(time) <= delay)
            }
        };
        while left > 0 {
            guard.step()?;
            let Some(index) = self.largest(from, to) else {
                self.idle.push((left, time));
                break;
            };
            let payment = paid.get(self.first + index);
            let due = self.due.entry(payment).or_default();
            let part = left.min(self.amounts[index as usize] - *due);
            *due += part;
            left -= part;
            takes(payment);
            if *due == self.amounts[index as usize] {
                self.close(index);
            }
        }
        Ok(())
    }

    /// The first index from one on that is refused, if all after it are too.
    fn first_not(&self, from: usize, accepts: impl Fn(u32) -> bool) -> usize {
        let (mut low, mut high) = (from, self.amounts.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if accepts(middle as u32) { low = middle + 1 } else { high = middle }
        }
        low
    }

    /// What leaves with a payment.
    pub(super) fn take(&mut self, step: u32) -> i128 {
        self.due.remove(&step).unwrap_or(0)
    }

    /// What lies idle for too long.
    pub(super) fn expired(&self, too_old: impl Fn(i64) -> bool) -> i128 {
        self.idle.iter().filter(|(_, since)| too_old(*since)).map(|(amount, _)| amount).sum()
    }
}
