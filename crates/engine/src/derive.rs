//! Derived tables: rows that follow from other tables of the lake, kept because asking anew would take too long.
//!
//! `queries/derive/<stem>.sql` is one SELECT. Its header names the table it fills (`-- @table btc.coinjoins`) and those
//! it reads (`-- @from btc.inputs, btc.outputs`). Whenever a transaction has changed one of these, the SELECT runs in the
//! same transaction, so that no reader ever sees one without the other. Its rows are appended where their key is new; a
//! file that need not look at everything again says so in its WHERE. With `-- @replace` they take the place of all rows
//! the table had.
//!
//! A file whose table another one reads runs before it.

use std::sync::Arc;

use crate::bind::{Bindings, Values};
use crate::error::{EngineError, Result};
use crate::import::Event;
use crate::library::{Kind, Library, QueryFile};
use crate::writer::Writer;

/// What the header of a derived table says.
#[derive(Debug)]
struct Derivation {
    file: Arc<QueryFile>,
    table: String,
    from: Vec<String>,
    replace: bool,
}

/// Brings every derived table up to what the transaction changed.
pub(crate) async fn derive(writer: &mut Writer, observer: &(dyn Fn(Event) + Send + Sync)) -> Result<()> {
    for derivation in in_order(writer.lake().library())? {
        if !derivation.from.iter().any(|table| writer.has_changed(table)) {
            continue;
        }
        let Derivation { file, table, replace, .. } = derivation;
        observer(Event::Table { name: table.clone() });
        let statements = Bindings::for_file(&file, &Values::new())?.statements(&file.path(), &file.text)?;
        let [statement] = statements.as_slice() else {
            return Err(EngineError::query_file(&file.path(), 1, "a derived table is one SELECT"));
        };
        let plan = writer.session().plan(statement.clone()).await?;
        let rows = writer.session().frame(plan);
        let done = if replace { writer.replace(&table, rows).await } else { writer.append(&table, rows).await };
        done.map_err(|error| match error {
            EngineError::Query(error) => EngineError::Query(error.context(file.path())),
            other => other,
        })?;
    }
    Ok(())
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
    let mut derivation =
        Derivation { file: Arc::clone(file), table: String::new(), from: Vec::new(), replace: false };
    for line in file.text.lines() {
        let Some(directive) = line.strip_prefix("-- @") else { continue };
        let (word, rest) = directive.split_once(' ').unwrap_or((directive, ""));
        match word {
            "table" => derivation.table = rest.trim().to_owned(),
            "from" => derivation.from.extend(rest.split(',').map(|name| name.trim().to_owned())),
            "replace" => derivation.replace = true,
            _ => {}
        }
    }
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
