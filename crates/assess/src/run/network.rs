//! One network of the report: members, findings, links, flows, and its score card.

use std::collections::BTreeMap;

use crate::confidence::{ConfidenceRule, Level, group_confidence, indicator_confidence};
use crate::error::Result;
use crate::model::{
    ClauseLine, Corridor, Evidence, Figure, Finding, Flow, FlowSide, IndicatorLine, Link, Member, Month, Network,
    Rating,
};
use crate::profile::{Group, Indicator, Metrics, Profile};
use crate::run::facts::{Facts, quote};
use crate::run::origins::graded;
use crate::run::{Ground, Judgement, Window};
use crate::score::{Confidences, Ratings, ScoreCard};

/// Corridors and flows beyond these are the tail of a table nobody reads; the JSON twin's evidence has them all.
const MOST_CORRIDORS: usize = 20;
const MOST_FLOWS: usize = 60;

/// Scores a network; `None` when not one threat indicator is known.
pub(crate) async fn assess(
    facts: &Facts<'_>,
    profile: &Profile,
    ground: &Ground,
    window: &Window,
    id: &str,
) -> Result<Option<Network>> {
    let mut ratings = Ratings::new();
    let mut levels: BTreeMap<String, Level> = BTreeMap::new();
    let mut indicators = Vec::with_capacity(profile.indicators.len());
    for indicator in &profile.indicators {
        let line = line(ground, indicator, id, &ratings)?;
        if let Some(rating) = &line.rating {
            ratings.insert(indicator.id.clone(), rating.score);
            levels.insert(indicator.id.clone(), rating.confidence);
        }
        indicators.push(line);
    }
    if !profile.group(Group::Threat).any(|indicator| ratings.contains_key(&indicator.id)) {
        return Ok(None);
    }
    let of = |group| group_confidence(profile, group, &ratings, &levels);
    let confidence =
        Confidences { threat: of(Group::Threat)?, harm: of(Group::Harm)?, likelihood: of(Group::Likelihood)? };
    let card = ScoreCard::new(profile, &ratings, confidence)?;
    let evidence = Evidence::union(id, indicators.iter().filter_map(|line| Some(&line.rating.as_ref()?.evidence)))?;
    let volume = indicators.iter().find(|line| line.id == "A01").and_then(|line| line.metric.clone());
    let sql = format!(
        "SELECT entities.caption, entities.dataset, array_to_string(entities.topics, ', ') AS topics \
         FROM intel.entities AS entities WHERE entities.dataset || '/' || entities.entity_id = {}",
        quote(id)
    );
    let core = facts.ask(&sql).await?;
    let core = core.first();
    let said = |name: &str| core.map(|row| row.text(name)).unwrap_or_default();
    Ok(Some(Network {
        id: id.to_owned(),
        caption: said("caption"),
        basis: format!("appears in {} ({})", said("dataset"), said("topics")),
        volume,
        members: members(facts, id).await?,
        clauses: ClauseLine::all(&card, &indicators)?,
        card,
        evidence,
        indicators,
        findings: findings(facts, id).await?,
        links: links(facts, id).await?,
        volume_by_month: months(facts, id, window).await?,
        corridors: corridors(facts, id).await?,
        flows: flows(facts, id).await?,
    }))
}

/// One indicator: what the engine measured, what a person said of it, and which of the two counts.
///
/// An engine's value counts as it is, a mixed one once somebody judged it, an analyst's only then. A judgement goes before
/// what was computed, and says what it replaced.
pub(crate) fn line(ground: &Ground, indicator: &Indicator, id: &str, ratings: &Ratings) -> Result<IndicatorLine> {
    let measure = ground.measures.of(id, &indicator.id);
    let judged = ground.judgements.of(id, &indicator.id);
    let (computed, mut explanation) = match measure {
        Some(measure) => measure.rung(indicator)?,
        None if judged.is_empty() => {
            let why =
                "not observable in the data at hand, or not measured in this release: unknown, not nil.".to_owned();
            return Ok(IndicatorLine::new(indicator, None, None, why, &Metrics::new()));
        }
        None => (None, String::new()),
    };
    let lifted = indicator.higher_of.as_ref().and_then(|other| Some((other, *ratings.get(other)?)));
    let computed = match lifted {
        Some((other, rung)) if computed.is_none_or(|own| own < rung) => {
            explanation = join(&[&explanation, &format!("Raised to {rung}, the rung of {other}.")]);
            Some(rung)
        }
        _ => computed,
    };
    let (score, items) = match judged.first() {
        Some(judgement) => {
            let before = match (computed, judgement.score) {
                (Some(old), Some(new)) if old == new => format!("It confirms the {old} that was computed."),
                (Some(old), _) => format!("It replaces the {old} that was computed."),
                (None, _) => String::new(),
            };
            explanation = join(&[&judgement.sentence(), &before, &explanation]);
            (judgement.score, judged.iter().map(Judgement::item).collect())
        }
        None => (indicator.admit(computed, false), Vec::new()),
    };
    if judged.is_empty()
        && let (None, Some(proposed)) = (score, computed)
    {
        explanation = join(&[&explanation, &format!("Proposed: {proposed}; unknown until an analyst confirms it.")]);
    }
    let measured = measure.map(|measure| measure.evidence.as_slice()).unwrap_or_default();
    let evidence = Evidence::new(&format!("{} of {id}", indicator.id), measured.iter().cloned().chain(items))?;
    let confidence = match &ground.grading {
        Some(rule) => confidence(rule, ground, indicator, id)?,
        None => Level::Low,
    };
    let none = Metrics::new();
    let metrics = measure.map_or(&none, |measure| &measure.metrics);
    let metric = match measure.and_then(|measure| measure.headline(indicator)) {
        Some(value) => Some(Figure::new(value, &indicator.unit, measured.iter().cloned())?),
        None => None,
    };
    let rating = score.map(|score| Rating { score, confidence, evidence });
    Ok(IndicatorLine::new(indicator, metric, rating, explanation, metrics))
}

