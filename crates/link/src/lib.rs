//! Ties findings to known entities, with method, confidence and evidence.
//!
//! How a finding leads to an entity is SQL: a file in `queries/links/` returns rows of the link shape, and [`run`] runs
//! them all over one snapshot and appends what is new to `finding.links`. What is known here is what makes a link: it
//! has evidence, a confidence on the attribution scale, and an id that is a hash of what it ties, so that the same run
//! twice adds nothing.
//!
//! Who is who among the parties is [`resolve`]'s: candidates that queries find and people decide. Which transactions say
//! nothing of who owns their inputs is [`strike`]'s.

pub mod resolve;
mod rows;
pub mod strike;

use std::sync::Arc;

use headwater_engine::datafusion::error::DataFusionError;
use headwater_engine::datafusion::logical_expr::{cast, col, lit};
use headwater_engine::datafusion::prelude::DataFrame;
use headwater_engine::datafusion::sql::parser::Statement;
use headwater_engine::datafusion::sql::sqlparser::ast;
use headwater_engine::{Bindings, EngineError, Kind, Lake, QueryFile, Session, Values, Writer};

/// Why links could not be made.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A decision that cannot be taken: what is in its way, and what to do.
    #[error("{0}")]
    Decision(String),
    /// A link file does not return links.
    #[error("links/{stem}.sql: {what}")]
    Shape {
        /// The file.
        stem: String,
        /// What is wrong and what to write instead.
        what: String,
    },
}

impl From<DataFusionError> for LinkError {
    fn from(error: DataFusionError) -> Self {
        Self::Engine(error.into())
    }
}

/// What a run of all link files came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkReport {
    /// Links the lake did not hold before.
    pub links_new: u64,
    /// Links found, new or not.
    pub links_total: u64,
    /// Links found, by method, in the order of the files.
    pub by_method: Vec<(String, u64)>,
}

/// The columns a link file returns, in any order.
const SHAPE: [&str; 9] =
    ["finding_id", "dataset", "entity_id", "role", "account", "method", "confidence", "explanation", "evidence"];

/// Runs every link file over the newest snapshot and stores what is new.
///
/// # Errors
/// [`LinkError`] when a file does not plan or run, returns another shape, or a link without evidence. Nothing is stored.
pub async fn run(lake: &Arc<Lake>) -> Result<LinkReport, LinkError> {
    let session = Session::pinned(lake);
    let mut found = Vec::new();
    for file in lake.library().all(Kind::Link) {
        let mut made = Vec::new();
        let rows = links_of(&session, file, &mut made).await?.collect().await?;
        for table in made {
            let _gone = session.context().deregister_table(table.as_str())?;
        }
        found.push((file, rows));
    }
    let mut writer = Writer::open(lake).await?;
    let mut report = LinkReport::default();
    for (file, batches) in found {
        if batches.is_empty() {
            report.by_method.push((file.stem.clone(), 0));
            continue;
        }
        let rows = match writer.session().context().read_batches(batches) {
            Ok(rows) => rows,
            Err(error) => return abandon(writer, error.into()).await,
        };
        match writer.append("finding.links", rows).await {
            Ok(appended) => {
                report.links_new += appended.stored;
                report.links_total += appended.stored + appended.duplicates;
                report.by_method.push((file.stem.clone(), appended.stored + appended.duplicates));
            }
            Err(error) => return abandon(writer, error.into()).await,
        }
    }
    writer.commit("link").await?;
    Ok(report)
}

/// Takes back what was appended. The error is what the user needs to see; a failed restore is repeated by the next
/// writer.
async fn abandon(writer: Writer, error: LinkError) -> Result<LinkReport, LinkError> {
    let _ = writer.rollback().await;
    Err(error)
}

/// The rows of a link file, with their ids.
///
/// The tables it makes before are named in `made`: they are dropped when the rows are there.
async fn links_of(session: &Session, file: &QueryFile, made: &mut Vec<String>) -> Result<DataFrame, LinkError> {
    let shape = |what: String| LinkError::Shape { stem: file.stem.clone(), what };
    let mut statements = Bindings::for_file(file, &Values::new())?.statements(&file.path(), &file.text)?;
    const HOLDS: &str = "a link file is CREATE TABLE … AS SELECT, any number, and one SELECT";
    let last = statements.pop().ok_or_else(|| shape(HOLDS.to_owned()))?;
    for statement in statements {
        made.push(table_of(&statement).ok_or_else(|| shape(HOLDS.to_owned()))?);
        session.run_statement(statement).await?.collect().await?;
    }
    let rows = session.frame(session.plan(last).await?);
    for column in SHAPE {
        if !rows.schema().fields().iter().any(|field| field.name() == column) {
            return Err(shape(format!("there is no column `{column}`; a link has {}", SHAPE.join(", "))));
        }
    }
    let empty = rows.clone().filter(function(session, "cardinality")?.call(vec![col("evidence")]).eq(lit(0_u64)))?;
    let empty = empty.count().await?;
    if empty > 0 {
        return Err(shape(format!("{empty} links have no evidence; `evidence` names the rows a link stands on")));
    }
    let id = ["finding_id", "dataset", "entity_id", "role", "account", "method"].map(col).to_vec();
    let hash = function(session, "key_hash")?.call(id);
    let confidence = cast(col("confidence"), headwater_engine::datafusion::arrow::datatypes::DataType::Int64);
    Ok(rows
        .with_column("link_id", hash)?
        .with_column("confidence", confidence)?
        .with_column("query_hash", lit(file.hash()))?)
}

/// The table that a statement makes.
fn table_of(statement: &Statement) -> Option<String> {
    let Statement::Statement(inner) = statement else { return None };
    match inner.as_ref() {
        ast::Statement::CreateTable(table) if table.query.is_some() => Some(table.name.to_string()),
        _ => None,
    }
}

fn function(
    session: &Session,
    name: &str,
) -> Result<Arc<headwater_engine::datafusion::logical_expr::ScalarUDF>, LinkError> {
    let state = session.state();
    let found = state.scalar_functions().get(name).map(Arc::clone);
    found.ok_or_else(|| LinkError::Engine(EngineError::Usage(format!("the session has no function {name}"))))
}
