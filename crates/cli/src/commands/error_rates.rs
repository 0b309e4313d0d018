//! `headwater error-rates`: how often the rules for Bitcoin are right, on transactions of which it is known.
//!
//! Labelled transactions are imported into a lake of their own, the rules run on them as on any other, and the macros of
//! `queries/macros/*_error_rates.sql` count. Where nothing measures a rule the table says so.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use headwater_engine::{Lake, Values, derive_anew};
use headwater_synth::chains::{ChainNetwork, ChainOptions, write_chain};

use super::import::bring_in;
use crate::args::ErrorRatesArgs;
use crate::errors::{Exit, Failure};
use crate::output::Output;
use crate::setup::{Setup, environment};

/// Labelled collections in the folder of real data: path, and what the import has to be told.
const COLLECTIONS: [(&str, &[(&str, &str)]); 4] = [
    ("coinjoin/dumplings__sw_202403.zip", &[]),
    ("coinjoin/dumplings__ww1_202405.zip", &[]),
    ("coinjoin/singles", &[("label", "none"), ("data_set", "singles")]),
    ("bitcoin/mempool-2024.ndjson.gz", &[("height", "834000"), ("data_set", "mempool")]),
];

pub(super) async fn run(args: ErrorRatesArgs, setup: &Setup) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::io("a folder for lakes", &error))?;
    let mut output = Output::new(setup.output())?;
    let data = args.data.or_else(|| environment("HEADWATER_DATA").map(PathBuf::from));
    let mut tables = Vec::new();
    match &data {
        Some(data) => tables.push(("real", labelled(setup, &folder.path().join("real"), data).await?)),
        None => setup.say("no folder of labelled transactions (--data, or HEADWATER_DATA): an invented chain alone"),
    }
    if args.chain > 0 {
        tables.push(("synth", invented(setup, folder.path(), args.chain, args.seed).await?));
    }
    for (name, lake) in tables {
        let session = setup.session(&lake);
        let clusters = if name == "synth" { "SELECT * FROM cluster_error_rates() UNION ALL " } else { "" };
        let sql = format!(
            "SELECT * FROM ({clusters}SELECT * FROM coinjoin_error_rates() UNION ALL SELECT * FROM change_vote_error_rates()) \
             ORDER BY data_set = 'unmeasured', data_set, detector"
        );
        super::execute(&session, &sql, &mut output).await?;
    }
    output.close()
}

/// A lake of the labelled collections.
async fn labelled(setup: &Setup, place: &Path, data: &Path) -> Result<Arc<Lake>, Failure> {
    let lake = lake(setup, place).await?;
    let mut found = false;
    for (path, values) in COLLECTIONS {
        let path = data.join(path);
        if !path.exists() {
            setup.say(&format!("not there, left out: {}", path.display()));
            continue;
        }
        found = true;
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        bring_in(setup, &lake, "bitcoin_transactions", vec![path], values, Values::new()).await?;
    }
    if !found {
        let message = format!("{} holds none of the labelled collections", data.display());
        return Err(Failure::new(Exit::Io, "io", message)
            .with_help("headwater error-rates without --data measures on an invented chain"));
    }
    derive_anew(&lake, &["change_votes".to_owned()], &|_| {}).await?;
    Ok(lake)
}

/// A lake of an invented chain whose wallets are known.
async fn invented(setup: &Setup, folder: &Path, transactions: u64, seed: u64) -> Result<Arc<Lake>, Failure> {
    let chain = folder.join("chain");
    let options = ChainOptions { seed, ..ChainOptions::new(transactions, ChainNetwork::Main) };
    write_chain(&options, &chain, |_| {}).map_err(|error| Failure::new(Exit::Runtime, "synth", error.to_string()))?;
    let lake = lake(setup, &folder.join("synth")).await?;
    bring_in(setup, &lake, "bitcoin_blocks", vec![chain.join("blocks")], Values::new(), Values::new()).await?;
    let truth = ["wallets.csv", "transactions.csv"].map(|name| chain.join("truth").join(name)).to_vec();
    bring_in(setup, &lake, "chain_truth", truth, Values::new(), Values::new()).await?;
    derive_anew(&lake, &["change_votes".to_owned()], &|_| {}).await?;
    Ok(lake)
}

async fn lake(setup: &Setup, place: &Path) -> Result<Arc<Lake>, Failure> {
    let lake = setup.lake_at(&place.to_string_lossy())?;
    lake.init().await?;
    Ok(lake)
}
