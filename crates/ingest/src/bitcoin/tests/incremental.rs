//! Blocks imported after others: what they lack is named, handed over, and then as if they had been imported at once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BinaryArray, Int64Array, RecordBatch, StringArray, StringViewArray};
use arrow::datatypes::Int64Type;
use arrow::ipc::writer::FileWriter;

use super::{BLOCKS, INPUTS, OUTPUTS, PREFIX, Source, TRANSACTIONS, TRANSFERS, first_blocks, folder, record};
use crate::ReadArgs;
use crate::bitcoin::{Network, identifier, missing};
use crate::testing::data;

/// What a source spends and does not make: txid, place, height.
fn missing(path: &Path, options: &[&str]) -> Vec<(String, i64, i64)> {
    let args = ReadArgs { path: path.to_owned(), options: options.iter().map(|option| (*option).to_owned()).collect() };
    let mut reader = (missing::SPEC.open)(&args).unwrap();
    let mut rows = Vec::new();
    while let Some((relation, batch)) = reader.next().unwrap() {
        assert_eq!(batch.schema(), (missing::SPEC.schema)(&args, relation).unwrap());
        let numbers = |column: usize| batch.column(column).as_primitive::<Int64Type>().clone();
        let (txids, vouts, heights, tx_ids) = (batch.column(0).as_string::<i32>(), numbers(1), numbers(2), numbers(3));
        for row in 0..batch.num_rows() {
            assert_eq!(tx_ids.value(row) >> 32, heights.value(row));
            rows.push((txids.value(row).to_owned(), vouts.value(row), heights.value(row)));
        }
    }
    rows
}

/// An output as the lake knows it.
#[derive(Clone, Debug)]
struct Known {
    txid: String,
    vout: i64,
    txo: i64,
    value: i64,
    script: Vec<u8>,
}

/// All outputs of a source.
fn outputs(source: &Source) -> Vec<Known> {
    let txids: std::collections::BTreeMap<_, _> =
        source.numbers(TRANSACTIONS, "tx_id").into_iter().zip(source.texts(TRANSACTIONS, "txid")).collect();
    let numbers = |column: &str| source.numbers(OUTPUTS, column).into_iter().map(Option::unwrap).collect::<Vec<_>>();
    let (tx_ids, vouts, txos, values) = (numbers("tx_id"), numbers("vout"), numbers("txo"), numbers("value"));
    let scripts = source.bytes(OUTPUTS, "script");
    let rows = tx_ids.iter().zip(vouts).zip(txos).zip(values).zip(scripts);
    let known = rows.map(|((((tx_id, vout), txo), value), script)| {
        let txid = txids[&Some(*tx_id)].clone().unwrap();
        Known { txid, vout, txo, value, script: script.unwrap() }
    });
    known.collect()
}

/// Writes known outputs, the scripts of every other one as identifiers.
fn write(path: &Path, known: &[Known]) {
    let literal = |place: usize| place.is_multiple_of(2);
    let scripts =
        known.iter().enumerate().map(|(place, known)| Some(known.script.as_slice()).filter(|_| literal(place)));
    let identifiers = known.iter().enumerate();
    let identifiers =
        identifiers.map(|(place, known)| (!literal(place)).then(|| identifier(&known.script, Network::Main)));
    let numbers =
        |number: fn(&Known) -> i64| Arc::new(Int64Array::from_iter_values(known.iter().map(number))) as ArrayRef;
    let columns: [(&str, ArrayRef); 7] = [
        ("height", numbers(|known| known.txo >> 32)),
        ("identifier", Arc::new(identifiers.collect::<StringViewArray>())),
        ("script", Arc::new(scripts.collect::<BinaryArray>())),
        ("value", numbers(|known| known.value)),
        ("txo", numbers(|known| known.txo)),
        ("vout", numbers(|known| known.vout)),
        ("txid", Arc::new(StringArray::from_iter_values(known.iter().map(|known| &known.txid)))),
    ];
    write_batch(
        path,
        &RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap(),
    );
}

fn write_batch(path: &Path, batch: &RecordBatch) {
    let mut writer = FileWriter::try_new(File::create(path).unwrap(), &batch.schema()).unwrap();
    writer.write(batch).unwrap();
    writer.finish().unwrap();
}

