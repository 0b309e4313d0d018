//! `COPY (SELECT …) TO 'name'`: what the lake knows already, in a file for a reader.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use datafusion::arrow::ipc::writer::FileWriter;
use datafusion::error::DataFusionError;
use datafusion::sql::parser::{CopyToSource, CopyToStatement, DFParserBuilder, Statement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;
use futures::TryStreamExt as _;

use crate::bind::Bindings;
use crate::error::{EngineError, Result};
use crate::spool::Spool;
use crate::writer::Writer;

/// Binds the name of every COPY of a section: to the path of its file, or to '' where there is nothing to copy.
pub(super) fn bind(writer: &Writer, spool: &Spool, path: &str, sql: &str, mut bindings: Bindings) -> Result<Bindings> {
    let refuse = |error: DataFusionError| EngineError::query_file(path, 1, error.to_string());
    let parsed = DFParserBuilder::new(sql).build().and_then(|mut parser| parser.parse_statements()).map_err(refuse)?;
    for statement in parsed {
        let Statement::CopyTo(copy) = &statement else { continue };
        let name = copy.target.clone();
        let (tables, _) = resolve_table_references(&statement, true).map_err(refuse)?;
        let nothing = tables.iter().any(|table| writer.is_empty(&table.to_string()));
        let file = spool.folder().join(format!("{name}.arrow"));
        bindings = bindings.with_text(&name, if nothing { "" } else { file.to_str().unwrap_or_default() });
    }
    Ok(bindings)
}

/// Writes the rows of a COPY, unless there is nothing to copy.
pub(super) async fn run(writer: &Writer, copy: CopyToStatement, bindings: &Bindings) -> Result<()> {
    let texts = bindings.texts();
    let Some(path) = texts.get(&copy.target).filter(|path| !path.is_empty()) else { return Ok(()) };
    let CopyToSource::Query(query) = copy.source else {
        return Err(EngineError::Usage(format!("COPY … TO '{}' takes a SELECT in parentheses", copy.target)));
    };
    let plan = writer.session().plan(Statement::Statement(Box::new(SqlStatement::Query(query)))).await?;
    let mut rows = writer.session().frame(plan).execute_stream().await?;
    let path = Path::new(path);
    let file = File::create(path).map_err(|source| EngineError::Io { path: path.to_owned(), source })?;
    let mut out =
        FileWriter::try_new(BufWriter::with_capacity(1 << 20, file), &rows.schema()).map_err(DataFusionError::from)?;
    while let Some(batch) = rows.try_next().await? {
        out.write(&batch).map_err(DataFusionError::from)?;
    }
    out.finish().map_err(DataFusionError::from)?;
    Ok(())
}
