//! The graph and its searches, beside DuckDB and snapml's Graph Feature Preprocessor on the same transfers.
//!
//! `cargo xtask bench graph`; `EDGES=100000,1000000,10000000` for other sizes than the first two, `LIMIT=300` for more
//! than two minutes a query of the peer. The edge sets are `headwater_synth::edges`; both peers are given them as CSV
//! (`benches/peers/graph.py`) and timed on what then lies in memory.
//!
//! Every ratio is the peer's time by ours, on as many threads; the one in brackets counts the building of the graph as
//! ours, although one graph serves many searches. Headwater finds instances with their transfers, DuckDB aggregates to
//! a count and a checksum, snapml counts.
//!
//! | work | what is measured | DuckDB | snapml |
//! |---|---|---|---|
//! | rolling | count, sum, counterparties, paid and received, of 12 hours | RANGE frames | fan, degree, statistics |
//! | successions | every receipt with every payment within 24 hours after it | join | – |
//! | scatter_gather | two intermediaries or more within 6 hours | joins and groups | scatter-gather |
//! | cycles | up to 10 transfers within 24 hours | recursive CTE | temp-cycle; lc-cycle |
//! | trace | all that one transfer reaches in 6 hops | recursive CTEs | – |
//!
//! DuckDB must give the same answer, or the bench fails: the same number, and the same sum over what was found. For
//! scatter_gather that is the pairs of source and sink, because one window of ours is many rows of a join. snapml's
//! counts are not comparable: it takes no account of time in scatter-gathers, counts bundles of cycles, and a histogram
//! depends on its batches of 128. FIFO cannot be said in a recursive CTE, so the trace compared is poison. DuckDB is
//! asked twice: transfer by transfer, as one would write it first, and by the earliest arrival at each hop (`levels`),
//! as one who knows what is needed would. FIFO's own time stands beside it, for all payments of the account whose money
//! goes furthest.
//!
//! Learned so far:
//! - Most of the building was looking accounts up. One look-up an end and an array of ranks, in place of a second
//!   look-up, nearly halved the time.
//! - At ten million transfers it is misses of the cache. Dealing keys, rows and edges into buckets first took three
//!   tenths off rows that come in any order and a quarter off those in order; at one million it gains nothing. With
//!   1024 buckets instead of 256 dealing takes half as long again. Memory fresh from the system can cost as much as the
//!   work done in it, so that columns are dealt into the memory of others.
//! - A book kept to the minute has hundreds of transfers an instant, and ids that follow time. A sort key in as few
//!   bits as the rows of a bucket need leaves room for the id; without that two thirds of the sort were comparing ties.
//! - No transfer after the root account's last receipt in the window can be in a cycle: ending the search there took a
//!   third off the cycle-rich book. What lies ahead of a root grows with the book, what lies behind its account often
//!   does not: a short look backwards comes first.
//! - Legs grouped by source and sink before they are joined again make DuckDB's scatter-gather far faster than the
//!   four-way join one would write first; the ratio is against this query.
#![expect(clippy::print_stdout, reason = "a bench prints its result")]
#![expect(clippy::disallowed_methods, reason = "a bench takes its size from the environment")]

use std::io::Write as _;
use std::num::NonZero;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use headwater_benches::{Failure, Run, Spread, exponent, repeat};
use headwater_graph::{Amounts, Columns, Graph};
use headwater_synth::{EdgeShape, Edges, edges};

#[path = "graph/works.rs"]
mod works;

use works::{Found, WORKS, Work, fifo, seed, spender};

/// What a peer said of a work.
struct Said {
    seconds: f64,
    /// Transfers it worked through: snapml stops when its time is up.
    transfers: Option<f64>,
    found: Option<Found>,
}

/// One edge set and how it is run.
struct Setting {
    shape: EdgeShape,
    columns: Columns,
    threads: usize,
    limit: u64,
}

fn main() -> Result<(), Failure> {
    if !headwater_benches::is_wanted("graph") {
        return Ok(());
    }
    let variable = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
    let sizes = variable("EDGES", "100000,1000000");
    let sizes = sizes.split(',').map(|size| size.trim().parse()).collect::<Result<Vec<usize>, _>>()?;
    let limit = variable("LIMIT", "120").parse()?;
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut differing = Vec::new();
    for shape in [EdgeShape::Bank, EdgeShape::CycleRich] {
        let mut smaller: Option<(usize, Vec<(Spread, Found)>)> = None;
        for size in &sizes {
            let edges = edges(*size, shape, 1);
            println!("\n{shape:?}, {size} transfers, 1 and {threads} threads");
            let setting = Setting { shape, columns: columns(edges), threads, limit };
            let found = measure(&setting, &mut differing)?;
            if let Some((smaller, before)) = smaller {
                let factor = *size as f64 / smaller as f64;
                for ((work, (small, few)), (large, many)) in WORKS.iter().zip(&before).zip(&found) {
                    let answers = (many.count.max(1) as f64 / few.count.max(1) as f64).ln() / factor.ln();
                    exponent(&format!("growth of {} (its answers: {answers:.2})", work.name), small, large, factor);
                }
            }
            smaller = Some((*size, found));
        }
    }
    if differing.is_empty() { Ok(()) } else { Err(format!("answers differ: {}", differing.join("; ")).into()) }
}

