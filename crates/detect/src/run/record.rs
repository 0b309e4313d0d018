//! Findings and coverage as rows of the lake, in one order whatever order they were found in.

use std::collections::BTreeMap;
use std::sync::Arc;

use headwater_engine::Session;
use headwater_engine::datafusion::arrow::array::{
    ArrayRef, AsArray as _, Decimal128Array, Float64Array, Int64Array, Int64Builder, ListBuilder, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema};

use crate::error::Result;
use crate::finding::Finding;
use crate::profile;
use crate::run::Outcome;
use crate::typology::Typology;

/// Rows for `finding.findings`, ordered by typology, subject and id.
pub(super) fn findings(dataset: &str, outcomes: &[Outcome]) -> Result<RecordBatch> {
    let mut rows: Vec<(&Typology, &Outcome, &Finding, i64)> = Vec::new();
    for outcome in outcomes {
        let Some(typology) = &outcome.typology else { continue };
        for finding in &outcome.findings {
            let id = finding.id(typology.stem(), &typology.version, &outcome.parameters);
            rows.push((typology, outcome, finding, id));
        }
    }
    rows.sort_by_key(|(typology, _, finding, id)| (typology.stem().to_owned(), finding.subject, *id));
    let text = |pick: &dyn Fn(usize) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values((0..rows.len()).map(pick)))
    };
    let number = |pick: &dyn Fn(&Finding, i64) -> i64| -> Vec<i64> {
        rows.iter().map(|(_, _, finding, id)| pick(finding, *id)).collect()
    };
    let time =
        |values: Vec<i64>| -> ArrayRef { Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC")) };
    let amounts = Decimal128Array::from_iter_values(rows.iter().map(|(_, _, finding, _)| finding.amount));
    let mut evidence = ListBuilder::new(Int64Builder::new());
    for (_, _, finding, _) in &rows {
        evidence.append_value(finding.evidence.iter().copied().map(Some));
    }
    let details: StringArray = rows.iter().map(|(_, _, finding, _)| finding.details.clone()).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("finding_id", Arc::new(Int64Array::from(number(&|_, id| id)))),
        ("typology", text(&|row| rows[row].0.stem().to_owned())),
        ("family", text(&|row| rows[row].0.family.clone())),
        ("subject", Arc::new(Int64Array::from(number(&|finding, _| finding.subject)))),
        ("first_time", time(number(&|finding, _| finding.first_time))),
        ("last_time", time(number(&|finding, _| finding.last_time))),
        ("amount", Arc::new(amounts.with_precision_and_scale(38, 18)?)),
        ("asset", text(&|row| rows[row].2.asset.clone())),
        ("score", Arc::new(Float64Array::from_iter_values(rows.iter().map(|(_, _, finding, _)| finding.score)))),
        ("evidence", Arc::new(evidence.finish())),
        ("explanation", text(&|row| rows[row].2.explanation.clone())),
        ("details", Arc::new(details)),
        ("version", text(&|row| rows[row].0.version.clone())),
        ("parameters", text(&|row| rows[row].1.parameters.clone())),
        ("query_hash", text(&|row| rows[row].1.query_hash.clone())),
        ("dataset", text(&|_| dataset.to_owned())),
    ];
    nullable(columns)
}

/// Rows for `finding.coverage`, ordered by typology.
pub(super) fn coverage(dataset: &str, outcomes: &[Outcome]) -> Result<RecordBatch> {
    let mut rows: Vec<&Outcome> = outcomes.iter().collect();
    rows.sort_by_key(|outcome| outcome.report.stem.clone());
    let text = |pick: &dyn Fn(&Outcome) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(|outcome| pick(outcome))))
    };
    let found = rows.iter().map(|outcome| i64::try_from(outcome.report.found).unwrap_or(i64::MAX));
    nullable(vec![
        ("typology", text(&|outcome| outcome.report.stem.clone())),
        ("dataset", text(&|_| dataset.to_owned())),
        ("query_hash", text(&|outcome| outcome.query_hash.clone())),
        ("parameters", text(&|outcome| outcome.parameters.clone())),
        ("status", text(&|outcome| outcome.report.status.word().to_owned())),
        ("note", text(&|outcome| outcome.report.note.clone())),
        ("findings", Arc::new(Int64Array::from_iter_values(found))),
    ])
}

/// How many of these findings the lake holds already, by typology.
pub(super) async fn known(session: &Session, rows: &RecordBatch) -> Result<BTreeMap<String, usize>> {
    profile::register(session, "run.found", rows.project(&[0, 1])?)?;
    let sql = "
        SELECT found.typology, count(*) AS number
        FROM run.found AS found
        INNER JOIN finding.findings AS known ON known.finding_id = found.finding_id
        GROUP BY found.typology
        ORDER BY found.typology";
    let mut counts = BTreeMap::new();
    for batch in session.sql(sql).await?.collect().await? {
        let (stems, numbers) = (cast(batch.column(0), &DataType::Utf8)?, batch.column(1));
        for (row, stem) in stems.as_string::<i32>().iter().enumerate() {
            let number = numbers.as_primitive::<Int64Type>().value(row);
            counts.insert(stem.unwrap_or_default().to_owned(), usize::try_from(number).unwrap_or(0));
        }
    }
    Ok(counts)
}

/// A batch of columns that may hold NULL.
pub(crate) fn nullable(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch> {
    let field = |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    Ok(RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, array)| array).collect())?)
}
