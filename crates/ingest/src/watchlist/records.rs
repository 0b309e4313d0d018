//! `read_xml_records`: a list in XML, one row for each element that is an entry of it.
//!
//! Lists differ in what they call things, and a mapping in SQL knows that better than a parser: so the reader says what
//! stands where, and no more. A row is an element of one of the given names, `INDIVIDUAL` say, with everything in it as three parallel
//! lists: `paths` (`INDIVIDUAL_ALIAS/ALIAS_NAME`, an attribute as `Feature/@FeatureTypeID`, the element itself as `.`),
//! `places` (the same with the number of each element among its namesakes, `INDIVIDUAL_ALIAS[2]/ALIAS_NAME[1]`, so that what belongs
//! together can be found together), and `texts`. What is empty is not there.
//!
//! It is read as a stream under the fences of [`ofac`](super::ofac): no document types and no entities but XML's own, no
//! depth and no length that no list has.

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::ofac::{Fenced, MAX_DEPTH, MAX_EVENT, broken, resolve};
use super::table::{self, BATCH_ROWS, Columns, Kind, Table};
use crate::{IngestError, ReadArgs, Reader, ReaderSpec};

mod record;

use record::Record;

/// The list entry of the format.
pub(crate) const SPEC: ReaderSpec = ReaderSpec {
    name: "xml_records",
    relations: &[("read_xml_records", "One row per element of some names of an XML file, with all that stands in it.")],
    usage: "path, 'ELEMENT,…', 'ROOT'",
    schema,
    open,
};

const COLUMNS: Columns = &[
    ("position", Kind::Whole),
    ("byte_offset", Kind::Whole),
    ("byte_length", Kind::Whole),
    ("error", Kind::Text),
    ("element", Kind::Text),
    ("paths", Kind::Texts),
    ("places", Kind::Texts),
    ("texts", Kind::Texts),
];

/// All that a row says; the longest entry of any list at hand says a hundred thousand bytes.
const MAX_RECORD: usize = 16 << 20;
/// All that the rows of a batch may say.
const MAX_BATCH: usize = 32 << 20;

fn schema(args: &ReadArgs, _relation: usize) -> Result<SchemaRef, IngestError> {
    options(args)?;
    Ok(table::schema(COLUMNS))
}

/// The names of entries, and of the document.
fn options(args: &ReadArgs) -> Result<(Vec<String>, String), IngestError> {
    let refuse = || {
        let what = "read_xml_records(path, 'ELEMENT,…', 'ROOT') needs the names of the entries' elements and of the document's";
        IngestError::Argument(what.to_owned())
    };
    let [elements, root] = args.options.as_slice() else { return Err(refuse()) };
    let elements: Vec<String> = elements.split(',').map(|name| name.trim().to_owned()).collect();
    if root.trim().is_empty() || elements.iter().any(String::is_empty) {
        return Err(refuse());
    }
    Ok((elements, root.trim().to_owned()))
}

fn open(args: &ReadArgs) -> Result<Box<dyn Reader>, IngestError> {
    let (elements, root) = options(args)?;
    let file = File::open(&args.path).map_err(|error| IngestError::io(&args.path, error))?;
    let mut inner = BufReader::with_capacity(1 << 18, file);
    // The parser would skip a byte order mark itself, but not count it.
    let marked = inner.fill_buf().map_err(|error| IngestError::io(&args.path, error))?.starts_with(b"\xef\xbb\xbf");
    let start = if marked { 3 } else { 0 };
    inner.consume(start);
    let mut xml = quick_xml::Reader::from_reader(Fenced { inner, left: MAX_EVENT });
    xml.config_mut().expand_empty_elements = true;
    Ok(Box::new(RecordReader {
        path: args.path.clone(),
        elements,
        root,
        xml,
        start: start as u64,
        buffer: Vec::new(),
        depth: 0,
        root_seen: false,
        record: None,
        position: 0,
        said: 0,
        table: Table::new(COLUMNS),
        ended: false,
    }))
}

