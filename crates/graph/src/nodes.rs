//! 64-bit account keys to dense node numbers: node n is the n-th smallest key, whatever the order of the rows.
//!
//! ```text
//! deal      keys by the leading bits of a hash      all occurrences of a key are in one bucket
//! number    in a bucket, as they first occur        one small table, in the cache
//! rank      the distinct keys of all buckets
//! collect   ranks back into the rows
//! ```
//!
//! One table for all keys misses the cache once an end, which is most of what building a graph costs. Cost: four passes
//! over the ends, a look-up in the cache each, a sort of the distinct keys, and room for 16 bytes a row meanwhile.

use rayon::prelude::*;

use crate::deal::{Dealt, buckets};

/// Rows one bucket is meant to hold the ends of.
const BUCKET: usize = 1 << 17;
/// No node.
const NONE: u32 = u32::MAX;

/// What the account keys were turned into.
pub(crate) struct Numbered {
    /// Every key once, ascending.
    pub(crate) keys: Vec<i64>,
    /// The node of every payer.
    pub(crate) src: Vec<u32>,
    /// The node of every payee.
    pub(crate) dst: Vec<u32>,
    /// The columns of keys: memory that may be written over.
    pub(crate) room: [Vec<i64>; 2],
}

/// Numbers the nodes of two columns of keys.
pub(crate) fn number(src: Vec<i64>, dst: Vec<i64>) -> Numbered {
    let buckets = buckets(src.len(), BUCKET);
    let bits = buckets.trailing_zeros();
    let bucket = |key: i64| (spread(key) >> 1 >> (63 - bits)) as usize;
    let (mut one, mut other) = (vec![0; src.len()], vec![0; dst.len()]);
    let mut from = Dealt::of(&mut one, buckets, |row| src[row], bucket);
    let mut to = Dealt::of(&mut other, buckets, |row| dst[row], bucket);
    let mut both = from.buckets();
    both.iter_mut().zip(to.buckets()).for_each(|(from, to)| from.extend(to));
    let distinct = |slices: &mut Vec<&mut [i64]>| {
        let mut seen = Distinct { skip: bits, ..Distinct::default() };
        slices.iter_mut().flat_map(|slice| slice.iter_mut()).for_each(|key| *key = i64::from(seen.number(*key)));
        seen.keys
    };
    let found: Vec<Vec<i64>> = both.par_iter_mut().map(distinct).collect();
    let (keys, ranks) = rank(&found);
    let mut rest = ranks.as_slice();
    let ranks: Vec<&[u32]> = found.iter().map(|keys| rest.split_off(..keys.len()).unwrap_or_default()).collect();
    both.into_par_iter().zip(ranks).for_each(|(slices, ranks)| {
        slices.into_iter().flatten().for_each(|number| *number = i64::from(ranks[*number as usize]));
    });
    let node = |number: i64| number as u32;
    let (from, to) = (from.collect(&src, bucket, node), to.collect(&dst, bucket, node));
    Numbered { keys, src: from, dst: to, room: [src, dst] }
}

/// All keys, ascending, and the rank of each in the order given.
fn rank(found: &[Vec<i64>]) -> (Vec<i64>, Vec<u32>) {
    // One number a key sorts faster than a pair: the key, its sign turned round, before its place.
    let number = |(key, place): (&i64, u128)| u128::from(key.cast_unsigned() ^ SIGN) << 64 | place;
    let mut places: Vec<u128> = found.iter().flatten().zip(0..).map(number).collect();
    places.par_sort_unstable();
    let mut ranks = vec![0; places.len()];
    for (rank, place) in places.iter().enumerate() {
        ranks[*place as u64 as usize] = rank as u32;
    }
    (places.into_iter().map(|place| ((place >> 64) as u64 ^ SIGN).cast_signed()).collect(), ranks)
}

/// The bit that makes a number negative.
const SIGN: u64 = 1 << 63;

/// The keys are hashes already, so that a multiplication spreads them: the high bits of the product depend on every bit
/// of the key.
#[inline]
fn spread(key: i64) -> u64 {
    key.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Keys in the order in which they first occur. Key and number lie in one slot of an open table, so that a look-up is
/// one line of the cache.
#[derive(Default)]
struct Distinct {
    slots: Vec<(i64, u32)>,
    keys: Vec<i64>,
    /// Leading bits of the hash that all keys have in common.
    skip: u32,
}

impl Distinct {
    #[inline]
    fn number(&mut self, key: i64) -> u32 {
        if self.keys.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut place = self.home(key);
        loop {
            let (found, number) = self.slots[place];
            if number == NONE {
                let number = self.keys.len() as u32;
                self.slots[place] = (key, number);
                self.keys.push(key);
                return number;
            }
            if found == key {
                return number;
            }
            place = (place + 1) & mask;
        }
    }

    /// Where a key is looked for first.
    #[inline]
    fn home(&self, key: i64) -> usize {
        ((spread(key) << self.skip) >> (64 - self.slots.len().trailing_zeros())) as usize
    }

    #[cold]
    fn grow(&mut self) {
        let size = (self.slots.len() * 4).max(1 << 12);
        self.slots.clear();
        self.slots.resize(size, (0, NONE));
        for (index, key) in self.keys.iter().enumerate() {
            let mut place = self.home(*key);
            while self.slots[place].1 != NONE {
                place = (place + 1) & (size - 1);
            }
            self.slots[place] = (*key, index as u32);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_node_is_the_rank_of_its_key(pairs in prop::collection::vec((-9_i64..9, any::<i64>()), 0..300)) {
            let (src, dst): (Vec<i64>, Vec<i64>) = pairs.into_iter().unzip();
            let Numbered { keys, src: a, dst: b, .. } = number(src.clone(), dst.clone());
            let expected: Vec<i64> = src.iter().chain(&dst).copied().collect::<BTreeSet<_>>().into_iter().collect();
            prop_assert_eq!(&keys, &expected);
            prop_assert!(src.iter().zip(&a).chain(dst.iter().zip(&b)).all(|(key, node)| keys[*node as usize] == *key));
        }
    }

    /// Enough rows for several buckets and a part a thread, and accounts that occur in one part only, or in several.
    #[test]
    fn the_number_of_threads_does_not_show() {
        let rows = 9 * BUCKET as i64;
        let src: Vec<i64> = (0..rows).map(|row| (row * 7_919 % 50_021) * -0x1e37_79b9_7f4a).collect();
        let dst: Vec<i64> = (0..rows).map(|row| row / 3).collect();
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let Numbered { keys, src, dst, .. } = pool.install(|| number(src.clone(), dst.clone()));
            (keys, src, dst)
        };
        let (keys, from, to) = with(3);
        assert!(keys.is_sorted_by(|one, other| one < other));
        assert!(src.iter().zip(&from).chain(dst.iter().zip(&to)).all(|(key, node)| keys[*node as usize] == *key));
        assert_eq!((keys, from, to), with(1));
    }
}
