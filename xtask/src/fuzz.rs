//! `cargo xtask fuzz`: noise for the readers, on the compiler that everybody has.
//!
//! The coverage that libFuzzer steers by comes from a pass of LLVM, which stable Rust runs when it is asked to; the address
//! sanitizer, which it does not have, would find nothing in code without `unsafe`. What is looked for are panics, overflows
//! (checked in this build) and inputs that take too long or too much memory.

use std::fs;
use std::path::PathBuf;

use crate::environment::{build_folder, command, repository, run_command};

/// What cargo-fuzz passes, less the sanitizer.
const FLAGS: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Coverflow-checks -Cdebug-assertions";

/// Feeds one target, or each of them, for so many seconds. What was found interesting stays, and is where the next time
/// begins.
pub(crate) fn feed(only: Option<&str>, seconds: &str) -> Result<(), String> {
    let targets = targets()?;
    if let Some(name) = only.filter(|name| !targets.iter().any(|target| target == name)) {
        return Err(format!("there is no fuzz target `{name}`; there are: {}", targets.join(", ")));
    }
    if seconds.parse::<u32>().is_err() {
        return Err(format!("`{seconds}` is no number of seconds"));
    }
    let folder = build_folder().join("fuzz");
    // With a target named, the flags are for what is fed alone, and not for the build scripts of dependencies.
    let host = host()?;
    let arguments = ["build", "--release", "--bins", "--manifest-path", "fuzz/Cargo.toml", "--target", &host];
    let mut build = command("cargo", &arguments);
    build.env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", &folder);
    run_command(build, &format!("cargo {}", arguments.join(" ")))?;
    for target in targets.iter().filter(|target| only.is_none_or(|only| only == *target)) {
        println!("==> {target}, {seconds} s");
        let corpus = folder.join("corpus").join(target);
        let artifacts = folder.join("artifacts").join(target);
        for folder in [&corpus, &artifacts] {
            fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        let program = folder.join(&host).join("release").join(target).display().to_string();
        let mut run = command(&program, &[&format!("-max_total_time={seconds}"), "-timeout=10", "-rss_limit_mb=2048"]);
        run.args(["-print_final_stats=1", "-verbosity=0"]);
        run.arg(format!("-artifact_prefix={}/", artifacts.display())).arg(&corpus);
        run_command(run, &format!("fuzz target {target}"))?;
    }
    Ok(())
}

/// What this compiler compiles for.
fn host() -> Result<String, String> {
    let told = command("rustc", &["-vV"]).output().map_err(|error| format!("rustc: {error}"))?;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| "`rustc -vV` names no host".to_owned())
}

fn targets() -> Result<Vec<String>, String> {
    let folder: PathBuf = repository().join("fuzz/fuzz_targets");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned)).collect();
    names.sort();
    Ok(names)
}
