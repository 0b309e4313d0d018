//! `headwater send`: into a folder, to the real TAXII server of the OASIS committee, and to servers that misbehave.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use headwater_engine::{Lake, Writer};
use serde_json::{Value, json};

use crate::cli::Place;
use crate::support::{self, TestLake};

mod server;

use server::{Answer, Server};

/// The collection of medallion's that the tests write to.
const COLLECTION: &str = "472c94ae-3113-4e3e-a4dd-a9f4ac7471d4";

async fn insert(lake: &Arc<Lake>, table: &str, select: &str) {
    let mut writer = Writer::open(lake).await.unwrap();
    let rows = writer.session().sql(select).await.unwrap();
    writer.append(table, rows).await.unwrap();
    writer.commit("test").await.unwrap();
}

/// Two findings, one on each rail, a network they lead to and its assessment.
async fn world() -> TestLake {
    let home = TestLake::new().await;
    let lake = &home.lake;
    let rows = [
        (
            "flow.accounts",
            "SELECT column1 AS account, column2 AS ledger, column3 AS identifier, column4 AS bank, 0 AS source_id FROM (VALUES \
             (1, 'bank', 'EE273300333505610002', 'HABAEE2X'), (2, 'bank', '70-100428660', NULL), \
             (3, 'btc', '12cbQLTFMXRnSzktFkuoG3eHoMeFtpTu3S', NULL), (4, 'btc', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', NULL), \
             (5, 'btc', '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', NULL))",
        ),
        (
            "flow.holders",
            "SELECT column1 AS account, column2 AS name, lower(column2) AS name_key, column3 AS kind, 0 AS source_id FROM (VALUES \
             (1, 'Alder Trading OÜ', 'company'), (2, 'Jüri \"O''Neil\" Tamm', 'person'), (2, 'J. Tamm', 'person'))",
        ),
        (
            "flow.transfers",
            "SELECT column1 AS transfer_id, TIMESTAMP '2024-03-05 10:00:00.123456' AS time, \
             column2 AS src, column3 AS dst, CAST(column4 AS DECIMAL(38, 18)) AS amount, column5 AS asset, \
             CAST(NULL AS DECIMAL(38, 18)) AS value_eur, column6 AS ledger, column7 AS reference, column1 AS position, \
             0 AS source_id FROM (VALUES \
             (11, 1, 2, '9900.01', 'EUR', 'bank', 'R1'), \
             (12, 1, 2, '12345678901234567.123456789012345678', 'EUR', 'bank', 'R2'), \
             (13, 3, 4, '0.00000001', 'BTC', 'btc', 'f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16'), \
             (14, 3, 5, '20999999.9769', 'BTC', 'btc', 'f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16'))",
        ),
        (
            "finding.findings",
            "SELECT column1 AS finding_id, column2 AS typology, 'placement' AS family, column3 AS subject, \
             TIMESTAMP '2024-03-05 10:00:00' AS first_time, TIMESTAMP '2024-03-06 10:00:00' AS last_time, \
             CAST(column4 AS DECIMAL(38, 18)) AS amount, column5 AS asset, 0.5 AS score, column6 AS evidence, \
             'seen; innocent: rent' AS explanation, '1.0' AS version, '{}' AS parameters, 'q' AS query_hash, 'd' AS dataset \
             FROM (VALUES (7001, 'structuring', 1, '12345678901244467.133456789012345678', 'EUR', [11, 12]), \
             (-7002, 'peel', 3, '0.00000001', 'BTC', [13]))",
        ),
        (
            "intel.entities",
            "SELECT column1 AS entity_id, 'list' AS dataset, column2 AS schema, column3 AS caption, lower(column3) AS name_key, \
             column4 AS topics, 0 AS source_id, 0 AS position FROM (VALUES ('n1', 'Organization', 'The Alders', ['crime']), \
             ('e1', 'Person', 'Jaan Alder', ['sanction']), ('e2', 'Company', 'Alder Trading', CAST([] AS VARCHAR[])))",
        ),
        (
            "intel.relationships",
            "SELECT column1 AS relationship_id, 'list' AS dataset, column2 AS schema, column3 AS subject, column4 AS object, \
             0 AS source_id, 0 AS position FROM (VALUES ('r1', 'Membership', 'e1', 'n1'), ('r2', 'Ownership', 'e1', 'e2'))",
        ),
        (
            "finding.links",
            "SELECT 9001 AS link_id, 7001 AS finding_id, 'list' AS dataset, 'e2' AS entity_id, 'subject' AS role, 1 AS account, \
             'exact identifier' AS method, 60 AS confidence, 'the list names the account' AS explanation, \
             ['identifier:list/e2/bank/EE273300333505610002'] AS evidence, 'q' AS query_hash",
        ),
        (
            "assess.indicator_values",
            "SELECT 'list/n1' AS network, column1 AS indicator, 'composite-1@1' AS profile, 'd' AS dataset, \
             TIMESTAMP '2024-03-06' AS cutoff, column2 AS metric, column3 AS score, 'said' AS explanation, \
             ['transfer:11'] AS evidence, 'q' AS query_hash FROM (VALUES ('A01', 9900.01, 2), ('A06', NULL, NULL))",
        ),
        (
            "assess.assessments",
            "SELECT 'list/n1' AS network, 'composite-1@1' AS profile, 'd' AS dataset, TIMESTAMP '2024-03-06' AS cutoff, \
             'The Alders' AS caption, 46.3 AS t_low, 55.3 AS t_point, 64.3 AS t_high, 82.0 AS coverage, 20.0 AS h_point, \
             30.0 AS l_point, 'High' AS band, 'P3' AS priority, 'Moderate' AS confidence, 'h' AS evidence",
        ),
    ];
    for (table, select) in rows {
        insert(lake, table, select).await;
    }
    home
}

