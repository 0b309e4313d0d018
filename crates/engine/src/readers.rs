//! Outside data as SQL: `read_csv('book.csv')`, `read_bitcoin_blocks('blocks')`, …
//!
//! Every relation of every reader in [`headwater_ingest::READERS`] is a table function of its name. In the shell it
//! streams: the source is read as the query asks for rows. In an import the source is read once into a spool and every
//! statement of the mapping reads the spool, so that five tables made from one block file cost one parse and all see
//! the same bytes.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::stream::RecordBatchReceiverStreamBuilder;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use headwater_ingest::{IngestError, READERS, ReadArgs, ReaderSpec};

use crate::spool::Spool;

/// How a session reads outside data.
#[derive(Debug, Clone)]
pub(crate) enum ReaderMode {
    /// Not at all.
    None,
    /// As the query asks for rows.
    Streaming,
    /// Once, through a spool.
    Spooled(Arc<Spool>),
}

/// A table function, for help and completion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReaderDoc {
    /// `read_csv`.
    pub name: &'static str,
    /// The arguments after the path.
    pub usage: &'static str,
    /// What a row is.
    pub description: &'static str,
}

/// Every reader there is.
pub fn reader_docs() -> Vec<ReaderDoc> {
    let relations = READERS.iter().flat_map(|spec| spec.relations.iter().map(move |relation| (spec, relation)));
    relations.map(|(spec, (name, description))| ReaderDoc { name, usage: spec.usage, description }).collect()
}

pub(crate) fn register(context: &SessionContext, mode: &ReaderMode) {
    if matches!(mode, ReaderMode::None) {
        return;
    }
    for spec in READERS {
        for (relation, (name, _)) in spec.relations.iter().enumerate() {
            context.register_udtf(name, Arc::new(ReaderFunc { spec, relation, mode: mode.clone() }));
        }
    }
}

#[derive(Debug)]
struct ReaderFunc {
    spec: &'static ReaderSpec,
    relation: usize,
    mode: ReaderMode,
}

impl TableFunctionImpl for ReaderFunc {
    fn call_with_args(&self, args: TableFunctionArgs) -> QueryResult<Arc<dyn TableProvider>> {
        let name = self.spec.relations[self.relation].0;
        let mut texts = Vec::with_capacity(args.exprs().len());
        for (index, expression) in args.exprs().iter().enumerate() {
            match expression {
                Expr::Literal(
                    ScalarValue::Utf8(Some(text))
                    | ScalarValue::Utf8View(Some(text))
                    | ScalarValue::LargeUtf8(Some(text)),
                    _,
                ) => texts.push(text.clone()),
                other => {
                    return Err(DataFusionError::Plan(format!(
                        "{name}: argument {} must be a text literal, not `{other}`; write {name}({})",
                        index + 1,
                        self.spec.usage
                    )));
                }
            }
        }
        let mut texts = texts.into_iter();
        let Some(path) = texts.next() else {
            return Err(DataFusionError::Plan(format!("{name} needs a path: {name}({})", self.spec.usage)));
        };
        let args = ReadArgs { path: path.into(), options: texts.collect() };
        let schema = (self.spec.schema)(&args, self.relation).map_err(external)?;
        Ok(Arc::new(ReaderTable { spec: self.spec, relation: self.relation, args, schema, mode: self.mode.clone() }))
    }
}

#[derive(Debug)]
struct ReaderTable {
    spec: &'static ReaderSpec,
    relation: usize,
    args: ReadArgs,
    schema: SchemaRef,
    mode: ReaderMode,
}

#[async_trait]
impl TableProvider for ReaderTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> QueryResult<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => Arc::clone(&self.schema),
        };
        // A spool can be read from several places at once; a source has one front and one back.
        let partitions = match &self.mode {
            ReaderMode::Spooled(_) => state.config().target_partitions().max(1),
            ReaderMode::Streaming | ReaderMode::None => 1,
        };
        let streams = (0..partitions)
            .map(|partition| {
                Arc::new(ReaderStream {
                    spec: self.spec,
                    relation: self.relation,
                    args: self.args.clone(),
                    schema: Arc::clone(&schema),
                    projection: projection.cloned(),
                    mode: self.mode.clone(),
                    partition,
                    partitions,
                }) as Arc<dyn PartitionStream>
            })
            .collect();
        Ok(Arc::new(StreamingTableExec::try_new(schema, streams, None, None, false, limit)?))
    }
}

#[derive(Debug)]
struct ReaderStream {
    spec: &'static ReaderSpec,
    relation: usize,
    args: ReadArgs,
    schema: SchemaRef,
    projection: Option<Vec<usize>>,
    mode: ReaderMode,
    partition: usize,
    partitions: usize,
}

impl PartitionStream for ReaderStream {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut builder = RecordBatchReceiverStreamBuilder::new(Arc::clone(&self.schema), 2);
        let sender = builder.tx();
        let (spec, relation, args) = (self.spec, self.relation, self.args.clone());
        let (projection, mode) = (self.projection.clone(), self.mode.clone());
        let (partition, partitions) = (self.partition, self.partitions);
        builder.spawn_blocking(move || {
            // A closed channel means that the query has what it wanted.
            match mode {
                ReaderMode::Spooled(spool) => {
                    for batch in spool.read(spec, &args, relation, projection, partition, partitions)? {
                        if sender.blocking_send(Ok(batch?)).is_err() {
                            break;
                        }
                    }
                }
                ReaderMode::Streaming | ReaderMode::None => {
                    let mut reader = (spec.open)(&args).map_err(external)?;
                    while let Some((index, batch)) = reader.next().map_err(external)? {
                        if index != relation {
                            continue;
                        }
                        let batch = match &projection {
                            Some(columns) => batch.project(columns)?,
                            None => batch,
                        };
                        if sender.blocking_send(Ok(batch)).is_err() {
                            break;
                        }
                    }
                }
            }
            Ok(())
        });
        builder.build()
    }
}

pub(crate) fn external(error: IngestError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}
