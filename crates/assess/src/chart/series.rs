//! Counts by month with their exact Poisson intervals: a bar that is higher is not more until the lines say so.

use super::svg::{at, frame, line, rectangle, text};
use crate::poisson::count_interval;

const SIZE: (u32, u32) = (960, 220);
const LEFT: f64 = 56.0;
const RIGHT: f64 = 948.0;
const TOP: f64 = 20.0;
const BASE: f64 = 180.0;

/// Draws counts in the order given, each with its 90 % interval; nothing when there are none.
pub fn series(name: &str, title: &str, points: &[(String, u64)]) -> Option<String> {
    let ranged: Vec<(&String, f64, f64, f64)> = points
        .iter()
        .map(|(label, count)| {
            let (low, high) = count_interval(u32::try_from(*count).unwrap_or(u32::MAX), 0.90).unwrap_or((0.0, 0.0));
            #[expect(clippy::cast_precision_loss, reason = "a count of findings, drawn to a tenth of a pixel")]
            let count = *count as f64;
            (label, count, low, high.max(count))
        })
        .collect();
    let highest = ranged.iter().map(|(_, _, _, high)| *high).fold(0.0, f64::max);
    if highest <= 0.0 {
        return None;
    }
    let height = |value: f64| value / highest * (BASE - TOP);
    #[expect(clippy::cast_precision_loss, reason = "a few hundred months at most")]
    let slot = (RIGHT - LEFT) / ranged.len() as f64;
    let width = (slot * 0.6).min(34.0);
    let every = ranged.len().div_ceil(12);
    let mut body = line("axis-line", [LEFT, BASE, RIGHT, BASE]);
    body += &text("axis", [LEFT - 8.0, TOP + 4.0], "end", &format!("{highest:.0}"));
    body += &text("axis", [LEFT - 8.0, BASE + 4.0], "end", "0");
    let mut middle = LEFT + slot / 2.0;
    for (index, (label, count, low, high)) in ranged.iter().enumerate() {
        let tip = format!("{label}: {count:.0} (90 % interval {low:.1}–{high:.1})");
        body += &rectangle("bar-in", [middle - width / 2.0, BASE - height(*count), width, height(*count)], &tip);
        body += &line("whisker", [middle, BASE - height(*low), middle, BASE - height(*high)]);
        if index % every == 0 {
            body += &format!("<path class=\"axis-line\" d=\"M{} {}v4\"/>\n", at(middle), at(BASE));
            body += &text("axis", [middle, BASE + 17.0], "middle", label);
        }
        middle += slot;
    }
    let description = format!("Bars with intervals, {} months. The table beside it holds every count.", ranged.len());
    Some(frame(name, "chart-months", SIZE, title, &description, &body))
}
