//! Double SHA-256, the merkle tree over it, and the reversed hex that people read.

use sha2::{Digest, Sha256};

/// A hash in the byte order of the wire; people see it reversed.
pub(super) type Hash = [u8; 32];

/// Double SHA-256 over the concatenation of some slices.
///
/// A transaction id leaves out the witness, which lies between the outputs and the lock time: hashing the pieces in turn
/// spares the copy that would join them.
pub(super) fn double_sha256(pieces: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for piece in pieces {
        hasher.update(piece);
    }
    Sha256::digest(hasher.finalize()).into()
}

/// The merkle root of a list of transaction ids, or `None` when the list ends in a repetition.
///
/// An odd level repeats its last hash, so a block whose last transactions are repeated has the root of the block without
/// them (CVE-2012-2459). Two equal neighbours that are both really there give such a forgery away. `level` is used up.
pub(super) fn merkle_root(level: &mut Vec<Hash>) -> Option<Hash> {
    while level.len() > 1 {
        if level.as_chunks::<2>().0.iter().any(|[left, right]| left == right) {
            return None;
        }
        let pairs = level.len().div_ceil(2);
        for pair in 0..pairs {
            let left = level[2 * pair];
            let right = *level.get(2 * pair + 1).unwrap_or(&left);
            level[pair] = double_sha256(&[&left, &right]);
        }
        level.truncate(pairs);
    }
    level.first().copied()
}

/// Writes a hash the way people see it: reversed, in lower-case hex.
pub(super) fn display_hex(hash: &Hash) -> DisplayHex {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 64];
    for (pair, byte) in text.as_chunks_mut::<2>().0.iter_mut().zip(hash.iter().rev()) {
        *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    }
    DisplayHex(text)
}

/// Reads a hash the way people see it: the inverse of [`display_hex`].
pub(super) fn parse_hex(text: &str) -> Option<Hash> {
    let mut hash = [0; 32];
    hex::decode_to_slice(text, &mut hash).ok()?;
    hash.reverse();
    Some(hash)
}

/// Sixty-four hex digits, without a heap.
pub(super) struct DisplayHex([u8; 64]);

impl DisplayHex {
    pub(super) fn as_str(&self) -> &str {
        // Hex digits are ASCII, so the empty text is never given; checking costs less than the digits did.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl std::fmt::Display for DisplayHex {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.as_str())
    }
}
