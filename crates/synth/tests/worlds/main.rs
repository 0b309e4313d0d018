//! Large worlds: the same bytes from the same seed, books that agree with their truth, and cases that are what they say.
#![expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use headwater_synth::{LargeWorld, LargeWorldSummary, write_large_world};

const DAY: i64 = 86_400;

/// A payment of the books, once.
#[derive(Debug, Clone)]
struct Row {
    time: i64,
    payer: String,
    payee: String,
    cents: i64,
    currency: String,
    channel: String,
}

#[derive(Debug, Clone)]
struct Case {
    id: String,
    typology: String,
    difficulty: String,
    expected: bool,
    decoy: bool,
    subject: String,
    references: Vec<String>,
}

struct World {
    folder: tempfile::TempDir,
    summary: LargeWorldSummary,
    rows: BTreeMap<String, Row>,
    cases: Vec<Case>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let summary = write_large_world(&spec(), folder.path(), |_, _| {}).unwrap();
    let mut rows = BTreeMap::new();
    for book in books() {
        for fields in lines(folder.path(), &book) {
            let row = Row {
                time: chrono::DateTime::parse_from_rfc3339(&fields[1]).unwrap().timestamp(),
                payer: fields[2].clone(),
                payee: fields[7].clone(),
                cents: fields[12].replace('.', "").parse().unwrap(),
                currency: fields[13].clone(),
                channel: fields[14].clone(),
            };
            rows.insert(fields[0].clone(), row);
        }
    }
    let cases = lines(folder.path(), "truth/schemes.csv").into_iter().map(|fields| Case {
        id: fields[0].clone(),
        typology: fields[1].clone(),
        difficulty: fields[2].clone(),
        expected: fields[3] == "true",
        decoy: fields[4] == "true",
        subject: fields[6].clone(),
        references: fields[12].split(';').map(str::to_owned).collect(),
    });
    let cases = cases.collect();
    World { folder, summary, rows, cases }
});

fn spec() -> LargeWorld {
    LargeWorld::new(7, 2_500, 300)
}

fn books() -> Vec<String> {
    let files = ["alpha_bank_ee", "beta_bank_gb", "gamma_bank_cy", "elbe_bank_de", "dauga_bank_lv"];
    files.map(|file| format!("bank/{file}.csv")).to_vec()
}

fn lines(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(folder.join(name)).unwrap();
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn evidence(case: &Case) -> Vec<&'static Row> {
    let mut rows: Vec<&Row> = case.references.iter().map(|reference| &WORLD.rows[reference]).collect();
    rows.sort_by_key(|row| row.time);
    rows
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let again = tempfile::tempdir().unwrap();
    assert_eq!(write_large_world(&spec(), again.path(), |_, _| {}).unwrap(), WORLD.summary);
    let other = tempfile::tempdir().unwrap();
    write_large_world(&LargeWorld { seed: 8, ..spec() }, other.path(), |_, _| {}).unwrap();
    let files =
        ["facts/facts.csv", "facts/details.csv", "truth/schemes.csv", "rates/eurofxref-hist.csv", "sources.toml"];
    for name in books().iter().map(String::as_str).chain(files).chain([
        "watchlist/entities.ftm.jsonl",
        "watchlist/exchanges.actorpack.yaml",
        "watchlist/causes.tagpack.yaml",
        "README.md",
    ]) {
        let bytes = std::fs::read(WORLD.folder.path().join(name)).unwrap();
        assert!(bytes == std::fs::read(again.path().join(name)).unwrap(), "{name}");
        // The exchanges are called the same in every world of a size.
        if !name.contains("sources") && !name.contains("exchanges") {
            assert!(bytes != std::fs::read(other.path().join(name)).unwrap(), "{name}");
        }
    }
}

#[test]
fn books_are_in_order_and_count_what_the_summary_says() {
    let mut rows = 0;
    for book in books() {
        let lines = lines(WORLD.folder.path(), &book);
        assert!(lines.windows(2).all(|pair| pair[0][1] <= pair[1][1]), "{book}");
        let own: BTreeSet<&String> = lines.iter().map(|fields| &fields[0]).collect();
        assert_eq!(own.len(), lines.len(), "a reference stands twice in {book}");
        rows += lines.len() as u64;
    }
    assert_eq!((rows, WORLD.rows.len() as u64), (WORLD.summary.rows, WORLD.summary.payments));
    assert!(WORLD.summary.rows > WORLD.summary.payments, "no payment is in two books");
    // Some 0.23 payments an account and day: what a bench takes its sizes from.
    let rate = WORLD.rows.len() as f64 / 2_500.0 / 300.0;
    assert!((0.1..0.6).contains(&rate), "{rate}");
}

#[test]
fn names_are_borne_once_so_that_strangers_stay_strangers() {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for book in books() {
        for fields in lines(WORLD.folder.path(), &book) {
            for (account, name) in [(&fields[2], &fields[3]), (&fields[7], &fields[8])] {
                if !account.is_empty() {
                    assert_eq!(names.entry(name.clone()).or_insert_with(|| account.clone()), account, "{name}");
                }
            }
        }
    }
}

