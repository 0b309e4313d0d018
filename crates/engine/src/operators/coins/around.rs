//! What lies around some coins: the transactions a trace can reach from them, asked for hop by hop.
//!
//! Whatever taint a method gives, it cannot go where poison does not. So the transactions that poison reaches within the
//! limits are all a trace needs; where a limit ends the reading, a transaction that is known by its id alone stands in,
//! so that a coin which was spent is never taken for one that was not.

use std::collections::BTreeSet;

use datafusion::error::Result as QueryResult;
use datafusion::execution::memory_pool::MemoryReservation;

use super::history::{End, History};
use super::reading::Reading;
use super::{HEIGHT_BITS, distinct, transaction_of};
use crate::operators::arguments::Arguments;
use crate::operators::flows::Keys;
use crate::operators::lookup::Lookup;

/// Where reading ends.
#[derive(Debug)]
pub(in crate::operators) struct Limits {
    seeds: Vec<i64>,
    max_hops: u32,
    since_height: i64,
    until_height: i64,
    max_fan: usize,
    stop_transactions: Vec<i64>,
    stop_accounts: Vec<i64>,
    budget: usize,
}

impl Limits {
    pub(in crate::operators) fn of(arguments: &Arguments, relations: &[Keys]) -> Self {
        let keys = |name: &str| {
            let relation = relations.iter().find(|relation| relation.name == name);
            distinct(relation.map(|relation| relation.keys.clone()).unwrap_or_default())
        };
        Self {
            seeds: keys("seeds"),
            max_hops: arguments.count("max_hops").unwrap_or(u32::MAX),
            since_height: arguments.integer("since_height").unwrap_or(0),
            until_height: arguments.integer("until_height").unwrap_or(i64::MAX),
            max_fan: arguments.count("max_fan").map_or(usize::MAX, |fan| fan as usize),
            stop_transactions: keys("stop_transactions"),
            stop_accounts: keys("stop"),
            budget: arguments.count("budget").map_or(usize::MAX, |budget| budget as usize),
        }
    }

    /// Why a transaction is not read, `hop` transactions from the seeds, with so many read already.
    fn end(&self, transaction: i64, hop: u32, read: usize) -> Option<End> {
        let height = transaction >> HEIGHT_BITS;
        if self.stop_transactions.binary_search(&transaction).is_ok() {
            Some(End::Stopped)
        } else if height < self.since_height || height > self.until_height {
            Some(End::Time)
        } else if hop >= self.max_hops {
            Some(End::MaxHops)
        } else if read >= self.budget {
            Some(End::Cut)
        } else {
            None
        }
    }

    fn stops_at(&self, account: Option<i64>) -> bool {
        account.is_some_and(|account| self.stop_accounts.binary_search(&account).is_ok())
    }
}

/// The reading.
pub(in crate::operators) struct Around<'a> {
    reading: Reading<'a>,
    forward: bool,
    limits: Limits,
    /// Transactions whose outputs were followed; a seed's own is read before it is.
    followed: BTreeSet<i64>,
}

impl<'a> Around<'a> {
    pub(in crate::operators) fn new(
        lookup: &'a Lookup,
        forward: bool,
        limits: Limits,
        memory: &'a MemoryReservation,
    ) -> Self {
        Self { reading: Reading::new(lookup, memory), forward, limits, followed: BTreeSet::new() }
    }

    /// All that can be reached.
    pub(in crate::operators) async fn history(mut self) -> QueryResult<History> {
        let seeds = self.limits.seeds.clone();
        if self.forward {
            let own = distinct(seeds.iter().map(|txo| transaction_of(*txo)).collect());
            self.reading.read(&own).await?;
            self.forward(seeds).await?;
        } else {
            self.back(seeds).await?;
        }
        Ok(self.reading.found.finish())
    }

    async fn forward(&mut self, mut coins: Vec<i64>) -> QueryResult<()> {
        for hop in 0.. {
            if coins.is_empty() {
                return Ok(());
            }
            let spends = self.reading.lookup.rows("spends", "prev_txo", &coins).await?;
            let mut wanted = BTreeSet::new();
            let mut ends = Vec::new();
            for row in 0..spends.len() {
                let (txo, txi) = (spends.column(0)[row], spends.column(1)[row]);
                let transaction = transaction_of(txi);
                let end = match self.reading.found.end(transaction) {
                    Some(end) => Some(end),
                    None if self.followed.contains(&transaction) || wanted.contains(&transaction) => continue,
                    None => self.limits.end(transaction, hop, self.reading.found.len() + wanted.len()),
                };
                match end {
                    Some(end) => ends.push((transaction, end, txi, txo)),
                    None => {
                        wanted.insert(transaction);
                    }
                }
            }
            for (transaction, end, txi, txo) in ends {
                // What was read has its inputs already: an unresolved transaction, and that of a seed.
                if end != End::Unresolved && !self.reading.has(&transaction) {
                    let value = self.reading.found.value(txo).unwrap_or_default();
                    self.reading.found.end_spending(transaction, end, txi, txo, value);
                }
            }
            let wanted: Vec<i64> = wanted.into_iter().collect();
            self.reading.read(&wanted).await?;
            self.followed.extend(&wanted);
            coins = Vec::new();
            for transaction in wanted {
                let outputs: Vec<_> = self.reading.found.outputs(transaction).collect();
                if self.reading.found.end(transaction).is_none() && outputs.len() <= self.limits.max_fan {
                    let goes_on = outputs.into_iter().filter(|(_, account)| !self.limits.stops_at(*account));
                    coins.extend(goes_on.map(|(txo, _)| txo));
                }
            }
            coins = distinct(coins);
        }
        Ok(())
    }

    async fn back(&mut self, seeds: Vec<i64>) -> QueryResult<()> {
        // What a coin is worth is known from the input that spends it; of a seed nobody has said it yet, so that its own
        // transaction is read whatever the limits.
        let mut coins: Vec<(i64, Option<i64>)> = seeds.into_iter().map(|txo| (txo, None)).collect();
        for hop in 0.. {
            if coins.is_empty() {
                return Ok(());
            }
            let mut wanted = BTreeSet::new();
            for (txo, value) in coins {
                let transaction = transaction_of(txo);
                if wanted.contains(&transaction) || self.reading.has(&transaction) {
                    continue;
                }
                let read = self.reading.found.len() + wanted.len();
                let end = self.reading.found.end(transaction).or_else(|| self.limits.end(transaction, hop, read));
                match end.zip(value) {
                    Some((end, value)) => self.reading.found.end_making(transaction, end, txo, value),
                    None => {
                        wanted.insert(transaction);
                    }
                }
            }
            let wanted: Vec<i64> = wanted.into_iter().collect();
            self.reading.read(&wanted).await?;
            coins = Vec::new();
            for transaction in wanted {
                let spent: Vec<_> = self.reading.found.spent(transaction).collect();
                // A seed's own transaction was read in any case.
                let ends =
                    self.reading.found.end(transaction).is_some() || self.limits.end(transaction, hop, 0).is_some();
                if !ends && spent.len() <= self.limits.max_fan {
                    coins.extend(spent.into_iter().map(|(txo, value)| (txo, Some(value))));
                }
            }
            coins.sort_unstable();
            coins.dedup();
        }
        Ok(())
    }
}
