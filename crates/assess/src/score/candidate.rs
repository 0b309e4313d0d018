//! The candidate test, clause by clause, and what would complete it.
//!
//! A clause whose indicator is unknown is itself unknown; it is not failed. The tasking sentence comes from a search over
//! the unknown indicators that the test names: every rung or none for each, at most 6⁶ trials, of which only those
//! are kept that no smaller completion makes needless.

use std::fmt;

use serde::{Serialize, Serializer};

use super::{Ratings, Tenths, Total, check, sum};
use crate::error::Result;
use crate::profile::{CandidateRule, Group, Profile, RUNGS, Step};

/// How many completions a sentence names; the twin holds them all.
const SPOKEN: usize = 4;

/// Whether something holds, as far as is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// Nobody can say.
    Unknown,
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        })
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One clause of the test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clause {
    /// What is asked.
    pub text: String,
    /// What was found.
    pub value: String,
    /// Whether it holds.
    pub outcome: Outcome,
    /// The indicators whose evidence stands behind the answer; empty for a clause over the whole total.
    pub indicators: Vec<String>,
}

/// Ratings of unknown indicators under which the test would be met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Completion {
    /// Indicator and rung, in the order of the profile.
    pub ratings: Vec<(String, u8)>,
    /// The threat it would give.
    pub threat: Tenths,
}

/// The outcome of a candidate test. The engine lists candidates; nominating one is a human act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// What a network that passes is a candidate for.
    pub title: String,
    /// Fail when a clause fails, else unknown when one is unknown.
    pub outcome: Outcome,
    /// The clauses.
    pub clauses: Vec<Clause>,
    /// The smallest completions, by the threat they give.
    pub completions: Vec<Completion>,
    /// The outcome and its completions in one sentence.
    pub sentence: String,
}

/// Tests a network for the profile's candidate rule.
pub fn hrcn(profile: &Profile, ratings: &Ratings) -> Result<Candidate> {
    check(profile, ratings)?;
    let rule = &profile.rules()?.hrcn;
    let threat = sum(profile, Group::Threat, ratings);
    let clauses = clauses(profile, rule, ratings, &threat);
    let outcome = overall(&judge(rule, ratings, &threat));
    let completions = if outcome == Outcome::Pass { Vec::new() } else { completions(profile, rule, ratings) };
    let sentence = sentence(outcome, &completions);
    Ok(Candidate { title: rule.title.clone(), outcome, clauses, completions, sentence })
}

/// The outcome of every clause: threat, the required steps in order, the choice, coverage.
fn judge(rule: &CandidateRule, ratings: &Ratings, threat: &Total) -> Vec<Outcome> {
    let settled = |holds: bool| if holds { Outcome::Pass } else { Outcome::Fail };
    let count = |outcome: Outcome| rule.of.iter().filter(|wanted| step(ratings, wanted) == outcome).count();
    let choice = if count(Outcome::Pass) >= rule.at_least {
        Outcome::Pass
    } else if count(Outcome::Pass) + count(Outcome::Unknown) < rule.at_least {
        Outcome::Fail
    } else {
        Outcome::Unknown
    };
    let mut outcomes = vec![settled(threat.point().reaches(rule.threat))];
    outcomes.extend(rule.required.iter().map(|wanted| step(ratings, wanted)));
    outcomes.extend([choice, settled(!threat.covers_less_than(rule.coverage))]);
    outcomes
}

/// The clauses in words, in the order they are judged.
fn clauses(profile: &Profile, rule: &CandidateRule, ratings: &Ratings, threat: &Total) -> Vec<Clause> {
    let mut outcomes = judge(rule, ratings, threat).into_iter();
    let mut clause = |text, value, indicators| Clause {
        text,
        value,
        outcome: outcomes.next().unwrap_or(Outcome::Unknown),
        indicators,
    };
    let mut clauses = vec![clause(
        format!("Threat of at least {}", rule.threat),
        format!("{} (at most {})", threat.point(), threat.high()),
        Vec::new(),
    )];
    for wanted in &rule.required {
        clauses.push(clause(phrase(profile, wanted), value(ratings, wanted), vec![wanted.indicator.clone()]));
    }
    let values = rule.of.iter().map(|wanted| format!("{} {}", wanted.indicator, value(ratings, wanted)));
    let phrases = rule.of.iter().map(|wanted| phrase(profile, wanted));
    clauses.push(clause(
        format!("At least {} of: {}", rule.at_least, phrases.collect::<Vec<_>>().join("; ")),
        values.collect::<Vec<_>>().join(", "),
        rule.of.iter().map(|wanted| wanted.indicator.clone()).collect(),
    ));
    let coverage = format!("Coverage of at least {} %", rule.coverage);
    clauses.push(clause(coverage, format!("{} %", threat.coverage()), Vec::new()));
    clauses
}

