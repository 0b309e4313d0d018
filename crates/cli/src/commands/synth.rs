//! `headwater synth`: an invented world in a folder, one large file of transfers, or a Bitcoin chain.

use std::time::Instant;

use headwater_synth::chains::{ChainNetwork, ChainOptions, write_chain};
use headwater_synth::{Scale, WorldSpec, write_amlworld, write_world};

use super::page;
use crate::args::{ChainNetworkChoice, ScaleChoice, SynthArgs};
use crate::errors::Failure;
use crate::output::Rows;
use crate::progress::rate;
use crate::setup::Setup;

pub(super) async fn run(args: &SynthArgs, setup: &Setup) -> Result<(), Failure> {
    if let Some(rows) = args.amlworld {
        write_amlworld(rows, args.seed, &args.target)?;
        setup.say(&format!("{}: {rows} transfers in the layout `ibm_aml`", args.target.display()));
        return Ok(());
    }
    if let Some(transactions) = args.chain {
        return chain(transactions, args, setup).await;
    }
    let scale = match args.scale {
        ScaleChoice::Small => Scale::Small,
        ScaleChoice::Demo => Scale::Demo,
        ScaleChoice::Large => Scale::Large,
    };
    let summary = write_world(&WorldSpec { seed: args.seed, scale }, &args.target)?;
    let mut rows = Rows::new(&["file", "bytes#"]);
    for (name, bytes) in &summary.files {
        rows.push([name, &bytes.to_string()]);
    }
    super::answer(setup, rows).await?;
    let payments: usize = summary.bank_rows.iter().map(|(_, rows)| rows).sum();
    setup.say(&format!(
        "{}: {payments} payments, {} transactions in {} blocks, {} schemes and {} decoys; {}. README.md says what is what.",
        args.target.display(),
        summary.transactions,
        summary.blocks,
        summary.schemes,
        summary.decoys,
        page::size(summary.bytes)
    ));
    Ok(())
}

/// Writes a chain and counts its transactions by kind.
async fn chain(transactions: u64, args: &SynthArgs, setup: &Setup) -> Result<(), Failure> {
    let network = match args.network {
        ChainNetworkChoice::Main => ChainNetwork::Main,
        ChainNetworkChoice::Regtest => ChainNetwork::Regtest,
    };
    let usual = ChainOptions::new(transactions, network);
    let options = ChainOptions {
        seed: args.seed,
        wallets: args.wallets.unwrap_or(usual.wallets),
        mixes: !args.no_mixes,
        start_height: args.start_height.unwrap_or(usual.start_height),
        truth: !args.no_truth,
        ..usual
    };
    let progress = setup.progress();
    let since = Instant::now();
    let summary = write_chain(&options, &args.target, |so_far| {
        progress.say(format!(
            "block {}, {} of {transactions} transactions, {}/s",
            so_far.last_height,
            so_far.transactions,
            rate(so_far.transactions, since)
        ));
    })?;
    drop(progress);
    let mut rows = Rows::new(&["kind", "transactions#"]);
    for (kind, count) in summary.kinds.iter().filter(|(_, count)| *count > 0) {
        rows.push([kind.name(), &count.to_string()]);
    }
    super::answer(setup, rows).await?;
    setup.say(&format!(
        "{}: {} transactions in {} blocks, heights {} to {}; {}. README.md says what is what.",
        args.target.display(),
        summary.transactions,
        summary.blocks,
        summary.first_height,
        summary.last_height,
        page::size(summary.bytes)
    ));
    Ok(())
}
