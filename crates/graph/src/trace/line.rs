//! Money that stands in line: units in the order in which they came, for first in, first out and last in, first out.

use std::collections::VecDeque;

/// Neighbouring units of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) amount: i128,
    pub(super) tainted: bool,
    /// When they came; only looked at in tainted runs.
    pub(super) since: i64,
}

impl Run {
    pub(super) fn clean(amount: i128) -> Self {
        Self { amount, tainted: false, since: 0 }
    }
}

/// Which end of a line is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Served {
    /// The oldest units.
    First,
    /// The newest. What lies below the oldest that is known is clean, however much it is.
    Last,
}

/// Runs from the oldest to the newest; no two neighbours are alike.
#[derive(Debug)]
pub(super) struct Line {
    served: Served,
    runs: VecDeque<Run>,
}

impl Line {
    /// A line of clean money.
    pub(super) fn new(served: Served, clean: i128) -> Self {
        let mut line = Self { served, runs: VecDeque::new() };
        line.push(Run::clean(clean));
        line
    }

    pub(super) fn served(&self) -> Served {
        self.served
    }

    /// How many units there are.
    pub(super) fn total(&self) -> i128 {
        self.runs.iter().map(|run| run.amount).sum()
    }

    /// How many tainted units came at a time that is too long ago.
    pub(super) fn expired(&self, too_old: impl Fn(i64) -> bool) -> i128 {
        self.runs.iter().filter(|run| run.tainted && too_old(run.since)).map(|run| run.amount).sum()
    }

    /// Appends a run, joined to the newest where they are alike.
    pub(super) fn push(&mut self, run: Run) {
        if run.amount == 0 {
            return;
        }
        match self.runs.back_mut() {
            Some(back) if back.tainted == run.tainted && (!run.tainted || back.since == run.since) => {
                back.amount += run.amount;
            }
            _ => self.runs.push_back(run),
        }
    }

    /// Pays out of the clean units in front, if they are served first and cover it.
    ///
    /// No receipt comes before them, so that this may be done ahead of time.
    pub(super) fn pass(&mut self, amount: i128) -> bool {
        if self.served == Served::Last {
            return false;
        }
        match self.runs.front_mut() {
            Some(front) if !front.tainted && front.amount > amount => {
                front.amount -= amount;
                true
            }
            Some(front) if !front.tainted && front.amount == amount => {
                self.runs.pop_front();
                true
            }
            _ => amount == 0,
        }
    }

    /// Takes units out, in the order in which they are served, and adds them to `taken`; those that came too long ago
    /// as clean ones. What the line lacks is clean. Returns how many were tainted, and how many had come too long ago.
    pub(super) fn take(&mut self, amount: i128, too_old: impl Fn(i64) -> bool, taken: &mut Vec<Run>) -> (i128, i128) {
        let (mut left, mut tainted, mut expired) = (amount, 0, 0);
        while left > 0 {
            let next = match self.served {
                Served::First => self.runs.front_mut(),
                Served::Last => self.runs.back_mut(),
            };
            let Some(run) = next else {
                taken.push(Run::clean(left));
                break;
            };
            let mut part = Run { amount: run.amount.min(left), ..*run };
            run.amount -= part.amount;
            if run.amount == 0 {
                match self.served {
                    Served::First => self.runs.pop_front(),
                    Served::Last => self.runs.pop_back(),
                };
            }
            left -= part.amount;
            if part.tainted && too_old(part.since) {
                expired += part.amount;
                part.tainted = false;
            }
            if part.tainted {
                tainted += part.amount;
            }
            taken.push(part);
        }
        (tainted, expired)
    }
}
