//! Small tables that commands make themselves: lists of typologies, of functions, of imported files.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, TimeUnit};

use crate::errors::Failure;

/// Rows of text under named columns. A name that ends in `#` is a column of numbers.
pub(crate) struct Rows {
    names: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Rows {
    /// No rows yet.
    pub(crate) fn new(names: &[&'static str]) -> Self {
        Self { names: names.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn push<const N: usize>(&mut self, row: [&str; N]) {
        self.rows.push(row.map(str::to_owned).to_vec());
    }

    /// The rows as Arrow.
    pub(super) fn batch(self) -> Result<RecordBatch, Failure> {
        let columns = self.names.iter().enumerate().map(|(index, name)| {
            let values = self.rows.iter().map(|row| row.get(index).map(String::as_str));
            match name.strip_suffix('#') {
                Some(name) => {
                    let numbers: Int64Array = values.map(|value| value.and_then(|text| text.parse().ok())).collect();
                    (name, Arc::new(numbers) as ArrayRef, true)
                }
                None => (*name, Arc::new(values.collect::<StringArray>()) as ArrayRef, true),
            }
        });
        Ok(RecordBatch::try_from_iter_with_nullable(columns)?)
    }
}

/// A column's type as one writes it in SQL.
pub(crate) fn sql_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "BOOLEAN".to_owned(),
        DataType::Int8 => "TINYINT".to_owned(),
        DataType::Int16 => "SMALLINT".to_owned(),
        DataType::Int32 => "INT".to_owned(),
        DataType::Int64 => "BIGINT".to_owned(),
        DataType::UInt64 => "BIGINT UNSIGNED".to_owned(),
        DataType::Float32 => "REAL".to_owned(),
        DataType::Float64 => "DOUBLE".to_owned(),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "VARCHAR".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            "BYTEA".to_owned()
        }
        DataType::Date32 | DataType::Date64 => "DATE".to_owned(),
        DataType::Timestamp(TimeUnit::Microsecond, _) => "TIMESTAMP".to_owned(),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => "TIMESTAMP(9)".to_owned(),
        DataType::Interval(_) => "INTERVAL".to_owned(),
        DataType::Decimal128(precision, scale) | DataType::Decimal256(precision, scale) => {
            format!("DECIMAL({precision}, {scale})")
        }
        DataType::List(field) | DataType::LargeList(field) => format!("{}[]", sql_type(field.data_type())),
        other => other.to_string(),
    }
}
