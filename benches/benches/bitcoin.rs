//! Bitcoin: clusters, coins, and a whole chain in a lake.
//!
//! `cargo xtask bench bitcoin`; `PART=clusters`, `coins` or `lake` for one of them. Each part says what it measures at the
//! head of its file.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::disallowed_methods, reason = "a bench takes its size from the environment")]

use headwater_benches::Failure;

#[path = "bitcoin/clusters.rs"]
mod clusters;
#[path = "bitcoin/coins.rs"]
mod coins;
#[path = "bitcoin/lake.rs"]
mod lake;

/// A part's name and what runs it.
type Part = (&'static str, fn() -> Result<(), Failure>);

fn main() -> Result<(), Failure> {
    if !headwater_benches::is_wanted("bitcoin") {
        return Ok(());
    }
    let parts: [Part; 3] = [("lake", lake::run), ("clusters", clusters::run), ("coins", coins::run)];
    let only = std::env::var("PART").ok();
    for (name, run) in parts.into_iter().filter(|(name, _)| only.as_deref().is_none_or(|only| only == *name)) {
        println!("\n{name}");
        run()?;
    }
    Ok(())
}
