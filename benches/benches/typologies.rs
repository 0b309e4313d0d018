//! All typologies over a world of a given number of payments, and those with an obvious best SQL against it in DuckDB.
//!
//! `cargo xtask bench typologies`; `ROWS=10000000` for another size than a million; a tenth of it is measured first, for the growth. The world is that of
//! `headwater synth --accounts`, imported into a lake; a run is `headwater flag` on a copy of nothing: findings of the runs
//! before are there and are duplicates, which costs the same. Goals: 10 million payments on two threads in 120 s and 4 GiB, all
//! typologies together; each of those with a peer no slower than it, and twice as fast in the geometric mean.
//!
//! The peer (`duckdb` from PyPI; `PYTHON` is the interpreter that has it) gets the same payments as one Parquet file, with
//! the euro value and what services there are, and the window of each rule in the SQL that a good analyst would write. It
//! looks for the accounts alone: no first-in first-out, no evidence, no explanation, no weak links, no coverage; so the ratio
//! is of more work to less. Starting the interpreter is measured and taken off.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::disallowed_methods, reason = "a bench takes its size from the environment")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use headwater_benches::{Failure, Run, Spread, exponent, headwater, ratio, repeat, say, time};
use headwater_synth::{LargeWorld, write_large_world};

/// Stem, and what the peer runs for it over `transfers (src, dst, time, value_eur, src_service, dst_service)`.
const PEERS: [(&str, &str); 5] = [
    (
        "structuring",
        "WITH band AS (
             SELECT dst, time, value_eur,
                 count(*) OVER w AS n, sum(value_eur) OVER w AS total
             FROM transfers
             WHERE value_eur >= 8500 AND value_eur < 10000 AND src <> dst AND dst_service IS NULL
             WINDOW w AS (PARTITION BY dst ORDER BY time RANGE BETWEEN INTERVAL 30 DAYS PRECEDING AND CURRENT ROW)
         ), seeds AS (SELECT dst, time, max(n) AS n FROM band WHERE n >= 3 AND total >= 25000 GROUP BY dst, time)
         SELECT seeds.dst, seeds.time
         FROM seeds JOIN transfers t ON t.dst = seeds.dst
             AND t.time <= seeds.time AND t.time >= seeds.time - INTERVAL 210 DAYS
         GROUP BY seeds.dst, seeds.time, seeds.n
         HAVING count(*) FILTER (t.time < seeds.time - INTERVAL 30 DAYS) < 10
             OR seeds.n * count(*) FILTER (t.time < seeds.time - INTERVAL 30 DAYS)
                 >= 3 * count(*) FILTER (t.time < seeds.time - INTERVAL 30 DAYS AND t.value_eur >= 8500 AND t.value_eur < 10000)
                     * count(*) FILTER (t.time >= seeds.time - INTERVAL 30 DAYS)",
    ),
    (
        "smurfing_fan_in",
        "WITH seen AS (
             SELECT account, min(time) AS since
             FROM (SELECT src AS account, time FROM transfers UNION ALL SELECT dst, time FROM transfers) GROUP BY account
         ), credits AS (
             SELECT t.dst, t.src, t.time, t.value_eur, t.time <= seen.since + INTERVAL 30 DAYS AS is_new
             FROM transfers t JOIN seen ON seen.account = t.src
             WHERE t.src <> t.dst AND t.value_eur < 10000 AND t.dst_service IS NULL AND t.src_service IS DISTINCT FROM 'cash'
         )
         SELECT DISTINCT dst FROM (
             SELECT dst, count(DISTINCT src) OVER w AS senders,
                 count(DISTINCT CASE WHEN is_new THEN src END) OVER w AS fresh, sum(value_eur) OVER w AS total
             FROM credits
             WINDOW w AS (PARTITION BY dst ORDER BY time RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND CURRENT ROW)
         ) WHERE senders >= 5 AND total >= 10000 AND fresh >= 0.6 * senders",
    ),
    (
        "fan_out_distribution",
        "WITH fans AS (
             SELECT src, time, count(DISTINCT dst) OVER w AS receivers, sum(value_eur) OVER w AS total, min(time) OVER w AS begin
             FROM transfers
             WHERE src <> dst AND src_service IS NULL AND dst_service IS DISTINCT FROM 'cash'
             WINDOW w AS (PARTITION BY src ORDER BY time RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND CURRENT ROW)
         ), found AS (SELECT * FROM fans WHERE receivers >= 5 AND total >= 10000)
         SELECT found.src, found.time
         FROM found JOIN transfers t ON t.dst = found.src
             AND t.time <= found.time AND t.time >= found.begin - INTERVAL 7 DAYS
         GROUP BY found.src, found.time, found.total
         HAVING found.total >= 0.8 * sum(t.value_eur)",
    ),
    (
        "rapid_pass_through",
        "WITH pairs AS (
             SELECT i.dst AS account, i.time, i.value_eur, sum(o.value_eur) AS gone
             FROM transfers i JOIN transfers o ON o.src = i.dst AND o.time > i.time AND o.time <= i.time + INTERVAL 48 HOURS
             WHERE i.src <> i.dst AND i.dst_service IS NULL
             GROUP BY i.dst, i.time, i.value_eur
         )
         SELECT DISTINCT account FROM (
             SELECT account, count(*) OVER w AS credits, sum(value_eur) OVER w AS total
             FROM pairs WHERE gone >= 0.9 * value_eur
             WINDOW w AS (PARTITION BY account ORDER BY time RANGE BETWEEN INTERVAL 30 DAYS PRECEDING AND CURRENT ROW)
         ) WHERE credits >= 3 AND total >= 5000",
    ),
    (
        "dormant_reactivation",
        "WITH moves AS (
             SELECT dst AS account, time, value_eur AS credit, 0 AS debit FROM transfers WHERE src <> dst
             UNION ALL SELECT src, time, 0, value_eur FROM transfers WHERE src <> dst
         ), gaps AS (
             SELECT account, time, lag(time) OVER (PARTITION BY account ORDER BY time) AS previous FROM moves
         ), wakes AS (SELECT account, time FROM gaps WHERE time >= previous + INTERVAL 180 DAYS)
         SELECT wakes.account, wakes.time
         FROM wakes JOIN moves m ON m.account = wakes.account AND m.time <= wakes.time + INTERVAL 14 DAYS
         GROUP BY wakes.account, wakes.time
         HAVING sum(m.credit) FILTER (m.time >= wakes.time AND m.time <= wakes.time + INTERVAL 7 DAYS)
                 >= 10 * median(m.credit) FILTER (m.time < wakes.time AND m.credit > 0)
             AND sum(m.debit) FILTER (m.time >= wakes.time)
                 >= 0.8 * sum(m.credit) FILTER (m.time >= wakes.time AND m.time <= wakes.time + INTERVAL 7 DAYS)",
    ),
];

