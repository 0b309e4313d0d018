//! `headwater synth`: an invented world in a folder, or one large file of transfers.

use headwater_synth::{Scale, WorldSpec, write_amlworld, write_world};

use super::page;
use crate::args::{ScaleChoice, SynthArgs};
use crate::errors::Failure;
use crate::output::Rows;
use crate::setup::Setup;

pub(super) async fn run(args: &SynthArgs, setup: &Setup) -> Result<(), Failure> {
    if let Some(rows) = args.amlworld {
        write_amlworld(rows, args.seed, &args.target)?;
        setup.say(&format!("{}: {rows} transfers in the layout `ibm_aml`", args.target.display()));
        return Ok(());
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