struct RecordReader {
    path: PathBuf,
    elements: Vec<String>,
    root: String,
    xml: quick_xml::Reader<Fenced<BufReader<File>>>,
    /// Where in the file the parser's byte 0 is.
    start: u64,
    buffer: Vec<u8>,
    /// Open elements, those of the record included.
    depth: usize,
    root_seen: bool,
    record: Option<Record>,
    position: i64,
    /// What the rows of the batch say so far, in bytes.
    said: usize,
    table: Table,
    ended: bool,
}

impl Reader for RecordReader {
    fn next(&mut self) -> Result<Option<(usize, RecordBatch)>, IngestError> {
        self.said = 0;
        while !self.ended && self.table.len() < BATCH_ROWS && self.said < MAX_BATCH {
            self.step()?;
        }
        if self.table.len() == 0 {
            return Ok(None);
        }
        Ok(Some((0, self.table.finish()?)))
    }
}

impl RecordReader {
    fn step(&mut self) -> Result<(), IngestError> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        self.xml.get_mut().left = MAX_EVENT;
        let before = self.start + self.xml.buffer_position();
        let done = match self.xml.read_event_into(&mut buffer) {
            Ok(event) => self.take(event, before),
            Err(error) => {
                let at = before.max(self.start + self.xml.error_position());
                Err(broken(&self.path, at, &format!("not well-formed XML: {error}")))
            }
        };
        self.buffer = buffer;
        done?;
        if self.record.as_ref().is_some_and(|record| record.size() > MAX_RECORD) {
            return Err(broken(&self.path, before, "one entry says over 16 MiB"));
        }
        Ok(())
    }

    fn take(&mut self, event: Event<'_>, before: u64) -> Result<(), IngestError> {
        match event {
            Event::Start(tag) => self.open_element(&tag, before)?,
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                if let Some(mut record) = self.record.take() {
                    if record.close() {
                        self.position += 1;
                        let length = (self.start + self.xml.buffer_position()).saturating_sub(record.offset());
                        self.said += record.size();
                        record.write(self.position, length, &mut self.table);
                    } else {
                        self.record = Some(record);
                    }
                }
            }
            Event::Text(text) => self.add(&text.xml10_content()),
            Event::CData(text) => self.add(&text.xml10_content()),
            Event::GeneralRef(reference) => match resolve(&reference) {
                Some(letter) => self.add(letter.encode_utf8(&mut [0; 4])),
                None => {
                    let what = format!("refers to the entity '{}', which XML does not define", reference.into_inner());
                    return Err(broken(&self.path, before, &what));
                }
            },
            Event::DocType(_) => {
                return Err(broken(&self.path, before, "has a document type declaration, which is refused"));
            }
            Event::Eof => {
                if self.depth > 0 || !self.root_seen {
                    let what = if self.root_seen { "ends before its elements do" } else { "holds no XML element" };
                    return Err(broken(&self.path, before, what));
                }
                self.ended = true;
            }
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
        Ok(())
    }

    fn add(&mut self, text: &str) {
        if let Some(record) = &mut self.record {
            record.add(text);
        }
    }

    fn open_element(&mut self, tag: &BytesStart<'_>, before: u64) -> Result<(), IngestError> {
        let local = tag.local_name();
        let name = local.as_ref();
        if self.depth == 0 && name != self.root {
            let what = format!("the document is <{name}>, not the <{}> that is expected here", self.root);
            return Err(broken(&self.path, before, &what));
        }
        if self.depth >= MAX_DEPTH {
            return Err(broken(&self.path, before, &format!("elements are nested over {MAX_DEPTH} deep")));
        }
        self.root_seen = true;
        self.depth += 1;
        match &mut self.record {
            Some(record) => record.open(name),
            None if self.elements.iter().any(|element| element == name) => {
                self.record = Some(Record::new(name, before));
            }
            None => return Ok(()),
        }
        for attribute in tag.attributes() {
            let attribute =
                attribute.map_err(|error| broken(&self.path, before, &format!("not well-formed XML: {error}")))?;
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|error| broken(&self.path, before, &format!("an attribute: {error}")))?;
            if let Some(record) = &mut self.record {
                record.attribute(attribute.key.local_name().as_ref(), value.trim());
            }
        }
        Ok(())
    }
}
