//! The work queue as an analyst meets it, through the real binary; and typologies that are wrong, beside one that is right.

use std::fmt::Write as _;
use std::path::Path;

use tempfile::TempDir;

use crate::cli::{Place, Run};

const HEADER: &str = "reference,booked_at,debtor_account,debtor_name,debtor_kind,debtor_country,debtor_bank,\
    creditor_account,creditor_name,creditor_kind,creditor_country,creditor_bank,amount,currency,channel,purpose\n";

/// SUB1 and SUB2 get three payments just below 10,000 euro each; SUB2 sends each on within the hour.
fn book() -> String {
    let mut text = HEADER.to_owned();
    let mut row = |day: u32, hour: u32, from: &str, to: &str, amount: &str| {
        let _infallible = writeln!(
            text,
            ",2024-03-{day:02}T{hour:02}:00:00Z,{from},Holder {from},Person,EE,ALPHEE2X,{to},Holder {to},Person,EE,ALPHEE2X,\
             {amount},EUR,wire,gift"
        );
    };
    for (day, payer, amount) in [(1, "P1", "9400.00"), (8, "P2", "9600.00"), (15, "P3", "9700.00")] {
        row(day, 10, payer, "SUB1", amount);
        row(day, 10, payer, "SUB2", amount);
        row(day, 11, "SUB2", &format!("OUT{payer}"), amount);
    }
    row(2, 9, "P1", "P2", "20.00");
    text
}

/// A lake in which both typologies have run.
fn flagged() -> Place {
    let (place, folder) = (Place::new(), TempDir::new().unwrap());
    let path = folder.path().join("book.csv");
    std::fs::write(&path, book()).unwrap();
    done(&place, &["--quiet", "init"]);
    done(&place, &["--quiet", "import", "bank_csv", &path.to_string_lossy()]);
    let run = done(&place, &["flag", "structuring", "rapid_pass_through", "--format", "csv"]);
    assert!(run.stdout.contains("T01,structuring,ran,2,2,") && run.stdout.contains("T05,rapid_pass_through,ran,1,1,"));
    place
}

#[track_caller]
fn done(place: &Place, arguments: &[&str]) -> Run {
    let run = place.run(arguments);
    assert_eq!(run.code, 0, "{arguments:?}: {}{}", run.stdout, run.stderr);
    run
}

#[track_caller]
fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

/// The first cell of a query's answer.
#[track_caller]
fn cell(place: &Place, sql: &str) -> String {
    let run = done(place, &["sql", "-c", sql, "--format", "csv", "--no-header"]);
    run.stdout.trim().to_owned()
}

fn finding(place: &Place, typology: &str, subject: &str) -> String {
    let sql = format!(
        "SELECT finding_id FROM finding.findings WHERE typology = '{typology}' AND subject = account('bank', '{subject}')"
    );
    cell(place, &sql)
}

