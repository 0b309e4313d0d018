//! The generated pages of `docs/`.
//!
//! The generator is a test of the one test binary, because that already has everything linked: it compares, or writes
//! when it is told to.

use crate::environment::{command, run_command};
use crate::step;

const TEST: &str = "pages::generated_pages_are_what_the_code_says";

/// Writes the pages.
pub(crate) fn write() -> Result<(), String> {
    step::build()?;
    let mut generate = command("cargo", &["test", "--workspace", "--test", "headwater", "--", "--exact", TEST]);
    generate.env("HEADWATER_PAGES", "write");
    run_command(generate, "HEADWATER_PAGES=write cargo test --workspace --test headwater pages")
}

/// Says which pages are stale.
pub(crate) fn check() -> Result<(), String> {
    let compare = command("cargo", &["test", "--workspace", "--test", "headwater", "--", "--exact", TEST]);
    run_command(compare, "cargo xtask docs --check")
}
