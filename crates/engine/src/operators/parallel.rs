//! Ranges of nodes or edges worked on side by side, their results handed on in order.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

use datafusion::error::Result as QueryResult;
use parking_lot::{Condvar, Mutex};

/// How far, in ranges a thread, the work may run ahead of what has been handed on.
const AHEAD: usize = 8;

/// Cuts `0..count` into ranges whose weights add up to about `target`.
pub(super) fn ranges(count: u32, target: usize, weight: impl Fn(u32) -> usize) -> Vec<Range<u32>> {
    let (mut ranges, mut start, mut sum) = (Vec::new(), 0, 0);
    for item in 0..count {
        sum += weight(item);
        if sum >= target {
            ranges.push(start..item + 1);
            (start, sum) = (item + 1, 0);
        }
    }
    if start < count {
        ranges.push(start..count);
    }
    ranges
}

/// Runs `work` on every range with `threads` workers, each with a state of its own, and `emit` on the results in the order
/// of the ranges. The first error, in that order, ends it.
pub(super) fn in_order<S, R: Send>(
    ranges: &[Range<u32>],
    threads: usize,
    state: impl Fn() -> S + Sync,
    work: impl Fn(&mut S, Range<u32>) -> QueryResult<R> + Sync,
    mut emit: impl FnMut(R) -> QueryResult<()>,
) -> QueryResult<()> {
    let next = AtomicUsize::new(0);
    let (emitted, moved) = (Mutex::new(0_usize), Condvar::new());
    let threads = threads.clamp(1, ranges.len().max(1));
    let worker = |sender: std::sync::mpsc::SyncSender<(usize, QueryResult<R>)>| {
        let mut state = state();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(range) = ranges.get(index) else { return };
            {
                let mut emitted = emitted.lock();
                while index >= emitted.saturating_add(AHEAD * threads) {
                    moved.wait(&mut emitted);
                }
            }
            if sender.send((index, work(&mut state, range.clone()))).is_err() {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        let (sender, results) = sync_channel(threads);
        for _ in 0..threads {
            let sender = sender.clone();
            scope.spawn(|| worker(sender));
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut outcome = Ok(());
        'all: for (index, result) in results {
            waiting.insert(index, result);
            loop {
                let due = *emitted.lock();
                let Some(result) = waiting.remove(&due) else { break };
                outcome = result.and_then(&mut emit);
                if outcome.is_err() {
                    break 'all;
                }
                *emitted.lock() = due + 1;
                moved.notify_all();
            }
        }
        // Whoever waits for its turn shall find the channel closed.
        *emitted.lock() = usize::MAX;
        moved.notify_all();
        outcome
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use datafusion::common::exec_err;

    use super::*;

    #[test]
    fn results_come_in_order_whoever_is_first() {
        let cut = ranges(1_000, 7, |item| item as usize % 5);
        assert_eq!(cut.iter().flat_map(Clone::clone).collect::<Vec<_>>(), (0..1_000).collect::<Vec<_>>());
        let work = |_: &mut (), range: Range<u32>| {
            std::thread::sleep(std::time::Duration::from_micros(u64::from(range.start * 37 % 100)));
            Ok(range)
        };
        let mut seen = Vec::new();
        let emit = |range: Range<u32>| {
            seen.extend(range);
            Ok(())
        };
        in_order(&cut, 4, || (), work, emit).unwrap();
        assert_eq!(seen, (0..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_error_ends_it() {
        let cut = ranges(1_000, 1, |_| 1);
        let work = |_: &mut (), range: Range<u32>| if range.start == 30 { exec_err!("here") } else { Ok(range.start) };
        let mut last = 0;
        let emit = |start| {
            last = start;
            Ok(())
        };
        assert!(in_order(&cut, 3, || (), work, emit).unwrap_err().to_string().contains("here"));
        assert_eq!(last, 29);
    }
}
