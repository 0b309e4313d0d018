//! Rows into sets, in order.

use rayon::prelude::*;

use super::{Edge, Link, Request, Strength};
use crate::error::GraphError;
use crate::guard::Guard;

/// Sets of one strength, in order, and where their members come from.
#[derive(Default)]
pub(super) struct Sets {
    pub(super) starts: Vec<u32>,
    pub(super) members: Vec<u32>,
    /// The row of a member; above all rows, an end of a known link.
    sources: Vec<u32>,
}

impl Sets {
    /// All sets, in batches of one strength. `of` are the numbers of the accounts.
    pub(super) fn of(
        request: &Request<'_>,
        of: &[u32],
        is_struck: impl Fn(u8, i64) -> bool,
        mut guard: Guard<'_>,
    ) -> Result<Vec<(Self, Strength)>, GraphError> {
        let rows = request.rows;
        let set = |row: u32| (rows.rank[row as usize], rows.tx[row as usize]);
        let order = order(request, of);
        let mut known: Vec<(&Link, u32)> = request.known.iter().zip((rows.tx.len() as u32..).step_by(2)).collect();
        known.par_sort_unstable_by_key(|(link, end)| {
            (link.rank, link.tx, link.place, of[*end as usize], of[*end as usize + 1])
        });
        let (mut known, mut rest) = (known.into_iter().peekable(), order.as_slice());
        let (mut strong, mut weak) = (Self::default(), Self::default());
        let mut seen = Vec::new();
        loop {
            guard.step()?;
            let next = rest.first().map(|row| set(*row));
            // The rows of a transaction before what is left of an earlier answer's: its links are among theirs.
            let link = known.next_if(|(link, _)| next.is_none_or(|next| (link.rank, link.tx) < next));
            let ((rank, tx), members) = match (link, next) {
                (Some((link, end)), _) => ((link.rank, link.tx), &[end, end + 1][..]),
                (None, Some(next)) => {
                    let count = rest.iter().take_while(|row| set(**row) == next).count();
                    (next, rest.split_off(..count).unwrap_or_default())
                }
                (None, None) => break,
            };
            if is_struck(rank, tx) {
                continue;
            }
            let weak_from = request.weak.map_or(u16::MAX, |weak| weak.rank.into());
            let sets = if u16::from(rank) < weak_from { &mut strong } else { &mut weak };
            sets.push(members, of, &mut seen);
        }
        let batches = [(strong, Strength::Strong), (weak, Strength::Weak)];
        Ok(batches.into_iter().map(|(sets, strength)| (sets.closed(), strength)).collect())
    }

    /// Adds a set of rows, each account at its first place.
    fn push(&mut self, rows: &[u32], of: &[u32], seen: &mut Vec<(u32, u32)>) {
        self.starts.push(self.members.len() as u32);
        seen.clear();
        seen.extend(rows.iter().map(|row| of[*row as usize]).zip(0..));
        seen.sort_unstable();
        seen.dedup_by_key(|(account, _)| *account);
        seen.sort_unstable_by_key(|(_, place)| *place);
        self.members.extend(seen.iter().map(|(account, _)| *account));
        self.sources.extend(seen.iter().map(|(_, place)| rows[*place as usize]));
    }

    fn closed(mut self) -> Self {
        self.starts.push(self.members.len() as u32);
        self
    }

    /// The link that an edge of these sets is.
    pub(super) fn link(&self, request: &Request<'_>, keys: &[i64], edge: &Edge) -> Link {
        let (rows, source) = (request.rows, self.sources[edge.row as usize] as usize);
        match rows.tx.len() {
            count if source < count => Link {
                rank: rows.rank[source],
                tx: rows.tx[source],
                place: rows.place[source],
                first: keys[edge.first as usize],
                other: keys[edge.other as usize],
            },
            count => request.known[(source - count) / 2],
        }
    }
}

/// The rows by rank, transaction, place and account.
fn order(request: &Request<'_>, of: &[u32]) -> Vec<u32> {
    let rows = request.rows;
    let key = |row: u32| {
        let place = row as usize;
        (rows.rank[place], rows.tx[place], rows.place[place], of[place])
    };
    let mut order: Vec<u32> = (0..rows.tx.len() as u32).collect();
    if !order.par_windows(2).all(|pair| key(pair[0]) <= key(pair[1])) {
        order.par_sort_unstable_by_key(|row| key(*row));
    }
    order
}
