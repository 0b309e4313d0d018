//! One run: every typology over one snapshot, then one transaction with what they found.

use std::sync::Arc;
use std::time::Duration;

use headwater_engine::{Lake, Session, Values, Writer};
use serde_json::json;

use crate::error::{DetectError, Result};
use crate::finding::Finding;
use crate::profile::Profile;
use crate::typology::{Typology, typologies};

mod ground;
mod query;
mod record;
mod replay;
mod sightings;
pub(crate) mod trial;

use ground::Ground;
pub(crate) use record::nullable;
pub use replay::{Replay, replay};

/// What to run.
pub struct RunRequest {
    /// Stems of typologies; none means all.
    pub typologies: Vec<String>,
    /// The stem of a detection profile.
    pub profile: String,
    /// Values for parameters: `name` where one typology is run, `typology.name` otherwise.
    pub values: Values,
    /// Told what is going on, for a progress bar.
    pub observer: Arc<dyn Fn(Event) + Send + Sync>,
    /// Findings kept of one typology; those beyond are counted.
    pub max_rows: usize,
    /// How long one typology may take.
    pub max_time: Option<Duration>,
}

impl RunRequest {
    /// All typologies with the balanced profile and the usual limits.
    pub fn all() -> Self {
        Self {
            typologies: Vec::new(),
            profile: "balanced".to_owned(),
            values: Values::new(),
            observer: Arc::new(|_| {}),
            max_rows: 100_000,
            max_time: Some(Duration::from_secs(3600)),
        }
    }
}

/// Something happened during a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A typology is begun: its stem, its number and how many there are.
    Typology {
        /// Its stem.
        stem: String,
        /// From 1.
        number: usize,
        /// How many in all.
        of: usize,
    },
    /// Findings are being written.
    Writing {
        /// How many, new or not.
        findings: usize,
    },
}

/// What became of one typology.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// All of it was looked at, but for what the note says.
    Ran,
    /// Something it cannot do without is missing.
    NotRun(String),
    /// It found more than may be kept; how many were left out.
    Capped(usize),
    /// It took longer than it may, in seconds. Nothing of it was kept.
    Stopped(u64),
    /// The query or its rows are wrong.
    Failed(String),
}

impl Status {
    /// The word in `finding.coverage.status`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Ran => "ran",
            Self::NotRun(_) => "not run",
            Self::Capped(_) => "capped",
            Self::Stopped(_) => "stopped",
            Self::Failed(_) => "failed",
        }
    }
}

/// What one typology came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypologyReport {
    /// `T01`; empty where the header could not be read.
    pub id: String,
    /// The stem of its file.
    pub stem: String,
    /// What became of it.
    pub status: Status,
    /// What could not be tested, and why; the reason where it did not run.
    pub note: String,
    /// Findings in this run.
    pub found: usize,
    /// Of these, how many the lake did not hold.
    pub new: usize,
    /// How many it did.
    pub duplicates: usize,
    /// How long it took. Not stored.
    pub elapsed: Duration,
}

/// What a run came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunReport {
    /// In the order of ids.
    pub typologies: Vec<TypologyReport>,
    /// The hash of the sources that were looked at.
    pub dataset: String,
    /// The snapshot that was looked at.
    pub snapshot_id: u64,
}

/// A typology's findings beside its report, until they are written.
struct Outcome {
    report: TypologyReport,
    typology: Option<Typology>,
    query_hash: String,
    parameters: String,
    findings: Vec<Finding>,
}

/// Runs typologies and stores what is new. Running again on the same data adds nothing.
///
/// # Errors
/// [`DetectError`] when the profile, a name or a value is wrong, or the lake cannot be read or written. What is wrong with
/// one typology alone stands in its report, and the others run.
pub async fn run(lake: &Arc<Lake>, request: &RunRequest) -> Result<RunReport> {
    let library = Arc::clone(lake.library());
    let profile = Profile::load(&library, &request.profile)?;
    let chosen = typologies(&library, &request.typologies)?;
    check_values(&request.values, &chosen)?;
    let session = Session::pinned(lake);
    let snapshot_id = session.pin().record().await?.snapshot_id;
    profile.register(&session)?;
    let ground = Ground::survey(&session).await?;
    let of = chosen.len();
    let mut outcomes = Vec::with_capacity(of);
    for (index, entry) in chosen.into_iter().enumerate() {
        let stem = match &entry {
            Ok(typology) => typology.stem().to_owned(),
            Err((stem, _)) => stem.clone(),
        };
        (request.observer)(Event::Typology { stem: stem.clone(), number: index + 1, of });
        let begun = std::time::Instant::now();
        let mut outcome = match entry {
            Ok(typology) => {
                let values = values_for(&typology, &profile, &request.values, of == 1);
                look(&session, &ground, &profile, typology, &values, request).await?
            }
            Err((stem, error)) => refused(&library, stem, &error.to_string()),
        };
        outcome.report.elapsed = begun.elapsed();
        outcomes.push(outcome);
    }
    (request.observer)(Event::Writing { findings: outcomes.iter().map(|outcome| outcome.findings.len()).sum() });
    drop(session);
    let run = Run { snapshot_id, profile: &profile.stem, dataset: &ground.dataset };
    store(lake, &run, &mut outcomes).await?;
    let typologies = outcomes.into_iter().map(|outcome| outcome.report).collect();
    Ok(RunReport { typologies, dataset: ground.dataset, snapshot_id })
}

