//! What rises and falls, what is new, and whether that is the world or only the data.

use std::collections::{BTreeMap, BTreeSet};

use crate::chart;
use crate::error::Result;
use crate::poisson::{RateRatio, Window as Counts, rate_ratio};
use crate::product::make::{Material, RECENT};
use crate::product::model::cell;
use crate::product::{Section, Statement, Style, Table};
use crate::run::facts::Row;

const LEVEL: u8 = 90;

/// Two counts and the interval of their ratio.
fn ratio(earlier: u64, later: u64) -> Result<Option<RateRatio>> {
    let window = |count: u64| Counts::equal(u32::try_from(count).unwrap_or(u32::MAX));
    rate_ratio(window(earlier), window(later), f64::from(LEVEL) / 100.0)
}

/// What an interval says and no more.
fn verdict(ratio: Option<&RateRatio>) -> &'static str {
    match ratio {
        None => "none in either",
        Some(ratio) if ratio.low > 1.0 => "rose",
        Some(ratio) if ratio.high < 1.0 => "fell",
        Some(_) => "no change shown",
    }
}

/// Chapter 8: each typology, this window against the one before, and apart from it what changed in the data.
pub(crate) fn trends(material: &Material) -> Result<Section> {
    let mut table = Table::counted(
        "typologies-table",
        "Findings in the window and in the one before it; the trend is that of suppliers present in both",
        &[
            ("Typology", Style::Text),
            ("Family", Style::Text),
            ("Findings", Style::Number),
            ("Before", Style::Number),
            ("Same suppliers", Style::Number),
            ("Before, same", Style::Number),
            ("Rate ratio (90 % interval)", Style::Text),
            ("Trend", Style::Text),
            ("EUR", Style::Money),
        ],
    );
    let mut section = Section::new("trends", "Trends").note(
        "A trend is told from suppliers that are in both windows alone: a new data set is not a trend. An interval that spans \
         1 shows no change, which is not the same as no change.",
    );
    for row in material.rows("typologies") {
        let (steady, before) = (row.number("steady"), row.number("steady_before"));
        let ratio = ratio(before, steady)?;
        let word = verdict(ratio.as_ref());
        table.count(
            vec![
                cell(row.text("typology").replace('_', " ")),
                cell(row.text("family")),
                row.maybe("findings"),
                row.maybe("before"),
                cell(steady),
                cell(before),
                ratio.as_ref().map(|ratio| ratio.sentence(LEVEL).replacen("rate ratio ", "", 1)),
                cell(word),
                row.amount("volume").map(|volume| volume.to_string()),
            ],
            row.list("evidence"),
        )?;
        if let Some(ratio) = ratio.filter(|_| word == "rose" || word == "fell") {
            let text = format!(
                "{} {word}: {before} findings in the window before, {steady} in this one, {}.",
                row.text("typology").replace('_', " "),
                ratio.sentence(LEVEL)
            );
            section.statements.push(Statement::new(text, row.list("evidence"))?);
        }
    }
    Ok(section.table(table, "No typology found anything in either window."))
}

/// Month by month.
pub(crate) fn months(material: &Material) -> Result<Section> {
    let rows = material.rows("months");
    let table = Table::take(
        "months-table",
        "Findings by the month in which they end, with the transfers held in that month as what they are out of",
        &[
            ("month", "Month", Style::Text),
            ("findings", "Findings", Style::Number),
            ("typologies", "Typologies", Style::Number),
            ("held", "Transfers held", Style::Number),
            ("volume", "Flagged, EUR", Style::Money),
        ],
        rows,
    )?;
    let points: Vec<(String, u64)> = rows.iter().map(|row| (row.text("month"), row.number("findings"))).collect();
    Ok(Section::new("months", "Month by month")
        .note("The bar is the count, the line its exact 90 % Poisson interval: two bars whose lines overlap widely are not told apart by their height.")
        .chart("Findings by month", "months-table", chart::series("months-series", "Findings by month", &points))
        .table(table, "Nothing was found in any month."))
}

/// The denominator: what is held, by supplier, and where it begins and ends.
pub(crate) fn held(material: &Material) -> Result<Section> {
    let table = Table::take(
        "held-table",
        "Transfers held by supplier, in the window and in the one before",
        &[
            ("supplier", "Supplier", Style::Name),
            ("kind", "Kind", Style::Text),
            ("transfers", "In the window", Style::Number),
            ("before", "In the one before", Style::Number),
            ("oldest", "First", Style::Text),
            ("newest", "Last", Style::Text),
            ("change", "Coverage", Style::Text),
        ],
        material.rows("held"),
    )?;
    let mut section = Section::new("held", "Changes of coverage");
    let changed: Vec<&Row> = material.rows("held").iter().filter(|row| row.text("change") != "in both").collect();
    if !changed.is_empty() {
        let text = format!(
            "{} suppliers are in one of the two windows only: what they bring or take away is coverage and no trend.",
            changed.len()
        );
        let evidence: Vec<String> = changed.iter().flat_map(|row| row.list("evidence")).collect();
        section.statements.push(Statement::new(text, evidence)?);
    }
    Ok(section.table(table, "No transfer is held in either window."))
}

