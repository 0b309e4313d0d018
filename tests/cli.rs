//! The command line as a script meets it: exit code, standard output and standard error of the real binary.
//!
//! The binary is the one beside the test executable, `target/…/headwater`; `cargo xtask test` builds it first.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::repository;

fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let name = format!("headwater{}", std::env::consts::EXE_SUFFIX);
    let binary = test.parent().and_then(|deps| deps.parent()).map(|target| target.join(name)).unwrap();
    assert!(binary.is_file(), "{} is missing: build with --bins", binary.display());
    binary
}

/// The binary in a folder of its own, so that `./lake` is nobody else's.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        self.0.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(arguments).current_dir(self.0.path()).stdin(Stdio::null());
        for name in ["HEADWATER_LAKE", "HEADWATER_QUERIES", "HEADWATER_MEMORY_LIMIT", "HEADWATER_THREADS"] {
            command.env_remove(name);
        }
        for name in
            ["HEADWATER_PURPOSE", "HEADWATER_CASE", "HEADWATER_AUTHORITY", "HEADWATER_SENDER", "HEADWATER_TAXII_USER"]
        {
            command.env_remove(name);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }
}

pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    #[track_caller]
    pub(crate) fn expect(self, code: i32, stdout: &str, stderr: &str) -> Self {
        assert_eq!((self.code, self.stdout.as_str(), self.stderr.as_str()), (code, stdout, stderr));
        self
    }

    #[track_caller]
    fn fails(self, code: i32, parts: &[&str]) -> Self {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{}", self.stderr);
        for part in parts {
            assert!(self.stderr.contains(part), "no {part:?} in {}", self.stderr);
        }
        self
    }
}

fn run(arguments: &[&str]) -> Run {
    Place::new().run(arguments)
}

#[test]
fn help_leads_with_examples_and_ends_with_exit_codes() {
    for arguments in [&["--help"][..], &["sql", "--help"], &["import", "-h"]] {
        let help = run(arguments);
        assert_eq!((help.code, help.stderr.as_str()), (0, ""));
        let (examples, usage) = (help.stdout.find("Examples:").unwrap(), help.stdout.find("Usage:").unwrap());
        assert!(examples < usage, "{}", help.stdout);
    }
    assert!(run(&["--help"]).stdout.contains("Exit codes: 0 done"));
}

#[test]
fn version_names_what_it_is_built_from() {
    let version = run(&["--version"]);
    assert_eq!(version.code, 0);
    for part in ["headwater 0.", "DataFusion 55.", "Arrow 59.", "Delta 1."] {
        assert!(version.stdout.contains(part), "{}", version.stdout);
    }
}

#[test]
fn a_wrong_command_line_is_2_and_names_the_nearest() {
    run(&["improt", "x"]).fails(2, &["a similar subcommand exists: 'import'"]);
    run(&["import", "bank_cvs", "."]).fails(2, &["did you mean `bank_csv`?"]);
    run(&["typologies", "structurin"]).fails(2, &["did you mean `structuring`?"]);
    run(&["functions", "acount"]).fails(2, &["did you mean `account`?"]);
    run(&["sql", "-c", "SELECT 1", "--memory-limit", "lots"]).fails(2, &["`lots` is not a size; write 512M or 4G"]);
    run(&["sql", "-c", "\\nonsense"]).fails(2, &["there is no command `\\nonsense`"]);
}

#[test]
fn a_missing_file_is_5_and_a_missing_lake_says_init() {
    run(&["import", "bank_csv", "nowhere"]).fails(5, &["nowhere: No such file"]);
    run(&["sql", "-f", "nowhere.sql"]).fails(5, &["nowhere.sql: "]);
    run(&["sql", "-c", "SELECT * FROM read_csv('nowhere.csv')"]).fails(5, &["nowhere.csv: "]);
    run(&["sql", "-c", "SELECT * FROM flow.transfers"])
        .fails(1, &["there is no lake here; `headwater init` makes one"]);
    run(&["flag"]).fails(1, &["there is no lake here"]);
}

