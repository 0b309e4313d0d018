//! What an investigation needs of one network.

use crate::chart;
use crate::error::Result;
use crate::model::Network;
use crate::product::make::Material;
use crate::product::model::cell;
use crate::product::{ProductKind, Section, Statement, Style, Table};
use crate::run::facts::Row;

/// Who.
pub(crate) fn subjects(network: &Network) -> Result<Section> {
    let mut table = Table::counted(
        "members",
        "Accounts counted as members, and why. A service is a boundary and never a member",
        &[
            ("Held by", Style::Name),
            ("Role", Style::Text),
            ("Ledger", Style::Text),
            ("Account", Style::Code),
            ("Basis", Style::Text),
        ],
    );
    for member in &network.members {
        // An account that a list names is a fact of that list; one by name alone is an assessment of ours.
        let named = member.evidence.ids.iter().any(|id| id.starts_with("identifier:"));
        table.count(
            vec![
                member.holder.clone(),
                member.role.clone(),
                cell(&member.ledger),
                cell(&member.identifier),
                cell(if named { "fact of a list" } else { "assessment: by name" }),
            ],
            member.evidence.ids.iter().cloned(),
        )?;
    }
    Ok(Section::new("subjects", "Subjects")
        .note("A name stands here because it appears in a data set that is named here, and for no other reason.")
        .table(table, "No account of a member is known."))
}

/// Where the money came from and went, and when.
pub(crate) fn flows(network: &Network) -> Result<Section> {
    let mut months = Table::counted(
        "case-months",
        "Flagged flows across the boundary by month, EUR",
        &[("Month", Style::Text), ("In", Style::Money), ("Out", Style::Money)],
    );
    for month in &network.volume_by_month {
        months.count(
            vec![cell(&month.month), cell(month.inflow_eur), cell(month.outflow_eur)],
            month.evidence.ids.iter().cloned(),
        )?;
    }
    let mut corridors = Table::counted(
        "case-corridors",
        "Countries of the two banks, largest first",
        &[("From", Style::Text), ("To", Style::Text), ("EUR", Style::Money), ("Transfers", Style::Number)],
    );
    for corridor in &network.corridors {
        corridors.count(
            vec![cell(&corridor.from), cell(&corridor.to), cell(corridor.amount_eur), cell(corridor.count)],
            corridor.evidence.ids.iter().cloned(),
        )?;
    }
    let table = super::networks::flows_table("case-flows", network, usize::MAX)?;
    Ok(Section::new("flows", "Flows")
        .chart(
            "Where the money came from and went",
            "case-flows",
            chart::flows("case-flow", &network.caption, &network.flows),
        )
        .chart("By month", "case-months", chart::months("case-month", &network.caption, &network.volume_by_month))
        .table(table, "No flagged flow crosses the boundary.")
        .table(months, "No flagged flow crosses the boundary in the window.")
        .table(corridors, "The country of no bank is known on both sides of a flagged flow."))
}

/// What was seen, in order of time.
pub(crate) fn timeline(network: &Network) -> Result<Section> {
    let mut table = Table::counted(
        "findings",
        "What the typologies saw, in order of time. Each is an indicator, not proof",
        &[
            ("From (UTC)", Style::Text),
            ("To", Style::Text),
            ("Typology", Style::Text),
            ("Subject", Style::Name),
            ("Amount", Style::Money),
            ("Asset", Style::Text),
            ("What was seen", Style::Name),
            ("Finding", Style::Code),
        ],
    );
    for finding in &network.findings {
        let mut evidence = finding.evidence.ids.clone();
        evidence.push(format!("finding:{}", finding.finding_id));
        table.count(
            vec![
                cell(&finding.first),
                cell(&finding.last),
                cell(&finding.title),
                cell(&finding.subject),
                cell(finding.amount),
                cell(&finding.asset),
                cell(&finding.explanation),
                cell(&finding.finding_id),
            ],
            evidence,
        )?;
    }
    Ok(Section::new("timeline", "Timeline").table(table, "Nothing was seen."))
}

