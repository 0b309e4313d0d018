//! The networks: their cards, what they are rated on, and who is a candidate for more.

use crate::chart;
use crate::error::Result;
use crate::model::{FlowSide, Network};
use crate::product::make::Material;
use crate::product::model::cell;
use crate::product::{Section, Statement, Style, Table};

/// Every network, or those the terms name.
pub(super) fn shown(material: &Material) -> Vec<&Network> {
    let wanted = material.terms.as_ref().map(|terms| terms.networks.as_slice()).unwrap_or_default();
    let named =
        |network: &&Network| wanted.is_empty() || wanted.contains(&network.id) || wanted.contains(&network.caption);
    material.report.networks.iter().filter(named).collect()
}

/// Chapter 4: their cards.
pub(crate) fn networks(material: &Material) -> Result<Section> {
    let shown = shown(material);
    let mut table = Table::counted(
        "networks-table",
        "Networks in order of priority, then likelihood, then threat",
        &[
            ("Network", Style::Name),
            ("Priority", Style::Text),
            ("Verdict", Style::Text),
            ("T", Style::Number),
            ("T low–high", Style::Number),
            ("H", Style::Number),
            ("L", Style::Number),
            ("Coverage, %", Style::Number),
            ("Confidence of T", Style::Text),
            ("Boundary inflow, EUR", Style::Money),
        ],
    );
    for network in &shown {
        let card = &network.card;
        table.count(
            vec![
                cell(&network.caption),
                cell(card.priority),
                cell(&card.verdict),
                cell(card.threat.point()),
                cell(format!("{}–{}", card.threat.low(), card.threat.high())),
                cell(card.harm.point()),
                cell(card.likelihood.point()),
                cell(card.threat.coverage()),
                cell(card.confidence.threat),
                network.volume.as_ref().map(|volume| volume.value.clone()),
            ],
            network.evidence.ids.iter().cloned(),
        )?;
    }
    let mut section = Section::new("networks", "Networks").table(table, "No network was scored.");
    for (index, network) in shown.into_iter().enumerate() {
        section.parts.push(part(material, network, &format!("network-{}", index + 1))?);
    }
    Ok(section)
}

/// The card of one network, as the chapter of a case package.
pub(crate) fn card(material: &Material, network: &Network) -> Result<Section> {
    let mut section = part(material, network, "card")?;
    section.title = "Assessment".to_owned();
    Ok(section)
}

fn part(material: &Material, network: &Network, id: &str) -> Result<Section> {
    let card = &network.card;
    let bands = &material.report.method.bands;
    let mut section = Section::new(id, &network.caption);
    section.statements.push(super::headline(network)?);
    section.statements.push(
        Statement::new(
            format!("{} {}.", network.caption, network.basis),
            network
                .members
                .iter()
                .flat_map(|member| member.evidence.ids.clone())
                .chain(network.evidence.ids.iter().cloned()),
        )?
        .quoting([network.caption.clone(), network.basis.clone()]),
    );
    section.notes.extend(card.notes.iter().cloned());
    let indicators = format!("{id}-indicators");
    for (name, total) in [("Threat", &card.threat), ("Harm", &card.harm), ("Likelihood", &card.likelihood)] {
        let name_of = format!("{id}-{}", name.to_lowercase());
        let title = format!("{name} interval");
        section = section.chart(&title, &indicators, Some(chart::interval(&name_of, &title, total, bands)));
    }
    let mut table = Table::plain(
        &indicators,
        "Rungs 0 to 4; a rung that is not there is unknown, which is not 0",
        &[
            ("Indicator", Style::Text),
            ("Weight", Style::Number),
            ("Rung", Style::Number),
            ("Measured", Style::Money),
            ("Unit", Style::Text),
            ("Why", Style::Name),
            ("Confidence", Style::Text),
            ("Next rung", Style::Text),
        ],
    );
    for line in &network.indicators {
        let rating = line.rating.as_ref();
        let cells = vec![
            cell(format!("{} {}", line.id, line.title)),
            cell(line.weight),
            rating.map(|rating| rating.score.to_string()),
            line.metric.as_ref().map(|metric| metric.value.clone()),
            line.metric.as_ref().map(|metric| metric.unit.clone()),
            cell(&line.explanation),
            rating.map(|rating| rating.confidence.to_string()),
            line.distance_to_next.clone(),
        ];
        match rating {
            Some(rating) => table.count(cells, rating.evidence.ids.iter().cloned())?,
            None => table.push(cells),
        }
    }
    section.tables.push(table);
    let flows = flows_table(&format!("{id}-flows"), network, 20)?;
    if !flows.rows.is_empty() {
        let drawn = chart::flows(&format!("{id}-flow"), &network.caption, &network.flows);
        section = section.chart("Where the money came from and went", &format!("{id}-flows"), drawn);
        section.tables.push(flows);
    }
    Ok(section)
}

/// The largest flows across the boundary of a network.
pub(super) fn flows_table(id: &str, network: &Network, most: usize) -> Result<Table> {
    let mut table = Table::counted(
        id,
        "Flows by side, largest first, EUR at transaction time",
        &[
            ("Side", Style::Text),
            ("From", Style::Name),
            ("To", Style::Name),
            ("By", Style::Text),
            ("EUR", Style::Money),
        ],
    );
    for flow in network.flows.iter().take(most) {
        let side = match flow.side {
            FlowSide::Inflow => "inflow",
            FlowSide::Outflow => "outflow",
            FlowSide::Internal => "internal",
        };
        table.count(
            vec![cell(side), cell(&flow.from), cell(&flow.to), cell(&flow.label), cell(flow.amount_eur)],
            flow.evidence.ids.iter().cloned(),
        )?;
    }
    Ok(table)
}

/// Chapter 5: the candidate tests, clause by clause.
pub(crate) fn candidates(material: &Material) -> Result<Section> {
    let mut table = Table::plain(
        "hrcn",
        "The test for a high-risk criminal network, clause by clause. Over an unknown indicator a clause is unknown, not failed",
        &[("Network", Style::Name), ("Clause", Style::Text), ("Found", Style::Text), ("Outcome", Style::Text)],
    );
    let mut section = Section::new("candidates", "Candidates").note(
        "The program lists candidates. Nomination is a human act, with name, date and reason. The persons of the leading \
         networks are tested in the restricted annex, and no person is named here.",
    );
    for network in &material.report.networks {
        for line in &network.clauses {
            let cells = vec![
                cell(&network.caption),
                cell(&line.clause.text),
                cell(&line.clause.value),
                cell(line.clause.outcome),
            ];
            match &line.evidence {
                Some(evidence) => table.count(cells, evidence.ids.iter().cloned())?,
                None => table.push(cells),
            }
        }
        let hrcn = &network.card.hrcn;
        let text = format!("{}: {} {}", network.caption, hrcn.title, hrcn.sentence);
        let statement = Statement::new(text, network.evidence.ids.iter().cloned())?;
        section.statements.push(statement.quoting([network.caption.clone()]));
    }
    Ok(section.table(table, "No network was tested."))
}