#[test]
fn a_trace_is_a_tree_for_people_and_rows_for_machines() {
    let place = Place::new();
    let book = crate::support::fixture("bank.csv").to_string_lossy().into_owned();
    for arguments in [&["--quiet", "init"][..], &["--quiet", "import", "bank_csv", &book]] {
        assert_eq!(place.run(arguments).code, 0);
    }
    let tree = place.run(&["trace", "GB29 NWBK 6016 1331 9268 19", "--back"]);
    assert_eq!(tree.code, 0, "{}", tree.stderr);
    assert!(tree.stdout.starts_with("GB29NWBK60161331926819\n"), "{}", tree.stdout);
    let branch = "└─ 1251.00 in 2 transfers, 2024-03-05 to 2024-03-11 ◀─ EE273300333505610002  Alder Trading OÜ · held 1250.00\n";
    assert!(tree.stdout.contains(branch), "{}", tree.stdout);
    let rows = place.run(&["trace", "EE273300333505610002", "--max-hops", "1", "--format", "csv"]);
    assert!(rows.stdout.starts_with("step,status,hop,transfer_id,time,payer,payee,account,holder,"), "{}", rows.stdout);
    let way = place.run(&["trace", "EE273300333505610002", "--to", "GB29NWBK60161331926819", "--graph", "way.graphml"]);
    assert_eq!(way.code, 0, "{}", way.stderr);
    assert!(way.stdout.starts_with("1. EE273300333505610002\n   └─ 1250, 2024-03-05 "), "{}", way.stdout);
    let graph = std::fs::read_to_string(place.0.path().join("way.graphml")).unwrap();
    assert!(graph.contains("<node id=\"GB29NWBK60161331926819\">") && graph.contains(">target</data>"), "{graph}");
    let way = ["trace", "EE273300333505610002", "--to", "GB29NWBK60161331926819", "--format", "csv"];
    assert!(place.run(&way).stdout.starts_with("rank,hop,transfer_id,time,payer,payee,holder,amount,asset\n1,1,"));
    place
        .run(&["trace", "GB29NWBK60161331926819", "--to", "NOBODY"])
        .fails(3, &["no way leads from GB29NWBK60161331926819 to NOBODY"]);
    place
        .run(&["trace", "A", "--graph", "out.svg"])
        .fails(2, &["the name says no graph format", ".graphml, .gexf, .dot or .json"]);
    place.run(&["trace", "NOBODY"]).fails(3, &["nothing left NOBODY that could be traced"]);
    place.run(&["trace", "NOBODY", "--method", "guess"]).fails(1, &["expected one of 'fifo', 'lifo'"]);
}

#[test]
fn bad_sql_is_underlined() {
    let underlined = "\
error: there is no column `amont`
   ,-[query:2:7]
 1 | SELECT * FROM (VALUES (1)) AS t(amount)
 2 | WHERE amont = 1
   :       ^^|^^
   :         `-- did you mean `amount`?
   `----
";
    run(&["sql", "-c", "SELECT * FROM (VALUES (1)) AS t(amount)\nWHERE amont = 1"]).expect(1, "", underlined);
    run(&["sql", "-c", "SELEC 1"]).fails(1, &["expected: an SQL statement, found: SELEC", "^^|^^"]);
    run(&["sql", "-c", "SELECT uper('x')"]).fails(1, &["there is no function `uper`", "did you mean `upper`?"]);
    run(&["sql", "-c", "SELECT * FROM read_cvs('x')"]).fails(1, &["did you mean `read_csv`?"]);
}

#[test]
fn a_table_that_does_not_exist_names_the_nearest() {
    let place = Place::new();
    assert_eq!(place.run(&["init", "-q"]).code, 0);
    place.run(&["sql", "-c", "SELECT * FROM transfers"]).fails(1, &["did you mean `flow.transfers`?", "^^^^|^^^^"]);
    place.run(&["sql", "-c", "SELECT * FROM flow.transfer"]).fails(1, &["did you mean `flow.transfers`?"]);
    place.run(&["sql", "-c", "\\d flow.transfer"]).fails(2, &["did you mean `flow.transfers`?"]);
}

#[test]
fn errors_can_be_json() {
    let failed = run(&["sql", "--error-format", "json", "-c", "SELECT 1 +\n  foo FROM (SELECT 1 AS fo) AS t"]);
    assert_eq!((failed.code, failed.stdout.as_str()), (1, ""));
    let error: serde_json::Value = serde_json::from_str(&failed.stderr).unwrap();
    assert_eq!(error["error"]["code"], "query.unknown_column");
    assert_eq!(error["error"]["help"], "did you mean `fo`?");
    assert_eq!(error["error"]["span"]["line"], 2);
    assert_eq!(error["error"]["span"]["column"], 3);
}

