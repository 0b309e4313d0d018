//! Columns cheaper than the general builders: values that repeat, and numbers that are never NULL.

use std::sync::Arc;

use arrow::array::{ArrayBuilder, ArrayRef, Int64Array, StringArray, TimestampMicrosecondArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};

/// A text column whose value changes once per block: runs while it grows, flat at the end.
#[derive(Debug, Default)]
pub(super) struct Repeated {
    runs: Vec<(Arc<str>, usize)>,
}

impl Repeated {
    pub(super) fn push(&mut self, value: &Arc<str>) {
        match self.runs.last_mut() {
            Some((last, count)) if Arc::ptr_eq(last, value) => *count += 1,
            _ => self.runs.push((Arc::clone(value), 1)),
        }
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        let mut bytes = Vec::new();
        let mut lengths = Vec::new();
        for (value, count) in self.runs.drain(..) {
            bytes.extend_from_slice(value.repeat(count).as_bytes());
            lengths.extend(std::iter::repeat_n(value.len(), count));
        }
        // Made of whole texts, so a failed check would be a mistake of ours; the column is then empty and the batch refused.
        let column = StringArray::try_new(OffsetBuffer::from_lengths(lengths), bytes.into(), None);
        Arc::new(column.unwrap_or_else(|_| StringArray::new_null(0)))
    }
}

/// A number column without NULLs.
#[derive(Debug, Default)]
pub(super) struct Numbers(Vec<i64>);

impl Numbers {
    pub(super) fn push(&mut self, value: impl Into<i64>) {
        self.0.push(value.into());
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        Arc::new(Int64Array::new(ScalarBuffer::from(std::mem::take(&mut self.0)), None))
    }

    pub(super) fn finish_as_time(&mut self) -> ArrayRef {
        let times = ScalarBuffer::from(std::mem::take(&mut self.0));
        Arc::new(TimestampMicrosecondArray::new(times, None).with_timezone("UTC"))
    }
}

/// A builder's array behind the pointer a batch wants.
pub(super) fn finish<B: ArrayBuilder>(builder: &mut B) -> ArrayRef {
    builder.finish()
}
