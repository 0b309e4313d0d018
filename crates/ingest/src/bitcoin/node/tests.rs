//! The client and the fetch against a server that answers, fails, and changes its mind.

use std::ops::ControlFlow;
use std::path::Path;
use std::time::Duration;

use bitcoin::consensus::deserialize;

use self::server::{Fail, Server, branch, chain, tail};
use super::{Auth, Fetched, Node, NodeEvent, NodeFault, NodeOptions, Retry, Wanted, fetch, fork_point};
use crate::IngestError;
use crate::bitcoin::Network;

mod server;

fn quick(server: &Server) -> NodeOptions {
    let retry = Retry { attempts: 3, first: Duration::from_millis(1), longest: Duration::from_millis(2) };
    NodeOptions { retry, timeout: Duration::from_millis(2_000), ..NodeOptions::new(&server.url) }
}

fn node(server: &Server) -> Node {
    Node::new(quick(server)).unwrap()
}

/// Goes on, and notes every retry and reorganisation.
fn note(notes: &mut Vec<String>) -> impl FnMut(NodeEvent<'_>) -> ControlFlow<()> {
    |event| {
        match event {
            NodeEvent::Retrying { call, why, attempt, .. } => notes.push(format!("{call} {attempt}: {why}")),
            NodeEvent::Reorganised { height, fork } => notes.push(format!("reorganised at {height} to {fork:?}")),
            NodeEvent::Block { .. } => {}
        }
        ControlFlow::Continue(())
    }
}

fn fault(error: IngestError) -> (NodeFault, String) {
    let text = error.to_string();
    match error {
        IngestError::Node { fault, .. } => (fault, text),
        other => panic!("{other}"),
    }
}

/// The blocks in a fetched file, cut by their records.
fn blocks(path: &Path) -> Vec<bitcoin::Block> {
    let bytes = std::fs::read(path).unwrap();
    let mut rest = bytes.as_slice();
    let mut blocks = Vec::new();
    while let Some((magic, after)) = rest.split_first_chunk::<4>() {
        assert_eq!(*magic, Network::Regtest.magic());
        let (size, after) = after.split_first_chunk().unwrap();
        let (block, after) = after.split_at(u32::from_le_bytes(*size) as usize);
        blocks.push(deserialize(block).unwrap());
        rest = after;
    }
    blocks
}

/// Fetches into a folder of its own, and checks that the file is what it is said to be.
fn fetched(
    server: &Server,
    stored: &[(u32, bitcoin::BlockHash)],
    wanted: &Wanted,
    notes: &mut Vec<String>,
) -> Result<(Fetched, Vec<bitcoin::Block>), IngestError> {
    let folder = tempfile::tempdir().unwrap();
    let fetched = fetch(&node(server), stored, wanted, folder.path(), &mut note(notes))?;
    let blocks = blocks(&fetched.path);
    assert_eq!(fetched.blocks as usize, blocks.len());
    assert_eq!(fetched.bytes, std::fs::metadata(&fetched.path).unwrap().len());
    let last = blocks.last().map(|block| (fetched.first + fetched.blocks - 1, block.block_hash()));
    assert_eq!(fetched.last, last);
    Ok((fetched, blocks))
}

#[test]
fn a_chain_is_fetched_into_a_file_the_reader_reads() {
    let server = Server::start(chain(30, 1));
    let folder = tempfile::tempdir().unwrap();
    let mut notes = Vec::new();
    let fetched = fetch(&node(&server), &[], &Wanted::default(), folder.path(), &mut note(&mut notes)).unwrap();
    assert_eq!((fetched.network, fetched.tip, fetched.fork, fetched.first), (Network::Regtest, 30, None, 0));
    assert_eq!((fetched.blocks, fetched.more, notes.len()), (31, false, 0));
    let source = crate::bitcoin::tests::heights(folder.path());
    assert_eq!(source, (0..=30).map(Some).collect::<Vec<_>>());
    assert_eq!(blocks(&fetched.path), server.world().chain);
}

