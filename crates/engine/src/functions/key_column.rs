//! A column of key values, fed to hashers in a canonical form.
//!
//! Each value begins with a word that holds its kind in the top byte and its length or scale below, so that no sequence
//! of values is the beginning or a regrouping of another. Kinds are what a value *is*, not how Arrow holds it: all
//! integers are one kind, a decimal that is a whole number is an integer, and an offset of microseconds is a timestamp
//! whatever its unit was. The numbers of the kinds are part of every stored `transfer_id`: add, never change.

use std::ops::Range;

use datafusion::arrow::array::{
    Array, ArrayAccessor, ArrayRef, AsArray, BinaryArray, BinaryViewArray, BooleanArray, Date32Array, Decimal128Array,
    FixedSizeBinaryArray, Float64Array, Int64Array, LargeBinaryArray, LargeStringArray, ListArray, StringArray,
    StringViewArray, UInt64Array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType,
};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;

use super::key_hash::KeyHasher;

const NULL: u64 = 0;
const INTEGER: u64 = 1;
const LARGE_INTEGER: u64 = 2;
const DECIMAL: u64 = 3;
const TEXT: u64 = 4;
const BINARY: u64 = 5;
const TIMESTAMP: u64 = 6;
const DATE: u64 = 7;
const BOOLEAN: u64 = 8;
const FLOAT: u64 = 9;
const LIST: u64 = 10;

/// Whether values of a type can be part of a key.
pub(super) fn is_supported(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(field) => is_supported(field.data_type()),
        DataType::Dictionary(_, values) => is_supported(values),
        other => {
            other.is_integer()
                || matches!(
                    other,
                    DataType::Null
                        | DataType::Boolean
                        | DataType::Float32
                        | DataType::Float64
                        | DataType::Decimal128(_, _)
                        | DataType::Utf8
                        | DataType::LargeUtf8
                        | DataType::Utf8View
                        | DataType::Binary
                        | DataType::LargeBinary
                        | DataType::BinaryView
                        | DataType::FixedSizeBinary(_)
                        | DataType::Timestamp(_, _)
                        | DataType::Date32
                )
        }
    }
}

/// One argument, made ready. Holding an Arrow array is holding a reference to its buffers.
pub(super) enum KeyColumn {
    Null,
    Boolean(BooleanArray),
    Integer(Int64Array),
    LargeInteger(UInt64Array),
    Decimal(Decimal128Array, i8),
    Float(Float64Array),
    Utf8(StringArray),
    LargeUtf8(LargeStringArray),
    Utf8View(StringViewArray),
    Binary(BinaryArray),
    LargeBinary(LargeBinaryArray),
    BinaryView(BinaryViewArray),
    FixedSizeBinary(FixedSizeBinaryArray),
    Timestamp(Int64Array),
    Date(Date32Array),
    List(ListArray, Box<KeyColumn>),
    /// The value of each row by its place in another column; `None` is NULL.
    Dictionary(Vec<Option<usize>>, Box<KeyColumn>),
    /// The first value of another column, for every row.
    Constant(Box<KeyColumn>),
}

impl KeyColumn {
    /// Makes an argument ready.
    pub(super) fn new(argument: &ColumnarValue) -> Result<Self> {
        match argument {
            ColumnarValue::Array(array) => Self::of_array(array),
            ColumnarValue::Scalar(scalar) => {
                Ok(Self::Constant(Box::new(Self::of_array(&scalar.to_array_of_size(1)?)?)))
            }
        }
    }

