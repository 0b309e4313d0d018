//! Coins: a history built, and a hundred outputs followed through it by each method.
//!
//! `TRANSACTIONS=1000000,10000000` are the sizes. The history is invented: blocks of a coinbase and 2,000 transactions
//! of one to three inputs and one to three outputs, mostly two. Half of what is spent was made in the last few thousand
//! outputs, the rest at any time before. The hundred seeds are the first coinbases, all the money there is at the
//! beginning, so that taint spreads all over the history; or a hundred payments of the first tenth of it, whose taint
//! comes to few transactions that lie far apart. Every transaction that taint comes to is counted.
//!
//! A trace is one thread's work. The processor's time stands beside the wall clock, because others may be at work on the
//! machine; the rate is by the processor's time where the system tells it. Goal: 3 M transactions a second under FIFO.

use std::time::{Duration, Instant};

use headwater_benches::{Failure, Run, Spread, exponent, repeat};
use headwater_graph::Guard;
use headwater_graph::coins::{Coins, Columns, Direction, Method, Request, Seed, Trace, trace};

/// Transactions a second.
const GOAL: f64 = 3e6;
/// Seeds followed.
const SEEDS: usize = 100;
/// Transactions of a block beside its coinbase.
const BLOCK: usize = 2_000;
/// What a block mints.
const MINTED: i64 = 5_000_000_000;
/// Outputs that count as made just now.
const RECENT: u64 = 5_000;

/// Which outputs are seeds.
#[derive(Debug, Clone, Copy)]
enum From {
    Coinbases,
    Payments,
    /// Back from the last tenth.
    Last,
}

/// What is asked: its name, the seeds and how many sources they have, and the method.
type Question = (&'static str, From, u32, Method);

const QUESTIONS: [Question; 9] = [
    ("FIFO", From::Coinbases, 1, Method::Fifo),
    ("FIFO, 100 sources", From::Coinbases, 100, Method::Fifo),
    ("FIFO, payments", From::Payments, 1, Method::Fifo),
    ("FIFO, back", From::Last, 1, Method::Fifo),
    ("LIFO", From::Coinbases, 1, Method::Lifo),
    ("haircut", From::Coinbases, 1, Method::Haircut),
    ("haircut, 4 sources", From::Coinbases, 4, Method::Haircut),
    ("TIHO", From::Coinbases, 1, Method::Tiho),
    ("poison", From::Coinbases, 1, Method::Poison),
];

/// Runs all of it.
pub(crate) fn run() -> Result<(), Failure> {
    let sizes = std::env::var("TRANSACTIONS").unwrap_or_else(|_| "1000000,10000000".to_owned());
    let sizes = sizes.split(',').map(|size| size.trim().parse()).collect::<Result<Vec<usize>, _>>()?;
    let mut smaller: Option<(usize, Vec<(Spread, u64)>)> = None;
    for size in sizes {
        let found = measure(size)?;
        if let Some((before, few)) = &smaller {
            let factor = size as f64 / *before as f64;
            for (((name, ..), (small, few)), (large, many)) in QUESTIONS.iter().zip(few).zip(&found) {
                let answers = (*many as f64 / *few as f64).ln() / factor.ln();
                exponent(&format!("growth of {name} (its transactions: {answers:.2})"), small, large, factor);
            }
        }
        smaller = Some((size, found));
    }
    Ok(())
}

/// Builds a history and asks everything of it; the processor's time and the transactions looked at.
fn measure(size: usize) -> Result<Vec<(Spread, u64)>, Failure> {
    let columns = history(size, 1);
    let counts = (columns.prev_txo.len(), columns.value.len());
    println!("\n{size} transactions, {} inputs, {} outputs", counts.0, counts.1);
    let ids = seed_ids(&columns);
    let start = Instant::now();
    let coins = Coins::build(columns)?;
    let seconds = start.elapsed().as_secs_f64();
    let (rate, bytes) = (counts.0 as f64 / seconds / 1e6, coins.bytes() as f64 / size as f64);
    println!(
        "{:<20} {seconds:>7.3} s wall, all threads   {rate:.2} M inputs/s   {bytes:.0} bytes/transaction",
        "build"
    );
    let mut found = Vec::new();
    for (name, from, sources, method) in QUESTIONS {
        let direction = if matches!(from, From::Last) { Direction::Back } else { Direction::Forward };
        let seeds = (0_u32..).zip(&ids[from as usize]).map(|(place, txo)| Seed {
            txo: *txo,
            amount: None,
            source: place % sources,
        });
        let request = request(direction, method, seeds.collect());
        let mut last = Trace::default();
        let mut wall = Duration::MAX;
        let mut once = || -> Result<Run, Failure> {
            last = Trace::default();
            let (start, busy) = (Instant::now(), processor_time());
            last = trace(&coins, &request, Guard::new(&|| false))?;
            wall = wall.min(start.elapsed());
            let busy = processor_time().zip(busy).map(|(after, before)| after.saturating_sub(before));
            Ok(Run { wall: busy.unwrap_or(start.elapsed()), peak: 0 })
        };
        let first = repeat(1, &mut once)?;
        let spread = if first.median.as_secs_f64() > 5.0 { first } else { repeat(3, &mut once)? };
        closes(&last, method)?;
        let rate = last.looked_at as f64 / spread.median.as_secs_f64();
        let goal = if method == Method::Fifo { format!(" (goal {:.1})", GOAL / 1e6) } else { String::new() };
        println!(
            "{name:<20} {:>7.3} s ({:.3}-{:.3}), {:.3} s wall   {:>9} transactions, {:>6.2} M/s/thread{goal}   {} rows",
            spread.median.as_secs_f64(),
            spread.low.as_secs_f64(),
            spread.high.as_secs_f64(),
            wall.as_secs_f64(),
            last.looked_at,
            rate / 1e6,
            last.reached.len() + last.resting.len(),
        );
        found.push((spread, last.looked_at));
    }
    Ok(found)
}

fn request(direction: Direction, method: Method, seeds: Vec<Seed>) -> Request {
    Request {
        direction,
        method,
        seeds,
        max_hops: u32::MAX,
        since: None,
        until: None,
        min_amount: 0,
        max_fan: u32::MAX,
        stop_transactions: Vec::new(),
        stop_accounts: Vec::new(),
        fees: None,
        budget: u64::MAX,
    }
}

/// What was seeded must rest, or there is nothing to measure.
fn closes(trace: &Trace, method: Method) -> Result<(), Failure> {
    let seeded: i128 = trace.seeded.iter().map(|seeded| i128::from(seeded.tainted)).sum();
    let rests: i128 = trace.resting.iter().map(|resting| i128::from(resting.tainted)).sum();
    if method == Method::Poison || seeded == rests {
        return Ok(());
    }
    Err(format!("{method:?} seeded {seeded} and lost {}", seeded - rests).into())
}

/// How long this thread has been on a processor, where the system tells it.
fn processor_time() -> Option<Duration> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(statistics.split(' ').next()?.parse().ok()?))
}

