//! Each planted mix meets the rule that finds its kind, as the reference words it; outputs are the spendable ones.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::{OutPoint, ScriptBuf};

use crate::{Chain, EARLY, LATE, REGTEST, Resolved, all};

const POOLS: [(u64, u64); 4] = [(100_000, 5_000), (1_000_000, 50_000), (5_000_000, 175_000), (50_000_000, 1_750_000)];

impl Resolved<'_> {
    fn ins(&self) -> Vec<u64> {
        self.spent.iter().map(|output| output.value.to_sat()).collect()
    }

    fn outs(&self) -> Vec<u64> {
        let outputs = self.transaction.output.iter().filter(|output| !output.script_pubkey.is_op_return());
        outputs.map(|output| output.value.to_sat()).collect()
    }

    fn in_scripts(&self) -> BTreeSet<&ScriptBuf> {
        self.spent.iter().map(|output| &output.script_pubkey).collect()
    }

    fn out_scripts(&self) -> BTreeSet<&ScriptBuf> {
        self.transaction.output.iter().map(|output| &output.script_pubkey).collect()
    }

    fn all_p2wpkh(&self) -> bool {
        self.in_scripts().iter().chain(&self.out_scripts()).all(|script| script.is_p2wpkh())
    }
}

fn counts(values: &[u64]) -> BTreeMap<u64, usize> {
    let mut counts = BTreeMap::new();
    values.iter().for_each(|value| *counts.entry(*value).or_default() += 1);
    counts
}

/// The value that occurs most often, the larger of equals.
fn top(values: &[u64]) -> (u64, usize) {
    counts(values).into_iter().max_by_key(|(value, count)| (*count, *value)).unwrap()
}

/// Rule 1, GraphSense's with the upper bound 10; 1 to n − 1 fresh inputs.
fn is_whirlpool(mix: &Resolved<'_>) -> bool {
    let (ins, outs) = (mix.ins(), mix.outs());
    let size = outs[0];
    let fresh: Vec<u64> = ins.iter().map(|value| value - size).filter(|more| *more > 0).collect();
    (5..=10).contains(&ins.len())
        && ins.len() == outs.len()
        && mix.in_scripts().len() == ins.len()
        && mix.out_scripts().len() == outs.len()
        && mix.all_p2wpkh()
        && POOLS.iter().any(|(pool, _)| *pool == size)
        && outs.iter().all(|value| *value == size)
        && (1..ins.len()).contains(&fresh.len())
        && (ins.len() > 8 || fresh.len() <= 4)
        && fresh.iter().all(|more| (100..=110_000).contains(more))
}

/// The rule of a Tx0 for one pool.
fn is_tx0(transaction: &Resolved<'_>, (size, fee): (u64, u64)) -> bool {
    let memos = transaction.transaction.output.iter().filter(|output| output.script_pubkey.is_op_return());
    let outs = transaction.outs();
    let cut: Vec<u64> = outs.iter().copied().filter(|value| (size + 100..=size + 110_000).contains(value)).collect();
    memos.count() == 1
        && !cut.is_empty()
        && (1..=70).contains(&top(&cut).1)
        && top(&cut).1 + 2 >= outs.len()
        && outs.iter().filter(|value| (fee / 2..=3 * fee).contains(*value)).count() == 1
}

/// Rule 2.
fn is_strong_wasabi2(round: &Resolved<'_>) -> bool {
    let bases = [(1_u64, 2_u64), (1, 3), (2, 3), (1, 10), (2, 10), (5, 10)];
    let standard = |value: u64| {
        (5_000..=134_375_000_000).contains(&value)
            && bases.iter().any(|(factor, base)| {
                let mut power = *factor;
                while power < value {
                    power *= base;
                }
                power == value
            })
    };
    let (ins, outs) = (round.ins(), round.outs());
    let known = outs.iter().filter(|value| standard(**value)).count();
    ins.len() >= 50
        && round.in_scripts().iter().all(|script| script.is_p2wpkh() || script.is_p2tr())
        && ins.is_sorted_by(|left, right| left >= right)
        && outs.is_sorted_by(|left, right| left >= right)
        && known * 100 > outs.len() * 80
}

/// Rule 5.
fn is_wasabi1(round: &Resolved<'_>) -> bool {
    let outs = round.outs();
    let (value, count) = top(&outs);
    round.all_p2wpkh()
        && count >= 10
        && round.ins().len() >= count
        && value.abs_diff(10_000_000) <= 2_000_000
        && counts(&outs).values().filter(|count| **count == 1).count() >= 2
}

