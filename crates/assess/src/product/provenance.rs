//! W3C PROV-JSON beside every product: what it is, what it was made from, by which program under which terms.
//!
//! <https://www.w3.org/submissions/prov-json/>. There is no time in it: the same product has the same document, and when it
//! was made is for the lake's audit to say. Who ran the program is said there, too.

use serde_json::{Map, Value, json};

use super::make::Material;
use super::{Product, ProductRequest, sha256};
use crate::error::Result;

/// Writes the document.
pub(crate) fn document(material: &Material, request: &ProductRequest, product: &Product, twin: &str) -> Result<String> {
    let header = &material.report.header;
    let product_id = format!("hw:product/{}", product.id);
    let run = format!("hw:run/{}", product.id);
    let program = format!("hw:program/{}", header.program.replace(' ', "-"));
    let mut entities = Map::new();
    let mut used = Map::new();
    let mut derived = Map::new();
    let mut inputs: Vec<(String, Value)> = Vec::new();
    entities.insert(
        product_id.clone(),
        json!({
            "prov:type": "hw:Product", "prov:label": product.title, "hw:kind": product.kind.name(),
            "hw:sha256": sha256(twin), "hw:marking": product.marking,
        }),
    );
    inputs.push((
        format!("hw:dataset/{}", short(&header.dataset)),
        json!({ "prov:type": "hw:Dataset", "hw:sha256": header.dataset }),
    ));
    // A file's name may hold a person's; an edition for everybody names its files by their hash.
    for source in &header.sources {
        let mut about = json!({
            "prov:type": "hw:Source", "hw:kind": source.kind, "hw:sha256": source.sha256, "hw:grade": source.grade,
            "hw:rows": source.rows_read,
        });
        if !product.public {
            about["prov:label"] = json!(super::sections::file_name(&source.name));
        }
        inputs.push((format!("hw:source/{}", source.source_id), about));
    }
    inputs.push((
        format!("hw:profile/{}", header.profile),
        json!({ "prov:type": "hw:Profile", "hw:sha256": material.profile_hash }),
    ));
    if let Some(terms) = &request.terms {
        let hash = sha256(terms);
        inputs.push((
            format!("hw:terms/{}", short(&hash)),
            json!({ "prov:type": "hw:TermsOfReference", "hw:sha256": hash }),
        ));
    }
    if let Some(earlier) = &request.compared_with {
        inputs.push((format!("hw:product/{earlier}"), json!({ "prov:type": "hw:Product" })));
    }
    for (path, hash) in material.queries(request.kind) {
        inputs.push((format!("hw:query/{path}"), json!({ "prov:type": "hw:Query", "hw:hash": hash })));
    }
    for line in &material.report.limits.run {
        let path = format!("typologies/{}.sql", line.typology);
        inputs.push((format!("hw:query/{path}"), json!({ "prov:type": "hw:Query", "hw:hash": line.query_hash })));
    }
    inputs.sort_by(|a, b| a.0.cmp(&b.0));
    inputs.dedup_by(|a, b| a.0 == b.0);
    for (index, (id, about)) in inputs.into_iter().enumerate() {
        used.insert(format!("_:u{index}"), json!({ "prov:activity": run, "prov:entity": id }));
        if id.starts_with("hw:dataset/") || id.starts_with("hw:source/") || id.starts_with("hw:product/") {
            derived.insert(format!("_:d{index}"), json!({ "prov:generatedEntity": product_id, "prov:usedEntity": id }));
        }
        entities.insert(id, about);
    }
    let mut agents = Map::new();
    agents.insert(program.clone(), json!({ "prov:type": "prov:SoftwareAgent", "prov:label": header.program }));
    let mut attributed = json!({ "_:a0": { "prov:entity": product_id, "prov:agent": program } });
    if let Some(conclusion) = &product.conclusion {
        let person = format!("hw:person/{}", short(&sha256(&conclusion.name)));
        agents.insert(person.clone(), json!({ "prov:type": "prov:Person", "prov:label": conclusion.name }));
        attributed["_:a1"] = json!({ "prov:entity": product_id, "prov:agent": person });
    }
    let mut activity = json!({ "prov:type": "hw:Assessment" });
    if let Some(cleared) = &product.clearance {
        activity["hw:clearance"] = json!(cleared.label);
        activity["hw:withheld"] = json!(cleared.withheld);
        if let Some(rows) = cleared.rows {
            activity["hw:rowsWithheld"] = json!(rows);
        }
    }
    if let Some(network) = &request.network {
        activity["hw:network"] = json!(network);
    }
    let document = json!({
        "prefix": { "prov": "http://www.w3.org/ns/prov#", "hw": "urn:headwater:" },
        "entity": entities,
        "activity": { run.clone(): activity },
        "agent": agents,
        "used": used,
        "wasGeneratedBy": { "_:g0": { "prov:entity": product_id, "prov:activity": run } },
        "wasDerivedFrom": derived,
        "wasAssociatedWith": { "_:w0": { "prov:activity": run, "prov:agent": program } },
        "wasAttributedTo": attributed,
    });
    let mut text = serde_json::to_string_pretty(&document)?;
    text.push('\n');
    Ok(text)
}

fn short(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}
