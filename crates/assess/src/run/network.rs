//! The networks of the report: members, findings, links, flows, and the score card of each.
//!
//! Each question is asked once for all networks and its rows are dealt out: a question costs a plan and a look at the
//! accounts, whether it is about one network or a thousand.

use std::collections::BTreeMap;

use crate::confidence::{ConfidenceRule, Level, group_confidence, indicator_confidence};
use crate::error::Result;
use crate::model::{
    ClauseLine, Corridor, Evidence, Figure, Finding, Flow, FlowSide, IndicatorLine, Link, Member, Month, Network,
    Rating,
};
use crate::profile::{Group, Indicator, Metrics, Profile};
use crate::run::facts::{Facts, Row, quote};
use crate::run::origins::graded;
use crate::run::{Ground, Judgement, Window};
use crate::score::{Confidences, Ratings, ScoreCard};

/// Corridors and flows beyond these are the tail of a table nobody reads; the JSON twin's evidence has them all.
const MOST_CORRIDORS: usize = 20;
const MOST_FLOWS: usize = 60;

/// What the report prints of every network beside its scores, by network.
#[derive(Default)]
pub(crate) struct Details {
    cores: BTreeMap<String, Core>,
    members: BTreeMap<String, Vec<Member>>,
    findings: BTreeMap<String, Vec<Finding>>,
    links: BTreeMap<String, Vec<Link>>,
    months: BTreeMap<String, Vec<Month>>,
    corridors: BTreeMap<String, Vec<Corridor>>,
    flows: BTreeMap<String, Vec<Flow>>,
}

/// What a network is called, and on what ground it is one.
struct Core {
    caption: String,
    basis: String,
}

impl Details {
    /// Asks for all of them.
    pub(crate) async fn take(facts: &Facts<'_>, window: &Window) -> Result<Self> {
        Ok(Self {
            cores: cores(facts).await?,
            members: members(facts).await?,
            findings: findings(facts).await?,
            links: links(facts).await?,
            months: months(facts, window).await?,
            corridors: corridors(facts).await?,
            flows: flows(facts).await?,
        })
    }
}

