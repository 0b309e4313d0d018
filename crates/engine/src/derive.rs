//! Derived tables: rows that follow from other tables of the lake, kept because asking anew would take too long.
//!
//! `queries/derive/<stem>.sql` is a SELECT, with `CREATE TABLE name AS SELECT …` before it for what it needs more than once.
//! Its header names the table it fills (`-- @table btc.coinjoins`) and those it reads (`-- @from btc.inputs, btc.outputs`).
//! Whenever a transaction has changed one of these, it runs in the same transaction, so that no reader ever sees one without
//! the other. Its rows take the place of all rows the table had.
//!
//! With `-- @since btc.transactions.tx_id` it is asked for no more than what is new: `$since` is the smallest value of that
//! column among the rows the transaction brought, and its rows take the place of those from there on, or with `-- @replace`
//! of all. `-- @window N` bounds the work: it is done for so many rows of the column at a time, from `$since` to `$until`, each
//! stretch after those before it. A change of one of the tables of `-- @whole` is felt everywhere: then `$since` is the smallest number there is.
//!
//! A file whose table another one reads runs before it. One with `-- @on_demand` costs too much to be made unasked.

use std::sync::Arc;

use datafusion::arrow::array::AsArray as _;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{col, lit};
use datafusion::prelude::DataFrame;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

use crate::bind::{Bindings, Values};
use crate::error::{EngineError, Result};
use crate::import::Event;
use crate::lake::Lake;
use crate::library::{Kind, Library, QueryFile};
use crate::session::Session;
use crate::writer::Writer;

/// What the header of a derived table says.
#[derive(Debug)]
struct Derivation {
    file: Arc<QueryFile>,
    table: String,
    from: Vec<String>,
    /// A table and its column.
    since: Option<(String, String)>,
    whole: Vec<String>,
    replace: bool,
    /// How many rows of the `since` column are worked on at a time.
    window: Option<u64>,
    /// Made when somebody asks, and not by an import.
    on_demand: bool,
}

/// Brings every derived table up to what the transaction changed.
pub(crate) async fn derive(writer: &mut Writer, observer: &(dyn Fn(Event) + Send + Sync)) -> Result<()> {
    for derivation in in_order(writer.lake().library())? {
        if !derivation.on_demand && derivation.from.iter().any(|table| writer.has_changed(table)) {
            observer(Event::Table { name: derivation.table.clone() });
            run(writer, &derivation).await?;
        }
    }
    Ok(())
}

/// Brings every derived table up to what a transaction has changed, before it is committed. An import does so itself.
///
/// # Errors
/// [`EngineError::Query`] when a file does not run. The transaction is then to be rolled back.
pub async fn derive_changed(writer: &mut Writer) -> Result<()> {
    derive(writer, &|_| {}).await
}

/// Makes derived tables anew, all of their rows: those of the named files, or all.
///
/// # Errors
/// [`EngineError::Usage`] for a name that is none; [`EngineError::Query`] when a file does not run. Nothing is stored.
pub async fn derive_anew(lake: &Arc<Lake>, stems: &[String], observer: &(dyn Fn(Event) + Send + Sync)) -> Result<u64> {
    for stem in stems {
        lake.library().get(Kind::Derive, stem)?;
    }
    let mut writer = Writer::open(lake).await?;
    for derivation in in_order(lake.library())? {
        if stems.is_empty() || stems.contains(&derivation.file.stem) {
            observer(Event::Table { name: derivation.table.clone() });
            if let Err(error) = run(&mut writer, &derivation).await {
                let _ = writer.rollback().await;
                return Err(error);
            }
        }
    }
    Ok(writer.commit("derive").await?.snapshot_id)
}

async fn run(writer: &mut Writer, derivation: &Derivation) -> Result<()> {
    let Derivation { file, table, since, whole, replace, window, .. } = derivation;
    let first = match since {
        Some((source, column)) if !whole.iter().any(|table| writer.has_changed(table)) => {
            writer.least_new(source, column)
        }
        _ => None,
    };
    let windows = match (since, window) {
        (Some((source, column)), Some(rows)) => windows(writer.session(), source, column, first, *rows).await?,
        _ => vec![(first.unwrap_or(i64::MIN), i64::MAX)],
    };
    // Rows that are made window by window are added to what is left; otherwise they are the table.
    let column = since.as_ref().map(|(_, column)| column).filter(|_| !replace);
    if let Some(column) = column {
        writer.remove(table, first.map_or(lit(true), |first| col(column).gt_eq(lit(first)))).await?;
    }
    for (first, last) in windows {
        let bindings =
            Bindings::for_file(file, &Values::new())?.with_integer("since", first).with_integer("until", last);
        let mut made = Vec::new();
        let done = match rows(writer.session(), file, &bindings, &mut made).await {
            Ok(rows) if column.is_some() => writer.append(table, rows).await,
            Ok(rows) => writer.replace(table, rows).await,
            Err(error) => Err(error),
        };
        for name in made {
            let _gone = writer.session().context().deregister_table(name.as_str())?;
        }
        done.map_err(|error| match error {
            EngineError::Query(error) => EngineError::Query(error.context(file.path())),
            other => other,
        })?;
    }
    Ok(())
}

