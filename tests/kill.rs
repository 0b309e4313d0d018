//! An import that is killed has happened or has not: the real binary, killed with SIGKILL at fifty seeded moments.
//!
//! The lakes are used hard: each is killed several times in a row, so that a recovery is killed too. After every kill a
//! reader must see all of the import or nothing; after the last one the import is run to its end, and every table but
//! the list of snapshots must equal that of a lake nobody disturbed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use headwater_engine::{LakeOptions, LakeSchema, Library};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use tempfile::TempDir;

use crate::support::{self, copy};

const KILLS: usize = 50;
const KILLS_A_LAKE: usize = 10;

/// The binary that was built beside this test.
pub(crate) fn headwater() -> PathBuf {
    let path = support::build_folder().join("headwater");
    assert!(path.exists(), "{} is not built; `cargo build --workspace --bins` builds it", path.display());
    path
}

fn run(arguments: &[&str], lake: &Path) {
    let output = Command::new(headwater()).args(arguments).arg("--lake").arg(lake).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn start(arguments: &[&str], lake: &Path) -> Child {
    let mut command = Command::new(headwater());
    command.args(arguments).arg("--lake").arg(lake).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

/// A book of 400 payments with two bad rows: small, because it is imported some sixty times.
pub(crate) fn book(folder: &Path) -> PathBuf {
    let source = std::fs::read_to_string(support::repository().join("data-samples/bank/alpha_bank_ee.csv")).unwrap();
    let mut text: String = source.lines().take(401).flat_map(|line| [line, "\n"]).collect();
    text.push_str(
        ",not a time,EE1,,,,,EE2,,,,,1,EUR,wire,bad\n,2024-01-01T00:00:00Z,EE1,,,,,EE2,,,,,many,EUR,wire,bad\n",
    );
    let path = folder.join("book.csv");
    std::fs::write(&path, text).unwrap();
    path
}

/// Every table of the lake but `admin.snapshots` and the audit journal, as text, ordered by every column that can be ordered.
pub(crate) async fn contents(folder: &Path) -> String {
    let library: Library = support::library();
    let schema = LakeSchema::from_library(&library).unwrap();
    let lake = support::open(folder, LakeOptions::default());
    let mut all = String::new();
    for table in schema.tables().filter(|table| table.name != "admin.snapshots" && !table.journal) {
        let columns: Vec<&str> = table.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let sql = format!("SELECT * FROM {} ORDER BY {}", table.name, columns.join(", "));
        all.push_str(&format!("{}\n{}\n", table.name, support::query(&lake, &sql).await.unwrap()));
    }
    all
}

/// Whether the import is there, after checking that it is there whole or not at all.
async fn all_or_nothing(folder: &Path, moment: Duration) -> bool {
    let lake = support::open(folder, LakeOptions::default());
    let sql = "SELECT (SELECT count(*) FROM flow.transfers) AS transfers, (SELECT count(*) FROM flow.accounts) > 0 AS accounts,
        (SELECT count(*) FROM admin.quarantine) AS quarantine, (SELECT count(*) FROM admin.sources) AS sources";
    let answer = support::query(&lake, sql).await.unwrap();
    let row = answer.lines().nth(3).unwrap_or_default().replace(' ', "");
    match row.as_str() {
        "|0|false|0|0|" => false,
        "|400|true|2|1|" => true,
        _ => panic!("killed after {moment:?}, the lake shows half an import:\n{answer}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_import_has_happened_or_not_and_running_it_again_completes_it() {
    let folder = TempDir::new().unwrap();
    let book = book(folder.path());
    let import = ["import", "bank_csv", book.to_str().unwrap()];
    let (empty, undisturbed) = (folder.path().join("empty"), folder.path().join("undisturbed"));
    run(&["init"], &empty);
    copy(&empty, &undisturbed);
    let started = Instant::now();
    run(&import, &undisturbed);
    let takes = started.elapsed();
    let expected = contents(&undisturbed).await;
    assert!(expected.contains("not a time"), "the bad rows are in quarantine");

    let mut random = ChaCha8Rng::seed_from_u64(9);
    let (mut kills, mut cut_short) = (0, 0);
    while kills < KILLS {
        let lake = folder.path().join(format!("lake-{kills}"));
        copy(&empty, &lake);
        for _ in 0..KILLS_A_LAKE {
            let moment = takes.mul_f64(random.random_range(0.02..1.0));
            let mut child = start(&import, &lake);
            tokio::time::sleep(moment).await;
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            if all_or_nothing(&lake, moment).await {
                break;
            }
            cut_short += 1;
        }
        run(&import, &lake);
        assert_eq!(contents(&lake).await, expected, "after {kills} kills");
        std::fs::remove_dir_all(&lake).unwrap();
    }
    assert!(cut_short > KILLS / 2, "only {cut_short} of {kills} kills came before the end; the test proves little");
}
