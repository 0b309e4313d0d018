//! `in_coins(units, decimals)`: a whole number of a chain's smallest unit as a decimal amount of its coin.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array as _, AsArray as _, Decimal128Array};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "in_coins(units, decimals)",
        "Converts a whole number of a chain's smallest unit (satoshi, with 8 decimals) to a decimal amount of its coin, \
         exactly.",
        r"
> SELECT in_coins(150000000, 8) AS btc;
+----------------------+
| btc                  |
+----------------------+
| 1.500000000000000000 |
+----------------------+
",
    )
    .with_argument("units", "The number of smallest units, BIGINT.")
    .with_argument("decimals", "How many decimals the coin has, 0 to 18.")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    let signature = Signature::exact(vec![DataType::Int64, DataType::Int64], Volatility::Immutable);
    ScalarUDF::from(InCoinsFunc { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct InCoinsFunc {
    signature: Signature,
}

impl ScalarUDFImpl for InCoinsFunc {
    fn name(&self) -> &str {
        "in_coins"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Decimal128(38, 18))
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&call.args)?;
        let [units, decimals] = arrays.as_slice() else {
            return exec_err!("in_coins takes two arguments, not {}", arrays.len());
        };
        let (units, decimals) = (units.as_primitive::<Int64Type>(), decimals.as_primitive::<Int64Type>());
        let mut coins = Decimal128Array::builder(units.len());
        for row in 0..units.len() {
            if units.is_null(row) || decimals.is_null(row) {
                coins.append_null();
                continue;
            }
            let Some(scale) = u32::try_from(decimals.value(row)).ok().filter(|decimals| *decimals <= 18) else {
                return exec_err!("in_coins: a coin has 0 to 18 decimals, not {}", decimals.value(row));
            };
            // 2⁶³ · 10¹⁸ is below 10³⁸, so the product always fits.
            coins.append_value(i128::from(units.value(row)) * 10_i128.pow(18 - scale));
        }
        Ok(ColumnarValue::Array(Arc::new(coins.finish().with_precision_and_scale(38, 18)?)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}
