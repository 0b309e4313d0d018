//! Runs the statements of one typology and holds its rows against the shape of a finding.
//!
//! The last statement of the file returns findings. Before it there may be two kinds of others. One returns `untested`
//! (text) and `number`: what the query leaves out on purpose, such as accounts above a limit; where the number is not 0 it
//! goes into the coverage. The other is `CREATE TABLE name AS …` or `CREATE VIEW name AS …`: an intermediate result with a
//! name of its own, in memory, for as long as the typology runs. A CTE that is read three times is computed three times, so
//! what is small and read often is better a table. No table of the lake can be written this way.

use std::sync::Arc;

use futures::TryStreamExt as _;
use headwater_engine::datafusion::arrow::array::{Array as _, AsArray as _, Int64Array, RecordBatch};
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::{DataType, Int64Type};
use headwater_engine::datafusion::error::DataFusionError;
use headwater_engine::datafusion::sql::parser::Statement;
use headwater_engine::datafusion::sql::sqlparser::ast;
use headwater_engine::{Bindings, Session};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::error::{DetectError, Result};
use crate::finding::{self, Finding};
use crate::profile;
use crate::run::RunRequest;
use crate::typology::Typology;

/// What a typology's query came to.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) findings: Vec<Finding>,
    /// Rows beyond the cap.
    pub(super) beyond: usize,
    pub(super) notes: Vec<String>,
}

/// The first requirement that the lake does not meet, in words.
pub(super) async fn missing(session: &Session, typology: &Typology) -> Result<Option<String>> {
    for requirement in &typology.requires {
        let mut met = false;
        for (table, column) in &requirement.any_of {
            let condition = column.as_ref().map_or_else(String::new, |column| format!(" WHERE {column} IS NOT NULL"));
            let sql = format!("SELECT 1 FROM {table}{condition} LIMIT 1");
            met = met || session.sql(&sql).await?.collect().await?.iter().any(|batch| batch.num_rows() > 0);
        }
        if !met {
            let name = |(table, column): &(String, Option<String>)| match column {
                Some(column) => format!("{table}.{column}"),
                None => table.clone(),
            };
            let names = requirement.any_of.iter().map(name).collect::<Vec<_>>().join(" or ");
            return Ok(Some(format!("nothing in {names}")));
        }
    }
    Ok(None)
}

/// Runs a typology within its limits, and clears away its intermediate results however it ends.
pub(super) async fn find(
    session: &Session,
    typology: &Typology,
    bindings: &Bindings,
    request: &RunRequest,
) -> Result<Found> {
    let statements = bindings.statements(&typology.file.path(), &typology.file.text)?;
    for (place, statement) in statements.iter().enumerate() {
        admit(session, typology, statement, place + 1 == statements.len())?;
    }
    let created: Vec<Created> = statements.iter().filter_map(Created::by).collect();
    let work = {
        let (session, typology, max_rows) = (session.clone(), typology.clone(), request.max_rows);
        async move { answer(&session, &typology, &statements, max_rows).await }
    };
    let workers = Workers::of(session)?;
    let task = workers.spawn(work);
    let found = match request.max_time {
        None => task.await,
        Some(limit) => match tokio::time::timeout(limit, task).await {
            Ok(done) => done,
            Err(_) => Ok(Err(DetectError::TimeLimit { file: typology.file.path(), seconds: limit.as_secs() })),
        },
    };
    drop(workers);
    let found = found.unwrap_or_else(|error| {
        let what = format!("{} broke off: {error}", typology.file.path());
        Err(DataFusionError::Execution(what).into())
    });
    for Created { kind, name } in created.iter().rev() {
        session.sql(&format!("DROP {kind} IF EXISTS {name}")).await?;
    }
    found
}

/// Threads of its own for one typology. Not every operator gives way while it computes: a product of two large tables keeps its
/// thread for hours, and whoever shares that thread, the clock that should stop it included. Threads that are still busy when
/// the time is up are left behind, and end with the program or with their batch.
struct Workers(Option<Runtime>);

