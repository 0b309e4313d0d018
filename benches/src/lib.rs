//! What the benches share: where the binary is, how long a process took and how much memory it held, and how to say it.
//!
//! A bench here times whole commands, as a user meets them, with the peer beside them in the same run; what it prints is
//! a ratio. On a shared machine single figures mean little, so every command runs several times and the median counts,
//! with the spread beside it.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Something a bench could not do.
pub type Failure = Box<dyn std::error::Error>;

/// The `headwater` binary of the sources that the bench was built from; built now if it is older.
///
/// # Errors
/// When it does not build.
pub fn headwater() -> Result<PathBuf, Failure> {
    let bench = std::env::current_exe()?;
    let folder = bench.parent().and_then(Path::parent).ok_or("the bench lies in no target folder")?;
    #[expect(clippy::disallowed_methods, reason = "cargo names itself in the environment of what it starts")]
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/cli/Cargo.toml");
    let mut build = Command::new(cargo);
    build.args(["build", "--release", "--quiet", "--manifest-path", manifest]);
    // Cargo tells a bench of what package it is. The build script of `ring` looks at these variables: with ours in them, it and
    // all that hangs on it would be built again, and once more by the next build from a shell.
    for (name, _) in std::env::vars_os() {
        if ["CARGO_MANIFEST_", "CARGO_PKG_"].iter().any(|own| name.to_string_lossy().starts_with(own)) {
            build.env_remove(name);
        }
    }
    let built = build.status()?;
    if built.success() { Ok(folder.join("headwater")) } else { Err("the binary to be measured does not build".into()) }
}

/// Whether a bench is to run: when it is named on the command line, or nothing is. `cargo bench graph` starts all of them.
pub fn is_wanted(bench: &str) -> bool {
    let mut names = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).peekable();
    names.peek().is_none() || names.any(|name| bench.contains(&name))
}

/// How a command ran.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Wall-clock time.
    pub wall: Duration,
    /// The most memory it held, in bytes; 0 where the system does not say.
    pub peak: u64,
}

/// Runs a command to its end, watching its memory.
///
/// # Errors
/// When it cannot be started or fails.
pub fn time(command: &mut Command) -> Result<Run, Failure> {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn()?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Some(status) = child.try_wait()? {
            let wall = start.elapsed();
            if !status.success() {
                return Err(format!("{command:?} ended with {status}").into());
            }
            return Ok(Run { wall, peak });
        }
        peak = peak.max(high_water_mark(&status_file).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(if start.elapsed().as_millis() < 200 { 1 } else { 20 }));
    }
}

fn high_water_mark(status_file: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status_file).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

/// The median of several runs, with the fastest and the slowest.
#[derive(Debug, Clone, Copy)]
pub struct Spread {
    /// Half are faster.
    pub median: Duration,
    /// The fastest.
    pub low: Duration,
    /// The slowest.
    pub high: Duration,
    /// The most memory any of them held.
    pub peak: u64,
}

/// Runs `once` several times.
///
/// # Errors
/// The first failure of `once`.
pub fn repeat(times: usize, mut once: impl FnMut() -> Result<Run, Failure>) -> Result<Spread, Failure> {
    let mut runs = (0..times.max(1)).map(|_| once()).collect::<Result<Vec<_>, _>>()?;
    runs.sort_by_key(|run| run.wall);
    let peak = runs.iter().map(|run| run.peak).max().unwrap_or(0);
    Ok(Spread { median: runs[runs.len() / 2].wall, low: runs[0].wall, high: runs[runs.len() - 1].wall, peak })
}

/// Prints one line of a result.
pub fn say(name: &str, spread: &Spread) {
    println!(
        "{name:<44} {:>8.2} s   ({:.2}-{:.2})   peak {:>6.0} MiB",
        spread.median.as_secs_f64(),
        spread.low.as_secs_f64(),
        spread.high.as_secs_f64(),
        spread.peak as f64 / f64::from(1 << 20)
    );
}

/// Prints how many times the first took of the second.
pub fn ratio(name: &str, ours: &Spread, theirs: &Spread) {
    println!("{name:<44} {:>8.2} x", ours.median.as_secs_f64() / theirs.median.as_secs_f64());
}

/// Prints the exponent of growth between two sizes: 1 is linear.
pub fn exponent(name: &str, small: &Spread, large: &Spread, factor: f64) {
    let growth = (large.median.as_secs_f64() / small.median.as_secs_f64()).ln() / factor.ln();
    println!("{name:<44} {growth:>8.2}");
}