#[test]
fn the_queue_lists_explains_and_takes_decisions() {
    let place = flagged();
    let list = done(&place, &["flags", "--format", "csv"]);
    has(&list.stdout, &["case_id,finding_id,typology,subject,holder,", ",structuring,SUB1,Holder SUB1,"]);
    assert_eq!((list.stdout.lines().count(), list.stderr.as_str()), (4, ""));
    let top = done(&place, &["flags", "--top", "1", "--typology", "structuring"]);
    has(&top.stdout, &["structuring", "first_day", "open"]);
    has(&top.stderr, &["not listed: 1 open (--status, --top)"]);

    // The same money: one case, and a time line in which each transfer stands once.
    let (one, passed) = (finding(&place, "structuring", "SUB1"), finding(&place, "rapid_pass_through", "SUB2"));
    let case = done(&place, &["flags", "--case", &passed, "--format", "csv"]);
    assert_eq!(case.stdout.lines().count(), 7, "{}", case.stdout);
    has(&case.stdout, &["step,time,transfer_id,payer,", "\"{rapid_pass_through,structuring}\""]);
    has(&done(&place, &["flags", "--case", &passed]).stdout, &["finding_id", "payer_holder"]);

    // Why: everything that an officer asks for, on one page.
    let why = done(&place, &["flags", "--why", &one]).stdout;
    has(
        &why,
        &[
            &format!("Finding {one}\n"),
            "structuring 1.",
            "SUB1, Holder SUB1",
            "2024-03-01 10:00:00 to 2024-03-15 10:00:00",
            "28700 EUR",
            "What happened\n",
            "Innocent explanations\n",
            "  not tested  rent or wages near the threshold",
            "Against its own past and its peers",
            "no past to compare with",
            "Evidence: 3 transfers",
            "P1  Holder P1",
            "Graph\n",
            "└─ 9400.00 EUR, 2024-03-01 ─▶ SUB1  Holder SUB1",
            "no other finding shares a transfer",
            "count=3",
            "profile hash",
            "-- Structuring below a threshold",
            "FROM flow.transfers",
        ],
    );
    has(&done(&place, &["flags", "--why", &passed, "--format", "json"]).stdout, &["\"parameters\":", "\"evidence\":"]);

    // Decisions: the newest counts, the earlier ones stay.
    let decide = |word: &str| {
        ["flags", &one, "--disposition", word, "--reason", "seen the lease", "--by", "A. Tamm"].map(str::to_owned)
    };
    for (word, status) in [("false", "false"), ("true", "true")] {
        let words = decide(word);
        let run = done(&place, &words.iter().map(String::as_str).collect::<Vec<_>>());
        has(&run.stderr, &[&format!("{one}: {status}")]);
    }
    let list = done(&place, &["flags", "--format", "csv"]);
    assert_eq!(list.stdout.lines().count(), 3);
    has(&list.stderr, &["not listed: 1 true (--status, --top)"]);
    has(
        &done(&place, &["flags", "--why", &one]).stdout,
        &["Decisions\n", "A. Tamm  false  seen the lease", "true (A. Tamm: seen"],
    );
    assert_eq!(
        cell(&place, "SELECT string_agg(disposition, ' ' ORDER BY number) FROM finding.dispositions"),
        "false true"
    );
    let typologies = done(&place, &["typologies", "--format", "csv"]).stdout;
    has(
        &typologies,
        &[
            "T01,structuring,placement,X,\"1.00 (1 of 1, 95 % 0.21-1.00)\",",
            "T05,rapid_pass_through,passthrough,X,unmeasured,",
        ],
    );

    // What a decision needs, and what is no finding.
    for (arguments, code, part) in [
        (&["flags", one.as_str(), "--disposition", "true"][..], 2, "--reason"),
        (&["flags", one.as_str(), "--disposition", "true", "--reason", " ", "--by", "A"], 2, "a decision has a reason"),
        (&["flags", "x1", "--disposition", "true", "--reason", "r", "--by", "A"], 2, "`x1` is no id"),
        (&["flags", "--why", "12345678901234567890123"], 3, "there is no finding"),
        (&["flags", "--typology", "structurin"], 2, "did you mean `structuring`?"),
        (&["flags", "--subject", "NOBODY"], 3, "knows no account NOBODY"),
    ] {
        let run = place.run(arguments);
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        has(&run.stderr, &[part]);
    }
}

#[test]
fn rules_suppress_until_their_day_and_say_how_many() {
    let place = flagged();
    let rule = |what: &str, until: &str| {
        done(&place, &["flags", "--suppress", what, "--until", until, "--reason", "a shop", "--by", "A. Tamm"]).stderr
    };
    has(&rule("structuring:SUB2", "2999-12-31"), &["structuring:SUB2: 1 findings are suppressed, until 2999-12-31"]);
    let list = done(&place, &["flags", "--format", "csv"]);
    assert_eq!(list.stdout.lines().count(), 3);
    has(&list.stderr, &["not listed: 1 suppressed"]);
    has(&done(&place, &["flags", "--status", "suppressed", "--format", "csv"]).stdout, &[",SUB2,", "2999-12-31"]);
    has(&rule("structuring", "2999-12-31"), &["2 findings are suppressed"]);
    // A rule that has run out takes the place of the one before it; the other one still holds.
    has(&rule("structuring", "2000-01-01"), &["1 findings are suppressed"]);
    has(&rule("structuring:SUB2", "2000-01-01"), &["0 findings are suppressed"]);
    assert_eq!(done(&place, &["flags", "--format", "csv"]).stdout.lines().count(), 4);
    for (what, until, part) in [
        ("structurin", "2999-12-31", "did you mean `structuring`?"),
        ("structuring", "soon", "`soon` is not a day"),
        ("structuring:NOBODY", "2999-12-31", "knows no account NOBODY"),
    ] {
        let run = place.run(&["flags", "--suppress", what, "--until", until, "--reason", "r", "--by", "A"]);
        assert_ne!(run.code, 0);
        has(&run.stderr, &[part]);
    }
}

