//! The block file, decoded with the `bitcoin` crate.

use std::collections::BTreeMap;
use std::fs;

use bitcoin::consensus::encode::deserialize_partial;
use bitcoin::{Address, Block, BlockHash, Network, OutPoint, ScriptBuf, TxOut};

use crate::{Scheme, WORLD, property};

fn stored() -> Vec<Block> {
    let folder = WORLD.folder.join("bitcoin/blocks");
    let key = fs::read(folder.join("xor.dat")).unwrap();
    assert!(key.len() == 8 && key.iter().any(|byte| *byte != 0));
    let mut bytes = fs::read(folder.join("blk00000.dat")).unwrap();
    bytes.iter_mut().zip(key.iter().cycle()).for_each(|(byte, mask)| *byte ^= mask);
    let mut blocks = Vec::new();
    let mut rest = bytes.as_slice();
    while !rest.is_empty() {
        assert_eq!(rest[..4], [0xfa, 0xbf, 0xb5, 0xda]);
        let size = u32::from_le_bytes(rest[4..8].try_into().unwrap()) as usize;
        let (block, used) = deserialize_partial::<Block>(&rest[8..8 + size]).unwrap();
        assert_eq!(used, size);
        blocks.push(block);
        rest = &rest[8 + size..];
    }
    blocks
}

/// The longest chain, genesis first.
fn chain() -> Vec<Block> {
    let by_hash: BTreeMap<BlockHash, Block> = stored().into_iter().map(|block| (block.block_hash(), block)).collect();
    let path = |tip: &Block| {
        let mut path = vec![tip.clone()];
        while let Some(parent) = by_hash.get(&path[path.len() - 1].header.prev_blockhash) {
            path.push(parent.clone());
        }
        path.reverse();
        path
    };
    by_hash.values().map(path).max_by_key(Vec::len).unwrap()
}

#[test]
fn blocks_link_and_prove_their_work() {
    let stored = stored();
    let hashes: Vec<BlockHash> = stored.iter().map(Block::block_hash).collect();
    let disorder = stored.iter().enumerate().filter(|(place, block)| {
        hashes.iter().position(|hash| *hash == block.header.prev_blockhash).is_some_and(|parent| parent > *place)
    });
    assert!(disorder.count() >= 3, "some children lie before their parents");
    let chain = chain();
    assert_eq!((stored.len(), chain.len()), (301, 300), "one block is stale");
    assert_eq!(chain[0], bitcoin::constants::genesis_block(Network::Regtest));
    for (height, block) in chain.iter().enumerate().skip(1) {
        assert!(block.check_merkle_root() && block.check_witness_commitment(), "height {height}");
        block.header.validate_pow(block.header.target()).unwrap();
        if height > 16 {
            assert_eq!(block.bip34_block_height().unwrap(), height as u64);
        }
        let mut times: Vec<u32> =
            chain[height.saturating_sub(11)..height].iter().map(|block| block.header.time).collect();
        times.sort_unstable();
        assert!(block.header.time > times[times.len() / 2], "median time at {height}");
    }
}

#[test]
fn inputs_spend_ripe_outputs_once_and_coinbases_claim_what_they_may() {
    let mut unspent: BTreeMap<OutPoint, (TxOut, usize)> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut transactions = 0;
    for (height, block) in chain().iter().enumerate() {
        let mut fees = 0;
        for transaction in &block.txdata {
            transactions += 1;
            let mut taken = 0;
            for input in transaction.input.iter().filter(|_| !transaction.is_coinbase()) {
                let (output, ripe) = unspent.remove(&input.previous_output).unwrap();
                assert!(ripe <= height);
                taken += output.value.to_sat();
            }
            let given: u64 = transaction.output.iter().map(|output| output.value.to_sat()).sum();
            if !transaction.is_coinbase() {
                fees += taken.checked_sub(given).unwrap();
            }
            let ripe = if transaction.is_coinbase() { height + 100 } else { height };
            for (index, output) in transaction.output.iter().enumerate() {
                *kinds.entry(kind(&output.script_pubkey)).or_default() += 1;
                unspent.insert(OutPoint::new(transaction.compute_txid(), index as u32), (output.clone(), ripe));
            }
        }
        let claimed: u64 = block.txdata[0].output.iter().map(|output| output.value.to_sat()).sum();
        assert!(claimed <= (5_000_000_000 >> (height / 150)) + fees, "height {height}");
    }
    assert!((1_000..1_700).contains(&transactions), "{transactions}");
    assert_eq!(kinds.len(), 7, "{kinds:?}");
    assert_eq!(kinds.get("other"), Some(&1), "only the genesis block pays to a bare key: {kinds:?}");
}

fn kind(script: &ScriptBuf) -> &'static str {
    match script {
        script if script.is_p2pkh() => "p2pkh",
        script if script.is_p2wpkh() => "p2wpkh",
        script if script.is_p2sh() => "p2sh",
        script if script.is_p2tr() => "p2tr",
        script if script.is_multisig() => "multisig",
        script if script.is_op_return() => "op_return",
        _ => "other",
    }
}

/// Whether value flows from a subject's address to the listed wallet in at most three transactions.
pub(crate) fn reaches_listed(scheme: &Scheme) -> bool {
    let listed: Vec<&str> = WORLD
        .entities
        .iter()
        .filter(|entity| property(entity, "topics").contains(&"sanction"))
        .map(|entity| entity["id"].as_str().unwrap())
        .collect();
    let wallets: Vec<&str> = WORLD
        .entities
        .iter()
        .filter(|entity| property(entity, "holder").iter().any(|holder| listed.contains(holder)))
        .flat_map(|entity| property(entity, "publicKey"))
        .collect();
    let mut owners: BTreeMap<OutPoint, String> = BTreeMap::new();
    let mut reached: Vec<(String, u32)> = vec![(scheme.subject.clone(), 0)];
    for transaction in chain().iter().flat_map(|block| &block.txdata) {
        let payers = transaction.input.iter().filter_map(|input| owners.get(&input.previous_output));
        let hops =
            payers.filter_map(|payer| reached.iter().find(|(owner, _)| owner == payer)).map(|(_, hops)| *hops).min();
        for (index, output) in transaction.output.iter().enumerate() {
            let Ok(address) = Address::from_script(&output.script_pubkey, Network::Regtest) else { continue };
            let address = address.to_string();
            if let Some(hops) = hops.filter(|hops| *hops < 3) {
                if wallets.contains(&address.as_str()) {
                    return scheme.references.contains(&transaction.compute_txid().to_string());
                }
                if !reached.iter().any(|(owner, _)| *owner == address) {
                    reached.push((address.clone(), hops + 1));
                }
            }
            owners.insert(OutPoint::new(transaction.compute_txid(), index as u32), address);
        }
    }
    false
}
