//! `admin.audit` in SQL: the journal, line by line, as it is when it is read.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::json::ReaderBuilder;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::Result as QueryResult;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::PartitionStream;

use super::journal::whole_length;
use crate::error::Result;
use crate::schema::TableSpec;

/// A table over the journal of a lake; empty for a lake that has none.
pub(crate) fn provider(spec: &TableSpec, path: Option<PathBuf>) -> Result<Arc<dyn TableProvider>> {
    let Some(path) = path else {
        return Ok(Arc::new(datafusion::datasource::empty::EmptyTable::new(Arc::clone(&spec.schema))));
    };
    let lines: Arc<dyn PartitionStream> = Arc::new(Lines { schema: Arc::clone(&spec.schema), path });
    Ok(Arc::new(StreamingTable::try_new(Arc::clone(&spec.schema), vec![lines])?))
}

#[derive(Debug)]
struct Lines {
    schema: SchemaRef,
    path: PathBuf,
}

impl PartitionStream for Lines {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (schema, path) = (Arc::clone(&self.schema), self.path.clone());
        let mut builder = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), 2);
        let sender = builder.tx();
        builder.spawn_blocking(move || {
            let read = || -> QueryResult<()> {
                // The line that is being written is not there yet.
                let length = whole_length(&path)?;
                if length == 0 {
                    return Ok(());
                }
                let file = BufReader::new(File::open(&path)?.take(length));
                for batch in ReaderBuilder::new(schema).build(file)? {
                    if sender.blocking_send(Ok(batch?)).is_err() {
                        // Nobody reads any more.
                        break;
                    }
                }
                Ok(())
            };
            read().map_err(|error| error.context(path.display().to_string()))
        });
        builder.build()
    }
}
