//! What a profile must satisfy beyond being TOML. The first fault is named by its key.

use std::collections::BTreeSet;

use super::{CandidateRule, Group, Indicator, Profile, RUNGS, Rules, Step};
use crate::decimal::Decimal;

/// A key and what is wrong with it.
type Fault = (String, String);

/// The largest weight: beyond it the sums of a hostile file could overflow, and no honest file comes near.
const MAX_WEIGHT: u32 = 10_000;

pub(super) fn check(profile: &Profile) -> Result<(), Fault> {
    for (key, text) in
        [("id", &profile.id), ("version", &profile.version), ("author", &profile.author), ("title", &profile.title)]
    {
        ensure(!text.trim().is_empty(), key, "is empty")?;
    }
    ensure(
        profile.changes.last().is_some_and(|change| change.version == profile.version),
        "change",
        "the last entry must be about the profile's own version",
    )?;
    ensure(profile.scale.ratings.is_sorted(), "scale.ratings", "must not fall from one rung to the next")?;
    let highest = profile.scale.ratings.last().copied().unwrap_or(0);
    ensure(highest > 0, "scale.ratings", "must end above zero")?;
    ensure(profile.scale.unknown <= highest, "scale.unknown", "lies above the highest rating")?;
    indicators(profile)?;
    if let Some(rules) = &profile.rules {
        check_rules(profile, rules)?;
    }
    if let Some(rule) = &profile.confidence {
        ensure(rule.suppliers > 0, "confidence.suppliers", "must be at least 1")?;
        ensure(
            rule.attribution_low <= rule.attribution_high,
            "confidence.attribution_low",
            "lies above attribution_high",
        )?;
        ensure(rule.cap_low <= rule.cap_moderate, "confidence.cap_low", "lies above cap_moderate")?;
        percent(rule.cap_moderate, "confidence.cap_moderate")?;
    }
    Ok(())
}

fn indicators(profile: &Profile) -> Result<(), Fault> {
    ensure(!profile.indicators.is_empty(), "indicator", "there is none")?;
    let mut seen = BTreeSet::new();
    for indicator in &profile.indicators {
        let key = |name: &str| format!("indicator.{}.{name}", indicator.id);
        ensure(!indicator.id.trim().is_empty(), "indicator", "an indicator without an id")?;
        ensure(seen.insert(&indicator.id), &key("id"), "is used twice")?;
        ensure(indicator.weight > 0, &key("weight"), "must be a positive whole number")?;
        ensure(indicator.weight <= MAX_WEIGHT, &key("weight"), "is larger than 10000")?;
        ensure(indicator.ladder.iter().all(|text| !text.trim().is_empty()), &key("ladder"), "has an empty rung")?;
        ladder(indicator).map_err(|(name, reason)| (key(&name), reason))?;
        if let Some(other) = &indicator.higher_of {
            // Rated in the order of the file: what is looked up must have been rated already.
            ensure(seen.contains(other) && *other != indicator.id, &key("higher_of"), "names no earlier indicator")?;
        }
        let fed = indicator.from.is_none() || profile.evidence_of.is_some();
        ensure(fed, &key("from"), "needs `evidence_of`, the profile that the indicator is of")?;
    }
    Ok(())
}

fn ladder(indicator: &Indicator) -> Result<(), Fault> {
    let ways = [indicator.rungs.is_some(), indicator.when.is_some(), indicator.trend.is_some()];
    ensure(ways.iter().filter(|way| **way).count() <= 1, "rungs", "give one of rungs, when and trend, not several")?;
    if let Some(rungs) = &indicator.rungs {
        ensure(rungs.iter().all(|bound| *bound >= Decimal::ZERO), "rungs", "holds a negative bound")?;
        ensure(rungs.is_sorted_by(|low, high| low < high), "rungs", "must rise from rung to rung")?;
    }
    if let Some(when) = &indicator.when {
        let stated = when.iter().all(|rung| !rung.is_empty() && rung.iter().all(|alternative| !alternative.is_empty()));
        ensure(stated, "when", "has a rung without a test")?;
    }
    if let Some(trend) = &indicator.trend {
        ensure((50..100).contains(&trend.level), "trend.level", "must lie from 50 to 99 percent")?;
        ensure(trend.above.is_sorted_by(|low, high| low < high), "trend.above", "must rise from rung to rung")?;
    }
    Ok(())
}

fn check_rules(profile: &Profile, rules: &Rules) -> Result<(), Fault> {
    percent(rules.gap_coverage, "rules.gap_coverage")?;
    ensure(!rules.bands.is_empty(), "rules.band", "there is none")?;
    ensure(rules.bands.is_sorted_by(|low, high| low.below < high.below), "rules.band", "bounds must rise")?;
    ensure(rules.bands.last().is_some_and(|band| band.below > 100), "rules.band", "the last must reach beyond 100")?;
    for group in [Group::Threat, Group::Harm, Group::Likelihood] {
        ensure(
            profile.group(group).next().is_some(),
            "indicator",
            "a profile with rules rates threat, harm and likelihood",
        )?;
    }
    if let Some(rule) = &rules.hvt {
        percent(rule.threat, "rules.hvt.threat")?;
        percent(rule.attribution, "rules.hvt.attribution")?;
        percent(rule.share, "rules.hvt.share")?;
        ensure((1..=5).contains(&rule.at_least), "rules.hvt.at_least", "must lie between 1 and 5")?;
        step(profile, &rule.launders, "rules.hvt.launders")?;
        for wanted in &rule.graded {
            step(profile, wanted, "rules.hvt.graded")?;
        }
    }
    percent(rules.priority.threat, "rules.priority.threat")?;
    percent(rules.priority.harm, "rules.priority.harm")?;
    step(profile, &rules.priority.watch, "rules.priority.watch")?;
    candidate(profile, &rules.hrcn)
}

