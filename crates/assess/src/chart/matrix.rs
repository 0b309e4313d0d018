//! Origin by destination: a square for each pair, the darker the more.

use std::collections::BTreeMap;

use super::svg::{frame, rectangle, shorten, text};
use crate::decimal::Decimal;

const MOST: usize = 14;
const CELL: f64 = 40.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 34.0;
/// Shades, by the share of the largest cell that each begins at; a step is easier to tell than a gradient.
const SHADES: [(f64, &str); 4] = [(0.5, "1"), (0.2, ".7"), (0.05, ".42"), (0.0, ".2")];

/// Draws the places with the largest sums; the rest stay in the table. Nothing when there is nothing.
pub fn matrix(name: &str, title: &str, cells: &[(String, String, Decimal)]) -> Option<String> {
    let largest = cells.iter().map(|(_, _, amount)| *amount).max().filter(|amount| amount.is_positive())?;
    let axis = |pick: fn(&(String, String, Decimal)) -> &String| -> Vec<String> {
        let mut sums: BTreeMap<&String, Decimal> = BTreeMap::new();
        for cell in cells {
            let sum = sums.entry(pick(cell)).or_default();
            *sum = [*sum, cell.2].into_iter().sum();
        }
        let mut sums: Vec<(&String, Decimal)> = sums.into_iter().collect();
        sums.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        sums.into_iter().take(MOST).map(|(place, _)| place.clone()).collect()
    };
    let (rows, columns) = (axis(|cell| &cell.0), axis(|cell| &cell.1));
    let mut body = String::new();
    let place = |index: usize, start: f64| {
        #[expect(clippy::cast_precision_loss, reason = "at most fourteen")]
        let index = index as f64;
        start + index * CELL
    };
    for (index, column) in columns.iter().enumerate() {
        body += &text("axis", [place(index, LEFT) + CELL / 2.0, TOP - 8.0], "middle", &shorten(column, 6));
    }
    for (index, row) in rows.iter().enumerate() {
        body += &text("axis", [LEFT - 8.0, place(index, TOP) + CELL / 2.0 + 4.0], "end", &shorten(row, 8));
    }
    body += &text("axis", [LEFT - 8.0, TOP - 8.0], "end", "from \\ to");
    for (origin, destination, amount) in cells {
        let at = rows.iter().position(|row| row == origin).zip(columns.iter().position(|column| column == destination));
        let Some((row, column)) = at else { continue };
        let share = amount.length() / largest.length();
        let shade = SHADES.iter().find(|(from, _)| share >= *from).map_or("0", |(_, shade)| *shade);
        let tip = format!("{origin} to {destination}: EUR {}", amount.grouped(2));
        let square =
            rectangle("heat", [place(column, LEFT) + 1.0, place(row, TOP) + 1.0, CELL - 2.0, CELL - 2.0], &tip);
        body += &square.replacen("<rect ", &format!("<rect fill-opacity=\"{shade}\" "), 1);
    }
    let side = |count: usize, start: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most fourteen cells")]
        let length = (place(count, start) + 10.0) as u32;
        length
    };
    let description = format!(
        "{} places of origin by {} of destination; darker is more, the largest is EUR {}. The table beside it holds every pair.",
        rows.len(),
        columns.len(),
        largest.grouped(2)
    );
    Some(frame(name, "chart-matrix", (side(columns.len(), LEFT), side(rows.len(), TOP)), title, &description, &body))
}
