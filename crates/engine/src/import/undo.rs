//! Takes back what a source no longer says.

use datafusion::common::DFSchema;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{FromTable, Statement as SqlStatement, TableFactor};

use super::script::Script;
use crate::bind::{Bindings, Values};
use crate::error::{EngineError, Result};
use crate::writer::Writer;

/// Runs the `@undo` statements of a format.
pub(super) async fn run(writer: &mut Writer, script: &Script, values: &Values) -> Result<()> {
    let Some(sql) = &script.undo else {
        return Err(EngineError::Usage(format!("{} cannot take rows back: it has no `-- @undo`", script.path)));
    };
    let refuse = || EngineError::query_file(&script.path, 1, "`@undo` holds DELETE FROM table WHERE …, nothing else");
    for statement in Bindings::of_texts(values).statements(&script.path, sql)? {
        let Statement::Statement(inner) = statement else { return Err(refuse()) };
        let SqlStatement::Delete(delete) = *inner else { return Err(refuse()) };
        let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &delete.from;
        let ([table], Some(condition)) = (tables.as_slice(), &delete.selection) else { return Err(refuse()) };
        let TableFactor::Table { name, .. } = &table.relation else { return Err(refuse()) };
        let name = name.to_string();
        let schema = DFSchema::try_from(writer.lake().schema().table(&name)?.schema.as_ref().clone())?;
        let predicate = writer.session().state().create_logical_expr(&condition.to_string(), &schema)?;
        writer.remove(&name, predicate).await?;
    }
    Ok(())
}
