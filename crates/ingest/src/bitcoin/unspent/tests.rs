//! Resolution of prevouts, checked against the undo data of real blocks and by undoing what failed.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{Coin, CoinScript, Coins, OutPoint, Resolved, Room, Unspent, pack};
use crate::bitcoin::block::Block;
use crate::bitcoin::hash::double_sha256;
use crate::testing::data;

fn ample() -> Room {
    Room { bytes: 1 << 30, folder: std::env::temp_dir() }
}

/// The undo file: per input, in block order, an i64 value and a script behind its CompactSize.
fn undo_entries(mut bytes: &[u8]) -> Vec<(i64, Vec<u8>)> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let value = i64::from_le_bytes(bytes[..8].try_into().unwrap());
        let (length, head) = match bytes[8] {
            0xfd => (usize::from(u16::from_le_bytes([bytes[9], bytes[10]])), 11),
            small => (usize::from(small), 9),
        };
        entries.push((value, bytes[head..head + length].to_vec()));
        bytes = &bytes[head + length..];
    }
    entries
}

#[test]
fn values_agree_with_the_undo_data_and_the_coinbase_takes_exactly_subsidy_and_fees() {
    for (name, height) in [("block300025", 300_025), ("block928831", 928_831), ("block928848", 928_848)] {
        let Some(path) = data(&format!("bitcoin/{name}.raw")) else { continue };
        let bytes = std::fs::read(path).unwrap();
        let undo = undo_entries(&std::fs::read(data(&format!("bitcoin/{name}-undo.raw")).unwrap()).unwrap());
        let mut block = Block::default();
        block.parse(&bytes).unwrap();
        let spending = &block.inputs[1..];
        assert_eq!(undo.len(), spending.len());
        let mut unspent = Unspent::new(ample());
        for (input, (value, script)) in spending.iter().zip(&undo) {
            unspent.add((input.prev_txid, input.prev_vout), 0, *value, script).unwrap();
        }
        let mut resolved = Resolved::default();
        unspent.apply(&bytes, &block, height, &mut resolved).unwrap().unwrap();
        assert_eq!(resolved.unresolved, 0);
        for (prevout, (value, script)) in resolved.prevouts[1..].iter().zip(&undo) {
            let prevout = prevout.unwrap();
            assert_eq!((prevout.value, resolved.script(&prevout)), (*value, script.as_slice()));
        }
        let paid_in: i64 = undo.iter().map(|(value, _)| value).sum();
        let paid_out: i64 = block.transactions[1..].iter().map(|transaction| transaction.output_value).sum();
        let subsidy = 5_000_000_000_i64 >> (height / 210_000);
        assert_eq!(block.transactions[0].output_value, subsidy + paid_in - paid_out);
    }
}

#[test]
fn an_impossible_block_leaves_the_map_as_it_was() {
    let Some(path) = data("bitcoin/block300025.raw") else { return };
    let bytes = std::fs::read(path).unwrap();
    let undo = undo_entries(&std::fs::read(data("bitcoin/block300025-undo.raw").unwrap()).unwrap());
    let mut block = Block::default();
    block.parse(&bytes).unwrap();
    for room in [ample(), tight()] {
        let mut unspent = Unspent::new(room);
        for (place, (input, (value, script))) in block.inputs[1..].iter().zip(&undo).enumerate() {
            // The last input comes up short, so that nearly all of the block has to be taken back.
            let value = if place + 2 == block.inputs.len() { 0 } else { *value };
            unspent.add((input.prev_txid, input.prev_vout), 0, value, script).unwrap();
        }
        let before = unspent.total();
        let why = unspent.apply(&bytes, &block, 300_025, &mut Resolved::default()).unwrap().unwrap_err();
        assert!(why.contains("pays out"), "{why}");
        assert_eq!(unspent.total(), before);
    }
}

#[test]
fn places_are_checked_and_sort_as_the_chain_does() {
    assert_eq!(pack(1, 2, 3), Some((1 << 32) + (2 << 17) + 3));
    assert_eq!(pack(i32::MAX as u32, (1 << 15) - 1, (1 << 17) - 1), Some(i64::MAX));
    assert_eq!((pack(1 << 31, 0, 0), pack(0, 1 << 15, 0), pack(0, 0, 1 << 17)), (None, None, None));
    assert!(pack(5, 1, 0) > pack(5, 0, 99) && pack(6, 0, 0) > pack(5, 32_000, 0));
}

fn tight() -> Room {
    Room { bytes: 1, folder: std::env::temp_dir() }
}

/// The name of an invented output: as evenly spread as real ones, three to a transaction.
fn place(number: u16) -> OutPoint {
    (double_sha256(&[&(number / 3).to_le_bytes()]), u32::from(number % 3))
}

fn coin(txo: i64, length: usize) -> Coin {
    let script = if length.is_multiple_of(4) { [&[0x00, 0x14][..], &[7; 20]].concat() } else { vec![0x51; length] };
    Coin { txo, value: txo * 3, script: CoinScript::new(&script) }
}

/// Something done to a set of coins.
#[derive(Debug, Clone)]
enum Act {
    Insert(u16, usize),
    Take(u16),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => (0..900_u16, 0..120_usize).prop_map(|(number, length)| Act::Insert(number, length)),
        2 => (0..900_u16).prop_map(Act::Take),
    ];
    proptest::collection::vec(act, 0..4_000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn coins_on_disk_are_the_coins_of_a_plain_map(acts in acts(), bytes in prop_oneof![Just(1), 1..60_000_usize]) {
        let mut model: BTreeMap<OutPoint, Coin> = BTreeMap::new();
        let mut coins = Coins::new(Room { bytes, ..tight() });
        for (age, act) in (0..).zip(acts) {
            match act {
                Act::Insert(number, length) => {
                    let coin = coin(age / 5, length);
                    prop_assert_eq!(coins.insert(place(number), coin.clone()).unwrap(), model.insert(place(number), coin));
                }
                Act::Take(number) => prop_assert_eq!(coins.take(&place(number)).unwrap(), model.remove(&place(number))),
            }
        }
        prop_assert_eq!(coins.all(), model);
    }
}

#[test]
fn many_coins_merge_into_few_files_and_are_all_found_again() {
    let mut coins = Coins::new(tight());
    for number in 0..8_000 {
        assert_eq!(coins.insert(place(number), coin(i64::from(number), 25)).unwrap(), None);
    }
    let (spilled, files) = coins.spilled();
    assert!(spilled > 7_900 && files <= 24, "{spilled} in {files}");
    for number in (0..8_000).rev() {
        assert_eq!(coins.take(&place(number)).unwrap(), Some(coin(i64::from(number), 25)));
        assert_eq!(coins.take(&place(number)).unwrap(), None);
    }
    assert_eq!((coins.spilled(), coins.all().len()), ((0, 0), 0), "an empty file is dropped");
}

#[test]
fn memory_stays_within_the_room() {
    for bytes in [1 << 19, 1 << 20] {
        let mut coins = Coins::new(Room { bytes, ..tight() });
        let mut most = 0;
        for number in 0..20_000_u32 {
            let place = (double_sha256(&[&number.to_le_bytes()]), 0);
            coins.insert(place, coin(i64::from(number), 34)).unwrap();
            most = most.max(coins.memory());
        }
        let (spilled, _) = coins.spilled();
        assert!(most <= bytes, "{most} of {bytes}");
        assert!(most > bytes / 4, "{most} of {bytes}: memory that may be used is used");
        assert!(spilled > 10_000, "{spilled}");
    }
}
