//! The truth agrees with the chain.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::{OutPoint, TxOut};

use crate::{LATE, all};

#[test]
fn every_transaction_is_labelled_and_its_payers_own_its_inputs() {
    for chain in all() {
        let mut seen = 0;
        for (block, height) in chain.blocks.iter().zip(chain.options.start_height..) {
            for transaction in &block.txdata {
                let labelled = &chain.truth.transactions[&transaction.compute_txid()];
                assert_eq!((labelled.height, labelled.kind == "coinbase"), (height, transaction.is_coinbase()));
                seen += 1;
            }
        }
        assert_eq!(seen, chain.truth.transactions.len());
        for resolved in chain.resolved() {
            let owners: BTreeSet<u32> =
                resolved.spent.iter().map(|output| chain.owner(&output.script_pubkey).unwrap()).collect();
            let labelled = &chain.truth.transactions[&resolved.txid];
            assert_eq!(labelled.payers, owners.into_iter().collect::<Vec<_>>());
            let mixed = ["whirlpool", "wasabi1", "wasabi2", "joinmarket"].contains(&resolved.kind);
            match labelled.payers.len() {
                1 => assert!(!mixed),
                2 => assert!(resolved.kind == "payjoin"),
                _ => assert!(mixed, "{}", resolved.kind),
            }
        }
    }
}

#[test]
fn every_script_that_can_be_spent_has_an_owner() {
    for chain in all() {
        let genesis = (chain.options.start_height == 0).then(|| &chain.blocks[0]);
        for block in chain.blocks.iter().filter(|block| Some(*block) != genesis) {
            for output in block.txdata.iter().flat_map(|transaction| &transaction.output) {
                let owned = chain.owner(&output.script_pubkey).is_some();
                assert_eq!(owned, !output.script_pubkey.is_op_return());
            }
        }
        assert!(chain.truth.wallets.len() as u64 >= chain.summary.scripts);
    }
}

#[test]
fn change_goes_back_to_who_paid() {
    for chain in all() {
        let change: BTreeSet<OutPoint> = chain.truth.change.iter().copied().collect();
        assert_eq!(change.len(), chain.truth.change.len());
        let (mut missed, mut listed) = (0, 0);
        for resolved in chain.resolved() {
            let txid = resolved.txid;
            let payers = &chain.truth.transactions[&txid].payers;
            let back = |output: &TxOut| chain.owner(&output.script_pubkey).is_some_and(|owner| payers.contains(&owner));
            for (vout, output) in resolved.transaction.output.iter().enumerate() {
                let point = OutPoint::new(txid, vout as u32);
                if change.contains(&point) {
                    listed += 1;
                    assert!(back(output), "{} {point}", resolved.kind);
                } else if payers.len() == 1 && back(output) {
                    missed += 1;
                }
            }
        }
        assert_eq!(listed, change.len());
        // People now and then pay themselves without knowing it: dust to an old script, a draw that fell on the payer.
        assert!(missed * 100 < listed, "{missed} of {listed}");
    }
}

#[test]
fn people_live_as_people_do() {
    let count = |kind: &str| LATE.truth.transactions.values().filter(|labelled| labelled.kind == kind).count();
    for kind in headwater_synth::chains::TransactionKind::ALL {
        assert!(count(kind.name()) > 0, "no {}", kind.name());
        let told = LATE.summary.kinds.iter().find(|(other, _)| other == kind).unwrap().1;
        assert_eq!(count(kind.name()) as u64, told, "{}", kind.name());
    }
    // Some sweep addresses they received on more than once; most never do.
    let mut received: BTreeMap<&bitcoin::ScriptBuf, usize> = BTreeMap::new();
    let resolved = LATE.resolved();
    let outputs = resolved.iter().flat_map(|resolved| &resolved.transaction.output);
    outputs.for_each(|output| *received.entry(&output.script_pubkey).or_default() += 1);
    let again = received.values().filter(|count| **count > 1).count();
    assert!(again * 50 > received.len() && again * 3 < received.len(), "{again} of {}", received.len());
    // Programs differ in what fingerprints look at.
    let distinct = |trait_of: &dyn Fn(&bitcoin::Transaction) -> u32| {
        resolved.iter().map(|resolved| trait_of(resolved.transaction)).collect::<BTreeSet<_>>().len()
    };
    assert_eq!(distinct(&|transaction| transaction.version.0 as u32), 2);
    assert_eq!(distinct(&|transaction| transaction.input[0].sequence.0), 3);
    assert!(distinct(&|transaction| transaction.lock_time.to_consensus_u32()) > 20);
    let sniped =
        resolved.iter().filter(|resolved| resolved.transaction.lock_time.to_consensus_u32() == resolved.height - 1);
    assert!(sniped.count() * 10 > resolved.len());
}

#[test]
fn peels_are_long_and_ransoms_end_at_exchanges() {
    let resolved = LATE.resolved();
    let peels: Vec<_> = resolved.iter().filter(|resolved| resolved.kind.ends_with("peel")).collect();
    assert!(peels.iter().all(|peel| peel.spent.len() == 1 && peel.transaction.output.len() <= 2));
    // The longest row of hops in which each spends what the one before left over.
    let mut hops: BTreeMap<OutPoint, usize> = BTreeMap::new();
    for peel in &peels {
        let before = hops.get(&peel.transaction.input[0].previous_output).copied().unwrap_or_default();
        for vout in 0..peel.transaction.output.len() {
            hops.insert(OutPoint::new(peel.txid, vout as u32), before + 1);
        }
    }
    assert!(hops.values().max().unwrap() >= &20, "{:?}", hops.values().max());
    let ransom: Vec<_> = resolved.iter().filter(|resolved| resolved.kind == "ransom_cashout").collect();
    assert!(ransom.iter().all(|cashout| {
        let owner = &LATE.truth.wallets[&cashout.transaction.output[0].script_pubkey].1;
        owner == "exchange_deposit" && cashout.spent.len() > 1
    }));
}
