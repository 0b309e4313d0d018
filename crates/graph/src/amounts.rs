//! Amounts in whole units of one scale (cents, satoshi, wei): 8 bytes each while they fit, 16 when one does not.

/// One amount a transfer. All are zero or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amounts {
    /// Every amount fits 63 bits.
    Narrow(Vec<i64>),
    /// At least one does not.
    Wide(Vec<i128>),
}

impl Amounts {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Narrow(amounts) => amounts.len(),
            Self::Wide(amounts) => amounts.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The amount of one transfer.
    #[inline]
    pub fn get(&self, index: usize) -> i128 {
        match self {
            Self::Narrow(amounts) => i128::from(amounts[index]),
            Self::Wide(amounts) => amounts[index],
        }
    }

    /// The same, rounded to a float: from 64 bits that is one instruction, from 128 a call.
    #[inline]
    pub(crate) fn float(&self, index: usize) -> f64 {
        match self {
            Self::Narrow(amounts) => amounts[index] as f64,
            Self::Wide(amounts) => amounts[index] as f64,
        }
    }

    pub(crate) fn any_negative(&self) -> bool {
        match self {
            Self::Narrow(amounts) => amounts.iter().any(|amount| *amount < 0),
            Self::Wide(amounts) => amounts.iter().any(|amount| *amount < 0),
        }
    }
}

/// The quotient and the remainder of `a · b / c`, exactly, whatever the size of the product.
///
/// `c` is not zero and the quotient fits: callers divide a part by the whole it is a part of.
pub(crate) fn mul_div(a: u128, b: u128, c: u128) -> (u128, u128) {
    if let Some(product) = a.checked_mul(b) {
        return (product / c, product % c);
    }
    // Shift and subtract, from the highest bit of `b` down: quotient · c + remainder = a · (the bits of b seen so far).
    // `a / c` and `a % c` first, so that the remainder stays below c at every step.
    let (whole, part) = (a / c, a % c);
    let (mut quotient, mut remainder) = (0_u128, 0_u128);
    for bit in (0..128 - b.leading_zeros()).rev() {
        quotient <<= 1;
        let (doubled, over) = add_below(remainder, remainder, c);
        quotient += u128::from(over);
        remainder = doubled;
        if b >> bit & 1 == 1 {
            quotient += whole;
            let (sum, over) = add_below(remainder, part, c);
            quotient += u128::from(over);
            remainder = sum;
        }
    }
    (quotient, remainder)
}

/// `(x + y) mod c` and whether it went round, for x and y below c, without overflow.
fn add_below(x: u128, y: u128, c: u128) -> (u128, bool) {
    if x >= c - y { (x - (c - y), true) } else { (x + y, false) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// 2^64 in a and in c cancels, so the long way has a short one to be compared with.
        #[test]
        fn the_long_way_is_the_short_way(a in 0_u128..1 << 62, b in 0_u128..1 << 62, c in 1_u128..1 << 62) {
            let (quotient, remainder) = mul_div(a << 64, b, c << 64);
            prop_assert_eq!((quotient, remainder), (a * b / c, (a * b % c) << 64));
        }
    }

    #[test]
    fn a_part_of_a_whole_larger_than_64_bits() {
        let whole = 120_000_000_000_000_000_000_000_000_u128;
        assert_eq!(mul_div(whole, whole, whole), (whole, 0));
        assert_eq!(mul_div(whole - 1, whole / 3, whole), (whole / 3 - 1, whole - whole / 3));
    }
}
