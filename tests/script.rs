//! What the runners of sqllogictest scripts have in common: how a script is run or rewritten, and how rows become text.
//!
//! `HEADWATER_SLT_COMPLETE=1` rewrites the expectations (read the diff before you commit it), and
//! `HEADWATER_SLT_ONLY=text` runs only scripts whose path contains the text, or one of several with commas between them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::DataFrame;
use datafusion_sqllogictest::{
    DFColumnType, DFOutput, convert_batches, convert_schema_to_types, df_value_validator, value_normalizer,
};
use sqllogictest::{AsyncDB, DBOutput, Runner, strict_column_validator};

use crate::support;

/// What a statement may fail with.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(String);

pub(crate) fn refused(error: impl std::fmt::Display) -> Refused {
    Refused(error.to_string())
}

/// Batches of one schema as a script sees them.
pub(crate) fn output(batches: Vec<RecordBatch>, like: &RecordBatch) -> Result<DFOutput, Refused> {
    let schema = like.schema();
    let types = convert_schema_to_types(schema.fields());
    let rows = convert_batches(&schema, batches, false).map_err(refused)?;
    Ok(DBOutput::Rows { types, rows })
}

/// A query's rows as a script sees them; a statement without columns is simply done.
pub(crate) async fn rows(frame: DataFrame) -> Result<DFOutput, Refused> {
    let empty = RecordBatch::new_empty(Arc::clone(frame.schema().inner()));
    let batches = frame.collect().await.map_err(refused)?;
    if empty.num_columns() == 0 {
        return Ok(DBOutput::StatementComplete(0));
    }
    // What ran may promise more than what was planned, or have texts in another layout; the batches agree with each other.
    let like = batches.first().cloned().unwrap_or(empty);
    output(batches, &like)
}

/// The scripts of `slt/<folder>` whose file name fits, in order.
pub(crate) fn scripts(folder: &str, fits: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let folder = support::package().join("slt").join(folder);
    let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.file_name().is_some_and(|name| fits(&name.to_string_lossy())));
    assert!(!paths.is_empty(), "there is no script in {}", folder.display());
    if let Some(only) = support::environment("HEADWATER_SLT_ONLY") {
        paths.retain(|path| only.split(',').any(|only| path.to_string_lossy().contains(only)));
    }
    paths.sort();
    paths
}

/// Runs one script against `database`.
pub(crate) async fn check<D>(path: &Path, database: D) -> Result<(), String>
where
    D: AsyncDB<Error = Refused, ColumnType = DFColumnType> + Clone,
{
    let mut runner = Runner::new(|| async { Ok(database.clone()) });
    runner.with_column_validator(strict_column_validator);
    runner.with_normalizer(value_normalizer);
    runner.with_validator(df_value_validator);
    let outcome = if support::completing() {
        let done = runner.update_test_file(path, " ", df_value_validator, value_normalizer, strict_column_validator);
        done.await.map_err(|error| error.to_string())
    } else {
        runner.run_file_async(path).await.map_err(|error| error.to_string())
    };
    outcome.map_err(|error| format!("{}: {error}", path.display()))
}
