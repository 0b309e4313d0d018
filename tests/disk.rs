//! A disk that is full: the system refuses to write past a size, wherever the import is by then.
//!
//! `ulimit -f` with SIGXFSZ ignored makes `write` fail with an error, as a full disk does, without needing one.

use std::process::Command;

use tempfile::TempDir;

use crate::kill::{book, contents, headwater};
use crate::support;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_a_clear_error_and_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let book = book(folder.path());
    let lake = folder.path().join("lake");
    let init = Command::new(headwater()).arg("init").arg("--lake").arg(&lake).output().unwrap();
    assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
    let before = contents(&lake).await;
    let mut failures = 0;
    // Units of 512 bytes, from nothing to more than any one file of this import needs.
    for limit in [0, 2, 8, 16, 32, 64, 128] {
        let attempt = folder.path().join(format!("attempt-{limit}"));
        let copied = Command::new("cp").arg("-r").arg(&lake).arg(&attempt).status().unwrap();
        assert!(copied.success());
        let output = Command::new("sh")
            .arg("-c")
            .arg(format!("trap '' XFSZ; ulimit -f {limit}; exec \"$@\""))
            .arg("sh")
            .arg(headwater())
            .args(["import", "bank_csv"])
            .arg(&book)
            .arg("--lake")
            .arg(&attempt)
            .env("TMPDIR", folder.path())
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            continue;
        }
        failures += 1;
        assert!(matches!(output.status.code(), Some(1 | 5)), "limit {limit}: {:?}\n{message}", output.status);
        assert!(message.to_lowercase().contains("large"), "limit {limit}: the message says why\n{message}");
        assert!(!message.contains("panicked"), "limit {limit}\n{message}");
        assert_eq!(contents(&attempt).await, before, "limit {limit}: the lake is unchanged");
        let again =
            Command::new(headwater()).args(["import", "bank_csv"]).arg(&book).arg("--lake").arg(&attempt).output();
        let again = again.unwrap();
        assert!(again.status.success(), "limit {limit}: {}", String::from_utf8_lossy(&again.stderr));
        let lake = support::open(&attempt, headwater_engine::LakeOptions::default());
        let stored = support::query(&lake, "SELECT count(*) AS number FROM flow.transfers").await.unwrap();
        assert!(stored.contains("| 400 "), "limit {limit}\n{stored}");
    }
    assert!(failures >= 3, "only {failures} limits were too small; the test proves little");
}
