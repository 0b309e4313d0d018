//! Products as a customer gets them: the real binary on a small lake whose every payment is in this file.
//!
//! One lake, made once: a ring that a list names, its shell company, money in from four countries and out again within two days.
//! The Markdown of each product lies under `products/` and is compared byte for byte; `HEADWATER_SLT_COMPLETE=1` rewrites it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::Digest as _;
use tokio::sync::OnceCell;

use crate::cli::Place;
use crate::support::{completing, copy, package};

const SHELL: &str = "EE273300333505610002";

const LIST: &str = r#"{"id":"ring","schema":"Organization","caption":"The Ring","properties":{"name":["The Ring"],"topics":["crime.traffick.drug"]}}
{"id":"boss","schema":"Person","caption":"Piret Kask","properties":{"name":["Piret Kask"]}}
{"id":"shell","schema":"Company","caption":"Probably Guilty & Sons Ltd","properties":{"name":["Probably Guilty & Sons Ltd"],"topics":["corp.shell"]}}
{"id":"m-1","schema":"Membership","properties":{"member":["boss"],"organization":["ring"],"role":["leader"]}}
{"id":"o-1","schema":"Ownership","properties":{"owner":["boss"],"asset":["shell"]}}
{"id":"a-1","schema":"BankAccount","properties":{"iban":["EE273300333505610002"],"holder":["shell"]}}
"#;

/// Payers, each with account, holder, country and bank.
const PAYERS: [[&str; 4]; 4] = [
    ["GB29NWBK60161331926819", "Brook Supplies Ltd", "GB", "NWBKGB2L"],
    ["GB33BUKB20201555555555", "Cedar Wholesale Ltd", "GB", "BUKBGB22"],
    ["DE89370400440532013000", "Dorn Handel GmbH", "DE", "COBADEFF"],
    ["LV80BANK0000435195001", "Elm SIA", "LV", "BANKLV22"],
];

/// Where it goes on to.
const PAYEES: [[&str; 4]; 2] = [
    ["CH9300762011623852957", "Fir Holding AG", "CH", "UBSWCHZH"],
    ["CY17002001280000001200527600", "Gorse Ltd", "CY", "BCYPCY2N"],
];

/// The ring's book: in each of some months four payments in on one day, and what came in, less one in fifty, out on the next.
fn book(months: &[&str]) -> String {
    let mut book =
        "reference,booked_at,debtor_account,debtor_name,debtor_kind,debtor_country,debtor_bank,creditor_account,\
                    creditor_name,creditor_kind,creditor_country,creditor_bank,amount,currency,channel,purpose\n"
            .to_owned();
    let shell = [SHELL, "Probably Guilty & Sons Ltd", "EE", "ALPHEE2X"];
    let mut number = 0;
    let mut pay = |time: String, from: [&str; 4], to: [&str; 4], amount: u32| {
        number += 1;
        let side = |party: [&str; 4]| format!("{},{},Company,{},{}", party[0], party[1], party[2], party[3]);
        let _ = writeln!(book, "p{number},{time},{},{},{amount}.00,EUR,wire,Invoice {number}", side(from), side(to));
    };
    for month in months {
        for (index, payer) in (0_u32..).zip(PAYERS) {
            pay(format!("{month}-03T{:02}:00:00Z", 8 + index), payer, shell, 5000 + 1000 * index);
        }
        for (index, payee) in (0_u32..).zip(PAYEES) {
            pay(format!("{month}-04T{:02}:00:00Z", 9 + index), shell, payee, 12_740);
        }
    }
    book
}

const TERMS: &str = r#"id = "ToR 2024/3"
title = "The Baltic corridor"
customer = "National coordination group"
purpose = "Priorities for 2025"
case_ref = "C-17/2024"
authority = "Prosecutor, order 9"
areas = ["drugs", "firearms"]
indicators = ["A01", "A05"]
products = ["strategic", "early-warning", "bulletin", "trend", "case", "public"]

[period]
from = 2024-01-01
to = 2024-12-31

[handling]
marking = "RESTRICTED"
tlp = "AMBER"
k = 3

[owners]
restrain = "Asset recovery office of the capital"

