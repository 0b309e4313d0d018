//! Help while typing: completion of tables, columns, functions, keywords and file names, and lines that go on until `;`.
//!
//! Names are collected when the shell starts, except the session's own tables, which come and go: those are not offered.

use headwater_engine::Session;
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper, Highlighter, Hinter};

use super::{names, statement};

const KEYWORDS: &[&str] = &[
    "ALL",
    "AND",
    "ANY",
    "AS",
    "ASC",
    "BETWEEN",
    "BY",
    "CASE",
    "CAST",
    "COPY",
    "CREATE",
    "CROSS",
    "DATE",
    "DESC",
    "DESCRIBE",
    "DISTINCT",
    "DROP",
    "ELSE",
    "END",
    "EXCEPT",
    "EXISTS",
    "EXPLAIN",
    "FALSE",
    "FILTER",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IN",
    "INNER",
    "INTERSECT",
    "INTERVAL",
    "IS",
    "JOIN",
    "LEFT",
    "LIKE",
    "LIMIT",
    "NOT",
    "NULL",
    "OFFSET",
    "ON",
    "OR",
    "ORDER",
    "OVER",
    "PARTITION",
    "QUALIFY",
    "RECURSIVE",
    "RIGHT",
    "SELECT",
    "SHOW",
    "TABLE",
    "THEN",
    "TIMESTAMP",
    "TO",
    "TRUE",
    "UNION",
    "UNNEST",
    "USING",
    "VALUES",
    "VIEW",
    "WHEN",
    "WHERE",
    "WINDOW",
    "WITH",
];

const COMMANDS: &[&str] = &["\\d", "\\dt", "\\df", "\\timing", "\\x", "\\o", "\\format", "\\?", "\\q"];

/// What rustyline asks while a line is typed.
#[derive(Helper, Highlighter, Hinter)]
pub(super) struct Assistant {
    tables: Vec<String>,
    columns: Vec<String>,
    functions: Vec<String>,
    files: FilenameCompleter,
}

impl Assistant {
    /// Collects the names of a session.
    pub(super) fn new(session: &Session) -> Self {
        Self {
            tables: names::tables(session),
            columns: names::columns(session),
            functions: names::functions(session),
            files: FilenameCompleter::new(),
        }
    }

    fn candidates(&self, before: &str, word: &str) -> Vec<Pair> {
        if word.starts_with('\\') {
            return COMMANDS.iter().filter(|command| command.starts_with(word)).map(|command| pair(command)).collect();
        }
        let starts = |name: &str| name.get(..word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word));
        let mut found: Vec<Pair> = self.tables.iter().filter(|name| starts(name)).map(|name| pair(name)).collect();
        if before.trim_start().starts_with("\\d ") || before.trim_start().starts_with("\\dt ") {
            return found;
        }
        if let Some((alias, part)) = word.rsplit_once('.') {
            // After `t.` only a column can stand, and of which table is known to nobody before FROM is typed.
            if found.is_empty() {
                let columns = self.columns.iter().filter(|name| name.starts_with(&part.to_ascii_lowercase()));
                found.extend(columns.map(|name| pair(&format!("{alias}.{name}"))));
            }
            return found;
        }
        found.extend(self.columns.iter().filter(|name| starts(name)).map(|name| pair(name)));
        found.extend(
            self.functions
                .iter()
                .filter(|name| starts(name))
                .map(|name| Pair { display: format!("{name}("), replacement: format!("{name}(") }),
        );
        let lower = word.chars().any(|c| c.is_ascii_lowercase());
        let keywords = KEYWORDS.iter().filter(|name| starts(name));
        found.extend(keywords.map(|name| if lower { pair(&name.to_ascii_lowercase()) } else { pair(name) }));
        found
    }
}

fn pair(text: &str) -> Pair {
    Pair { display: text.to_owned(), replacement: text.to_owned() }
}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, line: &str, position: usize, context: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = &line[..position];
        if statement::in_literal(before) || before.trim_start().starts_with("\\o ") {
            return self.files.complete(line, position, context);
        }
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '\\' | '?');
        let start =
            before.rfind(|c| !is_word(c)).map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
        let word = &before[start..];
        if word.is_empty() {
            return Ok((start, Vec::new()));
        }
        Ok((start, self.candidates(&before[..start], word)))
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        Ok(if statement::is_complete(context.input()) {
            ValidationResult::Valid(None)
        } else {
            ValidationResult::Incomplete
        })
    }
}
