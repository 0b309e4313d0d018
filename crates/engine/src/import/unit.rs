//! One section of an import file, run on one file or folder.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{AsArray as _, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::prelude::DataFrame;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{CreateView, Statement as SqlStatement, TableObject};
use sha2::{Digest, Sha256};

use super::copies;
use super::files::{Unit, sha256};
use super::script::{Script, Section};
use super::{Event, Grading, ImportRequest, SourceReport};
use crate::bind::Bindings;
use crate::error::{EngineError, Result};
use crate::library::QueryFile;
use crate::spool::Spool;
use crate::writer::{Appended, Writer};

/// A file as `admin.sources` knows it.
struct Source {
    id: i64,
    sha256: String,
}

pub(super) async fn run(
    writer: &mut Writer,
    spool: &Spool,
    script: &Script,
    file: &QueryFile,
    unit: &Unit,
    request: &ImportRequest,
) -> Result<Vec<SourceReport>> {
    let section = &script.sections[unit.section];
    let bindings = Bindings::for_file(file, &request.values)?;
    let mut sources = Vec::with_capacity(unit.files.len());
    for source in &unit.files {
        let sha256 = sha256(&source.path)?;
        let id = source_id(&request.format, &sha256, &file.hash(), &bindings);
        sources.push(Source { id, sha256 });
    }
    // What was taken back may be said again, by the very same file.
    if request.undo.is_empty()
        && let Some(known) = already_imported(writer, unit, &sources).await?
    {
        // A file that is known may still be graded anew.
        grade(writer, &sources, &request.grading).await?;
        return Ok(known);
    }
    let path = unit.path.to_string_lossy();
    // Absolute, so that a mapping finds the folder's name and its other files however short the given path is.
    let whole =
        std::path::absolute(&unit.path).map_err(|source| EngineError::Io { path: unit.path.clone(), source })?;
    let folder = whole.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    let mut bindings = bindings.with_text("path", &path).with_text("folder", &folder);
    if let [source] = sources.as_slice() {
        bindings = bindings.with_integer("source_id", source.id);
    }
    let bindings = copies::bind(writer, spool, &script.path, &section.sql, bindings)?;
    register_files(writer, unit, &sources)?;
    let totals = run_statements(writer, script, section, &bindings, request, &unit.shown).await?;
    let reports = count(writer, spool, script, unit, &sources, totals).await?;
    record(writer, unit, &sources, &reports, file, request).await?;
    Ok(reports)
}

/// Runs the section's statements; returns what the counted tables and the quarantine took.
async fn run_statements(
    writer: &mut Writer,
    script: &Script,
    section: &Section,
    bindings: &Bindings,
    request: &ImportRequest,
    path: &Path,
) -> Result<Totals> {
    let mut totals = Totals::default();
    let mut views = Vec::new();
    for statement in bindings.statements(&script.path, &section.sql)? {
        let refuse = |what: &str| EngineError::query_file(&script.path, section.line, what);
        const HOLDS: &str = "an import holds CREATE VIEW, COPY (SELECT …) TO, INSERT INTO … SELECT, and SELECT as a check, nothing else";
        let inner = match statement {
            Statement::Statement(inner) => inner,
            Statement::CopyTo(copy) => {
                copies::run(writer, copy, bindings).await?;
                continue;
            }
            _ => return Err(refuse(HOLDS)),
        };
        match *inner {
            SqlStatement::CreateView(view) => {
                views.push(view.name.to_string());
                let view = SqlStatement::CreateView(CreateView { or_replace: true, ..view });
                writer.session().run_statement(Statement::Statement(Box::new(view))).await?;
            }
            SqlStatement::Insert(insert) => {
                let (TableObject::TableName(table), Some(query)) = (&insert.table, insert.source) else {
                    return Err(refuse("an INSERT names a table and a SELECT"));
                };
                let table = table.to_string();
                (request.observer)(Event::Table { name: table.clone() });
                let statement = Statement::Statement(Box::new(SqlStatement::Query(query)));
                let appended = insert_rows(writer, &table, &statement, bindings).await?;
                if table == QUARANTINE {
                    totals.quarantined += appended.stored;
                } else if section.counts.contains(&table) {
                    totals.stored += appended.stored;
                    totals.duplicates += appended.duplicates;
                }
            }
            SqlStatement::Query(query) => {
                if let Some(what) =
                    objection(writer, &Statement::Statement(Box::new(SqlStatement::Query(query)))).await?
                {
                    return Err(EngineError::Refused { path: path.to_owned(), what });
                }
            }
            _ => return Err(refuse(HOLDS)),
        }
    }
    for view in views {
        let _gone = writer.session().context().deregister_table(view.as_str())?;
    }
    Ok(totals)
}

