//! `key_hash(a, b, …)`: one number for a natural key of any number of values.
//!
//! `transfer_id` is made with it, so it must be the same number for the same payment whatever way the payment came in:
//! over `Utf8` or `Utf8View`, over INT or BIGINT, with `1.0` or `1.00`. NULL is a value like any other, since two payments
//! of which one has no reference are two. Values are hashed with their kind and length, so `('ab', 'c')` is not
//! `('a', 'bc')` and `('a', NULL)` is not `('a')`.
//!
//! The hash is SipHash-1-3 under a published key, 64 bits; what equal numbers mean for unequal keys is said in
//! [`account_hash`](super::account_hash). Hashing goes column by column: each row of a small block has a hasher, and each
//! column feeds them all, so that types are looked at once per column and block rather than once per value.

use std::hash::Hasher as _;
use std::sync::LazyLock;

use datafusion::arrow::array::Int64Array;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use siphasher::sip::SipHasher13;

use super::key_column::{KeyColumn, is_supported};
use super::strings::Shape;

/// The published key of natural keys. To change it is to change every `transfer_id` in every lake.
const KEY: [u8; 16] = *b"headwater/keys/1";

/// Rows hashed together: their hashers, 280 bytes each, stay in the nearest cache.
const BLOCK: usize = 64;
/// Bytes a hasher gathers before it hashes them. A payment's key has about 200.
const GATHERED: usize = 192;

/// A hasher that gathers small pieces first: SipHash has work to do at both ends of every piece it is given.
#[derive(Clone, Copy)]
pub(super) struct KeyHasher {
    sip: SipHasher13,
    bytes: [u8; GATHERED],
    filled: usize,
}

impl KeyHasher {
    pub(super) fn new() -> Self {
        Self { sip: SipHasher13::new_with_key(&KEY), bytes: [0; GATHERED], filled: 0 }
    }

    #[inline]
    pub(super) fn write(&mut self, piece: &[u8]) {
        if let Some(room) = self.bytes.get_mut(self.filled..self.filled + piece.len()) {
            room.copy_from_slice(piece);
            self.filled += piece.len();
            return;
        }
        self.sip.write(&self.bytes[..self.filled]);
        self.filled = 0;
        if piece.len() > GATHERED {
            self.sip.write(piece);
        } else {
            self.bytes[..piece.len()].copy_from_slice(piece);
            self.filled = piece.len();
        }
    }

    #[inline]
    pub(super) fn write_u64(&mut self, number: u64) {
        self.write(&number.to_le_bytes());
    }

    /// The hash of everything written; the hasher is as new afterwards.
    fn take(&mut self) -> i64 {
        let mut sip = std::mem::replace(&mut self.sip, SipHasher13::new_with_key(&KEY));
        sip.write(&self.bytes[..self.filled]);
        self.filled = 0;
        sip.finish().cast_signed()
    }
}

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "key_hash(value, …)",
        "Returns a 64-bit hash of the values as a natural key. Equal values hash alike in any width or encoding (INT and \
         BIGINT, 1.0 and 1.00); NULL is a value of its own; the answer is never NULL.",
        r"
> SELECT key_hash('a', NULL) = key_hash('a') AS shorter, key_hash(1.0) = key_hash(1.00) AS same,
         key_hash('ab', 'c') = key_hash('a', 'bc') AS shifted;
+---------+------+---------+
| shorter | same | shifted |
+---------+------+---------+
| false   | true | false   |
+---------+------+---------+
",
    )
    .with_argument(
        "value",
        "One or more integers, decimals, doubles, texts, binaries, booleans, dates, timestamps, or lists of these.",
    )
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    ScalarUDF::from(KeyHashFunc { signature: Signature::variadic_any(Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct KeyHashFunc {
    signature: Signature,
}

impl ScalarUDFImpl for KeyHashFunc {
    fn name(&self) -> &str {
        "key_hash"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        if arguments.is_empty() {
            return plan_err!("key_hash needs at least one value");
        }
        match arguments.iter().enumerate().find(|(_, argument)| !is_supported(argument)) {
            Some((index, argument)) => plan_err!(
                "key_hash cannot hash {argument} (argument {}): cast it to an integer, DECIMAL, DOUBLE, VARCHAR, BYTEA, \
                 BOOLEAN, DATE, TIMESTAMP or a list of these",
                index + 1
            ),
            None => Ok(DataType::Int64),
        }
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let columns = call.args.iter().map(KeyColumn::new).collect::<Result<Vec<_>>>()?;
        let mut hashers = [KeyHasher::new(); BLOCK];
        let mut numbers = Vec::with_capacity(shape.rows);
        for start in (0..shape.rows).step_by(BLOCK) {
            let rows = start..shape.rows.min(start + BLOCK);
            let block = &mut hashers[..rows.len()];
            for column in &columns {
                column.feed(rows.clone(), block);
            }
            numbers.extend(block.iter_mut().map(KeyHasher::take));
        }
        shape.finish(Int64Array::from(numbers))
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests;
