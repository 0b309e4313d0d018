//! The same evidence under another profile: its words or its points, beside the assessment and never instead of it.
//!
//! A profile such as `sleipnir-19` rates what another profile found out (`evidence_of`, and `from` for each indicator); what
//! it asks beyond that an analyst enters. It prints a total where it adds up, and a word for each indicator where it does not.

use std::sync::Arc;

use headwater_engine::{Lake, Session};
use serde::Serialize;

use crate::confidence::{Level, indicator_confidence};
use crate::error::{AssessError, Result};
use crate::profile::{Group, Indicator, Profile};
use crate::run::facts::Facts;
use crate::run::{Judgement, Judgements, Survey, grading, survey};
use crate::score::{Ratings, total};

/// A network under a profile that reads another one's evidence.
#[derive(Clone, Debug, Serialize)]
pub struct Reading {
    /// The network.
    pub network: String,
    /// Its name.
    pub caption: String,
    /// The profile, as `sleipnir-19@1.0.0`.
    pub profile: String,
    /// The profile whose ratings it reads.
    pub evidence_of: String,
    /// Every indicator, known or not.
    pub lines: Vec<ReadingLine>,
    /// The points of each group; empty in a profile that claims no total.
    pub totals: Vec<ReadingTotal>,
}

/// One indicator of a reading.
#[derive(Clone, Debug, Serialize)]
pub struct ReadingLine {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// Its group.
    pub group: Group,
    /// The rung; absent means unknown.
    pub score: Option<u8>,
    /// What the profile prints for it.
    pub word: String,
    /// Points: weight times what the rung is worth.
    pub points: u64,
    /// How sure, in a column of its own; absent where nothing is known.
    pub confidence: Option<Level>,
    /// Why.
    pub conclusion: String,
}

/// The points of one group.
#[derive(Clone, Debug, Serialize)]
pub struct ReadingTotal {
    /// The group.
    pub group: Group,
    /// Points, unknowns taken for what the profile takes them.
    pub points: u64,
    /// Points at the top of every ladder.
    pub maximum: u64,
    /// The share of the weight that is known, in percent.
    pub coverage: String,
}

/// Reads one network under a profile that has `evidence_of`.
///
/// # Errors
/// [`AssessError::Usage`] when the profile reads no other one or the network is not scored.
pub async fn read(lake: &Arc<Lake>, profile: &str, network: &str) -> Result<Reading> {
    let profile = Profile::parse(&format!("{profile}.toml"), lake.library().profile(profile)?)?;
    let Some(source) = &profile.evidence_of else {
        return Err(AssessError::Usage(format!(
            "profile {} reads no other one: `headwater assess` makes its cards",
            profile.label()
        )));
    };
    let other = Profile::parse(&format!("{source}.toml"), lake.library().profile(source)?)?;
    let session = Session::pinned(lake);
    let Survey { networks, .. } = survey(&session, &other, None).await?;
    let Some(scored) = networks.iter().find(|scored| scored.id == network) else {
        return Err(AssessError::Usage(format!("network {network:?} is not scored: no finding leads to it")));
    };
    let judgements = Judgements::take(&Facts::new(&session), &profile).await?;
    let rule = grading(lake, &profile)?;
    let mut ratings = Ratings::new();
    let mut lines = Vec::with_capacity(profile.indicators.len());
    for indicator in &profile.indicators {
        let read = indicator.from.as_ref().and_then(|from| scored.indicators.iter().find(|line| line.id == *from));
        let judged = judgements.of(network, &indicator.id);
        let (score, confidence, conclusion) = match (judged.first(), read) {
            (Some(judgement), _) => {
                let graded: Vec<_> = judged.iter().map(Judgement::graded).collect();
                (judgement.score, Some(indicator_confidence(&rule, &indicator.id, &graded)?), judgement.sentence())
            }
            (None, Some(line)) => {
                let rating = line.rating.as_ref();
                (rating.map(|rating| rating.score), rating.map(|rating| rating.confidence), line.explanation.clone())
            }
            (None, None) => (None, None, "unknown until an analyst rates it.".to_owned()),
        };
        if let Some(score) = score {
            ratings.insert(indicator.id.clone(), score);
        }
        lines.push(line(&profile, indicator, score, confidence, conclusion));
    }
    let mut totals = Vec::new();
    for group in [Group::Threat, Group::Harm, Group::Likelihood, Group::Position] {
        let sum = total(&profile, group, &ratings)?;
        if profile.totals && sum.weight > 0 {
            let coverage = sum.coverage().to_string();
            totals.push(ReadingTotal { group, points: sum.points, maximum: sum.maximum, coverage });
        }
    }
    Ok(Reading {
        network: network.to_owned(),
        caption: scored.caption.clone(),
        profile: profile.label(),
        evidence_of: other.label(),
        lines,
        totals,
    })
}

fn line(
    profile: &Profile,
    indicator: &Indicator,
    score: Option<u8>,
    confidence: Option<Level>,
    conclusion: String,
) -> ReadingLine {
    let worth = score.and_then(|rung| profile.scale.ratings.get(usize::from(rung))).copied();
    let word = match (&profile.words, score) {
        (Some(words), Some(rung)) => words.rungs.get(usize::from(rung)).cloned().unwrap_or_default(),
        (Some(words), None) => words.unknown.clone(),
        (None, Some(rung)) => rung.to_string(),
        (None, None) => "unknown".to_owned(),
    };
    ReadingLine {
        id: indicator.id.clone(),
        title: indicator.title.clone(),
        group: indicator.group,
        score,
        word,
        points: u64::from(indicator.weight) * u64::from(worth.unwrap_or(profile.scale.unknown)),
        confidence,
        conclusion,
    }
}
