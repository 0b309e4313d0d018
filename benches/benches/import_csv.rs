//! Import of AMLworld-shaped CSV, against DuckDB reading the same file and writing sorted zstd Parquet.
//!
//! `cargo xtask bench import_csv`; `ROWS=500000` for a smaller file. The two do not do the same work: Headwater also
//! hashes the file, checks every row for a reason to refuse it, gives each payment an id that makes the import
//! repeatable, and writes the accounts; DuckDB parses, sorts by time and writes. The goal is to stay within twice its
//! time, in under 2 GiB.
//!
//! Learned so far, at a million rows on two cores:
//! - A window PARTITION BY the content of a row, to number equal rows, has as many partitions as rows, and took 4 of 9.7
//!   seconds. Equal rows are few: they are found by grouping first, and only they are numbered.
//! - A join carries its whole input along. Turning a currency's name into its code by a join with a list of values copied
//!   every text of every row; a CASE does not. Joins that are needed come after the texts have become numbers.
//! - SipHash has work at both ends of every piece: gathering a row's key first took hashing from an eighth of the time
//!   to an eleventh.
//! - A hash join holds its left side in memory. With the payments there, five million rows did not fit the default limit.
//! - With a greedy pool the sorts that came first left the last merge nothing; a fair one lets them spill in time,
//!   and costs more of it: five million rows take about three times as long as DuckDB, a million twice.
//! - Views stacked in two layers parse each amount once; written into the reason to refuse it, it was parsed three times.
//! - What is left is evenly spread: reading the spool, hashing keys, sorting, encoding Parquet.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::disallowed_methods, reason = "a bench takes its size from the environment")]

use std::path::Path;
use std::process::Command;

use headwater_benches::{Failure, exponent, headwater, ratio, repeat, say, time};

const PEER: &str = r#"
import duckdb, sys
source, target = sys.argv[1], sys.argv[2]
db = duckdb.connect()
db.execute("SET threads = 2")
db.execute(f"""
COPY (
    SELECT strptime(column00, '%Y/%m/%d %H:%M') AS time, column01 || ':' || column02 AS payer,
           column03 || ':' || column04 AS payee, column05::DECIMAL(38, 18) AS amount, column06 AS asset,
           column07::DECIMAL(38, 18) AS paid, column08 AS paid_asset, column09 AS channel
    FROM read_csv('{source}', header = false, skip = 1, all_varchar = true)
    ORDER BY time
) TO '{target}' (FORMAT parquet, COMPRESSION zstd)
""")
"#;

fn main() -> Result<(), Failure> {
    if !headwater_benches::is_wanted("import_csv") {
        return Ok(());
    }
    let rows: u64 = std::env::var("ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(5_000_000);
    let folder = tempfile::tempdir()?;
    let binary = headwater()?;
    let mut spreads = Vec::new();
    for rows in [rows / 10, rows] {
        let source = folder.path().join(format!("HI-Bench-{rows}_Trans.csv"));
        headwater_synth::write_amlworld(rows, 1, &source)?;
        let megabytes = std::fs::metadata(&source)?.len() as f64 / 1e6;
        println!("{rows} rows, {megabytes:.0} MB");
        let ours = repeat(3, || import(&binary, &source, &folder.path().join("lake")))?;
        say("headwater import ibm_aml", &ours);
        let target = folder.path().join("peer.parquet");
        let theirs = repeat(3, || time(Command::new("python3").args(["-c", PEER]).arg(&source).arg(&target)));
        match theirs {
            Ok(theirs) => {
                say("duckdb read_csv, sort, write parquet", &theirs);
                ratio("ratio (goal: 2 or less)", &ours, &theirs);
            }
            Err(error) => println!("no peer: {error} (cargo xtask bench installs it)"),
        }
        spreads.push(ours);
    }
    if let [small, large] = spreads.as_slice() {
        exponent("exponent of growth, 1x to 10x", small, large, 10.0);
    }
    Ok(())
}

fn import(binary: &Path, source: &Path, lake: &Path) -> Result<headwater_benches::Run, Failure> {
    if lake.exists() {
        std::fs::remove_dir_all(lake)?;
    }
    time(Command::new(binary).arg("--lake").arg(lake).arg("--quiet").arg("init"))?;
    time(Command::new(binary).arg("--lake").arg(lake).arg("--quiet").args(["import", "ibm_aml"]).arg(source))
}
