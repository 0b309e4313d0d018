//! An invented chain of mainnet's shape as block files, imported, and asked.
//!
//! `CHAIN=300000` is its number of transactions. The same files go through `sha256sum`, the reader alone and the import with
//! its derived tables; then coins are followed through the lake, six hops and every method the same way, with the
//! binary's start and the opening of the lake in the time, as a user has it. `outputs` is an aggregate over one column of
//! all outputs.

use std::path::{Path, PathBuf};
use std::process::Command;

use headwater_benches::{Failure, headwater, ratio, repeat, say, time};
use headwater_synth::chains::{ChainNetwork, ChainOptions, write_chain};

pub(crate) fn run() -> Result<(), Failure> {
    let transactions: u64 = std::env::var("CHAIN").ok().and_then(|text| text.parse().ok()).unwrap_or(300_000);
    let folder = tempfile::tempdir()?;
    let chain = folder.path().join("chain");
    let options = ChainOptions { truth: false, xor: false, ..ChainOptions::new(transactions, ChainNetwork::Main) };
    let summary = write_chain(&options, &chain, |_| {})?;
    println!(
        "{} transactions in {} blocks, {:.0} MB, {} inputs, {} outputs",
        summary.transactions,
        summary.blocks,
        summary.bytes as f64 / 1e6,
        summary.inputs,
        summary.outputs
    );
    let (binary, blocks, lake) = (headwater()?, chain.join("blocks"), folder.path().join("lake"));
    let files = files(&blocks)?;
    let floor = repeat(3, || time(Command::new("sha256sum").args(&files).stdout(std::process::Stdio::null())))?;
    say("sha256sum", &floor);
    let read = repeat(3, || {
        let sql = format!("SELECT count(prev_value) FROM read_bitcoin_inputs('{}')", blocks.display());
        time(Command::new(&binary).args(["--threads", "1", "sql", "-c", &sql]))
    })?;
    say("read_bitcoin_inputs (parse, ids, prevout values)", &read);
    ratio("parse over sha256sum", &read, &floor);
    let import = repeat(1, || {
        time(Command::new(&binary).arg("--lake").arg(&lake).args(["--quiet", "init"]))?;
        time(Command::new(&binary).arg("--lake").arg(&lake).args(["--quiet", "import", "bitcoin_blocks"]).arg(&blocks))
    })?;
    say("headwater import bitcoin_blocks", &import);
    ratio("import over parse", &import, &read);
    let ask = |what: &str, sql: &str| -> Result<(), Failure> {
        let asked = repeat(5, || {
            let mut command = Command::new(&binary);
            time(command.arg("--lake").arg(&lake).args([
                "--quiet",
                "--format",
                "csv",
                "-o",
                "/dev/null",
                "sql",
                "-c",
                sql,
            ]))
        })?;
        say(what, &asked);
        Ok(())
    };
    ask("outputs", "SELECT sum(value) FROM btc.outputs")?;
    let coin = coin(&binary, &lake)?;
    for method in ["fifo", "haircut", "poison"] {
        ask(
            &format!("where_went, 6 hops, {method}"),
            &format!("SELECT count(*) FROM where_went('{coin}', method => '{method}')"),
        )?;
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "dat") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The largest spent output of the chain's first half: money that goes far.
fn coin(binary: &Path, lake: &Path) -> Result<String, Failure> {
    let sql = "SELECT transactions.txid || ':' || CAST(outputs.vout AS VARCHAR) FROM btc.outputs AS outputs \
        INNER JOIN btc.spends AS spends ON spends.prev_txo = outputs.txo \
        INNER JOIN btc.transactions AS transactions ON transactions.tx_id = outputs.tx_id \
        WHERE transactions.height < (SELECT min(height) + (max(height) - min(height)) / 2 FROM btc.blocks) \
        AND NOT transactions.is_coinbase ORDER BY outputs.value DESC, outputs.txo LIMIT 1";
    let output = Command::new(binary)
        .arg("--lake")
        .arg(lake)
        .args(["--quiet", "--no-header", "--format", "csv", "sql", "-c", sql])
        .output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
