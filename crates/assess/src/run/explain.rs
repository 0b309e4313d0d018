//! Why a network is rated as it is: metric against threshold, distance to the next rung, which supplier carries the value,
//! and whether the rank is stable.
//!
//! "Which supplier carries it" is recomputed and not estimated: the indicator's own query runs again over a session in which
//! the supplier's rows are not there, nor the findings that stand on them, nor the links of those and of its entities.
//! A finding of which one transfer is gone does not stand, even where the rest of it might: the typologies do not run again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use headwater_engine::{Kind, Lake, Session};
use serde::Serialize;

use crate::confidence::Level;
use crate::decimal::Decimal;
use crate::error::{AssessError, Result};
use crate::model::{ClauseLine, Evidence, Network};
use crate::profile::{By, Indicator, Profile};
use crate::run::facts::{Facts, quote};
use crate::run::measure::Measures;
use crate::run::origins::handling;
use crate::run::persons::{self, PersonTest};
use crate::run::{Ground, Judgement, Survey, Window, survey};
use crate::score::Ratings;
use crate::score::sensitivity::{RankInterval, rank_intervals};

/// What to explain.
#[derive(Debug, Clone)]
pub struct ExplainRequest {
    /// The stem of a profile with rules.
    pub profile: String,
    /// The network.
    pub network: String,
    /// One indicator, or all.
    pub indicator: Option<String>,
    /// Draws of the weights.
    pub draws: usize,
}

/// A network explained.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The network.
    pub network: String,
    /// Its name.
    pub caption: String,
    /// The profile, as `composite-1@1.1.0`.
    pub profile: String,
    /// The window, from just after this instant.
    pub from: String,
    /// To this one.
    pub to: String,
    /// The hash of the data.
    pub dataset: String,
    /// Verdict, interval, coverage and the unknowns.
    pub headline: String,
    /// The tier.
    pub priority: String,
    /// How sure the threat is.
    pub confidence: Level,
    /// The most restrictive label of all it stands on.
    pub handling: Option<String>,
    /// Where it stands among the others, and how far the weights move it.
    pub rank: RankInterval,
    /// The candidate test of the network.
    pub hrcn: Vec<ClauseLine>,
    /// Its outcome and what would complete it.
    pub hrcn_sentence: String,
    /// The candidate tests of its people.
    pub persons: Vec<PersonTest>,
    /// The indicators asked for.
    pub indicators: Vec<Explained>,
}

/// One indicator explained.
#[derive(Clone, Debug, Serialize)]
pub struct Explained {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// Whose word makes it known.
    pub by: By,
    /// Its weight.
    pub weight: u32,
    /// The rung; absent means unknown.
    pub score: Option<u8>,
    /// How sure; absent where nothing is known.
    pub confidence: Option<Level>,
    /// What was measured.
    pub metrics: BTreeMap<String, Decimal>,
    /// The rung in words, which is the threshold that is reached.
    pub threshold: Option<String>,
    /// What the next rung would take.
    pub next: Option<String>,
    /// Why.
    pub explanation: String,
    /// The most restrictive label of what it stands on.
    pub handling: Option<String>,
    /// What is left without each supplier, the one whose absence changes most first.
    pub without: Vec<Without>,
    /// The supplier without whom the rung is another one, where there is exactly one.
    pub carried_by: Option<String>,
    /// The items; absent where nothing was found out.
    pub evidence: Option<Evidence>,
    /// The first query leads to the items, the second to the rows behind them.
    pub queries: Vec<String>,
}

/// A value without one supplier.
#[derive(Clone, Debug, Serialize)]
pub struct Without {
    /// The supplier that was taken away.
    pub supplier: String,
    /// How many items of the evidence come from it.
    pub items: usize,
    /// The rung that is left; absent means that nothing could be said.
    pub score: Option<u8>,
    /// The metrics that are left.
    pub metrics: BTreeMap<String, Decimal>,
    /// Whether the rung is another one.
    pub changes: bool,
}

