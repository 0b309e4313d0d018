//! Every corner of `read_csv`, the real files, and the promise that no byte is lost.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on should stop, and say what it saw"
)]

mod real;

use std::path::{Path, PathBuf};

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use proptest::prelude::*;

use super::options::CsvOptions;
use super::pipeline::CsvReader;
use super::split::BLOCK;
use crate::{IngestError, ReadArgs, Reader};

/// A row as a test wants to see it: place, error, values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) position: i64,
    pub(super) line: i64,
    pub(super) offset: i64,
    pub(super) length: i64,
    pub(super) error: Option<String>,
    pub(super) values: Vec<Option<String>>,
}

pub(super) fn rows(batches: &[RecordBatch]) -> Vec<Row> {
    let mut rows = Vec::new();
    for batch in batches {
        let number = |column: usize, row: usize| batch.column(column).as_primitive::<Int64Type>().value(row);
        let text = |column: usize, row: usize| {
            let array = batch.column(column).as_string::<i32>();
            array.is_valid(row).then(|| array.value(row).to_owned())
        };
        for row in 0..batch.num_rows() {
            rows.push(Row {
                position: number(0, row),
                line: number(1, row),
                offset: number(2, row),
                length: number(3, row),
                error: text(4, row),
                values: (5..batch.num_columns()).map(|column| text(column, row)).collect(),
            });
        }
    }
    rows
}

pub(super) fn args(path: &Path, options: &[&str]) -> ReadArgs {
    ReadArgs { path: path.to_owned(), options: options.iter().map(|option| (*option).to_owned()).collect() }
}

pub(super) fn read_with(
    path: &Path,
    options: &[&str],
    threads: usize,
    block: usize,
) -> Result<Vec<RecordBatch>, IngestError> {
    let mut reader = CsvReader::open_with(path, &CsvOptions::parse(&args(path, options))?, threads, block)?;
    let mut batches = Vec::new();
    while let Some((_, batch)) = reader.next()? {
        batches.push(batch);
    }
    Ok(batches)
}

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("in.csv");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn read(bytes: &[u8], options: &[&str]) -> Vec<Row> {
    let (_folder, path) = file(bytes);
    rows(&read_with(&path, options, 1, BLOCK).unwrap())
}

fn refusal(bytes: &[u8], options: &[&str]) -> String {
    let (_folder, path) = file(bytes);
    read_with(&path, options, 1, BLOCK).unwrap_err().to_string()
}

fn errors(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| row.error.as_deref().unwrap_or("")).collect()
}

fn values(row: &Row) -> Vec<&str> {
    row.values.iter().map(|value| value.as_deref().unwrap_or("∅")).collect()
}

#[test]
fn says_where_each_row_stands() {
    let rows = read(b"A,B\n1,2\n\n\"x\ny\",3\r\n4,5", &[]);
    let places: Vec<_> = rows.iter().map(|row| (row.position, row.line, row.offset, row.length)).collect();
    assert_eq!(places, [(1, 2, 4, 3), (2, 4, 9, 7), (3, 6, 18, 3)]);
    assert_eq!(values(&rows[1]), ["x\ny", "3"]);
}

#[test]
fn names_columns_in_snake_case_and_keeps_repeated_names_apart() {
    let (_folder, path) =
        file("From Bank,Account,To Bank,Account,bankAccountNumber,USDAmount,Line,,Größe (m²),account_2\n".as_bytes());
    let schema = super::schema(&args(&path, &[]), 0).unwrap();
    let names: Vec<_> = schema.fields().iter().skip(5).map(|field| field.name().as_str()).collect();
    let expected = [
        "from_bank",
        "account",
        "to_bank",
        "account_2",
        "bank_account_number",
        "usd_amount",
        "line_2",
        "column_8",
        "größe_m",
        "account_2_2",
    ];
    let without_superscript: Vec<String> = names.iter().map(|name| name.replace('²', "")).collect();
    assert_eq!(without_superscript, expected);
}

#[test]
fn infers_nothing_and_leaves_empty_fields_unknown() {
    let rows = read(b"a,b,c,d\n010,1e5,,\"\"\n", &[]);
    assert_eq!(values(&rows[0]), ["010", "1e5", "∅", "∅"]);
}

#[test]
fn reads_every_kind_of_line_end() {
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("a,b{end}1,2{end}{end}3,4{end}");
        let rows = read(text.as_bytes(), &[]);
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4], "{end:?}");
    }
}

#[test]
fn skips_a_byte_order_mark() {
    let rows = read(b"\xef\xbb\xbfid,name\n1,x\n", &["id,name"]);
    assert_eq!((rows[0].offset, values(&rows[0])), (11, vec!["1", "x"]));
}