/// Rule 7.
fn is_joinmarket(round: &Resolved<'_>) -> bool {
    let (ins, outs) = (round.ins(), round.outs());
    let (value, count) = top(&outs);
    value > 2_730
        && 2 * count >= outs.len()
        && (3..=round.in_scripts().len()).contains(&count)
        && round.out_scripts().len() == round.transaction.output.len()
        && outs.iter().any(|other| *other != value)
        && (ins.len() < 50 || ins.len() <= 20 * count && 10 * outs.len() >= 17 * count)
}

/// Asserts that a chain has so many of a kind and that a rule holds for all of them.
fn each(chain: &Chain, kind: &str, fewest: usize, rule: impl Fn(&Resolved<'_>) -> bool) {
    let found = chain.of_kind(kind);
    assert!(found.len() >= fewest, "{} {kind}", found.len());
    for one in &found {
        assert!(rule(one), "{kind} at {}: {}", one.height, one.txid);
    }
}

#[test]
fn every_planted_mix_meets_the_rule_of_its_kind() {
    for chain in all() {
        each(chain, "whirlpool", 15, is_whirlpool);
        each(chain, "tx0", 10, |tx0| POOLS.iter().any(|pool| is_tx0(tx0, *pool)));
        each(chain, "wasabi1", 2, is_wasabi1);
        each(chain, "joinmarket", 8, is_joinmarket);
    }
    each(&LATE, "wasabi2", 4, is_strong_wasabi2);
    each(&REGTEST, "wasabi2", 1, is_strong_wasabi2);
    assert_eq!(EARLY.of_kind("wasabi2").len(), 0, "not before 741,213");
}

#[test]
fn early_wasabi_rounds_pay_the_known_coordinator() {
    let known = ["bc1qs604c7jv6amk4cxqlnvuxv26hv3e48cds4m0ew", "bc1qa24tsgchvuxsaccp8vrnkfd85hrcpafg20kmjw"];
    let known: Vec<ScriptBuf> = known
        .iter()
        .map(|text| text.parse::<bitcoin::Address<_>>().unwrap().assume_checked().script_pubkey())
        .collect();
    let pays = |round: &Resolved<'_>| {
        known.iter().any(|script| round.out_scripts().contains(script)) && top(&round.outs()).1 > 2
    };
    each(&EARLY, "wasabi1", 2, pays);
    each(&LATE, "wasabi1", 2, |round| !pays(round));
    for script in &known {
        assert!(EARLY.truth.wallets.get(script).is_none_or(|(_, holder)| holder == "coordinator"));
    }
}

#[test]
fn whirlpool_coins_have_a_lineage() {
    for chain in all() {
        let mut makers: BTreeMap<OutPoint, &str> = BTreeMap::new();
        let mut lineage: BTreeMap<(bool, &str), usize> = BTreeMap::new();
        for resolved in chain.resolved() {
            if resolved.kind == "whirlpool" {
                let size = resolved.outs()[0];
                for (input, value) in resolved.transaction.input.iter().zip(resolved.ins()) {
                    *lineage.entry((value > size, makers[&input.previous_output])).or_default() += 1;
                }
            }
            let txid = resolved.txid;
            for vout in 0..resolved.transaction.output.len() {
                makers.insert(OutPoint::new(txid, vout as u32), resolved.kind);
            }
        }
        let expected = [(false, "pool_seed"), (false, "whirlpool"), (true, "tx0")];
        assert_eq!(lineage.keys().copied().collect::<Vec<_>>(), expected, "{lineage:?}");
        assert!(lineage[&expected[1]] > lineage[&expected[0]] && lineage[&expected[2]] > 20, "{lineage:?}");
    }
}

#[test]
fn innocent_transactions_are_not_mixes() {
    for chain in all() {
        for resolved in chain.resolved() {
            let kind = resolved.kind;
            let rules: [(&str, bool); 3] = [
                ("whirlpool", is_whirlpool_shaped(&resolved)),
                ("wasabi2", is_strong_wasabi2(&resolved)),
                ("wasabi1", is_wasabi1(&resolved)),
            ];
            for (rule, hit) in rules {
                assert!(!hit || rule == kind, "{rule} takes a {kind} for its own");
            }
        }
    }
}

/// The same, for transactions of which nothing is known yet.
fn is_whirlpool_shaped(transaction: &Resolved<'_>) -> bool {
    let (ins, outs) = (transaction.ins(), transaction.outs());
    outs.first().is_some_and(|size| ins.iter().all(|value| value >= size)) && is_whirlpool(transaction)
}
