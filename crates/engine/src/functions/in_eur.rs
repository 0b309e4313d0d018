//! `in_eur(amount, per_eur)`: an amount of one currency in euro, at a dated rate, without a float in between.
//!
//! SQL's own division of two DECIMAL(38, 18) has nowhere to put the quotient's digits. Here the dividend is widened to
//! 256 bits first, and the result rounded half to even at 18 decimals, which is far below any unit that is paid.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array as _, AsArray as _, Decimal128Array};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, i256};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// DECIMAL(38, 18), the type of every amount and every rate.
const AMOUNT: DataType = DataType::Decimal128(38, 18);

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "in_eur(amount, per_eur)",
        "Converts an amount to euro at a rate given in units of its currency for one euro. The result is rounded half to \
         even at 18 decimals; it is NULL without a rate, at a rate that is not positive, and where it does not fit.",
        r"
> SELECT in_eur(CAST(500 AS DECIMAL(38, 18)), CAST(1.25 AS DECIMAL(38, 18))) AS euro;
+------------------------+
| euro                   |
+------------------------+
| 400.000000000000000000 |
+------------------------+
",
    )
    .with_argument("amount", "The amount, DECIMAL(38, 18).")
    .with_argument("per_eur", "Units of the amount's currency for one euro, DECIMAL(38, 18).")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(InEurFunc { signature: Signature::exact(vec![AMOUNT, AMOUNT], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct InEurFunc {
    signature: Signature,
}

impl ScalarUDFImpl for InEurFunc {
    fn name(&self) -> &str {
        "in_eur"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(AMOUNT)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&call.args)?;
        let [amounts, rates] = arrays.as_slice() else {
            return exec_err!("in_eur takes two arguments, not {}", arrays.len());
        };
        let (amounts, rates) = (amounts.as_primitive::<Decimal128Type>(), rates.as_primitive::<Decimal128Type>());
        let converted: Decimal128Array = (0..amounts.len())
            .map(|row| {
                let both = amounts.is_valid(row) && rates.is_valid(row);
                both.then(|| convert(amounts.value(row), rates.value(row))).flatten()
            })
            .collect();
        Ok(ColumnarValue::Array(Arc::new(converted.with_precision_and_scale(38, 18)?)))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

/// `amount / per_eur`, all three in units of 10⁻¹⁸.
fn convert(amount: i128, per_eur: i128) -> Option<i128> {
    const UNIT: i128 = 1_000_000_000_000_000_000;
    const LARGEST: i128 = 99_999_999_999_999_999_999_999_999_999_999_999_999;
    if per_eur <= 0 {
        return None;
    }
    let magnitude = amount.checked_abs()?;
    // The common case needs no wide arithmetic: an amount below 170 billion.
    let (quotient, remainder) = match magnitude.checked_mul(UNIT) {
        Some(dividend) => (dividend / per_eur, dividend % per_eur),
        None => {
            let dividend = i256::from_i128(magnitude).checked_mul(i256::from_i128(UNIT))?;
            let divisor = i256::from_i128(per_eur);
            (dividend.checked_div(divisor)?.to_i128()?, dividend.checked_rem(divisor)?.to_i128()?)
        }
    };
    let up = match remainder.cmp(&(per_eur - remainder)) {
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => quotient % 2 != 0,
        std::cmp::Ordering::Less => false,
    };
    let rounded = quotient.checked_add(i128::from(up))?;
    (rounded <= LARGEST).then_some(if amount < 0 { -rounded } else { rounded })
}

#[cfg(test)]
mod tests {
    use super::convert;

    const ONE: i128 = 1_000_000_000_000_000_000;

    #[test]
    fn divides_exactly_and_rounds_half_to_even() {
        assert_eq!(convert(500 * ONE, ONE * 5 / 4), Some(400 * ONE));
        assert_eq!(convert(-ONE, 3 * ONE), Some(-333_333_333_333_333_333));
        assert_eq!(convert(1, 2 * ONE), Some(0));
        assert_eq!(convert(3, 2 * ONE), Some(2));
        assert_eq!(convert(2 * ONE, 3 * ONE), Some(666_666_666_666_666_667));
    }

    #[test]
    fn a_large_amount_takes_the_wide_way_and_agrees() {
        let trillion = 1_000_000_000_000 * ONE;
        assert_eq!(convert(trillion, 2 * ONE), Some(trillion / 2));
        assert_eq!(convert(i128::MAX, 1), None);
    }

    #[test]
    fn no_rate_is_no_value() {
        assert_eq!(convert(ONE, 0), None);
        assert_eq!(convert(ONE, -ONE), None);
    }
}
