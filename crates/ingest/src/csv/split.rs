//! Cuts a file into blocks that begin and end between records.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use memchr::{memchr, memchr2, memrchr2};

use super::record::{self, Dialect, Field};

/// How much is read at a time.
pub(super) const BLOCK: usize = 4 << 20;
/// A line beyond this is skipped rather than held.
const MAX_LINE: usize = 16 << 20;

/// Whole records, or the place of one line too long to hold.
pub(super) struct Block {
    pub(super) bytes: Vec<u8>,
    /// Where it starts in the file.
    pub(super) offset: u64,
    /// The length, without its end, of a line over 16 MiB; `bytes` is empty then.
    pub(super) overlong: Option<u64>,
}

/// Reads a file once, front to back.
pub(super) struct Splitter {
    file: File,
    dialect: Dialect,
    block: usize,
    /// Read but not yet handed out, starting at `offset`.
    carry: Vec<u8>,
    offset: u64,
    ended: bool,
    fields: Vec<Field>,
}

impl Splitter {
    pub(super) fn open(path: &Path, dialect: Dialect, offset: u64, block: usize) -> std::io::Result<Self> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(Self { file, dialect, block, carry: Vec::new(), offset, ended: false, fields: Vec::new() })
    }

    /// The next block, made in `spare`'s memory, or `None` at the end of the file.
    pub(super) fn next(&mut self, mut spare: Vec<u8>) -> std::io::Result<Option<Block>> {
        spare.clear();
        std::mem::swap(&mut spare, &mut self.carry);
        let mut bytes = spare;
        loop {
            self.read(&mut bytes)?;
            if bytes.is_empty() {
                return Ok(None);
            }
            let cut = self.cut(&bytes);
            if cut > 0 {
                let offset = self.offset;
                self.offset += cut as u64;
                self.carry.clear();
                self.carry.extend_from_slice(bytes.get(cut..).unwrap_or_default());
                bytes.truncate(cut);
                return Ok(Some(Block { bytes, offset, overlong: None }));
            }
            if bytes.len() > MAX_LINE {
                return self.skip_line(bytes).map(Some);
            }
        }
    }

    fn read(&mut self, bytes: &mut Vec<u8>) -> std::io::Result<()> {
        if self.ended {
            return Ok(());
        }
        bytes.reserve(self.block);
        let read = (&mut self.file).take(self.block as u64).read_to_end(bytes)?;
        self.ended = read < self.block;
        Ok(())
    }

    /// How many of the bytes are whole records; 0 if the first is not known to end.
    fn cut(&mut self, bytes: &[u8]) -> usize {
        if self.ended {
            return bytes.len();
        }
        let quoted = self.dialect.quote.is_some_and(|quote| memchr(quote, bytes).is_some());
        if !quoted {
            // A final '\r' may be half of a line end that the next read completes.
            let known = if bytes.last() == Some(&b'\r') { &bytes[..bytes.len() - 1] } else { bytes };
            return memrchr2(b'\n', b'\r', known).map_or(0, |at| at + 1);
        }
        let mut at = 0;
        while let Some(extent) = record::scan(self.dialect, bytes, at, false, &mut self.fields) {
            at = extent.next;
        }
        at
    }

    /// Reads past a line that is too long, keeping what follows it.
    fn skip_line(&mut self, mut bytes: Vec<u8>) -> std::io::Result<Block> {
        let start = self.offset;
        let mut length = 0_u64;
        loop {
            if let Some(end) = memchr2(b'\n', b'\r', &bytes) {
                length += end as u64;
                if end + 1 == bytes.len() {
                    self.read(&mut bytes)?;
                }
                let pair = bytes.get(end..end + 2) == Some(b"\r\n");
                let width = if pair { 2 } else { 1 };
                self.offset = start + length + width;
                self.carry = bytes.split_off(end + width as usize);
                return Ok(Block { bytes: Vec::new(), offset: start, overlong: Some(length) });
            }
            length += bytes.len() as u64;
            bytes.clear();
            self.read(&mut bytes)?;
            if bytes.is_empty() {
                self.offset = start + length;
                return Ok(Block { bytes, offset: start, overlong: Some(length) });
            }
        }
    }
}