[[question]]
id = "Q1"
text = "Which networks launder the money of drugs, and through whom?"
areas = ["drugs"]
indicators = ["A01", "A07"]
chapters = ["enablers", "geography"]

[[question]]
id = "Q2"
text = "Who sells firearms?"
areas = ["firearms"]
"#;

/// The lake, imported, flagged and linked.
async fn lake() -> &'static Path {
    static LAKE: OnceCell<PathBuf> = OnceCell::const_new();
    LAKE.get_or_init(|| async {
        let folder = tempfile::tempdir().unwrap().keep();
        let place = Place::new();
        std::fs::write(folder.join("list.jsonl"), LIST).unwrap();
        std::fs::create_dir(folder.join("book")).unwrap();
        let months = ["2023-02", "2023-08", "2024-02", "2024-03", "2024-05", "2024-11"];
        std::fs::write(folder.join("book/ring.csv"), book(&months)).unwrap();
        let path = |name: &str| folder.join(name).display().to_string();
        for arguments in [
            vec!["init".to_owned()],
            vec!["import".to_owned(), "ftm".to_owned(), path("list.jsonl")],
            vec!["import".to_owned(), "bank_csv".to_owned(), path("book")],
            vec!["flag".to_owned(), "rapid_pass_through".to_owned()],
            vec!["link".to_owned()],
        ] {
            let lake = path("lake");
            let mut all = vec!["--quiet", "--lake", &lake];
            all.extend(arguments.iter().map(String::as_str));
            let run = place.run(&all);
            assert_eq!(run.code, 0, "{arguments:?}: {}", run.stderr);
        }
        folder.join("lake")
    })
    .await
}

