//! Answers of the evaluation's macros, small enough to be held and written in several ways.

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use crate::errors::Failure;

/// A value of a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Nothing: not testable, which is not zero.
    None,
    /// A name.
    Text(String),
    /// A count.
    Count(i64),
    /// A share.
    Share(f64),
}

impl Cell {
    /// As a person reads it.
    pub(super) fn text(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Share(share) => format!("{share:.3}"),
        }
    }

    /// As a program reads it.
    pub(super) fn json(&self) -> serde_json::Value {
        match self {
            Self::None => serde_json::Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Count(count) => (*count).into(),
            Self::Share(share) => (*share).into(),
        }
    }

    /// The number, where it is one.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Count(count) => Some(*count as f64),
            Self::Share(share) => Some(*share),
            Self::None | Self::Text(_) => None,
        }
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    /// What it says.
    pub(super) title: &'static str,
    /// The names of its columns.
    pub(super) columns: Vec<String>,
    /// Its rows.
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Table {
    /// Reads an answer.
    pub(super) fn of(title: &'static str, batches: &[RecordBatch]) -> Result<Self, Failure> {
        let schema = batches.first().map(RecordBatch::schema);
        let names = schema.iter().flat_map(|schema| schema.fields().iter().map(|field| field.name().clone()));
        let mut table = Self { title, columns: names.collect(), rows: Vec::new() };
        for batch in batches {
            let columns = batch.columns().iter().map(read).collect::<Result<Vec<_>, _>>()?;
            table.rows.extend(
                (0..batch.num_rows())
                    .map(|row| columns.iter().map(|column| column.get(row).cloned().unwrap_or(Cell::None)).collect()),
            );
        }
        Ok(table)
    }

    /// The values of a column; nothing where there is none of that name.
    pub(super) fn column(&self, name: &str) -> Vec<&Cell> {
        let place = self.columns.iter().position(|column| column == name);
        place.map(|place| self.rows.iter().filter_map(|row| row.get(place)).collect()).unwrap_or_default()
    }
}

fn read(column: &arrow::array::ArrayRef) -> Result<Vec<Cell>, Failure> {
    let rows = 0..column.len();
    Ok(match column.data_type() {
        kind if kind.is_integer() => {
            let numbers = cast(column, &DataType::Int64)?;
            let numbers = numbers.as_primitive::<Int64Type>().clone();
            rows.map(|row| if numbers.is_null(row) { Cell::None } else { Cell::Count(numbers.value(row)) }).collect()
        }
        kind if kind.is_floating() => {
            let numbers = cast(column, &DataType::Float64)?;
            let numbers = numbers.as_primitive::<Float64Type>().clone();
            rows.map(|row| if numbers.is_null(row) { Cell::None } else { Cell::Share(numbers.value(row)) }).collect()
        }
        _ => {
            let texts = cast(column, &DataType::Utf8)?;
            let texts = texts.as_string::<i32>().clone();
            let text =
                |row: usize| if texts.is_null(row) { Cell::None } else { Cell::Text(texts.value(row).to_owned()) };
            rows.map(text).collect()
        }
    })
}
