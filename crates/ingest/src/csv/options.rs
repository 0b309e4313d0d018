//! What the caller may say about a delimited file: the header it must have, and how it is written.

use encoding_rs::Encoding;

use super::record::{self, Dialect};
use crate::{IngestError, ReadArgs};

/// How bytes become text. Only encodings in which a delimiter's byte is never part of another character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextEncoding {
    /// Checked, never replaced: a record that is not UTF-8 is a bad row.
    Utf8,
    /// ISO 8859-1 proper, in which 0x80–0x9F are control characters. The web's "latin1" is windows-1252.
    Latin1,
    /// Any other single-byte encoding, by its WHATWG name.
    SingleByte(&'static Encoding),
}

/// The arguments of `read_csv`, understood.
#[derive(Debug, Clone)]
pub(super) struct CsvOptions {
    pub(super) dialect: Dialect,
    pub(super) encoding: TextEncoding,
    /// The column names the caller gave: demanded of the file, or, where it has no header line, given to it.
    pub(super) expected: Option<Vec<String>>,
    pub(super) header_absent: bool,
}

impl CsvOptions {
    pub(super) fn parse(args: &ReadArgs) -> Result<Self, IngestError> {
        let mut options = Self {
            dialect: Dialect { delimiter: b',', quote: Some(b'"') },
            encoding: TextEncoding::Utf8,
            expected: None,
            header_absent: false,
        };
        if let Some(extra) = args.options.get(2) {
            return Err(IngestError::Argument(format!(
                "read_csv takes a path, a header and options, not also '{extra}'"
            )));
        }
        for item in args.options.get(1).map(String::as_str).unwrap_or_default().split(',') {
            options.set(item)?;
        }
        if options.dialect.quote == Some(options.dialect.delimiter) {
            return Err(IngestError::Argument("delimiter and quote are the same character".to_owned()));
        }
        let header = args.options.first().map(String::as_str).unwrap_or_default();
        if !header.trim().is_empty() {
            options.expected = Some(options.split_header(header)?);
        }
        Ok(options)
    }

    /// The header is written with commas, or, pasted from the file, with the file's own delimiter.
    fn split_header(&self, header: &str) -> Result<Vec<String>, IngestError> {
        let own = self.dialect.delimiter;
        let delimiter = if header.as_bytes().contains(&own) { own } else { b',' };
        let dialect = Dialect { delimiter, quote: self.dialect.quote };
        let header = header.trim_start_matches('\u{feff}').trim();
        let mut fields = Vec::new();
        let extent = record::scan(dialect, header.as_bytes(), 0, true, &mut fields);
        match extent {
            Some(extent) if extent.fault.is_none() && extent.next == header.len() && extent.fields == fields.len() => {
                Ok(fields.iter().map(|field| field.text(dialect, header).trim().to_owned()).collect())
            }
            _ => Err(IngestError::Argument(format!("the header argument is not one line of column names: {header}"))),
        }
    }

    fn set(&mut self, item: &str) -> Result<(), IngestError> {
        // `delimiter=,` is cut in two by the comma that separates options; the empty value it leaves means the comma.
        if item.trim().is_empty() {
            return Ok(());
        }
        let Some((key, value)) = item.split_once('=') else {
            return Err(IngestError::Argument(format!("option '{}' of read_csv lacks '=value'", item.trim())));
        };
        let raw = value;
        let value = value.trim();
        match key.trim() {
            "delimiter" => {
                self.dialect.delimiter = match value {
                    "" if raw.contains('\t') => b'\t',
                    "" | "comma" => b',',
                    "semicolon" => b';',
                    "pipe" => b'|',
                    "tab" | "\\t" => b'\t',
                    other => single_byte(other, "delimiter")?,
                };
            }
            "quote" => {
                self.dialect.quote = match value {
                    "none" => None,
                    "double" => Some(b'"'),
                    "single" => Some(b'\''),
                    other => Some(single_byte(other, "quote")?),
                };
            }
            "encoding" => self.encoding = encoding(value)?,
            "header" => {
                self.header_absent = match value {
                    "absent" => true,
                    "present" => false,
                    other => {
                        return Err(IngestError::Argument(format!(
                            "header={other}: say header=present or header=absent"
                        )));
                    }
                };
            }
            other => {
                return Err(IngestError::Argument(format!(
                    "read_csv has no option '{other}'; it has delimiter, encoding, quote and header"
                )));
            }
        }
        Ok(())
    }
}

fn single_byte(value: &str, what: &str) -> Result<u8, IngestError> {
    match value.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Ok(*byte),
        _ => Err(IngestError::Argument(format!("{what}={value}: must be one ASCII character"))),
    }
}

fn encoding(label: &str) -> Result<TextEncoding, IngestError> {
    let plain = label.to_ascii_lowercase();
    if matches!(plain.as_str(), "latin1" | "latin-1" | "iso-8859-1") {
        return Ok(TextEncoding::Latin1);
    }
    match Encoding::for_label(plain.as_bytes()) {
        Some(found) if found == encoding_rs::UTF_8 => Ok(TextEncoding::Utf8),
        Some(found) if found.is_single_byte() => Ok(TextEncoding::SingleByte(found)),
        Some(found) => Err(IngestError::Argument(format!(
            "encoding={label}: {} cannot be cut at delimiters safely; convert the file to UTF-8 first",
            found.name()
        ))),
        None => Err(IngestError::Argument(format!(
            "encoding={label} is not known; say utf-8, windows-1252, latin1 or another single-byte encoding"
        ))),
    }
}
