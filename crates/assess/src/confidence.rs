//! How sure an indicator is, and how sure a network is. Confidence stands beside a score and never multiplies it.
//!
//! An indicator is High when independent suppliers agree and the best of them is good; Low when it rests on one supplier,
//! on nothing but poor grades, or on a weak attribution; Moderate in between. A network has the weight-median of its
//! known indicators, capped by how much of the profile is known at all.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{AssessError, Result};
use crate::profile::{Group, Profile};
use crate::score::{Ratings, total};

/// Low, Moderate or High.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub enum Level {
    /// One supplier, poor grades or a weak attribution.
    Low,
    /// Neither.
    Moderate,
    /// Several suppliers, good grades, a firm attribution.
    High,
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Low => "Low",
            Self::Moderate => "Moderate",
            Self::High => "High",
        })
    }
}

/// The marks of confidence and the grades of every scheme, from the profile.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ConfidenceRule {
    /// Independent suppliers that High needs.
    pub suppliers: usize,
    /// The weakest attribution that High allows.
    pub attribution_high: u8,
    /// An attribution below this makes Low.
    pub attribution_low: u8,
    /// Coverage in percent below which a network is Low.
    pub cap_low: u8,
    /// Coverage in percent below which a network is at most Moderate.
    pub cap_moderate: u8,
    /// Grading schemes by name.
    pub scheme: BTreeMap<String, Scheme>,
}

/// The codes of one grading scheme, sorted; what is in neither list is middling.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scheme {
    /// Every code of a source; what is not here is no grade of the scheme.
    pub sources: Vec<String>,
    /// Every code of an item.
    pub items: Vec<String>,
    /// Sources one relies on.
    pub good_source: Vec<String>,
    /// Sources one does not.
    pub poor_source: Vec<String>,
    /// Items one believes.
    pub good_item: Vec<String>,
    /// Items one does not.
    pub poor_item: Vec<String>,
}

/// A grade as it was given: letters and digits of a scheme, never a percentage.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Grade {
    /// The scheme's name in the profile.
    pub scheme: String,
    /// The grade of the source.
    pub source: String,
    /// The grade of the item.
    pub item: String,
}

impl Grade {
    /// Reads `B2` (the machine scheme, Europol's 4x4) or `uk-3x5x2:1B`, and refuses a code that the scheme does not have.
    pub fn parse(rule: &ConfidenceRule, text: &str) -> Result<Self> {
        let (scheme, codes) = text.trim().split_once(':').unwrap_or((DEFAULT_SCHEME, text.trim()));
        // A scheme may be named by the end of its name: `3x5x2`, `4x4`.
        let named = rule.scheme.iter().find(|(known, _)| *known == scheme || known.ends_with(&format!("-{scheme}")));
        let (scheme, known) = named.ok_or_else(|| AssessError::Scheme { scheme: scheme.to_owned() })?;
        let codes = codes.trim().to_uppercase();
        let (source, item) = codes.split_at(codes.chars().next().map_or(0, char::len_utf8));
        if !known.sources.iter().any(|code| code == source) || !known.items.iter().any(|code| code == item) {
            return Err(AssessError::Grade {
                grade: text.to_owned(),
                scheme: scheme.clone(),
                sources: known.sources.join(", "),
                items: known.items.join(", "),
            });
        }
        Ok(Self { scheme: scheme.clone(), source: source.to_owned(), item: item.to_owned() })
    }
}

/// The scheme of a grade that names none: that of machine data.
const DEFAULT_SCHEME: &str = "europol-4x4";

/// One deciding item of evidence. The supplier is its origin: five copies of one supplier are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graded {
    /// Where it came from first.
    pub supplier: String,
    /// The grading scheme, such as `europol-4x4`.
    pub scheme: String,
    /// The grade of the source.
    pub source: String,
    /// The grade of the item.
    pub item: String,
    /// How firmly the account is tied to its holder, 0 to 100.
    pub attribution: u8,
}

