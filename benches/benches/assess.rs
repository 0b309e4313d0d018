//! All indicators for a register of groups over a world of payments, and one strategic assessment of them.
//!
//! `cargo xtask bench assess`; `ROWS=10000000 NETWORKS=1000` for another size than a million payments and a hundred groups; a
//! tenth of both is measured first, for the growth. The world is that of `headwater synth --accounts`, imported into a lake and
//! flagged once; the register is an agency's (`ocg_register`) and is written from the lake: each group has two members whose
//! accounts findings are about, as long as there are such, and three who are of no interest to anybody yet. Goals: all
//! indicators of 1,000 groups over 10 million payments in 60 s and 4 GiB; the strategic assessment in 5 s beyond that.
//!
//! Findings are linked once, and money that members sent on is followed to whom they paid and no further: in a world where
//! everybody pays everybody, tracing thousands of members apart over three transfers takes more than the memory limit. That
//! is a matter of `headwater link` and not of an assessment.
//!
//! A run of `headwater assess` scores every group and writes rows and report; what the lake holds already is a duplicate, which
//! costs the same. The strategic assessment is scored for anew, so what it takes is the difference of two commands.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::disallowed_methods, reason = "a bench takes its size from the environment")]

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use headwater_benches::{Failure, Spread, exponent, headwater, repeat, say, time};
use headwater_synth::{LargeWorld, write_large_world};

/// Members of a group whose accounts findings are about, and others.
const FOUND: u32 = 2;
const OTHERS: u32 = 3;

/// How far a link follows money that a member sent on, as its header says it, and how far here.
const THREE_HOPS: &str = "-- @param max_hops    BIGINT         3";
const ONE_HOP: &str = "-- @param max_hops    BIGINT         1";

/// The register, one row a statement: a row for each group and one for each of its members. Where there are fewer accounts with
/// findings than members to be had, groups share them, as groups do.
const REGISTER: &str = "
WITH held AS (
    SELECT
        places.account,
        places.identifier,
        min(holders.name) AS holder,
        CASE WHEN min(lower(holders.kind)) = 'company' THEN 'company' ELSE 'person' END AS kind,
        max(found.subject) IS NOT NULL AS found
    FROM flow.accounts AS places
    INNER JOIN flow.holders AS holders ON holders.account = places.account
    LEFT JOIN (SELECT DISTINCT subject FROM finding.findings) AS found ON found.subject = places.account
    WHERE places.ledger = 'bank' AND places.service IS NULL
    GROUP BY places.account, places.identifier
),
numbered AS (
    SELECT *, row_number() OVER (PARTITION BY found ORDER BY account) - 1 AS place, count(*) OVER (PARTITION BY found) AS total
    FROM held
),
totals AS (
    SELECT found, min(total) AS total FROM numbered GROUP BY found
),
seats AS (
    SELECT groups.value AS ocg, seats.value AS seat, seats.value < $found AS found
    FROM generate_series(0, $networks - 1) AS groups
    CROSS JOIN generate_series(0, $found + $others - 1) AS seats
),
wanted AS (
    SELECT
        seats.ocg,
        seats.seat,
        seats.found,
        CASE WHEN seats.found THEN seats.ocg * $found + seats.seat ELSE seats.ocg * $others + seats.seat - $found END
            % totals.total AS place
    FROM seats
    INNER JOIN totals ON totals.found = seats.found
),
stated AS (
    SELECT
        wanted.ocg,
        wanted.seat,
        'member-' || numbered.identifier AS member_id,
        numbered.holder AS member,
        numbered.kind AS member_kind,
        CASE wanted.seat WHEN 0 THEN 'leader' WHEN 1 THEN 'launderer' ELSE 'member' END AS role,
        CASE WHEN iban_valid(numbered.identifier) THEN 'iban' ELSE 'account' END AS identifier_kind,
        numbered.identifier
    FROM wanted
    INNER JOIN numbered ON numbered.found = wanted.found AND numbered.place = wanted.place
    UNION ALL
    SELECT value, -1, NULL, NULL, NULL, NULL, NULL, NULL
    FROM generate_series(0, $networks - 1) AS groups
)
SELECT
    lpad(CAST(ocg AS VARCHAR), 6, '0') AS ocg_id,
    'Group number ' || CAST(ocg AS VARCHAR) AS name,
    NULL AS aliases,
    CASE WHEN seat = -1 THEN CASE ocg % 3 WHEN 0 THEN 'crime.traffick.drug' WHEN 1 THEN 'crime.fraud' ELSE 'crime.fin' END END
        AS activity,
    member_id,
    member,
    NULL AS member_aliases,
    member_kind,
    role,
    NULL AS birth_date,
    NULL AS country,
    NULL AS address,
    identifier_kind,
    identifier,
    NULL AS since,
    NULL AS until,
    'B2' AS grade