#[test]
fn only_what_is_new_and_confirmed_is_fetched_and_limits_cut_it_in_parts() {
    let server = Server::start(chain(100, 1));
    let stored = server.world().tail(60, 20);
    let mut notes = Vec::new();
    let wanted = Wanted { confirmations: 6, ..Wanted::default() };
    let (found, blocks) = fetched(&server, &stored, &wanted, &mut notes).unwrap();
    assert_eq!((found.fork, found.first, found.last.unwrap().0), (Some(stored[0]), 61, 95));
    assert_eq!(blocks, server.world().chain[61..=95]);
    assert!(found.stale.is_empty() && !found.more);

    let until = Wanted { until_height: Some(70), ..wanted };
    assert_eq!(fetched(&server, &stored, &until, &mut notes).unwrap().0.last.unwrap().0, 70);
    let full = server.world().tail(100, 5);
    let (found, _) = fetched(&server, &full, &Wanted::default(), &mut notes).unwrap();
    assert_eq!((found.blocks, found.last, found.more), (0, None, false));

    let parts = Wanted { most_blocks: 15, ..wanted };
    let mut stored = stored;
    let mut all = Vec::new();
    loop {
        let (found, blocks) = fetched(&server, &stored, &parts, &mut notes).unwrap();
        assert!(found.blocks <= 15);
        stored.insert(0, found.last.unwrap());
        all.extend(blocks);
        if !found.more {
            break;
        }
    }
    assert_eq!(all, server.world().chain[61..=95]);
    let bytes = Wanted { most_bytes: 1, from_height: 7, ..Wanted::default() };
    let (found, _) = fetched(&server, &[], &bytes, &mut notes).unwrap();
    assert_eq!((found.first, found.blocks, found.more), (7, 1, true));
    assert_eq!(notes, [""; 0]);
}

#[test]
fn failures_that_pass_are_tried_again_and_told() {
    let body = |text: &str| Fail::Body(text.as_bytes().to_vec());
    for (fail, expected) in [
        (Fail::Status(503), "overrun or not ready (503)"),
        (Fail::Status(502), "behind its proxy (502)"),
        (Fail::WarmingUp, "Loading block index... (RPC error -28)"),
        (body("<html>no node here</html>"), "not JSON-RPC"),
        (body("{\"result\": null, \"error\": null}"), "answered nothing"),
        (body("{\"result\": \"zz\", \"error\": null}"), "Odd number|not hex"),
        (body("{\"result\": \"00ff\", \"error\": null}"), "cut off in the header"),
        (body("{\"result\": 5, \"error\": null}"), "not JSON-RPC"),
        (Fail::WrongBlock, "asked for block"),
        (Fail::CloseInBody, "connection broke|no answer"),
        (Fail::CloseAtOnce, "connection broke|no answer"),
        (Fail::Body(vec![b' '; 9_000_000]), "longer than"),
    ] {
        let server = Server::start(chain(3, 1));
        let hash = server.world().chain[3].block_hash();
        // The first request goes well, so that the connection that breaks is one that was good.
        let node = node(&server);
        let mut notes = Vec::new();
        node.header(hash, &mut note(&mut notes)).unwrap();
        server.fail([fail.clone(), fail.clone()]);
        let bytes = node.block(hash, &mut note(&mut notes)).unwrap();
        assert_eq!(bytes, bitcoin::consensus::serialize(&server.world().chain[3]));
        assert_eq!(notes.len(), 2, "{fail:?}: {notes:?}");
        assert!(notes[1].starts_with("getblock 2: "), "{notes:?}");
        assert!(expected.split('|').any(|expected| notes[1].contains(expected)), "{fail:?}: {notes:?}");
    }
}

#[test]
fn a_height_that_is_neither_here_nor_there_is_asked_for_again() {
    let server = Server::start(chain(3, 1));
    server.fail([Fail::Rpc(-1, "Not found.")]);
    let mut notes = Vec::new();
    assert!(node(&server).block_hash(2, &mut note(&mut notes)).unwrap().is_some());
    assert_eq!(notes, ["getblockhash 1: getblockhash: Not found. (RPC error -1)"]);
    assert_eq!(node(&server).block_hash(4, &mut note(&mut notes)).unwrap(), None, "beyond the tip");
    server.fail([Fail::Rpc(-32601, "Method not found")]);
    let (found, _) = fault(node(&server).block_hash(2, &mut note(&mut notes)).unwrap_err());
    assert_eq!((found, notes.len()), (NodeFault::Refused, 1));
}