/// The confidence of one indicator; an indicator without evidence has none to give and is refused.
pub fn indicator_confidence(rule: &ConfidenceRule, indicator: &str, evidence: &[Graded]) -> Result<Level> {
    let Some(weakest) = evidence.iter().map(|item| item.attribution).min() else {
        return Err(AssessError::NoEvidence { what: format!("the confidence of {indicator}") });
    };
    let mut grades = Vec::with_capacity(evidence.len());
    for item in evidence {
        let scheme = rule.scheme.get(&item.scheme);
        let scheme = scheme.ok_or_else(|| AssessError::Scheme { scheme: item.scheme.clone() })?;
        grades.push((scheme, item));
    }
    let suppliers: BTreeSet<_> = evidence.iter().map(|item| &item.supplier).collect();
    let good = grades.iter().any(|(scheme, item)| scheme.good_source.contains(&item.source))
        && grades.iter().any(|(scheme, item)| scheme.good_item.contains(&item.item));
    if suppliers.len() >= rule.suppliers && good && weakest >= rule.attribution_high {
        return Ok(Level::High);
    }
    let poor = grades.iter().all(|(scheme, item)| scheme.poor_source.contains(&item.source))
        || grades.iter().all(|(scheme, item)| scheme.poor_item.contains(&item.item));
    let low = suppliers.len() == 1 || poor || weakest < rule.attribution_low;
    Ok(if low { Level::Low } else { Level::Moderate })
}

