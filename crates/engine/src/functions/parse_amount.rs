//! `parse_amount(text [, decimal_separator])`: money as a bank writes it, exactly or not at all.
//!
//! An amount that is misread by a factor of a thousand is worse than one that is missing, so the reader is strict where
//! the text is ambiguous. Thousands come in groups of exactly three behind one kind of separator: `1,234.50` is read,
//! `1,50` and `12,34,567` are not, although some would guess. What cannot be held in 18 decimals without rounding, or is
//! too large, is NULL. A number in scientific notation, which spreadsheets leave behind, is exact if its digits are.

use std::sync::LazyLock;

use datafusion::arrow::array::Decimal128Array;
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, Documentation, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

use super::strings::{Shape, Strings, text};

/// The digits behind the point of every amount.
const SCALE: i64 = 18;
/// The digits of every amount.
const PRECISION: u8 = 38;

pub(super) static DOCUMENTATION: LazyLock<Documentation> = LazyLock::new(|| {
    super::document(
        "parse_amount(text [, decimal_separator])",
        "Reads an amount as DECIMAL(38, 18), exactly, or returns NULL: it never rounds. It takes a sign before or behind, \
         parentheses for a negative amount, groups of three digits parted by space, apostrophe, comma or dot, and \
         scientific notation.",
        r"
> SELECT parse_amount('1,234.50') AS english, parse_amount('1.234,50-', ',') AS german,
         parse_amount('(5.689852347E7)') AS scientific, parse_amount('1,50') AS doubtful;
+-------------------------+--------------------------+------------------------------+----------+
| english                 | german                   | scientific                   | doubtful |
+-------------------------+--------------------------+------------------------------+----------+
| 1234.500000000000000000 | -1234.500000000000000000 | -56898523.470000000000000000 |          |
+-------------------------+--------------------------+------------------------------+----------+
",
    )
    .with_argument("text", "The amount as the source wrote it, without a currency.")
    .with_argument("decimal_separator", "`.` (the default) or `,`; the other one may then part thousands.")
    .build()
});

/// Returns the function.
pub(super) fn function() -> ScalarUDF {
    let signature = Signature::one_of(
        vec![TypeSignature::Coercible(vec![text()]), TypeSignature::Coercible(vec![text(), text()])],
        Volatility::Immutable,
    );
    ScalarUDF::from(ParseAmountFunc { signature })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct ParseAmountFunc {
    signature: Signature,
}

impl ScalarUDFImpl for ParseAmountFunc {
    fn name(&self) -> &str {
        "parse_amount"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Decimal128(PRECISION, 18))
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let shape = Shape::of(&call);
        let (texts, separators) = match call.args.as_slice() {
            [texts] => (Strings::new(self.name(), texts)?, Strings::Constant(Some("."))),
            [texts, separators] => (Strings::new(self.name(), texts)?, Strings::new(self.name(), separators)?),
            other => return exec_err!("parse_amount takes one or two arguments, not {}", other.len()),
        };
        let mut amounts = Vec::with_capacity(shape.rows);
        let mut valid = Vec::with_capacity(shape.rows);
        for row in 0..shape.rows {
            let amount = match (texts.value(row), separators.value(row)) {
                (Some(text), Some(".")) => parse(text, b'.'),
                (Some(text), Some(",")) => parse(text, b','),
                (_, Some("." | ",") | None) => None,
                (_, Some(other)) => {
                    return exec_err!("parse_amount: the decimal separator is '.' or ',', not '{other}'");
                }
            };
            valid.push(amount.is_some());
            amounts.push(amount.unwrap_or_default());
        }
        let amounts = Decimal128Array::new(amounts.into(), Some(NullBuffer::from(valid)));
        shape.finish(amounts.with_precision_and_scale(PRECISION, 18)?)
    }

    fn documentation(&self) -> Option<&Documentation> {
        Some(&DOCUMENTATION)
    }
}

