//! `headwater explain`: why a network is rated as it is, as a page for people or as JSON for programs.

use headwater_assess::explain::{ExplainRequest, Explained, Explanation, explain};
use headwater_assess::persons::PersonTest;
use headwater_assess::reading::{Reading, read};

use super::page;
use crate::args::ExplainArgs;
use crate::errors::{Exit, Failure};
use crate::output::Format;
use crate::setup::Setup;

pub(super) async fn run(args: ExplainArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    setup.say_withheld(&headwater_engine::Session::pinned(&lake)).await?;
    let json = matches!(setup.output().format, Format::Json | Format::Ndjson);
    if args.indicator.is_none() && reads_another(&args.profile, setup)? {
        let reading = read(&lake, &args.profile, &args.network).await?;
        let text = if json { pretty(&reading)? } else { reading_page(&reading) };
        return super::answer_page(setup, &text);
    }
    let request =
        ExplainRequest { profile: args.profile, network: args.network, indicator: args.indicator, draws: args.draws };
    let progress = setup.progress();
    progress.say("scoring, and scoring again without each supplier");
    let explanation = explain(&lake, &request).await?;
    drop(progress);
    let text = if json { pretty(&explanation)? } else { explanation_page(&explanation) };
    super::answer_page(setup, &text)
}

/// Whether a profile prints another one's evidence in its own words.
fn reads_another(profile: &str, setup: &Setup) -> Result<bool, Failure> {
    let library = setup.library()?;
    let profile = headwater_assess::Profile::parse(&format!("{profile}.toml"), library.profile(profile)?)?;
    Ok(profile.evidence_of.is_some())
}

fn pretty(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|error| Failure::new(Exit::Runtime, "json", error.to_string()))?;
    Ok(format!("{text}\n"))
}

const INDENT: usize = 14;

fn explanation_page(explanation: &Explanation) -> String {
    let mut text = format!("{} — {}\n\n", explanation.network, explanation.caption);
    let mut say = |label: &str, body: &str| text.push_str(&page::labelled(label, body, INDENT));
    say("Threat", &explanation.headline);
    say("Tier", &format!("{}, confidence {}", explanation.priority, explanation.confidence));
    let rank = &explanation.rank;
    let moved = if rank.is_stable() {
        "whatever the weights within a quarter of their own".to_owned()
    } else {
        format!("{} to {} when weights move by a quarter", rank.low, rank.high)
    };
    say("Rank", &format!("{} of {}; {moved}", rank.rank, rank.of));
    if let Some(handling) = &explanation.handling {
        say("Handling", handling);
    }
    say("HRCN", &explanation.hrcn_sentence);
    for clause in &explanation.hrcn {
        say("", &format!("{}: {} ({})", clause.clause.outcome, clause.clause.text, clause.clause.value));
    }
    say("Profile", &format!("{}, {} to {}", explanation.profile, explanation.from, explanation.to));
    for person in &explanation.persons {
        text.push_str(&person_page(person));
    }
    for indicator in &explanation.indicators {
        text.push_str(&indicator_page(indicator));
    }
    text
}

fn person_page(person: &PersonTest) -> String {
    let mut text = format!("\n{}: {} — {}, {}\n", person.outcome, person.title, person.person, person.caption);
    for line in person.clauses.iter().chain(&person.traits) {
        let clause = &line.clause;
        let line = format!("{}: {} ({})", clause.outcome, clause.text, clause.value);
        text.push_str(&page::labelled("", &line, INDENT));
    }
    text
}

fn indicator_page(indicator: &Explained) -> String {
    let score = indicator.score.map_or_else(|| "unknown".to_owned(), |score| format!("{score} of 4"));
    let mut text = format!("\n{}  {}: {score}\n", indicator.id, indicator.title);
    let mut say = |label: &str, body: &str| text.push_str(&page::labelled(label, body, INDENT));
    if let Some(threshold) = &indicator.threshold {
        say("  reached", threshold);
    }
    if !indicator.metrics.is_empty() {
        say("  measured", &metrics(&indicator.metrics));
    }
    say("  because", &indicator.explanation);
    if let Some(next) = &indicator.next {
        say("  next", next);
    }
    if let Some(confidence) = indicator.confidence {
        say("  confidence", &format!("{confidence}, weight {}", indicator.weight));
    }
    if let Some(handling) = &indicator.handling {
        say("  handling", handling);
    }
    if let Some(supplier) = &indicator.carried_by {
        say("  carried by", &format!("{supplier} alone"));
    }
    for rest in &indicator.without {
        let left = rest.score.map_or_else(|| "unknown".to_owned(), |score| score.to_string());
        let left = if rest.changes { left } else { format!("{left}, unchanged") };
        say("  without", &format!("{} ({} items): {left}; {}", rest.supplier, rest.items, metrics(&rest.metrics)));
    }
    if let Some(evidence) = &indicator.evidence {
        say("  evidence", &format!("{} items, hash {}", evidence.count, evidence.hash));
        for query in &indicator.queries {
            text.push_str(&format!("{:INDENT$}{query}\n", ""));
        }
    }
    text
}

fn metrics(metrics: &std::collections::BTreeMap<String, headwater_assess::Decimal>) -> String {
    if metrics.is_empty() {
        return "nothing measured".to_owned();
    }
    metrics.iter().map(|(name, value)| format!("{name} {}", value.grouped(2))).collect::<Vec<_>>().join(", ")
}

fn reading_page(reading: &Reading) -> String {
    let mut text = format!("{} — {}\n\n", reading.network, reading.caption);
    text.push_str(&page::labelled(
        "Profile",
        &format!("{}, on the evidence of {}", reading.profile, reading.evidence_of),
        INDENT,
    ));
    for total in &reading.totals {
        let line = format!("{} of {}, {} % of the weight known", total.points, total.maximum, total.coverage);
        text.push_str(&page::labelled(&format!("{:?}", total.group), &line, INDENT));
    }
    text.push('\n');
    let mut rows = vec![["", "indicator", "rating", "confidence", "conclusion"].map(str::to_owned).to_vec()];
    for line in &reading.lines {
        let confidence = line.confidence.map_or_else(String::new, |confidence| confidence.to_string());
        rows.push(vec![line.id.clone(), line.title.clone(), line.word.clone(), confidence, line.conclusion.clone()]);
    }
    for line in page::columns(&rows, &[]) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}
