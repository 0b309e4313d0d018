//! What a node would check, scripts and the main network's work aside.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::{Block, Network, OutPoint, TxOut};
use headwater_synth::chains::ChainNetwork;

use crate::{Chain, LATE, REGTEST, all};

fn halving(chain: &Chain) -> u32 {
    if chain.options.network == ChainNetwork::Main { 210_000 } else { 150 }
}

#[test]
fn blocks_link_and_commit_to_what_they_hold() {
    for chain in all() {
        let start = chain.options.start_height;
        for (block, height) in chain.blocks.iter().zip(start..) {
            assert!(block.check_merkle_root() && block.check_witness_commitment(), "height {height}");
            assert!(block.weight().to_wu() <= 4_000_000 && block.txdata[0].is_coinbase());
            if height > 16 {
                assert_eq!(block.bip34_block_height().unwrap(), u64::from(height));
            }
        }
        for (index, block) in chain.blocks.iter().enumerate().skip(1) {
            assert_eq!(block.header.prev_blockhash, chain.blocks[index - 1].block_hash());
            let earlier = &chain.blocks[index.saturating_sub(11)..index];
            let mut times: Vec<u32> = earlier.iter().map(|block| block.header.time).collect();
            times.sort_unstable();
            assert!(block.header.time > times[times.len() / 2], "median time at {index}");
        }
        assert_eq!(chain.blocks.len(), chain.summary.blocks as usize);
        assert_eq!(chain.stored.len(), (chain.summary.blocks + chain.summary.stale_blocks) as usize);
    }
    let stored: Vec<_> = LATE.stored.iter().map(Block::block_hash).collect();
    let late = LATE.stored.windows(2).filter(|pair| pair[0].header.prev_blockhash == pair[1].block_hash());
    assert!(late.count() > 0, "some children lie before their parents, among {}", stored.len());
    assert!(all().iter().any(|chain| chain.summary.stale_blocks > 0));
}

#[test]
fn regtest_starts_at_its_genesis_and_proves_its_work() {
    assert_eq!(REGTEST.blocks[0], bitcoin::constants::genesis_block(Network::Regtest));
    for block in &REGTEST.stored {
        block.header.validate_pow(block.header.target()).unwrap();
    }
}

#[test]
fn inputs_spend_ripe_outputs_once_and_coinbases_claim_what_they_may() {
    for chain in all() {
        let mut unspent: BTreeMap<OutPoint, (TxOut, u32)> = BTreeMap::new();
        let (mut transactions, mut inputs, mut outputs, mut same_block) = (0, 0, 0, 0);
        let (mut minted, mut destroyed) = (0, 0);
        for (block, height) in chain.blocks.iter().zip(chain.options.start_height..) {
            let mut fees = 0;
            let mut own = BTreeSet::new();
            for transaction in &block.txdata {
                transactions += 1;
                let mut taken = 0;
                for input in transaction.input.iter().filter(|_| !transaction.is_coinbase()) {
                    inputs += 1;
                    same_block += usize::from(own.contains(&input.previous_output.txid));
                    let (output, ripe) = unspent.remove(&input.previous_output).unwrap();
                    assert!(ripe <= height);
                    taken += output.value.to_sat();
                }
                let given: u64 = transaction.output.iter().map(|output| output.value.to_sat()).sum();
                if !transaction.is_coinbase() {
                    let fee = taken.checked_sub(given).unwrap();
                    assert!(fee > 0 && fee < 2_000_000, "{} pays {fee}", transaction.compute_txid());
                    fees += fee;
                }
                let txid = transaction.compute_txid();
                own.insert(txid);
                let ripe = if transaction.is_coinbase() { height + 100 } else { height };
                for (vout, output) in transaction.output.iter().enumerate() {
                    outputs += 1;
                    let before = unspent.insert(OutPoint::new(txid, vout as u32), (output.clone(), ripe));
                    assert!(before.is_none());
                }
            }
            let claimed: u64 = block.txdata[0].output.iter().map(|output| output.value.to_sat()).sum();
            let subsidy = 5_000_000_000_u64 >> (height / halving(chain));
            assert!(claimed <= subsidy + fees, "height {height}");
            minted += subsidy;
            destroyed += subsidy + fees - claimed;
        }
        let left: u64 = unspent.values().map(|(output, _)| output.value.to_sat()).sum();
        assert_eq!(left + destroyed, minted);
        let summary = &chain.summary;
        assert_eq!((transactions, inputs, outputs), (summary.transactions, summary.inputs, summary.outputs));
        assert!(transactions >= chain.options.transactions && transactions < chain.options.transactions + 50);
        assert!(same_block > 100, "{same_block} inputs spend what their own block made");
    }
}

#[test]
fn spends_show_what_the_script_holds() {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for chain in all() {
        for resolved in chain.resolved() {
            for (input, spent) in resolved.transaction.input.iter().zip(resolved.spent) {
                let script = &spent.script_pubkey;
                let witness = &input.witness;
                let last_push = || {
                    let last = input.script_sig.instructions().last().unwrap().unwrap();
                    last.push_bytes().unwrap().as_bytes().to_vec()
                };
                let key_hash = |key: &[u8]| bitcoin::CompressedPublicKey::from_slice(key).map(|key| key.wpubkey_hash());
                let kind = if script.is_p2wpkh() {
                    if let Ok(hash) = key_hash(&witness[1]) {
                        assert_eq!(*script, bitcoin::ScriptBuf::new_p2wpkh(&hash));
                    }
                    "p2wpkh"
                } else if script.is_p2pkh() {
                    assert_eq!(last_push().len(), 33);
                    "p2pkh"
                } else if script.is_p2sh() {
                    let inner = bitcoin::ScriptBuf::from_bytes(last_push());
                    assert_eq!(*script, bitcoin::ScriptBuf::new_p2sh(&inner.script_hash()));
                    if inner.is_p2wpkh() { "nested" } else { "p2sh multisig" }
                } else if script.is_p2wsh() {
                    let inner = bitcoin::ScriptBuf::from_bytes(witness[3].to_vec());
                    assert_eq!(*script, bitcoin::ScriptBuf::new_p2wsh(&inner.wscript_hash()));
                    "p2wsh"
                } else if script.is_p2tr() {
                    assert_eq!((witness.len(), witness[0].len()), (1, 64));
                    "p2tr"
                } else if script.is_multisig() {
                    "bare multisig"
                } else {
                    "other"
                };
                *kinds.entry(kind).or_default() += 1;
            }
        }
    }
    let expected = ["bare multisig", "nested", "p2pkh", "p2sh multisig", "p2tr", "p2wpkh", "p2wsh"];
    assert_eq!(kinds.keys().copied().collect::<Vec<_>>(), expected, "{kinds:?}");
}
