//! The project's own chores: tests, generated pages, orphan checks.
//!
//! `cargo xtask test` is the one command: what CI runs, what a newcomer runs, what a developer runs before a commit. It
//! depends on the standard library alone, so that starting it costs two seconds and not a second build of everything:
//! every cargo command below is for the whole workspace, because a narrower one would choose other features and build
//! the dependencies again.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a chore tells what it does")]

mod bench;
mod docs;
mod environment;
mod fixtures;
mod fuzz;
mod orphans;
mod step;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask COMMAND

  test [--only STEP]   everything: fixtures, format, clippy, build, test, doctest, docs, orphans
  docs [--check]       writes the generated pages of docs/, or says which are stale
  bench [NAME]         measures speed, each bench beside its peer where there is one
  fuzz [TARGET|all] [SECONDS]
                       feeds the readers noise, each for a minute or for so many seconds
  orphans              says which query file or function has no script, and the other way round";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["test"] => step::run_all(None),
        ["test", "--only", name] => step::run_all(Some(name)),
        ["docs"] => docs::write(),
        ["docs", "--check"] => docs::check(),
        ["bench"] => bench::run_bench(None),
        ["bench", name] => bench::run_bench(Some(name)),
        ["fuzz"] => fuzz::feed(None, "60"),
        ["fuzz", name] => fuzz::feed(Some(name), "60"),
        ["fuzz", name, seconds] => fuzz::feed((*name != "all").then_some(name), seconds),
        ["orphans"] => orphans::check(),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
