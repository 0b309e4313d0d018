//! A block of whole records becomes columns: the work that runs on every core.

use std::sync::Arc;

use arrow::array::builder::NullBufferBuilder;
use arrow::array::{ArrayRef, Int64Array, StringArray, StringBuilder};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use memchr::memchr;

use super::options::TextEncoding;
use super::record::{self, Dialect, Extent, Fault, Field, MAX_FIELD, MAX_LINES};
use super::split::Block;

/// Rows in a batch, unless the block ends first.
pub(super) const BATCH_ROWS: usize = 65_536;

/// What a parser must know; the same for every block of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) dialect: Dialect,
    pub(super) encoding: TextEncoding,
    pub(super) columns: usize,
}

/// A batch that lacks only what came before its block.
pub(super) struct Batch {
    lines: Vec<i64>,
    /// From `byte_offset` on.
    columns: Vec<ArrayRef>,
}

impl Batch {
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Finishes the batch: `position` and `line` are how many rows and lines came before it and before its block.
    pub(super) fn place(mut self, schema: &SchemaRef, position: i64, line: i64) -> Result<RecordBatch, ArrowError> {
        let count = self.len() as i64;
        for own in &mut self.lines {
            *own += line;
        }
        let mut arrays: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(position + 1..=position + count)),
            Arc::new(Int64Array::from(self.lines)),
        ];
        arrays.append(&mut self.columns);
        RecordBatch::try_new(Arc::clone(schema), arrays)
    }
}

/// A parsed block. Positions and lines count from the block's start; whoever delivers it adds what came before.
pub(super) struct Parsed {
    pub(super) batches: Vec<Batch>,
    pub(super) lines: i64,
    /// The block's memory, to be used again.
    pub(super) buffer: Vec<u8>,
}

/// One batch in the making.
struct Rows {
    lines: Vec<i64>,
    offsets: Vec<i64>,
    lengths: Vec<i64>,
    errors: StringBuilder,
    columns: Vec<Column>,
}

impl Rows {
    fn new(plan: &Plan, block: usize) -> Self {
        let share = block / plan.columns.max(1);
        let column =
            || Column { offsets: vec![0], values: Vec::with_capacity(share), nulls: NullBufferBuilder::new(0) };
        Self {
            lines: Vec::new(),
            offsets: Vec::new(),
            lengths: Vec::new(),
            errors: StringBuilder::new(),
            columns: (0..plan.columns).map(|_| column()).collect(),
        }
    }

    fn len(&self) -> usize {
        self.lines.len()
    }

    /// Makes arrays of what was gathered. Arrow checks here once more that the text is UTF-8, so it is done by the
    /// parser, not by whoever collects.
    fn finish(mut self) -> Result<Batch, ArrowError> {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(self.offsets)),
            Arc::new(Int64Array::from(self.lengths)),
            Arc::new(self.errors.finish()),
        ];
        for column in self.columns {
            columns.push(Arc::new(column.finish()?));
        }
        Ok(Batch { lines: self.lines, columns })
    }

    fn place(&mut self, line: i64, offset: i64, length: i64) {
        self.lines.push(line);
        self.offsets.push(offset);
        self.lengths.push(length);
    }

    fn refuse(&mut self, error: &str) {
        self.errors.append_value(error);
        for column in &mut self.columns {
            column.null();
        }
    }
}

/// A text column being filled without a `String` per value.
struct Column {
    offsets: Vec<i32>,
    values: Vec<u8>,
    nulls: NullBufferBuilder,
}

impl Column {
    /// An empty field is unknown, not an empty text: the sources do not tell the two apart.
    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return self.null();
        }
        self.values.extend_from_slice(bytes);
        self.end_value();
    }

    /// As `push`, for a value that lies in a block: most are short, and sixteen bytes copied and cut back cost less than
    /// a copy of just so many.
    #[inline]
    fn push_from(&mut self, block: &[u8], start: usize, end: usize) {
        let length = end - start;
        match block.get(start..).and_then(|tail| tail.first_chunk::<16>()) {
            Some(chunk) if (1..=16).contains(&length) => {
                let filled = self.values.len() + length;
                self.values.extend_from_slice(chunk);
                self.values.truncate(filled);
                self.end_value();
            }
            _ => self.push(block.get(start..end).unwrap_or_default()),
        }
    }

    #[inline]
    fn end_value(&mut self) {
        self.offsets.push(self.values.len() as i32);
        self.nulls.append_non_null();
    }

    #[inline]
    fn null(&mut self) {
        self.offsets.push(self.values.len() as i32);
        self.nulls.append_null();
    }

    fn finish(mut self) -> Result<StringArray, ArrowError> {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        StringArray::try_new(offsets, Buffer::from_vec(self.values), self.nulls.finish())
    }
}

