//! The part of a chain that a trace can touch, as the graph takes it.

use std::collections::BTreeMap;

use datafusion::error::{DataFusionError, Result as QueryResult};
use headwater_graph::coins::{Columns, NULL};

use super::{PLACE_BITS, transaction_of};
use crate::operators::rows::Rows;

/// Why a transaction was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::operators) enum End {
    /// It is not to be passed.
    Stopped,
    /// Its block is too early or too late.
    Time,
    /// It is too far away.
    MaxHops,
    /// What it spends is not all known.
    Unresolved,
    /// The budget was spent.
    Cut,
}

impl End {
    pub(in crate::operators) fn status(self) -> &'static str {
        match self {
            Self::Stopped => "stopped_transaction",
            Self::Time => "time",
            Self::MaxHops => "max_hops",
            Self::Unresolved => "unresolved",
            Self::Cut => "cut",
        }
    }
}

/// A transaction.
#[derive(Debug, Clone, Default)]
struct Body {
    coinbase: bool,
    inputs: Vec<(i64, i64, i64)>,
    /// By position: value, account, whether it can be spent.
    outputs: Vec<Option<(i64, Option<i64>, bool)>>,
}

/// Transactions in chain order, and those that were not read.
#[derive(Debug, Default)]
pub(in crate::operators) struct History {
    pub(in crate::operators) columns: Columns,
    /// By the ids of transactions that stand for what was not read.
    pub(in crate::operators) ends: BTreeMap<i64, End>,
}

impl History {
    /// Whether it has an output.
    pub(super) fn holds(&self, txo: i64) -> bool {
        let columns = &self.columns;
        let Ok(place) = columns.transaction.binary_search(&transaction_of(txo)) else { return false };
        let outputs = columns.first_output[place + 1] - columns.first_output[place];
        txo - columns.transaction[place] < i64::from(outputs)
    }

    /// Whether the budget ended it.
    pub(super) fn is_cut(&self) -> bool {
        self.ends.values().any(|end| *end == End::Cut)
    }
}

/// Gathers transactions.
#[derive(Debug, Clone, Default)]
pub(super) struct Gathered {
    bodies: BTreeMap<i64, Body>,
    ends: BTreeMap<i64, End>,
}

impl Gathered {
    pub(super) fn len(&self) -> usize {
        self.bodies.len()
    }

    /// Whether a transaction stands for one that was not read.
    pub(super) fn end(&self, transaction: i64) -> Option<End> {
        self.ends.get(&transaction).copied()
    }

    /// Adds the inputs of transactions; those that spend something unknown become ends.
    pub(super) fn add_inputs(&mut self, rows: &Rows) {
        for row in 0..rows.len() {
            let transaction = rows.column(1)[row];
            let body = self.bodies.entry(transaction).or_default();
            if rows.value(4, row) == Some(1) {
                body.coinbase = true;
                continue;
            }
            match (rows.value(2, row), rows.value(3, row)) {
                (Some(txo), Some(value)) => body.inputs.push((rows.column(0)[row], txo, value)),
                _ => {
                    self.ends.insert(transaction, End::Unresolved);
                }
            }
        }
    }

    /// Adds the outputs of transactions.
    pub(super) fn add_outputs(&mut self, rows: &Rows) -> QueryResult<()> {
        for row in 0..rows.len() {
            let (txo, transaction) = (rows.column(0)[row], rows.column(1)[row]);
            let place = usize::try_from(txo.wrapping_sub(transaction)).ok().filter(|place| place >> PLACE_BITS == 0);
            let Some(place) = place else {
                let what = format!("output {txo} is none of transaction {transaction}");
                return Err(DataFusionError::Execution(what));
            };
            let outputs = &mut self.bodies.entry(transaction).or_default().outputs;
            if outputs.len() <= place {
                outputs.resize(place + 1, None);
            }
            outputs[place] = Some((rows.column(2)[row], rows.value(3, row), rows.value(4, row) != Some(0)));
        }
        Ok(())
    }

