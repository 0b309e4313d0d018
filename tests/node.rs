//! `headwater follow` against a real node: bcoin on regtest, which mines, and then changes its mind twenty blocks deep.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::cli::Place;
use crate::support;

/// bcoin's own notation of a key hash on regtest.
const PAYEE: &str = "rb1q0xcqpzrky6eff2g52qdye53xkk9jxkvr26ynlg";
/// `x:secret`, as HTTP wants it.
const AUTHORIZATION: &str = "Basic eDpzZWNyZXQ=";

/// A running node, ended with the test.
struct Bcoin {
    process: Child,
    port: u16,
}

impl Bcoin {
    fn start(program: &Path, folder: &Path) -> Self {
        // Free a moment ago; nobody else on this machine is likely to take it before the node does.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(program)
            .args(["--network=regtest", "--only=127.0.0.1:1", "--max-outbound=1", "--listen=false", "--memory"])
            .args(["--no-wallet", "--api-key=secret", &format!("--http-port={port}")])
            .arg(format!("--prefix={}", folder.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let node = Self { process, port };
        for _ in 0..300 {
            if node.ask("getblockcount", json!([])).is_some() {
                return node;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("the node does not answer on port {port}");
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn ask(&self, method: &str, params: Value) -> Option<Value> {
        let body = json!({"method": method, "params": params, "id": 1}).to_string();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
        write!(
            stream,
            "POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: {AUTHORIZATION}\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        let answer: Value = serde_json::from_str(body).ok()?;
        assert!(answer["error"].is_null(), "{method}: {answer}");
        Some(answer["result"].clone())
    }

    fn mine(&self, blocks: u32) {
        self.ask("generatetoaddress", json!([blocks, PAYEE])).unwrap();
    }

    fn hash(&self, height: u32) -> String {
        self.ask("getblockhash", json!([height])).unwrap().as_str().unwrap().to_owned()
    }
}

impl Drop for Bcoin {
    fn drop(&mut self) {
        // It is ours, and a node that has ended already is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where `cargo xtask test` put the node.
fn program(test: &str) -> Option<PathBuf> {
    support::fetched(test, "bcoin/node_modules/bcoin/bin/node", "a Bitcoin node")
}

fn answer(place: &Place, sql: &str) -> String {
    let run = place.run(&["--no-header", "--format", "csv", "sql", "-c", sql]);
    assert_eq!(run.code, 0, "{sql}\n{}", run.stderr);
    run.stdout.trim().to_owned()
}

#[test]
fn a_lake_keeps_up_with_a_node_that_changes_its_mind() {
    let Some(program) = program("a_lake_keeps_up_with_a_node_that_changes_its_mind") else { return };
    let folder = tempfile::tempdir().unwrap();
    let node = Bcoin::start(&program, folder.path());
    node.mine(130);
    let place = Place::new();
    place.run(&["--quiet", "init"]).expect(0, "", "");
    let url = node.url();
    let follow = |more: &[&str]| {
        let arguments = [&["--quiet", "follow", url.as_str(), "--user", "x:secret"], more].concat();
        let run = place.run(&arguments);
        assert_eq!(run.code, 0, "{}", run.stderr);
    };

    // Up to a height, and no further; then all there is.
    follow(&["--until-height", "110"]);
    assert_eq!(answer(&place, "SELECT count(*), max(height) FROM btc.blocks"), "111,110");
    follow(&["--once"]);
    assert_eq!(answer(&place, "SELECT count(*), max(height) FROM btc.blocks"), "131,130");
    let stored = answer(&place, "SELECT hash FROM btc.blocks WHERE height = 111");
    assert_eq!(stored, node.hash(111));
    let paid = "SELECT count(*), CAST(sum(amount) AS BIGINT) FROM flow.transfers";
    assert_eq!(answer(&place, paid), "131,6550", "every block mints fifty");

    // Twenty blocks are given up for twenty-five others.
    node.ask("invalidateblock", json!([node.hash(111)])).unwrap();
    node.mine(25);
    follow(&["--once"]);
    assert_eq!(answer(&place, "SELECT count(*), count(DISTINCT height), max(height) FROM btc.blocks"), "136,136,135");
    for height in [110, 111, 130, 135] {
        let stored = answer(&place, &format!("SELECT hash FROM btc.blocks WHERE height = {height}"));
        assert_eq!(stored, node.hash(height), "at height {height}");
    }
    let rows = "SELECT (SELECT count(*) FROM btc.transactions) AS a, (SELECT count(DISTINCT txid) FROM btc.transactions) AS b, \
                (SELECT count(*) FROM btc.inputs) AS c";
    assert_eq!(answer(&place, rows), "136,136,136", "nothing of the branch that lost is left");
    assert_eq!(answer(&place, "SELECT count(*) FROM flow.transfers"), "136");

    // What the node says again is stored once.
    follow(&["--once"]);
    assert_eq!(answer(&place, "SELECT count(*) FROM btc.blocks"), "136");
}

#[test]
fn what_is_wrong_with_a_node_is_said_with_the_remedy() {
    let Some(program) = program("what_is_wrong_with_a_node_is_said_with_the_remedy") else { return };
    let folder = tempfile::tempdir().unwrap();
    let node = Bcoin::start(&program, folder.path());
    let place = Place::new();
    place.run(&["--quiet", "init"]).expect(0, "", "");
    let denied = place.run(&["follow", &node.url(), "--user", "x:wrong", "--once"]);
    assert_eq!((denied.code, denied.stdout.as_str()), (5, ""), "{}", denied.stderr);
    assert!(denied.stderr.contains("401") && !denied.stderr.contains("wrong"), "{}", denied.stderr);
    let nowhere = place.run(&["follow", "http://127.0.0.1", "--once"]);
    assert!(nowhere.stderr.contains("names no port"), "{}", nowhere.stderr);
}
