//! The commands, one file each.

use std::sync::Arc;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use headwater_engine::{Lake, Session};

use crate::args::Command;
use crate::errors::Failure;
use crate::interrupt::Interrupts;
use crate::output::Output;
use crate::setup::Setup;

mod assess;
mod completions;
mod demo;
mod derive;
mod error_rates;
mod evaluate;
mod explain;
mod flag;
mod flags;
mod follow;
mod formats;
pub(crate) mod functions;
mod govern;
mod import;
mod init;
mod judge;
mod link;
mod networks;
mod page;
mod replay;
mod resolve;
mod run;
mod send;
mod sql;
mod strike;
mod synth;
mod trace;
mod tune;
mod typologies;
mod verify;

pub(crate) use sql::execute;

/// Runs one command; Ctrl-C ends it.
pub(crate) async fn run(command: Command, setup: &Setup, interrupts: &Interrupts) -> Result<(), Failure> {
    if let Command::Sql(args) = &command {
        // The shell outlives a cancelled query, so it watches for Ctrl-C itself.
        return sql::run(args, setup, interrupts).await;
    }
    interrupts
        .guard(async {
            match command {
                Command::Sql(_) => Ok(()),
                Command::Init(args) => init::run(&args, setup).await,
                Command::Import(args) => import::run(args, setup).await,
                Command::Follow(args) => follow::run(args, setup).await,
                Command::Trace(args) => trace::run(*args, setup).await,
                Command::Flag(args) => flag::run(args, setup).await,
                Command::Flags(args) => flags::run(*args, setup).await,
                Command::Tune(args) => tune::run(args, setup).await,
                Command::Derive(args) => derive::run(args, setup).await,
                Command::Resolve(args) => resolve::run(args, setup).await,
                Command::Strike(args) => strike::run(args, setup).await,
                Command::Link => link::run(setup).await,
                Command::Networks(args) => networks::run(args, setup).await,
                Command::Assess(args) => assess::run(args, setup).await,
                Command::Send(args) => send::run(args, setup).await,
                Command::Verify => verify::run(setup).await,
                Command::Replay(args) => replay::run(args, setup).await,
                Command::Govern(args) => govern::run(args, setup).await,
                Command::Judge(args) => judge::run(*args, setup).await,
                Command::Explain(args) => explain::run(args, setup).await,
                Command::Run(args) => run::run(args, setup).await,
                Command::Demo(args) => demo::run(args, setup).await,
                Command::Synth(args) => synth::run(&args, setup).await,
                Command::ErrorRates(args) => error_rates::run(args, setup).await,
                Command::Evaluate(args) => evaluate::run(args, setup).await,
                Command::Typologies(args) => typologies::run(args, setup).await,
                Command::Formats(args) => formats::run(args, setup).await,
                Command::Functions(args) => functions::run(args, setup).await,
                Command::Completions(args) => completions::run(&args, setup),
            }
        })
        .await
}

/// Answers with a list.
async fn answer(setup: &Setup, rows: crate::output::Rows) -> Result<usize, Failure> {
    let mut output = Output::new(setup.output())?;
    let count = output.rows(rows).await?;
    output.close()?;
    Ok(count)
}

/// The first column of a query's rows, as lines to say.
async fn lines(session: &Session, sql: &str) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    for batch in session.sql(sql).await?.collect().await? {
        if let Some(column) = batch.columns().first() {
            let texts = ArrayFormatter::try_new(column, &FormatOptions::new())?;
            lines.extend((0..batch.num_rows()).map(|row| texts.value(row).to_string()));
        }
    }
    Ok(lines)
}

/// Answers with a page of text.
fn answer_page(setup: &Setup, text: &str) -> Result<(), Failure> {
    let mut output = Output::new(setup.output())?;
    output.page(text)?;
    output.close()
}

/// Fails early, and with the remedy, when there is no lake to work on.
async fn require(lake: &Arc<Lake>) -> Result<(), Failure> {
    lake.newest_snapshot().await?;
    Ok(())
}
