//! Reading transactions whole, each once.

use std::collections::BTreeSet;

use datafusion::error::Result as QueryResult;
use datafusion::execution::memory_pool::MemoryReservation;

use super::history::Gathered;
use crate::operators::lookup::Lookup;

/// Bytes an input or output takes: in its transaction, as a column, as a column again where the graph has it, and its link.
const ROW: usize = 160;
/// Bytes a transaction takes beside them: its places in sets and maps.
const TRANSACTION: usize = 256;

/// Transactions that were asked for, and what was found.
pub(super) struct Reading<'a> {
    pub(super) lookup: &'a Lookup,
    memory: &'a MemoryReservation,
    pub(super) found: Gathered,
    read: BTreeSet<i64>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(lookup: &'a Lookup, memory: &'a MemoryReservation) -> Self {
        Self { lookup, memory, found: Gathered::default(), read: BTreeSet::new() }
    }

    /// Whether a transaction was read.
    pub(super) fn has(&self, transaction: &i64) -> bool {
        self.read.contains(transaction)
    }

    /// Reads transactions whole, unless they were.
    pub(super) async fn read(&mut self, transactions: &[i64]) -> QueryResult<()> {
        let new: Vec<i64> = transactions.iter().copied().filter(|transaction| self.read.insert(*transaction)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let inputs = self.lookup.rows("inputs", "tx_id", &new).await?;
        let outputs = self.lookup.rows("", "tx_id", &new).await?;
        self.memory.try_grow((inputs.len() + outputs.len()) * ROW + new.len() * TRANSACTION).map_err(|error| {
            let read = self.read.len();
            error.context(format!(
                "the transactions do not fit the memory limit after {read}; lower max_hops or budget, or raise --memory-limit"
            ))
        })?;
        self.found.add_inputs(&inputs);
        self.found.add_outputs(&outputs)
    }
}
