//! `headwater trace`: where the money of an account went, or came from, or by which ways it got from one account to
//! another: a tree or a list of ways for people, rows for machines, a graph for the tools that draw.

use std::path::Path;
use std::sync::Arc;

use headwater_engine::Session;
use headwater_engine::datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch};
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::datasource::MemTable;

use crate::args::TraceArgs;
use crate::errors::{Exit, Failure, of_query};
use crate::flow_graph::{FlowGraph, GraphFormat};
use crate::output::{Format, Output, OutputOptions};
use crate::progress;
use crate::setup::Setup;

mod coins;
pub(super) mod query;
pub(super) mod tree;
mod ways;

pub(super) async fn run(args: TraceArgs, setup: &Setup) -> Result<(), Failure> {
    let graph = args.graph.as_deref().map(|path| Ok::<_, Failure>((path, GraphFormat::of_file(path)?))).transpose()?;
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let session = setup.session(&lake);
    if let [coin] = args.seeds.as_slice()
        && coins::is_coin(coin)
    {
        coins::check(&args)?;
        return follow_coin(&args, coin, &session, setup).await;
    }
    if args.to.is_empty() {
        trace(&args, &session, setup).await?
    } else {
        find_ways(&args, &session, setup).await?
    }
    match graph {
        Some((path, format)) => draw(&args, &session, setup, path, format).await,
        None => Ok(()),
    }
}

async fn trace(args: &TraceArgs, session: &Session, setup: &Setup) -> Result<(), Failure> {
    keep(session, "traced", &query::trace(args)).await?;
    if setup.output().format != Format::Table {
        return found(rows(&query::steps(), session, setup).await?, args);
    }
    let batches = collect(session, &query::branches(args)).await?;
    found(batches.iter().map(RecordBatch::num_rows).sum(), args)?;
    super::answer_page(setup, &tree::of(&batches, args.back)?)
}

async fn follow_coin(args: &TraceArgs, coin: &str, session: &Session, setup: &Setup) -> Result<(), Failure> {
    let mut ledgers = Vec::new();
    for batch in collect(session, &coins::ledgers(coin)).await? {
        let names = cast(batch.column(0), &query::TEXT)?;
        ledgers.extend(names.as_string::<i32>().iter().flatten().map(str::to_owned));
    }
    let Some(ledger) = ledgers.first() else {
        let what = format!("the lake holds no transaction {}", coin.split(':').next().unwrap_or_default());
        return Err(Failure::new(Exit::Empty, "empty", what)
            .with_help("a coin is written TXID:OUTPUT; headwater import bitcoin_blocks brings blocks in"));
    };
    keep(session, "traced", &coins::trace(args, coin, ledger)).await?;
    if setup.output().format != Format::Table {
        return found(rows("SELECT * FROM traced ORDER BY step", session, setup).await?, args);
    }
    let batches = collect(session, coins::LINES).await?;
    found(batches.iter().map(RecordBatch::num_rows).sum(), args)?;
    super::answer_page(setup, &coins::tree(&batches)?)
}

async fn find_ways(args: &TraceArgs, session: &Session, setup: &Setup) -> Result<(), Failure> {
    keep(session, "found", &query::search(args)).await?;
    let batches = collect(session, query::TRUNCATED).await?;
    if batches.iter().any(|batch| batch.column(0).as_boolean().iter().any(|cut| cut == Some(true))) {
        progress::note("the search was cut: there may be more ways; headwater functions paths tells of its budget");
    }
    if setup.output().format != Format::Table {
        return found(rows(&query::ways(args), session, setup).await?, args);
    }
    let batches = collect(session, &query::ways(args)).await?;
    found(batches.iter().map(RecordBatch::num_rows).sum(), args)?;
    super::answer_page(setup, &ways::of(&batches)?)
}

/// Writes the graph of what was just shown.
async fn draw(
    args: &TraceArgs,
    session: &Session,
    setup: &Setup,
    path: &Path,
    format: GraphFormat,
) -> Result<(), Failure> {
    let mut graph = FlowGraph::default();
    let sql = if args.to.is_empty() { query::steps_graph() } else { query::ways_graph(args) };
    for batch in collect(session, &sql).await? {
        graph.add(&batch)?;
    }
    if !args.transfers {
        mark(&mut graph, session, &query::shown_accounts(args, &args.seeds), "seed").await?;
    }
    mark(&mut graph, session, &query::shown_accounts(args, &args.to), "target").await?;
    let options = OutputOptions { file: Some(path.to_owned()), ..setup.output() };
    let mut output = Output::new(options)?;
    output.page(&graph.write(format)?)?;
    output.close()
}

async fn mark(graph: &mut FlowGraph, session: &Session, sql: &str, part: &'static str) -> Result<(), Failure> {
    for batch in collect(session, sql).await? {
        let names = cast(batch.column(0), &query::TEXT)?;
        let names = names.as_string::<i32>();
        (0..names.len()).for_each(|row| graph.mark(names.value(row), part));
    }
    Ok(())
}

async fn rows(sql: &str, session: &Session, setup: &Setup) -> Result<usize, Failure> {
    let mut output = Output::new(setup.output())?;
    let rows = super::execute(session, sql, &mut output).await?;
    output.close()?;
    Ok(rows)
}

/// Searches once: the page, the rows and the graph are made from one table.
async fn keep(session: &Session, name: &str, sql: &str) -> Result<(), Failure> {
    let failure = |error| of_query(&error, sql, session);
    let frame = session.sql(sql).await.map_err(failure)?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let rows = frame.collect().await.map_err(|error| failure(error.into()))?;
    Ok(session.register(name, Arc::new(MemTable::try_new(schema, vec![rows])?))?)
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
    let what = if args.to.is_empty() {
        format!("nothing left {} that could be traced", args.seeds.join(", "))
    } else {
        format!("no way leads from {} to {} in time order", args.seeds.join(", "), args.to.join(", "))
    };
    Err(Failure::new(Exit::Empty, "empty", what).with_help(
        "headwater sql -c \"SELECT identifier FROM flow.accounts WHERE identifier LIKE '%…%'\" finds an account; \
         --ledger names its ledger; only transfers with a value in euro are followed, or those of --asset",
    ))
}