/// What a check has against a source: the first column of its first row.
async fn objection(writer: &Writer, check: &Statement) -> Result<Option<String>> {
    let plan = writer.session().plan(check.clone()).await?;
    for batch in writer.session().frame(plan).limit(0, Some(1))?.collect().await? {
        if batch.num_rows() > 0 && batch.num_columns() > 0 {
            let texts = cast(batch.column(0), &DataType::Utf8).map_err(DataFusionError::from)?;
            return Ok(Some(texts.as_string::<i32>().value(0).to_owned()));
        }
    }
    Ok(None)
}

const QUARANTINE: &str = "admin.quarantine";

/// Appends a query's rows. Where two identifiers turn out to share an account's hash, the later one is given the next
/// hash and the query runs again: `account()` then answers differently for it, here and in every later statement.
async fn insert_rows(writer: &mut Writer, table: &str, statement: &Statement, bindings: &Bindings) -> Result<Appended> {
    loop {
        let plan = writer.session().plan(statement.clone()).await?;
        let rows = with_source(writer, table, writer.session().frame(plan), bindings)?;
        let appended = writer.append(table, rows).await?;
        if appended.collisions.is_empty() {
            return Ok(appended);
        }
        for identity in &appended.collisions {
            if let [ledger, identifier] = identity.as_slice() {
                writer.lake().accounts().add_collision(ledger, identifier);
            }
        }
    }
}

/// Fills `source_id` where the table has it and the query does not say.
fn with_source(writer: &Writer, table: &str, rows: DataFrame, bindings: &Bindings) -> Result<DataFrame> {
    let spec = writer.lake().schema().table(table)?;
    let wants = spec.schema.column_with_name("source_id").is_some();
    let has = rows.schema().fields().iter().any(|field| field.name() == "source_id");
    match bindings.texts().get("source_id").and_then(|text| text.parse::<i64>().ok()) {
        Some(id) if wants && !has => Ok(rows.with_column("source_id", datafusion::logical_expr::lit(id))?),
        _ => Ok(rows),
    }
}

#[derive(Debug, Default)]
struct Totals {
    stored: u64,
    quarantined: u64,
    duplicates: u64,
}

