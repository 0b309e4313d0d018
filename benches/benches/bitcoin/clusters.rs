//! Clusters: the partition, the merge forest, its history and its paths, beside `graphsense-clustering`.
//!
//! `INPUTS=1000000,10000000,100000000` are the sizes. The inputs are invented ([`chain`]): more than half of the
//! transactions have one, most others two or three, some have up to twenty, and one in a thousand sweeps hundreds.
//! Scripts are met twice on average, new ones more often than old ones; wallets are of a few scripts, of thousands, and
//! sixteen of them share an eighth of all. Nodes are scripts numbered as they appear.
//!
//! A *unite* is a candidate edge: an input that is not the first of its transaction. Peaks are of the process, which
//! holds the inputs (4 bytes each, and 4 a transaction); goals are 4 M unites a second and thread, and 15 s and 1 GB
//! for 100 M inputs on two threads. Beside the wall clock stands the processor's time, of all threads, which says more
//! where others are at work on the same machine. The peer (`peers/clusters.py`) is given the same sets from memory, as
//! Arrow, and must find the same partition, or the bench fails. `PYTHON` is the interpreter that has it.
//!
//! Learned so far: it is waiting for memory. Looking up the roots of thirty-two candidates side by side is no better
//! than of sixteen, and neither is saving the branches that nobody can predict. The linking thread is left with a third
//! of the candidates; blocks eight times as long take a tenth more of the processor, since what was looked up is no
//! longer in the cache when it is linked.

use std::io::{BufWriter, Write as _};
use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use headwater_benches::{Failure, Run, Spread, exponent, repeat};
use headwater_graph::Guard;
use headwater_graph::clusters::{Edge, Evidence, Links, Merger, Rules, Strength, history, partition};

/// The goal, in nanoseconds a unite and thread.
const GOAL: f64 = 250.0;
/// Paths asked for.
const PATHS: usize = 1_000;

/// Runs all of it.
pub(crate) fn run() -> Result<(), Failure> {
    let sizes = std::env::var("INPUTS").unwrap_or_else(|_| "1000000,10000000,100000000".to_owned());
    let sizes = sizes.split(',').map(|size| size.trim().parse()).collect::<Result<Vec<usize>, _>>()?;
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut smaller: Option<(usize, Vec<(String, Spread)>)> = None;
    for size in sizes {
        let chain = chain(size, 1);
        let found = measure(&chain, threads)?;
        if let Some((before, spreads)) = smaller {
            let factor = size as f64 / before as f64;
            for ((name, small), (_, large)) in spreads.iter().zip(&found) {
                exponent(&format!("growth of {name}"), small, large, factor);
            }
        }
        smaller = Some((size, found));
    }
    Ok(())
}

/// Transactions and their input scripts.
struct Chain {
    starts: Vec<u32>,
    members: Vec<u32>,
    nodes: u32,
    /// Inputs that are not the first of their transaction.
    unites: usize,
}

/// Times every part of it and the peer, and says how long each took.
fn measure(chain: &Chain, threads: usize) -> Result<Vec<(String, Spread)>, Failure> {
    let inputs = chain.members.len();
    println!(
        "\n{inputs} inputs in {} transactions, {} unites among {} scripts; {:.0} MiB held before",
        chain.starts.len() - 1,
        chain.unites,
        chain.nodes,
        reset() / MIB
    );
    let evidence = Evidence::new(&chain.starts, &chain.members, chain.nodes)?;
    let (mut spreads, mut ours, mut marks) = (Vec::new(), Vec::new(), Vec::new());
    for threads in counts(threads) {
        let (spread, cpu, names) = timed(threads, || Ok(partition(&evidence, go())?))?;
        say(&format!("partition, {threads}"), &spread, cpu, chain.unites, threads);
        spreads.push((format!("partition, {threads}"), spread));
        ours.push((threads, spread, cpu));
        // Not kept themselves: what is measured next would seem to need more memory.
        marks.push(mark(names));
    }
    let mut forest = Vec::new();
    let mut forests = Vec::new();
    for threads in counts(threads) {
        drop(std::mem::take(&mut forest));
        let (spread, cpu, (edges, names)) = timed(threads, || {
            let mut merger = Merger::new(chain.nodes, Rules::default())?;
            let edges = merger.merge(&evidence, Strength::Strong, go())?.edges;
            Ok((edges, merger.finish()))
        })?;
        say(&format!("merge forest, {threads}"), &spread, cpu, chain.unites, threads);
        spreads.push((format!("merge forest, {threads}"), spread));
        marks.push(mark(names));
        forests.push(mark(edges.iter().flat_map(|edge| [edge.first, edge.other, edge.row])));
        forest = edges;
    }
    if marks.iter().any(|mark| *mark != marks[0]) || forests.iter().any(|mark| *mark != forests[0]) {
        return Err("the partition or the forest depends on the way or the number of threads".into());
    }
    let names = partition(&evidence, go())?;
    describe(&names, forest.len());
    let (spread, cpu, merges) = timed(1, || Ok(history(chain.nodes, &forest, go())?.len()))?;
    say("history, 1", &spread, cpu, merges, 1);
    spreads.push(("history".to_owned(), spread));
    spreads.push(("links".to_owned(), paths(chain.nodes, &forest, &names)?));
    drop(forest);
    peer(chain, &names, &ours)?;
    Ok(spreads)
}

