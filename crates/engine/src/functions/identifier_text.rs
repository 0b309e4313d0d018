//! `identifier_text(ledger, identifier)`: the one spelling of an identifier, as `flow.accounts` stores it.

use std::sync::LazyLock;

use datafusion::arrow::array::StringViewBuilder;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::utils::take_function_args;
use datafusion::logical_expr::{ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature};

use super::ledger::Ledger;
use super::strings::{Identifiers, Shape, Strings};

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "identifier_text(ledger, identifier)",
        "Returns the one spelling of an identifier: bank accounts in capitals without spaces, a Bitcoin script as its \
         address (or `p2pk:`, `multisig:`, `script:` and hex), an EVM address in lower case, anything else as it is.",
        r"
> SELECT identifier_text('bank', 'ee27 3300 3335 0561 0002') AS iban,
         identifier_text('btc', X'76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac') AS address;
+----------------------+------------------------------------+
| iban                 | address                            |
+----------------------+------------------------------------+
| EE273300333505610002 | 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa |
+----------------------+------------------------------------+
",
    )
    .with_argument("ledger", "`bank`, a chain's alias or its CAIP-2 name.")
    .with_argument("identifier", "The identifier as text, or the raw script or EVM address as BINARY.")
    .with_related_udf("account")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(IdentifierTextFunc { signature: super::account::signature() })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct IdentifierTextFunc {
    signature: Signature,
}

impl ScalarUDFImpl for IdentifierTextFunc {
    fn name(&self) -> &str {
        "identifier_text"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let [ledger, identifier] = take_function_args(self.name(), &call.args)?;
        let ledgers = Strings::new(self.name(), ledger)?;
        let identifiers = Identifiers::new(self.name(), identifier)?;

        let mut spellings = StringViewBuilder::with_capacity(shape.rows);
        let mut current: Option<(&str, Ledger<'_>)> = None;
        for row in 0..shape.rows {
            let Some(name) = ledgers.value(row) else {
                spellings.append_null();
                continue;
            };
            let ledger = match current {
                Some((known, ledger)) if known == name => ledger,
                _ => current.insert((name, Ledger::of(name))).1,
            };
            match &identifiers {
                Identifiers::Text(texts) => {
                    spellings.append_option(texts.value(row).map(|text| ledger.spelling(text)));
                }
                Identifiers::Raw(raw) => {
                    let spelling = raw.value(row).map(|bytes| ledger.spelling_of_bytes(bytes)).transpose()?;
                    spellings.append_option(spelling);
                }
            }
        }
        shape.finish(spellings.finish())
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;

    /// The account of the stored spelling must be the account of what was read, or no join would find it.
    #[tokio::test]
    async fn the_spelling_is_the_same_account() {
        let session = testing::session();
        for (ledger, identifier) in [
            ("bank", "'ee27 3300 3335 0561 0002'"),
            ("bank", "'ДЕ 12 a'"),
            ("btc", "'BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ'"),
            ("btc", "'script:76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac'"),
            ("btc", "'no address'"),
            ("btc", "X'6a0401020304'"),
            ("btc-regtest", "X'51'"),
            ("eth", "'0x52908400098527886E0F7030069857D2E4169EE7'"),
            ("eip155:1", "X'52908400098527886E0F7030069857D2E4169EE7'"),
            ("tron", "'TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW'"),
        ] {
            let same = format!(
                "account('{ledger}', {identifier}) = account('{ledger}', identifier_text('{ledger}', {identifier}))"
            );
            assert_eq!(testing::cell(&session, &same).await, "true", "{ledger} {identifier}");
        }
        assert_eq!(testing::cell(&session, "identifier_text('btc', NULL)").await, "");
    }
}
