//! A running Bitcoin node as a source: its chain over JSON-RPC, its blocks over JSON-RPC or REST.
//!
//! A [`Node`] asks for whole raw blocks and nothing else, so what it stores went through the same parser as a block file
//! and no amount was ever a decimal in JSON. [`fetch`] finds where the node's chain and the stored one part, and writes
//! the blocks from there on into a block file, which the reader of block files then reads.
//!
//! ```text
//! stored  … 97 ─ 98 ─ 99a ─ 100a          fork 98, stale 99a 100a
//! node    … 97 ─ 98 ─ 99b ─ 100b ─ 101b   written: 99b 100b 101b
//! ```
//!
//! What may pass is tried again, waiting longer each time: a connection refused or cut, a time-out, a node that warms up
//! or is overrun, an answer that is not one. What will not pass by waiting is an error at once, with its remedy.
//! Proxies named in the environment are not used and redirects not followed: the password is for this node alone.

use std::fmt;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

use bitcoin::BlockHash;
use bitcoin::hashes::Hash as _;
use serde::Deserialize;

use self::address::Address;
use self::http::{Failure, Http};
use super::Network;
use super::block::{Header, MAX_BLOCK};
use crate::IngestError;

mod address;
mod fetch;
mod http;
mod rpc;

pub use fetch::{Fetched, Wanted, fetch, fork_point};
#[doc(hidden)]
pub use rpc::fuzz_answer;

/// How a node knows us.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Auth {
    /// Not at all.
    #[default]
    None,
    /// By the file `.cookie` that the node writes into its data folder at every start. Read anew for every request.
    Cookie(PathBuf),
    /// By name and password (`rpcauth`, `rpcuser`; for bcoin any name and its API key).
    User {
        /// The name.
        name: String,
        /// The password; never shown.
        password: String,
    },
}

impl fmt::Debug for Auth {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("None"),
            Self::Cookie(path) => formatter.debug_tuple("Cookie").field(path).finish(),
            Self::User { name, .. } => formatter.debug_struct("User").field("name", name).finish_non_exhaustive(),
        }
    }
}

/// How often a request is tried, and how long is waited in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Tries in all: with 1 nothing is tried again.
    pub attempts: u32,
    /// The first wait; each further one is twice the last.
    pub first: Duration,
    /// No wait is longer.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 8, first: Duration::from_millis(250), longest: Duration::from_secs(15) }
    }
}

impl Retry {
    /// The wait after a number of tries that failed.
    fn wait(&self, failed: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(failed.saturating_sub(1));
        self.first.saturating_mul(doubled).min(self.longest)
    }
}

/// Where a node is and how to talk to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeOptions {
    /// `http://host:port` or `http://name:password@host:port`.
    pub url: String,
    /// Overrides what the URL says of a name and a password.
    pub auth: Auth,
    /// Whether blocks are taken from `/rest/block/<hash>.bin` (half the bytes of JSON-RPC; Bitcoin Core with `-rest`).
    pub rest: bool,
    /// How long each step of a request may take: connecting, sending, waiting for the answer, and reading it.
    pub timeout: Duration,
    /// What is done about failures that may pass.
    pub retry: Retry,
}

impl NodeOptions {
    /// JSON-RPC alone, 30 seconds, no credentials but those in the URL.
    pub fn new(url: impl Into<String>) -> Self {
        let (timeout, retry) = (Duration::from_secs(30), Retry::default());
        Self { url: url.into(), auth: Auth::None, rest: false, timeout, retry }
    }
}

/// Why a node did not give what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NodeFault {
    /// The URL cannot be used.
    Address,
    /// The node does not know these credentials (401), or the cookie file is not there.
    Denied,
    /// The node does not talk to this machine, or not about this (403).
    Forbidden,
    /// The node was warming up or overrun for as long as was waited (503, or RPC error −28).
    Busy,
    /// Nobody answered for as long as was waited: connection refused, cut, or timed out.
    Unreachable,
    /// The answers were not what was asked for, for as long as was waited.
    Garbage,
    /// The node answered with an RPC error.
    Refused,
    /// The node is on a network Headwater does not know, or not on the one it names.
    Network,
    /// The node's chain and the stored one have no block in common, or the chain did not stand still.
    Reorganised,
    /// The observer asked to stop.
    Stopped,
}

/// What happens while a node is asked, for whoever watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeEvent<'a> {
    /// A request failed and will be made again after `wait`.
    Retrying {
        /// The node, without credentials.
        url: &'a str,
        /// What was asked: an RPC method or a REST path.
        call: &'a str,
        /// Why it failed.
        why: &'a str,
        /// How many tries have failed.
        attempt: u32,
        /// How many there may be.
        attempts: u32,
        /// How long is waited before the next.
        wait: Duration,
    },
    /// The chain changed while it was fetched; fetching goes on from another fork.
    Reorganised {
        /// The height at which a block no longer fitted.
        height: u32,
        /// The newest block that still does.
        fork: Option<u32>,
    },
    /// A block was fetched, checked and written.
    Block {
        /// Its height.
        height: u32,
        /// Its hash.
        hash: BlockHash,
        /// Its size.
        bytes: usize,
        /// The height fetching goes on to, as far as is known now.
        until: u32,
    },
}

