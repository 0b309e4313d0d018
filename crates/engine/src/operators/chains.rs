//! `chains`: money handed on and on.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array, IntervalMonthDayNanoArray};
use datafusion::arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::chains::{self as kernel, Bounds, Found, Limits};
use headwater_graph::{Graph, Guard};

use super::arguments::{Arguments, Kind, Parameter};
use super::instances::{ids, key_lists, keys_type, numbers};
use super::rolling::interval;
use super::trace::times;
use super::{Column, Job, Operator, exec, parallel, refused};

/// Roots of one piece of work; one that may have chains counts as many, because it may have a great many.
const PIECE: usize = 2048;
const ROOT: usize = 128;
/// Rows of one batch.
const BATCH: usize = 8192;

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "least",
        kind: Kind::Count,
        default: Some("4"),
        help: "the fewest transfers of a chain, 2 or more",
    },
    Parameter {
        name: "gap",
        kind: Kind::Interval,
        default: Some("72 hours"),
        help: "the longest time from one transfer to the next",
    },
    Parameter {
        name: "retention",
        kind: Kind::Number,
        default: Some("0"),
        help: "the least a transfer hands on, as a share of the one before",
    },
    Parameter {
        name: "at_most",
        kind: Kind::Number,
        default: None,
        help: "the most a transfer hands on, as a share of the one before",
    },
    Parameter {
        name: "max_hops",
        kind: Kind::Count,
        default: Some("12"),
        help: "a chain is followed for so many transfers; one that is longer `goes_on`",
    },
    Parameter {
        name: "budget",
        kind: Kind::Count,
        default: Some("1000000"),
        help: "steps the search may take from one first transfer, each a transfer looked at or one of a chain found; where \
               they do not suffice, its chains are `truncated`",
    },
];

/// The operator.
#[derive(Debug)]
pub(super) struct Chains;

impl Operator for Chains {
    fn name(&self) -> &'static str {
        "chains"
    }

    fn description(&self) -> &'static str {
        "Finds money that is handed on and on: transfers in time order, each paid by who received the one before within the \
         gap, no account twice. \
         One row is one maximal chain: no transfer can be put before its first or after its last under the same rules. A \
         transfer back to an account of the chain does not prolong it. Amounts select only with `retention` and `at_most`, \
         which are closed bounds on each transfer divided by the one before; after a transfer of 0 `retention` is met, and \
         `at_most` by 0 alone. Chains multiply where accounts are busy: ratios, a shorter gap and a narrower input keep them \
         few. `truncated` marks every chain of a first transfer whose search ran out of `budget`; one that found none before \
         that is a row without transfers."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM chains(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
         WHERE value_eur IS NOT NULL),\n    least => 4, gap => INTERVAL '72 hours', retention => 0.85, at_most => 1.1)"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        vec![
            Column::new("src", DataType::Int64, "the origin: who paid the first transfer"),
            Column::new("dst", DataType::Int64, "who received the last"),
            Column::new("hops", DataType::Int64, "transfers"),
            Column::new("accounts", keys_type(), "the accounts, in the order of the money: one more than transfers"),
            Column::new("transfers", keys_type(), "the transfer_ids, in order"),
            Column::new("first_time", time(), "when the first moved"),
            Column::new("last_time", time(), "when the last moved"),
            Column::new("amount", amount.clone(), "the last transfer: what arrived"),
            Column::new("first_amount", amount.clone(), "the first transfer"),
            Column::nullable("retention", DataType::Float64, "last / first; NULL for a first of 0"),
            Column::nullable(
                "weakest",
                DataType::Float64,
                "the smallest share of the one before that a transfer hands on; those after a transfer of 0 have none",
            ),
            Column::nullable(
                "max_dwell",
                DataType::Interval(IntervalUnit::MonthDayNano),
                "the longest time from one transfer to the next",
            ),
            Column::new("goes_on", DataType::Boolean, "whether more transfers follow after `max_hops`"),
            Column::new(
                "truncated",
                DataType::Boolean,
                "whether its first transfer has more chains than were looked for",
            ),
        ]
    }

    fn check(&self, arguments: &Arguments, _has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        let (least, most) =
            (arguments.integer("least").unwrap_or(2), arguments.integer("max_hops").unwrap_or(i64::MAX));
        if least < 2 {
            return Err(format!("least => {least}: a chain has two transfers at least; write 2 or more"));
        }
        if most < least {
            return Err(format!("max_hops => {most} ends every chain before least => {least}; write {least} or more"));
        }
        match (arguments.number("retention"), arguments.number("at_most")) {
            (Some(retention), Some(at_most)) if retention > at_most => {
                Err(format!("no share is both retention => {retention} or more and at_most => {at_most} or less"))
            }
            _ => Ok(()),
        }
    }

    /// The bounds, which all share, and what one root has reached.
    fn scratch(&self, graph: &Graph) -> usize {
        graph.edges() as usize * 8 + graph.nodes() as usize
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let (graph, arguments) = (job.graph, job.arguments);
        let limits = Limits {
            least: arguments.count("least").unwrap_or(2),
            max_hops: arguments.count("max_hops").unwrap_or(u32::MAX),
            gap: arguments.integer("gap").unwrap_or(0),
            retention: arguments.number("retention").unwrap_or(0.0),
            at_most: arguments.number("at_most").unwrap_or(f64::INFINITY),
            budget: arguments.integer("budget").unwrap_or(i64::MAX).cast_unsigned(),
        };
        let bounds = Bounds::of(graph, limits, Guard::new(job.stop)).map_err(refused)?;
        let may_begin = |root| bounds.longest(root) >= limits.least;
        let ranges = parallel::ranges(graph.edges(), PIECE, |root| if may_begin(root) { ROOT } else { 1 });
        let state = || kernel::Chains::new(graph, limits, &bounds, Guard::new(job.stop));
        let work = |search: &mut kernel::Chains<'_>, roots| {
            let (mut found, mut cut) = (Found::default(), Vec::new());
            search.add(roots, &mut found, &mut cut).map_err(refused)?;
            Ok((found, cut))
        };
        // What waits for its turn waits as edge numbers, a tenth of what its rows take.
        parallel::in_order(&ranges, job.threads, state, work, |(found, cut): (Found, Vec<u32>)| {
            rows(&found, &cut)
                .chunks(BATCH)
                .try_for_each(|rows| (job.emit)(exec::batch(job.schema, columns(job, rows)?)?))
        })
    }
}

