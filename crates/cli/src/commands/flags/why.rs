//! Why a finding was made: the sentence, what it is compared with, the rows, the graph, and the SQL that found it.
//!
//! Everything that is said of the finding is as it was frozen when it was found; what is computed now (the comparison, the
//! case) reads the newest snapshot. The SQL is shown where the text is still the one that ran, and else it is said that it is not.

use std::fmt::Write as _;

use headwater_engine::Kind;

use super::{Queue, shown};
use crate::commands::page::{columns, labelled, wrap};
use crate::commands::trace::tree;
use crate::errors::{Exit, Failure};
use crate::flow_graph::without_zeros;
use crate::output::{Format, Output};
use crate::setup::Setup;

/// The width of a label.
const INDENT: usize = 12;
/// The width of a line.
const WIDTH: usize = 100;

pub(super) async fn run(id: i64, queue: &Queue, setup: &Setup) -> Result<(), Failure> {
    if setup.output().format != Format::Table {
        // For machines: all that the queue holds of it. Its rows are finding_evidence(id).
        let sql = format!("SELECT * FROM finding.queue WHERE finding_id = {id}");
        let mut output = Output::new(setup.output())?;
        crate::commands::execute(&queue.session, &sql, &mut output).await?;
        return output.close();
    }
    let finding = Finding::read(id, queue).await?;
    let mut text = finding.head();
    text.push_str(&finding.sentences());
    text.push_str(&comparison(id, queue).await?);
    text.push_str(&evidence(id, queue).await?);
    text.push_str(&graph(id, queue).await?);
    text.push_str(&decisions(id, queue).await?);
    text.push_str(&case(&finding, queue).await?);
    text.push_str(&finding.method(queue));
    crate::commands::answer_page(setup, &text)
}

/// What `finding.queue` says of one finding, as text.
struct Finding {
    id: i64,
    cells: Vec<(&'static str, String)>,
}

impl Finding {
    const COLUMNS: [&'static str; 22] = [
        "case_id",
        "typology",
        "version",
        "first_time",
        "last_time",
        "amount",
        "asset",
        "score",
        "status",
        "state",
        "first_seen",
        "last_seen",
        "changed",
        "gone_since",
        "replaced_by",
        "reason",
        "decided_by",
        "suppressed_until",
        "explanation",
        "details",
        "parameters",
        "query_hash",
    ];

    async fn read(id: i64, queue: &Queue) -> Result<Self, Failure> {
        let named = Self::COLUMNS.join(", ");
        let sql = format!(
            "SELECT {named}, {} AS subject_shown, name FROM (SELECT queue.*, names.name FROM \
             (SELECT * FROM finding.queue WHERE finding_id = {id}) AS queue LEFT JOIN \
             (SELECT account, min(name) AS name FROM flow.holders GROUP BY account) AS names ON names.account = queue.subject)",
            shown("subject")
        );
        let row = queue.texts(&sql).await?.into_iter().next();
        let row = row.ok_or_else(|| Failure::new(Exit::Empty, "empty", format!("there is no finding {id}")))?;
        let names = Self::COLUMNS.into_iter().chain(["subject", "holder"]);
        Ok(Self { id, cells: names.zip(row.into_iter().map(Option::unwrap_or_default)).collect() })
    }

    fn get(&self, name: &str) -> &str {
        self.cells.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value.as_str())
    }

    fn head(&self) -> String {
        let mut text = format!("Finding {}\n\n", self.id);
        let (typology, version) = (self.get("typology"), self.get("version"));
        text.push_str(&labelled("Typology", &format!("{typology} {version}"), INDENT));
        let (subject, holder) = (self.get("subject"), self.get("holder"));
        let whose = if holder.is_empty() { subject.to_owned() } else { format!("{subject}, {holder}") };
        text.push_str(&labelled("Subject", &whose, INDENT));
        let amount = without_zeros(self.get("amount"));
        let period = format!("{} to {}", moment(self.get("first_time")), moment(self.get("last_time")));
        text.push_str(&labelled("Period", &period, INDENT));
        text.push_str(&labelled("Amount", &format!("{amount} {}", self.get("asset")), INDENT));
        let score = self.get("score").parse::<f64>().map_or_else(|_| String::new(), |score| format!("{score:.2}"));
        let score = format!("{score} of 1: how far the thresholds are passed; no probability");
        text.push_str(&labelled("Score", &score, INDENT));
        text.push_str(&labelled("Status", &self.status(), INDENT));
        text.push_str(&labelled("Seen", &self.seen(), INDENT));
        text
    }

