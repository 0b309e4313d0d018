//! `max_flow`: the most that can have moved from some accounts to others.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::exec_err;
use datafusion::error::Result as QueryResult;
use headwater_graph::max_flow::{Flow, max_flow};
use headwater_graph::{Graph, Guard};

use super::arguments::{Arguments, Kind, Parameter};
use super::{Column, Job, Operator, exec, refused};

/// Rows of one batch.
const BATCH: usize = 8192;

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "sources", kind: Kind::Keys, default: None, help: "accounts the money comes from" },
    Parameter { name: "targets", kind: Kind::Keys, default: None, help: "accounts it goes to, none of them a source" },
    Parameter {
        name: "budget",
        kind: Kind::Count,
        default: Some("100000000"),
        help: "times a transfer may be looked at; where they do not suffice, the flow is `truncated`",
    },
];

/// The operator.
#[derive(Debug)]
pub(super) struct MaxFlow;

impl Operator for MaxFlow {
    fn name(&self) -> &'static str {
        "max_flow"
    }

    fn description(&self) -> &'static str {
        "Computes the most value that can have moved from some accounts to others in time order, over all ways at once. \
         No transfer carries more than its amount, and no account has at any moment sent on more than it received; in \
         the end it has sent on all of it. Accounts may hold value for any time, so there is no `max_delay`: what lies in \
         an account has no age until a tracing rule gives it one, and this is the bound that holds under every such rule. \
         Transfers into a source or out of a target are not used. \
         One row is a transfer that carries some of the flow, in time order; `flow`, the total, is the same in every row. \
         The total is exact, to the last unit; which transfers carry it is one choice of several, the same for the same \
         transfers. Where nothing can flow there are no rows. When the search runs out of `budget`, the flow found so far \
         is a lower bound and `truncated` is true; one that found nothing until then is a row without a transfer."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM max_flow(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
         WHERE value_eur IS NOT NULL),\n    sources => ARRAY[account('bank', 'EE273300333505610002')], \
         targets => (SELECT account FROM suspects))"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        vec![
            Column::nullable(
                "transfer_id",
                DataType::Int64,
                "the transfer; NULL, as its columns, where none was found",
            ),
            Column::nullable("src", DataType::Int64, "who paid"),
            Column::nullable("dst", DataType::Int64, "who received"),
            Column::nullable("time", time, "when"),
            Column::nullable("amount", amount.clone(), "what the transfer moved"),
            Column::nullable("carried", amount.clone(), "how much of it belongs to the flow"),
            Column::new("flow", amount.clone(), "the whole flow, from all sources to all targets"),
            Column::new("truncated", DataType::Boolean, "whether more may flow than was found"),
        ]
    }

    fn check(&self, _arguments: &Arguments, has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        if !has("sources") {
            return Err("no account to come from: give sources => ARRAY[account(…)]".to_owned());
        }
        if !has("targets") {
            return Err("no account to go to: give targets => ARRAY[account(…)]".to_owned());
        }
        Ok(())
    }

    /// The network of the transfers that lie on some way.
    fn scratch(&self, graph: &Graph) -> usize {
        graph.edges() as usize * 48 + graph.nodes() as usize * 8
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let (sources, targets) = (job.nodes("sources"), job.nodes("targets"));
        if let Some(both) = sources.iter().find(|node| targets.binary_search(node).is_ok()) {
            let key = job.graph.key(*both);
            return exec_err!("account {key} is among the sources and the targets; leave it out of one of them");
        }
        let budget = job.arguments.integer("budget").unwrap_or(i64::MAX).cast_unsigned();
        let flow = max_flow(job.graph, &sources, &targets, budget, Guard::new(job.stop)).map_err(refused)?;
        if flow.carried.is_empty() && flow.truncated {
            return (job.emit)(exec::batch(job.schema, columns(job, &flow, &[None])?)?);
        }
        let rows: Vec<_> = flow.carried.iter().copied().map(Some).collect();
        rows.chunks(BATCH).try_for_each(|rows| (job.emit)(exec::batch(job.schema, columns(job, &flow, rows)?)?))
    }
}

/// Transfers as rows, each with what it carries; a row may have none.
fn columns(job: &Job<'_>, flow: &Flow, rows: &[Option<(u32, i128)>]) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    let edges = || rows.iter().map(|row| row.map(|(edge, _)| edge));
    let numbers =
        |of: &dyn Fn(u32) -> i64| -> ArrayRef { Arc::new(edges().map(|edge| edge.map(of)).collect::<Int64Array>()) };
    let times = edges().map(|edge| edge.map(|edge| graph.time(edge))).collect::<TimestampMicrosecondArray>();
    Ok(vec![
        numbers(&|edge| graph.id(edge)),
        numbers(&|edge| graph.key(graph.src(edge))),
        numbers(&|edge| graph.key(graph.dst(edge))),
        Arc::new(times.with_timezone("UTC")),
        job.units.optional(edges().map(|edge| edge.map(|edge| graph.amount(edge))))?,
        job.units.optional(rows.iter().map(|row| row.map(|(_, carried)| carried)))?,
        job.units.column(&vec![flow.value; rows.len()])?,
        Arc::new(rows.iter().map(|_| Some(flow.truncated)).collect::<BooleanArray>()),
    ])
}
