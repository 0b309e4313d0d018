//! GEXF 1.3: Gephi's own format.

use std::io;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use super::{Attribute, EDGE_ATTRIBUTES, FlowGraph, Kind, NODE_ATTRIBUTES, finished, xml_text};

pub(super) fn write(graph: &FlowGraph) -> io::Result<String> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let gexf = writer.create_element("gexf").with_attribute(("xmlns", "http://gexf.net/1.3"));
    gexf.with_attribute(("version", "1.3")).write_inner_content(|writer| {
        let flows = writer.create_element("graph").with_attribute(("defaultedgetype", "directed"));
        flows.write_inner_content(|writer| {
            declare(writer, "node", &NODE_ATTRIBUTES)?;
            declare(writer, "edge", &EDGE_ATTRIBUTES)?;
            writer.create_element("nodes").write_inner_content(|writer| nodes(writer, graph))?;
            writer.create_element("edges").write_inner_content(|writer| edges(writer, graph))?;
            Ok(())
        })?;
        Ok(())
    })?;
    finished(writer)
}

fn declare(writer: &mut Writer<Vec<u8>>, class: &str, attributes: &[Attribute]) -> io::Result<()> {
    writer.create_element("attributes").with_attribute(("class", class)).write_inner_content(|writer| {
        for (name, kind) in attributes {
            let data_type = match kind {
                Kind::Text => "string",
                Kind::Integer => "integer",
                Kind::Number => "double",
            };
            let attribute = [("id", *name), ("title", name), ("type", data_type)];
            writer.create_element("attribute").with_attributes(attribute).write_empty()?;
        }
        Ok(())
    })?;
    Ok(())
}

fn nodes(writer: &mut Writer<Vec<u8>>, graph: &FlowGraph) -> io::Result<()> {
    for (account, node) in &graph.nodes {
        let (id, label) = (xml_text(account), xml_text(node.holder.as_ref().unwrap_or(account)));
        let element = writer.create_element("node").with_attributes([("id", id.as_str()), ("label", label.as_str())]);
        element.write_inner_content(|writer| values(writer, &NODE_ATTRIBUTES, &node.values()))?;
    }
    Ok(())
}

fn edges(writer: &mut Writer<Vec<u8>>, graph: &FlowGraph) -> io::Result<()> {
    for (number, edge) in graph.edges.iter().enumerate() {
        let (id, source, target) = (number.to_string(), xml_text(&edge.payer), xml_text(&edge.payee));
        let mut element = writer.create_element("edge").with_attributes([
            ("id", id.as_str()),
            ("source", source.as_str()),
            ("target", target.as_str()),
        ]);
        if let [.., Some(weight)] = &edge.values {
            element = element.with_attribute(("weight", weight.as_str()));
        }
        element.write_inner_content(|writer| values(writer, &EDGE_ATTRIBUTES, &edge.values))?;
    }
    Ok(())
}

fn values(writer: &mut Writer<Vec<u8>>, attributes: &[Attribute], values: &[Option<String>]) -> io::Result<()> {
    writer.create_element("attvalues").write_inner_content(|writer| {
        for ((name, _), value) in attributes.iter().zip(values) {
            if let Some(value) = value {
                let value =
                    [("for", *name), ("value", xml_text(value).as_str())].map(|(key, text)| (key, text.to_owned()));
                let value = value.each_ref().map(|(key, text)| (*key, text.as_str()));
                writer.create_element("attvalue").with_attributes(value).write_empty()?;
            }
        }
        Ok(())
    })?;
    Ok(())
}
