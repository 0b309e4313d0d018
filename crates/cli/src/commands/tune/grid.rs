//! Values around those that a typology has: a half, three quarters, one and a half times and twice as much of each parameter,
//! one parameter at a time.
//!
//! A share of a half or more is tried by what it leaves: around 0.9 lie 0.8, 0.85, 0.925 and 0.95, because 1.8 is no share.
//! Parameters whose name begins with `max_` are limits of the work and not thresholds, and text has no values around it: both
//! are left alone.

use headwater_engine::{Parameter, Values};

/// As fractions.
const FACTORS: [(i128, i128); 4] = [(1, 2), (3, 4), (3, 2), (2, 1)];

/// One set of values for each parameter and value near its own.
pub(super) fn around(parameters: &[Parameter], usual: &Values) -> Vec<Values> {
    let mut trials = Vec::new();
    for parameter in parameters.iter().filter(|parameter| !parameter.name.starts_with("max_")) {
        let Some(own) = usual.get(&parameter.name) else { continue };
        for value in near(&parameter.sql_type, own) {
            trials.push(Values::from([(parameter.name.clone(), value)]));
        }
    }
    trials
}

/// Values near this one, the smallest first, without itself.
fn near(sql_type: &str, own: &str) -> Vec<String> {
    let kind = sql_type.to_ascii_uppercase();
    let values = if kind.starts_with("DECIMAL") || kind.starts_with("DOUBLE") {
        decimals(own)
    } else if kind.ends_with("INT") || kind == "INTEGER" {
        own.trim().parse().map(whole).unwrap_or_default()
    } else if kind == "INTERVAL" {
        spans(own)
    } else {
        Vec::new()
    };
    values.into_iter().filter(|value| value != own.trim()).collect()
}

fn whole(own: i128) -> Vec<String> {
    let mut values: Vec<i128> = FACTORS.iter().map(|(up, down)| own.saturating_mul(*up) / down).collect();
    values.retain(|value| *value > 0 && *value != own);
    values.dedup();
    values.iter().map(i128::to_string).collect()
}

/// `48 hours`: other numbers of the same unit.
fn spans(own: &str) -> Vec<String> {
    let Some((number, unit)) = own.trim().split_once(' ') else { return Vec::new() };
    let plural = if unit.ends_with('s') { unit.to_owned() } else { format!("{unit}s") };
    let numbers = number.parse().map(whole).unwrap_or_default();
    numbers.into_iter().map(|number| format!("{number} {plural}")).collect()
}

fn decimals(own: &str) -> Vec<String> {
    let (sign, digits) = own.trim().strip_prefix('-').map_or(("", own.trim()), |digits| ("-", digits));
    let (ones, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    // Two digits more than it has, so that three quarters of it can be written.
    let scale = fraction.len() + 2;
    let width = u32::try_from(scale).unwrap_or(u32::MAX);
    let (Ok(units), Some(one)) = (format!("{ones}{fraction}00").parse::<i128>(), 10_i128.checked_pow(width)) else {
        return Vec::new();
    };
    let from_one = sign.is_empty() && units * 2 >= one && units <= one;
    let mut values: Vec<i128> =
        FACTORS
            .iter()
            .map(|(up, down)| {
                if from_one { one - (one - units).saturating_mul(*up) / down } else { units.saturating_mul(*up) / down }
            })
            .filter(|value| *value != units)
            .collect();
    values.sort_unstable();
    values.dedup();
    values.iter().map(|value| format!("{sign}{}", text(*value, one, scale))).collect()
}

/// Units as a decimal without the zeros that say nothing.
fn text(units: i128, one: i128, scale: usize) -> String {
    let fraction = format!("{:0>scale$}", units % one);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { (units / one).to_string() } else { format!("{}.{fraction}", units / one) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lie_around_ones_own() {
        assert_eq!(near("BIGINT", "4"), ["2", "3", "6", "8"]);
        assert_eq!(near("BIGINT", "1"), ["2"]);
        assert_eq!(near("DECIMAL(5, 4)", "0.9000"), ["0.8", "0.85", "0.925", "0.95"]);
        assert_eq!(near("DECIMAL(5, 4)", "0.2"), ["0.1", "0.15", "0.3", "0.4"]);
        assert_eq!(near("DECIMAL(38, 18)", "10000"), ["5000", "7500", "15000", "20000"]);
        assert_eq!(near("INTERVAL", "48 hours"), ["24 hours", "36 hours", "72 hours", "96 hours"]);
        assert_eq!(near("INTERVAL", "1 day"), ["2 days"]);
        for nothing in
            [near("VARCHAR", "weak"), near("DECIMAL(38, 18)", "0"), near("BIGINT", "x"), near("INTERVAL", "P1D")]
        {
            assert!(nothing.is_empty(), "{nothing:?}");
        }
    }

    #[test]
    fn limits_of_the_work_are_left_alone() {
        let parameter =
            |name: &str| Parameter { name: name.to_owned(), sql_type: "BIGINT".to_owned(), default: "4".to_owned() };
        let usual = Values::from([("count".to_owned(), "2".to_owned()), ("max_degree".to_owned(), "5000".to_owned())]);
        let tried = around(&[parameter("count"), parameter("max_degree"), parameter("unbound")], &usual);
        let values: Vec<&str> = tried.iter().filter_map(|values| values.get("count").map(String::as_str)).collect();
        assert_eq!((tried.len(), values), (3, vec!["1", "3", "4"]));
    }
}