    fn of_array(array: &ArrayRef) -> Result<Self> {
        Ok(match array.data_type() {
            DataType::Null => Self::Null,
            DataType::Boolean => Self::Boolean(array.as_boolean().clone()),
            DataType::UInt64 => Self::LargeInteger(array.as_primitive().clone()),
            integer if integer.is_integer() => Self::Integer(cast(array, &DataType::Int64)?.as_primitive().clone()),
            DataType::Decimal128(_, scale) => Self::Decimal(array.as_primitive().clone(), *scale),
            DataType::Float32 | DataType::Float64 => {
                Self::Float(cast(array, &DataType::Float64)?.as_primitive().clone())
            }
            DataType::Utf8 => Self::Utf8(array.as_string().clone()),
            DataType::LargeUtf8 => Self::LargeUtf8(array.as_string().clone()),
            DataType::Utf8View => Self::Utf8View(array.as_string_view().clone()),
            DataType::Binary => Self::Binary(array.as_binary().clone()),
            DataType::LargeBinary => Self::LargeBinary(array.as_binary().clone()),
            DataType::BinaryView => Self::BinaryView(array.as_binary_view().clone()),
            DataType::FixedSizeBinary(_) => Self::FixedSizeBinary(array.as_fixed_size_binary().clone()),
            DataType::Timestamp(unit, _) => Self::Timestamp(microseconds(array, *unit)),
            DataType::Date32 => Self::Date(array.as_primitive().clone()),
            DataType::List(_) => {
                let lists = array.as_list::<i32>();
                Self::List(lists.clone(), Box::new(Self::of_array(lists.values())?))
            }
            DataType::Dictionary(_, _) => {
                let dictionary = array.as_any_dictionary();
                let valid = dictionary.keys();
                let places = dictionary.normalized_keys().into_iter().enumerate();
                let places = places.map(|(row, place)| valid.is_valid(row).then_some(place)).collect();
                Self::Dictionary(places, Box::new(Self::of_array(dictionary.values())?))
            }
            other => return exec_err!("key_hash cannot hash {other}"),
        })
    }

    /// Feeds the values of `rows`, the first to the first hasher and so on.
    pub(super) fn feed(&self, rows: Range<usize>, hashers: &mut [KeyHasher]) {
        match self {
            Self::Null => hashers.iter_mut().for_each(|hasher| head(hasher, NULL, 0)),
            Self::Boolean(array) => each(array, rows, hashers, |hasher, value| head(hasher, BOOLEAN, u64::from(value))),
            Self::Integer(array) => each(array, rows, hashers, integer),
            Self::LargeInteger(array) => each(array, rows, hashers, |hasher, value| match i64::try_from(value) {
                Ok(value) => integer(hasher, value),
                Err(_) => {
                    head(hasher, LARGE_INTEGER, 0);
                    hasher.write_u64(value);
                }
            }),
            Self::Decimal(array, scale) => each(array, rows, hashers, |hasher, value| decimal(hasher, value, *scale)),
            Self::Float(array) => each(array, rows, hashers, |hasher, value| {
                head(hasher, FLOAT, 0);
                hasher.write_u64(value.to_bits());
            }),
            Self::Utf8(array) => each(array, rows, hashers, |hasher, value| bytes(hasher, TEXT, value.as_bytes())),
            Self::LargeUtf8(array) => each(array, rows, hashers, |hasher, value| bytes(hasher, TEXT, value.as_bytes())),
            Self::Utf8View(array) => each(array, rows, hashers, |hasher, value| bytes(hasher, TEXT, value.as_bytes())),
            Self::Binary(array) => each(array, rows, hashers, |hasher, value| bytes(hasher, BINARY, value)),
            Self::LargeBinary(array) => each(array, rows, hashers, |hasher, value| bytes(hasher, BINARY, value)),
            Self::BinaryView(array) => each(array, rows, hashers, |hasher, value| bytes(hasher, BINARY, value)),
            Self::FixedSizeBinary(array) => each(array, rows, hashers, |hasher, value| bytes(hasher, BINARY, value)),
            Self::Timestamp(array) => each(array, rows, hashers, |hasher, value| {
                head(hasher, TIMESTAMP, 0);
                hasher.write_u64(value.cast_unsigned());
            }),
            Self::Date(array) => each(array, rows, hashers, |hasher, value| {
                head(hasher, DATE, 0);
                hasher.write_u64(i64::from(value).cast_unsigned());
            }),
            Self::List(lists, values) => {
                for (row, hasher) in rows.zip(hashers) {
                    values.feed_list(lists, row, hasher);
                }
            }
            Self::Dictionary(places, values) => {
                for (row, hasher) in rows.zip(hashers) {
                    match places[row] {
                        Some(place) => values.feed(place..place + 1, std::slice::from_mut(hasher)),
                        None => head(hasher, NULL, 0),
                    }
                }
            }
            Self::Constant(value) => {
                for hasher in hashers {
                    value.feed(0..1, std::slice::from_mut(hasher));
                }
            }
        }
    }

