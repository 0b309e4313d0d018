//! Entities good and bad, and a real file.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop, and say what it saw")]

use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::record_batch::RecordBatch;

use super::*;
use crate::testing::{cells, data};

fn read(path: &Path) -> Vec<RecordBatch> {
    let mut reader = (SPEC.open)(&ReadArgs { path: path.to_owned(), options: Vec::new() }).unwrap();
    let mut batches = Vec::new();
    while let Some((_, batch)) = reader.next().unwrap() {
        batches.push(batch);
    }
    batches
}

fn batch(bytes: &[u8]) -> RecordBatch {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    read(file.path()).remove(0)
}

fn list(batch: &RecordBatch, column: &str, row: usize) -> Vec<String> {
    let lists = batch.column_by_name(column).unwrap().as_list::<i32>();
    lists.value(row).as_string::<i32>().iter().flatten().map(str::to_owned).collect()
}

#[test]
fn pulls_out_what_mappings_join_on() {
    let found = batch(
        br#"{"id":"a","schema":"Company","caption":"Cap","properties":{"name":["N","M"],"alias":["N","K"],"country":["de"],"jurisdiction":["gb","de"],"nationality":["ru"],"topics":["sanction"],"address":["X 1"],"incorporationDate":["2001"]},"datasets":["d"],"referents":["r"],"target":true}
{"id":"b","schema":"Payment","properties":{"payer":["a"],"beneficiary":[{"id":"c","schema":"Person"}],"amount":["1.50"],"amountEur":[2.5],"date":["2014-01-02"],"currencySymbol":["EUR"]}}
"#,
    );
    assert_eq!(cells(&found, "caption"), ["Cap", "∅"]);
    assert_eq!(list(&found, "names", 0), ["N", "M", "K"]);
    assert_eq!(list(&found, "countries", 0), ["de", "gb"]);
    assert_eq!(list(&found, "topics", 0), ["sanction"]);
    assert_eq!(list(&found, "datasets", 0), ["d"]);
    assert_eq!(cells(&found, "beneficiary"), ["∅", "c"]);
    assert_eq!(cells(&found, "amount"), ["∅", "1.50"]);
    assert_eq!(cells(&found, "amount_eur"), ["∅", "2.5"]);
    assert_eq!(cells(&found, "currency"), ["∅", "EUR"]);
    assert_eq!(cells(&found, "incorporation_date"), ["2001", "∅"]);
    assert!(cells(&found, "properties")[0].contains(r#""nationality":["ru"]"#));
}

const NESTED: &str = r#"{"id":"p","schema":"Person","caption":"P One","properties":{"name":["P One"],"birthDate":["1970","1971-02-03"],"ownershipOwner":[{"id":"o","schema":"Ownership","properties":{"owner":["p"],"asset":[{"id":"c","schema":"Company","properties":{"name":["C Ltd"],"registrationNumber":["123"]}}]}}],"sanctions":[{"id":"s","schema":"Sanction","properties":{"authority":["A"]}},{"id":"t"},{"schema":"Sanction","properties":{}}],"addressEntity":[{"id":"a","schema":"Address"}]}}
{"id":"q","schema":"Person","properties":{}}"#;

#[test]
fn nested_entities_are_rows_and_leave_their_ids() {
    let found = batch(NESTED.as_bytes());
    assert_eq!(cells(&found, "position"), ["1", "2", "3", "4", "5", "6"]);
    assert_eq!(cells(&found, "entity_id"), ["p", "o", "c", "s", "∅", "q"]);
    assert_eq!(cells(&found, "error")[4], "the entity has no id");
    assert_eq!(cells(&found, "owner")[1], "p");
    assert_eq!(cells(&found, "asset")[1], "c");
    assert_eq!(cells(&found, "caption")[2], "C Ltd");
    // The sanction does not name whom it is of: it stands in that entity.
    assert_eq!(cells(&found, "entity")[3], "p");
    assert!(cells(&found, "properties")[0].contains(r#""addressEntity":["a"]"#), "{}", cells(&found, "properties")[0]);
    assert!(cells(&found, "properties")[0].contains(r#""sanctions":["s","t",null]"#));
    assert_eq!(
        list(&found, "stated", 0),
        ["addressEntity", "birthDate", "birthDate", "name", "ownershipOwner", "sanctions", "sanctions"]
    );
    assert_eq!(list(&found, "statements", 2), ["C Ltd", "123"]);
    let offsets = cells(&found, "byte_offset");
    assert!(offsets[..5].iter().all(|offset| offset == "0") && offsets[5] != "0");
}

#[test]
fn nesting_without_end_is_refused() {
    let mut line = "{\"id\":\"x\",\"schema\":\"Person\",\"properties\":{\"a\":[".repeat(5_000);
    line.push_str(&"]}}".repeat(5_000));
    let found = batch(line.as_bytes());
    assert!(cells(&found, "error")[0].contains("recursion limit"), "{}", cells(&found, "error")[0]);
    // Many small entities in one line are many rows, and no more room than the line itself.
    let many = format!(
        "{{\"id\":\"x\",\"schema\":\"Person\",\"properties\":{{\"a\":[{}{{}}]}}}}",
        "{\"id\":\"y\",\"schema\":\"Person\",\"properties\":{}},".repeat(20_000)
    );
    assert_eq!(batch(many.as_bytes()).num_rows(), 20_001);
}

#[test]
fn every_column_after_the_properties_has_its_property() {
    let from = COLUMNS.iter().position(|(name, _)| *name == "properties").unwrap() + 1;
    assert_eq!(COLUMNS.len() - from, FIRST_VALUES.len());
    for ((column, _), properties) in COLUMNS.iter().skip(from).zip(FIRST_VALUES) {
        assert_eq!(column.replace('_', ""), properties[0].to_lowercase());
    }
}

#[test]
fn a_bad_line_is_a_row_with_its_place() {
    let mut bytes = b"\xef\xbb\xbf{\"id\":\"a\",\"schema\":\"Person\"}\r\n\n{\"id\":\"b\",\n{\"id\":\"c\"}\n{\"schema\":\"x\"}\n[1]\n\"\xff\"\n".to_vec();
    bytes.extend(b"{".repeat(100_000));
    bytes.push(b'\n');
    bytes.extend(vec![b' '; (4 << 20) + 1]);
    bytes.extend(b"\n{\"id\":\"z\",\"schema\":\"Person\"}");
    let found = batch(&bytes);
    let errors = cells(&found, "error");
    assert_eq!(cells(&found, "position"), ["1", "3", "4", "5", "6", "7", "8", "9", "10"]);
    assert_eq!(errors[0], "∅");
    assert!(errors[1].contains("at column"), "{}", errors[1]);
    assert_eq!(errors[2], "the entity has no schema");
    assert_eq!(errors[3], "the entity has no id");
    assert!(errors[4..7].iter().all(|error| error.starts_with("not a FollowTheMoney entity")), "{errors:?}");
    assert_eq!(errors[7], "the line is 4194305 bytes long, over the limit of 4 MiB");
    assert_eq!(errors[8], "∅");
    for row in 0..found.num_rows() {
        let number = |column: &str| cells(&found, column)[row].parse::<usize>().unwrap();
        let (start, length) = (number("byte_offset"), number("byte_length"));
        assert!(
            !bytes[start..start + length].contains(&b'\n')
                && matches!(bytes.get(start + length), None | Some(b'\r' | b'\n'))
        );
    }
}

#[test]
fn reads_a_real_file() {
    let Some(path) = data("formats/ftm/donations.ijson") else { return };
    let batches = read(&path);
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 474);
    assert!(batches.iter().all(|batch| batch.column_by_name("error").unwrap().null_count() == batch.num_rows()));
}
