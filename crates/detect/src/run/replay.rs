//! A finding once more: from the snapshot it was found in, with the parameters it was found with.

use std::sync::Arc;

use headwater_engine::datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch};
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::DataType;
use headwater_engine::datafusion::arrow::json::LineDelimitedWriter;
use headwater_engine::{Bindings, EngineError, Lake, Session, SnapshotRecord, Values};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::ground::Ground;
use super::{Outcome, RunRequest, Status, TypologyReport, query, record};
use crate::error::Result;
use crate::profile::Profile;
use crate::typology::Typology;

const FINDINGS: &str = "finding.findings";

/// What a replay came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// The finding as the lake has it: its row as one line of JSON.
    pub stored: String,
    /// The finding as it came out again; none when the query does not find it any more.
    pub replayed: Option<String>,
    /// The columns that differ.
    pub differing: Vec<String>,
    /// SHA-256 of the stored line.
    pub sha256: String,
    /// The snapshot that was looked at.
    pub snapshot_id: u64,
    /// What is not as it was: another query text, profile or program.
    pub changed: Vec<String>,
}

impl Replay {
    /// Whether the same bytes came out.
    pub fn is_same(&self) -> bool {
        self.replayed.as_ref() == Some(&self.stored)
    }
}

/// Finds a finding again.
///
/// # Errors
/// [`crate::DetectError`] when the lake does not hold the finding, or what it was found with is not here any more.
pub async fn replay(lake: &Arc<Lake>, finding_id: i64) -> Result<Replay> {
    let usage = |what: String| EngineError::Usage(what);
    let Some(stored) = row(&Session::pinned(lake), finding_id).await? else {
        return Err(usage(format!("the lake has no finding {finding_id}")).into());
    };
    let (found, written) = origin(lake, finding_id).await?;
    let mut changed = Vec::new();
    let snapshot_id = found.snapshot_id;
    if !written.operation.starts_with("flag of ") {
        changed.push(format!(
            "the run did not record which snapshot it looked at; the one before it, {snapshot_id}, is taken"
        ));
    }
    let stem = text(&stored, "typology");
    let parameters: Value = serde_json::from_str(&text(&stored, "parameters")).unwrap_or(Value::Null);
    let word = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let library = lake.library();
    let profile = Profile::load(library, &word("profile"))?;
    if profile.hash != word("profile_hash") {
        changed.push(format!(
            "profile {} has another text (then {}, now {}); give the old one with --queries",
            profile.stem,
            word("profile_hash"),
            profile.hash
        ));
    }
    let typology = Typology::load(library.get(headwater_engine::Kind::Typology, &stem)?)?;
    let query_hash = typology.file.hash();
    if query_hash != text(&stored, "query_hash") {
        changed.push(format!(
            "{} has another text (then {}, now {query_hash}); give the old one with --queries",
            typology.file.path(),
            text(&stored, "query_hash")
        ));
    }
    let (then, now) = (program(lake, written.snapshot_id).await?, headwater_engine::PROGRAM);
    if then != now {
        changed.push(format!("it was found by {then}, and this is {now}"));
    }
    let session = Session::at(lake, found)?;
    profile.register(&session)?;
    let ground = Ground::survey(&session).await?;
    let values: Values = parameters
        .get("parameters")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    let bindings = Bindings::for_file(&typology.file, &values)?;
    let again = query::find(&session, &typology, &bindings, &RunRequest::all()).await?;
    let outcome = Outcome {
        report: TypologyReport {
            id: typology.id.clone(),
            stem: typology.stem().to_owned(),
            status: Status::Ran,
            note: String::new(),
            found: again.findings.len(),
            new: 0,
            duplicates: 0,
            elapsed: std::time::Duration::ZERO,
        },
        query_hash,
        // As they are in the finding: they are part of its id, and what differs of them has been said.
        parameters: text(&stored, "parameters"),
        findings: again.findings,
        typology: Some(typology),
    };
    let rows = record::findings(&ground.dataset, &[outcome])?;
    let place = rows.column_by_name("finding_id").and_then(|ids| {
        let ids = ids.as_primitive::<headwater_engine::datafusion::arrow::datatypes::Int64Type>();
        ids.values().iter().position(|id| *id == finding_id)
    });
    let stored_line = line(lake, &stored)?;
    let (replayed, differing) = match place {
        Some(place) => {
            let again = rows.slice(place, 1);
            let line = line(lake, &again)?;
            (Some(line.clone()), differing(&stored_line, &line))
        }
        None => (None, Vec::new()),
    };
    let sha256 = hex::encode(Sha256::digest(stored_line.as_bytes()));
    Ok(Replay { stored: stored_line, replayed, differing, sha256, snapshot_id, changed })
}