/// Builds the graph, runs every work and both peers, and says what came out.
fn measure(setting: &Setting, differing: &mut Vec<String>) -> Result<Vec<(Spread, Found)>, Failure> {
    let (columns, threads) = (&setting.columns, setting.threads);
    let (_, _) = build("build, rows in any order", &shuffled(columns), threads)?;
    let (graph, built) = build("build, rows in order", columns, threads)?;
    let seed = seed(&graph);
    let mut results = Vec::new();
    for work in &WORKS {
        let (one, _) = ours(work, &graph, 1)?;
        let (all, found) = ours(work, &graph, threads)?;
        println!(
            "{:<28} {:>9.3} s{} {:>9.3} s{} {:>8.2} M edges/s   found {}{}",
            work.name,
            one.median.as_secs_f64(),
            range(&one),
            all.median.as_secs_f64(),
            range(&all),
            f64::from(graph.edges()) / all.median.as_secs_f64() / 1e6,
            found.count,
            if found.cut > 0 { format!(", {} searches cut", found.cut) } else { String::new() },
        );
        results.push((all, found));
    }
    let account = spender(&graph)?;
    let (spread, reached) = timed(|| fifo(&graph, account))?;
    println!(
        "{:<28} {:>9.3} s{}   reached {}, {} of them the account's own; with the build {:.3} s",
        "trace, FIFO",
        spread.median.as_secs_f64(),
        range(&spread),
        reached.count,
        graph.outgoing(account).len(),
        (spread.median + built.median).as_secs_f64()
    );
    let folder = tempfile::tempdir()?;
    let source = folder.path().join("transfers.csv");
    write(&graph, &source)?;
    for peer in ["duckdb", "snapml"] {
        let limit = if peer == "duckdb" { setting.limit } else { setting.limit.min(6) };
        let mut command = Command::new("python3");
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/graph.py")).arg(peer).arg(&source);
        command.args([threads.to_string(), limit.to_string(), seed.to_string()]);
        let output = command.output()?;
        if !output.status.success() {
            println!("{peer} failed: {}", String::from_utf8_lossy(&output.stderr));
        }
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            compare(setting, peer, line, &results, built, differing);
        }
    }
    Ok(results)
}

/// Says how a peer's line compares with what Headwater did.
fn compare(
    setting: &Setting,
    peer: &str,
    line: &str,
    results: &[(Spread, Found)],
    built: Spread,
    differing: &mut Vec<String>,
) {
    let fields: Vec<&str> = line.split('\t').collect();
    let name = fields.first().copied().unwrap_or_default();
    if name == "missing" {
        println!("no {peer}: there is no Python module {} (cargo xtask bench installs it)", fields[fields.len() - 1]);
        return;
    }
    // "cycles (lc-cycle)" is another way to do the work "cycles".
    let place = WORKS.iter().position(|work| name.split(' ').next() == Some(work.name));
    let Some((work, (spread, found))) = place.and_then(|place| Some((&WORKS[place], results.get(place)?))) else {
        println!("{peer}: {line}");
        return;
    };
    let goal = work.goals.iter().find(|(name, _)| *name == peer).map(|(_, goals)| goals[setting.shape as usize]);
    let goal = goal.map_or_else(String::new, |goal| format!(" (goal {goal})"));
    let mine = spread.median.as_secs_f64();
    let Some(said) = said(&fields) else {
        let reason = fields.last().copied().unwrap_or_default();
        let least = setting.limit as f64 / mine;
        println!("  {peer} {name:<20} > {} s ({reason}): more than {least:.1}x{goal}", setting.limit);
        return;
    };
    let total = setting.columns.src.len() as f64;
    let theirs = said.seconds * said.transfers.map_or(1.0, |transfers| total / transfers);
    let same = match said.found {
        None => String::new(),
        Some(_) if found.cut > 0 => ", answers not compared: searches were cut".to_owned(),
        Some(theirs) if theirs == found.comparable() => format!(", same answer ({})", theirs.count),
        Some(theirs) => {
            let text = format!("{:?} {} {name}: {theirs:?}, ours {:?}", setting.shape, total, found.comparable());
            differing.push(text.clone());
            format!(", ANSWERS DIFFER: {text}")
        }
    };
    println!(
        "  {peer} {name:<20} {theirs:>9.3} s  {:>8.3} M edges/s  {:>8.1}x ({:.1}x){goal}{same}",
        total / theirs / 1e6,
        theirs / mine,
        theirs / (mine + built.median.as_secs_f64()),
    );
}

