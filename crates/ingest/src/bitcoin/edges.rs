//! Who paid whom in a transaction: the edge values of section 7 of the crypto reference, per script.
//!
//! Inputs and outputs are netted per script first, so change that returns to where it came from is no payment. What is left
//! are payers with a′ and payees with v′, and payer p pays payee q the part v′(q) · a′(p) / Σa′, in whole satoshi by largest
//! remainder: the parts of one payee add up to v′(q) exactly. The fee is borne by the payers in proportion and is no edge.
//!
//! ```text
//! inputs    A 60  B 40            payers  A 60 − 25 = 35   B 40
//! outputs   C 70  A 25  fee 5     payees  C 70             A → C  35·70/75 = 32.67 → 33   B → C  37.33 → 37
//! ```
//!
//! A thousand payers and a thousand payees make a million edges, so they are made one payee at a time and never held.

use std::cmp::Reverse;

use hashbrown::HashMap;

/// Up to this many distinct scripts a plain search is quicker than hashing.
const SMALL: usize = 16;

/// The net positions of one transaction, in order of first appearance. Scripts are borrowed from where they lie.
#[derive(Debug, Default)]
pub(super) struct Positions<'a> {
    scripts: Vec<(&'a [u8], i64)>,
    index: HashMap<&'a [u8], usize>,
}

impl<'a> Positions<'a> {
    /// Adds what a script takes in (negative) or puts in (positive).
    ///
    /// Sums stay within twice the supply of coins, as the parser and the prevout resolution have checked every total.
    pub(super) fn add(&mut self, script: &'a [u8], value: i64) {
        let next = self.scripts.len();
        let place = if next < SMALL {
            self.scripts.iter().position(|(known, _)| *known == script).unwrap_or(next)
        } else {
            if self.index.is_empty() {
                self.index.extend(self.scripts.iter().enumerate().map(|(place, (known, _))| (*known, place)));
            }
            *self.index.entry(script).or_insert(next)
        };
        match self.scripts.get_mut(place) {
            Some((_, sum)) => *sum += value,
            None => self.scripts.push((script, value)),
        }
    }

    /// The edges of a transaction, as indices into these positions.
    pub(super) fn edges(&self) -> Edges {
        let of_sign = |sign: i64| {
            let scripts = self.scripts.iter().enumerate();
            scripts
                .filter(move |(_, (_, sum))| sum.signum() == sign)
                .map(|(place, (_, sum))| (place, sum.unsigned_abs()))
        };
        let payers: Vec<(usize, u64)> = of_sign(1).collect();
        let total = payers.iter().map(|(_, value)| u128::from(*value)).sum();
        Edges { payers, payees: of_sign(-1).collect(), total, next_payee: 0, ordinal: 0, shares: Vec::new() }
    }

    pub(super) fn script(&self, place: usize) -> &'a [u8] {
        self.scripts.get(place).map_or(&[], |(script, _)| script)
    }
}

/// The edges of one transaction, one payee at a time.
#[derive(Debug, Default)]
pub(super) struct Edges {
    payers: Vec<(usize, u64)>,
    payees: Vec<(usize, u64)>,
    total: u128,
    next_payee: usize,
    ordinal: i64,
    shares: Vec<(u64, u128)>,
}

/// One payment: from a script, or from nowhere when coins are new, to a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) payer: Option<usize>,
    pub(super) payee: usize,
    pub(super) value: i64,
    pub(super) ordinal: i64,
}

impl Edges {
    /// Hands the edges of the next payee to `emit`, payers in order of appearance; returns false after the last payee.
    pub(super) fn next_payee(&mut self, mut emit: impl FnMut(Edge)) -> bool {
        let Some(&(payee, value)) = self.payees.get(self.next_payee) else { return false };
        self.next_payee += 1;
        let mut edge = |payer: Option<usize>, value: u64| {
            // Below the supply of coins, so never the default.
            let value = i64::try_from(value).unwrap_or_default();
            if value > 0 {
                emit(Edge { payer, payee, value, ordinal: self.ordinal });
                self.ordinal += 1;
            }
        };
        match self.payers.as_slice() {
            [] => edge(None, value),
            [(payer, _)] => edge(Some(*payer), value),
            payers => {
                divide(value, payers, self.total, &mut self.shares);
                for ((payer, _), (share, _)) in payers.iter().zip(&self.shares) {
                    edge(Some(*payer), *share);
                }
            }
        }
        true
    }
}

/// Divides a value in proportion to the payers' parts, by largest remainder; ties go to the payer that appears first.
fn divide(value: u64, payers: &[(usize, u64)], total: u128, shares: &mut Vec<(u64, u128)>) {
    shares.clear();
    shares.extend(payers.iter().map(|(_, part)| {
        let product = u128::from(value) * u128::from(*part);
        // The part is at most the total, so the quotient is at most the value.
        ((product / total) as u64, product % total)
    }));
    let given: u64 = shares.iter().map(|(share, _)| share).sum();
    let left = value.saturating_sub(given) as usize;
    if left == 0 {
        return;
    }
    let mut order: Vec<usize> = (0..shares.len()).collect();
    if left < order.len() {
        order.select_nth_unstable_by_key(left, |place| (Reverse(shares[*place].1), *place));
    }
    for place in order.into_iter().take(left) {
        shares[place].0 += 1;
    }
}

#[cfg(test)]
mod tests;
