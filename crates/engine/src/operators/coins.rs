//! `trace_coins_forward` and `trace_coins_back`: where coins went, or came from, output by output.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::internal_err;
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::execution::memory_pool::MemoryReservation;
use futures::future::BoxFuture;
use headwater_graph::Guard;
use headwater_graph::coins::{Coin, Coins, Direction, Method, Request, Seed, Trace, Why, trace};

use super::arguments::{Arguments, Kind, Parameter};
use super::flows::Keys;
use super::lookup::Lookup;
use super::rows::{RowColumn, RowKind};
use super::{Column, Found, Job, Looking, Operator, exec, refused};

mod around;
mod history;
mod peel_chain;
mod reading;

use around::{Around, Limits};
use history::History;
pub(super) use peel_chain::PeelChain;

/// Bits of an output's or input's id below its transaction, and below its height.
const PLACE_BITS: u32 = 17;
const HEIGHT_BITS: u32 = 32;
/// Rows of one batch.
const BATCH: usize = 8192;

/// The transaction of an output or input.
pub(super) fn transaction_of(id: i64) -> i64 {
    id >> PLACE_BITS << PLACE_BITS
}

/// Columns of the outputs.
pub(super) const OUTPUTS: &[RowColumn] = &[
    RowColumn::integer("txo", "the output's id"),
    RowColumn::integer("tx_id", "its transaction"),
    RowColumn::integer("value", "what it is worth, in satoshi"),
    RowColumn::integer("account", "the account it pays").or_null(),
    RowColumn::integer("spendable", "whether it can ever be spent").of(RowKind::Flag).or_null(),
];
/// Columns of the inputs.
pub(super) const INPUTS: &[RowColumn] = &[
    RowColumn::integer("txi", "the input's id"),
    RowColumn::integer("tx_id", "its transaction"),
    RowColumn::integer("prev_txo", "the output it spends; NULL for a coinbase, and where it is not known").or_null(),
    RowColumn::integer("prev_value", "what that is worth").or_null(),
    RowColumn::integer("coinbase", "whether it mints").of(RowKind::Flag).or_null(),
];
/// Columns of what spends what.
pub(super) const SPENDS: &[RowColumn] =
    &[RowColumn::integer("prev_txo", "an output"), RowColumn::integer("txi", "the input that spends it")];

const METHODS: &[&str] = &["poison", "haircut", "fifo", "lifo", "tiho", "dirty_first"];

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "inputs", kind: Kind::Rows(INPUTS), default: None, help: "the inputs, looked into by tx_id" },
    Parameter {
        name: "spends",
        kind: Kind::Rows(SPENDS),
        default: None,
        help: "which input spends an output, looked into by prev_txo; needed forward",
    },
    Parameter { name: "seeds", kind: Kind::Keys, default: None, help: "the outputs to begin with" },
    Parameter {
        name: "method",
        kind: Kind::Word(METHODS),
        default: Some("fifo"),
        help: "how coins that met other coins are told apart",
    },
    Parameter {
        name: "max_hops",
        kind: Kind::Count,
        default: Some("6"),
        help: "coins this many transactions away are not followed",
    },
    Parameter {
        name: "since_height",
        kind: Kind::Count,
        default: None,
        help: "transactions of lower blocks are not passed",
    },
    Parameter {
        name: "until_height",
        kind: Kind::Count,
        default: None,
        help: "transactions of higher blocks are not passed",
    },
    Parameter {
        name: "min_amount",
        kind: Kind::Amount,
        default: Some("0"),
        help: "coins with less taint, in satoshi, are not followed",
    },
    Parameter {
        name: "max_fan",
        kind: Kind::Count,
        default: Some("5000"),
        help: "transactions with more outputs (back: inputs) are not passed",
    },
    Parameter {
        name: "stop_transactions",
        kind: Kind::Keys,
        default: None,
        help: "transactions that are not passed: those that mix the coins of many",
    },
    Parameter {
        name: "stop",
        kind: Kind::Keys,
        default: None,
        help: "accounts that are reached and not followed: beyond a service coins are other people's",
    },
    Parameter {
        name: "budget",
        kind: Kind::Count,
        default: Some("1000000"),
        help: "transactions that are read; what lies behind is cut, and says so",
    },
];

