//! `stack`: layers of accounts, each of which pays the next.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::stack::{Limits, Search, Stacks};
use headwater_graph::{Graph, Guard};

use super::arguments::{Arguments, Kind, Parameter};
use super::bipartite::{blocks, check_share};
use super::instances::{ids, key_lists, keys_type, numbers};
use super::trace::times;
use super::{Column, Job, Operator, exec, parallel, refused};

/// First blocks of one piece of work.
const PIECE: usize = 64;
/// Rows of one batch.
const BATCH: usize = 8192;

const PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "layers",
        kind: Kind::Count,
        default: Some("3"),
        help: "the fewest layers of accounts, 3 or more",
    },
    Parameter {
        name: "width",
        kind: Kind::Count,
        default: Some("2"),
        help: "the fewest accounts of a layer, 2 or more",
    },
    Parameter {
        name: "window",
        kind: Kind::Interval,
        default: Some("7 days"),
        help: "the longest time from the first transfer to the last",
    },
    Parameter {
        name: "density",
        kind: Kind::Number,
        default: Some("0.6"),
        help: "pairs of accounts of neighbouring layers that a transfer joins, as a share of all such pairs: at least this",
    },
    Parameter {
        name: "ordered",
        kind: Kind::Flag,
        default: Some("true"),
        help: "accounts between the first layer and the last receive before they send, and send on what `conserve` says; \
               otherwise only the shape is looked for",
    },
    Parameter {
        name: "conserve",
        kind: Kind::Number,
        default: Some("0.8"),
        help: "the least such an account sends on, as a share of what it received; ignored without `ordered`",
    },
    Parameter {
        name: "budget",
        kind: Kind::Count,
        default: Some("20000"),
        help: "steps the search may take from one sender, and again from one first block; where they do not suffice, what \
               it is part of is `truncated`",
    },
];

/// The operator.
#[derive(Debug)]
pub(super) struct Stack;

impl Operator for Stack {
    fn name(&self) -> &'static str {
        "stack"
    }

    fn description(&self) -> &'static str {
        "Finds layers of accounts, each of which pays the next: blocks of `bipartite` in a row. \
         The receivers of one block are the senders of the next; no account is in two layers. By default an account of a \
         middle layer receives before it sends, and sends on at least `conserve` of what the layer before paid it; with \
         `ordered => false` the shape is enough. One row is a stack with its transfers from layer to layer, as many layers \
         as pass; stacks whose transfers another has too are left out. `truncated` marks every stack with an account whose \
         search ran out of `budget`; such an account of none is a row of its own without transfers."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM stack(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
         WHERE value_eur IS NOT NULL),\n    layers => 3, window => INTERVAL '7 days', conserve => 0.9)"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        vec![
            Column::new("layers", DataType::Int64, "how many layers"),
            Column::new("accounts", keys_type(), "the accounts, layer by layer"),
            Column::new("widths", keys_type(), "how many accounts each layer has"),
            Column::new("transfers", keys_type(), "the transfer_ids, in order"),
            Column::new("first_time", time(), "when the first moved"),
            Column::new("last_time", time(), "when the last moved"),
            Column::new("amount_in", amount.clone(), "what the first layer paid"),
            Column::new("amount", amount.clone(), "what the last layer received"),
            Column::new("truncated", DataType::Boolean, "whether an account has more than was looked at"),
        ]
    }

    fn check(&self, arguments: &Arguments, _has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        if let Some(layers) = arguments.integer("layers").filter(|layers| *layers < 3) {
            return Err(format!("layers => {layers}: a stack has three layers at least; for two, use bipartite"));
        }
        if let Some(width) = arguments.integer("width").filter(|width| *width < 2) {
            return Err(format!("width => {width}: a layer has two accounts at least; write 2 or more"));
        }
        check_share(arguments, "density")
    }

    /// Those of `bipartite`, whose blocks it joins, and its own.
    fn scratch(&self, graph: &Graph) -> usize {
        graph.edges() as usize * 16 + graph.nodes() as usize * 24
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let (graph, arguments) = (job.graph, job.arguments);
        let limits = Limits {
            layers: arguments.count("layers").unwrap_or(3),
            width: arguments.count("width").unwrap_or(2),
            window: arguments.integer("window").unwrap_or(0),
            density: arguments.number("density").unwrap_or(0.0),
            conserve: arguments.flag("ordered").then(|| arguments.number("conserve").unwrap_or(0.0)),
            budget: arguments.integer("budget").unwrap_or(i64::MAX).cast_unsigned(),
        };
        let (firsts, mut cut) = blocks(job, limits.blocks(limits.budget))?;
        let nexts = firsts.maximal(graph, Guard::new(job.stop)).map_err(refused)?;
        let mut all = Stacks::default();
        let ranges = parallel::ranges(u32::try_from(firsts.len()).unwrap_or(u32::MAX), PIECE, |_| 1);
        let state = || Search::new(graph, &firsts, &nexts, limits, Guard::new(job.stop));
        let work = |search: &mut Search<'_>, range| {
            let (mut found, mut cut) = (Stacks::default(), Vec::new());
            search.add(range, &mut found, &mut cut).map_err(refused)?;
            Ok((found, cut))
        };
        parallel::in_order(&ranges, job.threads, state, work, |(found, over): (Stacks, Vec<u32>)| {
            all.append(&found);
            // A first block is named by who paid its first transfer.
            cut.extend(over.iter().map(|first| graph.src(firsts.get(*first as usize).edges[0])));
            Ok(())
        })?;
        cut.sort_unstable();
        cut.dedup();
        let found = all.maximal(graph, Guard::new(job.stop)).map_err(refused)?;
        let rows = rows(job, &found, &cut);
        rows.chunks(BATCH).try_for_each(|rows| (job.emit)(exec::batch(job.schema, columns(job, rows)?)?))
    }
}

