//! The first 4,313 blocks of the main chain: known counts, money that adds up, and the same chain as Core 31 stores it.

use std::collections::BTreeMap;
use std::process::Command;

use super::{BLOCKS, INPUTS, OUTPUTS, PREFIX, Source, TRANSACTIONS, TRANSFERS, first_blocks, folder, record};
use crate::Reader as _;
use crate::bitcoin::open::open_path;
use crate::bitcoin::read::BlockReader;
use crate::testing::data;

#[test]
fn counts_are_those_of_the_chain() {
    let Some(path) = data(PREFIX) else { return };
    let source = Source::read(&path, &[]).unwrap();
    // The file ends with a whole record: 4,313 of them, and none is cut.
    assert_eq!(source.rows(BLOCKS), 4_313);
    assert_eq!(source.errors(), [""; 0]);
    assert_eq!(source.numbers(BLOCKS, "height"), (0..4_313).map(Some).collect::<Vec<_>>());
    assert_eq!(source.rows(TRANSACTIONS), 4_371);
    assert_eq!(source.flags(TRANSACTIONS, "is_coinbase").iter().filter(|coinbase| !**coinbase).count(), 58);
    assert_eq!(source.rows(INPUTS), 4_313 + 247);
    assert_eq!(source.numbers(INPUTS, "prev_txo").into_iter().flatten().count(), 247);
    assert_eq!(source.sum(BLOCKS, "unresolved_prevouts"), 0);
    let fees: Vec<_> = source.numbers(TRANSACTIONS, "fee").into_iter().flatten().collect();
    assert_eq!((fees.len(), fees.iter().min()), (58, Some(&0)));
    let lengths = source.sum(BLOCKS, "byte_length");
    assert_eq!(lengths, 1_000_018, "every byte of the file belongs to one record");
}

#[test]
fn a_record_cut_at_the_end_is_a_bad_record_and_the_rest_is_read() {
    let Some(path) = data(PREFIX) else { return };
    let whole = std::fs::read(path).unwrap();
    for cut in [1, 100, 207, 210, 215, 222] {
        let (_guard, path) = folder(&[("blk00000.dat", &whole[..whole.len() - cut])]);
        let source = Source::read(&path, &[]).unwrap();
        assert_eq!((source.rows(BLOCKS), source.rows(TRANSACTIONS)), (4_313, 4_370), "cut by {cut}");
        assert_eq!(source.errors().len(), 1);
        assert_eq!(source.sum(BLOCKS, "byte_length"), (whole.len() - cut) as i64);
    }
}

#[test]
fn money_adds_up() {
    let Some(path) = data(PREFIX) else { return };
    let source = Source::read(&path, &[]).unwrap();
    let coinbase: Vec<_> = source.flags(TRANSACTIONS, "is_coinbase");
    let outputs = source.numbers(TRANSACTIONS, "output_value");
    let claimed: i64 = outputs.iter().zip(&coinbase).filter(|row| *row.1).filter_map(|row| *row.0).sum();
    assert_eq!(claimed, 4_313 * 5_000_000_000 + source.sum(TRANSACTIONS, "fee"));

    let options = super::options(&[]);
    let mut reader = BlockReader::new(open_path(&path, &options).unwrap(), &options).unwrap();
    while reader.next().unwrap().is_some() {}
    let (count, unspent) = reader.unspent();
    let values = source.numbers(OUTPUTS, "value");
    let spendable = source.flags(OUTPUTS, "spendable");
    let destroyed: i64 = values.iter().zip(&spendable).filter(|row| !row.1).filter_map(|row| *row.0).sum();
    assert_eq!(destroyed, 5_000_000_000, "the genesis coinbase");
    assert_eq!(count, source.rows(OUTPUTS) - 247 - 1);
    assert_eq!(unspent + destroyed, 4_313 * 5_000_000_000, "unspent and destroyed are what was ever issued");
}

