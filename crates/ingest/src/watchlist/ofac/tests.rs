//! The standard XML, and XML that means harm.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop, and say what it saw")]

use arrow::array::AsArray;
use arrow::record_batch::RecordBatch;

use super::*;
use crate::testing::cells;

fn read(bytes: &[u8]) -> Result<Vec<RecordBatch>, IngestError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let mut reader = (SPEC.open)(&ReadArgs { path: file.path().to_owned(), options: Vec::new() })?;
    let mut batches = Vec::new();
    while let Some((_, batch)) = reader.next()? {
        batches.push(batch);
    }
    Ok(batches)
}

fn refusal(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

fn list(batch: &RecordBatch, column: &str, row: usize) -> Vec<String> {
    let lists = batch.column_by_name(column).unwrap().as_list::<i32>();
    lists.value(row).as_string::<i32>().iter().flatten().map(str::to_owned).collect()
}

const TWO: &str = "\u{feff}<?xml version=\"1.0\" standalone=\"yes\"?>
<sdnList xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns=\"https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/XML\">
  <publshInformation><Publish_Date>11/21/2023</Publish_Date><Record_Count>2</Record_Count></publshInformation>
  <sdnEntry><uid>25308</uid><firstName>Yan</firstName><lastName>SMITH &amp; <![CDATA[<SONS>]]> &#xe9;</lastName>
    <sdnType>Individual</sdnType><remarks>a
 b</remarks><programList><program>CYBER2</program><program>SDGT</program></programList>
    <idList>
      <id><uid>1</uid><idType>Digital Currency Address - XBT</idType><idNumber>12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h</idNumber></id>
      <id><uid>2</uid><idType>Passport</idType><idNumber>A 1</idNumber><idCountry>Iran</idCountry></id>
    </idList>
    <akaList><aka><uid>9</uid><type>a.k.a.</type><category>strong</category><lastName>K</lastName><firstName>V</firstName></aka>
      <aka><uid>8</uid><lastName>OTHER</lastName></aka></akaList>
    <addressList><address><uid>7</uid><city>Tehran</city><country>Iran</country></address><address><uid>6</uid><country>Iran</country></address></addressList>
    <nationalityList><nationality><uid>3</uid><country>Russia</country></nationality></nationalityList>
    <dateOfBirthList><dateOfBirthItem><uid>4</uid><dateOfBirth>10 Dec 1948</dateOfBirth></dateOfBirthItem></dateOfBirthList>
  </sdnEntry>
  <sdnEntry><uid>36</uid><sdnType>Entity</sdnType><programList/></sdnEntry>
</sdnList>";

#[test]
fn reads_one_row_per_entry() {
    let found = read(TWO.as_bytes()).unwrap().remove(0);
    assert_eq!(cells(&found, "uid"), ["25308", "36"]);
    assert_eq!(cells(&found, "name"), ["Yan SMITH & <SONS> é", "∅"]);
    assert_eq!(cells(&found, "error"), ["∅", "the entry has no name"]);
    assert_eq!(list(&found, "programs", 0), ["CYBER2", "SDGT"]);
    assert_eq!(list(&found, "akas", 0), ["V K", "OTHER"]);
    assert_eq!(list(&found, "addresses", 0), ["Tehran, Iran"]);
    assert_eq!(list(&found, "countries", 0), ["Iran"]);
    assert_eq!(list(&found, "nationalities", 0), ["Russia"]);
    assert_eq!(list(&found, "birth_dates", 0), ["10 Dec 1948"]);
    assert_eq!(list(&found, "id_kinds", 0), ["Digital Currency Address - XBT", "Passport"]);
    assert_eq!(list(&found, "id_numbers", 0), ["12QtD5BFwRsdNsAZY76UVE1xyCGNTojH9h", "A 1"]);
    assert_eq!(list(&found, "id_countries", 0), ["", "Iran"]);
    assert!(list(&found, "programs", 1).is_empty());
    for row in 0..2 {
        let number = |column: &str| cells(&found, column)[row].parse::<usize>().unwrap();
        let raw = &TWO[number("byte_offset")..number("byte_offset") + number("byte_length")];
        assert!(raw.starts_with("<sdnEntry>") && raw.ends_with("</sdnEntry>"), "{raw}");
    }
}

#[test]
fn refuses_what_could_do_harm() {
    let told = refusal(b"<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><sdnList>&a;</sdnList>");
    assert!(told.contains("document type"), "{told}");
    assert!(refusal(b"<sdnList><sdnEntry><uid>&a;</uid></sdnEntry></sdnList>").contains("entity 'a'"));
    let deep = format!("<sdnList>{}", "<a>".repeat(100_000));
    assert!(refusal(deep.as_bytes()).contains("nested over 32"));
    let long = format!("<sdnList><{}", "a".repeat(3 << 20));
    assert!(refusal(long.as_bytes()).contains("over 1 MiB"));
    let entry = format!("<sdnList><sdnEntry>{}", "<uid>xxxxxxxxxxxxxxxxxxxxxxxxx</uid>".repeat(200_000));
    assert!(refusal(entry.as_bytes()).contains("over 4 MiB of text"));
}

#[test]
fn refuses_what_is_not_the_list() {
    assert!(refusal(b"").contains("no XML element"));
    assert!(refusal(b"<Sanctions></Sanctions>").contains("sdn_advanced.xml"));
    assert!(refusal(b"<sdnList><sdnEntry>").contains("ends before"));
    assert!(refusal(b"<sdnList></sdn>").contains("not well-formed"));
    assert!(refusal(b"<sdnList>\xff</sdnList>").contains("at byte"));
    assert!(read(b"<sdnList></sdnList>").unwrap().is_empty());
    assert!(read(b"<sdnList/>").unwrap().is_empty());
    let found = read(b"<sdnList><sdnEntry/></sdnList>").unwrap().remove(0);
    assert_eq!(cells(&found, "error"), ["the entry has no uid"]);
}
