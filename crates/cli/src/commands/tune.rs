//! `headwater tune`: what a typology would find with other values of its parameters. Nothing is written.
//!
//! Each set of values is run over one snapshot, and the findings are held against what people decided and against what was
//! planted, where either is known. The counting is SQL, in `tune.sql`.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Schema};
use headwater_detect::{Trial, TrialRequest};
use headwater_engine::datafusion::datasource::MemTable;
use headwater_engine::{Kind, QueryFile, Session, Values};

use super::trace::query::quoted;
use crate::args::TuneArgs;
use crate::errors::{Exit, Failure};
use crate::output::Output;
use crate::setup::Setup;

mod grid;

const QUERY: &str = include_str!("tune.sql");

/// Trials of one call, at most: more is a slip in a list.
const MOST: usize = 1000;

pub(super) async fn run(args: TuneArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let file = Arc::clone(lake.library().get(Kind::Typology, &args.typology)?);
    let usual = headwater_detect::usual_values(&lake, &args.typology, &args.profile)?;
    let trials = trials(&args, &file, &usual)?;
    let progress = setup.progress();
    let (bar, of) = (progress.bar(), trials.len());
    let request = TrialRequest {
        typology: args.typology.clone(),
        profile: args.profile.clone(),
        trials,
        max_rows: args.max_findings,
        max_time: Some(args.max_time),
        observer: Arc::new(move |number| bar.set_message(format!("trial {number} of {of}"))),
    };
    let done = headwater_detect::try_values(&lake, &request).await?;
    drop(progress);
    let session = setup.session(&lake);
    register(&session, "trial.trials", listed(&done)?)?;
    register(&session, "trial.findings", found(&done)?)?;
    planted(&session, args.truth.as_deref(), &args.typology).await?;
    let mut output = Output::new(setup.output())?;
    super::execute(&session, &QUERY.replace("$typology", &quoted(&args.typology)), &mut output).await?;
    output.close()?;
    if args.truth.is_none() {
        setup.say_more("recall and precision are those of decisions; --truth measures against what was planted");
    }
    Ok(())
}

/// What to try, the values as they are first.
fn trials(args: &TuneArgs, file: &QueryFile, usual: &Values) -> Result<Vec<Values>, Failure> {
    let mut trials = vec![Values::new()];
    if args.values.is_empty() {
        trials.extend(grid::around(&file.header.parameters, usual));
        return Ok(trials);
    }
    for (name, list) in &args.values {
        let values: Vec<&str> = list.split(',').map(str::trim).filter(|value| !value.is_empty()).collect();
        if values.is_empty() {
            return Err(Failure::usage(format!("--set {name}: there is no value; write {name}=3,4,5")));
        }
        let mut next = Vec::with_capacity(trials.len() * values.len());
        for trial in &trials {
            for value in &values {
                let mut with = trial.clone();
                if with.insert(name.clone(), (*value).to_owned()).is_some() {
                    return Err(Failure::usage(format!("--set {name} is given twice; write {name}=3,4,5")));
                }
                if !next.contains(&with) {
                    next.push(with);
                }
            }
        }
        trials = next;
        if trials.len() > MOST {
            return Err(Failure::usage(format!("these are more than {MOST} combinations; name fewer values")));
        }
    }
    Ok(trials)
}

/// One row a trial.
fn listed(done: &[Trial]) -> Result<RecordBatch, Failure> {
    let text = |pick: &dyn Fn(&Trial) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(done.iter().map(pick)))
    };
    let tried = |trial: &Trial| {
        let parts: Vec<String> = trial.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if parts.is_empty() { "as it is".to_owned() } else { parts.join(", ") }
    };
    let found = done.iter().map(|trial| i64::try_from(trial.report.found).unwrap_or(i64::MAX));
    Ok(RecordBatch::try_from_iter([
        ("trial", numbers((0..done.len()).map(place))),
        ("tried", text(&tried)),
        ("status", text(&|trial| trial.report.status.word().to_owned())),
        ("found", numbers(found)),
        ("note", text(&|trial| trial.report.note.clone())),
    ])?)
}

/// The findings of all trials, each with the number of its trial.
fn found(done: &[Trial]) -> Result<RecordBatch, Failure> {
    let mut batches = Vec::with_capacity(done.len());
    for (number, trial) in done.iter().enumerate() {
        let rows = &trial.findings;
        let mut fields = vec![Arc::new(Field::new("trial", DataType::Int64, false))];
        fields.extend(rows.schema().fields().iter().cloned());
        let mut columns = vec![numbers(std::iter::repeat_n(place(number), rows.num_rows()))];
        columns.extend(rows.columns().iter().cloned());
        batches.push(RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?);
    }
    let Some(first) = batches.first() else {
        return Err(Failure::new(Exit::Runtime, "internal", "there was nothing to try"));
    };
    Ok(concat_batches(&first.schema(), &batches)?)
}

/// `trial.planted`: the subjects of schemes and decoys of this typology; no rows without a file.
async fn planted(session: &Session, file: Option<&Path>, typology: &str) -> Result<(), Failure> {
    let sql = match file {
        None => "SELECT CAST(0 AS BIGINT) AS subject, false AS expected, false AS decoy WHERE false".to_owned(),
        Some(file) if !file.is_file() => {
            let failure = Failure::new(Exit::Io, "io", format!("{}: there is no such file", file.display()));
            return Err(failure.with_help("headwater synth writes truth/schemes.csv beside a world"));
        }
        Some(file) => format!(
            "SELECT account(subject_ledger, subject_identifier) AS subject, expected = 'true' AS expected, \
             decoy = 'true' AS decoy FROM read_csv({}) WHERE typology = {}",
            quoted(&file.display().to_string()),
            quoted(typology)
        ),
    };
    let frame = session.sql(&sql).await?;
    let schema = Arc::new(frame.schema().as_arrow().clone());
    let rows = frame.collect().await?;
    Ok(session.register("trial.planted", Arc::new(MemTable::try_new(schema, vec![rows])?))?)
}

fn register(session: &Session, name: &str, rows: RecordBatch) -> Result<(), Failure> {
    Ok(session.register(name, Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows]])?))?)
}

fn place(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn numbers(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(Int64Array::from_iter_values(values))
}
