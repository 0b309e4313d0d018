//! From where a node's chain and the stored one part to the blocks from there on, as a block file.
//!
//! The node may change its mind at any moment, so nothing is taken on trust: a block is written only if its previous hash
//! is the hash before it, and when the last one is written the node is asked once more whether it is still on its chain.
//! Where a block does not fit, the fork is looked for anew, first among the blocks just written, then among the stored
//! ones, and the file is cut back to it.

use std::fs::File;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use bitcoin::BlockHash;
use bitcoin::hashes::Hash as _;

use super::{Node, NodeChain, NodeEvent, NodeFault, Observer};
use crate::IngestError;
use crate::bitcoin::Network;
use crate::bitcoin::block::Block;

/// How often the chain may change under one fetch before it is given up.
const MOST_RESTARTS: u32 = 100;

/// Which blocks to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Confirmations a block needs, its own included: 1 is up to the tip. 0 is taken for 1.
    pub confirmations: u32,
    /// No block above this height.
    pub until_height: Option<u32>,
    /// Where to begin when nothing is stored.
    pub from_height: u32,
    /// At most this many blocks in one file.
    pub most_blocks: u32,
    /// The file is ended by the first block that brings it to this size.
    pub most_bytes: u64,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { confirmations: 1, until_height: None, from_height: 0, most_blocks: u32::MAX, most_bytes: 256 << 20 }
    }
}

/// What was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// The node's network.
    pub network: Network,
    /// The height of the node's tip.
    pub tip: u32,
    /// The newest stored block that is on the node's chain; `None` when nothing is stored.
    pub fork: Option<(u32, BlockHash)>,
    /// Stored blocks above the fork, ascending, in whose place the node has others.
    pub stale: Vec<(u32, BlockHash)>,
    /// The height of the first block in the file, or of the one that would be.
    pub first: u32,
    /// Blocks in the file.
    pub blocks: u32,
    /// Bytes in the file.
    pub bytes: u64,
    /// The last block in the file.
    pub last: Option<(u32, BlockHash)>,
    /// The file, in the form of a node's `blk00000.dat`.
    pub path: PathBuf,
    /// Whether a limit of [`Wanted`] ended the file before all was fetched.
    pub more: bool,
}

/// The newest of some stored blocks that is on the node's chain.
///
/// `tail` holds height and hash, newest first. Blocks above the node's tip are passed over: a node that is behind
/// contradicts nobody. Returns `None` for an empty tail, and when all of it lies above the node's tip.
///
/// # Errors
/// [`NodeFault::Reorganised`] when the node has another block in the place of every stored one.
pub fn fork_point(
    node: &Node,
    tail: &[(u32, BlockHash)],
    observer: Observer<'_>,
) -> Result<Option<(u32, BlockHash)>, IngestError> {
    Ok(seek(node, tail, observer)?.0)
}

/// The fork, and whether the node has another block in the place of a stored one above it.
fn seek(
    node: &Node,
    tail: &[(u32, BlockHash)],
    observer: Observer<'_>,
) -> Result<(Option<(u32, BlockHash)>, bool), IngestError> {
    let mut contradicted = None;
    for &(height, stored) in tail {
        match node.block_hash(height, observer)? {
            Some(hash) if hash == stored => return Ok((Some((height, stored)), contradicted.is_some())),
            Some(hash) => contradicted = Some((height, stored, hash)),
            None => {}
        }
    }
    let Some((height, stored, hash)) = contradicted else { return Ok((None, false)) };
    let what = if height == 0 {
        format!("its first block is {hash}, the stored one {stored}: this is another chain")
    } else {
        format!(
            "none of the {} stored blocks down to height {height} is on its chain (there it has {hash}, stored is \
             {stored}): the chain was reorganised deeper than that, or this is another chain",
            tail.len()
        )
    };
    Err(node.error(NodeFault::Reorganised, what))
}

