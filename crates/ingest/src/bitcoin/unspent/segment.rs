//! Unspent outputs on disk: a sorted file that is written once, with an index and a bloom filter in memory.
//!
//! ```text
//! file    txid 32 │ vout 4 │ txo 8 │ value 8 │ script length 4 │ script … │ txid …     blocks of about 8 KiB
//! memory  per block: first key, offset, ordinal     per coin: ten bits of filter, one bit "taken"
//! ```
//!
//! A coin that is taken stays in the file with its bit set, until the segment is merged into another. The files have no
//! name: they vanish with the process that made them.

use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use super::bloom::Bloom;
use super::{Coin, CoinScript, OutPoint};
use crate::IngestError;

/// A block is ended by the first coin that brings it to this size.
const BLOCK: usize = 8 << 10;
/// Bytes before the script.
const HEAD: usize = 32 + 4 + 8 + 8 + 4;

/// Why a segment could not be written or read.
#[derive(Debug)]
pub(super) enum Fault {
    Io(io::Error),
    Damaged,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Fault {
    /// The same, with the folder the segment is in.
    pub(super) fn at(self, folder: &Path) -> IngestError {
        match self {
            Self::Io(error) => IngestError::io(folder, error),
            Self::Damaged => IngestError::format(
                folder,
                "unspent outputs that were put here while reading came back damaged; check the disk, or give more memory",
            ),
        }
    }
}

#[derive(Debug)]
pub(super) struct Segment {
    file: File,
    level: u32,
    blocks: Vec<BlockHead>,
    /// Where the last block ends.
    end: u64,
    bloom: Bloom,
    taken: Vec<u64>,
    alive: u64,
    /// The last block read, kept for its capacity.
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct BlockHead {
    first: OutPoint,
    offset: u64,
    /// How many coins lie before it.
    ordinal: usize,
}

impl Segment {
    pub(super) fn level(&self) -> u32 {
        self.level
    }

    /// Coins not taken.
    pub(super) fn alive(&self) -> u64 {
        self.alive
    }

    /// Bytes in memory.
    pub(super) fn memory(&self) -> usize {
        self.blocks.capacity() * size_of::<BlockHead>()
            + self.bloom.memory()
            + self.taken.capacity() * 8
            + self.buffer.capacity()
    }

    /// Takes a coin out, if it is here.
    pub(super) fn take(&mut self, place: &OutPoint) -> Result<Option<Coin>, Fault> {
        if !self.bloom.may_hold(place) {
            return Ok(None);
        }
        let Some(block) = self.blocks.partition_point(|block| block.first <= *place).checked_sub(1) else {
            return Ok(None);
        };
        let mut ordinal = self.read(block)?;
        let mut rest = self.buffer.as_slice();
        while !rest.is_empty() {
            let (found, script) = decode(&mut rest)?;
            if found.place == *place {
                if is_set(&self.taken, ordinal) {
                    return Ok(None);
                }
                let coin = Coin { txo: found.txo, value: found.value, script: CoinScript::new(script) };
                set(&mut self.taken, ordinal);
                self.alive -= 1;
                return Ok(Some(coin));
            }
            ordinal += 1;
        }
        Ok(None)
    }

    /// The coins not taken, in order.
    pub(super) fn cursor(&mut self) -> Cursor<'_> {
        Cursor { segment: self, block: 0, at: 0, ordinal: 0 }
    }

    /// Reads a block and returns the ordinal of its first coin.
    fn read(&mut self, block: usize) -> Result<usize, Fault> {
        let head = self.blocks.get(block).ok_or(Fault::Damaged)?;
        let end = self.blocks.get(block + 1).map_or(self.end, |next| next.offset);
        let length = usize::try_from(end - head.offset).map_err(|_| Fault::Damaged)?;
        self.buffer.resize(length, 0);
        self.file.seek(SeekFrom::Start(head.offset))?;
        self.file.read_exact(&mut self.buffer)?;
        Ok(head.ordinal)
    }
}

/// Reads a segment from front to back.
#[derive(Debug)]
pub(super) struct Cursor<'a> {
    segment: &'a mut Segment,
    /// Blocks read.
    block: usize,
    /// Where in the block the next coin begins.
    at: usize,
    ordinal: usize,
}

