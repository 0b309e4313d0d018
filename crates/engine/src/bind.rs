//! Binds `$name` in a query to a typed literal before the query is planned.
//!
//! Placeholders would reach a table function unresolved, so a parameter becomes `CAST('value' AS TYPE)` in the syntax
//! tree. The declared type is checked when a value is given, so that a profile with `share = "lots"` is refused by
//! name and not by a cast error in the middle of a run.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, CopyToStatement, DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{Expr, Value, VisitMut, visit_expressions_mut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use crate::error::{EngineError, Result};
use crate::library::QueryFile;

/// Values for parameters, by name, as text.
pub type Values = BTreeMap<String, String>;

/// The parameters of a run: what each was, typed, for binding and for the record.
#[derive(Debug, Clone)]
pub struct Bindings {
    values: BTreeMap<String, (String, Expr)>,
}

impl Bindings {
    /// Takes the declared defaults of a file, replaced by `values` where given.
    ///
    /// # Errors
    /// [`EngineError::Usage`] for a value whose name is not declared, [`EngineError::QueryFile`] for one that does not
    /// read as its type.
    pub fn for_file(file: &QueryFile, values: &Values) -> Result<Self> {
        for name in values.keys() {
            if !file.header.parameters.iter().any(|parameter| parameter.name == *name) {
                let names = file.header.parameters.iter().map(|parameter| parameter.name.as_str());
                let hint = crate::nearest::nearest(name, names.clone());
                let known = names.collect::<Vec<_>>().join(", ");
                return Err(EngineError::Usage(match hint {
                    Some(near) => format!("{} has no parameter `{name}`; did you mean `{near}`?", file.stem),
                    None => format!("{} has no parameter `{name}`; it has: {known}", file.stem),
                }));
            }
        }
        let mut bound = Self { values: BTreeMap::new() };
        for parameter in &file.header.parameters {
            let text = values.get(&parameter.name).unwrap_or(&parameter.default);
            let literal = typed_literal(&parameter.sql_type, text).map_err(|what| {
                EngineError::query_file(&file.path(), 1, format!("parameter `{}`: {what}", parameter.name))
            })?;
            bound.values.insert(parameter.name.clone(), (text.clone(), literal));
        }
        Ok(bound)
    }

    /// Values of no file's header: whole numbers where they read as such, text otherwise.
    pub(crate) fn of_texts(values: &Values) -> Self {
        values.iter().fold(Self { values: BTreeMap::new() }, |bound, (name, text)| match text.parse() {
            Ok(number) => bound.with_integer(name, number),
            Err(_) => bound.with_text(name, text),
        })
    }

    /// Adds a text value that the engine itself supplies, such as an importer's `$path`.
    pub fn with_text(mut self, name: &str, value: &str) -> Self {
        let literal = Expr::value(Value::SingleQuotedString(value.to_owned()));
        self.values.insert(name.to_owned(), (value.to_owned(), literal));
        self
    }

    /// Adds an integer that the engine itself supplies, such as an importer's `$source_id`.
    pub fn with_integer(mut self, name: &str, value: i64) -> Self {
        // A negative literal is an expression; quoting it keeps one shape for all.
        if let Ok(literal) = typed_literal("BIGINT", &value.to_string()) {
            self.values.insert(name.to_owned(), (value.to_string(), literal));
        }
        self
    }

    /// The values as text, for the record of a run.
    pub fn texts(&self) -> BTreeMap<String, String> {
        self.values.iter().map(|(name, (text, _))| (name.clone(), text.clone())).collect()
    }

    /// Parses SQL and puts the values in place of every `$name`.
    ///
    /// # Errors
    /// [`EngineError::QueryFile`] for SQL that does not parse, or a `$name` that was never declared.
    pub fn statements(&self, file: &str, sql: &str) -> Result<Vec<Statement>> {
        let parsed = DFParserBuilder::new(sql).build();
        let statements = parsed
            .and_then(|mut parser| parser.parse_statements())
            .map_err(|error| EngineError::query_file(file, 1, error.to_string()))?;
        let mut statements: Vec<Statement> = statements.into();
        for statement in &mut statements {
            let bound = match statement {
                Statement::Statement(inner) => self.bind(inner.as_mut()),
                Statement::CopyTo(CopyToStatement { source: CopyToSource::Query(query), .. }) => self.bind(query),
                _ => Ok(()),
            };
            bound.map_err(|name| {
                EngineError::query_file(file, line_of(sql, &name), format!("`{name}` is not a declared parameter"))
            })?;
        }
        Ok(statements)
    }