#[test]
fn transfers_are_the_net_of_each_script() {
    let Some(path) = data(PREFIX) else { return };
    let source = Source::read(&path, &[]).unwrap();
    let mut net: BTreeMap<(i64, Vec<u8>), i64> = BTreeMap::new();
    let mut add = |relation, scripts: &str, values: &str, sign: i64| {
        let keys = source.numbers(relation, "tx_id").into_iter().zip(source.bytes(relation, scripts));
        for ((tx_id, script), value) in keys.zip(source.numbers(relation, values)) {
            if let (Some(tx_id), Some(script), Some(value)) = (tx_id, script, value) {
                *net.entry((tx_id, script)).or_default() += sign * value;
            }
        }
    };
    add(OUTPUTS, "script", "value", 1);
    add(INPUTS, "prev_script", "prev_value", -1);
    add(TRANSFERS, "payee_script", "value", -1);
    assert!(net.values().all(|left| *left <= 0), "every payee received its net exactly");
    let paid: i64 = source.sum(TRANSFERS, "value");
    assert!(paid > 4_313 * 5_000_000_000);
    let minted = source.bytes(TRANSFERS, "payer_script").iter().filter(|payer| payer.is_none()).count();
    assert_eq!(minted, 4_313);
}

#[test]
fn the_folder_of_core_31_holds_the_same_rows() {
    let (Some(plain), Some(archive)) = (data(PREFIX), data("bitcoin/core31-kernel-blocksdir-h4312.tar.gz")) else {
        return;
    };
    let target = tempfile::tempdir().unwrap();
    let status = Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(target.path()).status().unwrap();
    assert!(status.success());
    let blocks = find_folder(target.path()).expect("a folder with xor.dat");
    let plain = Source::read(&plain, &[]).unwrap();
    for path in [blocks.clone(), blocks.join("blk00000.dat")] {
        let keyed = Source::read(&path, &[]).unwrap();
        assert_eq!(keyed.errors(), [""; 0]);
        assert_eq!(keyed.rows(BLOCKS), 4_313);
        for relation in [TRANSACTIONS, INPUTS, OUTPUTS, TRANSFERS] {
            // The file's name and the order of its records differ; all else is the chain.
            let columns: Vec<usize> = (2..plain.relations[relation].num_columns()).collect();
            let project = |source: &Source| source.relations[relation].project(&columns).unwrap();
            assert!(project(&plain) == project(&keyed), "relation {relation}");
        }
        assert_eq!(plain.texts(BLOCKS, "hash")[..4_313], keyed.texts(BLOCKS, "hash"));
    }
}

fn find_folder(folder: &std::path::Path) -> Option<std::path::PathBuf> {
    if folder.join("xor.dat").exists() {
        return Some(folder.to_owned());
    }
    let mut entries = std::fs::read_dir(folder).ok()?.filter_map(Result::ok);
    entries.find_map(|entry| find_folder(&entry.path()))
}

#[test]
fn files_out_of_order_with_copies_and_zeros_hold_the_same_chain() {
    let Some(blocks) = first_blocks(200) else { return };
    let records: Vec<_> = blocks.iter().map(|block| record(block)).collect();
    let straight = records.concat();
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (index, record) in records.iter().enumerate().rev() {
        if index % 3 == 0 { &mut first } else { &mut second }.extend_from_slice(record);
    }
    first.extend_from_slice(&records[7]);
    first.extend_from_slice(&[0; 70_000]);
    let (_one, straight) = folder(&[("blk00000.dat", &straight)]);
    let (_two, shuffled) = folder(&[("blk00000.dat", &first), ("blk00001.dat", &second), ("blk00002.dat", &[0; 99])]);
    let (straight, shuffled) = (Source::read(&straight, &[]).unwrap(), Source::read(&shuffled, &[]).unwrap());
    assert_eq!(straight.rows(BLOCKS), 200);
    assert_eq!(shuffled.rows(BLOCKS), 201);
    assert_eq!(shuffled.errors(), ["duplicate of record 68 of blk00000.dat"]);
    assert_eq!(straight.numbers(OUTPUTS, "txo"), shuffled.numbers(OUTPUTS, "txo"));
    assert_eq!(straight.texts(TRANSACTIONS, "txid"), shuffled.texts(TRANSACTIONS, "txid"));
}