/// Explains a network.
///
/// # Errors
/// [`AssessError::Usage`] for a network that is not scored, [`AssessError::UnknownIndicator`] for an indicator the profile does
/// not have.
pub async fn explain(lake: &Arc<Lake>, request: &ExplainRequest) -> Result<Explanation> {
    let text = lake.library().profile(&request.profile)?;
    let profile = Profile::parse(&format!("{}.toml", request.profile), text)?;
    if let Some(wanted) = &request.indicator
        && profile.indicator(wanted).is_none()
    {
        return Err(AssessError::UnknownIndicator { profile: profile.label(), indicator: wanted.clone() });
    }
    profile.rules()?;
    let session = Session::pinned(lake);
    let Survey { window, dataset, ground, networks, .. } = survey(&session, &profile, None).await?;
    let Some(network) = networks.iter().find(|network| network.id == request.network) else {
        return Err(not_scored(&networks, &request.network));
    };
    let wanted: Vec<&Indicator> = profile
        .indicators
        .iter()
        .filter(|indicator| request.indicator.as_ref().is_none_or(|wanted| *wanted == indicator.id))
        .collect();
    let rated: Vec<(String, Ratings)> = networks.iter().map(|network| (network.id.clone(), ratings(network))).collect();
    let ranks = rank_intervals(&profile, text, &window.to, &rated, request.draws);
    let rank =
        ranks.into_iter().find(|rank| rank.network == network.id).ok_or_else(|| not_scored(&networks, &network.id))?;
    let mut left = BTreeMap::new();
    for supplier in suppliers(&ground, network, &wanted) {
        let measures = without(lake, &supplier, &wanted, &window, &dataset).await?;
        left.insert(supplier, measures);
    }
    let mut indicators = Vec::with_capacity(wanted.len());
    for indicator in wanted {
        indicators.push(explained(&profile, &dataset, &ground, network, indicator, &left)?);
    }
    let labels = profile.indicators.iter().flat_map(|indicator| ground.labels(&network.id, &indicator.id));
    let mut people = persons::test(&session, &profile, &ground, &[network], &window).await?;
    let persons = people.remove(&network.id).unwrap_or_default();
    Ok(Explanation {
        network: network.id.clone(),
        caption: network.caption.clone(),
        profile: profile.label(),
        handling: handling(labels),
        headline: network.card.headline.clone(),
        priority: network.card.priority.to_string(),
        confidence: network.card.confidence.threat,
        rank,
        hrcn: network.clauses.clone(),
        hrcn_sentence: network.card.hrcn.sentence.clone(),
        persons,
        indicators,
        from: window.from,
        to: window.to,
        dataset,
    })
}

fn not_scored(networks: &[Network], id: &str) -> AssessError {
    let known: Vec<&str> = networks.iter().map(|network| network.id.as_str()).take(20).collect();
    AssessError::Usage(match known.as_slice() {
        [] => format!(
            "network {id:?} is not scored: no finding leads to any network; run `headwater flag` and `headwater link`"
        ),
        known => format!("network {id:?} is not scored; scored are: {}", known.join(", ")),
    })
}

fn ratings(network: &Network) -> Ratings {
    network.indicators.iter().filter_map(|line| Some((line.id.clone(), line.rating.as_ref()?.score))).collect()
}

/// Who supplied anything that the values asked for were measured on.
fn suppliers(ground: &Ground, network: &Network, wanted: &[&Indicator]) -> BTreeSet<String> {
    let origins = wanted.iter().flat_map(|indicator| ground.origins.of(&network.id, &indicator.id));
    origins.map(|origin| origin.supplier.clone()).collect()
}

fn explained(
    profile: &Profile,
    dataset: &str,
    ground: &Ground,
    network: &Network,
    indicator: &Indicator,
    left: &BTreeMap<String, Measures>,
) -> Result<Explained> {
    let line = network.indicators.iter().find(|line| line.id == indicator.id);
    let rating = line.and_then(|line| line.rating.as_ref());
    let score = rating.map(|rating| rating.score);
    let judged = ground.judgements.of(&network.id, &indicator.id);
    let measure = ground.measures.of(&network.id, &indicator.id);
    let measured = match measure {
        Some(measure) => measure.rung(indicator)?.0,
        None => None,
    };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for origin in ground.origins.of(&network.id, &indicator.id) {
        *counts.entry(&origin.supplier).or_default() += 1;
    }
    let mut without = Vec::new();
    for (supplier, items) in counts {
        let Some(measures) = left.get(supplier) else { continue };
        let rest = measures.of(&network.id, &indicator.id);
        let rung = match rest {
            Some(rest) => rest.rung(indicator)?.0,
            None => None,
        };
        // What a person said stands whoever supplied the data.
        let kept = if judged.is_empty() { indicator.admit(rung, false) } else { score };
        without.push(Without {
            supplier: supplier.to_owned(),
            items,
            score: kept,
            metrics: rest.map(|rest| rest.metrics.clone()).unwrap_or_default(),
            changes: judged.is_empty() && rung != measured,
        });
    }
    without.sort_by(|a, b| (!a.changes, a.score, &a.supplier).cmp(&(!b.changes, b.score, &b.supplier)));
    let carrying: Vec<&Without> = without.iter().filter(|rest| rest.changes).collect();
    let carried_by = match carrying.as_slice() {
        [one] => Some(one.supplier.clone()),
        _ => None,
    };
    let items = measure.map(|measure| measure.evidence.clone()).unwrap_or_default();
    let items = items.into_iter().chain(judged.iter().map(Judgement::item));
    Ok(Explained {
        id: indicator.id.clone(),
        title: indicator.title.clone(),
        by: indicator.by,
        weight: indicator.weight,
        score,
        confidence: rating.map(|rating| rating.confidence),
        metrics: measure.map(|measure| measure.metrics.clone()).unwrap_or_default(),
        threshold: score.map(|rung| threshold(indicator, rung)),
        next: line.and_then(|line| line.distance_to_next.clone()),
        explanation: line.map(|line| line.explanation.clone()).unwrap_or_default(),
        handling: handling(ground.labels(&network.id, &indicator.id).into_iter()),
        carried_by,
        without,
        evidence: Evidence::new(&indicator.id, items).ok(),
        queries: queries(profile, dataset, network, indicator),
    })
}

