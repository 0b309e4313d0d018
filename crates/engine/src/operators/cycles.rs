//! `cycles`: money that comes back.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::cycles::{self as kernel, Limits};
use headwater_graph::{Guard, Instances};

use super::arguments::{Arguments, Kind, Parameter};
use super::instances::{ids, key_lists, keys_type, numbers};
use super::trace::times;
use super::{Column, Job, Operator, exec, parallel, refused};

/// Roots of one piece of work.
const PIECE: usize = 2048;
/// Rows of one batch.
const BATCH: usize = 8192;

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "window",
        kind: Kind::Interval,
        default: Some("30 days"),
        help: "the longest time from the first transfer to the last",
    },
    Parameter {
        name: "max_length",
        kind: Kind::Count,
        default: Some("6"),
        help: "the most transfers of one cycle, 2 or more",
    },
    Parameter {
        name: "ordered",
        kind: Kind::Flag,
        default: Some("true"),
        help: "each transfer comes after the one before; otherwise all lie in the window, in any order",
    },
    Parameter {
        name: "evenness",
        kind: Kind::Number,
        default: Some("0"),
        help: "the least that the smallest transfer of a cycle is of its largest; the search passes over what cannot reach it",
    },
    Parameter {
        name: "budget",
        kind: Kind::Count,
        default: Some("1000000"),
        help: "steps the search may take from one first transfer; where they do not suffice, its cycles are `truncated`",
    },
];

/// The operator.
#[derive(Debug)]
pub(super) struct Cycles;

impl Operator for Cycles {
    fn name(&self) -> &'static str {
        "cycles"
    }

    fn description(&self) -> &'static str {
        "Finds money that comes back: transfers in time order, each paid by who received the one before, the last to who \
         paid the first, no other account twice. \
         Booking dates do not always follow the money: with `ordered => false` the transfers only have to lie in the \
         window. \
         One row is one cycle, rooted at its earliest transfer. Laundering loops lose value and change currency, so amounts \
         are compared only where an `evenness` is asked for; otherwise `retention` and `evenness` rank and exclude \
         nothing. `truncated` marks every cycle of a root \
         whose search ran out of `budget`; a root that found none before that is a row without transfers."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM cycles(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
         WHERE value_eur IS NOT NULL),\n    window => INTERVAL '30 days', max_length => 6)"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        vec![
            Column::new("account", DataType::Int64, "who paid the first transfer and received the last"),
            Column::new("length", DataType::Int64, "transfers"),
            Column::new("accounts", keys_type(), "the accounts, in the order of the money"),
            Column::new("transfers", keys_type(), "the transfer_ids, in the order of the money"),
            Column::new("first_time", time(), "when the first moved"),
            Column::new("last_time", time(), "when the last moved"),
            Column::new("amount", amount.clone(), "the smallest transfer: no more can have come round"),
            Column::new("first_amount", amount.clone(), "the first transfer"),
            Column::new("last_amount", amount.clone(), "the last transfer"),
            Column::nullable("retention", DataType::Float64, "last / first; NULL for a first of 0"),
            Column::nullable("evenness", DataType::Float64, "smallest / largest; NULL when all are 0"),
            Column::new("truncated", DataType::Boolean, "whether the root has more cycles than were looked for"),
        ]
    }

    fn check(&self, arguments: &Arguments, _has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        match arguments.integer("max_length") {
            Some(length) if length < 2 => {
                return Err(format!("max_length => {length}: a cycle has two transfers at least"));
            }
            _ => {}
        }
        match arguments.number("evenness") {
            Some(evenness) if evenness > 1.0 => {
                Err(format!("evenness => {evenness}: the smallest transfer is at most the whole of the largest, 1"))
            }
            _ => Ok(()),
        }
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let graph = job.graph;
        let limits = Limits {
            window: job.arguments.integer("window").unwrap_or(0),
            max_length: job.arguments.count("max_length").unwrap_or(u32::MAX),
            ordered: job.arguments.flag("ordered"),
            evenness: job.arguments.number("evenness").unwrap_or(0.0),
            budget: job.arguments.integer("budget").unwrap_or(i64::MAX).cast_unsigned(),
        };
        let ranges = parallel::ranges(graph.edges(), PIECE, |_| 1);
        let state = || kernel::Cycles::new(graph, limits, Guard::new(job.stop));
        let work = |search: &mut kernel::Cycles<'_>, roots| {
            let (mut found, mut cut) = (Instances::default(), Vec::new());
            search.add(roots, &mut found, &mut cut).map_err(refused)?;
            let mut rows: Vec<(&[u32], bool)> =
                found.iter().map(|edges| (edges, cut.binary_search(&edges[0]).is_ok())).collect();
            let silent = cut.chunks(1).filter(|root| !found.iter().any(|edges| edges[0] == root[0]));
            rows.extend(silent.map(|root| (root, true)));
            rows.sort_by_key(|(edges, _)| edges[0]);
            rows.chunks(BATCH).map(|rows| exec::batch(job.schema, columns(job, rows)?)).collect::<QueryResult<Vec<_>>>()
        };
        parallel::in_order(&ranges, job.threads, state, work, |batches: Vec<_>| {
            batches.into_iter().try_for_each(|batch| (job.emit)(batch))
        })
    }
}

fn columns(job: &Job<'_>, rows: &[(&[u32], bool)]) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    // A root that found nothing stands as a list of itself; as a cycle it has no transfers.
    let cycle = |edges: &'_ [u32]| -> Vec<u32> { if edges.len() > 1 { edges.to_vec() } else { Vec::new() } };
    let first = |edges: &[u32]| graph.amount(edges[0]);
    let last = |edges: &[u32]| graph.amount(edges[edges.len() - 1]);
    let least = |edges: &[u32]| edges.iter().map(|edge| graph.amount(*edge)).min().unwrap_or(0);
    let most = |edges: &[u32]| edges.iter().map(|edge| graph.amount(*edge)).max().unwrap_or(0);
    let amounts =
        |of: &dyn Fn(&[u32]) -> i128| job.units.column(&rows.iter().map(|(edges, _)| of(edges)).collect::<Vec<_>>());
    let ratios = |above: &dyn Fn(&[u32]) -> i128, below: &dyn Fn(&[u32]) -> i128| -> ArrayRef {
        let ratio = |(edges, _): &(&[u32], bool)| (below(edges) > 0).then(|| above(edges) as f64 / below(edges) as f64);
        Arc::new(rows.iter().map(ratio).collect::<Float64Array>())
    };
    Ok(vec![
        numbers(rows.iter().map(|(edges, _)| graph.key(graph.src(edges[0])))),
        numbers(rows.iter().map(|(edges, _)| cycle(edges).len() as i64)),
        key_lists(
            rows.iter().map(|(edges, _)| cycle(edges).into_iter().map(|edge| graph.key(graph.src(edge))).collect()),
        ),
        key_lists(rows.iter().map(|(edges, _)| ids(graph, &cycle(edges)))),
        times(rows.iter().map(|(edges, _)| graph.time(edges[0]))),
        times(rows.iter().map(|(edges, _)| edges.iter().map(|edge| graph.time(*edge)).max().unwrap_or(0))),
        amounts(&least)?,
        amounts(&first)?,
        amounts(&last)?,
        ratios(&last, &first),
        ratios(&least, &most),
        Arc::new(rows.iter().map(|(_, truncated)| Some(*truncated)).collect::<BooleanArray>()),
    ])
}