/// The first blocks in two folders, and the prevouts the second needs.
struct Split {
    _guards: [tempfile::TempDir; 2],
    first: PathBuf,
    second: PathBuf,
    options: String,
}

fn split(at: usize) -> Option<Split> {
    let blocks = first_blocks(4_313)?;
    let file = |blocks: &[Vec<u8>]| blocks.iter().flat_map(|block| record(block)).collect::<Vec<_>>();
    let (one, first) = folder(&[("blk00000.dat", &file(&blocks[..at]))]);
    let (two, second) = folder(&[("blk00000.dat", &file(&blocks[at..]))]);
    Some(Split { _guards: [one, two], first, second, options: format!("start_height={at}") })
}

#[test]
fn blocks_imported_after_others_have_the_rows_they_would_have_had_with_them() {
    let Some(path) = data(PREFIX) else { return };
    let whole = Source::read(&path, &[]).unwrap();
    for at in [1, 170, 500, 1_000] {
        let split = split(at).unwrap();
        let lacking = missing(&split.second, &["", "", &split.options]);
        let known = outputs(&Source::read(&split.first, &[]).unwrap());
        let wanted: Vec<Known> = lacking
            .iter()
            .map(|(txid, vout, _)| {
                known.iter().find(|known| known.txid == *txid && known.vout == *vout).unwrap().clone()
            })
            .collect();
        // What block 170 spends was made by block 9: before that, nothing was spent at all.
        assert_eq!(wanted.is_empty(), at == 1, "{lacking:?}");
        let prevouts = split.second.join("prevouts.arrow");
        write(&prevouts, &wanted);
        let prevouts = prevouts.to_string_lossy();
        for memory in ["", ",memory=1"] {
            let options = format!("{}{memory}", split.options);
            let second = Source::read(&split.second, &["", &prevouts, &options]).unwrap();
            assert_eq!(second.errors(), [""; 0]);
            for relation in [BLOCKS, TRANSACTIONS, INPUTS, OUTPUTS, TRANSFERS] {
                // Where a row lies in its file differs; what it says does not.
                let from = if relation == BLOCKS { 4 } else { 2 };
                let columns: Vec<usize> = (from..whole.relations[relation].num_columns()).collect();
                let rows = second.rows(relation);
                let before = whole.rows(relation) - rows;
                let expected = whole.relations[relation].slice(before, rows).project(&columns).unwrap();
                assert!(
                    second.relations[relation].project(&columns).unwrap() == expected,
                    "relation {relation} at {at}"
                );
            }
            assert_eq!(second.rows(BLOCKS), 4_313 - at);
        }
    }
}

#[test]
fn what_is_missing_is_an_error_that_names_it_unless_it_is_allowed() {
    let Some(split) = split(170) else { return };
    let error = Source::read(&split.second, &["", "", &split.options]).err().unwrap().to_string();
    // The first payment of all spends the coinbase of block 9.
    let place = "0437cd7f8525ceed2324359c2d0ba26006d92d856a9c20fa0241106ee5a597c9:0";
    let spender = "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16";
    for expected in [place, spender, "blk00000.dat", "record 1, block 170", "missing=allow"] {
        assert!(error.contains(expected), "{expected}: {error}");
    }
    assert_eq!(missing(&split.second, &["", "", &split.options])[0], (place[..64].to_owned(), 0, 170));
    let options = format!("{},missing=allow", split.options);
    let source = Source::read(&split.second, &["", "", &options]).unwrap();
    assert_eq!(source.rows(BLOCKS), 4_313 - 170);
    assert_eq!(source.sum(BLOCKS, "unresolved_prevouts"), missing(&split.second, &["", "", &options]).len() as i64);

    let Some(raw) = data("bitcoin/mainnet-481829.raw") else { return };
    let alone = Source::read(&raw, &[]).unwrap();
    assert_eq!(missing(&raw, &[]).len() as i64, alone.sum(BLOCKS, "unresolved_prevouts"));
    let error = Source::read(&raw, &["", "", "missing=refuse"]).err().unwrap().to_string();
    assert!(error.contains("more in this block"), "{error}");
    // A whole chain lacks nothing.
    assert_eq!(missing(&data(PREFIX).unwrap(), &["main", "", "memory=1"]), []);
}