/// Either operator.
#[derive(Debug)]
pub(super) struct TraceCoins {
    direction: Direction,
}

pub(super) const FORWARD: TraceCoins = TraceCoins { direction: Direction::Forward };
pub(super) const BACK: TraceCoins = TraceCoins { direction: Direction::Back };

impl TraceCoins {
    fn is_forward(&self) -> bool {
        self.direction == Direction::Forward
    }
}

impl Operator for TraceCoins {
    fn name(&self) -> &'static str {
        if self.is_forward() { "trace_coins_forward" } else { "trace_coins_back" }
    }

    fn description(&self) -> &'static str {
        if self.is_forward() {
            "Follows coins through the transactions that spend them, output by output. One row is an output that was reached \
             (`status` *seed* or *moved*), or money that rests: *unspent*; *stopped_transaction* and *stopped* at a \
             transaction or account that is not passed; *max_hops*, *time*, *dust*, *fan* out of limits; *fee*; \
             *destroyed*; *mixed* with clean coins (dirty_first); *unresolved* where a transaction spends outputs that are \
             not in the lake; *cut* by the budget. \
             Methods: *fifo* and *lifo* take satoshis in the order of inputs and outputs, or against it; *haircut* gives \
             every output its share, by largest remainder; *tiho* the largest output first; *dirty_first* follows while \
             nothing clean is mixed in; *poison* taints whatever is touched, which is reach and no sum. For every method \
             but poison the seeds add up to what rests, to the satoshi. \
             The inputs are not read through: they are asked for the rows of the transactions that are reached. Where a \
             seed descends from another seed, what is tainted already keeps its first taint, and the seed's row says how \
             much was clean."
        } else {
            "Follows coins back through the transactions that made them: the same walk in the mirror. For fifo and lifo the \
             way back is the way there, satoshi for satoshi; *poison* is all ancestors. Coins rest where they were *mined*, \
             or *outside* what the lake holds, and at the limits of `trace_coins_forward`."
        }
    }

    fn example(&self) -> &'static str {
        if self.is_forward() {
            "SELECT * FROM trace_coins_forward(\n    (SELECT txo, tx_id, value, account, spendable FROM btc.outputs),\n    \
             inputs => (SELECT txi, tx_id, prev_txo, prev_value, prev_txid IS NULL AS coinbase FROM btc.inputs),\n    \
             spends => (SELECT prev_txo, txi FROM btc.spends),\n    seeds => ARRAY[730144440320], method => 'fifo')"
        } else {
            "SELECT * FROM trace_coins_back(\n    (SELECT txo, tx_id, value, account, spendable FROM btc.outputs),\n    \
             inputs => (SELECT txi, tx_id, prev_txo, prev_value, prev_txid IS NULL AS coinbase FROM btc.inputs),\n    \
             seeds => ARRAY[730144440320])"
        }
    }

    fn input(&self) -> &'static [RowColumn] {
        OUTPUTS
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, _amount: &DataType) -> Vec<Column> {
        let integer = |name, help| Column::new(name, DataType::Int64, help);
        let optional = |name, help| Column::nullable(name, DataType::Int64, help);
        vec![
            integer("step", "the place in the walk, from 1"),
            Column::new("status", DataType::Utf8, "seed, moved, or why it rests"),
            integer("hop", "the fewest transactions from a seed"),
            integer("source", "the seed whose taint it is"),
            optional("txo", "the output; NULL for a fee, and for what lies outside"),
            integer("tx_id", "the transaction that made it or, of a fee, paid it"),
            optional("via_tx_id", "the transaction by which it was reached: that made it; back: that spends it"),
            optional("next_tx_id", "the transaction that it goes on to: that spends it; back: that made it"),
            optional("account", "the account the output pays"),
            optional("value", "what the output is worth"),
            integer("traced", "how much of it is traced, in satoshi"),
            Column::nullable("share", DataType::Float64, "the same as a part of its value"),
            Column::new("truncated", DataType::Boolean, "whether the budget was spent before the end"),
        ]
    }

    fn check(&self, _arguments: &Arguments, has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        for needed in ["inputs", "spends", "seeds"] {
            if !has(needed) && (needed != "spends" || self.is_forward()) {
                return Err(format!("it needs {needed} => …"));
            }
        }
        Ok(())
    }

    fn looking(&self) -> Option<&dyn Looking> {
        Some(self)
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let Some(history) = job.found.and_then(|found| found.downcast_ref::<History>()) else {
            return internal_err!("{} was not given a history", self.name());
        };
        let arguments = job.arguments;
        let keys = |name: &str| job.relation(name).map(|relation| relation.keys.clone()).unwrap_or_default();
        let seeds = distinct(keys("seeds"));
        let missing = seeds.iter().find(|txo| !history.holds(**txo));
        if let Some(txo) = missing {
            return Err(DataFusionError::Execution(format!(
                "{}: there is no output {txo} among the outputs; a seed is a txo of the first argument",
                self.name()
            )));
        }
        let mut stop_transactions = keys("stop_transactions");
        stop_transactions.extend(history.ends.keys());
        let coins = Coins::build(history.columns.clone()).map_err(refused)?;
        let seeds = (0..).zip(&seeds).map(|(source, txo)| Seed { txo: *txo, amount: None, source });
        let at_height = |name: &str, next: i64| {
            let height = arguments.integer(name).and_then(|height| height.checked_add(next));
            height.and_then(|height| height.checked_mul(1 << HEIGHT_BITS))
        };
        let request = Request {
            direction: self.direction,
            method: method(arguments.word("method")),
            seeds: seeds.collect(),
            max_hops: arguments.count("max_hops").unwrap_or(u32::MAX),
            since: at_height("since_height", 0),
            until: at_height("until_height", 1),
            min_amount: i64::try_from(job.units.of_argument(arguments.amount("min_amount").unwrap_or(0)))
                .unwrap_or(i64::MAX),
            max_fan: arguments.count("max_fan").unwrap_or(u32::MAX),
            stop_transactions,
            stop_accounts: keys("stop"),
            fees: None,
            budget: u64::MAX,
        };
        let found = trace(&coins, &request, Guard::new(job.stop)).map_err(refused)?;
        emit(job, &Walked { coins: &coins, request: &request, found: &found, history })
    }
}