#[test]
fn failures_that_stay_end_in_their_own_fault() {
    for (fail, expected, says) in [
        (Fail::Status(503), NodeFault::Busy, "getblock failed after 3 tries"),
        (Fail::WarmingUp, NodeFault::Busy, "Loading block index"),
        (Fail::Body(b"nonsense".to_vec()), NodeFault::Garbage, "it begins 'nonsense'"),
        (Fail::CloseInBody, NodeFault::Unreachable, "getblock failed after 3 tries"),
    ] {
        let server = Server::start(chain(3, 1));
        let hash = server.world().chain[3].block_hash();
        server.fail([fail.clone(), fail.clone(), fail]);
        let (found, text) = fault(node(&server).block(hash, &mut note(&mut Vec::new())).unwrap_err());
        assert_eq!(found, expected, "{text}");
        assert!(text.contains(says) && text.starts_with(&server.url), "{text}");
        assert_eq!(server.world().requests, 3);
    }
    for (fail, expected, says) in [
        (Fail::Status(401), NodeFault::Denied, "give the node's cookie file"),
        (Fail::Status(403), NodeFault::Forbidden, "-rpcallowip"),
        (Fail::Status(302), NodeFault::Address, "redirects elsewhere"),
    ] {
        let server = Server::start(chain(3, 1));
        server.fail([fail]);
        let (found, text) = fault(node(&server).block_hash(1, &mut note(&mut Vec::new())).unwrap_err());
        assert_eq!(found, expected, "{text}");
        assert!(text.contains(says), "{text}");
        assert_eq!(server.world().requests, 1, "waiting does not help");
    }
    let server = Server::start(chain(3, 1));
    let unknown = chain(9, 9)[9].block_hash();
    let (found, text) = fault(node(&server).block(unknown, &mut note(&mut Vec::new())).unwrap_err());
    assert_eq!((found, server.world().requests), (NodeFault::Refused, 1));
    assert!(text.contains("getblock: Block not found (RPC error -5)"), "{text}");
}

#[test]
fn nobody_there_and_nobody_answering_end_after_the_last_try() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let retry = Retry { attempts: 2, first: Duration::from_millis(1), longest: Duration::from_millis(1) };
    let options = NodeOptions { retry, ..NodeOptions::new(format!("http://alice:secret@{closed}")) };
    assert!(
        !format!("{:?}", Auth::User { name: "alice".to_owned(), password: "secret".to_owned() }).contains("secret")
    );
    let node = Node::new(options).unwrap();
    let (found, text) = fault(node.chain(&mut note(&mut Vec::new())).unwrap_err());
    assert_eq!(found, NodeFault::Unreachable);
    assert!(text.contains("nobody listens there") && !text.contains("secret") && !text.contains("alice"), "{text}");

    let server = Server::start(chain(1, 1));
    server.fail([Fail::Hang(Duration::from_secs(5))]);
    let options = NodeOptions { timeout: Duration::from_millis(50), ..quick(&server) };
    let mut notes = Vec::new();
    assert!(Node::new(options).unwrap().block_hash(1, &mut note(&mut notes)).unwrap().is_some());
    assert!(notes[0].contains("no answer within 0.05 s"), "{notes:?}");
}

#[test]
fn a_node_that_restarts_with_a_new_cookie_is_known_again() {
    let server = Server::start(chain(1, 1));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".cookie");
    let options = NodeOptions { auth: Auth::Cookie(path.clone()), ..quick(&server) };
    let node = Node::new(options).unwrap();
    let (found, text) = fault(node.block_hash(0, &mut note(&mut Vec::new())).unwrap_err());
    assert_eq!((found, server.world().requests), (NodeFault::Denied, 0));
    assert!(text.contains("cannot be read") && text.contains(".cookie"), "{text}");

    std::fs::write(&path, "__cookie__:old\n").unwrap();
    server.fail([Fail::NewCookie("__cookie__:new".to_owned(), path.clone())]);
    let mut notes = Vec::new();
    assert!(node.block_hash(0, &mut note(&mut notes)).unwrap().is_some());
    assert_eq!(notes.len(), 1);
    std::fs::write(&path, "__cookie__:of another node").unwrap();
    let (found, text) = fault(node.block_hash(0, &mut note(&mut Vec::new())).unwrap_err());
    assert_eq!(found, NodeFault::Denied);
    assert!(text.contains("is the cookie of another node"), "{text}");

    let user = Auth::User { name: "bob".to_owned(), password: "guess".to_owned() };
    let node = Node::new(NodeOptions { auth: user, ..quick(&server) }).unwrap();
    let (found, text) = fault(node.block_hash(0, &mut note(&mut Vec::new())).unwrap_err());
    assert_eq!(found, NodeFault::Denied);
    assert!(text.contains("knows no user 'bob'") && !text.contains("guess"), "{text}");
}

