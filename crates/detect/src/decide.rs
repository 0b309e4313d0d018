//! What people decide on findings: dispositions and rules of suppression. Only these have a clock: they are human acts.

use std::sync::Arc;

use chrono::{NaiveDate, Utc};
use headwater_engine::datafusion::arrow::array::{
    ArrayRef, AsArray as _, Date32Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use headwater_engine::datafusion::arrow::datatypes::Int64Type;
use headwater_engine::{EngineError, Kind, Lake, Writer};

use crate::error::Result;
use crate::profile;

/// What somebody makes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It is what the typology says.
    True,
    /// It has an innocent explanation.
    False,
    /// It cannot be told.
    Unclear,
}

impl Disposition {
    /// The word in `finding.dispositions.disposition`.
    pub fn word(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Unclear => "unclear",
        }
    }
}

/// Why, and who says so.
#[derive(Debug, Clone)]
pub struct Grounds {
    /// In words.
    pub reason: String,
    /// A name.
    pub decided_by: String,
}

/// Adds a disposition to each of the findings. What was decided before stays; the newest counts.
///
/// # Errors
/// [`EngineError::Usage`] for an id that is no finding, or grounds that are empty; nothing is written then.
pub async fn dispose(lake: &Arc<Lake>, ids: &[i64], disposition: Disposition, grounds: &Grounds) -> Result<()> {
    check(grounds)?;
    let mut writer = Writer::open(lake).await?;
    let snapshot = writer.session().pin().record().await?.snapshot_id;
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids.dedup();
    let rows = profile::batch(vec![("finding_id", Arc::new(Int64Array::from(ids.clone())))])?;
    profile::register(writer.session(), "run.decided", rows)?;
    let sql = "
        SELECT findings.finding_id, coalesce(max(dispositions.number), 0) + 1 AS number
        FROM run.decided AS decided
        INNER JOIN finding.findings AS findings ON findings.finding_id = decided.finding_id
        LEFT JOIN finding.dispositions AS dispositions ON dispositions.finding_id = findings.finding_id
        GROUP BY findings.finding_id
        ORDER BY findings.finding_id";
    let (mut known, mut numbers) = (Vec::new(), Vec::new());
    for batch in writer.session().sql(sql).await?.collect().await? {
        known.extend(batch.column(0).as_primitive::<Int64Type>().values().iter().copied());
        numbers.extend(batch.column(1).as_primitive::<Int64Type>().values().iter().copied());
    }
    if let Some(stranger) = ids.iter().find(|id| !known.contains(id)) {
        return Err(EngineError::Usage(format!("{stranger} is no finding of this lake")).into());
    }
    let count = known.len();
    let rows = profile::batch(vec![
        ("finding_id", Arc::new(Int64Array::from(known))),
        ("number", Arc::new(Int64Array::from(numbers))),
        ("disposition", repeated(disposition.word(), count)),
        ("reason", repeated(grounds.reason.trim(), count)),
        ("decided_by", repeated(grounds.decided_by.trim(), count)),
        ("decided", now(count)),
        ("snapshot_id", Arc::new(Int64Array::from(vec![i64::try_from(snapshot).unwrap_or(i64::MAX); count]))),
    ])?;
    let frame = writer.session().context().read_batch(rows)?;
    writer.append("finding.dispositions", frame).await?;
    writer.commit("disposition").await?;
    Ok(())
}

/// Which findings nobody wants to see for a while.
#[derive(Debug, Clone)]
pub struct Suppression {
    /// The stem of a typology.
    pub typology: String,
    /// One account, or all of them.
    pub account: Option<i64>,
    /// The last day on which it holds.
    pub until: NaiveDate,
}

impl Suppression {
    /// Reads `typology` and the day.
    ///
    /// # Errors
    /// [`EngineError::Usage`] for a day that is none.
    pub fn new(typology: &str, account: Option<i64>, until: &str) -> Result<Self> {
        let until = NaiveDate::parse_from_str(until, "%Y-%m-%d")
            .map_err(|_| EngineError::Usage(format!("`{until}` is not a day such as 2027-01-31")))?;
        Ok(Self { typology: typology.to_owned(), account, until })
    }
}

/// Adds a rule. It takes the place of an earlier one of the same typology and account.
///
/// # Errors
/// [`EngineError::Usage`] for a typology that is not there, or grounds that are empty.
pub async fn suppress(lake: &Arc<Lake>, rule: &Suppression, grounds: &Grounds) -> Result<()> {
    check(grounds)?;
    lake.library().get(Kind::Typology, &rule.typology)?;
    let mut writer = Writer::open(lake).await?;
    let sql = "SELECT coalesce(max(number), 0) + 1 AS number FROM finding.suppressions";
    let mut number = 1;
    for batch in writer.session().sql(sql).await?.collect().await? {
        number = batch.column(0).as_primitive::<Int64Type>().values().first().copied().unwrap_or(number);
    }
    let day = rule.until.signed_duration_since(NaiveDate::default()).num_days();
    let day = i32::try_from(day).map_err(|_| EngineError::Usage(format!("{} is too far away", rule.until)))?;
    let rows = super::run::nullable(vec![
        ("number", Arc::new(Int64Array::from(vec![number]))),
        ("typology", repeated(&rule.typology, 1)),
        ("account", Arc::new(Int64Array::from(vec![rule.account]))),
        ("until", Arc::new(Date32Array::from(vec![day]))),
        ("reason", repeated(grounds.reason.trim(), 1)),
        ("decided_by", repeated(grounds.decided_by.trim(), 1)),
        ("decided", now(1)),
    ])?;
    let frame = writer.session().context().read_batch(rows)?;
    writer.append("finding.suppressions", frame).await?;
    writer.commit("suppression").await?;
    Ok(())
}

/// A decision without a reason or a name is worth nothing to whoever reads it next.
fn check(grounds: &Grounds) -> Result<()> {
    for (word, text) in [("reason", &grounds.reason), ("name", &grounds.decided_by)] {
        if text.trim().is_empty() {
            return Err(EngineError::Usage(format!("a decision has a {word}")).into());
        }
    }
    Ok(())
}

fn repeated(text: &str, count: usize) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(std::iter::repeat_n(text, count)))
}

fn now(count: usize) -> ArrayRef {
    Arc::new(TimestampMicrosecondArray::from(vec![Utc::now().timestamp_micros(); count]).with_timezone("UTC"))
}