/// Sentences beside each other, the empty ones left out.
fn join(sentences: &[&str]) -> String {
    sentences.iter().filter(|sentence| !sentence.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// The confidence of one value, from the origins of what decides it. What comes from nobody is Low.
fn confidence(rule: &ConfidenceRule, ground: &Ground, indicator: &Indicator, id: &str) -> Result<Level> {
    let mut deciding = graded(rule, ground.origins.of(id, &indicator.id))?;
    deciding.extend(ground.judgements.of(id, &indicator.id).iter().map(Judgement::graded));
    if deciding.is_empty() { Ok(Level::Low) } else { indicator_confidence(rule, &indicator.id, &deciding) }
}

async fn members(facts: &Facts<'_>, id: &str) -> Result<Vec<Member>> {
    let sql = format!(
        "SELECT CAST(accounts.account AS VARCHAR) AS account, places.identifier, places.ledger, \
         min(entities.caption) AS holder, min(members.role) AS role, \
         array_distinct(flatten(array_agg(accounts.evidence))) AS evidence \
         FROM intel.network_accounts AS accounts \
         INNER JOIN intel.network_members AS members ON members.network = accounts.network \
             AND members.dataset = accounts.dataset AND members.entity_id = accounts.entity_id \
         INNER JOIN intel.entities AS entities ON entities.dataset = accounts.dataset \
             AND entities.entity_id = accounts.entity_id \
         INNER JOIN flow.accounts AS places ON places.account = accounts.account \
         WHERE accounts.network = {} GROUP BY 1, 2, 3 ORDER BY 3, 2",
        quote(id)
    );
    let mut members = Vec::new();
    for row in facts.ask(&sql).await? {
        members.push(Member {
            account: row.text("account"),
            identifier: row.text("identifier"),
            ledger: row.text("ledger"),
            holder: row.maybe("holder"),
            role: row.maybe("role"),
            evidence: Evidence::new("a member", row.list("evidence"))?,
        });
    }
    Ok(members)
}

async fn findings(facts: &Facts<'_>, id: &str) -> Result<Vec<Finding>> {
    let sql = format!(
        "SELECT CAST(findings.finding_id AS VARCHAR) AS finding, findings.typology, \
         coalesce(places.identifier, CAST(findings.subject AS VARCHAR)) AS account, \
         to_char(findings.first_time, '%Y-%m-%dT%H:%M:%SZ') AS since, \
         to_char(findings.last_time, '%Y-%m-%dT%H:%M:%SZ') AS until, \
         CAST(findings.amount AS VARCHAR) AS sum, findings.asset, CAST(round(findings.score, 2) AS VARCHAR) AS strength, \
         findings.explanation, findings.evidence FROM assess.network_findings AS network_findings \
         INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id \
         LEFT JOIN flow.accounts AS places ON places.account = findings.subject \
         WHERE network_findings.network = {} ORDER BY findings.first_time, findings.finding_id",
        quote(id)
    );
    let mut findings = Vec::new();
    for row in facts.ask(&sql).await? {
        let typology = row.text("typology");
        findings.push(Finding {
            finding_id: row.text("finding"),
            title: title(&typology),
            typology,
            subject: row.text("account"),
            first: row.text("since"),
            last: row.text("until"),
            amount: row.amount("sum").unwrap_or(crate::Decimal::ZERO),
            asset: row.text("asset"),
            score: row.text("strength"),
            explanation: row.text("explanation"),
            evidence: Evidence::new("a finding", row.list("evidence").into_iter().map(|id| format!("transfer:{id}")))?,
        });
    }
    Ok(findings)
}

/// `rapid_pass_through` as a heading.
fn title(stem: &str) -> String {
    let words = stem.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

async fn links(facts: &Facts<'_>, id: &str) -> Result<Vec<Link>> {
    let sql = format!(
        "SELECT CAST(links.link_id AS VARCHAR) AS link, CAST(links.finding_id AS VARCHAR) AS finding, \
         entities.caption AS entity, links.method, links.confidence, links.explanation, links.evidence \
         FROM finding.current_links AS links \
         INNER JOIN intel.network_members AS members ON members.dataset = links.dataset \
             AND members.entity_id = links.entity_id \
         INNER JOIN intel.entities AS entities ON entities.dataset = links.dataset \
             AND entities.entity_id = links.entity_id \
         WHERE members.network = {} ORDER BY links.confidence DESC, links.link_id",
        quote(id)
    );
    let mut links = Vec::new();
    for row in facts.ask(&sql).await? {
        links.push(Link {
            link_id: row.text("link"),
            finding_id: row.text("finding"),
            entity: row.text("entity"),
            method: row.text("method"),
            confidence: u8::try_from(row.number("confidence")).unwrap_or(u8::MAX),
            explanation: row.text("explanation"),
            evidence: Evidence::new("a link", row.list("evidence"))?,
        });
    }
    Ok(links)
}

async fn months(facts: &Facts<'_>, id: &str, window: &Window) -> Result<Vec<Month>> {
    let sql = format!(
        "SELECT to_char(date_trunc('month', time), '%Y-%m') AS month, \
         CAST(coalesce(sum(CASE side WHEN 'inflow' THEN value_eur END), 0) AS VARCHAR) AS inflow, \
         CAST(coalesce(sum(CASE side WHEN 'outflow' THEN value_eur END), 0) AS VARCHAR) AS outflow, \
         array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY transfer_id) AS evidence \
         FROM assess.network_flows WHERE network = {} AND side IN ('inflow', 'outflow') AND value_eur IS NOT NULL \
         AND time > CAST({} AS TIMESTAMP) GROUP BY 1 ORDER BY 1",
        quote(id),
        quote(&window.from)
    );
    let mut months = Vec::new();
    for row in facts.ask(&sql).await? {
        months.push(Month {
            month: row.text("month"),
            inflow_eur: row.amount("inflow").unwrap_or(crate::Decimal::ZERO),
            outflow_eur: row.amount("outflow").unwrap_or(crate::Decimal::ZERO),
            evidence: Evidence::new("a month", row.list("evidence"))?,
        });
    }
    Ok(months)
}

async fn corridors(facts: &Facts<'_>, id: &str) -> Result<Vec<Corridor>> {
    let sql = format!(
        "SELECT payer.bank_country AS origin, payee.bank_country AS destination, CAST(sum(value_eur) AS VARCHAR) AS amount, \
         count(*) AS transfers, array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY transfer_id) AS evidence \
         FROM assess.network_flows AS flows \
         INNER JOIN flow.accounts AS payer ON payer.account = flows.src \
         INNER JOIN flow.accounts AS payee ON payee.account = flows.dst \
         WHERE network = {} AND value_eur IS NOT NULL AND payer.bank_country IS NOT NULL \
         AND payee.bank_country IS NOT NULL GROUP BY 1, 2 ORDER BY sum(value_eur) DESC, 1, 2 LIMIT {MOST_CORRIDORS}",
        quote(id)
    );
    let mut corridors = Vec::new();
    for row in facts.ask(&sql).await? {
        corridors.push(Corridor {
            from: row.text("origin"),
            to: row.text("destination"),
            amount_eur: row.amount("amount").unwrap_or(crate::Decimal::ZERO),
            count: row.number("transfers"),
            evidence: Evidence::new("a corridor", row.list("evidence"))?,
        });
    }
    Ok(corridors)
}

async fn flows(facts: &Facts<'_>, id: &str) -> Result<Vec<Flow>> {
    let sql = format!(
        "WITH named AS (SELECT account, min(name) AS name FROM flow.holders GROUP BY account) \
         SELECT flows.side, coalesce(payer_name.name, payer.identifier) AS payer, \
         coalesce(payee_name.name, payee.identifier) AS payee, CAST(sum(flows.value_eur) AS VARCHAR) AS amount, \
         count(*) AS transfers, array_agg('transfer:' || CAST(flows.transfer_id AS VARCHAR) ORDER BY flows.transfer_id) AS evidence \
         FROM assess.network_flows AS flows \
         INNER JOIN flow.accounts AS payer ON payer.account = flows.src \
         INNER JOIN flow.accounts AS payee ON payee.account = flows.dst \
         LEFT JOIN named AS payer_name ON payer_name.account = flows.src \
         LEFT JOIN named AS payee_name ON payee_name.account = flows.dst \
         WHERE network = {} AND flows.side <> 'around' AND flows.value_eur IS NOT NULL \
         GROUP BY 1, 2, 3 ORDER BY sum(flows.value_eur) DESC, 1, 2, 3 LIMIT {MOST_FLOWS}",
        quote(id)
    );
    let mut flows = Vec::new();
    for row in facts.ask(&sql).await? {
        flows.push(Flow {
            side: match row.text("side").as_str() {
                "inflow" => FlowSide::Inflow,
                "outflow" => FlowSide::Outflow,
                _ => FlowSide::Internal,
            },
            from: row.text("payer"),
            to: row.text("payee"),
            label: format!("{} transfers", row.number("transfers")),
            amount_eur: row.amount("amount").unwrap_or(crate::Decimal::ZERO),
            evidence: Evidence::new("a flow", row.list("evidence"))?,
        });
    }
    Ok(flows)
}
