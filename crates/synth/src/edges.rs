//! Transfers as bare columns, for benches of graph algorithms: millions of them, in the shape of a bank's book or rich in
//! cycles.
//!
//! Accounts are a tenth of the transfers. Activity falls as rank to the power −3/4, with a ranking for paying and another
//! for receiving; in the cycle-rich shape three accounts in ten have one rank for both, so that hubs that receive also
//! pay. Pairs are drawn first, seven times fewer than transfers and each with a weight of Pareto's law of exponent 3/2,
//! because real books repeat the same pairs; then every transfer draws a pair. Times are uniform over ten days, to the minute, so that ties
//! are common; amounts are close to log-normal, in cents.
//!
//! Powers are roots and exponentials are repeated squares: the same columns on every machine.

use crate::random::{Dice, Stream};

/// Microseconds in a minute, and minutes in ten days.
const MINUTE: i64 = 60_000_000;
const MINUTES: i64 = 10 * 1_440;

/// What the graph looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeShape {
    /// Paying and receiving hubs differ: few cycles.
    Bank,
    /// Hubs both pay and receive: many.
    CycleRich,
}

/// Transfers, by time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edges {
    /// 64-bit account keys.
    pub src: Vec<i64>,
    /// 64-bit account keys.
    pub dst: Vec<i64>,
    /// Microseconds.
    pub time: Vec<i64>,
    /// Cents.
    pub amount: Vec<i64>,
}

/// Draws `count` transfers.
pub fn edges(count: usize, shape: EdgeShape, seed: u64) -> Edges {
    let mut dice = Dice::new(seed, Stream::Edges);
    let accounts = (count / 10).max(10);
    let payers = ranking(accounts, &mut dice);
    let mut receivers = ranking(accounts, &mut dice);
    if shape == EdgeShape::CycleRich {
        share_ranks(&payers, &mut receivers, &mut dice);
    }
    let activity = Weights::new((0..accounts).map(|rank| 1.0 / three_quarters(rank as f64 + 1.0)));
    let pairs: Vec<(usize, usize)> = (0..count.div_ceil(7))
        .map(|_| (payers[activity.draw(&mut dice)], receivers[activity.draw(&mut dice)]))
        .filter(|(payer, receiver)| payer != receiver)
        .collect();
    let repeats = Weights::new(pairs.iter().map(|_| 1.0 / two_thirds(uniform(&mut dice))));
    let mut minutes: Vec<i64> = (0..count).map(|_| dice.between(0, MINUTES - 1)).collect();
    minutes.sort_unstable();
    let mut edges = Edges::default();
    for minute in minutes {
        let (payer, receiver) = pairs[repeats.draw(&mut dice)];
        edges.src.push(key(payer));
        edges.dst.push(key(receiver));
        edges.time.push(minute * MINUTE);
        edges.amount.push(amount(&mut dice));
    }
    edges
}

/// Accounts in the order of their activity.
fn ranking(accounts: usize, dice: &mut Dice) -> Vec<usize> {
    let mut order: Vec<usize> = (0..accounts).collect();
    for place in (1..accounts).rev() {
        order.swap(place, dice.between(0, place as i64) as usize);
    }
    order
}

/// Gives three accounts in ten the rank in `receivers` that they have in `payers`.
fn share_ranks(payers: &[usize], receivers: &mut [usize], dice: &mut Dice) {
    let mut place = vec![0; receivers.len()];
    for (rank, account) in receivers.iter().enumerate() {
        place[*account] = rank;
    }
    for (rank, account) in payers.iter().enumerate() {
        if dice.chance(30) {
            let (here, there) = (receivers[rank], place[*account]);
            receivers.swap(rank, there);
            (place[*account], place[here]) = (rank, there);
        }
    }
}

/// Draws indices in proportion to their weights.
struct Weights(Vec<f64>);

impl Weights {
    fn new(weights: impl Iterator<Item = f64>) -> Self {
        let mut sum = 0.0;
        Self(
            weights
                .map(|weight| {
                    sum += weight;
                    sum
                })
                .collect(),
        )
    }

    fn draw(&self, dice: &mut Dice) -> usize {
        let target = uniform(dice) * self.0.last().copied().unwrap_or(0.0);
        self.0.partition_point(|sum| *sum < target).min(self.0.len().saturating_sub(1))
    }
}

/// A number above 0 and up to 1.
fn uniform(dice: &mut Dice) -> f64 {
    ((dice.bits() >> 11) as f64 + 1.0) / (1_u64 << 53) as f64
}

/// `number` to the power 3/4.
fn three_quarters(number: f64) -> f64 {
    number.sqrt() * number.sqrt().sqrt()
}

/// A number as [`uniform`] draws it to the power 2/3: Newton's cube root, from a start within a quarter of it, squared.
fn two_thirds(number: f64) -> f64 {
    // 1/4 + 1/16 + 1/64 of an exponent is nearly a third of it.
    let fourth = number.sqrt().sqrt();
    let sixteenth = fourth.sqrt().sqrt();
    let mut root = fourth * sixteenth * sixteenth.sqrt().sqrt();
    for _ in 0..5 {
        root -= (root - number / (root * root)) / 3.0;
    }
    root * root
}

/// About e^(6 + 1.6 z) cents for a z that is nearly normal: twelve uniform draws.
fn amount(dice: &mut Dice) -> i64 {
    let z = (0..12).map(|_| uniform(dice)).sum::<f64>() - 6.0;
    let mut power = 1.0 + (6.0 + 1.6 * z) / 1024.0;
    for _ in 0..10 {
        power *= power;
    }
    (power as i64).max(1)
}

/// A key that looks like the hash it stands for.
fn key(account: usize) -> i64 {
    let mut bits = (account as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)).cast_signed()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_shapes_differ() {
        let bank = edges(10_000, EdgeShape::Bank, 1);
        assert_eq!(bank, edges(10_000, EdgeShape::Bank, 1));
        let rich = edges(10_000, EdgeShape::CycleRich, 1);
        for book in [&bank, &rich] {
            assert_eq!(book.src.len(), 10_000);
            assert!(book.time.is_sorted() && book.src.iter().zip(&book.dst).all(|(src, dst)| src != dst));
            let accounts: BTreeSet<i64> = book.src.iter().chain(&book.dst).copied().collect();
            assert!((400..=1_000).contains(&accounts.len()), "{}", accounts.len());
        }
        // The busiest payers of the cycle-rich book receive more than those of the bank's.
        let overlap = |book: &Edges| {
            let count = |keys: &[i64], key: i64| keys.iter().filter(|other| **other == key).count();
            let accounts: BTreeSet<i64> = book.src.iter().copied().collect();
            accounts.iter().map(|key| count(&book.src, *key) * count(&book.dst, *key)).sum::<usize>()
        };
        assert!(overlap(&rich) > overlap(&bank) * 3 / 2, "{} {}", overlap(&rich), overlap(&bank));
    }
}
