//! Resolution of prevouts, checked against the undo data of real blocks and by undoing what failed.

use super::{Resolved, Unspent, pack};
use crate::bitcoin::block::Block;
use crate::testing::data;

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
        let mut unspent = Unspent::default();
        for (input, (value, script)) in spending.iter().zip(&undo) {
            unspent.add((input.prev_txid, input.prev_vout), *value, script);
        }
        let mut resolved = Resolved::default();
        unspent.apply(&bytes, &block, height, &mut resolved).unwrap();
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
    let mut unspent = Unspent::default();
    for (place, (input, (value, script))) in block.inputs[1..].iter().zip(&undo).enumerate() {
        // The last input comes up short, so that nearly all of the block has to be taken back.
        let value = if place + 2 == block.inputs.len() { 0 } else { *value };
        unspent.add((input.prev_txid, input.prev_vout), value, script);
    }
    let before = unspent.total();
    let why = unspent.apply(&bytes, &block, 300_025, &mut Resolved::default()).unwrap_err();
    assert!(why.contains("pays out"), "{why}");
    assert_eq!(unspent.total(), before);
}

#[test]
fn places_are_checked_and_sort_as_the_chain_does() {
    assert_eq!(pack(1, 2, 3), Some((1 << 32) + (2 << 17) + 3));
    assert_eq!(pack(i32::MAX as u32, (1 << 15) - 1, (1 << 17) - 1), Some(i64::MAX));
    assert_eq!((pack(1 << 31, 0, 0), pack(0, 1 << 15, 0), pack(0, 0, 1 << 17)), (None, None, None));
    assert!(pack(5, 1, 0) > pack(5, 0, 99) && pack(6, 0, 0) > pack(5, 32_000, 0));
}
