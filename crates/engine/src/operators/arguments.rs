//! The named arguments of an operator: what it takes, and what a call gives.

use std::fmt;

use datafusion::arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::scalar::ScalarValue;

use super::rows::RowColumn;

/// What an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A relation of one BIGINT column, an array, or one number: accounts or transfers.
    Keys,
    /// A relation of two columns, an account and an amount.
    Balances,
    /// A relation of these columns.
    Rows(&'static [RowColumn]),
    /// A whole number, zero or more.
    Count,
    /// A number, zero or more.
    Number,
    /// An amount, zero or more.
    Amount,
    /// A length of time, in days or shorter.
    Interval,
    /// Several of them.
    Intervals,
    /// A point in time.
    Time,
    /// One of these words.
    Word(&'static [&'static str]),
    /// True or false.
    Flag,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys => write!(f, "BIGINT[] or subquery"),
            Self::Balances => write!(f, "subquery (account, amount)"),
            Self::Rows(columns) => {
                let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
                write!(f, "subquery ({})", names.join(", "))
            }
            Self::Count => write!(f, "BIGINT"),
            Self::Number => write!(f, "DOUBLE"),
            Self::Amount => write!(f, "DECIMAL"),
            Self::Interval => write!(f, "INTERVAL"),
            Self::Intervals => write!(f, "INTERVAL or INTERVAL[]"),
            Self::Time => write!(f, "TIMESTAMP"),
            Self::Word(words) => write!(f, "'{}'", words.join("', '")),
            Self::Flag => write!(f, "BOOLEAN"),
        }
    }
}

impl Kind {
    /// Whether it is planned as an input of the operator instead of being computed once.
    pub(super) fn is_relation(self) -> bool {
        matches!(self, Self::Keys | Self::Balances | Self::Rows(_))
    }
}

/// An argument an operator takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// As one would write it; `None` when the argument may be left out and then says nothing.
    pub(super) default: Option<&'static str>,
    pub(super) help: &'static str,
}

/// The values of a call, those of relations apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Hash)]
pub(super) struct Arguments(Vec<(String, ScalarValue)>);

impl Arguments {
    /// Adds a value that fits its parameter; says what to write instead of one that does not.
    pub(super) fn add(&mut self, parameter: &Parameter, value: &ScalarValue) -> Result<(), String> {
        let wrong = |what: String| format!("{} => {value}: {what}", parameter.name);
        if value.is_null() {
            return Err(wrong("NULL says nothing; leave the argument out".to_owned()));
        }
        let cast = |to: &DataType| value.cast_to(to).map_err(|_| wrong(format!("expected {}", parameter.kind)));
        let value = match parameter.kind {
            Kind::Keys | Kind::Balances | Kind::Rows(_) => return Err(wrong("expected a relation".to_owned())),
            Kind::Count => cast(&DataType::Int64)?,
            Kind::Number => cast(&DataType::Float64)?,
            Kind::Amount => cast(&super::flows::MONEY)?,
            Kind::Time => cast(&DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())))?,
            Kind::Flag => cast(&DataType::Boolean)?,
            Kind::Word(words) => {
                let word = cast(&DataType::Utf8)?;
                let known = matches!(&word, ScalarValue::Utf8(Some(text)) if words.contains(&text.as_str()));
                if !known {
                    return Err(wrong(format!("expected one of {}", parameter.kind)));
                }
                word
            }
            Kind::Interval => ScalarValue::Int64(Some(micros(value).map_err(wrong)?)),
            Kind::Intervals => {
                let items = match value {
                    ScalarValue::List(list) => {
                        let items = list.value(0);
                        (0..items.len()).map(|row| ScalarValue::try_from_array(&items, row)).collect()
                    }
                    one => Ok(vec![one.clone()]),
                };
                let items = items.map_err(|error| wrong(error.to_string()))?;
                if items.is_empty() {
                    return Err(wrong("expected one interval at least".to_owned()));
                }
                let items = items.iter().map(|item| Ok(ScalarValue::Int64(Some(micros(item)?))));
                let items = items.collect::<Result<Vec<_>, String>>().map_err(wrong)?;
                ScalarValue::List(ScalarValue::new_list_nullable(&items, &DataType::Int64))
            }
        };
        let negative = match &value {
            ScalarValue::Int64(Some(number)) => *number < 0,
            ScalarValue::Float64(Some(number)) => number.is_nan() || *number < 0.0,
            ScalarValue::Decimal128(Some(number), ..) => *number < 0,
            _ => false,
        };
        if negative {
            return Err(wrong("expected zero or more".to_owned()));
        }
        self.push(parameter.name, value);
        Ok(())
    }

    /// Adds a value that was checked when the call was planned.
    pub(super) fn push(&mut self, name: &str, value: ScalarValue) {
        self.0.push((name.to_owned(), value));
    }

    /// Every value under its name, in the order of the operator's parameters.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &ScalarValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    fn get(&self, name: &str) -> Option<&ScalarValue> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A count, a length of time in microseconds, or a point in time in microseconds.
    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            ScalarValue::Int64(number) | ScalarValue::TimestampMicrosecond(number, _) => *number,
            _ => None,
        }
    }

    /// A count that fits 32 bits; larger ones are as good as no limit.
    pub(super) fn count(&self, name: &str) -> Option<u32> {
        self.integer(name).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// Lengths of time in microseconds.
    pub(super) fn integers(&self, name: &str) -> Vec<i64> {
        match self.get(name) {
            Some(ScalarValue::List(list)) => {
                let items = list.value(0);
                let items = datafusion::arrow::array::AsArray::as_primitive_opt::<
                    datafusion::arrow::datatypes::Int64Type,
                >(&items);
                items.map(|items| items.values().to_vec()).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn number(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            ScalarValue::Float64(number) => *number,
            _ => None,
        }
    }

    /// An amount, in units of 10⁻¹⁸.
    pub(super) fn amount(&self, name: &str) -> Option<i128> {
        match self.get(name)? {
            ScalarValue::Decimal128(number, ..) => *number,
            _ => None,
        }
    }

    pub(super) fn word(&self, name: &str) -> &str {
        match self.get(name) {
            Some(ScalarValue::Utf8(Some(word))) => word,
            _ => "",
        }
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some(ScalarValue::Boolean(Some(true))))
    }
}

impl fmt::Display for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (name, value)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{name} => {value}")?;
        }
        Ok(())
    }
}

/// The length of an interval. A month has none.
fn micros(value: &ScalarValue) -> Result<i64, String> {
    let kind = DataType::Interval(IntervalUnit::MonthDayNano);
    let whole = match value {
        ScalarValue::Utf8(_) | ScalarValue::Utf8View(_) | ScalarValue::LargeUtf8(_) => value.cast_to(&kind),
        ScalarValue::IntervalDayTime(_) | ScalarValue::IntervalYearMonth(_) => value.cast_to(&kind),
        other => Ok(other.clone()),
    };
    match whole {
        Ok(ScalarValue::IntervalMonthDayNano(Some(length))) if length.months == 0 => {
            let days = i64::from(length.days).checked_mul(86_400_000_000);
            let micros = days.and_then(|days| days.checked_add(length.nanoseconds / 1_000));
            micros.filter(|micros| *micros >= 0).ok_or_else(|| "expected a length of zero or more".to_owned())
        }
        Ok(ScalarValue::IntervalMonthDayNano(Some(_))) => {
            Err("a month has no fixed length; write it in days".to_owned())
        }
        _ => Err("expected an interval, as INTERVAL '3 days'".to_owned()),
    }
}
