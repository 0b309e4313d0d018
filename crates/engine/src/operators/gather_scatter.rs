//! `gather_scatter`: many pay one hub, and the hub pays many others.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::gather_scatter::{self as kernel, Limits};
use headwater_graph::{Graph, Guard, Instances};

use super::arguments::{Arguments, Kind, Parameter};
use super::instances::{ids, key_lists, keys, keys_type, numbers};
use super::trace::times;
use super::{Column, Job, Operator, exec, parallel, refused};

/// Transfers of the hubs of one piece of work.
const PIECE: usize = 2048;

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "senders", kind: Kind::Count, default: Some("3"), help: "the fewest distinct senders" },
    Parameter { name: "receivers", kind: Kind::Count, default: Some("3"), help: "the fewest distinct receivers" },
    Parameter {
        name: "window",
        kind: Kind::Interval,
        default: Some("4 days"),
        help: "the longest time from the first transfer to the last",
    },
    Parameter {
        name: "strict",
        kind: Kind::Flag,
        default: Some("false"),
        help: "the last receipt precedes the first payment; otherwise every payment is covered by what was received before it",
    },
    Parameter {
        name: "budget",
        kind: Kind::Count,
        default: Some("10000000"),
        help: "transfers that may be looked at for one hub, each once for every window it is in; where they do not suffice, \
               it is `truncated`",
    },
];

/// The operator.
#[derive(Debug)]
pub(super) struct GatherScatter;

impl Operator for GatherScatter {
    fn name(&self) -> &'static str {
        "gather_scatter"
    }

    fn description(&self) -> &'static str {
        "Finds one hub that many accounts pay and that pays many others. \
         One row is a hub and a window that begins with a receipt. Accounts on both sides of the window are left out, with \
         their transfers. By default the window ends before the first payment that exceeds what was received in it less \
         what was sent; with `strict` it is receipts up to some moment and payments from then on. Of windows that overlap \
         the one with most counterparties is the row, the earliest of equals, so rows of a hub do not overlap. \
         `truncated` marks every row of a hub whose `budget` ran out; a hub of which none was found before that is a row \
         without transfers."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM gather_scatter(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
         WHERE value_eur IS NOT NULL),\n    senders => 5, receivers => 5, window => INTERVAL '4 days')"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        vec![
            Column::new("account", DataType::Int64, "the hub"),
            Column::new("senders", DataType::Int64, "how many pay it"),
            Column::new("receivers", DataType::Int64, "how many it pays"),
            Column::new("sender_accounts", keys_type(), "who pays it"),
            Column::new("receiver_accounts", keys_type(), "whom it pays"),
            Column::new("transfers", keys_type(), "the transfer_ids, in order"),
            Column::new("first_time", time(), "when the first moved"),
            Column::new("last_time", time(), "when the last moved"),
            Column::new("amount_in", amount.clone(), "what the hub received"),
            Column::new("amount", amount.clone(), "what the hub sent"),
            Column::new("truncated", DataType::Boolean, "whether the hub has more than was looked at"),
        ]
    }

    fn check(&self, arguments: &Arguments, _has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        let none = |name: &str| arguments.integer(name) == Some(0);
        if none("senders") {
            return Err("senders => 0: a hub that nobody pays is a fan-out; use fan_out".to_owned());
        }
        if none("receivers") {
            return Err("receivers => 0: a hub that pays nobody is a fan-in; use fan_in".to_owned());
        }
        Ok(())
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let (graph, arguments) = (job.graph, job.arguments);
        let limits = Limits {
            senders: arguments.count("senders").unwrap_or(1).max(1),
            receivers: arguments.count("receivers").unwrap_or(1).max(1),
            window: arguments.integer("window").unwrap_or(0),
            strict: arguments.flag("strict"),
            budget: arguments.integer("budget").unwrap_or(i64::MAX).cast_unsigned(),
        };
        let ranges =
            parallel::ranges(graph.nodes(), PIECE, |node| graph.incoming(node).len() + graph.outgoing(node).len());
        let state = || kernel::GatherScatter::new(graph, limits, Guard::new(job.stop));
        let work = |search: &mut kernel::GatherScatter<'_>, hubs| {
            let (mut found, mut cut) = (Instances::default(), Vec::new());
            search.add(hubs, &mut found, &mut cut).map_err(refused)?;
            let hub = |edges: &[u32]| graph.dst(edges[0]);
            let mut rows: Vec<(&[u32], bool)> =
                found.iter().map(|edges| (edges, cut.binary_search(&hub(edges)).is_ok())).collect();
            // A hub that found nothing before it was cut stands as its first receipt.
            let silent = cut.iter().filter(|cut| found.iter().all(|edges| hub(edges) != **cut));
            rows.extend(silent.filter_map(|cut| Some((graph.incoming(*cut).get(..1)?, true))));
            rows.sort_by_key(|(edges, _)| (hub(edges), edges[0]));
            exec::batch(job.schema, columns(job, &rows)?)
        };
        parallel::in_order(&ranges, job.threads, state, work, |batch| (job.emit)(batch))
    }
}

fn columns(job: &Job<'_>, rows: &[(&[u32], bool)]) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    // The first transfer is a receipt; an instance has a payment too.
    let hub = |edges: &[u32]| graph.dst(edges[0]);
    let kept = |edges: &'_ [u32]| -> Vec<u32> { if edges.len() > 1 { edges.to_vec() } else { Vec::new() } };
    let side = |edges: &[u32], end: fn(&Graph, u32) -> u32| -> Vec<u32> {
        let hub = hub(edges);
        kept(edges).into_iter().filter(|edge| end(graph, *edge) == hub).collect()
    };
    let senders = |edges: &[u32]| keys(graph, side(edges, Graph::dst).into_iter().map(|edge| graph.src(edge)));
    let receivers = |edges: &[u32]| keys(graph, side(edges, Graph::src).into_iter().map(|edge| graph.dst(edge)));
    let sum = |edges: &[u32], end: fn(&Graph, u32) -> u32| -> i128 {
        side(edges, end).into_iter().map(|edge| graph.amount(edge)).sum()
    };
    let sums = |end| job.units.column(&rows.iter().map(|(edges, _)| sum(edges, end)).collect::<Vec<_>>());
    Ok(vec![
        numbers(rows.iter().map(|(edges, _)| graph.key(hub(edges)))),
        numbers(rows.iter().map(|(edges, _)| senders(edges).len() as i64)),
        numbers(rows.iter().map(|(edges, _)| receivers(edges).len() as i64)),
        key_lists(rows.iter().map(|(edges, _)| senders(edges))),
        key_lists(rows.iter().map(|(edges, _)| receivers(edges))),
        key_lists(rows.iter().map(|(edges, _)| ids(graph, &kept(edges)))),
        times(rows.iter().map(|(edges, _)| graph.time(edges[0]))),
        times(rows.iter().map(|(edges, _)| graph.time(edges[edges.len() - 1]))),
        sums(Graph::dst)?,
        sums(Graph::src)?,
        Arc::new(rows.iter().map(|(_, truncated)| Some(*truncated)).collect::<BooleanArray>()),
    ])
}
