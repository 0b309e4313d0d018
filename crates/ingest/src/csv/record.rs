//! Where one record ends and its fields lie: the only place that knows the grammar.
//!
//! Splitter and parser both call [`scan`] from the same starts and so agree by construction. The grammar is RFC 4180
//! with three allowances that real files need: `\n`, `\r\n` and bare `\r` all end a line; a quote inside an unquoted
//! field is a character like any other; and a quote that does not close is a mistake in *one* line, not a licence to
//! swallow the file.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr2_iter, memchr3};

/// A field over this many bytes is a mistake (mostly a lost line end), not a value.
pub(super) const MAX_FIELD: usize = 1 << 20;
/// A quoted record may go on for this many lines.
pub(super) const MAX_LINES: usize = 1000;
/// A record with line ends inside quotes may be this long.
const MAX_QUOTED_RECORD: usize = 4 << 20;
/// Fields beyond this are counted, not kept: the header cannot ask for them.
pub(super) const MAX_COLUMNS: usize = 4096;

/// The two characters that shape a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    pub(super) quote: Option<u8>,
}

/// A field's bytes, without the quotes around it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) start: usize,
    pub(super) end: usize,
    /// Holds doubled quotes that stand for one.
    pub(super) escaped: bool,
}

impl Field {
    /// The field's value in `text`, which must be what was scanned.
    pub(super) fn text(self, dialect: Dialect, text: &str) -> Cow<'_, str> {
        let raw = text.get(self.start..self.end).unwrap_or_default();
        match dialect.quote {
            Some(quote) if self.escaped => {
                let quote = char::from(quote);
                Cow::Owned(raw.replace(&format!("{quote}{quote}"), &quote.to_string()))
            }
            _ => Cow::Borrowed(raw),
        }
    }
}

/// What is wrong with a record's shape, and in which field, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The quote does not close soon enough, or at all: the record is cut to its first line.
    OpenQuote(usize),
    /// Something other than a delimiter or a line end follows the closing quote.
    AfterQuote(usize),
}

/// One record's place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    /// Past the last byte, without the line end.
    pub(super) end: usize,
    /// Where the next record starts.
    pub(super) next: usize,
    /// Physical lines covered.
    pub(super) lines: usize,
    /// How many fields there are, which may be more than were kept.
    pub(super) fields: usize,
    pub(super) fault: Option<Fault>,
}

/// Finds the record that starts at `at`, or `None` if its end lies beyond `bytes` and `last` does not say that they are
/// all there is. `fields` is emptied and filled with byte ranges of `bytes`.
pub(super) fn scan(dialect: Dialect, bytes: &[u8], at: usize, last: bool, fields: &mut Vec<Field>) -> Option<Extent> {
    fields.clear();
    let mut extent = Extent { end: at, next: at, lines: 1, fields: 0, fault: None };
    let mut position = at;
    loop {
        extent.fields += 1;
        let mut field = Field { start: position, end: position, escaped: false };
        let quoted = dialect.quote.filter(|quote| bytes.get(position) == Some(quote));
        if let Some(quote) = quoted {
            field.start += 1;
            match close(quote, bytes, field.start, last) {
                Quoted::Closed { end, escaped, lines } => {
                    field.end = end;
                    field.escaped = escaped;
                    extent.lines += lines;
                    position = end + 1;
                    let long = extent.lines > 1 && position - at > MAX_QUOTED_RECORD;
                    if extent.lines > MAX_LINES || long {
                        return first_line(bytes, at, last, extent.fields);
                    }
                }
                Quoted::TooLong => return first_line(bytes, at, last, extent.fields),
                Quoted::Unknown => return None,
            }
        }
        let rest = bytes.get(position..)?;
        let stop = match field_end(dialect.delimiter, rest) {
            Some(distance) => position + distance,
            None if last => bytes.len(),
            None => return None,
        };
        if quoted.is_none() {
            field.end = stop;
        } else if stop > position && extent.fault.is_none() {
            extent.fault = Some(Fault::AfterQuote(extent.fields));
        }
        if fields.len() < MAX_COLUMNS {
            fields.push(field);
        }
        if bytes.get(stop) == Some(&dialect.delimiter) {
            position = stop + 1;
            continue;
        }
        extent.end = stop;
        extent.next = line_end(bytes, stop, last)?;
        return Some(extent);
    }
}