/// The confidence of a group's total: the level at which the cumulative weight of the known indicators reaches half,
/// counted from Low, so that an even split goes to the weaker. A known rating without a stated level counts as Low.
pub fn group_confidence(
    profile: &Profile,
    group: Group,
    ratings: &Ratings,
    levels: &BTreeMap<String, Level>,
) -> Result<Level> {
    let Some(rule) = &profile.confidence else { return Ok(Level::Low) };
    let mut weights = BTreeMap::new();
    for indicator in profile.group(group).filter(|indicator| ratings.contains_key(&indicator.id)) {
        let level = levels.get(&indicator.id).copied().unwrap_or(Level::Low);
        *weights.entry(level).or_insert(0_u64) += u64::from(indicator.weight);
    }
    let known: u64 = weights.values().sum();
    let mut reached = 0;
    let mut median = Level::Low;
    for (level, weight) in weights {
        median = level;
        reached += weight;
        if reached * 2 >= known {
            break;
        }
    }
    let total = total(profile, group, ratings)?;
    Ok(if total.covers_less_than(rule.cap_low) {
        Level::Low
    } else if total.covers_less_than(rule.cap_moderate) {
        median.min(Level::Moderate)
    } else {
        median
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static COMPOSITE: LazyLock<Profile> =
        LazyLock::new(|| Profile::parse("composite-1.toml", crate::sample::COMPOSITE).unwrap());

    fn composite() -> &'static Profile {
        &COMPOSITE
    }

    fn graded(supplier: &str, grade: &str, attribution: u8) -> Graded {
        let (source, item) = grade.split_at(1);
        let scheme = "europol-4x4".to_owned();
        Graded { supplier: supplier.into(), scheme, source: source.into(), item: item.into(), attribution }
    }

    fn of(evidence: &[Graded]) -> Level {
        indicator_confidence(composite().confidence.as_ref().unwrap(), "A01", evidence).unwrap()
    }

    #[test]
    fn follows_the_rule() {
        assert_eq!(of(&[graded("a", "B2", 70), graded("b", "B3", 60)]), Level::High);
        assert_eq!(of(&[graded("a", "B2", 70), graded("b", "B2", 59)]), Level::Moderate);
        assert_eq!(of(&[graded("a", "B2", 70), graded("b", "B2", 39)]), Level::Low);
        assert_eq!(of(&[graded("a", "A1", 100), graded("a", "A1", 100)]), Level::Low, "copies of one supplier are one");
        assert_eq!(of(&[graded("a", "C2", 70), graded("b", "X2", 70)]), Level::Low, "only poor sources");
        assert_eq!(of(&[graded("a", "B3", 70), graded("b", "B4", 70)]), Level::Low, "only poor items");
        assert_eq!(of(&[graded("a", "C2", 70), graded("b", "B4", 70)]), Level::High, "the best counts for each grade");
    }

    #[test]
    fn refuses_no_evidence_and_unknown_schemes() {
        let profile = composite();
        let rule = profile.confidence.as_ref().unwrap();
        assert!(matches!(indicator_confidence(rule, "A01", &[]), Err(AssessError::NoEvidence { .. })));
        let mut item = graded("a", "B2", 70);
        item.scheme = "stars".into();
        assert!(matches!(indicator_confidence(rule, "A01", &[item]), Err(AssessError::Scheme { .. })));
    }

    #[test]
    fn a_network_is_capped_by_its_coverage() {
        let profile = composite();
        let high: BTreeMap<_, _> = profile.indicators.iter().map(|i| (i.id.clone(), Level::High)).collect();
        let rated = |unknown: &[&str]| -> Ratings {
            let ids = profile.group(Group::Threat).map(|i| i.id.clone());
            ids.filter(|id| !unknown.contains(&id.as_str())).map(|id| (id, 2)).collect()
        };
        let of = |unknown: &[&str]| group_confidence(profile, Group::Threat, &rated(unknown), &high).unwrap();
        assert_eq!(of(&[]), Level::High);
        assert_eq!(of(&["A05", "A06", "A08", "A13"]), Level::Moderate, "73 of 100: the engine alone cannot reach High");
        assert_eq!(of(&["A01", "A02", "A03", "A04", "A05", "A06"]), Level::Low, "44 of 100");
    }

    #[test]
    fn an_even_split_goes_to_the_weaker() {
        let profile = composite();
        let ratings: Ratings = profile.group(Group::Harm).map(|i| (i.id.clone(), 1)).collect();
        let levels = |low: &[&str]| -> BTreeMap<String, Level> {
            let level = |id: &str| if low.contains(&id) { Level::Low } else { Level::High };
            ratings.keys().map(|id| (id.clone(), level(id))).collect()
        };
        let of = |low: &[&str]| group_confidence(profile, Group::Harm, &ratings, &levels(low)).unwrap();
        assert_eq!(of(&["H1", "H2"]), Level::Low, "50 of 100");
        assert_eq!(of(&["H2", "H3"]), Level::High, "40 of 100");
    }

    #[test]
    fn a_grade_is_letters_and_digits_of_a_scheme() {
        let rule = composite().confidence.as_ref().unwrap();
        let read = |text: &str| Grade::parse(rule, text).map(|g| format!("{} {} {}", g.scheme, g.source, g.item));
        assert_eq!(read("b2").unwrap(), "europol-4x4 B 2");
        assert_eq!(read("3x5x2:1B").unwrap(), "uk-3x5x2 1 B");
        assert_eq!(read("admiralty-6x6:F6").unwrap(), "admiralty-6x6 F 6");
        for wrong in ["E2", "B5", "70%", "", "3x5x2:B1", "stars:B2", "ä1"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    fn any_item() -> impl Strategy<Value = Graded> {
        ("[a-c]", "[ABCX][1-4]", 0_u8..=100)
            .prop_map(|(supplier, grade, attribution)| graded(&supplier, &grade, attribution))
    }

    proptest! {
        #[test]
        fn a_duplicate_supplier_never_raises_confidence(items in prop::collection::vec(any_item(), 1..5), pick in 0_usize..5) {
            let before = of(&items);
            let mut more = items.clone();
            more.push(items[pick % items.len()].clone());
            prop_assert_eq!(of(&more), before);
        }

        /// Added evidence never lifts confidence above what its weakest attribution allows.
        #[test]
        fn a_weak_attribution_cannot_be_outvoted(items in prop::collection::vec(any_item(), 1..6)) {
            let weakest = items.iter().map(|item| item.attribution).min().unwrap();
            let ceiling = if weakest < 40 { Level::Low } else if weakest < 60 { Level::Moderate } else { Level::High };
            prop_assert!(of(&items) <= ceiling);
        }
    }
}
