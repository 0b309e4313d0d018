//! `bipartite`: several accounts that pay the same several others.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array};
use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::error::Result as QueryResult;
use headwater_graph::bipartite::{self as kernel, Block, Blocks, Limits, Pairs};
use headwater_graph::{Graph, Guard};

use super::arguments::{Arguments, Kind, Parameter};
use super::instances::{ids, key_lists, keys_type, numbers};
use super::trace::times;
use super::{Column, Job, Operator, exec, parallel, refused};

/// Payments of the senders of one piece of work.
const PIECE: usize = 2048;
/// Rows of one batch.
const BATCH: usize = 8192;

const PARAMETERS: &[Parameter] = &[
    Parameter { name: "senders", kind: Kind::Count, default: Some("2"), help: "the fewest senders, 2 or more" },
    Parameter { name: "receivers", kind: Kind::Count, default: Some("2"), help: "the fewest receivers, 2 or more" },
    Parameter {
        name: "window",
        kind: Kind::Interval,
        default: Some("3 days"),
        help: "the longest time from the first transfer to the last",
    },
    Parameter {
        name: "density",
        kind: Kind::Number,
        default: Some("0.6"),
        help: "pairs of a sender and a receiver that a transfer joins, as a share of all such pairs: at least this",
    },
    Parameter {
        name: "budget",
        kind: Kind::Count,
        default: Some("20000"),
        help: "steps the search may take from one sender; where they do not suffice, what it is a sender of is `truncated`",
    },
];

/// The operator.
#[derive(Debug)]
pub(super) struct Bipartite;

impl Operator for Bipartite {
    fn name(&self) -> &'static str {
        "bipartite"
    }

    fn description(&self) -> &'static str {
        "Finds several accounts that pay the same several others. \
         Two senders that pay `receivers` accounts in common within `window` are the seed; it grows by the senders that pay \
         enough of these, then by the receivers that enough of the senders pay. No account is on both sides. One row is \
         such a block with all its transfers in a window that begins with the first of them; blocks whose first transfer \
         and accounts another has too are left out. `truncated` marks every block with a sender whose search ran out of \
         `budget`; a sender of none is a row of its own without transfers. Payroll, clearing and markets look the same."
    }

    fn example(&self) -> &'static str {
        "SELECT * FROM bipartite(\n    (SELECT transfer_id, src, dst, time, value_eur AS amount FROM flow.transfers \
         WHERE value_eur IS NOT NULL),\n    senders => 3, receivers => 3, window => INTERVAL '3 days')"
    }

    fn parameters(&self) -> &'static [Parameter] {
        PARAMETERS
    }

    fn columns(&self, amount: &DataType) -> Vec<Column> {
        let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        vec![
            Column::new("senders", DataType::Int64, "how many pay"),
            Column::new("receivers", DataType::Int64, "how many are paid"),
            Column::new("sender_accounts", keys_type(), "who pays"),
            Column::new("receiver_accounts", keys_type(), "who is paid"),
            Column::new("pairs", DataType::Int64, "pairs of a sender and a receiver that a transfer joins"),
            Column::nullable("density", DataType::Float64, "pairs / (senders · receivers); NULL without transfers"),
            Column::new("transfers", keys_type(), "the transfer_ids, in order"),
            Column::new("first_time", time(), "when the first moved"),
            Column::new("last_time", time(), "when the last moved"),
            Column::new("amount", amount.clone(), "the sum of the transfers"),
            Column::new("truncated", DataType::Boolean, "whether a sender has more than was looked at"),
        ]
    }

    fn check(&self, arguments: &Arguments, _has: &dyn Fn(&str) -> bool) -> Result<(), String> {
        if let Some(senders) = arguments.integer("senders").filter(|senders| *senders < 2) {
            return Err(format!("senders => {senders}: a block has two senders at least; for one, use fan_out"));
        }
        if let Some(receivers) = arguments.integer("receivers").filter(|receivers| *receivers < 2) {
            return Err(format!("receivers => {receivers}: a block has two receivers at least; for one, use fan_in"));
        }
        check_share(arguments, "density")
    }

    /// Pairs with their transfers, and counts by account.
    fn scratch(&self, graph: &Graph) -> usize {
        graph.edges() as usize * 12 + graph.nodes() as usize * 16
    }

    fn run(&self, job: &Job<'_>) -> QueryResult<()> {
        let (graph, arguments) = (job.graph, job.arguments);
        let limits = Limits {
            senders: arguments.count("senders").unwrap_or(2),
            receivers: arguments.count("receivers").unwrap_or(2),
            window: arguments.integer("window").unwrap_or(0),
            density: arguments.number("density").unwrap_or(0.0),
            budget: arguments.integer("budget").unwrap_or(i64::MAX).cast_unsigned(),
        };
        let (all, cut) = blocks(job, limits)?;
        let found = all.maximal(graph, Guard::new(job.stop)).map_err(refused)?;
        drop(all);
        let is_cut = |node: &u32| cut.binary_search(node).is_ok();
        let mut rows: Vec<(Block<'_>, bool)> =
            found.iter().map(|block| (block, block.senders.iter().any(is_cut))).collect();
        let mut told: Vec<u32> = found.iter().flat_map(|block| block.senders.iter().copied().filter(is_cut)).collect();
        told.sort_unstable();
        told.dedup();
        let silent = cut.chunks(1).filter(|sender| told.binary_search(&sender[0]).is_err());
        rows.extend(silent.map(|senders| (Block { senders, receivers: &[], edges: &[], pairs: 0 }, true)));
        rows.sort_by_key(|(block, _)| first(graph, block));
        rows.chunks(BATCH).try_for_each(|rows| (job.emit)(exec::batch(job.schema, columns(job, rows)?)?))
    }
}

