//! Transactions that come one by one, each with what it spends, instead of in blocks.
//!
//! Explorers hand out a transaction as JSON (the Esplora API, whose `vin` carry their `prevout`), and collectors of
//! CoinJoins keep lists of them, one a line (Dumplings). [`SPEC`] reads both into the relations a block file has:
//! transactions, inputs, outputs. Such a list holds too little for a place in the chain, so [`place`] makes one, and
//! resolves what is spent inside the list. All of it is held in memory: these are samples, not chains.
//!
//! ```text
//! file ─▶ esplora | dumplings ─▶ records: a transaction, or why not ─▶ place ─▶ rows
//! ```
//!
//! A transaction listed twice is two records and one transaction. Whatever the bytes say, a record that cannot be read
//! is a row whose `error` says why.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use flate2::read::MultiGzDecoder;

use self::rows::Relation;
use super::Network;
use super::block::MAX_MONEY;
use super::hash::Hash;
use crate::{IngestError, ReadArgs, Reader, ReaderSpec};

mod dumplings;
mod esplora;
mod place;
mod rows;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests;

/// The list entry of the format.
pub(crate) const SPEC: ReaderSpec = ReaderSpec {
    name: "bitcoin_loose",
    relations: &[
        (
            "read_loose_transactions",
            "One row per record of a list of single Bitcoin transactions (Esplora JSON, Dumplings lines), bad ones with their error.",
        ),
        ("read_loose_inputs", "The inputs of single Bitcoin transactions, each with the output it spends."),
        ("read_loose_outputs", "The outputs of single Bitcoin transactions, with script and type."),
    ],
    usage: "path [, network [, height]]: a file or a folder of .txt, .json, .ndjson, .ndjson.gz; main (default), testnet3, \
            testnet4, signet or regtest; the height of transactions that say neither height nor time",
    schema,
    open,
};

/// How a file must be called to be read when its folder is named.
const ENDINGS: [&str; 4] = [".txt", ".json", ".ndjson", ".ndjson.gz"];
/// All of a list is held in memory, so there is an end to it.
const MAX_BYTES: u64 = 1 << 30;

