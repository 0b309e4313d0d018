//! Graphviz: `dot -Tsvg out.dot`.

use std::fmt::Write as _;

use super::{EDGE_ATTRIBUTES, FlowGraph, NODE_ATTRIBUTES};

/// Each attribute under its own name, and a label for people.
pub(super) fn write(graph: &FlowGraph) -> String {
    let mut text = "digraph flows {\n  rankdir=LR;\n  node [shape=box];\n".to_owned();
    for (account, node) in &graph.nodes {
        let holder = node.holder.as_ref().map(|holder| format!("\n{holder}")).unwrap_or_default();
        let rests = node.rests.iter().map(|rest| format!("\n{rest}")).collect::<String>();
        let label = format!("{account}{holder}{rests}");
        let names = NODE_ATTRIBUTES.map(|(name, _)| name);
        let _infallible = writeln!(text, "  {} [{}];", quoted(account), attributes(&label, &names, &node.values()));
    }
    for edge in &graph.edges {
        let [_, time, amount, traced, ..] = &edge.values;
        let day = time.as_ref().and_then(|time| time.get(..10)).unwrap_or_default();
        let label = format!("{}\n{day}", traced.as_ref().or(amount.as_ref()).map_or("", String::as_str));
        let names = EDGE_ATTRIBUTES.map(|(name, _)| name);
        let (payer, payee) = (quoted(&edge.payer), quoted(&edge.payee));
        let _infallible = writeln!(text, "  {payer} -> {payee} [{}];", attributes(&label, &names, &edge.values));
    }
    text.push_str("}\n");
    text
}

fn attributes(label: &str, names: &[&str], values: &[Option<String>]) -> String {
    let given =
        names.iter().zip(values).filter_map(|(name, value)| Some(format!("{name}={}", quoted(value.as_ref()?))));
    std::iter::once(format!("label={}", quoted(label))).chain(given).collect::<Vec<_>>().join(", ")
}

/// A quoted name: inside one only the quote, the backslash and the end of the line mean something.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
