//! Is the rank stable: how far a network moves in the order when nobody is sure of the weights.
//!
//! Every weight is multiplied by a draw of U(0.75, 1.25) and the threat of all networks is added up anew, with the same draws
//! for all of them, so that what differs is the networks and not the luck. A rank is stable where the ranks between the
//! 5th and the 95th of a hundred draws are one. The draws are SHA-256 of a seed and a counter: the same profile and
//! cut-off give the same interval on every machine.

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::Ratings;
use crate::profile::{Group, Profile};

/// Draws that are made where nobody says how many.
pub const DRAWS: usize = 1_000;
/// How far a weight is moved.
const SPREAD: f64 = 0.25;

/// The ranks of one network over all draws.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RankInterval {
    /// The network.
    pub network: String,
    /// Its rank by threat under the profile's own weights; 1 is the highest, and equals share the better rank.
    pub rank: usize,
    /// The 5th percentile of its ranks.
    pub low: usize,
    /// The 95th percentile.
    pub high: usize,
    /// How many networks there are.
    pub of: usize,
}

impl RankInterval {
    /// Whether the weights do not move it.
    pub fn is_stable(&self) -> bool {
        self.low == self.high
    }
}

/// The rank interval of every network, in the order given. `cutoff` seeds the draws together with the profile.
pub fn rank_intervals(
    profile: &Profile,
    profile_text: &str,
    cutoff: &str,
    networks: &[(String, Ratings)],
    draws: usize,
) -> Vec<RankInterval> {
    let weights: Vec<f64> = profile.group(Group::Threat).map(|indicator| f64::from(indicator.weight)).collect();
    let rated: Vec<Vec<f64>> = networks.iter().map(|(_, ratings)| points(profile, ratings)).collect();
    let mut numbers = Draws::new(profile_text, cutoff);
    let mut ranks: Vec<Vec<usize>> = vec![Vec::with_capacity(draws); networks.len()];
    for _ in 0..draws {
        let drawn: Vec<f64> =
            weights.iter().map(|weight| weight * (1.0 - SPREAD + 2.0 * SPREAD * numbers.next())).collect();
        for (known, rank) in ranks.iter_mut().zip(ranked(&rated, &drawn)) {
            known.push(rank);
        }
    }
    let own = ranked(&rated, &weights);
    let mut intervals = Vec::with_capacity(networks.len());
    for (((network, _), rank), mut drawn) in networks.iter().zip(own).zip(ranks) {
        drawn.sort_unstable();
        let at = |percent: usize| {
            // The nearest rank of the percentile, from 1.
            let place = (draws * percent).div_ceil(100).max(1) - 1;
            drawn.get(place).copied().unwrap_or(rank)
        };
        intervals.push(RankInterval { network: network.clone(), rank, low: at(5), high: at(95), of: networks.len() });
    }
    intervals
}

/// What each threat indicator is worth for a network: unknown is the scale's middle, as in the point value.
fn points(profile: &Profile, ratings: &Ratings) -> Vec<f64> {
    let worth = |indicator: &crate::profile::Indicator| {
        let rung = ratings.get(&indicator.id).and_then(|rung| profile.scale.ratings.get(usize::from(*rung)));
        f64::from(rung.copied().unwrap_or(profile.scale.unknown))
    };
    profile.group(Group::Threat).map(worth).collect()
}

/// The rank of each network; the sum of the weights is the same for all and need not be divided by.
fn ranked(rated: &[Vec<f64>], weights: &[f64]) -> Vec<usize> {
    let threat =
        |points: &Vec<f64>| -> f64 { points.iter().zip(weights).map(|(points, weight)| points * weight).sum() };
    let threats: Vec<f64> = rated.iter().map(threat).collect();
    let mut order = threats.clone();
    order.sort_by(|a, b| b.total_cmp(a));
    // The first place at which nothing greater stands.
    threats.iter().map(|own| order.partition_point(|other| other.total_cmp(own).is_gt()) + 1).collect()
}

/// Numbers in [0, 1) from a seed.
struct Draws {
    seed: [u8; 32],
    block: u64,
    left: Vec<f64>,
}

impl Draws {
    fn new(profile_text: &str, cutoff: &str) -> Self {
        let profile = Sha256::digest(profile_text.as_bytes());
        let mut seed = Sha256::new();
        seed.update(profile);
        seed.update(cutoff.as_bytes());
        Self { seed: seed.finalize().into(), block: 0, left: Vec::new() }
    }

