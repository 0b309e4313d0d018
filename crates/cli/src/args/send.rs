//! `headwater send`: where to, as whom, and how it is marked.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use headwater_assess::send::Tlp;

use super::examples;

/// `headwater send`.
#[derive(Debug, Args)]
pub(crate) struct SendArgs {
    /// The way out
    #[command(subcommand)]
    pub(crate) to: SendTo,
}

/// The ways out.
#[derive(Debug, Subcommand)]
pub(crate) enum SendTo {
    /// Findings, links, indicator values and assessments into a folder, as JSON Lines and Parquet with their schema
    #[command(before_help = examples::SEND_FILES)]
    Files(SendFilesArgs),
    /// STIX 2.1 objects to a TAXII 2.1 server
    #[command(before_help = examples::SEND_TAXII)]
    Taxii(SendTaxiiArgs),
    /// What waits in the outbox, what is delivered, what was refused
    #[command(before_help = examples::SEND_LIST)]
    List,
}

/// What every way out takes.
#[derive(Debug, Args)]
pub(crate) struct SendAs {
    /// The marking of everything that is sent: clear, green, amber, amber+strict, red
    #[arg(long, value_name = "LABEL", default_value = "amber")]
    pub(crate) tlp: Tlp,
    /// Who sends: the name that the objects carry [env: HEADWATER_SENDER]
    #[arg(long, value_name = "NAME")]
    pub(crate) sender: Option<String>,
}

/// `headwater send files`.
#[derive(Debug, Args)]
pub(crate) struct SendFilesArgs {
    /// The folder; made when it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) how: SendAs,
}

/// `headwater send taxii`.
#[derive(Debug, Args)]
pub(crate) struct SendTaxiiArgs {
    /// A collection, an API root, or the server's discovery address
    #[arg(long, value_name = "URL")]
    pub(crate) url: String,
    /// The collection, by id, alias or title, where the address leaves it open
    #[arg(long, value_name = "NAME")]
    pub(crate) collection: Option<String>,
    /// Name and password; the environment keeps them out of the list of processes
    #[arg(long, value_name = "NAME:PASSWORD", value_parser = super::values::user, env = "HEADWATER_TAXII_USER", hide_env_values = true)]
    pub(crate) user: Option<(String, String)>,
    /// Seconds that one answer may take
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: u64,
    /// Seconds for which errors that may pass are tried again
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    pub(crate) patience: u64,
    #[command(flatten)]
    pub(crate) how: SendAs,
}