#[test]
fn unquotes_and_refuses_text_after_a_quote() {
    let rows = read(b"a,b\n\"x \"\"y\"\"\",z\n\"x\" y,z\na\"b,\"c,d\"\n", &[]);
    assert_eq!(values(&rows[0]), ["x \"y\"", "z"]);
    assert_eq!(rows[1].error.as_deref(), Some("text after the closing quote of field 1"));
    assert_eq!(values(&rows[2]), ["a\"b", "c,d"]);
}

#[test]
fn reports_a_wrong_number_of_fields() {
    let rows = read(b"a,b\n1\n1,2,3\n1,2\n", &[]);
    assert_eq!(errors(&rows), ["1 field where 2 are expected", "3 fields where 2 are expected", ""]);
    assert_eq!(values(&rows[1]), ["∅", "∅"]);
}

#[test]
fn reports_bytes_that_are_not_utf8_and_decodes_them_when_told() {
    let bytes = b"a,b\nM\xfcller,1\nok,\x80\n";
    let found = read(bytes, &[]);
    assert!(errors(&found)[0].starts_with("byte 2 of the record (0xFC) is not valid UTF-8"), "{found:?}");
    assert_eq!(read(bytes, &["", "encoding=windows-1252"])[0].values[0].as_deref(), Some("Müller"));
    assert_eq!(read(bytes, &["", "encoding=windows-1252"])[1].values[1].as_deref(), Some("€"));
    assert_eq!(read(bytes, &["", "encoding=latin1"])[1].values[1].as_deref(), Some("\u{80}"));
    assert_eq!(read(b"a\n\xc0\n", &["", "encoding=windows-1251"])[0].values[0].as_deref(), Some("А"));
    assert!(errors(&read(b"a\n\xaa\n", &["", "encoding=windows-1253"]))[0].contains("windows-1253 does not know"));
}

#[test]
fn reports_a_nul_byte_in_a_long_file() {
    let mut bytes = b"a,b\n".to_vec();
    bytes.extend(b"1,2\n".repeat(2000));
    bytes.extend(b"1,\x002\n");
    let rows = read(&bytes, &[]);
    assert_eq!(rows.last().and_then(|row| row.error.as_deref()), Some("a NUL byte at byte 3 of the record"));
    assert_eq!(rows.iter().filter(|row| row.error.is_none()).count(), 2000);
}

#[test]
fn an_unterminated_quote_costs_one_line() {
    let mut bytes = b"a,b\n1,\"open\n".to_vec();
    bytes.extend(b"1,2\n".repeat(3000));
    let rows = read(&bytes, &[]);
    assert_eq!(rows.len(), 3001);
    assert!(errors(&rows)[0].starts_with("unterminated quote in field 2"));
    assert!(rows[1..].iter().all(|row| row.error.is_none()));
    let rows = read(b"a,b\n1,2\n1,\"open\n3,4", &[]);
    assert!(errors(&rows)[1].starts_with("unterminated quote"));
    assert_eq!(values(&rows[2]), ["3", "4"]);
}

#[test]
fn quotes_that_open_on_every_line_cost_those_lines() {
    // Each line closes the quote of the one before and opens another, so the record would never end.
    let rows = read(["x\n", &"a\",\"\n".repeat(2500)].concat().as_bytes(), &["", "header=present"]);
    assert_eq!(rows.len(), 2500);
    assert!(rows.iter().all(|row| row.error.is_some() && row.length == 4));
}

#[test]
fn a_long_quoted_text_is_one_field_and_a_longer_one_is_not() {
    let text = |lines: usize| format!("a,b\n1,\"{}\"\n3,4\n", "line\n".repeat(lines));
    assert_eq!(read(text(900).as_bytes(), &[]).len(), 2);
    assert!(read(text(1100).as_bytes(), &[])[0].error.is_some());
}

#[test]
fn reports_fields_and_lines_that_are_too_long() {
    let text = format!("a,b\n1,{}\n3,4\n{}\n5,6\n", "x".repeat((1 << 20) + 1), "y".repeat(40 << 20));
    for block in [BLOCK, 1 << 20] {
        let (_folder, path) = file(text.as_bytes());
        let rows = rows(&read_with(&path, &[], 1, block).unwrap());
        assert_eq!(errors(&rows)[0], "field 2 is 1048577 bytes long, over the limit of 1 MiB");
        assert_eq!(errors(&rows)[2], "the line is 41943040 bytes long, over the limit of 16 MiB");
        assert_eq!((rows[3].line, rows[3].offset as usize), (5, text.len() - 4));
    }
}

