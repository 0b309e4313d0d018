//! Rows in the table's order become Parquet files of the table.
//!
//! The stream is cut into runs of [`RUN_ROWS`]; each run is encoded by a task of its own, so that two cores encode two
//! files while the next run arrives. Files of one import therefore cover ranges of the table's order that hardly
//! overlap, which is what file statistics prune on.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::error::DataFusionError;
use datafusion::prelude::DataFrame;
use deltalake::DeltaTable;
use deltalake::datafile::writer::{DeltaWriter, WriterConfig};
use deltalake::kernel::Add;
use futures::TryStreamExt as _;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use tokio::task::JoinSet;

use crate::error::Result;
use crate::schema::TableSpec;
use crate::writer::append::Appended;
use crate::writer::keys::Keys;

/// Rows in one file. About 25 MB of transfers: large enough to read fast, small enough that two are encoded at once.
const RUN_ROWS: usize = 1 << 19;
/// Rows in one row group: the smallest piece that statistics and Bloom filters can leave out.
const GROUP_ROWS: usize = 1 << 17;
/// Files being encoded at once. Each holds its encoded row group and up to a run of rows.
const ENCODERS: usize = 2;

/// Writes a sorted frame to new files of a table. Nothing is visible until the files are committed.
pub(super) async fn write(
    spec: &Arc<TableSpec>,
    table: &DeltaTable,
    rows: DataFrame,
    keys: &mut Keys,
) -> Result<(Vec<Add>, Appended)> {
    let mut stream = rows.execute_stream().await?;
    let mut appended = Appended::default();
    let mut files: JoinSet<Result<(usize, Vec<Add>)>> = JoinSet::new();
    let mut done: Vec<(usize, Vec<Add>)> = Vec::new();
    let mut run: Vec<RecordBatch> = Vec::new();
    let (mut run_rows, mut number) = (0, 0);
    while let Some(batch) = stream.try_next().await? {
        let batch = keys.keep_new(&in_table_types(spec, &batch)?, &mut appended)?;
        if batch.num_rows() == 0 {
            continue;
        }
        run_rows += batch.num_rows();
        run.push(batch);
        if run_rows >= RUN_ROWS {
            while files.len() >= ENCODERS {
                collect(files.join_next().await, &mut done)?;
            }
            files.spawn(encode(Arc::clone(spec), table.clone(), std::mem::take(&mut run), number));
            (run_rows, number) = (0, number + 1);
        }
    }
    if !run.is_empty() {
        files.spawn(encode(Arc::clone(spec), table.clone(), run, number));
    }
    while let Some(result) = files.join_next().await {
        collect(Some(result), &mut done)?;
    }
    done.sort_by_key(|(number, _)| *number);
    Ok((done.into_iter().flat_map(|(_, adds)| adds).collect(), appended))
}

/// Writes a single batch to one file.
pub(super) async fn write_small(spec: &Arc<TableSpec>, table: &DeltaTable, batch: RecordBatch) -> Result<Vec<Add>> {
    let (_, adds) = encode(Arc::clone(spec), table.clone(), vec![batch], 0).await?;
    Ok(adds)
}

/// The batch with exactly the table's columns and types: one layout of text, whatever the query produced.
pub(super) fn in_table_types(spec: &TableSpec, batch: &RecordBatch) -> Result<RecordBatch> {
    let columns =
        spec.schema.fields().iter().zip(batch.columns()).map(|(field, column)| cast(column, field.data_type()));
    let columns = columns.collect::<Result<_, _>>().map_err(DataFusionError::from)?;
    Ok(RecordBatch::try_new(Arc::clone(&spec.schema), columns).map_err(DataFusionError::from)?)
}

type Encoded = std::result::Result<Result<(usize, Vec<Add>)>, tokio::task::JoinError>;

fn collect(result: Option<Encoded>, done: &mut Vec<(usize, Vec<Add>)>) -> Result<()> {
    if let Some(result) = result {
        done.push(result.map_err(|error| DataFusionError::External(Box::new(error)))??);
    }
    Ok(())
}

async fn encode(
    spec: Arc<TableSpec>,
    table: DeltaTable,
    run: Vec<RecordBatch>,
    number: usize,
) -> Result<(usize, Vec<Add>)> {
    let rows = run.iter().map(RecordBatch::num_rows).sum();
    let properties = writer_properties(&spec, rows)?;
    let schema = Arc::clone(&spec.schema);
    let statistics = Some(exact_statistics(&spec));
    let config = WriterConfig::new(schema, Vec::new(), Some(properties), None, None, Default::default(), statistics);
    let mut writer = DeltaWriter::new(table.object_store(), config);
    for batch in run {
        writer.write(&batch).await?;
    }
    Ok((number, writer.close().await?))
}

/// The columns whose smallest and largest value go into the Delta log. Decimals stay out: deltalake-core 1.1 writes them
/// there as JSON numbers, through a float, and a scan then prunes, or even answers, with a bound that is a little wrong.
/// Their statistics in the Parquet files themselves are exact.
fn exact_statistics(spec: &TableSpec) -> Vec<String> {
    let exact = |data_type: &DataType| !data_type.is_decimal() && !data_type.is_nested() && !data_type.is_floating();
    let fields = spec.schema.fields().iter().filter(|field| exact(field.data_type()));
    fields.map(|field| field.name().clone()).collect()
}

fn writer_properties(spec: &TableSpec, rows: usize) -> Result<WriterProperties> {
    let level = ZstdLevel::try_new(3).map_err(|error| DataFusionError::External(Box::new(error)))?;
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(GROUP_ROWS));
    for column in &spec.bloom {
        let path = ColumnPath::from(column.as_str());
        properties = properties
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_fpp(path.clone(), 0.01)
            .set_column_bloom_filter_max_ndv(path, rows.min(GROUP_ROWS) as u64);
    }
    Ok(properties.build())
}
