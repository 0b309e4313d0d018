//! GraphML 1.0: yEd, Gephi, Cytoscape, igraph, NetworkX.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::{Attribute, EDGE_ATTRIBUTES, FlowGraph, Kind, NODE_ATTRIBUTES, finished, xml_text};

pub(super) fn write(graph: &FlowGraph) -> io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    writer
        .create_element("graphml")
        .with_attribute(("xmlns", "http://graphml.graphdrawing.org/xmlns"))
        .write_inner_content(|writer| {
            keys(writer, "node", &NODE_ATTRIBUTES)?;
            keys(writer, "edge", &EDGE_ATTRIBUTES)?;
            let flows = writer.create_element("graph").with_attribute(("id", "flows"));
            flows.with_attribute(("edgedefault", "directed")).write_inner_content(|writer| content(writer, graph))?;
            Ok(())
        })?;
    finished(writer)
}

fn keys(writer: &mut Writer<Vec<u8>>, of: &str, attributes: &[Attribute]) -> io::Result<()> {
    for (name, kind) in attributes {
        let data_type = match kind {
            Kind::Text => "string",
            Kind::Integer => "int",
            Kind::Number => "double",
        };
        let key = [("id", *name), ("for", of), ("attr.name", name), ("attr.type", data_type)];
        writer.create_element("key").with_attributes(key).write_empty()?;
    }
    Ok(())
}

fn content(writer: &mut Writer<Vec<u8>>, graph: &FlowGraph) -> io::Result<()> {
    for (account, node) in &graph.nodes {
        let element = writer.create_element("node").with_attribute(("id", xml_text(account).as_str()));
        element.write_inner_content(|writer| data(writer, &NODE_ATTRIBUTES, &node.values()))?;
    }
    for edge in &graph.edges {
        let (source, target) = (xml_text(&edge.payer), xml_text(&edge.payee));
        let ends = [("source", source.as_str()), ("target", target.as_str())];
        let element = writer.create_element("edge").with_attributes(ends);
        element.write_inner_content(|writer| data(writer, &EDGE_ATTRIBUTES, &edge.values))?;
    }
    Ok(())
}

fn data(writer: &mut Writer<Vec<u8>>, attributes: &[Attribute], values: &[Option<String>]) -> io::Result<()> {
    for ((name, _), value) in attributes.iter().zip(values) {
        if let Some(value) = value {
            let element = writer.create_element("data").with_attribute(("key", *name));
            element.write_text_content(BytesText::new(&xml_text(value)))?;
        }
    }
    Ok(())
}
