//! The Markdown: the same sentences and tables, for people who edit and machines that compare lines.

use std::fmt::Write as _;

use super::{Product, Section, Style};
use crate::model::Evidence;
use crate::report::grouped;

/// Ids named beside a sentence; the rest are in the twin, under the hash.
const NAMED: usize = 3;

/// Writes the Markdown.
pub(crate) fn render(product: &Product) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "**{}**\n\n# {}\n", plain(&product.marking), plain(&product.title));
    for fact in &product.front {
        let _ = writeln!(out, "- {}: {}", plain(&fact.name), plain(&fact.value));
    }
    let _ = writeln!(out, "- Product: `{}`", product.id);
    match &product.conclusion {
        Some(conclusion) => {
            let _ = writeln!(
                out,
                "\n## Conclusion\n\n{}\n\n{}, {}",
                plain(&conclusion.text),
                plain(&conclusion.name),
                plain(&conclusion.date)
            );
        }
        None => {
            let _ = writeln!(
                out,
                "\nDraft: no human conclusion is recorded. Not to be released before a named person has added one."
            );
        }
    }
    for part in &product.sections {
        section(&mut out, part, 2);
    }
    let _ = writeln!(out, "\n**{}**", plain(&product.marking));
    out
}

fn section(out: &mut String, section_of: &Section, depth: usize) {
    let _ = writeln!(out, "\n{} {}\n", "#".repeat(depth), plain(&section_of.title));
    if let Some(marking) = &section_of.marking {
        let _ = writeln!(out, "**{}**\n", plain(marking));
    }
    for statement in &section_of.statements {
        let mut stand = Vec::new();
        stand.extend(statement.likelihood.clone());
        stand.extend(statement.confidence.map(|level| format!("confidence {level}")));
        stand.extend(statement.author.clone());
        stand.push(evidence(&statement.evidence));
        let _ = writeln!(out, "- {} ({})", plain(&statement.text), stand.join("; "));
    }
    for note in &section_of.notes {
        let _ = writeln!(out, "\n{}", plain(note));
    }
    for table in &section_of.tables {
        let _ = writeln!(out, "\n{}\n", plain(&table.caption));
        let mut heads: Vec<String> = table.columns.iter().map(|column| in_cell(&column.title)).collect();
        let mut rules: Vec<&str> = table
            .columns
            .iter()
            .map(|column| if matches!(column.style, Style::Number | Style::Money) { "--:" } else { "---" })
            .collect();
        let grounded = table.has_evidence();
        if grounded {
            heads.push("Evidence".to_owned());
            rules.push("---");
        }
        let _ = writeln!(out, "| {} |\n| {} |", heads.join(" | "), rules.join(" | "));
        for row in &table.rows {
            let cells = row.cells.iter().zip(&table.columns).map(|(cell, column)| match (cell, column.style) {
                (None, _) => String::new(),
                (Some(text), Style::Money) => in_cell(&grouped(text, 2)),
                (Some(text), _) => in_cell(text),
            });
            let mut cells: Vec<String> = cells.collect();
            if grounded {
                cells.push(row.evidence.as_ref().map(evidence).unwrap_or_default());
            }
            let _ = writeln!(out, "| {} |", cells.join(" | "));
        }
    }
    for part in &section_of.parts {
        section(out, part, (depth + 1).min(6));
    }
}

fn evidence(evidence: &Evidence) -> String {
    let named: Vec<String> = evidence.ids.iter().take(NAMED).map(|id| format!("`{}`", id.replace('`', "'"))).collect();
    let more = if evidence.ids.len() > NAMED { ", …" } else { "" };
    let rows = if evidence.count == 1 { "row" } else { "rows" };
    if named.is_empty() {
        return format!("{} {rows}, hash {}", evidence.count, evidence.hash);
    }
    format!("{} {rows}, hash {}: {}{more}", evidence.count, evidence.hash, named.join(", "))
}

/// Text that stays text: a name may hold Markdown, HTML or a line break, and was written by the person under investigation.
fn plain(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' => {
                safe.push('\\');
                safe.push(letter);
            }
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' => safe.push('\u{FFFD}'),
            control if control.is_control() => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

fn in_cell(text: &str) -> String {
    plain(text)
}
