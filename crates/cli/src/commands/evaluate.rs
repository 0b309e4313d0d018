//! `headwater evaluate`: what the typologies find on data of which the truth is known.
//!
//! Each data set goes into a lake of its own, its labels into `truth.*`, the typologies run as they would on any lake, and
//! the macros of `queries/macros/evaluation_*.sql` count. What is compared with what is said there; this file brings the
//! data in and the answers out.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_detect::{RunReport, RunRequest, Status};
use headwater_engine::{Kind, Lake, Library, Values};

use super::flag;
use crate::args::EvaluateArgs;
use crate::errors::Failure;
use crate::measured::Measured;
use crate::output::{Format, Output};
use crate::setup::Setup;

mod attempts;
mod chart;
mod page;
mod source;
mod tables;

use page::Section;
use source::DataSet;
pub(super) use source::truth;
use tables::{Cell, Table};

pub(super) async fn run(args: EvaluateArgs, setup: &Setup) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::io("a folder for lakes", &error))?;
    let sets = args.paths.iter().map(|path| DataSet::recognise(path)).collect::<Result<Vec<_>, _>>()?;
    let mut sections = Vec::new();
    for (number, set) in sets.iter().enumerate() {
        for mode in set.modes() {
            let place = match &setup.global.lake {
                Some(kept) if sections.is_empty() => PathBuf::from(kept),
                Some(kept) => PathBuf::from(format!("{kept}-{}", sections.len() + 1)),
                None => folder.path().join(format!("lake-{}", sections.len())),
            };
            setup.say(&format!("{}, {}", set.name(), mode.name));
            let lake = fresh(setup, &place).await?;
            let place = folder.path().join(format!("world-{number}"));
            set.bring_in(setup, &lake, &place, args.seed, args.rates.as_deref()).await?;
            let report = flag::flag(setup, &lake, request(&args, &lake, mode.values)?).await?;
            flag::failed(&report).unwrap_or_else(|failure| setup.say(&failure.message));
            for line in &report.typologies {
                if let Status::Failed(why) = &line.status {
                    setup.say(&format!("{}: {why}", line.stem));
                }
            }
            let shipped = args.values.is_empty().then_some(args.profile.as_str());
            sections.push(section(setup, &lake, set, mode.name, &report, shipped).await?);
            if setup.global.lake.is_none() {
                // Lakes are large, and the next data set needs the room.
                std::fs::remove_dir_all(&place).ok();
            }
        }
    }
    if let Some(folder) = &args.out {
        page::write(folder, &sections)?;
    }
    answer(setup, &sections)
}

/// A lake that was not there before: what another one holds would be counted as background.
async fn fresh(setup: &Setup, place: &Path) -> Result<Arc<Lake>, Failure> {
    let lake = setup.lake_at(&place.to_string_lossy())?;
    if lake.exists().await.unwrap_or(false) {
        let message =
            format!("there is a lake at {} already, and what is in it would be measured, too", place.display());
        return Err(Failure::usage(message).with_help("name a folder that is not there yet"));
    }
    lake.init().await?;
    Ok(lake)
}

/// What is run: the mode's values where the typology is there, and the user's over them.
fn request(args: &EvaluateArgs, lake: &Lake, mode: &[(&str, &str)]) -> Result<RunRequest, Failure> {
    let chosen = headwater_detect::typologies(lake.library(), &args.typologies)?;
    let runs = |name: &str| {
        let stem = name.split('.').next().unwrap_or_default();
        chosen.iter().any(|entry| entry.as_ref().is_ok_and(|typology| typology.stem() == stem))
    };
    let mut values: Values = mode
        .iter()
        .filter(|(name, _)| runs(name))
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    values.extend(args.values.iter().cloned());
    Ok(RunRequest { typologies: args.typologies.clone(), profile: args.profile.clone(), values, ..RunRequest::all() })
}

/// Asks for all tables that say something of a data set. `shipped` is the profile where nothing else was changed.
async fn section(
    setup: &Setup,
    lake: &Arc<Lake>,
    set: &DataSet,
    mode: &'static str,
    report: &RunReport,
    shipped: Option<&str>,
) -> Result<Section, Failure> {
    let session = setup.session(lake);
    let mut tables = Vec::new();
    for (title, sql) in set.questions() {
        let batches = session.sql(sql).await?.collect().await?;
        let table = Table::of(title, &batches)?;
        if !table.rows.is_empty() {
            tables.push(table);
        }
    }
    let notes = report.typologies.iter().filter(|line| !line.note.is_empty());
    let notes = notes.map(|line| format!("`{}`: {}", line.stem, line.note)).collect();
    let measured = shipped.map(|profile| measured(lake.library(), set, profile, &tables)).transpose()?;
    Ok(Section { name: set.name(), about: set.about(), mode, tables, notes, measured: measured.unwrap_or_default() })
}

/// The record of what the typologies found on a world, with their versions.
fn measured(library: &Library, set: &DataSet, profile: &str, tables: &[Table]) -> Result<Vec<Measured>, Failure> {
    let Some(cases) = tables.iter().find(|table| table.title == source::CASES.0) else { return Ok(Vec::new()) };
    let count = |column: &str, row: usize| match cases.column(column).get(row) {
        Some(Cell::Count(count)) => *count,
        _ => 0,
    };
    let mut record = Vec::new();
    for (row, stem) in cases.column("typology").into_iter().map(Cell::text).enumerate() {
        if stem == "all" {
            continue;
        }
        let version = library.get(Kind::Typology, &stem)?.header.section("Version").unwrap_or_default().to_owned();
        record.push(Measured {
            data: set.name(),
            profile: profile.to_owned(),
            typology: stem,
            version,
            planted: count("planted", row),
            found: count("found", row),
            findings: count("flagged", row),
            findings_right: count("flagged_right", row),
        });
    }
    Ok(record)
}

fn answer(setup: &Setup, sections: &[Section]) -> Result<(), Failure> {
    let options = setup.output();
    let text = match options.format {
        Format::Json | Format::Ndjson => page::json(sections),
        Format::Markdown => page::markdown(sections, None),
        Format::Table => page::plain(sections),
        Format::Csv | Format::Tsv | Format::Parquet | Format::Arrow => {
            return Err(Failure::usage("an evaluation is several tables")
                .with_help("take --format table, markdown or json, or --lake DIR and ask the lake"));
        }
    };
    let mut output = Output::new(options)?;
    output.page(&text)?;
    output.close()
}