#[test]
fn a_start_height_is_that_of_the_first_block_and_only_where_none_is_known() {
    let Some(split) = split(170) else { return };
    let error = Source::read(&split.second, &["", "", "missing=allow"]).unwrap();
    assert_eq!(error.errors().len(), 4_313 - 170, "no block of 2009 tells its height");
    let source = Source::read(&split.first, &["", "", "start_height=5"]).unwrap();
    assert_eq!(source.numbers(BLOCKS, "height"), (0..170).map(Some).collect::<Vec<_>>());
    let source = Source::read(&split.second, &["", "", "start_height=2147480000,missing=allow"]).unwrap();
    let highest = source.numbers(TRANSACTIONS, "height").into_iter().flatten().max();
    assert_eq!((highest, source.errors().len()), (Some(i64::from(i32::MAX)), 495), "heights beyond 31 bits");
}

#[test]
fn of_two_outputs_by_one_name_the_later_counts() {
    let Some(split) = split(170) else { return };
    let mut known = outputs(&Source::read(&split.first, &[]).unwrap());
    let position = known.iter().position(|known| known.txo >> 32 == 9).unwrap();
    for (first, second) in [(5, 7), (7, 5)] {
        let spent = Known { txo: first << 32, ..known[position].clone() };
        known.extend([spent.clone(), Known { txo: second << 32, ..spent }]);
        let kept = known.split_off(known.len() - 2);
        let path = split.second.join("two.arrow");
        let rest = known.iter().filter(|other| other.txo >> 32 != 9).cloned();
        write(&path, &kept.into_iter().chain(rest).collect::<Vec<_>>());
        let source = Source::read(&split.second, &["", &path.to_string_lossy(), &split.options]).unwrap();
        assert_eq!(source.numbers(INPUTS, "prev_txo").into_iter().flatten().next(), Some(7 << 32));
    }
}

#[test]
fn previous_outputs_that_make_no_sense_are_refused_with_their_row() {
    let Some(split) = split(170) else { return };
    let path = split.second.join("wrong.arrow");
    let good = Known { txid: "ab".repeat(32), vout: 0, txo: 1 << 32, value: 5, script: vec![0x51] };
    let refused = |known: &[Known]| {
        write(&path, known);
        Source::read(&split.second, &["", &path.to_string_lossy(), &split.options]).err().unwrap().to_string()
    };
    for (bad, expected) in [
        (Known { txid: "ab".to_owned(), ..good.clone() }, "previous output 2: txid is not 64 hex digits"),
        (Known { vout: 1 << 32, ..good.clone() }, "previous output 2: vout is NULL or out of range"),
        (Known { txo: -1, ..good.clone() }, "previous output 2: txo is"),
        (Known { value: -1, ..good.clone() }, "previous output 2: value is"),
    ] {
        let error = refused(&[good.clone(), bad]);
        assert!(error.contains(expected) && error.contains("wrong.arrow"), "{error}");
    }
    let text = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
    let number = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    let txid = "ab".repeat(32);
    for (columns, expected) in [
        (vec![("txid", text(&txid))], "column vout of the previous outputs is missing"),
        (vec![("txid", text(&txid)), ("vout", number()), ("txo", number()), ("value", number())], "neither a column"),
        (
            vec![
                ("txid", text(&txid)),
                ("vout", number()),
                ("txo", number()),
                ("value", number()),
                ("identifier", text("me")),
            ],
            "'me' is no identifier of main",
        ),
    ] {
        write_batch(&path, &RecordBatch::try_from_iter(columns).unwrap());
        let error = Source::read(&split.second, &["", &path.to_string_lossy(), &split.options]).err().unwrap();
        assert!(error.to_string().contains(expected), "{error}");
    }
    std::fs::write(&path, b"no Arrow").unwrap();
    let error = Source::read(&split.second, &["", &path.to_string_lossy(), &split.options]).err().unwrap();
    assert!(error.to_string().contains("not an Arrow file of previous outputs"), "{error}");
}
