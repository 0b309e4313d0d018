//! Invented exchange rates in the layout of the ECB's history file.
//!
//! Rates are integers in units of 10⁻¹⁰ and walk in parts per million, pulled towards a line, so that they are smooth,
//! stay plausible and carry no floating-point difference between machines. What is printed is also what converts:
//! a value in the truth can be recomputed from the file.

use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::calendar::{day, is_working, last_day};
use crate::random::{Dice, Stream};

/// Units in one whole.
const ONE: i64 = 10_000_000_000;

/// Code, decimals printed, rate at the start and at the end of the period, largest daily step in parts per million.
const CURRENCIES: [(&str, u32, i64, i64, i64); 6] = [
    ("USD", 4, 10_900_000_000, 10_500_000_000, 4_000),
    ("GBP", 5, 8_590_000_000, 8_300_000_000, 3_000),
    ("CHF", 4, 9_780_000_000, 9_400_000_000, 3_000),
    ("RUB", 4, 970_000_000_000, 1_060_000_000_000, 12_000),
    ("AED", 4, 40_030_000_000, 38_500_000_000, 4_000),
    ("BTC", 10, 357_000, 112_000, 24_000),
];

/// The table: one row a working day, oldest first.
#[derive(Debug)]
pub(crate) struct Rates {
    days: Vec<(NaiveDate, [i64; CURRENCIES.len()])>,
}

impl Rates {
    /// Draws the table. It starts a week before the books, so that the first weekend has a rate to fall back on.
    pub(crate) fn draw(seed: u64) -> Self {
        let mut dice = Dice::new(seed, Stream::Rates);
        let start = day(2023, 6, 26);
        let dates: Vec<NaiveDate> =
            start.iter_days().take_while(|date| *date <= last_day()).filter(|date| is_working(*date)).collect();
        let mut current = CURRENCIES.map(|currency| currency.2);
        let last = dates.len().max(2) as i64 - 1;
        let mut days = Vec::with_capacity(dates.len());
        for (index, date) in dates.into_iter().enumerate() {
            for (rate, (_, _, from, to, step)) in current.iter_mut().zip(CURRENCIES) {
                let line = from + (to - from) * index as i64 / last;
                let pull = (line - *rate) / 12;
                *rate += pull + *rate * dice.between(-step, step) / 1_000_000;
            }
            let mut printed = current;
            for (rate, (_, decimals, ..)) in printed.iter_mut().zip(CURRENCIES) {
                let unit = 10_i64.pow(10 - decimals);
                *rate = (*rate + unit / 2) / unit * unit;
            }
            days.push((date, printed));
        }
        Self { days }
    }

    /// Units of `currency` for one euro, times 10¹⁰, on the day or the last working day before it.
    fn rate(&self, currency: &str, date: NaiveDate) -> i64 {
        let Some(column) = CURRENCIES.iter().position(|row| row.0 == currency) else { return ONE };
        let known = self.days.partition_point(|(day, _)| *day <= date);
        self.days.get(known.saturating_sub(1)).map_or(ONE, |(_, rates)| rates[column])
    }

    /// An amount in cents of a currency as cents of euro.
    pub(crate) fn to_euro(&self, cents: i64, currency: &str, date: NaiveDate) -> i64 {
        (i128::from(cents) * i128::from(ONE) / i128::from(self.rate(currency, date))) as i64
    }

    /// Cents of euro as satoshi.
    pub(crate) fn euro_to_satoshi(&self, cents: i64, date: NaiveDate) -> u64 {
        (i128::from(cents) * i128::from(self.rate("BTC", date)) * 1_000_000 / i128::from(ONE)) as u64
    }

    /// Satoshi as cents of euro.
    pub(crate) fn satoshi_to_euro(&self, satoshi: u64, date: NaiveDate) -> i64 {
        (i128::from(satoshi) * i128::from(ONE) / i128::from(self.rate("BTC", date)) / 1_000_000) as i64
    }

    /// The file: newest day first, a comma at the end of each line, `N/A` where nobody quoted.
    pub(crate) fn csv(&self) -> String {
        let mut text = String::from("Date,");
        for currency in CURRENCIES {
            let _ = write!(text, "{},", currency.0);
        }
        text.push('\n');
        for (index, (date, rates)) in self.days.iter().enumerate().rev() {
            let _ = write!(text, "{date},");
            for (rate, (code, decimals, ..)) in rates.iter().zip(CURRENCIES) {
                // The rouble has days without a quotation; nothing in the books is in roubles on those.
                if code == "RUB" && index % 29 == 17 {
                    text.push_str("N/A,");
                    continue;
                }
                let scale = 10_i64.pow(decimals);
                let units = rate / 10_i64.pow(10 - decimals);
                let _ = write!(text, "{}.{:0width$},", units / scale, units % scale, width = decimals as usize);
            }
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn newest_first_with_trailing_commas_and_a_weekend_falls_back() {
        let rates = Rates::draw(1);
        let csv = rates.csv();
        let mut lines = csv.lines();
        assert_eq!(lines.next(), Some("Date,USD,GBP,CHF,RUB,AED,BTC,"));
        assert!(lines.next().is_some_and(|line| line.starts_with("2024-12-31,") && line.ends_with(',')));
        assert!(csv.contains(",N/A,"));
        assert_eq!(rates.rate("USD", day(2023, 7, 1)), rates.rate("USD", day(2023, 6, 30)));
        let price = rates.satoshi_to_euro(100_000_000, day(2024, 12, 31));
        assert!((7_000_000..11_000_000).contains(&price), "{price}");
    }
}
