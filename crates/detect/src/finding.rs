//! What a finding is: the rows of a typology held against the shape that every typology returns.
//!
//! ```text
//! subject      BIGINT            first_time, last_time  TIMESTAMP (µs, UTC)
//! amount       DECIMAL(38, 18)   asset                  VARCHAR
//! score        DOUBLE, 0 to 1    evidence               BIGINT[], not empty, no repetition, in order of time
//! explanation  VARCHAR           details                VARCHAR, may be left out
//! ```

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use headwater_engine::datafusion::arrow::array::{Array, AsArray as _, RecordBatch};
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::{
    DataType, Decimal128Type, Float64Type, Int64Type, Schema, TimeUnit, TimestampMicrosecondType,
};
use sha2::{Digest as _, Sha256};

use crate::error::Result;

/// One row of a typology.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The account it is about.
    pub subject: i64,
    /// Microseconds since 1970 of the first transfer of the evidence.
    pub first_time: i64,
    /// The same of the last one.
    pub last_time: i64,
    /// In units of 10⁻¹⁸.
    pub amount: i128,
    /// The asset of the amount.
    pub asset: String,
    /// How far the thresholds are passed, 0 to 1. No probability.
    pub score: f64,
    /// Transfer ids in the order of time.
    pub evidence: Vec<i64>,
    /// What was seen, and what was not looked at.
    pub explanation: String,
    /// More, as JSON.
    pub details: Option<String>,
}

impl Finding {
    /// The first eight bytes of SHA-256 over what was found and how.
    pub fn id(&self, typology: &str, version: &str, parameters: &str) -> i64 {
        let evidence = self.evidence.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        hash_id(&format!("{typology}@{version}\n{parameters}\n{}\n{evidence}", self.subject))
    }

    /// A hash of what it says, 16 hexadecimal digits: all that may differ between two runs that see the same finding.
    pub fn content(&self) -> String {
        let Self { first_time, last_time, amount, asset, score, explanation, details, .. } = self;
        let (bits, details) = (score.to_bits(), details.as_deref().unwrap_or_default());
        let text = format!("{first_time}\n{last_time}\n{amount}\n{asset}\n{bits}\n{explanation}\n{details}");
        hex::encode(&Sha256::digest(text.as_bytes())[..8])
    }
}

/// The first eight bytes of SHA-256, as the lake's BIGINT.
pub(crate) fn hash_id(text: &str) -> i64 {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(0, |id, byte| (id << 8) | i64::from(*byte))
}

/// The columns and how to write each where it is wrong.
const COLUMNS: [(&str, &str); 8] = [
    ("subject", "CAST(… AS BIGINT)"),
    ("first_time", "min(time)"),
    ("last_time", "max(time)"),
    ("amount", "CAST(… AS DECIMAL(38, 18))"),
    ("asset", "'EUR'"),
    ("score", "CAST(… AS DOUBLE)"),
    ("evidence", "array_agg(transfer_id ORDER BY time, ledger, position, transfer_id)"),
    ("explanation", "text put together with ||"),
];

/// Says what is wrong with a query's columns.
pub(crate) fn check_schema(schema: &Schema) -> Result<(), String> {
    for (name, remedy) in COLUMNS {
        let Ok(field) = schema.field_with_name(name) else {
            return Err(format!("the query returns no column `{name}`; write {remedy} AS {name}"));
        };
        if !fits(name, field.data_type()) {
            return Err(format!("column `{name}` is {}; write {remedy} AS {name}", field.data_type()));
        }
    }
    for field in schema.fields() {
        let known = COLUMNS.iter().any(|(name, _)| name == field.name());
        if field.name() == "details" && !text(field.data_type()) {
            return Err("column `details` is not text; write it as JSON text or leave it out".to_owned());
        }
        if !known && field.name() != "details" {
            let names = COLUMNS.map(|(name, _)| name).join(", ");
            return Err(format!(
                "column `{}` is not part of a finding; return {names}, and details at most",
                field.name()
            ));
        }
    }
    if schema.fields().len() > COLUMNS.len() + 1 {
        return Err("a column is returned twice".to_owned());
    }
    Ok(())
}

fn text(kind: &DataType) -> bool {
    matches!(kind, DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8)
}

fn fits(name: &str, kind: &DataType) -> bool {
    match name {
        "subject" => kind == &DataType::Int64,
        "first_time" | "last_time" => {
            matches!(kind, DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if matches!(zone.as_ref(), "UTC" | "+00:00"))
        }
        "amount" => kind == &DataType::Decimal128(38, 18),
        "score" => kind == &DataType::Float64,
        "evidence" => matches!(kind, DataType::List(item) if item.data_type() == &DataType::Int64),
        _ => text(kind),
    }
}