/// First and last values of stretches of a column of so many rows each, from `first` on.
async fn windows(
    session: &Session,
    table: &str,
    column: &str,
    first: Option<i64>,
    rows: u64,
) -> Result<Vec<(i64, i64)>> {
    let from = first.unwrap_or(i64::MIN);
    // The number of a row is unsigned, and what is left of a division of it would be a fraction.
    let sql = format!(
        "SELECT min(place), max(place) FROM (SELECT {column} AS place, \
         CAST(row_number() OVER (ORDER BY {column}) - 1 AS BIGINT) / {rows} AS stretch \
         FROM {table} WHERE {column} >= {from}) GROUP BY stretch ORDER BY stretch"
    );
    let mut windows = Vec::new();
    for batch in session.sql(&sql).await?.collect().await? {
        let bound = |place: usize| batch.column(place).as_primitive::<Int64Type>().values().to_vec();
        windows.extend(bound(0).into_iter().zip(bound(1)));
    }
    Ok(windows)
}

/// The rows of the last statement; the tables that those before it made are named in `made`.
async fn rows(session: &Session, file: &QueryFile, bindings: &Bindings, made: &mut Vec<String>) -> Result<DataFrame> {
    let refuse = || {
        EngineError::query_file(
            &file.path(),
            1,
            "a derived table is CREATE TABLE … AS SELECT, any number, and one SELECT",
        )
    };
    let mut statements = bindings.statements(&file.path(), &file.text)?;
    let last = statements.pop().ok_or_else(refuse)?;
    for statement in statements {
        let Statement::Statement(inner) = statement else { return Err(refuse()) };
        let SqlStatement::CreateTable(table) = *inner else { return Err(refuse()) };
        let (name, query) = (table.name.to_string(), table.query.ok_or_else(refuse)?);
        let rows = computed(session, Statement::Statement(Box::new(SqlStatement::Query(query)))).await?;
        session.register(&name, rows)?;
        made.push(name);
    }
    let plan = session.plan(last).await?;
    Ok(session.frame(plan))
}

/// The rows of a query, in memory.
async fn computed(session: &Session, query: Statement) -> Result<Arc<MemTable>> {
    let frame = session.frame(session.plan(query).await?);
    let planned = Arc::new(frame.schema().as_arrow().clone());
    let batches = frame.collect_partitioned().await?;
    // What ran may promise more than what was planned, a column that is never NULL, and now and then less.
    let ran = batches.iter().flatten().next().map(|batch| batch.schema());
    let schema = ran.filter(|ran| !planned.contains(ran)).unwrap_or(planned);
    Ok(Arc::new(MemTable::try_new(schema, batches)?))
}

/// All derivations, each behind those whose tables it reads.
fn in_order(library: &Library) -> Result<Vec<Derivation>> {
    let mut waiting = library.all(Kind::Derive).map(parse).collect::<Result<Vec<_>>>()?;
    let mut ordered: Vec<Derivation> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = |one: &Derivation| !waiting.iter().any(|other| one.from.contains(&other.table));
        let Some(place) = waiting.iter().position(ready) else {
            let file = waiting.first().map(|one| one.file.path()).unwrap_or_default();
            return Err(EngineError::query_file(&file, 1, "derived tables read each other in a circle"));
        };
        ordered.push(waiting.remove(place));
    }
    Ok(ordered)
}

fn parse(file: &Arc<QueryFile>) -> Result<Derivation> {
    let mut derivation = Derivation {
        file: Arc::clone(file),
        table: String::new(),
        from: Vec::new(),
        since: None,
        whole: Vec::new(),
        replace: false,
        window: None,
        on_demand: false,
    };
    let names = |list: &str| list.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>();
    for line in file.text.lines() {
        let Some(directive) = line.strip_prefix("-- @") else { continue };
        let (word, rest) = directive.split_once(' ').unwrap_or((directive, ""));
        match word {
            "table" => derivation.table = rest.trim().to_owned(),
            "from" => derivation.from.extend(names(rest)),
            "whole" => derivation.whole.extend(names(rest)),
            "since" => {
                derivation.since = rest.trim().rsplit_once('.').map(|(table, column)| (table.into(), column.into()));
            }
            "replace" => derivation.replace = true,
            "window" => derivation.window = rest.trim().parse().ok().filter(|rows| *rows > 0),
            "on_demand" => derivation.on_demand = true,
            _ => {}
        }
    }
    derivation.from.extend(derivation.whole.iter().cloned());
    if derivation.table.is_empty() || derivation.from.is_empty() {
        let what = "a derived table says `-- @table NAME` and `-- @from TABLE, …`";
        return Err(EngineError::query_file(&file.path(), 1, what));
    }
    Ok(derivation)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;

    fn library(files: &[(&str, &str)]) -> Library {
        let text = |directives: &str| format!("-- T\n--\n-- Holds     x.\n--\n{directives}\n\nSELECT 1");
        Library::from_files(files.iter().map(|(stem, directives)| (format!("derive/{stem}.sql"), text(directives))))
            .unwrap()
    }

    #[test]
    fn what_is_read_is_made_first() {
        let library = library(&[
            ("a", "-- @table x.a\n-- @from x.b, x.raw\n-- @replace"),
            ("b", "-- @table x.b\n-- @from x.c"),
            ("c", "-- @table x.c\n-- @from x.raw"),
        ]);
        let order = in_order(&library).unwrap();
        assert_eq!(order.iter().map(|one| one.table.as_str()).collect::<Vec<_>>(), ["x.c", "x.b", "x.a"]);
        assert!(order[2].replace && !order[1].replace);
    }

    #[test]
    fn circles_and_missing_directives_are_refused() {
        let circle = library(&[("a", "-- @table x.a\n-- @from x.b"), ("b", "-- @table x.b\n-- @from x.a")]);
        assert!(in_order(&circle).unwrap_err().to_string().contains("in a circle"));
        let nothing = library(&[("a", "-- @table x.a")]);
        assert!(in_order(&nothing).unwrap_err().to_string().contains("`-- @from TABLE"));
    }
}
