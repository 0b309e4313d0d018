//! Pass two, the half that needs no order: reads blocks, parses them and checks their merkle roots, on threads of its own.
//!
//! Worker *i* of *n* takes blocks *i*, *i*+*n*, … of the chain and hands them over through a short channel, so the blocks
//! in flight are bounded and come out in chain order. When the reader is dropped the channels close and the workers end.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::block::{Block, MAX_BLOCK};
use super::branch::Planned;
use super::scan::Record;
use super::source::{Source, SourceFile};
use super::unspent::pack;
use crate::IngestError;

/// Blocks that may wait in each worker's channel.
const WAITING: usize = 2;
/// More workers than this wait for the one that resolves prevouts.
const MOST_WORKERS: usize = 4;
/// Files a worker keeps open: the blocks of one stretch of the chain lie in few files.
const OPEN_FILES: usize = 16;

/// What both passes know.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) files: Vec<SourceFile>,
    pub(super) records: Vec<Record>,
    pub(super) chain: Vec<Planned>,
}

/// A place on the chain with its block, if one of the records that should hold it does.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) height: u32,
    pub(super) good: Option<Good>,
    /// The other records of this block, and why they are not used.
    pub(super) bad: Vec<(usize, String)>,
}

/// A block whose structure and merkle root are right.
#[derive(Debug)]
pub(super) struct Good {
    pub(super) record: usize,
    pub(super) bytes: Vec<u8>,
    pub(super) block: Block,
}

/// The blocks of the chain, decoded, in order.
#[derive(Debug)]
pub(super) struct Decoder {
    channels: Vec<Receiver<Result<Decoded, IngestError>>>,
    next: usize,
    end: usize,
}

impl Decoder {
    pub(super) fn start(index: &Arc<Index>) -> Self {
        let end = index.chain.len();
        let wanted = thread::available_parallelism().map_or(1, usize::from).min(MOST_WORKERS).min(end);
        let channels = (0..wanted).map(|worker| {
            let (sender, receiver) = sync_channel(WAITING);
            let index = Arc::clone(index);
            // Without a thread the channel closes, and whoever waits for a block is told.
            let name = format!("blocks {worker}");
            let _ = thread::Builder::new().name(name).spawn(move || work(&index, worker, wanted, &sender));
            receiver
        });
        Self { channels: channels.collect(), next: 0, end }
    }

    pub(super) fn next(&mut self) -> Result<Option<Decoded>, IngestError> {
        if self.next == self.end {
            return Ok(None);
        }
        let channel = &self.channels[self.next % self.channels.len()];
        self.next += 1;
        match channel.recv() {
            Ok(decoded) => decoded.map(Some),
            Err(_) => Err(IngestError::Argument("a thread that decodes blocks stopped: a mistake of ours".to_owned())),
        }
    }
}

fn work(index: &Index, worker: usize, workers: usize, sender: &SyncSender<Result<Decoded, IngestError>>) {
    let mut open = OpenFiles::default();
    for planned in index.chain.iter().skip(worker).step_by(workers) {
        let decoded = decode(index, planned, &mut open);
        let failed = decoded.is_err();
        if sender.send(decoded).is_err() || failed {
            return;
        }
    }
}

/// Decodes the first good record of a block.
fn decode(index: &Index, planned: &Planned, open: &mut OpenFiles) -> Result<Decoded, IngestError> {
    let mut decoded = Decoded { height: planned.height, good: None, bad: Vec::new() };
    for &copy in &planned.copies {
        let record = &index.records[copy];
        if let Some(good) = &decoded.good {
            let first = &index.records[good.record];
            let file = &index.files[first.file as usize].name;
            decoded.bad.push((copy, format!("duplicate of record {} of {file}", first.position)));
            continue;
        }
        let mut block = Block::default();
        match read_block(index, record, open, planned.height, &mut block)? {
            Ok(bytes) => decoded.good = Some(Good { record: copy, bytes, block }),
            Err(why) => decoded.bad.push((copy, why)),
        }
    }
    Ok(decoded)
}

/// Reads and checks one record's block. The outer error is the machine's, the inner one the data's.
fn read_block(
    index: &Index,
    record: &Record,
    open: &mut OpenFiles,
    height: u32,
    block: &mut Block,
) -> Result<Result<Vec<u8>, String>, IngestError> {
    let file = &index.files[record.file as usize];
    let length = record.length.saturating_sub(u64::from(record.head)).min(u64::from(MAX_BLOCK)) as usize;
    let mut bytes = vec![0; length];
    let offset = record.offset + u64::from(record.head);
    let read = open.get(record.file, file)?.read(offset, &mut bytes).map_err(|error| file.error(error))?;
    bytes.truncate(read);
    Ok(check(record, &bytes, height, block).map(|()| bytes))
}

fn check(record: &Record, bytes: &[u8], height: u32, block: &mut Block) -> Result<(), String> {
    block.parse(bytes).map_err(|fault| fault.to_string())?;
    if (block.size as usize) < bytes.len() && !record.loose {
        return Err(format!("the block ends at byte {} of the {} its record claims", block.size, bytes.len()));
    }
    if !block.merkle_root_is_right() {
        return Err("the merkle root in the header is not that of the transactions".to_owned());
    }
    let most = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or_default().saturating_sub(1);
    let widest = most(&mut block.transactions.iter().map(|transaction| transaction.outputs().len()))
        .max(most(&mut block.transactions.iter().map(|transaction| transaction.inputs().len())));
    let count = block.transactions.len();
    if pack(height, count.saturating_sub(1), widest).is_none() {
        return Err(format!(
            "height {height}, {count} transactions and {} inputs or outputs do not fit a txo's 31, 15 and 17 bits",
            widest + 1
        ));
    }
    Ok(())
}

/// The files opened last.
#[derive(Debug, Default)]
struct OpenFiles {
    files: Vec<(u32, Source)>,
}

impl OpenFiles {
    fn get(&mut self, index: u32, file: &SourceFile) -> Result<&mut Source, IngestError> {
        let place = match self.files.iter().position(|(open, _)| *open == index) {
            Some(place) => place,
            None => {
                if self.files.len() == OPEN_FILES {
                    self.files.remove(0);
                }
                self.files.push((index, file.open()?));
                self.files.len() - 1
            }
        };
        Ok(&mut self.files[place].1)
    }
}
