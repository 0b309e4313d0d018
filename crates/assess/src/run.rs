//! One assessment: facts by SQL over one snapshot, scores by the profile, a report and its rows in the lake.
//!
//! What an indicator measures is a file in `queries/indicators/`; what its value is worth is the profile; what is not
//! known stays NULL. The window ends with the newest transfer in the data and not with a clock, so that the same data
//! give the same assessment tomorrow.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use headwater_engine::{Kind, Lake, Session, Writer};

use crate::confidence::ConfidenceRule;
use crate::error::Result;
use crate::model::{Gap, Header, Limits, Method, Network, Report, Unlinked};
use crate::profile::Profile;
use crate::report::{render_html, render_json};
use crate::score::rank;

pub mod explain;
pub(crate) mod facts;
mod judgement;
mod measure;
mod network;
mod origins;
pub mod persons;
pub mod reading;
mod store;

use facts::Facts;
use judgement::Judgements;
pub use judgement::{JudgeRequest, Judgement, judge, judgements};
use measure::Measures;
use origins::Origins;

/// What to assess, and where to write it.
#[derive(Debug, Clone)]
pub struct AssessRequest {
    /// The stem of a scoring profile.
    pub profile: String,
    /// The HTML page; its JSON twin lies beside it. Inside a local lake's `reports` folder if `None`.
    pub report: Option<PathBuf>,
}

/// One network's line, most pressing first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkLine {
    /// Data set and id of its core.
    pub id: String,
    /// Its name.
    pub caption: String,
    /// Unknown taken as nil.
    pub t_low: String,
    /// Unknown taken as medium.
    pub t_point: String,
    /// Unknown taken as very high.
    pub t_high: String,
    /// The band, or that there is a gap.
    pub band: String,
    /// The tier.
    pub priority: String,
    /// Known weight in percent of all.
    pub coverage: String,
    /// Findings it stands on.
    pub findings: u64,
}

/// What an assessment came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssessReport {
    /// The networks, most pressing first.
    pub networks: Vec<NetworkLine>,
    /// The page.
    pub html: PathBuf,
    /// Its twin.
    pub json: PathBuf,
    /// Findings that lead to no known network.
    pub unlinked: u64,
}

/// The window of an assessment, as text that SQL reads.
#[derive(Debug, Clone)]
pub(crate) struct Window {
    pub(crate) from: String,
    pub(crate) to: String,
}

/// What the ratings of all networks are made from.
pub(crate) struct Ground {
    pub(crate) measures: Measures,
    pub(crate) origins: Origins,
    pub(crate) judgements: Judgements,
    /// How grades are read: the profile's own rule, or that of the profile it reads.
    pub(crate) grading: Option<ConfidenceRule>,
}

impl Ground {
    /// The label of everything that a value stands on, judgements included.
    pub(crate) fn labels(&self, network: &str, indicator: &str) -> Vec<Option<&str>> {
        let measured = self.origins.of(network, indicator).iter().map(|origin| origin.handling.as_deref());
        let judged = self.judgements.of(network, indicator).iter().map(|judgement| judgement.handling.as_deref());
        measured.chain(judged).collect()
    }
}

/// The networks of a lake, scored over one snapshot.
pub(crate) struct Survey {
    pub(crate) window: Window,
    pub(crate) dataset: String,
    pub(crate) ground: Ground,
    /// Most pressing first.
    pub(crate) networks: Vec<Network>,
    /// Networks of which not one threat indicator is known.
    pub(crate) unscored: Vec<String>,
}