impl Workers {
    fn of(session: &Session) -> Result<Self> {
        let threads = session.state().config().target_partitions();
        // Plans of deep queries recurse, as in the program's own threads.
        let runtime =
            Builder::new_multi_thread().worker_threads(threads.max(1)).thread_stack_size(8 << 20).enable_all().build();
        Ok(Self(Some(runtime.map_err(DataFusionError::from)?)))
    }

    fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> JoinHandle<Result<T>> {
        match &self.0 {
            Some(runtime) => runtime.spawn(work),
            None => tokio::spawn(work),
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Schemas that a typology does not read. What it finds must follow from the money and from what is known of the parties: not
/// from how often it ran, what was decided on its findings, or who imported what.
const CLOSED: [&str; 5] = ["admin", "assess", "finding", "information_schema", "run"];

/// Refuses statements that are neither a question nor an intermediate result, and questions to tables that are none of a
/// typology's business. Files and readers are out of reach already: a session of the library has none.
fn admit(session: &Session, typology: &Typology, statement: &Statement, last: bool) -> Result<()> {
    let kind = match statement {
        Statement::Statement(inner) => match inner.as_ref() {
            ast::Statement::Query(_) => None,
            ast::Statement::CreateTable(table) if !last && table.query.is_some() => None,
            ast::Statement::CreateView(_) if !last => None,
            _ => Some(statement),
        },
        _ => Some(statement),
    };
    if let Some(statement) = kind {
        let text = statement.to_string();
        let words: Vec<&str> = text.split_whitespace().take(3).collect();
        let what = format!(
            "`{} …` is no statement of a typology; it asks with SELECT, after CREATE TABLE name AS SELECT … or CREATE VIEW \
             name AS SELECT … where something is needed more than once",
            words.join(" ")
        );
        return Err(refuse(typology, &what));
    }
    for table in session.state().resolve_table_references(statement)? {
        if let Some(schema) = table.schema().filter(|schema| CLOSED.contains(schema)) {
            let what = format!(
                "{schema}.{} is not for typologies to read; they read flow, btc, intel, profile and what they made themselves",
                table.table()
            );
            return Err(refuse(typology, &what));
        }
    }
    Ok(())
}

/// An intermediate result.
struct Created {
    kind: &'static str,
    name: String,
}

impl Created {
    fn by(statement: &Statement) -> Option<Self> {
        let Statement::Statement(inner) = statement else { return None };
        match inner.as_ref() {
            ast::Statement::CreateTable(table) => Some(Self { kind: "TABLE", name: table.name.to_string() }),
            ast::Statement::CreateView(view) => Some(Self { kind: "VIEW", name: view.name.to_string() }),
            _ => None,
        }
    }
}

async fn answer(session: &Session, typology: &Typology, statements: &[Statement], max_rows: usize) -> Result<Found> {
    let Some((last, first)) = statements.split_last() else {
        return Err(refuse(typology, "there is no statement in the file"));
    };
    let mut notes = Vec::new();
    for statement in first {
        if Created::by(statement).is_some() {
            session.run_statement(statement.clone()).await?;
        } else {
            notes.extend(untested(session, typology, statement.clone()).await?);
        }
    }
    let frame = session.run_statement(last.clone()).await?;
    finding::check_schema(frame.schema().as_arrow()).map_err(|what| refuse(typology, &what))?;
    let mut stream = frame.execute_stream().await?;
    let (mut rows, mut beyond) = (Vec::new(), 0);
    while let Some(batch) = stream.try_next().await? {
        let kept = batch.slice(0, batch.num_rows().min(max_rows - rows.len()));
        beyond += batch.num_rows() - kept.num_rows();
        rows.extend(finding::read(&kept).map_err(|what| refuse(typology, &what))?);
    }
    let findings = verify(session, typology, finding::unite(rows)).await?;
    Ok(Found { findings, beyond, notes })
}

/// Rows of a statement before the last.
async fn untested(session: &Session, typology: &Typology, statement: Statement) -> Result<Vec<String>> {
    let mut notes = Vec::new();
    for batch in session.run_statement(statement).await?.collect().await? {
        let columns = (batch.column_by_name("untested"), batch.column_by_name("number"));
        let (Some(what), Some(number), 2) = (columns.0, columns.1, batch.num_columns()) else {
            let what = "a statement before the last returns what is left out, as untested (text) and number (BIGINT)";
            return Err(refuse(typology, what));
        };
        let (what, number) = (cast(what, &DataType::Utf8)?, cast(number, &DataType::Int64)?);
        for (row, what) in what.as_string::<i32>().iter().enumerate() {
            let number = number.as_primitive::<Int64Type>().value(row);
            if number > 0 {
                notes.push(format!("{}: {number}", what.unwrap_or_default()));
            }
        }
    }
    Ok(notes)
}

/// Looks every id of the evidence up: it must be a transfer, and the ids must stand in the order of time. Evidence that
/// was put together here is sorted on the way.
async fn verify(session: &Session, typology: &Typology, united: Vec<(Finding, bool)>) -> Result<Vec<Finding>> {
    if united.is_empty() {
        return Ok(Vec::new());
    }
    let (mut numbers, mut places, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for (number, (finding, _)) in united.iter().enumerate() {
        for (place, id) in finding.evidence.iter().enumerate() {
            numbers.push(i64::try_from(number).unwrap_or(i64::MAX));
            places.push(i64::try_from(place + 1).unwrap_or(i64::MAX));
            ids.push(*id);
        }
    }
    let rows = profile::batch(vec![
        ("number", Arc::new(Int64Array::from(numbers))),
        ("place", Arc::new(Int64Array::from(places))),
        ("id", Arc::new(Int64Array::from(ids))),
    ])?;
    profile::register(session, "run.evidence", rows)?;
    let sql = "
        SELECT number, place, id, missing, rank
        FROM (
            SELECT
                evidence.number,
                evidence.place,
                evidence.id,
                transfers.transfer_id IS NULL AS missing,
                CAST(row_number() OVER (
                    PARTITION BY evidence.number
                    ORDER BY transfers.time, transfers.ledger, transfers.position, transfers.transfer_id
                ) AS BIGINT) AS rank
            FROM run.evidence AS evidence
            LEFT JOIN flow.transfers AS transfers ON transfers.transfer_id = evidence.id
        )
        WHERE missing OR rank <> place
        ORDER BY missing DESC, number, place";
    let mut findings: Vec<(Finding, bool)> = united;
    for batch in session.sql(sql).await?.collect().await? {
        settle(typology, &batch, &mut findings)?;
    }
    Ok(findings.into_iter().map(|(finding, _)| finding).collect())
}

/// Puts ids that are out of place into theirs, where the evidence was united here, and refuses them where it was not.
fn settle(typology: &Typology, batch: &RecordBatch, findings: &mut [(Finding, bool)]) -> Result<()> {
    let column = |index: usize| batch.column(index).as_primitive::<Int64Type>();
    let missing = batch.column(3).as_boolean();
    for row in 0..batch.num_rows() {
        let (number, id, rank) = (column(0).value(row), column(2).value(row), column(4).value(row));
        let found = usize::try_from(number).ok().and_then(|number| findings.get_mut(number));
        let Some((finding, united)) = found else { continue };
        if missing.is_valid(row) && missing.value(row) {
            let what = format!("the evidence of subject {} names {id}, which is no transfer", finding.subject);
            return Err(refuse(typology, &what));
        }
        if !*united {
            let what = format!(
                "the evidence of subject {} is not in the order of time at transfer {id}; write array_agg(transfer_id ORDER \
                 BY time, ledger, position, transfer_id)",
                finding.subject
            );
            return Err(refuse(typology, &what));
        }
        let place = usize::try_from(rank - 1).ok().and_then(|place| finding.evidence.get_mut(place));
        if let Some(place) = place {
            *place = id;
        }
    }
    Ok(())
}

/// A fault of the query, at its last statement.
fn refuse(typology: &Typology, what: &str) -> DetectError {
    let text = &typology.file.text;
    let line =
        text.lines().collect::<Vec<_>>().iter().rposition(|line| line.starts_with("SELECT")).map_or(1, |line| line + 1);
    DetectError::Typology { file: typology.file.path(), line, what: what.to_owned() }
}