/// Fetches the blocks that follow the stored ones into `folder`/`blk00000.dat`, which is written anew.
///
/// `tail` is as for [`fork_point`]. Every block is checked as far as the block file reader would check it: its hash, the
/// hash before it, its structure and its merkle root.
///
/// # Errors
/// What a [`NodeFault`] says, and the disk's own errors. The file is then of no use.
pub fn fetch(
    node: &Node,
    tail: &[(u32, BlockHash)],
    wanted: &Wanted,
    folder: &Path,
    observer: Observer<'_>,
) -> Result<Fetched, IngestError> {
    let mut chain = node.chain(observer)?;
    let mut spool = Spool::create(folder.join("blk00000.dat"), chain.network)?;
    let mut restarts = 0;
    let (base, stale) = loop {
        let base = Base::find(node, tail, wanted, observer)?;
        spool.keep_above(&base)?;
        let fitted = extend(node, &chain, &base, wanted, &mut spool, observer)?;
        // The file may fit together and still be of a branch the node has left meanwhile, or leave while it is checked.
        if fitted.is_ok() && spool.is_on_chain(node, observer)? && base.still_holds(node, observer)? {
            let stale = match base.fork {
                Some((fork, _)) if base.contradicted => {
                    tail.iter().copied().filter(|(height, _)| *height > fork).rev().collect()
                }
                _ => Vec::new(),
            };
            break (base, stale);
        }
        restarts += 1;
        if restarts > MOST_RESTARTS {
            let what = format!("the chain changed {MOST_RESTARTS} times while it was fetched");
            return Err(node.error(NodeFault::Reorganised, what));
        }
        let height = fitted.err().unwrap_or_else(|| base.first + spool.count());
        spool.cut_to_fork(node, observer)?;
        let fork = spool.blocks.last().map(|block| block.height).or(base.fork.map(|(height, _)| height));
        node.tell(observer, NodeEvent::Reorganised { height, fork })?;
        chain = node.chain(observer)?;
    };
    let last = spool.blocks.last().map(|block| (block.height, block.hash));
    let reached = last.map_or(base.first, |(height, _)| height.saturating_add(1));
    Ok(Fetched {
        network: chain.network,
        tip: chain.height,
        fork: base.fork,
        stale,
        first: base.first,
        blocks: spool.count(),
        bytes: spool.length(),
        last,
        more: target(&chain, wanted).is_some_and(|target| reached <= target),
        path: spool.path,
    })
}

/// The last height to fetch, if there is one.
fn target(chain: &NodeChain, wanted: &Wanted) -> Option<u32> {
    let confirmed = chain.height.checked_sub(wanted.confirmations.max(1) - 1)?;
    Some(wanted.until_height.map_or(confirmed, |until| until.min(confirmed)))
}

/// What the blocks of a file are put on top of.
#[derive(Debug, PartialEq, Eq)]
struct Base {
    fork: Option<(u32, BlockHash)>,
    /// Whether the node has another block in the place of a stored one.
    contradicted: bool,
    /// Whether the node's tip is below the newest stored block, with nothing against that block so far.
    behind: bool,
    first: u32,
}

impl Base {
    fn find(
        node: &Node,
        tail: &[(u32, BlockHash)],
        wanted: &Wanted,
        observer: Observer<'_>,
    ) -> Result<Self, IngestError> {
        let Some(&(newest, _)) = tail.first() else {
            return Ok(Self { fork: None, contradicted: false, behind: false, first: wanted.from_height });
        };
        let (fork, contradicted) = seek(node, tail, observer)?;
        let behind = !contradicted && fork.is_none_or(|(fork, _)| fork < newest);
        let last = fork.filter(|_| contradicted).map_or(newest, |(fork, _)| fork);
        Ok(Self { fork, contradicted, behind, first: last.saturating_add(1) })
    }

    /// Whether the fork is still on the node's chain.
    fn still_holds(&self, node: &Node, observer: Observer<'_>) -> Result<bool, IngestError> {
        match self.fork {
            Some((height, hash)) => Ok(node.block_hash(height, observer)? == Some(hash)),
            None => Ok(true),
        }
    }
}

