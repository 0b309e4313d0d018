//! The way into a folder: findings, links, indicator values and assessments as JSON Lines and Parquet, with their schema.
//!
//! ```text
//! manifest.json            what the folder holds: snapshot, marking, rows and SHA-256 of every file; written last
//! schema.json              the columns and their types, under a version of its own
//! findings.jsonl           one object a line; decimals and 64-bit ids are text, because a JSON number would lose digits
//! findings.parquet         the same rows
//! …
//! ```
//!
//! The same rows give the same bytes. A folder that holds what would be written is left as it is, so that what reads it sees
//! a change when there is one. Every file appears whole under its name, and the manifest after all of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_engine::datafusion::arrow::array::{Array, ArrayRef, AsArray as _, RecordBatch};
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, SchemaRef};
use headwater_engine::datafusion::arrow::error::ArrowError;
use headwater_engine::datafusion::error::DataFusionError;
use headwater_engine::datafusion::parquet::arrow::ArrowWriter;
use headwater_engine::datafusion::parquet::basic::Compression;
use headwater_engine::datafusion::parquet::errors::ParquetError;
use headwater_engine::datafusion::parquet::file::properties::WriterProperties;
use headwater_engine::{Kind, Lake, Session};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::error::{AssessError, Result};
use crate::send::Tlp;
use crate::send::outbox::{self, Receipt};

/// The version of the schema: the first number changes when a reader of the old one would go wrong.
pub const SCHEMA_VERSION: &str = "1.0";

/// The tables of an export: the name of the files, the view, and its total order.
const TABLES: [(&str, &str, &str); 4] = [
    ("findings", "export_findings", "typology, finding_id"),
    ("links", "export_links", "finding_id, link_id"),
    ("indicator_values", "export_indicator_values", "network, indicator, profile, dataset, query_hash"),
    ("assessments", "export_assessments", "network, profile, cutoff, dataset, evidence"),
];

/// What to write, and where.
#[derive(Debug, Clone)]
pub struct FilesRequest {
    /// The folder; made when it is not there.
    pub folder: PathBuf,
    /// Who sends.
    pub sender: Option<String>,
    /// The marking of everything that is written.
    pub marking: Tlp,
}

/// One file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its name in the folder.
    pub name: String,
    /// Rows, where it has any.
    pub rows: Option<u64>,
    /// Bytes.
    pub bytes: u64,
    /// SHA-256 of them.
    pub sha256: String,
}

/// What an export came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesReport {
    /// The files.
    pub files: Vec<Written>,
    /// The snapshot they were made from.
    pub snapshot: u64,
    /// Whether the folder held all of it already.
    pub there: bool,
}

/// Writes what the newest snapshot holds into a folder, by way of the outbox.
///
/// # Errors
/// [`AssessError::Write`] when the folder cannot be written; the export then waits in the outbox.
pub async fn send_files(lake: &Arc<Lake>, request: &FilesRequest) -> Result<FilesReport> {
    let folder = std::path::absolute(&request.folder).map_err(|source| write_error(&request.folder, source))?;
    let destination = format!("files {}", folder.display());
    let session = Session::pinned(lake);
    let snapshot = session.pin().record().await?.snapshot_id;
    let mut contents = Vec::new();
    let mut tables = Vec::new();
    for (name, view, order) in TABLES {
        let rows = session.sql(&format!("SELECT * FROM assess.{view} ORDER BY {order}")).await?;
        let schema = Arc::clone(rows.schema().inner());
        let batches = rows.collect().await?;
        let count = batches.iter().map(RecordBatch::num_rows).sum::<usize>() as u64;
        tables.push(describe(lake, name, view, &schema));
        contents.push((format!("{name}.jsonl"), Some(count), json_lines(&batches)?));
        contents.push((format!("{name}.parquet"), Some(count), parquet(&schema, &batches)?));
    }
    let schema = json!({
        "schema": "headwater-exchange",
        "version": SCHEMA_VERSION,
        "tables": tables,
    });
    contents.push(("schema.json".to_owned(), None, pretty(&schema)?));
    let file = |(name, rows, bytes): &(String, Option<u64>, Vec<u8>)| Written {
        name: name.clone(),
        rows: *rows,
        bytes: bytes.len() as u64,
        sha256: hex::encode(Sha256::digest(bytes)),
    };
    let files: Vec<Written> = contents.iter().map(file).collect();
    let sender = request.sender.as_deref().unwrap_or(outbox::NOBODY);
    let content = json!({
        "schema": "headwater-exchange",
        "version": SCHEMA_VERSION,
        "sender": sender,
        "marking": request.marking.to_string(),
        "program": headwater_engine::PROGRAM,
        "files": files.iter().map(line).collect::<Vec<_>>(),
    });
    let hash = outbox::sha256(&content.to_string());
    let mut manifest = content;
    if let Value::Object(fields) = &mut manifest {
        fields.insert("snapshot".to_owned(), json!(snapshot));
    }
    let manifest_bytes = pretty(&manifest)?;
    let payload = manifest.to_string();
    outbox::queue_export(lake, &destination, hash, payload, request.marking, snapshot).await?;
    let waiting = outbox::waiting(lake, &destination).await?;
    if waiting.is_empty() && holds(&folder, &files) {
        return Ok(FilesReport { files, snapshot, there: true });
    }
    let written = deliver(&folder, &contents, &manifest_bytes);
    let (status, note) = match &written {
        Ok(()) => ("delivered", None),
        Err(error) => ("failed", Some(error.to_string())),
    };
    let receipt = |message: &outbox::Waiting| Receipt {
        message_id: message.message_id,
        attempt: message.attempts + 1,
        status,
        note: note.clone(),
    };
    outbox::keep(lake, &waiting.iter().map(receipt).collect::<Vec<_>>()).await?;
    written?;
    Ok(FilesReport { files, snapshot, there: false })
}