/// Counts what the unit came to and checks that the counts close.
async fn count(
    writer: &Writer,
    spool: &Spool,
    script: &Script,
    unit: &Unit,
    sources: &[Source],
    totals: Totals,
) -> Result<Vec<SourceReport>> {
    let Some((spec, args, relation)) = spool.main_relation(&unit.path) else {
        let what = "the section never reads $path".to_owned();
        return Err(EngineError::Import { path: unit.shown.clone(), what });
    };
    let read = spool.rows(spec, &args, relation)?;
    let closes = read == totals.stored + totals.quarantined + totals.duplicates;
    if !closes {
        return Err(EngineError::Import {
            path: unit.shown.clone(),
            what: format!(
                "the counts do not close: {read} rows read, {} stored, {} quarantined, {} duplicate. The mapping sends \
                 a row nowhere or twice; nothing was stored",
                totals.stored, totals.quarantined, totals.duplicates
            ),
        });
    }
    if unit.unlike && totals.stored + totals.duplicates == 0 {
        let what = format!("none of its {read} rows fits; the format reads files called {}", script.globs());
        return Err(EngineError::Import { path: unit.shown.clone(), what });
    }
    let name = |index: usize| unit.files[index].shown.clone();
    if sources.len() == 1 {
        return Ok(vec![SourceReport {
            name: name(0),
            rows_read: read,
            rows_stored: totals.stored,
            rows_quarantined: totals.quarantined,
            rows_duplicate: totals.duplicates,
            known: false,
        }]);
    }
    // A folder: how much of it lies in which file is asked of the rows themselves.
    let read = group_counts(writer, &read_by_file(spec.relations[relation].0, &args)).await?;
    let mut stored = BTreeMap::new();
    for table in &script.sections[unit.section].counts {
        let sql = format!("SELECT CAST(source_id AS VARCHAR), count(*) FROM {table} GROUP BY source_id");
        for (id, rows) in group_counts(writer, &sql).await? {
            *stored.entry(id).or_insert(0) += rows;
        }
    }
    let sql = format!("SELECT CAST(source_id AS VARCHAR), count(*) FROM {QUARANTINE} GROUP BY source_id");
    let quarantined = group_counts(writer, &sql).await?;
    let mut reports = Vec::with_capacity(sources.len());
    for (index, source) in sources.iter().enumerate() {
        let of = |counts: &BTreeMap<String, u64>, key: &str| counts.get(key).copied().unwrap_or(0);
        let rows_read = of(&read, &unit.files[index].name);
        let rows_stored = of(&stored, &source.id.to_string());
        let rows_quarantined = of(&quarantined, &source.id.to_string());
        reports.push(SourceReport {
            name: name(index),
            rows_read,
            rows_stored,
            rows_quarantined,
            rows_duplicate: rows_read.saturating_sub(rows_stored + rows_quarantined),
            known: false,
        });
    }
    Ok(reports)
}

fn read_by_file(relation: &str, args: &headwater_ingest::ReadArgs) -> String {
    let quote = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let options: String = args.options.iter().map(|option| format!(", {}", quote(option))).collect();
    let path = quote(&args.path.to_string_lossy());
    format!("SELECT file, count(*) FROM {relation}({path}{options}) GROUP BY file")
}

async fn group_counts(writer: &Writer, sql: &str) -> Result<BTreeMap<String, u64>> {
    let mut counts = BTreeMap::new();
    for batch in writer.session().sql(sql).await?.collect().await? {
        let keys = cast(batch.column(0), &DataType::Utf8).map_err(DataFusionError::from)?;
        let (keys, rows) = (keys.as_string::<i32>(), batch.column(1).as_primitive::<Int64Type>());
        for row in 0..batch.num_rows() {
            counts.insert(keys.value(row).to_owned(), u64::try_from(rows.value(row)).unwrap_or(0));
        }
    }
    Ok(counts)
}

/// A source is a file's content read by one mapping with one set of parameters: a changed mapping is a new source.
fn source_id(format: &str, sha256: &str, query_hash: &str, bindings: &Bindings) -> i64 {
    let mut digest = Sha256::new();
    for part in [format, sha256, query_hash] {
        digest.update(part.as_bytes());
        digest.update([0]);
    }
    for (name, value) in bindings.texts() {
        digest.update(format!("{name}={value}\0").as_bytes());
    }
    let bytes: [u8; 32] = digest.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(&bytes[..8]);
    i64::from_be_bytes(first)
}

/// If every file of the unit has been imported by this very mapping, what it came to then, all of it duplicate now.
async fn already_imported(writer: &Writer, unit: &Unit, sources: &[Source]) -> Result<Option<Vec<SourceReport>>> {
    let ids = sources.iter().map(|source| source.id.to_string()).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT source_id, rows_read, rows_quarantined FROM admin.sources WHERE source_id IN ({ids}) ORDER BY source_id"
    );
    let mut known = BTreeMap::new();
    for batch in writer.session().sql(&sql).await?.collect().await? {
        let column = |index: usize| batch.column(index).as_primitive::<Int64Type>();
        for row in 0..batch.num_rows() {
            let rows = |index: usize| u64::try_from(column(index).value(row)).unwrap_or(0);
            known.insert(column(0).value(row), (rows(1), rows(2)));
        }
    }
    let mut reports = Vec::with_capacity(sources.len());
    for (index, source) in sources.iter().enumerate() {
        let Some((rows_read, rows_quarantined)) = known.get(&source.id).copied() else { return Ok(None) };
        reports.push(SourceReport {
            name: unit.files[index].shown.clone(),
            rows_read,
            rows_stored: 0,
            rows_quarantined,
            rows_duplicate: rows_read - rows_quarantined,
            known: true,
        });
    }
    Ok(Some(reports))
}

