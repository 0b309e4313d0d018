//! `headwater flag`: the typologies over one snapshot, and what each one found, could not test, or failed at.

use std::sync::Arc;

use headwater_detect::{Event, RunReport, RunRequest, Status};
use headwater_engine::{Lake, Verb};

use crate::args::FlagArgs;
use crate::errors::{Exit, Failure};
use crate::output::Rows;
use crate::setup::{Deed, Setup};

pub(super) async fn run(args: FlagArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let request = RunRequest {
        typologies: args.typologies,
        profile: args.profile,
        values: args.values.into_iter().collect(),
        max_rows: args.max_findings,
        max_time: Some(args.max_time),
        ..RunRequest::all()
    };
    let report = flag(setup, &lake, request).await?;
    let mut rows = Rows::new(&["id", "typology", "status", "found#", "new#", "note"]);
    for line in &report.typologies {
        let (found, new) = (line.found.to_string(), line.new.to_string());
        rows.push([&line.id, &line.stem, line.status.word(), &found, &new, &line.note]);
    }
    super::answer(setup, rows).await?;
    setup.say_more(&format!("snapshot {}, dataset {}", report.snapshot_id, report.dataset));
    failed(&report)?;
    if args.fail_empty && report.typologies.iter().all(|line| line.found == 0) {
        return Err(Failure::new(Exit::Empty, "empty", "nothing was found"));
    }
    Ok(())
}

/// Runs typologies with a progress line.
pub(super) async fn flag(setup: &Setup, lake: &Arc<Lake>, request: RunRequest) -> Result<RunReport, Failure> {
    let progress = setup.progress();
    let bar = progress.bar();
    let observer = move |event: Event| match event {
        Event::Typology { stem, number, of } => bar.set_message(format!("{stem} ({number} of {of})")),
        Event::Writing { findings } => bar.set_message(format!("writing {findings} findings")),
    };
    let what = format!("flag {} --profile {}", request.typologies.join(" "), request.profile);
    let deed = Deed { verb: Verb::Combination, what, about_subjects: false };
    let most = request.max_rows;
    let work = async {
        let report = headwater_detect::run(lake, &RunRequest { observer: Arc::new(observer), ..request }).await?;
        let rows = report.typologies.iter().map(|line| line.found as u64).sum();
        Ok((report, rows))
    };
    let report: RunReport = setup.deed(lake, deed, work).await?;
    for line in &report.typologies {
        if let Status::Capped(beyond) = line.status {
            setup.say(&format!(
                "{}: {beyond} findings beyond the first {most} were not kept; that many are seldom worth keeping, and a \
                 parameter may be wrong (headwater tune {})",
                line.stem, line.stem
            ));
        }
    }
    Ok(report)
}

/// A typology that failed has looked at nothing: a run that hides that would pass for a clean bill.
pub(super) fn failed(report: &RunReport) -> Result<(), Failure> {
    let names = |is: fn(&Status) -> bool| -> Vec<&str> {
        report.typologies.iter().filter(|line| is(&line.status)).map(|line| line.stem.as_str()).collect()
    };
    let failed = names(|status| matches!(status, Status::Failed(_)));
    let stopped = names(|status| matches!(status, Status::Stopped(_)));
    let told = |word: &str, names: &[&str]| (!names.is_empty()).then(|| format!("{word}: {}", names.join(", ")));
    let parts: Vec<String> = told("failed", &failed).into_iter().chain(told("stopped", &stopped)).collect();
    if parts.is_empty() {
        return Ok(());
    }
    let message = format!("{}; what they look for was not looked for", parts.join("; "));
    if failed.is_empty() {
        return Err(Failure::new(Exit::Limit, "limit.time", message).with_help("--max-time gives them more time"));
    }
    Err(Failure::new(Exit::Runtime, "typology.failed", message)
        .with_help("the notes above, and finding.coverage, say why"))
}
