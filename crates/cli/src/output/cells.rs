//! Values as text: exact amounts, UTC times, `{a,b}` for lists.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray as _, GenericListArray, OffsetSizeTrait, RecordBatch};
use arrow::datatypes::{
    DataType, Field, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use crate::errors::Failure;

/// UTC, with a fraction only where there is one.
pub(super) const TIME: &str = "%Y-%m-%dT%H:%M:%S%.fZ";

/// The columns of a batch with every time zone taken off: the instants are UTC, and the format says so.
pub(super) fn prepare(batch: &RecordBatch) -> Vec<ArrayRef> {
    batch.columns().iter().map(in_utc).collect()
}

fn in_utc(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Timestamp(unit, Some(_)) => match unit {
            TimeUnit::Second => {
                Arc::new(column.as_primitive::<TimestampSecondType>().clone().with_timezone_opt(None::<Arc<str>>))
            }
            TimeUnit::Millisecond => {
                Arc::new(column.as_primitive::<TimestampMillisecondType>().clone().with_timezone_opt(None::<Arc<str>>))
            }
            TimeUnit::Microsecond => {
                Arc::new(column.as_primitive::<TimestampMicrosecondType>().clone().with_timezone_opt(None::<Arc<str>>))
            }
            TimeUnit::Nanosecond => {
                Arc::new(column.as_primitive::<TimestampNanosecondType>().clone().with_timezone_opt(None::<Arc<str>>))
            }
        },
        DataType::List(field) => list_in_utc::<i32>(column, field),
        DataType::LargeList(field) => list_in_utc::<i64>(column, field),
        _ => Arc::clone(column),
    }
}

fn list_in_utc<O: OffsetSizeTrait>(column: &ArrayRef, field: &Arc<Field>) -> ArrayRef {
    let list = column.as_list::<O>();
    let values = in_utc(list.values());
    let field = field.as_ref().clone().with_data_type(values.data_type().clone());
    Arc::new(GenericListArray::<O>::new(Arc::new(field), list.offsets().clone(), values, list.nulls().cloned()))
}

/// Writes the values of one column as text.
pub(super) struct Cells<'a> {
    array: &'a dyn Array,
    kind: Kind<'a>,
}

