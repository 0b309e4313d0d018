//! `iban_country(text)`: the country an IBAN names.

use std::sync::LazyLock;

use ::iban::IbanLike as _;
use datafusion::arrow::array::StringViewBuilder;
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
        "iban_country(text)",
        "Returns the ISO 3166 code of the country an IBAN belongs to, or NULL when the text is not a valid IBAN: the \
         first two letters of anything else say nothing.",
        r"
> SELECT iban_country('EE27 3300 3335 0561 0002') AS good, iban_country('AZ27MUGA4016038131685USD06') AS looks_like_one;
+------+----------------+
| good | looks_like_one |
+------+----------------+
| EE   |                |
+------+----------------+
",
    )
    .with_argument("text", "The IBAN; spaces allowed.")
    .with_related_udf("iban_valid")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(IbanCountryFunc { signature: Signature::coercible(vec![text()], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct IbanCountryFunc {
    signature: Signature,
}

impl ScalarUDFImpl for IbanCountryFunc {
    fn name(&self) -> &str {
        "iban_country"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let [argument] = take_function_args(self.name(), &call.args)?;
        let texts = Strings::new(self.name(), argument)?;
        let mut countries = StringViewBuilder::with_capacity(shape.rows);
        for row in 0..shape.rows {
            match texts.value(row).and_then(iban::parse) {
                Some(number) => countries.append_value(number.country_code()),
                None => countries.append_null(),
            }
        }
        shape.finish(countries.finish())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;

    #[tokio::test]
    async fn names_no_country_without_an_iban() {
        let session = testing::session();
        assert_eq!(testing::cell(&session, "iban_country('LV80BANK0000435195001')").await, "LV");
        assert_eq!(testing::cell(&session, "iban_country('LV80')").await, "");
        assert_eq!(testing::cell(&session, "iban_country(NULL)").await, "");
    }
}
