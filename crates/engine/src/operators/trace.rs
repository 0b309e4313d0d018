//! `trace_forward`, `trace_back`: where the money went, or came from.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int32Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::trace::{Direction, Method, Reached, Request, Resting, Why, trace};
use headwater_graph::{Graph, Guard};

use super::arguments::{Arguments, Kind, Parameter};
use super::{Column, Job, Operator, exec, refused};

/// Rows of one batch.
const BATCH: usize = 8192;

const METHODS: &[&str] = &["fifo", "lifo", "haircut", "tiho", "poison"];

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "seeds",
        kind: Kind::Keys,
        default: None,
        help: "accounts; forward every payment of theirs is traced, back every receipt",
    },
    Parameter { name: "transfers", kind: Kind::Keys, default: None, help: "transfer_ids to trace" },
    Parameter {
        name: "method",
        kind: Kind::Word(METHODS),
        default: Some("fifo"),
        help: "how money that met other money is told apart",
    },
    Parameter {
        name: "max_hops",
        kind: Kind::Count,
        default: Some("6"),
        help: "money that has made this many transfers is not followed further",
    },
    Parameter { name: "since", kind: Kind::Time, default: None, help: "transfers before it are not followed" },
    Parameter { name: "until", kind: Kind::Time, default: None, help: "transfers after it are not followed" },
    Parameter {
        name: "max_delay",
        kind: Kind::Interval,
        default: None,
        help: "money that lay in an account for longer is not followed",
    },
    Parameter {
        name: "min_amount",
        kind: Kind::Amount,
        default: Some("0"),
        help: "a transfer that takes less traced money along is not followed",
    },
    Parameter {
        name: "stop",
        kind: Kind::Keys,
        default: None,
        help: "accounts that are reached and not followed: services, where the money of many people mixes",
    },
    Parameter {
        name: "opening",
        kind: Kind::Balances,
        default: None,
        help: "balances before the first transfer, 0 for accounts it leaves out; without it, the least that keeps each \
               account from going negative",
    },
];

pub(super) const FORWARD: Trace = Trace {
    name: "trace_forward",
    direction: Direction::Forward,
    description: "Follows money from seeds: which transfers took it along, how much of it, and where it rests. \
                  One row is a transfer that took traced money along (`status` moved), or an account where some of it \
                  rests: held, at a `stop`, after `max_hops`, after `max_delay`, or because a transfer took less than \
                  `min_amount` (dust). For every method but poison what the seeds put in equals what rests, to the last \
                  unit. First in first out (`fifo`), last in first out (`lifo`), in proportion (`haircut`), to the \
                  largest payments first (`tiho`), or wholly (`poison`: reach, never a sum). Transfers of one time are \
                  walked by `position`, then `transfer_id`.",
    example: "SELECT * FROM trace_forward(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
              WHERE value_eur IS NOT NULL),\n    seeds => ARRAY[account('bank', 'EE273300333505610002')], \
              method => 'haircut', max_hops => 3)",
};

pub(super) const BACK: Trace = Trace {
    name: "trace_back",
    direction: Direction::Back,
    description: "Follows money back from seeds: which transfers brought it, how much of it, and where the way ends. \
                  The mirror of `trace_forward`: time runs backwards, payer and payee change places. For `fifo` and \
                  `lifo` the way back is the way there, unit for unit; `haircut` agrees up to rounding; `tiho` takes from \
                  the largest receipts first. `account` is where the money was before the transfer.",
    example: "SELECT * FROM trace_back(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
              WHERE value_eur IS NOT NULL),\n    transfers => ARRAY[4711], max_delay => INTERVAL '30 days')",
};

/// One of the two.
#[derive(Debug)]
pub(super) struct Trace {
    name: &'static str,
    direction: Direction,
    description: &'static str,
    example: &'static str,
}

