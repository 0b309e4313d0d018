//! `scatter_gather`: one source, several intermediaries, one sink.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::scatter_gather::{self as kernel, Limits};
use headwater_graph::{Guard, Instances};

use super::arguments::{Kind, Parameter};
use super::instances::{ids, key_lists, keys, keys_type, numbers};
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
            Column::nullable(
                "sink",
                DataType::Int64,
                "whom they pay; NULL in the row of a source whose budget found nothing",
            ),
            Column::new("mids", DataType::Int64, "how many they are"),
            Column::new("accounts", keys_type(), "the intermediaries"),
            Column::new("transfers", keys_type(), "the transfer_ids, in order"),
            Column::nullable("first_time", time(), "when the first moved"),
            Column::nullable("last_time", time(), "when the last moved"),
            Column::nullable("amount", amount.clone(), "what the sink received"),
            Column::nullable("scattered", amount.clone(), "what the source paid"),
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
            let mut rows: Vec<Row<'_>> = found
                .iter()
                .map(|edges| (graph.src(edges[0]), edges, cut.binary_search(&graph.src(edges[0])).is_ok()))
                .collect();
            let silent = cut.iter().filter(|cut| rows.binary_search_by_key(cut, |row| &row.0).is_err());
            rows.extend(silent.map(|cut| (*cut, &[][..], true)).collect::<Vec<_>>());
            // Stable: the instances of a source stay in their order.
            rows.sort_by_key(|row| row.0);
            exec::batch(job.schema, columns(job, &rows)?)
        };
        parallel::in_order(&ranges, job.threads, state, work, |batch| (job.emit)(batch))
    }
}

/// A source, the transfers of an instance in order (none for a source whose budget found nothing), and whether it was cut.
type Row<'a> = (u32, &'a [u32], bool);

fn columns(job: &Job<'_>, rows: &[Row<'_>]) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    let sum = |(source, edges, _): &Row<'_>, from_source: bool| -> Option<i128> {
        let side = edges.iter().filter(|edge| (graph.src(**edge) == *source) == from_source);
        (!edges.is_empty()).then(|| side.map(|edge| graph.amount(*edge)).sum())
    };
    let sums = |from_source| job.units.optional(rows.iter().map(|row| sum(row, from_source)));
    let middles = |(source, edges, _): &Row<'_>| {
        let scattered = edges.iter().filter(|edge| graph.src(**edge) == *source);
        keys(graph, scattered.map(|edge| graph.dst(*edge)).collect::<Vec<_>>().into_iter())
    };
    let times = |of: fn(&[u32]) -> Option<&u32>| -> ArrayRef {
        let time = |(_, edges, _): &Row<'_>| of(edges).map(|edge| graph.time(*edge));
        Arc::new(rows.iter().map(time).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    // The first transfer is a scatter, the last a gather.
    let sinks = rows.iter().map(|(_, edges, _)| edges.last().map(|edge| graph.key(graph.dst(*edge))));
    Ok(vec![
        numbers(rows.iter().map(|(source, ..)| graph.key(*source))),
        Arc::new(sinks.collect::<Int64Array>()),
        numbers(rows.iter().map(|(_, edges, _)| edges.len() as i64 / 2)),
        key_lists(rows.iter().map(middles)),
        key_lists(rows.iter().map(|(_, edges, _)| ids(graph, edges))),
        times(<[u32]>::first),
        times(<[u32]>::last),
        sums(false)?,
        sums(true)?,
        Arc::new(rows.iter().map(|(.., truncated)| Some(*truncated)).collect::<BooleanArray>()),
    ])
}