/// The seeds to choose from, as [`From`] has them.
fn seed_ids(columns: &Columns) -> [Vec<i64>; 3] {
    let tenth = columns.value.len() / 10;
    let id = |output: usize| {
        let transaction = columns.first_output.partition_point(|first| *first as usize <= output) - 1;
        columns.transaction[transaction] + (output - columns.first_output[transaction] as usize) as i64
    };
    let spread = |from: usize| (0..SEEDS).map(|seed| id(from + tenth * seed / SEEDS)).collect();
    [(0..SEEDS).map(id).collect(), spread(SEEDS), spread(columns.value.len() - tenth)]
}

/// A stream of numbers: SplitMix64.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(most)) >> 64) as u64
    }
}

/// An invented history of so many transactions beside the coinbases.
fn history(size: usize, seed: u64) -> Columns {
    let mut numbers = Numbers(seed);
    let mut columns = Columns { first_input: vec![0], first_output: vec![0], whole: true, ..Columns::default() };
    // Id and value; the newest last, and those of the block's coinbase not yet among them.
    let mut unspent: Vec<(i64, i64)> = Vec::new();
    let mut height = 0_i64;
    let mut made = 0;
    while made < size {
        let coinbase = height << 32;
        columns.transaction.push(coinbase);
        columns.coinbase.push(true);
        columns.value.push(MINTED);
        columns.first_input.push(columns.prev_txo.len() as u32);
        columns.first_output.push(columns.value.len() as u32);
        // The first hundred blocks have coinbases alone.
        for place in 1..=BLOCK.min(size - made) as i64 * i64::from(height >= 100) {
            let id = coinbase + (place << 17);
            let inputs = [1, 1, 1, 1, 1, 1, 2, 2, 3, 3][numbers.below(10) as usize];
            let mut sum = 0;
            for _ in 0..inputs {
                let len = unspent.len() as u64;
                if len == 0 {
                    break;
                }
                let back = if numbers.below(2) == 0 { numbers.below(RECENT.min(len)) } else { numbers.below(len) };
                let (txo, value) = unspent.swap_remove((len - 1 - back) as usize);
                columns.prev_txo.push(txo);
                columns.prev_value.push(value);
                sum += value;
            }
            let outputs = [1, 2, 2, 2, 2, 2, 2, 2, 2, 3][numbers.below(10) as usize];
            let mut left = sum - (sum / 2).min(200 + numbers.below(2_000) as i64);
            for output in 0..outputs {
                let value = if output + 1 == outputs { left } else { numbers.below(left.unsigned_abs() + 1) as i64 };
                left -= value;
                unspent.push((id + output, value));
                columns.value.push(value);
            }
            columns.transaction.push(id);
            columns.coinbase.push(false);
            columns.first_input.push(columns.prev_txo.len() as u32);
            columns.first_output.push(columns.value.len() as u32);
            made += 1;
        }
        unspent.push((coinbase, MINTED));
        height += 1;
    }
    columns
}
