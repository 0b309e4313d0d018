//! Exact money: the `DECIMAL(38, 18)` of the lake, read from text and written back without passing through a float.

use std::fmt;
use std::iter::Sum;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{AssessError, Result};

const PLACES: usize = 18;
const ONE: i128 = 10_i128.pow(18);

/// A decimal number with eighteen places, as `flow.transfers.amount` holds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(i128);

impl Decimal {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// A whole number.
    pub fn whole(number: i64) -> Self {
        Self(i128::from(number) * ONE)
    }

    /// The difference, held at the ends of the range: a threshold minus a metric cannot leave it in practice.
    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Whether nothing is left above zero.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The nearest float, for the length of a bar and for nothing else.
    #[expect(clippy::cast_precision_loss, reason = "a bar is drawn to a tenth of a pixel")]
    pub fn length(self) -> f64 {
        self.0 as f64 / ONE as f64
    }

    /// Writes the number for people: groups of three, at most `places` decimals, rounded half away from zero. A fraction
    /// has no trailing zeros, but never fewer than two decimals where there is room for them.
    pub fn grouped(self, places: usize) -> String {
        let unit = 10_u128.pow(u32::try_from(PLACES.saturating_sub(places)).unwrap_or(0));
        let rounded = (self.0.unsigned_abs() + unit / 2) / unit * unit;
        let (whole, fraction) = (rounded / ONE.unsigned_abs(), rounded % ONE.unsigned_abs());
        let digits = whole.to_string();
        let mut text = String::from(if self.0 < 0 && rounded > 0 { "-" } else { "" });
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index) % 3 == 0 {
                text.push(',');
            }
            text.push(digit);
        }
        if fraction > 0 {
            let fraction = format!("{fraction:018}");
            let kept = fraction.get(..places.min(PLACES)).unwrap_or_default();
            let trimmed = kept.trim_end_matches('0');
            text.push('.');
            text.push_str(trimmed);
            // Half a euro is 0.50, and half a coin may be: one decimal alone reads as a slip.
            text.push_str(if trimmed.len() == 1 && places > 1 { "0" } else { "" });
        }
        text
    }

    /// Writes the number short, for an axis: 950, 12.5k, 3M, 1.2bn. Half a tenth rounds up.
    pub fn short(self) -> String {
        let whole = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        for (size, suffix) in [(1_000_000_000_u128, "bn"), (1_000_000, "M"), (1_000, "k")] {
            let unit = size * ONE.unsigned_abs();
            if whole >= unit {
                let tenths = (whole + unit / 20) / (unit / 10);
                let fraction = if tenths.is_multiple_of(10) { String::new() } else { format!(".{}", tenths % 10) };
                return format!("{sign}{}{fraction}{suffix}", tenths / 10);
            }
        }
        Self(self.0).grouped(0)
    }
}

impl FromStr for Decimal {
    type Err = AssessError;

    fn from_str(text: &str) -> Result<Self> {
        let fault = || AssessError::Decimal { text: text.to_owned() };
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || fraction.trim_end_matches('0').len() > PLACES {
            return Err(fault());
        }
        let fraction = format!("{:0<18}", fraction.trim_end_matches('0'));
        let whole: i128 = whole.parse().map_err(|_| fault())?;
        let fraction: i128 = fraction.parse().map_err(|_| fault())?;
        let value = whole.checked_mul(ONE).and_then(|value| value.checked_add(fraction)).ok_or_else(fault)?;
        Ok(Self(if negative { -value } else { value }))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) =
            (self.0.unsigned_abs() / ONE.unsigned_abs(), self.0.unsigned_abs() % ONE.unsigned_abs());
        if fraction == 0 {
            return write!(formatter, "{sign}{whole}");
        }
        write!(formatter, "{sign}{whole}.{}", format!("{fraction:018}").trim_end_matches('0'))
    }
}

impl Sum for Decimal {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.fold(0, |total, amount| total.saturating_add(amount.0)))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A profile may write a bound as an integer or, when it has decimals, as text; a TOML float is refused.
impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a whole number, or a decimal number in quotes")]
        enum Written {
            Whole(i64),
            Text(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Whole(number) => Ok(Self::whole(number)),
            Written::Text(text) => text.parse().map_err(D::Error::custom),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn survives_the_round_trip() {
        for text in ["0", "-1.5", "0.000000000000000001", "12345678901234567890.123456789012345678"] {
            assert_eq!(decimal(text).to_string(), text);
        }
        assert_eq!(decimal("1.500000000000000000000").to_string(), "1.5");
    }

    #[test]
    fn refuses_what_is_not_a_decimal() {
        for text in [
            "",
            "-",
            ".",
            "1.",
            ".5",
            "1e5",
            "1,000",
            "NaN",
            "--1",
            "+1",
            "0.0000000000000000001",
            "9999999999999999999999",
        ] {
            assert!(text.parse::<Decimal>().is_err(), "{text}");
        }
    }

    #[test]
    fn groups_and_rounds_for_people() {
        assert_eq!(decimal("1234567.895").grouped(2), "1,234,567.90");
        assert_eq!(decimal("999.999").grouped(2), "1,000");
        assert_eq!(decimal("-0.001").grouped(2), "0");
        assert_eq!(decimal("1234.5").grouped(2), "1,234.50");
        assert_eq!(decimal("0.50000001").grouped(8), "0.50000001");
        assert_eq!(decimal("12500").short(), "12.5k");
        assert_eq!(decimal("3200000").short(), "3.2M");
        assert_eq!(decimal("950").short(), "950");
    }
}
