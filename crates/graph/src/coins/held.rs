//! What unspent coins carry: runs of satoshis, kept by coin until the coin is spent.
//!
//! ```text
//! by output    0   3   0   0   1   0   2   0                     4 bytes, zero where there is no taint
//! entries      ↗ 3 runs │ ↗ 2 runs │ 5 of source 2 │ ·           16 bytes
//! runs         a b c · │ d e │ · · · · │ f ·                      stretches of a power of two
//! ```
//!
//! Most coins carry one run, which stands in the entry itself. Entries and stretches that are given back are the next to
//! be taken, so that a long walk takes no more room than what is tainted at one time. Memory that is touched for the
//! first time costs as much as the rest of a step, which is why there are four bytes by output and not an entry.

/// Neighbouring satoshis of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) amount: i64,
    /// The number of a source, or [`CLEAN`].
    pub(super) source: u32,
}

/// The source of what no seed has tainted.
pub(super) const CLEAN: u32 = u32::MAX;

/// In an entry: the runs stand elsewhere, and this many.
const ELSEWHERE: u32 = 1 << 31;
/// No stretch.
const NOWHERE: u64 = u64::MAX;

/// A coin's entry: an amount or where its runs are; its hop, and its source or how many runs.
type Entry = [u64; 2];

/// Taint by coin.
#[derive(Debug)]
pub(super) struct Held {
    /// By coin, one more than where its entry is; pages of zeros that the system provides when they are first written.
    places: Vec<u32>,
    entries: Vec<Entry>,
    /// Entries given back.
    idle: Vec<u32>,
    runs: Vec<Run>,
    /// By the logarithm of its size, the stretch given back last; each names the one before it in its first amount.
    free: [u64; 32],
}

impl Held {
    /// No taint on any of so many coins.
    pub(super) fn new(coins: usize) -> Self {
        Self { places: vec![0; coins], entries: Vec::new(), idle: Vec::new(), runs: Vec::new(), free: [NOWHERE; 32] }
    }

    /// Keeps the runs of a coin that has none, and its hop. There is at least one run, and fewer than 2³¹.
    #[inline]
    pub(super) fn put(&mut self, coin: u32, runs: &[Run], hop: u32) {
        let (data, low) = match runs {
            [run] => (run.amount.cast_unsigned(), run.source),
            _ => (self.store(runs), ELSEWHERE | runs.len() as u32),
        };
        let entry = [data, u64::from(hop) << 32 | u64::from(low)];
        self.places[coin as usize] = match self.idle.pop() {
            Some(place) => {
                self.entries[place as usize] = entry;
                place + 1
            }
            None => {
                self.entries.push(entry);
                self.entries.len() as u32
            }
        };
    }

    /// Takes the runs of a coin, if it has any, and shows them to `take`; returns its hop.
    #[inline]
    pub(super) fn take(&mut self, coin: u32, take: impl FnOnce(&[Run])) -> Option<u32> {
        let place = std::mem::take(&mut self.places[coin as usize]).checked_sub(1)?;
        self.idle.push(place);
        let [data, about] = self.entries[place as usize];
        let (hop, low) = ((about >> 32) as u32, about as u32);
        if low & ELSEWHERE == 0 {
            take(&[Run { amount: data.cast_signed(), source: low }]);
        } else {
            let len = (low & !ELSEWHERE) as usize;
            let at = data as usize;
            take(&self.runs[at..at + len]);
            let class = class(len);
            self.runs[at].amount = self.free[class].cast_signed();
            self.free[class] = data;
        }
        Some(hop)
    }

    /// Reads what a coin carries for nothing but to have it in the cache.
    #[inline]
    pub(super) fn touch(&self, coin: u32) -> i64 {
        // Nothing here depends on what is read but where to read next: a wrong guess would put an end to reading ahead.
        let place = self.places[coin as usize].saturating_sub(1);
        let [data, about] = self.entries.get(place as usize).copied().unwrap_or_default();
        let elsewhere = u64::from(about as u32 >> 31);
        self.runs.get((data * elsewhere) as usize).map_or(0, |run| run.amount)
    }

    /// The runs of a coin.
    pub(super) fn look(&self, coin: u32, look: impl FnOnce(&[Run])) {
        let Some(place) = self.places[coin as usize].checked_sub(1) else { return };
        let [data, about] = self.entries[place as usize];
        let low = about as u32;
        if low & ELSEWHERE != 0 {
            look(&self.runs[data as usize..][..(low & !ELSEWHERE) as usize]);
        } else {
            look(&[Run { amount: data.cast_signed(), source: low }]);
        }
    }

    /// Finds a stretch for runs.
    fn store(&mut self, runs: &[Run]) -> u64 {
        let class = class(runs.len());
        let at = self.free[class];
        if at == NOWHERE {
            let at = self.runs.len();
            self.runs.extend_from_slice(runs);
            self.runs.resize(at + (1 << class), Run { amount: 0, source: CLEAN });
            return at as u64;
        }
        self.free[class] = self.runs[at as usize].amount.cast_unsigned();
        self.runs[at as usize..][..runs.len()].copy_from_slice(runs);
        at
    }
}

/// The logarithm of the least power of two that is not below a length.
fn class(len: usize) -> usize {
    len.next_power_of_two().trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn what_is_put_is_what_is_taken(steps in prop::collection::vec((0_u32..6, 0_usize..9), 0..80)) {
            let (mut held, mut naive) = (Held::new(6), BTreeMap::new());
            for (number, (coin, len)) in (0_u32..).zip(steps) {
                let mut taken = None;
                let hop = held.take(coin, |runs| taken = Some(runs.to_vec()));
                let wanted: Option<(Vec<Run>, u32)> = naive.remove(&coin);
                prop_assert_eq!(taken.zip(hop), wanted);
                if len > 0 {
                    let run = |part: usize| Run { amount: i64::from(number) * 10 + part as i64, source: part as u32 };
                    let runs: Vec<Run> = (0..len).map(run).collect();
                    held.put(coin, &runs, number);
                    naive.insert(coin, (runs, number));
                }
                for (coin, (runs, _)) in &naive {
                    held.look(*coin, |found| assert_eq!(found, runs));
                }
            }
            // Six coins of at most eight runs, and what lies idle of smaller sizes.
            prop_assert!(held.runs.len() <= 6 * (2 + 4 + 8));
        }
    }
}