/// Parses one block.
pub(super) fn parse(plan: &Plan, block: Block) -> Result<Parsed, ArrowError> {
    let mut parsed = Parsed { batches: Vec::new(), lines: 0, buffer: Vec::new() };
    if let Some(length) = block.overlong {
        let mut rows = Rows::new(plan, 0);
        rows.place(1, block.offset as i64, length as i64);
        rows.refuse(&format!("the line is {length} bytes long, over the limit of 16 MiB"));
        parsed.batches.push(rows.finish()?);
        parsed.lines = 1;
        return Ok(parsed);
    }
    let bytes = block.bytes.as_slice();
    // One look at the whole block spares a look at every record: nearly all blocks have no quote, no NUL, no bad byte.
    let mut dialect = plan.dialect;
    dialect.quote = dialect.quote.filter(|quote| memchr(*quote, bytes).is_some());
    let suspect = memchr(0, bytes).is_some()
        || (plan.encoding == TextEncoding::Utf8 && std::str::from_utf8(bytes).is_err())
        || (plan.encoding != TextEncoding::Utf8 && !bytes.is_ascii());
    let mut line = 1_i64;
    let mut at = 0;
    let mut fields: Vec<Field> = Vec::with_capacity(plan.columns + 1);
    let mut scratch = Vec::new();
    let mut rows = Rows::new(plan, bytes.len());
    while at < bytes.len() {
        let Some(extent) = record::scan(dialect, bytes, at, true, &mut fields) else { break };
        if extent.end > at {
            if rows.len() == BATCH_ROWS {
                let full = std::mem::replace(&mut rows, Rows::new(plan, bytes.len() - at));
                parsed.batches.push(full.finish()?);
            }
            rows.place(line, block.offset as i64 + at as i64, (extent.end - at) as i64);
            let record = bytes.get(at..extent.end).unwrap_or_default();
            match fault(plan, record, at, &extent, &fields, suspect) {
                Some(error) => rows.refuse(&error),
                None => fill(plan, dialect, bytes, &fields, suspect, &mut scratch, &mut rows),
            }
        }
        line += extent.lines as i64;
        at = extent.next;
    }
    if rows.len() > 0 {
        parsed.batches.push(rows.finish()?);
    }
    parsed.lines = line - 1;
    parsed.buffer = block.bytes;
    Ok(parsed)
}

/// Says what is wrong with a record, if anything is.
fn fault(plan: &Plan, record: &[u8], at: usize, extent: &Extent, fields: &[Field], suspect: bool) -> Option<String> {
    match extent.fault {
        Some(Fault::OpenQuote(field)) => {
            return Some(format!(
                "unterminated quote in field {field}: it does not close within {MAX_LINES} lines and 1 MiB, so this line is set aside"
            ));
        }
        Some(Fault::AfterQuote(field)) => return Some(format!("text after the closing quote of field {field}")),
        None => {}
    }
    if record.first() == Some(&0x1a) && record.iter().skip(1).all(|byte| *byte == plan.dialect.delimiter) {
        return Some("an end-of-file mark (0x1A) instead of a record".to_owned());
    }
    if suspect {
        if let Some(byte) = memchr(0, record) {
            return Some(format!("a NUL byte at byte {} of the record", byte + 1));
        }
        if plan.encoding == TextEncoding::Utf8
            && let Err(error) = std::str::from_utf8(record)
        {
            let byte = error.valid_up_to();
            let value = record.get(byte).copied().unwrap_or_default();
            return Some(format!(
                "byte {} of the record (0x{value:02X}) is not valid UTF-8; if the file is in another encoding say encoding=windows-1252",
                byte + 1
            ));
        }
    }
    if extent.fields != plan.columns {
        let plural = if extent.fields == 1 { "field" } else { "fields" };
        return Some(format!("{} {plural} where {} are expected", extent.fields, plan.columns));
    }
    // A record that is short enough cannot hold a long field, and nearly all are.
    if record.len() > MAX_FIELD {
        let long = fields.iter().enumerate().find(|(_, field)| field.end - field.start > MAX_FIELD);
        if let Some((index, field)) = long {
            let length = field.end - field.start;
            return Some(format!("field {} is {length} bytes long, over the limit of 1 MiB", index + 1));
        }
    }
    if suspect && let TextEncoding::SingleByte(encoding) = plan.encoding {
        for (index, field) in fields.iter().enumerate() {
            let value = record.get(field.start - at..field.end - at).unwrap_or_default();
            if encoding.decode_without_bom_handling_and_without_replacement(value).is_none() {
                return Some(format!("field {} has a byte that {} does not know", index + 1, encoding.name()));
            }
        }
    }
    None
}

#[inline]
fn fill(
    plan: &Plan,
    dialect: Dialect,
    bytes: &[u8],
    fields: &[Field],
    suspect: bool,
    scratch: &mut Vec<u8>,
    rows: &mut Rows,
) {
    rows.errors.append_null();
    if plan.encoding == TextEncoding::Utf8 || !suspect {
        for (field, column) in fields.iter().zip(&mut rows.columns) {
            match dialect.quote {
                Some(quote) if field.escaped => {
                    unescape(quote, bytes.get(field.start..field.end).unwrap_or_default(), scratch);
                    column.push(scratch);
                }
                _ => column.push_from(bytes, field.start, field.end),
            }
        }
        return;
    }
    for (field, column) in fields.iter().zip(&mut rows.columns) {
        let mut value = bytes.get(field.start..field.end).unwrap_or_default();
        if field.escaped
            && let Some(quote) = dialect.quote
        {
            unescape(quote, value, scratch);
            value = scratch.as_slice();
        }
        match plan.encoding {
            TextEncoding::Latin1 => column.push(encoding_rs::mem::decode_latin1(value).as_bytes()),
            TextEncoding::SingleByte(encoding) => {
                column.push(encoding.decode_without_bom_handling(value).0.as_bytes());
            }
            TextEncoding::Utf8 => column.push(value),
        }
    }
}

/// Doubled quotes become one.
fn unescape(quote: u8, value: &[u8], scratch: &mut Vec<u8>) {
    scratch.clear();
    let mut rest = value;
    while let Some(at) = memchr(quote, rest) {
        scratch.extend_from_slice(rest.get(..=at).unwrap_or_default());
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    scratch.extend_from_slice(rest);
}