fn phrase(profile: &Profile, step: &Step) -> String {
    let short = profile.indicator(&step.indicator).map_or("", |indicator| indicator.short.as_str());
    format!("{} {short} at {} or higher", step.indicator, step.rung)
}

fn value(ratings: &Ratings, step: &Step) -> String {
    ratings.get(&step.indicator).map_or_else(|| "unknown".to_owned(), u8::to_string)
}

fn step(ratings: &Ratings, step: &Step) -> Outcome {
    match ratings.get(&step.indicator) {
        Some(rung) if *rung >= step.rung => Outcome::Pass,
        Some(_) => Outcome::Fail,
        None => Outcome::Unknown,
    }
}

fn overall(outcomes: &[Outcome]) -> Outcome {
    if outcomes.contains(&Outcome::Fail) {
        Outcome::Fail
    } else if outcomes.contains(&Outcome::Unknown) {
        Outcome::Unknown
    } else {
        Outcome::Pass
    }
}

fn completions(profile: &Profile, rule: &CandidateRule, ratings: &Ratings) -> Vec<Completion> {
    let named = |id: &str| rule.required.iter().chain(&rule.of).any(|step| step.indicator == id);
    let open: Vec<&str> = profile
        .indicators
        .iter()
        .map(|indicator| indicator.id.as_str())
        .filter(|id| named(id) && !ratings.contains_key(*id))
        .collect();
    let meets = |all: &Ratings| overall(&judge(rule, all, &sum(profile, Group::Threat, all))) == Outcome::Pass;
    // Every clause is easiest with all of them at the top: what does not pass there passes nowhere.
    if !meets(&completed(ratings, &open, &vec![RUNGS + 1; open.len()])) {
        return Vec::new();
    }
    // A trial is a number in base 6: digit 0 leaves an indicator unknown, digit d rates it d − 1. By rising sum of digits
    // every smaller completion is met before the larger ones it makes needless, so those are never even judged.
    let base = RUNGS + 2;
    let mut trials: Vec<Vec<usize>> =
        (1..base.pow(u32::try_from(open.len()).unwrap_or(0))).map(|trial| digits(trial, base, open.len())).collect();
    trials.sort_by_key(|trial| trial.iter().sum::<usize>());
    let mut smallest: Vec<Vec<usize>> = Vec::new();
    let mut completions = Vec::new();
    for trial in trials {
        if smallest.iter().any(|less| less.iter().zip(&trial).all(|(less, more)| less <= more)) {
            continue;
        }
        let all = completed(ratings, &open, &trial);
        if meets(&all) {
            let threat = sum(profile, Group::Threat, &all);
            let added = open.iter().filter_map(|id| Some(((*id).to_owned(), *all.get(*id)?)));
            completions.push(Completion { ratings: added.collect(), threat: threat.point() });
            smallest.push(trial);
        }
    }
    completions.sort_by(|a, b| (a.threat, &a.ratings).cmp(&(b.threat, &b.ratings)));
    completions
}

fn digits(trial: usize, base: usize, count: usize) -> Vec<usize> {
    std::iter::successors(Some(trial), |rest| Some(rest / base)).map(|rest| rest % base).take(count).collect()
}

fn completed(ratings: &Ratings, open: &[&str], digits: &[usize]) -> Ratings {
    let mut all = ratings.clone();
    for (id, digit) in open.iter().zip(digits) {
        if let Some(rung) = digit.checked_sub(1).and_then(|rung| u8::try_from(rung).ok()) {
            all.insert((*id).to_owned(), rung);
        }
    }
    all
}

fn sentence(outcome: Outcome, completions: &[Completion]) -> String {
    let opening = match outcome {
        Outcome::Pass => {
            return "Met on what is known. Nomination is a human act, with name, date and reason.".to_owned();
        }
        Outcome::Fail => "Not met",
        Outcome::Unknown => "Cannot be told yet",
    };
    let rest = completions.len().saturating_sub(SPOKEN);
    let ways = completions.iter().take(SPOKEN).map(|completion| {
        let ratings = completion.ratings.iter().map(|(id, rung)| format!("{id}={rung}"));
        format!("{} (T {})", ratings.collect::<Vec<_>>().join(" and "), completion.threat)
    });
    let ways = ways.collect::<Vec<_>>().join(" or ");
    if ways.is_empty() {
        return format!("{opening}; no rating of the unknown indicators that the test names would meet it alone.");
    }
    let rest = if rest == 0 { String::new() } else { format!(", or in {rest} other ways") };
    format!("{opening}; would be met with {ways}{rest}.")
}
