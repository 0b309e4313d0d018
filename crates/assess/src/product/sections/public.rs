//! The edition for everybody: sums over at least k parties, in thousands of euro, and nobody's name.

use crate::error::Result;
use crate::model::Evidence;
use crate::product::make::Material;
use crate::product::model::cell;
use crate::product::suppress::{kept, thousands};
use crate::product::{Cell, Section, Style, Table, TableRow};
use crate::run::facts::Row;

/// A table of sums in which what stands for too few is suppressed. `cells` makes the printed cells of a row that is kept;
/// the first of them is printed always.
fn table(
    id: &str,
    caption: &str,
    columns: &[(&str, Style)],
    rows: &[Row],
    k: u32,
    cells: impl Fn(&Row) -> Vec<Cell>,
) -> Result<Table> {
    let mut table = Table::counted(id, caption, columns);
    let parties: Vec<u64> = rows.iter().map(|row| row.number("parties")).collect();
    for (row, kept) in rows.iter().zip(kept(&parties, k)) {
        let mut cells = cells(row);
        let evidence = if kept {
            let mut evidence = Evidence::new(caption, row.list("evidence"))?;
            evidence.ids = Vec::new();
            Some(evidence)
        } else {
            for (cell, (_, style)) in cells.iter_mut().zip(columns) {
                if matches!(style, Style::Number | Style::Money) {
                    *cell = Some(format!("fewer than {k} parties, or hidden for their sake"));
                }
            }
            None
        };
        table.rows.push(TableRow { cells, evidence });
    }
    // A hidden row in its place among sorted sums would still be told from below and above.
    table.rows.sort_by(|a, b| match (&a.evidence, &b.evidence) {
        (None, None) => a.cells.cmp(&b.cells),
        (hidden, other) => hidden.is_none().cmp(&other.is_none()),
    });
    Ok(table)
}

fn euros(row: &Row) -> Cell {
    row.amount("volume").map(thousands)
}

/// Crime areas.
pub(crate) fn public_areas(material: &Material, k: u32) -> Result<Section> {
    let table = table(
        "areas-table",
        "Flagged flows of networks that lists name for an area",
        &[("Area", Style::Text), ("Transfers", Style::Number), ("EUR, to the thousand", Style::Money)],
        material.rows("areas"),
        k,
        |row| vec![cell(row.text("title")), row.maybe("transfers"), euros(row)],
    )?;
    Ok(Section::new("areas", "Crime areas")
        .table(table, "No list names an area for a network that a finding leads to."))
}

/// Typologies.
pub(crate) fn public_trends(material: &Material, k: u32) -> Result<Section> {
    let table = table(
        "typologies-table",
        "What was seen, by typology",
        &[("Typology", Style::Text), ("Findings", Style::Number), ("EUR, to the thousand", Style::Money)],
        material.rows("typologies"),
        k,
        |row| vec![cell(row.text("typology").replace('_', " ")), row.maybe("findings"), euros(row)],
    )?;
    Ok(Section::new("trends", "What was seen")
        .note("A finding is an indicator, not proof: each has innocent explanations.")
        .table(table, "Nothing was found."))
}

/// Corridors.
pub(crate) fn public_geography(material: &Material, k: u32) -> Result<Section> {
    let table = table(
        "corridors-table",
        "Flagged flows by country of the two banks",
        &[
            ("From", Style::Text),
            ("To", Style::Text),
            ("Transfers", Style::Number),
            ("EUR, to the thousand", Style::Money),
        ],
        material.rows("corridors"),
        k,
        |row| vec![row.maybe("origin"), row.maybe("destination"), row.maybe("transfers"), euros(row)],
    )?;
    Ok(Section::new("geography", "Geography").table(table, "No corridor is known."))
}

/// What this edition leaves out, and how it was made.
pub(crate) fn public_limits(material: &Material, k: u32) -> Section {
    let mut section = Section::new("limits", "How to read this");
    section.notes.push(format!(
        "A number stands for at least {k} parties. Where one row alone would be hidden another is hidden with it, so that it \
         cannot be worked out from a sum. Amounts are to the thousand, no total is printed, and no person, company, account \
         or network is named."
    ));
    section.notes.push(material.report.innocent.clone());
    section.notes.push("Behind every row are transactions; their hash is printed and their ids are not.".to_owned());
    section
}