/// Where the field that starts `rest` ends, at a delimiter or a line end.
///
/// Fields have some eight bytes, less than a call of `memchr3` is worth: so the first sixteen bytes are looked at eight
/// at a time in a register. In `spread(b) ^ word` a byte is zero where `b` stands, and `(x - 0x01…) & !x & 0x80…` marks
/// the lowest zero byte of `x` exactly (marks above it may be false, and are not looked at).
#[inline]
fn field_end(delimiter: u8, rest: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut skipped = 0;
    for _ in 0..2 {
        let Some(word) = rest.get(skipped..).and_then(|tail| tail.first_chunk::<8>()) else { break };
        let word = u64::from_le_bytes(*word);
        let marks = zeros(word ^ (ONES * u64::from(delimiter)))
            | zeros(word ^ (ONES * u64::from(b'\n')))
            | zeros(word ^ (ONES * u64::from(b'\r')));
        if marks != 0 {
            return Some(skipped + (marks.trailing_zeros() / 8) as usize);
        }
        skipped += 8;
    }
    memchr3(delimiter, b'\n', b'\r', rest.get(skipped..)?).map(|distance| skipped + distance)
}

/// Where the line after the line end at `stop` begins, or `None` if a `\r` may be the first half of `\r\n`.
fn line_end(bytes: &[u8], stop: usize, last: bool) -> Option<usize> {
    match (bytes.get(stop), bytes.get(stop + 1)) {
        (None, _) => Some(stop),
        (Some(b'\r'), Some(b'\n')) => Some(stop + 2),
        (Some(b'\r'), None) if !last => None,
        _ => Some(stop + 1),
    }
}

enum Quoted {
    Closed { end: usize, escaped: bool, lines: usize },
    TooLong,
    Unknown,
}

/// Finds the quote that closes a field whose text starts at `start`.
fn close(quote: u8, bytes: &[u8], start: usize, last: bool) -> Quoted {
    let horizon = bytes.len().min(start + MAX_FIELD + 1);
    let mut escaped = false;
    let mut cursor = start;
    loop {
        let Some(distance) = bytes.get(cursor..horizon).and_then(|window| memchr(quote, window)) else {
            let seen = bytes.get(start..horizon).unwrap_or_default();
            let decided = last || horizon - start > MAX_FIELD || line_ends(seen) > MAX_LINES;
            return if decided { Quoted::TooLong } else { Quoted::Unknown };
        };
        let at = cursor + distance;
        match bytes.get(at + 1) {
            None if !last => return Quoted::Unknown,
            Some(&next) if next == quote => {
                escaped = true;
                cursor = at + 2;
            }
            _ => {
                let lines = line_ends(bytes.get(start..at).unwrap_or_default());
                return if lines > MAX_LINES { Quoted::TooLong } else { Quoted::Closed { end: at, escaped, lines } };
            }
        }
    }
}

/// Line ends in a text, `\r\n` being one.
fn line_ends(text: &[u8]) -> usize {
    memchr2_iter(b'\n', b'\r', text).filter(|&at| text[at] == b'\n' || text.get(at + 1) != Some(&b'\n')).count()
}

/// The record whose quote does not close: its first line alone, so that the next line is read afresh.
fn first_line(bytes: &[u8], at: usize, last: bool, field: usize) -> Option<Extent> {
    let end = match memchr2(b'\n', b'\r', bytes.get(at..)?) {
        Some(distance) => at + distance,
        None if last => bytes.len(),
        None => return None,
    };
    let next = line_end(bytes, end, last)?;
    Some(Extent { end, next, lines: 1, fields: field, fault: Some(Fault::OpenQuote(field)) })
}
