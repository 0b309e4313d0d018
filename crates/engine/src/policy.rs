//! What a session may see: rows whose handling label its clearance does not cover are not there.
//!
//! The filter is put on the tables where the catalog hands them out, so that every plan has it: queries, the library's views
//! and macros, the inputs of operators, and EXPLAIN shows it. A row is withheld for the label of the source it came from; a
//! finding, a link, an indicator value and an assessment for the most restrictive label of all they stand on; a
//! judgement for its own; a product, which holds what its maker saw, for the clearance it was made under. What is
//! withheld is worked out once for each snapshot, by a session that sees everything and gives nothing out but ids.

use std::sync::Arc;

use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::TableProvider;
use datafusion::datasource::{ViewTable, provider_as_source};
use datafusion::error::DataFusionError;
use datafusion::functions::expr_fn::concat;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, cast as cast_to, col, lit};
use tokio::sync::Mutex;

use crate::error::Result;
use crate::labels::Label;
use crate::lake::Pin;
use crate::readers::ReaderMode;
use crate::schema::TableSpec;
use crate::session::{Access, Session};

/// A clearance, and what it withholds of the snapshot that was asked last.
#[derive(Debug)]
pub(crate) struct Policy {
    clearance: Label,
    withheld: Mutex<Option<(u64, Arc<Withheld>)>>,
}

/// How much a clearance withholds, in rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WithheldCount {
    /// Files, of which no row is shown.
    pub sources: u64,
    /// Rows: what those files stored, and the findings, links, indicator values and judgements that stand on marked rows.
    pub rows: u64,
}

/// The ids of what is withheld, as text.
#[derive(Debug, Default)]
struct Withheld {
    sources: Vec<String>,
    findings: Vec<String>,
    links: Vec<String>,
    judgements: Vec<String>,
    /// Network and indicator, with a line feed between them, which neither contains.
    values: Vec<String>,
    networks: Vec<String>,
    products: Vec<String>,
    stored: u64,
}

impl Policy {
    pub(crate) fn new(clearance: Label) -> Self {
        Self { clearance, withheld: Mutex::new(None) }
    }

    /// A table without the rows that are withheld of it.
    pub(crate) async fn narrow(
        &self,
        pin: &Pin,
        spec: &TableSpec,
        table: Arc<dyn TableProvider>,
    ) -> Result<Arc<dyn TableProvider>> {
        let withheld = self.withheld(pin).await?;
        let Some(shown) = withheld.filter(spec) else { return Ok(table) };
        let plan =
            LogicalPlanBuilder::scan(spec.name.as_str(), provider_as_source(table), None)?.filter(shown)?.build()?;
        Ok(Arc::new(ViewTable::new(plan, None)))
    }

    /// How much is withheld of a snapshot.
    pub(crate) async fn count(&self, pin: &Pin) -> Result<WithheldCount> {
        let withheld = self.withheld(pin).await?;
        let derived = [&withheld.findings, &withheld.links, &withheld.judgements, &withheld.values];
        let derived: usize = derived.iter().map(|ids| ids.len()).sum();
        Ok(WithheldCount { sources: withheld.sources.len() as u64, rows: withheld.stored + derived as u64 })
    }

    async fn withheld(&self, pin: &Pin) -> Result<Arc<Withheld>> {
        let record = pin.record().await?.clone();
        let mut known = self.withheld.lock().await;
        if let Some((snapshot, withheld)) = known.as_ref()
            && *snapshot == record.snapshot_id
        {
            return Ok(Arc::clone(withheld));
        }
        let snapshot = record.snapshot_id;
        let session = Session::build(Pin::exactly(pin.lake(), record), Access::Library, ReaderMode::None);
        let withheld = Arc::new(Withheld::of(&session, &self.clearance).await?);
        *known = Some((snapshot, Arc::clone(&withheld)));
        Ok(withheld)
    }
}

impl Withheld {
    async fn of(session: &Session, clearance: &Label) -> Result<Self> {
        let clearance = format!("'{}'", clearance.to_string().replace('\'', "''"));
        let beyond = |what: &str, table: &str| {
            format!("SELECT {what} FROM {table} WHERE NOT label_within(handling, {clearance}) ORDER BY 1")
        };
        let sources = texts(session, &beyond("source_id", "admin.source_grades")).await?;
        let stored = if sources.is_empty() {
            Vec::new()
        } else {
            let ids = sources.join(", ");
            let sql = format!("SELECT coalesce(sum(rows_stored), 0) FROM admin.sources WHERE source_id IN ({ids})");
            texts(session, &sql).await?
        };
        Ok(Self {
            findings: texts(session, &beyond("finding_id", "finding.labels")).await?,
            links: texts(session, &beyond("link_id", "finding.link_labels")).await?,
            judgements: texts(session, &beyond("judgement_id", "assess.judgements")).await?,
            values: texts(session, &beyond("DISTINCT network || chr(10) || indicator", "assess.value_labels")).await?,
            products: texts(
                session,
                &format!(
                    "SELECT product_id FROM assess.products WHERE clearance IS NULL OR NOT label_within(clearance, {clearance}) \
                     ORDER BY 1"
                ),
            )
            .await?,
            networks: texts(session, &beyond("DISTINCT network", "assess.labels")).await?,
            stored: stored.first().and_then(|rows| rows.parse().ok()).unwrap_or(0),
            sources,
        })
    }

    /// What a row of a table must satisfy to be shown; nothing where all of it is.
    fn filter(&self, spec: &TableSpec) -> Option<Expr> {
        let has = |name: &str| spec.schema.column_with_name(name).is_some();
        let id = |name: &str| cast_to(col(name), DataType::Utf8);
        let mut shown = Vec::new();
        let mut unless = |held: &[String], key: Expr| {
            if !held.is_empty() {
                shown.push(key.in_list(held.iter().map(|id| lit(id.as_str())).collect(), true));
            }
        };
        if has("source_id") {
            unless(&self.sources, id("source_id"));
        }
        if has("finding_id") {
            unless(&self.findings, id("finding_id"));
        }
        if has("link_id") {
            unless(&self.links, id("link_id"));
        }
        if has("judgement_id") {
            unless(&self.judgements, id("judgement_id"));
        }
        if has("product_id") {
            unless(&self.products, id("product_id"));
        } else if spec.schema_name == "assess" && has("network") && !has("judgement_id") {
            if has("indicator") {
                unless(&self.values, concat(vec![id("network"), lit("\n"), id("indicator")]));
            } else {
                unless(&self.networks, id("network"));
            }
        }
        shown.into_iter().reduce(Expr::and)
    }
}

/// The first column of a query's answer, as text.
async fn texts(session: &Session, sql: &str) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for batch in session.sql(sql).await?.collect().await? {
        let column = cast(batch.column(0), &DataType::Utf8).map_err(DataFusionError::from)?;
        texts.extend(column.as_string::<i32>().iter().flatten().map(str::to_owned));
    }
    Ok(texts)
}
