//! The command line, as clap reads it. Help leads with examples, because that is what people look for in it.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::output::Format;

mod ask;
mod assess;
mod bring_in;
mod examples;
mod governed;
mod queue;
mod send;
mod values;
mod who;
mod worlds;

pub(crate) use ask::{SqlArgs, TraceArgs};
pub(crate) use assess::{AssessArgs, ExplainArgs, JudgeArgs};
pub(crate) use bring_in::{DeriveArgs, FollowArgs, ImportArgs, RunArgs};
pub(crate) use governed::{GovernArgs, GovernState, InitArgs, MandateArgs, ReplayArgs};
pub(crate) use queue::{DispositionChoice, FlagArgs, FlagsArgs, StatusChoice, TuneArgs};
pub(crate) use send::{SendArgs, SendAs, SendFilesArgs, SendTaxiiArgs, SendTo};
pub(crate) use who::{NetworksArgs, ResolveArgs, StrikeArgs};
pub(crate) use worlds::{ChainNetworkChoice, DemoArgs, ErrorRatesArgs, EvaluateArgs, ScaleChoice, SynthArgs};

use values::bytes;

const VERSION: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    " (DataFusion ",
    env!("HEADWATER_DATAFUSION"),
    ", Arrow ",
    env!("HEADWATER_ARROW"),
    ", Delta ",
    env!("HEADWATER_DELTALAKE"),
    ")"
);

const TEMPLATE: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// Follows money: bank and blockchain data in, traced flows, flagged typologies, linked networks, assessments out.
#[derive(Debug, Parser)]
#[command(name = "headwater", version = VERSION, before_help = examples::TOP, after_help = examples::EXIT_CODES)]
#[command(infer_subcommands = false, subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub(crate) global: Global,
}

impl Cli {
    /// Reads the program's arguments.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let matches = command().try_get_matches()?;
        Self::from_arg_matches(&matches)
    }
}

/// The whole command line, for parsing and for completions.
pub(crate) fn command() -> clap::Command {
    Cli::command().help_template(TEMPLATE).mut_subcommands(|command| command.help_template(TEMPLATE))
}

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The lake: a folder, or an object-store URL for reading [env: HEADWATER_LAKE, default: ./lake]
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) lake: Option<String>,
    /// Query files of your own, added to the built-in ones; one of the same name replaces it
    #[arg(long, global = true, value_name = "DIR", env = "HEADWATER_QUERIES", hide_env_values = true)]
    pub(crate) queries: Option<PathBuf>,
    /// How answers are written: table, csv, tsv, json, ndjson, markdown, parquet, arrow [default: by the name of -o,
    /// else table]
    #[arg(long, global = true, value_name = "FORMAT", hide_possible_values = true)]
    pub(crate) format: Option<Format>,
    /// Write the answer to a file, which appears when it is complete
    #[arg(short = 'o', long, global = true, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Leave out the header line of table, csv, tsv and markdown
    #[arg(long, global = true)]
    pub(crate) no_header: bool,
    /// What stands for NULL in table, csv, tsv and markdown [default: nothing]
    #[arg(long, global = true, value_name = "TEXT")]
    pub(crate) null: Option<String>,
    /// Rows of a table that are shown; 0 means all [default: 1000 on a terminal, else all]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) max_rows: Option<usize>,
    /// Memory that queries and imports may use before they spill to disk: 512M, 4G [default: 1G]
    #[arg(long, global = true, value_name = "SIZE", value_parser = bytes, env = "HEADWATER_MEMORY_LIMIT", hide_env_values = true)]
    pub(crate) memory_limit: Option<usize>,
    /// Threads [default: the machine's]
    #[arg(long, global = true, value_name = "N", env = "HEADWATER_THREADS", hide_env_values = true)]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Folder for sorts that do not fit into memory [default: the system's]
    #[arg(long, global = true, value_name = "DIR", env = "HEADWATER_TEMP", hide_env_values = true)]
    pub(crate) temp: Option<PathBuf>,
    /// Colour: auto (on a terminal, unless NO_COLOR is set), always, never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_possible_values = true)]
    pub(crate) color: ColorChoice,
    /// Errors as sentences (human) or as one JSON object (json)
    #[arg(long, global = true, value_name = "FORMAT", default_value = "human", hide_possible_values = true)]
    pub(crate) error_format: ErrorFormat,
    /// What you may see: rows whose handling label it does not cover are left out (TLP:AMBER PAP:GREEN H1) [default: all]
    #[arg(long, global = true, value_name = "LABEL", env = "HEADWATER_CLEARANCE", hide_env_values = true)]
    pub(crate) clearance: Option<String>,
    /// Whether it is said how many rows a clearance leaves out: counted, silent
    #[arg(long, global = true, value_name = "WHEN", default_value = "counted", hide_possible_values = true)]
    pub(crate) withheld: Withheld,
    /// Say nothing on standard error but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more on standard error
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    #[command(flatten)]
    pub(crate) mandate: MandateArgs,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Whether rows that are left out are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Withheld {
    /// "n rows withheld by policy".
    Counted,
    /// As if they were not there.
    Silent,
}

