//! Where the money came from, through which members, and where it went: a small Sankey of three columns.
//!
//! ```text
//!   source ▌━━━━━━━━━━━▌ member ▌━━━━━━━━━━━▌ destination
//! ```
//!
//! The largest nodes of each column are drawn and the rest are gathered into one called "other", so that no picture
//! claims more detail than it has room for, and none hides a sum. A band is as thick as its amount on one scale for the
//! whole picture. Flows between members are counted nowhere and not drawn: the same euro would appear at every hop.
//! Cost: linear in flows, after a sort.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::svg::{at, escape, frame, rectangle, shorten, text};
use crate::decimal::Decimal;
use crate::model::{Flow, FlowSide};

const MOST: [usize; 3] = [8, 8, 8];
const WIDTH: u32 = 960;
const COLUMNS: [f64; 3] = [244.0, 480.0, 716.0];
const NODE: f64 = 12.0;
const GAP: f64 = 17.0;
const TOP: f64 = 30.0;
const TALLEST: f64 = 300.0;
const OTHER: &str = "other";

#[derive(Default)]
struct Column {
    /// Name, amount in, amount out; in the order they are drawn.
    nodes: Vec<(String, Decimal, Decimal)>,
    /// The name a node is drawn under.
    drawn_as: BTreeMap<String, usize>,
}

/// Draws the flows that cross the network's boundary; nothing when none does.
pub fn flows(name: &str, caption: &str, flows: &[Flow]) -> Option<String> {
    let crossing: Vec<&Flow> = flows.iter().filter(|flow| flow.side != FlowSide::Internal).collect();
    let columns = [
        column(&crossing, MOST[0], |flow| (flow.side == FlowSide::Inflow).then_some((&flow.from, false))),
        column(&crossing, MOST[1], |flow| match flow.side {
            FlowSide::Inflow => Some((&flow.to, true)),
            _ => Some((&flow.from, false)),
        }),
        column(&crossing, MOST[2], |flow| (flow.side == FlowSide::Outflow).then_some((&flow.to, true))),
    ];
    let fullest = columns.iter().map(Column::total).max().filter(|total| total.is_positive())?;
    let scale = TALLEST / fullest.length();
    let tallest = columns.iter().map(|column| column.height(scale)).fold(0.0, f64::max);
    let places: Vec<Vec<f64>> = columns.iter().map(|column| column.places(scale, tallest)).collect();

    let bands = bands(&crossing, &columns);
    let mut body = draw_bands(&bands, &columns, &places, scale);
    for (index, (column, tops)) in columns.iter().zip(&places).enumerate() {
        body += &draw_nodes(index, column, tops, scale);
    }
    for (x, anchor, word) in
        [(COLUMNS[0], "end", "From"), (COLUMNS[1], "middle", "Members"), (COLUMNS[2], "start", "To")]
    {
        let x = if anchor == "middle" { x } else { x + if anchor == "end" { NODE / 2.0 } else { -NODE / 2.0 } };
        body += &text("column-name", [x, 14.0], anchor, word);
    }
    let sum =
        |side: FlowSide| crossing.iter().filter(|flow| flow.side == side).map(|flow| flow.amount_eur).sum::<Decimal>();
    let description = format!(
        "Flow diagram: EUR {} from outside to members, EUR {} from members to outside. The table beside it holds every flow.",
        sum(FlowSide::Inflow).grouped(2),
        sum(FlowSide::Outflow).grouped(2)
    );
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a picture's height, some hundreds")]
    let height = (TOP + tallest + 14.0).ceil() as u32;
    Some(frame(name, "chart-flows", (WIDTH, height), &format!("Money in and out, {caption}"), &description, &body))
}

/// Gathers one column: `end` names the node a flow touches here and whether the money arrives at it.
fn column<'a>(flows: &[&'a Flow], most: usize, end: impl Fn(&'a Flow) -> Option<(&'a String, bool)>) -> Column {
    let mut sums: BTreeMap<&String, (Decimal, Decimal)> = BTreeMap::new();
    for flow in flows {
        let Some((node, arrives)) = end(flow) else { continue };
        let (inflow, outflow) = sums.entry(node).or_default();
        let side = if arrives { inflow } else { outflow };
        *side = [*side, flow.amount_eur].into_iter().sum();
    }
    let mut ranked: Vec<_> = sums.into_iter().collect();
    ranked.sort_by_key(|(node, (inflow, outflow))| (Reverse((*inflow).max(*outflow)), *node));
    let mut column = Column::default();
    // One node too many is still drawn: "other (1)" would take the same room and say less.
    let kept = if ranked.len() == most + 1 { ranked.len() } else { most.min(ranked.len()) };
    let rest = ranked.len() - kept;
    for (index, (node, (inflow, outflow))) in ranked.into_iter().enumerate() {
        column.drawn_as.insert(node.clone(), index.min(kept));
        if let Some((_, all_in, all_out)) = column.nodes.get_mut(kept) {
            *all_in = [*all_in, inflow].into_iter().sum();
            *all_out = [*all_out, outflow].into_iter().sum();
        } else {
            let label = if index == kept { format!("{OTHER} ({rest})") } else { node.clone() };
            column.nodes.push((label, inflow, outflow));
        }
    }
    column
}