/// Told of every [`NodeEvent`]; `Break` ends the call with [`NodeFault::Stopped`].
pub type Observer<'a> = &'a mut dyn FnMut(NodeEvent<'_>) -> ControlFlow<()>;

/// What a node says of its chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeChain {
    /// The network, as its name and its first block have it.
    pub network: Network,
    /// The height of the tip.
    pub height: u32,
    /// The hash of the tip.
    pub tip: BlockHash,
    /// The hash of block 0.
    pub genesis: BlockHash,
    /// The first block a pruned node still has.
    pub pruned_below: Option<u32>,
    /// Whether the node itself is still catching up with the network.
    pub catching_up: bool,
}

impl NodeChain {
    /// The alias of the ledger, as in the `ledger` columns.
    pub fn ledger(&self) -> &'static str {
        self.network.ledger()
    }

    /// The CAIP-2 name of the ledger, made of the node's own first block.
    pub fn caip2(&self) -> String {
        let genesis: String = self.genesis.to_string().chars().take(32).collect();
        format!("bip122:{genesis}")
    }
}

/// The fields of `getblockchaininfo` that matter, of which bcoin knows the first three only.
#[derive(Debug, Deserialize)]
struct ChainInfo {
    chain: String,
    blocks: u32,
    bestblockhash: HexHash,
    #[serde(default)]
    pruned: bool,
    #[serde(default)]
    pruneheight: Option<u32>,
    #[serde(default)]
    initialblockdownload: bool,
}

/// A block hash as JSON has it: hex, reversed.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct HexHash(BlockHash);

impl TryFrom<String> for HexHash {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("'{text}' is not the hash of a block"))
    }
}

/// RPC error −8: a parameter out of range, here a height beyond the tip.
const OUT_OF_RANGE: i64 = -8;
/// RPC error −1: an exception of no other kind.
const MISCELLANEOUS: i64 = -1;

/// A node that answers JSON-RPC.
#[derive(Debug)]
pub struct Node {
    http: Http,
    retry: Retry,
    rest: bool,
}

impl Node {
    /// Checks the options; the node is not asked anything yet.
    ///
    /// # Errors
    /// [`NodeFault::Address`] when the URL is none, or lacks a port where one is needed.
    pub fn new(options: NodeOptions) -> Result<Self, IngestError> {
        let address = Address::parse(&options.url).map_err(|what| IngestError::Node {
            url: Address::shown(&options.url),
            fault: NodeFault::Address,
            what,
        })?;
        let auth = match (options.auth, address.user) {
            (Auth::None, Some((name, password))) => Auth::User { name, password },
            (auth, _) => auth,
        };
        let http = Http::new(address.base, auth, options.timeout);
        Ok(Self { http, retry: options.retry, rest: options.rest })
    }

    /// The node's URL without credentials.
    pub fn url(&self) -> &str {
        self.http.base()
    }

    /// Asks for the network, the tip, and what is left of a pruned chain.
    ///
    /// # Errors
    /// [`NodeFault::Network`] when the network is none of [`Network::ALL`], or its first block is not that network's.
    pub fn chain(&self, observer: Observer<'_>) -> Result<NodeChain, IngestError> {
        let info: ChainInfo = self.rpc("getblockchaininfo", &[], observer)?;
        let network = match info.chain.as_str() {
            "test" | "testnet" => Some(Network::Testnet3),
            name => Network::ALL.into_iter().find(|network| network.name() == name),
        };
        let network = network.ok_or_else(|| {
            let names = Network::ALL.map(Network::name).join(", ");
            self.error(NodeFault::Network, format!("the node is on '{}'; Headwater knows {names}", info.chain))
        })?;
        let HexHash(genesis) = self.rpc("getblockhash", &[0.into()], observer)?;
        let chain = NodeChain {
            network,
            height: info.blocks,
            tip: info.bestblockhash.0,
            genesis,
            pruned_below: info.pruneheight.filter(|_| info.pruned),
            catching_up: info.initialblockdownload,
        };
        if chain.caip2() != network.caip2() {
            let what = format!(
                "the node says it is on {}, but its first block {genesis} is not that network's: a custom signet or a \
                 chain that forked off cannot be kept in one ledger with it",
                network.name()
            );
            return Err(self.error(NodeFault::Network, what));
        }
        Ok(chain)
    }

    /// The hash of the block at a height of the node's best chain, or `None` beyond its tip.
    ///
    /// # Errors
    /// As every call to a node: see [`NodeFault`].
    pub fn block_hash(&self, height: u32, observer: Observer<'_>) -> Result<Option<BlockHash>, IngestError> {
        self.attempt("getblockhash", observer, |http| {
            match rpc::call(http, "getblockhash", &[height.into()], RPC_MOST) {
                Ok(HexHash(hash)) => Ok(Some(hash)),
                Err(failure) if failure.code == Some(OUT_OF_RANGE) => Ok(None),
                // What bcoin says of a height between its old and its new tip while it reorganises.
                Err(failure) if failure.code == Some(MISCELLANEOUS) => Err(Failure::busy(failure.what)),
                Err(failure) => Err(failure),
            }
        })
    }