/// Scores a network; `None` when not one threat indicator is known. What is known of it beside its scores is taken out of
/// the details.
pub(crate) fn assess(profile: &Profile, ground: &Ground, details: &mut Details, id: &str) -> Result<Option<Network>> {
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
    let core = details.cores.remove(id);
    let core = core.unwrap_or_else(|| Core { caption: String::new(), basis: "appears in  ()".to_owned() });
    Ok(Some(Network {
        id: id.to_owned(),
        caption: core.caption,
        basis: core.basis,
        volume,
        members: details.members.remove(id).unwrap_or_default(),
        clauses: ClauseLine::all(&card, &indicators)?,
        card,
        evidence,
        indicators,
        findings: details.findings.remove(id).unwrap_or_default(),
        links: details.links.remove(id).unwrap_or_default(),
        volume_by_month: details.months.remove(id).unwrap_or_default(),
        corridors: details.corridors.remove(id).unwrap_or_default(),
        flows: details.flows.remove(id).unwrap_or_default(),
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

/// Deals rows out by their column `network`, in their order.
fn dealt<T>(rows: &[Row], one: impl Fn(&Row) -> Result<T>) -> Result<BTreeMap<String, Vec<T>>> {
    let mut all: BTreeMap<String, Vec<T>> = BTreeMap::new();
    for row in rows {
        all.entry(row.text("network")).or_default().push(one(row)?);
    }
    Ok(all)
}

async fn cores(facts: &Facts<'_>) -> Result<BTreeMap<String, Core>> {
    let sql = "SELECT networks.network, entities.caption, entities.dataset, \
               array_to_string(entities.topics, ', ') AS topics \
               FROM (SELECT DISTINCT network FROM intel.network_members) AS networks \
               INNER JOIN intel.entities AS entities ON entities.dataset || '/' || entities.entity_id = networks.network";
    let core = |row: &Row| {
        let basis = format!("appears in {} ({})", row.text("dataset"), row.text("topics"));
        (row.text("network"), Core { caption: row.text("caption"), basis })
    };
    Ok(facts.ask(sql).await?.iter().map(core).collect())
}

async fn members(facts: &Facts<'_>) -> Result<BTreeMap<String, Vec<Member>>> {
    let sql = "SELECT accounts.network, CAST(accounts.account AS VARCHAR) AS account, places.identifier, places.ledger, \
               min(entities.caption) AS holder, min(members.role) AS role, \
               array_distinct(flatten(array_agg(accounts.evidence))) AS evidence \
               FROM intel.network_accounts AS accounts \
               INNER JOIN intel.network_members AS members ON members.network = accounts.network \
                   AND members.dataset = accounts.dataset AND members.entity_id = accounts.entity_id \
               INNER JOIN intel.entities AS entities ON entities.dataset = accounts.dataset \
                   AND entities.entity_id = accounts.entity_id \
               INNER JOIN flow.accounts AS places ON places.account = accounts.account \
               GROUP BY 1, 2, 3, 4 ORDER BY 1, 4, 3";
    dealt(&facts.ask(sql).await?, |row| {
        Ok(Member {
            account: row.text("account"),
            identifier: row.text("identifier"),
            ledger: row.text("ledger"),
            holder: row.maybe("holder"),
            role: row.maybe("role"),
            evidence: Evidence::new("a member", row.list("evidence"))?,
        })
    })
}

async fn findings(facts: &Facts<'_>) -> Result<BTreeMap<String, Vec<Finding>>> {
    let sql = "SELECT network_findings.network, CAST(findings.finding_id AS VARCHAR) AS finding, findings.typology, \
               coalesce(places.identifier, CAST(findings.subject AS VARCHAR)) AS account, \
               to_char(findings.first_time, '%Y-%m-%dT%H:%M:%SZ') AS since, \
               to_char(findings.last_time, '%Y-%m-%dT%H:%M:%SZ') AS until, \
               CAST(findings.amount AS VARCHAR) AS sum, findings.asset, \
               CAST(round(findings.score, 2) AS VARCHAR) AS strength, findings.explanation, findings.evidence \
               FROM assess.network_findings AS network_findings \
               INNER JOIN finding.findings AS findings ON findings.finding_id = network_findings.finding_id \
               LEFT JOIN flow.accounts AS places ON places.account = findings.subject \
               ORDER BY network_findings.network, findings.first_time, findings.finding_id";
    dealt(&facts.ask(sql).await?, |row| {
        let typology = row.text("typology");
        Ok(Finding {
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
        })
    })
}

/// `rapid_pass_through` as a heading.
fn title(stem: &str) -> String {
    let words = stem.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

async fn links(facts: &Facts<'_>) -> Result<BTreeMap<String, Vec<Link>>> {
    let sql = "SELECT members.network, CAST(links.link_id AS VARCHAR) AS link, \
               CAST(links.finding_id AS VARCHAR) AS finding, entities.caption AS entity, links.method, links.confidence, \
               links.explanation, links.evidence FROM finding.current_links AS links \
               INNER JOIN intel.network_members AS members ON members.dataset = links.dataset \
                   AND members.entity_id = links.entity_id \
               INNER JOIN intel.entities AS entities ON entities.dataset = links.dataset \
                   AND entities.entity_id = links.entity_id \
               ORDER BY members.network, links.confidence DESC, links.link_id";
    dealt(&facts.ask(sql).await?, |row| {
        Ok(Link {
            link_id: row.text("link"),
            finding_id: row.text("finding"),
            entity: row.text("entity"),
            method: row.text("method"),
            confidence: u8::try_from(row.number("confidence")).unwrap_or(u8::MAX),
            explanation: row.text("explanation"),
            evidence: Evidence::new("a link", row.list("evidence"))?,
        })
    })
}

async fn months(facts: &Facts<'_>, window: &Window) -> Result<BTreeMap<String, Vec<Month>>> {
    let sql = format!(
        "SELECT network, to_char(date_trunc('month', time), '%Y-%m') AS month, \
         CAST(coalesce(sum(CASE side WHEN 'inflow' THEN value_eur END), 0) AS VARCHAR) AS inflow, \
         CAST(coalesce(sum(CASE side WHEN 'outflow' THEN value_eur END), 0) AS VARCHAR) AS outflow, \
         array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY transfer_id) AS evidence \
         FROM assess.network_flows WHERE side IN ('inflow', 'outflow') AND value_eur IS NOT NULL \
         AND time > CAST({} AS TIMESTAMP) GROUP BY 1, 2 ORDER BY 1, 2",
        quote(&window.from)
    );
    dealt(&facts.ask(&sql).await?, |row| {
        Ok(Month {
            month: row.text("month"),
            inflow_eur: row.amount("inflow").unwrap_or(crate::Decimal::ZERO),
            outflow_eur: row.amount("outflow").unwrap_or(crate::Decimal::ZERO),
            evidence: Evidence::new("a month", row.list("evidence"))?,
        })
    })
}

async fn corridors(facts: &Facts<'_>) -> Result<BTreeMap<String, Vec<Corridor>>> {
    let sql = format!(
        "WITH sums AS (SELECT flows.network, payer.bank_country AS origin, payee.bank_country AS destination, \
         sum(flows.value_eur) AS amount, count(*) AS transfers, \
         array_agg('transfer:' || CAST(transfer_id AS VARCHAR) ORDER BY transfer_id) AS evidence \
         FROM assess.network_flows AS flows \
         INNER JOIN flow.accounts AS payer ON payer.account = flows.src \
         INNER JOIN flow.accounts AS payee ON payee.account = flows.dst \
         WHERE flows.value_eur IS NOT NULL AND payer.bank_country IS NOT NULL AND payee.bank_country IS NOT NULL \
         GROUP BY 1, 2, 3), \
         placed AS (SELECT *, row_number() OVER ( \
             PARTITION BY network ORDER BY amount DESC, origin, destination) AS place FROM sums) \
         SELECT network, origin, destination, CAST(amount AS VARCHAR) AS amount, transfers, evidence FROM placed \
         WHERE place <= {MOST_CORRIDORS} ORDER BY network, place"
    );
    dealt(&facts.ask(&sql).await?, |row| {
        Ok(Corridor {
            from: row.text("origin"),
            to: row.text("destination"),
            amount_eur: row.amount("amount").unwrap_or(crate::Decimal::ZERO),
            count: row.number("transfers"),
            evidence: Evidence::new("a corridor", row.list("evidence"))?,
        })
    })
}

async fn flows(facts: &Facts<'_>) -> Result<BTreeMap<String, Vec<Flow>>> {
    let sql = format!(
        "WITH flagged AS (SELECT * FROM assess.network_flows WHERE side <> 'around' AND value_eur IS NOT NULL), \
         ends AS (SELECT src AS account FROM flagged UNION SELECT dst FROM flagged), \
         named AS (SELECT ends.account, coalesce(min(holders.name), min(places.identifier)) AS name FROM ends \
             INNER JOIN flow.accounts AS places ON places.account = ends.account \
             LEFT JOIN flow.holders AS holders ON holders.account = ends.account GROUP BY ends.account), \
         sums AS (SELECT flows.network, flows.side, payer.name AS payer, payee.name AS payee, \
             sum(flows.value_eur) AS amount, count(*) AS transfers, \
             array_agg('transfer:' || CAST(flows.transfer_id AS VARCHAR) ORDER BY flows.transfer_id) AS evidence \
             FROM flagged AS flows \
             INNER JOIN named AS payer ON payer.account = flows.src \
             INNER JOIN named AS payee ON payee.account = flows.dst GROUP BY 1, 2, 3, 4), \
         placed AS (SELECT *, row_number() OVER ( \
             PARTITION BY network ORDER BY amount DESC, side, payer, payee) AS place FROM sums) \
         SELECT network, side, payer, payee, CAST(amount AS VARCHAR) AS amount, transfers, evidence FROM placed \
         WHERE place <= {MOST_FLOWS} ORDER BY network, place"
    );
    dealt(&facts.ask(&sql).await?, |row| {
        Ok(Flow {
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
        })
    })
}
