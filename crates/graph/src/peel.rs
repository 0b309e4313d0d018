//! One coin that gets smaller and smaller: peel chains.
//!
//! ```text
//!   100 ──▶ transaction ──▶ 93 ──▶ transaction ──▶ 85.9 ──▶ transaction ──▶ …     the change goes on,
//!                    └───▶ 7                └───▶ 7                └───▶ 7        the peel goes to somebody
//! ```
//!
//! A transaction looks like a peel if it has one input and two outputs. Which of the two is the change, and goes on, is
//! told by the first of these rules that decides ([`Rule`]):
//!
//! 1. *cluster*: one output, and not the other, belongs to the cluster of the coin that is spent;
//! 2. *fingerprint*: one output, and not the other, is spent by a transaction that looks the same;
//! 3. *larger*: one output is worth ten times the other or more. Such a hop is weak.
//!
//! Where none does the chain ends, and both branches are named. It ends too where a transaction does not look like a peel
//! and at what the [`Limits`] forbid ([`End`]). A chain's books close: with one input a transaction,
//!
//! ```text
//! Σ peeled + Σ fees + value at the end = value at the start
//! ```
//!
//! How many hops make a chain worth telling of is the caller's to say; three is usual.
//!
//! Cost: two looks at spenders a hop. Source: Meiklejohn et al. 2013; Kappos et al. 2022; the rules are `crypto.md` §5.

use std::collections::HashSet;

use crate::coins::{Coins, NULL};
use crate::error::GraphError;
use crate::guard::Guard;

#[cfg(test)]
mod tests;

/// So many times the other output's value decides.
const RATIO: i64 = 10;

/// What is known beside the coins.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// By output: its cluster; [`NULL`] where it has none.
    pub cluster: Option<Vec<i64>>,
    /// By transaction: how it looks, which tells wallets apart, as a number that is equal where the looks are; [`NULL`]
    /// where that is not known.
    pub fingerprint: Option<Vec<i64>>,
    /// By transaction: its time in microseconds.
    pub time: Vec<i64>,
}

/// How far to go.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The most hops.
    pub max_hops: u32,
    /// No transaction of this id or a higher one is passed.
    pub until: Option<i64>,
    /// A coin that lies still for longer, in microseconds, is not followed.
    pub max_dwell: Option<i64>,
    /// Ids of transactions that are not passed: where coins of many people are mixed.
    pub stop_transactions: Vec<i64>,
    /// Accounts whose coins are not followed: services.
    pub stop_accounts: Vec<i64>,
}

/// What told the change from the peel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The cluster.
    Cluster,
    /// The fingerprint.
    Fingerprint,
    /// The value alone: a weak hop.
    Larger,
}

/// Why a chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Nobody has spent the coin.
    Unspent,
    /// Its account is not to be followed.
    StoppedAccount,
    /// The transaction that spends it is not to be passed.
    StoppedTransaction,
    /// It is spent too late, or after too long.
    OutOfTime,
    /// There are as many hops as were allowed.
    OutOfHops,
    /// The transaction that spends it does not look like a peel.
    NotAPeel,
    /// Either output may be the change.
    Ambiguous,
}

/// One peel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hop {
    /// The transaction.
    pub transaction: u32,
    /// The output that goes to somebody.
    pub peeled: u32,
    /// The output that goes on.
    pub change: u32,
    /// What the transaction pays to no output.
    pub fee: i64,
    /// How long the coin lay still before, in microseconds. Less than zero where the clocks of miners disagree.
    pub dwell: i64,
    /// What told them apart.
    pub rule: Rule,
}

/// A chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The output it begins with.
    pub start: u32,
    /// Its peels, in order.
    pub hops: Vec<Hop>,
    /// The output it ends with.
    pub end: u32,
    /// Why it does.
    pub why: End,
    /// The two outputs of which either may be the change, if it is ambiguous.
    pub branches: Option<[u32; 2]>,
}

/// Follows peel chains through one history.
#[derive(Debug)]
pub struct Peels<'a> {
    coins: &'a Coins,
    hints: &'a Hints,
    limits: &'a Limits,
    transactions: HashSet<i64>,
    accounts: HashSet<i64>,
    guard: Guard<'a>,
}