#[test]
fn value_and_tuning_are_tables_and_write_nothing() {
    let place = flagged();
    let value = done(&place, &["flags", "--value", "--format", "csv"]).stdout;
    // Pass-through found one thing, which structuring found too; structuring found one more.
    has(&value, &["rapid_pass_through,", ",1,0,1,0,0,0,,structuring 1\n", ",2,1,2,1,0,0,2.0,rapid_pass_through 1\n"]);
    assert_eq!(place.run(&["flags", "--value", "--run", "999"]).code, 3);
    let one = finding(&place, "structuring", "SUB1");
    done(&place, &["flags", &one, "--disposition", "true", "--reason", "confessed", "--by", "A"]);
    let before = cell(&place, "SELECT max(snapshot_id) FROM admin.snapshots");
    let tuned = done(&place, &["tune", "structuring", "--set", "count=2,3,4", "--format", "csv"]).stdout;
    let lines: Vec<&str> = tuned.lines().collect();
    assert_eq!(
        lines[0],
        "tried,status,findings,cases,recall_decided,precision_decided,recall_planted,precision_planted,decoys,note"
    );
    has(lines[2], &["count=3,ran,2,2,1.000,1.000,,,,"]);
    has(lines[3], &["count=4,ran,0,0,0.000,,,,,"]);
    assert_eq!(lines.len(), 4);

    let truth = TempDir::new().unwrap();
    let file = truth.path().join("schemes.csv");
    let rows = "scheme_id,typology,expected,decoy,subject_ledger,subject_identifier\n\
        a,structuring,true,false,bank,SUB1\nb,structuring,true,false,bank,SUB9\nc,structuring,false,true,bank,SUB2\n\
        d,cycle_round_trip,true,false,bank,SUB2\n";
    std::fs::write(&file, rows).unwrap();
    let file = file.to_string_lossy().into_owned();
    let arguments = ["tune", "structuring", "--set", "count=3", "--truth", &file, "--format", "csv"];
    has(&done(&place, &arguments).stdout, &["count=3,ran,2,2,1.000,1.000,0.500,0.500,1,"]);

    let around = done(&place, &["tune", "structuring", "--format", "csv"]).stdout;
    has(&around, &["as it is,ran,2,", "\ncount=6,ran,0,", "\nband=0.925,ran,", "\nwindow=15 days,ran,"]);
    assert!(!around.contains("max_degree"), "{around}");
    let wrong = place.run(&["tune", "structuring", "--set", "count=2,lots"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (1, ""));
    has(&wrong.stderr, &["parameter `count`"]);
    assert_eq!(place.run(&["tune", "structuring", "--set", "cont=2"]).code, 2);
    assert_eq!(cell(&place, "SELECT max(snapshot_id) FROM admin.snapshots"), before);
}

/// A typology around a query.
fn typology(id: u32, parameters: &str, sql: &str) -> String {
    format!(
        "-- Made for a test\n--\n-- Id        T{id}\n-- Version   1.0\n-- Family    placement\n-- Rails     X\n-- Areas     any\n\
         -- Finds     a.\n-- Matters   b.\n-- Innocent  c.\n-- Misses    d.\n-- Cost      e.\n-- Returns   f.\n-- Source    g.\n--\n\
         {parameters}\n\n{sql}\n"
    )
}

/// The finding shape with one column written otherwise.
fn shape(amount: &str, from: &str) -> String {
    format!(
        "SELECT dst AS subject, time AS first_time, time AS last_time, {amount}, 'EUR' AS asset, CAST(0.5 AS DOUBLE) AS score, \
         make_array(transfer_id) AS evidence, 'Seen.' AS explanation FROM {from}"
    )
}

const AMOUNT: &str = "amount";

/// Typologies that are wrong, and what is said of each.
fn wrong() -> Vec<(&'static str, String, &'static str)> {
    let ends = "(SELECT transfer_id, time, dst, amount FROM flow.transfers WHERE dst = account('bank', 'SUB1'))";
    let external = "CREATE EXTERNAL TABLE passwords (line VARCHAR) STORED AS CSV LOCATION '/etc/passwd';\n";
    vec![
        (
            "w_header",
            typology(80, "", &shape(AMOUNT, ends)).replace("-- Family    placement\n", ""),
            "the header has no `Family`",
        ),
        ("w_parameter", typology(81, "-- @param count  BIGINT  'lots'", &shape(AMOUNT, ends)), "parameter `count`"),
        ("w_column", typology(82, "", &shape("amount AS sum", ends)), "the query returns no column `amount`"),
        ("w_type", typology(83, "", &shape("CAST(amount AS DOUBLE) AS amount", ends)), "column `amount` is Float64"),
        (
            "w_null",
            typology(84, "", &shape("CAST(NULL AS DECIMAL(38, 18)) AS amount", ends)),
            "column `amount` is NULL in a row",
        ),
        (
            "w_admin",
            typology(85, "", &shape(AMOUNT, "(SELECT t.* FROM flow.transfers AS t CROSS JOIN admin.sources)")),
            "admin.sources is not for typologies",
        ),
        (
            "w_finding",
            typology(
                86,
                "",
                &shape(AMOUNT, "flow.transfers WHERE dst IN (SELECT subject FROM headwater.finding.findings)"),
            ),
            "finding.findings is not for typologies",
        ),
        ("w_file", typology(87, "", &shape(AMOUNT, "'/etc/passwd'")), "/etc/passwd"),
        ("w_reader", typology(88, "", &shape(AMOUNT, "read_csv('/etc/passwd')")), "read_csv"),
        (
            "w_external",
            typology(89, "", &format!("{external}{}", shape(AMOUNT, ends))),
            "is no statement of a typology",
        ),
        (
            "w_copy",
            typology(90, "", &format!("COPY (SELECT 1) TO 'stolen.csv';\n{}", shape(AMOUNT, ends))),
            "is no statement of a typology",
        ),
        (
            "w_set",
            typology(91, "", &format!("SET datafusion.execution.batch_size = 1;\n{}", shape(AMOUNT, ends))),
            "is no statement of a typology",
        ),
        ("w_syntax", typology(92, "", "SELEC 1"), "SELEC"),
        (
            "w_evidence",
            typology(93, "", &shape(AMOUNT, ends).replace("make_array(transfer_id)", "make_array(CAST(1 AS BIGINT))")),
            "names 1, which is no transfer",
        ),
        (
            "w_overflow",
            typology(94, "", &shape("CAST(amount / (amount - amount) AS DECIMAL(38, 18)) AS amount", ends)),
            "Arithmetic overflow",
        ),
    ]
}

fn write(folder: &Path, files: &[(&str, String)]) {
    std::fs::create_dir_all(folder.join("typologies")).unwrap();
    for (stem, text) in files {
        std::fs::write(folder.join("typologies").join(format!("{stem}.sql")), text).unwrap();
    }
}

#[test]
fn a_wrong_typology_is_named_and_the_others_go_on() {
    let (place, folder) = (flagged(), TempDir::new().unwrap());
    let wrong = wrong();
    let mut files: Vec<(&str, String)> = wrong.iter().map(|(stem, text, _)| (*stem, text.clone())).collect();
    files.push(("right", typology(99, "", &shape(AMOUNT, "flow.transfers WHERE src = account('bank', 'P1')"))));
    write(folder.path(), &files);
    let queries = folder.path().to_string_lossy().into_owned();
    let mut arguments = vec!["--queries", &queries, "--format", "csv", "flag"];
    arguments.extend(files.iter().map(|(stem, _)| *stem));
    let run = place.run(&arguments);
    assert_eq!(run.code, 1, "{}", run.stderr);
    has(&run.stderr, &["failed: ", "what they look for was not looked for"]);
    for (stem, _, part) in &wrong {
        let line = run.stdout.lines().find(|line| line.contains(&format!(",{stem},"))).unwrap();
        has(line, &[&format!(",{stem},failed,0,0,"), part]);
    }
    // P1 pays twice to SUB1 and SUB2, and once to P2.
    has(&run.stdout, &["T99,right,ran,3,3,"]);
    assert_eq!(cell(&place, "SELECT count(*) FROM finding.coverage WHERE status = 'failed'"), wrong.len().to_string());
}

#[test]
fn what_runs_for_ever_is_stopped_and_what_floods_is_capped() {
    let (place, folder) = (flagged(), TempDir::new().unwrap());
    let endless = "WITH RECURSIVE again AS (SELECT 1 AS x UNION ALL SELECT x FROM again) ";
    let many = "(SELECT t.transfer_id, t.time, t.amount, CAST(n.value AS BIGINT) AS dst FROM \
        generate_series(1, 1000000) AS n CROSS JOIN (SELECT * FROM flow.transfers ORDER BY transfer_id LIMIT 1) AS t)";
    let product = "flow.transfers WHERE transfer_id < (SELECT count(*) FROM generate_series(1, 1000000) AS a \
        CROSS JOIN generate_series(1, 1000000) AS b WHERE a.value + b.value = 7)";
    write(
        folder.path(),
        &[
            (
                "x_ever",
                typology(
                    80,
                    "",
                    &format!("{endless}{}", shape(AMOUNT, "flow.transfers WHERE 2 IN (SELECT x FROM again)")),
                ),
            ),
            ("x_product", typology(81, "", &shape(AMOUNT, product))),
            ("x_flood", typology(82, "", &shape(AMOUNT, many))),
            ("x_right", typology(99, "", &shape(AMOUNT, "flow.transfers WHERE src = account('bank', 'P1')"))),
        ],
    );
    let queries = folder.path().to_string_lossy().into_owned();
    let mut arguments = vec!["--queries", &queries, "--format", "csv", "flag", "--max-findings", "1000", "--max-time"];
    let begun = std::time::Instant::now();
    let run = place.run(&[&arguments[..], &["8s", "x_ever", "x_product"]].concat());
    assert_eq!(run.code, 7, "{}{}", run.stdout, run.stderr);
    assert!(begun.elapsed().as_secs() < 120, "{:?}", begun.elapsed());
    has(
        &run.stdout,
        &["T80,x_ever,stopped,0,0,", "T81,x_product,stopped,0,0,", "stopped after 8 seconds; nothing of it was kept"],
    );
    has(&run.stderr, &["stopped: x_ever, x_product; what they look for was not looked for", "--max-time"]);
    arguments.extend(["300s", "x_flood", "x_right"]);
    let run = done(&place, &arguments);
    has(
        &run.stdout,
        &["T82,x_flood,capped,1000,1000,", "findings beyond the first 1000: 999000", "T99,x_right,ran,3,3,"],
    );
    has(&run.stderr, &["x_flood: 999000 findings beyond the first 1000 were not kept"]);
    // Given room, it has run: the coverage says both.
    let alone = |most: &str| {
        done(&place, &["--queries", &queries, "--format", "csv", "flag", "x_right", "--max-findings", most])
    };
    has(&alone("1").stdout, &["T99,x_right,capped,1,0,"]);
    has(&alone("3").stdout, &["T99,x_right,ran,3,0,"]);
    let words = "SELECT string_agg(status, ' ' ORDER BY status) FROM finding.coverage WHERE typology = 'x_right'";
    assert_eq!(cell(&place, words), "capped ran");
    // What was capped may not be called gone.
    assert_eq!(cell(&place, "SELECT count(*) FROM finding.history WHERE state <> 'found'"), "0");
}

#[test]
fn an_account_that_pays_itself_is_no_pattern() {
    let (place, folder) = (Place::new(), TempDir::new().unwrap());
    let path = folder.path().join("book.csv");
    let mut text = HEADER.to_owned();
    for day in 1..=28 {
        for amount in ["9400.00", "9600.00", "9700.00"] {
            let _infallible = writeln!(
                text,
                ",2024-03-{day:02}T10:00:00Z,SELF,Holder,Person,KP,ALPHEE2X,SELF,Holder,Person,KP,ALPHEE2X,{amount},EUR,wire,x"
            );
        }
    }
    std::fs::write(&path, text).unwrap();
    done(&place, &["--quiet", "init"]);
    done(&place, &["--quiet", "import", "bank_csv", &path.to_string_lossy()]);
    let run = place.run(&["flag", "--format", "csv"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stdout.lines().skip(1).all(|line| line.contains(",ran,0,0,") || line.contains(",not run,0,0,")),
        "{}",
        run.stdout
    );
    assert_eq!(cell(&place, "SELECT count(*) FROM finding.queue"), "0");
    has(&done(&place, &["flags"]).stdout, &["finding_id"]);
    assert_eq!(place.run(&["flags", "--fail-empty"]).code, 3);
}
