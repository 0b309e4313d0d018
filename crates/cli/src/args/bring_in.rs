//! What brings data into the lake and keeps it current: `headwater import`, `follow`, `derive`, and `run` for the whole way.

use std::path::PathBuf;

use clap::Args;

use super::values::{assignment, user};

/// `headwater import`.
#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The format (`headwater formats` lists them)
    #[arg(value_name = "FORMAT")]
    pub(crate) source_format: String,
    /// Files and folders
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// A value for one of the format's parameters
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    pub(crate) values: Vec<(String, String)>,
    /// Who supplied the files first; copies of one supplier count as one [default: the format]
    #[arg(long, value_name = "NAME")]
    pub(crate) supplier: Option<String>,
    /// The grade of the files, in the scheme it names: B2 (4x4), 3x5x2:1B, admiralty-6x6:C3 [default: the format's]
    #[arg(long, value_name = "GRADE")]
    pub(crate) grade: Option<String>,
    /// How they may be handled: TLP:AMBER PAP:GREEN H1
    #[arg(long, value_name = "LABEL")]
    pub(crate) handling: Option<String>,
    /// End with exit code 6 when more rows than this were refused
    #[arg(long, value_name = "N")]
    pub(crate) max_bad: Option<u64>,
}

/// `headwater follow`.
#[derive(Debug, Args)]
pub(crate) struct FollowArgs {
    /// The node's RPC address, as http://127.0.0.1:8332
    #[arg(value_name = "URL")]
    pub(crate) url: String,
    /// The node's cookie file (`.cookie` in its data folder)
    #[arg(long, value_name = "FILE", conflicts_with = "user")]
    pub(crate) cookie: Option<PathBuf>,
    /// The RPC user and password
    #[arg(long, value_name = "NAME:PASSWORD", value_parser = user, env = "HEADWATER_NODE_USER", hide_env_values = true)]
    pub(crate) user: Option<(String, String)>,
    /// Fetch blocks over the node's REST interface, which is quicker where the node offers it
    #[arg(long)]
    pub(crate) rest: bool,
    /// Store a block once it has this many confirmations, its own included
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) confirmations: u32,
    /// The first block to store in a lake that has none
    #[arg(long, value_name = "HEIGHT", default_value_t = 0)]
    pub(crate) from_height: u32,
    /// End when the lake has this block
    #[arg(long, value_name = "HEIGHT")]
    pub(crate) until_height: Option<u32>,
    /// End when the lake has what the node has
    #[arg(long)]
    pub(crate) once: bool,
    /// Seconds between two looks at a node that had nothing new
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(crate) interval: u64,
}

/// `headwater derive`.
#[derive(Debug, Args)]
pub(crate) struct DeriveArgs {
    /// Tables to make (the names of `queries/derive/`); all if none is named
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

/// `headwater run`.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    /// The list of what to import, in order; without it the lake is taken as it is
    #[arg(long, value_name = "FILE")]
    pub(crate) sources: Option<PathBuf>,
    /// The detection profile
    #[arg(long, value_name = "NAME", default_value = "balanced")]
    pub(crate) profile: String,
    /// Where the report goes [default: `reports` in the lake]
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
}
