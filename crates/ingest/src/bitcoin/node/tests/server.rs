//! A node that is not one: it answers JSON-RPC from a made-up regtest chain, over real sockets, and fails on demand.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use bitcoin::absolute::LockTime;
use bitcoin::block::{Header, Version};
use bitcoin::consensus::serialize;
use bitcoin::{
    Amount, Block, BlockHash, CompactTarget, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxMerkleNode, TxOut,
    Witness,
};
use serde_json::{Value, json};

/// What goes wrong with one request.
#[derive(Debug, Clone)]
pub(super) enum Fail {
    Status(u16),
    WarmingUp,
    /// An RPC error.
    Rpc(i64, &'static str),
    /// The body as it is, with status 200.
    Body(Vec<u8>),
    /// The answer is cut in its middle, and the connection closed.
    CloseInBody,
    CloseAtOnce,
    Hang(Duration),
    /// A 401, after which the node wants this cookie and has written it.
    NewCookie(String, std::path::PathBuf),
    /// Another block than the one asked for.
    WrongBlock,
}

#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) chain: Vec<Block>,
    /// Every block there ever was.
    pub(super) all: BTreeMap<BlockHash, Vec<u8>>,
    pub(super) name: String,
    pub(super) pruned: Option<u32>,
    /// The credentials the node wants, as they stand in the header.
    pub(super) authorization: Option<String>,
    /// One for each request to come; then all goes well.
    pub(super) fails: VecDeque<Option<Fail>>,
    /// Chains that come into force once so many blocks were handed out.
    pub(super) later: VecDeque<(usize, Vec<Block>)>,
    pub(super) blocks_given: usize,
    pub(super) requests: usize,
    pub(super) rest: bool,
    /// Whether blocks that are no longer on the chain are gone, as with bcoin.
    pub(super) forgets: bool,
}

impl World {
    pub(super) fn set_chain(&mut self, chain: Vec<Block>) {
        if self.forgets {
            self.all.clear();
        }
        for block in &chain {
            self.all.insert(block.block_hash(), serialize(block));
        }
        self.chain = chain;
    }

    /// Height and hash of the blocks up to a height, newest first, as the lake would have stored them.
    pub(super) fn tail(&self, height: usize, count: usize) -> Vec<(u32, BlockHash)> {
        tail(&self.chain, height, count)
    }
}

pub(super) fn tail(chain: &[Block], height: usize, count: usize) -> Vec<(u32, BlockHash)> {
    let heights = (0..=height).rev().take(count);
    heights.map(|height| (u32::try_from(height).unwrap(), chain[height].block_hash())).collect()
}

/// A regtest chain of `length` blocks after the first.
pub(super) fn chain(length: usize, salt: u8) -> Vec<Block> {
    let mut chain = vec![bitcoin::constants::genesis_block(bitcoin::Network::Regtest)];
    extend(&mut chain, length, salt);
    chain
}

/// The first blocks of a chain, and others after them.
pub(super) fn branch(of: &[Block], height: usize, length: usize, salt: u8) -> Vec<Block> {
    let mut chain = of[..=height].to_vec();
    extend(&mut chain, length, salt);
    chain
}

fn extend(chain: &mut Vec<Block>, length: usize, salt: u8) {
    for _ in 0..length {
        let height = i64::try_from(chain.len()).unwrap();
        let coinbase = Transaction {
            version: bitcoin::transaction::Version::ONE,
            lock_time: LockTime::ZERO,
            input: vec![TxIn {
                previous_output: OutPoint::null(),
                script_sig: ScriptBuf::builder().push_int(height).push_slice([salt]).into_script(),
                sequence: Sequence::MAX,
                witness: Witness::new(),
            }],
            output: vec![TxOut {
                value: Amount::from_sat(5_000_000_000),
                script_pubkey: ScriptBuf::from(vec![0x51, salt]),
            }],
        };
        let header = Header {
            version: Version::from_consensus(4),
            prev_blockhash: chain.last().unwrap().block_hash(),
            merkle_root: TxMerkleNode::from_raw_hash(coinbase.compute_txid().to_raw_hash()),
            time: 1_600_000_000 + u32::try_from(height).unwrap(),
            bits: CompactTarget::from_consensus(0x207f_ffff),
            nonce: 0,
        };
        chain.push(Block { header, txdata: vec![coinbase] });
    }
}

pub(super) struct Server {
    pub(super) url: String,
    world: Arc<Mutex<World>>,
}

impl Server {
    pub(super) fn start(chain: Vec<Block>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let world = Arc::new(Mutex::new(World { name: "regtest".to_owned(), ..World::default() }));
        world.lock().unwrap().set_chain(chain);
        let shared = Arc::clone(&world);
        // It ends with the process: nobody joins it.
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let world = Arc::clone(&shared);
                thread::spawn(move || while serve(&stream, &world).is_some() {});
            }
        });
        Self { url, world }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    pub(super) fn fail(&self, fails: impl IntoIterator<Item = Fail>) {
        self.world().fails.extend(fails.into_iter().map(Some));
    }
}

