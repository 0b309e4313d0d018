//! `docs/formats.md`: what can be imported, from the headers of `queries/import/`.

use headwater_engine::{Kind, Library, QueryFile};

use super::{notice, parameter_table};

pub(super) fn page(library: &Library) -> String {
    let mut text = notice("Formats", "the headers of `queries/import/`");
    text.push_str(
        "`headwater import FORMAT PATH…` reads files, or folders of files, in one of these formats.\n\
         All files of one command become visible together or not at all.\n\
         A row that cannot be taken goes to `admin.quarantine` with the reason and its raw text; rows read = stored + \
         quarantined + duplicate, always.\n\
         A source is graded by reliability (A to F, X for synthetic) and content (1 to 6).\n\n",
    );
    for file in library.all(Kind::Import) {
        text.push_str(&format!("- [`{0}`](#{0}): {1}\n", file.stem, file.header.title));
    }
    for file in library.all(Kind::Import) {
        text.push_str(&section(file));
    }
    text
}

fn section(file: &QueryFile) -> String {
    let mut text = format!("\n## {}\n\n{}.\n\n", file.stem, file.header.title);
    for (label, body) in &file.header.sections {
        text.push_str(&format!("- **{}**: {body}\n", if label.is_empty() { "Note" } else { label }));
    }
    let globs: Vec<&str> = file
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("-- @file ").or_else(|| line.strip_prefix("-- @folder ")))
        .collect();
    text.push_str(&format!("- **Files**: `{}`\n", globs.join("`, then `")));
    let mut tables: Vec<&str> = Vec::new();
    for table in file.text.lines().filter_map(|line| line.strip_prefix("INSERT INTO ")) {
        if !tables.contains(&table.trim()) {
            tables.push(table.trim());
        }
    }
    text.push_str(&format!("- **Fills**: `{}`\n", tables.join("`, `")));
    if !file.header.parameters.is_empty() {
        text.push_str(&format!("\n{}", parameter_table(&file.header.parameters)));
    }
    text
}
