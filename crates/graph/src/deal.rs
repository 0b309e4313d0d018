//! Rows dealt into buckets: the pass that turns scattered access into access that stays in the cache.
//!
//! ```text
//! part 0   b0 b0 │ b1 │ b2 b2      rows of the first thread
//! part 1   b0 │ b1 b1 b1 │ b2      rows of the second
//!          bucket 1 = its slice of part 0, then its slice of part 1: the order in which rows came
//! ```
//!
//! Writing ten million rows each to its own place misses the cache ten million times. Writing them to the ends of a few
//! hundred buckets does not, and what is left to do inside a bucket finds it in the cache. Every thread deals a part of
//! the rows into buckets of its own, so that none waits for another; a bucket is the same sequence of rows however many
//! parts there are. The room is the caller's: memory fresh from the system costs more than dealing does.
//!
//! Cost: two passes over the rows.

use rayon::prelude::*;

/// Rows a part has at least: less is not worth a thread.
const PART: usize = 1 << 16;

/// More buckets than this outgrow the first levels of the caches, and dealing takes half as long again.
const MOST: usize = 1 << 8;

/// Rows in buckets.
pub(crate) struct Dealt<'a, T> {
    size: usize,
    parts: Vec<Part<'a, T>>,
}

struct Part<'a, T> {
    items: &'a mut [T],
    /// Where each bucket starts, and where the last one ends.
    starts: Vec<usize>,
}

impl<'a, T: Copy + Send + Sync> Dealt<'a, T> {
    /// Deals `item(0)`, `item(1)`, … into `buckets`, as many as there is `room` for.
    pub(crate) fn of(
        room: &'a mut [T],
        buckets: usize,
        item: impl Fn(usize) -> T + Sync,
        bucket: impl Fn(T) -> usize + Sync,
    ) -> Self {
        let size = room.len().div_ceil(rayon::current_num_threads()).max(PART);
        let parts = room.par_chunks_mut(size).enumerate().map(|(part, items)| {
            let first = part * size;
            let starts = starts((first..first + items.len()).map(|row| bucket(item(row))), buckets);
            let mut next = starts.clone();
            for row in first..first + items.len() {
                let item = item(row);
                let place = &mut next[bucket(item)];
                items[*place] = item;
                *place += 1;
            }
            Part { items, starts }
        });
        Self { size, parts: parts.collect() }
    }

    /// The rows of a bucket, in the order in which they came.
    pub(crate) fn get(&self, bucket: usize) -> impl Iterator<Item = &[T]> {
        self.parts.iter().map(move |part| &part.items[part.starts[bucket]..part.starts[bucket + 1]])
    }

    /// How many rows a bucket holds.
    pub(crate) fn len(&self, bucket: usize) -> usize {
        self.get(bucket).map(<[T]>::len).sum()
    }

    /// All buckets, each as its slices.
    pub(crate) fn buckets(&mut self) -> Vec<Vec<&mut [T]>> {
        let buckets = self.parts.first().map_or(0, |part| part.starts.len() - 1);
        let mut all: Vec<Vec<&mut [T]>> = (0..buckets).map(|_| Vec::with_capacity(self.parts.len())).collect();
        for part in &mut self.parts {
            let mut rest = &mut *part.items;
            for (bucket, ends) in all.iter_mut().zip(part.starts.windows(2)) {
                let (slice, after) = rest.split_at_mut(ends[1] - ends[0]);
                bucket.push(slice);
                rest = after;
            }
        }
        all
    }

    /// What became of the items, in the order of the `rows` they were dealt from: for each the next of its `bucket`.
    pub(crate) fn collect<U: Copy + Default + Send>(
        self,
        rows: &[T],
        bucket: impl Fn(T) -> usize + Sync,
        result: impl Fn(T) -> U + Sync,
    ) -> Vec<U> {
        let mut results = vec![U::default(); rows.len()];
        let parts = self.parts.into_par_iter().zip(rows.par_chunks(self.size));
        parts.zip(results.par_chunks_mut(self.size)).for_each(|((mut part, rows), results)| {
            for (row, target) in rows.iter().zip(results) {
                let place = &mut part.starts[bucket(*row)];
                *target = result(part.items[*place]);
                *place += 1;
            }
        });
        results
    }
}

/// How many buckets, a power of two, hold `count` rows if each is to hold about `size`.
pub(crate) fn buckets(count: usize, size: usize) -> usize {
    (count / size).max(1).next_power_of_two().min(MOST)
}

/// Where each bucket starts if it holds as many rows as name it, and where the last one ends.
pub(crate) fn starts(rows: impl Iterator<Item = usize>, buckets: usize) -> Vec<usize> {
    let mut starts = vec![0; buckets + 1];
    for bucket in rows {
        starts[bucket + 1] += 1;
    }
    for bucket in 0..buckets {
        starts[bucket + 1] += starts[bucket];
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Enough rows for several parts, and more threads than the machine may have.
    #[test]
    fn a_bucket_keeps_the_order_of_the_rows_whatever_the_threads() {
        let count = 3 * PART + 7;
        let row = |row: usize| (row * 7_919 % 1_013, row);
        let bucket = |item: (usize, usize)| item.0 / 64;
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut room = vec![(0, 0); count];
            let mut dealt = pool.install(|| Dealt::of(&mut room, 16, row, bucket));
            for index in 0..16 {
                let expected: Vec<_> = (0..count).map(row).filter(|item| bucket(*item) == index).collect();
                assert_eq!(dealt.get(index).flatten().copied().collect::<Vec<_>>(), expected);
                assert_eq!(dealt.len(index), expected.len());
            }
            dealt.buckets().into_iter().flatten().flatten().for_each(|item| item.0 += 5);
            let rows: Vec<_> = (0..count).map(row).collect();
            let results = pool.install(|| dealt.collect(&rows, bucket, |item| item.0 + item.1));
            assert!(results.into_iter().eq(rows.into_iter().map(|(key, row)| key + 5 + row)));
        }
    }
}
