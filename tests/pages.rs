//! The generated pages of `docs/`: made from the code and the query files, so that they cannot fall behind.
//!
//! `cargo xtask docs` writes them (it runs this very test with `HEADWATER_PAGES=write`), and `cargo xtask docs --check`
//! compares. A page nobody generates any more is an error too.

use std::collections::BTreeMap;
use std::path::Path;

use crate::support;

mod formats;
mod functions;
mod operators;
mod tables;
mod typologies;

/// The folder of pages of which every file is generated.
const WHOLLY_GENERATED: &str = "typologies";

/// Every generated page: path below `docs/`, text.
fn pages() -> BTreeMap<String, String> {
    let library = support::library();
    let mut pages = BTreeMap::from([
        ("functions.md".to_owned(), functions::page(&library)),
        ("formats.md".to_owned(), formats::page(&library)),
        ("operators.md".to_owned(), operators::page()),
        ("tables.md".to_owned(), tables::page(&library)),
        ("typologies.md".to_owned(), typologies::index(&library)),
    ]);
    pages.extend(typologies::pages(&library));
    pages
}

/// The first line of every generated page.
fn notice(title: &str, source: &str) -> String {
    format!("<!-- Generated from {source} by `cargo xtask docs`. Change it there. -->\n\n# {title}\n\n")
}

/// A cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn parameter_table(parameters: &[headwater_engine::Parameter]) -> String {
    if parameters.is_empty() {
        return "It has no parameters.\n".to_owned();
    }
    let mut text = "| parameter | type | default |\n|---|---|---|\n".to_owned();
    for parameter in parameters {
        let default = if parameter.default.is_empty() { String::new() } else { format!("`{}`", parameter.default) };
        text.push_str(&format!("| `{}` | {} | {} |\n", parameter.name, cell(&parameter.sql_type), cell(&default)));
    }
    text
}

/// The first line in which two texts differ, for the person who has to find it.
fn difference(old: &str, new: &str) -> String {
    let (mut before, mut after) = (old.lines(), new.lines());
    for line in 1.. {
        match (before.next(), after.next()) {
            (None, None) => break,
            (old, new) if old == new => {}
            (old, new) => {
                return format!(
                    "line {line}\n  is        {}\n  should be {}",
                    old.unwrap_or("(end)"),
                    new.unwrap_or("(end)")
                );
            }
        }
    }
    "line ends".to_owned()
}

fn names_below(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn generated_pages_are_what_the_code_says() {
    let docs = support::repository().join("docs");
    let write = support::environment("HEADWATER_PAGES").is_some_and(|mode| mode == "write");
    let pages = pages();
    let mut stale = Vec::new();
    for (name, text) in &pages {
        let path = docs.join(name);
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        if old == *text {
            continue;
        }
        if write {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
        } else {
            stale.push(format!("docs/{name}: {}", difference(&old, text)));
        }
    }
    for name in names_below(&docs.join(WHOLLY_GENERATED)) {
        let name = format!("{WHOLLY_GENERATED}/{name}");
        if pages.contains_key(&name) {
            continue;
        }
        if write {
            std::fs::remove_file(docs.join(&name)).unwrap();
        } else {
            stale.push(format!("docs/{name}: nothing generates this page"));
        }
    }
    assert!(stale.is_empty(), "run `cargo xtask docs`:\n{}", stale.join("\n"));
}
