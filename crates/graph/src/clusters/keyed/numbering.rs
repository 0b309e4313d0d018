//! Accounts numbered as they were first seen.

use super::{Numbered, Request, nodes};

use rayon::prelude::*;

/// No number: the account is in no row.
const NONE: u32 = u32::MAX;

/// The accounts that evidence names.
pub(super) struct Numbering {
    /// By number.
    pub(super) keys: Vec<i64>,
    /// All keys that were named anywhere, ascending, and the number of each.
    all: Vec<i64>,
    numbers: Vec<u32>,
}

impl Numbering {
    /// Numbers the accounts of a request: the second are the numbers of the rows, and behind them those of the two ends
    /// of each known link.
    pub(super) fn of(request: &Request<'_>) -> (Self, Vec<u32>) {
        let ends = request.known.iter().flat_map(|link| [link.first, link.other]);
        let accounts: Vec<i64> = request.rows.account.iter().copied().chain(ends).collect();
        let seen = request.first_seen;
        let (all, mut of, dst) = number(accounts, seen.account.to_vec());
        let mut first: Vec<Option<i64>> = vec![None; all.len()];
        let mut earlier = |node: u32, at: i64| {
            let first = &mut first[node as usize];
            *first = Some(first.map_or(at, |first| first.min(at)));
        };
        dst.iter().zip(seen.at).for_each(|(node, at)| earlier(*node, *at));
        let given: Vec<bool> = first.iter().map(Option::is_some).collect();
        let mut named = vec![false; all.len()];
        let known = request.known.iter().flat_map(|link| [link.tx, link.tx]);
        for (node, tx) in of.iter().zip(request.rows.tx.iter().copied().chain(known)) {
            named[*node as usize] = true;
            if !given[*node as usize] {
                let first = &mut first[*node as usize];
                *first = Some(first.map_or(tx, |first| first.min(tx)));
            }
        }
        // Ranks of keys: of two first seen at once the smaller key comes first.
        let mut order: Vec<(Option<i64>, u32)> =
            first.into_iter().zip(0..).filter(|(_, node)| named[*node as usize]).collect();
        order.par_sort_unstable();
        let mut numbers = vec![NONE; all.len()];
        for ((_, node), number) in order.iter().zip(0..) {
            numbers[*node as usize] = number;
        }
        of.par_iter_mut().for_each(|node| *node = numbers[*node as usize]);
        let keys = order.iter().map(|(_, node)| all[*node as usize]).collect();
        (Self { keys, all, numbers }, of)
    }

    /// The number of an account that evidence names.
    pub(super) fn number(&self, key: i64) -> Option<u32> {
        let place = self.all.binary_search(&key).ok()?;
        self.numbers.get(place).copied().filter(|number| *number != NONE)
    }
}

/// Keys to their ranks. The buckets are laid out for the first of the two columns, so that is to be the longer one.
fn number(accounts: Vec<i64>, seen: Vec<i64>) -> (Vec<i64>, Vec<u32>, Vec<u32>) {
    if accounts.len() < seen.len() {
        let Numbered { keys, src: seen, dst: of, .. } = nodes::number(seen, accounts);
        return (keys, of, seen);
    }
    let Numbered { keys, src: of, dst: seen, .. } = nodes::number(accounts, seen);
    (keys, of, seen)
}
