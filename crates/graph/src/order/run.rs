//! A run of rows that belong together, sorted where they lie.

use rayon::prelude::*;

use super::{Buckets, Key, bits, second};

/// A run with more rows is dealt into buckets…
const LARGE: usize = 1 << 17;
/// …unless that has been done this often: what is left then is sorted as it is.
pub(super) const DEALS: u32 = 3;

/// The columns of a run, but for the amount.
pub(super) struct Columns<'a> {
    pub(super) time: &'a mut [i64],
    pub(super) position: Option<&'a mut [i64]>,
    pub(super) id: Option<&'a mut [i64]>,
    pub(super) src: &'a mut [u32],
    pub(super) dst: &'a mut [u32],
}

/// A run of rows.
pub(super) struct Run<'a, A> {
    pub(super) columns: Columns<'a>,
    pub(super) amount: &'a mut [A],
    /// How many nodes there are.
    pub(super) nodes: u64,
}

/// Memory a thread uses for one run after the other.
#[derive(Default)]
struct Scratch<A> {
    order: Vec<u64>,
    wide: Vec<i64>,
    narrow: Vec<u32>,
    amount: Vec<A>,
}

impl<A: Copy + Ord + Default + Send + Sync> Run<'_, A> {
    /// Sorts rows that were dealt into buckets; a bucket that is too large is dealt again, up to `deals` times.
    pub(super) fn sort_buckets(self, buckets: &Buckets, deals: u32) {
        let (mut rest, mut runs) = (self, Vec::with_capacity(buckets.starts.len()));
        for ends in buckets.starts.windows(2).filter(|ends| ends[0] < ends[1]) {
            let (run, after) = rest.split_at(ends[1] - ends[0]);
            runs.push(run);
            rest = after;
        }
        runs.into_par_iter().for_each_init(Scratch::default, |scratch, run| run.sort(deals, scratch));
    }

    fn sort(mut self, deals: u32, scratch: &mut Scratch<A>) {
        let (count, Columns { time, position, id, src, dst }) = (self.amount.len(), &self.columns);
        let tie = position.as_deref().or(id.as_deref());
        let pair = |row: usize| u64::from(src[row]) * self.nodes + u64::from(dst[row]);
        let second = |row| second(tie, row, || pair(row));
        let (key, most) = Key::of(count, |row| time[row], second);
        let get = |row: usize| key.get(time[row], second(row));
        if count > LARGE && deals > 0 && most > 0 {
            let buckets = Buckets::of(count, most, get);
            self.deal(&buckets);
            self.sort_buckets(&buckets, deals - 1);
        } else {
            self.order(most, get, &mut scratch.order);
            self.permute(scratch);
        }
    }

    /// The places of the rows in order.
    fn order(&self, most: u128, key: impl Fn(usize) -> u128, order: &mut Vec<u64>) {
        let place = bits(self.amount.len() as u128 - 1);
        let cut = bits(most).saturating_sub(u64::BITS - place);
        let item = |row: usize| ((key(row) >> cut) as u64) << place | row as u64;
        order.clear();
        order.extend((0..self.amount.len()).map(item));
        if order.len() > LARGE {
            order.par_sort_unstable();
        } else {
            order.sort_unstable();
        }
        let mask = (1 << place) - 1;
        for tied in order.chunk_by_mut(|a, b| a >> place == b >> place).filter(|tied| tied.len() > 1) {
            tied.sort_unstable_by_key(|item| self.all((item & mask) as usize));
        }
        order.iter_mut().for_each(|item| *item &= mask);
    }

    /// Everything by which rows are ordered.
    fn all(&self, row: usize) -> (i64, Option<i64>, Option<i64>, u32, u32, A) {
        let Columns { time, position, id, src, dst } = &self.columns;
        let of = |column: &Option<&mut [i64]>| column.as_ref().map(|column| column[row]);
        (time[row], of(position), of(id), src[row], dst[row], self.amount[row])
    }

    /// Puts the rows into the order found. Position is no longer needed.
    fn permute(&mut self, Scratch { order, wide, narrow, amount }: &mut Scratch<A>) {
        permute(self.columns.time, order, wide);
        self.columns.id.iter_mut().for_each(|id| permute(id, order, wide));
        permute(self.columns.src, order, narrow);
        permute(self.columns.dst, order, narrow);
        permute(self.amount, order, amount);
    }

    fn deal(&mut self, buckets: &Buckets) {
        let Columns { time, position, id, src, dst } = &mut self.columns;
        [Some(time), position.as_mut(), id.as_mut()].into_iter().flatten().for_each(|column| deal(column, buckets));
        [src, dst].into_iter().for_each(|column| deal(column, buckets));
        deal(self.amount, buckets);
    }

    fn split_at(self, place: usize) -> (Self, Self) {
        let Columns { time, position, id, src, dst } = self.columns;
        let (time, time_after) = time.split_at_mut(place);
        let (position, position_after) = position.map(|column| column.split_at_mut(place)).unzip();
        let (id, id_after) = id.map(|column| column.split_at_mut(place)).unzip();
        let (src, src_after) = src.split_at_mut(place);
        let (dst, dst_after) = dst.split_at_mut(place);
        let (amount, amount_after) = self.amount.split_at_mut(place);
        let after =
            Columns { time: time_after, position: position_after, id: id_after, src: src_after, dst: dst_after };
        let (columns, nodes) = (Columns { time, position, id, src, dst }, self.nodes);
        (Self { columns, amount, nodes }, Self { columns: after, amount: amount_after, nodes })
    }
}

fn permute<T: Copy>(column: &mut [T], order: &[u64], scratch: &mut Vec<T>) {
    scratch.clear();
    scratch.extend(order.iter().map(|row| column[*row as usize]));
    column.copy_from_slice(scratch);
}

fn deal<T: Copy>(column: &mut [T], buckets: &Buckets) {
    let copy = column.to_vec();
    buckets.deal(&copy, column);
}