/// Runs one typology. Its own faults become its status; those of the lake end the run.
async fn look(
    session: &Session,
    ground: &Ground,
    profile: &Profile,
    typology: Typology,
    values: &Values,
    request: &RunRequest,
) -> Result<Outcome> {
    let query_hash = typology.file.hash();
    let mut outcome = Outcome {
        report: TypologyReport {
            id: typology.id.clone(),
            stem: typology.stem().to_owned(),
            status: Status::Ran,
            note: String::new(),
            found: 0,
            new: 0,
            duplicates: 0,
            elapsed: Duration::ZERO,
        },
        query_hash,
        parameters: String::new(),
        findings: Vec::new(),
        typology: None,
    };
    let bindings = headwater_engine::Bindings::for_file(&typology.file, values)?;
    let parameters = json!({ "parameters": bindings.texts(), "profile": profile.stem, "profile_hash": profile.hash });
    outcome.parameters = parameters.to_string();
    let missing = match ground.missing(&typology) {
        Some(reason) => Some(reason),
        None => query::missing(session, &typology).await?,
    };
    match missing {
        Some(reason) => {
            outcome.report.note = format!("not run: {reason}");
            outcome.report.status = Status::NotRun(reason);
        }
        None => match query::find(session, &typology, &bindings, request).await {
            Ok(found) => {
                let mut notes = ground.untested(&typology);
                notes.extend(found.notes);
                if found.beyond > 0 {
                    notes.push(format!("findings beyond the first {}: {}", request.max_rows, found.beyond));
                    outcome.report.status = Status::Capped(found.beyond);
                }
                outcome.report.note =
                    if notes.is_empty() { String::new() } else { format!("not tested: {}", notes.join("; ")) };
                outcome.report.found = found.findings.len();
                outcome.findings = found.findings;
            }
            Err(error) => {
                let reason = error.to_string();
                outcome.report.status = match error {
                    DetectError::TimeLimit { seconds, .. } => Status::Stopped(seconds),
                    _ => Status::Failed(reason.clone()),
                };
                outcome.report.note = format!("{}: {reason}", outcome.report.status.word());
            }
        },
    }
    outcome.typology = Some(typology);
    Ok(outcome)
}

fn refused(library: &headwater_engine::Library, stem: String, reason: &str) -> Outcome {
    let query_hash = library.get(headwater_engine::Kind::Typology, &stem).map(|file| file.hash()).unwrap_or_default();
    Outcome {
        report: TypologyReport {
            id: String::new(),
            stem,
            status: Status::Failed(reason.to_owned()),
            note: format!("failed: {reason}"),
            found: 0,
            new: 0,
            duplicates: 0,
            elapsed: Duration::ZERO,
        },
        typology: None,
        query_hash,
        parameters: "{}".to_owned(),
        findings: Vec::new(),
    }
}

/// What all rows of one run have in common.
struct Run<'a> {
    /// The snapshot that was looked at.
    snapshot_id: u64,
    profile: &'a str,
    dataset: &'a str,
}

/// Appends findings, their sightings and the coverage in one transaction, and counts what was new. A run that came to what the
/// one before it came to, on the same data, leaves no trace: the lake is as it was.
async fn store(lake: &Arc<Lake>, run: &Run<'_>, outcomes: &mut [Outcome]) -> Result<()> {
    let mut writer = Writer::open(lake).await?;
    let rows = record::findings(run.dataset, outcomes)?;
    if rows.num_rows() > 0 {
        let known = record::known(writer.session(), &rows).await?;
        for outcome in outcomes.iter_mut() {
            let duplicates = known.get(&outcome.report.stem).copied().unwrap_or(0);
            outcome.report.duplicates = duplicates;
            outcome.report.new = outcome.report.found.saturating_sub(duplicates);
        }
        let frame = writer.session().context().read_batch(rows)?;
        writer.append("finding.findings", frame).await?;
    }
    if !outcomes.is_empty() {
        let frame = writer.session().context().read_batch(record::coverage(run.dataset, outcomes)?)?;
        writer.append("finding.coverage", frame).await?;
        sightings::store(&mut writer, run, outcomes).await?;
    }
    // The snapshot that was looked at is what a replay goes back to.
    writer.commit(&format!("flag of {}", run.snapshot_id)).await?;
    Ok(())
}

/// Defaults of the profile, then the values of the request.
fn values_for(typology: &Typology, profile: &Profile, given: &Values, alone: bool) -> Values {
    let mut values = profile.parameters.get(typology.stem()).cloned().unwrap_or_default();
    for (name, value) in given {
        match name.split_once('.') {
            Some((stem, name)) if stem == typology.stem() => values.insert(name.to_owned(), value.clone()),
            None if alone => values.insert(name.clone(), value.clone()),
            _ => None,
        };
    }
    values
}

/// A value that reaches no typology is a mistake.
fn check_values(values: &Values, chosen: &[std::result::Result<Typology, (String, DetectError)>]) -> Result<()> {
    let usage = |what: String| Err(headwater_engine::EngineError::Usage(what).into());
    for name in values.keys() {
        match name.split_once('.') {
            None if chosen.len() == 1 => {}
            None => return usage(format!("`{name}` is a parameter of which typology? write typology.{name}")),
            Some((stem, _)) => {
                let known = chosen.iter().any(|entry| entry.as_ref().is_ok_and(|typology| typology.stem() == stem));
                if !known {
                    return usage(format!("`{name}`: typology `{stem}` is not run"));
                }
            }
        }
    }
    Ok(())
}
