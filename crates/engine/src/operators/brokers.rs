//! `brokers`: who stands between the others.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::error::Result as QueryResult;
use headwater_graph::brokers::{Broker, Request, brokers};
use headwater_graph::{Graph, Guard};

use super::arguments::{Arguments, Kind, Parameter};
use super::instances::numbers;
use super::{Column, Job, Operator, exec, refused};

/// Rows of one batch.
const BATCH: usize = 8192;

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "exact_up_to",
        kind: Kind::Count,
        default: Some("2000"),
        help: "so many accounts and fewer are computed exactly, more are estimated from `samples`",
    },
    Parameter {
        name: "samples",
        kind: Kind::Count,
        default: Some("1000"),
        help: "accounts drawn as the beginning of ways, 2 or more",
    },
    Parameter { name: "seed", kind: Kind::Count, default: Some("0"), help: "another seed draws other accounts" },
    Parameter {
        name: "max_hops",
        kind: Kind::Count,
        default: None,
        help: "the longest way that counts, in transfers, 2 or more",
    },
];

/// The operator.
#[derive(Debug)]
pub(super) struct Brokers;

impl Operator for Brokers {
    fn name(&self) -> &'static str {
        "brokers"
    }

    fn description(&self) -> &'static str {
        "Ranks accounts by how many of the others' shortest ways lead over them: betweenness centrality. \
         One row is an account that stands between any two others, the one with the largest share first. A way follows who \
         paid whom, however often, however much and whenever; where several are shortest, each counts in part. \
         `betweenness` is the share of all ordered pairs of other accounts. Above `exact_up_to` accounts it is \
         estimated from ways that begin at `samples` accounts, which depend on the accounts and the `seed` alone, \
         and `standard_error` says how far off that may be: it is a property of the whole draw, so an account that no drawn \
         way led over is missing rather than surely no broker."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM brokers(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
         WHERE value_eur IS NOT NULL),\n    samples => 1000, max_hops => 6)"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, _amount: &DataType) -> Vec<Column> {
        vec![
            Column::new("account", DataType::Int64, "the account"),
            Column::new(
                "betweenness",
                DataType::Float64,
                "the share of ordered pairs of other accounts whose shortest way leads over it",
            ),
            Column::new("standard_error", DataType::Float64, "of the estimate; 0 when it is exact"),
            Column::new("payers", DataType::Int64, "distinct other accounts that paid it"),
            Column::new("payees", DataType::Int64, "distinct other accounts it paid"),
            Column::new("sampled", DataType::Boolean, "whether it is estimated"),
        ]
    }

    fn check(&self, arguments: &Arguments, _has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        match (arguments.integer("samples"), arguments.integer("max_hops")) {
            (Some(samples), _) if samples < 2 => {
                Err(format!("samples => {samples}: no error can be told from fewer than two; write 2 or more"))
            }
            (_, Some(hops)) if hops < 2 => {
                Err(format!("max_hops => {hops}: a way over somebody has two transfers at least; write 2 or more"))
            }
            _ => Ok(()),
        }
    }

    /// Neighbours without repetition, and the state of one search.
    fn scratch(&self, graph: &Graph) -> usize {
        graph.edges() as usize * 12 + graph.nodes() as usize * 40
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let arguments = job.arguments;
        let request = Request {
            exact_up_to: arguments.count("exact_up_to").unwrap_or(0),
            samples: arguments.count("samples").unwrap_or(u32::MAX),
            seed: arguments.integer("seed").unwrap_or(0).cast_unsigned(),
            max_hops: arguments.count("max_hops").unwrap_or(u32::MAX),
        };
        let all = brokers(job.graph, request, Guard::new(job.stop)).map_err(refused)?;
        all.brokers
            .chunks(BATCH)
            .try_for_each(|rows| (job.emit)(exec::batch(job.schema, columns(job, rows, all.sampled))?))
    }
}

fn columns(job: &Job<'_>, rows: &[Broker], sampled: bool) -> Vec<ArrayRef> {
    let floats = |of: fn(&Broker) -> f64| -> ArrayRef { Arc::new(Float64Array::from_iter_values(rows.iter().map(of))) };
    vec![
        numbers(rows.iter().map(|row| job.graph.key(row.node))),
        floats(|row| row.betweenness),
        floats(|row| row.standard_error),
        numbers(rows.iter().map(|row| i64::from(row.payers))),
        numbers(rows.iter().map(|row| i64::from(row.payees))),
        Arc::new(BooleanArray::from(vec![sampled; rows.len()])),
    ]
}
