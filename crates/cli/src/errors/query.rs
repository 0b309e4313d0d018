//! What DataFusion says about a query, in the words of the person who wrote it: the place underlined, the nearest name.

use std::ops::Range;

use headwater_engine::datafusion::common::diagnostic::Diagnostic;
use headwater_engine::datafusion::common::{DataFusionError, SchemaError, Span};
use headwater_engine::{EngineError, Session, nearest, operator_docs, reader_docs};
use headwater_ingest::IngestError;

use super::{Exit, Failure, Place};

pub(super) const MEMORY_HELP: &str =
    "raise --memory-limit, narrow the query, or set datafusion.optimizer.prefer_hash_join = false so that joins spill";

/// A failed query, with its text and the session whose tables and functions it could have named.
pub(crate) fn of_query(error: &EngineError, sql: &str, session: &Session) -> Failure {
    let EngineError::Query(inner) = error else { return error.into() };
    let mut failure = without_place(inner);
    if matches!(failure.exit, Exit::Io | Exit::Limit) || failure.code == "lake" || query_file(inner).is_some() {
        return failure;
    }
    let named = name_the_missing(inner, session, &mut failure);
    let label = failure.help.clone().filter(|help| help.starts_with("did you mean")).unwrap_or_default();
    let range = parser_place(&inner.to_string(), sql)
        .or_else(|| inner.diagnostic().and_then(|diagnostic| span_of(diagnostic, sql)))
        .or_else(|| named.and_then(|name| find_word(sql, &name)));
    if let Some(range) = range {
        let label = if label.is_empty() { "here".to_owned() } else { label };
        failure.place = Some(Box::new(Place { sql: sql.to_owned(), range, label }));
    }
    failure
}

/// A failed query whose text is not at hand.
pub(super) fn without_place(error: &DataFusionError) -> Failure {
    let mut failure = of_root(error.find_root());
    if let Some(file) = query_file(error) {
        failure.message = format!("{file}: {}", failure.message);
    }
    failure
}

/// The query file that a view was planned from, which the engine names around the error.
fn query_file(error: &DataFusionError) -> Option<&str> {
    match error {
        DataFusionError::Context(place, _) if place.ends_with(".sql") => Some(place),
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => query_file(inner),
        DataFusionError::Shared(inner) => query_file(inner),
        _ => None,
    }
}

fn of_root(root: &DataFusionError) -> Failure {
    match root {
        DataFusionError::External(inner) => {
            if let Some(engine) = inner.downcast_ref::<EngineError>() {
                return engine.into();
            }
            if let Some(ingest) = inner.downcast_ref::<IngestError>() {
                let exit = if matches!(ingest, IngestError::Io { .. }) { Exit::Io } else { Exit::Runtime };
                return Failure::new(exit, if exit == Exit::Io { "io" } else { "source" }, ingest.to_string());
            }
            Failure::new(Exit::Runtime, "query", inner.to_string())
        }
        DataFusionError::ResourcesExhausted(what) => {
            Failure::new(Exit::Limit, "limit.memory", first_lines(what)).with_help(MEMORY_HELP)
        }
        DataFusionError::IoError(source) => Failure::new(Exit::Io, "io", source.to_string()),
        DataFusionError::ObjectStore(source) => Failure::new(Exit::Io, "io", source.to_string()),
        DataFusionError::SQL(source, _) => {
            let text = source.to_string();
            let text = text.trim_start_matches("sql parser error: ");
            let text = text.split(" at Line: ").next().unwrap_or(text);
            Failure::new(Exit::Runtime, "query.syntax", lower_first(text))
        }
        DataFusionError::NotImplemented(what) => {
            Failure::new(Exit::Runtime, "query.unsupported", format!("not supported: {what}"))
        }
        DataFusionError::SchemaError(inner, _) => Failure::new(Exit::Runtime, "query", inner.to_string()),
        DataFusionError::Plan(what) | DataFusionError::Execution(what) | DataFusionError::Configuration(what) => {
            Failure::new(Exit::Runtime, "query", without_backtrace(what))
        }
        other => Failure::new(Exit::Runtime, "query", other.strip_backtrace()),
    }
}

