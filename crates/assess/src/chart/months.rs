//! Volume by month: money in and money out side by side, months without any left visibly empty.

use std::collections::BTreeMap;

use super::svg::{at, frame, line, rectangle, text};
use crate::decimal::Decimal;
use crate::model::Month;

const SIZE: (u32, u32) = (960, 240);
const LEFT: f64 = 56.0;
const RIGHT: f64 = 948.0;
const TOP: f64 = 26.0;
const BASE: f64 = 200.0;
/// Beyond this span an axis with every month on it says less than the months that have something.
const LONGEST_AXIS: i64 = 240;

/// Draws the months in order of time; nothing when there are none.
pub fn months(name: &str, caption: &str, months: &[Month]) -> Option<String> {
    let bars = axis(months);
    let highest = bars.values().flat_map(|(inflow, outflow)| [*inflow, *outflow]).max()?;
    let (step, top) = ticks(highest);
    let height = |amount: Decimal| amount.length() / top.length() * (BASE - TOP);
    let mut body = String::new();
    for index in 0..=4 {
        let value: Decimal = std::iter::repeat_n(step, index).sum();
        if value > top {
            break;
        }
        let y = BASE - height(value);
        body += &line(if index == 0 { "axis-line" } else { "grid" }, [LEFT, y, RIGHT, y]);
        body += &text("axis", [LEFT - 8.0, y + 4.0], "end", &value.short());
    }
    body += &text("axis", [LEFT - 8.0, TOP - 12.0], "end", "EUR");
    body += &legend();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred months at most")]
    let slot = (RIGHT - LEFT) / bars.len() as f64;
    let width = (slot * 0.38).min(26.0);
    let every = bars.len().div_ceil(12);
    let mut middle = LEFT + slot / 2.0;
    for (index, (month, (inflow, outflow))) in bars.iter().enumerate() {
        for (class, amount, x, word) in
            [("bar-in", *inflow, middle - width, "in"), ("bar-out", *outflow, middle, "out")]
        {
            let tall = height(amount);
            if tall > 0.0 {
                let tip = format!("{month}: EUR {} {word}", amount.grouped(2));
                body += &rectangle(class, [x, BASE - tall, (width - 1.0).max(0.6), tall], &tip);
            }
        }
        if index % every == 0 {
            body += &format!("<path class=\"axis-line\" d=\"M{} {}v4\"/>\n", at(middle), at(BASE));
            body += &text("axis", [middle, BASE + 17.0], "middle", month);
        }
        middle += slot;
    }
    let total = |pick: fn(&(Decimal, Decimal)) -> Decimal| bars.values().map(pick).sum::<Decimal>().grouped(2);
    let span = (bars.keys().next()?, bars.keys().next_back()?);
    let description = format!(
        "Grouped bars, {} to {}: EUR {} in and EUR {} out. The table beside it holds every month.",
        span.0,
        span.1,
        total(|pair| pair.0),
        total(|pair| pair.1)
    );
    Some(frame(name, "chart-months", SIZE, &format!("Volume by month, {caption}"), &description, &body))
}

fn legend() -> String {
    [("bar-in", "in", 848.0), ("bar-out", "out", 902.0)]
        .map(|(class, word, x)| {
            rectangle(class, [x, 5.0, 10.0, 10.0], "") + &text("axis", [x + 15.0, 14.0], "start", word)
        })
        .concat()
}

/// Every month from the first to the last, so that a silence is as wide as it was long.
fn axis(months: &[Month]) -> BTreeMap<String, (Decimal, Decimal)> {
    let mut bars: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
    for month in months {
        let (inflow, outflow) = bars.entry(month.month.clone()).or_default();
        *inflow = [*inflow, month.inflow_eur].into_iter().sum();
        *outflow = [*outflow, month.outflow_eur].into_iter().sum();
    }
    let numbers: Option<Vec<i64>> = bars.keys().map(|month| number(month)).collect();
    if let Some((first, last)) = numbers.and_then(|numbers| Some((*numbers.first()?, *numbers.last()?)))
        && last - first < LONGEST_AXIS
    {
        for month in first..=last {
            bars.entry(format!("{:04}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)).or_default();
        }
    }
    bars
}

fn number(month: &str) -> Option<i64> {
    let (year, month) = month.split_once('-')?;
    let (year, month): (i64, i64) = (year.parse().ok()?, month.parse().ok()?);
    (year.abs() < 10_000 && (1..=12).contains(&month)).then_some(year * 12 + month - 1)
}

/// A step of 1, 2, 2.5 or 5 times a power of ten that reaches the highest bar in at most four, and where the axis ends.
fn ticks(highest: Decimal) -> (Decimal, Decimal) {
    let mut size = 1_i64;
    loop {
        for (factor, divisor) in [(1, 1), (2, 1), (5, 2), (5, 1)] {
            let step = Decimal::whole(size.saturating_mul(factor) / divisor);
            let top: Decimal = std::iter::repeat_n(step, 4).sum();
            if top >= highest && step.is_positive() {
                let needed = (1..=4).map(|count| std::iter::repeat_n(step, count).sum()).find(|end| *end >= highest);
                return (step, needed.unwrap_or(top));
            }
        }
        match size.checked_mul(10) {
            Some(larger) => size = larger,
            None => return (highest, highest),
        }
    }
}
