//! Transfers into the order ≺: time, position, id, and where these agree payer, payee and amount.
//!
//! ```text
//! key      time − first │ position, id or pair − least      one number of up to 128 bits
//! deal     each column, by the leading bits of the key      bucket 0 │ bucket 1 │ …
//! sort     inside a bucket, in 64 bits:                     leading bits of the key │ place in the bucket
//! place    the columns of the bucket, where they lie
//! ```
//!
//! Columns are dealt rather than row numbers: a bucket then holds all it needs, and what is left happens in the cache,
//! where gathering by row number would miss it once a row and column. A column is dealt into the memory of the one
//! before it, so that next to none is taken from the system. Rows whose leading bits agree are compared in full.
//! A bucket that is far too large, because one wrong date stretched the span, is dealt again by its own span.
//!
//! Cost: four passes over the rows and a sort of 64-bit numbers in the cache; room for two columns.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::prelude::*;

use crate::amounts::Amounts;
use crate::deal;

mod run;

use run::{Columns, Run};

/// Rows one task works on.
const PIECE: usize = 1 << 15;
/// Rows one bucket is meant to hold.
const BUCKET: usize = 1 << 13;

/// Transfers between numbered nodes as columns, one entry a row.
pub(crate) struct Transfers {
    pub(crate) time: Vec<i64>,
    pub(crate) position: Option<Vec<i64>>,
    pub(crate) id: Option<Vec<i64>>,
    pub(crate) src: Vec<u32>,
    pub(crate) dst: Vec<u32>,
    pub(crate) amount: Amounts,
}

impl Transfers {
    /// The same transfers in order, between `nodes` nodes. `room` is memory that may be written over.
    pub(crate) fn ordered(self, nodes: usize, room: &mut [Vec<i64>; 2]) -> Self {
        if self.in_order() {
            return self;
        }
        let (time, tie) = (self.time.as_slice(), self.position.as_deref().or(self.id.as_deref()));
        let second = |row| second(tie, row, || u64::from(self.src[row]) * nodes as u64 + u64::from(self.dst[row]));
        let (key, most) = Key::of(time.len(), |row| time[row], second);
        let buckets = Buckets::of(time.len(), most, |row| key.get(time[row], second(row)));
        let mut dealt = self.dealt(&buckets, room);
        let columns = Columns {
            time: &mut dealt.time,
            position: dealt.position.as_deref_mut(),
            id: dealt.id.as_deref_mut(),
            src: &mut dealt.src,
            dst: &mut dealt.dst,
        };
        match &mut dealt.amount {
            Amounts::Narrow(amount) => Run { columns, amount, nodes: nodes as u64 }.sort_buckets(&buckets, run::DEALS),
            Amounts::Wide(amount) => Run { columns, amount, nodes: nodes as u64 }.sort_buckets(&buckets, run::DEALS),
        }
        dealt
    }

    fn in_order(&self) -> bool {
        let tie = |column: &Option<Vec<i64>>, row: usize| match column {
            Some(column) => column[row - 1].cmp(&column[row]),
            None => Ordering::Equal,
        };
        let order = |row: usize| {
            (self.time[row - 1].cmp(&self.time[row]))
                .then_with(|| tie(&self.position, row))
                .then_with(|| tie(&self.id, row))
                .then_with(|| (self.src[row - 1], self.dst[row - 1]).cmp(&(self.src[row], self.dst[row])))
                .then_with(|| self.amount.get(row - 1).cmp(&self.amount.get(row)))
        };
        pieces(self.time.len()).all(|rows| rows.skip(1).all(|row| order(row).is_le()))
    }

    /// The rows of each bucket beside each other. Two lanes of about equal length work side by side; a column goes to
    /// the memory of the one before it in its lane.
    fn dealt(self, buckets: &Buckets, [one, other]: &mut [Vec<i64>; 2]) -> Self {
        let Self { mut time, mut position, mut id, mut src, mut dst, mut amount } = self;
        rayon::join(
            || {
                buckets.swap(&mut time, one);
                position.iter_mut().for_each(|position| buckets.swap(position, one));
                let mut room = vec![0; src.len()];
                buckets.swap(&mut src, &mut room);
            },
            || {
                id.iter_mut().for_each(|id| buckets.swap(id, other));
                match &mut amount {
                    Amounts::Narrow(amount) => buckets.swap(amount, other),
                    Amounts::Wide(amount) => {
                        let mut room = vec![0; amount.len()];
                        buckets.swap(amount, &mut room);
                    }
                }
                let mut room = vec![0; dst.len()];
                buckets.swap(&mut dst, &mut room);
            },
        );
        Self { time, position, id, src, dst, amount }
    }
}