#[test]
fn a_reorganisation_above_what_is_stored_is_followed_while_fetching() {
    let first = chain(100, 1);
    let second = branch(&first, 80, 30, 2);
    let server = Server::start(first.clone());
    // The fortieth block, at height 100, is about to be asked for when the last twenty are replaced.
    server.world().later.push_back((39, second.clone()));
    let mut notes = Vec::new();
    let (found, blocks) = fetched(&server, &tail(&first, 60, 200), &Wanted::default(), &mut notes).unwrap();
    assert_eq!((found.fork, found.tip), (Some((60, first[60].block_hash())), 110));
    assert!(found.stale.is_empty());
    assert_eq!(blocks, second[61..=110]);
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].ends_with("to Some(80)"), "{notes:?}");
    assert_eq!(server.world().blocks_given, 40 + 30, "what still holds is not fetched again");
}

#[test]
fn a_reorganisation_twenty_deep_into_what_is_stored_is_followed_while_fetching() {
    let first = chain(100, 1);
    let second = branch(&first, 40, 70, 2);
    let third = branch(&second, 45, 80, 3);
    let server = Server::start(first.clone());
    server.world().later.extend([(10, second.clone()), (30, third.clone())]);
    let stored = tail(&first, 60, 200);
    let mut notes = Vec::new();
    let (found, blocks) = fetched(&server, &stored, &Wanted::default(), &mut notes).unwrap();
    assert_eq!((found.fork, found.first, found.tip), (Some((40, first[40].block_hash())), 41, 125));
    let expected: Vec<_> = (41..=60).map(|height| (height, first[height as usize].block_hash())).collect();
    assert_eq!(found.stale, expected);
    assert_eq!(blocks, third[41..]);
    assert_eq!(notes.len(), 2, "{notes:?}");
}

#[test]
fn a_block_that_is_gone_before_it_was_given_is_a_reorganisation() {
    let first = chain(60, 1);
    let second = branch(&first, 40, 30, 2);
    let server = Server::start(first.clone());
    server.world().forgets = true;
    // The hash of block 51 is of the old chain, the block itself is asked of the new one.
    server.world().later.push_back((10, second.clone()));
    let mut notes = Vec::new();
    let (found, blocks) = fetched(&server, &tail(&first, 40, 200), &Wanted::default(), &mut notes).unwrap();
    assert_eq!((found.first, found.tip, blocks.as_slice()), (41, 70, &second[41..]));
    assert_eq!(notes, ["reorganised at 51 to Some(40)"]);
}

#[test]
fn a_reorganisation_between_two_fetches_replaces_what_is_stored() {
    let first = chain(60, 1);
    let server = Server::start(branch(&first, 40, 21, 2));
    let mut notes = Vec::new();
    let stored = tail(&first, 60, 200);
    let (found, blocks) = fetched(&server, &stored, &Wanted::default(), &mut notes).unwrap();
    assert_eq!((found.fork.unwrap().0, found.stale.len(), blocks.len()), (40, 20, 21));
    // With six confirmations the same branch is not far enough, but what is stored is stale all the same.
    let wanted = Wanted { confirmations: 22, ..Wanted::default() };
    let (found, blocks) = fetched(&server, &stored, &wanted, &mut notes).unwrap();
    assert_eq!((found.fork.unwrap().0, found.stale.len(), blocks.len()), (40, 20, 0));
    assert_eq!(notes, [""; 0]);
}

#[test]
fn a_node_that_is_behind_contradicts_nobody() {
    let first = chain(60, 1);
    let server = Server::start(first[..=50].to_vec());
    let mut notes = Vec::new();
    for count in [5, 200] {
        let (found, _) = fetched(&server, &tail(&first, 60, count), &Wanted::default(), &mut notes).unwrap();
        assert_eq!((found.stale.len(), found.blocks, found.first, found.more), (0, 0, 61, false));
        assert_eq!(found.fork.map(|(height, _)| height), (count > 5).then_some(50));
    }
}