/// Fetches until the target, a limit, or a block that does not fit, whose height is the inner error.
fn extend(
    node: &Node,
    chain: &NodeChain,
    base: &Base,
    wanted: &Wanted,
    spool: &mut Spool,
    observer: Observer<'_>,
) -> Result<Result<(), u32>, IngestError> {
    let Some(until) = target(chain, wanted).filter(|_| !base.behind) else { return Ok(Ok(())) };
    if let Some(pruned) = chain.pruned_below.filter(|pruned| base.first < *pruned && base.first <= until) {
        let what = format!(
            "the node is pruned and has no blocks below {pruned}, but {} comes next; ask a node that keeps all of them",
            base.first
        );
        return Err(node.error(NodeFault::Refused, what));
    }
    let mut block = Block::default();
    loop {
        let height = base.first.saturating_add(spool.count());
        let full = spool.count() >= wanted.most_blocks || spool.length() >= wanted.most_bytes;
        if height > until || full {
            return Ok(Ok(()));
        }
        let before = match spool.blocks.last() {
            Some(block) => Some(block.hash),
            None if height == 0 => Some(BlockHash::all_zeros()),
            // Without a stored block before it, a first block may follow on any.
            None => base.fork.map(|(_, hash)| hash),
        };
        let Some(hash) = node.block_hash(height, observer)? else { return Ok(Err(height)) };
        let bytes = match node.block(hash, observer) {
            Ok(bytes) => bytes,
            // bcoin forgets a block at once when its chain goes another way; Core keeps it.
            Err(IngestError::Node { fault: NodeFault::Refused, .. })
                if node.block_hash(height, observer)? != Some(hash) =>
            {
                return Ok(Err(height));
            }
            Err(error) => return Err(error),
        };
        let sound = block.parse(&bytes).map_err(|fault| fault.to_string()).and_then(|()| {
            if (block.size as usize) < bytes.len() {
                Err(format!("the block ends at byte {} of {}", block.size, bytes.len()))
            } else if !block.merkle_root_is_right() {
                Err("the merkle root in the header is not that of the transactions".to_owned())
            } else {
                Ok(())
            }
        });
        if let Err(why) = sound {
            let what = format!("block {hash} at height {height} is damaged: {why}; the node's own disk may be failing");
            return Err(node.error(NodeFault::Garbage, what));
        }
        if before.is_some_and(|before| before.to_byte_array() != block.header.prev_hash) {
            return Ok(Err(height));
        }
        spool.push(height, hash, &bytes)?;
        node.tell(observer, NodeEvent::Block { height, hash, bytes: bytes.len(), until })?;
    }
}

/// The block file being written.
#[derive(Debug)]
struct Spool {
    path: PathBuf,
    file: File,
    magic: [u8; 4],
    blocks: Vec<Written>,
}

/// A block in the file.
#[derive(Debug, Clone, Copy)]
struct Written {
    height: u32,
    hash: BlockHash,
    prev: BlockHash,
    /// Where its record ends.
    end: u64,
}

impl Spool {
    fn create(path: PathBuf, network: Network) -> Result<Self, IngestError> {
        let file = File::create(&path).map_err(|error| IngestError::io(&path, error))?;
        Ok(Self { path, file, magic: network.magic(), blocks: Vec::new() })
    }

    fn count(&self) -> u32 {
        u32::try_from(self.blocks.len()).unwrap_or(u32::MAX)
    }

    fn length(&self) -> u64 {
        self.blocks.last().map_or(0, |block| block.end)
    }

    fn push(&mut self, height: u32, hash: BlockHash, block: &[u8]) -> Result<(), IngestError> {
        // No block is longer than the parser reads, four million bytes.
        let size = u32::try_from(block.len()).unwrap_or(u32::MAX);
        let record = [&self.magic, size.to_le_bytes().as_slice(), block].concat();
        self.file.write_all(&record).map_err(|error| IngestError::io(&self.path, error))?;
        let prev = block.get(4..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        let end = self.length() + record.len() as u64;
        self.blocks.push(Written { height, hash, prev: BlockHash::from_byte_array(prev), end });
        Ok(())
    }

    /// Drops the blocks the node no longer has on its chain, newest first.
    fn cut_to_fork(&mut self, node: &Node, observer: Observer<'_>) -> Result<(), IngestError> {
        while let Some(last) = self.blocks.last() {
            if node.block_hash(last.height, observer)? == Some(last.hash) {
                break;
            }
            self.blocks.pop();
        }
        self.cut()
    }

    /// Drops everything if the file does not begin right above the base.
    fn keep_above(&mut self, base: &Base) -> Result<(), IngestError> {
        let fits = self
            .blocks
            .first()
            .is_none_or(|first| first.height == base.first && base.fork.is_none_or(|(_, hash)| hash == first.prev));
        if !fits {
            self.blocks.clear();
        }
        self.cut()
    }

    fn cut(&mut self) -> Result<(), IngestError> {
        let length = self.length();
        let cut = self.file.set_len(length).and_then(|()| self.file.seek(SeekFrom::Start(length)));
        cut.map(drop).map_err(|error| IngestError::io(&self.path, error))
    }

    /// Whether the last block written is on the node's chain. The blocks before it then are too.
    fn is_on_chain(&self, node: &Node, observer: Observer<'_>) -> Result<bool, IngestError> {
        match self.blocks.last() {
            Some(last) => Ok(node.block_hash(last.height, observer)? == Some(last.hash)),
            None => Ok(true),
        }
    }
}
