//! The score card: three totals, a band or the reason there is none, a priority, and what they do not say.

use std::cmp::Reverse;
use std::fmt;

use serde::{Serialize, Serializer};

use super::{Candidate, Ratings, Tenths, Total, hrcn, total, whole};
use crate::confidence::Level;
use crate::error::Result;
use crate::profile::{By, Group, Profile, Rules};

/// How sure each of the three totals is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Confidences {
    /// Of T; this one decides the first priority tier.
    pub threat: Level,
    /// Of H.
    pub harm: Level,
    /// Of L.
    pub likelihood: Level,
}

/// The tiers, first to last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Threat and harm, with confidence.
    P1,
    /// Threat or harm.
    P2,
    /// Neither, but rising.
    Watch,
    /// The rest.
    P3,
}

impl fmt::Display for Priority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::Watch => "Watch",
            Self::P3 => "P3",
        })
    }
}

impl Serialize for Priority {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What one network's ratings amount to.
#[derive(Clone, Debug, Serialize)]
pub struct ScoreCard {
    /// T, with its interval and coverage.
    pub threat: Total,
    /// H likewise.
    pub harm: Total,
    /// L likewise.
    pub likelihood: Total,
    /// The band of the point value; absent when too little is known for one.
    pub band: Option<String>,
    /// What is printed where the band goes: the band, or that there is a gap.
    pub verdict: String,
    /// Verdict, interval, coverage and the unknowns, in one line that is never quoted in part.
    pub headline: String,
    /// Short names of the threat indicators that are unknown.
    pub unknown: Vec<String>,
    /// The tier.
    pub priority: Priority,
    /// How sure each total is.
    pub confidence: Confidences,
    /// What the reader must know beside the number.
    pub notes: Vec<String>,
    /// The test for a high-risk criminal network, clause by clause.
    pub hrcn: Candidate,
}

impl ScoreCard {
    /// Draws up the card of one network.
    pub fn new(profile: &Profile, ratings: &Ratings, confidence: Confidences) -> Result<Self> {
        let rules = profile.rules()?;
        let threat = total(profile, Group::Threat, ratings)?;
        let harm = total(profile, Group::Harm, ratings)?;
        let likelihood = total(profile, Group::Likelihood, ratings)?;
        let unknown: Vec<String> = profile
            .group(Group::Threat)
            .filter(|indicator| !ratings.contains_key(&indicator.id))
            .map(|indicator| indicator.short.clone())
            .collect();
        let gap = threat.covers_less_than(rules.gap_coverage);
        let band = (!gap).then(|| band_of(rules, threat.point()).to_owned());
        let verdict = band.clone().unwrap_or_else(|| rules.gap_text.clone());
        Ok(Self {
            headline: headline(&verdict, &threat, &unknown),
            priority: priority(rules, ratings, &threat, &harm, confidence.threat),
            notes: notes(profile, rules, &threat, gap),
            hrcn: hrcn(profile, ratings)?,
            threat,
            harm,
            likelihood,
            band,
            verdict,
            unknown,
            confidence,
        })
    }
}

/// The order in which networks are shown: tier, then likelihood, then threat, then id.
pub fn rank<'a>(card: &ScoreCard, network: &'a str) -> impl Ord + use<'a> {
    (card.priority, Reverse(card.likelihood.point()), Reverse(card.threat.point()), network)
}

fn band_of(rules: &Rules, value: Tenths) -> &str {
    rules.bands.iter().find(|band| !value.reaches(band.below)).map_or("", |band| band.name.as_str())
}

fn headline(verdict: &str, threat: &Total, unknown: &[String]) -> String {
    let coverage = whole(threat.known, threat.weight);
    let unknown =
        if unknown.is_empty() { "nothing unknown".to_owned() } else { format!("unknown: {}", unknown.join(", ")) };
    format!("{verdict} ({}, coverage {coverage} %; {unknown})", threat.span())
}

fn priority(rules: &Rules, ratings: &Ratings, threat: &Total, harm: &Total, confidence: Level) -> Priority {
    let rule = &rules.priority;
    let threatening = threat.point().reaches(rule.threat);
    let harmful = harm.point().reaches(rule.harm);
    if threatening && harmful && confidence >= rule.confidence {
        Priority::P1
    } else if threatening || harmful {
        Priority::P2
    } else if ratings.get(&rule.watch.indicator).is_some_and(|rung| *rung >= rule.watch.rung) {
        Priority::Watch
    } else {
        Priority::P3
    }
}

fn notes(profile: &Profile, rules: &Rules, threat: &Total, gap: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let band = band_of(rules, threat.point());
    if !gap {
        for (name, value) in [("T_low", threat.low()), ("T_high", threat.high())] {
            if band_of(rules, value) != band {
                notes.push(format!("{name} ({value}) falls in {}.", band_of(rules, value)));
            }
        }
    } else {
        notes.push(format!(
            "Less than {} % of the profile is known: the interval is too wide for a band.",
            rules.gap_coverage
        ));
    }
    notes.extend(
        ceiling(profile)
            .filter(|_| profile.confidence.as_ref().is_some_and(|rule| threat.covers_less_than(rule.cap_moderate))),
    );
    notes
}

/// The ceiling of an assessment that no analyst has touched, when the profile has one.
pub(crate) fn ceiling(profile: &Profile) -> Option<String> {
    let rule = profile.confidence.as_ref()?;
    let weigh = |engine_only: bool| -> u64 {
        let counted = profile.group(Group::Threat).filter(|indicator| !engine_only || indicator.by == By::Engine);
        counted.map(|indicator| u64::from(indicator.weight)).sum()
    };
    let (engine, all) = (weigh(true), weigh(false));
    (engine * 100 < all * u64::from(rule.cap_moderate)).then(|| {
        format!(
            "Indicators the engine computes alone weigh {engine} of {all}, and High confidence needs {} % coverage: without \
             human judgement this assessment cannot reach High.",
            rule.cap_moderate
        )
    })
}
