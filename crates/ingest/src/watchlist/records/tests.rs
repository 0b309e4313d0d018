//! Entries of invented lists, XML that means harm, and the real list of the United Nations.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop, and say what it saw")]

use std::path::Path;

use arrow::array::AsArray;
use arrow::record_batch::RecordBatch;

use super::*;
use crate::testing::{cells, data};

fn read_file(path: &Path, elements: &str, root: &str) -> Result<Vec<RecordBatch>, IngestError> {
    let options = vec![elements.to_owned(), root.to_owned()];
    let mut reader = (SPEC.open)(&ReadArgs { path: path.to_owned(), options })?;
    let mut batches = Vec::new();
    while let Some((_, batch)) = reader.next()? {
        batches.push(batch);
    }
    Ok(batches)
}

fn read(bytes: &[u8]) -> Result<Vec<RecordBatch>, IngestError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    read_file(file.path(), "E, F", "L")
}

fn refusal(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

fn list(batch: &RecordBatch, column: &str, row: usize) -> Vec<String> {
    let lists = batch.column_by_name(column).unwrap().as_list::<i32>();
    lists.value(row).as_string::<i32>().iter().flatten().map(str::to_owned).collect()
}

const TWO: &str = "\u{feff}<?xml version=\"1.0\"?><L xmlns:x=\"u\"><!-- c --><G><E x:id=\"1 &amp; 2\" empty=\"\"> own
 <A>one</A><A><B/><B q=\"w\"> two &lt;<![CDATA[<raw>]]>&#xe9; </B></A><E>inner</E></E></G><F/><H>not one</H></L>";

#[test]
fn says_what_stands_where() {
    let found = read(TWO.as_bytes()).unwrap().remove(0);
    assert_eq!(cells(&found, "element"), ["E", "F"]);
    assert_eq!(cells(&found, "error"), ["∅", "the entry is empty"]);
    assert_eq!(list(&found, "paths", 0), ["@id", "A", "A/B/@q", "A/B", "E", "."]);
    assert_eq!(list(&found, "places", 0), ["@id", "A[1]", "A[2]/B[2]/@q", "A[2]/B[2]", "E[1]", "."]);
    assert_eq!(list(&found, "texts", 0), ["1 & 2", "one", "w", "two <<raw>é", "inner", "own"]);
    for row in 0..2 {
        let number = |column: &str| cells(&found, column)[row].parse::<usize>().unwrap();
        let raw = &TWO[number("byte_offset")..number("byte_offset") + number("byte_length")];
        assert!(raw.starts_with(["<E ", "<F/>"][row]) && raw.ends_with(["</E>", "<F/>"][row]), "{raw}");
    }
}

#[test]
fn refuses_what_could_do_harm() {
    assert!(refusal(b"<!DOCTYPE L [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><L>&a;</L>").contains("document type"));
    assert!(refusal(b"<L><E>&a;</E></L>").contains("entity 'a'"));
    assert!(refusal(b"<L><E a=\"&b;\"/></L>").contains("an attribute"));
    assert!(refusal(format!("<L>{}", "<a>".repeat(100_000)).as_bytes()).contains("nested over 32"));
    assert!(refusal(format!("<L><{}", "a".repeat(3 << 20)).as_bytes()).contains("over 1 MiB"));
    // A long name repeated in the path of everything below it is more than the file: the row's limit counts it.
    let long = format!("<L><E><{0}>{1}</{0}></E></L>", "n".repeat(1 << 19), "<b>x</b>".repeat(100));
    assert!(refusal(long.as_bytes()).contains("says over 16 MiB"));
}

#[test]
fn refuses_what_is_not_the_list() {
    assert!(refusal(b"").contains("no XML element"));
    assert!(refusal(b"<M></M>").contains("the document is <M>, not the <L>"));
    assert!(refusal(b"<L><E>").contains("ends before"));
    assert!(refusal(b"<L></M>").contains("not well-formed"));
    assert!(refusal(b"<L><E a=\"1\" a=\"2\"/></L>").contains("not well-formed"));
    assert!(refusal(b"<L>\xff</L>").contains("at byte"));
    assert!(read(b"<L/>").unwrap().is_empty());
    let bare = (SPEC.open)(&ReadArgs { path: "x".into(), options: vec!["E".to_owned()] });
    assert!(bare.err().unwrap().to_string().contains("needs the names"));
}

#[test]
fn reads_the_list_of_the_united_nations() {
    let Some(path) = data("entities/un/UN_consolidated.xml") else { return };
    let batches = read_file(&path, "INDIVIDUAL,ENTITY", "CONSOLIDATED_LIST").unwrap();
    let elements: Vec<String> = batches.iter().flat_map(|batch| cells(batch, "element")).collect();
    assert_eq!(elements.iter().filter(|element| *element == "INDIVIDUAL").count(), 730);
    assert_eq!(elements.iter().filter(|element| *element == "ENTITY").count(), 273);
    assert!(batches.iter().all(|batch| cells(batch, "error").iter().all(|error| error == "∅")));
}
