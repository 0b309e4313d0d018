//! The worked example of the method, and the properties it must keep under any ratings.
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::confidence::Level;
use crate::sample::{COMPOSITE, SLEIPNIR};

static PROFILE: LazyLock<Profile> = LazyLock::new(|| Profile::parse("composite-1.toml", COMPOSITE).unwrap());
const MODERATE: Confidences =
    Confidences { threat: Level::Moderate, harm: Level::Moderate, likelihood: Level::Moderate };

fn ratings(pairs: &[(&str, u8)]) -> Ratings {
    pairs.iter().map(|(id, rung)| ((*id).to_owned(), *rung)).collect()
}

/// A01 to A14 of the worked example; A05 and A06 are unknown.
fn example() -> Ratings {
    crate::sample::worked_example()
}

#[test]
fn the_worked_example_comes_out_to_the_tenth() {
    let total = total(&PROFILE, Group::Threat, &example()).unwrap();
    assert_eq!((total.low_points, total.weight - total.known), (185, 18));
    let printed = [total.low(), total.point(), total.high(), total.coverage()].map(|value| value.to_string());
    assert_eq!(printed, ["46.3", "55.3", "64.3", "82.0"]);
}

#[test]
fn the_worked_example_has_its_card() {
    let card = ScoreCard::new(&PROFILE, &example(), MODERATE).unwrap();
    assert_eq!(card.headline, "High (46–64, coverage 82 %; unknown: corruption, violence)");
    assert_eq!(card.notes, ["T_low (46.3) falls in Moderate."]);
    assert_eq!(card.hrcn.outcome, Outcome::Fail);
    let outcomes: Vec<_> = card.hrcn.clauses.iter().map(|clause| clause.outcome).collect();
    assert_eq!(outcomes, [Outcome::Fail, Outcome::Pass, Outcome::Unknown, Outcome::Pass]);
    assert_eq!(card.hrcn.sentence, "Not met; would be met with A05=4 and A06=2 (T 60.3) or A05=3 and A06=4 (T 61.8).");
}

#[test]
fn sleipnir_reads_the_same_evidence() {
    let sleipnir = Profile::parse("sleipnir-19.toml", SLEIPNIR).unwrap();
    let total = total(&sleipnir, Group::Threat, &sleipnir.fed_by(&example())).unwrap();
    assert_eq!((total.points, total.maximum), (430, 760));
    assert!(matches!(ScoreCard::new(&sleipnir, &Ratings::new(), MODERATE), Err(AssessError::NoRules { .. })));
}

#[test]
fn nothing_known_is_a_gap_and_not_a_low_threat() {
    let card = ScoreCard::new(&PROFILE, &Ratings::new(), MODERATE).unwrap();
    assert_eq!(card.band, None);
    assert!(card.headline.starts_with("Intelligence gap – collect (0–100, coverage 0 %"));
    assert!(card.notes.iter().any(|note| note.contains("weigh 73 of 100")));
    assert_eq!(card.priority, Priority::P3);
}

#[test]
fn the_candidate_test_is_printed_beside_the_gap() {
    let known = ratings(&[("A01", 4), ("A02", 4), ("A03", 4), ("A04", 4), ("A07", 4), ("A09", 4)]);
    let card = ScoreCard::new(&PROFILE, &known, MODERATE).unwrap();
    assert_eq!(card.threat.coverage().to_string(), "53.0");
    assert_eq!((card.band.as_deref(), card.hrcn.outcome), (None, Outcome::Pass));
}

#[test]
fn tiers_follow_threat_harm_and_confidence() {
    let full = |threat: u8, harm: u8, trend: u8| -> Ratings {
        let rung = |indicator: &crate::profile::Indicator| match indicator.group {
            Group::Threat => threat,
            Group::Harm => harm,
            Group::Likelihood | Group::Position => trend,
        };
        PROFILE.indicators.iter().map(|indicator| (indicator.id.clone(), rung(indicator))).collect()
    };
    let of = |ratings: &Ratings, confidence| ScoreCard::new(&PROFILE, ratings, confidence).unwrap().priority;
    let low = Confidences { threat: Level::Low, ..MODERATE };
    assert_eq!(of(&full(3, 3, 0), MODERATE), Priority::P1);
    assert_eq!(of(&full(3, 3, 0), low), Priority::P2, "low confidence bars the first tier and changes no total");
    assert_eq!(of(&full(3, 1, 0), MODERATE), Priority::P2);
    assert_eq!(of(&full(1, 3, 0), MODERATE), Priority::P2);
    assert_eq!(of(&full(1, 1, 2), MODERATE), Priority::Watch);
    assert_eq!(of(&full(1, 1, 1), MODERATE), Priority::P3);
}

