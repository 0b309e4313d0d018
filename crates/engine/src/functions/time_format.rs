//! Reading times by a format: a strict part of strftime, made ready once and run over a column.
//!
//! The letters are those of strftime; what is read must have exactly the width that strftime would print, because a
//! reader that forgives widths reads `1/11` and `11/1` alike. A flag loosens one field where a source leaves the zero
//! off: `%-d`, `%-m`, `%-H` take one or two digits.
//!
//! | letter | reads | letter | reads |
//! |---|---|---|---|
//! | `%Y` | year, 4 digits | `%H` `%M` `%S` | hour, minute, second, 2 digits |
//! | `%y` | year, 2 digits: 69–99 are 19.., 00–68 are 20.. | `%f` | fraction of a second, 1 to 9 digits, cut to microseconds |
//! | `%m` `%d` | month, day, 2 digits | `%z` | offset: `+02:00`, `+0200`, `+02`, `Z` |
//! | `%e` | day, padded with a space or not at all | `%Z` | `Z`, `UTC` or `GMT` |
//! | `%b` `%B` | English month, `Jan` or `January`, any case | `%%` | a percent sign |
//!
//! Anything else stands for itself. A time without a zone is taken as UTC.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, exec_datafusion_err, plan_err};
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs};

use super::strings::{Shape, Strings};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// A point in time as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// Days since 1970-01-01, of the date as written.
    pub(super) days: i32,
    /// Microseconds since 1970-01-01T00:00:00Z, the offset taken into account.
    pub(super) micros: i64,
}

/// A format made ready.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Format(Vec<Item>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Literal(u8),
    Year,
    ShortYear,
    /// Two digits.
    Two(Part),
    /// One or two digits.
    OneOrTwo(Part),
    PaddedDay,
    Fraction,
    MonthName {
        whole: bool,
    },
    Offset,
    Utc,
}

/// Fields that are two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

impl Format {
    /// Makes a format ready; the error says what is wrong with it.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let mut items = Vec::new();
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            let item = match byte {
                b'%' => match bytes.next() {
                    Some(b'-') => match bytes.next() {
                        Some(b'd') => Item::OneOrTwo(Part::Day),
                        Some(b'm') => Item::OneOrTwo(Part::Month),
                        Some(b'H') => Item::OneOrTwo(Part::Hour),
                        _ => return Err(format!("in '{text}', only %-d, %-m and %-H take the flag '-'")),
                    },
                    Some(b'%') => Item::Literal(b'%'),
                    Some(b'Y') => Item::Year,
                    Some(b'y') => Item::ShortYear,
                    Some(b'm') => Item::Two(Part::Month),
                    Some(b'd') => Item::Two(Part::Day),
                    Some(b'e') => Item::PaddedDay,
                    Some(b'H') => Item::Two(Part::Hour),
                    Some(b'M') => Item::Two(Part::Minute),
                    Some(b'S') => Item::Two(Part::Second),
                    Some(b'f') => Item::Fraction,
                    Some(b'b') => Item::MonthName { whole: false },
                    Some(b'B') => Item::MonthName { whole: true },
                    Some(b'z') => Item::Offset,
                    Some(b'Z') => Item::Utc,
                    Some(other) => {
                        return Err(format!(
                            "in '{text}', %{} is not known: use %Y %y %m %d %e %b %B %H %M %S %f %z %Z %%",
                            char::from(other).escape_default()
                        ));
                    }
                    None => return Err(format!("'{text}' ends in %")),
                },
                literal => Item::Literal(literal),
            };
            items.push(item);
        }
        Self(items).checked(text)
    }

    /// A format must say which day it is, and say nothing twice.
    fn checked(self, text: &str) -> Result<Self, String> {
        const SLOTS: [&str; 8] = ["year", "month", "day", "hour", "minute", "second", "fraction", "zone"];
        let mut seen = [0; SLOTS.len()];
        for item in &self.0 {
            let slot = match item {
                Item::Literal(_) => continue,
                Item::Year | Item::ShortYear => 0,
                Item::MonthName { .. } | Item::Two(Part::Month) | Item::OneOrTwo(Part::Month) => 1,
                Item::PaddedDay | Item::Two(Part::Day) | Item::OneOrTwo(Part::Day) => 2,
                Item::Two(Part::Hour) | Item::OneOrTwo(Part::Hour) => 3,
                Item::Two(Part::Minute) | Item::OneOrTwo(Part::Minute) => 4,
                Item::Two(Part::Second) | Item::OneOrTwo(Part::Second) => 5,
                Item::Fraction => 6,
                Item::Offset | Item::Utc => 7,
            };
            seen[slot] += 1;
        }
        for (slot, name) in SLOTS.iter().enumerate() {
            if seen[slot] > 1 {
                return Err(format!("'{text}' names the {name} twice"));
            }
            if seen[slot] == 0 && slot < 3 {
                return Err(format!("'{text}' does not name the {name}"));
            }
        }
        Ok(self)
    }

    /// Reads a text, or returns `None` when it does not match from end to end or names a moment that does not exist.
    #[inline]
    pub(super) fn parse(&self, text: &str) -> Option<Moment> {
        let mut rest = text.as_bytes();
        let (mut year, mut month, mut day) = (0, 0, 0);
        let (mut hour, mut minute, mut second, mut micros, mut offset) = (0, 0, 0, 0, 0);
        for item in &self.0 {
            match item {
                Item::Literal(byte) => match rest {
                    [first, after @ ..] if first == byte => rest = after,
                    _ => return None,
                },
                Item::Two(part) | Item::OneOrTwo(part) => {
                    let value = match item {
                        Item::Two(_) => two_digits(&mut rest)?,
                        _ => one_or_two_digits(&mut rest)?,
                    };
                    match part {
                        Part::Month => month = value,
                        Part::Day => day = value,
                        Part::Hour => hour = value,
                        Part::Minute => minute = value,
                        Part::Second => second = value,
                    }
                }
                Item::Year => year = two_digits(&mut rest)? * 100 + two_digits(&mut rest)?,
                Item::ShortYear => {
                    let short = two_digits(&mut rest)?;
                    year = short + if short >= 69 { 1900 } else { 2000 };
                }
                Item::PaddedDay => {
                    if let [b' ', after @ ..] = rest {
                        rest = after;
                        day = digit(&mut rest)?;
                    } else {
                        day = one_or_two_digits(&mut rest)?;
                    }
                }
                Item::Fraction => micros = fraction(&mut rest)?,
                Item::MonthName { whole } => month = month_name(&mut rest, *whole)?,
                Item::Offset => offset = zone_offset(&mut rest)?,
                Item::Utc => {
                    let name = [b"UTC".as_slice(), b"GMT", b"Z"].into_iter().find(|name| rest.starts_with(name))?;
                    rest = &rest[name.len()..];
                }
            }
        }
        if !rest.is_empty() || hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_since_epoch(year, month, day)?;
        let seconds = i64::from(days) * 86_400 + i64::from(hour * 3600 + minute * 60 + second - offset);
        Some(Moment { days, micros: seconds * 1_000_000 + i64::from(micros) })
    }
}

