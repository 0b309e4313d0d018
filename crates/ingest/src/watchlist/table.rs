//! Rows of a watchlist becoming a batch: a list of columns, filled cell by cell.
//!
//! Watchlists are small beside bank files, so this trades speed for readers that can be read.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::array::builder::{BooleanBuilder, Int64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

/// Rows in a batch.
pub(super) const BATCH_ROWS: usize = 8192;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Whole,
    Text,
    Texts,
    Flag,
    Time,
}

/// A relation's columns: name and kind. All but `position` may be null.
pub(super) type Columns = &'static [(&'static str, Kind)];

pub(super) fn schema(columns: Columns) -> SchemaRef {
    let field = |&(name, kind): &(&'static str, Kind)| {
        let data = match kind {
            Kind::Whole => DataType::Int64,
            Kind::Text => DataType::Utf8,
            Kind::Texts => DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))),
            Kind::Flag => DataType::Boolean,
            Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        };
        Field::new(name, data, name != "position")
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

enum Cells {
    Whole(Int64Builder),
    Text(StringBuilder),
    Texts(ListBuilder<StringBuilder>),
    Flag(BooleanBuilder),
    Time(TimestampMicrosecondBuilder),
}

impl Cells {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Whole => Self::Whole(Int64Builder::new()),
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Texts => Self::Texts(ListBuilder::new(StringBuilder::new())),
            Kind::Flag => Self::Flag(BooleanBuilder::new()),
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
        }
    }

    fn null(&mut self) {
        match self {
            Self::Whole(cells) => cells.append_null(),
            Self::Text(cells) => cells.append_null(),
            Self::Texts(cells) => cells.append_null(),
            Self::Flag(cells) => cells.append_null(),
            Self::Time(cells) => cells.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Whole(cells) => Arc::new(cells.finish()),
            Self::Text(cells) => Arc::new(cells.finish()),
            Self::Texts(cells) => Arc::new(cells.finish()),
            Self::Flag(cells) => Arc::new(cells.finish()),
            Self::Time(cells) => Arc::new(cells.finish()),
        }
    }
}

/// A batch in the making. Cells are given left to right; [`Table::end_row`] leaves what was not given null.
pub(super) struct Table {
    schema: SchemaRef,
    cells: Vec<Cells>,
    cursor: usize,
    rows: usize,
    /// A cell of the wrong kind was given: our mistake, told by `finish`.
    misfit: bool,
}

impl Table {
    pub(super) fn new(columns: Columns) -> Self {
        let cells = columns.iter().map(|&(_, kind)| Cells::new(kind)).collect();
        Self { schema: schema(columns), cells, cursor: 0, rows: 0, misfit: false }
    }

    pub(super) fn len(&self) -> usize {
        self.rows
    }

    pub(super) fn whole(&mut self, value: Option<i64>) {
        match self.next() {
            Some(Cells::Whole(cells)) => cells.append_option(value),
            _ => self.misfit = true,
        }
    }

    pub(super) fn text(&mut self, value: Option<&str>) {
        match self.next() {
            Some(Cells::Text(cells)) => cells.append_option(value),
            _ => self.misfit = true,
        }
    }

    pub(super) fn texts<'text>(&mut self, values: impl IntoIterator<Item = &'text str>) {
        match self.next() {
            Some(Cells::Texts(cells)) => {
                for value in values {
                    cells.values().append_value(value);
                }
                cells.append(true);
            }
            _ => self.misfit = true,
        }
    }

    pub(super) fn flag(&mut self, value: Option<bool>) {
        match self.next() {
            Some(Cells::Flag(cells)) => cells.append_option(value),
            _ => self.misfit = true,
        }
    }

    pub(super) fn time(&mut self, value: Option<i64>) {
        match self.next() {
            Some(Cells::Time(cells)) => cells.append_option(value),
            _ => self.misfit = true,
        }
    }

    fn next(&mut self) -> Option<&mut Cells> {
        self.cursor += 1;
        self.cells.get_mut(self.cursor - 1)
    }

    pub(super) fn end_row(&mut self) {
        for cells in self.cells.iter_mut().skip(self.cursor) {
            cells.null();
        }
        self.cursor = 0;
        self.rows += 1;
    }

    /// Hands out the batch and starts the next.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        if self.misfit {
            return Err(ArrowError::SchemaError("a watchlist reader and its schema disagree".to_owned()));
        }
        self.rows = 0;
        RecordBatch::try_new(Arc::clone(&self.schema), self.cells.iter_mut().map(Cells::finish).collect())
    }
}
