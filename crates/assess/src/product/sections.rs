//! The chapters, each a function of what was asked: sentences with their rows, tables, pictures.
//!
//! Nothing here estimates. Where a sentence of a reader's would say "likely", these count, name the interval and stop; a
//! likelihood is an analyst's word and comes with the terms of reference.

use super::make::Material;
use super::model::cell;
use super::{ProductKind, Section, Statement, Style, Table};
use crate::error::Result;
use crate::model::{Evidence, Network};
use crate::run::facts::Row;

mod case;
mod gaps;
mod networks;
mod persons;
mod public;
mod trends;

pub(crate) use case::{assets, case_actions, case_gaps, exhibits, flows, links, subjects, timeline};
pub(crate) use gaps::{Requirement, gaps, requirements, terms};
pub(crate) use networks::{candidates, card, networks};
pub(crate) use persons::{PERSONS, annex, of_case, tested};
pub(crate) use public::{public_areas, public_geography, public_limits, public_trends};
pub(crate) use trends::{geography, held, months, movers, trends, triggers, tripwires};

/// Chapter 1: what it all amounts to.
pub(crate) fn judgements(material: &Material) -> Result<Section> {
    let mut section = Section::new("judgements", "Key judgements")
        .note("The program counts and does not estimate: a sentence with a likelihood is an analyst's, with name and confidence.");
    for judgement in material.terms.iter().flat_map(|terms| &terms.judgements) {
        let mut statement = Statement::new(judgement.text.get_ref().clone(), judgement.evidence.iter().cloned())?;
        statement.likelihood.clone_from(&judgement.likelihood);
        statement.confidence = judgement.confidence;
        statement.author = Some(judgement.author.clone());
        section.statements.push(statement);
    }
    let networks = &material.report.networks;
    if networks.is_empty() {
        return Ok(section.note("No finding leads to a known network, so no network was scored."));
    }
    let findings: Vec<String> = networks
        .iter()
        .flat_map(|network| &network.findings)
        .map(|finding| format!("finding:{}", finding.finding_id))
        .collect();
    let distinct: std::collections::BTreeSet<&String> = findings.iter().collect();
    let tier = |name: &str| networks.iter().filter(|network| network.card.priority.to_string() == name).count();
    section.statements.push(Statement::new(
        format!(
            "{} networks were scored on {} findings: {} of priority P1, {} of P2, {} on watch, {} of P3.",
            networks.len(),
            distinct.len(),
            tier("P1"),
            tier("P2"),
            tier("Watch"),
            tier("P3"),
        ),
        findings.iter().cloned(),
    )?);
    for network in networks.iter().take(5) {
        section.statements.push(headline(network)?);
    }
    let unlinked = material.report.unlinked.iter().flat_map(|line| &line.findings.evidence.ids);
    let unlinked: Vec<String> = unlinked.map(|id| format!("finding:{id}")).collect();
    if !unlinked.is_empty() {
        let text = format!("{} further findings lead to no known network; they score nobody.", unlinked.len());
        section.statements.push(Statement::new(text, unlinked)?);
    }
    Ok(section)
}

/// A network's card in one sentence, never quoted in part.
pub(crate) fn headline(network: &Network) -> Result<Statement> {
    let card = &network.card;
    let text = format!(
        "{}: {}, threat {} ({}–{}), harm {}, likelihood {}; {}.",
        network.caption,
        card.priority,
        card.threat.point(),
        card.threat.low(),
        card.threat.high(),
        card.harm.point(),
        card.likelihood.point(),
        card.headline
    );
    Ok(Statement::new(text, network.evidence.ids.iter().cloned())?
        .quoting([network.caption.clone()])
        .with_confidence(card.confidence.threat))
}

/// Chapter 2: what is not what it was, and why.
pub(crate) fn changes(material: &Material) -> Result<Section> {
    let mut section = Section::new("changes", "Changes since the last edition");
    let Some(earlier) = &material.compared_with else {
        return Ok(section.note("No earlier edition was named, so none is compared with."));
    };
    let reasons = super::edition::by_reason(&material.changes);
    section.notes.push(format!("Compared with {earlier}."));
    if material.changes.is_empty() {
        return Ok(section.note("Every number is what it was."));
    }
    let said: Vec<String> = reasons.iter().map(|(why, count)| format!("{count} by {why}")).collect();
    section.notes.push(format!("Numbers that changed, by what changed them: {}.", said.join(", ")));
    let mut table = Table::plain(
        "changes-table",
        "What each number was, what it is, and whether data, profile, judgement or method changed it",
        &[
            ("Of", Style::Name),
            ("Number", Style::Text),
            ("Was", Style::Text),
            ("Is", Style::Text),
            ("Why", Style::Text),
        ],
    );
    for change in &material.changes {
        table.push(vec![
            cell(&change.caption),
            cell(&change.measure),
            change.before.clone(),
            change.after.clone(),
            cell(&change.why),
        ]);
    }
    section.tables.push(table);
    Ok(section)
}