    /// The eighty bytes of a block's header.
    ///
    /// # Errors
    /// [`NodeFault::Refused`] when the node does not have the block; [`NodeFault::Garbage`] when it gives another.
    pub fn header(&self, hash: BlockHash, observer: Observer<'_>) -> Result<[u8; 80], IngestError> {
        self.attempt("getblockheader", observer, |http| {
            let params = [hash.to_string().into(), false.into()];
            let bytes = hex_bytes(&rpc::call::<String>(http, "getblockheader", &params, RPC_MOST)?)?;
            let header = <[u8; Header::SIZE]>::try_from(bytes)
                .map_err(|bytes| Failure::garbage(format!("a header of {} bytes", bytes.len())))?;
            is_of(&header, hash).map(|()| header)
        })
    }

    /// A block's bytes. That they are the block that was asked for is checked as far as the header goes.
    ///
    /// # Errors
    /// [`NodeFault::Refused`] when the node does not have the block; [`NodeFault::Garbage`] when it gives another.
    pub fn block(&self, hash: BlockHash, observer: Observer<'_>) -> Result<Vec<u8>, IngestError> {
        if self.rest {
            let path = format!("/rest/block/{hash}.bin");
            return self.attempt(&path, observer, |http| {
                let answer = http.get(&path, u64::from(MAX_BLOCK))?;
                if answer.status != 200 {
                    let said = String::from_utf8_lossy(&answer.body);
                    return Err(Failure::refused(format!(
                        "{path} answered {} ({}); start the node with -rest=1, or leave REST out",
                        answer.status,
                        said.trim().chars().take(100).collect::<String>()
                    )));
                }
                is_of(&answer.body, hash).map(|()| answer.body)
            });
        }
        self.attempt("getblock", observer, |http| {
            // Core takes `false` for verbosity 0, and bcoin nothing else.
            let params = [hash.to_string().into(), false.into()];
            let bytes = hex_bytes(&rpc::call::<String>(http, "getblock", &params, BLOCK_MOST)?)?;
            is_of(&bytes, hash).map(|()| bytes)
        })
    }

    fn rpc<T: serde::de::DeserializeOwned>(
        &self,
        method: &str,
        params: &[serde_json::Value],
        observer: Observer<'_>,
    ) -> Result<T, IngestError> {
        self.attempt(method, observer, |http| rpc::call(http, method, params, RPC_MOST))
    }

    /// Makes a request until it succeeds, cannot succeed, or was made often enough.
    fn attempt<T>(
        &self,
        call: &str,
        observer: Observer<'_>,
        mut request: impl FnMut(&Http) -> Result<T, Failure>,
    ) -> Result<T, IngestError> {
        let mut attempt = 1;
        loop {
            let failure = match request(&self.http) {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if !failure.passes {
                return Err(self.error(failure.fault, failure.what));
            }
            if attempt >= self.retry.attempts {
                let tries = if attempt == 1 { "1 try".to_owned() } else { format!("{attempt} tries") };
                return Err(self.error(failure.fault, format!("{call} failed after {tries}: {}", failure.what)));
            }
            let wait = self.retry.wait(attempt);
            let (url, why, attempts) = (self.url(), failure.what.as_str(), self.retry.attempts);
            self.tell(observer, NodeEvent::Retrying { url, call, why, attempt, attempts, wait })?;
            std::thread::sleep(wait);
            attempt += 1;
        }
    }

    fn tell(&self, observer: Observer<'_>, event: NodeEvent<'_>) -> Result<(), IngestError> {
        match observer(event) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(self.error(NodeFault::Stopped, "stopped".to_owned())),
        }
    }

    fn error(&self, fault: NodeFault, what: String) -> IngestError {
        IngestError::Node { url: self.url().to_owned(), fault, what }
    }
}

/// Answers other than blocks are short; ten times what the longest needs.
const RPC_MOST: u64 = 1 << 20;
/// A block in hex, and the envelope around it.
const BLOCK_MOST: u64 = 2 * MAX_BLOCK as u64 + (1 << 16);

fn hex_bytes(text: &str) -> Result<Vec<u8>, Failure> {
    hex::decode(text).map_err(|error| Failure::garbage(format!("the answer is not hex: {error}")))
}

/// Whether bytes begin with the header of this hash.
fn is_of(bytes: &[u8], hash: BlockHash) -> Result<(), Failure> {
    let Some(header) = bytes.first_chunk() else {
        return Err(Failure::garbage(format!("a block of {} bytes, cut off in the header", bytes.len())));
    };
    let found = BlockHash::from_byte_array(Header::parse(header).hash);
    if found == hash { Ok(()) } else { Err(Failure::garbage(format!("asked for block {hash}, got {found}"))) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at a surprise")]
mod tests;
