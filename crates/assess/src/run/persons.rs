//! The candidate test for a person, clause by clause: pass, fail or unknown, each with what was found.
//!
//! The facts are a query (`queries/macros/person_facts.sql`), the marks are the profile's. The program lists candidates;
//! to nominate one is a human act with a name, a date and a reason.

use std::cmp::Reverse;
use std::sync::Arc;

use headwater_engine::{Lake, Session};
use serde::Serialize;

use crate::decimal::Decimal;
use crate::error::Result;
use crate::model::{Evidence, Network};
use crate::profile::{PersonRule, Profile};
use crate::run::facts::{Facts, Row, quote};
use crate::run::{Survey, Window, survey};
use crate::score::{Clause, Outcome, Ratings};

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
    /// Threat, tie, jurisdictions, and how many of the five traits hold.
    pub clauses: Vec<Clause>,
    /// The five traits behind the last clause.
    pub traits: Vec<Clause>,
    /// The rows of all of it.
    pub evidence: Evidence,
}

/// Tests every person of every network under a profile: candidates first.
///
/// # Errors
/// [`crate::AssessError`] when the profile has no rules or the lake cannot be read.
pub async fn candidates(lake: &Arc<Lake>, profile: &str) -> Result<Vec<PersonTest>> {
    let profile = Profile::parse(&format!("{profile}.toml"), lake.library().profile(profile)?)?;
    let session = Session::pinned(lake);
    let Survey { window, networks, .. } = survey(&session, &profile, None).await?;
    let mut all = Vec::new();
    for network in &networks {
        all.extend(test(&Facts::new(&session), &profile, network, &window).await?);
    }
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

/// Tests the people of one network; none where the profile tests nobody.
pub(crate) async fn test(
    facts: &Facts<'_>,
    profile: &Profile,
    network: &Network,
    window: &Window,
) -> Result<Vec<PersonTest>> {
    let Some(rule) = &profile.rules()?.hvt else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT person, caption, CAST(attribution AS VARCHAR) AS attribution, CAST(countries AS VARCHAR) AS countries, \
         CAST(share AS VARCHAR) AS share, CAST(networks AS VARCHAR) AS networks, CAST(launders AS VARCHAR) AS launders, \
         CAST(resumed AS VARCHAR) AS resumed, evidence FROM person_facts({}, {}) WHERE network = {} ORDER BY person",
        quote(&window.from),
        quote(&window.to),
        quote(&network.id),
    );
    let ratings: Ratings =
        network.indicators.iter().filter_map(|line| Some((line.id.clone(), line.rating.as_ref()?.score))).collect();
    let mut tests = Vec::new();
    for row in facts.ask(&sql).await? {
        tests.push(judge(rule, network, &ratings, &row)?);
    }
    Ok(tests)
}

fn settled(holds: bool) -> Outcome {
    if holds { Outcome::Pass } else { Outcome::Fail }
}