impl Looking for TraceCoins {
    fn look<'a>(
        &'a self,
        lookup: &'a Lookup,
        arguments: &'a Arguments,
        relations: &'a [Keys],
        memory: &'a MemoryReservation,
    ) -> BoxFuture<'a, QueryResult<Found>> {
        Box::pin(async move {
            let limits = Limits::of(arguments, relations);
            let history = Around::new(lookup, self.is_forward(), limits, memory).history().await?;
            Ok(Box::new(history) as Found)
        })
    }
}

fn distinct(mut keys: Vec<i64>) -> Vec<i64> {
    keys.sort_unstable();
    keys.dedup();
    keys
}

fn method(word: &str) -> Method {
    match word {
        "poison" => Method::Poison,
        "haircut" => Method::Haircut,
        "lifo" => Method::Lifo,
        "tiho" => Method::Tiho,
        "dirty_first" => Method::DirtyFirst,
        _ => Method::Fifo,
    }
}

/// What a trace came to, and what it is told from.
struct Walked<'a> {
    coins: &'a Coins,
    request: &'a Request,
    found: &'a Trace,
    history: &'a History,
}

/// A row of the answer.
struct Row {
    status: &'static str,
    hop: u32,
    source: u32,
    coin: Coin,
    traced: i64,
}