/// Where money is that could be kept from moving on.
pub(crate) fn assets(material: &Material, network: &Network) -> Result<Section> {
    let rows: Vec<&Row> = material.rows("assets").iter().filter(|row| row.text("network") == network.id).collect();
    let table = Table::take(
        "assets-table",
        "Accounts and wallets that flagged money reached, by what is left of what came in",
        &[
            ("part", "Part", Style::Text),
            ("holder", "Held by", Style::Name),
            ("ledger", "Ledger", Style::Text),
            ("identifier", "Account or wallet", Style::Code),
            ("bank", "Bank", Style::Name),
            ("country", "Country", Style::Text),
            ("flagged", "Flagged in, EUR", Style::Money),
            ("received", "All in, EUR", Style::Money),
            ("sent", "All out, EUR", Style::Money),
            ("remains", "Remains, EUR", Style::Money),
            ("last_seen", "Last moved", Style::Text),
        ],
        rows.iter().copied(),
    )?;
    let mut section = Section::new("assets", "Where assets are: accounts and wallets to freeze").note(
        "What remains is what came in less what went out in the data held, never less than nothing: what lay there before \
         the data begin is not known, and what other books hold is not in it. An order to freeze is a court's or a \
         prosecutor's to give.",
    );
    let held: Vec<&Row> =
        rows.iter().copied().filter(|row| row.amount("remains").is_some_and(|left| left.is_positive())).collect();
    if !held.is_empty() {
        let total: crate::Decimal = held.iter().filter_map(|row| row.amount("remains")).sum();
        let text = format!(
            "EUR {} remains in {} accounts and wallets that flagged money of this network reached.",
            total.grouped(2),
            held.len()
        );
        section.statements.push(Statement {
            text,
            likelihood: None,
            confidence: None,
            author: None,
            quoted: Vec::new(),
            evidence: super::together("what remains", held.iter().copied())?,
        });
    }
    Ok(section.table(table, "Flagged money reached no account that is not a service."))
}

/// What ties findings to whom.
pub(crate) fn links(network: &Network) -> Result<Section> {
    let mut table = Table::counted(
        "links-table",
        "What ties a finding to an entity, firmest first. Attribution runs from 0 to 100",
        &[
            ("Entity", Style::Name),
            ("Method", Style::Text),
            ("Attribution", Style::Number),
            ("Why", Style::Name),
            ("Finding", Style::Code),
        ],
    );
    for link in &network.links {
        let mut evidence = link.evidence.ids.clone();
        evidence.push(format!("link:{}", link.link_id));
        table.count(
            vec![
                cell(&link.entity),
                cell(&link.method),
                cell(link.confidence),
                cell(&link.explanation),
                cell(&link.finding_id),
            ],
            evidence,
        )?;
    }
    Ok(Section::new("links", "Links to known entities").table(table, "No link."))
}

/// What to do about this network.
pub(crate) fn case_actions(material: &Material, network: &Network) -> Result<Section> {
    let rows: Vec<&Row> =
        material.rows("recommendations").iter().filter(|row| row.text("subject") == network.id).collect();
    let ids = rows.iter().map(|row| row.text("recommendation_id")).collect();
    let table = Table::take(
        "recommendations-table",
        "Recommendations",
        &[
            ("recommendation_id", "Recommendation", Style::Code),
            ("priority", "Priority", Style::Text),
            ("recommendation", "What", Style::Text),
        ],
        rows.iter().copied(),
    )?;
    Ok(Section::new("recommendations", "Operational actions")
        .table(table, "No rule asks for anything about this network.")
        .table(super::actions(material, ids)?, "No action follows."))
}

/// What is not known of this network, and how to come by it.
pub(crate) fn case_gaps(material: &Material, network: &Network) -> Section {
    let of = super::requirements(material).iter().filter(|gap| gap.subject == network.id);
    super::gaps::table(of.cloned().collect(), "Intelligence gaps and what to collect")
}

/// What goes with the package: queries, files, and the restrictions on them.
pub(crate) fn exhibits(material: &Material) -> Section {
    let mut table = Table::plain(
        "exhibits-table",
        "Exhibits: each is a result with the query that made it; the files they stand on follow with their hashes",
        &[
            ("Exhibit", Style::Text),
            ("Query", Style::Code),
            ("Hash of the query", Style::Code),
            ("Restriction", Style::Text),
        ],
    );
    let marking = format!("TLP:{}", material.tlp());
    let findings = material.report.limits.run.iter();
    let findings = findings.map(|line| (format!("typologies/{}.sql", line.typology), line.query_hash.clone()));
    for (path, hash) in findings.chain(material.queries(ProductKind::Case)) {
        let stem = path.rsplit('/').next().unwrap_or(&path).trim_end_matches(".sql");
        table.push(vec![cell(stem.replace('_', " ")), cell(&path), cell(hash), cell(&marking)]);
    }
    Section::new("exhibits", "Exhibits")
        .note("Made again from the snapshot that assess.products names, each exhibit has the same bytes.")
        .table(table, "No query was run.")
}
