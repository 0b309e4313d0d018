//! What the tests of functions share: a session with every function in it, and a source that knows one account.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Field;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};
use datafusion::prelude::SessionContext;

use super::{AccountHasher, FunctionContext, IdentifierSource, scalars};

/// Knows the account of one IBAN.
#[derive(Debug)]
struct OneAccount(i64);

#[async_trait]
impl IdentifierSource for OneAccount {
    async fn identifiers(&self, accounts: &[i64]) -> Result<HashMap<i64, String>> {
        assert!(accounts.is_sorted_by(|left, right| left < right), "{accounts:?}");
        let known = accounts.iter().filter(|account| **account == self.0);
        Ok(known.map(|account| (*account, "EE273300333505610002".to_owned())).collect())
    }
}

pub(super) fn context() -> FunctionContext {
    let accounts = Arc::new(AccountHasher::new());
    let one = OneAccount(accounts.account("bank", "EE273300333505610002"));
    FunctionContext { accounts, identifiers: Arc::new(one) }
}

#[expect(clippy::disallowed_methods, reason = "functions are tested without the lake that a Headwater session needs")]
pub(super) fn session() -> SessionContext {
    let session = SessionContext::new();
    for function in scalars(&context()) {
        session.register_udf(function.as_ref().clone());
    }
    session
}

/// Runs a query and returns what a terminal would show.
pub(super) async fn query(session: &SessionContext, sql: &str) -> Result<String> {
    let batches = session.sql(sql).await?.collect().await?;
    Ok(pretty_format_batches(&batches)?.to_string())
}

/// Evaluates one expression and returns its text; NULL is empty.
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
pub(super) async fn cell(session: &SessionContext, expression: &str) -> String {
    let printed = query(session, &format!("SELECT {expression} AS cell")).await.unwrap();
    printed.lines().nth(3).unwrap().trim_matches(|character| character == '|' || character == ' ').to_owned()
}

/// Calls a function on columns, past SQL: for encodings and for many rows.
pub(super) fn invoke(function: &ScalarUDF, arguments: Vec<ColumnarValue>) -> Result<ArrayRef> {
    let rows = arguments.iter().find_map(|argument| match argument {
        ColumnarValue::Array(array) => Some(array.len()),
        ColumnarValue::Scalar(_) => None,
    });
    let rows = rows.unwrap_or(1);
    let fields: Vec<_> =
        arguments.iter().map(|argument| Arc::new(Field::new("argument", argument.data_type(), true))).collect();
    let scalars = vec![None; arguments.len()];
    let return_field =
        function.return_field_from_args(ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &scalars })?;
    let call = ScalarFunctionArgs {
        args: arguments,
        arg_fields: fields,
        number_rows: rows,
        return_field,
        config_options: Arc::new(ConfigOptions::default()),
    };
    function.invoke_with_args(call)?.into_array(rows)
}
