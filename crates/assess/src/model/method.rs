//! The method annex: every weight, ladder and threshold of the profile, as it was when the numbers were made.

use serde::Serialize;

use crate::profile::{Band, By, Change, Group, PriorityRule, Profile, Scale};
use crate::score::card_ceiling;

/// What the numbers were made with.
#[derive(Clone, Debug, Serialize)]
pub struct Method {
    /// The profile's title.
    pub title: String,
    /// The profile's label.
    pub profile: String,
    /// Who answers for it.
    pub author: String,
    /// Its changes.
    pub changes: Vec<Change>,
    /// What a rung is worth.
    pub scale: Scale,
    /// The bands, where it has any.
    pub bands: Vec<Band>,
    /// Coverage in percent below which no band is printed.
    pub gap_coverage: Option<u8>,
    /// The tiers, where it has any.
    pub priority: Option<PriorityRule>,
    /// The indicators.
    pub indicators: Vec<MethodLine>,
    /// What the profile cannot reach without an analyst.
    pub ceiling: Option<String>,
}

/// One indicator of the annex.
#[derive(Clone, Debug, Serialize)]
pub struct MethodLine {
    /// Its id.
    pub id: String,
    /// Its name.
    pub title: String,
    /// The total it adds to.
    pub group: Group,
    /// Its weight.
    pub weight: u32,
    /// Whose word makes it known.
    pub by: By,
    /// What is measured.
    pub metric: String,
    /// Rungs 1 to 4 in words.
    pub ladder: Vec<String>,
}

impl Method {
    /// Copies the profile into the report.
    pub fn of(profile: &Profile) -> Self {
        let line = |indicator: &crate::profile::Indicator| MethodLine {
            id: indicator.id.clone(),
            title: indicator.title.clone(),
            group: indicator.group,
            weight: indicator.weight,
            by: indicator.by,
            metric: indicator.metric.clone(),
            ladder: indicator.ladder.to_vec(),
        };
        let rules = profile.rules.as_ref();
        Self {
            title: profile.title.clone(),
            profile: profile.label(),
            author: profile.author.clone(),
            changes: profile.changes.clone(),
            scale: profile.scale.clone(),
            bands: rules.map(|rules| rules.bands.clone()).unwrap_or_default(),
            gap_coverage: rules.map(|rules| rules.gap_coverage),
            priority: rules.map(|rules| rules.priority.clone()),
            indicators: profile.indicators.iter().map(line).collect(),
            ceiling: card_ceiling(profile),
        }
    }
}
