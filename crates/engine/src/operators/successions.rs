//! `successions`: money in, then money out, at one account within a time.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, IntervalMonthDayNanoArray};
use datafusion::arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::Guard;
use headwater_graph::successions::{Match, Pairs, matched};

use super::arguments::{Kind, Parameter};
use super::rolling::interval;
use super::trace::times;
use super::{Column, Job, Operator, exec, parallel, refused};

/// Pairs of one batch, and transfers of one piece of work.
const BATCH: usize = 8192;
const PIECE: usize = 4096;

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "within",
        kind: Kind::Interval,
        default: Some("1 day"),
        help: "the longest time from the receipt to the payment",
    },
    Parameter {
        name: "matched",
        kind: Kind::Flag,
        default: Some("false"),
        help: "pairs receipts and payments first in, first out, so that each unit is used once; otherwise every pair",
    },
];

/// The operator.
#[derive(Debug)]
pub(super) struct Successions;

impl Operator for Successions {
    fn name(&self) -> &'static str {
        "successions"
    }

    fn description(&self) -> &'static str {
        "Pairs each receipt of an account with the payments that follow it within a time. \
         Every such pair is a row, or with `matched => true` only those a first-in-first-out use of the money makes, \
         with the amount used by both. A self-loop is neither. \"Follows\" is the order of time, `position`, \
         `transfer_id`."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM successions(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
         WHERE value_eur IS NOT NULL),\n    within => INTERVAL '2 days', matched => true)"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        vec![
            Column::new("account", DataType::Int64, "who received, then paid"),
            Column::new("received_id", DataType::Int64, "the receipt"),
            Column::new("paid_id", DataType::Int64, "the payment"),
            Column::new("src", DataType::Int64, "who paid the receipt"),
            Column::new("dst", DataType::Int64, "who was paid"),
            Column::new("received_time", time(), "when the receipt came"),
            Column::new("paid_time", time(), "when the payment left"),
            Column::new("dwell", DataType::Interval(IntervalUnit::MonthDayNano), "the time between them"),
            Column::new("received_amount", amount.clone(), "the receipt's amount"),
            Column::new("paid_amount", amount.clone(), "the payment's amount"),
            Column::nullable("matched_amount", amount.clone(), "what is used by both; NULL without matched => true"),
            Column::nullable("ratio", DataType::Float64, "payment / receipt; NULL for a receipt of 0"),
        ]
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let graph = job.graph;
        let within = job.arguments.integer("within").unwrap_or(0);
        let degree = |node| graph.outgoing(node).len() + graph.incoming(node).len();
        let ranges = parallel::ranges(graph.nodes(), PIECE, degree);
        let emit = |batches: Vec<_>| batches.into_iter().try_for_each(|batch| (job.emit)(batch));
        if job.arguments.flag("matched") {
            let work = |_: &mut (), nodes| {
                let mut rows = Vec::new();
                matched(graph, within, nodes, &mut rows, Guard::new(job.stop)).map_err(refused)?;
                let pairs = rows.chunks(BATCH).map(|rows| {
                    let pairs: Vec<(u32, u32)> = rows.iter().map(|row| (row.received, row.paid)).collect();
                    exec::batch(job.schema, columns(job, &pairs, Some(rows))?)
                });
                pairs.collect::<QueryResult<Vec<_>>>()
            };
            return parallel::in_order(&ranges, job.threads, || (), work, emit);
        }
        // There may be far more pairs than transfers, so a piece hands them on as they come, a batch at a time.
        let mut pairs = Vec::with_capacity(BATCH);
        for nodes in ranges {
            let mut source = Pairs::new(graph, within, nodes, Guard::new(job.stop));
            loop {
                let more = source.add(BATCH - pairs.len(), &mut pairs).map_err(refused)?;
                if pairs.len() == BATCH {
                    (job.emit)(exec::batch(job.schema, columns(job, &pairs, None)?)?)?;
                    pairs.clear();
                }
                if !more {
                    break;
                }
            }
        }
        (job.emit)(exec::batch(job.schema, columns(job, &pairs, None)?)?)
    }
}

fn columns(job: &Job<'_>, pairs: &[(u32, u32)], matches: Option<&[Match]>) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    let numbers = |of: &dyn Fn(u32, u32) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(pairs.iter().map(|(received, paid)| of(*received, *paid))))
    };
    let amounts = |of: &dyn Fn(u32, u32) -> u32| -> Vec<i128> {
        pairs.iter().map(|(received, paid)| graph.amount(of(*received, *paid))).collect()
    };
    let (received, paid) = (amounts(&|received, _| received), amounts(&|_, paid| paid));
    let dwells = pairs.iter().map(|(received, paid)| Some(interval(graph.time(*paid) - graph.time(*received))));
    let ratios = received.iter().zip(&paid);
    let ratios = ratios.map(|(received, paid)| (*received > 0).then(|| *paid as f64 / *received as f64));
    let used = match matches {
        Some(matches) => job.units.optional(matches.iter().map(|one| Some(one.amount)))?,
        None => job.units.optional(pairs.iter().map(|_| None))?,
    };
    Ok(vec![
        numbers(&|received, _| graph.key(graph.dst(received))),
        numbers(&|received, _| graph.id(received)),
        numbers(&|_, paid| graph.id(paid)),
        numbers(&|received, _| graph.key(graph.src(received))),
        numbers(&|_, paid| graph.key(graph.dst(paid))),
        times(pairs.iter().map(|(received, _)| graph.time(*received))),
        times(pairs.iter().map(|(_, paid)| graph.time(*paid))),
        Arc::new(dwells.collect::<IntervalMonthDayNanoArray>()),
        job.units.column(&received)?,
        job.units.column(&paid)?,
        used,
        Arc::new(ratios.collect::<Float64Array>()),
    ])
}