impl<'a> Peels<'a> {
    /// Prepares the search.
    ///
    /// # Errors
    /// [`GraphError::Ragged`] when hints do not cover the history.
    pub fn new(coins: &'a Coins, hints: &'a Hints, limits: &'a Limits, guard: Guard<'a>) -> Result<Self, GraphError> {
        let (transactions, outputs) = (coins.transactions() as usize, coins.output_count());
        let covers = hints.time.len() == transactions
            && hints.fingerprint.as_ref().is_none_or(|fingerprint| fingerprint.len() == transactions)
            && hints.cluster.as_ref().is_none_or(|cluster| cluster.len() == outputs);
        if !covers {
            return Err(GraphError::Ragged);
        }
        Ok(Self {
            coins,
            hints,
            limits,
            transactions: limits.stop_transactions.iter().copied().collect(),
            accounts: limits.stop_accounts.iter().copied().collect(),
            guard,
        })
    }

    /// Follows the chain that begins with an output.
    ///
    /// # Errors
    /// [`GraphError::NoSuchOutput`]; [`GraphError::Cancelled`].
    pub fn follow(&mut self, txo: i64) -> Result<Chain, GraphError> {
        let coins = self.coins;
        let start = coins.output(txo).ok_or(GraphError::NoSuchOutput { output: txo })?;
        let (mut end, mut made) = (start, coins.maker(start));
        let mut hops = Vec::new();
        let ended = |hops, end, why, branches| Ok(Chain { start, hops, end, why, branches });
        loop {
            self.guard.step()?;
            let transaction = match self.passes(end, made, hops.len()) {
                Ok(transaction) => transaction,
                Err(why) => return ended(hops, end, why, None),
            };
            let outputs = coins.outputs(transaction);
            if coins.inputs(transaction).len() != 1 || outputs.len() != 2 {
                return ended(hops, end, End::NotAPeel, None);
            }
            let both = [outputs.start, outputs.start + 1];
            let Some((change, rule)) = self.change(end, transaction, both) else {
                return ended(hops, end, End::Ambiguous, Some(both));
            };
            hops.push(Hop {
                transaction,
                peeled: both[1 - change],
                change: both[change],
                fee: coins.fee(transaction),
                dwell: self.dwell(made, transaction),
                rule,
            });
            (end, made) = (both[change], transaction);
        }
    }

    /// The transaction that spends an output, if the chain may go on by it.
    fn passes(&self, output: u32, made: u32, hops: usize) -> Result<u32, End> {
        let (coins, limits) = (self.coins, self.limits);
        if coins.account(output).is_some_and(|account| self.accounts.contains(&account)) {
            return Err(End::StoppedAccount);
        }
        let transaction = coins.spender(output).ok_or(End::Unspent)?;
        let id = coins.id(transaction);
        let too_late = limits.until.is_some_and(|until| id >= until);
        if too_late || limits.max_dwell.is_some_and(|most| self.dwell(made, transaction) > most) {
            return Err(End::OutOfTime);
        }
        if self.transactions.contains(&id) {
            return Err(End::StoppedTransaction);
        }
        if hops >= limits.max_hops as usize { Err(End::OutOfHops) } else { Ok(transaction) }
    }

    fn dwell(&self, made: u32, spent: u32) -> i64 {
        self.hints.time[spent as usize].saturating_sub(self.hints.time[made as usize])
    }

    /// Which of two outputs is the change, and what says so.
    fn change(&self, spent: u32, transaction: u32, both: [u32; 2]) -> Option<(usize, Rule)> {
        let coins = self.coins;
        let only = |either: [bool; 2]| match either {
            [true, false] => Some(0),
            [false, true] => Some(1),
            _ => None,
        };
        let known = |hints: &Option<Vec<i64>>, place: u32| {
            hints.as_ref().map(|hints| hints[place as usize]).filter(|hint| *hint != NULL)
        };
        let cluster = |output| known(&self.hints.cluster, output);
        let fingerprint = |transaction| known(&self.hints.fingerprint, transaction);
        let own = cluster(spent);
        if let Some(change) = only(both.map(|output| own.is_some() && cluster(output) == own)) {
            return Some((change, Rule::Cluster));
        }
        let look = fingerprint(transaction);
        let alike = |output| look.is_some() && coins.spender(output).and_then(fingerprint) == look;
        if let Some(change) = only(both.map(alike)) {
            return Some((change, Rule::Fingerprint));
        }
        let values = both.map(|output| coins.value(output));
        let dwarfs = |large: i64, small: i64| large > 0 && small <= large / RATIO;
        let larger = only([dwarfs(values[0], values[1]), dwarfs(values[1], values[0])])?;
        Some((larger, Rule::Larger))
    }
}
