//! Typologies, links, indicators, products and the views of networks and of the work queue, each against its own small
//! world: `slt/{typologies,links,indicators,products}/<stem>.slt` and `slt/{views,macros}/<stem>.world.slt`; what is made
//! of them, `slt/scores/`.
//!
//! A script has a fresh lake to itself. It fills it with `INSERT INTO flow.transfers (…) VALUES …`, which a user's session
//! refuses and this runner routes through a [`Writer`]; columns left out get the defaults of [`world::DEFAULTS`]. Then
//! `FLAG structuring count=4` runs a typology and returns `status, found, new, note`; `RUN
//! indicators/A01 from=…` returns the rows of one query file; `JUDGE`, `ASSESS`, `EXPLAIN_SCORE`, `READ` and `PERSONS` call
//! what the commands call; everything else is SQL.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    run_all(&["links", "indicators", "products", "views", "macros"].map(scripts).concat());
}

#[test]
fn scores_are_what_their_scripts_say() {
    run_all(&scripts("scores"));
}

/// A few scripts at a time: their lakes have nothing in common, and each takes what memory and threads a lake takes.
fn run_all(paths: &[PathBuf]) {
    let run = |path: &Path| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let check = async { script::check(path, World::new().await).await };
        runtime.map_err(|error| error.to_string())?.block_on(check)
    };
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        let at_once = std::thread::available_parallelism().map_or(2, |number| number.get() * 2);
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let checked = std::panic::catch_unwind(AssertUnwindSafe(|| run(path)));
                    if let Err(failure) = checked.unwrap_or_else(|_| Err(format!("{}: stopped", stem(path)))) {
                        failures.lock().unwrap().insert(path, failure);
                    }
                }
            });
        }
    });
    let failures: Vec<String> = failures.into_inner().unwrap().into_values().collect();
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
