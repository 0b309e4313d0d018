//! `scatter_gather`: one source, several intermediaries, one sink.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::scatter_gather::{self as kernel, Limits};
use headwater_graph::{Guard, Instances};

use super::arguments::{Kind, Parameter};
use super::instances::{ids, key_lists, keys, keys_type, numbers};
use super::trace::times;
use super::{Column, Job, Operator, exec, parallel, refused};

/// Transfers of the sources of one piece of work.
const PIECE: usize = 1024;

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "mids", kind: Kind::Count, default: Some("3"), help: "the fewest intermediaries" },
    Parameter {
        name: "window",
        kind: Kind::Interval,
        default: Some("14 days"),
        help: "the longest time from the first transfer to the last",
    },
    Parameter {
        name: "conserve",
        kind: Kind::Number,
        default: Some("0"),
        help: "the least an intermediary passes on, as a share of what it received",
    },
    Parameter {
        name: "at_most",
        kind: Kind::Number,
        default: Some("1.25"),
        help: "the most an intermediary passes on, as a share of what it received",
    },
    Parameter {
        name: "strict",
        kind: Kind::Flag,
        default: Some("false"),
        help: "every payment of the source precedes every receipt of the sink; otherwise the order holds for each intermediary",
    },
    Parameter {
        name: "budget",
        kind: Kind::Count,
        default: Some("10000000"),
        help: "pairs of transfers that may be looked at for one source; where they do not suffice, it is `truncated`",
    },
];

/// The operator.
#[derive(Debug)]
pub(super) struct ScatterGather;

impl Operator for ScatterGather {
    fn name(&self) -> &'static str {
        "scatter_gather"
    }

    fn description(&self) -> &'static str {
        "Finds one source that pays several intermediaries, all of which then pay one sink. \
         One row is a source, a sink and a window with its intermediaries, each with the payment it received and the one \
         it made; windows whose intermediaries another window of the same two has too are left out. Of an intermediary \
         with several such payments the first to reach the sink counts."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM scatter_gather(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
         WHERE value_eur IS NOT NULL),\n    mids => 3, window => INTERVAL '14 days', conserve => 0.8)"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        vec![
            Column::new("source", DataType::Int64, "who pays the intermediaries"),
            Column::new("sink", DataType::Int64, "whom they pay"),
            Column::new("mids", DataType::Int64, "how many they are"),
            Column::new("accounts", keys_type(), "the intermediaries"),
            Column::new("transfers", keys_type(), "the transfer_ids, in order"),
            Column::new("first_time", time(), "when the first moved"),
            Column::new("last_time", time(), "when the last moved"),
            Column::new("amount", amount.clone(), "what the sink received"),
            Column::new("scattered", amount.clone(), "what the source paid"),
            Column::new("truncated", DataType::Boolean, "whether the source has more than was looked at"),
        ]
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let (graph, arguments) = (job.graph, job.arguments);
        let limits = Limits {
            least: arguments.count("mids").unwrap_or(1).max(1),
            window: arguments.integer("window").unwrap_or(0),
            conserve: arguments.number("conserve").unwrap_or(0.0),
            at_most: arguments.number("at_most").unwrap_or(f64::INFINITY),
            strict: arguments.flag("strict"),
            budget: arguments.integer("budget").unwrap_or(i64::MAX).cast_unsigned(),
        };
        let ranges = parallel::ranges(graph.nodes(), PIECE, |node| graph.outgoing(node).len());
        let state = || kernel::ScatterGather::new(graph, limits, Guard::new(job.stop));
        let work = |search: &mut kernel::ScatterGather<'_>, sources| {
            let (mut found, mut cut) = (Instances::default(), Vec::new());
            search.add(sources, &mut found, &mut cut).map_err(refused)?;
            exec::batch(job.schema, columns(job, &found, &cut)?)
        };
        parallel::in_order(&ranges, job.threads, state, work, |batch| (job.emit)(batch))
    }
}

fn columns(job: &Job<'_>, found: &Instances, cut: &[u32]) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    // The first transfer is a scatter, the last a gather.
    let source = |edges: &[u32]| graph.src(edges[0]);
    let sink = |edges: &[u32]| graph.dst(edges[edges.len() - 1]);
    let sum = |edges: &[u32], from_source: bool| -> i128 {
        let side = edges.iter().filter(|edge| (graph.src(**edge) == source(edges)) == from_source);
        side.map(|edge| graph.amount(*edge)).sum()
    };
    let sums = |from_source| job.units.column(&found.iter().map(|edges| sum(edges, from_source)).collect::<Vec<_>>());
    let middles = |edges: &[u32]| {
        let scattered = edges.iter().filter(|edge| graph.src(**edge) == source(edges));
        keys(graph, scattered.map(|edge| graph.dst(*edge)).collect::<Vec<_>>().into_iter())
    };
    Ok(vec![
        numbers(found.iter().map(|edges| graph.key(source(edges)))),
        numbers(found.iter().map(|edges| graph.key(sink(edges)))),
        numbers(found.iter().map(|edges| edges.len() as i64 / 2)),
        key_lists(found.iter().map(middles)),
        key_lists(found.iter().map(|edges| ids(graph, edges))),
        times(found.iter().map(|edges| graph.time(edges[0]))),
        times(found.iter().map(|edges| graph.time(edges[edges.len() - 1]))),
        sums(false)?,
        sums(true)?,
        Arc::new(found.iter().map(|edges| Some(cut.binary_search(&source(edges)).is_ok())).collect::<BooleanArray>()),
    ])
}
