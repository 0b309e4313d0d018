//! A bar within a table row: how this amount compares with the largest of its column.

use super::svg::rectangle;
use crate::decimal::Decimal;

const WIDTH: f64 = 120.0;

/// Draws one amount against the largest. The number stands beside it, so the bar itself is hidden from screen readers.
pub fn bar(amount: Decimal, largest: Decimal) -> String {
    let share = if largest.is_positive() { (amount.length() / largest.length()).clamp(0.0, 1.0) } else { 0.0 };
    let body = rectangle("bar-track", [0.0, 1.0, WIDTH, 10.0], "")
        + &rectangle("bar-flow", [0.0, 1.0, share * WIDTH, 10.0], "");
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 120 12\" width=\"120\" height=\"12\" aria-hidden=\"true\" focusable=\"false\">\n{body}</svg>"
    )
}