/// What decides first between rows of one time: position, id, or the pair where there is neither.
#[inline]
fn second(tie: Option<&[i64]>, row: usize, pair: impl Fn() -> u64) -> u64 {
    tie.map_or_else(pair, |tie| tie[row].cast_unsigned() ^ (1 << 63))
}

/// First and last time, the bits in which times differ, least and most of what follows.
type Extent = (i64, i64, i64, u64, u64);

/// What rows are dealt and sorted by as far as it goes: a number that never falls along ≺.
#[derive(Debug, Clone, Copy, Default)]
struct Key {
    first: i64,
    /// Low bits in which all times agree: eight where a book is kept to the minute.
    agreed: u32,
    least: u64,
    /// Bits of what follows the time.
    bits: u32,
}

impl Key {
    /// The key for these rows, in as few bits as they allow, and an upper bound of it.
    fn of(count: usize, time: impl Fn(usize) -> i64 + Sync, second: impl Fn(usize) -> u64 + Sync) -> (Self, u128) {
        let Some(sample) = (count > 0).then(|| time(0)) else { return (Self::default(), 0) };
        let none = (i64::MAX, i64::MIN, 0, u64::MAX, 0);
        let both = |a: Extent, b: Extent| (a.0.min(b.0), a.1.max(b.1), a.2 | b.2, a.3.min(b.3), a.4.max(b.4));
        let one = |row: usize| (time(row), time(row), time(row) ^ sample, second(row), second(row));
        let extent = pieces(count).map(|rows| rows.map(one).fold(none, both)).reduce(|| none, both);
        let (first, last, differing, least, most) = extent;
        let agreed = differing.trailing_zeros().min(63);
        let key = Self { first, agreed, least, bits: bits(u128::from(most - least)) };
        (key, key.get(last, most))
    }

    #[inline]
    fn get(&self, time: i64, second: u64) -> u128 {
        u128::from(time.abs_diff(self.first) >> self.agreed) << self.bits | u128::from(second - self.least)
    }
}

/// Ranges of rows for one task each. The first row of a range is the last of the one before it as well, so that every
/// row meets its neighbour.
pub(crate) fn pieces(count: usize) -> impl ParallelIterator<Item = Range<usize>> {
    (0..count.div_ceil(PIECE))
        .into_par_iter()
        .map(move |piece| (piece * PIECE).saturating_sub(1)..((piece + 1) * PIECE).min(count))
}

/// Bits a number needs.
fn bits(number: u128) -> u32 {
    u128::BITS - number.leading_zeros()
}

/// Which bucket each row goes to, and where buckets start.
struct Buckets {
    of: Vec<u16>,
    starts: Vec<usize>,
}

impl Buckets {
    /// Of rows whose keys are at most `most`.
    fn of(count: usize, most: u128, key: impl Fn(usize) -> u128 + Sync) -> Self {
        let buckets = deal::buckets(count, BUCKET);
        let shift = bits(most).saturating_sub(buckets.trailing_zeros());
        let rows = (0..count).into_par_iter().with_min_len(PIECE);
        let of: Vec<u16> = rows.map(|row| (key(row) >> shift) as u16).collect();
        let starts = deal::starts(of.iter().map(|bucket| usize::from(*bucket)), buckets);
        Self { of, starts }
    }

    /// Deals a column to `room`, which is as long.
    fn deal<T: Copy>(&self, column: &[T], room: &mut [T]) {
        let mut next = self.starts.clone();
        for (value, bucket) in column.iter().zip(&self.of) {
            let place = &mut next[usize::from(*bucket)];
            room[*place] = *value;
            *place += 1;
        }
    }

    /// Deals a column and leaves its memory for the next.
    fn swap<T: Copy>(&self, column: &mut Vec<T>, room: &mut Vec<T>) {
        self.deal(column, room);
        std::mem::swap(column, room);
    }
}
