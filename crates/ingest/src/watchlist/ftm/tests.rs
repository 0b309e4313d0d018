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