const ROWS: &str = "SELECT 1 AS n, CAST(1.50 AS DECIMAL(38, 18)) AS amount, TIMESTAMP '2024-03-05T14:03:22' AS time, \
    ['a', 'b,c'] AS list, 'x|y' AS text UNION ALL SELECT 2, 0.1, NULL, [], '' ORDER BY 1";

#[test]
fn every_text_format_is_exact() {
    let place = Place::new();
    let table = "\
┌───┬────────┬──────────────────────┬───────────┬──────┐
│ n ┆ amount ┆ time                 ┆ list      ┆ text │
╞═══╪════════╪══════════════════════╪═══════════╪══════╡
│ 1 ┆    1.5 ┆ 2024-03-05T14:03:22Z ┆ {a,\"b,c\"} ┆ x|y  │
│ 2 ┆    0.1 ┆ -                    ┆ {}        ┆      │
└───┴────────┴──────────────────────┴───────────┴──────┘
";
    place.run(&["sql", "-c", ROWS, "--null", "-"]).expect(0, table, "");
    let csv = "n,amount,time,list,text\n1,1.500000000000000000,2024-03-05T14:03:22Z,\"{a,\"\"b,c\"\"}\",x|y\n\
        2,0.100000000000000000,,{},\"\"\n";
    place.run(&["sql", "-c", ROWS, "--format", "csv"]).expect(0, csv, "");
    let tsv = "1\t1.500000000000000000\t2024-03-05T14:03:22Z\t{a,\"b,c\"}\tx|y\n2\t0.100000000000000000\t\\N\t{}\t\n";
    place.run(&["sql", "-c", ROWS, "--format", "tsv", "--no-header", "--null", "\\N"]).expect(0, tsv, "");
    let first = "{\"n\":1,\"amount\":\"1.500000000000000000\",\"time\":\"2024-03-05T14:03:22Z\",\"list\":[\"a\",\"b,c\"],\
        \"text\":\"x|y\"}";
    let second = "{\"n\":2,\"amount\":\"0.100000000000000000\",\"time\":null,\"list\":[],\"text\":\"\"}";
    place.run(&["sql", "-c", ROWS, "--format", "ndjson"]).expect(0, &format!("{first}\n{second}\n"), "");
    place.run(&["sql", "-c", ROWS, "--format", "json"]).expect(0, &format!("[{first},{second}]\n"), "");
    place.run(&["sql", "-c", "SELECT 1 AS n WHERE false", "--format", "json"]).expect(0, "[]\n", "");
    let markdown = "| n | text |\n|---|------|\n| 1 | x\\|y |\n";
    place.run(&["sql", "-c", "SELECT 1 AS n, 'x|y' AS text", "--format", "markdown"]).expect(0, markdown, "");
}

#[test]
fn binary_formats_come_back_as_they_went() {
    let place = Place::new();
    for name in ["rows.parquet", "rows.arrow"] {
        place.run(&["sql", "-c", ROWS, "-o", name]).expect(0, "", "");
    }
    let csv = place.run(&["sql", "-c", ROWS, "--format", "csv"]).stdout;
    let again = place.run(&["sql", "-c", "SELECT * FROM 'rows.parquet' ORDER BY n", "--format", "csv"]);
    assert_eq!((again.code, again.stdout), (0, csv), "{}", again.stderr);
    let bytes = std::fs::read(place.0.path().join("rows.arrow")).unwrap();
    let reader = arrow::ipc::reader::StreamReader::try_new(bytes.as_slice(), None).unwrap();
    assert_eq!(reader.map(|batch| batch.unwrap().num_rows()).sum::<usize>(), 2);
    place.run(&["sql", "-c", "SELECT 1", "-c", "SELECT 2", "-o", "two.parquet"]).fails(2, &["holds one answer"]);
    assert!(!place.0.path().join("two.parquet").exists(), "half an answer was left behind");
}

#[test]
fn a_failed_query_leaves_the_file_of_an_earlier_one() {
    let place = Place::new();
    place.run(&["sql", "-c", "SELECT 1 AS n", "-o", "n.csv"]).expect(0, "", "");
    assert_eq!(place.run(&["sql", "-c", "SELECT 1 / 0", "-o", "n.csv"]).code, 1);
    assert_eq!(std::fs::read_to_string(place.0.path().join("n.csv")).unwrap(), "n\n1\n");
}

#[test]
fn a_cut_table_says_how_many_rows_are_left() {
    let cut = run(&["sql", "-c", "SELECT value FROM generate_series(1, 10)", "--max-rows", "2", "--quiet"]);
    assert_eq!(cut.stdout.lines().count(), 6, "{}", cut.stdout);
    assert_eq!(cut.stderr, "8 more rows are not shown (2 of 10); --max-rows 0 shows all\n");
    let csv = run(&["sql", "-c", "SELECT value FROM generate_series(1, 10)", "--max-rows", "2", "--format", "csv"]);
    assert_eq!((csv.stdout.lines().count(), csv.stderr.as_str()), (11, ""));
}

#[test]
fn control_characters_of_the_data_do_not_reach_the_screen() {
    let shown = run(&["sql", "-c", "SELECT chr(27) || '[2J' AS x", "--no-header"]);
    assert!(shown.stdout.contains("\\u{1b}[2J") && !shown.stdout.contains('\u{1b}'), "{:?}", shown.stdout);
}

#[test]
fn queries_come_from_standard_input_and_answer_one_after_the_other() {
    let place = Place::new();
    let mut child = place
        .command(&["sql", "--format", "ndjson"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"CREATE VIEW v AS SELECT 1 AS a; SELECT * FROM v; SELECT 2 AS b").unwrap();
    Run::of(child.wait_with_output().unwrap()).expect(0, "{\"a\":1}\n{\"b\":2}\n", "");
}

#[test]
fn nothing_found_is_3_only_when_asked() {
    run(&["sql", "-c", "SELECT 1 AS n WHERE false", "--format", "csv"]).expect(0, "n\n", "");
    let empty = run(&["sql", "-c", "SELECT 1 AS n WHERE false", "--format", "csv", "--fail-empty"]);
    empty.expect(3, "n\n", "error: the answer has no rows\n");
}

#[test]
fn a_limit_is_7_and_says_which() {
    let sort = "SELECT value FROM generate_series(1, 1000000) ORDER BY value DESC";
    run(&["sql", "--memory-limit", "1M", "-c", sort]).fails(7, &["raise --memory-limit"]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for format in ["csv", "ndjson", "arrow", "parquet"] {
        let place = Place::new();
        let query = "SELECT value, value * 2 AS twice FROM generate_series(1, 3000000)";
        let mut child = place
            .command(&["sql", "--format", format, "-c", query])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 4]).unwrap();
        drop(stdout);
        Run::of(child.wait_with_output().unwrap()).expect(0, "", "");
    }
}

#[cfg(unix)]
#[test]
fn interrupting_a_query_is_130() {
    let place = Place::new();
    let mut child = place
        .command(&["sql", "-c", "SELECT count(*) FROM generate_series(1, 100000000000)"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The handler is there before the query is; a second is plenty for it and far too little for the query.
    std::thread::sleep(std::time::Duration::from_secs(1));
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let _ = child.wait().unwrap();
    Run::of(child.wait_with_output().unwrap()).expect(130, "", "error: interrupted\n");
}

#[test]
fn an_import_counts_its_rows_and_the_second_finds_only_duplicates() {
    let place = Place::new();
    let samples = repository().join("data-samples");
    let (rates, book) = (samples.join("rates"), samples.join("bank").join("gamma_bank_cy.csv"));
    let (rates, book) = (rates.to_str().unwrap(), book.to_str().unwrap());
    place.run(&["init"]).fails(0, &["a lake of"]);
    place.run(&["init"]).fails(0, &["is a lake already"]);
    place
        .run(&["import", "ecb_rates", rates])
        .fails(0, &["stored  quarantined  duplicate", "2368    2368            0          0"]);
    let bad = place.run(&["import", "bank_csv", book, "--max-bad", "1"]);
    bad.fails(6, &["3320    3318            2          0", "2 rows were refused, and --max-bad allows 1"]);
    place.run(&["import", "bank_csv", book, "--max-bad", "2"]).fails(0, &["3320       0", "imported before"]);
    let counts = "SELECT count(*) AS n FROM flow.transfers UNION ALL SELECT count(*) FROM admin.quarantine ORDER BY n";
    place.run(&["sql", "-c", counts, "--format", "csv"]).expect(0, "n\n2\n3318\n", "");
    place.run(&["import", "bank_csv", book, "-q"]).expect(0, "", "");
}

#[test]
fn an_evaluation_says_what_was_found_of_what_is_known() {
    let place = Place::new();
    let sample = crate::support::fixture("amlsim").to_string_lossy().into_owned();
    let evaluate = ["evaluate", &sample, "--typologies", "cycle_round_trip", "--out", "e", "--format", "markdown"];
    let page = place.run(&evaluate);
    assert_eq!(page.code, 0, "{}", page.stderr);
    assert_eq!(
        page.stdout.matches("| account | cycle_round_trip | 0 | 0 | 1 | 0 |  |  | 0.000 |  |").count(),
        2,
        "{}",
        page.stdout
    );
    assert_eq!(std::fs::read_to_string(place.0.path().join("e/evaluation.md")).unwrap(), page.stdout);
    let json = std::fs::read_to_string(place.0.path().join("e/evaluation.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["tables"][0]["rows"][0]["planted"], 1);
    assert!(!place.0.path().join("lake").exists(), "a lake was left behind");
    place.run(&["evaluate", "nowhere"]).fails(5, &["nowhere: No such file"]);
    let book = crate::support::fixture("bank.csv").to_string_lossy().into_owned();
    place.run(&["evaluate", &book]).fails(2, &["the truth of this data is not known here"]);
}

#[test]
fn a_world_of_any_size_is_written_and_says_what_does_not_fit() {
    let place = Place::new();
    let made =
        place.run(&["synth", "--accounts", "500", "--days", "60", "--seed", "7", "--out", "W", "--format", "csv"]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    assert!(made.stdout.starts_with("what,number\naccounts,"), "{}", made.stdout);
    assert!(made.stderr.contains("not planted: dormant_reactivation needs 263 days"), "{}", made.stderr);
    assert!(place.0.path().join("W/truth/schemes.csv").is_file());
    place.run(&["synth", "--accounts", "499", "W"]).fails(2, &["499 is not in 500..=400000000"]);
    place.run(&["synth"]).fails(2, &["required arguments were not provided"]);
}

#[test]
fn listings_begin_with_money_and_findings() {
    let listing = run(&["sql", "-c", "\\d", "--format", "csv"]);
    let lines: Vec<&str> = listing.stdout.lines().collect();
    assert_eq!(lines[..2], ["schema,name,kind,columns", "flow,account_transfers,view,"], "{}", listing.stderr);
    let schema = |name: &str| lines.iter().position(|line| line.starts_with(name)).unwrap();
    assert!(schema("flow,") < schema("finding,") && schema("finding,") < schema("btc,"));
    let columns = run(&["sql", "-c", "\\d flow.transfers", "--format", "csv"]).stdout;
    assert!(
        columns.contains("transfer_id,BIGINT,\"\",key\n") && columns.contains("amount,\"DECIMAL(38, 18)\","),
        "{columns}"
    );
}

#[test]
fn pages_say_what_the_files_say() {
    assert!(run(&["typologies", "structuring"]).stdout.contains("Innocent  Tested:"));
    assert!(run(&["typologies", "--format", "csv"]).stdout.contains("T01,structuring,placement"));
    assert!(run(&["formats", "bank_csv"]).stdout.contains("Traps"));
    assert!(run(&["functions", "account"]).stdout.starts_with("account(ledger, identifier)\n"));
    assert!(run(&["completions", "bash"]).stdout.starts_with("_headwater() {"));
}

#[test]
fn a_query_file_of_ones_own_is_added_and_a_bad_one_is_named() {
    let place = Place::new();
    let folder = place.0.path().join("mine").join("typologies");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("mine.sql"), "-- My own\n--\n-- Finds     nothing.\n\nSELECT 1\n").unwrap();
    assert!(place.run(&["typologies", "--queries", "mine"]).stdout.contains("My own"));
    std::fs::write(folder.join("bad.sql"), "SELECT 1").unwrap();
    place.run(&["typologies", "--queries", "mine"]).fails(1, &["typologies/bad.sql:1: a query file begins with"]);
}
