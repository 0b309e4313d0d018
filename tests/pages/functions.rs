//! `docs/functions.md`: the scalar functions, the macros and the readers.

use headwater_engine::{Kind, Library, functions, macro_signature, reader_docs};

use super::{cell, notice};

pub(super) fn page(library: &Library) -> String {
    let mut text = notice("Functions, macros and readers", "the code of each function and reader, and queries/macros");
    text.push_str(
        "What Headwater adds to the SQL of DataFusion.\n\
         NULL in gives NULL out, and text that cannot be read gives NULL rather than an error.\n\
         `SHOW FUNCTIONS` lists all of them, DataFusion's own included.\n\n",
    );
    let pages = functions::reference();
    for page in &pages {
        let first = page.description.split(". ").flat_map(|part| part.split(".\n")).next().unwrap_or_default();
        let first = first.trim_end_matches('.');
        text.push_str(&format!("- [`{0}`](#{0}): {first}.\n", page.name));
    }
    text.push_str("- [macros](#macros): questions with arguments, in SQL.\n");
    text.push_str("- [readers](#readers): outside data as tables.\n");
    for page in &pages {
        text.push_str(&format!("\n## {}\n\n`{}`\n\n{}\n\n", page.name, page.syntax, page.description));
        for (name, meaning) in &page.arguments {
            text.push_str(&format!("- `{name}`: {meaning}\n"));
        }
        text.push_str(&format!("\n{}\n", page.example));
    }
    text.push_str(
        "\n## macros\n\n\
         A macro is a SELECT of `queries/macros/` with arguments, used in FROM like a table.\n\
         Arguments are given in order or by name, and `EXPLAIN` shows what runs.\n",
    );
    for file in library.all(Kind::Macro) {
        let section = |label: &str| file.header.section(label).unwrap_or_default();
        text.push_str(&format!("\n### {}\n\n`{}`\n\n", file.stem, macro_signature(file)));
        text.push_str(&format!(
            "{}: {}\n\n```sql\n{}\n```\n",
            file.header.title,
            section("Answers"),
            section("Example")
        ));
    }
    text.push_str(
        "\n## readers\n\n\
         A reader is a table function: `SELECT * FROM read_csv('book.csv')`.\n\
         A row says where it came from (`position`, and where the format has it the byte range) and what is wrong with it \
         (`error`).\n\
         Readers open files, so only the shell and imports have them.\n\n\
         | reader | arguments | a row is |\n|---|---|---|\n",
    );
    for reader in reader_docs() {
        let usage = reader.usage.strip_prefix("path").unwrap_or(reader.usage);
        text.push_str(&format!("| `{}` | `path{}` | {} |\n", reader.name, cell(usage), cell(reader.description)));
    }
    text
}
