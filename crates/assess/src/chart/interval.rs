//! The score interval: T_low to T_high on the scale of 0 to 100, T_point marked, bands beneath.
//!
//! ```text
//!   Low      Moderate        High       Critical
//!  |--------|--------[=======|==◆==|===]---------|
//!  0        25              50        75        100
//! ```

use super::svg::{frame, line, rectangle, text};
use crate::profile::Band;
use crate::score::{Tenths, Total};

const LEFT: f64 = 14.0;
const WIDTH: f64 = 392.0;
const TOP: f64 = 20.0;

/// Draws one total for a row of a table: the same scale, nothing written on it.
pub fn strip(name: &str, title: &str, total: &Total, bands: &[Band]) -> String {
    frame(name, "chart-strip", (420, 28), title, &describe(total), &track(total, bands, 4.0))
}

/// Draws one total with the names of its bands and the marks between them. A gap draws the bands too: the scale is the same.
pub fn interval(name: &str, title: &str, total: &Total, bands: &[Band]) -> String {
    let mut body = track(total, bands, TOP);
    let mut from = 0.0;
    for band in bands {
        let to = f64::from(band.below.min(100));
        body += &text("band-name", [f64::midpoint(place(from), place(to)), TOP - 7.0], "middle", &band.name);
        body += &text("axis", [place(from), TOP + 33.0], "middle", &format!("{from:.0}"));
        from = to;
    }
    body += &text("axis", [place(100.0), TOP + 33.0], "middle", "100");
    frame(name, "chart-interval", (420, 58), title, &describe(total), &body)
}

fn track(total: &Total, bands: &[Band], top: f64) -> String {
    let mut body = String::new();
    let mut from = 0.0;
    for (index, band) in bands.iter().enumerate() {
        let to = f64::from(band.below.min(100));
        let shade = format!("band band-{}", index.min(3));
        body += &rectangle(&shade, [place(from), top, place(to) - place(from), 18.0], "");
        from = to;
    }
    let (low, point, high) = (along(total.low()), along(total.point()), along(total.high()));
    body += &rectangle("interval", [low, top + 4.0, (high - low).max(2.0), 10.0], "");
    for mark in bands.iter().map(|band| f64::from(band.below)).filter(|mark| *mark < 100.0) {
        body += &line("threshold", [place(mark), top - 3.0, place(mark), top + 21.0]);
    }
    body + &rectangle("point", [point - 2.0, top - 1.0, 4.0, 20.0], "")
}

fn describe(total: &Total) -> String {
    format!(
        "Point value {}, between {} if every unknown is nil and {} if every unknown is at the top. Coverage {} percent.",
        total.point(),
        total.low(),
        total.high(),
        total.coverage()
    )
}

fn along(value: Tenths) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most a thousand tenths")]
    let points = value.count() as f64 / 10.0;
    place(points)
}

fn place(points: f64) -> f64 {
    LEFT + points / 100.0 * WIDTH
}
