//! CSV and TSV, one batch at a time.
//!
//! CSV quotes a field that holds a comma, a quote or a line end, and an empty text, so that it is not taken for NULL.
//! TSV has no quotes: a tab, a line end and a backslash inside a field are written `\t`, `\n`, `\r` and `\\`.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::cells::{Cells, prepare};
use super::{OutputOptions, Sink, written};
use crate::errors::Failure;

/// Writes delimited text.
pub(super) struct TextSink<W: Write> {
    writer: W,
    tabs: bool,
    null: String,
    buffer: String,
}

impl<W: Write> TextSink<W> {
    /// Commas and quotes.
    pub(super) fn csv(options: &OutputOptions, schema: &SchemaRef, writer: W) -> Result<Self, Failure> {
        Self::new(options, schema, writer, false)
    }

    /// Tabs and backslashes.
    pub(super) fn tsv(options: &OutputOptions, schema: &SchemaRef, writer: W) -> Result<Self, Failure> {
        Self::new(options, schema, writer, true)
    }

    fn new(options: &OutputOptions, schema: &SchemaRef, writer: W, tabs: bool) -> Result<Self, Failure> {
        let null = options.null.clone().unwrap_or_default();
        let mut sink = Self { writer, tabs, null, buffer: String::new() };
        if options.header && !schema.fields().is_empty() {
            for (index, field) in schema.fields().iter().enumerate() {
                sink.separate(index);
                sink.field(field.name());
            }
            sink.buffer.push('\n');
        }
        Ok(sink)
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.buffer.push(if self.tabs { '\t' } else { ',' });
        }
    }

    fn field(&mut self, text: &str) {
        if self.tabs {
            for c in text.chars() {
                match c {
                    '\t' => self.buffer.push_str("\\t"),
                    '\n' => self.buffer.push_str("\\n"),
                    '\r' => self.buffer.push_str("\\r"),
                    '\\' => self.buffer.push_str("\\\\"),
                    other => self.buffer.push(other),
                }
            }
        } else if text.is_empty() || text == self.null || text.contains([',', '"', '\n', '\r']) {
            self.buffer.push('"');
            self.buffer.push_str(&text.replace('"', "\"\""));
            self.buffer.push('"');
        } else {
            self.buffer.push_str(text);
        }
    }
}

impl<W: Write> Sink for TextSink<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let columns = prepare(batch);
        let cells = columns.iter().map(|column| Cells::new(column.as_ref(), false)).collect::<Result<Vec<_>, _>>()?;
        let mut value = String::new();
        for row in 0..batch.num_rows() {
            for (index, cell) in cells.iter().enumerate() {
                self.separate(index);
                if cell.is_null(row) {
                    self.buffer.push_str(&self.null);
                } else {
                    value.clear();
                    cell.push(row, &mut value);
                    self.field(&value);
                }
            }
            self.buffer.push('\n');
            if self.buffer.len() > 1 << 16 {
                written(self.writer.write_all(self.buffer.as_bytes()))?;
                self.buffer.clear();
            }
        }
        written(self.writer.write_all(self.buffer.as_bytes()))?;
        self.buffer.clear();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Failure> {
        written(self.writer.write_all(self.buffer.as_bytes()))?;
        self.buffer.clear();
        Ok(())
    }
}
