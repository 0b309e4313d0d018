//! `identifier(account)`: from the number back to the name, through the lake.
//!
//! A hash cannot be turned round, so this is a look-up in `flow.accounts`, and a look-up waits for files: the function is
//! asynchronous. DataFusion 55.2 plans such a function into a step of its own below a projection, a filter, a join
//! condition or the arguments of a plain aggregate. In GROUP BY, DISTINCT aggregates, windows, and an ORDER BY that is not
//! also selected it does not, and says "async functions should not be called directly": project the identifier in a
//! subquery first.
//!
//! It is declared volatile although it is a plain function of the snapshot. Anything less lets the optimizer evaluate
//! it while planning, or push it into a table scan, and both places call functions without waiting: an internal error.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use datafusion::arrow::array::{AsArray, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::utils::take_function_args;
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::async_udf::{AsyncScalarUDF, AsyncScalarUDFImpl};
use datafusion::logical_expr::ptr_eq::PtrEq;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "identifier(account)",
        "Returns the identifier behind an account number, from `flow.accounts`, or NULL when the lake does not know it.\n\
         Use it in SELECT and WHERE; for GROUP BY, windows and count(DISTINCT), project it in a subquery first.",
        r"
> SELECT identifier(account('bank', 'EE27 3300 3335 0561 0002')) AS identifier, identifier(1) AS unknown;
+----------------------+---------+
| identifier           | unknown |
+----------------------+---------+
| EE273300333505610002 |         |
+----------------------+---------+
",
    )
    .with_argument("account", "BIGINT, as `account()` returns it and the tables hold it.")
    .with_related_udf("account")
    .build()
});

/// Where identifiers are looked up.
#[async_trait]
pub trait IdentifierSource: Debug + Send + Sync {
    /// Returns the identifiers of those accounts the lake knows. `accounts` is sorted and holds each number once.
    ///
    /// # Errors
    /// When the lake cannot be read.
    async fn identifiers(&self, accounts: &[i64]) -> Result<HashMap<i64, String>>;
}

/// A source that knows no account: for a session without a lake, and for the manual.
#[derive(Debug, Clone, Copy)]
pub struct NoIdentifiers;

#[async_trait]
impl IdentifierSource for NoIdentifiers {
    async fn identifiers(&self, _accounts: &[i64]) -> Result<HashMap<i64, String>> {
        Ok(HashMap::new())
    }
}

/// Returns the function over a source.
pub(super) fn function(source: Arc<dyn IdentifierSource>) -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Int64], Volatility::Volatile);
    AsyncScalarUDF::new(Arc::new(IdentifierFunc { source: source.into(), signature })).into_scalar_udf()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct IdentifierFunc {
    source: PtrEq<Arc<dyn IdentifierSource>>,
    signature: Signature,
}

impl ScalarUDFImpl for IdentifierFunc {
    fn name(&self) -> &str {
        "identifier"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, _call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        internal_err!("identifier is asynchronous and was called as if it were not")
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

#[async_trait]
impl AsyncScalarUDFImpl for IdentifierFunc {
    /// Asks once per batch, for each account once. The answer is always an array of the batch's length: a constant would
    /// come out one row long, because `AsyncFuncExpr` expands it to a single row.
    async fn invoke_async_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let rows = call.number_rows;
        let [accounts] = take_function_args(self.name(), call.args)?;
        let accounts = accounts.into_array(rows)?;
        let accounts = accounts.as_primitive::<Int64Type>();
        let mut wanted: Vec<i64> = accounts.iter().flatten().collect();
        wanted.sort_unstable();
        wanted.dedup();
        let known = if wanted.is_empty() { HashMap::new() } else { self.source.identifiers(&wanted).await? };

        let mut identifiers = StringViewBuilder::with_capacity(accounts.len());
        for account in accounts {
            identifiers.append_option(account.and_then(|account| known.get(&account)));
        }
        Ok(ColumnarValue::Array(Arc::new(identifiers.finish())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;

    const ACCOUNTS: &str = "(VALUES (account('bank', 'EE273300333505610002'), 1), (7, 2), (NULL, 3),
                             (account('bank', 'EE273300333505610002'), 4)) AS accounts (account, position)";

    #[tokio::test]
    async fn answers_in_projections_and_filters() {
        let session = testing::session();
        let everywhere = format!(
            "SELECT position, identifier(account) AS identifier FROM {ACCOUNTS}
             WHERE identifier(account) LIKE 'EE%' OR position = 2 ORDER BY position"
        );
        let answer = testing::query(&session, &everywhere).await;
        compare(
            answer,
            &[
                "+----------+----------------------+",
                "| position | identifier           |",
                "+----------+----------------------+",
                "| 1        | EE273300333505610002 |",
                "| 2        |                      |",
                "| 4        | EE273300333505610002 |",
                "+----------+----------------------+",
            ],
        );
    }

    #[tokio::test]
    async fn answers_below_a_group_by_through_a_subquery() {
        let session = testing::session();
        let grouped = format!(
            "SELECT identifier, count(*) AS n FROM (SELECT identifier(account) AS identifier FROM {ACCOUNTS})
             GROUP BY identifier ORDER BY identifier NULLS LAST"
        );
        let answer = testing::query(&session, &grouped).await;
        compare(
            answer,
            &[
                "+----------------------+---+",
                "| identifier           | n |",
                "+----------------------+---+",
                "| EE273300333505610002 | 2 |",
                "|                      | 2 |",
                "+----------------------+---+",
            ],
        );
    }

    fn compare(answer: datafusion::common::Result<String>, lines: &[&str]) {
        assert_eq!(answer.map_err(|error| error.to_string()).as_deref(), Ok(lines.join("\n").as_str()));
    }
}
