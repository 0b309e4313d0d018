//! `headwater import`: files into the lake, and what became of their rows.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use headwater_engine::{Event, Grading, ImportReport, ImportRequest, Lake, Values, Verb, import};

use super::page;
use crate::args::ImportArgs;
use crate::errors::{Exit, Failure};
use crate::progress::rate;
use crate::setup::{Deed, Setup};

pub(super) async fn run(args: ImportArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    let values = args.values.into_iter().collect();
    let grading = Grading { supplier: args.supplier, grade: args.grade, handling: args.handling };
    check_grade(setup, grading.grade.as_deref())?;
    let report = graded(setup, &lake, &args.source_format, args.paths, (values, Values::new()), grading).await?;
    let bad = report.rows_quarantined();
    if bad > 0 {
        setup.say("why rows were refused: headwater sql -c 'SELECT reason, raw FROM admin.quarantine'");
    }
    match args.max_bad {
        Some(most) if bad > most => {
            let message = format!("{bad} rows were refused, and --max-bad allows {most}; the others are stored");
            Err(Failure::new(Exit::BadRows, "bad_rows", message))
        }
        _ => Ok(()),
    }
}

/// A grade that no scheme has is refused before anything is read.
fn check_grade(setup: &Setup, grade: Option<&str>) -> Result<(), Failure> {
    let Some(grade) = grade else { return Ok(()) };
    let name = crate::args::AssessArgs::PROFILE;
    let profile = headwater_assess::Profile::parse(&format!("{name}.toml"), setup.library()?.profile(name)?)?;
    if let Some(rule) = &profile.confidence {
        headwater_assess::confidence::Grade::parse(rule, grade)?;
    }
    Ok(())
}

/// Imports with a progress line, and says per file what came of it.
pub(super) async fn bring_in(
    setup: &Setup,
    lake: &Arc<Lake>,
    format: &str,
    paths: Vec<PathBuf>,
    values: Values,
    undo: Values,
) -> Result<ImportReport, Failure> {
    graded(setup, lake, format, paths, (values, undo), Grading::default()).await
}

async fn graded(
    setup: &Setup,
    lake: &Arc<Lake>,
    format: &str,
    paths: Vec<PathBuf>,
    (values, undo): (Values, Values),
    grading: Grading,
) -> Result<ImportReport, Failure> {
    let progress = setup.progress();
    let bar = progress.bar();
    let begun = Instant::now();
    let place = std::sync::Mutex::new(String::new());
    let observer = move |event: Event| match event {
        Event::Source { name, bytes, number, of } => {
            let text = format!("{name} ({number} of {of}, {})", page::size(bytes));
            bar.set_message(text.clone());
            if let Ok(mut place) = place.lock() {
                *place = text;
            }
        }
        Event::Read { rows } => {
            let place = place.lock().map(|place| place.clone()).unwrap_or_default();
            bar.set_message(format!("{place}: {rows} rows, {} rows/s", rate(rows, begun)));
        }
        Event::Table { name } => bar.set_message(format!("writing {name}")),
        Event::Ignored { .. } => {}
    };
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let what = format!("import {format} {}", names.join(" "));
    let request =
        ImportRequest { format: format.to_owned(), paths, values, undo, grading, observer: Arc::new(observer) };
    let deed = Deed { verb: Verb::Collection, what, about_subjects: false };
    let work = async {
        let report = import(lake, &request).await?;
        let stored = report.sources.iter().map(|source| source.rows_stored).sum();
        Ok((report, stored))
    };
    let report = setup.deed(lake, deed, work).await;
    drop(progress);
    let report = report?;
    tell(setup, &report);
    Ok(report)
}

fn tell(setup: &Setup, report: &ImportReport) {
    let mut lines = vec![["file", "read", "stored", "quarantined", "duplicate", ""].map(str::to_owned).to_vec()];
    for source in &report.sources {
        lines.push(vec![
            source.name.clone(),
            source.rows_read.to_string(),
            source.rows_stored.to_string(),
            source.rows_quarantined.to_string(),
            source.rows_duplicate.to_string(),
            if source.known { "imported before".to_owned() } else { String::new() },
        ]);
    }
    for line in page::columns(&lines, &[1, 2, 3, 4]) {
        setup.say(&line);
    }
    match report.ignored.as_slice() {
        [] => {}
        [one] => setup.say(&format!("left alone, not of this format: {one}")),
        [first, .., last] => {
            setup.say(&format!("left alone, not of this format: {} files, {first} … {last}", report.ignored.len()));
            for name in &report.ignored {
                setup.say_more(&format!("  {name}"));
            }
        }
    }
}
