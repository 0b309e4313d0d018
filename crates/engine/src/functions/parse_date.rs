//! `parse_date(text, format)`: a day, as it was written.

use std::sync::LazyLock;

use datafusion::arrow::array::Date32Array;
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::strings::{Shape, text};
use super::time_format::{each_row, return_field};

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "parse_date(text, format)",
        "Reads a date as DATE, or returns NULL when the text does not match the format from end to end or the day does \
         not exist. Where the format also reads a time and a zone, the day is the one that was written.",
        r"
> SELECT parse_date('30.06.2012', '%d.%m.%Y') AS day, parse_date('2012-06-31', '%Y-%m-%d') AS never;
+------------+-------+
| day        | never |
+------------+-------+
| 2012-06-30 |       |
+------------+-------+
",
    )
    .with_argument("text", "The date as the source wrote it.")
    .with_argument(
        "format",
        "strftime letters: `%Y` `%y` `%m` `%d` `%e` `%b` `%B` `%H` `%M` `%S` `%f` `%z` `%Z` `%%`, each of its full width; \
         `%-d`, `%-m` and `%-H` take one or two digits. Anything else stands for itself.",
    )
    .with_related_udf("parse_time")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    let signature = Signature::coercible(vec![text(), text()], Volatility::Immutable);
    ScalarUDF::from(ParseDateFunc { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ParseDateFunc {
    signature: Signature,
}

impl ScalarUDFImpl for ParseDateFunc {
    fn name(&self) -> &str {
        "parse_date"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        internal_err!("parse_date answers return_field_from_args")
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        return_field(self.name(), &arguments, DataType::Date32)
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let mut days = Vec::with_capacity(shape.rows);
        let mut valid = Vec::with_capacity(shape.rows);
        each_row(self.name(), &call, shape, |moment| {
            valid.push(moment.is_some());
            days.push(moment.map_or(0, |moment| moment.days));
        })?;
        shape.finish(Date32Array::new(days.into(), Some(NullBuffer::from(valid))))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing;

    #[tokio::test]
    async fn the_day_is_the_one_that_was_written() {
        let session = testing::session();
        let late = "parse_date('2022-09-01T23:30:00-05:00', '%Y-%m-%dT%H:%M:%S%z')";
        assert_eq!(testing::cell(&session, late).await, "2022-09-01");
        assert_eq!(testing::cell(&session, "arrow_typeof(parse_date('x', '%Y%m%d'))").await, "Date32");
        assert_eq!(testing::cell(&session, "parse_date(NULL, '%Y%m%d')").await, "");
    }
}
