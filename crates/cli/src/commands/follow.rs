//! `headwater follow`: the lake keeps up with a running node.
//!
//! Each round asks the node where its chain and the lake's part, brings in the blocks above, and, where the node has
//! changed its mind, takes back those of the branch that lost: in one snapshot, so that nobody ever sees half a chain.
//! What a round was for is in the lake or is not; a node or a machine that stops in the middle costs a round.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use headwater_engine::datafusion::arrow::array::AsArray as _;
use headwater_engine::datafusion::arrow::compute::cast;
use headwater_engine::datafusion::arrow::datatypes::{DataType, Int64Type};
use headwater_engine::{Lake, Session, Values};
use headwater_ingest::bitcoin::BlockHash;
use headwater_ingest::bitcoin::node::{Auth, Fetched, Node, NodeChain, NodeEvent, NodeOptions, Wanted, fetch};

use crate::args::FollowArgs;
use crate::errors::{Exit, Failure};
use crate::progress::note;
use crate::setup::Setup;

const FORMAT: &str = "bitcoin_blocks";
/// Stored blocks the node is asked about when its chain is another: a branch that lost was never longer than 53.
const TAIL: usize = 1000;

pub(super) async fn run(args: FollowArgs, setup: &Setup) -> Result<(), Failure> {
    let lake = setup.lake()?;
    super::require(&lake).await?;
    let node = Arc::new(Node::new(options(&args))?);
    let stopped = Arc::new(AtomicBool::new(false));
    let _stop_fetching = StopOnDrop(Arc::clone(&stopped));
    let chain = ask(&node, &stopped, |node, observer| node.chain(observer)).await?;
    let ledger = chain.ledger().to_owned();
    refuse_another_network(&lake, setup, &node, &chain).await?;
    loop {
        let round = round(&args, setup, &lake, &node, &stopped, &ledger).await?;
        let reached = args.until_height.is_some_and(|until| round.stored.is_some_and(|height| height >= until));
        if reached || (args.once && !round.more) {
            return Ok(());
        }
        if !round.more {
            tokio::time::sleep(Duration::from_secs(args.interval)).await;
        }
    }
}

/// What one round came to.
struct Round {
    /// The height of the newest block in the lake.
    stored: Option<u32>,
    /// Whether the node has blocks that did not fit into this round.
    more: bool,
}

async fn round(
    args: &FollowArgs,
    setup: &Setup,
    lake: &Arc<Lake>,
    node: &Arc<Node>,
    stopped: &Arc<AtomicBool>,
    ledger: &str,
) -> Result<Round, Failure> {
    let tail = tail(&setup.session(lake), ledger).await?;
    let folder = match &setup.global.temp {
        Some(parent) => tempfile::tempdir_in(parent),
        None => tempfile::tempdir(),
    };
    let folder = folder.map_err(|error| Failure::io("a folder for blocks", &error))?;
    let wanted = Wanted {
        confirmations: args.confirmations,
        until_height: args.until_height,
        from_height: args.from_height,
        ..Wanted::default()
    };
    let stored = tail.first().map(|(height, _)| *height);
    let fetched = {
        let path = folder.path().to_owned();
        ask(node, stopped, move |node, observer| fetch(node, &tail, &wanted, &path, observer)).await?
    };
    let Some((last, hash)) = fetched.last else {
        return Ok(Round { stored, more: false });
    };
    let undone = fetched.stale.len();
    bring_in(setup, lake, folder.path(), &fetched, ledger).await?;
    if let (Some((lowest, _)), Some((highest, _))) = (fetched.stale.first(), fetched.stale.last()) {
        setup.say(&format!("{ledger}: took back {undone} blocks, {lowest} to {highest}: the node's chain is another"));
    }
    setup.say(&format!("{ledger}: {} blocks, now at {last} {hash}", fetched.blocks));
    Ok(Round { stored: Some(last), more: fetched.more })
}