/// Calls `take` with what each row reads as. The format is made ready once as long as it stays the same.
pub(super) fn each_row(
    function: &str,
    call: &ScalarFunctionArgs,
    shape: Shape,
    mut take: impl FnMut(Option<Moment>),
) -> Result<()> {
    let [texts, formats] = datafusion::common::utils::take_function_args(function, &call.args)?;
    let texts = Strings::new(function, texts)?;
    let formats = Strings::new(function, formats)?;
    let mut ready: Option<(&str, Format)> = None;
    for row in 0..shape.rows {
        let Some(wanted) = formats.value(row) else {
            take(None);
            continue;
        };
        let format = match &mut ready {
            Some((known, format)) if *known == wanted => format,
            other => {
                let format = Format::new(wanted).map_err(|what| exec_datafusion_err!("{function}: {what}"))?;
                &mut other.insert((wanted, format)).1
            }
        };
        take(texts.value(row).and_then(|text| format.parse(text)));
    }
    Ok(())
}

/// The return field of a function over (text, format): a constant format is checked while the query is planned, so that
/// EXPLAIN of a mapping already tells that it is wrong.
pub(super) fn return_field(function: &str, arguments: &ReturnFieldArgs<'_>, returned: DataType) -> Result<FieldRef> {
    if let Some(Some(format)) = arguments.scalar_arguments.get(1)
        && let Some(Some(format)) = format.try_as_str()
        && let Err(what) = Format::new(format)
    {
        return plan_err!("{function}: {what}");
    }
    Ok(Arc::new(Field::new(function, returned, true)))
}

#[inline]
fn digit(rest: &mut &[u8]) -> Option<i32> {
    match *rest {
        [digit @ b'0'..=b'9', after @ ..] => {
            *rest = after;
            Some(i32::from(digit - b'0'))
        }
        _ => None,
    }
}

#[inline]
fn two_digits(rest: &mut &[u8]) -> Option<i32> {
    match *rest {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', after @ ..] => {
            *rest = after;
            Some(i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
        }
        _ => None,
    }
}

#[inline]
fn one_or_two_digits(rest: &mut &[u8]) -> Option<i32> {
    two_digits(rest).or_else(|| digit(rest))
}

/// Up to nine digits, as microseconds; what is finer is cut, which keeps the order of times.
fn fraction(rest: &mut &[u8]) -> Option<i32> {
    let mut micros = digit(rest)? * 100_000;
    let mut unit = 10_000;
    for _ in 1..9 {
        let Some(value) = digit(rest) else { break };
        micros += value * unit;
        unit /= 10;
    }
    Some(micros)
}

fn month_name(rest: &mut &[u8], whole: bool) -> Option<i32> {
    let index = MONTHS.iter().position(|month| {
        let name = if whole { month.as_bytes() } else { &month.as_bytes()[..3] };
        rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
    })?;
    let length = if whole { MONTHS[index].len() } else { 3 };
    *rest = &rest[length..];
    i32::try_from(index + 1).ok()
}

/// An offset from UTC in seconds.
fn zone_offset(rest: &mut &[u8]) -> Option<i32> {
    let sign = match *rest {
        [b'Z' | b'z', after @ ..] => {
            *rest = after;
            return Some(0);
        }
        [b'+', after @ ..] => {
            *rest = after;
            1
        }
        [b'-', after @ ..] => {
            *rest = after;
            -1
        }
        _ => return None,
    };
    let hours = two_digits(rest)?;
    let minutes = match *rest {
        [b':', after @ ..] => {
            *rest = after;
            two_digits(rest)?
        }
        _ => two_digits(rest).unwrap_or(0),
    };
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Days since 1970-01-01 in the Gregorian calendar, carried back before 1582 (H. Hinnant, "chrono-compatible low-level
/// date algorithms", `days_from_civil`).
#[inline]
fn days_since_epoch(year: i32, month: i32, day: i32) -> Option<i32> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i32::from(leap),
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > length {
        return None;
    }
    // The year begins in March, so that the leap day comes last.
    let year = year - i32::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests;
