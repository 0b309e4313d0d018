//! 64-bit account keys to dense node numbers: node n is the n-th smallest key, whatever the order of the rows.

use rayon::prelude::*;

/// Rows one task works on.
const CHUNK: usize = 1 << 16;
/// No node.
const NONE: u32 = u32::MAX;

/// Every key once, ascending, and the two columns as node numbers.
///
/// Cost: two look-ups a key in an open table (the keys are hashes already, so that a multiplication spreads them), and
/// one sort of the distinct keys.
pub(crate) fn number(src: &[i64], dst: &[i64]) -> (Vec<i64>, Vec<u32>, Vec<u32>) {
    let mut keys: Vec<i64> = src
        .par_chunks(CHUNK)
        .chain(dst.par_chunks(CHUNK))
        .fold(Distinct::default, |mut seen, chunk| {
            chunk.iter().for_each(|key| seen.insert(*key));
            seen
        })
        .map(|seen| seen.keys)
        .reduce(Vec::new, |mut one, other| {
            one.extend(other);
            one
        });
    keys.par_sort_unstable();
    keys.dedup();
    let table = Table::of(&keys);
    let look_up = |column: &[i64]| column.par_iter().with_min_len(CHUNK).map(|key| table.get(*key)).collect();
    let (src, dst) = rayon::join(|| look_up(src), || look_up(dst));
    (keys, src, dst)
}

#[inline]
fn spread(key: i64, shift: u32) -> usize {
    // Fibonacci hashing: the high bits of the product depend on every bit of the key.
    (key.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize
}

/// A set that grows.
#[derive(Default)]
struct Distinct {
    slots: Vec<u32>,
    keys: Vec<i64>,
}

impl Distinct {
    #[inline]
    fn insert(&mut self, key: i64) {
        if self.keys.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut place = spread(key, 64 - self.slots.len().trailing_zeros());
        loop {
            match self.slots[place] {
                NONE => {
                    self.slots[place] = self.keys.len() as u32;
                    self.keys.push(key);
                    return;
                }
                index if self.keys[index as usize] == key => return,
                _ => place = (place + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 4).max(1 << 10);
        self.slots.clear();
        self.slots.resize(size, NONE);
        for (index, key) in self.keys.iter().enumerate() {
            let mut place = spread(*key, 64 - size.trailing_zeros());
            while self.slots[place] != NONE {
                place = (place + 1) & (size - 1);
            }
            self.slots[place] = index as u32;
        }
    }
}

/// Sorted keys, found by value. Key and number lie in one slot, so that a look-up is one line of the cache.
struct Table {
    slots: Vec<(i64, u32)>,
    shift: u32,
}

impl Table {
    fn of(keys: &[i64]) -> Self {
        let size = (keys.len() * 2).next_power_of_two().max(2);
        let shift = 64 - size.trailing_zeros();
        let mut slots = vec![(0, NONE); size];
        for (number, key) in keys.iter().enumerate() {
            let mut place = spread(*key, shift);
            while slots[place].1 != NONE {
                place = (place + 1) & (size - 1);
            }
            slots[place] = (*key, number as u32);
        }
        Self { slots, shift }
    }

    #[inline]
    fn get(&self, key: i64) -> u32 {
        let mask = self.slots.len() - 1;
        let mut place = spread(key, self.shift);
        loop {
            let (found, number) = self.slots[place];
            if found == key || number == NONE {
                return number;
            }
            place = (place + 1) & mask;
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
            let (keys, a, b) = number(&src, &dst);
            let expected: Vec<i64> = src.iter().chain(&dst).copied().collect::<BTreeSet<_>>().into_iter().collect();
            prop_assert_eq!(&keys, &expected);
            prop_assert!(src.iter().zip(&a).chain(dst.iter().zip(&b)).all(|(key, node)| keys[*node as usize] == *key));
        }
    }
}
