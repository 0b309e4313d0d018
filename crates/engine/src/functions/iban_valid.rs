//! `iban_valid(text)`: whether a text is an IBAN.

use std::sync::LazyLock;

use datafusion::arrow::array::BooleanArray;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::utils::take_function_args;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::iban;
use super::strings::{Shape, Strings, text};

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "iban_valid(text)",
        "Tells whether a text is an IBAN: right length and structure for its country, right check digits. Spaces are \
         allowed, lower case is not.",
        r"
> SELECT iban_valid('EE27 3300 3335 0561 0002') AS good, iban_valid('AZ27MUGA4016038131685USD06') AS looks_like_one;
+------+----------------+
| good | looks_like_one |
+------+----------------+
| true | false          |
+------+----------------+
",
    )
    .with_argument("text", "The text to judge.")
    .with_related_udf("iban_country")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(IbanValidFunc { signature: Signature::coercible(vec![text()], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct IbanValidFunc {
    signature: Signature,
}

impl ScalarUDFImpl for IbanValidFunc {
    fn name(&self) -> &str {
        "iban_valid"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let [argument] = take_function_args(self.name(), &call.args)?;
        let texts = Strings::new(self.name(), argument)?;
        let judged = (0..shape.rows).map(|row| texts.value(row).map(|text| iban::parse(text).is_some()));
        shape.finish(judged.collect::<BooleanArray>())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use std::path::PathBuf;

    use super::super::testing;

    #[tokio::test]
    async fn judges_structure_and_check_digits() {
        let session = testing::session();
        for (text, valid) in [
            ("'DE44500105175407324931'", "true"),
            ("'DE44 5001 0517 5407 3249 31'", "true"),
            ("' DE44500105 175407324931 '", "true"),
            ("'DE44500105175407324932'", "false"),
            ("'de44500105175407324931'", "false"),
            ("'MT84MALT011000012345mtlcast001s'", "false"),
            ("'DE4450010517540732493'", "false"),
            ("'DE44-5001-0517-5407-3249-31'", "false"),
            ("repeat('A', 1000)", "false"),
            ("''", "false"),
            ("NULL", ""),
        ] {
            assert_eq!(testing::cell(&session, &format!("iban_valid({text})")).await, valid, "{text}");
        }
    }

    /// The account numbers of the Azerbaijani Laundromat: 2,465 are IBANs, and 4 have the shape of one and are not.
    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "where the data lies is a matter of the machine")]
    async fn agrees_with_a_real_bank_leak() {
        let root = std::env::var_os("HEADWATER_DATA")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
        let folder = root.join("bank/azerbaijani_laundromat");
        if !folder.join("accounts.csv").exists() {
            assert!(std::env::var_os("CI").is_none(), "{} is missing", folder.display());
            return;
        }
        let session = testing::session();
        for (table, file) in [("accounts", "accounts.csv"), ("transactions", "transactions.csv")] {
            let create = format!(
                "CREATE EXTERNAL TABLE {table} STORED AS CSV LOCATION '{}' OPTIONS ('has_header' 'true')",
                folder.join(file).display()
            );
            session.sql(&create).await.unwrap();
        }
        let counts = testing::query(
            &session,
            r#"SELECT count(*) FILTER (WHERE iban_valid(number)) AS valid,
                      count(*) FILTER (WHERE NOT iban_valid(number)
                                         AND number ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$') AS alike
               FROM (SELECT "bankAccountNumber" AS number FROM accounts
                     UNION SELECT payer_account FROM transactions
                     UNION SELECT beneficiary_account FROM transactions)"#,
        )
        .await
        .unwrap();
        assert!(counts.contains("| 2465  | 4     |"), "{counts}");
    }
}
