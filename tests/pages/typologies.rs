//! `docs/typologies.md` and one page a typology, from the headers of `queries/typologies/`.

use std::collections::BTreeMap;

use headwater_engine::{Kind, Library, QueryFile};

use super::{cell, notice, parameter_table};

/// What a reader asks of a typology, and the section of its header that answers.
const QUESTIONS: [(&str, &str); 7] = [
    ("What it finds", "Finds"),
    ("Why it matters", "Matters"),
    ("Innocent explanations", "Innocent"),
    ("What it misses", "Misses"),
    ("What it returns", "Returns"),
    ("What it costs", "Cost"),
    ("Source", "Source"),
];

/// The record of the last evaluation.
const MEASURED: &str = include_str!("../../docs/evaluation/measured.json");

pub(super) fn index(library: &Library) -> String {
    let mut text = notice("Typologies", "the headers of `queries/typologies/`");
    text.push_str(
        "A typology is a pattern of payments that laundering has been seen to take.\n\
         A finding is an indicator and not proof: each page names the innocent explanations, and what the query cannot see.\n\
         Precision and recall on real books are unmeasured for all of them.\n\n\
         | id | typology | family | finds |\n|---|---|---|---|\n",
    );
    let mut files: Vec<_> = library.all(Kind::Typology).collect();
    files.sort_by_key(|file| (file.header.section("Id").unwrap_or_default().to_owned(), file.stem.clone()));
    for file in files {
        let section = |label| cell(file.header.section(label).unwrap_or_default());
        text.push_str(&format!(
            "| {} | [{}](typologies/{}.md) | {} | {} |\n",
            section("Id"),
            file.header.title,
            file.stem,
            section("Family"),
            section("Finds")
        ));
    }
    text
}

pub(super) fn pages(library: &Library) -> BTreeMap<String, String> {
    library.all(Kind::Typology).map(|file| (format!("typologies/{}.md", file.stem), page(file))).collect()
}

fn page(file: &QueryFile) -> String {
    let mut text = notice(&file.header.title, &format!("the header of `queries/{}`", file.path()));
    text.push_str(&format!("`headwater flag {}`\n\n", file.stem));
    for label in ["Id", "Version", "Family", "Rails", "Areas", "Requires"] {
        if let Some(body) = file.header.section(label) {
            text.push_str(&format!("- {label}: {body}\n"));
        }
    }
    for (question, label) in QUESTIONS {
        if let Some(body) = file.header.section(label) {
            text.push_str(&format!("\n## {question}\n\n{body}\n"));
        }
    }
    text.push_str(&format!("\n## Parameters\n\n{}", parameter_table(&file.header.parameters)));
    text.push_str(&format!("\n## Precision and recall\n\n{}", measured(file)));
    text.push_str(&format!("\nThe query: [`queries/{0}`](../../queries/{0}).\n", file.path()));
    text
}

/// What `headwater evaluate` has written of this version.
fn measured(file: &QueryFile) -> String {
    let record: serde_json::Value = serde_json::from_str(MEASURED).unwrap();
    let rows = record.as_array().into_iter().flatten().filter(|row| {
        row["typology"] == file.stem.as_str()
            && Some(row["version"].as_str().unwrap_or_default()) == file.header.section("Version")
            && row["planted"] != 0
    });
    let rows: String = rows
        .map(|row| {
            let cell = |name: &str| cell(row[name].as_str().unwrap_or_default());
            let (data, profile) = (cell("data"), cell("profile"));
            let [found, planted, right, findings] =
                ["found", "planted", "findings_right", "findings"].map(|name| &row[name]);
            format!("| {data} | {profile} | {right} of {findings} | {found} of {planted} |\n")
        })
        .collect();
    if rows.is_empty() {
        return "unmeasured.\n".to_owned();
    }
    format!(
        "On real books unmeasured. On invented ones ([how](../evaluation/README.md)):\n\n\
         | data | profile | findings that are right | cases that are found |\n|---|---|---|---|\n{rows}"
    )
}