/// A stack; or an account that was cut and is in none, which has neither widths nor edges.
struct Row<'a> {
    accounts: &'a [u32],
    widths: &'a [u32],
    edges: &'a [u32],
    /// The first transfer and the last; of an account that is in no stack, the first it made.
    ends: (u32, u32),
    truncated: bool,
}

/// The stacks and the accounts that were cut, by first transfer.
fn rows<'a>(job: &Job<'_>, found: &'a Stacks, cut: &'a [u32]) -> Vec<Row<'a>> {
    let is_cut = |node: &u32| cut.binary_search(node).is_ok();
    let stack = |index| {
        let (accounts, edges) = (found.accounts.get(index), found.edges.get(index));
        let ends = (edges[0], edges[edges.len() - 1]);
        Row { accounts, widths: found.widths.get(index), edges, ends, truncated: accounts.iter().any(is_cut) }
    };
    let mut rows: Vec<Row<'_>> = (0..found.edges.len()).map(stack).collect();
    let mut told: Vec<u32> = found.accounts.iter().flatten().copied().filter(is_cut).collect();
    told.sort_unstable();
    told.dedup();
    let silent = cut.chunks(1).filter(|account| told.binary_search(&account[0]).is_err());
    rows.extend(silent.map(|accounts| {
        let first = job.graph.outgoing(accounts[0])[0];
        Row { accounts, widths: &[], edges: &[], ends: (first, first), truncated: true }
    }));
    rows.sort_by_key(|row| row.ends.0);
    rows
}

fn columns(job: &Job<'_>, rows: &[Row<'_>]) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    let top = |row: &Row<'_>| row.widths.first().map_or(0, |width| *width as usize);
    let bottom = |row: &Row<'_>| row.accounts.len() - row.widths.last().map_or(0, |width| *width as usize);
    // Accounts ascend within a layer.
    let paid = |row: &Row<'_>| -> i128 {
        let first = &row.accounts[..top(row)];
        let edges = row.edges.iter().filter(|edge| first.binary_search(&graph.src(**edge)).is_ok());
        edges.map(|edge| graph.amount(*edge)).sum()
    };
    let received = |row: &Row<'_>| -> i128 {
        let last = &row.accounts[bottom(row)..];
        let edges = row.edges.iter().filter(|edge| last.binary_search(&graph.dst(**edge)).is_ok());
        edges.map(|edge| graph.amount(*edge)).sum()
    };
    Ok(vec![
        numbers(rows.iter().map(|row| row.widths.len() as i64)),
        key_lists(rows.iter().map(|row| row.accounts.iter().map(|node| graph.key(*node)).collect())),
        key_lists(rows.iter().map(|row| row.widths.iter().map(|width| i64::from(*width)).collect())),
        key_lists(rows.iter().map(|row| ids(graph, row.edges))),
        times(rows.iter().map(|row| graph.time(row.ends.0))),
        times(rows.iter().map(|row| graph.time(row.ends.1))),
        job.units.column(&rows.iter().map(paid).collect::<Vec<_>>())?,
        job.units.column(&rows.iter().map(received).collect::<Vec<_>>())?,
        Arc::new(rows.iter().map(|row| Some(row.truncated)).collect::<BooleanArray>()),
    ])
}