fn said(fields: &[&str]) -> Option<Said> {
    let seconds = fields.get(1)?.parse().ok()?;
    Some(match fields.get(3) {
        None => Said { seconds, transfers: Some(fields.get(2)?.parse().ok()?), found: None },
        Some(checksum) => {
            let found = Found { count: fields[2].parse().ok()?, checksum: checksum.parse().ok()?, ..Found::default() };
            Said { seconds, transfers: None, found: Some(found) }
        }
    })
}

/// Builds the graph with one thread and with all, says so, and keeps the last.
fn build(name: &str, columns: &Columns, threads: usize) -> Result<(Graph, Spread), Failure> {
    let mut last = None;
    for threads in [1, threads] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        let mut graph = None;
        let spread = repeat(3, || {
            drop(graph.take());
            let columns = columns.clone();
            let start = Instant::now();
            graph = Some(pool.install(|| Graph::build(columns))?);
            Ok(Run { wall: start.elapsed(), peak: 0 })
        })?;
        let graph = graph.ok_or("nothing was built")?;
        let (edges, seconds) = (f64::from(graph.edges()), spread.median.as_secs_f64());
        println!(
            "{:<28} {seconds:>9.3} s{}   {:>6.2} M edges/s/thread   {:.1} bytes/edge, {} accounts",
            format!("{name}, {threads}"),
            range(&spread),
            edges / seconds / threads as f64 / 1e6,
            graph.bytes() as f64 / edges,
            graph.nodes()
        );
        last = Some((graph, spread));
    }
    last.ok_or_else(|| "nothing was built".into())
}

fn ours(work: &Work, graph: &Graph, threads: usize) -> Result<(Spread, Found), Failure> {
    timed(|| (work.run)(graph, threads))
}

/// The median of three, or of one where that takes long.
fn timed(run: impl Fn() -> Result<Found, Failure>) -> Result<(Spread, Found), Failure> {
    let mut found = Found::default();
    let mut once = || -> Result<Run, Failure> {
        let start = Instant::now();
        found = run()?;
        Ok(Run { wall: start.elapsed(), peak: 0 })
    };
    let first = repeat(1, &mut once)?;
    let spread = if first.median.as_secs_f64() > 5.0 { first } else { repeat(3, once)? };
    Ok((spread, found))
}

fn range(spread: &Spread) -> String {
    format!(" ({:.3}-{:.3})", spread.low.as_secs_f64(), spread.high.as_secs_f64())
}

fn columns(edges: Edges) -> Columns {
    let id = Some((0..edges.src.len() as i64).collect());
    let amount = Amounts::Narrow(edges.amount);
    Columns { src: edges.src, dst: edges.dst, time: edges.time, amount, position: None, id }
}

/// The same rows, as they lie in a table that nobody sorted.
fn shuffled(columns: &Columns) -> Columns {
    let mut order: Vec<usize> = (0..columns.src.len()).collect();
    let mut state = 1_u64;
    for place in (1..order.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(place, (state >> 33) as usize % (place + 1));
    }
    let dealt = |column: &[i64]| order.iter().map(|row| column[*row]).collect::<Vec<_>>();
    let amount = match &columns.amount {
        Amounts::Narrow(amounts) => Amounts::Narrow(dealt(amounts)),
        Amounts::Wide(amounts) => Amounts::Wide(order.iter().map(|row| amounts[*row]).collect()),
    };
    Columns {
        src: dealt(&columns.src),
        dst: dealt(&columns.dst),
        time: dealt(&columns.time),
        amount,
        position: None,
        id: columns.id.as_deref().map(dealt),
    }
}

/// Writes the transfers for the peers, in the order of the graph.
fn write(graph: &Graph, target: &Path) -> Result<(), Failure> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(target)?);
    writeln!(file, "edge,src,dst,time,amount")?;
    for edge in 0..graph.edges() {
        let (src, dst) = (graph.key(graph.src(edge)), graph.key(graph.dst(edge)));
        writeln!(file, "{edge},{src},{dst},{},{}", graph.time(edge), graph.amount(edge))?;
    }
    Ok(file.flush()?)
}