/// How errors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorFormat {
    /// Sentences, with the place in the SQL underlined.
    Human,
    /// One JSON object on one line.
    Json,
}

/// The commands, in the order of the way of the data.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a lake: the folder and its empty tables
    #[command(before_help = examples::INIT)]
    Init(InitArgs),
    /// Bring bank files, block files, rates and watchlists into the lake
    #[command(before_help = examples::IMPORT)]
    Import(ImportArgs),
    /// Keep up with a running Bitcoin node
    #[command(before_help = examples::FOLLOW)]
    Follow(FollowArgs),
    /// Ask the lake, and files, in SQL; without -c, -f or a pipe it is a shell
    #[command(before_help = examples::SQL)]
    Sql(SqlArgs),
    /// Follow the money of an account: where it went, or came from, and where it rests
    #[command(before_help = examples::TRACE)]
    Trace(Box<TraceArgs>),
    /// Flag laundering typologies
    #[command(before_help = examples::FLAG)]
    Flag(FlagArgs),
    /// Work the queue of findings: list, explain, decide, suppress
    #[command(before_help = examples::FLAGS)]
    Flags(Box<FlagsArgs>),
    /// Try a typology with other values of its parameters, without writing anything
    #[command(before_help = examples::TUNE)]
    Tune(TuneArgs),
    /// Make derived tables anew: CoinJoins, clusters, change votes
    #[command(before_help = examples::DERIVE)]
    Derive(DeriveArgs),
    /// Say who is who: list parties that may be one, and decide
    #[command(before_help = examples::RESOLVE)]
    Resolve(ResolveArgs),
    /// Say that a Bitcoin transaction tells nothing of who owns its inputs, and make the clusters anew
    #[command(before_help = examples::STRIKE)]
    Strike(StrikeArgs),
    /// Tie findings to known entities and networks
    #[command(before_help = examples::LINK)]
    Link,
    /// List the networks, or who is in one and in which role
    #[command(before_help = examples::NETWORKS)]
    Networks(NetworksArgs),
    /// Score the networks and write the assessment
    #[command(before_help = examples::ASSESS)]
    Assess(AssessArgs),
    /// Send what was found to those who are to know it: into a folder, or to a TAXII server
    #[command(before_help = examples::SEND)]
    Send(SendArgs),
    /// Check the lake: audit journal, snapshots, counts, evidence, outbox
    #[command(before_help = examples::VERIFY)]
    Verify,
    /// Make a finding or a product again, from the snapshot it was made from, and compare the bytes
    #[command(before_help = examples::REPLAY)]
    Replay(ReplayArgs),
    /// Say whether the lake is governed, or set it
    #[command(before_help = examples::GOVERN)]
    Govern(GovernArgs),
    /// Say what an analyst makes of a network's indicator, or list what was said
    #[command(before_help = examples::JUDGE)]
    Judge(Box<JudgeArgs>),
    /// Say why a network is rated as it is, and what the rating hangs on
    #[command(before_help = examples::EXPLAIN)]
    Explain(ExplainArgs),
    /// Import, flag, link and assess in one go
    #[command(before_help = examples::RUN)]
    Run(RunArgs),
    /// Show all of it on an invented world whose criminals are known
    #[command(before_help = examples::DEMO)]
    Demo(DemoArgs),
    /// Write an invented world, with the truth beside it
    #[command(before_help = examples::SYNTH)]
    Synth(SynthArgs),
    /// How often the rules for CoinJoins, clusters and change are right
    #[command(before_help = examples::ERROR_RATES)]
    ErrorRates(ErrorRatesArgs),
    /// Precision and recall of the typologies on data of which the truth is known
    #[command(before_help = examples::EVALUATE)]
    Evaluate(EvaluateArgs),
    /// List the typologies, or show one
    #[command(before_help = examples::TYPOLOGIES)]
    Typologies(NameArgs),
    /// List the formats that can be imported, or show one
    #[command(before_help = examples::FORMATS)]
    Formats(NameArgs),
    /// List Headwater's own SQL functions and readers, or show one
    #[command(before_help = examples::FUNCTIONS)]
    Functions(NameArgs),
    /// Print completions for a shell
    #[command(before_help = examples::COMPLETIONS)]
    Completions(CompletionsArgs),
}

/// `headwater typologies`, `formats` and `functions`.
#[derive(Debug, Args)]
pub(crate) struct NameArgs {
    /// The one to show
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// `headwater completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        command().debug_assert();
    }
}
