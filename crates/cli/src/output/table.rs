//! Tables for people: boxes on a screen or in a pipe, Markdown for a page, and one line a column with `\x`.
//!
//! The width of a column is known when its last row is, so the rows that are shown are held; the others are counted.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, SchemaRef};
use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table};

use super::cells::{Cells, harmless, prepare};
use super::{OutputOptions, Sink, written};
use crate::errors::Failure;

/// Holds the rows of a table.
pub(super) struct TableSink<W: Write> {
    writer: W,
    options: OutputOptions,
    schema: SchemaRef,
    markdown: bool,
    rows: Vec<Vec<String>>,
    left_out: usize,
}

impl<W: Write> TableSink<W> {
    /// Boxes.
    pub(super) fn new(options: &OutputOptions, schema: SchemaRef, writer: W) -> Self {
        Self { writer, options: options.clone(), schema, markdown: false, rows: Vec::new(), left_out: 0 }
    }

    /// Markdown.
    pub(super) fn markdown(options: &OutputOptions, schema: SchemaRef, writer: W) -> Self {
        Self { markdown: true, ..Self::new(options, schema, writer) }
    }

    fn boxes(&self) -> String {
        let mut table = Table::new();
        if self.markdown {
            table.load_style(comfy_table::presets::ASCII_MARKDOWN);
        } else {
            table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
        }
        let narrow = self.options.to_terminal && !self.markdown;
        table.set_content_arrangement(if narrow { ContentArrangement::Dynamic } else { ContentArrangement::Disabled });
        if self.options.color {
            table.enforce_styling();
        } else {
            table.force_no_tty();
            if let Some(width) = narrow.then(terminal_width).flatten() {
                table.set_width(width);
            }
        }
        if self.options.header || self.markdown {
            let names = self.schema.fields().iter().map(|field| {
                let cell = Cell::new(self.shown(field.name().clone()));
                if self.options.color { cell.add_attribute(Attribute::Bold) } else { cell }
            });
            table.set_header(names.collect::<Vec<_>>());
        }
        for row in &self.rows {
            table.add_row(row.iter().map(|value| Cell::new(self.shown(value.clone()))).collect::<Vec<_>>());
        }
        for (index, field) in self.schema.fields().iter().enumerate() {
            if is_number(field.data_type())
                && let Some(column) = table.column_mut(index)
            {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let text = if narrow { table.to_string() } else { table.trim_fmt() };
        format!("{text}\n")
    }

    fn shown(&self, text: String) -> String {
        if self.markdown { text.replace('|', "\\|").replace('\n', "<br>") } else { text }
    }

    fn records(&self) -> String {
        let names: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let mut text = String::new();
        for (number, row) in self.rows.iter().enumerate() {
            text.push_str(&format!("─[ record {} ]─\n", number + 1));
            for (name, value) in names.iter().zip(row) {
                text.push_str(&format!("{name:width$} │ {value}\n"));
            }
        }
        text
    }
}

impl<W: Write> Sink for TableSink<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let room = match self.options.max_rows {
            Some(most) if !self.markdown => most.saturating_sub(self.rows.len()),
            _ => usize::MAX,
        };
        let shown = batch.num_rows().min(room);
        self.left_out += batch.num_rows() - shown;
        if shown == 0 {
            return Ok(());
        }
        let columns = prepare(batch);
        let cells = columns.iter().map(|column| Cells::new(column.as_ref(), true)).collect::<Result<Vec<_>, _>>()?;
        for row in 0..shown {
            let values = cells.iter().map(|cell| {
                if cell.is_null(row) {
                    return self.options.null.clone().unwrap_or_default();
                }
                let mut value = String::new();
                cell.push(row, &mut value);
                harmless(value)
            });
            self.rows.push(values.collect());
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Failure> {
        if self.schema.fields().is_empty() {
            return Ok(());
        }
        let text = if self.options.expanded && !self.markdown { self.records() } else { self.boxes() };
        written(self.writer.write_all(text.as_bytes()))
    }

    fn left_out(&self) -> usize {
        self.left_out
    }
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_numeric()
}

/// `force_no_tty` also forgets the width of the terminal, which has nothing to do with colour.
fn terminal_width() -> Option<u16> {
    Table::new().set_content_arrangement(ContentArrangement::Dynamic).width()
}
