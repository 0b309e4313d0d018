//! Money flows as a file for the tools in which people draw graphs: Gephi, yEd, Cytoscape, Graphviz, NetworkX, d3.
//!
//! An account is a node under its own identifier, a transfer an edge; two transfers between the same two accounts stay
//! two edges. Amounts are written as exact text and once more as `weight`, a floating-point number, which is what such
//! tools draw line widths by. One format is one file here, from [`FlowGraph`] to text.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use headwater_engine::datafusion::arrow::array::{Array as _, AsArray as _, RecordBatch, StringArray};
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::DataType;

use crate::errors::Failure;

mod dot;
mod gexf;
mod graphml;
mod json;

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GraphFormat {
    /// GraphML 1.0.
    GraphMl,
    /// GEXF 1.3.
    Gexf,
    /// Graphviz.
    Dot,
    /// Node-link JSON, as NetworkX and d3 read it.
    Json,
}

impl GraphFormat {
    /// The format that a file's name asks for.
    pub(crate) fn of_file(path: &Path) -> Result<Self, Failure> {
        match path.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("graphml") => Ok(Self::GraphMl),
            Some("gexf") => Ok(Self::Gexf),
            Some("dot" | "gv") => Ok(Self::Dot),
            Some("json") => Ok(Self::Json),
            _ => Err(Failure::usage(format!("--graph {}: the name says no graph format", path.display()))
                .with_help("end it in .graphml, .gexf, .dot or .json")),
        }
    }
}

/// What an attribute holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Integer,
    Number,
}

/// A name and what it holds, the same for all nodes or for all edges.
type Attribute = (&'static str, Kind);

const NODE_ATTRIBUTES: [Attribute; 3] = [("holder", Kind::Text), ("part", Kind::Text), ("rests", Kind::Text)];
/// `transfer_id` is text: a tool that reads numbers as floating point would lose its last digits.
const EDGE_ATTRIBUTES: [Attribute; 6] = [
    ("transfer_id", Kind::Text),
    ("time", Kind::Text),
    ("amount", Kind::Text),
    ("traced", Kind::Text),
    ("hop", Kind::Integer),
    ("weight", Kind::Number),
];

/// An account.
#[derive(Debug, Default)]
struct Node {
    holder: Option<String>,
    part: Option<&'static str>,
    rests: Vec<String>,
}

impl Node {
    fn values(&self) -> [Option<String>; NODE_ATTRIBUTES.len()] {
        let rests = (!self.rests.is_empty()).then(|| self.rests.join("; "));
        [self.holder.clone(), self.part.map(str::to_owned), rests]
    }
}

/// A transfer.
#[derive(Debug)]
struct Edge {
    payer: String,
    payee: String,
    values: [Option<String>; EDGE_ATTRIBUTES.len()],
}

/// Accounts by identifier and the transfers between them, in the order in which they were given.
#[derive(Debug, Default)]
pub(crate) struct FlowGraph {
    nodes: BTreeMap<String, Node>,
    edges: Vec<Edge>,
    seen: BTreeSet<String>,
}

impl FlowGraph {
    /// The columns that [`FlowGraph::add`] reads, in their order.
    pub(crate) const COLUMNS: [&'static str; 10] =
        ["status", "payer", "payer_holder", "payee", "payee_holder", "transfer_id", "time", "amount", "traced", "hop"];

    /// Adds rows of [`FlowGraph::COLUMNS`]: `moved` is a transfer, every other status is money that rests with the
    /// payee. A transfer that is there already is not added again.
    pub(crate) fn add(&mut self, batch: &RecordBatch) -> Result<(), Failure> {
        let columns =
            batch.columns().iter().map(|column| cast(column, &DataType::Utf8)).collect::<Result<Vec<_>, _>>()?;
        let columns: Vec<&StringArray> = columns.iter().map(|column| column.as_string::<i32>()).collect();
        for row in 0..batch.num_rows() {
            let cell = |index: usize| columns[index].is_valid(row).then(|| columns[index].value(row).to_owned());
            let money = |index: usize| cell(index).map(|amount| without_zeros(&amount).to_owned());
            let payee = cell(3).unwrap_or_default();
            let receives = self.nodes.entry(payee.clone()).or_default();
            receives.holder = receives.holder.take().or_else(|| cell(4));
            if cell(0).as_deref() != Some("moved") {
                receives.rests.push(format!("{} {}", cell(0).unwrap_or_default(), money(8).unwrap_or_default()));
                continue;
            }
            if !self.seen.insert(cell(5).unwrap_or_default()) {
                continue;
            }
            let payer = cell(1).unwrap_or_default();
            let pays = self.nodes.entry(payer.clone()).or_default();
            pays.holder = pays.holder.take().or_else(|| cell(2));
            let weight = money(8).or_else(|| money(7));
            self.edges.push(Edge { payer, payee, values: [cell(5), cell(6), money(7), money(8), cell(9), weight] });
        }
        Ok(())
    }

    /// Says what part an account plays: `seed`, `target`. An account that is not there is left alone.
    pub(crate) fn mark(&mut self, account: &str, part: &'static str) {
        if let Some(node) = self.nodes.get_mut(account) {
            node.part = Some(part);
        }
    }

    /// The file's text.
    pub(crate) fn write(&self, format: GraphFormat) -> Result<String, Failure> {
        let xml = |text: Result<String, std::io::Error>| text.map_err(|source| Failure::io("the graph", &source));
        match format {
            GraphFormat::GraphMl => xml(graphml::write(self)),
            GraphFormat::Gexf => xml(gexf::write(self)),
            GraphFormat::Dot => Ok(dot::write(self)),
            GraphFormat::Json => json::write(self).map_err(|error| Failure::io("the graph", &error.into())),
        }
    }
}

/// A decimal without the zeros that say nothing.
pub(crate) fn without_zeros(decimal: &str) -> &str {
    if decimal.contains('.') { decimal.trim_end_matches('0').trim_end_matches('.') } else { decimal }
}

/// Text that XML 1.0 can hold: it has no way to write most control characters.
fn xml_text(text: &str) -> String {
    let allowed = |letter: char| !letter.is_control() || matches!(letter, '\t' | '\n' | '\r');
    text.chars().map(|letter| if allowed(letter) { letter } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// The bytes an XML writer made.
fn finished(writer: quick_xml::Writer<Vec<u8>>) -> std::io::Result<String> {
    String::from_utf8(writer.into_inner()).map_err(std::io::Error::other)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests;
