//! The first line: is this text at all, and is it the text that was expected?
//!
//! A wrong file should be refused here, with a remedy, rather than become a million bad rows.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field as ArrowField, Schema, SchemaRef};
use memchr::memchr2;

use super::options::{CsvOptions, TextEncoding};
use super::record::{self, Dialect, MAX_COLUMNS};
use crate::IngestError;

/// A header line must lie within this.
const MAX_HEADER: u64 = 1 << 20;
/// This much of the file is looked at to see what it is.
const SNIFFED: usize = 4096;
/// The columns every row has before its own.
const PLACE: [(&str, DataType, bool); 5] = [
    ("position", DataType::Int64, false),
    ("line", DataType::Int64, false),
    ("byte_offset", DataType::Int64, false),
    ("byte_length", DataType::Int64, false),
    ("error", DataType::Utf8, true),
];

/// What the head of a file says.
pub(super) struct Header {
    /// As the source writes them.
    pub(super) names: Vec<String>,
    /// Where the first record starts, and on which physical line.
    pub(super) body: u64,
    pub(super) line: i64,
}

/// The output schema for columns of these names.
pub(super) fn schema(names: &[String]) -> SchemaRef {
    let mut taken: BTreeSet<String> = PLACE.iter().map(|(name, ..)| (*name).to_owned()).collect();
    let mut fields: Vec<ArrowField> =
        PLACE.iter().map(|(name, kind, nullable)| ArrowField::new(*name, kind.clone(), *nullable)).collect();
    for (index, name) in names.iter().enumerate() {
        let mut base = snake(name);
        if base.is_empty() {
            base = format!("column_{}", index + 1);
        }
        let mut unique = base.clone();
        let mut copy = 2_usize;
        while !taken.insert(unique.clone()) {
            unique = format!("{base}_{copy}");
            copy += 1;
        }
        fields.push(ArrowField::new(unique, DataType::Utf8, true));
    }
    Arc::new(Schema::new(fields))
}

/// `From Bank` and `fromBank` are both `from_bank`, `USDAmount` is `usd_amount`.
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut result = String::with_capacity(name.len() + 4);
    for (index, &letter) in letters.iter().enumerate() {
        if !letter.is_alphanumeric() {
            if !result.is_empty() && !result.ends_with('_') {
                result.push('_');
            }
            continue;
        }
        let before = index.checked_sub(1).and_then(|previous| letters.get(previous)).copied().unwrap_or('_');
        let after = letters.get(index + 1).copied().unwrap_or('_');
        let starts_word =
            letter.is_uppercase() && before.is_alphanumeric() && (!before.is_uppercase() || after.is_lowercase());
        if starts_word && !result.ends_with('_') {
            result.push('_');
        }
        result.extend(letter.to_lowercase());
    }
    result.trim_end_matches('_').to_owned()
}

/// Reads the head of a file and checks it against what the caller expects.
pub(super) fn read(path: &Path, options: &CsvOptions) -> Result<Header, IngestError> {
    let file = File::open(path).map_err(|error| IngestError::io(path, error))?;
    let mut bytes = Vec::new();
    file.take(MAX_HEADER).read_to_end(&mut bytes).map_err(|error| IngestError::io(path, error))?;
    let whole = (bytes.len() as u64) < MAX_HEADER;
    if bytes.is_empty() {
        return Err(IngestError::format(path, "is empty (zero bytes)"));
    }
    if let Some(seems) = not_text(&bytes) {
        return Err(IngestError::format(path, seems));
    }
    let mut start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let body_without_header = start;
    let mut line = 1;
    let mut fields = Vec::new();
    let extent = loop {
        if start >= bytes.len() && whole {
            return Err(IngestError::format(path, "has no line of text in it"));
        }
        let Some(extent) = record::scan(options.dialect, &bytes, start, whole, &mut fields) else {
            return Err(IngestError::format(path, "the first line is over 1 MiB long; is this a delimited text file?"));
        };
        if extent.end > start {
            break extent;
        }
        start = extent.next;
        line += 1;
    };
    let first_line = bytes.get(start..extent.end).unwrap_or_default();
    if options.header_absent {
        let names = match &options.expected {
            Some(names) => names.clone(),
            None => vec![String::new(); extent.fields],
        };
        too_many(path, names.len())?;
        return Ok(Header { names, body: body_without_header as u64, line: 1 });
    }
    too_many(path, extent.fields)?;
    if extent.fault.is_some() {
        return Err(IngestError::format(
            path,
            format!("the header has a quote out of place; the first line is: {}", shown(first_line)),
        ));
    }
    let text = decode(options.encoding, &bytes, start, extent.end).map_err(|what| IngestError::format(path, what))?;
    let mut names = Vec::with_capacity(fields.len());
    record::scan(options.dialect, text.as_bytes(), 0, true, &mut fields);
    for field in &fields {
        names.push(field.text(options.dialect, &text).trim().to_owned());
    }
    if let Some(expected) = &options.expected
        && *expected != names
    {
        return Err(IngestError::format(path, disagreement(expected, &names, options.dialect, &text)));
    }
    Ok(Header { names, body: extent.next as u64, line: line + extent.lines as i64 })
}