/// The snapshot a finding was found in, and the one that first has it.
async fn origin(lake: &Arc<Lake>, finding_id: i64) -> Result<(SnapshotRecord, SnapshotRecord)> {
    let records = lake.snapshots().await?;
    // Findings are appended and never taken out, so the snapshots that have this one are the later ones.
    let (mut without, mut with) = (0, records.len().saturating_sub(1));
    while with - without > 1 {
        let middle = without + (with - without) / 2;
        let Some(record) = records.get(middle) else { break };
        let has = row(&Session::at(lake, record.clone())?, finding_id).await?.is_some();
        if has { with = middle } else { without = middle }
    }
    let (Some(before), Some(written)) = (records.get(without), records.get(with)) else {
        return Err(EngineError::Usage("the lake has no snapshots".to_owned()).into());
    };
    let named = written.operation.strip_prefix("flag of ").and_then(|id| id.parse::<u64>().ok());
    let found = named.and_then(|id| records.iter().find(|record| record.snapshot_id == id)).unwrap_or(before);
    Ok((found.clone(), written.clone()))
}

async fn row(session: &Session, finding_id: i64) -> Result<Option<RecordBatch>> {
    let sql = format!("SELECT * FROM {FINDINGS} WHERE finding_id = {finding_id}");
    let batches = session.sql(&sql).await?.collect().await?;
    Ok(batches.into_iter().find(|batch| batch.num_rows() > 0).map(|batch| batch.slice(0, 1)))
}

async fn program(lake: &Arc<Lake>, snapshot_id: u64) -> Result<String> {
    let sql = format!("SELECT program FROM admin.snapshots WHERE snapshot_id = {snapshot_id}");
    let batches = Session::pinned(lake).sql(&sql).await?.collect().await?;
    Ok(batches.iter().find(|batch| batch.num_rows() > 0).map(|batch| text(batch, "program")).unwrap_or_default())
}

fn text(row: &RecordBatch, name: &str) -> String {
    let column = row.column_by_name(name).and_then(|column| cast(column, &DataType::Utf8).ok());
    column
        .filter(|column| column.len() == 1 && column.is_valid(0))
        .map(|column| column.as_string::<i32>().value(0).to_owned())
        .unwrap_or_default()
}

/// A row of the table as one line of JSON, its columns in the table's types and order.
fn line(lake: &Lake, row: &RecordBatch) -> Result<String> {
    let spec = lake.schema().table(FINDINGS)?;
    let mut columns = Vec::with_capacity(spec.schema.fields().len());
    for field in spec.schema.fields() {
        let column = match row.column_by_name(field.name()) {
            Some(column) => cast(column, field.data_type())?,
            None => headwater_engine::datafusion::arrow::array::new_null_array(field.data_type(), row.num_rows()),
        };
        columns.push(column);
    }
    let schema = spec.schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    let schema = headwater_engine::datafusion::arrow::datatypes::Schema::new(schema.collect::<Vec<_>>());
    let batch = RecordBatch::try_new(Arc::new(schema), columns)?;
    let mut bytes = Vec::new();
    let mut writer = LineDelimitedWriter::new(&mut bytes);
    writer.write(&batch)?;
    writer.finish()?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

/// The columns in which two lines differ.
fn differing(one: &str, other: &str) -> Vec<String> {
    let object = |line: &str| serde_json::from_str::<serde_json::Map<String, Value>>(line).unwrap_or_default();
    let (one, other) = (object(one), object(other));
    let mut names: Vec<String> = one.keys().chain(other.keys()).cloned().collect();
    names.sort();
    names.dedup();
    names.retain(|name| one.get(name) != other.get(name));
    names
}