#[test]
fn another_chain_is_refused() {
    let (ours, theirs) = (chain(60, 1), chain(60, 2));
    let server = Server::start(theirs);
    let mut notes = Vec::new();
    let (found, text) = fault(fetched(&server, &tail(&ours, 60, 20), &Wanted::default(), &mut notes).unwrap_err());
    assert_eq!(found, NodeFault::Reorganised);
    assert!(text.contains("none of the 20 stored blocks down to height 41"), "{text}");
    let mut stored = tail(&ours, 5, 20);
    stored.last_mut().unwrap().1 = ours[1].block_hash();
    let (_, text) = fault(fork_point(&node(&server), &stored, &mut note(&mut notes)).unwrap_err());
    assert!(text.contains("this is another chain"), "{text}");
    assert_eq!(fork_point(&node(&server), &[], &mut note(&mut notes)).unwrap(), None);

    for (name, says) in [
        ("main", "says it is on main, but its first block 0f9188f1"),
        ("signet", "custom signet"),
        ("litecoin", "the node is on 'litecoin'; Headwater knows main"),
    ] {
        server.world().name = name.to_owned();
        let (found, text) = fault(node(&server).chain(&mut note(&mut notes)).unwrap_err());
        assert_eq!(found, NodeFault::Network);
        assert!(text.contains(says), "{text}");
    }
    server.world().name = "regtest".to_owned();
    let chain = node(&server).chain(&mut note(&mut notes)).unwrap();
    assert_eq!((chain.ledger(), chain.caip2().as_str()), ("btc-regtest", Network::Regtest.caip2()));
    assert_eq!((chain.height, chain.pruned_below, chain.catching_up), (60, None, false));
}

#[test]
fn damage_pruning_and_a_stop_end_the_fetch() {
    let good = chain(20, 1);
    let server = Server::start(good.clone());
    let mut damaged = bitcoin::consensus::serialize(&good[7]);
    *damaged.last_mut().unwrap() ^= 1;
    server.world().all.insert(good[7].block_hash(), damaged);
    let mut notes = Vec::new();
    let (found, text) = fault(fetched(&server, &[], &Wanted::default(), &mut notes).unwrap_err());
    assert_eq!(found, NodeFault::Garbage);
    assert!(text.contains("at height 7 is damaged: the merkle root"), "{text}");

    server.world().pruned = Some(15);
    let (found, text) = fault(fetched(&server, &[], &Wanted::default(), &mut notes).unwrap_err());
    assert_eq!(found, NodeFault::Refused);
    assert!(text.contains("no blocks below 15, but 0 comes next"), "{text}");
    assert_eq!(fetched(&server, &tail(&good, 14, 3), &Wanted::default(), &mut notes).unwrap().0.blocks, 6);

    let folder = tempfile::tempdir().unwrap();
    let mut stop = |event: NodeEvent<'_>| match event {
        NodeEvent::Block { height: 17, .. } => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let stored = tail(&good, 14, 3);
    let stopped = fetch(&node(&server), &stored, &Wanted::default(), folder.path(), &mut stop).unwrap_err();
    assert_eq!(fault(stopped).0, NodeFault::Stopped);
}

#[test]
fn blocks_come_over_rest_where_the_node_has_it() {
    let server = Server::start(chain(20, 1));
    server.world().rest = true;
    let options = NodeOptions { rest: true, ..quick(&server) };
    let folder = tempfile::tempdir().unwrap();
    let mut notes = Vec::new();
    let rest = Node::new(options).unwrap();
    let found = fetch(&rest, &[], &Wanted::default(), folder.path(), &mut note(&mut notes)).unwrap();
    assert_eq!(blocks(&found.path), server.world().chain);
    assert_eq!(server.world().blocks_given, 0, "none over JSON-RPC");
    server.world().rest = false;
    let (found, text) = fault(fetch(&rest, &[], &Wanted::default(), folder.path(), &mut note(&mut notes)).unwrap_err());
    assert_eq!(found, NodeFault::Refused);
    assert!(text.contains("start the node with -rest=1"), "{text}");
}