/// One snapshot: what was taken back, and what came instead.
async fn bring_in(
    setup: &Setup,
    lake: &Arc<Lake>,
    folder: &Path,
    fetched: &Fetched,
    ledger: &str,
) -> Result<(), Failure> {
    let values = Values::from([
        ("network".to_owned(), fetched.network.name().to_owned()),
        ("options".to_owned(), format!("start_height={}", fetched.first)),
    ]);
    let undo = match fetched.stale.first() {
        Some((height, _)) => {
            Values::from([("ledger".to_owned(), ledger.to_owned()), ("height".to_owned(), height.to_string())])
        }
        None => Values::new(),
    };
    super::import::bring_in(setup, lake, FORMAT, vec![folder.to_owned()], values, undo).await?;
    Ok(())
}

/// The newest blocks of the lake, newest first.
async fn tail(session: &Session, ledger: &str) -> Result<Vec<(u32, BlockHash)>, Failure> {
    let ledger = ledger.replace('\'', "''");
    let sql =
        format!("SELECT height, hash FROM btc.blocks WHERE ledger = '{ledger}' ORDER BY height DESC LIMIT {TAIL}");
    let mut tail = Vec::new();
    for batch in session.sql(&sql).await?.collect().await.map_err(headwater_engine::EngineError::from)? {
        let hashes = cast(batch.column(1), &DataType::Utf8)?;
        let (heights, hashes) = (batch.column(0).as_primitive::<Int64Type>(), hashes.as_string::<i32>());
        for row in 0..batch.num_rows() {
            let height = u32::try_from(heights.value(row)).ok();
            tail.extend(height.zip(hashes.value(row).parse().ok()));
        }
    }
    Ok(tail)
}

/// A lake may hold several networks, and a node that was meant to be another one would begin a second chain unasked.
async fn refuse_another_network(
    lake: &Arc<Lake>,
    setup: &Setup,
    node: &Node,
    chain: &NodeChain,
) -> Result<(), Failure> {
    let ledger = chain.ledger();
    let known = "SELECT DISTINCT ledger FROM btc.blocks ORDER BY ledger";
    let mut ledgers = Vec::new();
    for batch in setup.session(lake).sql(known).await?.collect().await.map_err(headwater_engine::EngineError::from)? {
        let names = cast(batch.column(0), &DataType::Utf8)?;
        ledgers.extend(names.as_string::<i32>().iter().flatten().map(str::to_owned));
    }
    if ledgers.is_empty() || ledgers.iter().any(|known| known == ledger) {
        return Ok(());
    }
    let message = format!("{} is a node of {ledger}, and the lake holds {}", node.url(), ledgers.join(", "));
    Err(Failure::new(Exit::Usage, "node.network", message)
        .with_help("ask a node of the lake's network, or keep the other chain in a lake of its own with --lake"))
}

/// Runs a call of the node on a thread of its own, which ends when the command does.
async fn ask<T: Send + 'static>(
    node: &Arc<Node>,
    stopped: &Arc<AtomicBool>,
    call: impl FnOnce(&Node, &mut dyn FnMut(NodeEvent<'_>) -> ControlFlow<()>) -> Result<T, headwater_ingest::IngestError>
    + Send
    + 'static,
) -> Result<T, Failure> {
    let (node, stopped) = (Arc::clone(node), Arc::clone(stopped));
    let work = move || {
        call(&node, &mut |event| {
            match event {
                NodeEvent::Retrying { call, why, attempt, attempts, wait, .. } => note(&format!(
                    "{call}: {why}; trying again in {:.1} s ({attempt} of {attempts})",
                    wait.as_secs_f64()
                )),
                NodeEvent::Reorganised { height, .. } => {
                    note(&format!("the node's chain changed at height {height} while it was read; beginning again"));
                }
                NodeEvent::Block { .. } => {}
            }
            if stopped.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
    };
    let answer = tokio::task::spawn_blocking(work).await;
    let answer = answer.map_err(|error| Failure::new(Exit::Runtime, "internal", error.to_string()))?;
    Ok(answer?)
}

struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn options(args: &FollowArgs) -> NodeOptions {
    let mut options = NodeOptions::new(&args.url);
    if let Some(cookie) = &args.cookie {
        options.auth = Auth::Cookie(cookie.clone());
    } else if let Some((name, password)) = args.user.clone() {
        options.auth = Auth::User { name, password };
    }
    options.rest = args.rest;
    options
}