/// Scores every network that a finding leads to, or that somebody judged, over a window of the caller's or the twelve
/// months up to the newest transfer. Nothing is written.
pub(crate) async fn survey(session: &Session, profile: &Profile, window: Option<Window>) -> Result<Survey> {
    let facts = Facts::new(session);
    let window = match window {
        Some(window) => Some(window),
        None => facts.window().await?,
    };
    let Some(window) = window else {
        return Err(crate::AssessError::NoEvidence { what: "an assessment of a lake without transfers".to_owned() });
    };
    let pin = session.pin();
    let indicators = pin.lake().library().all(Kind::Indicator);
    let dataset = facts.dataset().await?;
    let measures = Measures::take(session, indicators, &window, &dataset).await?;
    let origins = Origins::take(session, &measures).await?;
    let judgements = Judgements::take(&facts, profile).await?;
    let ground = Ground { measures, origins, judgements, grading: profile.confidence.clone() };
    let mut ids: BTreeSet<String> = facts.networks().await?.into_iter().collect();
    ids.extend(ground.judgements.networks().cloned());
    let mut details = network::Details::take(&facts, &window).await?;
    let (mut networks, mut unscored) = (Vec::new(), Vec::new());
    for id in ids {
        match network::assess(profile, &ground, &mut details, &id)? {
            Some(network) => networks.push(network),
            None => unscored.push(id),
        }
    }
    networks.sort_by(|a, b| rank(&a.card, &a.id).cmp(&rank(&b.card, &b.id)));
    Ok(Survey { window, dataset, ground, networks, unscored })
}

/// How grades are read under a profile: by its own rule, or by that of the profile it reads.
pub(crate) fn grading(lake: &Lake, profile: &Profile) -> Result<ConfidenceRule> {
    if let Some(rule) = &profile.confidence {
        return Ok(rule.clone());
    }
    let source = profile.evidence_of.as_deref().unwrap_or_default();
    let other = Profile::parse(&format!("{source}.toml"), lake.library().profile(source)?)?;
    other.confidence.ok_or_else(|| crate::AssessError::NoRules { profile: other.id })
}

/// Assesses every network that a finding leads to.
///
/// # Errors
/// [`crate::AssessError`] when the profile or an indicator is wrong, the lake cannot be read or the report not written.
pub async fn run(lake: &Arc<Lake>, request: &AssessRequest) -> Result<AssessReport> {
    let scored = score(lake, &request.profile, None).await?;
    publish(lake, request, &scored.assessed.report)
}

/// What the snapshot of an assessment is called.
const OPERATION: &str = "assess";

/// An assessment whose rows the lake keeps.
pub(crate) struct Scored {
    pub(crate) assessed: Assessed,
    /// The snapshot that holds the rows.
    pub(crate) snapshot: u64,
    /// Whether that snapshot is the one that was assessed and the rows, and nothing that somebody else wrote meanwhile:
    /// assessed anew it would say the same, since no assessment reads the rows of one.
    pub(crate) alone: bool,
}

/// Scores every network over a window of the caller's, or the twelve months up to the newest transfer, and keeps the
/// rows.
pub(crate) async fn score(lake: &Arc<Lake>, profile: &str, window: Option<Window>) -> Result<Scored> {
    let session = Session::pinned(lake);
    let assessed = gather(&session, profile, window).await?;
    let read = session.pin().record().await?.snapshot_id;
    let mut writer = Writer::open(lake).await?;
    let Assessed { report, profile, ground, window } = &assessed;
    if let Err(error) = store::write(&mut writer, report, profile, ground, window).await {
        // The error is what the user needs to see; a failed restore is repeated by the next writer.
        let _ = writer.rollback().await;
        return Err(error);
    }
    let kept = writer.commit(OPERATION).await?;
    let snapshot = kept.snapshot_id;
    // With nothing to write there is no snapshot of its own, and the newest one may be an import's.
    let alone = snapshot == read || (snapshot == read + 1 && kept.operation == OPERATION);
    Ok(Scored { assessed, snapshot, alone })
}

/// An assessment and what it was made with, before anything of it is kept.
pub(crate) struct Assessed {
    pub(crate) report: Report,
    pub(crate) profile: Profile,
    pub(crate) ground: Ground,
    pub(crate) window: Window,
}

