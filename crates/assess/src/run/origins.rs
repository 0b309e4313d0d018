//! Where the evidence of a value comes from first: supplier, grade, handling and attribution of every item.
//!
//! Confidence counts suppliers and not files, and it reads the grades of what decides one indicator, not of all that is known
//! of a network; a value carries the most restrictive label of what it stands on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use headwater_engine::datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use headwater_engine::datafusion::arrow::datatypes::{DataType, Field, Schema};
use headwater_engine::datafusion::datasource::MemTable;
use headwater_engine::datafusion::error::DataFusionError;
use headwater_engine::{Label, Session};

use crate::confidence::{ConfidenceRule, Grade, Graded};
use crate::error::Result;
use crate::run::facts::{Facts, Row};
use crate::run::measure::Measures;

/// Asks of `assessed.evidence` (network, indicator, item).
const QUERY: &str = include_str!("origins.sql");

/// Where one item comes from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    pub(crate) item: String,
    pub(crate) supplier: String,
    pub(crate) grade: String,
    pub(crate) handling: Option<String>,
    pub(crate) attribution: u8,
}

/// The origins of every measured value, by network and indicator.
#[derive(Debug, Default)]
pub(crate) struct Origins {
    by_value: BTreeMap<(String, String), Vec<Origin>>,
}

impl Origins {
    /// Looks up the items of all measures at once.
    pub(crate) async fn take(session: &Session, measures: &Measures) -> Result<Self> {
        Self::of_items(session, measures.items()).await
    }

    /// Looks up items, each with the network and the indicator or person it speaks of.
    pub(crate) async fn of_items(session: &Session, items: Vec<(String, String, String)>) -> Result<Self> {
        if items.is_empty() {
            return Ok(Self::default());
        }
        let column = |pick: fn(&(String, String, String)) -> &String| -> ArrayRef {
            Arc::new(StringArray::from_iter_values(items.iter().map(pick)))
        };
        let names = ["network", "indicator", "item"];
        let schema = Arc::new(Schema::new(names.map(|name| Field::new(name, DataType::Utf8, false)).to_vec()));
        let columns = vec![column(|row| &row.0), column(|row| &row.1), column(|row| &row.2)];
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(DataFusionError::from)?;
        session.register("assessed.evidence", Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))?;
        let mut origins = Self::default();
        for row in Facts::new(session).ask(QUERY).await? {
            let of = origins.by_value.entry((row.text("network"), row.text("indicator"))).or_default();
            of.push(origin(&row));
        }
        Ok(origins)
    }

    /// The origins of one value.
    pub(crate) fn of(&self, network: &str, indicator: &str) -> &[Origin] {
        self.by_value.get(&(network.to_owned(), indicator.to_owned())).map_or(&[], Vec::as_slice)
    }
}

fn origin(row: &Row) -> Origin {
    Origin {
        item: row.text("item"),
        supplier: row.text("supplier"),
        grade: row.text("grade"),
        handling: row.maybe("handling"),
        attribution: row.text("attribution").parse().unwrap_or(0),
    }
}

/// What confidence asks of a value's origins, each kind of item once.
///
/// # Errors
/// [`crate::AssessError::Grade`] when a source carries a grade that its scheme does not have.
pub(crate) fn graded(rule: &ConfidenceRule, origins: &[Origin]) -> Result<Vec<Graded>> {
    let kinds: BTreeSet<(&str, &str, u8)> =
        origins.iter().map(|origin| (origin.supplier.as_str(), origin.grade.as_str(), origin.attribution)).collect();
    let graded = |(supplier, grade, attribution): (&str, &str, u8)| {
        let grade = Grade::parse(rule, grade)?;
        let supplier = supplier.to_owned();
        Ok(Graded { supplier, scheme: grade.scheme, source: grade.source, item: grade.item, attribution })
    };
    kinds.into_iter().map(graded).collect()
}

/// The label of what is made from all of these; none where nothing restricts.
pub(crate) fn handling<'a>(labels: impl Iterator<Item = Option<&'a str>>) -> Option<String> {
    let joined = labels.flatten().fold(Label::default(), |all, label| all.join(&Label::parse(label)));
    (!joined.is_empty()).then(|| joined.to_string())
}
