//! `parse_time(text, format)`: a point in time, in UTC.

use std::sync::LazyLock;

use datafusion::arrow::array::TimestampMicrosecondArray;
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, FieldRef, TimeUnit};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::strings::{Shape, text};
use super::time_format::{each_row, return_field};

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "parse_time(text, format)",
        "Reads a time as TIMESTAMP in UTC with microseconds, or returns NULL when the text does not match the format from \
         end to end or the moment does not exist. Without a zone in the format the time is taken as UTC.",
        r"
> SELECT parse_time('30.06.2012 23:59:59', '%d.%m.%Y %H:%M:%S') AS plain,
         parse_time('2022-09-01T00:20:59.5+02:00', '%Y-%m-%dT%H:%M:%S.%f%z') AS zoned,
         parse_time('31.06.2012', '%d.%m.%Y') AS never;
+----------------------+--------------------------+-------+
| plain                | zoned                    | never |
+----------------------+--------------------------+-------+
| 2012-06-30T23:59:59Z | 2022-08-31T22:20:59.500Z |       |
+----------------------+--------------------------+-------+
",
    )
    .with_argument("text", "The time as the source wrote it.")
    .with_argument(
        "format",
        "strftime letters: `%Y` `%y` `%m` `%d` `%e` `%b` `%B` `%H` `%M` `%S` `%f` `%z` `%Z` `%%`, each of its full width; \
         `%-d`, `%-m` and `%-H` take one or two digits. Anything else stands for itself.",
    )
    .with_related_udf("parse_date")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    let signature = Signature::coercible(vec![text(), text()], Volatility::Immutable);
    ScalarUDF::from(ParseTimeFunc { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ParseTimeFunc {
    signature: Signature,
}

impl ScalarUDFImpl for ParseTimeFunc {
    fn name(&self) -> &str {
        "parse_time"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        internal_err!("parse_time answers return_field_from_args")
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        return_field(self.name(), &arguments, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let mut times = Vec::with_capacity(shape.rows);
        let mut valid = Vec::with_capacity(shape.rows);
        each_row(self.name(), &call, shape, |moment| {
            valid.push(moment.is_some());
            times.push(moment.map_or(0, |moment| moment.micros));
        })?;
        let times = TimestampMicrosecondArray::new(times.into(), Some(NullBuffer::from(valid)));
        shape.finish(times.with_timezone("UTC"))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::super::testing;

    #[tokio::test]
    async fn a_wrong_format_is_told_while_planning() {
        let session = testing::session();
        let error = session.sql("EXPLAIN SELECT parse_time(t, '%Q') FROM (VALUES ('x')) AS v (t)").await.unwrap_err();
        assert!(error.to_string().contains("%Q is not known"), "{error}");
    }

    #[tokio::test]
    async fn formats_may_change_from_row_to_row() {
        let session = testing::session();
        let sql = "SELECT parse_time(t, f) AS time FROM (VALUES ('2012-06-30', '%Y-%m-%d'), ('30.06.2012', '%d.%m.%Y'),
                   ('30.06.2012', NULL), (NULL, '%d.%m.%Y')) AS v (t, f)";
        let answer = testing::query(&session, sql).await.unwrap();
        assert_eq!(answer.matches("| 2012-06-30T00:00:00Z |").count(), 2, "{answer}");
        assert_eq!(answer.matches("|                      |").count(), 2, "{answer}");
    }
}