fn write_error(path: &Path, source: std::io::Error) -> AssessError {
    AssessError::Write { path: path.to_owned(), source }
}

fn line(file: &Written) -> Value {
    let mut line = json!({ "name": file.name, "bytes": file.bytes, "sha256": file.sha256 });
    if let (Some(rows), Value::Object(fields)) = (file.rows, &mut line) {
        fields.insert("rows".to_owned(), json!(rows));
    }
    line
}

/// Whether the folder has every file of an export as it should be, and its manifest.
fn holds(folder: &Path, files: &[Written]) -> bool {
    let same = |file: &Written| {
        fs::read(folder.join(&file.name)).is_ok_and(|bytes| hex::encode(Sha256::digest(bytes)) == file.sha256)
    };
    folder.join("manifest.json").is_file() && files.iter().all(same)
}

fn deliver(folder: &Path, contents: &[(String, Option<u64>, Vec<u8>)], manifest: &[u8]) -> Result<()> {
    fs::create_dir_all(folder).map_err(|source| write_error(folder, source))?;
    let files = contents.iter().map(|(name, _, bytes)| (name.as_str(), bytes.as_slice()));
    for (name, bytes) in files.chain([("manifest.json", manifest)]) {
        let (path, part) = (folder.join(name), folder.join(format!(".{name}.part")));
        fs::write(&part, bytes).and_then(|()| fs::rename(&part, &path)).map_err(|source| write_error(&path, source))?;
    }
    Ok(())
}

/// A table of `schema.json`.
fn describe(lake: &Lake, name: &str, view: &str, schema: &SchemaRef) -> Value {
    let holds = lake.library().get(Kind::View, view).ok().and_then(|file| file.header.section("Holds"));
    let column = |field: &Arc<headwater_engine::datafusion::arrow::datatypes::Field>| {
        let (kind, json) = match field.data_type() {
            DataType::Decimal128(precision, scale) => {
                (format!("DECIMAL({precision}, {scale})"), "string, exact decimal")
            }
            DataType::Timestamp(..) => ("TIMESTAMP (UTC, microseconds)".to_owned(), "string, RFC 3339"),
            DataType::Int64 => ("BIGINT".to_owned(), "number"),
            DataType::Float64 => ("DOUBLE".to_owned(), "number"),
            DataType::List(_) => ("VARCHAR[]".to_owned(), "array of strings"),
            DataType::Boolean => ("BOOLEAN".to_owned(), "boolean"),
            _ => ("VARCHAR".to_owned(), "string"),
        };
        json!({ "name": field.name(), "type": kind, "json": json, "nullable": field.is_nullable() })
    };
    json!({
        "name": name,
        "holds": holds.unwrap_or_default(),
        "files": [format!("{name}.jsonl"), format!("{name}.parquet")],
        "columns": schema.fields().iter().map(column).collect::<Vec<_>>(),
    })
}

fn pretty(value: &Value) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn json_lines(batches: &[RecordBatch]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for batch in batches {
        let schema = batch.schema();
        let mut columns = Vec::with_capacity(batch.num_columns());
        for column in batch.columns() {
            columns.push(plain(column).map_err(DataFusionError::from)?);
        }
        for row in 0..batch.num_rows() {
            let cells = schema.fields().iter().zip(&columns);
            let object: Map<String, Value> =
                cells.map(|(field, column)| (field.name().clone(), cell(column, row))).collect();
            serde_json::to_writer(&mut lines, &Value::Object(object))?;
            lines.push(b'\n');
        }
    }
    Ok(lines)
}

/// The column in one of the few types that [`cell`] reads.
fn plain(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match column.data_type() {
        DataType::Int64 | DataType::Float64 | DataType::Boolean => Ok(Arc::clone(column)),
        DataType::List(item) => {
            cast(column, &DataType::List(Arc::new(item.as_ref().clone().with_data_type(DataType::Utf8))))
        }
        _ => cast(column, &DataType::Utf8),
    }
}

fn cell(column: &ArrayRef, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Int64 => json!(column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => json!(column.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => json!(column.as_boolean().value(row)),
        DataType::List(_) => {
            let items = column.as_list::<i32>().value(row);
            Value::Array(items.as_string::<i32>().iter().map(|item| json!(item)).collect())
        }
        _ => json!(column.as_string::<i32>().value(row)),
    }
}

fn parquet(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Vec<u8>> {
    let broken = |error: ParquetError| AssessError::from(DataFusionError::from(error));
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut bytes = Vec::new();
    // What ran may promise more than what was planned: a column that is never NULL, say.
    let schema = batches.first().map_or_else(|| Arc::clone(schema), RecordBatch::schema);
    let mut writer = ArrowWriter::try_new(&mut bytes, schema, Some(properties)).map_err(broken)?;
    for batch in batches {
        writer.write(batch).map_err(broken)?;
    }
    writer.close().map_err(broken)?;
    Ok(bytes)
}
