//! Blocks go out to parsers and come back as batches, in file order.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use super::header;
use super::options::CsvOptions;
use super::rows::{self, Parsed, Plan};
use super::split::{BLOCK, Block, Splitter};
use crate::{IngestError, Reader};

/// Below this a file is parsed where it is read: threads would cost more than they save.
const PARALLEL_FROM: u64 = 8 << 20;
/// The thread that asks for batches has work of its own, and blocks in flight cost memory.
const MAX_THREADS: usize = 8;

/// A block on its way, and where its parser is to put the result.
type Job = (Block, SyncSender<Result<Parsed, ArrowError>>);

/// One delimited file being read.
pub(super) struct CsvReader {
    path: std::path::PathBuf,
    schema: SchemaRef,
    plan: Plan,
    splitter: Splitter,
    /// Where blocks are sent, if there are parsers; `pending` then holds what is out, oldest first.
    jobs: Option<Sender<Job>>,
    in_flight: usize,
    pending: VecDeque<Receiver<Result<Parsed, ArrowError>>>,
    ready: VecDeque<RecordBatch>,
    /// Buffers to read into again: a fresh 4 MiB costs a thousand page faults.
    spare: Vec<Vec<u8>>,
    position: i64,
    line: i64,
    ended: bool,
    /// Found while reading ahead, told when what came before it has been delivered.
    failure: Option<IngestError>,
}

impl CsvReader {
    pub(super) fn open(path: &Path, options: &CsvOptions, threads: usize) -> Result<Self, IngestError> {
        let length = std::fs::metadata(path).map_err(|error| IngestError::io(path, error))?.len();
        let threads = if length < PARALLEL_FROM { 1 } else { threads.min(MAX_THREADS) };
        Self::open_with(path, options, threads, BLOCK)
    }

    /// As `open`, with the number of threads and the block size given: tests ask for tiny blocks.
    pub(super) fn open_with(
        path: &Path,
        options: &CsvOptions,
        threads: usize,
        block: usize,
    ) -> Result<Self, IngestError> {
        let found = header::read(path, options)?;
        let plan = Plan { dialect: options.dialect, encoding: options.encoding, columns: found.names.len() };
        let splitter =
            Splitter::open(path, options.dialect, found.body, block).map_err(|error| IngestError::io(path, error))?;
        let jobs =
            (threads > 1).then(|| spawn(plan, threads)).transpose().map_err(|error| IngestError::io(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            schema: header::schema(&found.names),
            plan,
            splitter,
            jobs,
            in_flight: threads + 1,
            pending: VecDeque::new(),
            ready: VecDeque::new(),
            spare: Vec::new(),
            position: 0,
            line: found.line - 1,
            ended: false,
            failure: None,
        })
    }

    fn next_block(&mut self) -> Option<Block> {
        if self.ended {
            return None;
        }
        let spare = self.spare.pop().unwrap_or_default();
        match self.splitter.next(spare) {
            Ok(Some(block)) => return Some(block),
            Ok(None) => {}
            Err(error) => self.failure = Some(IngestError::io(&self.path, error)),
        }
        self.ended = true;
        None
    }

    /// The next parsed block in file order.
    fn next_parsed(&mut self) -> Result<Option<Parsed>, IngestError> {
        let Some(jobs) = self.jobs.clone() else {
            return Ok(self.next_block().map(|block| rows::parse(&self.plan, block)).transpose()?);
        };
        while self.pending.len() < self.in_flight {
            let Some(block) = self.next_block() else { break };
            let (sender, receiver) = sync_channel(1);
            jobs.send((block, sender)).map_err(|_| lost())?;
            self.pending.push_back(receiver);
        }
        match self.pending.pop_front() {
            Some(receiver) => Ok(Some(receiver.recv().map_err(|_| lost())??)),
            None => Ok(None),
        }
    }

    fn deliver(&mut self, parsed: Parsed) -> Result<(), IngestError> {
        for batch in parsed.batches {
            let count = batch.len() as i64;
            self.ready.push_back(batch.place(&self.schema, self.position, self.line)?);
            self.position += count;
        }
        self.line += parsed.lines;
        if parsed.buffer.capacity() > 0 {
            self.spare.push(parsed.buffer);
        }
        Ok(())
    }
}

impl Reader for CsvReader {
    fn next(&mut self) -> Result<Option<(usize, RecordBatch)>, IngestError> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Some((0, batch)));
            }
            match self.next_parsed()? {
                Some(parsed) => self.deliver(parsed)?,
                None => return self.failure.take().map_or(Ok(None), Err),
            }
        }
    }
}

/// Starts the parsers. They end when the sender is dropped, with the reader.
fn spawn(plan: Plan, threads: usize) -> std::io::Result<Sender<Job>> {
    let (sender, receiver) = channel::<Job>();
    let receiver = Arc::new(Mutex::new(receiver));
    for number in 0..threads {
        let receiver = Arc::clone(&receiver);
        std::thread::Builder::new().name(format!("read_csv-{number}")).spawn(move || {
            loop {
                let job = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                let Ok((block, reply)) = job else { return };
                // Nobody waits any more when the query was cancelled; that is no error.
                let _ = reply.send(rows::parse(&plan, block));
            }
        })?;
    }
    Ok(sender)
}

fn lost() -> IngestError {
    IngestError::Arrow(ArrowError::ComputeError("a parser thread of read_csv ended early".to_owned()))
}
