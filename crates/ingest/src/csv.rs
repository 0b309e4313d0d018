//! `read_csv`: delimited text as it stands in the file, every column text.
//!
//! Bank data is full of traps for a reader that guesses: account numbers that are hexadecimal and parse as floats, bank
//! codes with leading zeros, two columns of one name. So nothing is inferred. A row says where it came from (`position`,
//! `line`, `byte_offset`, `byte_length`), and a record that cannot be read is a row whose `error` says why: the bytes of
//! all records and the line ends between them are the whole file, so nothing can be lost unseen.
//!
//! ```text
//! file ──▶ splitter ──▶ blocks that begin and end between records ──▶ parsers (threads) ──▶ batches, in file order
//! ```
//!
//! The splitter decides where records end, alone and in order, because one quote can turn a thousand line ends into
//! text. Where a block holds no quote that is a search for the last line end, and the parsing, which is the work, runs
//! on every core. Memory is bounded by a few blocks of 4 MiB.

mod header;
pub(crate) mod long;
mod options;
mod pipeline;
mod record;
mod rows;
mod split;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use arrow::datatypes::SchemaRef;

use crate::{IngestError, ReadArgs, Reader, ReaderSpec};
use options::CsvOptions;

/// The list entry of the format.
pub(crate) const SPEC: ReaderSpec = ReaderSpec {
    name: "csv",
    relations: &[(
        "read_csv",
        "One row per record of a delimited text file, every column text, with its place in the file and what is wrong with it.",
    )],
    usage: "path [, header] [, 'delimiter=;, encoding=windows-1252, quote=none, header=absent']",
    schema,
    open,
};

/// The longest piece [`raw_record`] hands out: the longest record the reader itself would hold.
const RAW_LIMIT: u64 = 16 << 20;

/// Returns the text of a record as it stands in its file, given the range a reader reported.
///
/// Bytes that are not UTF-8 are shown as U+FFFD: this is for a person to look at, not for parsing again. At most 16 MiB
/// are returned.
///
/// # Errors
/// [`IngestError::Io`] when the file cannot be read, [`IngestError::Format`] when it ends before the record does, which
/// means that it is no longer the file that was imported.
pub fn raw_record(path: &Path, byte_offset: u64, byte_length: u64) -> Result<String, IngestError> {
    let mut file = File::open(path).map_err(|error| IngestError::io(path, error))?;
    file.seek(SeekFrom::Start(byte_offset)).map_err(|error| IngestError::io(path, error))?;
    let wanted = byte_length.min(RAW_LIMIT);
    let mut bytes = Vec::new();
    file.take(wanted).read_to_end(&mut bytes).map_err(|error| IngestError::io(path, error))?;
    if (bytes.len() as u64) < wanted {
        return Err(IngestError::format(
            path,
            format!("ends before byte {}; has it changed since it was imported?", byte_offset.saturating_add(wanted)),
        ));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn schema(args: &ReadArgs, _relation: usize) -> Result<SchemaRef, IngestError> {
    let options = CsvOptions::parse(args)?;
    let names = match &options.expected {
        // A mapping names its header, so that its plan does not depend on the file; `open` checks that the file agrees.
        Some(names) => names.clone(),
        None => header::read(&args.path, &options)?.names,
    };
    Ok(header::schema(&names))
}

fn open(args: &ReadArgs) -> Result<Box<dyn Reader>, IngestError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let options = CsvOptions::parse(args)?;
    Ok(Box::new(pipeline::CsvReader::open(&args.path, &options, threads)?))
}
