//! `rolling`: what an account did in the window before each of its transfers.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, IntervalMonthDayNanoArray, StringArray,
};
use datafusion::arrow::datatypes::{DataType, IntervalMonthDayNano, IntervalUnit, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::Guard;
use headwater_graph::rolling::{self as kernel, RollingRows, SideColumns, Ties, Wanted};

use super::arguments::{Kind, Parameter};
use super::trace::times;
use super::{Column, Job, Operator, exec, parallel, refused};

/// Transfers of one piece of work.
const PIECE: usize = 4096;

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "window",
        kind: Kind::Intervals,
        default: Some("30 days"),
        help: "how far back to look; several at once give several rows a transfer",
    },
    Parameter {
        name: "ties",
        kind: Kind::Word(&["order", "peers"]),
        default: Some("order"),
        help: "whether a transfer sees those of its own instant that precede it in order, or all of them as a RANGE frame does",
    },
    Parameter {
        name: "spread",
        kind: Kind::Flag,
        default: Some("false"),
        help: "also the smallest and largest amount, the mean and the variance; they are NULL otherwise",
    },
];

/// The operator.
#[derive(Debug)]
pub(super) struct Rolling;

impl Operator for Rolling {
    fn name(&self) -> &'static str {
        "rolling"
    }

    fn description(&self) -> &'static str {
        "Says what each account did in the window before each of its transfers, the transfer itself included. \
         One row is a transfer, one of its two accounts, and a window: what the account received and what it paid in \
         it (count, sum, distinct counterparties), the first transfer of this pair of accounts, and the account's \
         transfer before. A self-loop is a payment and a receipt. Windows are closed at both ends."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM rolling(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
         WHERE value_eur IS NOT NULL),\n    window => INTERVAL '7 days')"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        let mut columns = vec![
            Column::new("account", DataType::Int64, "whose window it is"),
            Column::new("transfer_id", DataType::Int64, "the transfer"),
            Column::new("time", time(), "when it moved"),
            Column::new("side", DataType::Utf8, "paid or received: what the account did in this transfer"),
            Column::new("counterparty", DataType::Int64, "the other account"),
            Column::new("amount", amount.clone(), "what the transfer moved"),
            Column::new("span", DataType::Interval(IntervalUnit::MonthDayNano), "the window"),
            Column::new("pair_first", time(), "the first transfer between the two in this direction"),
            Column::new("pair_is_new", DataType::Boolean, "whether that is this one"),
            Column::nullable("previous", time(), "the account's transfer before this one, either way"),
        ];
        let sides: [[&str; 7]; 2] = [
            ["in_count", "in_sum", "in_counterparties", "in_min", "in_max", "in_mean", "in_variance"],
            ["out_count", "out_sum", "out_counterparties", "out_min", "out_max", "out_mean", "out_variance"],
        ];
        for [count, sum, counterparties, least, most, mean, variance] in sides {
            columns.extend([
                Column::new(count, DataType::Int64, "transfers on that side"),
                Column::new(sum, amount.clone(), "their sum"),
                Column::new(counterparties, DataType::Int64, "distinct accounts at their other end"),
                Column::nullable(
                    least,
                    amount.clone(),
                    "the smallest; NULL without spread => true or without transfers",
                ),
                Column::nullable(most, amount.clone(), "the largest"),
                Column::nullable(mean, DataType::Float64, "the mean"),
                Column::nullable(variance, DataType::Float64, "the variance, over all of them"),
            ]);
        }
        columns
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let graph = job.graph;
        let windows = job.arguments.integers("window");
        let ties = if job.arguments.word("ties") == "peers" { Ties::Peers } else { Ties::Order };
        let spread = job.arguments.flag("spread");
        let wanted = Wanted { counterparties: true, extremes: spread, variance: spread };
        let degree = |node| graph.outgoing(node).len() + graph.incoming(node).len();
        let ranges = parallel::ranges(graph.nodes(), PIECE, degree);
        let state = || kernel::Rolling::new(graph, &windows, ties, wanted, Guard::new(job.stop));
        let work = |rolling: &mut kernel::Rolling<'_>, nodes| {
            let mut rows = RollingRows::default();
            rolling.add(nodes, &mut rows).map_err(refused)?;
            exec::batch(job.schema, columns(job, &rows, &windows, wanted)?)
        };
        parallel::in_order(&ranges, job.threads, state, work, |batch| (job.emit)(batch))
    }
}