enum Kind<'a> {
    Plain(ArrayFormatter<'a>),
    /// A decimal without the zeros at its end.
    Short(ArrayFormatter<'a>),
    List(Box<Cells<'a>>, Box<dyn Fn(usize) -> Range<usize> + 'a>),
}

impl<'a> Cells<'a> {
    /// `short` leaves out the zeros at the end of decimals.
    pub(super) fn new(array: &'a dyn Array, short: bool) -> Result<Self, Failure> {
        let kind = match array.data_type() {
            DataType::List(_) => Self::list::<i32>(array, short)?,
            DataType::LargeList(_) => Self::list::<i64>(array, short)?,
            other => {
                let options = FormatOptions::new()
                    .with_display_error(true)
                    .with_timestamp_format(Some(TIME))
                    .with_timestamp_tz_format(Some("%Y-%m-%dT%H:%M:%S%.f%:z"));
                let formatter = ArrayFormatter::try_new(array, &options)?;
                if short && other.is_decimal() { Kind::Short(formatter) } else { Kind::Plain(formatter) }
            }
        };
        Ok(Self { array, kind })
    }

    fn list<O: OffsetSizeTrait>(array: &'a dyn Array, short: bool) -> Result<Kind<'a>, Failure> {
        let list = array.as_list::<O>();
        let values = Cells::new(list.values().as_ref(), short)?;
        let offsets = list.value_offsets();
        Ok(Kind::List(Box::new(values), Box::new(move |row| offsets[row].as_usize()..offsets[row + 1].as_usize())))
    }

    /// Whether the value is NULL.
    pub(super) fn is_null(&self, row: usize) -> bool {
        self.array.is_null(row) || self.array.data_type() == &DataType::Null
    }

    /// Appends the value of a row, which is not NULL, to `text`.
    pub(super) fn push(&self, row: usize, text: &mut String) {
        match &self.kind {
            // Writing to a string does not fail, and the formatter writes what it cannot format as `ERROR: …`.
            Kind::Plain(formatter) => {
                let _ = write!(text, "{}", formatter.value(row));
            }
            Kind::Short(formatter) => {
                let begin = text.len();
                let _ = write!(text, "{}", formatter.value(row));
                if text[begin..].contains('.') {
                    let end = begin + text[begin..].trim_end_matches('0').trim_end_matches('.').len();
                    text.truncate(end);
                }
            }
            Kind::List(values, range) => {
                text.push('{');
                for (index, element) in range(row).enumerate() {
                    if index > 0 {
                        text.push(',');
                    }
                    if values.is_null(element) {
                        text.push_str("NULL");
                    } else {
                        values.push_element(element, text);
                    }
                }
                text.push('}');
            }
        }
    }

    /// An element that could be taken for something else stands in quotes, as PostgreSQL writes it.
    fn push_element(&self, row: usize, text: &mut String) {
        let begin = text.len();
        self.push(row, text);
        let element = &text[begin..];
        let is_text = matches!(self.array.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        let special = |c: char| matches!(c, ',' | '"' | '\\' | '{' | '}') || c.is_whitespace();
        if is_text && (element.is_empty() || element.eq_ignore_ascii_case("null") || element.contains(special)) {
            let quoted = format!("\"{}\"", element.replace('\\', "\\\\").replace('"', "\\\""));
            text.truncate(begin);
            text.push_str(&quoted);
        }
    }
}

/// Text that may stand on a screen: a control character from a bank's file must not move the cursor. A line end stays,
/// because the table gives each line of a value a line of its own, and EXPLAIN needs them.
pub(super) fn harmless(text: String) -> String {
    let moves = |c: char| c.is_control() && c != '\n';
    if !text.contains(moves) {
        return text;
    }
    text.chars().fold(String::with_capacity(text.len() + 8), |mut safe, c| {
        if moves(c) {
            safe.extend(c.escape_default())
        } else {
            safe.push(c)
        }
        safe
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use arrow::array::{Decimal128Array, ListArray, StringArray, TimestampMicrosecondArray};
    use arrow::buffer::OffsetBuffer;

    use super::*;

    fn text(array: ArrayRef, short: bool) -> Vec<String> {
        let array = in_utc(&array);
        let cells = Cells::new(array.as_ref(), short).unwrap();
        (0..array.len())
            .map(|row| {
                let mut text = String::new();
                cells.push(row, &mut text);
                text
            })
            .collect()
    }

    #[test]
    fn decimals_lose_their_trailing_zeros_only_where_asked() {
        let values = [12_300_i128, 10_000, 0, -1];
        let array = Decimal128Array::from_iter_values(values).with_precision_and_scale(20, 4).unwrap();
        assert_eq!(text(Arc::new(array.clone()), true), ["1.23", "1", "0", "-0.0001"]);
        assert_eq!(text(Arc::new(array), false), ["1.2300", "1.0000", "0.0000", "-0.0001"]);
        let whole = Decimal128Array::from_iter_values([100_i128]).with_precision_and_scale(20, 0).unwrap();
        assert_eq!(text(Arc::new(whole), true), ["100"]);
    }

    #[test]
    fn times_are_utc_whatever_their_zone() {
        let micros = 1_709_647_402_000_000;
        let array = TimestampMicrosecondArray::from_iter_values([micros, micros + 500_000]).with_timezone("+02:00");
        assert_eq!(text(Arc::new(array), false), ["2024-03-05T14:03:22Z", "2024-03-05T14:03:22.500Z"]);
    }

    #[test]
    fn lists_quote_what_could_be_misread() {
        let values = StringArray::from(vec![Some("a"), Some("b,c"), None, Some(""), Some("say \"x\"")]);
        let field = Arc::new(Field::new("item", DataType::Utf8, true));
        let list = ListArray::new(field, OffsetBuffer::from_lengths([2, 3]), Arc::new(values), None);
        assert_eq!(text(Arc::new(list), false), ["{a,\"b,c\"}", "{NULL,\"\",\"say \\\"x\\\"\"}"]);
    }

    #[test]
    fn control_characters_do_not_reach_a_screen() {
        assert_eq!(harmless("a\u{1b}[2Jb\r\n".to_owned()), "a\\u{1b}[2Jb\\r\n");
    }
}
