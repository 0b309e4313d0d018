//! Where things are: the repository, the build folder; and how another program is run.

use std::path::{Path, PathBuf};
use std::process::Command;

/// An environment variable, if it is set and not empty.
#[expect(clippy::disallowed_methods, reason = "the chores are the one other reader of the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether this is a machine that must not skip anything.
pub(crate) fn is_ci() -> bool {
    variable("CI").is_some()
}

/// The folder of the whole repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_owned()
}

/// Where cargo builds: `CARGO_TARGET_DIR`, or `target/`.
pub(crate) fn build_folder() -> PathBuf {
    variable("CARGO_TARGET_DIR").map_or_else(|| repository().join("target"), PathBuf::from)
}

/// A command in the repository's folder.
///
/// What `cargo xtask` tells this program about its own package is taken out of the environment again: build scripts of
/// dependencies (ring's) watch those names, and would build half the tree anew each time a chore follows a plain `cargo
/// build`, or the other way round.
pub(crate) fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(repository());
    for (name, _) in std::env::vars_os() {
        let shown = name.to_string_lossy();
        if shown.starts_with("CARGO_PKG_") || shown.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a command to its end, its output shown as it comes.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<(), String> {
    run_command(command(program, arguments), &format!("{program} {}", arguments.join(" ")))
}

/// Runs a command that was set up further; `shown` is how the user would write it.
pub(crate) fn run_command(mut command: Command, shown: &str) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` failed ({status})")),
        Err(error) => Err(format!("`{shown}` could not be started: {error}")),
    }
}
