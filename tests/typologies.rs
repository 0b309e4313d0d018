//! Typologies, links, indicators and the views of networks and of the work queue, each against its own small world:
//! `slt/{typologies,links,indicators}/<stem>.slt` and `slt/{views,macros}/<stem>.world.slt`.
//!
//! A script has a fresh lake to itself. It fills it with `INSERT INTO flow.transfers (…) VALUES …`, which a user's session
//! refuses and this runner routes through a [`Writer`]; columns left out get the defaults of [`world::DEFAULTS`]. Then
//! `FLAG structuring count=4` runs a typology and returns `status, found, new, note`; `RUN
//! indicators/A01 from=…` returns the rows of one query file; everything else is SQL.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use headwater_engine::Kind;

use crate::script;
use crate::support::library;

mod world;

use world::World;

fn scripts(folder: &str) -> Vec<PathBuf> {
    let ending = if matches!(folder, "views" | "macros") { ".world.slt" } else { ".slt" };
    script::scripts(folder, |name| name.ends_with(ending))
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

#[test]
fn typologies_find_what_their_scripts_say() {
    run_all(&scripts("typologies"));
}

#[test]
fn links_and_indicators_say_what_their_scripts_say() {
    run_all(&["links", "indicators", "views", "macros"].map(scripts).concat());
}

/// Each script on a thread of its own: their lakes have nothing in common.
fn run_all(paths: &[PathBuf]) {
    let run = |path: &Path| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let check = async { script::check(path, World::new().await).await };
        runtime.map_err(|error| error.to_string())?.block_on(check)
    };
    let failures: Vec<String> = std::thread::scope(|scope| {
        let work: Vec<_> = paths.iter().map(|path| (path, scope.spawn(move || run(path)))).collect();
        work.into_iter()
            .filter_map(|(path, thread)| match thread.join() {
                Ok(Ok(())) => None,
                Ok(Err(failure)) => Some(failure),
                Err(_) => Some(format!("{}: stopped", stem(path))),
            })
            .collect()
    });
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_typology_has_a_script_and_every_script_a_typology() {
    let library = library();
    let files: BTreeSet<String> = library.all(Kind::Typology).map(|file| file.stem.clone()).collect();
    let scripts: BTreeSet<String> = scripts("typologies").iter().map(|path| stem(path)).collect();
    assert_eq!(files, scripts);
}

#[test]
fn every_typology_header_is_complete_and_every_id_its_own() {
    let library = library();
    let mut ids = BTreeSet::new();
    for loaded in headwater_detect::typologies(&library, &[]).unwrap_or_default() {
        match loaded {
            Ok(typology) => assert!(ids.insert(typology.id.clone()), "two typologies are {}", typology.id),
            Err((stem, error)) => assert_eq!(stem, "", "{error}"),
        }
    }
    assert!(!ids.is_empty());
}