/// A rung as the ladder says it; nil is what no rung says.
fn threshold(indicator: &Indicator, rung: u8) -> String {
    let words = usize::from(rung).checked_sub(1).and_then(|place| indicator.ladder.get(place));
    words.cloned().unwrap_or_else(|| "looked for and not found".to_owned())
}

/// From a value to its items, and from the items to transfers, after `headwater assess` has stored both.
fn queries(profile: &Profile, dataset: &str, network: &Network, indicator: &Indicator) -> Vec<String> {
    let of = format!(
        "network = {} AND indicator = {} AND profile = {} AND dataset = {}",
        quote(&network.id),
        quote(&indicator.id),
        quote(&profile.label()),
        quote(dataset)
    );
    vec![
        format!(
            "SELECT item, supplier, grade, handling, attribution FROM assess.evidence WHERE {of} ORDER BY item, supplier"
        ),
        format!(
            "SELECT * FROM flow.transfers WHERE transfer_id IN (SELECT TRY_CAST(split_part(item, ':', 2) AS BIGINT) \
             FROM assess.evidence WHERE {of} AND item LIKE 'transfer:%' UNION SELECT unnest(evidence) FROM finding.findings \
             WHERE finding_id IN (SELECT TRY_CAST(split_part(item, ':', 2) AS BIGINT) FROM assess.evidence WHERE {of} \
             AND item LIKE 'finding:%')) ORDER BY time, transfer_id"
        ),
    ]
}

/// Measures the indicators again as if a supplier had never sent anything.
async fn without(
    lake: &Arc<Lake>,
    supplier: &str,
    wanted: &[&Indicator],
    window: &Window,
    dataset: &str,
) -> Result<Measures> {
    let session = Session::pinned(lake);
    let sql = format!(
        "SELECT CAST(source_id AS VARCHAR) AS source_id FROM admin.source_grades WHERE supplier = {} ORDER BY source_id",
        quote(supplier)
    );
    let sources: Vec<String> = Facts::new(&session).ask(&sql).await?.iter().map(|row| row.text("source_id")).collect();
    if sources.is_empty() {
        // Rows of no source that is on record: nothing can be taken away.
        return Ok(Measures::default());
    }
    let sources = sources.join(", ");
    let gone = format!("SELECT dataset, entity_id FROM intel.entities WHERE source_id IN ({sources})");
    let standing = [
        ("flow.transfers", format!("SELECT * FROM flow.transfers WHERE source_id NOT IN ({sources})")),
        (
            "finding.findings",
            "SELECT findings.* FROM finding.findings AS findings LEFT ANTI JOIN (SELECT DISTINCT evidence.finding_id \
             FROM (SELECT finding_id, unnest(evidence) AS transfer_id FROM finding.findings) AS evidence \
             LEFT ANTI JOIN flow.transfers AS transfers ON transfers.transfer_id = evidence.transfer_id) AS broken \
             ON broken.finding_id = findings.finding_id"
                .to_owned(),
        ),
        (
            "finding.links",
            format!(
                "SELECT links.* FROM finding.links AS links \
                 LEFT SEMI JOIN finding.findings AS findings ON findings.finding_id = links.finding_id \
                 LEFT ANTI JOIN ({gone}) AS gone ON gone.dataset = links.dataset AND gone.entity_id = links.entity_id"
            ),
        ),
    ];
    for (table, query) in &standing {
        session.stand_in(table, query).await?;
    }
    for table in lake.schema().tables() {
        let whose = matches!(table.schema_name.as_str(), "flow" | "intel" | "assess") && table.name != "flow.transfers";
        // An account is what it is, whoever named it first.
        if whose && table.name != "flow.accounts" && table.schema.column_with_name("source_id").is_some() {
            let query = format!("SELECT * FROM {} WHERE source_id NOT IN ({sources})", table.name);
            session.stand_in(&table.name, &query).await?;
        }
    }
    let ids: BTreeSet<&str> = wanted.iter().map(|indicator| indicator.id.as_str()).collect();
    let files = lake.library().all(Kind::Indicator).filter(|file| ids.contains(file.stem.as_str()));
    Measures::take(&session, files, window, dataset).await
}