/// Returns the amount in units of 10⁻¹⁸.
fn parse(text: &str, decimal: u8) -> Option<i128> {
    // Nearly every amount begins and ends with a digit: nothing to trim, and no sign.
    if let (Some(first), Some(last)) = (text.as_bytes().first(), text.as_bytes().last())
        && first.is_ascii_digit()
        && last.is_ascii_digit()
    {
        return plain(text.as_bytes(), decimal).or_else(|| i128::try_from(magnitude(text.as_bytes(), decimal)?).ok());
    }
    let text = text.trim();
    let (negative, body) = match text.strip_prefix('(') {
        Some(inner) => (true, inner.strip_suffix(')')?.trim()),
        None => signed(text),
    };
    let magnitude = i128::try_from(magnitude(body.as_bytes(), decimal)?).ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

/// Digits, and at most one decimal separator among them, short enough for 64 bits: nearly every amount there is.
#[inline]
fn plain(bytes: &[u8], decimal: u8) -> Option<i128> {
    if bytes.len() > 19 {
        return None;
    }
    let (mut number, mut fraction) = (0_u64, None);
    for (place, &byte) in bytes.iter().enumerate() {
        if byte.is_ascii_digit() {
            number = number * 10 + u64::from(byte - b'0');
        } else if byte == decimal && fraction.is_none() {
            fraction = Some(bytes.len() - 1 - place);
        } else {
            return None;
        }
    }
    let factor = POWERS.get(usize::try_from(SCALE).ok()?.checked_sub(fraction.unwrap_or(0))?)?;
    // 19 digits times 10¹⁸ are 37 digits.
    i128::try_from(u128::from(number) * factor).ok()
}

/// Takes one sign off, before or behind; a second one is left for the digits to stumble over.
fn signed(text: &str) -> (bool, &str) {
    const SIGNS: [(char, bool); 3] = [('-', true), ('+', false), ('\u{2212}', true)];
    for (sign, negative) in SIGNS {
        if let Some(body) = text.strip_prefix(sign).or_else(|| text.strip_suffix(sign)) {
            return (negative, body.trim());
        }
    }
    (false, text)
}

/// Reads digits, groups, fraction and exponent.
fn magnitude(bytes: &[u8], decimal: u8) -> Option<u128> {
    let mut number = Number::default();
    let mut position = 0;
    let mut group = 0;
    let mut separator: Option<&[u8]> = None;
    while let Some(&byte) = bytes.get(position) {
        if byte.is_ascii_digit() {
            number.push(byte - b'0')?;
            group += 1;
            position += 1;
            continue;
        }
        let Some(found) = thousands_separator(&bytes[position..], decimal) else { break };
        let groups_fit = match separator {
            None => (1..=3).contains(&group),
            Some(first) => first == found && group == 3,
        };
        if !groups_fit {
            return None;
        }
        separator = Some(found);
        group = 0;
        position += found.len();
    }
    if separator.is_some() && group != 3 {
        return None;
    }
    if bytes.get(position) == Some(&decimal) {
        position += 1;
        while let Some(byte) = bytes.get(position).filter(|byte| byte.is_ascii_digit()) {
            number.push(byte - b'0')?;
            number.exponent -= 1;
            position += 1;
        }
    }
    if number.digits == 0 {
        return None;
    }
    match bytes.get(position..)? {
        [] => {}
        [b'e' | b'E', exponent @ ..] => number.exponent += read_exponent(exponent)?,
        _ => return None,
    }
    number.scaled()
}

/// Returns the thousands separator a text begins with: the space in its widths, the apostrophe in its shapes, and
/// whichever of comma and dot is not the decimal separator.
fn thousands_separator(bytes: &[u8], decimal: u8) -> Option<&[u8]> {
    match bytes {
        [b' ' | b'\'', ..] => bytes.get(..1),
        [b',' | b'.', ..] if bytes[0] != decimal => bytes.get(..1),
        [0xc2, 0xa0, ..] => bytes.get(..2),
        [0xe2, 0x80, 0xaf | 0x89 | 0x99, ..] => bytes.get(..3),
        _ => None,
    }
}

fn read_exponent(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] | digits => (false, digits),
    };
    if digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(if negative { -value } else { value })
}

/// The powers of ten up to the largest an amount can hold.
const POWERS: [u128; PRECISION as usize + 1] = {
    let mut powers = [1; PRECISION as usize + 1];
    let mut index = 1;
    while index < powers.len() {
        powers[index] = powers[index - 1] * 10;
        index += 1;
    }
    powers
};

/// The digits read so far: `significant × 10^(zeros + exponent)`, where `significant` does not end in zero. Zeros wait
/// until another digit follows, so that trailing ones, however many, never overflow.
#[derive(Default)]
struct Number {
    significant: u128,
    zeros: usize,
    exponent: i64,
    digits: usize,
}

impl Number {
    #[inline]
    fn push(&mut self, digit: u8) -> Option<()> {
        self.digits += 1;
        if digit == 0 {
            // Leading zeros are nothing at all.
            self.zeros += usize::from(self.significant != 0);
            return Some(());
        }
        let factor = *POWERS.get(self.zeros + 1)?;
        // A product of two 64-bit numbers is one instruction; most amounts never need more.
        self.significant = match (u64::try_from(self.significant), u64::try_from(factor)) {
            (Ok(significant), Ok(factor)) => u128::from(significant) * u128::from(factor) + u128::from(digit),
            _ => self.significant.checked_mul(factor)?.checked_add(u128::from(digit))?,
        };
        self.zeros = 0;
        Some(())
    }

    /// The value in units of 10⁻¹⁸, if it is a whole number of them with at most 38 digits.
    fn scaled(&self) -> Option<u128> {
        if self.significant == 0 {
            return Some(0);
        }
        let shift = i64::try_from(self.zeros).ok()? + self.exponent + SCALE;
        let factor = *POWERS.get(usize::try_from(shift).ok()?)?;
        let value = self.significant.checked_mul(factor)?;
        (value < POWERS[usize::from(PRECISION)]).then_some(value)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests;
