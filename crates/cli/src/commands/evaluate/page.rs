//! The evaluation as a page, as JSON, and as plain tables.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::chart;
use super::tables::{Cell, Table};
use crate::commands::page::columns;
use crate::errors::Failure;
use crate::measured::{self, Measured};

/// What was measured on one data set in one mode.
pub(super) struct Section {
    pub(super) name: String,
    pub(super) about: &'static str,
    pub(super) mode: &'static str,
    pub(super) tables: Vec<Table>,
    /// What could not be tested.
    pub(super) notes: Vec<String>,
    /// What was measured of each typology as it ships; empty where other values were tried.
    pub(super) measured: Vec<Measured>,
}

/// Writes `evaluation.md`, `evaluation.json`, the record of what was measured, and a curve for each section that has one.
pub(super) fn write(folder: &Path, sections: &[Section]) -> Result<(), Failure> {
    let name = folder.display().to_string();
    std::fs::create_dir_all(folder).map_err(|source| Failure::io(&name, &source))?;
    let mut curves = Vec::new();
    for (number, section) in sections.iter().enumerate() {
        let svg = section.tables.iter().find_map(chart::curves);
        let file = svg.as_ref().map(|_| format!("evaluation-{}.svg", number + 1));
        if let (Some(svg), Some(file)) = (&svg, &file) {
            put(folder, file, svg)?;
        }
        curves.push(file);
    }
    put(folder, "evaluation.md", &markdown(sections, Some(&curves)))?;
    put(folder, "evaluation.json", &json(sections))?;
    let record: Vec<&Measured> = sections.iter().flat_map(|section| &section.measured).collect();
    put(folder, measured::FILE, &format!("{:#}\n", json!(record)))
}

fn put(folder: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = folder.join(name);
    std::fs::write(&path, text).map_err(|source| Failure::io(&path.display().to_string(), &source))
}

/// The page; with the files of the curves where they were written.
pub(super) fn markdown(sections: &[Section], curves: Option<&[Option<String>]>) -> String {
    let mut page = String::from(
        "# Evaluation\n\nWhat the typologies find on data of which the truth is known, as `headwater evaluate` measures it.\n\
         Figures from synthetic data do not transfer to real books.\n",
    );
    for (number, section) in sections.iter().enumerate() {
        let _ = write!(page, "\n## {}: {}\n\n{}\n", section.name, section.mode, section.about);
        for table in &section.tables {
            let _ = write!(page, "\n### {}\n\n", table.title);
            let _ = writeln!(page, "| {} |", table.columns.join(" | "));
            let _ = writeln!(page, "|{}", " --- |".repeat(table.columns.len()));
            for row in &table.rows {
                let cells: Vec<String> = row.iter().map(|cell| cell.text().replace('|', "\\|")).collect();
                let _ = writeln!(page, "| {} |", cells.join(" | "));
            }
            let curve = curves.and_then(|curves| curves.get(number)).and_then(Option::as_ref);
            if let Some(file) = curve.filter(|_| chart::curves(table).is_some()) {
                let _ = write!(page, "\n![Precision over recall]({file})\n");
            }
        }
        if !section.notes.is_empty() {
            page.push_str("\n### Not tested\n\n");
            for note in &section.notes {
                let _ = writeln!(page, "- {note}");
            }
        }
    }
    page
}

/// All of it for a program.
pub(super) fn json(sections: &[Section]) -> String {
    let table = |table: &Table| {
        let row = |row: &Vec<Cell>| -> Value {
            let pairs = table.columns.iter().zip(row).map(|(name, cell)| (name.clone(), cell.json()));
            Value::Object(pairs.collect())
        };
        json!({ "title": table.title, "rows": table.rows.iter().map(row).collect::<Vec<_>>() })
    };
    let sections: Vec<Value> = sections
        .iter()
        .map(|section| {
            json!({
                "data": section.name,
                "about": section.about,
                "mode": section.mode,
                "tables": section.tables.iter().map(table).collect::<Vec<_>>(),
                "not_tested": section.notes,
            })
        })
        .collect();
    format!("{:#}\n", Value::Array(sections))
}

/// Tables for a terminal: the curve and the notes are left to the page.
pub(super) fn plain(sections: &[Section]) -> String {
    let mut text = String::new();
    for section in sections {
        let _ = write!(text, "{}: {}\n{}\n", section.name, section.mode, section.about);
        for table in section.tables.iter().filter(|table| chart::curves(table).is_none()) {
            let mut lines = vec![table.columns.clone()];
            lines.extend(table.rows.iter().map(|row| row.iter().map(Cell::text).collect()));
            let numbers: Vec<usize> = (0..table.columns.len())
                .filter(|place| table.rows.iter().any(|row| row.get(*place).and_then(Cell::number).is_some()))
                .collect();
            let _ = write!(text, "\n{}\n", table.title);
            for line in columns(&lines, &numbers) {
                let _ = writeln!(text, "{}", line.trim_end());
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section() -> Section {
        let table = Table {
            title: "Precision and recall over the score",
            columns: ["typology", "least_score", "findings", "precision", "recall"].map(str::to_owned).to_vec(),
            rows: vec![
                vec![
                    Cell::Text("a|b".to_owned()),
                    Cell::Share(0.5),
                    Cell::Count(4),
                    Cell::Share(0.25),
                    Cell::Share(1.0),
                ],
                vec![Cell::Text("a|b".to_owned()), Cell::Share(0.9), Cell::Count(1), Cell::Share(1.0), Cell::None],
            ],
        };
        Section {
            name: "World".to_owned(),
            about: "Synthetic.",
            mode: "m",
            tables: vec![table],
            measured: Vec::new(),
            notes: vec!["n".to_owned()],
        }
    }

    #[test]
    fn a_page_says_what_is_unknown_with_nothing_and_never_with_zero() {
        let page = markdown(&[section()], Some(&[Some("evaluation-1.svg".to_owned())]));
        assert!(page.contains("| a\\|b | 0.500 | 4 | 0.250 | 1.000 |\n| a\\|b | 0.900 | 1 | 1.000 |  |\n"), "{page}");
        assert!(page.contains("![Precision over recall](evaluation-1.svg)") && page.contains("- n\n"), "{page}");
        let read: Value = serde_json::from_str(&json(&[section()])).unwrap_or_default();
        let rows = &read[0]["tables"][0]["rows"];
        assert_eq!((&rows[0]["findings"], &rows[1]["recall"]), (&json!(4), &Value::Null));
        assert!(!plain(&[section()]).contains("over the score"), "the curve is for the page");
    }

    #[test]
    fn files_are_written_into_a_folder_that_is_made() {
        let folder = tempfile::tempdir().map(|folder| folder.keep()).unwrap_or_default();
        assert!(write(&folder.join("new"), &[section()]).is_ok());
        for name in ["evaluation.md", "evaluation.json", "evaluation-1.svg"] {
            assert!(folder.join("new").join(name).is_file(), "{name}");
        }
        std::fs::remove_dir_all(&folder).ok();
    }
}
