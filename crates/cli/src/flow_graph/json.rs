//! Node-link JSON: NetworkX (`node_link_graph(data, edges="links")`), d3.

use serde_json::{Map, Value, json};

use super::{Attribute, EDGE_ATTRIBUTES, FlowGraph, Kind, NODE_ATTRIBUTES};

pub(super) fn write(graph: &FlowGraph) -> serde_json::Result<String> {
    let nodes = graph.nodes.iter().map(|(account, node)| {
        let mut object = Map::from_iter([("id".to_owned(), json!(account))]);
        object.extend(members(&NODE_ATTRIBUTES, &node.values()));
        Value::Object(object)
    });
    let links = graph.edges.iter().enumerate().map(|(key, edge)| {
        let ends = [("source", json!(edge.payer)), ("target", json!(edge.payee)), ("key", json!(key))];
        let mut object = Map::from_iter(ends.map(|(name, value)| (name.to_owned(), value)));
        object.extend(members(&EDGE_ATTRIBUTES, &edge.values));
        Value::Object(object)
    });
    let whole = json!({
        "directed": true,
        "multigraph": true,
        "graph": {},
        "nodes": nodes.collect::<Vec<_>>(),
        "links": links.collect::<Vec<_>>(),
    });
    Ok(serde_json::to_string_pretty(&whole)? + "\n")
}

fn members(attributes: &[Attribute], values: &[Option<String>]) -> Vec<(String, Value)> {
    let pairs = attributes.iter().zip(values).filter_map(|(attribute, value)| Some((attribute, value.as_ref()?)));
    let member = |((name, kind), value): (&Attribute, &String)| {
        let number = match kind {
            Kind::Text => None,
            Kind::Integer => value.parse::<i64>().ok().map(Value::from),
            Kind::Number => value.parse::<f64>().ok().map(Value::from),
        };
        ((*name).to_owned(), number.unwrap_or_else(|| json!(value)))
    };
    pairs.map(member).collect()
}