fn too_many(path: &Path, columns: usize) -> Result<(), IngestError> {
    if columns > MAX_COLUMNS {
        return Err(IngestError::format(path, format!("has {columns} columns, more than the {MAX_COLUMNS} allowed")));
    }
    Ok(())
}

fn decode(encoding: TextEncoding, bytes: &[u8], start: usize, end: usize) -> Result<String, String> {
    let bytes = bytes.get(start..end).unwrap_or_default();
    match encoding {
        TextEncoding::Utf8 => String::from_utf8(bytes.to_vec()).map_err(|error| {
            format!(
                "byte {} of the header is not valid UTF-8; if the file is in another encoding say encoding=windows-1252; the first line is: {}",
                error.utf8_error().valid_up_to() + 1,
                shown(bytes)
            )
        }),
        TextEncoding::Latin1 => Ok(encoding_rs::mem::decode_latin1(bytes).into_owned()),
        TextEncoding::SingleByte(encoding) => Ok(encoding.decode_without_bom_handling(bytes).0.into_owned()),
    }
}

/// Names what a file seems to be, if that is not text.
fn not_text(bytes: &[u8]) -> Option<String> {
    const MAGIC: [(&[u8], &str); 10] = [
        (b"\x1f\x8b", "a gzip archive: unpack it first"),
        (b"PK\x03\x04", "a zip archive or an .xlsx workbook: unpack it, or export the sheet as CSV"),
        (b"PAR1", "a Parquet file: read it with read_parquet"),
        (b"%PDF-", "a PDF document"),
        (b"\x28\xb5\x2f\xfd", "a zstd archive: unpack it first"),
        (b"BZh", "a bzip2 archive: unpack it first"),
        (b"\xfd7zXZ\x00", "an xz archive: unpack it first"),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
        (b"SQLite format 3\x00", "a SQLite database"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file: export it as CSV"),
    ];
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        let remedy = "convert it first: iconv -f UTF-16 -t UTF-8 in.csv > out.csv";
        return Some(format!("is UTF-16 text, which is not read; {remedy}"));
    }
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(format!("is not text; it seems to be {name}"));
    }
    let head = bytes.get(..SNIFFED).unwrap_or(bytes);
    let first_line = memchr2(b'\n', b'\r', head).unwrap_or(head.len());
    let zeros = head.iter().filter(|byte| **byte == 0).count();
    // One stray NUL further down is a bad row, not a binary file.
    if head.iter().take(first_line).any(|byte| *byte == 0) || zeros * 100 > head.len() {
        return Some(
            "is not text: it has NUL bytes near its start; it seems to be binary, or UTF-16 without a byte order mark"
                .to_owned(),
        );
    }
    None
}

fn disagreement(expected: &[String], found: &[String], dialect: Dialect, line: &str) -> String {
    let missing: Vec<&String> = expected.iter().filter(|name| !found.contains(name)).collect();
    let unexpected: Vec<&String> = found.iter().filter(|name| !expected.contains(name)).collect();
    let mut parts = Vec::new();
    for name in &missing {
        let near = unexpected.iter().filter_map(|other| Some((distance(name, other)?, *other))).min();
        parts.push(match near {
            Some((_, other)) => format!("missing '{name}' (nearest: '{other}')"),
            None => format!("missing '{name}'"),
        });
    }
    for name in &unexpected {
        parts.push(format!("unexpected '{name}'"));
    }
    if parts.is_empty() {
        parts.push("the same names in another order or number".to_owned());
    }
    if found.len() == 1 && expected.len() > 1 {
        let other = [b';', b'\t', b'|', b','].into_iter().find(|byte| line.as_bytes().contains(byte));
        if let Some(other) = other.filter(|other| *other != dialect.delimiter) {
            let name = if other == b'\t' { "tab".to_owned() } else { char::from(other).to_string() };
            parts.push(format!("perhaps delimiter={name}"));
        }
    }
    format!("the header is not the expected one: {}; the first line is: {}", parts.join(", "), shown(line.as_bytes()))
}

/// How far apart two names are, or nothing if they have little in common. Long names are not worth the square.
fn distance(left: &str, right: &str) -> Option<usize> {
    let left: Vec<char> = left.to_lowercase().chars().take(64).collect();
    let right: Vec<char> = right.to_lowercase().chars().take(64).collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, a) in left.iter().enumerate() {
        let mut diagonal = above;
        let mut before = above + 1;
        for (b, cell) in right.iter().zip(row.iter_mut().skip(1)) {
            let cost = (diagonal + usize::from(a != b)).min(before + 1).min(*cell + 1);
            diagonal = *cell;
            *cell = cost;
            before = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = above + 1;
        }
    }
    row.last().copied().filter(|edits| *edits * 2 <= left.len().max(right.len()))
}

fn shown(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line.get(..400).unwrap_or(line)).into_owned();
    if line.len() > 400 { format!("{text}…") } else { text }
}
