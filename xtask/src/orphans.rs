//! The same stem always: a query file and its script, a function or an operator and its script.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::environment::repository;

/// Folders of `queries/` whose every file has a script in the folder of that name under `tests/slt/`.
const PAIRED: [&str; 8] = ["typologies", "import", "links", "indicators", "products", "views", "macros", "derive"];

/// Says what lacks its other half.
pub(crate) fn check() -> Result<(), String> {
    let root = repository();
    let mut orphans = Vec::new();
    for folder in PAIRED {
        let queries = stems(&root.join("queries").join(folder), "sql");
        let scripts = stems(&root.join("tests/slt").join(folder), "slt");
        for stem in queries.difference(&scripts) {
            orphans.push(format!("queries/{folder}/{stem}.sql has no tests/slt/{folder}/{stem}.slt"));
        }
        for stem in scripts.difference(&queries) {
            orphans.push(format!("tests/slt/{folder}/{stem}.slt has no queries/{folder}/{stem}.sql"));
        }
    }
    for (page, folder) in [("docs/functions.md", "functions"), ("docs/operators.md", "operators")] {
        let names = documented(&root.join(page))?;
        let scripts = stems(&root.join("tests/slt").join(folder), "slt");
        for name in names.difference(&scripts) {
            orphans.push(format!("{page} has {name}, and there is no tests/slt/{folder}/{name}.slt"));
        }
        for name in scripts.difference(&names) {
            orphans.push(format!("tests/slt/{folder}/{name}.slt is of nothing in {page}"));
        }
    }
    if orphans.is_empty() {
        return Ok(());
    }
    Err(orphans.join("\n"))
}

/// File names up to their first dot, so that `ofac_sdn.real.slt` is a script of `ofac_sdn`.
fn stems(folder: &Path, extension: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .filter_map(|path| path.file_name()?.to_string_lossy().split('.').next().map(str::to_owned))
        .collect()
}

/// What a page of the manual describes. It is generated from the one list there is and checked against it.
fn documented(page: &Path) -> Result<BTreeSet<String>, String> {
    let text =
        fs::read_to_string(page).map_err(|error| format!("{}: {error}; run `cargo xtask docs`", page.display()))?;
    let names =
        text.lines().filter_map(|line| line.strip_prefix("## ")).filter(|name| !["macros", "readers"].contains(name));
    Ok(names.map(str::to_owned).collect())
}
