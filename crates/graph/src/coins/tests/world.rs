//! Small random chains: few satoshis, so that ties, coins without value, transactions without outputs and spends within
//! a block are the rule; or many, so that products need 128 bits.

use std::ops::Range;

use proptest::prelude::*;

use crate::coins::{Coins, Columns, NULL, Subsidy};

/// What the blocks of a small chain mint.
pub(crate) const SMALL: Subsidy = Subsidy { first: 12, halving: 3, below_height: 32 };
/// What those of a large one mint.
pub(crate) const LARGE: Subsidy = Subsidy { first: 700_000_000_000_000, halving: 3, below_height: 32 };

/// One transaction. Its inputs name a transaction by its place, and an output of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Transaction {
    pub(crate) id: i64,
    pub(crate) coinbase: bool,
    pub(crate) inputs: Vec<(usize, usize)>,
    pub(crate) outputs: Vec<Output>,
}

/// One output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Output {
    pub(crate) value: i64,
    pub(crate) account: Option<i64>,
    pub(crate) unspendable: bool,
}

/// A whole chain, in chain order.
#[derive(Debug, Clone)]
pub(crate) struct World(pub(crate) Vec<Transaction>);

impl World {
    pub(crate) fn value(&self, (transaction, output): (usize, usize)) -> i64 {
        self.0[transaction].outputs[output].value
    }

    pub(crate) fn fee(&self, transaction: usize) -> i64 {
        let one = &self.0[transaction];
        let taken: i64 = one.inputs.iter().map(|input| self.value(*input)).sum();
        if one.coinbase { 0 } else { taken - one.outputs.iter().map(|output| output.value).sum::<i64>() }
    }

    /// Every output, in order.
    pub(crate) fn outputs(&self) -> Vec<(usize, usize)> {
        let of = |(place, one): (usize, &Transaction)| (0..one.outputs.len()).map(move |output| (place, output));
        self.0.iter().enumerate().flat_map(of).collect()
    }

    pub(crate) fn txo(&self, (transaction, output): (usize, usize)) -> i64 {
        self.0[transaction].id + output as i64
    }

    /// The columns of those transactions that are kept.
    pub(crate) fn columns(&self, whole: bool, keeps: impl Fn(usize) -> bool) -> Columns {
        let mut columns = Columns { first_input: vec![0], first_output: vec![0], whole, ..Columns::default() };
        let (mut accounts, mut unspendable) = (Vec::new(), Vec::new());
        for (_, one) in self.0.iter().enumerate().filter(|(place, _)| keeps(*place)) {
            columns.transaction.push(one.id);
            columns.coinbase.push(one.coinbase);
            for input in &one.inputs {
                columns.prev_txo.push(self.txo(*input));
                columns.prev_value.push(self.value(*input));
            }
            for output in &one.outputs {
                columns.value.push(output.value);
                accounts.push(output.account.unwrap_or(NULL));
                unspendable.push(output.unspendable);
            }
            columns.first_input.push(columns.prev_txo.len() as u32);
            columns.first_output.push(columns.value.len() as u32);
        }
        Columns { account: Some(accounts), unspendable: Some(unspendable), ..columns }
    }

    pub(crate) fn coins(&self) -> Coins {
        Coins::build(self.columns(true, |_| true)).unwrap()
    }
}

/// What one transaction is made from: whether a block begins, which unspent coins it takes, where the sum is cut, and
/// about its outputs.
type Recipe = (bool, Vec<u16>, Vec<u16>, u8);

/// Cuts a sum into outputs; what lies behind the last cut is left.
fn cut(sum: i64, cuts: &[u16], about: u8) -> Vec<Output> {
    let mut points: Vec<i64> =
        cuts.iter().map(|cut| (i128::from(sum) * i128::from(*cut) / i128::from(u16::MAX)) as i64).collect();
    points.sort_unstable();
    let mut before = 0;
    let outputs = points.into_iter().enumerate().map(|(place, point)| {
        let value = point - std::mem::replace(&mut before, point);
        let account = Some(i64::from(about >> 2) % 5 + place as i64 % 2).filter(|account| *account > 0);
        Output { value, account, unspendable: about % 16 == 15 && place == 0 }
    });
    outputs.collect()
}

fn chain(recipes: Vec<Recipe>, subsidy: Subsidy) -> World {
    let mut world = World(Vec::new());
    let mut unspent: Vec<(usize, usize)> = Vec::new();
    let blocks = recipes.chunk_by(|_, next| !next.0);
    for (height, block) in blocks.enumerate() {
        let base = world.0.len();
        let id = |place: usize| ((height as i64) << 32) + ((place as i64) << 17);
        world.0.push(Transaction { id: id(0), coinbase: true, inputs: vec![], outputs: vec![] });
        for (_, takes, cuts, about) in block {
            let mut inputs = Vec::new();
            for take in takes {
                if !unspent.is_empty() {
                    inputs.push(unspent.swap_remove(usize::from(*take) % unspent.len()));
                }
            }
            if inputs.is_empty() {
                continue;
            }
            let place = world.0.len();
            let sum = inputs.iter().map(|input| world.value(*input)).sum();
            let outputs = cut(sum, cuts, *about);
            unspent.extend(
                (0..outputs.len()).filter(|output| !outputs[*output].unspendable).map(|output| (place, output)),
            );
            world.0.push(Transaction { id: id(place - base), coinbase: false, inputs, outputs });
        }
        let fees: i64 = (base + 1..world.0.len()).map(|place| world.fee(place)).sum();
        let minted = subsidy.of(id(0)) + fees;
        let mut claims = block[0].2.clone();
        // Most claim all there is.
        if block[0].3 % 4 != 0 {
            claims.push(u16::MAX);
        }
        world.0[base].outputs = cut(minted, &claims, 0);
        unspent.extend((0..world.0[base].outputs.len()).map(|output| (base, output)));
    }
    world
}

/// A chain of up to so many transactions beside the coinbases.
pub(crate) fn worlds(most: usize, subsidy: Subsidy) -> impl Strategy<Value = World> {
    prop::collection::vec(recipe(1..4, 0..4), 1..most).prop_map(move |recipes| chain(recipes, subsidy))
}

/// A chain most of whose transactions have one input and two outputs.
pub(crate) fn peeling(most: usize, subsidy: Subsidy) -> impl Strategy<Value = World> {
    let recipe = prop_oneof![6 => recipe(1..2, 2..3), 1 => recipe(1..4, 0..4)];
    prop::collection::vec(recipe, 1..most).prop_map(move |recipes| chain(recipes, subsidy))
}

fn recipe(takes: Range<usize>, cuts: Range<usize>) -> impl Strategy<Value = Recipe> {
    // Cuts at thirds and halves among others, so that equal values are common.
    let point = prop_oneof![Just(u16::MAX), Just(u16::MAX / 2), Just(u16::MAX / 3), any::<u16>()];
    let block = prop::bool::weighted(0.3);
    (block, prop::collection::vec(any::<u16>(), takes), prop::collection::vec(point, cuts), any::<u8>())
}
