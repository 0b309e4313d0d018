//! `headwater trace`: where the money of an account went, or came from: a tree for people, rows for machines.

use headwater_engine::Session;
use headwater_engine::datafusion::arrow::array::RecordBatch;

use crate::args::TraceArgs;
use crate::errors::{Exit, Failure, of_query};
use crate::output::{Format, Output};
use crate::setup::Setup;

mod tree;

pub(super) async fn run(args: TraceArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let session = setup.session(&lake);
    if setup.output().format != Format::Table {
        let mut output = Output::new(setup.output())?;
        let rows = super::execute(&session, &steps(&args), &mut output).await?;
        output.close()?;
        return found(rows, &args);
    }
    let batches = collect(&session, &branches(&args)).await?;
    found(batches.iter().map(RecordBatch::num_rows).sum(), &args)?;
    super::answer_page(setup, &tree::of(&batches, args.back)?)
}

async fn collect(session: &Session, sql: &str) -> Result<Vec<RecordBatch>, Failure> {
    let failure = |error| of_query(&error, sql, session);
    let frame = session.sql(sql).await.map_err(failure)?;
    frame.collect().await.map_err(|error| failure(error.into()))
}

fn found(rows: usize, args: &TraceArgs) -> Result<(), Failure> {
    if rows > 0 {
        return Ok(());
    }
    let what = format!("nothing left {} that could be traced", args.seeds.join(", "));
    Err(Failure::new(Exit::Empty, "empty", what).with_help(
        "headwater sql -c \"SELECT identifier FROM flow.accounts WHERE identifier LIKE '%…%'\" finds an account; \
         --ledger names its ledger; only transfers with a value in euro are followed, or those of --asset",
    ))
}

/// Every step, for machines.
fn steps(args: &TraceArgs) -> String {
    format!(
        "{} SELECT step, status, hop, transfer_id, time, {} AS payer, {} AS payee, {} AS account, name AS holder, amount, \
         traced, share FROM traced LEFT JOIN names ON names.account = traced.account ORDER BY step",
        traced(args),
        shown("src"),
        shown("dst"),
        shown("traced.account"),
    )
}

/// Transfers between the same two accounts as one branch, all columns as text, the largest first.
fn branches(args: &TraceArgs) -> String {
    let near = if args.back { "dst" } else { "src" };
    format!(
        "{}, branches AS (SELECT status, {near} AS giver, account, min(hop) AS depth, count(*) AS number, \
         sum(traced) AS total, min(time) AS first_time, max(time) AS last_time FROM traced GROUP BY status, {near}, account) \
         SELECT status, {} AS near, {} AS far, name AS holder, CAST(depth AS VARCHAR) AS hop, \
         CAST(number AS VARCHAR) AS transfers, CAST(CAST(total AS DECIMAL(38, 2)) AS VARCHAR) AS traced, \
         CAST(CAST(first_time AS DATE) AS VARCHAR) AS first_day, CAST(CAST(last_time AS DATE) AS VARCHAR) AS last_day \
         FROM branches LEFT JOIN names ON names.account = branches.account \
         ORDER BY depth, total DESC, giver, branches.account, status",
        traced(args),
        shown("giver"),
        shown("branches.account"),
    )
}

/// An account as people know it; its number where the lake has no name for it.
fn shown(account: &str) -> String {
    format!("coalesce(identifier({account}), CAST({account} AS VARCHAR))")
}

/// The CTEs `traced` and `names`.
fn traced(args: &TraceArgs) -> String {
    let operator = if args.back { "trace_back" } else { "trace_forward" };
    let flows = match &args.asset {
        None => "value_eur AS amount FROM flow.transfers WHERE value_eur IS NOT NULL".to_owned(),
        Some(asset) => format!("amount FROM flow.transfers WHERE asset = {}", quoted(asset)),
    };
    let account = |identifier: &String| format!("account({}, {})", quoted(&args.ledger), quoted(identifier));
    let seeds = if args.transfers {
        format!("transfers => ARRAY[{}]", list(&args.seeds, |id| format!("CAST({} AS BIGINT)", quoted(id))))
    } else {
        format!("seeds => ARRAY[{}]", list(&args.seeds, account))
    };
    let mut limits = format!(", method => {}, max_hops => {}", quoted(&args.method), args.max_hops);
    let optional = [
        ("since", &args.since),
        ("until", &args.until),
        ("max_delay", &args.max_delay),
        ("min_amount", &args.min_amount),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            limits.push_str(&format!(", {name} => {}", quoted(value)));
        }
    }
    if !args.stop.is_empty() {
        limits.push_str(&format!(", stop => ARRAY[{}]", list(&args.stop, account)));
    }
    format!(
        "WITH traced AS (SELECT * FROM {operator}((SELECT transfer_id, src, dst, time, position, {flows}), {seeds}{limits})), \
         names AS (SELECT account, min(name) AS name FROM flow.holders GROUP BY account)"
    )
}

fn list(items: &[String], one: impl Fn(&String) -> String) -> String {
    items.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