/// Refuses a share of more than all.
pub(super) fn check_share(arguments: &Arguments, name: &str) -> Result<(), String> {
    match arguments.number(name) {
        Some(share) if share > 1.0 => Err(format!("{name} => {share}: a share is at most 1; write 0.6 for 60 %")),
        _ => Ok(()),
    }
}

/// All blocks, by sender of the first transfer, and the senders whose budget ran out.
pub(super) fn blocks(job: &Job<'_>, limits: Limits) -> QueryResult<(Blocks, Vec<u32>)> {
    let graph = job.graph;
    let ranges = parallel::ranges(graph.nodes(), PIECE, |node| graph.outgoing(node).len());
    let joined = Pairs::new(graph);
    let state = || kernel::Bipartite::new(graph, &joined, limits, Guard::new(job.stop));
    let work = |search: &mut kernel::Bipartite<'_>, senders| {
        let (mut found, mut cut) = (Blocks::default(), Vec::new());
        search.add(senders, &mut found, &mut cut).map_err(refused)?;
        Ok((found, cut))
    };
    let (mut all, mut over) = (Blocks::default(), Vec::new());
    parallel::in_order(&ranges, job.threads, state, work, |(found, cut): (Blocks, Vec<u32>)| {
        all.append(&found);
        over.extend(cut);
        Ok(())
    })?;
    Ok((all, over))
}

/// The first transfer of a block; of a sender without one, the first it made.
fn first(graph: &Graph, block: &Block<'_>) -> u32 {
    block.edges.first().copied().unwrap_or_else(|| graph.outgoing(block.senders[0])[0])
}

fn columns(job: &Job<'_>, rows: &[(Block<'_>, bool)]) -> QueryResult<Vec<ArrayRef>> {
    let graph = job.graph;
    let blocks = || rows.iter().map(|(block, _)| block);
    let keys = |nodes: &[u32]| nodes.iter().map(|node| graph.key(*node)).collect();
    let last = |block: &Block<'_>| block.edges.last().copied().unwrap_or_else(|| first(graph, block));
    let density = |block: &Block<'_>| {
        let all = block.senders.len() * block.receivers.len();
        (all > 0).then(|| block.pairs as f64 / all as f64)
    };
    let sum = |block: &Block<'_>| block.edges.iter().map(|edge| graph.amount(*edge)).sum::<i128>();
    Ok(vec![
        numbers(blocks().map(|block| block.senders.len() as i64)),
        numbers(blocks().map(|block| block.receivers.len() as i64)),
        key_lists(blocks().map(|block| keys(block.senders))),
        key_lists(blocks().map(|block| keys(block.receivers))),
        numbers(blocks().map(|block| block.pairs.cast_signed())),
        Arc::new(blocks().map(density).collect::<Float64Array>()),
        key_lists(blocks().map(|block| ids(graph, block.edges))),
        times(blocks().map(|block| graph.time(first(graph, block)))),
        times(blocks().map(|block| graph.time(last(block)))),
        job.units.column(&blocks().map(sum).collect::<Vec<_>>())?,
        Arc::new(rows.iter().map(|(_, truncated)| Some(*truncated)).collect::<BooleanArray>()),
    ])
}