/// Reads rows whose schema has been checked.
pub(crate) fn read(batch: &RecordBatch) -> Result<Vec<Finding>, String> {
    let column = |name: &str| batch.column_by_name(name).cloned().ok_or_else(|| format!("no column `{name}`"));
    let words = |name: &str| cast(&column(name)?, &DataType::Utf8).map_err(|error| error.to_string());
    for (name, _) in COLUMNS {
        if column(name)?.null_count() > 0 {
            return Err(format!("column `{name}` is NULL in a row; a finding leaves nothing open"));
        }
    }
    let (subject, first, last) = (column("subject")?, column("first_time")?, column("last_time")?);
    let (amount, score, evidence) = (column("amount")?, column("score")?, column("evidence")?);
    let (asset, explanation) = (words("asset")?, words("explanation")?);
    let details = batch.column_by_name("details").map(|_| words("details")).transpose()?;
    let mut findings = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let items = evidence.as_list::<i32>().value(row);
        if items.null_count() > 0 {
            return Err("an id in `evidence` is NULL".to_owned());
        }
        let details = details.as_ref().map(|column| column.as_string::<i32>());
        let finding = Finding {
            subject: subject.as_primitive::<Int64Type>().value(row),
            first_time: first.as_primitive::<TimestampMicrosecondType>().value(row),
            last_time: last.as_primitive::<TimestampMicrosecondType>().value(row),
            amount: amount.as_primitive::<Decimal128Type>().value(row),
            asset: asset.as_string::<i32>().value(row).to_owned(),
            score: score.as_primitive::<Float64Type>().value(row),
            evidence: items.as_primitive::<Int64Type>().values().to_vec(),
            explanation: explanation.as_string::<i32>().value(row).to_owned(),
            details: details.filter(|column| column.is_valid(row)).map(|column| column.value(row).to_owned()),
        };
        check_row(&finding)?;
        findings.push(finding);
    }
    Ok(findings)
}

fn check_row(finding: &Finding) -> Result<(), String> {
    let subject = finding.subject;
    if finding.evidence.is_empty() {
        return Err(format!("the evidence of subject {subject} is empty; a finding names the transfers it stands on"));
    }
    let mut seen = HashSet::new();
    if let Some(id) = finding.evidence.iter().find(|id| !seen.insert(**id)) {
        return Err(format!(
            "the evidence of subject {subject} names transfer {id} twice; take DISTINCT rows before array_agg"
        ));
    }
    if !(0.0..=1.0).contains(&finding.score) {
        return Err(format!("the score of subject {subject} is {}; clamp every margin to 0 and 1", finding.score));
    }
    if finding.first_time > finding.last_time {
        return Err(format!("first_time of subject {subject} is after its last_time"));
    }
    Ok(())
}

/// Unites findings of one subject that share evidence, which the typology should have done itself: it knows what the
/// amount counts, and here only the largest of them is safe. The evidence is left unsorted; `true` says that it is.
///
/// Union by the transfers that a subject's findings share, so that a million overlapping rows take as long as a million others.
pub(crate) fn unite(findings: Vec<Finding>) -> Vec<(Finding, bool)> {
    let mut parent: Vec<usize> = (0..findings.len()).collect();
    let mut owner: HashMap<(i64, i64), usize> = HashMap::new();
    for (place, finding) in findings.iter().enumerate() {
        for id in &finding.evidence {
            match owner.entry((finding.subject, *id)) {
                Entry::Vacant(vacant) => {
                    vacant.insert(place);
                }
                Entry::Occupied(known) => join(&mut parent, *known.get(), place),
            }
        }
    }
    let mut homes: HashMap<usize, usize> = HashMap::new();
    let mut united: Vec<(Finding, HashSet<i64>, usize)> = Vec::new();
    for (place, finding) in findings.into_iter().enumerate() {
        match homes.entry(root(&mut parent, place)) {
            Entry::Vacant(vacant) => {
                vacant.insert(united.len());
                let seen = finding.evidence.iter().copied().collect();
                united.push((finding, seen, 1));
            }
            Entry::Occupied(home) => {
                if let Some((known, seen, parts)) = united.get_mut(*home.get()) {
                    merge(known, seen, finding);
                    *parts += 1;
                }
            }
        }
    }
    let finish = |(mut finding, _, parts): (Finding, HashSet<i64>, usize)| {
        if parts > 1 {
            finding.explanation.push_str(&format!(
                " Put together from {parts} findings that share evidence; the amount is the largest of theirs."
            ));
        }
        (finding, parts > 1)
    };
    united.into_iter().map(finish).collect()
}