/// A number that differs when the numbers do.
fn mark(numbers: impl IntoIterator<Item = u32>) -> u64 {
    numbers.into_iter().fold(0, |mark, number| (mark ^ u64::from(number)).wrapping_mul(0x100_0000_01b3).rotate_left(29))
}

/// Says how large clusters are.
fn describe(names: &[u32], edges: usize) {
    let mut sizes = vec![0_u32; names.len()];
    names.iter().for_each(|name| sizes[*name as usize] += 1);
    let (clusters, singles) = (sizes.iter().filter(|size| **size > 0).count(), sizes.iter().filter(|size| **size == 1));
    println!(
        "  {edges} edges in the forest, {clusters} clusters, {} of them single scripts, the largest of {}",
        singles.count(),
        sizes.iter().max().unwrap_or(&0)
    );
}

/// Makes a forest ready to be asked, and asks it.
fn paths(nodes: u32, forest: &[Edge], names: &[u32]) -> Result<Spread, Failure> {
    let mut links = None;
    let spread = repeat(1, || {
        let start = Instant::now();
        links = Some(Links::of(nodes, forest, go())?);
        Ok(Run { wall: start.elapsed(), peak: 0 })
    })?;
    let links = links.ok_or("no links were built")?;
    // Scripts far apart that are together: each with the name of its cluster.
    let pairs = (0..nodes).step_by((nodes as usize / PATHS).max(1)).map(|node| (node, names[node as usize]));
    let start = Instant::now();
    let (mut count, mut steps, mut longest) = (0, 0, 0);
    for (from, to) in pairs.filter(|(from, to)| from != to) {
        let length = links.path(from, to).ok_or("two scripts of a cluster have no path")?.len();
        (count, steps, longest) = (count + 1, steps + length, longest.max(length));
    }
    println!(
        "{:<28} {:>9.3} s to build; {count} paths of {:.0} edges, {longest} at most: {:.1} µs each",
        "why",
        spread.median.as_secs_f64(),
        steps as f64 / f64::from(count.max(1)),
        start.elapsed().as_secs_f64() * 1e6 / f64::from(count.max(1))
    );
    Ok(spread)
}

/// Lets the peer do the same, and compares.
fn peer(chain: &Chain, names: &[u32], ours: &[(usize, Spread, f64)]) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    // The peer keeps node 0 for itself.
    write(&folder.path().join("starts"), chain.starts.iter().copied())?;
    write(&folder.path().join("members"), chain.members.iter().map(|node| node + 1))?;
    write(&folder.path().join("clusters"), names.iter().map(|node| node + 1))?;
    for (threads, spread, cpu) in ours {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/clusters.py");
        let mut command = Command::new(python());
        command.arg(script).arg(folder.path()).env("RAYON_NUM_THREADS", threads.to_string());
        let output = command.output()?;
        if !output.status.success() {
            println!("graphsense-clustering failed: {}", String::from_utf8_lossy(&output.stderr));
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let fields: Vec<&str> = text.trim().split('\t').collect();
        let (seconds, busy, peak, verdict) = match fields.as_slice() {
            [seconds, busy, peak, verdict] => {
                (seconds.parse::<f64>()?, busy.parse::<f64>()?, peak.parse::<f64>()?, *verdict)
            }
            _ => {
                println!("  no graphsense-clustering: {text}");
                return Ok(());
            }
        };
        println!(
            "  graphsense-clustering, {threads}   {seconds:>9.3} s   peak {:>6.0} MiB   \
             {:.2}x our time, {:.2}x our processor's   partition: {verdict}",
            peak / MIB,
            seconds / spread.median.as_secs_f64(),
            busy / cpu,
        );
        if verdict != "same" {
            return Err("the peer's partition is another".into());
        }
    }
    Ok(())
}