fn candidate(profile: &Profile, rule: &CandidateRule) -> Result<(), Fault> {
    percent(rule.threat, "rules.hrcn.threat")?;
    percent(rule.coverage, "rules.hrcn.coverage")?;
    let count = rule.at_least > 0 && rule.at_least <= rule.of.len();
    ensure(count, "rules.hrcn.at_least", "must lie between 1 and the number of steps in `of`")?;
    // The search for minimal completions tries every rung of every step: six to the power of their number.
    ensure(rule.required.len() + rule.of.len() <= 6, "rules.hrcn.of", "more than six steps in all")?;
    let mut seen = BTreeSet::new();
    for (wanted, key) in
        rule.required.iter().map(|s| (s, "rules.hrcn.required")).chain(rule.of.iter().map(|s| (s, "rules.hrcn.of")))
    {
        step(profile, wanted, key)?;
        ensure(seen.insert(&wanted.indicator), key, &format!("names {} twice", wanted.indicator))?;
    }
    Ok(())
}

fn step(profile: &Profile, step: &Step, key: &str) -> Result<(), Fault> {
    ensure(profile.indicator(&step.indicator).is_some(), key, &format!("no indicator {:?}", step.indicator))?;
    ensure((1..=RUNGS).contains(&usize::from(step.rung)), key, "a rung lies from 1 to 4")
}

fn percent(value: u8, key: &str) -> Result<(), Fault> {
    ensure(value <= 100, key, "is a percentage: 0 to 100")
}

fn ensure(holds: bool, key: &str, reason: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err((key.to_owned(), reason.to_owned())) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use crate::profile::Profile;
    use crate::sample::{COMPOSITE, SLEIPNIR};

    #[test]
    fn the_shipped_profiles_load() {
        assert_eq!(Profile::parse("composite-1.toml", COMPOSITE).unwrap().label(), "composite-1@1.1.0");
        assert!(Profile::parse("sleipnir-19.toml", SLEIPNIR).unwrap().rules.is_none());
        let socta = include_str!("../../../../queries/profiles/eu-socta.toml");
        let socta = Profile::parse("eu-socta.toml", socta).unwrap();
        assert!(!socta.totals, "no total is claimed");
        assert_eq!(socta.words.unwrap().rungs, ["none observed", "L", "M", "H", "H"]);
        let morile = include_str!("../../../../queries/profiles/morile-shape.toml");
        let morile = Profile::parse("morile-shape.toml", morile).unwrap();
        assert_eq!(morile.group(crate::profile::Group::Position).count(), 2);
        // What is read is there to be read.
        let composite = Profile::parse("composite-1.toml", COMPOSITE).unwrap();
        for indicator in socta.indicators.iter().chain(&morile.indicators) {
            assert!(indicator.from.as_ref().is_none_or(|from| composite.indicator(from).is_some()), "{}", indicator.id);
        }
    }

    /// Each fault is one edit of the shipped file; the complaint names file and key.
    #[test]
    fn names_the_file_and_the_key_at_fault() {
        let faults = [
            ("weight = 10\n", "weight = 0\n", "p.toml: indicator.A01.weight: must be a positive whole number"),
            ("weight = 10\n", "weight = -3\n", "p.toml: TOML parse error"),
            ("weight = 10\n", "weight = 2.5\n", "p.toml: TOML parse error"),
            ("id = \"A02\"", "id = \"A01\"", "p.toml: indicator.A01.id: is used twice"),
            ("rungs = [0, 100000,", "rungs = [0, 0,", "p.toml: indicator.A01.rungs: must rise from rung to rung"),
            ("rungs = [0, 100000,", "rungs = [100000,", "p.toml: TOML parse error"),
            ("rungs = [0, 100000,", "rungs = [0.5, 100000,", "p.toml: TOML parse error"),
            ("below = 101", "below = 100", "p.toml: rules.band: the last must reach beyond 100"),
            ("indicator = \"A07\"", "indicator = \"A99\"", "p.toml: rules.hrcn.required: no indicator \"A99\""),
            ("at_least = 2", "at_least = 5", "p.toml: rules.hrcn.at_least: must lie between 1"),
            ("higher_of = \"A05\"", "higher_of = \"L4\"", "p.toml: indicator.H3.higher_of: names no earlier indicator"),
            ("[scale]", "[scale]\nweights = 1", "p.toml: TOML parse error"),
            ("version = \"1.1.0\"\nauthor", "version = \"1.2.0\"\nauthor", "p.toml: change: the last entry"),
        ];
        for (from, to, complaint) in faults {
            let broken = COMPOSITE.replacen(from, to, 1);
            assert_ne!(broken, COMPOSITE, "{from}");
            let error = Profile::parse("p.toml", &broken).unwrap_err().to_string();
            assert!(error.starts_with(complaint), "{error}");
        }
    }
}
