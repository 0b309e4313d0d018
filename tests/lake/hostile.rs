//! Files that are not what they should be, and a lake whose log was damaged: the error names the file or the table and
//! what to do, nothing is stored, and everything else goes on working.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{BANK_HEADER, ring, sample};
use crate::support::{self, TestLake};

fn write(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Imports a file that must be refused as a whole; returns the message after checking that nothing was stored.
async fn refusal(lake: &TestLake, format: &str, path: &Path) -> String {
    let before = lake.lake.newest_snapshot().await.unwrap();
    let message = match lake.import(format, &[path]).await {
        Ok(report) => panic!("{} was taken: {report:?}", path.display()),
        Err(error) => error.to_string(),
    };
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    assert!(message.contains(&name), "the message names the file: {message}");
    assert_eq!(lake.lake.newest_snapshot().await.unwrap().tables, before.tables, "{message}");
    message
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_with_a_damaged_log_names_itself_and_leaves_the_others_readable() {
    let lake = TestLake::new().await;
    let folder = TempDir::new().unwrap();
    lake.import("bank_csv", &[&ring(folder.path(), 10, 40)]).await.unwrap();
    let log = lake.path().join("flow/transfers/_delta_log");
    for entry in std::fs::read_dir(&log).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::write(path, "{ this is not a commit").unwrap();
        }
    }
    let fresh = support::open(lake.path(), headwater_engine::LakeOptions::default());
    let error = support::query(&fresh, "SELECT count(*) FROM flow.transfers").await.unwrap_err().to_string();
    assert!(error.contains("flow.transfers"), "{error}");
    let accounts = support::query(&fresh, "SELECT count(*) AS number FROM flow.accounts").await.unwrap();
    assert!(accounts.contains("| 10 "), "{accounts}");
    let error =
        support::import(&fresh, "bank_csv", &[&sample("bank/alpha_bank_ee.csv")]).await.unwrap_err().to_string();
    assert!(error.contains("flow.transfers"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_file_is_refused() {
    let (lake, folder) = (TestLake::new().await, TempDir::new().unwrap());
    for (format, name) in
        [("bank_csv", "empty.csv"), ("ibm_aml", "empty_Trans.csv"), ("bitcoin_blocks", "blk00000.dat")]
    {
        let message = refusal(&lake, format, &write(&folder, name, b"")).await;
        assert!(message.contains("empty") || message.contains("no "), "{format}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_of_another_format_is_refused_by_name() {
    let (lake, folder) = (TestLake::new().await, TempDir::new().unwrap());
    let path = write(&folder, "book.csv", b"date,from,to,amount\n2024-01-01,A,B,1\n");
    let message = refusal(&lake, "bank_csv", &path).await;
    assert!(message.contains("booked_at") || message.contains("reference"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_not_what_its_name_says_is_refused() {
    let (lake, folder) = (TestLake::new().await, TempDir::new().unwrap());
    let picture: Vec<u8> = b"\x89PNG\r\n\x1a\n".iter().copied().chain((0_u8..=255).cycle().take(5_000)).collect();
    refusal(&lake, "bank_csv", &write(&folder, "picture.csv", &picture)).await;
    refusal(&lake, "bitcoin_blocks", &write(&folder, "blk00001.dat", &picture)).await;
    refusal(&lake, "tagpack", &write(&folder, "pack.yaml", &picture)).await;
    refusal(&lake, "ofac_sdn", &write(&folder, "sdn.xml", BANK_HEADER.as_bytes())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_format_names_the_nearest_and_a_missing_file_its_path() {
    let (lake, folder) = (TestLake::new().await, TempDir::new().unwrap());
    let error = lake.import("bankcsv", &[folder.path()]).await.unwrap_err().to_string();
    assert_eq!(error, "no import file `bankcsv`; did you mean `bank_csv`?");
    let error = lake.import("bank_csv", &[&folder.path().join("gone.csv")]).await.unwrap_err().to_string();
    assert!(error.contains("gone.csv"), "{error}");
    let error = lake.import("bitcoin_blocks", &[folder.path()]).await.unwrap_err().to_string();
    assert!(error.contains("no file here belongs to the format bitcoin_blocks"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_file_that_is_cut_off_keeps_its_whole_blocks() {
    let (lake, folder) = (TestLake::new().await, TempDir::new().unwrap());
    let whole = std::fs::read(sample("bitcoin/blocks/blk00000.dat")).unwrap();
    std::fs::copy(sample("bitcoin/blocks/xor.dat"), folder.path().join("xor.dat")).unwrap();
    write(&folder, "blk00000.dat", &whole[..whole.len() / 2]);
    let report = lake.import("bitcoin_blocks", &[folder.path()]).await.unwrap();
    let source = &report.sources[0];
    assert!(source.rows_stored > 50 && source.rows_quarantined >= 1, "{source:?}");
    assert_eq!(source.rows_read, source.rows_stored + source.rows_quarantined + source.rows_duplicate);
    let reasons = lake.query("SELECT reason FROM admin.quarantine ORDER BY position DESC LIMIT 1").await;
    assert!(reasons.contains("more than the file has"), "{reasons}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_refused_file_of_several_stores_none() {
    let (lake, folder) = (TestLake::new().await, TempDir::new().unwrap());
    ring(folder.path(), 10, 40);
    write(&folder, "zzz.csv", b"");
    let error = lake.import("bank_csv", &[folder.path()]).await.unwrap_err().to_string();
    assert!(error.contains("zzz.csv"), "{error}");
    let stored = lake.query("SELECT count(*) AS number FROM flow.transfers").await;
    assert!(stored.contains("| 0 "), "{stored}");
}