    fn bind(&self, node: &mut impl VisitMut) -> std::result::Result<(), String> {
        let outcome = visit_expressions_mut(node, |expression: &mut Expr| {
            if let Expr::Value(value) = expression
                && let Value::Placeholder(name) = &value.value
            {
                match self.values.get(name.trim_start_matches('$')) {
                    Some((_, literal)) => *expression = literal.clone(),
                    None => return ControlFlow::Break(name.clone()),
                }
            }
            ControlFlow::Continue(())
        });
        match outcome {
            ControlFlow::Break(name) => Err(name),
            ControlFlow::Continue(()) => Ok(()),
        }
    }
}

fn line_of(sql: &str, needle: &str) -> usize {
    sql.find(needle).map_or(1, |offset| sql[..offset].matches('\n').count() + 1)
}

/// `CAST('text' AS TYPE)`, after checking that the text reads as the type where that can be said without planning.
fn typed_literal(sql_type: &str, text: &str) -> std::result::Result<Expr, String> {
    let kind = sql_type.split('(').next().unwrap_or_default().trim().to_ascii_uppercase();
    let refuse = || Err(format!("`{text}` is not a {sql_type}"));
    match kind.as_str() {
        "BIGINT" | "INT" if text.parse::<i64>().is_err() => return refuse(),
        "DOUBLE" if !text.parse::<f64>().is_ok_and(f64::is_finite) => return refuse(),
        "DECIMAL" if !is_decimal(text) => return refuse(),
        "BOOLEAN" if !matches!(text, "true" | "false") => return refuse(),
        "DATE" if chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_err() => return refuse(),
        "INTERVAL" if !is_interval(text) => return refuse(),
        "BIGINT" | "INT" | "DOUBLE" | "DECIMAL" | "BOOLEAN" | "DATE" | "TIMESTAMP" | "VARCHAR" | "INTERVAL" => {}
        _ => return Err(format!("parameters cannot be of type {sql_type}")),
    }
    let quoted = text.replace('\'', "''");
    let sql = match kind.as_str() {
        "INTERVAL" => format!("INTERVAL '{quoted}'"),
        "VARCHAR" => format!("'{quoted}'"),
        _ => format!("CAST('{quoted}' AS {sql_type})"),
    };
    Parser::new(&GenericDialect {})
        .try_with_sql(&sql)
        .and_then(|mut parser| parser.parse_expr())
        .map_err(|error| format!("`{text}` is not a {sql_type}: {error}"))
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction)
}

/// `6 hours`, `1 month 2 days`: pairs of a whole number and a unit.
fn is_interval(text: &str) -> bool {
    let words = text.split_whitespace().collect::<Vec<_>>();
    let unit = |word: &str| {
        let word = word.to_ascii_lowercase();
        let word = word.strip_suffix('s').unwrap_or(&word);
        matches!(word, "second" | "minute" | "hour" | "day" | "week" | "month" | "year")
    };
    !words.is_empty()
        && words.len().is_multiple_of(2)
        && words.chunks(2).all(|pair| pair[0].parse::<u32>().is_ok() && unit(pair[1]))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;
    use crate::library::Kind;

    fn file() -> QueryFile {
        let text = "-- T\n--\n-- Finds     x.\n--\n-- @param dwell  INTERVAL  '6 hours'\n-- @param share  DECIMAL(5, 4)  0.95\n\n\
            SELECT * FROM f($path) WHERE a > $dwell AND b >= $share";
        QueryFile::parse(Kind::Typology, "x", text).unwrap()
    }

    #[test]
    fn binds_in_expressions_and_in_table_function_arguments() {
        let bindings = Bindings::for_file(&file(), &Values::new()).unwrap().with_text("path", "it's.csv");
        let statements = bindings.statements("typologies/x.sql", &file().text).unwrap();
        let sql = statements[0].to_string();
        assert!(sql.contains("f('it''s.csv')"), "{sql}");
        assert!(sql.contains("INTERVAL '6 hours'") && sql.contains("CAST('0.95' AS DECIMAL(5,4))"), "{sql}");
    }

    #[test]
    fn refuses_a_wrong_type_an_unknown_name_and_an_undeclared_placeholder() {
        let wrong = Values::from([("share".to_owned(), "lots".to_owned())]);
        let error = Bindings::for_file(&file(), &wrong).unwrap_err().to_string();
        assert!(error.contains("parameter `share`: `lots` is not a DECIMAL(5, 4)"), "{error}");
        let unknown = Values::from([("dwel".to_owned(), "1 day".to_owned())]);
        let error = Bindings::for_file(&file(), &unknown).unwrap_err().to_string();
        assert!(error.contains("did you mean `dwell`"), "{error}");
        let error =
            Bindings::for_file(&file(), &Values::new()).unwrap().statements("x.sql", "SELECT\n$nope").unwrap_err();
        assert_eq!(error.to_string(), "x.sql:2: `$nope` is not a declared parameter");
    }
}
