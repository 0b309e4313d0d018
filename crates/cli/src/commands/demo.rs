//! `headwater demo`: the whole way, on an invented world whose criminals are known; ends with an honest account.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_assess::AssessRequest;
use headwater_detect::RunRequest;
use headwater_engine::{ImportReport, Lake};
use headwater_synth::{WorldSpec, write_world};

use super::run::{Analysed, Sources, analyse, import_all};
use super::{answer_page, flag};
use crate::args::DemoArgs;
use crate::errors::{Exit, Failure};
use crate::setup::Setup;

mod truth;

use truth::Truth;

pub(super) async fn run(args: DemoArgs, setup: &Setup) -> Result<(), Failure> {
    // HEADWATER_LAKE is not asked: an invented world has no business among a user's real data unless told by name.
    let folder = match &setup.global.lake {
        Some(_) => None,
        None => Some(kept_folder(setup)?),
    };
    let location = match (&folder, &setup.global.lake) {
        (Some(folder), _) => folder.join("lake").display().to_string(),
        (None, named) => named.clone().unwrap_or_default(),
    };
    let lake = setup.lake_at(&location)?;
    if lake.exists().await.unwrap_or(false) && !args.keep {
        let message = format!("there is a lake at {location} already, and the demo's world is invented");
        return Err(Failure::usage(message).with_help("name another folder, or add to it with --keep"));
    }
    let data = match &args.data {
        Some(data) => data.clone(),
        None => world(setup, folder.as_deref())?,
    };
    let sources = Sources::read(&data.join("sources.toml"))?;
    lake.init().await?;
    let imports = import_all(setup, &lake, &sources).await?;
    // Without a folder of the demo's own the report goes where reports of that lake go.
    let report = folder.map(|folder| folder.join("report.html"));
    let request = AssessRequest { profile: super::run::PROFILE.to_owned(), report };
    let done = analyse(setup, &lake, RunRequest::all(), request).await?;
    let truth = Truth::compare(setup, &lake, &data).await?;
    answer_page(setup, &account(&imports, &done, &truth, &lake))?;
    flag::failed(&done.flagged)
}

/// A new folder that stays, because the report in it is what the demo is for.
fn kept_folder(setup: &Setup) -> Result<PathBuf, Failure> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("headwater-demo-");
    let folder = match &setup.global.temp {
        Some(place) => builder.tempdir_in(place),
        None => builder.tempdir(),
    };
    folder.map(tempfile::TempDir::keep).map_err(|source| Failure::io("a folder for the demo", &source))
}

/// The committed world where there is one, else the same world made anew.
fn world(setup: &Setup, folder: Option<&Path>) -> Result<PathBuf, Failure> {
    let committed = PathBuf::from("data-samples");
    if committed.join("sources.toml").is_file() {
        return Ok(committed);
    }
    let target = match folder {
        Some(folder) => folder.join("world"),
        None => kept_folder(setup)?,
    };
    setup.say(&format!("no data-samples here; making the same world in {}", target.display()));
    write_world(&WorldSpec::default(), &target)?;
    Ok(target)
}

fn account(imports: &[ImportReport], done: &Analysed, truth: &Truth, lake: &Arc<Lake>) -> String {
    let sum = |count: fn(&headwater_engine::SourceReport) -> u64| -> u64 {
        imports.iter().flat_map(|report| &report.sources).map(count).sum()
    };
    let (read, stored) = (sum(|source| source.rows_read), sum(|source| source.rows_stored));
    let (duplicate, refused) = (sum(|source| source.rows_duplicate), sum(|source| source.rows_quarantined));
    let closes = if read == stored + duplicate + refused { "" } else { "  (THE COUNTS DO NOT CLOSE)" };
    let found = done.flagged.typologies.iter().filter(|line| line.found > 0);
    let found = found.map(|line| format!("{} {}", line.stem, line.found)).collect::<Vec<_>>().join(", ");
    let links = &done.linked;
    let mut lines = vec![
        format!("rows       {read} read = {stored} stored + {duplicate} duplicate + {refused} quarantined{closes}"),
        format!("findings   {}", if found.is_empty() { "none" } else { &found }),
        format!("links      {} to known entities", links.links_total),
    ];
    lines.extend(truth.lines());
    for line in done.assessed.networks.iter().take(4) {
        lines.push(format!(
            "network    {} {}: threat {} – {} – {} ({}, {}; {} % of the weight known), {} findings",
            line.id,
            line.caption,
            line.t_low,
            line.t_point,
            line.t_high,
            line.band,
            line.priority,
            line.coverage,
            line.findings
        ));
    }
    lines.push(format!("report     {}", done.assessed.html.display()));
    lines.push(format!("lake       headwater sql --lake {}", lake.location()));
    lines.join("\n") + "\n"
}

/// A row of an answer that is not what the query promised: a mistake of ours.
fn surprise(what: &str) -> Failure {
    Failure::new(Exit::Runtime, "internal", format!("the demo's own query answered without {what}"))
}