    /// Outputs of a transaction that can go on: their ids and accounts.
    pub(super) fn outputs(&self, transaction: i64) -> impl Iterator<Item = (i64, Option<i64>)> + '_ {
        let outputs = self.bodies.get(&transaction).map(|body| body.outputs.as_slice()).unwrap_or_default();
        let spendable = (transaction..).zip(outputs);
        spendable.filter_map(|(txo, output)| {
            output.filter(|(.., spendable)| *spendable).map(|(_, account, _)| (txo, account))
        })
    }

    /// What a transaction spends.
    pub(super) fn spent(&self, transaction: i64) -> impl Iterator<Item = (i64, i64)> + '_ {
        let inputs = self.bodies.get(&transaction).map(|body| body.inputs.as_slice()).unwrap_or_default();
        inputs.iter().map(|(_, txo, value)| (*txo, *value))
    }

    /// What an output is worth.
    pub(super) fn value(&self, txo: i64) -> Option<i64> {
        let body = self.bodies.get(&transaction_of(txo))?;
        let place = usize::try_from(txo - transaction_of(txo)).ok()?;
        body.outputs.get(place).copied().flatten().map(|(value, ..)| value)
    }

    /// Lets a transaction that is not read stand at the end of a coin that it spends.
    pub(super) fn end_spending(&mut self, transaction: i64, end: End, txi: i64, txo: i64, value: i64) {
        self.ends.entry(transaction).or_insert(end);
        self.bodies.entry(transaction).or_default().inputs.push((txi, txo, value));
    }

    /// Takes back that a transaction stands for what was not read.
    pub(super) fn forget(&mut self, transaction: i64) {
        if self.ends.remove(&transaction).is_some() {
            self.bodies.remove(&transaction);
        }
    }

    /// Lets a transaction that is not read stand at the beginning of a coin that it made: it has this output, and takes in
    /// as much from nowhere.
    pub(super) fn end_making(&mut self, transaction: i64, end: End, txo: i64, value: i64) {
        self.ends.entry(transaction).or_insert(end);
        let body = self.bodies.entry(transaction).or_default();
        let place = usize::try_from(txo - transaction).unwrap_or_default();
        if body.outputs.len() <= place {
            body.outputs.resize(place + 1, None);
        }
        body.outputs[place] = Some((value, None, true));
        match body.inputs.first_mut() {
            Some((_, _, taken)) => *taken += value,
            None => body.inputs.push((transaction, transaction - 1, value)),
        }
    }

    /// The columns the graph takes. What an unresolved transaction pays beyond what is known to go in comes from nowhere:
    /// it is never passed, so that it does not matter which satoshis those are.
    pub(super) fn finish(mut self) -> History {
        let mut columns = Columns { first_input: vec![0], first_output: vec![0], ..Columns::default() };
        let (mut accounts, mut unspendable) = (Vec::new(), Vec::new());
        for (transaction, body) in &mut self.bodies {
            body.inputs.sort_unstable();
            if self.ends.get(transaction) == Some(&End::Unresolved) {
                let paid: i64 = body.outputs.iter().flatten().map(|(value, ..)| value).sum();
                let taken: i64 = body.inputs.iter().map(|(.., value)| value).sum();
                body.inputs.push((i64::MAX, *transaction - 1, (paid - taken).max(0)));
            }
            columns.transaction.push(*transaction);
            columns.coinbase.push(body.coinbase);
            if !body.coinbase {
                columns.prev_txo.extend(body.inputs.iter().map(|(_, txo, _)| *txo));
                columns.prev_value.extend(body.inputs.iter().map(|(.., value)| *value));
            }
            for output in &body.outputs {
                let (value, account, spendable) = output.unwrap_or((0, None, false));
                columns.value.push(value);
                accounts.push(account.unwrap_or(NULL));
                unspendable.push(!spendable);
            }
            columns.first_input.push(columns.prev_txo.len() as u32);
            columns.first_output.push(columns.value.len() as u32);
        }
        columns.account = Some(accounts);
        columns.unspendable = Some(unspendable);
        History { columns, ends: self.ends }
    }
}
