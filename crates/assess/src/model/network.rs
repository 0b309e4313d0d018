//! One network: who, how it scores and why, what was found, where the money went.

use serde::Serialize;

use super::evidence::{Evidence, Figure};
use crate::confidence::Level;
use crate::decimal::Decimal;
use crate::error::Result;
use crate::profile::{By, Group, Indicator, Metrics, NextRung};
use crate::score::{Clause, Outcome, ScoreCard};

/// A network and everything said about it.
#[derive(Clone, Debug, Serialize)]
pub struct Network {
    /// Its id in `intel.networks`.
    pub id: String,
    /// What it is called.
    pub caption: String,
    /// On what ground it is here: "appears in" and the data set.
    pub basis: String,
    /// Money that came in from outside its members, once each transfer, in flagged flows.
    pub volume: Option<Figure>,
    /// Its accounts.
    pub members: Vec<Member>,
    /// Its totals.
    pub card: ScoreCard,
    /// The evidence behind the card: that of every known indicator.
    pub evidence: Evidence,
    /// The candidate test, with its evidence.
    pub clauses: Vec<ClauseLine>,
    /// Every indicator of the profile, known or not.
    pub indicators: Vec<IndicatorLine>,
    /// What the typologies saw.
    pub findings: Vec<Finding>,
    /// What ties the findings to known entities.
    pub links: Vec<Link>,
    /// Money in and out by month.
    pub volume_by_month: Vec<Month>,
    /// Money by pair of countries or places.
    pub corridors: Vec<Corridor>,
    /// Money from whom through which member to whom.
    pub flows: Vec<Flow>,
}

/// An account of the network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Member {
    /// The account's hash in the lake; text, because it is wider than a JavaScript number.
    pub account: String,
    /// What it is called outside.
    pub identifier: String,
    /// The ledger.
    pub ledger: String,
    /// Its holder, where known.
    pub holder: Option<String>,
    /// The holder's role in the network, where known.
    pub role: Option<String>,
    /// Why it is a member.
    pub evidence: Evidence,
}

/// A rung and the rows behind it: the one cannot be had without the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rating {
    /// The rung, 0 to 4.
    pub score: u8,
    /// How sure.
    pub confidence: Level,
    /// The rows; for a 0, the recorded search that found nothing.
    pub evidence: Evidence,
}

/// One indicator of one network.
#[derive(Clone, Debug, Serialize)]
pub struct IndicatorLine {
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
    /// What was measured.
    pub metric: Option<Figure>,
    /// The rating; absent means unknown and is never 0.
    pub rating: Option<Rating>,
    /// Why this rung, or why unknown.
    pub explanation: String,
    /// What the next rung would take.
    pub distance_to_next: Option<String>,
    /// The same, for a program.
    pub next: Option<NextRung>,
}

impl IndicatorLine {
    /// A line of the card from the profile's indicator, with the distance to the next rung worked out from its metrics.
    pub fn new(
        indicator: &Indicator,
        metric: Option<Figure>,
        rating: Option<Rating>,
        explanation: String,
        metrics: &Metrics,
    ) -> Self {
        let next = rating.as_ref().and_then(|rating| indicator.next_rung(rating.score, metrics));
        Self {
            id: indicator.id.clone(),
            title: indicator.title.clone(),
            group: indicator.group,
            weight: indicator.weight,
            by: indicator.by,
            distance_to_next: next.as_ref().map(|next| next.sentence(&indicator.unit)),
            metric,
            rating,
            explanation,
            next,
        }
    }
}

/// A clause of the candidate test with its evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClauseLine {
    /// What is asked, what was found, whether it holds.
    #[serde(flatten)]
    pub clause: Clause,
    /// The rows; absent only where the answer is that nobody knows.
    pub evidence: Option<Evidence>,
}

impl ClauseLine {
    /// Joins the clauses of a card to the evidence of the indicators they read. A clause over the whole total stands on
    /// all of it. A clause that passes or fails without evidence is refused.
    pub fn all(card: &ScoreCard, indicators: &[IndicatorLine]) -> Result<Vec<Self>> {
        let line = |clause: &Clause| {
            let read = indicators.iter().filter(|line| {
                if clause.indicators.is_empty() {
                    line.group == Group::Threat
                } else {
                    clause.indicators.contains(&line.id)
                }
            });
            let evidence = Evidence::union(&clause.text, read.filter_map(|line| Some(&line.rating.as_ref()?.evidence)));
            let evidence = if clause.outcome == Outcome::Unknown { evidence.ok() } else { Some(evidence?) };
            Ok(Self { clause: clause.clone(), evidence })
        };
        card.hrcn.clauses.iter().map(line).collect()
    }
}

/// What a typology saw. An indicator, not proof.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// Its id in `finding.findings`.
    pub finding_id: String,
    /// The typology.
    pub typology: String,
    /// The typology's title.
    pub title: String,
    /// Whom or what it is about.
    pub subject: String,
    /// When it began.
    pub first: String,
    /// When it ended.
    pub last: String,
    /// How much moved.
    pub amount: Decimal,
    /// Of what.
    pub asset: String,
    /// The typology's own score, as text.
    pub score: String,
    /// What was seen, in a sentence.
    pub explanation: String,
    /// The transfers.
    pub evidence: Evidence,
}

/// What ties a finding to a known entity.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// Its id in `finding.links`.
    pub link_id: String,
    /// The finding it ties.
    pub finding_id: String,
    /// The entity it ties it to.
    pub entity: String,
    /// How.
    pub method: String,
    /// How firmly, on the attribution scale of 0 to 100.
    pub confidence: u8,
    /// Why, in a sentence.
    pub explanation: String,
    /// The rows.
    pub evidence: Evidence,
}

/// Money in and out in one month.
#[derive(Clone, Debug, Serialize)]
pub struct Month {
    /// `YYYY-MM`.
    pub month: String,
    /// In, in EUR at transaction time.
    pub inflow_eur: Decimal,
    /// Out, likewise.
    pub outflow_eur: Decimal,
    /// The transfers.
    pub evidence: Evidence,
}

/// Money from one place to another.
#[derive(Clone, Debug, Serialize)]
pub struct Corridor {
    /// From.
    pub from: String,
    /// To.
    pub to: String,
    /// How much, in EUR.
    pub amount_eur: Decimal,
    /// How many transfers.
    pub count: u64,
    /// The transfers.
    pub evidence: Evidence,
}

/// Which end of a flow lies outside the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FlowSide {
    /// From outside to a member.
    Inflow,
    /// From a member to outside.
    Outflow,
    /// Between members: counted in no volume and not drawn.
    Internal,
}

/// Money from one party to another.
#[derive(Clone, Debug, Serialize)]
pub struct Flow {
    /// Which end lies outside.
    pub side: FlowSide,
    /// From.
    pub from: String,
    /// To.
    pub to: String,
    /// What it is: a channel or an asset.
    pub label: String,
    /// How much, in EUR.
    pub amount_eur: Decimal,
    /// The transfers.
    pub evidence: Evidence,
}
