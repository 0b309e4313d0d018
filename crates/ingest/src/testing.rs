//! What the tests of several modules share.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::PathBuf;

use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// A real file or folder, named relative to the data folder.
///
/// Where the data is not at hand the test prints what it misses and passes, except in CI, where a skipped test is a
/// failed one.
#[expect(clippy::disallowed_methods, clippy::print_stderr, reason = "tests may look at the environment")]
pub(crate) fn data(name: &str) -> Option<PathBuf> {
    let manifest = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let root = std::env::var_os("HEADWATER_DATA").map_or_else(|| manifest.join("../../../shared/data"), PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is not at hand", path.display());
    eprintln!("skipped: {} is not at hand", path.display());
    None
}

/// A column as texts, `∅` where it is null.
pub(crate) fn cells(batch: &RecordBatch, column: &str) -> Vec<String> {
    let formatter = FormatOptions::new().with_null("∅");
    let column = batch.column_by_name(column).unwrap();
    let column = ArrayFormatter::try_new(column, &formatter).unwrap();
    (0..batch.num_rows()).map(|row| column.value(row).to_string()).collect()
}
