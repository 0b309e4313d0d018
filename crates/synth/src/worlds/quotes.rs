//! Exchange rates in the layout of the ECB's history file, for the currencies of these books and of AMLworld.

use std::fmt::Write as _;

use chrono::NaiveDate;

use super::draw::Draw;
use crate::calendar::{is_working, plus};

/// Code, decimals printed, and units for one euro times 10⁷.
const CURRENCIES: [(&str, usize, i64); 15] = [
    ("USD", 4, 10_400_000),
    ("JPY", 2, 1_420_000_000),
    ("CHF", 4, 9_700_000),
    ("GBP", 5, 8_600_000),
    ("CNY", 4, 70_500_000),
    ("INR", 4, 830_000_000),
    ("RUB", 4, 630_000_000),
    ("ILS", 4, 35_000_000),
    ("SAR", 4, 39_000_000),
    ("MXN", 4, 205_000_000),
    ("BRL", 4, 54_000_000),
    ("CAD", 4, 13_600_000),
    ("AUD", 4, 15_200_000),
    ("AED", 4, 38_200_000),
    ("BTC", 7, 500),
];

/// The file, from a week before the first day to a week after the last.
pub(super) fn csv(seed: u64, start: NaiveDate, days: u32) -> String {
    let mut text = String::from("Date,");
    for (code, ..) in CURRENCIES {
        let _ = write!(text, "{code},");
    }
    text.push('\n');
    for day in (-7..i64::from(days) + 7).rev() {
        let date = plus(start, day);
        if !is_working(date) {
            continue;
        }
        let _ = write!(text, "{date},");
        for (place, (_, decimals, rate)) in CURRENCIES.into_iter().enumerate() {
            // A slow wave and a little noise: smooth enough, and the same for any day without those before it.
            let wave = (day.rem_euclid(360) - 180).abs() - 90;
            let noise = Draw::of(seed, place as u64, (day + 7) as u64 | 1 << 36).between(-30, 30);
            let rate = rate + rate * (wave * 4 + noise) / 10_000;
            let shown = rate / 10_i64.pow(7 - decimals as u32);
            let scale = 10_i64.pow(decimals as u32);
            let _ = write!(text, "{}.{:0decimals$},", shown / scale, shown % scale);
        }
        text.push('\n');
    }
    text
}