/// The first of those that belong together; ways are halved while they are walked.
fn root(parent: &mut [usize], mut place: usize) -> usize {
    while let Some(&up) = parent.get(place).filter(|up| **up != place) {
        let above = parent.get(up).copied().unwrap_or(up);
        if let Some(slot) = parent.get_mut(place) {
            *slot = above;
        }
        place = up;
    }
    place
}

/// Puts two together; the earlier one is the root, so that the order of findings is that of their first parts.
fn join(parent: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parent, a), root(parent, b));
    if let Some(slot) = parent.get_mut(a.max(b)) {
        *slot = a.min(b);
    }
}

fn merge(known: &mut Finding, seen: &mut HashSet<i64>, other: Finding) {
    let mut evidence = std::mem::take(&mut known.evidence);
    evidence.extend(other.evidence.iter().copied().filter(|id| seen.insert(*id)));
    let (first_time, last_time) = (known.first_time.min(other.first_time), known.last_time.max(other.last_time));
    let amount = known.amount.max(other.amount);
    if other.score > known.score {
        *known = other;
    }
    known.evidence = evidence;
    (known.first_time, known.last_time, known.amount) = (first_time, last_time, amount);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(subject: i64, evidence: &[i64], score: f64) -> Finding {
        Finding {
            subject,
            first_time: evidence.iter().copied().min().unwrap_or(0),
            last_time: evidence.iter().copied().max().unwrap_or(0),
            amount: 10,
            asset: "EUR".to_owned(),
            score,
            evidence: evidence.to_vec(),
            explanation: format!("{score}"),
            details: None,
        }
    }

    #[test]
    fn unites_what_shares_evidence_and_nothing_else() {
        let united = unite(vec![
            finding(1, &[1, 2], 0.5),
            finding(1, &[5, 6], 0.6),
            finding(2, &[1, 2], 0.5),
            finding(1, &[2, 5], 0.9),
            finding(1, &[9], 0.1),
        ]);
        let evidence: Vec<(i64, Vec<i64>, bool)> = united
            .into_iter()
            .map(|(mut finding, changed)| {
                finding.evidence.sort_unstable();
                (finding.subject, finding.evidence, changed)
            })
            .collect();
        assert_eq!(evidence, [(1, vec![1, 2, 5, 6], true), (2, vec![1, 2], false), (1, vec![9], false),]);
    }

    #[test]
    fn a_chain_of_overlaps_is_one_finding_whatever_its_length() {
        // Every second one first, so that the others join two findings each.
        let rows = (0..200_000).step_by(2).chain((1..200_000).step_by(2));
        let united = unite(rows.map(|place| finding(1, &[place, place + 1], 0.5)).collect());
        assert_eq!(united.len(), 1);
        assert_eq!(united[0].0.evidence.iter().collect::<std::collections::BTreeSet<_>>().len(), 200_001);
        assert_eq!(united[0].0.evidence.len(), 200_001);
        assert!(united[0].0.explanation.contains("from 200000 findings"), "{}", united[0].0.explanation);
    }

    #[test]
    fn the_content_is_what_is_said_and_not_on_what_evidence() {
        let one = finding(1, &[1, 2], 0.5);
        assert_eq!(one.content(), finding(7, &[1, 2], 0.5).content());
        assert_ne!(one.content(), finding(1, &[1, 2], 0.6).content());
        assert_ne!(one.content(), Finding { amount: 11, ..one.clone() }.content());
        assert_ne!(one.content(), Finding { details: Some("{}".to_owned()), ..one.clone() }.content());
    }

    #[test]
    fn the_id_depends_on_all_that_makes_a_finding() {
        let one = finding(1, &[1, 2], 0.5);
        let id = one.id("a", "1.0", "{}");
        assert_eq!(id, finding(1, &[1, 2], 0.9).id("a", "1.0", "{}"));
        for other in [one.id("b", "1.0", "{}"), one.id("a", "1.1", "{}"), one.id("a", "1.0", "{1}")] {
            assert_ne!(id, other);
        }
        assert_ne!(id, finding(2, &[1, 2], 0.5).id("a", "1.0", "{}"));
        assert_ne!(id, finding(1, &[1, 3], 0.5).id("a", "1.0", "{}"));
    }

    #[test]
    fn refuses_empty_and_repeated_evidence_and_a_score_out_of_bounds() {
        for (row, part) in [
            (finding(1, &[], 0.5), "is empty"),
            (finding(1, &[3, 3], 0.5), "names transfer 3 twice"),
            (finding(1, &[3], 1.5), "clamp every margin"),
            (finding(1, &[3], f64::NAN), "clamp every margin"),
        ] {
            let refused = check_row(&row);
            assert!(refused.is_err_and(|what| what.contains(part)));
        }
    }
}