/// A transaction as its record has it. `None` is what the record does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Loose {
    txid: Hash,
    version: Option<i64>,
    locktime: Option<i64>,
    size: Option<i64>,
    weight: Option<i64>,
    is_coinbase: bool,
    inputs: Vec<Spent>,
    outputs: Vec<Paid>,
    height: Option<i64>,
    /// Seconds.
    time: Option<i64>,
    /// The block's hash: tells two blocks of one second apart.
    block: Option<String>,
    /// The place in the block.
    index: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Spent {
    prev_txid: Hash,
    prev_vout: i64,
    /// Value and script of the output spent; only a coinbase has none.
    prevout: Option<Paid>,
    sequence: Option<i64>,
    has_witness: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Paid {
    value: i64,
    script: Vec<u8>,
}

/// A record: where it is, and the transaction it holds or why it holds none.
#[derive(Debug, Clone)]
struct Record {
    file: Arc<str>,
    position: i64,
    /// Offset and length, where the file is plain text with a record a line.
    range: Option<(i64, i64)>,
    found: Result<Loose, String>,
}

impl Loose {
    /// The transaction, if its amounts are possible: each within the supply, no more paid than spent.
    fn checked(self) -> Result<Self, String> {
        let spent = sum("input", self.inputs.iter().map(|input| input.prevout.as_ref().map_or(0, |out| out.value)))?;
        let paid = sum("output", self.outputs.iter().map(|output| output.value))?;
        if self.inputs.is_empty() || self.outputs.is_empty() {
            return Err("a transaction has inputs and outputs".to_owned());
        }
        if self.is_coinbase {
            return Ok(self);
        }
        if let Some(vin) = self.inputs.iter().position(|input| input.prevout.is_none()) {
            return Err(format!("input {vin} does not say what it spends (its prevout)"));
        }
        if paid > spent {
            return Err(format!("pays {paid} sat out of {spent}"));
        }
        Ok(self)
    }

    fn input_value(&self) -> Option<i64> {
        self.inputs.iter().map(|input| input.prevout.as_ref().map(|out| out.value)).sum()
    }

    fn output_value(&self) -> i64 {
        self.outputs.iter().map(|output| output.value).sum()
    }
}

fn sum(what: &str, values: impl Iterator<Item = i64>) -> Result<i64, String> {
    let mut total = 0_i64;
    for (index, value) in values.enumerate() {
        total = total.saturating_add(value);
        if !(0..=MAX_MONEY).contains(&value) || total > MAX_MONEY {
            return Err(format!("{what} {index}: {value} sat is no possible amount"));
        }
    }
    Ok(total)
}

/// Reads a hash the way people write it: reversed, in hex.
fn hash(text: &str) -> Result<Hash, String> {
    let mut hash = Hash::default();
    hex::decode_to_slice(text, &mut hash).map_err(|_| format!("not a transaction id: {}", shown(text)))?;
    hash.reverse();
    Ok(hash)
}

fn script(text: &str) -> Result<Vec<u8>, String> {
    hex::decode(text).map_err(|_| format!("not a script in hex: {}", shown(text)))
}

/// The beginning of a text, for a message.
fn shown(text: &str) -> String {
    text.chars().take(80).collect()
}

fn schema(args: &ReadArgs, relation: usize) -> Result<SchemaRef, IngestError> {
    options(args)?;
    let relation = Relation::ALL.get(relation);
    let relation =
        relation.ok_or_else(|| IngestError::Argument("bitcoin_loose has three relations, 0 to 2".to_owned()));
    Ok(rows::schema(*relation?))
}

fn options(args: &ReadArgs) -> Result<(Network, Option<i64>), IngestError> {
    let option = |index: usize| args.options.get(index).map(|text| text.trim()).filter(|text| !text.is_empty());
    if args.options.len() > 2 {
        return Err(IngestError::Argument(format!("usage: {}", SPEC.usage)));
    }
    let network = match option(0) {
        None => Network::Main,
        Some(name) => Network::from_name(name).ok_or_else(|| {
            let names = Network::ALL.map(Network::name).join(", ");
            IngestError::Argument(format!("no Bitcoin network is called '{name}'; there are {names}"))
        })?,
    };
    let height = option(1).map(|text| {
        let height = text.parse().ok().filter(|height| (0..=i64::from(i32::MAX)).contains(height));
        height.ok_or_else(|| IngestError::Argument(format!("'{text}' is not the height of a block")))
    });
    Ok((network, height.transpose()?))
}

fn open(args: &ReadArgs) -> Result<Box<dyn Reader>, IngestError> {
    let (network, height) = options(args)?;
    let mut records = Vec::new();
    for path in files(&args.path)? {
        read(&path, &mut records)?;
    }
    let placed = place::place(&records, network, height);
    Ok(Box::new(LooseReader { batches: rows::batches(&records, &placed, network)?.into_iter() }))
}

struct LooseReader {
    batches: std::vec::IntoIter<(usize, RecordBatch)>,
}

impl Reader for LooseReader {
    fn next(&mut self) -> Result<Option<(usize, RecordBatch)>, IngestError> {
        Ok(self.batches.next())
    }
}

/// The file itself, or the lists of a folder in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, IngestError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = std::fs::read_dir(path).map_err(|error| IngestError::io(path, error))?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path())).collect::<std::io::Result<Vec<_>>>();
    let mut paths = paths.map_err(|error| IngestError::io(path, error))?;
    paths.retain(|path| {
        let name = name(path);
        path.is_file() && !name.starts_with('.') && ENDINGS.iter().any(|ending| name.ends_with(ending))
    });
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Adds the records of one file.
fn read(path: &Path, records: &mut Vec<Record>) -> Result<(), IngestError> {
    let io = |error| IngestError::io(path, error);
    let mut head = Vec::new();
    let mut file = File::open(path).map_err(io)?;
    file.by_ref().take(2).read_to_end(&mut head).map_err(io)?;
    let packed = head == [0x1f, 0x8b];
    let whole = BufReader::new(head.as_slice().chain(file));
    let mut bytes = Vec::new();
    let mut limited =
        if packed { Box::new(MultiGzDecoder::new(whole)) as Box<dyn std::io::Read> } else { Box::new(whole) }
            .take(MAX_BYTES + 1);
    limited.read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > MAX_BYTES {
        let what = "holds more than 1 GiB of single transactions, which are held in memory; import blocks instead";
        return Err(IngestError::format(path, what));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let skipped = (bytes.len() - text.len()) as i64;
    let file: Arc<str> = name(path).into();
    let first = records.len();
    let mut push = |range: Option<(i64, i64)>, found: Result<Loose, String>| {
        records.push(Record {
            file: Arc::clone(&file),
            position: (records.len() - first) as i64 + 1,
            range: range.filter(|_| !packed),
            found: found.and_then(Loose::checked),
        });
    };
    match text.trim_ascii_start().first() {
        Some(b'{' | b'[') if !esplora::is_lines(text) => {
            for found in esplora::document(text) {
                push(None, found);
            }
        }
        Some(b'{' | b'[') => lines(text, skipped, |range, line| push(Some(range), esplora::line(line))),
        _ => lines(text, skipped, |range, line| push(Some(range), dumplings::line(line))),
    }
    Ok(())
}

/// Calls `each` with the lines that hold something, and where they lie.
fn lines(text: &[u8], skipped: i64, mut each: impl FnMut((i64, i64), &[u8])) {
    let mut at = skipped;
    for whole in text.split_inclusive(|byte| *byte == b'\n') {
        let line = whole.trim_ascii();
        if !line.is_empty() {
            each((at, whole.trim_ascii_end().len() as i64), line);
        }
        at += whole.len() as i64;
    }
}
