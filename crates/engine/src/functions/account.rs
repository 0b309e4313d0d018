//! `account(ledger, identifier)`: the number by which every table knows an account.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::Int64Array;
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::utils::take_function_args;
use datafusion::logical_expr::ptr_eq::PtrEq;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use super::account_hash::{AccountHasher, LedgerHasher};
use super::strings::{Identifiers, Shape, Strings, bytes, text};

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "account(ledger, identifier)",
        "Returns the number of an account: the same for every spelling of its identifier, in every lake.\n\
         It is a keyed 64-bit hash of the ledger and the identifier; `identifier(account)` leads back.",
        r"
> SELECT account('bank', 'EE27 3300 3335 0561 0002') AS account;
+---------------------+
| account             |
+---------------------+
| 5562642198217747352 |
+---------------------+
> SELECT account('eip155:1', '0x52908400098527886E0F7030069857D2E4169EE7')
       = account('eth', '0x52908400098527886e0f7030069857d2e4169ee7') AS same;
+------+
| same |
+------+
| true |
+------+
",
    )
    .with_argument("ledger", "`bank`, a chain's alias (`btc`, `eth`, `tron`) or its CAIP-2 name (`eip155:1`).")
    .with_argument(
        "identifier",
        "Text: an IBAN or account number, an address, or a script by its prefixed form. BINARY: the raw Bitcoin script \
         or EVM address.",
    )
    .with_related_udf("identifier")
    .with_related_udf("identifier_text")
    .build()
});

/// Returns the function over a lake's hasher.
pub(super) fn function(accounts: Arc<AccountHasher>) -> ScalarUDF {
    ScalarUDF::from(AccountFunc { accounts: accounts.into(), signature: signature() })
}

/// A ledger, then text or bytes.
pub(super) fn signature() -> Signature {
    Signature::one_of(
        vec![TypeSignature::Coercible(vec![text(), text()]), TypeSignature::Coercible(vec![text(), bytes()])],
        Volatility::Immutable,
    )
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct AccountFunc {
    accounts: PtrEq<Arc<AccountHasher>>,
    signature: Signature,
}

impl ScalarUDFImpl for AccountFunc {
    fn name(&self) -> &str {
        "account"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let [ledger, identifier] = take_function_args(self.name(), &call.args)?;
        let ledgers = Strings::new(self.name(), ledger)?;
        let identifiers = Identifiers::new(self.name(), identifier)?;

        let mut numbers = Vec::with_capacity(shape.rows);
        let mut valid = Vec::with_capacity(shape.rows);
        let mut hasher: Option<LedgerHasher> = None;
        for row in 0..shape.rows {
            let number = match ledgers.value(row) {
                None => None,
                Some(ledger) => {
                    let hasher = match &mut hasher {
                        Some(hasher) if hasher.is_for(ledger) => hasher,
                        other => other.insert(self.accounts.on(ledger)),
                    };
                    match &identifiers {
                        Identifiers::Text(texts) => texts.value(row).map(|identifier| hasher.text(identifier)),
                        Identifiers::Raw(raw) => raw.value(row).map(|script| hasher.bytes(script)).transpose()?,
                    }
                }
            };
            valid.push(number.is_some());
            numbers.push(number.unwrap_or_default());
        }
        shape.finish(Int64Array::new(numbers.into(), Some(NullBuffer::from(valid))))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{
        ArrayRef, AsArray, BinaryArray, BinaryViewArray, LargeStringArray, StringArray, StringViewArray,
    };
    use datafusion::arrow::datatypes::Int64Type;
    use datafusion::logical_expr::ColumnarValue;
    use datafusion::scalar::ScalarValue;

    use super::super::testing;
    use super::{AccountHasher, function};

    const ADDRESS: &str = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa";

    #[test]
    fn every_encoding_and_the_script_itself_agree() {
        let hasher = Arc::new(AccountHasher::new());
        let expected = hasher.account("btc", ADDRESS);
        let account = function(hasher);
        let script = hex::decode("76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac").unwrap();
        let arrays: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(vec![Some(ADDRESS), None])),
            Arc::new(LargeStringArray::from(vec![Some(ADDRESS), None])),
            Arc::new(StringViewArray::from(vec![Some(ADDRESS), None])),
            Arc::new(BinaryArray::from(vec![Some(script.as_slice()), None])),
            Arc::new(BinaryViewArray::from(vec![Some(script.as_slice()), None])),
        ];
        for array in arrays {
            let ledger = ColumnarValue::Scalar(ScalarValue::from("bip122:000000000019d6689c085ae165831e93"));
            let numbers = testing::invoke(&account, vec![ledger, ColumnarValue::Array(array)]).unwrap();
            assert_eq!(numbers.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), [Some(expected), None]);
        }
    }

    #[test]
    fn ledgers_may_change_from_row_to_row() {
        let hasher = Arc::new(AccountHasher::new());
        let expected = [Some(hasher.account("bank", "X1")), Some(hasher.account("eth", "X1")), None];
        let ledgers: ArrayRef = Arc::new(StringArray::from(vec![Some("bank"), Some("eth"), None]));
        let identifier = ColumnarValue::Scalar(ScalarValue::from("X1"));
        let numbers = testing::invoke(&function(hasher), vec![ColumnarValue::Array(ledgers), identifier]).unwrap();
        assert_eq!(numbers.as_primitive::<Int64Type>().iter().collect::<Vec<_>>(), expected);
    }

    #[tokio::test]
    async fn nulls_and_mistakes() {
        let session = testing::session();
        assert_eq!(testing::cell(&session, "account('bank', NULL)").await, "");
        assert_eq!(testing::cell(&session, "account(NULL, 'x')").await, "");
        let error = testing::query(&session, "SELECT account('bank', X'00')").await.unwrap_err().to_string();
        assert!(error.contains("no BINARY identifiers"), "{error}");
        let error = testing::query(&session, "SELECT account('bank', 5)").await.unwrap_err().to_string();
        assert!(error.contains("account"), "{error}");
    }
}