#[test]
fn likelihood_orders_within_a_tier() {
    let card = |likelihood: u8, threat: u8| {
        let ratings = ratings(&[("L1", likelihood), ("L2", 0), ("A01", threat)]);
        ScoreCard::new(&PROFILE, &ratings, MODERATE).unwrap()
    };
    let cards = [("c", card(1, 1)), ("b", card(1, 1)), ("a", card(0, 4)), ("d", card(1, 2))];
    let mut order: Vec<_> = cards.iter().collect();
    order.sort_by(|(a, x), (b, y)| rank(x, a).cmp(&rank(y, b)));
    assert_eq!(order.iter().map(|(id, _)| *id).collect::<String>(), "dbca");
}

#[test]
fn refuses_what_the_profile_does_not_know() {
    assert!(matches!(
        total(&PROFILE, Group::Threat, &ratings(&[("A99", 1)])),
        Err(AssessError::UnknownIndicator { .. })
    ));
    assert!(matches!(total(&PROFILE, Group::Threat, &ratings(&[("A01", 5)])), Err(AssessError::Rung { .. })));
}

fn any_ratings() -> impl Strategy<Value = Ratings> {
    prop::collection::vec(prop::option::of(0_u8..=4), PROFILE.indicators.len()).prop_map(|rungs| {
        let pairs = PROFILE.indicators.iter().zip(rungs);
        pairs.filter_map(|(indicator, rung)| Some((indicator.id.clone(), rung?))).collect()
    })
}

proptest! {
    #[test]
    fn learning_a_value_never_widens_the_interval(before in any_ratings(), pick in 0_usize..23, rung in 0_u8..=4) {
        let indicator = &PROFILE.indicators[pick];
        prop_assume!(!before.contains_key(&indicator.id));
        let mut after = before.clone();
        after.insert(indicator.id.clone(), rung);
        for group in [Group::Threat, Group::Harm, Group::Likelihood] {
            let (old, new) = (total(&PROFILE, group, &before).unwrap(), total(&PROFILE, group, &after).unwrap());
            prop_assert!(new.low_points >= old.low_points && new.high_points <= old.high_points);
            prop_assert!(new.known >= old.known);
        }
    }

    /// One rung of weight w moves T by w/4 points, and never down.
    #[test]
    fn a_higher_rung_never_lowers_the_total(before in any_ratings(), pick in 0_usize..14) {
        let indicator = &PROFILE.indicators[pick];
        let Some(rung) = before.get(&indicator.id).filter(|rung| **rung < 4).copied() else { return Ok(()) };
        let mut after = before.clone();
        after.insert(indicator.id.clone(), rung + 1);
        let (old, new) = (total(&PROFILE, Group::Threat, &before).unwrap(), total(&PROFILE, Group::Threat, &after).unwrap());
        prop_assert_eq!(new.points - old.points, u64::from(indicator.weight));
        prop_assert_eq!(new.maximum, 400);
    }

    #[test]
    fn the_interval_is_as_wide_as_the_ignorance(ratings in any_ratings()) {
        let total = total(&PROFILE, Group::Threat, &ratings).unwrap();
        prop_assert_eq!((total.high_points - total.low_points) * total.weight, (total.weight - total.known) * total.maximum);
        prop_assert!(total.low() <= total.point() && total.point() <= total.high());
        let card = ScoreCard::new(&PROFILE, &ratings, MODERATE).unwrap();
        let wide = (total.high_points - total.low_points) * 100 > 40 * total.maximum;
        prop_assert_eq!(card.band.is_none(), wide, "the two forms of the gap rule agree");
    }

    /// Every completion meets the test, and lowering any one of its ratings no longer does.
    #[test]
    fn completions_are_sufficient_and_minimal(ratings in any_ratings()) {
        for completion in hrcn(&PROFILE, &ratings).unwrap().completions {
            let mut met = ratings.clone();
            met.extend(completion.ratings.iter().cloned());
            prop_assert_eq!(hrcn(&PROFILE, &met).unwrap().outcome, Outcome::Pass);
            for (id, rung) in &completion.ratings {
                let mut less = met.clone();
                match rung.checked_sub(1) {
                    Some(lower) => less.insert(id.clone(), lower),
                    None => less.remove(id),
                };
                prop_assert_ne!(hrcn(&PROFILE, &less).unwrap().outcome, Outcome::Pass);
            }
        }
    }
}