#[test]
fn refuses_the_wrong_header_and_says_what_is_near() {
    let told = refusal(b"Date,Amount,Curency\n1,2,3\n", &["Date,Amount,Currency,Purpose"]);
    assert!(
        told.contains("missing 'Currency' (nearest: 'Curency'), missing 'Purpose', unexpected 'Curency'"),
        "{told}"
    );
    assert!(told.contains("the first line is: Date,Amount,Curency"), "{told}");
    let told = refusal(b"a;b\n", &["a,b"]);
    assert!(told.contains("perhaps delimiter=;"), "{told}");
    assert!(refusal(b"b,a\n", &["a,b"]).contains("another order"));
    assert!(read(b"a;b\n1;2\n", &["a,b", "delimiter=;"])[0].error.is_none());
    assert!(read(b"a;b\n1;2\n", &["a;b", "delimiter=;"])[0].error.is_none());
}

#[test]
fn refuses_what_is_not_text_and_names_it() {
    for (bytes, name) in [
        (b"".as_slice(), "zero bytes"),
        (b"\xef\xbb\xbf\n\n", "no line of text"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PK\x03\x04....", "zip"),
        (b"PAR1\x15\x04", "Parquet"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\xff\xfea\x00,\x00", "iconv"),
        (b"a\x00,\x00b\x00", "UTF-16 without"),
        (b"a,M\xfcller\n", "encoding=windows-1252"),
    ] {
        let told = refusal(bytes, &[]);
        assert!(told.contains(name), "{told}");
    }
    assert!(matches!(
        CsvReader::open_with(
            Path::new("/nowhere"),
            &CsvOptions::parse(&args(Path::new("/nowhere"), &[])).unwrap(),
            1,
            9,
        ),
        Err(IngestError::Io { .. })
    ));
}

#[test]
fn reads_a_file_without_a_header() {
    let rows = read(b"1;x\n2;y\n", &["Id,Name", "delimiter=;, header=absent"]);
    assert_eq!((rows.len(), rows[0].line, values(&rows[1])), (2, 1, vec!["2", "y"]));
    let rows = read(b"1\t'x\n", &["", "delimiter=tab, quote=none, header=absent"]);
    assert_eq!(values(&rows[0]), ["1", "'x"]);
}

#[test]
fn refuses_options_it_does_not_know() {
    for option in
        ["colour=red", "delimiter", "delimiter=ab", "encoding=utf-16le", "encoding=klingon", "header=maybe", "quote=,"]
    {
        assert!(CsvOptions::parse(&args(Path::new("x"), &["", option])).is_err(), "{option}");
    }
    assert!(CsvOptions::parse(&args(Path::new("x"), &["", "delimiter=,, quote=none"])).is_ok());
}

#[test]
fn fetches_the_raw_record() {
    let (_folder, path) = file(b"a\nM\xfcller\n");
    assert_eq!(crate::raw_record(&path, 2, 6).unwrap(), "M\u{fffd}ller");
    assert!(crate::raw_record(&path, 2, 600).unwrap_err().to_string().contains("has it changed"));
}

/// Checks that records and the line ends between them are the whole body, then that neither threads nor the size of
/// blocks changes anything.
fn loses_nothing(bytes: &[u8], options: &[&str]) {
    let (_folder, path) = file(bytes);
    let Ok(batches) = read_with(&path, options, 1, BLOCK) else { return };
    let found = rows(&batches);
    let options_parsed = CsvOptions::parse(&args(&path, options)).unwrap();
    let mut at = super::header::read(&path, &options_parsed).unwrap().body as usize;
    for (index, row) in found.iter().enumerate() {
        assert_eq!(row.position, index as i64 + 1);
        let start = row.offset as usize;
        assert!(bytes[at..start].iter().all(|byte| matches!(byte, b'\n' | b'\r')), "gap before {row:?}");
        at = start + row.length as usize;
    }
    assert!(bytes[at..].iter().all(|byte| matches!(byte, b'\n' | b'\r')), "gap at the end");
    for (threads, block) in [(1, 7), (2, 64), (3, 1), (2, BLOCK)] {
        assert_eq!(
            rows(&read_with(&path, options, threads, block).unwrap()),
            found,
            "{threads} threads, {block} bytes"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn arbitrary_bytes_lose_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        loses_nothing(&bytes, &["", "header=absent"]);
    }

    #[test]
    fn arbitrary_shapes_lose_nothing(
        tokens in proptest::collection::vec(
            prop_oneof![Just("\""), Just(","), Just("\n"), Just("\r\n"), Just("\r"), Just("a"), Just("é"), Just("\"\"")], 0..120,
        ),
        absent in any::<bool>(),
    ) {
        loses_nothing(tokens.concat().as_bytes(), &["", if absent { "header=absent" } else { "" }]);
    }
}