fn python() -> String {
    std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

fn write(path: &Path, numbers: impl Iterator<Item = u32>) -> Result<(), Failure> {
    let mut file = BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    for number in numbers {
        file.write_all(&number.to_le_bytes())?;
    }
    Ok(file.flush()?)
}

const MIB: f64 = (1 << 20) as f64;

fn go<'a>() -> Guard<'a> {
    Guard::new(&|| false)
}

/// One thread, and all.
fn counts(threads: usize) -> Vec<usize> {
    if threads > 1 { vec![1, threads] } else { vec![1] }
}

/// The median of three with so many threads, the least processor time of the three in seconds, and the last answer.
fn timed<T: Send>(threads: usize, work: impl Fn() -> Result<T, Failure> + Sync) -> Result<(Spread, f64, T), Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let (mut answer, mut least) = (None, f64::INFINITY);
    let spread = repeat(3, || {
        drop(answer.take());
        reset();
        let (start, before) = (Instant::now(), busy());
        answer = Some(pool.install(|| work().map_err(|failure| failure.to_string()))?);
        let wall = start.elapsed();
        least = least.min(busy() - before);
        Ok(Run { wall, peak: peak() as u64 })
    })?;
    Ok((spread, least, answer.ok_or("nothing was done")?))
}

fn say(name: &str, spread: &Spread, cpu: f64, unites: usize, threads: usize) {
    let seconds = spread.median.as_secs_f64();
    let each = seconds * 1e9 / unites as f64;
    println!(
        "{name:<20} {seconds:>8.3} s ({:.3}-{:.3}), processor {cpu:>7.3} s {each:>7.1} ns/unite {:>7.2} M unites/s/thread \
         ({:.1}x the goal; {:.1}x by the processor)   peak {:>6.0} MiB",
        spread.low.as_secs_f64(),
        spread.high.as_secs_f64(),
        1e3 / each / threads as f64,
        GOAL / each / threads as f64,
        GOAL * unites as f64 / cpu / 1e9,
        spread.peak as f64 / MIB
    );
}

/// Seconds the threads of this process have been on a processor, in hundredths; 0 where the system does not say.
fn busy() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name, which may hold anything, the twelfth and thirteenth: the program's, and the system's on its
    // behalf.
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// Forgets the peak so far and gives what is held now, in bytes.
fn reset() -> f64 {
    // Where the system has no such switch, peaks are those since the start: too much is said, never too little.
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    peak()
}

/// The most memory this process has held since, in bytes; 0 where the system does not say.
fn peak() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok()).unwrap_or(0.0) * 1024.0
}

/// Invents so many inputs. Which wallet a script belongs to is a function of its number, so that nothing but the inputs
/// takes memory:
///
/// ```text
/// number mod 8    0 … 4    a wallet of four, within 4,096 numbers
///                 5, 6     a wallet of 4,096, within 16 M numbers
///                 7        one of sixteen wallets
/// ```
fn chain(inputs: usize, seed: u64) -> Chain {
    let mut random = Random(seed);
    let nodes = (inputs / 20 * 9).max(1 << 12) as u64;
    let (mut starts, mut members) = (Vec::with_capacity(inputs / 2), Vec::with_capacity(inputs));
    starts.push(0);
    let mut unites = 0;
    while members.len() < inputs {
        // Scripts that were paid up to now; old ones are met less often.
        let paid = (nodes * members.len() as u64 / inputs as u64).max(1 << 10);
        let age = (paid as f64).powf(random.share()) as u64;
        let script = paid - age.clamp(1, paid);
        let size = match random.below(1_000) {
            0 => 100 + random.below(500),
            1..=70 => 4 + random.below(17),
            71..=190 => 3,
            191..=440 => 2,
            _ => 1,
        };
        let size = size.min((inputs - members.len()) as u64);
        members.push(script as u32);
        for _ in 1..size {
            members.push(random.other(script, paid) as u32);
        }
        unites += size as usize - 1;
        starts.push(members.len() as u32);
    }
    Chain { starts, members, nodes: nodes as u32, unites }
}

/// Knuth's multiplier and the finaliser of SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let key = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        key ^ (key >> 31)
    }

    fn below(&mut self, count: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(count)) >> 64) as u64
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A script of the same wallet among those that were paid.
    fn other(&mut self, script: u64, paid: u64) -> u64 {
        // Numbers of a wallet are so far apart, and so many before the next wallet takes the same.
        let (apart, many) = match script % 8 {
            0..=4 => (1 << 10, 4),
            5 | 6 => (1 << 12, 1 << 12),
            _ => (1 << 7, u64::MAX >> 7),
        };
        let first =
            if many > 1 << 20 { script % apart } else { script / (apart * many) * (apart * many) + script % apart };
        let count = ((paid - first.min(paid - 1) - 1) / apart + 1).min(many);
        let place = if count > 1 << 13 {
            // A sweep gathers what came in lately.
            count - 1 - ((count as f64).powf(self.share()) as u64).min(count - 1)
        } else {
            self.below(count)
        };
        (first + place * apart).min(paid - 1)
    }
}