    fn status(&self) -> String {
        let status = self.get("status");
        match (self.get("decided_by"), self.get("suppressed_until")) {
            ("", "") => status.to_owned(),
            ("", until) => format!("{status} until {until}"),
            (who, _) => format!("{status} ({who}: {})", self.get("reason")),
        }
    }

    fn seen(&self) -> String {
        if self.get("first_seen").is_empty() {
            return "before sightings were kept".to_owned();
        }
        let mut text = format!("first at snapshot {}, last at {}", self.get("first_seen"), self.get("last_seen"));
        if !self.get("changed").is_empty() {
            let _infallible = write!(text, "; what it says changed at {}", self.get("changed"));
        }
        match self.get("state") {
            "gone" => {
                let _infallible = write!(text, "; looked for in vain since {}", self.get("gone_since"));
            }
            "replaced" => {
                let _infallible = write!(text, "; a later run found more of the same, {}", self.get("replaced_by"));
            }
            _ => {}
        }
        text
    }

    /// The explanation, taken apart where it says which innocent explanations were tested.
    fn sentences(&self) -> String {
        let (seen, tested, untested) = parts(self.get("explanation"));
        let mut text = "\nWhat happened\n".to_owned();
        text.push_str(&indented(seen));
        text.push_str("\nInnocent explanations\n");
        text.push_str(&labelled("  tested", tested.unwrap_or("none that it names"), INDENT));
        text.push_str(&labelled("  not tested", untested.unwrap_or("none that it names"), INDENT + 2));
        text.push_str("  This is an indicator, not proof.\n");
        if !self.get("details").is_empty() {
            text.push_str("\nDetails\n");
            text.push_str(&indented(self.get("details")));
        }
        text
    }

    fn method(&self, queue: &Queue) -> String {
        let (stem, hash) = (self.get("typology"), self.get("query_hash"));
        let mut text = "\nHow it was found\n".to_owned();
        text.push_str(&labelled("  query", &format!("queries/typologies/{stem}.sql, hash {hash}"), INDENT));
        text.push_str(&frozen(self.get("parameters")));
        match queue.lake.library().get(Kind::Typology, stem) {
            Ok(file) if file.hash() == hash => {
                let _infallible = write!(text, "\n{}\n", file.text.trim_end());
            }
            Ok(file) => {
                let now = file.hash();
                text.push_str(&indented(&format!(
                    "The text of {stem} is another one now (hash {now}): what ran then is not shown, and what is there now \
                     need not find it."
                )));
            }
            Err(_) => {
                text.push_str(&indented(&format!("There is no typology {stem} any more; what ran is not shown.")))
            }
        }
        text
    }
}

/// What was seen; what was tested; what was not.
fn parts(explanation: &str) -> (&str, Option<&str>, Option<&str>) {
    let text = explanation.split("This is an indicator, not proof.").next().unwrap_or(explanation).trim();
    let (before, untested) = match split(text, &["not tested: ", "Not tested: "]) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    };
    let (seen, tested) = match split(before, &["Tested: ", "tested: "]) {
        Some((before, after)) => (before, Some(after)),
        None => (before, None),
    };
    (seen.trim(), tested.map(bare), untested.map(bare))
}

fn split<'a>(text: &'a str, at: &[&str]) -> Option<(&'a str, &'a str)> {
    at.iter().find_map(|mark| text.split_once(mark))
}

/// Without what held it to its neighbours.
fn bare(text: &str) -> &str {
    text.trim().trim_end_matches([';', '.', ','])
}

