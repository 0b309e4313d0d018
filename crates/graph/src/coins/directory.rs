//! From the id of an output to its transaction.

use super::history::{Columns, span};

/// Where in the ids to look: by stretch of the ids' range, the first transaction of it.
///
/// Ids are heights with indexes below them, so that they fill their range in even clumps: a stretch has a few of them,
/// and a look costs two misses of the cache where a search from scratch has one for each halving.
#[derive(Debug)]
pub(super) struct Directory {
    least: i64,
    shift: u32,
    /// By stretch, and one more for the end.
    first: Vec<u32>,
}

impl Directory {
    /// Over ids in ascending order; if they are not, what it answers is of no use, and no harm.
    pub(super) fn of(ids: &[i64]) -> Self {
        let (least, most) = (ids.first().copied().unwrap_or(0), ids.last().copied().unwrap_or(0));
        let range = most.abs_diff(least);
        let mut shift = 0;
        while range >> shift > ids.len() as u64 * 2 {
            shift += 1;
        }
        let mut first = Vec::with_capacity((range >> shift) as usize + 2);
        for (place, id) in (0_u32..).zip(ids) {
            let stretch = (id.abs_diff(least) >> shift).min(range >> shift) as usize;
            while first.len() <= stretch {
                first.push(place);
            }
        }
        first.push(ids.len() as u32);
        Self { least, shift, first }
    }

    /// The last transaction whose id is not above this one.
    #[inline]
    pub(super) fn find(&self, ids: &[i64], id: i64) -> Option<u32> {
        if id < self.least {
            return None;
        }
        let stretch = ((id.abs_diff(self.least) >> self.shift) as usize).min(self.first.len().checked_sub(2)?);
        let (start, end) = (self.first[stretch], self.first[stretch + 1]);
        let among = ids.get(start as usize..end as usize)?.partition_point(|other| *other <= id);
        (start + among as u32).checked_sub(1)
    }

    /// The output of an id, and its transaction.
    #[inline]
    pub(super) fn output(&self, columns: &Columns, txo: i64) -> Option<(u32, u32)> {
        let transaction = self.find(&columns.transaction, txo)?;
        let outputs = span(&columns.first_output, transaction);
        let position = txo.abs_diff(columns.transaction[transaction as usize]);
        (position < outputs.len() as u64).then(|| (outputs.start + position as u32, transaction))
    }

    pub(super) fn bytes(&self) -> usize {
        self.first.len() * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_last_not_above_is_found(
            ids in prop::collection::btree_set(prop_oneof![-9_i64..40, (0_i64..9).prop_map(|id| id << 58)], 0..30),
            more in prop::collection::vec(-20_i64..60, 20),
        ) {
            let ids: Vec<i64> = ids.into_iter().collect();
            let directory = Directory::of(&ids);
            for id in more.into_iter().chain(ids.iter().flat_map(|id| [*id - 1, *id, *id + 1])) {
                let naive = ids.iter().rposition(|other| *other <= id).map(|place| place as u32);
                prop_assert_eq!(directory.find(&ids, id), naive);
            }
        }
    }
}
