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
    text.push_str("\n## Precision and recall\n\nunmeasured.\n");
    text.push_str(&format!("\nThe query: [`queries/{0}`](../../queries/{0}).\n", file.path()));
    text
}
