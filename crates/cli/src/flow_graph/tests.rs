use super::*;
use headwater_engine::datafusion::arrow::array::ArrayRef;
use std::sync::Arc;

/// Two transfers A → B, one B → C; C holds money and has a name that every format must quote.
fn graph() -> FlowGraph {
    let rows: [[Option<&str>; 10]; 5] = [
        [
            Some("moved"),
            Some("A"),
            None,
            Some("B"),
            Some("Bee"),
            Some("1"),
            Some("2024-01-01T00:00:00Z"),
            Some("10.00"),
            Some("9.50"),
            Some("1"),
        ],
        [
            Some("moved"),
            Some("A"),
            None,
            Some("B"),
            Some("Bee"),
            Some("2"),
            Some("2024-01-02T00:00:00Z"),
            Some("5.00"),
            None,
            Some("1"),
        ],
        [
            Some("moved"),
            Some("B"),
            Some("Bee"),
            Some("C"),
            Some("<\"C\" \\ & \u{1} Söhne>"),
            Some("3"),
            Some("2024-01-03T00:00:00Z"),
            Some("7.00"),
            Some("7.00"),
            Some("2"),
        ],
        [
            Some("moved"),
            Some("A"),
            None,
            Some("B"),
            Some("Bee"),
            Some("1"),
            Some("2024-01-01T00:00:00Z"),
            Some("10.00"),
            Some("9.50"),
            Some("1"),
        ],
        [Some("held"), None, None, Some("C"), None, None, None, None, Some("7.00"), None],
    ];
    let columns = (0..10).map(|column| {
        let cells: StringArray = rows.iter().map(|row| row[column]).collect();
        (FlowGraph::COLUMNS[column], Arc::new(cells) as ArrayRef, true)
    });
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut graph = FlowGraph::default();
    graph.add(&batch).unwrap();
    graph.mark("A", "seed");
    graph.mark("Z", "target");
    graph
}

/// Every start or empty tag with its attributes, unescaped, and every text.
fn xml_events(text: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => return found,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag) => {
                let attributes = tag.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap();
                    format!(" {}={value}", attribute.key.as_ref())
                });
                found.push(tag.name().as_ref().to_owned() + &attributes.collect::<String>());
            }
            _ => {}
        }
    }
}

#[test]
fn graphml_keeps_parallel_transfers_and_hostile_names() {
    let text = graph().write(GraphFormat::GraphMl).unwrap();
    let events = xml_events(&text);
    let count = |start: &str| events.iter().filter(|event| event.starts_with(start)).count();
    assert_eq!((count("node "), count("edge "), count("key ")), (3, 3, 9));
    assert!(
        text.contains("&lt;\"C\" \\ &amp; \u{fffd} Söhne&gt;")
            || text.contains("&lt;&quot;C&quot; \\ &amp; \u{fffd} Söhne&gt;")
    );
    assert!(text.contains("<data key=\"rests\">held 7</data>") && text.contains("<data key=\"part\">seed</data>"));
}

#[test]
fn gexf_declares_what_it_uses() {
    let text = graph().write(GraphFormat::Gexf).unwrap();
    let events = xml_events(&text);
    let count = |start: &str| events.iter().filter(|event| event.starts_with(start)).count();
    assert_eq!((count("node "), count("edge "), count("attribute ")), (3, 3, 9));
    assert!(events.contains(&"node id=C label=<\"C\" \\ & \u{fffd} Söhne>".to_owned()), "{events:#?}");
    assert!(events.contains(&"edge id=0 source=A target=B weight=9.5".to_owned()), "{events:#?}");
    assert!(events.contains(&"edge id=1 source=A target=B weight=5".to_owned()), "{events:#?}");
}

#[test]
fn dot_quotes_what_it_must() {
    let text = graph().write(GraphFormat::Dot).unwrap();
    assert_eq!(text.matches("\"A\" -> \"B\"").count(), 2);
    assert!(text.contains(r#"\nheld 7", holder="<\"C\" \\ & "#), "{text}");
}

#[test]
fn json_has_numbers_as_numbers_and_ids_as_text() {
    let text = graph().write(GraphFormat::Json).unwrap();
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["links"].as_array().unwrap().len(), 3);
    let edge = &read["links"][0];
    assert_eq!(edge["transfer_id"], "1");
    assert_eq!(edge["hop"], 1);
    assert_eq!(edge["weight"], 9.5);
    assert_eq!(edge["amount"], "10");
    assert_eq!(read["nodes"][0], serde_json::json!({"id": "A", "part": "seed"}));
}

#[test]
fn a_name_without_a_format_is_refused() {
    assert!(GraphFormat::of_file(Path::new("out.GraphML")).is_ok());
    assert!(GraphFormat::of_file(Path::new("out")).is_err());
    assert!(GraphFormat::of_file(Path::new("out.svg")).is_err());
}
