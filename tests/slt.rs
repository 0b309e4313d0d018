//! Functions, operators, imports, views, macros and derived tables against their scripts: `slt/<folder>/<stem>.slt`.
//!
//! A script is a sqllogictest file with a fresh lake to itself, run through the session a user of the shell has. On top
//! of SQL it may say `IMPORT format path … [name=value …]`, which answers with one row a file: its name, the rows read,
//! stored, quarantined and duplicate, and whether the file was known; `--supplier=`, `--grade=` and `--handling=` grade it,
//! as on the command line; paths begin with one of the [`PLACES`]. `DERIVE name …` makes derived tables anew, and
//! `DECIDE same | a | b | who | why` decides of two parties; `STRIKE txid | who | why` strikes a transaction out of the
//! evidence for clusters, `UNSTRIKE` puts it back.
//!
//! A second script of a stem may carry a word after it, `ofac_sdn.real.slt`: what needs the real data is apart from what
//! runs everywhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};
use datafusion_sqllogictest::{DFColumnType, DFOutput};
use futures::StreamExt as _;
use headwater_engine::{Access, Grading, ImportReport, ImportRequest, Session, Values};
use headwater_link::resolve::{Decision, Verdict, decide};
use headwater_link::strike::{Strike, strike};
use sqllogictest::AsyncDB;
use tempfile::TempDir;

use crate::script::{self, Refused, output, refused};
use crate::support::{self, TestLake};

/// How a path in a script may begin.
const PLACES: [&str; 5] = ["$FIXTURES", "$SAMPLES", "$SCRATCH", "$DATA", "$ECB"];

/// The shell of one script.
#[derive(Clone)]
struct Shell {
    session: Session,
    lake: Arc<TestLake>,
    places: Arc<Vec<(&'static str, String)>>,
    _scratch: Arc<TempDir>,
}

impl Shell {
    /// `IMPORT bank_csv $FIXTURES/book.csv name=value`.
    async fn import(&self, words: &str) -> Result<DFOutput, Refused> {
        let mut words = words.split_whitespace().map(|word| word.trim_end_matches(';'));
        let format = words.next().unwrap_or_default().to_owned();
        let (mut paths, mut values) = (Vec::new(), Values::new());
        for word in words {
            match word.split_once('=') {
                Some((name, value)) => {
                    values.insert(name.to_owned(), value.trim_matches('\'').to_owned());
                }
                None => paths.push(PathBuf::from(word)),
            }
        }
        let grading = Grading {
            supplier: values.remove("--supplier"),
            grade: values.remove("--grade"),
            handling: values.remove("--handling"),
        };
        let observer = Arc::new(|_| {});
        let request = ImportRequest { format, paths, values, undo: Values::new(), grading, observer };
        let report = headwater_engine::import(&self.lake.lake, &request).await.map_err(refused)?;
        let batch = table(&report).map_err(refused)?;
        output(vec![batch.clone()], &batch)
    }
}

impl Shell {
    /// `STRIKE txid | who | why` and `UNSTRIKE txid | who | why`, on the regression-test chain.
    async fn strike(&self, words: &str, struck: bool) -> Result<DFOutput, Refused> {
        let words: Vec<&str> = words.split('|').map(str::trim).collect();
        let [txid, who, why] = words.as_slice() else {
            return Err(refused("STRIKE txid | who | why"));
        };
        let [txid, who, why] = [txid, who, why].map(|word| (*word).to_owned());
        let request = Strike { ledger: "btc-regtest".to_owned(), txid, struck, who, why, time: 1_700_000_000_000_000 };
        let touched = strike(&self.lake.lake, &request).await.map_err(refused)?;
        let accounts = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("cluster", Arc::new(touched.iter().map(|one| Some(one.cluster.clone())).collect::<StringArray>())),
            ("before", Arc::new(touched.iter().map(|one| accounts(one.before)).collect::<Int64Array>())),
            ("after", Arc::new(touched.iter().map(|one| accounts(one.after)).collect::<Int64Array>())),
        ];
        let columns = columns.into_iter().map(|(name, column)| (name, column, true));
        let table = RecordBatch::try_from_iter_with_nullable(columns).map_err(refused)?;
        output(vec![table.clone()], &table)
    }

    /// `DECIDE same | entity:a/1 | entity:b/2 | who | why`.
    async fn decide(&self, words: &str) -> Result<DFOutput, Refused> {
        let words: Vec<&str> = words.split('|').map(str::trim).collect();
        let [verdict, a, b, who, why] = words.as_slice() else {
            return Err(refused("DECIDE verdict | a | b | who | why"));
        };
        let verdict = match *verdict {
            "same" => Verdict::Same,
            "distinct" => Verdict::Distinct,
            _ => Verdict::Undecided,
        };
        let [a, b, who, why] = [a, b, who, why].map(|word| (*word).to_owned());
        let decision = Decision { a, b, verdict, who, why, time: 1_700_000_000_000_000 };
        decide(&self.lake.lake, &decision).await.map_err(refused)?;
        Ok(DFOutput::StatementComplete(0))
    }
}

