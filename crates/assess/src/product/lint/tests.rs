//! What the linter refuses, and what it lets pass.

use serde_json::{Value, json};

use super::*;

fn evidence(ids: &[&str]) -> Value {
    serde_json::to_value(Evidence::new("test", ids.iter().map(|id| (*id).to_owned())).ok()).unwrap_or_default()
}

/// A bulletin that may leave.
fn bulletin() -> Value {
    let section = |id: &str| json!({ "id": id, "title": id, "notes": [], "statements": [], "tables": [], "parts": [] });
    let mut product = json!({
        "format": "headwater-product/1", "kind": "bulletin", "marking": "RESTRICTED · TLP:AMBER · DRAFT - not released",
        "tlp": "AMBER", "status": "draft", "scale": "icd203", "conclusion": null, "public": false,
        "sections": [section("movers"), section("geography"), section("trends"), section("gaps")],
    });
    product["sections"][0]["statements"] = json!([{
        "text": "Certainly Ltd received EUR 12; findings are not proof.", "likelihood": null, "confidence": null, "author": null,
        "quoted": ["Certainly Ltd"], "evidence": evidence(&["transfer:1", "transfer:2"]),
    }]);
    product["sections"][1]["tables"] = json!([{
        "id": "t", "caption": "Corridors", "counted": true, "columns": [{ "title": "A", "style": "text" }],
        "rows": [{ "cells": ["EE"], "evidence": evidence(&["transfer:3"]) }],
    }]);
    product
}

#[test]
fn lets_a_sound_product_pass() {
    assert_eq!(lint(&bulletin()), []);
}

/// A bulletin with a chapter on people, under a marking.
fn with_people(marking: &Value) -> Value {
    let mut product = bulletin();
    product["sections"][3] = json!({
        "id": "gaps", "title": "gaps", "notes": [], "statements": [], "tables": [], "parts": [{
            "id": "persons", "title": "Candidates", "marking": marking, "notes": [], "statements": [], "tables": [], "parts": [],
        }],
    });
    product
}

#[test]
fn a_chapter_on_people_is_marked_and_no_more_narrowly_than_its_product() {
    let said = |marking: Value| {
        let faults = lint(&with_people(&marking));
        faults.into_iter().map(|fault| (fault.place, fault.what)).collect::<Vec<_>>()
    };
    for sound in ["RESTRICTED ANNEX · TLP:AMBER", "PERSONS · TLP:AMBER PAP:RED H1", "TLP:GREEN"] {
        assert_eq!(said(json!(sound)), [], "{sound}");
    }
    for (marking, what) in [
        (Value::Null, "a chapter on people has a marking of its own"),
        (json!("RESTRICTED ANNEX"), "a chapter on people has a marking of its own"),
        (json!("TLP:PURPLE"), "no TLP label"),
        (json!("PERSONS · TLP:RED H1"), "stands on rows marked TLP:RED, and the product is TLP:AMBER"),
        (json!("TLP:AMBER+STRICT"), "stands on rows marked TLP:AMBER+STRICT"),
    ] {
        let faults = said(marking.clone());
        assert!(
            matches!(faults.as_slice(), [(place, said)] if place == "gaps/persons" && said.contains(what)),
            "{marking}: {faults:?}"
        );
    }
    let mut public = with_people(&json!("TLP:CLEAR"));
    public["public"] = json!(true);
    public["tlp"] = json!("CLEAR");
    public["marking"] = json!("TLP:CLEAR · DRAFT - not released");
    let faults = lint(&public);
    let there =
        faults.iter().any(|fault| fault.what.contains("in an edition for everybody") && fault.place == "gaps/persons");
    assert!(there, "{faults:?}");
}

#[test]
fn a_clearance_is_said_on_the_front_page_and_rows_are_counted_or_not() {
    let with = |withheld: &str, rows: Value, front: Value| {
        let mut product = bulletin();
        product["clearance"] = json!({ "label": "TLP:GREEN", "withheld": withheld, "rows": rows });
        product["front"] = front;
        lint(&product).into_iter().map(|fault| fault.what).collect::<Vec<_>>()
    };
    let under = json!({ "name": "Made under the clearance", "value": "TLP:GREEN" });
    let count = json!({ "name": "Withheld", "value": "7 rows withheld by policy" });
    assert_eq!(with("counted", json!(7), json!([under, count])), [] as [String; 0]);
    assert_eq!(with("silent", Value::Null, json!([under])), [] as [String; 0]);
    for (withheld, rows, front, what) in [
        ("counted", json!(7), json!([count]), "was made under"),
        ("counted", json!(7), json!([under]), "does not say how many rows"),
        ("counted", json!(70), json!([under, count]), "does not say how many rows"),
        ("counted", Value::Null, json!([under, count]), "does not say how many rows"),
        ("silent", json!(7), json!([under]), "left out in silence"),
        ("silent", Value::Null, json!([under, count]), "left out in silence"),
        ("hidden", Value::Null, json!([under]), "is no policy"),
    ] {
        let faults = with(withheld, rows, front);
        assert!(matches!(faults.as_slice(), [fault] if fault.contains(what)), "{what}: {faults:?}");
    }
}

