//! `read_ofac_sdn`: OFAC's list of Specially Designated Nationals in its standard XML, `sdn.xml`.
//!
//! Read as a stream, one entry at a time. Nothing in the file may define anything: a document type, and with it every
//! entity but XML's own five, is refused, and so are depth and length that no list has. Digital currency addresses stand
//! among an entry's ids, of kind `Digital Currency Address - XBT` and the like.
//!
//! The CSV flavour (`sdn.csv`) needs no reader of its own: `read_csv` with `header=absent` takes it whole.

mod entry;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use quick_xml::events::{BytesRef, Event};

use super::table::{self, BATCH_ROWS, Table};
use crate::{IngestError, ReadArgs, Reader, ReaderSpec};
use entry::{COLUMNS, Entry};

/// The list entry of the format.
pub(crate) const SPEC: ReaderSpec = ReaderSpec {
    name: "ofac_sdn",
    relations: &[("read_ofac_sdn", "One row per entry of OFAC's sdn.xml, with its names, programmes and ids.")],
    usage: "path",
    schema,
    open,
};

/// The list is five deep.
pub(super) const MAX_DEPTH: usize = 32;
/// A tag or a text; the longest remarks have a few thousand characters.
pub(super) const MAX_EVENT: usize = 1 << 20;
/// All text of one entry.
const MAX_ENTRY: usize = 4 << 20;

fn schema(_args: &ReadArgs, _relation: usize) -> Result<SchemaRef, IngestError> {
    Ok(table::schema(COLUMNS))
}

fn open(args: &ReadArgs) -> Result<Box<dyn Reader>, IngestError> {
    let file = File::open(&args.path).map_err(|error| IngestError::io(&args.path, error))?;
    let mut inner = BufReader::with_capacity(1 << 18, file);
    // The parser would skip a byte order mark itself, but not count it.
    let marked = inner.fill_buf().map_err(|error| IngestError::io(&args.path, error))?.starts_with(b"\xef\xbb\xbf");
    let start = if marked { 3 } else { 0 };
    inner.consume(start);
    let mut xml = quick_xml::Reader::from_reader(Fenced { inner, left: MAX_EVENT });
    // `<sdnEntry/>` is an entry too, if an empty one.
    xml.config_mut().expand_empty_elements = true;
    Ok(Box::new(OfacReader {
        path: args.path.clone(),
        xml,
        start: start as u64,
        buffer: Vec::new(),
        stack: Vec::new(),
        root_seen: false,
        entry: None,
        position: 0,
        table: Table::new(COLUMNS),
        ended: false,
    }))
}

/// Input that ends in an error when one event asks for too much, so that a tag without an end cannot fill the memory.
pub(super) struct Fenced<R> {
    pub(super) inner: R,
    /// Bytes the event at hand may still take.
    pub(super) left: usize,
}

impl<R: BufRead> Read for Fenced<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let taken = available.read(out)?;
        self.consume(taken);
        Ok(taken)
    }
}

impl<R: BufRead> BufRead for Fenced<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a tag or text is over 1 MiB long"));
        }
        let left = self.left;
        let available = self.inner.fill_buf()?;
        Ok(available.get(..left).unwrap_or(available))
    }

    fn consume(&mut self, amount: usize) {
        self.left = self.left.saturating_sub(amount);
        self.inner.consume(amount);
    }
}

struct OfacReader {
    path: PathBuf,
    xml: quick_xml::Reader<Fenced<BufReader<File>>>,
    /// Where in the file the parser's byte 0 is.
    start: u64,
    buffer: Vec<u8>,
    /// The open elements, by local name.
    stack: Vec<String>,
    root_seen: bool,
    entry: Option<Entry>,
    position: i64,
    table: Table,
    ended: bool,
}

impl Reader for OfacReader {
    fn next(&mut self) -> Result<Option<(usize, RecordBatch)>, IngestError> {
        while !self.ended && self.table.len() < BATCH_ROWS {
            self.step()?;
        }
        if self.table.len() == 0 {
            return Ok(None);
        }
        Ok(Some((0, self.table.finish()?)))
    }
}

impl OfacReader {
    fn step(&mut self) -> Result<(), IngestError> {
        self.buffer.clear();
        self.xml.get_mut().left = MAX_EVENT;
        let before = self.start + self.xml.buffer_position();
        let event = match self.xml.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => {
                let at = before.max(self.start + self.xml.error_position());
                return Err(broken(&self.path, at, &format!("not well-formed XML: {error}")));
            }
        };
        match event {
            Event::Start(tag) => {
                if self.stack.is_empty() && tag.local_name().as_ref() != "sdnList" {
                    let name = tag.local_name().as_ref().to_owned();
                    let what =
                        format!("the document is <{name}>, not OFAC's <sdnList>; sdn_advanced.xml is another format");
                    return Err(broken(&self.path, before, &what));
                }
                if self.stack.len() >= MAX_DEPTH {
                    return Err(broken(&self.path, before, &format!("elements are nested over {MAX_DEPTH} deep")));
                }
                self.root_seen = true;
                self.stack.push(tag.local_name().as_ref().to_owned());
                if self.stack.len() == 2 && self.stack.last().is_some_and(|name| name == "sdnEntry") {
                    self.entry = Some(Entry::new(before));
                } else if let Some(entry) = &mut self.entry {
                    entry.open(self.stack.get(2..).unwrap_or_default());
                }
            }
            Event::End(_) => {
                if let Some(entry) = &mut self.entry
                    && self.stack.len() > 2
                {
                    entry.close(self.stack.get(2..).unwrap_or_default());
                }
                self.stack.pop();
                if self.stack.len() == 1
                    && let Some(entry) = self.entry.take()
                {
                    self.position += 1;
                    let length = (self.start + self.xml.buffer_position()).saturating_sub(entry.offset);
                    entry.write(self.position, length, &mut self.table);
                }
            }
            Event::Text(text) => add(&mut self.entry, &text.xml10_content()),
            Event::CData(text) => add(&mut self.entry, &text.xml10_content()),
            Event::GeneralRef(reference) => match resolve(&reference) {
                Some(letter) => add(&mut self.entry, letter.encode_utf8(&mut [0; 4])),
                None => {
                    let what = format!("refers to the entity '{}', which XML does not define", reference.into_inner());
                    return Err(broken(&self.path, before, &what));
                }
            },
            Event::DocType(_) => {
                return Err(broken(&self.path, before, "has a document type declaration, which is refused"));
            }
            Event::Eof => {
                if !self.stack.is_empty() || !self.root_seen {
                    let what = if self.root_seen { "ends before its elements do" } else { "holds no XML element" };
                    return Err(broken(&self.path, before, what));
                }
                self.ended = true;
            }
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
        if self.entry.as_ref().is_some_and(|entry| entry.size > MAX_ENTRY) {
            return Err(broken(&self.path, before, "one entry holds over 4 MiB of text"));
        }
        Ok(())
    }
}

fn add(entry: &mut Option<Entry>, text: &str) {
    if let Some(entry) = entry {
        entry.add(text);
    }
}

/// A character reference, or one of the five entities every XML document has.
pub(super) fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    match reference.xml10_content().as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => reference.resolve_char_ref().ok().flatten(),
    }
}

pub(super) fn broken(path: &Path, at: u64, what: &str) -> IngestError {
    IngestError::format(path, format!("at byte {at}: {what}"))
}
