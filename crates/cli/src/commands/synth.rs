//! `headwater synth`: an invented world in a folder, one large file of transfers, or a Bitcoin chain.

use std::path::Path;
use std::time::Instant;

use headwater_synth::chains::{ChainNetwork, ChainOptions, write_chain};
use headwater_synth::{LargeWorld, Scale, WorldSpec, write_amlworld, write_large_world, write_world};

use super::page;
use crate::args::{ChainNetworkChoice, ScaleChoice, SynthArgs};
use crate::errors::Failure;
use crate::output::Rows;
use crate::progress::rate;
use crate::setup::Setup;

pub(super) async fn run(args: &SynthArgs, setup: &Setup) -> Result<(), Failure> {
    // The command line asks for one of the two.
    let target = args.target.as_deref().or(args.out.as_deref()).unwrap_or(Path::new("world"));
    if let Some(rows) = args.amlworld {
        write_amlworld(rows, args.seed, target)?;
        setup.say(&format!("{}: {rows} transfers in the layout `ibm_aml`", target.display()));
        return Ok(());
    }
    if let Some(transactions) = args.chain {
        return chain(transactions, args, target, setup).await;
    }
    if let Some(accounts) = args.accounts {
        return large(accounts, args, target, setup).await;
    }
    let scale = match args.scale {
        ScaleChoice::Small => Scale::Small,
        ScaleChoice::Demo => Scale::Demo,
        ScaleChoice::Large => Scale::Large,
    };
    let summary = write_world(&WorldSpec { seed: args.seed, scale }, target)?;
    let mut rows = Rows::new(&["file", "bytes#"]);
    for (name, bytes) in &summary.files {
        rows.push([name, &bytes.to_string()]);
    }
    super::answer(setup, rows).await?;
    let payments: usize = summary.bank_rows.iter().map(|(_, rows)| rows).sum();
    setup.say(&format!(
        "{}: {payments} payments, {} transactions in {} blocks, {} schemes and {} decoys; {}. README.md says what is what.",
        target.display(),
        summary.transactions,
        summary.blocks,
        summary.schemes,
        summary.decoys,
        page::size(summary.bytes)
    ));
    Ok(())
}

/// Writes a world of any size.
async fn large(accounts: u32, args: &SynthArgs, target: &Path, setup: &Setup) -> Result<(), Failure> {
    let usual = LargeWorld::new(args.seed, accounts, args.days);
    let world = LargeWorld { cases: args.cases.unwrap_or(usual.cases), ..usual };
    let progress = setup.progress();
    let since = Instant::now();
    let summary = write_large_world(&world, target, |day, payments| {
        progress.say(format!("day {day} of {}, {payments} payments, {}/s", args.days, rate(payments, since)));
    })?;
    drop(progress);
    let mut rows = Rows::new(&["what", "number#"]);
    for (what, number) in [
        ("accounts", summary.accounts),
        ("payments", summary.payments),
        ("rows", summary.rows),
        ("cases", summary.cases),
        ("decoys", summary.decoys),
        ("bytes", summary.bytes),
    ] {
        rows.push([what, &number.to_string()]);
    }
    super::answer(setup, rows).await?;
    for line in &summary.left_out {
        setup.say(&format!("not planted: {line}"));
    }
    setup.say(&format!("{}: {}. README.md says what is what.", target.display(), page::size(summary.bytes)));
    Ok(())
}

/// Writes a chain and counts its transactions by kind.
async fn chain(transactions: u64, args: &SynthArgs, target: &Path, setup: &Setup) -> Result<(), Failure> {
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
    let summary = write_chain(&options, target, |so_far| {
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
        target.display(),
        summary.transactions,
        summary.blocks,
        summary.first_height,
        summary.last_height,
        page::size(summary.bytes)
    ));
    Ok(())
}
