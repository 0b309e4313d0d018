//! Every number of a block against the `bitcoin` crate, which parses by other means.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::Block;
use bitcoin::consensus::deserialize;

use super::{BLOCKS, INPUTS, OUTPUTS, Source, TRANSACTIONS, TRANSFERS, first_blocks, folder, record};
use crate::testing::data;

const RAW: [(&str, &str, i64); 5] = [
    ("bitcoin/block300025.raw", "main", 300_025),
    ("bitcoin/mainnet-481829.raw", "main", 481_829),
    ("bitcoin/mainnet-2021-09-30.raw", "main", 702_861),
    ("bitcoin/block928831.raw", "testnet3", 928_831),
    ("bitcoin/block928848.raw", "testnet3", 928_848),
];

/// Compares every row of a source, in order, with the blocks it should hold.
fn agrees(source: &Source, blocks: &[Block], first_height: i64) {
    let transactions: Vec<_> = blocks.iter().flat_map(|block| &block.txdata).collect();
    let hashes: Vec<_> = blocks.iter().map(|block| Some(block.block_hash().to_string())).collect();
    assert_eq!(source.texts(BLOCKS, "hash")[..blocks.len()], hashes);
    for (column, number) in [
        ("time", (|block: &Block| i64::from(block.header.time) * 1_000_000) as fn(&Block) -> i64),
        ("bits", |block| i64::from(block.header.bits.to_consensus())),
        ("nonce", |block| i64::from(block.header.nonce)),
        ("version", |block| i64::from(block.header.version.to_consensus())),
        ("size", |block| block.total_size() as i64),
        ("weight", |block| block.weight().to_wu() as i64),
        ("tx_count", |block| block.txdata.len() as i64),
    ] {
        let expected: Vec<_> = blocks.iter().map(|block| Some(number(block))).collect();
        assert_eq!(source.numbers(BLOCKS, column)[..blocks.len()], expected, "{column}");
    }

    let txids: Vec<_> = transactions.iter().map(|transaction| Some(transaction.compute_txid().to_string())).collect();
    assert_eq!(source.texts(TRANSACTIONS, "txid"), txids);
    for (column, number) in [
        (
            "size",
            (|transaction: &bitcoin::Transaction| transaction.total_size() as i64) as fn(&bitcoin::Transaction) -> i64,
        ),
        ("weight", |transaction| transaction.weight().to_wu() as i64),
        ("version", |transaction| i64::from(transaction.version.0.cast_unsigned())),
        ("locktime", |transaction| i64::from(transaction.lock_time.to_consensus_u32())),
        ("input_count", |transaction| transaction.input.len() as i64),
        ("output_count", |transaction| transaction.output.len() as i64),
        ("output_value", |transaction| transaction.output.iter().map(|output| output.value.to_sat() as i64).sum()),
    ] {
        let expected: Vec<_> = transactions.iter().map(|transaction| Some(number(transaction))).collect();
        assert_eq!(source.numbers(TRANSACTIONS, column), expected, "{column}");
    }
    let coinbases: Vec<_> = transactions.iter().map(|transaction| transaction.is_coinbase()).collect();
    assert_eq!(source.flags(TRANSACTIONS, "is_coinbase"), coinbases);

    let (mut tx_ids, mut txos, mut txis) = (Vec::new(), Vec::new(), Vec::new());
    for (height, block) in (first_height..).zip(blocks) {
        for (index, transaction) in block.txdata.iter().enumerate() {
            let tx_id = height << 32 | (index as i64) << 17;
            tx_ids.push(Some(tx_id));
            txos.extend((0..transaction.output.len() as i64).map(|vout| Some(tx_id + vout)));
            txis.extend((0..transaction.input.len() as i64).map(|vin| Some(tx_id + vin)));
        }
    }
    assert_eq!(source.numbers(TRANSACTIONS, "tx_id"), tx_ids);
    assert_eq!(source.numbers(OUTPUTS, "txo"), txos);
    assert_eq!(source.numbers(INPUTS, "txi"), txis);

    let outputs: Vec<_> = transactions.iter().flat_map(|transaction| &transaction.output).collect();
    let values: Vec<_> = outputs.iter().map(|output| Some(output.value.to_sat() as i64)).collect();
    assert_eq!(source.numbers(OUTPUTS, "value"), values);
    let scripts: Vec<_> = outputs.iter().map(|output| Some(output.script_pubkey.to_bytes())).collect();
    assert_eq!(source.bytes(OUTPUTS, "script"), scripts);

    let inputs: Vec<_> = transactions.iter().flat_map(|transaction| &transaction.input).collect();
    let spent: Vec<_> =
        inputs.iter().map(|input| Some(input.previous_output).filter(|place| !place.is_null())).collect();
    let txids: Vec<_> = spent.iter().map(|place| place.map(|place| place.txid.to_string())).collect();
    assert_eq!(source.texts(INPUTS, "prev_txid"), txids);
    let vouts: Vec<_> = spent.iter().map(|place| place.map(|place| i64::from(place.vout))).collect();
    assert_eq!(source.numbers(INPUTS, "prev_vout"), vouts);
    let sequences: Vec<_> = inputs.iter().map(|input| Some(i64::from(input.sequence.0))).collect();
    assert_eq!(source.numbers(INPUTS, "sequence"), sequences);
    let witnesses: Vec<_> = inputs.iter().map(|input| !input.witness.is_empty()).collect();
    assert_eq!(source.flags(INPUTS, "has_witness"), witnesses);
    let sighashes: Vec<_> = inputs.iter().map(|input| sighash(input)).collect();
    assert_eq!(source.numbers(INPUTS, "sighash"), sighashes);
}

