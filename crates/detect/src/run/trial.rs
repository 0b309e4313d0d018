//! A typology tried with other values: what it would find, and nothing is written.

use std::sync::Arc;
use std::time::Duration;

use headwater_engine::datafusion::arrow::array::RecordBatch;
use headwater_engine::{Kind, Lake, Session, Values};

use super::{Ground, TypologyReport, look, record, values_for};
use crate::error::Result;
use crate::profile::Profile;
use crate::run::RunRequest;
use crate::typology::Typology;

/// What to try.
pub struct TrialRequest {
    /// The stem of a typology.
    pub typology: String,
    /// The stem of a detection profile.
    pub profile: String,
    /// One set of values for each trial; what it does not name is as the profile, or else the file, has it.
    pub trials: Vec<Values>,
    /// Findings kept of one trial; those beyond are counted.
    pub max_rows: usize,
    /// How long one trial may take.
    pub max_time: Option<Duration>,
    /// Told the number of each trial before it begins, for a progress bar.
    pub observer: Arc<dyn Fn(usize) + Send + Sync>,
}

/// What one set of values came to.
#[derive(Debug)]
pub struct Trial {
    /// The values that were tried, those of the profile and the defaults left out.
    pub values: Values,
    /// What became of it.
    pub report: TypologyReport,
    /// The findings, as rows of `finding.findings`.
    pub findings: RecordBatch,
}

/// Runs a typology once for each set of values over one snapshot. The lake is left as it is.
///
/// # Errors
/// [`crate::DetectError`] for a profile, a typology or a parameter that is not there, a value that does not read as its type,
/// and a lake that cannot be read. What goes wrong with one set of values alone stands in its report.
pub async fn try_values(lake: &Arc<Lake>, request: &TrialRequest) -> Result<Vec<Trial>> {
    let library = Arc::clone(lake.library());
    let profile = Profile::load(&library, &request.profile)?;
    let typology = Typology::load(library.get(Kind::Typology, &request.typology)?)?;
    let session = Session::pinned(lake);
    session.pin().record().await?;
    profile.register(&session)?;
    let ground = Ground::survey(&session).await?;
    let limits = RunRequest { max_rows: request.max_rows, max_time: request.max_time, ..RunRequest::all() };
    let mut trials = Vec::with_capacity(request.trials.len());
    for (number, given) in request.trials.iter().enumerate() {
        (request.observer)(number + 1);
        let values = values_for(&typology, &profile, given, true);
        let outcome = look(&session, &ground, &profile, typology.clone(), &values, &limits).await?;
        let findings = record::findings(&ground.dataset, std::slice::from_ref(&outcome))?;
        trials.push(Trial { values: given.clone(), report: outcome.report, findings });
    }
    Ok(trials)
}

/// The values that a typology runs with under a profile when nothing else is said, by name.
///
/// # Errors
/// As [`try_values`].
pub fn usual_values(lake: &Arc<Lake>, typology: &str, profile: &str) -> Result<Values> {
    let profile = Profile::load(lake.library(), profile)?;
    let typology = Typology::load(lake.library().get(Kind::Typology, typology)?)?;
    let values = values_for(&typology, &profile, &Values::new(), true);
    Ok(headwater_engine::Bindings::for_file(&typology.file, &values)?.texts())
}