FROM stated
ORDER BY ocg, seat";

fn main() -> Result<(), Failure> {
    if !headwater_benches::is_wanted("assess") {
        return Ok(());
    }
    let asked =
        |name: &str, otherwise| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let (rows, networks) = (asked("ROWS", 1_000_000), asked("NETWORKS", 100));
    let binary = headwater()?;
    let small = measure(&binary, rows / 10, (networks / 10).max(1))?;
    let large = measure(&binary, rows, networks)?;
    exponent("growth of all indicators, 1x to 10x", &small, &large, 10.0);
    Ok(())
}

/// Times an assessment and a product of a world and a register; the assessment is what is returned.
fn measure(binary: &Path, size: u64, networks: u64) -> Result<Spread, Failure> {
    let folder = tempfile::tempdir()?;
    let (world, lake) = (folder.path().join("world"), folder.path().join("lake"));
    // As many payments an account as in the bench of the typologies.
    let accounts = u32::try_from(size / 84).unwrap_or(u32::MAX).max(headwater_synth::LEAST_ACCOUNTS);
    let summary = write_large_world(&LargeWorld::new(1, accounts, 365), &world, |_, _| {})?;
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
    time(command().arg("flag"))?;
    let register = folder.path().join("register.csv");
    let sql = REGISTER
        .replace("$networks", &networks.to_string())
        .replace("$found", &FOUND.to_string())
        .replace("$others", &OTHERS.to_string());
    time(command().args(["sql", "-c", &sql, "-o"]).arg(&register))?;
    time(command().args(["import", "ocg_register"]).arg(&register))?;
    let own = folder.path().join("own");
    std::fs::create_dir_all(own.join("links"))?;
    let flow = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../queries/links/flow.sql"))?;
    let shorter = flow.replace(THREE_HOPS, ONE_HOP);
    if shorter == flow {
        return Err("links/flow.sql says no longer how far it follows".into());
    }
    std::fs::write(own.join("links/flow.sql"), shorter)?;
    time(command().arg("--queries").arg(&own).arg("link"))?;
    let scored = scored(command().args(["assess", "--format", "csv", "--no-header"]))?;
    println!(
        "\n{} payments of {} accounts, {networks} groups on the register, {scored} networks scored",
        summary.payments, summary.accounts
    );
    let report = folder.path().join("report.html");
    let all = repeat(3, || time(command().args(["assess", "--report"]).arg(&report)))?;
    say("all indicators (goal at 10 M and 1,000: 60 s)", &all);
    let out = folder.path().join("products");
    let product = repeat(3, || time(command().args(["assess", "--product", "strategic", "--out"]).arg(&out)))?;
    say("with a strategic assessment instead", &product);
    let beyond = product.median.saturating_sub(all.median).max(Duration::from_millis(1));
    println!("{:<44} {:>8.2} s", "  what that adds (goal: 5 s)", beyond.as_secs_f64());
    Ok(all)
}

/// How many networks an assessment lists: a bench of nothing would be fast.
fn scored(command: &mut Command) -> Result<usize, Failure> {
    let answer = command.output()?;
    if !answer.status.success() {
        return Err(format!("{command:?} ended with {}", answer.status).into());
    }
    match String::from_utf8_lossy(&answer.stdout).lines().count() {
        0 => Err("no network is scored: no finding leads to a member of a group".into()),
        count => Ok(count),
    }
}
