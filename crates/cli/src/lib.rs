//! The command line of `headwater`: arguments in, tables out.
//!
//! The only crate that prints or reads the environment. A command is a file in `commands/`; what it answers goes
//! through `output` to standard output and nothing else does; notes, progress and errors go to standard error. Errors
//! become sentences and exit codes in `errors`, in one place.

mod args;
mod commands;
mod embedded;
mod errors;
mod flow_graph;
mod interrupt;
mod measured;
mod output;
mod progress;
mod setup;
mod shell;

use std::process::ExitCode;

use args::Cli;
use errors::{Exit, Failure};
use interrupt::Interrupts;
use setup::Setup;

/// Reads the program's arguments, does what they say, and tells how it went.
pub fn main() -> ExitCode {
    // Two providers are in the dependency tree, and rustls refuses to choose between them. That one is installed
    // already is no error.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe while help is printed has nobody to be told.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Exit::Usage.code() } else { Exit::Done.code() });
        }
    };
    let setup = match Setup::new(cli.global) {
        Ok(setup) => setup,
        Err((failure, report)) => return report.print(&failure),
    };
    let runtime = match runtime(&setup) {
        Ok(runtime) => runtime,
        Err(failure) => return setup.report().print(&failure),
    };
    let outcome = runtime.block_on(async {
        let interrupts = Interrupts::watch();
        commands::run(cli.command, &setup, &interrupts).await
    });
    let code = match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => setup.report().print(&failure),
    };
    // A reader in the middle of a file does not notice that its query is gone, and is not waited for.
    runtime.shutdown_background();
    code
}

fn runtime(setup: &Setup) -> Result<tokio::runtime::Runtime, Failure> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = setup.global.threads {
        builder.worker_threads(threads.get());
    }
    // Plans of deep queries recurse; the default of 2 MiB is not enough for a debug build.
    builder.enable_all().thread_stack_size(8 << 20);
    builder.build().map_err(|source| Failure::io("the runtime", &source))
}
