//! Governed use: what is written down, what is refused without a reason, what `verify` finds, and a finding found again.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::{Place, Run};
use crate::support::fixture;

/// A lake with a bank's book in it.
fn lake(governed: bool) -> Place {
    let place = Place::new();
    let book = fixture("bank.csv").to_string_lossy().into_owned();
    let init: &[&str] = if governed { &["--quiet", "init", "--governed"] } else { &["--quiet", "init"] };
    for arguments in [init, &["--quiet", "import", "bank_csv", &book]] {
        let run = place.run(arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    place
}

fn sql(place: &Place, more: &[&str], sql: &str) -> Run {
    place.run(&[&["--format", "csv", "--no-header", "sql", "-c", sql], more].concat())
}

fn journal(place: &Place) -> PathBuf {
    place.path().join("lake/admin/audit/journal.ndjson")
}

const WHY: [&str; 6] = ["--purpose", "laundering", "--case", "4711/26", "--authority", "court order 12"];

/// Rows of the journal, without what changes from run to run. Without its statements, the journal is about no subject.
fn audit(place: &Place, columns: &str) -> Vec<String> {
    let answer = sql(place, &WHY, &format!("SELECT {columns} FROM admin.audit ORDER BY number"));
    assert_eq!(answer.code, 0, "{}", answer.stderr);
    answer.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn what_touches_a_subject_is_written_down_and_statistics_are_not() {
    let place = lake(false);
    let statements = [
        "SELECT count(*) FROM flow.transfers",
        "SELECT date_trunc('month', time) AS month, sum(amount) AS total FROM flow.transfers GROUP BY 1",
        "EXPLAIN SELECT name FROM flow.holders",
        "SELECT 1",
        "SELECT typology, count(*) FROM finding.findings GROUP BY typology",
    ];
    for statement in statements {
        assert_eq!(sql(&place, &[], statement).code, 0, "{statement}");
    }
    let before = audit(&place, "verb, outcome");
    assert_eq!(before, ["collection,begun", "collection,done"], "an import, and nothing else");

    let touching = [
        ("SELECT name FROM flow.holders LIMIT 2", "flow.holders.name", Some(2)),
        (
            "SELECT count(*) FROM flow.transfers WHERE src = account('bank', 'EE273300333505610002')",
            "flow.transfers.src",
            Some(1),
        ),
        ("SELECT count(*) FROM (SELECT DISTINCT dst FROM flow.transfers)", "flow.transfers.dst", Some(1)),
        ("SELECT identifier(1)", "flow.accounts.identifier", Some(1)),
        (
            "SELECT count(*) FROM flow.related",
            "flow.holders.account flow.holders.name_key intel.identifiers.account intel.identifiers.entity_id intel.relationships.object intel.relationships.subject",
            Some(1),
        ),
        ("COPY (SELECT name FROM flow.holders LIMIT 1) TO 'names.csv'", "flow.holders.name", Some(1)),
        ("PREPARE p AS SELECT name FROM flow.holders; EXECUTE p", "prepared statement p", None),
    ];
    for (statement, columns, rows) in touching {
        let run = sql(&place, &["--case", "17"], statement);
        assert_eq!(run.code, 0, "{statement}\n{}", run.stderr);
        let last =
            audit(&place, "verb, case_ref, array_to_string(touched, ' ') AS touched, outcome, rows, begun IS NULL");
        let own = last.len();
        let verb = if statement.starts_with("COPY") { "disclosure" } else { "consultation" };
        assert_eq!(last[own - 2], format!("{verb},17,{columns},begun,,true"), "{statement}");
        let rows = rows.map_or_else(|| "0".to_owned(), |rows| rows.to_string());
        assert_eq!(last[own - 1], format!("{verb},17,{columns},done,{rows},false"), "{statement}");
    }
    let faults = place.run(&["--format", "csv", "--no-header", "verify"]);
    assert_eq!(faults.code, 0, "{}", faults.stderr);
}

#[test]
fn a_statement_that_fails_or_is_cut_short_says_so() {
    let place = lake(false);
    let run = sql(&place, &[], "SELECT name, 1 / (position - position) FROM flow.holders, flow.transfers");
    assert_ne!(run.code, 0);
    let rows = audit(&place, "outcome");
    assert_eq!(rows[rows.len() - 1], "failed");
    let unknown = sql(&place, &[], "SELECT nobody FROM flow.holders");
    assert_eq!(unknown.code, 1);
    assert_eq!(audit(&place, "outcome").len(), rows.len(), "what does not plan touches nobody");
}

#[test]
fn a_governed_lake_asks_what_for() {
    let place = lake(true);
    assert_eq!(place.run(&["govern"]).stdout, "on\n");
    let refused = sql(&place, &["--purpose", "p", "--case", " "], "SELECT name FROM flow.holders");
    assert_eq!((refused.code, refused.stdout.as_str()), (4, ""), "{}", refused.stderr);
    let part = "this is about subjects (flow.holders.name): it needs case, authority";
    assert!(refused.stderr.contains(part) && refused.stderr.contains("--purpose"), "{}", refused.stderr);
    // Statistics, and work on all of it that shows nobody, need no case.
    assert_eq!(sql(&place, &[], "SELECT count(*) FROM flow.transfers").code, 0);
    assert_eq!(place.run(&["--quiet", "flag", "structuring"]).code, 0);
    let asked = [
        &["trace", "EE273300333505610002"][..],
        &["send", "files", "--out", "out"],
        &["send", "taxii", "--url", "http://127.0.0.1:1/c/"],
        &["replay", "1"],
        &["assess"],
        &["govern", "off"],
        &["sql", "-c", "PREPARE p AS SELECT name FROM flow.holders; EXECUTE p"],
        &["sql", "-c", "CREATE TABLE t AS SELECT name FROM flow.holders"],
        &["sql", "-c", "COPY flow.holders TO 'h.csv'"],
        &[
            "sql",
            "-c",
            "SELECT count(*) FROM (VALUES (1)) AS v (x) WHERE EXISTS (SELECT 1 FROM flow.holders WHERE name = 'A')",
        ],
        &["sql", "-c", "CREATE VIEW v AS SELECT name FROM flow.holders; SELECT * FROM v"],
        // Read twice, this view is worked out before the statement is planned: its rows are about people all the same.
        &["sql", "-c", "SELECT count(*) FROM finding.parties AS a, finding.parties AS b WHERE a.account = b.account"],
    ];
    for arguments in asked {
        let run = place.run(arguments);
        assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{arguments:?}: {}", run.stderr);
    }
    assert!(!place.path().join("out").exists() && !place.path().join("h.csv").exists());
    // With a reason it is allowed, and the reason is kept; the environment and SET do as well as the options.
    assert_eq!(sql(&place, &WHY, "SELECT count(DISTINCT name) FROM flow.holders").code, 0);
    let set = "SET headwater.purpose = 'p'; SET headwater.case = 'c 1'; SET headwater.authority = 'a'; \
               SELECT count(DISTINCT name) FROM flow.holders";
    let run = sql(&place, &[], set);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let rows = audit(&place, "outcome, purpose, case_ref, authority");
    assert_eq!(rows[rows.len() - 2..], ["begun,p,c 1,a", "done,p,c 1,a"]);
    assert_eq!(rows.iter().filter(|row| row.starts_with("refused")).count(), asked.len() + 1);
    assert_eq!(place.run(&[&["govern", "off"][..], &WHY].concat()).stdout, "off\n");
    assert_eq!(sql(&place, &[], "SELECT name FROM flow.holders").code, 0);
    assert_eq!(place.run(&["--quiet", "verify"]).code, 0);
}

#[test]
fn reading_does_not_wait_for_a_writer() {
    let place = lake(false);
    // Whoever holds the writers' lock may hold it for an hour.
    let lock = fs::OpenOptions::new().write(true).open(place.path().join("lake/.headwater.lock")).unwrap();
    lock.lock().unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(sql(&place, &[], "SELECT name FROM flow.holders LIMIT 1").code, 0);
    assert!(begun.elapsed() < std::time::Duration::from_secs(60));
}

#[test]
fn one_altered_row_is_found() {
    let place = lake(false);
    for name in ["A", "B"] {
        sql(&place, &[], &format!("SELECT count(*) FROM flow.holders WHERE name = '{name}'"));
    }
    let fixture = |change: &dyn Fn(&str) -> String| {
        let before = fs::read_to_string(journal(&place)).unwrap();
        fs::write(journal(&place), change(&before)).unwrap();
        let run = place.run(&["--format", "csv", "--no-header", "verify"]);
        fs::write(journal(&place), before).unwrap();
        run
    };
    let sound = place.run(&["--format", "csv", "--no-header", "verify"]);
    assert_eq!(sound.code, 0, "{}", sound.stderr);
    assert!(
        sound.stdout.starts_with("audit journal,6,0,\"its end is known up to row 1, which a snapshot names\"\n"),
        "{}",
        sound.stdout
    );
    let altered = fixture(&|text| text.replacen("name = 'B'", "name = 'C'", 1));
    assert_eq!(altered.code, 1, "{}", altered.stderr);
    assert!(altered.stdout.starts_with("audit journal,6,1,"), "{}", altered.stdout);
    assert!(
        altered.stderr.contains("line 5: row 5 was altered: its hash is not that of its content"),
        "{}",
        altered.stderr
    );
    let cut = fixture(&|_| String::new());
    assert!(cut.code == 1 && cut.stderr.contains("row 1, which was there at snapshot 2, is gone"), "{}", cut.stderr);
}

#[test]
fn what_is_missing_from_a_lake_is_found() {
    let place = lake(false);
    let flagged = place.run(&["--quiet", "flag"]);
    assert_eq!(flagged.code, 0, "{}", flagged.stderr);
    assert_eq!(place.run(&["--quiet", "verify"]).code, 0);
    // A data file that is gone.
    let folder = place.path().join("lake/flow/holders");
    let file = files(&folder).into_iter().find(|path| path.extension().is_some_and(|end| end == "parquet")).unwrap();
    let kept = fs::read(&file).unwrap();
    fs::write(&file, &kept[..kept.len() - 1]).unwrap();
    let run = place.run(&["verify"]);
    assert!(run.code == 1 && run.stderr.contains("flow.holders: "), "{}", run.stderr);
    fs::remove_file(&file).unwrap();
    let run = place.run(&["verify"]);
    assert!(run.code == 1 && run.stderr.contains("flow.holders: "), "{}", run.stderr);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// A book in which one account is paid just below a threshold, again and again.
fn structured() -> Place {
    let place = Place::new();
    let mut book =
        "reference,booked_at,debtor_account,debtor_name,debtor_kind,debtor_country,debtor_bank,creditor_account,\
                    creditor_name,creditor_kind,creditor_country,creditor_bank,amount,currency,channel,purpose\n"
            .to_owned();
    for day in 1..=6 {
        book.push_str(&format!(
            "R{day},2024-03-{day:02}T10:00:00Z,,,,,,EE273300333505610002,Alder Trading,Company,EE,HABAEE2X,{}.00,EUR,cash,\
             deposit\n",
            9800 + day
        ));
    }
    fs::write(place.path().join("book.csv"), book).unwrap();
    for arguments in
        [&["--quiet", "init"][..], &["--quiet", "import", "bank_csv", "book.csv"], &["--quiet", "flag", "structuring"]]
    {
        let run = place.run(arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    place
}

#[test]
fn a_finding_comes_out_again_byte_for_byte_from_its_snapshot() {
    let place = structured();
    let found = sql(&place, &[], "SELECT finding_id FROM finding.findings");
    assert_eq!(found.stdout.lines().count(), 1, "{}", found.stdout);
    let id = found.stdout.trim().to_owned();
    let first = place.run(&["replay", &id]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stderr.contains("snapshot 2: the same bytes, SHA-256 "), "{}", first.stderr);
    assert!(
        first.stdout.starts_with(&format!("{{\"finding_id\":{id},\"typology\":\"structuring\"")),
        "{}",
        first.stdout
    );

    // The lake goes on: more deposits, which would make it another finding, and another run.
    let book = fs::read_to_string(place.path().join("book.csv")).unwrap();
    let later = book.replace("2024-03-0", "2024-03-1").replace("\nR", "\nS");
    fs::write(place.path().join("later.csv"), later).unwrap();
    assert_eq!(place.run(&["--quiet", "import", "bank_csv", "later.csv"]).code, 0);
    assert_eq!(place.run(&["--quiet", "flag", "structuring"]).code, 0);
    let ids = sql(&place, &[], "SELECT finding_id FROM finding.findings ORDER BY finding_id");
    assert_eq!(ids.stdout.lines().count(), 2, "{}", ids.stdout);
    assert_eq!(place.run(&["replay", &id]).stdout, first.stdout);
    let other = ids.stdout.lines().find(|other| *other != id).unwrap().to_owned();
    let second = place.run(&["replay", &other]);
    assert!(second.code == 0 && second.stderr.contains("snapshot 4: the same bytes"), "{}", second.stderr);

    // Another text of the query is said; here it finds nothing.
    let queries = place.path().join("mine/typologies");
    fs::create_dir_all(&queries).unwrap();
    let text = fs::read_to_string(crate::support::repository().join("queries/typologies/structuring.sql")).unwrap();
    fs::write(queries.join("structuring.sql"), format!("{text}\n-- another text\n")).unwrap();
    let same = place.run(&["replay", &id, "--queries", "mine"]);
    assert!(same.stderr.contains("typologies/structuring.sql has another text (then "), "{}", same.stderr);
    assert_eq!(same.code, 1, "another hash is another finding: {}", same.stderr);
    assert!(same.stderr.contains("comes out with another query_hash"), "{}", same.stderr);

    let nobody = place.run(&["replay", "1"]);
    assert!(nobody.code == 2 && nobody.stderr.contains("the lake has no finding 1"), "{}", nobody.stderr);
    assert_eq!(place.run(&["replay", "x"]).code, 2);
}