#[test]
fn every_typology_is_there_at_every_difficulty_with_decoys() {
    let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for case in &WORLD.cases {
        kinds.entry(&case.typology).or_default().insert(&case.difficulty);
        assert_eq!(case.expected, matches!(case.difficulty.as_str(), "plain" | "medium"), "{}", case.id);
        assert_eq!(case.decoy, case.difficulty == "decoy", "{}", case.id);
        assert!(evidence(case).iter().any(|row| row.payer == case.subject || row.payee == case.subject), "{}", case.id);
    }
    assert_eq!(kinds.len(), 23, "{:?}; left out: {:?}", kinds.keys(), WORLD.summary.left_out);
    for (typology, difficulties) in kinds {
        assert_eq!(difficulties, BTreeSet::from(["decoy", "hard", "medium", "plain"]), "{typology}");
    }
    assert!(WORLD.summary.cases >= 110 && WORLD.summary.decoys >= 40);
}

/// The main clause of a case with the catalogue's defaults, the slow and obvious way, told the case.
fn holds(case: &Case) -> Option<bool> {
    let rows = evidence(case);
    let sum: i64 = rows.iter().map(|row| row.cents).sum();
    let span = rows.last()?.time - rows.first()?.time;
    let incoming: Vec<&&Row> = rows.iter().filter(|row| row.payee == case.subject).collect();
    let senders: BTreeSet<&String> = incoming.iter().map(|row| &row.payer).collect();
    Some(match case.typology.as_str() {
        "structuring" => {
            rows.iter().all(|row| (850_000..1_000_000).contains(&row.cents) && row.channel == "cash")
                && rows.len() >= 3
                && sum >= 2_500_000
                && span <= 30 * DAY
        }
        "smurfing_fan_in" => {
            senders.len() >= 5 && sum >= 1_000_000 && span <= 7 * DAY && rows.iter().all(|row| row.cents < 1_000_000)
        }
        "rapid_pass_through" => incoming.len() >= 3 && quick(case, &rows),
        "cycle_round_trip" => {
            let closed = rows.windows(2).all(|pair| pair[0].payee == pair[1].payer);
            let (least, most) = (rows.iter().map(|row| row.cents).min()?, rows.iter().map(|row| row.cents).max()?);
            closed && rows.last()?.payee == rows.first()?.payer && span <= 30 * DAY && least * 10 >= most * 7
        }
        "layering_chain" => {
            rows.len() >= 4
                && rows.windows(2).all(|pair| {
                    pair[0].payee == pair[1].payer
                        && pair[1].time - pair[0].time <= 3 * DAY
                        && pair[1].cents * 100 >= pair[0].cents * 85
                })
        }
        "scatter_gather" => senders.len() >= 3 && span <= 14 * DAY,
        "dormant_reactivation" => {
            let before = WORLD.rows.values().filter(|row| row.payer == case.subject || row.payee == case.subject);
            let last = before.map(|row| row.time).filter(|time| *time < rows[0].time).max()?;
            rows[0].time - last >= 180 * DAY
        }
        "loan_back" => {
            let (out, back) = (rows[0].cents, rows[1].cents);
            rows.len() == 2 && span <= 180 * DAY && (out - back).abs() * 5 <= out
        }
        "tf_micro_donation" => {
            let mut sums: Vec<i64> = rows.iter().map(|row| row.cents).collect();
            sums.sort_unstable();
            senders.len() >= 20 && span <= 30 * DAY && sums[sums.len() / 2] <= 5_000
        }
        "vasp_hop_without_trade" => rows.chunks(2).all(|pair| {
            pair[0].payee == pair[1].payer
                && pair[1].time - pair[0].time <= 3_600
                && (pair[0].cents - pair[1].cents).abs() * 50 <= pair[0].cents
        }),
        _ => return None,
    })
}

/// Whether nine tenths of each credit are gone within 48 hours, first in, first out.
fn quick(case: &Case, rows: &[&Row]) -> bool {
    rows.iter().filter(|row| row.payee == case.subject).all(|credit| {
        let gone: i64 = rows
            .iter()
            .filter(|row| row.payer == case.subject && row.time > credit.time && row.time <= credit.time + 2 * DAY)
            .map(|row| row.cents)
            .sum();
        gone * 10 >= credit.cents * 9
    })
}

#[test]
fn expected_cases_meet_their_clause_and_hard_ones_miss_it() {
    let mut seen = 0;
    for case in WORLD.cases.iter().filter(|case| !case.decoy) {
        let Some(holds) = holds(case) else { continue };
        assert_eq!(holds, case.expected, "{} {:#?}", case.id, evidence(case));
        assert!(evidence(case).iter().all(|row| row.currency == "EUR"), "{}", case.id);
        seen += 1;
    }
    assert!(seen >= 10 * 6, "{seen}");
}

#[test]
fn too_few_days_leave_out_what_does_not_fit_and_say_so() {
    let folder = tempfile::tempdir().unwrap();
    let summary = write_large_world(&LargeWorld::new(1, 500, 90), folder.path(), |_, _| {}).unwrap();
    assert!(summary.left_out.iter().any(|line| line.starts_with("dormant_reactivation needs")), "{summary:?}");
    let readme = std::fs::read_to_string(folder.path().join("README.md")).unwrap();
    assert!(readme.contains("Not planted, because the days are too few: "), "{readme}");
    write_large_world(&LargeWorld::new(1, 499, 90), folder.path(), |_, _| {}).unwrap_err();
}

#[test]
fn guests_live_in_the_world_under_their_own_identifiers() {
    let folder = tempfile::tempdir().unwrap();
    let world = LargeWorld { guests: vec!["012:80011F990".to_owned()], cases: 0, ..LargeWorld::new(1, 500, 60) };
    assert_eq!(write_large_world(&world, folder.path(), |_, _| {}).unwrap().cases, 0);
    let mine =
        books().iter().flat_map(|book| lines(folder.path(), book)).filter(|row| row[2] == "012:80011F990").count();
    assert!(mine >= 5, "{mine}");
}