fn judge(rule: &PersonRule, network: &Network, ratings: &Ratings, row: &Row) -> Result<PersonTest> {
    let threat = network.card.threat.point();
    let clause = |text: String, value: String, outcome| Clause { text, value, outcome, indicators: Vec::new() };
    let traits = traits(rule, ratings, row);
    let count = |wanted| traits.iter().filter(|held| held.outcome == wanted).count();
    let choice = if count(Outcome::Pass) >= rule.at_least {
        Outcome::Pass
    } else if count(Outcome::Pass) + count(Outcome::Unknown) < rule.at_least {
        Outcome::Fail
    } else {
        Outcome::Unknown
    };
    let countries = row.number("countries");
    let clauses = vec![
        clause(
            format!("Network with a threat of at least {}", rule.threat),
            threat.to_string(),
            settled(threat.reaches(rule.threat)),
        ),
        clause(
            format!("Tied to it with an attribution of at least {}", rule.attribution),
            row.text("attribution"),
            settled(row.number("attribution") >= u64::from(rule.attribution)),
        ),
        clause(
            format!("Flows in at least {} jurisdictions", rule.jurisdictions),
            // Wallets have no country: none seen is not one seen.
            if countries == 0 { "unknown".to_owned() } else { countries.to_string() },
            if countries == 0 { Outcome::Unknown } else { settled(countries >= u64::from(rule.jurisdictions)) },
        ),
        clause(
            format!("At least {} of five traits", rule.at_least),
            format!("{} hold, {} unknown", count(Outcome::Pass), count(Outcome::Unknown)),
            choice,
        ),
    ];
    let has = |outcome| clauses.iter().any(|clause| clause.outcome == outcome);
    let outcome = if has(Outcome::Fail) {
        Outcome::Fail
    } else if has(Outcome::Unknown) {
        Outcome::Unknown
    } else {
        Outcome::Pass
    };
    Ok(PersonTest {
        network: network.id.clone(),
        person: row.text("person"),
        caption: row.text("caption"),
        title: rule.title.clone(),
        outcome,
        clauses,
        traits,
        evidence: Evidence::new(&row.text("person"), row.list("evidence"))?,
    })
}

/// Control of money, brokerage, laundering, graded evidence, survival: in the order of the method.
fn traits(rule: &PersonRule, ratings: &Ratings, row: &Row) -> Vec<Clause> {
    let mut all = Vec::with_capacity(5);
    let mut say = |text: String, value: String, outcome, indicators: Vec<String>| {
        all.push(Clause { text, value, outcome, indicators });
    };
    let share = row.amount("share");
    say(
        format!("Controls at least {} % of the boundary inflow", rule.share),
        share.map_or_else(|| "unknown".to_owned(), |share| format!("{} %", share.grouped(2))),
        share.map_or(Outcome::Unknown, |share| settled(share >= Decimal::whole(i64::from(rule.share)))),
        Vec::new(),
    );
    let networks = row.number("networks");
    say(
        format!("Stands in at least {} networks", rule.networks),
        networks.to_string(),
        settled(networks >= u64::from(rule.networks)),
        Vec::new(),
    );
    let rung = ratings.get(&rule.launders.indicator);
    let runs = row.text("launders") == "true";
    say(
        format!("Runs a laundering service ({} at {} or higher)", rule.launders.indicator, rule.launders.rung),
        format!(
            "{}, {}",
            rung.map_or_else(|| "unknown".to_owned(), u8::to_string),
            if runs { "by this person" } else { "not by this person" }
        ),
        match rung {
            Some(rung) => settled(runs && *rung >= rule.launders.rung),
            None => Outcome::Unknown,
        },
        vec![rule.launders.indicator.clone()],
    );
    let rated: Vec<Option<&u8>> = rule.graded.iter().map(|step| ratings.get(&step.indicator)).collect();
    let holds = rule.graded.iter().zip(&rated).any(|(step, rung)| rung.is_some_and(|rung| *rung >= step.rung));
    say(
        "Graded evidence of corruption or violence in the network".to_owned(),
        rule.graded
            .iter()
            .zip(&rated)
            .map(|(step, rung)| {
                format!("{} {}", step.indicator, rung.map_or_else(|| "unknown".to_owned(), u8::to_string))
            })
            .collect::<Vec<_>>()
            .join(", "),
        if holds {
            Outcome::Pass
        } else if rated.iter().any(Option::is_none) {
            Outcome::Unknown
        } else {
            Outcome::Fail
        },
        rule.graded.iter().map(|step| step.indicator.clone()).collect(),
    );
    let resumed = row.maybe("resumed");
    say(
        "Survived a disruption".to_owned(),
        resumed
            .clone()
            .map_or_else(|| "no disruption on record".to_owned(), |days| format!("moved money after {days}")),
        resumed.map_or(Outcome::Unknown, |days| settled(days != "0")),
        Vec::new(),
    );
    all
}
