//! The candidate test for a person, clause by clause: pass, fail or unknown, each with what was found.
//!
//! The facts are a query (`queries/macros/person_facts.sql`), the marks are the profile's. The program lists candidates;
//! to nominate one is a human act with a name, a date and a reason.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use headwater_engine::{Lake, Session};
use serde::Serialize;

use crate::decimal::Decimal;
use crate::error::Result;
use crate::model::{ClauseLine, Evidence, Network};
use crate::profile::{PersonRule, Profile};
use crate::run::facts::{Facts, Row, quote};
use crate::run::origins::{Origins, handling};
use crate::run::{Ground, Survey, Window, survey};
use crate::score::{Clause, Outcome, Ratings};

/// The query that the facts come from, as the library names it.
pub(crate) const QUERY: &str = "person_facts";

/// The test of one person in one network.
#[derive(Clone, Debug, Serialize)]
pub struct PersonTest {
    /// The network.
    pub network: String,
    /// Data set and id of the person.
    pub person: String,
    /// Their name, as the source has it.
    pub caption: String,
    /// What a person who passes is a candidate for.
    pub title: String,
    /// Fail when a clause fails, else unknown when one is unknown.
    pub outcome: Outcome,
    /// Threat, tie, jurisdictions, and how many of the five traits hold; each with its rows.
    pub clauses: Vec<ClauseLine>,
    /// The five traits behind the last clause.
    pub traits: Vec<ClauseLine>,
    /// The rows of all of it.
    pub evidence: Evidence,
    /// The most restrictive label of what the person's rows and the network's rating stand on.
    pub handling: Option<String>,
}

impl PersonTest {
    /// The outcome in a sentence, which names nobody.
    pub fn sentence(&self) -> &'static str {
        match self.outcome {
            Outcome::Pass => "met on what is known. Nomination is a human act, with name, date and reason.",
            Outcome::Unknown => "cannot be told yet: over what is not known a clause is unknown, not failed.",
            Outcome::Fail => "not met.",
        }
    }
}

/// Tests every person of every network under a profile: candidates first.
///
/// # Errors
/// [`crate::AssessError`] when the profile has no rules or the lake cannot be read.
pub async fn candidates(lake: &Arc<Lake>, profile: &str) -> Result<Vec<PersonTest>> {
    let profile = Profile::parse(&format!("{profile}.toml"), lake.library().profile(profile)?)?;
    let session = Session::pinned(lake);
    let Survey { window, networks, ground, .. } = survey(&session, &profile, None).await?;
    let networks: Vec<&Network> = networks.iter().collect();
    let tests = test(&session, &profile, &ground, &networks, &window).await?;
    let mut all: Vec<PersonTest> = tests.into_values().flatten().collect();
    all.sort_by(|a, b| {
        (Reverse(order(a.outcome)), &a.network, &a.person).cmp(&(Reverse(order(b.outcome)), &b.network, &b.person))
    });
    Ok(all)
}

fn order(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Pass => 2,
        Outcome::Unknown => 1,
        Outcome::Fail => 0,
    }
}

