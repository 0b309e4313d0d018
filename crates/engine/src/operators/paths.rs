//! `paths`: how money came from some accounts to others.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::paths::{Limits, Order, paths};
use headwater_graph::{Graph, Guard};

use super::arguments::{Arguments, Kind, Parameter};
use super::instances::{ids, key_lists, keys_type};
use super::{Column, Job, Operator, exec, refused};

/// Rows of one batch.
const BATCH: usize = 8192;

const ORDERS: &[&str] = &["earliest", "widest", "fewest"];

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "sources", kind: Kind::Keys, default: None, help: "accounts a path may begin at" },
    Parameter { name: "targets", kind: Kind::Keys, default: None, help: "accounts a path may end at" },
    Parameter {
        name: "best",
        kind: Kind::Word(ORDERS),
        default: Some("earliest"),
        help: "which paths come first: that arrive earliest, whose smallest transfer is largest, or with the fewest \
               transfers; then the other two, in this sequence, then the transfers from the first on",
    },
    Parameter {
        name: "k",
        kind: Kind::Count,
        default: Some("10"),
        help: "how many paths are wanted, of all there are",
    },
    Parameter { name: "max_hops", kind: Kind::Count, default: Some("6"), help: "the most transfers of one path" },
    Parameter {
        name: "max_delay",
        kind: Kind::Interval,
        default: None,
        help: "the longest time between a transfer and the next",
    },
    Parameter {
        name: "budget",
        kind: Kind::Count,
        default: Some("10000000"),
        help: "transfers the search may look at; where they do not suffice, the answer is `truncated`",
    },
];

/// The operator.
#[derive(Debug)]
pub(super) struct Paths;

impl Operator for Paths {
    fn name(&self) -> &'static str {
        "paths"
    }

    fn description(&self) -> &'static str {
        "Finds the best paths from any of some accounts to any of others: transfers in time order, each paid by who \
         received the one before, no account twice. \
         A path leaves one source and ends at the first target: neither lies inside it. An account that is both may begin \
         a path or end one. Amounts are not compared from hop to hop; `amount`, the smallest, is the most that can have \
         come all the way. Transfers of one time are ordered by `position`, then `transfer_id`; arrival means that order, \
         so that no two paths share a rank. When the search runs out of `budget` the paths it found are still the best \
         ones and `truncated` says that more may follow; a search that found none is then a row without a path."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM paths(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
         WHERE value_eur IS NOT NULL),\n    sources => ARRAY[account('bank', 'EE273300333505610002')], \
         targets => (SELECT account FROM suspects), best => 'widest', max_delay => INTERVAL '30 days')"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        vec![
            Column::nullable(
                "rank",
                DataType::Int64,
                "1 for the best; NULL, as all but lists, in a row without a path",
            ),
            Column::nullable("src", DataType::Int64, "the source"),
            Column::nullable("dst", DataType::Int64, "the target"),
            Column::nullable("hops", DataType::Int64, "transfers"),
            Column::new("accounts", keys_type(), "the accounts, in the order of the money"),
            Column::new("transfers", keys_type(), "the transfer_ids, in order"),
            Column::nullable("first_time", time(), "when the first moved"),
            Column::nullable("last_time", time(), "when the last moved"),
            Column::nullable("amount", amount.clone(), "the smallest transfer: no more can have come all the way"),
            Column::nullable("first_amount", amount.clone(), "the first transfer"),
            Column::nullable("last_amount", amount.clone(), "the last transfer"),
            Column::new("truncated", DataType::Boolean, "whether there may be paths after the last rank given here"),
        ]
    }

    fn check(&self, arguments: &Arguments, has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        if !has("sources") {
            return Err("no account to begin at: give sources => ARRAY[account(…)]".to_owned());
        }
        if !has("targets") {
            return Err("no account to end at: give targets => ARRAY[account(…)]".to_owned());
        }
        if arguments.integer("k") == Some(0) {
            return Err("k => 0 asks for no path; 1 is the best alone".to_owned());
        }
        match arguments.integer("max_hops") {
            Some(0) => Err("max_hops => 0: a path has one transfer at least".to_owned()),
            _ => Ok(()),
        }
    }

    /// Up to eleven labels for each transfer that lies on some way.
    fn scratch(&self, graph: &Graph) -> usize {
        graph.edges() as usize * 75 + graph.nodes() as usize * 9
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let arguments = job.arguments;
        let limits = Limits {
            order: match arguments.word("best") {
                "widest" => Order::Widest,
                "fewest" => Order::Fewest,
                _ => Order::Earliest,
            },
            k: arguments.count("k").unwrap_or(u32::MAX) as usize,
            max_hops: arguments.count("max_hops").unwrap_or(u32::MAX),
            max_delay: arguments.integer("max_delay"),
            budget: arguments.integer("budget").unwrap_or(i64::MAX).cast_unsigned(),
        };
        let (sources, targets) = (job.nodes("sources"), job.nodes("targets"));
        let answer = paths(job.graph, &sources, &targets, limits, Guard::new(job.stop)).map_err(refused)?;
        let mut rows: Vec<&[u32]> = answer.found.iter().collect();
        if rows.is_empty() && answer.truncated {
            rows.push(&[]);
        }
        for (part, rows) in rows.chunks(BATCH).enumerate() {
            (job.emit)(exec::batch(job.schema, columns(job, part * BATCH, rows, answer.truncated)?)?)?;
        }
        Ok(())
    }
}

/// Paths as rows, the first of them ranked after `before` others. A row without a path has no edges.
fn columns(job: &Job<'_>, before: usize, rows: &[&[u32]], truncated: bool) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    let numbers = |of: &dyn Fn(usize, u32, u32) -> i64| -> ArrayRef {
        let ends = |edges: &[u32]| Some((*edges.first()?, *edges.last()?));
        let number = |(row, edges): (usize, &&[u32])| ends(edges).map(|(first, last)| of(row, first, last));
        Arc::new(rows.iter().enumerate().map(number).collect::<Int64Array>())
    };
    let times = |of: fn(&[u32]) -> Option<&u32>| -> ArrayRef {
        let time = |edges: &&[u32]| of(edges).map(|edge| graph.time(*edge));
        Arc::new(rows.iter().map(time).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    let amounts = |of: fn(&[u32]) -> Option<&u32>| {
        job.units.optional(rows.iter().map(|edges| of(edges).map(|edge| graph.amount(*edge))))
    };
    let accounts = |edges: &&[u32]| {
        let start = edges.first().map(|edge| graph.key(graph.src(*edge)));
        start.into_iter().chain(edges.iter().map(|edge| graph.key(graph.dst(*edge)))).collect()
    };
    let least = |edges: &&[u32]| edges.iter().map(|edge| graph.amount(*edge)).min();
    Ok(vec![
        numbers(&|row, _, _| (before + row) as i64 + 1),
        numbers(&|_, first, _| graph.key(graph.src(first))),
        numbers(&|_, _, last| graph.key(graph.dst(last))),
        numbers(&|row, _, _| rows[row].len() as i64),
        key_lists(rows.iter().map(accounts)),
        key_lists(rows.iter().map(|edges| ids(graph, edges))),
        times(<[u32]>::first),
        times(<[u32]>::last),
        job.units.optional(rows.iter().map(least))?,
        amounts(<[u32]>::first)?,
        amounts(<[u32]>::last)?,
        Arc::new(rows.iter().map(|_| Some(truncated)).collect::<BooleanArray>()),
    ])
}
