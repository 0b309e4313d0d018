//! Calls of the library's macros: a query with parameters, used in FROM like a table.
//!
//! ```sql
//! SELECT * FROM why_linked('1A…', '1B…')
//! ```
//!
//! `queries/macros/why_linked.sql` is a SELECT over tables and operators in which `$a` and `$b` stand for the call's
//! arguments. The call is replaced by that SELECT in the syntax tree, before anything is planned, so that the tables it
//! names are found, filters are pushed into it and EXPLAIN shows what runs.
//!
//! Arguments are given in the order of the header's `@param` lines or by name. One whose default is `required` must be
//! given. A value is cast to its declared type; a type that ends in `[]` also takes a subquery of one column.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::error::DataFusionError;
use datafusion::sql::parser::{CopyToSource, DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, OrderBy, OrderByKind, Query, SelectItem, SetExpr, Statement as SqlStatement,
    TableFactor, Value, VisitMut, VisitorMut, visit_expressions_mut,
};

use crate::error::{EngineError, Result};
use crate::library::{Kind, Library, Parameter, QueryFile};

/// The default of an argument that must be given.
pub(crate) const REQUIRED: &str = "required";

/// Macros within macros, at most: more is one that calls itself.
const DEPTH: usize = 8;

/// Replaces every call of a macro in a statement.
///
/// # Errors
/// [`EngineError::Usage`] for a call whose arguments do not fit, [`EngineError::QueryFile`] for a macro that is no SELECT.
pub(crate) fn expand(library: &Library, statement: &mut Statement) -> Result<()> {
    match statement {
        Statement::Statement(inner) => expand_in(library, inner.as_mut()),
        Statement::Explain(explain) => expand(library, &mut explain.statement),
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => expand_in(library, query.as_mut()),
            CopyToSource::Relation(_) => Ok(()),
        },
        Statement::CreateExternalTable(_) | Statement::Reset(_) => Ok(()),
    }
}

fn expand_in(library: &Library, node: &mut impl VisitMut) -> Result<()> {
    // One level at a time, so that a macro that calls itself ends.
    for _ in 0..DEPTH {
        let mut calls = Calls { library, found: false };
        if let ControlFlow::Break(error) = node.visit(&mut calls) {
            return Err(error);
        }
        if !calls.found {
            return Ok(());
        }
    }
    Err(EngineError::Usage(format!("macros call each other more than {DEPTH} deep")))
}

struct Calls<'a> {
    library: &'a Library,
    found: bool,
}

impl<'a> Calls<'a> {
    /// The macro that is called here, and with what.
    fn call<'b>(&self, factor: &'b TableFactor) -> Option<(&'a QueryFile, &'b [FunctionArg])> {
        let TableFactor::Table { name, args: Some(args), .. } = factor else { return None };
        let [part] = name.0.as_slice() else { return None };
        let stem = part.as_ident()?.value.to_ascii_lowercase();
        let file = self.library.get(Kind::Macro, &stem).ok()?;
        Some((file.as_ref(), args.args.as_slice()))
    }
}

/// An order as it is said of the columns that come out: `path.weakness` is then `weakness`. One by anything but columns is
/// not taken along.
fn by_output_names(mut order: OrderBy) -> Option<OrderBy> {
    let OrderByKind::Expressions(keys) = &mut order.kind else { return None };
    for key in keys {
        let name = match &key.expr {
            Expr::Identifier(name) => name.clone(),
            Expr::CompoundIdentifier(parts) => parts.last()?.clone(),
            _ => return None,
        };
        key.expr = Expr::Identifier(name);
    }
    Some(order)
}