fn columns(job: &Job<'_>, rows: &RollingRows, windows: &[i64], wanted: Wanted) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    let numbers = |values: &mut dyn Iterator<Item = i64>| -> ArrayRef { Arc::new(values.collect::<Int64Array>()) };
    let other = |(edge, received): (&u32, &bool)| if *received { graph.src(*edge) } else { graph.dst(*edge) };
    let spans = rows.window.iter().map(|window| Some(interval(windows[*window as usize])));
    let before = rows.previous.iter().map(|edge| edge.map(|edge| graph.time(edge)));
    let before: datafusion::arrow::array::TimestampMicrosecondArray = before.collect();
    let amounts: Vec<i128> = rows.edge.iter().map(|edge| graph.amount(*edge)).collect();
    let mut columns: Vec<ArrayRef> = vec![
        numbers(&mut rows.node.iter().map(|node| graph.key(*node))),
        numbers(&mut rows.edge.iter().map(|edge| graph.id(*edge))),
        times(rows.edge.iter().map(|edge| graph.time(*edge))),
        Arc::new(StringArray::from_iter_values(
            rows.received.iter().map(|received| if *received { "received" } else { "paid" }),
        )),
        numbers(&mut rows.edge.iter().zip(&rows.received).map(|row| graph.key(other(row)))),
        job.units.column(&amounts)?,
        Arc::new(spans.collect::<IntervalMonthDayNanoArray>()),
        times(rows.pair_first.iter().map(|edge| graph.time(*edge))),
        Arc::new(
            rows.pair_first.iter().zip(&rows.edge).map(|(first, edge)| Some(first == edge)).collect::<BooleanArray>(),
        ),
        Arc::new(before.with_timezone("UTC")),
    ];
    for side in [&rows.incoming, &rows.outgoing] {
        add_side(job, side, wanted, &mut columns)?;
    }
    Ok(columns)
}

fn add_side(job: &Job<'_>, side: &SideColumns, wanted: Wanted, columns: &mut Vec<ArrayRef>) -> QueryResult<()> {
    let counts = |values: &[u32]| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(values.iter().map(|count| i64::from(*count))))
    };
    columns.push(counts(&side.count));
    columns.push(job.units.column(&side.sum)?);
    columns.push(counts(&side.counterparties));
    let rows = side.count.len();
    if !wanted.extremes {
        columns.extend([job.units.optional((0..rows).map(|_| None))?, job.units.optional((0..rows).map(|_| None))?]);
        columns.extend([Arc::new(Float64Array::new_null(rows)) as ArrayRef, Arc::new(Float64Array::new_null(rows))]);
        return Ok(());
    }
    let some = |values: &[i128]| {
        let values = side.count.iter().zip(values).map(|(count, value)| (*count > 0).then_some(*value));
        job.units.optional(values)
    };
    columns.extend([some(&side.least)?, some(&side.most)?]);
    let unit = job.units.as_float();
    let means = side.count.iter().zip(&side.sum);
    let means = means.map(|(count, sum)| (*count > 0).then(|| *sum as f64 / f64::from(*count) * unit));
    let variances = side.count.iter().zip(&side.variance);
    let variances = variances.map(|(count, variance)| (*count > 0).then_some(variance * unit * unit));
    columns
        .extend([Arc::new(means.collect::<Float64Array>()) as ArrayRef, Arc::new(variances.collect::<Float64Array>())]);
    Ok(())
}

/// A length of time in days, hours and less.
pub(super) fn interval(micros: i64) -> IntervalMonthDayNano {
    const DAY: i64 = 86_400_000_000;
    let days = i32::try_from(micros / DAY).unwrap_or(i32::MAX);
    IntervalMonthDayNano::new(0, days, (micros - i64::from(days) * DAY).saturating_mul(1_000))
}
