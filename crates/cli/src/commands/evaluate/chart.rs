//! Precision over recall as a drawing: one line a typology, from the lowest score to the highest.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::tables::{Cell, Table};

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 420.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 16.0;
const SIDE: f64 = 340.0;
/// Colours that stay apart for those who see red and green alike (Okabe and Ito), then their paler kin.
const COLOURS: [&str; 8] = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#6b6b00", "#000000"];

/// The drawing of a table that has typology, precision and recall, and a row for each score.
pub(super) fn curves(table: &Table) -> Option<String> {
    if !table.columns.iter().any(|name| name == "least_score") {
        return None;
    }
    let mut lines: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    let shares = table.column("recall").into_iter().zip(table.column("precision"));
    for (name, (recall, precision)) in table.column("typology").into_iter().zip(shares) {
        if let (Cell::Text(name), Some(recall), Some(precision)) = (name, recall.number(), precision.number()) {
            lines.entry(name.clone()).or_default().push((recall, precision));
        }
    }
    let height = HEIGHT.max(TOP + 20.0 * lines.len() as f64 + 20.0);
    let width = WIDTH + 60.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"11\" \
         role=\"img\">\n<title>Precision over recall, by typology</title>\n"
    );
    let _ = writeln!(svg, "<rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>");
    for step in 0..=5 {
        let share = f64::from(step) / 5.0;
        let (x, y) = place(share, share);
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {y:.1}h{SIDE}M{x:.1} {TOP}v{SIDE}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{share:.1}</text>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{share:.1}</text>",
            LEFT - 6.0,
            y + 4.0,
            TOP + SIDE + 16.0
        );
    }
    let _ = writeln!(
        svg,
        "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">recall</text>\
         <text x=\"14\" y=\"{:.1}\" text-anchor=\"middle\" transform=\"rotate(-90 14 {:.1})\">precision</text>",
        LEFT + SIDE / 2.0,
        TOP + SIDE + 34.0,
        TOP + SIDE / 2.0,
        TOP + SIDE / 2.0
    );
    for (number, (name, points)) in lines.iter().enumerate() {
        let colour = COLOURS[number % COLOURS.len()];
        let dash = if number < COLOURS.len() { "" } else { " stroke-dasharray=\"4 3\"" };
        let path: Vec<String> = points
            .iter()
            .map(|(recall, precision)| {
                let (x, y) = place(*recall, *precision);
                format!("{x:.1},{y:.1}")
            })
            .collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\"{dash}/>",
            path.join(" ")
        );
        if let Some((recall, precision)) = points.first() {
            let (x, y) = place(*recall, *precision);
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
        let y = TOP + 10.0 + 20.0 * number as f64;
        let x = LEFT + SIDE + 16.0;
        let _ = writeln!(
            svg,
            "<path d=\"M{x} {y}h18\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/><text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            x + 24.0,
            y + 4.0,
            escape(name)
        );
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

fn place(recall: f64, precision: f64) -> (f64, f64) {
    (LEFT + recall.clamp(0.0, 1.0) * SIDE, TOP + (1.0 - precision.clamp(0.0, 1.0)) * SIDE)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_typology_stands_in_the_upper_right_corner() {
        let table = Table {
            title: "t",
            columns: ["typology", "least_score", "precision", "recall"].map(str::to_owned).to_vec(),
            rows: vec![vec![Cell::Text("<b>".to_owned()), Cell::Share(0.0), Cell::Share(1.0), Cell::Share(1.0)]],
        };
        let svg = curves(&table).unwrap_or_default();
        assert!(svg.contains("<circle cx=\"396.0\" cy=\"16.0\"") && svg.contains("&lt;b&gt;"), "{svg}");
        let other = Table { columns: vec!["typology".to_owned()], ..table };
        assert_eq!(curves(&other), None);
    }
}