impl VisitorMut for Calls<'_> {
    type Break = EngineError;

    /// `SELECT * FROM why_linked(…)` has the macro's own order, though a subquery has none.
    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<Self::Break> {
        let (SetExpr::Select(select), None) = (query.body.as_ref(), &query.order_by) else {
            return ControlFlow::Continue(());
        };
        let ([from], [SelectItem::Wildcard(_)]) = (select.from.as_slice(), select.projection.as_slice()) else {
            return ControlFlow::Continue(());
        };
        if from.joins.is_empty()
            && let Some((file, arguments)) = self.call(&from.relation)
        {
            match body(file, arguments) {
                Ok(inner) => query.order_by = inner.order_by.and_then(by_output_names),
                Err(error) => return ControlFlow::Break(error),
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<Self::Break> {
        let Some((file, arguments)) = self.call(factor) else { return ControlFlow::Continue(()) };
        match body(file, arguments) {
            Ok(subquery) => {
                let alias = match factor {
                    TableFactor::Table { alias, .. } => alias.take(),
                    _ => None,
                };
                *factor = TableFactor::Derived { lateral: false, subquery, alias, sample: None };
                self.found = true;
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// The macro's SELECT with the arguments of one call in place.
fn body(file: &QueryFile, arguments: &[FunctionArg]) -> Result<Box<Query>> {
    let mut values = arguments_of(file, arguments)?;
    for parameter in &file.header.parameters {
        if values.contains_key(&parameter.name) {
            continue;
        }
        if parameter.default == REQUIRED {
            return Err(usage(file, &format!("`{}` is missing", parameter.name)));
        }
        let default = parse_default(file, parameter)?;
        values.insert(parameter.name.clone(), default);
    }
    let refuse = |what: String| EngineError::query_file(&file.path(), 1, what);
    let parsed = DFParserBuilder::new(file.text.as_str()).build().and_then(|mut parser| parser.parse_statements());
    let mut statements = parsed.map_err(|error| refuse(error.to_string()))?;
    let Some(Statement::Statement(statement)) = statements.pop_front().filter(|_| statements.is_empty()) else {
        return Err(refuse("a macro is one SELECT".to_owned()));
    };
    let SqlStatement::Query(mut query) = *statement else {
        return Err(refuse("a macro is one SELECT".to_owned()));
    };
    let unknown = visit_expressions_mut(&mut query, |expression: &mut Expr| {
        let Expr::Value(value) = expression else { return ControlFlow::Continue(()) };
        let Value::Placeholder(name) = &value.value else { return ControlFlow::Continue(()) };
        match values.get(name.trim_start_matches('$')) {
            Some(given) => *expression = given.clone(),
            None => return ControlFlow::Break(name.clone()),
        }
        ControlFlow::Continue(())
    });
    match unknown {
        ControlFlow::Break(name) => Err(refuse(format!("`{name}` is not a declared parameter"))),
        ControlFlow::Continue(()) => Ok(query),
    }
}

/// The given arguments under their names, cast to their types.
fn arguments_of(file: &QueryFile, arguments: &[FunctionArg]) -> Result<BTreeMap<String, Expr>> {
    let mut values = BTreeMap::new();
    let parameters = &file.header.parameters;
    for (place, argument) in arguments.iter().enumerate() {
        let (name, expression) = match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => {
                let Some(parameter) = parameters.get(place) else {
                    return Err(usage(file, &format!("it takes {} arguments", parameters.len())));
                };
                (parameter.name.clone(), expression)
            }
            FunctionArg::Named { name, arg: FunctionArgExpr::Expr(expression), .. }
            | FunctionArg::ExprNamed { name: Expr::Identifier(name), arg: FunctionArgExpr::Expr(expression), .. } => {
                (name.value.to_ascii_lowercase(), expression)
            }
            other => return Err(usage(file, &format!("`{other}` is not understood"))),
        };
        let Some(parameter) = parameters.iter().find(|parameter| parameter.name == name) else {
            let known = || parameters.iter().map(|parameter| parameter.name.as_str());
            let hint = crate::nearest::nearest(&name, known());
            let hint = hint.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(usage(file, &format!("it has no argument `{name}`{hint}")));
        };
        if values.insert(name, cast(parameter, expression.clone())?).is_some() {
            return Err(usage(file, &format!("`{}` is given twice", parameter.name)));
        }
    }
    Ok(values)
}

/// A scalar as its declared type; a list as it is, because it may be a subquery.
fn cast(parameter: &Parameter, expression: Expr) -> Result<Expr> {
    if parameter.sql_type.ends_with("[]") || matches!(expression, Expr::Subquery(_)) {
        return Ok(expression);
    }
    let expression = match expression {
        Expr::Nested(inner) => *inner,
        other => other,
    };
    parse_expression(&format!("CAST({expression} AS {})", parameter.sql_type))
}

fn parse_default(file: &QueryFile, parameter: &Parameter) -> Result<Expr> {
    let text = if parameter.sql_type.starts_with("VARCHAR") {
        format!("'{}'", parameter.default.replace('\'', "''"))
    } else if parameter.sql_type == "INTERVAL" {
        format!("INTERVAL '{}'", parameter.default.replace('\'', "''"))
    } else if parameter.sql_type == "TIMESTAMP" {
        format!("TIMESTAMP '{}'", parameter.default.replace('\'', "''"))
    } else {
        parameter.default.clone()
    };
    parse_expression(&text).map_err(|error| {
        EngineError::query_file(&file.path(), 1, format!("the default of `{}`: {error}", parameter.name))
    })
}

fn parse_expression(text: &str) -> Result<Expr> {
    let sql = format!("SELECT {text}");
    let parsed = DFParserBuilder::new(sql.as_str()).build().and_then(|mut parser| parser.parse_statement())?;
    if let Statement::Statement(statement) = parsed
        && let SqlStatement::Query(query) = *statement
        && let SetExpr::Select(select) = *query.body
        && let Some(SelectItem::UnnamedExpr(expression)) = select.projection.into_iter().next()
    {
        return Ok(expression);
    }
    Err(EngineError::Query(DataFusionError::Plan(format!("`{text}` is not a value"))))
}

/// The complaint, and how the macro is called.
fn usage(file: &QueryFile, what: &str) -> EngineError {
    EngineError::Usage(format!("{}: {what}; call it as {}", file.stem, signature(file)))
}

/// How a macro is called: `why_linked(a VARCHAR, b VARCHAR, ledger VARCHAR = btc)`.
pub fn signature(file: &QueryFile) -> String {
    let parameters = file.header.parameters.iter().map(|parameter| {
        let Parameter { name, sql_type, default } = parameter;
        if default == REQUIRED { format!("{name} {sql_type}") } else { format!("{name} {sql_type} = {default}") }
    });
    format!("{}({})", file.stem, parameters.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;

    fn library() -> Library {
        let text = "-- T\n--\n-- Finds     x.\n--\n-- @param a  VARCHAR  required\n-- @param keys  BIGINT[]  ARRAY[]\n\
            -- @param days  INTERVAL  '2 days'\n\nSELECT t.x FROM t WHERE x = $a AND y < $days AND z IN (SELECT unnest($keys)) ORDER BY t.x DESC";
        let nested = "-- T\n--\n-- Finds     x.\n--\n-- @param b  VARCHAR  required\n\nSELECT * FROM one($b || '!')";
        let endless = "-- T\n--\n-- Finds     x.\n\nSELECT * FROM endless()";
        Library::from_files([("macros/one.sql", text), ("macros/two.sql", nested), ("macros/endless.sql", endless)])
            .unwrap()
    }

    fn expanded(sql: &str) -> Result<String> {
        let mut statement = DFParserBuilder::new(sql).build().unwrap().parse_statement().unwrap();
        expand(&library(), &mut statement)?;
        Ok(statement.to_string())
    }

    #[test]
    fn a_call_becomes_its_query_with_the_arguments_in_place() {
        let sql = expanded("SELECT q.x FROM one('it''s', days => INTERVAL '1 day') AS q").unwrap();
        assert!(sql.contains("x = CAST('it''s' AS VARCHAR) AND y < CAST(INTERVAL '1 day' AS INTERVAL)"), "{sql}");
        assert!(sql.ends_with("AS q") && sql.contains("unnest(ARRAY[])"), "{sql}");
        let sql = expanded("SELECT * FROM two('a')").unwrap();
        assert!(sql.contains("CAST(CAST('a' AS VARCHAR) || '!' AS VARCHAR)"), "{sql}");
        assert!(expanded("EXPLAIN SELECT * FROM one('a')").unwrap().contains("FROM t WHERE"));
        assert!(expanded("SELECT * FROM one('a')").unwrap().ends_with(") ORDER BY x DESC"), "its own order");
        assert!(expanded("SELECT max(x) FROM one('a')").unwrap().ends_with("ORDER BY t.x DESC)"), "nobody asks for it");
        assert_eq!(expanded("SELECT * FROM other('a')").unwrap(), "SELECT * FROM other('a')");
    }

    #[test]
    fn wrong_calls_say_how_it_is_called() {
        let wrong = |sql: &str, part: &str| {
            let error = expanded(sql).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        wrong("SELECT * FROM one()", "one: `a` is missing; call it as one(a VARCHAR, keys BIGINT[] = ARRAY[]");
        wrong("SELECT * FROM one('a', day => 1)", "did you mean `days`?");
        wrong("SELECT * FROM one('a', ARRAY[1], INTERVAL '1 day', 4)", "it takes 3 arguments");
        wrong("SELECT * FROM one('a', a => 'b')", "`a` is given twice");
        wrong("SELECT * FROM endless()", "more than 8 deep");
    }
}
