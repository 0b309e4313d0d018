//! `headwater sql`: queries from the command line, a file or a pipe; or the shell.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;
use std::sync::Arc;

use futures::StreamExt as _;
use headwater_engine::Session;

use crate::args::SqlArgs;
use crate::errors::{Exit, Failure, of_query};
use crate::interrupt::Interrupts;
use crate::output::Output;
use crate::setup::Setup;
use crate::shell::{Shell, meta};

pub(super) async fn run(args: &SqlArgs, setup: &Setup, interrupts: &Interrupts) -> Result<(), Failure> {
    let mut texts = args.commands.clone();
    for file in &args.files {
        texts.push(read(file)?);
    }
    if texts.is_empty() {
        if std::io::stdin().is_terminal() {
            return Shell::new(setup)?.run(interrupts).await;
        }
        texts.push(read(Path::new("-"))?);
    }
    let session = setup.session(&setup.lake()?);
    setup.say_withheld(&session).await?;
    let mut output = Output::new(setup.output())?;
    let rows = interrupts
        .guard(async {
            let mut rows = 0;
            for text in &texts {
                rows += match text.trim().strip_prefix('\\') {
                    Some(command) => meta::list(command, &session, &mut output).await?,
                    None => execute(&session, text, &mut output).await?,
                };
            }
            Ok(rows)
        })
        .await?;
    output.close()?;
    if args.fail_empty && rows == 0 {
        return Err(Failure::new(Exit::Empty, "empty", "the answer has no rows"));
    }
    Ok(())
}

/// Runs the statements of a text one after the other and writes each answer. Returns the rows of all of them.
pub(crate) async fn execute(session: &Session, sql: &str, output: &mut Output) -> Result<usize, Failure> {
    session.refresh();
    answer(session, sql, output).await
}

/// The same over the snapshot and the kept views that the session has.
pub(super) async fn answer(session: &Session, sql: &str, output: &mut Output) -> Result<usize, Failure> {
    let failure = |error| of_query(&error, sql, session);
    let mut rows = 0;
    for statement in session.parse(sql).map_err(failure)? {
        let frame = session.run_statement(statement).await.map_err(failure)?;
        let schema = Arc::clone(frame.schema().inner());
        let mut batches = frame.execute_stream().await.map_err(|error| failure(error.into()))?;
        if schema.fields().is_empty() {
            // CREATE VIEW, SET and their like have no answer; they are done when their stream is.
            while let Some(batch) = batches.next().await {
                batch.map_err(|error| failure(error.into()))?;
            }
            continue;
        }
        rows += output.write(batches.schema(), batches).await?;
    }
    Ok(rows)
}

fn read(file: &Path) -> Result<String, Failure> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|source| Failure::io("standard input", &source))?;
        return Ok(text);
    }
    std::fs::read_to_string(file).map_err(|source| Failure::io(&file.display().to_string(), &source))
}
