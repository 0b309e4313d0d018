//! Whether the lake is what it says it is: the audit journal, the snapshots, the counts of sources, the evidence, the outbox.
//!
//! Every check says how much it looked at: a check of nothing proves nothing.

use std::sync::Arc;

use headwater_engine::{Anchor, Lake, Session, verify_chain};
use serde_json::Value;

use crate::error::{AssessError, Result};
use crate::run::facts::Facts;
use crate::send::content_of;

/// Faults of one check that are kept; those beyond are counted.
const KEPT: usize = 100;

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// How many rows, files or snapshots were looked at.
    pub looked_at: u64,
    /// What is wrong, the first hundred of it.
    pub faults: Vec<String>,
    /// How much is wrong.
    pub wrong: u64,
    /// What the check cannot say.
    pub note: String,
}

impl Check {
    fn new(name: &'static str, looked_at: u64, mut faults: Vec<String>) -> Self {
        let wrong = faults.len() as u64;
        faults.truncate(KEPT);
        Self { name, looked_at, faults, wrong, note: String::new() }
    }

    fn with_note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// Questions whose every row is a fault, with what they look at.
const QUESTIONS: [(&str, &str, &str); 6] = [
    (
        "counts of sources",
        "SELECT count(*) AS number FROM admin.sources",
        "SELECT name || ': ' || CAST(rows_read AS VARCHAR) || ' rows read are not ' || CAST(rows_stored AS VARCHAR) \
         || ' stored, ' || CAST(rows_quarantined AS VARCHAR) || ' quarantined and ' || CAST(rows_duplicate AS VARCHAR) \
         || ' duplicate' AS fault FROM admin.sources \
         WHERE rows_read <> rows_stored + rows_quarantined + rows_duplicate ORDER BY source_id",
    ),
    (
        "quarantine",
        "SELECT count(*) AS number FROM admin.quarantine",
        "SELECT sources.name || ': ' || CAST(sources.rows_quarantined AS VARCHAR) || ' rows were quarantined, and ' \
         || CAST(coalesce(kept.number, 0) AS VARCHAR) || ' are there' AS fault FROM admin.sources AS sources \
         LEFT JOIN (SELECT source_id, count(*) AS number FROM admin.quarantine GROUP BY source_id) AS kept \
         ON kept.source_id = sources.source_id \
         WHERE coalesce(kept.number, 0) < sources.rows_quarantined ORDER BY sources.source_id",
    ),
    (
        "evidence of findings",
        "SELECT coalesce(sum(cardinality(evidence)), 0) AS number FROM finding.findings",
        "SELECT 'finding ' || CAST(evidence.finding_id AS VARCHAR) || ' stands on transfer ' \
         || CAST(evidence.transfer_id AS VARCHAR) || ', which is not there' AS fault \
         FROM (SELECT finding_id, unnest(evidence) AS transfer_id FROM finding.findings) AS evidence \
         LEFT ANTI JOIN flow.transfers AS transfers ON transfers.transfer_id = evidence.transfer_id \
         ORDER BY evidence.finding_id, evidence.transfer_id",
    ),
    (
        "findings without evidence",
        "SELECT count(*) AS number FROM finding.findings",
        "SELECT 'finding ' || CAST(finding_id AS VARCHAR) || ' has no evidence' AS fault FROM finding.findings \
         WHERE coalesce(cardinality(evidence), 0) = 0 ORDER BY finding_id",
    ),
    (
        "findings of links",
        "SELECT count(*) AS number FROM finding.links",
        "SELECT 'link ' || CAST(links.link_id AS VARCHAR) || ' ties finding ' || CAST(links.finding_id AS VARCHAR) \
         || ', which is not there' AS fault FROM finding.links AS links \
         LEFT ANTI JOIN finding.findings AS findings ON findings.finding_id = links.finding_id ORDER BY links.link_id",
    ),
    (
        "evidence of indicator values",
        "SELECT coalesce(sum(cardinality(evidence)), 0) AS number FROM assess.indicator_values",
        "SELECT evidence.indicator || ' of ' || evidence.network || ' stands on ' || evidence.item || ', which is not there' \
         AS fault FROM (SELECT network, indicator, unnest(evidence) AS item FROM assess.indicator_values) AS evidence \
         LEFT ANTI JOIN ( \
         SELECT 'finding:' || CAST(finding_id AS VARCHAR) AS item FROM finding.findings \
         UNION ALL SELECT 'transfer:' || CAST(transfer_id AS VARCHAR) AS item FROM flow.transfers \
         UNION ALL SELECT 'link:' || CAST(link_id AS VARCHAR) AS item FROM finding.links) AS there \
         ON there.item = evidence.item \
         WHERE evidence.item LIKE 'finding:%' OR evidence.item LIKE 'transfer:%' OR evidence.item LIKE 'link:%' \
         ORDER BY evidence.network, evidence.indicator, evidence.item",
    ),
];

/// Checks a lake. What is wrong stands in the checks; an error means that it could not be looked at.
///
/// # Errors
/// [`AssessError::Engine`] when the lake cannot be read at all.
pub async fn verify(lake: &Arc<Lake>) -> Result<Vec<Check>> {
    let snapshots = lake.snapshots().await?;
    let mut checks = Vec::new();

    let anchors: Vec<(u64, Anchor)> = snapshots
        .iter()
        .filter(|record| record.audited.number > 0)
        .map(|record| (record.snapshot_id, record.audited.clone()))
        .collect();
    checks.push(match lake.journal_file() {
        Some(path) => {
            let report = verify_chain(&path, &anchors).map_err(|source| AssessError::Write { path, source })?;
            let faults = report.faults.into_iter().map(|fault| format!("line {}: {}", fault.line, fault.what));
            let check = Check::new("audit journal", report.rows, faults.collect());
            let last = anchors.last().map_or(0, |(_, anchor)| anchor.number);
            check.with_note(format!("its end is known up to row {last}, which a snapshot names"))
        }
        None => Check::new("audit journal", 0, Vec::new()).with_note("a lake on an object store keeps none"),
    });

    let mut faults = Vec::new();
    for (earlier, later) in snapshots.iter().zip(snapshots.iter().skip(1)) {
        if later.snapshot_id != earlier.snapshot_id + 1 {
            faults.push(format!("snapshot {} is followed by {}", earlier.snapshot_id, later.snapshot_id));
        }
        for (table, version) in &earlier.tables {
            if later.tables.get(table).is_none_or(|after| after < version) {
                faults.push(format!("snapshot {} goes back in {table}, behind version {version}", later.snapshot_id));
            }
        }
    }
    let newest = lake.newest_snapshot().await?;
    if snapshots.last().is_some_and(|last| (last.snapshot_id, &last.tables) != (newest.snapshot_id, &newest.tables)) {
        faults.push(format!("the row of snapshot {} is not what its commit says", newest.snapshot_id));
    }
    let beyond = lake.beyond(&newest).await?;
    let check = Check::new("snapshots", snapshots.len() as u64, faults);
    checks.push(if beyond.is_empty() {
        check
    } else {
        check.with_note(format!("beyond the newest, to be taken back by the next writer: {}", beyond.join(", ")))
    });
    let files = lake.check_files(&newest).await?;
    checks.push(Check::new("data files", files.files, files.faults));

    let session = Session::pinned(lake);
    let facts = Facts::new(&session);
    for (name, number, faults) in QUESTIONS {
        let looked_at = facts.ask(number).await?.first().map_or(0, |row| row.number("number"));
        let rows = facts.ask(faults).await?;
        checks.push(Check::new(name, looked_at, rows.iter().map(|row| row.text("fault")).collect()));
    }
    checks.push(outbox(&facts).await?);
    Ok(checks)
}

/// Every message is what its hash says, and every receipt is of a message.
async fn outbox(facts: &Facts<'_>) -> Result<Check> {
    let sql = "SELECT item, content, payload FROM assess.outbox ORDER BY message_id";
    let rows = facts.ask(sql).await?;
    let mut faults = Vec::new();
    for row in rows.iter().filter(|row| row.text("item") != "export") {
        let payload: Value = serde_json::from_str(&row.text("payload")).unwrap_or(Value::Null);
        if content_of(payload) != row.text("content") {
            faults.push(format!("the message about {} is not what was queued", row.text("item")));
        }
    }
    let sql = "SELECT CAST(receipts.message_id AS VARCHAR) AS id FROM assess.receipts AS receipts \
               LEFT ANTI JOIN assess.outbox AS outbox ON outbox.message_id = receipts.message_id \
               ORDER BY receipts.message_id";
    for row in facts.ask(sql).await? {
        faults.push(format!("there is a receipt of message {}, and no such message", row.text("id")));
    }
    Ok(Check::new("outbox", rows.len() as u64, faults))
}