/// Runs one query over the Parquet file; without one it only opens it.
const PEER: &str = r#"
import duckdb, sys
db = duckdb.connect()
db.execute("SET threads = 2")
db.execute(f"CREATE VIEW transfers AS SELECT * FROM read_parquet('{sys.argv[1]}')")
if len(sys.argv) > 2:
    db.execute(sys.argv[2]).fetchall()
"#;

/// What the peer reads.
const EXPORT: &str = "SELECT transfers.src, transfers.dst, transfers.time, CAST(transfers.value_eur AS DOUBLE) AS value_eur, \
    payer.service AS src_service, payee.service AS dst_service \
    FROM flow.transfers AS transfers \
    LEFT JOIN flow.accounts AS payer ON payer.account = transfers.src \
    LEFT JOIN flow.accounts AS payee ON payee.account = transfers.dst \
    ORDER BY transfers.time, transfers.transfer_id";

fn main() -> Result<(), Failure> {
    if !headwater_benches::is_wanted("typologies") {
        return Ok(());
    }
    let rows: u64 = std::env::var("ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let binary = headwater()?;
    let small = measure(&binary, rows / 10)?;
    let large = measure(&binary, rows)?;
    exponent("growth of all typologies, 1x to 10x", &small, &large, 10.0);
    Ok(())
}

/// Times all typologies together, then each with a peer.
fn measure(binary: &Path, size: u64) -> Result<Spread, Failure> {
    let folder = tempfile::tempdir()?;
    let (world, lake) = (folder.path().join("world"), folder.path().join("lake"));
    // Some 0.23 payments an account and day, over the three quarters of a year that dormancy needs.
    let accounts = u32::try_from(size / 84).unwrap_or(u32::MAX).max(headwater_synth::LEAST_ACCOUNTS);
    let summary = write_large_world(&LargeWorld::new(1, accounts, 365), &world, |_, _| {})?;
    println!("\n{} payments of {} accounts, {} planted cases", summary.payments, summary.accounts, summary.cases);
    let command = || {
        let mut command = Command::new(binary);
        command.arg("--lake").arg(&lake).args(["--quiet", "--threads", "2", "--memory-limit", "3G"]);
        command
    };
    time(command().arg("init"))?;
    for (format, path) in
        [("ecb_rates", "rates/eurofxref-hist.csv"), ("ftm", "watchlist/entities.ftm.jsonl"), ("bank_csv", "bank")]
    {
        time(command().args(["import", format]).arg(world.join(path)))?;
    }
    std::fs::remove_dir_all(&world)?;
    let whole = repeat(3, || time(command().arg("flag")))?;
    say("all typologies (goal at 10 M: 120 s)", &whole);

    let parquet = folder.path().join("transfers.parquet");
    time(command().args(["sql", "-c", EXPORT, "-o"]).arg(&parquet))?;
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let peer = |sql: Option<&str>| time(Command::new(&python).args(["-c", PEER]).arg(&parquet).args(sql));
    let idle = match repeat(3, || peer(None)) {
        Ok(idle) => Some(idle.median),
        Err(error) => {
            println!("no peer: {error} (pip install duckdb; PYTHON names the interpreter)");
            None
        }
    };
    let mut ratios = Vec::new();
    for (stem, sql) in PEERS {
        let ours = repeat(3, || time(command().args(["flag", stem])))?;
        say(stem, &ours);
        let Some(idle) = idle else { continue };
        let theirs = repeat(3, || peer(Some(sql)).map(|run| Run { wall: net(run.wall, idle), ..run }))?;
        say("  duckdb, the accounts alone", &theirs);
        ratio("  ratio (1 or less: no slower)", &ours, &theirs);
        ratios.push((ours.median.as_secs_f64() / theirs.median.as_secs_f64()).ln());
    }
    if !ratios.is_empty() {
        let mean = (ratios.iter().sum::<f64>() / ratios.len() as f64).exp();
        println!("{:<44} {mean:>8.2} x", "geometric mean (goal: 0.5 or less)");
    }
    Ok(whole)
}

/// What is left of a run when starting is taken off; never nothing.
fn net(wall: Duration, idle: Duration) -> Duration {
    wall.saturating_sub(idle).max(Duration::from_millis(1))
}
