//! What the ratings of one network add up to.
//!
//! Sums are integers and are rounded once, half up, to a tenth: 46.25 prints as 46.3, which float formatting gets wrong.
//! A rating that is absent is unknown. It counts nothing at the low end, the scale's middle in the point value and the
//! top at the high end, so the interval is as wide as the ignorance, and never multiplied away by confidence.

mod candidate;
mod card;
pub mod sensitivity;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::error::{AssessError, Result};
use crate::profile::{Group, Profile, RUNGS};

pub use candidate::{Candidate, Clause, Completion, Outcome, hrcn};
pub(crate) use card::ceiling as card_ceiling;
pub use card::{Confidences, Priority, ScoreCard, rank};

/// Rungs 0 to 4 by indicator id. An absent id is unknown: it is never 0.
pub type Ratings = BTreeMap<String, u8>;

/// A number with one decimal, held as tenths and printed as `46.3`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tenths(u64);

impl Tenths {
    /// The share of a whole in percent, rounded half up; of nothing, nothing.
    pub fn percent(part: u64, whole: u64) -> Self {
        if whole == 0 { Self(0) } else { Self((2 * part * 1000 + whole) / (2 * whole)) }
    }

    /// The number of tenths.
    pub fn count(self) -> u64 {
        self.0
    }

    /// Whether a mark in whole points is reached. What is tested is what is printed.
    pub fn reaches(self, mark: u8) -> bool {
        self.0 >= u64::from(mark) * 10
    }
}

impl fmt::Display for Tenths {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

impl Serialize for Tenths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One of the three totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Total {
    /// Points when every unknown is nil.
    pub low_points: u64,
    /// Points when every unknown is middling.
    pub points: u64,
    /// Points when every unknown is at the top.
    pub high_points: u64,
    /// Points at the top of every ladder.
    pub maximum: u64,
    /// The weight of the known indicators.
    pub known: u64,
    /// The weight of all indicators.
    pub weight: u64,
}

impl Total {
    /// The least the total can be.
    pub fn low(&self) -> Tenths {
        Tenths::percent(self.low_points, self.maximum)
    }

    /// The total with unknowns taken as middling.
    pub fn point(&self) -> Tenths {
        Tenths::percent(self.points, self.maximum)
    }

    /// The most the total can be.
    pub fn high(&self) -> Tenths {
        Tenths::percent(self.high_points, self.maximum)
    }

    /// How much of the weight is known, in percent.
    pub fn coverage(&self) -> Tenths {
        Tenths::percent(self.known, self.weight)
    }

    /// Whether less than this share of the weight is known, without rounding.
    pub fn covers_less_than(&self, percent: u8) -> bool {
        self.known * 100 < self.weight * u64::from(percent)
    }

    /// The interval as whole numbers, each rounded once from the exact sum: "46–64".
    pub fn span(&self) -> String {
        format!("{}–{}", whole(self.low_points, self.maximum), whole(self.high_points, self.maximum))
    }
}

impl Serialize for Total {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields =
            [("low", self.low()), ("point", self.point()), ("high", self.high()), ("coverage", self.coverage())];
        serializer.collect_map(fields)
    }
}

/// A percentage in whole points, half up.
fn whole(part: u64, of: u64) -> u64 {
    if of == 0 { 0 } else { (2 * part * 100 + of) / (2 * of) }
}

/// Adds up one group. Ratings of other groups are passed over; an id the profile does not know is refused.
pub fn total(profile: &Profile, group: Group, ratings: &Ratings) -> Result<Total> {
    check(profile, ratings)?;
    Ok(sum(profile, group, ratings))
}

/// The sums of ratings that have been checked.
fn sum(profile: &Profile, group: Group, ratings: &Ratings) -> Total {
    let ratings_of = &profile.scale.ratings;
    let highest = u64::from(ratings_of.last().copied().unwrap_or(0));
    let lowest = u64::from(ratings_of.first().copied().unwrap_or(0));
    let mut sum = Total { low_points: 0, points: 0, high_points: 0, maximum: 0, known: 0, weight: 0 };
    for indicator in profile.group(group) {
        let weight = u64::from(indicator.weight);
        let rating = ratings.get(&indicator.id).and_then(|rung| ratings_of.get(usize::from(*rung)).copied());
        let [low, point, high] = match rating.map(u64::from) {
            Some(rating) => [rating; 3],
            None => [lowest, u64::from(profile.scale.unknown), highest],
        };
        sum.low_points += weight * low;
        sum.points += weight * point;
        sum.high_points += weight * high;
        sum.maximum += weight * highest;
        sum.weight += weight;
        sum.known += if rating.is_some() { weight } else { 0 };
    }
    sum
}

fn check(profile: &Profile, ratings: &Ratings) -> Result<()> {
    for (indicator, score) in ratings {
        if profile.indicator(indicator).is_none() {
            return Err(AssessError::UnknownIndicator { profile: profile.label(), indicator: indicator.clone() });
        }
        if usize::from(*score) > RUNGS {
            return Err(AssessError::Rung { indicator: indicator.clone(), score: *score });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