impl Column {
    fn total(&self) -> Decimal {
        self.nodes.iter().map(|(_, inflow, outflow)| (*inflow).max(*outflow)).sum()
    }

    fn height(&self, scale: f64) -> f64 {
        self.nodes.iter().map(|node| thickness(node, scale) + GAP).sum::<f64>() - GAP
    }

    /// The upper edge of each node, the column centred against the tallest.
    fn places(&self, scale: f64, tallest: f64) -> Vec<f64> {
        let mut y = TOP + (tallest - self.height(scale)) / 2.0;
        let place = |node| {
            let top = y;
            y += thickness(node, scale) + GAP;
            top
        };
        self.nodes.iter().map(place).collect()
    }
}

fn thickness((_, inflow, outflow): &(String, Decimal, Decimal), scale: f64) -> f64 {
    ((*inflow).max(*outflow).length() * scale).max(1.0)
}

/// Amount between two drawn nodes: left column, index there, index in the next column.
fn bands(flows: &[&Flow], columns: &[Column; 3]) -> BTreeMap<(usize, usize, usize), Decimal> {
    let mut bands: BTreeMap<(usize, usize, usize), Decimal> = BTreeMap::new();
    for flow in flows {
        let left = usize::from(flow.side == FlowSide::Outflow);
        let node = |column: usize, name: &String| columns.get(column)?.drawn_as.get(name).copied();
        let Some((from, to)) = node(left, &flow.from).zip(node(left + 1, &flow.to)) else { continue };
        let amount = bands.entry((left, from, to)).or_default();
        *amount = [*amount, flow.amount_eur].into_iter().sum();
    }
    bands
}

fn draw_bands(
    bands: &BTreeMap<(usize, usize, usize), Decimal>,
    columns: &[Column; 3],
    places: &[Vec<f64>],
    scale: f64,
) -> String {
    let mut body = String::new();
    let mut used: BTreeMap<(usize, usize, bool), f64> = BTreeMap::new();
    for ((left, from, to), amount) in bands {
        let edge = |column: usize, index: usize| places.get(column)?.get(index).copied();
        let label = |column: usize, index: usize| Some(&columns.get(column)?.nodes.get(index)?.0);
        let Some((y1, y2)) = edge(*left, *from).zip(edge(left + 1, *to)) else { continue };
        let Some((source, target)) = label(*left, *from).zip(label(left + 1, *to)) else { continue };
        let (Some(x1), Some(x2)) = (COLUMNS.get(*left), COLUMNS.get(left + 1)) else { continue };
        let thick = (amount.length() * scale).max(0.6);
        let mut take = |key, edge: f64| {
            let offset = used.entry(key).or_insert(0.0);
            let place = edge + *offset + thick / 2.0;
            *offset += thick;
            place
        };
        let (y1, y2) = (take((*left, *from, true), y1), take((left + 1, *to, false), y2));
        let (x1, x2) = (x1 + NODE / 2.0, x2 - NODE / 2.0);
        let middle = f64::midpoint(x1, x2);
        let class = if *left == 0 { "ribbon-in" } else { "ribbon-out" };
        body += &format!(
            "<path class=\"ribbon {class}\" stroke-width=\"{}\" d=\"M{} {}C{m} {} {m} {} {} {}\"><title>{} → {}: EUR {}</title></path>\n",
            at(thick),
            at(x1),
            at(y1),
            at(y1),
            at(y2),
            at(x2),
            at(y2),
            escape(source),
            escape(target),
            amount.grouped(2),
            m = at(middle)
        );
    }
    body
}

fn draw_nodes(index: usize, column: &Column, tops: &[f64], scale: f64) -> String {
    let x = COLUMNS.get(index).copied().unwrap_or_default();
    let mut body = String::new();
    for (node, top) in column.nodes.iter().zip(tops) {
        let (label, inflow, outflow) = node;
        let amount = (*inflow).max(*outflow);
        let tall = thickness(node, scale);
        let tip = format!("{label}: EUR {} in, EUR {} out", inflow.grouped(2), outflow.grouped(2));
        body += &rectangle("node", [x - NODE / 2.0, *top, NODE, tall], &tip);
        let middle = top + tall / 2.0;
        let short = shorten(label, 28);
        body += &match index {
            0 => text("node-name", [x - 12.0, middle + 4.0], "end", &format!("{short} · {}", amount.short())),
            2 => text("node-name", [x + 12.0, middle + 4.0], "start", &format!("{short} · {}", amount.short())),
            _ => text("node-name node-member", [x, top - 4.0], "middle", &format!("{short} · {}", amount.short())),
        };
    }
    body
}