/// `import.files`: which file of a folder is which source, for a mapping to join with the reader's `file` column.
fn register_files(writer: &Writer, unit: &Unit, sources: &[Source]) -> Result<()> {
    let schema = Arc::new(Schema::new(vec![
        Field::new("file", DataType::Utf8, false),
        Field::new("source_id", DataType::Int64, false),
    ]));
    let names: StringArray = unit.files.iter().map(|file| Some(file.name.as_str())).collect();
    let ids: Int64Array = sources.iter().map(|source| Some(source.id)).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(names), Arc::new(ids)])
        .map_err(DataFusionError::from)?;
    writer.session().register("import.files", Arc::new(MemTable::try_new(schema, vec![vec![batch]])?))
}

/// Writes the rows of `admin.sources`.
async fn record(
    writer: &mut Writer,
    unit: &Unit,
    sources: &[Source],
    reports: &[SourceReport],
    file: &QueryFile,
    request: &ImportRequest,
) -> Result<()> {
    let spec = Arc::clone(writer.lake().schema().table("admin.sources")?);
    let text = |value: &dyn Fn(usize) -> String| -> datafusion::arrow::array::ArrayRef {
        Arc::new((0..sources.len()).map(|index| Some(value(index))).collect::<StringArray>())
    };
    let number = |value: &dyn Fn(usize) -> u64| -> datafusion::arrow::array::ArrayRef {
        Arc::new((0..sources.len()).map(|index| i64::try_from(value(index)).ok()).collect::<Int64Array>())
    };
    let mut columns = Vec::with_capacity(spec.schema.fields().len());
    for field in spec.schema.fields() {
        columns.push(match field.name().as_str() {
            "source_id" => Arc::new(sources.iter().map(|source| Some(source.id)).collect::<Int64Array>()),
            "kind" => text(&|_| request.format.clone()),
            // The name, not the path: where a file lay on one machine says nothing on another.
            "name" => text(&|index| unit.files[index].name.clone()),
            "sha256" => text(&|index| sources[index].sha256.clone()),
            "bytes" => number(&|index| unit.files[index].bytes),
            "rows_read" => number(&|index| reports[index].rows_read),
            "rows_stored" => number(&|index| reports[index].rows_stored),
            "rows_quarantined" => number(&|index| reports[index].rows_quarantined),
            "rows_duplicate" => number(&|index| reports[index].rows_duplicate),
            "grade" => text(&|_| file.header.section("Grade").unwrap_or("X4").to_owned()),
            "importer" => text(&|_| crate::PROGRAM.to_owned()),
            "query_hash" => text(&|_| file.hash()),
            _ => datafusion::arrow::array::new_null_array(field.data_type(), sources.len()),
        });
    }
    let batch = RecordBatch::try_new(Arc::clone(&spec.schema), columns).map_err(DataFusionError::from)?;
    let rows = writer.session().context().read_batch(batch)?;
    writer.append("admin.sources", rows).await?;
    grade(writer, sources, &request.grading).await
}

/// Writes what was said of the sources, as given.
async fn grade(writer: &mut Writer, sources: &[Source], grading: &Grading) -> Result<()> {
    if grading.is_empty() {
        return Ok(());
    }
    let quote = |text: &Option<String>| match text {
        Some(text) => format!("'{}'", text.replace('\'', "''")),
        None => "CAST(NULL AS VARCHAR)".to_owned(),
    };
    let ids = sources.iter().map(|source| format!("({})", source.id)).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT CAST(source_id AS BIGINT) AS source_id, now() AS recorded_at, {} AS supplier, {} AS grade, {} AS handling, \
         'import' AS author FROM (VALUES {ids}) AS graded (source_id)",
        quote(&grading.supplier),
        quote(&grading.grade),
        quote(&grading.handling),
    );
    let rows = writer.session().sql(&sql).await?;
    writer.append("admin.gradings", rows).await?;
    Ok(())
}