/// Chapter 7: origin by destination.
pub(crate) fn geography(material: &Material, most: Option<usize>) -> Result<Section> {
    let rows = material.rows("corridors");
    let shown = most.unwrap_or(rows.len()).min(rows.len());
    let rows = rows.get(..shown).unwrap_or_default();
    let table = Table::take(
        "corridors-table",
        "Flagged flows by country of the two banks, largest first; the country of a person is never used",
        &[
            ("origin", "From", Style::Text),
            ("destination", "To", Style::Text),
            ("transfers", "Transfers", Style::Number),
            ("volume", "EUR", Style::Money),
            ("before", "Before, EUR", Style::Money),
            ("first_seen", "First seen", Style::Text),
            ("networks", "Networks", Style::Number),
        ],
        rows,
    )?;
    let cells: Vec<(String, String, crate::Decimal)> = rows
        .iter()
        .filter_map(|row| Some((row.text("origin"), row.text("destination"), row.amount("volume")?)))
        .collect();
    Ok(Section::new("geography", "Geography")
        .chart(
            "Origin by destination",
            "corridors-table",
            chart::matrix("corridors", "Flagged flows, origin by destination", &cells),
        )
        .table(table, "The country of no bank is known on both sides of a flagged flow.")
        .note("Wallets have no country, and flows with a side whose country is not known are not in here."))
}

/// Whose flagged inflow changed most between the two latest quarters.
pub(crate) fn movers(material: &Material) -> Result<Section> {
    let table = Table::take(
        "movers-table",
        "Networks by how far their flagged boundary inflow moved, latest ninety days against the ninety before",
        &[
            ("caption", "Network", Style::Name),
            ("recent", "Latest 90 days, EUR", Style::Money),
            ("previous", "90 before, EUR", Style::Money),
            ("change", "Change, EUR", Style::Money),
            ("transfers", "Transfers", Style::Number),
        ],
        material.rows("movers").iter().take(10),
    )?;
    Ok(Section::new("movers", "Top movers").table(table, "No network had flagged inflow in either quarter."))
}

/// What is new.
pub(crate) fn triggers(material: &Material) -> Result<Section> {
    let mut section = Section::new("triggers", "What is new").note(
        "Drafted by the program, released by a person. Whether any of it matters is judged in the full assessment and not here.",
    );
    let mut table = Table::counted(
        "triggers-table",
        "Triggers of the latest ninety days",
        &[
            ("Trigger", Style::Text),
            ("What", Style::Name),
            ("Latest", Style::Number),
            ("Before", Style::Number),
            ("For whom", Style::Text),
        ],
    );
    let mut audience = BTreeSet::new();
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for row in material.rows("warnings") {
        let (recent, previous) = (row.number("recent"), row.number("previous"));
        let trigger = row.text("trigger");
        let mut what = row.text("what");
        if trigger == "surge" {
            // A rise is one when the interval says so, and no sooner.
            match ratio(previous, recent)?.filter(|ratio| ratio.low > 1.0) {
                Some(ratio) => what = format!("{what}: {}", ratio.sentence(LEVEL)),
                None => continue,
            }
        }
        // One page: the first of each kind are told, the rest are counted in the table of the trend analysis.
        let count = shown.entry(trigger.clone()).or_default();
        *count += 1;
        if *count > MOST_TRIGGERS {
            continue;
        }
        audience.insert(row.text("audience"));
        let quoted = row.text("quoted");
        let statement = Statement::new(format!("{}: {what}.", heading(&trigger)), row.list("evidence"))?;
        section.statements.push(statement.quoting([quoted, what.clone()].into_iter().filter(|name| !name.is_empty())));
        table.count(
            vec![cell(heading(&trigger)), cell(what), cell(recent), cell(previous), cell(row.text("audience"))],
            row.list("evidence"),
        )?;
    }
    let more: usize = shown.values().map(|count| count.saturating_sub(MOST_TRIGGERS)).sum();
    if more > 0 {
        section.notes.push(format!(
            "{more} further triggers of the same kinds are left out here and stand in the tables of the bulletin."
        ));
    }
    if !audience.is_empty() {
        section.notes.push(format!("Who should care: {}.", audience.into_iter().collect::<Vec<_>>().join(", ")));
    }
    Ok(section.table(table, "Nothing is new in the latest ninety days: no new typology, corridor or link between networks, no surge, no listed party."))
}

const MOST_TRIGGERS: usize = 5;

fn heading(trigger: &str) -> &'static str {
    match trigger {
        "typology" => "New typology",
        "corridor" => "New corridor",
        "link" => "New link between networks",
        "sanctions" => "Listed party",
        _ => "Surge",
    }
}

/// What would confirm or end the warning, and when to look again.
pub(crate) fn tripwires(material: &Material) -> Result<Section> {
    let review = material.spans.cutoff.checked_add_signed(chrono::Duration::days(REVIEW));
    let review = review.map(|day| day.to_string()).unwrap_or_default();
    let mut section = Section::new("tripwires", "Tripwires and review")
        .note("A second supplier reports the same: confidence rises.")
        .note("The lower limit of a surge's interval falls to 1 or below in the next run: the warning ends.")
        .note("A trigger that touches a network of priority P1 or P2: the case's owner is told.");
    section.notes.push(format!("Look again by {review}; the latest {RECENT} days are then other days."));
    Ok(section)
}

/// Days from the cut-off to the review of a warning.
const REVIEW: i64 = 30;