/// Tests the people of some networks with one question: by network, candidates first. Nobody where the profile tests
/// nobody.
pub(crate) async fn test(
    session: &Session,
    profile: &Profile,
    ground: &Ground,
    networks: &[&Network],
    window: &Window,
) -> Result<BTreeMap<String, Vec<PersonTest>>> {
    let mut tests: BTreeMap<String, Vec<PersonTest>> = BTreeMap::new();
    let Some(rule) = profile.rules()?.hvt.as_ref().filter(|_| !networks.is_empty()) else { return Ok(tests) };
    let ids: Vec<String> = networks.iter().map(|network| quote(&network.id)).collect();
    let sql = format!(
        "SELECT network, person, caption, CAST(attribution AS VARCHAR) AS attribution, \
         CAST(countries AS VARCHAR) AS countries, CAST(share AS VARCHAR) AS share, CAST(networks AS VARCHAR) AS networks, \
         CAST(launders AS VARCHAR) AS launders, CAST(resumed AS VARCHAR) AS resumed, tie_rows, move_rows, share_rows, \
         standing_rows, launder_rows, block_rows, evidence FROM {QUERY}({}, {}) WHERE network IN ({}) \
         ORDER BY network, person",
        quote(&window.from),
        quote(&window.to),
        ids.join(", "),
    );
    let facts = Facts::new(session).ask(&sql).await?;
    let items = facts.iter().flat_map(|row| {
        let of = (row.text("network"), row.text("person"));
        row.list("evidence").into_iter().map(move |item| (of.0.clone(), of.1.clone(), item))
    });
    let origins = Origins::of_items(session, items.collect()).await?;
    let mut by_network: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in &facts {
        by_network.entry(row.text("network")).or_default().push(row);
    }
    for network in networks {
        let known = Known::of(network);
        let rated = network.indicators.iter().flat_map(|line| ground.labels(&network.id, &line.id));
        let rated = handling(rated);
        let mut people = Vec::new();
        for row in by_network.remove(&network.id).unwrap_or_default() {
            let own = origins.of(&network.id, &row.text("person")).iter().map(|origin| origin.handling.as_deref());
            let label = handling(own.chain([rated.as_deref()]));
            people.push(judge(rule, network, &known, row, label)?);
        }
        people.sort_by(|a, b| (Reverse(order(a.outcome)), &a.person).cmp(&(Reverse(order(b.outcome)), &b.person)));
        if !people.is_empty() {
            tests.insert(network.id.clone(), people);
        }
    }
    Ok(tests)
}

/// What is known of a network: its ratings, and the rows behind them.
struct Known<'a> {
    ratings: Ratings,
    network: &'a Network,
}

impl<'a> Known<'a> {
    fn of(network: &'a Network) -> Self {
        let rated = |line: &crate::model::IndicatorLine| Some((line.id.clone(), line.rating.as_ref()?.score));
        Self { ratings: network.indicators.iter().filter_map(rated).collect(), network }
    }

    /// The rows behind some indicators.
    fn rows(&self, indicators: &[String]) -> Vec<String> {
        let lines = self.network.indicators.iter().filter(|line| indicators.contains(&line.id));
        lines.filter_map(|line| line.rating.as_ref()).flat_map(|rating| rating.evidence.ids.clone()).collect()
    }
}

/// A clause with its rows; one that nobody can answer needs none.
fn line(
    text: String,
    value: String,
    outcome: Outcome,
    indicators: Vec<String>,
    rows: Vec<String>,
) -> Result<ClauseLine> {
    let evidence = Evidence::new(&text, rows);
    let evidence = if outcome == Outcome::Unknown { evidence.ok() } else { Some(evidence?) };
    Ok(ClauseLine { clause: Clause { text, value, outcome, indicators }, evidence })
}

fn settled(holds: bool) -> Outcome {
    if holds { Outcome::Pass } else { Outcome::Fail }
}

fn judge(
    rule: &PersonRule,
    network: &Network,
    known: &Known<'_>,
    row: &Row,
    handling: Option<String>,
) -> Result<PersonTest> {
    let threat = network.card.threat.point();
    let traits = traits(rule, known, row)?;
    let count = |wanted| traits.iter().filter(|held| held.clause.outcome == wanted).count();
    let choice = if count(Outcome::Pass) >= rule.at_least {
        Outcome::Pass
    } else if count(Outcome::Pass) + count(Outcome::Unknown) < rule.at_least {
        Outcome::Fail
    } else {
        Outcome::Unknown
    };
    let counted = traits.iter().filter_map(|held| held.evidence.as_ref()).flat_map(|evidence| evidence.ids.clone());
    let countries = row.number("countries");
    let clauses = vec![
        line(
            format!("Network with a threat of at least {}", rule.threat),
            threat.to_string(),
            settled(threat.reaches(rule.threat)),
            Vec::new(),
            network.evidence.ids.clone(),
        )?,
        line(
            format!("Tied to it with an attribution of at least {}", rule.attribution),
            row.text("attribution"),
            settled(row.number("attribution") >= u64::from(rule.attribution)),
            Vec::new(),
            row.list("tie_rows"),
        )?,
        line(
            format!("Flows in at least {} jurisdictions", rule.jurisdictions),
            // Wallets have no country: none seen is not one seen.
            if countries == 0 { "unknown".to_owned() } else { countries.to_string() },
            if countries == 0 { Outcome::Unknown } else { settled(countries >= u64::from(rule.jurisdictions)) },
            Vec::new(),
            row.list("move_rows"),
        )?,
        line(
            format!("At least {} of five traits", rule.at_least),
            format!("{} hold, {} unknown", count(Outcome::Pass), count(Outcome::Unknown)),
            choice,
            Vec::new(),
            counted.collect(),
        )?,
    ];
    let has = |outcome| clauses.iter().any(|line| line.clause.outcome == outcome);
    let outcome = if has(Outcome::Fail) {
        Outcome::Fail
    } else if has(Outcome::Unknown) {
        Outcome::Unknown
    } else {
        Outcome::Pass
    };
    let rows = clauses.iter().chain(&traits).filter_map(|line| line.evidence.as_ref());
    Ok(PersonTest {
        network: network.id.clone(),
        person: row.text("person"),
        caption: row.text("caption"),
        title: rule.title.clone(),
        outcome,
        evidence: Evidence::union(&row.text("person"), rows)?,
        clauses,
        traits,
        handling,
    })
}