    #[expect(clippy::cast_precision_loss, reason = "53 bits are what a float holds")]
    fn next(&mut self) -> f64 {
        loop {
            if let Some(number) = self.left.pop() {
                return number;
            }
            let mut hasher = Sha256::new();
            hasher.update(self.seed);
            hasher.update(self.block.to_be_bytes());
            self.block += 1;
            let bytes: [u8; 32] = hasher.finalize().into();
            let words =
                bytes.chunks_exact(8).map(|chunk| chunk.iter().fold(0_u64, |word, byte| word << 8 | u64::from(*byte)));
            self.left = words.map(|word| (word >> 11) as f64 / (1_u64 << 53) as f64).collect();
            self.left.reverse();
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sample::{COMPOSITE, worked_example};

    fn profile() -> Profile {
        Profile::parse("composite-1.toml", COMPOSITE).unwrap()
    }

    fn intervals(networks: &[(String, Ratings)]) -> Vec<RankInterval> {
        rank_intervals(&profile(), COMPOSITE, "2024-12-31", networks, 200)
    }

    fn flat(rung: u8) -> Ratings {
        profile().group(Group::Threat).map(|indicator| (indicator.id.clone(), rung)).collect()
    }

    #[test]
    fn who_is_higher_in_everything_stays_above() {
        let networks = [("low".to_owned(), flat(1)), ("high".to_owned(), flat(3)), ("same".to_owned(), flat(3))];
        let intervals = intervals(&networks);
        let ranks: Vec<_> = intervals.iter().map(|interval| (interval.rank, interval.low, interval.high)).collect();
        assert_eq!(ranks, [(3, 3, 3), (1, 1, 1), (1, 1, 1)]);
        assert!(intervals.iter().all(RankInterval::is_stable));
    }

    #[test]
    fn a_close_race_depends_on_the_weights() {
        // A05 and A01 weigh the same: one rung more of either is a draw, and the weights decide.
        let (mut one, mut other) = (worked_example(), worked_example());
        one.insert("A05".to_owned(), 3);
        other.insert("A05".to_owned(), 2);
        other.insert("A01".to_owned(), 4);
        let intervals = intervals(&[("one".to_owned(), one), ("other".to_owned(), other)]);
        assert_eq!(
            intervals.iter().map(|interval| (interval.low, interval.high)).collect::<Vec<_>>(),
            [(1, 2), (1, 2)]
        );
        assert!(!intervals[0].is_stable());
    }

    #[test]
    fn draws_are_even_and_the_same_every_time() {
        let take = |cutoff: &str| {
            let mut draws = Draws::new(COMPOSITE, cutoff);
            (0..10_000).map(|_| draws.next()).collect::<Vec<_>>()
        };
        let first = take("2024-12-31");
        assert_eq!(first, take("2024-12-31"));
        assert_ne!(first, take("2025-12-31"));
        let mean = first.iter().sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.01 && first.iter().all(|number| (0.0..1.0).contains(number)), "{mean}");
    }

    proptest! {
        /// The order in which networks come does not matter, and an interval lies within the ranks there are.
        #[test]
        fn intervals_do_not_depend_on_the_order(rungs in prop::collection::vec(prop::collection::vec(prop::option::of(0_u8..=4), 14), 1..6)) {
            let profile = profile();
            let rate = |rungs: &Vec<Option<u8>>| -> Ratings {
                let pairs = profile.group(Group::Threat).zip(rungs);
                pairs.filter_map(|(indicator, rung)| Some((indicator.id.clone(), (*rung)?))).collect()
            };
            let networks: Vec<_> = rungs.iter().enumerate().map(|(n, rungs)| (format!("n{n}"), rate(rungs))).collect();
            let reversed: Vec<_> = networks.iter().rev().cloned().collect();
            let mut back = rank_intervals(&profile, COMPOSITE, "c", &reversed, 20);
            back.reverse();
            let there = rank_intervals(&profile, COMPOSITE, "c", &networks, 20);
            prop_assert_eq!(&there, &back);
            for interval in there {
                prop_assert!(1 <= interval.low && interval.low <= interval.high && interval.high <= networks.len());
            }
        }
    }
}