#[test]
fn names_the_place_and_the_fault() {
    type Edit = fn(&mut Value);
    let faults: [(Edit, &str, &str); 17] = [
        (|p| p["marking"] = json!("RESTRICTED"), "marking", "does not say TLP:AMBER"),
        (|p| p["marking"] = json!("TLP:AMBER"), "marking", "does not say DRAFT"),
        (|p| p["tlp"] = json!("WHITE"), "marking", "no TLP label"),
        (|p| p["status"] = json!("concluded"), "conclusion", "a text, a name and a date"),
        (|p| p["sections"][3]["id"] = json!("x"), "sections", "no chapter `gaps`"),
        (
            |p| p["sections"][0]["statements"][0]["text"] = json!("It is proven."),
            "movers, statement 1",
            "language of proof",
        ),
        (
            |p| p["sections"][0]["statements"][0]["text"] = json!("They are probably one."),
            "movers, statement 1",
            "\"probably\" is no phrase",
        ),
        (
            |p| p["sections"][0]["statements"][0]["text"] = json!("They are likely one."),
            "movers, statement 1",
            "\"likely\" without a confidence",
        ),
        (
            |p| p["sections"][0]["statements"][0]["text"] = json!("Graded B2, confidence 80 %."),
            "movers, statement 1",
            "as a percentage (80 %)",
        ),
        (
            |p| p["sections"][0]["statements"][0]["text"] = json!("Source 70% reliability."),
            "movers, statement 1",
            "as a percentage (70 %)",
        ),
        (
            |p| p["sections"][0]["statements"][0]["likelihood"] = json!("likely"),
            "movers, statement 1",
            "without its confidence",
        ),
        (
            |p| p["sections"][0]["statements"][0]["likelihood"] = json!("remote chance"),
            "movers, statement 1",
            "no phrase of the product's scale",
        ),
        (|p| p["sections"][0]["statements"][0]["evidence"] = Value::Null, "movers, statement 1", "has no evidence"),
        (
            |p| {
                let ids = &mut p["sections"][0]["statements"][0]["evidence"]["ids"];
                *ids = json!(["transfer:1", "transfer:9"]);
            },
            "movers, statement 1",
            "not the one its hash was made of",
        ),
        (
            |p| p["sections"][1]["tables"][0]["rows"][0]["evidence"] = Value::Null,
            "geography, table t, row 1",
            "counts something and has no evidence",
        ),
        (|p| p["sections"][2]["notes"] = json!(["In all EUR 7."]), "trends, note 1", "make it a statement"),
        (|p| p["sections"][2]["notes"] = json!(["TODO say more"]), "trends, note 1", "still to be replaced"),
    ];
    for (edit, place, what) in faults {
        let mut product = bulletin();
        edit(&mut product);
        let found = lint(&product);
        assert!(
            found.iter().any(|fault| fault.place == place && fault.what.contains(what)),
            "{place}: {what} not in {found:?}"
        );
    }
}

#[test]
fn knows_an_estimate_from_a_month_and_a_scale_from_a_habit() {
    assert!(words::estimates("In May 2014 they may meet.", &ICD203).contains(&"may".to_owned()));
    assert_eq!(words::estimates("In May 2014 they met.", &ICD203), Vec::<String>::new());
    assert_eq!(words::estimates("It is very likely.", &ICD203), ["very likely"]);
    assert_eq!(
        words::percentage("coverage 82 %, confidence Low; High confidence needs 75 % coverage"),
        Vec::<String>::new()
    );
    assert_eq!(words::percentage("rate ratio 2.0 (90 % interval 1.1–4.2)"), Vec::<String>::new());
    assert_eq!(words::percentage("graded B2 (85 %)").len(), 1);
    assert_eq!(words::proof("An indicator, not proof. To appear in a list is not guilt.").len(), 0);
    assert_eq!(words::proof("proof of guilt").len(), 2);
}

#[test]
fn an_edition_for_everybody_names_nobody() {
    let product = json!({ "sections": [{ "notes": ["The Kestrel group pays."], "tables": [{ "rows": [{ "cells": ["Fraud", "EE12"] }] }] }] });
    let names = ["Kestrel group", "EE12", "Fraud", "Drugs"].map(str::to_owned);
    let found = personal(&product, &names);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(personal(&json!({ "a": "fEE12" }), &names).is_empty(), "a part of a hash is no name");
    assert!(personal(&json!({ "a": "Fraud and drugs" }), &names).is_empty(), "a word of ours is no name");
}

#[test]
fn prose_is_read_line_by_line() {
    let found = lint_text("# Note\nAll well.\nHe is guilty, XXX.\n");
    assert_eq!(found.iter().map(|fault| fault.place.as_str()).collect::<Vec<_>>(), ["line 3", "line 3"]);
}
