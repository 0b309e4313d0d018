//! Invented worlds and what is measured on them: `headwater demo`, `synth`, `evaluate` and `error-rates`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::values::assignment;

/// `headwater error-rates`.
#[derive(Debug, Args)]
pub(crate) struct ErrorRatesArgs {
    /// The folder of labelled transactions [env: HEADWATER_DATA]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Transactions of the invented chain; 0 leaves it out
    #[arg(long, value_name = "N", default_value_t = 50_000)]
    pub(crate) chain: u64,
    /// Seed of the invented chain
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

/// `headwater evaluate`.
#[derive(Debug, Args)]
pub(crate) struct EvaluateArgs {
    /// A folder that `headwater synth` wrote, an AMLSim archive or its folder, an AMLworld transaction file, or the published
    /// attempts of AMLworld (`laundering_patterns.json`)
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Write evaluation.md, evaluation.json and a curve for each data set into this folder
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Typologies to run, with commas between them; all if none is named
    #[arg(long, value_name = "TYPOLOGY", value_delimiter = ',')]
    pub(crate) typologies: Vec<String>,
    /// The detection profile
    #[arg(long, value_name = "NAME", default_value = "balanced")]
    pub(crate) profile: String,
    /// A value for a parameter, as `flag` takes it
    #[arg(long = "set", value_name = "[TYPOLOGY.]NAME=VALUE", value_parser = assignment)]
    pub(crate) values: Vec<(String, String)>,
    /// Seed of the invented world that published attempts are set into
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Exchange rates for AMLworld files, which have none (`eurofxref-hist.csv` of the ECB): what has no value in euro is not tested
    #[arg(long, value_name = "FILE")]
    pub(crate) rates: Option<PathBuf>,
}

/// `headwater demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// The world to import [default: ./data-samples; where there is none, the same world is made]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Keep what the lake at --lake already holds, and add the invented world to it
    #[arg(long)]
    pub(crate) keep: bool,
}

/// `headwater synth`.
#[derive(Debug, Args)]
pub(crate) struct SynthArgs {
    /// The folder that the world or the chain is written to, or with --amlworld the file
    #[arg(value_name = "DIR", required_unless_present = "out", conflicts_with = "out")]
    pub(crate) target: Option<PathBuf>,
    /// The same by name
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Seed of all draws: the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many people live there
    #[arg(long, value_name = "SCALE", default_value = "demo", conflicts_with_all = ["amlworld", "chain", "accounts"])]
    pub(crate) scale: ScaleChoice,
    /// Instead of the demo's world one of so many accounts, with cases of every typology at three difficulties
    #[arg(long, value_name = "N", conflicts_with_all = ["amlworld", "chain"])]
    #[arg(value_parser = clap::value_parser!(u32).range(i64::from(headwater_synth::LEAST_ACCOUNTS)..=400_000_000))]
    pub(crate) accounts: Option<u32>,
    /// With --accounts, how many days the books cover
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(60..=20_000))]
    pub(crate) days: u32,
    /// With --accounts, cases of each typology and difficulty [default: one for 2,000 accounts, and two at least]
    #[arg(long, value_name = "N", requires = "accounts")]
    pub(crate) cases: Option<u32>,
    /// Instead of a world, one file of so many transfers in the layout of IBM's AMLworld
    #[arg(long, value_name = "ROWS", conflicts_with = "chain")]
    pub(crate) amlworld: Option<u64>,
    /// Instead of a world, a Bitcoin chain of so many transactions, with the owners of all wallets beside it
    #[arg(long, value_name = "TRANSACTIONS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) chain: Option<u64>,
    /// The network that a chain pretends to be
    #[arg(long, value_name = "NETWORK", default_value = "regtest", requires = "chain")]
    pub(crate) network: ChainNetworkChoice,
    /// The height of a chain's first block; on the main network 760000 if not given, where every kind of mix was alive
    #[arg(long, value_name = "HEIGHT", requires = "chain", value_parser = clap::value_parser!(u32).range(..=4_000_000))]
    pub(crate) start_height: Option<u32>,
    /// How many people have wallets on a chain; a fortieth of its transactions if not given
    #[arg(long, value_name = "N", requires = "chain", value_parser = clap::value_parser!(u32).range(..=50_000_000))]
    pub(crate) wallets: Option<u32>,
    /// A chain without mixes
    #[arg(long, requires = "chain")]
    pub(crate) no_mixes: bool,
    /// A chain without the truth beside it
    #[arg(long, requires = "chain")]
    pub(crate) no_truth: bool,
}

/// The network of a synthetic chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChainNetworkChoice {
    /// From the genesis block on, every block with its work.
    Regtest,
    /// The main network's magic, subsidies and ages; no work.
    Main,
}

/// The size of a world.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScaleChoice {
    /// A third of the demo's households.
    Small,
    /// The committed demo world.
    Demo,
    /// Ten times the demo's households.
    Large,
}