/// The flags of the first signature, as the `bitcoin` crate reads scripts, witnesses and signatures.
fn sighash(input: &bitcoin::TxIn) -> Option<i64> {
    if input.previous_output.is_null() {
        return None;
    }
    let ecdsa = |bytes: &[u8]| {
        // The crate refuses flags nobody uses, but old blocks have them: what is asked of it is the shape.
        let (flags, signature) = bytes.split_last()?;
        bitcoin::secp256k1::ecdsa::Signature::from_der(signature).ok().map(|_| i64::from(*flags))
    };
    let pushes = input.script_sig.instructions().map_while(Result::ok);
    let mut pushes = pushes.filter_map(|instruction| instruction.push_bytes().map(|bytes| bytes.as_bytes().to_vec()));
    if let Some(flags) = pushes.find_map(|bytes| ecdsa(&bytes)) {
        return Some(flags);
    }
    let schnorr = |bytes: &[u8]| {
        let signature = bitcoin::taproot::Signature::from_slice(bytes).ok()?;
        Some(i64::from(signature.sighash_type as u8))
    };
    let witness = &input.witness;
    let mut items: Vec<_> = witness.iter().collect();
    if witness.taproot_annex().is_some() {
        items.pop();
    }
    if let [only] = items.as_slice() {
        return schnorr(only);
    }
    if witness.taproot_control_block().is_some_and(|block| {
        bitcoin::taproot::ControlBlock::decode(block)
            .is_ok_and(|block| block.leaf_version == bitcoin::taproot::LeafVersion::TapScript)
    }) {
        items.truncate(items.len() - 2);
        return items.into_iter().find_map(schnorr);
    }
    items.into_iter().find_map(ecdsa)
}

#[test]
fn raw_blocks_agree_with_the_bitcoin_crate() {
    for (name, network, height) in RAW {
        let Some(path) = data(name) else { continue };
        let block: Block = deserialize(&std::fs::read(&path).unwrap()).unwrap();
        let source = Source::read(&path, &[network]).unwrap();
        assert_eq!(source.errors(), [""; 0], "{name}");
        assert_eq!(source.numbers(BLOCKS, "height"), [Some(height)], "{name}");
        agrees(&source, &[block], height);
    }
}

#[test]
fn the_first_blocks_agree_with_the_bitcoin_crate() {
    let Some(blocks) = first_blocks(4_313) else { return };
    let source = Source::read(&data(super::PREFIX).unwrap(), &[]).unwrap();
    let blocks: Vec<Block> = blocks.iter().map(|block| deserialize(block).unwrap()).collect();
    agrees(&source, &blocks, 0);
}

#[test]
fn a_block_alone_has_no_prevouts_but_those_it_made_itself() {
    let Some(path) = data("bitcoin/mainnet-481829.raw") else { return };
    let block: Block = deserialize(&std::fs::read(&path).unwrap()).unwrap();
    let source = Source::read(&path, &[]).unwrap();
    let made: BTreeMap<_, _> = block.txdata.iter().map(|made| (made.compute_txid(), made)).collect();
    let inputs = || block.txdata.iter().skip(1).flat_map(|transaction| &transaction.input);
    let inside = inputs().filter(|input| made.contains_key(&input.previous_output.txid)).count();
    assert!(inside > 0);
    let resolved = source.numbers(INPUTS, "prev_value").into_iter().flatten().count();
    assert_eq!(resolved, inside);
    assert_eq!(source.sum(BLOCKS, "unresolved_prevouts"), (inputs().count() - inside) as i64);
    // A transaction has transfers if all it spends is here and some script comes out with more than it went in with.
    let output = |place: &bitcoin::OutPoint| made.get(&place.txid)?.output.get(place.vout as usize);
    let mut expected = BTreeSet::new();
    for transaction in &block.txdata {
        let spent: Option<Vec<_>> = transaction.input.iter().map(|input| output(&input.previous_output)).collect();
        let spent = if transaction.is_coinbase() { Some(Vec::new()) } else { spent };
        let Some(spent) = spent else { continue };
        let mut net: BTreeMap<_, i64> = BTreeMap::new();
        for output in &transaction.output {
            *net.entry(&output.script_pubkey).or_default() += output.value.to_sat() as i64;
        }
        for output in spent {
            *net.entry(&output.script_pubkey).or_default() -= output.value.to_sat() as i64;
        }
        if net.values().any(|net| *net > 0) {
            expected.insert(transaction.compute_txid().to_string());
        }
    }
    let found: BTreeSet<_> = source.texts(TRANSFERS, "txid").into_iter().flatten().collect();
    assert_eq!(found, expected);
}

#[test]
fn unconnected_blocks_of_one_file_each_find_their_height() {
    let (Some(one), Some(two)) = (data(RAW[1].0), data(RAW[2].0)) else { return };
    let bytes = [record(&std::fs::read(two).unwrap()), record(&std::fs::read(one).unwrap())].concat();
    let (_guard, folder) = folder(&[("blk00000.dat", &bytes)]);
    let source = Source::read(&folder, &["", "", "missing=allow"]).unwrap();
    assert_eq!(source.numbers(BLOCKS, "height"), [Some(RAW[1].2), Some(RAW[2].2)]);
    assert_eq!(source.numbers(BLOCKS, "position"), [Some(2), Some(1)]);
}