/// Where the parser stopped, if the message says so: to the end of that word.
fn parser_place(message: &str, sql: &str) -> Option<Range<usize>> {
    let (_, after) = message.split_once(" at Line: ")?;
    let (line, after) = after.split_once(", Column: ")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let start = offset(sql, line.trim().parse().ok()?, digits.parse().ok()?)?;
    let word = sql[start..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(sql.len() - start);
    let width = sql[start..].chars().next().map_or(0, char::len_utf8);
    Some(start..start + word.max(width))
}

/// Line and column of a byte, both from 1.
pub(super) fn line_and_column(sql: &str, byte: usize) -> (usize, usize) {
    let before = &sql[..floor(sql, byte)];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// Replaces DataFusion's message about a name that does not exist, and names the nearest one that does. Returns the
/// name as it stands in the query, to find it there.
fn name_the_missing(error: &DataFusionError, session: &Session, failure: &mut Failure) -> Option<String> {
    match error.find_root() {
        DataFusionError::SchemaError(inner, _) => {
            let SchemaError::FieldNotFound { field, valid_fields } = inner.as_ref() else { return None };
            failure.code = "query.unknown_column";
            failure.message = format!("there is no column `{}`", field.flat_name());
            let names: Vec<&str> = valid_fields.iter().map(|column| column.name.as_str()).collect();
            failure.help = Some(match nearest(&field.name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => "no table is in FROM".to_owned(),
                None => format!("there are: {}", names.join(", ")),
            });
            Some(field.name.clone())
        }
        DataFusionError::Plan(what) => {
            if let Some(name) = between(what, "table function '", "' not found") {
                let operators = operator_docs().into_iter().map(|operator| operator.name);
                let near = nearest(name, operators.chain(reader_docs().into_iter().map(|reader| reader.name)));
                failure.code = "query.unknown_function";
                failure.message = format!("there is no table function `{name}`");
                failure.help = Some(near.map_or_else(
                    || "`headwater functions` lists them".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                ));
                return Some(name.to_owned());
            }
            if let Some(name) = between(what, "table '", "' not found") {
                let shown = name.strip_prefix("headwater.").unwrap_or(name);
                let shown = shown.strip_prefix("main.").unwrap_or(shown).to_owned();
                failure.code = "query.unknown_table";
                failure.message = format!("there is no table `{shown}`");
                failure.help = Some(nearest_table(&shown, session).map_or_else(
                    || "\\d in the shell, or SHOW TABLES, lists the tables".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                ));
                return Some(shown);
            }
            if let Some(name) = between(what, "Invalid function '", "'") {
                let name = name.to_owned();
                let functions = function_names(session);
                let own = nearest(&name, functions.iter().map(String::as_str));
                let theirs = between(what, "Did you mean '", "'").map(str::to_owned);
                failure.code = "query.unknown_function";
                failure.message = format!("there is no function `{name}`");
                failure.help = own.or(theirs).map(|near| format!("did you mean `{near}`?"));
                return Some(name);
            }
            None
        }
        _ => None,
    }
}

fn nearest_table(name: &str, session: &Session) -> Option<String> {
    let tables = crate::shell::names::tables(session);
    // `transfers` is not a slip of the finger but a forgotten schema.
    let bare = tables.iter().find(|known| known.split_once('.').is_some_and(|(_, table)| table == name));
    bare.cloned().or_else(|| nearest(name, tables.iter().map(String::as_str))).or_else(|| {
        let bares: Vec<&str> =
            tables.iter().filter_map(|known| known.split_once('.').map(|(_, table)| table)).collect();
        let near = nearest(name.rsplit('.').next().unwrap_or(name), bares.into_iter())?;
        tables.iter().find(|known| known.ends_with(&format!(".{near}"))).cloned()
    })
}

fn function_names(session: &Session) -> Vec<String> {
    let mut names = crate::shell::names::functions(session);
    names.sort();
    names
}

fn span_of(diagnostic: &Diagnostic, sql: &str) -> Option<Range<usize>> {
    let Span { start, end } = diagnostic.span?;
    let from = offset(sql, start.line, start.column)?;
    let to = offset(sql, end.line, end.column)?;
    (to > from).then_some(from..to)
}

/// The byte at a line and column, both from 1; the end of the text when the column is just past it.
fn offset(sql: &str, line: u64, column: u64) -> Option<usize> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    let column = usize::try_from(column).ok()?.checked_sub(1)?;
    let begin = if line == 0 { 0 } else { sql.match_indices('\n').nth(line - 1)?.0 + 1 };
    let rest = &sql[begin..];
    Some(begin + rest.char_indices().nth(column).map_or(rest.len(), |(byte, _)| byte))
}

fn find_word(sql: &str, name: &str) -> Option<Range<usize>> {
    let (haystack, needle) = (sql.to_ascii_lowercase(), name.to_ascii_lowercase());
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    haystack.match_indices(&needle).map(|(start, found)| start..start + found.len()).find(|range| {
        !haystack[..range.start].chars().next_back().is_some_and(is_word)
            && !haystack[range.end..].chars().next().is_some_and(is_word)
    })
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(inside, _)| inside)
}

fn without_backtrace(text: &str) -> String {
    text.split("\n\nbacktrace:").next().unwrap_or(text).to_owned()
}

fn first_lines(text: &str) -> String {
    without_backtrace(text).lines().take(8).collect::<Vec<_>>().join("\n  ")
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

fn floor(text: &str, byte: usize) -> usize {
    (0..=byte.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_parser_message_leads_to_the_word() {
        let sql = "SELECT 1;\nSELEC 2";
        let range = parser_place("Expected: x, found: SELEC at Line: 2, Column: 1", sql).unwrap();
        assert_eq!(&sql[range], "SELEC");
    }

    #[test]
    fn columns_are_characters_and_not_bytes() {
        let sql = "SELECT 'äöü', x";
        let start = offset(sql, 1, 15).unwrap();
        assert_eq!(&sql[start..], "x");
        assert_eq!(line_and_column(sql, start), (1, 15));
    }

    #[test]
    fn a_word_is_not_found_inside_another() {
        assert_eq!(find_word("SELECT amounts, amount", "amount"), Some(16..22));
        assert_eq!(find_word("SELECT amounts", "amount"), None);
    }
}