fn table(report: &ImportReport) -> Result<RecordBatch, datafusion::arrow::error::ArrowError> {
    let sources = report.sources.iter();
    let name = |path: &str| Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned());
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("file", Arc::new(sources.clone().map(|source| name(&source.name)).collect::<StringArray>())),
        ("read", Arc::new(Int64Array::from_iter_values(sources.clone().map(|source| number(source.rows_read))))),
        ("stored", Arc::new(Int64Array::from_iter_values(sources.clone().map(|source| number(source.rows_stored))))),
        (
            "quarantined",
            Arc::new(Int64Array::from_iter_values(sources.clone().map(|source| number(source.rows_quarantined)))),
        ),
        (
            "duplicate",
            Arc::new(Int64Array::from_iter_values(sources.clone().map(|source| number(source.rows_duplicate)))),
        ),
        ("known", Arc::new(sources.map(|source| Some(source.known)).collect::<BooleanArray>())),
    ];
    RecordBatch::try_from_iter(columns)
}

#[async_trait::async_trait]
impl AsyncDB for Shell {
    type Error = Refused;
    type ColumnType = DFColumnType;

    async fn run(&mut self, sql: &str) -> Result<DFOutput, Refused> {
        let mut sql = sql.trim().to_owned();
        for (place, path) in self.places.iter() {
            sql = sql.replace(place, path);
        }
        if let Some(words) = sql.strip_prefix("IMPORT ") {
            return self.import(words).await;
        }
        if let Some(words) = sql.strip_prefix("DERIVE ") {
            let names: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            headwater_engine::derive_anew(&self.lake.lake, &names, &|_| {}).await.map_err(refused)?;
            return Ok(DFOutput::StatementComplete(0));
        }
        if let Some(words) = sql.strip_prefix("STRIKE ") {
            return self.strike(words, true).await;
        }
        if let Some(words) = sql.strip_prefix("UNSTRIKE ") {
            return self.strike(words, false).await;
        }
        if let Some(words) = sql.strip_prefix("DECIDE ") {
            return self.decide(words).await;
        }
        script::rows(self.session.sql(&sql).await.map_err(refused)?).await
    }

    fn engine_name(&self) -> &str {
        "headwater"
    }

    async fn sleep(duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    async fn shutdown(&mut self) {}
}

/// Where the places of a script are; `None` when one it needs is not on this machine.
fn places(test: &str, text: &str, scratch: &Path) -> Option<Vec<(&'static str, String)>> {
    let mut places = Vec::new();
    for place in PLACES.into_iter().filter(|place| text.contains(place)) {
        let path = match place {
            "$FIXTURES" => support::fixture(""),
            "$SAMPLES" => support::repository().join("data-samples"),
            "$SCRATCH" => scratch.to_owned(),
            "$ECB" => support::ecb_history(test)?,
            _ => support::data(test)?,
        };
        places.push((place, path.to_string_lossy().trim_end_matches('/').to_owned()));
    }
    Some(places)
}

async fn check(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let scratch = Arc::new(TempDir::new().map_err(|error| error.to_string())?);
    let Some(places) = places(&path.display().to_string(), &text, scratch.path()) else { return Ok(()) };
    let lake = Arc::new(TestLake::new().await);
    let session = Session::new(&lake.lake, Access::Shell);
    let shell = Shell { session, lake, places: Arc::new(places), _scratch: scratch };
    script::check(path, shell).await
}

/// Runs every script of a folder, two at a time; all failures are shown, in the order of the files.
async fn check_all(folder: &str) {
    // `.world.slt` needs rows of its own making: those scripts are run by `typologies.rs`.
    let paths = script::scripts(folder, |name| name.ends_with(".slt") && !name.ends_with(".world.slt"));
    let checks = futures::stream::iter(&paths).map(|path| check(path));
    let outcomes: Vec<_> = checks.buffered(2).collect().await;
    let failures: Vec<String> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn functions_answer_as_their_scripts_say() {
    check_all("functions").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn operators_answer_as_their_scripts_say() {
    check_all("operators").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn imports_store_and_refuse_as_their_scripts_say() {
    check_all("import").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn views_answer_as_their_scripts_say() {
    check_all("views").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn macros_answer_as_their_scripts_say() {
    check_all("macros").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn derived_tables_hold_what_their_scripts_say() {
    check_all("derive").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sql_means_what_it_says() {
    check_all("sql").await;
}