/// Asks a session for everything an assessment says.
pub(crate) async fn gather(session: &Session, profile: &str, window: Option<Window>) -> Result<Assessed> {
    let pin = session.pin();
    let profile = Profile::parse(&format!("{profile}.toml"), pin.lake().library().profile(profile)?)?;
    // A profile without rules has no card to print; it is read beside one that has (`explain`).
    profile.rules()?;
    let facts = Facts::new(session);
    let Survey { window, dataset, ground, networks, unscored } = survey(session, &profile, window).await?;
    let report = Report {
        header: Header {
            title: "Threat assessment of networks in financial flows".to_owned(),
            marking: "DRAFT - not released".to_owned(),
            terms_of_reference: None,
            customer: None,
            cutoff: window.to.clone(),
            from: window.from.clone(),
            to: window.to.clone(),
            profile: profile.label(),
            program: headwater_engine::PROGRAM.to_owned(),
            dataset: dataset.clone(),
            sources: facts.sources().await?,
        },
        conclusion: None,
        limits: limits(&facts).await?,
        gaps: gaps(&profile, &networks, &unscored),
        unlinked: unlinked(&facts).await?,
        networks,
        method: Method::of(&profile),
        innocent:
            "Each finding names the innocent explanations that were tested and those that were not. None of what \
                   stands here is proof; to appear in a list is not guilt."
                .to_owned(),
    };
    Ok(Assessed { report, profile, ground, window })
}

fn publish(lake: &Lake, request: &AssessRequest, report: &Report) -> Result<AssessReport> {
    let html = request.report.clone().unwrap_or_else(|| {
        let day = report.header.cutoff.get(..10).unwrap_or("undated");
        PathBuf::from(lake.location()).join("reports").join(format!("assessment-{day}.html"))
    });
    let json = html.with_extension("json");
    let io = |path: &PathBuf| {
        let path = path.clone();
        move |source| crate::AssessError::Write { path, source }
    };
    if let Some(folder) = html.parent() {
        std::fs::create_dir_all(folder).map_err(io(&html))?;
    }
    std::fs::write(&html, render_html(report)?).map_err(io(&html))?;
    std::fs::write(&json, render_json(report)?).map_err(io(&json))?;
    let line = |network: &crate::model::Network| NetworkLine {
        id: network.id.clone(),
        caption: network.caption.clone(),
        t_low: network.card.threat.low().to_string(),
        t_point: network.card.threat.point().to_string(),
        t_high: network.card.threat.high().to_string(),
        band: network.card.verdict.clone(),
        priority: network.card.priority.to_string(),
        coverage: network.card.threat.coverage().to_string(),
        findings: network.findings.len() as u64,
    };
    Ok(AssessReport {
        networks: report.networks.iter().map(line).collect(),
        unlinked: report.unlinked.iter().map(|row| row.findings.evidence.count as u64).sum(),
        html,
        json,
    })
}

async fn limits(facts: &Facts<'_>) -> Result<Limits> {
    let (run, not_run) = facts.coverage().await?;
    Ok(Limits {
        run,
        not_run,
        not_looked_at: vec![
            "Flows beyond the direct counterparty: tracing over several hops is not part of this release.".to_owned(),
            "Clusters of addresses: chain money is seen address by address.".to_owned(),
            "Indicators that need an analyst (A05, A06, A08, A13, H2 to H5) are unknown until one judges them."
                .to_owned(),
        ],
    })
}

async fn unlinked(facts: &Facts<'_>) -> Result<Vec<Unlinked>> {
    let mut rows = Vec::new();
    for (typology, findings, amount) in facts.unlinked().await? {
        rows.push(Unlinked::new(typology, findings, amount)?);
    }
    Ok(rows)
}

/// What is not known of whom, and what would tell.
fn gaps(profile: &Profile, networks: &[crate::model::Network], unscored: &[String]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for network in networks {
        for line in network.indicators.iter().filter(|line| line.rating.is_none()) {
            let metric = profile.indicator(&line.id).map_or("", |indicator| indicator.metric.as_str());
            gaps.push(Gap {
                network: network.id.clone(),
                indicator: line.id.clone(),
                unknown: format!("{}: {}", line.title, line.explanation),
                collect: format!("Graded reports or data on: {metric}."),
            });
        }
    }
    for id in unscored {
        gaps.push(Gap {
            network: id.clone(),
            indicator: "all".to_owned(),
            unknown: "A finding leads here, but no indicator could be computed.".to_owned(),
            collect: "Accounts and holders of the network's members.".to_owned(),
        });
    }
    gaps
}
