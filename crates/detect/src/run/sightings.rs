//! Which run saw which finding, and what the finding said then: `finding.runs` and `finding.sightings`.
//!
//! A run is written where it differs from the one before it of the same typology and profile: in the data, the query's text,
//! the parameters, its status, or in what was found. So a run that is repeated adds nothing, and one that found other things on
//! the same data (the text of a query was changed, say) is told apart from it. No clock is asked: a run is placed by the
//! snapshot it looked at.

use std::sync::Arc;

use headwater_engine::datafusion::arrow::array::{
    ArrayRef, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use headwater_engine::{Session, Writer};
use sha2::{Digest as _, Sha256};

use super::record::nullable;
use super::{Outcome, Run};
use crate::error::Result;
use crate::finding::{Finding, hash_id};
use crate::profile;
use crate::typology::Typology;

/// Appends the runs that say something new, and what they saw. The findings themselves are in the lake already.
pub(super) async fn store(writer: &mut Writer, run: &Run<'_>, outcomes: &[Outcome]) -> Result<()> {
    let snapshot = i64::try_from(run.snapshot_id).unwrap_or(i64::MAX);
    let runs = runs(run, snapshot, outcomes)?;
    profile::register(writer.session(), "run.runs", runs)?;
    profile::register(writer.session(), "run.sightings", sightings(run, snapshot, outcomes)?)?;
    // Read before the first append: each makes a version of the table that the next reads.
    let told = writer.session().sql(NEW_RUNS).await?.collect().await?;
    let Some(first) = told.iter().find(|batch| batch.num_rows() > 0) else { return Ok(()) };
    let told = headwater_engine::datafusion::arrow::compute::concat_batches(&first.schema(), &told)?;
    profile::register(writer.session(), "run.told", told.clone())?;
    let seen = writer.session().sql(SIGHTINGS).await?;
    writer.append("finding.sightings", seen).await?;
    let frame = writer.session().context().read_batch(told)?;
    writer.append("finding.runs", frame).await?;
    forget(writer.session())
}

/// The tables of this step are no business of whoever uses the session next.
fn forget(session: &Session) -> Result<()> {
    for name in ["run.runs", "run.sightings", "run.told"] {
        let _gone = session.context().deregister_table(name)?;
    }
    Ok(())
}

/// Runs that differ from the newest one of their typology and profile.
const NEW_RUNS: &str = "
    SELECT new.*
    FROM run.runs AS new
    LEFT ANTI JOIN (
        SELECT typology, profile, parameters, query_hash, dataset, status, outcome
        FROM (
            SELECT
                *,
                row_number() OVER (PARTITION BY typology, profile ORDER BY snapshot_id DESC, run_id) AS place
            FROM finding.runs
        )
        WHERE place = 1
    ) AS known
        ON known.typology = new.typology
        AND known.profile = new.profile
        AND known.parameters = new.parameters
        AND known.query_hash = new.query_hash
        AND known.dataset = new.dataset
        AND known.status = new.status
        AND known.outcome = new.outcome
    ORDER BY new.typology, new.run_id";

/// What they saw; where a finding says what it said at first, that is not said again.
const SIGHTINGS: &str = "
    SELECT
        seen.finding_id,
        seen.run_id,
        seen.snapshot_id,
        seen.content,
        CASE WHEN seen.amount <> findings.amount THEN seen.amount END AS amount,
        CASE WHEN seen.score <> findings.score THEN seen.score END AS score,
        CASE WHEN seen.explanation <> findings.explanation THEN seen.explanation END AS explanation,
        CASE
            WHEN coalesce(seen.details, '') <> coalesce(findings.details, '') THEN coalesce(seen.details, '')
        END AS details
    FROM run.sightings AS seen
    INNER JOIN run.told AS told ON told.run_id = seen.run_id
    INNER JOIN finding.findings AS findings ON findings.finding_id = seen.finding_id";

/// The typology by whose version a finding's id is made; a file that was refused has found nothing.
fn found(outcome: &Outcome) -> impl Iterator<Item = (&Typology, &Finding)> {
    let typology = outcome.typology.as_ref();
    outcome.findings.iter().filter_map(move |finding| typology.map(|typology| (typology, finding)))
}

fn id(outcome: &Outcome, typology: &Typology, finding: &Finding) -> i64 {
    finding.id(typology.stem(), &typology.version, &outcome.parameters)
}

fn run_id(run: &Run<'_>, outcome: &Outcome) -> i64 {
    let Outcome { report, query_hash, parameters, .. } = outcome;
    hash_id(&format!("{}\n{}\n{}\n{query_hash}\n{parameters}", run.snapshot_id, report.stem, run.profile))
}

/// A hash over the findings and what they say.
fn digest(outcome: &Outcome) -> String {
    let mut lines: Vec<(i64, String)> =
        found(outcome).map(|(typology, finding)| (id(outcome, typology, finding), finding.content())).collect();
    lines.sort();
    let mut hasher = Sha256::new();
    for (id, content) in lines {
        hasher.update(format!("{id} {content}\n").as_bytes());
    }
    hex::encode(&hasher.finalize()[..8])
}

fn runs(run: &Run<'_>, snapshot: i64, outcomes: &[Outcome]) -> Result<RecordBatch> {
    let text = |pick: &dyn Fn(&Outcome) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(outcomes.iter().map(pick)))
    };
    let number = |pick: &dyn Fn(&Outcome) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(outcomes.iter().map(pick)))
    };
    nullable(vec![
        ("run_id", number(&|outcome| run_id(run, outcome))),
        ("snapshot_id", number(&|_| snapshot)),
        ("typology", text(&|outcome| outcome.report.stem.clone())),
        ("profile", text(&|_| run.profile.to_owned())),
        ("parameters", text(&|outcome| outcome.parameters.clone())),
        ("query_hash", text(&|outcome| outcome.query_hash.clone())),
        ("dataset", text(&|_| run.dataset.to_owned())),
        ("status", text(&|outcome| outcome.report.status.word().to_owned())),
        ("findings", number(&|outcome| i64::try_from(outcome.report.found).unwrap_or(i64::MAX))),
        ("outcome", text(&digest)),
    ])
}

fn sightings(run: &Run<'_>, snapshot: i64, outcomes: &[Outcome]) -> Result<RecordBatch> {
    let seen: Vec<(i64, i64, &Finding)> = outcomes
        .iter()
        .flat_map(|outcome| {
            let run = run_id(run, outcome);
            found(outcome).map(move |(typology, finding)| (id(outcome, typology, finding), run, finding))
        })
        .collect();
    let findings = || seen.iter().map(|(_, _, finding)| *finding);
    let amounts = Decimal128Array::from_iter_values(findings().map(|finding| finding.amount));
    nullable(vec![
        ("finding_id", Arc::new(Int64Array::from_iter_values(seen.iter().map(|(id, _, _)| *id)))),
        ("run_id", Arc::new(Int64Array::from_iter_values(seen.iter().map(|(_, run, _)| *run)))),
        ("snapshot_id", Arc::new(Int64Array::from_iter_values(seen.iter().map(|_| snapshot)))),
        ("content", Arc::new(StringArray::from_iter_values(findings().map(Finding::content)))),
        ("amount", Arc::new(amounts.with_precision_and_scale(38, 18)?)),
        ("score", Arc::new(Float64Array::from_iter_values(findings().map(|finding| finding.score)))),
        ("explanation", Arc::new(StringArray::from_iter_values(findings().map(|finding| &finding.explanation)))),
        ("details", Arc::new(findings().map(|finding| finding.details.clone()).collect::<StringArray>())),
    ])
}