impl Walked<'_> {
    fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        let seeded = self.found.seeded.iter().map(|seeded| Row {
            status: "seed",
            hop: 0,
            source: seeded.source,
            coin: Coin::Output(seeded.output),
            traced: seeded.tainted,
        });
        let reached = self.found.reached.iter().filter(|reached| reached.hop > 0).map(|reached| Row {
            status: "moved",
            hop: reached.hop,
            source: reached.source,
            coin: Coin::Output(reached.output),
            traced: reached.tainted,
        });
        let resting = self.found.resting.iter().map(|resting| Row {
            status: self.status(resting.why, resting.coin),
            hop: resting.hop,
            source: resting.source,
            coin: resting.coin,
            traced: resting.tainted,
        });
        seeded.chain(reached).chain(resting)
    }

    fn status(&self, why: Why, coin: Coin) -> &'static str {
        match why {
            Why::Unspent => "unspent",
            Why::Mined => "mined",
            Why::Outside => "outside",
            Why::StoppedTransaction => {
                let next = self.next(coin).map(|transaction| self.coins.id(transaction));
                next.and_then(|id| self.history.ends.get(&id)).map_or("stopped_transaction", |end| end.status())
            }
            Why::StoppedAccount => "stopped",
            Why::OutOfHops => "max_hops",
            Why::OutOfTime => "time",
            Why::Dust => "dust",
            Why::FannedOut => "fan",
            Why::Mixed => "mixed",
            Why::Fee => "fee",
            Why::Destroyed => "destroyed",
            Why::Cut => "cut",
        }
    }

    /// The transaction that a coin goes on to.
    fn next(&self, coin: Coin) -> Option<u32> {
        match coin {
            Coin::Output(output) if self.request.direction == Direction::Forward => self.coins.spender(output),
            Coin::Output(output) => Some(self.coins.maker(output)),
            Coin::Outside(_) | Coin::Fee(_) | Coin::Subsidy(_) => None,
        }
    }

    /// The transaction by which a coin was reached. A seed was given.
    fn via(&self, row: &Row) -> Option<u32> {
        let forward = self.request.direction == Direction::Forward;
        match row.coin {
            _ if row.hop == 0 => None,
            Coin::Output(output) if forward => Some(self.coins.maker(output)),
            Coin::Output(output) => self.coins.spender(output),
            Coin::Outside(input) => Some(self.coins.owner(input)),
            Coin::Fee(transaction) | Coin::Subsidy(transaction) => Some(transaction),
        }
    }

    /// The transaction that a coin belongs to.
    fn own(&self, coin: Coin) -> i64 {
        match coin {
            Coin::Output(output) => self.coins.id(self.coins.maker(output)),
            Coin::Outside(input) => transaction_of(self.coins.prev_txo(input)),
            Coin::Fee(transaction) | Coin::Subsidy(transaction) => self.coins.id(transaction),
        }
    }
}

fn emit(job: &Job<'_>, walked: &Walked<'_>) -> QueryResult<()> {
    let rows: Vec<Row> = walked.rows().collect();
    let cut = walked.found.truncated || walked.history.is_cut();
    let seeds: Vec<i64> = walked.request.seeds.iter().map(|seed| seed.txo).collect();
    for (start, rows) in (0_i64..).step_by(BATCH).zip(rows.chunks(BATCH)) {
        let integers =
            |of: &dyn Fn(&Row) -> Option<i64>| -> ArrayRef { Arc::new(rows.iter().map(of).collect::<Int64Array>()) };
        let coins = walked.coins;
        let output = |row: &Row| match row.coin {
            Coin::Output(output) => Some(output),
            _ => None,
        };
        let value = |row: &Row| match row.coin {
            Coin::Output(output) => Some(coins.value(output)),
            Coin::Outside(input) => Some(coins.prev_value(input)),
            Coin::Fee(_) | Coin::Subsidy(_) => None,
        };
        let share = |row: &Row| value(row).filter(|value| *value > 0).map(|value| row.traced as f64 / value as f64);
        let txo = |row: &Row| match row.coin {
            Coin::Outside(input) => Some(coins.prev_txo(input)),
            _ => output(row).map(|output| coins.txo(output)),
        };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(start + 1..=start + rows.len() as i64)),
            Arc::new(rows.iter().map(|row| Some(row.status)).collect::<StringArray>()),
            integers(&|row| Some(i64::from(row.hop))),
            integers(&|row| seeds.get(row.source as usize).copied()),
            integers(&txo),
            integers(&|row| Some(walked.own(row.coin))),
            integers(&|row| walked.via(row).map(|transaction| coins.id(transaction))),
            integers(&|row| walked.next(row.coin).map(|transaction| coins.id(transaction))),
            integers(&|row| output(row).and_then(|output| coins.account(output))),
            integers(&value),
            integers(&|row| Some(row.traced)),
            Arc::new(rows.iter().map(share).collect::<Float64Array>()),
            Arc::new(BooleanArray::from(vec![cut; rows.len()])),
        ];
        (job.emit)(exec::batch(job.schema, columns)?)?;
    }
    Ok(())
}
