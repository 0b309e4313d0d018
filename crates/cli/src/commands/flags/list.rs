//! The list of findings, and what each typology adds.

use super::{Queue, shown};
use crate::args::{FlagsArgs, StatusChoice};
use crate::commands::trace::query::quoted;
use crate::errors::{Exit, Failure};
use crate::output::{Format, Output};
use crate::setup::Setup;

pub(super) async fn run(args: &FlagsArgs, queue: &Queue, setup: &Setup) -> Result<(), Failure> {
    let mut conditions = Vec::new();
    for text in &args.ids {
        conditions.push(queue.finding(text).await?.to_string());
    }
    let mut wanted =
        if conditions.is_empty() { Vec::new() } else { vec![format!("finding_id IN ({})", conditions.join(", "))] };
    for typology in &args.typology {
        // A typology that was renamed or removed may still have findings; a name that nobody knows is a slip.
        let sql = format!("SELECT count(*) FROM finding.findings WHERE typology = {}", quoted(typology));
        if queue.numbers(&sql).await?.first() == Some(&0) {
            queue.lake.library().get(headwater_engine::Kind::Typology, typology)?;
        }
    }
    if !args.typology.is_empty() {
        let names = args.typology.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        wanted.push(format!("typology IN ({names})"));
    }
    if let Some(subject) = &args.subject {
        wanted.push(format!("subject = {}", queue.account(&args.ledger, subject).await?));
    }
    if let Some(since) = &args.since {
        wanted.push(format!("last_time >= CAST({} AS TIMESTAMP)", quoted(since)));
    }
    let others = if wanted.is_empty() { "true".to_owned() } else { wanted.join(" AND ") };
    let status = args.status.unwrap_or(if args.ids.is_empty() { StatusChoice::Open } else { StatusChoice::All });
    let condition = match word(status) {
        Some(word) => format!("{others} AND status = '{word}'"),
        None => others.clone(),
    };
    let rows = write(&condition, args.top, queue, setup).await?;
    tell(&others, status, rows, queue, setup).await?;
    if args.fail_empty && rows == 0 {
        return Err(Failure::new(Exit::Empty, "empty", "no finding is listed"));
    }
    Ok(())
}

/// Writes the findings that meet a condition over `finding.queue`.
pub(super) async fn write(condition: &str, top: Option<usize>, queue: &Queue, setup: &Setup) -> Result<usize, Failure> {
    let limit = top.map(|rows| format!(" LIMIT {rows}")).unwrap_or_default();
    let output = setup.output();
    let columns = if matches!(output.format, Format::Table | Format::Markdown) {
        format!(
            "case_id, finding_id, typology, {} AS subject, name AS holder, CAST(first_time AS DATE) AS first_day, \
             CAST(last_time AS DATE) AS last_day, CAST(amount AS DECIMAL(38, 2)) AS amount, asset, \
             CAST(score AS DECIMAL(3, 2)) AS score, status, seen",
            shown("subject")
        )
    } else {
        format!(
            "case_id, finding_id, typology, {} AS subject, name AS holder, first_time, last_time, amount, asset, score, status, \
             state, first_seen, last_seen, changed, gone_since, replaced_by, reason, decided_by, decided, suppressed_until, \
             explanation",
            shown("subject")
        )
    };
    let sql = format!(
        "SELECT {columns} FROM (SELECT listed.*, names.name, CASE \
         WHEN state = 'gone' THEN 'gone since ' || CAST(gone_since AS VARCHAR) \
         WHEN state = 'replaced' THEN 'now ' || CAST(replaced_by AS VARCHAR) \
         WHEN changed = last_seen THEN 'changed' ELSE '' END AS seen FROM \
         (SELECT * FROM finding.queue WHERE {condition} ORDER BY {ORDER}{limit}) AS listed \
         LEFT JOIN (SELECT account, min(name) AS name FROM flow.holders GROUP BY account) AS names \
         ON names.account = listed.subject) ORDER BY {ORDER}"
    );
    let mut output = Output::new(output)?;
    let rows = crate::commands::execute(&queue.session, &sql, &mut output).await?;
    output.close()?;
    Ok(rows)
}

/// The highest case first, its highest finding first.
const ORDER: &str = "case_score DESC, case_id, score DESC, finding_id";

/// Nothing is left out in silence: how many findings there are beside those that were written.
async fn tell(others: &str, status: StatusChoice, shown: usize, queue: &Queue, setup: &Setup) -> Result<(), Failure> {
    let sql = format!(
        "SELECT status, CAST(count(*) AS VARCHAR) FROM finding.queue WHERE {others} GROUP BY status ORDER BY status"
    );
    let mut parts = Vec::new();
    for row in queue.texts(&sql).await? {
        let [Some(name), Some(count)] = row.as_slice() else { continue };
        let mut number: usize = count.parse().unwrap_or(0);
        if word(status).is_none_or(|word| word == name) {
            let here = number.min(shown);
            number = if word(status).is_none() { 0 } else { number - here };
        }
        if number > 0 {
            parts.push(format!("{number} {name}"));
        }
    }
    if !parts.is_empty() {
        setup.say(&format!("not listed: {} (--status, --top)", parts.join(", ")));
    }
    Ok(())
}

fn word(status: StatusChoice) -> Option<&'static str> {
    match status {
        StatusChoice::Open => Some("open"),
        StatusChoice::True => Some("true"),
        StatusChoice::False => Some("false"),
        StatusChoice::Unclear => Some("unclear"),
        StatusChoice::Suppressed => Some("suppressed"),
        StatusChoice::Replaced => Some("replaced"),
        StatusChoice::All => None,
    }
}

/// What each typology adds.
pub(super) async fn value(args: &FlagsArgs, queue: &Queue, setup: &Setup) -> Result<(), Failure> {
    let run = args.run.unwrap_or(0);
    if run > 0 {
        let runs = queue.numbers(&format!("SELECT count(*) FROM finding.runs WHERE snapshot_id = {run}")).await?;
        if runs.first() == Some(&0) {
            return Err(Failure::new(Exit::Empty, "empty", format!("no run looked at snapshot {run}")).with_help(
                "headwater sql -c 'SELECT DISTINCT snapshot_id FROM finding.runs ORDER BY snapshot_id' lists them",
            ));
        }
    }
    let mut output = Output::new(setup.output())?;
    let sql = format!("SELECT * FROM marginal_value({run})");
    let rows = crate::commands::execute(&queue.session, &sql, &mut output).await?;
    output.close()?;
    if args.fail_empty && rows == 0 {
        return Err(Failure::new(Exit::Empty, "empty", "no typology has run"));
    }
    Ok(())
}
