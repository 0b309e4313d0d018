//! Cold start: `headwater sql -c "SELECT 1"` as a whole process. The goal is under 100 ms.
//!
//! `cargo xtask bench cold_start`.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]

use std::process::Command;

use headwater_benches::{Failure, headwater, repeat, time};

fn main() -> Result<(), Failure> {
    if !headwater_benches::is_wanted("cold_start") {
        return Ok(());
    }
    let binary = headwater()?;
    let folder = tempfile::tempdir()?;
    let lake = folder.path().join("lake");
    time(Command::new(&binary).arg("--lake").arg(&lake).args(["--quiet", "init"]))?;
    for (name, sql) in [("SELECT 1", "SELECT 1"), ("count of an empty table", "SELECT count(*) FROM flow.transfers")] {
        let spread = repeat(31, || time(Command::new(&binary).arg("--lake").arg(&lake).args(["sql", "-c", sql])))?;
        let ms = |duration: std::time::Duration| duration.as_secs_f64() * 1e3;
        println!("{name:<28} median {:>6.1} ms   ({:.1}-{:.1})", ms(spread.median), ms(spread.low), ms(spread.high));
    }
    Ok(())
}