fn send(place: &Place, home: &Path, more: &[&str]) -> crate::cli::Run {
    let home = home.to_string_lossy().into_owned();
    place.run(&[&["--lake", home.as_str(), "--format", "csv", "--no-header", "send"], more].concat())
}

fn ask(place: &Place, home: &Path, sql: &str) -> String {
    let home = home.to_string_lossy().into_owned();
    let run = place.run(&["--lake", home.as_str(), "--format", "csv", "--no-header", "sql", "-c", sql]);
    assert_eq!(run.code, 0, "{sql}\n{}", run.stderr);
    run.stdout.trim().to_owned()
}

/// A running medallion, ended with the test.
struct Medallion {
    process: Child,
    python: PathBuf,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Medallion {
    fn start(python: &Path, port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let collection = |id: &str, title: &str, can_write: bool| {
            json!({"id": id, "title": title, "can_read": true, "can_write": can_write,
                   "media_types": ["application/stix+json;version=2.1"], "objects": [], "manifest": []})
        };
        let data = json!({
            "/discovery": {"title": "A server", "default": format!("http://127.0.0.1:{port}/api1/"),
                           "api_roots": [format!("http://127.0.0.1:{port}/api1/")]},
            "api1": {
                "information": {"title": "Root", "versions": ["application/taxii+json;version=2.1"],
                                "max_content_length": 20_000},
                "status": [],
                "collections": [collection(COLLECTION, "In", true), collection("91a7b528-80eb-42ed-a74d-c6fbd5a26116", "Out", false)],
            },
        });
        std::fs::write(folder.path().join("data.json"), data.to_string()).unwrap();
        let config = json!({
            "backend": {"module": "medallion.backends.memory_backend", "module_class": "MemoryBackend",
                        "filename": folder.path().join("data.json").to_string_lossy()},
            "users": {"analyst": "s3cret"},
            "taxii": {"max_page_size": 10},
        });
        let file = folder.path().join("config.json");
        std::fs::write(&file, config.to_string()).unwrap();
        let process = Command::new(python)
            .args(["-m", "medallion.scripts.run", "--port", &port.to_string()])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // From here on it is ended whatever happens.
        let medallion = Self { process, python: python.to_owned(), port, _folder: folder };
        for _ in 0..300 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return medallion;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("medallion does not listen on port {port}");
    }

    /// What a Python script that knows `objects`, all the collection holds, prints.
    fn python(&self, script: &str) -> String {
        let preamble = format!(
            "import requests, json, sys\n\
             url = 'http://127.0.0.1:{}/api1/collections/{COLLECTION}/objects/'\n\
             objects, more = [], {{'match[version]': 'all', 'limit': '100'}}\n\
             while True:\n\
            \x20   page = requests.get(url, params=more, auth=('analyst', 's3cret'),\n\
            \x20                       headers={{'Accept': 'application/taxii+json;version=2.1'}}).json()\n\
            \x20   objects += page.get('objects', [])\n\
            \x20   if not page.get('more'): break\n\
            \x20   more = {{'match[version]': 'all', 'limit': '100', 'next': page['next']}}\n",
            self.port
        );
        let output = Command::new(&self.python).args(["-c", &format!("{preamble}{script}")]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Medallion {
    fn drop(&mut self) {
        // It is ours, and a server that has ended already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    // Free a moment ago; nobody else on this machine is likely to take it before the server does.
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Reads every object with the library of the OASIS committee and the extensions that DOGESEC publishes, checks that ids of
/// observables are those the library itself gives, and prints what amounts came through.
const READ: &str = r#"
import stix2, stix2extensions
from collections import Counter
ids = Counter((o['id'], o.get('modified')) for o in objects)
assert max(ids.values()) == 1, ids.most_common(3)
known = {o['id'] for o in objects}
for o in objects:
    parsed = stix2.parse(o, allow_custom=True)
    assert json.loads(parsed.serialize()).keys() >= o.keys(), o
    if o['type'] in ('bank-account', 'cryptocurrency-wallet', 'cryptocurrency-transaction'):
        kind = type(parsed)
        bare = {k: v for k, v in o.items() if k not in ('id', 'object_marking_refs', 'input', 'output')}
        again = kind(**bare)
        assert again['id'] == o['id'], (again['id'], o['id'])
        assert again['extensions'].keys() == o['extensions'].keys(), o
        if o['type'] != 'cryptocurrency-transaction':
            stix2.parse(o, allow_custom=False)
    def refs(v, name=''):
        if isinstance(v, dict):
            for k, w in v.items(): yield from refs(w, k)
        elif isinstance(v, list):
            for w in v: yield from refs(w, name)
        elif name.endswith('_ref') or name.endswith('_refs'): yield v
    for r in refs(o): assert r in known, (o['id'], r)
    if o['type'] == 'indicator':
        from stix2patterns.v21.pattern import Pattern
        Pattern(o['pattern'])
print(sorted(Counter(o['type'] for o in objects).items()))
print(sorted(o['x_amount_raw'] for o in objects if o['type'] == 'observed-data'))
print([[(i['x_amount_raw']) for i in o[s]] for o in objects if o['type'] == 'cryptocurrency-transaction' for s in ('input', 'output')])
print(sorted({m for o in objects for m in o.get('object_marking_refs', [])}))
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_server_has_everything_once_however_often_it_is_sent() {
    let test = "a_real_server_has_everything_once_however_often_it_is_sent";
    let Some(python) = support::fetched(test, "taxii/bin/python", "a TAXII server") else { return };
    let (home, place, port) = (world().await, Place::new(), free_port());
    let url = format!("http://127.0.0.1:{port}/api1/collections/{COLLECTION}/");
    let to = ["taxii", "--url", url.as_str(), "--user", "analyst:s3cret", "--tlp", "green"];

    // Nobody listens: everything is queued, nothing is lost, and the exit code says network.
    let run = send(&place, home.path(), &[&to[..], &["--patience", "0"]].concat());
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert!(
        run.stderr.contains("cannot be reached") && run.stderr.contains("nothing is lost: 33 objects"),
        "{}",
        run.stderr
    );
    assert_eq!(run.stdout, "33,0,0,0,0,33,0\n");
    // A copy of the lake is a sender that died after its delivery and before its receipts.
    let died = tempfile::tempdir().unwrap();
    support::copy(home.path(), died.path());

    let medallion = Medallion::start(&python, port);
    let denied = send(&place, home.path(), &["taxii", "--url", &url, "--user", "analyst:wrong", "--tlp", "green"]);
    assert_eq!(denied.code, 4, "{}", denied.stderr);
    assert!(denied.stderr.contains("no user 'analyst'") && !denied.stderr.contains("wrong"), "{}", denied.stderr);

    let run = send(&place, home.path(), &to);
    assert_eq!((run.code, run.stdout.as_str()), (0, "0,33,0,0,0,0,0\n"), "{}", run.stderr);
    let read = medallion.python(READ);
    assert_eq!(
        read,
        "[('attack-pattern', 2), ('bank-account', 2), ('cryptocurrency-transaction', 1), ('cryptocurrency-wallet', 3), \
         ('identity', 6), ('indicator', 2), ('marking-definition', 1), ('note', 2), ('observed-data', 3), \
         ('relationship', 7), ('report', 1), ('sighting', 2), ('threat-actor', 1)]\n\
         ['0.00000001', '12345678901234567.123456789012345678', '9900.01']\n\
         [['20999999.97690001'], ['20999999.9769', '0.00000001']]\n\
         ['marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb']"
    );

    // Again, and from the sender that died: there once.
    let run = send(&place, home.path(), &to);
    assert_eq!((run.code, run.stdout.as_str()), (0, "0,0,0,0,0,0,0\n"), "{}", run.stderr);
    let run = send(&place, died.path(), &to);
    assert_eq!((run.code, run.stdout.as_str()), (0, "0,0,33,0,0,0,0\n"), "{}", run.stderr);
    assert_eq!(medallion.python("print(len(objects))"), "33");
    assert_eq!(ask(&place, died.path(), "SELECT state, count(*) FROM assess.outbox_state GROUP BY 1"), "delivered,33");

    // What has changed is a new version of the same object, and nothing else is sent.
    insert(
        &home.lake,
        "assess.indicator_values",
        "SELECT 'list/n1' AS network, 'A02' AS indicator, 'composite-1@1' AS profile, 'd' AS dataset, \
         TIMESTAMP '2024-03-06' AS cutoff, 1.0 AS metric, 1 AS score, 'said' AS explanation, ['transfer:12'] AS evidence, \
         'q' AS query_hash",
    )
    .await;
    let run = send(&place, home.path(), &to);
    assert_eq!((run.code, run.stdout.as_str()), (0, "2,2,0,0,0,0,0\n"), "{}", run.stderr);
    let versions =
        "print([(o['created'] < o['modified'], len(o['object_refs'])) for o in objects if o['type'] == 'report'])";
    assert_eq!(medallion.python(versions), "[(False, 4), (True, 5)]");

    // The address may be the server's; a collection that is not ours to write to says so.
    let discovery = format!("http://127.0.0.1:{port}/taxii2/");
    let run = send(&place, died.path(), &["taxii", "--url", &discovery, "--user", "analyst:s3cret", "--tlp", "green"]);
    assert_eq!((run.code, run.stdout.as_str()), (0, "33,0,33,0,0,0,0\n"), "{}", run.stderr);
    let run =
        send(&place, died.path(), &["taxii", "--url", &discovery, "--collection", "Out", "--user", "analyst:s3cret"]);
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("may not write to the collection 91a7b528"), "{}", run.stderr);
}

/// What every test of a misbehaving server does: send with little patience to the collection `c`.
fn to(server: &Server) -> Vec<String> {
    let url = format!("http://127.0.0.1:{}/root/collections/c/", server.port());
    ["taxii", "--url", &url, "--timeout", "1", "--patience", "8"].map(str::to_owned).to_vec()
}

/// A server that behaves, up to the envelopes.
fn behaved(path: &str) -> Option<Answer> {
    match path {
        "/root/collections/c/" => {
            Some(Answer::taxii(200, json!({"id": "c", "title": "C", "can_read": true, "can_write": true})))
        }
        "/root/" => Some(Answer::taxii(
            200,
            json!({"title": "r", "versions": ["application/taxii+json;version=2.1"], "max_content_length": 1_000_000}),
        )),
        path if path.starts_with("/root/collections/c/manifest/") => Some(Answer::taxii(200, json!({}))),
        _ => None,
    }
}

fn accept(body: &Value, takes: impl Fn(&str) -> &'static str) -> Value {
    let ids: Vec<String> =
        body["objects"].as_array().unwrap().iter().map(|object| object["id"].as_str().unwrap().to_owned()).collect();
    let of = |list: &str| -> Vec<Value> {
        ids.iter()
            .filter(|id| takes(id) == list)
            .map(|id| json!({"id": id, "version": "v", "message": "so it is"}))
            .collect()
    };
    let (successes, failures, pendings) = (of("successes"), of("failures"), of("pendings"));
    json!({
        "id": "s1", "status": if pendings.is_empty() { "complete" } else { "pending" }, "total_count": ids.len(),
        "success_count": successes.len(), "failure_count": failures.len(), "pending_count": pendings.len(),
        "successes": successes, "failures": failures, "pendings": pendings,
    })
}

async fn against(server: &Server) -> (TestLake, Place, crate::cli::Run) {
    let (home, place) = (world().await, Place::new());
    let arguments = to(server);
    let run = send(&place, home.path(), &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    (home, place, run)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_that_passes_is_waited_out() {
    let server = Server::start(|request, number| {
        if number <= 3 {
            return Answer::taxii(500, json!({"title": "InternalError"}));
        }
        behaved(&request.path).unwrap_or_else(|| Answer::taxii(202, accept(&request.json(), |_| "successes")))
    });
    let (home, place, run) = against(&server).await;
    assert_eq!((run.code, run.stdout.as_str()), (0, "33,33,0,0,0,0,3\n"), "{}", run.stderr);
    assert_eq!(ask(&place, home.path(), "SELECT state, count(*) FROM assess.outbox_state GROUP BY 1"), "delivered,33");
    // The pauses: half a second, one, two.
    assert!(server.seconds() >= 3.5, "{}", server.seconds());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_error_that_lasts_ends_patience_and_loses_nothing() {
    let broken = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let state = Arc::clone(&broken);
    let server = Server::start(move |request, _| {
        if state.load(std::sync::atomic::Ordering::SeqCst) && request.method == "POST" {
            return Answer::taxii(503, json!({"title": "Busy"})).header("Retry-After", "3600");
        }
        behaved(&request.path).unwrap_or_else(|| Answer::taxii(202, accept(&request.json(), |_| "successes")))
    });
    let (home, place, run) = against(&server).await;
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert!(run.stderr.contains("(503), saying: Busy") && run.stderr.contains("33 objects wait"), "{}", run.stderr);
    // An hour is more than the patience: it is not slept through.
    assert!(server.seconds() < 3.0, "{}", server.seconds());
    let listed = send(&place, home.path(), &["list"]);
    assert!(listed.stdout.contains(",waiting,33,"), "{}", listed.stdout);
    broken.store(false, std::sync::atomic::Ordering::SeqCst);
    let arguments = to(&server);
    let run = send(&place, home.path(), &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!((run.code, run.stdout.as_str()), (0, "0,33,0,0,0,0,0\n"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_an_envelope_is_delivered_by_halves() {
    let server = Server::start(|request, _| {
        behaved(&request.path).unwrap_or_else(|| {
            if request.path.contains("/status/") {
                return Answer::taxii(404, json!({"title": "no statuses here"}));
            }
            let takes = |id: &str| match id.split("--").next() {
                Some("indicator") => "failures",
                Some("report") => "pendings",
                _ => "successes",
            };
            Answer::taxii(202, accept(&request.json(), takes))
        })
    });
    let (home, place, run) = against(&server).await;
    assert_eq!((run.code, run.stdout.as_str()), (5, "33,30,0,1,2,3,0\n"), "{}", run.stderr);
    assert!(run.stderr.contains("refused indicator--") && run.stderr.contains(": so it is"), "{}", run.stderr);
    assert!(run.stderr.contains("has not decided on 1 objects yet"), "{}", run.stderr);
    let states = "SELECT state, count(*) FROM assess.outbox_state GROUP BY 1 ORDER BY 1";
    assert_eq!(ask(&place, home.path(), states), "delivered,30\nrefused,2\nwaiting,1");
    // Only what is not there is sent again.
    let arguments = to(&server);
    let run = send(&place, home.path(), &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(run.stdout, "0,0,0,1,2,3,0\n", "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_bad_object_does_not_keep_the_others_back() {
    let server = Server::start(|request, _| {
        behaved(&request.path).unwrap_or_else(|| {
            let body = request.json();
            let bad = body["objects"].as_array().unwrap().iter().any(|object| object["type"] == "report");
            if bad {
                return Answer::taxii(422, json!({"title": "UnprocessableEntity", "description": "no reports here"}));
            }
            Answer::taxii(202, accept(&body, |_| "successes"))
        })
    });
    let (_home, _place, run) = against(&server).await;
    assert_eq!((run.code, run.stdout.as_str()), (1, "33,32,0,0,1,1,0\n"), "{}", run.stderr);
    assert!(run.stderr.contains("no reports here"), "{}", run.stderr);
}

/// An answer, the exit code it leads to, and what is said.
type Case = (fn() -> Answer, i32, &'static str);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_taxii_server_is_told_so() {
    let cases: [Case; 7] = [
        (
            || Answer::of(200, "text/html", "<html>Log in</html>"),
            5,
            "answers with text/html and not with application/taxii+json",
        ),
        (|| Answer::taxii(401, json!({})), 4, "give a name and a password with --user"),
        (|| Answer::taxii(403, json!({"title": "Forbidden"})), 4, "forbids it (403), saying: Forbidden"),
        (|| Answer::taxii(404, json!({"title": "not here"})), 5, "there is nothing at"),
        (|| Answer::taxii(406, json!({})), 5, "does not speak TAXII 2.1"),
        (
            || Answer::of(301, "text/plain", "").header("Location", "http://example.com/"),
            5,
            "redirects elsewhere (301)",
        ),
        (|| Answer::taxii(200, json!({"hello": "world"})), 5, "is no collection of a TAXII server"),
    ];
    for (answer, code, part) in cases {
        let server = Server::start(move |_, _| answer());
        let (home, place, run) = against(&server).await;
        assert_eq!(run.code, code, "{part}: {}", run.stderr);
        assert!(
            run.stderr.contains(part) && run.stderr.contains("nothing is lost: 33 objects"),
            "{part}: {}",
            run.stderr
        );
        assert_eq!(ask(&place, home.path(), "SELECT count(*) FROM assess.outbox_state WHERE state = 'waiting'"), "33");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_says_nothing_or_breaks_off_is_not_waited_for_for_ever() {
    for answer in [Answer::silence as fn() -> Answer, Answer::cut] {
        let server = Server::start(move |_, _| answer());
        let (_home, _place, run) = against(&server).await;
        assert_eq!(run.code, 5, "{}", run.stderr);
        let said = ["did not answer within 1 s", "broke", "broken JSON"].iter().any(|part| run.stderr.contains(part));
        assert!(said && run.stderr.contains("nothing is lost"), "{}", run.stderr);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_has_the_same_bytes_however_often_it_is_sent() {
    let (home, place) = (world().await, Place::new());
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("export");
    let to = ["files", "--out", folder.to_str().unwrap(), "--tlp", "amber+strict", "--sender", "A bank"];
    let run = send(&place, home.path(), &to);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let findings: Vec<Value> = read("findings.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(findings.len(), 2);
    assert_eq!(findings[1]["amount"], "12345678901244467.133456789012345678");
    assert_eq!(
        (findings[1]["identifier"].as_str(), findings[0]["finding_id"].as_str()),
        (Some("EE273300333505610002"), Some("-7002"))
    );
    assert_eq!(findings[1]["evidence"], json!(["11", "12"]));
    assert_eq!(findings[1]["first_time"], "2024-03-05T10:00:00Z");
    let values: Vec<Value> =
        read("indicator_values.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&values[0]["score"], &values[1]["score"]), (&json!(2), &Value::Null));

    // The manifest is right about every file, and the Parquet files hold the same rows, exactly.
    let manifest: Value = serde_json::from_str(&read("manifest.json")).unwrap();
    assert_eq!(
        (&manifest["marking"], &manifest["version"], &manifest["sender"]),
        (&json!("TLP:AMBER+STRICT"), &json!("1.0"), &json!("A bank"))
    );
    for file in manifest["files"].as_array().unwrap() {
        use sha2::Digest as _;
        let bytes = std::fs::read(folder.join(file["name"].as_str().unwrap())).unwrap();
        assert_eq!(file["sha256"], hex::encode(sha2::Sha256::digest(&bytes)), "{file}");
    }
    let sql = format!(
        "SELECT (SELECT sum(amount) FROM '{0}/findings.parquet') = (SELECT sum(amount) FROM finding.findings) AS same, \
         (SELECT count(*) FROM '{0}/links.parquet') AS links",
        folder.display()
    );
    assert_eq!(ask(&place, home.path(), &sql), "true,1");
    let schema: Value = serde_json::from_str(&read("schema.json")).unwrap();
    assert_eq!((&schema["schema"], &schema["version"]), (&json!("headwater-exchange"), &json!("1.0")));
    assert_eq!(
        schema["tables"][0]["columns"][7],
        json!({"name": "amount", "type": "DECIMAL(38, 18)", "json": "string, exact decimal", "nullable": false})
    );

    // Again: nothing is written. With a file gone: it comes back, with the bytes it had.
    let before = std::fs::read(folder.join("findings.parquet")).unwrap();
    let run = send(&place, home.path(), &to);
    assert!(run.stderr.contains("has all of it already"), "{}", run.stderr);
    std::fs::remove_file(folder.join("findings.parquet")).unwrap();
    assert_eq!(send(&place, home.path(), &to).code, 0);
    assert_eq!(std::fs::read(folder.join("findings.parquet")).unwrap(), before);

    // A folder that cannot be written: said, and the export waits.
    let file = out.path().join("file");
    std::fs::write(&file, "").unwrap();
    let run = send(&place, home.path(), &["files", "--out", file.to_str().unwrap()]);
    assert_eq!(run.code, 5, "{}", run.stderr);
    let waits = "SELECT state, attempts FROM assess.outbox_state WHERE destination LIKE '%/file'";
    assert_eq!(ask(&place, home.path(), waits), "waiting,1");
}