impl Operator for Trace {
    fn name(&self) -> &'static str {
        self.name
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn example(&self) -> &'static str {
        self.example
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        vec![
            Column::new(
                "step",
                DataType::Int64,
                "the row's place: transfers as they were walked, then where money rests",
            ),
            Column::new("status", DataType::Utf8, "moved, or why it rests: held, stopped, max_hops, max_delay, dust"),
            Column::new("hop", DataType::Int32, "transfers from the nearest seed to here"),
            Column::new("transfer_id", DataType::Int64, "the transfer; of a rest, the last one that brought any of it"),
            Column::new("time", time, "when that was"),
            Column::nullable("src", DataType::Int64, "who paid; NULL in a rest"),
            Column::nullable("dst", DataType::Int64, "who received; NULL in a rest"),
            Column::new("account", DataType::Int64, "where the money is after this row"),
            Column::nullable("amount", amount.clone(), "what the transfer moved; NULL in a rest"),
            Column::new("traced", amount.clone(), "how much of it is traced money"),
            Column::nullable("share", DataType::Float64, "traced / amount; of a rest, its part of all that was seeded"),
        ]
    }

    fn check(&self, arguments: &Arguments, has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        if !has("seeds") && !has("transfers") {
            return Err(
                "nothing to follow: give seeds => ARRAY[account(…)] or transfers => ARRAY[transfer_id]".to_owned()
            );
        }
        match arguments.integer("max_hops") {
            Some(0) => Err("max_hops => 0 follows nothing; 1 is the seeds' own transfers".to_owned()),
            _ => Ok(()),
        }
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let (graph, arguments) = (job.graph, job.arguments);
        let opening = job.relation("opening").map(|balances| {
            let known = balances.balances(job.units).filter_map(|(key, amount)| Some((graph.node(key)?, amount)));
            known.collect::<BTreeMap<_, _>>()
        });
        let request = Request {
            direction: self.direction,
            method: method(arguments.word("method")),
            accounts: job.nodes("seeds"),
            transfers: edges(graph, job.relation("transfers").map(|ids| ids.keys.as_slice()).unwrap_or_default()),
            max_hops: arguments.count("max_hops").unwrap_or(u32::MAX),
            since: arguments.integer("since"),
            until: arguments.integer("until"),
            max_delay: arguments.integer("max_delay"),
            min_amount: job.units.of_argument(arguments.amount("min_amount").unwrap_or(0)),
            stop: job.nodes("stop"),
            opening,
        };
        let answer = trace(graph, &request, Guard::new(job.stop)).map_err(refused)?;
        for (part, reached) in answer.reached.chunks(BATCH).enumerate() {
            (job.emit)(exec::batch(job.schema, self.moved(job, part * BATCH, reached)?)?)?;
        }
        let first = answer.reached.len();
        for (part, resting) in answer.resting.chunks(BATCH).enumerate() {
            (job.emit)(exec::batch(job.schema, rests(job, first + part * BATCH, resting, answer.seeded)?)?)?;
        }
        Ok(())
    }
}

impl Trace {
    fn moved(&self, job: &Job<'_>, first: usize, rows: &[Reached]) -> QueryResult<Vec<ArrayRef>> {
        let graph = job.graph;
        let keys = |end: fn(&Graph, u32) -> u32| -> ArrayRef {
            Arc::new(rows.iter().map(|row| Some(graph.key(end(graph, row.edge)))).collect::<Int64Array>())
        };
        let amounts: Vec<i128> = rows.iter().map(|row| graph.amount(row.edge)).collect();
        let traced: Vec<i128> = rows.iter().map(|row| row.tainted).collect();
        let shares = traced.iter().zip(&amounts).map(|(traced, amount)| Some(*traced as f64 / *amount as f64));
        let reached: fn(&Graph, u32) -> u32 = match self.direction {
            Direction::Forward => Graph::dst,
            Direction::Back => Graph::src,
        };
        Ok(vec![
            steps(first, rows.len()),
            Arc::new(StringArray::from_iter_values(rows.iter().map(|_| "moved"))),
            Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.hop.cast_signed()))),
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| graph.id(row.edge)))),
            times(rows.iter().map(|row| graph.time(row.edge))),
            keys(Graph::src),
            keys(Graph::dst),
            keys(reached),
            job.units.column(&amounts)?,
            job.units.column(&traced)?,
            Arc::new(shares.collect::<Float64Array>()),
        ])
    }
}

fn rests(job: &Job<'_>, first: usize, rows: &[Resting], seeded: i128) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    let nothing: ArrayRef = Arc::new(Int64Array::new_null(rows.len()));
    let traced: Vec<i128> = rows.iter().map(|row| row.tainted).collect();
    // Poison sums to no whole, so its rests are no part of one.
    let whole = method(job.arguments.word("method")) != Method::Poison && seeded > 0;
    let shares = traced.iter().map(|traced| whole.then(|| *traced as f64 / seeded as f64));
    Ok(vec![
        steps(first, rows.len()),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| word(row.why)))),
        Arc::new(Int32Array::from_iter_values(rows.iter().map(|row| row.hop.cast_signed()))),
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| graph.id(row.last)))),
        times(rows.iter().map(|row| graph.time(row.last))),
        Arc::clone(&nothing),
        nothing,
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| graph.key(row.node)))),
        job.units.optional(rows.iter().map(|_| None))?,
        job.units.column(&traced)?,
        Arc::new(shares.collect::<Float64Array>()),
    ])
}

fn steps(first: usize, rows: usize) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values((first..first + rows).map(|step| step as i64 + 1)))
}

pub(super) fn times(times: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"))
}

fn method(word: &str) -> Method {
    match word {
        "lifo" => Method::Lifo,
        "haircut" => Method::Haircut,
        "tiho" => Method::Tiho,
        "poison" => Method::Poison,
        _ => Method::Fifo,
    }
}

fn word(why: Why) -> &'static str {
    match why {
        Why::Held => "held",
        Why::Stopped => "stopped",
        Why::MaxHops => "max_hops",
        Why::MaxDelay => "max_delay",
        Why::Dust => "dust",
    }
}

/// The edges of transfer ids. Ids that are not in the graph have nothing to follow.
fn edges(graph: &Graph, ids: &[i64]) -> Vec<u32> {
    let wanted: std::collections::BTreeSet<i64> = ids.iter().copied().collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    (0..graph.edges()).filter(|edge| wanted.contains(&graph.id(*edge))).collect()
}