/// The chains by their first transfer, and the first transfers that were cut before they found one.
fn rows<'a>(found: &'a Found, cut: &'a [u32]) -> Vec<Row<'a>> {
    let is_cut = |root: u32| cut.binary_search(&root).is_ok();
    let chains = found.chains.iter().zip(&found.goes_on);
    let mut rows: Vec<Row<'_>> =
        chains.map(|(edges, goes_on)| Row { edges, goes_on: *goes_on, truncated: is_cut(edges[0]) }).collect();
    let told = |root: u32| rows.binary_search_by_key(&root, |row| row.edges[0]).is_ok();
    let silent: Vec<&[u32]> = cut.chunks(1).filter(|root| !told(root[0])).collect();
    rows.extend(silent.into_iter().map(|edges| Row { edges, goes_on: false, truncated: true }));
    rows.sort_by_key(|row| row.edges[0]);
    rows
}

/// A chain, or the first transfer of those that were not found: alone, where a chain has two at least.
#[derive(Debug, Clone, Copy)]
struct Row<'a> {
    edges: &'a [u32],
    goes_on: bool,
    truncated: bool,
}

impl<'a> Row<'a> {
    fn chain(&self) -> &'a [u32] {
        if self.edges.len() > 1 { self.edges } else { &[] }
    }

    fn first(&self) -> u32 {
        self.edges[0]
    }

    fn last(&self) -> u32 {
        self.edges[self.edges.len() - 1]
    }

    fn accounts(&self, graph: &Graph) -> Vec<i64> {
        let origin = self.chain().first().map(|edge| graph.key(graph.src(*edge)));
        origin.into_iter().chain(self.chain().iter().map(|edge| graph.key(graph.dst(*edge)))).collect()
    }

    fn retention(&self, graph: &Graph) -> Option<f64> {
        (self.edges.len() > 1).then(|| share(graph, self.first(), self.last())).flatten()
    }

    fn weakest(&self, graph: &Graph) -> Option<f64> {
        self.edges.windows(2).filter_map(|pair| share(graph, pair[0], pair[1])).reduce(f64::min)
    }

    fn max_dwell(&self, graph: &Graph) -> Option<i64> {
        self.edges.windows(2).map(|pair| graph.time(pair[1]) - graph.time(pair[0])).max()
    }
}

/// One amount divided by another.
fn share(graph: &Graph, before: u32, after: u32) -> Option<f64> {
    let (before, after) = (graph.amount(before), graph.amount(after));
    (before > 0).then(|| after as f64 / before as f64)
}

fn columns(job: &Job<'_>, rows: &[Row<'_>]) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    let amounts = |edges: &mut dyn Iterator<Item = u32>| {
        job.units.column(&edges.map(|edge| graph.amount(edge)).collect::<Vec<_>>())
    };
    let flags = |of: fn(&Row<'_>) -> bool| -> ArrayRef {
        Arc::new(rows.iter().map(|row| Some(of(row))).collect::<BooleanArray>())
    };
    Ok(vec![
        numbers(rows.iter().map(|row| graph.key(graph.src(row.first())))),
        numbers(rows.iter().map(|row| graph.key(graph.dst(row.last())))),
        numbers(rows.iter().map(|row| row.chain().len() as i64)),
        key_lists(rows.iter().map(|row| row.accounts(graph))),
        key_lists(rows.iter().map(|row| ids(graph, row.chain()))),
        times(rows.iter().map(|row| graph.time(row.first()))),
        times(rows.iter().map(|row| graph.time(row.last()))),
        amounts(&mut rows.iter().map(Row::last))?,
        amounts(&mut rows.iter().map(Row::first))?,
        Arc::new(rows.iter().map(|row| row.retention(graph)).collect::<Float64Array>()),
        Arc::new(rows.iter().map(|row| row.weakest(graph)).collect::<Float64Array>()),
        Arc::new(rows.iter().map(|row| row.max_dwell(graph).map(interval)).collect::<IntervalMonthDayNanoArray>()),
        flags(|row| row.goes_on),
        flags(|row| row.truncated),
    ])
}
