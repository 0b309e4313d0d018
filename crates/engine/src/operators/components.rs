//! `components`: who hangs together.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, TimestampMicrosecondArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::Guard;
use headwater_graph::components::{Component, components};

use super::arguments::{Kind, Parameter};
use super::instances::numbers;
use super::{Column, Job, Operator, exec, refused};

/// Rows of one batch.
const BATCH: usize = 8192;

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "stop",
        kind: Kind::Keys,
        default: None,
        help: "accounts that unite nobody and are in no component: services, whom people pay who have nothing else in \
               common",
    },
    Parameter { name: "min_amount", kind: Kind::Amount, default: Some("0"), help: "a transfer of less does not unite" },
];

/// The operator.
#[derive(Debug)]
pub(super) struct Components;

impl Operator for Components {
    fn name(&self) -> &'static str {
        "components"
    }

    fn description(&self) -> &'static str {
        "Says which accounts hang together: who is joined by transfers, whichever way, over whichever accounts. \
         One row is an account with its component, which is named by its smallest account; counts and amounts are those \
         of the component. An account that no transfer joins to another is a component of its own. The transfers of \
         a component are all those between two different members, also those below `min_amount`, which only do \
         not unite; a self-loop is not counted."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM components(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
         WHERE value_eur IS NOT NULL),\n    min_amount => 1000, stop => ARRAY[account('bank', 'EE273300333505610002')])"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        vec![
            Column::new("account", DataType::Int64, "the account"),
            Column::new("component", DataType::Int64, "the smallest account of its component"),
            Column::new("accounts", DataType::Int64, "how many accounts the component has"),
            Column::new("transfers", DataType::Int64, "how many transfers lie between them"),
            Column::new("amount", amount.clone(), "the sum of those transfers"),
            Column::nullable("first_time", time(), "when the first of them moved; NULL where there is none"),
            Column::nullable("last_time", time(), "when the last of them moved; NULL where there is none"),
        ]
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let least = job.units.of_argument(job.arguments.amount("min_amount").unwrap_or(0));
        let all = components(job.graph, &job.nodes("stop"), least, Guard::new(job.stop)).map_err(refused)?;
        let mut rows = Vec::with_capacity(BATCH);
        for component in &all.components {
            for node in &all.members[component.start as usize..component.end as usize] {
                rows.push((*node, component));
                if rows.len() == BATCH {
                    (job.emit)(exec::batch(job.schema, columns(job, &rows)?)?)?;
                    rows.clear();
                }
            }
        }
        (job.emit)(exec::batch(job.schema, columns(job, &rows)?)?)
    }
}

fn columns(job: &Job<'_>, rows: &[(u32, &Component)]) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    let amounts: Vec<i128> = rows.iter().map(|(_, component)| component.amount).collect();
    let times = |of: fn((u32, u32)) -> u32| -> ArrayRef {
        let times = rows.iter().map(|(_, component)| component.edges.map(|edges| graph.time(of(edges))));
        Arc::new(times.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
    };
    Ok(vec![
        numbers(rows.iter().map(|(node, _)| graph.key(*node))),
        numbers(rows.iter().map(|(_, component)| graph.key(component.smallest))),
        numbers(rows.iter().map(|(_, component)| i64::from(component.end - component.start))),
        numbers(rows.iter().map(|(_, component)| i64::from(component.transfers))),
        job.units.column(&amounts)?,
        times(|(first, _)| first),
        times(|(_, last)| last),
    ])
}