/// The parameters as they were, from their JSON.
fn frozen(json: &str) -> String {
    let Ok(serde_json::Value::Object(parts)) = serde_json::from_str::<serde_json::Value>(json) else {
        return labelled("  parameters", json, INDENT + 2);
    };
    let plain = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut text = String::new();
    for (name, value) in &parts {
        let shown = match value.as_object() {
            Some(values) => {
                values.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect::<Vec<_>>().join(", ")
            }
            None => plain(value),
        };
        text.push_str(&labelled(&format!("  {}", name.replace('_', " ")), &shown, INDENT + 4));
    }
    text
}

fn indented(paragraph: &str) -> String {
    wrap(paragraph, WIDTH - 2).iter().map(|line| format!("  {line}\n")).collect()
}

/// `2024-03-05 14:03:22` of what a cast makes of a time.
fn moment(time: &str) -> String {
    time.trim_end_matches('Z').replacen('T', " ", 1)
}

/// Aligned lines under a heading.
fn block(title: &str, head: &[&str], rows: &[Vec<Option<String>>], numbers: &[usize]) -> String {
    let mut lines = vec![head.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()];
    lines.extend(rows.iter().map(|row| row.iter().map(|cell| cell.clone().unwrap_or_default()).collect::<Vec<_>>()));
    let mut text = format!("\n{title}\n");
    for line in columns(&lines, numbers) {
        let _infallible = writeln!(text, "  {line}");
    }
    text
}

async fn comparison(id: i64, queue: &Queue) -> Result<String, Failure> {
    let sql = format!(
        "SELECT replace(measure, '_', ', '), CAST(in_finding AS VARCHAR), CAST(own_past AS VARCHAR), \
         CAST(peer_median AS VARCHAR), CAST(peer_p95 AS VARCHAR), \
         CAST(CAST(share_below * 100 AS DECIMAL(5, 1)) AS VARCHAR) || ' %', \
         CAST(past_days AS VARCHAR), CAST(peers AS VARCHAR), peer_group FROM finding_comparison({id}) ORDER BY measure DESC"
    );
    let rows = queue.texts(&sql).await?;
    let Some(first) = rows.first() else { return Ok(String::new()) };
    let cell = |index: usize| first.get(index).cloned().flatten().unwrap_or_default();
    let (days, group) = (cell(6), cell(8));
    let head =
        ["per 30 days", "in the finding", "own past", "median of peers", "95 % of peers below", "peers below it"];
    let shown: Vec<Vec<Option<String>>> = rows.iter().map(|row| row.iter().take(6).cloned().collect()).collect();
    let mut text = block("Against its own past and its peers", &head, &shown, &[1, 2, 3, 4, 5]);
    let past = if without_zeros(&days) == "0" {
        "the data do not go back before it: no past to compare with".to_owned()
    } else {
        format!("the {days} days before it")
    };
    let peers: Vec<String> = rows.iter().filter_map(|row| row.get(7).cloned().flatten()).collect();
    let (least, most) = (
        peers.iter().filter_map(|n| n.parse::<u64>().ok()).min(),
        peers.iter().filter_map(|n| n.parse::<u64>().ok()).max(),
    );
    let many = match (least, most) {
        (Some(least), Some(most)) if least != most => format!("{least} to {most} accounts"),
        (_, Some(most)) => format!("{most} accounts"),
        _ => "no accounts".to_owned(),
    };
    text.push_str(&indented(&format!(
        "Own past: {past}. Peers: {many} of {group} that moved money in the same days, services left out."
    )));
    Ok(text)
}

async fn evidence(id: i64, queue: &Queue) -> Result<String, Failure> {
    let sql = format!(
        "SELECT CAST(step AS VARCHAR) AS place, CAST(CAST(time AS TIMESTAMP(0)) AS VARCHAR), part, CAST(transfer_id AS VARCHAR), \
         concat_ws('  ', payer, payer_holder), concat_ws('  ', payee, payee_holder), CAST(amount AS VARCHAR), asset, \
         CAST(CAST(value_eur AS DECIMAL(38, 2)) AS VARCHAR), coalesce(purpose, reference, channel) \
         FROM finding_evidence({id}) ORDER BY step"
    );
    let mut rows = queue.texts(&sql).await?;
    for row in &mut rows {
        for (place, cell) in row.iter_mut().enumerate() {
            if let Some(text) = cell {
                match place {
                    1 => *text = moment(text),
                    6 => *text = without_zeros(text).to_owned(),
                    _ => {}
                }
            }
        }
    }
    let head = ["", "time", "part", "transfer", "payer", "payee", "amount", "asset", "EUR", "said"];
    let title = format!("Evidence: {} transfers", rows.len());
    Ok(block(&title, &head, &rows, &[0, 3, 6, 8]))
}