/// Control of money, brokerage, laundering, graded evidence, survival: in the order of the method.
fn traits(rule: &PersonRule, known: &Known<'_>, row: &Row) -> Result<Vec<ClauseLine>> {
    let ratings = &known.ratings;
    let share = row.amount("share");
    let networks = row.number("networks");
    let launders = vec![rule.launders.indicator.clone()];
    let rung = ratings.get(&rule.launders.indicator);
    let runs = row.text("launders") == "true";
    let rated: Vec<Option<&u8>> = rule.graded.iter().map(|step| ratings.get(&step.indicator)).collect();
    let holds = rule.graded.iter().zip(&rated).any(|(step, rung)| rung.is_some_and(|rung| *rung >= step.rung));
    let graded: Vec<String> = rule.graded.iter().map(|step| step.indicator.clone()).collect();
    let said = |rung: Option<&u8>| rung.map_or_else(|| "unknown".to_owned(), u8::to_string);
    let resumed = row.maybe("resumed");
    Ok(vec![
        line(
            format!("Controls at least {} % of the boundary inflow", rule.share),
            share.map_or_else(|| "unknown".to_owned(), |share| format!("{} %", share.grouped(2))),
            share.map_or(Outcome::Unknown, |share| settled(share >= Decimal::whole(i64::from(rule.share)))),
            Vec::new(),
            row.list("share_rows"),
        )?,
        line(
            format!("Stands in at least {} networks", rule.networks),
            networks.to_string(),
            settled(networks >= u64::from(rule.networks)),
            Vec::new(),
            row.list("standing_rows"),
        )?,
        line(
            format!("Runs a laundering service ({} at {} or higher)", rule.launders.indicator, rule.launders.rung),
            format!("{}, {}", said(rung), if runs { "by this person" } else { "not by this person" }),
            rung.map_or(Outcome::Unknown, |rung| settled(runs && *rung >= rule.launders.rung)),
            launders.clone(),
            row.list("launder_rows").into_iter().chain(known.rows(&launders)).collect(),
        )?,
        line(
            "Graded evidence of corruption or violence in the network".to_owned(),
            rule.graded
                .iter()
                .zip(&rated)
                .map(|(step, rung)| format!("{} {}", step.indicator, said(*rung)))
                .collect::<Vec<_>>()
                .join(", "),
            if holds {
                Outcome::Pass
            } else if rated.iter().any(Option::is_none) {
                Outcome::Unknown
            } else {
                Outcome::Fail
            },
            graded.clone(),
            known.rows(&graded),
        )?,
        line(
            "Survived a disruption".to_owned(),
            resumed
                .clone()
                .map_or_else(|| "no disruption on record".to_owned(), |days| format!("moved money after {days}")),
            resumed.map_or(Outcome::Unknown, |days| settled(days != "0")),
            Vec::new(),
            row.list("block_rows"),
        )?,
    ])
}