impl Cursor<'_> {
    pub(super) fn next(&mut self) -> Result<Option<(OutPoint, Coin)>, Fault> {
        loop {
            if self.block == 0 || self.at >= self.segment.buffer.len() {
                if self.block == self.segment.blocks.len() {
                    return Ok(None);
                }
                self.ordinal = self.segment.read(self.block)?;
                self.block += 1;
                self.at = 0;
            }
            let before = self.segment.buffer.get(self.at..).unwrap_or_default();
            let mut rest = before;
            let (found, script) = decode(&mut rest)?;
            let coin = Coin { txo: found.txo, value: found.value, script: CoinScript::new(script) };
            self.at += before.len() - rest.len();
            self.ordinal += 1;
            if !is_set(&self.segment.taken, self.ordinal - 1) {
                return Ok(Some((found.place, coin)));
            }
        }
    }
}

/// Writes a segment; coins come in order.
#[derive(Debug)]
pub(super) struct Writer {
    file: BufWriter<File>,
    level: u32,
    blocks: Vec<BlockHead>,
    /// Bytes written, and how many of them belong to the block being filled.
    end: u64,
    filled: usize,
    count: usize,
    bloom: Bloom,
    bytes: Vec<u8>,
}

impl Writer {
    /// Begins a segment of at most `most` coins.
    pub(super) fn new(folder: &Path, level: u32, most: usize) -> Result<Self, Fault> {
        let file = BufWriter::with_capacity(1 << 18, tempfile::tempfile_in(folder)?);
        let (blocks, bytes, bloom) = (Vec::new(), Vec::new(), Bloom::new(most));
        Ok(Self { file, level, blocks, end: 0, filled: BLOCK, count: 0, bloom, bytes })
    }

    pub(super) fn push(&mut self, place: &OutPoint, coin: &Coin) -> Result<(), Fault> {
        if self.filled >= BLOCK {
            self.blocks.push(BlockHead { first: *place, offset: self.end, ordinal: self.count });
            self.filled = 0;
        }
        let bytes = &mut self.bytes;
        bytes.clear();
        bytes.extend_from_slice(&place.0);
        bytes.extend_from_slice(&place.1.to_le_bytes());
        bytes.extend_from_slice(&coin.txo.to_le_bytes());
        bytes.extend_from_slice(&coin.value.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]);
        coin.script.append_to(bytes);
        let length = u32::try_from(bytes.len() - HEAD).map_err(|_| Fault::Damaged)?;
        bytes[HEAD - 4..HEAD].copy_from_slice(&length.to_le_bytes());
        self.file.write_all(bytes)?;
        self.bloom.add(place);
        self.end += bytes.len() as u64;
        self.filled += bytes.len();
        self.count += 1;
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Segment, Fault> {
        let file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        let mut blocks = self.blocks;
        blocks.shrink_to_fit();
        Ok(Segment {
            file,
            level: self.level,
            blocks,
            end: self.end,
            bloom: self.bloom,
            taken: vec![0; self.count.div_ceil(64)],
            alive: self.count as u64,
            buffer: Vec::new(),
        })
    }
}

/// A coin in the file, its script aside.
#[derive(Debug)]
struct Found {
    place: OutPoint,
    txo: i64,
    value: i64,
}

/// Reads the coin at the beginning of `rest`, and its script.
fn decode<'a>(rest: &mut &'a [u8]) -> Result<(Found, &'a [u8]), Fault> {
    let mut parts = *rest;
    let txid = *part(&mut parts)?;
    let vout = u32::from_le_bytes(*part(&mut parts)?);
    let txo = i64::from_le_bytes(*part(&mut parts)?);
    let value = i64::from_le_bytes(*part(&mut parts)?);
    let length = u32::from_le_bytes(*part(&mut parts)?) as usize;
    let (script, after) = parts.split_at_checked(length).ok_or(Fault::Damaged)?;
    *rest = after;
    Ok((Found { place: (txid, vout), txo, value }, script))
}

fn part<'a, const N: usize>(bytes: &mut &'a [u8]) -> Result<&'a [u8; N], Fault> {
    let (part, after) = bytes.split_first_chunk().ok_or(Fault::Damaged)?;
    *bytes = after;
    Ok(part)
}

fn is_set(bits: &[u64], at: usize) -> bool {
    bits.get(at / 64).is_some_and(|word| word >> (at % 64) & 1 == 1)
}

fn set(bits: &mut [u64], at: usize) {
    if let Some(word) = bits.get_mut(at / 64) {
        *word |= 1 << (at % 64);
    }
}