/// The transfers as a tree, those who pay and are not paid at its roots.
async fn graph(id: i64, queue: &Queue) -> Result<String, Failure> {
    let sql = format!(
        "WITH rows AS (SELECT * FROM finding_evidence({id})), \
         branches AS (SELECT payer, payee, min(payee_holder) AS holder, asset, count(*) AS number, sum(amount) AS total, \
         min(time) AS first_time, max(time) AS last_time, min(step) AS step FROM rows GROUP BY payer, payee, asset) \
         SELECT 'moved' AS status, branches.payer AS near, branches.payee AS far, branches.holder, \
         CASE WHEN paid.payee IS NULL THEN '1' ELSE '2' END AS hop, CAST(number AS VARCHAR) AS transfers, \
         CAST(CAST(total AS DECIMAL(38, 2)) AS VARCHAR) || ' ' || asset AS traced, \
         CAST(CAST(first_time AS DATE) AS VARCHAR) AS first_day, CAST(CAST(last_time AS DATE) AS VARCHAR) AS last_day \
         FROM branches LEFT JOIN (SELECT DISTINCT payee FROM rows WHERE payer <> payee) AS paid ON paid.payee = branches.payer \
         ORDER BY step"
    );
    let tree = tree::of(&queue.collect(&sql).await?, false)?;
    let lines: String = tree.lines().map(|line| format!("  {line}\n")).collect();
    Ok(format!("\nGraph\n{lines}"))
}

async fn decisions(id: i64, queue: &Queue) -> Result<String, Failure> {
    let sql = format!(
        "SELECT CAST(CAST(decided AS TIMESTAMP(0)) AS VARCHAR), decided_by, disposition, reason FROM finding.dispositions \
         WHERE finding_id = {id} ORDER BY number"
    );
    let mut rows = queue.texts(&sql).await?;
    if rows.is_empty() {
        return Ok(String::new());
    }
    for row in &mut rows {
        if let Some(Some(time)) = row.first_mut() {
            *time = moment(time);
        }
    }
    Ok(block("Decisions", &["time", "who", "word", "why"], &rows, &[]))
}

async fn case(finding: &Finding, queue: &Queue) -> Result<String, Failure> {
    let (case, id) = (finding.get("case_id"), finding.id);
    let sql = format!(
        "SELECT CAST(finding_id AS VARCHAR) AS id, typology, CAST(CAST(first_time AS DATE) AS VARCHAR), \
         CAST(CAST(last_time AS DATE) AS VARCHAR), status, state FROM finding.queue \
         WHERE case_id = {case} AND finding_id <> {id} ORDER BY score DESC, finding_id"
    );
    let rows = queue.texts(&sql).await?;
    if rows.is_empty() {
        return Ok(format!("\nCase {case}: no other finding shares a transfer with it.\n"));
    }
    let title = format!("Case {case}: others on the same money (headwater flags --case {case})");
    Ok(block(&title, &["finding", "typology", "first day", "last day", "status", "seen"], &rows, &[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_is_taken_apart_at_what_was_tested() {
        let both = "3 payments came in. Tested: own accounts, services; not tested: rent or wages. This is an indicator, not proof.";
        assert_eq!(parts(both), ("3 payments came in.", Some("own accounts, services"), Some("rent or wages")));
        let one = "A list names it. Not tested: aid. This is an indicator, not proof.";
        assert_eq!(parts(one), ("A list names it.", None, Some("aid")));
        assert_eq!(parts("Seen."), ("Seen.", None, None));
    }

    #[test]
    fn parameters_are_shown_as_they_were() {
        let json = r#"{"parameters":{"band":"0.85","count":"3"},"profile":"balanced","profile_hash":"ab"}"#;
        let text = frozen(json);
        assert!(text.contains("band=0.85, count=3") && text.contains("profile hash"), "{text}");
        assert!(frozen("not json").contains("not json"));
    }
}