/// Chapter 3: crime areas.
pub(crate) fn areas(material: &Material) -> Result<Section> {
    let wanted = material.terms.as_ref().map(|terms| terms.areas.as_slice()).unwrap_or_default();
    let named =
        |row: &&Row| wanted.is_empty() || wanted.contains(&row.text("area")) || wanted.contains(&row.text("title"));
    let table = Table::take(
        "areas-table",
        "Flagged flows of the networks that a list names for an area. A network of two areas is in both rows: they do not add up",
        &[
            ("title", "Area", Style::Text),
            ("networks", "Networks", Style::Number),
            ("findings", "Findings", Style::Number),
            ("typologies", "Typologies", Style::Text),
            ("transfers", "Transfers", Style::Number),
            ("volume", "Boundary inflow, EUR", Style::Money),
        ],
        material.rows("areas").iter().filter(named),
    )?;
    Ok(Section::new("areas", "Crime areas")
        .note("An area is what a list says of the network's members, and a claim of that list.")
        .table(table, "No list names an area for a network that a finding leads to."))
}

/// Chapter 6: who and what makes it work.
pub(crate) fn enablers(material: &Material) -> Result<Section> {
    let table = Table::take(
        "enablers-table",
        "Accounts that serve more than one network, services in flagged flows, companies that money passes through",
        &[
            ("kind", "Enabler", Style::Text),
            ("name", "Held by", Style::Name),
            ("identifier", "Account", Style::Code),
            ("country", "Country", Style::Text),
            ("networks", "Networks", Style::Number),
            ("transfers", "Transfers", Style::Number),
            ("volume", "EUR", Style::Money),
        ],
        material.rows("enablers"),
    )?;
    Ok(Section::new("enablers", "Enablers")
        .note("To stand here is to be used; whether knowingly is not in the data. A service is a boundary and never a member.")
        .table(table, "No account serves two networks, and no service stands in flagged flows."))
}

/// Chapter 10: what follows, who does it, and how one tells that it is done.
pub(crate) fn recommendations(material: &Material) -> Result<Section> {
    let rows = material.rows("recommendations");
    let table = Table::take(
        "recommendations-table",
        "Recommendations by the priority they answer to",
        &[
            ("recommendation_id", "Recommendation", Style::Code),
            ("priority", "Priority", Style::Text),
            ("subject_name", "About", Style::Name),
            ("recommendation", "What", Style::Text),
        ],
        rows,
    )?;
    Ok(Section::new("recommendations", "Recommendations and operational actions")
        .note("Drafted by rule from the numbers above. Deciding them is the customer's.")
        .table(table, "Nothing above reaches the mark of a rule.")
        .table(
            actions(material, rows.iter().map(|row| row.text("recommendation_id")).collect())?,
            "No action follows.",
        ))
}

/// The actions of some recommendations.
fn actions(material: &Material, of: Vec<String>) -> Result<Table> {
    let mut table = Table::plain(
        "actions-table",
        "Actions: owner, due date, and the measure by which one tells that it is done",
        &[
            ("Action", Style::Code),
            ("For", Style::Code),
            ("What", Style::Text),
            ("Owner", Style::Text),
            ("Due", Style::Text),
            ("Measure", Style::Text),
        ],
    );
    for row in material.rows("actions").iter().filter(|row| of.contains(&row.text("recommendation_id"))) {
        table.push(vec![
            row.maybe("action_id"),
            row.maybe("recommendation_id"),
            row.maybe("action"),
            Some(material.owner(&row.text("kind"), &row.text("owner"))),
            row.maybe("due"),
            row.maybe("measure"),
        ]);
    }
    Ok(table)
}

