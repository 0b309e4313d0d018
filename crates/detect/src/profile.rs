//! A detection profile: what an institution decides and a query cannot know.
//!
//! Thresholds and lists of countries have dates, because a transfer is held against what was in force on its day. They
//! are tables to the queries, `profile.thresholds` and `profile.corridors`; other values replace a parameter's default.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use headwater_engine::datafusion::arrow::array::{ArrayRef, Date32Array, Decimal128Array, RecordBatch, StringArray};
use headwater_engine::datafusion::arrow::datatypes::{Field, Schema};
use headwater_engine::datafusion::datasource::MemTable;
use headwater_engine::{Library, Session, Values};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::error::{DetectError, Result};

/// The day that stands for "still in force".
const OPEN_END: &str = "9999-12-31";

/// A profile as its file says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The stem of its file.
    #[serde(skip)]
    pub stem: String,
    /// SHA-256 of its text, 16 hexadecimal digits: part of what a finding's id is made from.
    #[serde(skip)]
    pub hash: String,
    /// Who may use it and for what, in a sentence.
    pub title: String,
    /// Version of this text.
    pub version: String,
    /// Parameters that differ from a typology's defaults, by stem and name.
    #[serde(default)]
    pub parameters: BTreeMap<String, Values>,
    /// Reporting thresholds.
    #[serde(default, rename = "threshold")]
    pub thresholds: Vec<Threshold>,
    /// Countries on a list.
    #[serde(default, rename = "corridor")]
    pub corridors: Vec<Corridor>,
}

/// A reporting threshold of a country and rail, for a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// ISO 3166 codes, or `*` for every country without a threshold of its own.
    pub countries: Vec<String>,
    /// `bank` or `chain`.
    pub rail: String,
    /// ISO 4217.
    pub currency: String,
    /// The amount, as text.
    pub amount: String,
    /// First day, `YYYY-MM-DD`.
    pub valid_from: String,
    /// Last day; none is in force still.
    pub valid_to: Option<String>,
    /// On whose authority.
    pub source: String,
}

/// A country on a list, for a time.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corridor {
    /// ISO 3166 code.
    pub country: String,
    /// The list.
    pub list: String,
    /// First day, `YYYY-MM-DD`.
    pub valid_from: String,
    /// Last day; none is in force still.
    pub valid_to: Option<String>,
    /// On whose authority.
    pub source: String,
}

impl Profile {
    /// Reads a profile of the library.
    ///
    /// # Errors
    /// [`DetectError::Engine`] when there is none of that name, [`DetectError::Profile`] when it does not read.
    pub fn load(library: &Library, stem: &str) -> Result<Self> {
        Self::parse(stem, library.profile(stem)?)
    }

    /// Reads a profile from its text.
    ///
    /// # Errors
    /// [`DetectError::Profile`] for text that is not a detection profile, a date or amount that does not read, and
    /// thresholds of one country and rail whose days overlap.
    pub fn parse(stem: &str, text: &str) -> Result<Self> {
        let refuse = |what: String| DetectError::Profile { profile: stem.to_owned(), what };
        let mut profile: Self = toml::from_str(text).map_err(|error| refuse(error.to_string()))?;
        profile.stem = stem.to_owned();
        profile.hash = hex::encode(&Sha256::digest(text.as_bytes())[..8]);
        let mut spans: BTreeMap<(&str, &str), Vec<(i32, i32)>> = BTreeMap::new();
        for threshold in &profile.thresholds {
            let span = span(&threshold.valid_from, threshold.valid_to.as_deref()).map_err(refuse)?;
            units(&threshold.amount).map_err(refuse)?;
            if !matches!(threshold.rail.as_str(), "bank" | "chain") {
                return Err(refuse(format!("`{}` is not a rail; write bank or chain", threshold.rail)));
            }
            for country in &threshold.countries {
                let known = spans.entry((country, &threshold.rail)).or_default();
                if known.iter().any(|(from, to)| span.0 <= *to && *from <= span.1) {
                    let what = format!("two thresholds of {country} on rail {} hold on the same day", threshold.rail);
                    return Err(refuse(what));
                }
                known.push(span);
            }
        }
        for corridor in &profile.corridors {
            span(&corridor.valid_from, corridor.valid_to.as_deref()).map_err(refuse)?;
        }
        Ok(profile)
    }

    /// Gives a session the tables `profile.thresholds` and `profile.corridors`.
    ///
    /// # Errors
    /// [`DetectError::Engine`] when the session refuses them.
    pub fn register(&self, session: &Session) -> Result<()> {
        register(session, "profile.thresholds", self.threshold_rows()?)?;
        register(session, "profile.corridors", self.corridor_rows()?)
    }

