//! JSON and NDJSON, one batch at a time, through Arrow's writer.
//!
//! Decimals are strings: a JSON number has no exact fraction, and most readers make it a binary float. Integers are
//! numbers with all their digits; a reader that keeps numbers as floats (JavaScript) should ask for
//! `CAST(account AS VARCHAR)`. NULL is written out, so that every object has every key.

use std::io::Write;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{Field, FieldRef, Schema};
use arrow::error::ArrowError;
use arrow::json::WriterBuilder;
use arrow::json::writer::{Encoder, EncoderFactory, EncoderOptions, JsonArray, LineDelimited, NullableEncoder, Writer};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::cells::{TIME, prepare};
use super::{Sink, written};
use crate::errors::Failure;

/// Writes JSON.
pub(super) enum JsonSink<W: Write> {
    /// One array. Arrow's writer begins it with the first row; none gives `[]`.
    Array(Writer<W, JsonArray>),
    /// One object a line.
    Lines(Writer<W, LineDelimited>),
}

impl<W: Write> JsonSink<W> {
    /// One array.
    pub(super) fn array(writer: W) -> Self {
        Self::Array(builder().build(writer))
    }

    /// One object a line.
    pub(super) fn lines(writer: W) -> Self {
        Self::Lines(builder().build(writer))
    }
}

fn builder() -> WriterBuilder {
    WriterBuilder::new()
        .with_explicit_nulls(true)
        .with_timestamp_format(TIME.to_owned())
        .with_timestamp_tz_format("%Y-%m-%dT%H:%M:%S%.f%:z".to_owned())
        .with_encoder_factory(Arc::new(ExactDecimals))
}

impl<W: Write> Sink for JsonSink<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let columns = prepare(batch);
        let fields: Vec<Field> = batch
            .schema()
            .fields()
            .iter()
            .zip(&columns)
            .map(|(field, column)| field.as_ref().clone().with_data_type(column.data_type().clone()))
            .collect();
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)?;
        match self {
            Self::Array(writer) => writer.write(&batch)?,
            Self::Lines(writer) => writer.write(&batch)?,
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Failure> {
        match self {
            Self::Array(writer) => {
                writer.finish()?;
                written(writer.get_mut().write_all(b"\n"))
            }
            Self::Lines(writer) => Ok(writer.finish()?),
        }
    }
}

/// Writes decimals, wherever they are nested, as strings.
#[derive(Debug)]
struct ExactDecimals;

impl EncoderFactory for ExactDecimals {
    fn make_default_encoder<'a>(
        &self,
        _field: &'a FieldRef,
        array: &'a dyn Array,
        _options: &'a EncoderOptions,
    ) -> Result<Option<NullableEncoder<'a>>, ArrowError> {
        if !array.data_type().is_decimal() {
            return Ok(None);
        }
        let formatter = ArrayFormatter::try_new(array, &FormatOptions::new().with_display_error(true))?;
        Ok(Some(NullableEncoder::new(Box::new(Quoted(formatter)), array.nulls().cloned())))
    }
}

struct Quoted<'a>(ArrayFormatter<'a>);

impl Encoder for Quoted<'_> {
    fn encode(&mut self, row: usize, out: &mut Vec<u8>) {
        // Digits, a sign and a point need no escapes, and writing to memory does not fail.
        let _ = write!(out, "\"{}\"", self.0.value(row));
    }
}