/// Annex: method and weights.
pub(crate) fn method(material: &Material) -> Section {
    let method = &material.report.method;
    let mut table = Table::plain(
        "method-table",
        "Indicators, weights and ladders. Intervals are closed below and open above; 0 is looked for and not found",
        &[
            ("Indicator", Style::Text),
            ("Total", Style::Text),
            ("Weight", Style::Number),
            ("Measured", Style::Text),
            ("1", Style::Text),
            ("2", Style::Text),
            ("3", Style::Text),
            ("4", Style::Text),
        ],
    );
    for line in &method.indicators {
        let mut cells = vec![
            cell(format!("{} {}", line.id, line.title)),
            cell(format!("{:?}", line.group)),
            cell(line.weight),
            cell(&line.metric),
        ];
        cells.extend(line.ladder.iter().cloned().map(Some));
        table.push(cells);
    }
    let mut section = Section::new("method", "Annex: method and weights");
    section.notes.push(format!(
        "{}, profile {}, answered for by {}. A total is the weighted sum of rungs over the most it could be, in integers, \
         rounded once, half up. Unknown is taken as nil for T_low, as the scale's middle for the point value and as the top for T_high.",
        method.title, method.profile, method.author
    ));
    section.notes.extend(method.ceiling.clone());
    section.notes.push("Confidence stands beside a score and never multiplies it.".to_owned());
    let last = method.changes.last();
    section.notes.extend(last.map(|change| {
        format!("Latest change of the profile: {}, {}, {}: {}", change.version, change.date, change.author, change.note)
    }));
    section.tables.push(table);
    section
}

/// Annex: the files behind it all, with their grades.
pub(crate) fn sources(material: &Material) -> Result<Section> {
    let mut table = Table::counted(
        "sources-table",
        "Rows read = stored + quarantined + duplicate, for every source",
        &[
            ("Source", Style::Name),
            ("Kind", Style::Text),
            ("Grade (Europol 4x4)", Style::Text),
            ("Read", Style::Number),
            ("Stored", Style::Number),
            ("Quarantined", Style::Number),
            ("Duplicate", Style::Number),
            ("SHA-256", Style::Code),
        ],
    );
    for source in &material.report.header.sources {
        table.count(
            vec![
                cell(file_name(&source.name)),
                cell(&source.kind),
                cell(&source.grade),
                cell(source.rows_read),
                cell(source.stored),
                cell(source.quarantined),
                cell(source.duplicate),
                cell(&source.sha256),
            ],
            [format!("source:{}", source.source_id)],
        )?;
    }
    Ok(Section::new("sources", "Annex: sources and grading")
        .note("A grade is a letter for the source and a digit for the item. A finding is no source: it is worth no more than its weakest deciding row.")
        .table(table, "Nothing was imported."))
}

/// The last part of a path: where a file lay on somebody's machine is nobody else's business.
pub(crate) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Annex: what was and was not looked at.
pub(crate) fn limits(material: &Material) -> Result<Section> {
    let limits = &material.report.limits;
    let mut run = Table::counted(
        "ran",
        "Typologies that ran; none found means looked for and not found",
        &[("Typology", Style::Text), ("Findings", Style::Number)],
    );
    for line in &limits.run {
        run.count(vec![cell(&line.typology), cell(line.findings)], [format!("query:{}", line.query_hash)])?;
    }
    let mut not = Table::plain(
        "not-run",
        "Typologies of which nothing, or not everything, can be said",
        &[("Typology", Style::Text), ("Reason", Style::Text)],
    );
    for line in &limits.not_run {
        not.push(vec![cell(&line.typology), cell(&line.reason)]);
    }
    let mut section = Section::new("limits", "Annex: limits of the data")
        .note(&material.report.innocent)
        .table(run, "No typology ran.")
        .table(not, "Every typology ran.");
    section.notes.extend(limits.not_looked_at.iter().cloned());
    Ok(section)
}

/// Annex: how to make the same bytes again.
pub(crate) fn audit(material: &Material, kind: ProductKind) -> Section {
    let mut table = Table::plain(
        "queries",
        "The queries of this product, by the hash of their text",
        &[("File", Style::Code), ("Hash", Style::Code)],
    );
    for (path, hash) in material.queries(kind) {
        table.push(vec![cell(path), cell(hash)]);
    }
    let mut section = Section::new("audit", "Annex: audit reference").note(
        "The lake keeps the snapshot, the terms and the hashes of every rendition under this product's id, in assess.products; \
         the PROV document beside this one names what it was made from.",
    );
    section.tables.push(table);
    section
}

/// The evidence of several rows together.
pub(crate) fn together<'a>(what: &str, rows: impl IntoIterator<Item = &'a Row>) -> Result<Evidence> {
    Evidence::new(what, rows.into_iter().flat_map(|row| row.list("evidence")))
}
