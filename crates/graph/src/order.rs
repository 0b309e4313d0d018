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
//! where gathering by row number would miss it once a row and column. A column is dealt into the memory of the one before
//! it, so that next to none is taken from the system. Rows whose leading bits agree are compared in full. A bucket that
//! is far too large, because one wrong date stretched the span, is dealt again by its own span.
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

/// Transfers as columns, one entry a row. A node is an `N`.
pub(crate) struct Transfers<N> {
    pub(crate) time: Vec<i64>,
    pub(crate) position: Option<Vec<i64>>,
    pub(crate) id: Option<Vec<i64>>,
    pub(crate) src: Vec<N>,
    pub(crate) dst: Vec<N>,
    pub(crate) amount: Amounts,
}

impl Transfers<i64> {
    /// The same transfers in order, between `nodes` nodes. `room` is memory that may be written over.
    pub(crate) fn ordered(self, nodes: usize, room: &mut [Vec<i64>; 2]) -> Transfers<u32> {
        if self.in_order() {
            let Self { time, position, id, src, dst, amount } = self;
            let narrow = |numbers: Vec<i64>| numbers.par_iter().with_min_len(PIECE).map(|node| *node as u32).collect();
            let (src, dst) = (narrow(src), narrow(dst));
            return Transfers { time, position, id, src, dst, amount };
        }
        let (time, tie) = (self.time.as_slice(), self.position.as_deref().or(self.id.as_deref()));
        let node = |nodes: &[i64], row: usize| nodes[row].cast_unsigned();
        let second = |row| second(tie, row, || node(&self.src, row) * nodes as u64 + node(&self.dst, row));
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

    /// The rows of each bucket beside each other. Two lanes of about equal length work side by side; a column goes to the
    /// memory of the one before it in its lane.
    fn dealt(self, buckets: &Buckets, [one, other]: &mut [Vec<i64>; 2]) -> Transfers<u32> {
        let Self { mut time, mut position, mut id, src, dst, mut amount } = self;
        let swap = |column: &mut Vec<i64>, room: &mut Vec<i64>| {
            buckets.deal(column, room, |value| value);
            std::mem::swap(column, room);
        };
        let narrow = |nodes: Vec<i64>| {
            let mut narrow = vec![0; nodes.len()];
            buckets.deal(&nodes, &mut narrow, |node| node as u32);
            narrow
        };
        let (src, dst) = rayon::join(
            || {
                swap(&mut time, one);
                position.iter_mut().for_each(|position| swap(position, one));
                narrow(src)
            },
            || {
                id.iter_mut().for_each(|id| swap(id, other));
                match &mut amount {
                    Amounts::Narrow(amount) => swap(amount, other),
                    Amounts::Wide(amount) => {
                        let mut room = vec![0; amount.len()];
                        buckets.deal(amount, &mut room, |amount| amount);
                        *amount = room;
                    }
                }
                narrow(dst)
            },
        );
        Transfers { time, position, id, src, dst, amount }
    }
}

/// What decides first between rows of one time: position, id, or the pair where there is neither.
#[inline]
fn second(tie: Option<&[i64]>, row: usize, pair: impl Fn() -> u64) -> u64 {
    tie.map_or_else(pair, |tie| tie[row].cast_unsigned() ^ (1 << 63))
}

/// What rows are dealt and sorted by as far as it goes: a number that never falls along ≺.
#[derive(Debug, Clone, Copy)]
struct Key {
    first: i64,
    least: u64,
    /// Bits of what follows the time.
    bits: u32,
}

impl Key {
    /// The key for these rows, in as few bits as they allow, and an upper bound of it.
    fn of(count: usize, time: impl Fn(usize) -> i64 + Sync, second: impl Fn(usize) -> u64 + Sync) -> (Self, u128) {
        let both =
            |a: (i64, i64, u64, u64), b: (i64, i64, u64, u64)| (a.0.min(b.0), a.1.max(b.1), a.2.min(b.2), a.3.max(b.3));
        let none = (i64::MAX, i64::MIN, u64::MAX, 0);
        let one = |row: usize| (time(row), time(row), second(row), second(row));
        let extent = pieces(count).map(|rows| rows.map(one).fold(none, both)).reduce(|| none, both);
        let (first, last, least, most) = extent;
        let key = Self { first, least, bits: bits(u128::from(most - least)) };
        (key, key.get(last, most))
    }

    #[inline]
    fn get(&self, time: i64, second: u64) -> u128 {
        u128::from(time.abs_diff(self.first)) << self.bits | u128::from(second - self.least)
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

    fn deal<T: Copy, U>(&self, column: &[T], room: &mut [U], as_it_is_kept: impl Fn(T) -> U) {
        let mut next = self.starts.clone();
        for (value, bucket) in column.iter().zip(&self.of) {
            let place = &mut next[usize::from(*bucket)];
            room[*place] = as_it_is_kept(*value);
            *place += 1;
        }
    }
}