/// A copy of the lake in a place of its own, with the terms beside it.
async fn place() -> (Place, PathBuf) {
    let place = Place::new();
    let folder = place.path().to_path_buf();
    copy(lake().await, &folder.join("lake"));
    std::fs::write(folder.join("terms.toml"), TERMS).unwrap();
    (place, folder)
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

const FILES: [&str; 6] = ["bulletin", "case-ftm-ring", "early-warning", "public", "strategic", "trend"];

#[tokio::test]
async fn every_product_is_made_and_made_again_byte_for_byte() {
    let (place, folder) = place().await;
    let out = place.run(&["assess", "--terms", "terms.toml", "--out", "report", "--format", "csv"]);
    assert_eq!(out.code, 0, "{}", out.stderr);
    assert_eq!(out.stdout.lines().count(), 7, "{}", out.stdout);
    // The firearms and the corruption that nobody can answer, twice asked.
    assert!(out.stderr.contains("the data do not answer"), "{}", out.stderr);

    let again = place.run(&["assess", "--terms", "terms.toml", "--out", "again", "--format", "csv"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    for stem in FILES {
        for ending in ["html", "json", "md", "prov.json"] {
            let name = format!("{stem}.{ending}");
            assert_eq!(read(&folder, &format!("report/{name}")), read(&folder, &format!("again/{name}")), "{name}");
        }
        let page = read(&folder, &format!("report/{stem}.html"));
        for outside in ["<script", "<link", "<img", "@import", "url(", "src=", "http://", "https://"] {
            assert!(!page.contains(outside), "{stem}: {outside}");
        }
        snapshot(&format!("{stem}.md"), &read(&folder, &format!("report/{stem}.md")));
    }
    let kept = place.run(&[
        "sql",
        "-c",
        "SELECT kind, count(*) AS products FROM assess.products GROUP BY kind ORDER BY kind",
        "--format",
        "csv",
    ]);
    assert_eq!(
        kept.stdout, "kind,products\nbulletin,1\ncase,1\nearly-warning,1\npublic,1\nstrategic,1\ntrend,1\n",
        "made twice, kept once"
    );
    let linked = "SELECT count(*) AS loose FROM assess.actions AS actions LEFT ANTI JOIN assess.recommendations AS advice \
                  ON advice.recommendation_id = actions.recommendation_id";
    assert_eq!(place.run(&["sql", "-c", linked, "--format", "csv"]).stdout, "loose\n0\n");
    let tasked = "SELECT count(*) > 5 AS several, count(*) - count(requirements.gap_id) AS untasked FROM assess.gaps AS gaps \
                  LEFT JOIN assess.requirements AS requirements ON requirements.gap_id = gaps.gap_id";
    assert_eq!(place.run(&["sql", "-c", tasked, "--format", "csv"]).stdout, "several,untasked\ntrue,0\n");
    let owner = "SELECT DISTINCT actions.owner FROM assess.actions AS actions INNER JOIN assess.recommendations AS advice \
                 ON advice.recommendation_id = actions.recommendation_id WHERE advice.kind = 'restrain' ORDER BY 1";
    let owner = place.run(&["sql", "-c", owner, "--format", "csv"]);
    assert_eq!(owner.stdout, "owner\nAsset recovery office of the capital\n", "{}", owner.stderr);

    // What was written may leave; what was changed afterwards may not.
    let twins: Vec<String> = FILES.iter().map(|stem| format!("report/{stem}.json")).collect();
    let mut arguments = vec!["assess"];
    arguments.extend(twins.iter().flat_map(|twin| ["--lint", twin.as_str()]));
    let sound = place.run(&arguments);
    assert_eq!((sound.code, sound.stdout.as_str()), (0, ""), "{}", sound.stderr);
    let twin = read(&folder, "report/strategic.json");
    let id = twin.split("\"transfer:").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let forged = twin.replacen(&format!("transfer:{id}"), "transfer:42", 1);
    std::fs::write(folder.join("forged.json"), forged).unwrap();
    let refused = place.run(&["assess", "--lint", "forged.json"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stdout.contains("is not in flow.transfers"), "{}", refused.stdout);
    assert!(refused.stdout.contains("not the one its hash was made of"), "{}", refused.stdout);

    // Nobody's name or account is in the edition for everybody, and no id of a row.
    let public: String = ["html", "json", "md", "prov.json"]
        .iter()
        .map(|ending| read(&folder, &format!("report/public.{ending}")))
        .collect();
    for private in ["Guilty", "Piret", "The Ring", SHELL, "Brook", "transfer:", "finding:", "National coordination"] {
        assert!(!public.contains(private), "{private}");
    }
}

/// The judgements under which the ring's leader passes the test of a person, beyond what the payments say.
const JUDGED: [(&str, &str); 5] = [("A01", "4"), ("A02", "4"), ("A03", "4"), ("A05", "4"), ("A06", "4")];

fn judge(place: &Place, indicator: &str, rung: &str, handling: &[&str]) {
    let mut arguments = vec!["judge", "ftm/ring", indicator, rung, "--by", "A. Analyst", "--reason", "seized ledgers"];
    arguments.extend(["--grade", "A1", "--document", "IR/7", "--date", "2025-01-10"]);
    arguments.extend(handling);
    let run = place.run(&arguments);
    assert_eq!(run.code, 0, "{indicator}: {}", run.stderr);
}

/// Who passes the test of a person stands in the annex with the rows of every clause, and in the case package; never in the
/// edition for everybody; and what is marked more narrowly than the product keeps it from leaving.
#[tokio::test]
async fn candidates_are_named_under_a_marking_and_never_in_public() {
    let (place, folder) = place().await;
    for (indicator, rung) in JUDGED {
        judge(&place, indicator, rung, &[]);
    }
    let make = |out: &str| {
        let kinds = ["--product", "strategic", "--product", "case", "--product", "public", "--format", "csv"];
        let mut arguments = vec!["assess", "--terms", "terms.toml", "--out", out];
        arguments.extend(kinds);
        place.run(&arguments)
    };
    let made = make("one");
    assert_eq!(made.code, 0, "{}", made.stderr);
    for (stem, marking) in [("strategic", "RESTRICTED ANNEX · TLP:AMBER"), ("case-ftm-ring", "PERSONS · TLP:AMBER")] {
        let (page, twin, markdown) = (
            read(&folder, &format!("one/{stem}.html")),
            read(&folder, &format!("one/{stem}.json")),
            read(&folder, &format!("one/{stem}.md")),
        );
        for rendition in [&page, &twin, &markdown] {
            assert!(rendition.contains(marking), "{stem}");
            assert!(rendition.contains("Piret Kask, The Ring. High-value target"), "{stem}");
            assert!(rendition.contains("met on what is known. Nomination is a human act"), "{stem}");
        }
        let twin: serde_json::Value = serde_json::from_str(&twin).unwrap();
        let sections = twin["sections"].as_array().unwrap();
        let people = sections.iter().find(|section| section["id"] == "persons").unwrap();
        let rows = people["tables"][0]["rows"].as_array().unwrap();
        assert_eq!(rows.len(), 9, "four clauses and five traits");
        for row in rows {
            let unknown = row["cells"][6] == "unknown";
            assert_eq!(row["evidence"].is_null(), unknown, "{row}");
            if let Some(ids) = row["evidence"]["ids"].as_array() {
                let hash = ids.iter().fold(String::new(), |all, id| all + id.as_str().unwrap() + "\n");
                let hash: String = hex::encode(sha2::Sha256::digest(hash)).chars().take(16).collect();
                assert!(page.contains(&hash) && markdown.contains(&hash), "{row}");
            }
        }
        let share = rows.iter().find(|row| row["cells"][4] == "Controls at least 25 % of the boundary inflow").unwrap();
        assert_eq!((share["cells"][5].as_str(), share["cells"][6].as_str()), (Some("100 %"), Some("pass")));
        assert_eq!(share["evidence"]["count"], 12, "the payments of the window, each once");
        let graded = rows.iter().find(|row| row["cells"][4].as_str().unwrap().starts_with("Graded evidence")).unwrap();
        assert_eq!(graded["evidence"]["count"], 2, "two judgements");
    }
    for ending in ["html", "json", "md", "prov.json"] {
        let public = read(&folder, &format!("one/public.{ending}"));
        assert!(!public.contains("Piret") && !public.contains("HVT") && !public.contains("person_facts"), "{ending}");
    }

    judge(&place, "A06", "3", &["--handling", "TLP:RED H1"]);
    let refused = make("two");
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("persons: stands on rows marked TLP:RED, and the product is TLP:AMBER"),
        "{}",
        refused.stderr
    );
    assert!(!folder.join("two").exists());
    std::fs::write(folder.join("terms.toml"), TERMS.replace("\"AMBER\"", "\"RED\"")).unwrap();
    let marked = make("three");
    assert_eq!(marked.code, 0, "{}", marked.stderr);
    assert!(read(&folder, "three/strategic.md").contains("**RESTRICTED ANNEX · TLP:RED H1**"));
}

/// A second edition after more was imported says what changed, and that it was the data; another profile says so too.
#[tokio::test]
async fn an_edition_says_what_changed_and_why() {
    let (place, folder) = place().await;
    let first =
        place.run(&["assess", "--terms", "terms.toml", "--out", "one", "--product", "strategic", "--format", "csv"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let id = first.stdout.lines().nth(1).and_then(|line| line.split(',').next()).unwrap().to_owned();

    std::fs::create_dir(folder.join("more")).unwrap();
    let more = book(&["2024-02", "2024-07"]).replace("\np", "\nq");
    std::fs::write(folder.join("more/late.csv"), more).unwrap();
    for arguments in [&["import", "bank_csv", "more"][..], &["flag", "rapid_pass_through"], &["link"]] {
        let run = place.run(arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let second = place.run(&[
        "assess",
        "--terms",
        "terms.toml",
        "--out",
        "two",
        "--product",
        "strategic",
        "--compare",
        &id,
        "--format",
        "csv",
    ]);
    assert_eq!(second.code, 0, "{}", second.stderr);
    assert!(second.stdout.starts_with("subject,of,number,was,is,why\n"), "{}", second.stdout);
    assert!(second.stdout.lines().skip(1).all(|line| line.ends_with(",data")), "{}", second.stdout);
    assert!(second.stdout.contains("typology/rapid_pass_through,"), "{}", second.stdout);
    assert!(read(&folder, "two/strategic.md").contains(&format!("Compared with {}", id.replace('_', "\\_"))));

    // The same data under a profile with one weight changed.
    std::fs::create_dir_all(folder.join("own/profiles")).unwrap();
    let profile =
        std::fs::read_to_string(crate::support::repository().join("queries/profiles/composite-1.toml")).unwrap();
    let heavier = profile.replacen("weight = 10\n", "weight = 30\n", 1);
    assert_ne!(heavier, profile);
    std::fs::write(folder.join("own/profiles/composite-1.toml"), heavier).unwrap();
    let newest = place.run(&[
        "sql",
        "-c",
        "SELECT product_id FROM assess.products WHERE compared_with IS NOT NULL",
        "--format",
        "csv",
        "--no-header",
    ]);
    let newest = newest.stdout.trim().to_owned();
    let third = place.run(&[
        "assess",
        "--terms",
        "terms.toml",
        "--out",
        "three",
        "--product",
        "strategic",
        "--compare",
        &newest,
        "--queries",
        "own",
        "--format",
        "csv",
    ]);
    assert_eq!(third.code, 0, "{}", third.stderr);
    assert!(
        third.stdout.lines().count() > 1 && third.stdout.lines().skip(1).all(|line| line.ends_with(",profile")),
        "{}",
        third.stdout
    );
}

/// What was made is made again from its snapshot, though the lake has moved on; and it is said when it is not the same.
#[tokio::test]
async fn a_product_is_remade_from_its_snapshot() {
    let (place, folder) = place().await;
    let made = place.run(&[
        "assess",
        "--terms",
        "terms.toml",
        "--out",
        "one",
        "--product",
        "bulletin",
        "--product",
        "case",
        "--format",
        "csv",
    ]);
    assert_eq!(made.code, 0, "{}", made.stderr);
    std::fs::create_dir(folder.join("more")).unwrap();
    std::fs::write(folder.join("more/late.csv"), book(&["2024-07"]).replace("\np", "\nq")).unwrap();
    assert_eq!(place.run(&["import", "bank_csv", "more"]).code, 0);
    let lake = crate::support::open(&folder.join("lake"), headwater_engine::LakeOptions::default());
    for line in made.stdout.lines().skip(1) {
        let id = line.split(',').next().unwrap();
        let remade = headwater_assess::product::remake(&lake, id).await.unwrap();
        assert_eq!(remade.differs, Vec::<&str>::new(), "{id}");
        assert_eq!(remade.files.id, id);
        let replayed = place.run(&["replay", id]);
        assert_eq!(replayed.code, 0, "{}", replayed.stderr);
        assert_eq!(replayed.stdout, remade.files.json, "{id}");
        assert!(replayed.stderr.contains("the same bytes, html SHA-256 "), "{}", replayed.stderr);
    }
    let nobody = place.run(&["replay", "case-of-nobody"]);
    assert!(
        nobody.code != 0 && nobody.stderr.contains("the lake has no product `case-of-nobody`"),
        "{}",
        nobody.stderr
    );
    let stored = headwater_assess::product::StoredProduct::find(&lake, "bulletin").await.unwrap();
    let mut other = stored.request.clone();
    other.terms = Some(TERMS.replace("k = 3", "k = 4"));
    let other = headwater_assess::product::make(&lake, stored.snapshot, &other).await.unwrap();
    assert_eq!(other.id, stored.id, "k is for the public edition alone");
    assert_ne!(headwater_assess::product::remake(&lake, "nothing").await.unwrap_err().to_string(), "");
}

/// What a product was made under is in all its renditions and in the lake, and it is made again under that and nothing
/// else; whoever may see less cannot make it again.
#[tokio::test]
async fn a_product_says_under_which_clearance_it_was_made() {
    let (place, folder) = place().await;
    // What stands on everything is marked as its most restrictive row.
    std::fs::write(folder.join("terms.toml"), TERMS.replace("\"AMBER\"", "\"RED\"")).unwrap();
    std::fs::create_dir(folder.join("more")).unwrap();
    std::fs::write(folder.join("more/late.csv"), book(&["2024-07"]).replace("\np", "\nq")).unwrap();
    for arguments in
        [&["import", "bank_csv", "more", "--handling", "TLP:RED"][..], &["flag", "rapid_pass_through"], &["link"]]
    {
        let run = place.run(arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let make = |out: &str, more: &[&str]| {
        let mut arguments = vec!["assess", "--terms", "terms.toml", "--out", out, "--format", "csv"];
        arguments.extend(["--product", "strategic"]);
        arguments.extend(more);
        let run = place.run(&arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
        run.stdout.lines().nth(1).and_then(|line| line.split(',').next()).unwrap().to_owned()
    };
    let whole = make("whole", &[]);
    let counted = make("counted", &["--clearance", "TLP:AMBER"]);
    let silent = make("silent", &["--clearance", "TLP:AMBER", "--withheld", "silent"]);
    let renditions = |out: &str| {
        ["html", "json", "md", "prov.json"].map(|ending| read(&folder, &format!("{out}/strategic.{ending}")))
    };
    for rendition in renditions("counted") {
        assert!(rendition.contains("TLP:AMBER"));
    }
    let [page, twin, markdown, prov] = renditions("counted");
    let twin: serde_json::Value = serde_json::from_str(&twin).unwrap();
    let rows = twin["clearance"]["rows"].as_u64().unwrap();
    assert!(rows >= 6, "the six payments of the marked file at least: {rows}");
    assert_eq!((&twin["clearance"]["label"], &twin["clearance"]["withheld"]), (&"TLP:AMBER".into(), &"counted".into()));
    assert!(page.contains(&format!("<dd>{rows} rows withheld by policy</dd>")));
    assert!(
        markdown
            .contains(&format!("- Made under the clearance: TLP:AMBER\n- Withheld: {rows} rows withheld by policy\n"))
    );
    let prov: serde_json::Value = serde_json::from_str(&prov).unwrap();
    let activity = &prov["activity"][format!("hw:run/{counted}")];
    assert_eq!((&activity["hw:clearance"], &activity["hw:rowsWithheld"]), (&"TLP:AMBER".into(), &rows.into()));
    let [page, twin, markdown, prov] = renditions("silent");
    assert!(twin.contains("\"withheld\": \"silent\"") && prov.contains("\"hw:withheld\": \"silent\""));
    for rendition in [page, twin, markdown, prov] {
        assert!(
            rendition.contains("TLP:AMBER")
                && !rendition.contains("withheld by policy")
                && !rendition.contains("rowsWithheld")
        );
    }
    for rendition in renditions("whole") {
        assert!(!rendition.contains("Made under the clearance") && !rendition.contains("hw:clearance"));
    }

    // The clearance is that of the record, whatever the person has who makes it again.
    let replay = |id: &str, more: &[&str]| {
        let mut arguments = vec!["replay", id];
        arguments.extend(more);
        place.run(&arguments)
    };
    for (id, out, more) in [
        (&counted, "counted", &[][..]),
        (&counted, "counted", &["--clearance", "TLP:AMBER", "--withheld", "silent"]),
        (&counted, "counted", &["--clearance", "TLP:RED H1"]),
        (&silent, "silent", &["--clearance", "TLP:RED"]),
        (&whole, "whole", &[]),
    ] {
        let again = replay(id, more);
        assert_eq!(again.code, 0, "{id} {more:?}: {}", again.stderr);
        assert_eq!(again.stdout, read(&folder, &format!("{out}/strategic.json")), "{id} {more:?}");
        assert!(again.stderr.contains("the same bytes, html SHA-256 "), "{}", again.stderr);
    }
    for (id, more, complaint) in [
        (&counted, "TLP:GREEN", "was made under the clearance TLP:AMBER, and yours is the clearance TLP:GREEN"),
        (&counted, "TLP:GREEN PAP:RED", "and yours is the clearance TLP:GREEN PAP:RED"),
        (
            &whole,
            "TLP:AMBER",
            "was made under no clearance, by somebody who saw everything, and yours is the clearance TLP:AMBER",
        ),
    ] {
        let refused = replay(id, &["--clearance", more]);
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{more}: {}", refused.stderr);
        assert!(refused.stderr.contains(complaint), "{}", refused.stderr);
    }
    // Nor does whoever may see less read in the lake what the product says.
    let seen = |clearance: &str| {
        let sql = "SELECT product_id FROM assess.products ORDER BY product_id";
        let products = place.run(&["--clearance", clearance, "sql", "-c", sql, "--format", "csv", "--no-header"]);
        let sql = "SELECT count(*) > 0 FROM assess.editions";
        let editions = place.run(&["--clearance", clearance, "sql", "-c", sql, "--format", "csv", "--no-header"]);
        (products.stdout.lines().map(str::to_owned).collect::<Vec<_>>(), editions.stdout)
    };
    let mut under = vec![counted.clone(), silent];
    under.sort();
    assert_eq!(seen("TLP:AMBER"), (under, "true\n".to_owned()));
    assert_eq!(seen("TLP:GREEN"), (Vec::new(), "false\n".to_owned()));
    let arguments =
        ["assess", "--terms", "terms.toml", "--out", "next", "--product", "strategic", "--compare", &counted];
    let next = place.run(&[&arguments[..], &["--clearance", "TLP:AMBER", "--format", "csv"]].concat());
    assert_eq!((next.code, next.stdout.as_str()), (0, "subject,of,number,was,is,why\n"), "{}", next.stderr);
    let next =
        next.stderr.split_whitespace().find_map(|word| word.strip_suffix(':').filter(|id| id.contains("strategic-")));
    assert_eq!(replay(next.unwrap(), &[]).code, 0);
}

/// Terms with a mistake are refused with file and line, before anything is scored.
#[tokio::test]
async fn terms_that_do_not_hold_together_name_their_line() {
    let (place, folder) = place().await;
    for (from, to, complaint) in [
        ("customer =", "custmer =", "terms.toml: TOML parse error at line 3"),
        (
            "from = 2024-01-01",
            "from = 2025-01-01",
            "terms.toml, line 12: the period begins on 2025-01-01 and ends on 2024-12-31",
        ),
        ("\"trend\"", "\"trent\"", "terms.toml, line 9: no product `trent`; did you mean `trend`?"),
        ("case_ref = \"C-17/2024\"\n", "", "terms.toml, line 8: a case package needs a case_ref"),
        ("\"AMBER\"", "\"CLEAR\"", "terms.toml, line 17: TLP:CLEAR is for the public edition alone"),
        ("k = 3", "k = 1", "terms.toml, line 18: k = 1 hides nobody"),
        ("\"A07\"", "\"A77\"", "terms.toml, line 27: profile composite-1@1.1.0 has no indicator `A77`"),
        ("id = \"Q2\"", "id = \"Q1\"", "terms.toml, line 31: two questions are called `Q1`"),
        ("\"geography\"", "\"geograhpy\"", "no chapter `geograhpy`; did you mean `geography`?"),
        (
            "areas = [\"firearms\"]",
            "areas = [\"waste\"]",
            "question `Q2` asks about `waste`, which is not among the areas of the terms",
        ),
    ] {
        let broken = TERMS.replacen(from, to, 1);
        assert_ne!(broken, TERMS, "{from}");
        std::fs::write(folder.join("terms.toml"), broken).unwrap();
        let run = place.run(&["assess", "--terms", "terms.toml", "--out", "report"]);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{}", run.stderr);
        assert!(run.stderr.contains(complaint), "{complaint} not in {}", run.stderr);
    }
    assert!(!folder.join("report").exists());
    let judged = format!(
        "{TERMS}\n[[judgement]]\ntext = \"The ring will probably grow.\"\nlikelihood = \"likely\"\nconfidence = \"Low\"\nevidence = [\"transfer:1\"]\nauthor = \"A. Analyst\"\ndate = 2025-01-10\n"
    );
    std::fs::write(folder.join("terms.toml"), judged).unwrap();
    let run = place.run(&["assess", "--terms", "terms.toml", "--out", "report", "--product", "strategic"]);
    assert_eq!(run.code, 1, "{}", run.stderr);
    for part in ["\"probably\" is no phrase", "judgements, statement 1", "transfer:1 is not in flow.transfers"] {
        assert!(run.stderr.contains(part), "{part} not in {}", run.stderr);
    }
    assert!(!folder.join("report").exists(), "a product that is refused is not written, nor is any beside it");
}

/// Compares with the file under `products/`.
#[track_caller]
fn snapshot(name: &str, text: &str) {
    let path = package().join("products").join(name);
    if completing() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = text.lines().zip(expected.lines()).find(|(is, was)| is != was);
    assert!(text == expected, "{name} is not as it was: {differing:?}");
}