    /// Feeds one list: its length, then its values, each of which may be NULL.
    fn feed_list(&self, lists: &ListArray, row: usize, hasher: &mut KeyHasher) {
        if lists.is_null(row) {
            return head(hasher, NULL, 0);
        }
        // Arrow keeps offsets rising and within the values.
        let (start, end) = (lists.value_offsets()[row] as usize, lists.value_offsets()[row + 1] as usize);
        head(hasher, LIST, (end - start) as u64);
        for place in start..end {
            self.feed(place..place + 1, std::slice::from_mut(hasher));
        }
    }
}

/// Feeds each row's value, or NULL.
#[inline]
fn each<A: ArrayAccessor>(
    array: A,
    rows: Range<usize>,
    hashers: &mut [KeyHasher],
    write: impl Fn(&mut KeyHasher, A::Item),
) {
    for (row, hasher) in rows.zip(hashers) {
        if array.is_null(row) {
            head(hasher, NULL, 0);
        } else {
            write(hasher, array.value(row));
        }
    }
}

#[inline]
fn head(hasher: &mut KeyHasher, kind: u64, detail: u64) {
    hasher.write_u64((kind << 56) | detail);
}

#[inline]
fn integer(hasher: &mut KeyHasher, value: i64) {
    head(hasher, INTEGER, 0);
    hasher.write_u64(value.cast_unsigned());
}

#[inline]
fn bytes(hasher: &mut KeyHasher, kind: u64, value: &[u8]) {
    head(hasher, kind, value.len() as u64);
    hasher.write(value);
}

/// A decimal without the zeros at its end; a whole number that fits is an integer.
fn decimal(hasher: &mut KeyHasher, value: i128, scale: i8) {
    let (value, scale) = trimmed(value, scale);
    if scale == 0
        && let Ok(value) = i64::try_from(value)
    {
        return integer(hasher, value);
    }
    head(hasher, DECIMAL, u64::from(scale.cast_unsigned()));
    hasher.write(&value.to_le_bytes());
}

/// Takes zeros off the end until there is none or the number is whole; a negative scale is written out where it fits.
fn trimmed(mut value: i128, mut scale: i8) -> (i128, i8) {
    if value == 0 {
        return (0, 0);
    }
    while scale < 0 {
        let Some(whole) = value.checked_mul(10) else { return (value, scale) };
        value = whole;
        scale += 1;
    }
    // 10ⁿ divides only what 2ⁿ divides, which costs one instruction to see; and amounts in 18 decimals end in many zeros,
    // so the large steps come first.
    for step in [16_i8, 8, 4, 2, 1] {
        let divisor = 10_i128.pow(u32::from(step.unsigned_abs()));
        while scale >= step && value.trailing_zeros() >= u32::from(step.unsigned_abs()) && value % divisor == 0 {
            value /= divisor;
            scale -= step;
        }
    }
    (value, scale)
}

/// Timestamps as microseconds; finer ones are rounded down, coarser ones out of range stay at the limit.
fn microseconds(array: &ArrayRef, unit: TimeUnit) -> Int64Array {
    match unit {
        TimeUnit::Second => array.as_primitive::<TimestampSecondType>().unary(|time| time.saturating_mul(1_000_000)),
        TimeUnit::Millisecond => {
            array.as_primitive::<TimestampMillisecondType>().unary(|time| time.saturating_mul(1000))
        }
        TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().unary(|time| time),
        TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().unary(|time| time.div_euclid(1000)),
    }
}
