//! People: the candidate test for high-value targets, clause by clause, under a marking of its own.
//!
//! The case package names everybody who was tested, because they are its subjects. The strategic assessment has a restricted
//! annex for the leading networks, which names candidates and those of whom it cannot be told yet; who fails a clause is
//! counted there and not named. The edition for everybody has neither.

use std::collections::BTreeSet;

use headwater_engine::Label;

use crate::error::Result;
use crate::model::Network;
use crate::persons::PersonTest;
use crate::product::make::Material;
use crate::product::model::cell;
use crate::product::{ProductKind, ProductRequest, Section, Statement, Style, Table};
use crate::score::Outcome;

/// How many networks lead, whatever their threat.
const LEADING: usize = 5;

/// The chapter that no edition for everybody has.
pub(crate) const PERSONS: &str = "persons";

/// What is said of every test.
const WHAT_IT_IS: &str = "A test is an assessment of ours and no fact. The program lists candidates; nomination is a human act, \
                          with name, date and reason. Over what is not known a clause is unknown, not failed.";

/// The networks whose people a product tests: of a case its own, of a strategic assessment those that lead.
pub(crate) fn tested(material: &Material, request: &ProductRequest) -> Vec<String> {
    let ids = |networks: Vec<&Network>| networks.into_iter().map(|network| network.id.clone()).collect();
    match request.kind {
        ProductKind::Strategic => ids(leading(material)),
        ProductKind::Case => request.network.iter().cloned().collect(),
        _ => Vec::new(),
    }
}

/// The first few of the networks the strategic assessment shows, and every other whose threat reaches the mark that the
/// test of a person asks of it: beyond them nobody can pass.
fn leading(material: &Material) -> Vec<&Network> {
    let mark = material.profile.rules().ok().and_then(|rules| rules.hvt.as_ref()).map(|rule| rule.threat);
    let shown = super::networks::shown(material).into_iter().enumerate();
    let leads = |(place, network): &(usize, &Network)| {
        *place < LEADING || mark.is_some_and(|mark| network.card.threat.point().reaches(mark))
    };
    shown.filter(leads).map(|(_, network)| network).collect()
}

/// The restricted annex of a strategic assessment.
pub(crate) fn annex(material: &Material) -> Result<Section> {
    let networks = leading(material);
    let tests: Vec<&PersonTest> = networks.iter().flat_map(|network| material.people(&network.id)).collect();
    let mut section = Section::new(PERSONS, "Annex: candidates for high-value targets")
        .marked(marking(material, "RESTRICTED ANNEX", &tests))
        .note(WHAT_IT_IS);
    let Some(first) = tests.first() else {
        return Ok(section.note(nobody(material, "No person is known to be a member of a leading network.")));
    };
    let count = |outcome| tests.iter().filter(|test| test.outcome == outcome).count();
    let of: BTreeSet<&str> = tests.iter().map(|test| test.network.as_str()).collect();
    section.statements.push(Statement::new(
        format!(
            "{}: {} persons of {} leading networks were tested; {} are candidates, of {} it cannot be told yet, {} fail a clause.",
            first.title,
            tests.len(),
            of.len(),
            count(Outcome::Pass),
            count(Outcome::Unknown),
            count(Outcome::Fail),
        ),
        tests.iter().flat_map(|test| test.evidence.ids.iter().cloned()),
    )?);
    let named: Vec<&PersonTest> = tests.iter().copied().filter(|test| test.outcome != Outcome::Fail).collect();
    let section = say(section, material, &named)?;
    Ok(section
        .note("Who fails a clause is counted here and not named.")
        .table(clauses(material, &named)?, "No person of a leading network is a candidate."))
}

/// Everybody of one network, for its case package.
pub(crate) fn of_case(material: &Material, network: &Network) -> Result<Section> {
    let tests: Vec<&PersonTest> = material.people(&network.id).iter().collect();
    let section = Section::new(PERSONS, "Candidates for high-value targets")
        .marked(marking(material, "PERSONS", &tests))
        .note(WHAT_IT_IS);
    let section = say(section, material, &tests)?;
    Ok(section
        .table(clauses(material, &tests)?, &nobody(material, "No person is known to be a member of this network.")))
}

/// Why there is no test.
fn nobody(material: &Material, otherwise: &str) -> String {
    let tests = material.profile.rules().is_ok_and(|rules| rules.hvt.is_some());
    if tests {
        otherwise.to_owned()
    } else {
        format!("The profile {} has no test for persons.", material.profile.label())
    }
}

/// The product's label joined with those of all that the tests stand on.
fn marking(material: &Material, words: &str, tests: &[&PersonTest]) -> String {
    let labels = tests.iter().filter_map(|test| test.handling.as_deref()).map(Label::parse);
    let own = Label::parse(&format!("TLP:{}", material.tlp()));
    format!("{words} · {}", labels.fold(own, |all, label| all.join(&label)))
}

fn say(mut section: Section, material: &Material, tests: &[&PersonTest]) -> Result<Section> {
    for test in tests {
        let network = network_name(material, test);
        let text = format!("{}, {network}. {}: {}", test.caption, test.title, test.sentence());
        let statement = Statement::new(text, test.evidence.ids.iter().cloned())?;
        section.statements.push(statement.quoting([test.caption.clone(), network]));
    }
    Ok(section)
}

/// What is asked, what was found, and the rows of each answer.
fn clauses(material: &Material, tests: &[&PersonTest]) -> Result<Table> {
    let mut table = Table::plain(
        "hvt",
        "The test of a person, clause by clause; the last clause counts the traits that follow it",
        &[
            ("Person", Style::Name),
            ("Entity", Style::Code),
            ("Network", Style::Name),
            ("Part", Style::Text),
            ("Asked", Style::Text),
            ("Found", Style::Text),
            ("Outcome", Style::Text),
        ],
    );
    for test in tests {
        let network = network_name(material, test);
        let clauses = test.clauses.iter().map(|line| ("clause", line));
        for (part, line) in clauses.chain(test.traits.iter().map(|line| ("trait", line))) {
            let cells = vec![
                cell(&test.caption),
                cell(&test.person),
                cell(&network),
                cell(part),
                cell(&line.clause.text),
                cell(&line.clause.value),
                cell(line.clause.outcome),
            ];
            match &line.evidence {
                Some(evidence) => table.count(cells, evidence.ids.iter().cloned())?,
                None => table.push(cells),
            }
        }
    }
    Ok(table)
}

fn network_name(material: &Material, test: &PersonTest) -> String {
    let named = material.report.networks.iter().find(|network| network.id == test.network);
    named.map_or_else(|| test.network.clone(), |network| network.caption.clone())
}
