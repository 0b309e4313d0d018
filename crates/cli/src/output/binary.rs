//! Parquet and Arrow, for programs. Both stream: Parquet holds one row group, Arrow one batch.

use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use headwater_engine::datafusion::parquet::arrow::ArrowWriter;
use headwater_engine::datafusion::parquet::basic::{Compression, ZstdLevel};
use headwater_engine::datafusion::parquet::errors::ParquetError;
use headwater_engine::datafusion::parquet::file::properties::WriterProperties;

use super::{Sink, unwritable};
use crate::errors::Failure;

/// Rows of one row group: what is held before it is written.
const GROUP: usize = 128 * 1024;

/// Writes Parquet.
pub(super) struct ParquetSink<W: Write + Send>(ArrowWriter<W>);

impl<W: Write + Send> ParquetSink<W> {
    /// Begins the file.
    pub(super) fn new(schema: SchemaRef, writer: W) -> Result<Self, Failure> {
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP))
            .build();
        Ok(Self(ArrowWriter::try_new(writer, schema, Some(properties)).map_err(failure)?))
    }
}

impl<W: Write + Send> Sink for ParquetSink<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        self.0.write(batch).map_err(failure)
    }

    fn finish(&mut self) -> Result<(), Failure> {
        self.0.finish().map(drop).map_err(failure)
    }
}

/// Writes an Arrow IPC stream.
pub(super) struct ArrowSink<W: Write>(StreamWriter<W>);

impl<W: Write> ArrowSink<W> {
    /// Begins the stream.
    pub(super) fn new(schema: &SchemaRef, writer: W) -> Result<Self, Failure> {
        let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::ZSTD))?;
        Ok(Self(StreamWriter::try_new_with_options(writer, schema, options)?))
    }
}

impl<W: Write> Sink for ArrowSink<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        Ok(self.0.write(batch)?)
    }

    fn finish(&mut self) -> Result<(), Failure> {
        Ok(self.0.finish()?)
    }
}

fn failure(error: ParquetError) -> Failure {
    if let ParquetError::External(inner) = error {
        return match inner.downcast::<std::io::Error>() {
            Ok(source) => Failure::io("output", &source),
            Err(other) => unwritable(other.to_string()),
        };
    }
    unwritable(error.to_string())
}
