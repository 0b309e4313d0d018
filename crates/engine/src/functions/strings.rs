//! Reading text and byte arguments in whatever encoding they come, and giving the answer the shape of the question.
//!
//! DataFusion hands over `Utf8View` from SQL and Parquet, `Utf8` from CSV and some joins, `LargeUtf8` from others. A cast
//! to one of them would copy every string. The two enums here dispatch per row instead, on a branch the processor always
//! predicts, and hold a constant as one value rather than as a column of repetitions.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BinaryViewArray, FixedSizeBinaryArray, LargeBinaryArray, LargeStringArray,
    StringArray, StringViewArray,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::types::logical_string;
use datafusion::common::{Result, ScalarValue, exec_err, internal_err};
use datafusion::logical_expr::{Coercion, ColumnarValue, ScalarFunctionArgs, TypeSignatureClass};

/// A text argument: one of the three string arrays, or one value for every row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Strings<'a> {
    Utf8(&'a StringArray),
    LargeUtf8(&'a LargeStringArray),
    Utf8View(&'a StringViewArray),
    Constant(Option<&'a str>),
}

impl<'a> Strings<'a> {
    /// Wraps an argument of `function`.
    pub(super) fn new(function: &str, argument: &'a ColumnarValue) -> Result<Self> {
        match argument {
            ColumnarValue::Scalar(ScalarValue::Null) => Ok(Self::Constant(None)),
            ColumnarValue::Scalar(scalar) => match scalar.try_as_str() {
                Some(value) => Ok(Self::Constant(value)),
                None => exec_err!("{function} needs text, not {}", scalar.data_type()),
            },
            ColumnarValue::Array(array) => match array.data_type() {
                DataType::Utf8 => Ok(Self::Utf8(array.as_string())),
                DataType::LargeUtf8 => Ok(Self::LargeUtf8(array.as_string())),
                DataType::Utf8View => Ok(Self::Utf8View(array.as_string_view())),
                DataType::Null => Ok(Self::Constant(None)),
                other => exec_err!("{function} needs text, not {other}"),
            },
        }
    }

    /// The text of a row, or `None` where it is NULL.
    #[inline]
    pub(super) fn value(&self, row: usize) -> Option<&'a str> {
        match self {
            Self::Utf8(array) => array.is_valid(row).then(|| array.value(row)),
            Self::LargeUtf8(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Utf8View(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Constant(value) => *value,
        }
    }
}

/// A byte argument, likewise.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bytes<'a> {
    Binary(&'a BinaryArray),
    LargeBinary(&'a LargeBinaryArray),
    BinaryView(&'a BinaryViewArray),
    FixedSizeBinary(&'a FixedSizeBinaryArray),
    Constant(Option<&'a [u8]>),
}

impl<'a> Bytes<'a> {
    /// Wraps an argument of `function`.
    pub(super) fn new(function: &str, argument: &'a ColumnarValue) -> Result<Self> {
        match argument {
            ColumnarValue::Scalar(
                ScalarValue::Binary(value)
                | ScalarValue::LargeBinary(value)
                | ScalarValue::BinaryView(value)
                | ScalarValue::FixedSizeBinary(_, value),
            ) => Ok(Self::Constant(value.as_deref())),
            ColumnarValue::Scalar(other) => exec_err!("{function} needs bytes, not {}", other.data_type()),
            ColumnarValue::Array(array) => match array.data_type() {
                DataType::Binary => Ok(Self::Binary(array.as_binary())),
                DataType::LargeBinary => Ok(Self::LargeBinary(array.as_binary())),
                DataType::BinaryView => Ok(Self::BinaryView(array.as_binary_view())),
                DataType::FixedSizeBinary(_) => Ok(Self::FixedSizeBinary(array.as_fixed_size_binary())),
                other => exec_err!("{function} needs bytes, not {other}"),
            },
        }
    }

    /// The bytes of a row, or `None` where they are NULL.
    #[inline]
    pub(super) fn value(&self, row: usize) -> Option<&'a [u8]> {
        match self {
            Self::Binary(array) => array.is_valid(row).then(|| array.value(row)),
            Self::LargeBinary(array) => array.is_valid(row).then(|| array.value(row)),
            Self::BinaryView(array) => array.is_valid(row).then(|| array.value(row)),
            Self::FixedSizeBinary(array) => array.is_valid(row).then(|| array.value(row)),
            Self::Constant(value) => *value,
        }
    }
}

/// An identifier as a caller may give it: readable text, or the raw script or address bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Identifiers<'a> {
    Text(Strings<'a>),
    Raw(Bytes<'a>),
}

impl<'a> Identifiers<'a> {
    /// Wraps an argument of `function`.
    pub(super) fn new(function: &str, argument: &'a ColumnarValue) -> Result<Self> {
        match argument.data_type() {
            DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
                Ok(Self::Raw(Bytes::new(function, argument)?))
            }
            _ => Ok(Self::Text(Strings::new(function, argument)?)),
        }
    }
}

/// How many rows to compute and how to hand them back: a call on constants alone is computed once and stays a constant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// The number of rows to compute.
    pub(super) rows: usize,
    constant: bool,
}

impl Shape {
    /// The shape of a call.
    pub(super) fn of(call: &ScalarFunctionArgs) -> Self {
        let constant = call.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)));
        Self { rows: if constant { 1 } else { call.number_rows }, constant }
    }

    /// Hands the computed rows back.
    pub(super) fn finish(self, array: impl Array + 'static) -> Result<ColumnarValue> {
        if array.len() != self.rows {
            return internal_err!("a function returned {} rows for {}", array.len(), self.rows);
        }
        if self.constant {
            return Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?));
        }
        Ok(ColumnarValue::Array(Arc::new(array) as ArrayRef))
    }
}

/// A parameter that takes text in any encoding, left as it is.
pub(super) fn text() -> Coercion {
    Coercion::new_exact(TypeSignatureClass::Native(logical_string()))
}

/// A parameter that takes bytes in any encoding, left as they are.
pub(super) fn bytes() -> Coercion {
    Coercion::new_exact(TypeSignatureClass::Binary)
}