    fn threshold_rows(&self) -> Result<RecordBatch> {
        let rows: Vec<(&String, &Threshold)> =
            self.thresholds.iter().flat_map(|row| row.countries.iter().map(move |country| (country, row))).collect();
        let text = |pick: fn(&Threshold) -> &String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(rows.iter().map(|(_, row)| pick(row))))
        };
        let countries: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|(country, _)| country)));
        let amounts = rows.iter().map(|(_, row)| units(&row.amount)).collect::<Result<Vec<_>, _>>();
        let amounts = Decimal128Array::from_iter_values(amounts.map_err(|what| self.refuse(what))?);
        let (from, to) = self.days(rows.iter().map(|(_, row)| (&row.valid_from, row.valid_to.as_deref())))?;
        batch(vec![
            ("country", countries),
            ("rail", text(|row| &row.rail)),
            ("currency", text(|row| &row.currency)),
            ("amount", Arc::new(amounts.with_precision_and_scale(38, 18)?)),
            ("valid_from", from),
            ("valid_to", to),
            ("source", text(|row| &row.source)),
        ])
    }

    fn corridor_rows(&self) -> Result<RecordBatch> {
        let text = |pick: fn(&Corridor) -> &String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(self.corridors.iter().map(pick)))
        };
        let (from, to) = self.days(self.corridors.iter().map(|row| (&row.valid_from, row.valid_to.as_deref())))?;
        batch(vec![
            ("country", text(|row| &row.country)),
            ("list", text(|row| &row.list)),
            ("valid_from", from),
            ("valid_to", to),
            ("source", text(|row| &row.source)),
        ])
    }

    fn days<'a>(&self, rows: impl Iterator<Item = (&'a String, Option<&'a str>)>) -> Result<(ArrayRef, ArrayRef)> {
        let spans = rows.map(|(from, to)| span(from, to)).collect::<Result<Vec<_>, _>>();
        let spans = spans.map_err(|what| self.refuse(what))?;
        let (from, to): (Vec<i32>, Vec<i32>) = spans.into_iter().unzip();
        Ok((Arc::new(Date32Array::from(from)), Arc::new(Date32Array::from(to))))
    }

    fn refuse(&self, what: String) -> DetectError {
        DetectError::Profile { profile: self.stem.clone(), what }
    }
}

/// Registers a batch as a table of the session's own.
pub(crate) fn register(session: &Session, name: &str, batch: RecordBatch) -> Result<()> {
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
    Ok(session.register(name, Arc::new(table))?)
}

/// A batch of columns without NULL.
pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch> {
    let field = |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), false);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    Ok(RecordBatch::try_new(Arc::new(schema), columns.into_iter().map(|(_, array)| array).collect())?)
}

/// First and last day as days since 1970.
fn span(from: &str, to: Option<&str>) -> Result<(i32, i32), String> {
    let day = |text: &str| {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map_err(|_| format!("`{text}` is not a day such as 2024-01-31"))?;
        let days = date.signed_duration_since(NaiveDate::default()).num_days();
        i32::try_from(days).map_err(|_| format!("`{text}` is too far away"))
    };
    let span = (day(from)?, day(to.unwrap_or(OPEN_END))?);
    if span.0 > span.1 { Err(format!("{from} is after {}", to.unwrap_or(OPEN_END))) } else { Ok(span) }
}

/// An amount in units of 10⁻¹⁸.
fn units(text: &str) -> Result<i128, String> {
    let refuse = || format!("`{text}` is not an amount such as \"10000\" or \"9999.99\"");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || whole.len() > 19 || fraction.len() > 18 {
        return Err(refuse());
    }
    format!("{whole}{fraction:0<18}").parse().map_err(|_| refuse())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;

    const TEXT: &str = "title = 't'\nversion = '1.0'\n[parameters.structuring]\ncount = '4'\n\
        [[threshold]]\ncountries = ['US', 'CA']\nrail = 'bank'\ncurrency = 'USD'\namount = '10000'\n\
        valid_from = '1970-01-01'\nvalid_to = '2020-12-31'\nsource = 's'\n";

    #[test]
    fn spreads_a_threshold_over_its_countries() {
        let profile = Profile::parse("p", TEXT).unwrap();
        let rows = profile.threshold_rows().unwrap();
        assert_eq!(rows.num_rows(), 2);
        assert_eq!(profile.parameters["structuring"]["count"], "4");
        assert_eq!(units("9999.99").unwrap(), 9_999_990_000_000_000_000_000);
    }

    #[test]
    fn refuses_overlap_and_what_does_not_read() {
        let again = TEXT.split_once("[[threshold]]").unwrap().1.replace("2020-12-31", "1999-01-01");
        for (text, part) in [
            (format!("{TEXT}[[threshold]]{again}"), "two thresholds of US on rail bank"),
            (TEXT.replace("2020-12-31", "2020-13-31"), "`2020-13-31` is not a day"),
            (TEXT.replace("'10000'", "'ten'"), "`ten` is not an amount"),
            (TEXT.replace("'bank'", "'road'"), "`road` is not a rail"),
            (TEXT.replace("version", "versions"), "profiles/p.toml: "),
        ] {
            let error = Profile::parse("p", &text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