/// Answers one request; `None` when the connection is done with.
fn serve(stream: &TcpStream, world: &Mutex<World>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        match header.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().ok()?,
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => authorization = Some(value.to_owned()),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut world = world.lock().unwrap();
    world.requests += 1;
    let fail = world.fails.pop_front().flatten();
    let (mut status, mut answer) = if world.authorization.is_some() && world.authorization != authorization {
        (401, Vec::new())
    } else {
        world.answer(&path, &body)
    };
    let mut stream = stream;
    match fail {
        None => {}
        Some(Fail::Status(code)) => (status, answer) = (code, b"no".to_vec()),
        Some(Fail::WarmingUp) => (status, answer) = refusal(-28, "Loading block index..."),
        Some(Fail::Rpc(code, message)) => (status, answer) = refusal(code, message),
        Some(Fail::Body(bytes)) => answer = bytes,
        Some(Fail::CloseAtOnce) => return None,
        Some(Fail::CloseInBody) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", answer.len());
            stream.write_all(head.as_bytes()).ok()?;
            stream.write_all(&answer[..answer.len() / 2]).ok()?;
            return None;
        }
        Some(Fail::Hang(time)) => {
            drop(world);
            thread::sleep(time);
            return None;
        }
        Some(Fail::NewCookie(cookie, path)) => {
            use base64::Engine as _;
            std::fs::write(path, &cookie).unwrap();
            let encoded = base64::engine::general_purpose::STANDARD.encode(&cookie);
            world.authorization = Some(format!("Basic {encoded}"));
            (status, answer) = (401, Vec::new());
        }
        Some(Fail::WrongBlock) => {
            let other = hex::encode(serialize(&world.chain[1]));
            answer = json!({ "result": other, "error": null, "id": 1 }).to_string().into_bytes();
        }
    }
    let more = if status == 302 { "Location: http://127.0.0.1:1/\r\n" } else { "" };
    let head = format!("HTTP/1.1 {status} Said\r\nContent-Length: {}\r\n{more}\r\n", answer.len());
    // In one piece: two would wait for each other's acknowledgement.
    stream.write_all(&[head.as_bytes(), &answer].concat()).ok()?;
    (status != 503).then_some(())
}

impl World {
    fn answer(&mut self, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
        if let Some(hash) = path.strip_prefix("/rest/block/").and_then(|rest| rest.strip_suffix(".bin")) {
            let block = self.all.get(&hash.parse::<BlockHash>().unwrap()).filter(|_| self.rest).cloned();
            return block.map_or((404, b"not found".to_vec()), |block| (200, block));
        }
        let request: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(request["jsonrpc"], "1.0");
        let param = &request["params"][0];
        let result = match request["method"].as_str().unwrap() {
            "getblockchaininfo" => Ok(json!({
                "chain": self.name,
                "blocks": self.chain.len() - 1,
                "headers": self.chain.len() - 1,
                "bestblockhash": self.chain.last().unwrap().block_hash().to_string(),
                "pruned": self.pruned.is_some(),
                "pruneheight": self.pruned,
            })),
            "getblockhash" => match self.chain.get(usize::try_from(param.as_u64().unwrap()).unwrap()) {
                Some(block) => Ok(json!(block.block_hash().to_string())),
                None => Err((-8, "Block height out of range")),
            },
            method @ ("getblock" | "getblockheader") => {
                assert_eq!(request["params"][1], json!(false));
                let block = self.all.get(&param.as_str().unwrap().parse::<BlockHash>().unwrap()).cloned();
                let size = if method == "getblock" { usize::MAX } else { 80 };
                self.blocks_given += usize::from(method == "getblock");
                match block {
                    Some(block) => Ok(json!(hex::encode(&block[..block.len().min(size)]))),
                    None => Err((-5, "Block not found")),
                }
            }
            _ => Err((-32601, "Method not found")),
        };
        // The chain changes after a hash was given, so that a block may be gone that was there a moment ago.
        let between = request["method"] == "getblockhash";
        if between && self.later.front().is_some_and(|(given, _)| *given <= self.blocks_given) {
            let (_, chain) = self.later.pop_front().unwrap();
            self.set_chain(chain);
        }
        match result {
            Ok(result) => (200, json!({ "result": result, "error": null, "id": 1 }).to_string().into_bytes()),
            Err((code, message)) => refusal(code, message),
        }
    }
}

fn refusal(code: i64, message: &str) -> (u16, Vec<u8>) {
    let error = json!({ "result": null, "error": { "code": code, "message": message }, "id": 1 });
    (500, error.to_string().into_bytes())
}
