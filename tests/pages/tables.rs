//! `docs/tables.md`: the tables and views of the lake, from `queries/schema/` and `queries/views/`.

use headwater_engine::{Kind, Library, QueryFile};

use super::{cell, notice};

pub(super) fn page(library: &Library) -> String {
    let mut text = notice("Tables", "`queries/schema/` and `queries/views/`");
    text.push_str(
        "The lake is a folder of Delta tables; DuckDB, Spark and Polars can read it as it is.\n\
         Times are UTC with microseconds, amounts are decimals or whole numbers of the smallest unit.\n",
    );
    for file in library.all(Kind::Schema) {
        text.push_str(&format!("\n## {}\n\n", file.header.title));
        for (_, body) in &file.header.sections {
            text.push_str(&format!("{body}\n"));
        }
        text.push_str(&declarations(file));
    }
    text.push_str("\n## Views\n");
    for file in library.all(Kind::View) {
        let name = file.header.section("Name").unwrap_or(&file.stem);
        text.push_str(&format!(
            "\n### {name}\n\n{}: {}\n",
            file.header.title,
            file.header.section("Holds").unwrap_or("")
        ));
    }
    text
}

/// Each declaration with the comment right above it.
fn declarations(file: &QueryFile) -> String {
    let (mut text, mut comment, mut inside) = (String::new(), Vec::new(), false);
    for line in file.text.lines() {
        if let Some(name) = line.strip_prefix("CREATE EXTERNAL TABLE ") {
            let name = name.trim_end_matches([' ', '(']);
            text.push_str(&format!("\n### {name}\n\n"));
            if !comment.is_empty() {
                text.push_str(&format!("{}\n\n", comment.join(" ")));
            }
            text.push_str("| column | type | may be NULL |\n|---|---|---|\n");
            inside = true;
        } else if inside && line.starts_with(')') {
            inside = false;
        } else if inside {
            text.push_str(&column(line.trim().trim_end_matches(',')));
        } else if let Some(order) = line.strip_prefix("WITH ORDER (") {
            text.push_str(&format!("\nSorted by {}.\n", order.trim_end_matches([')', ';'])));
        }
        match line.strip_prefix("--") {
            Some(words) => comment.push(words.trim()),
            None => comment.clear(),
        }
    }
    text
}

fn column(line: &str) -> String {
    if let Some(key) = line.strip_prefix("PRIMARY KEY (") {
        return format!("\nA row is known by {}.\n", key.trim_end_matches(')'));
    }
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let required = rest.ends_with("NOT NULL");
    let sql_type = rest.trim_end_matches("NOT NULL").trim();
    format!("| `{name}` | {} | {} |\n", cell(sql_type), if required { "" } else { "yes" })
}
