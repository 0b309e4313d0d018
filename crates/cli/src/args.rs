//! The command line, as clap reads it. Help leads with examples, because that is what people look for in it.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};

use crate::output::Format;

mod examples;
mod governed;
mod send;

pub(crate) use governed::{GovernArgs, GovernState, InitArgs, MandateArgs, ReplayArgs};
pub(crate) use send::{SendArgs, SendAs, SendFilesArgs, SendTaxiiArgs, SendTo};

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

/// `headwater sql`.
#[derive(Debug, Args)]
pub(crate) struct SqlArgs {
    /// A query, or several with `;` between them; may be given more than once
    #[arg(short = 'c', long = "command", value_name = "SQL")]
    pub(crate) commands: Vec<String>,
    /// A file of SQL; `-` is standard input
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// End with exit code 3 when the answer has no rows
    #[arg(long)]
    pub(crate) fail_empty: bool,
}

/// `headwater trace`.
#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// Accounts (IBANs, addresses), one coin (TXID:OUTPUT), or with --transfers the ids of transfers
    #[arg(value_name = "SEED", required = true)]
    pub(crate) seeds: Vec<String>,
    /// Where it went; this is what happens without --back
    #[arg(long, conflicts_with = "back")]
    pub(crate) forward: bool,
    /// Where it came from
    #[arg(long)]
    pub(crate) back: bool,
    /// The seeds are transfer ids
    #[arg(long)]
    pub(crate) transfers: bool,
    /// The accounts' ledger: bank, btc, …
    #[arg(long, value_name = "NAME", default_value = "bank")]
    pub(crate) ledger: String,
    /// How money that met other money is told apart: fifo, lifo, haircut, tiho, poison
    #[arg(long, value_name = "NAME", default_value = "fifo")]
    pub(crate) method: String,
    /// Follow this asset in its own units [default: everything, by its value in euro]
    #[arg(long, value_name = "CODE")]
    pub(crate) asset: Option<String>,
    /// Money that has made this many transfers is not followed further
    #[arg(long, value_name = "N", default_value_t = 6)]
    pub(crate) max_hops: u32,
    /// Transfers before this time are not followed
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Transfers after this time are not followed
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Money that lay in an account for longer is not followed: '30 days'
    #[arg(long, value_name = "LENGTH")]
    pub(crate) max_delay: Option<String>,
    /// Transfers that take less of it along are not followed
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) min_amount: Option<String>,
    /// An account that is reached and not followed; may be given more than once
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) stop: Vec<String>,
    /// The best ways from the seeds to this account, instead of all that left them; may be given more than once
    #[arg(long, value_name = "ACCOUNT", conflicts_with_all = ["back", "transfers", "method"])]
    pub(crate) to: Vec<String>,
    /// With --to, which ways are best: earliest (first to arrive), widest (largest smallest transfer), fewest (transfers)
    #[arg(long, value_name = "NAME", default_value = "earliest")]
    pub(crate) best: String,
    /// With --to, how many ways
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub(crate) ways: u32,
    /// Write what is shown as a graph, too: .graphml, .gexf, .dot or .json
    #[arg(long, value_name = "FILE")]
    pub(crate) graph: Option<PathBuf>,
}

/// `headwater derive`.
#[derive(Debug, Args)]
pub(crate) struct DeriveArgs {
    /// Tables to make (the names of `queries/derive/`); all if none is named
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

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
}

/// `headwater flag`.
#[derive(Debug, Clone, Args)]
pub(crate) struct FlagArgs {
    /// Typologies to run; all if none is named
    #[arg(value_name = "TYPOLOGY")]
    pub(crate) typologies: Vec<String>,
    /// The detection profile: thresholds, lists and parameters
    #[arg(long, value_name = "NAME", default_value = "balanced")]
    pub(crate) profile: String,
    /// A value for a parameter: `name=value` for one typology, `typology.name=value` for several
    #[arg(long = "set", value_name = "[TYPOLOGY.]NAME=VALUE", value_parser = assignment)]
    pub(crate) values: Vec<(String, String)>,
    /// What one typology may take, in whole seconds, minutes or hours; then it is stopped, and the others go on
    #[arg(long, value_name = "TIME", value_parser = length, default_value = "60m")]
    pub(crate) max_time: Duration,
    /// Findings kept of one typology; those beyond are counted
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) max_findings: usize,
    /// End with exit code 3 when nothing is found
    #[arg(long)]
    pub(crate) fail_empty: bool,
}

/// `headwater flags`.
#[derive(Debug, Args)]
pub(crate) struct FlagsArgs {
    /// Findings to list or to decide on: their ids, or beginnings that no other id has
    #[arg(value_name = "ID", allow_negative_numbers = true)]
    pub(crate) ids: Vec<String>,
    /// The first so many, after those of the highest case
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,
    /// Findings of this typology; may be given more than once
    #[arg(long, value_name = "NAME")]
    pub(crate) typology: Vec<String>,
    /// Findings on this account
    #[arg(long, value_name = "ACCOUNT", allow_negative_numbers = true)]
    pub(crate) subject: Option<String>,
    /// The ledger of accounts that are named: bank, btc, …
    #[arg(long, value_name = "NAME", default_value = "bank")]
    pub(crate) ledger: String,
    /// Findings whose last transfer is not before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Findings of this status: open, true, false, unclear, suppressed, replaced, all [default: open; all for ids and cases]
    #[arg(long, value_name = "STATUS", hide_possible_values = true)]
    pub(crate) status: Option<StatusChoice>,
    /// A case: its findings, and its time line
    #[arg(long, value_name = "ID", allow_negative_numbers = true)]
    pub(crate) case: Option<String>,
    /// Explain a finding: the sentence, the rows, the past and the peers, the SQL
    #[arg(long, value_name = "ID", allow_negative_numbers = true, conflicts_with_all = ["case", "ids", "disposition", "suppress", "value"])]
    pub(crate) why: Option<String>,
    /// Decide on the findings that are named: true, false, unclear
    #[arg(long, value_name = "WORD", requires_all = ["ids", "reason", "by"], conflicts_with_all = ["suppress", "value"], hide_possible_values = true)]
    pub(crate) disposition: Option<DispositionChoice>,
    /// Suppress the findings of a typology, or of a typology on one account
    #[arg(long, value_name = "TYPOLOGY[:ACCOUNT]", requires_all = ["until", "reason", "by"], conflicts_with_all = ["ids", "value"])]
    pub(crate) suppress: Option<String>,
    /// The last day of a suppression, 2027-01-31; a day that has passed lifts an earlier one
    #[arg(long, value_name = "DATE", requires = "suppress")]
    pub(crate) until: Option<String>,
    /// Why it is decided so
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Who decides
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// What each typology adds: what only it found, what others found too, what that costs in alerts
    #[arg(long, conflicts_with_all = ["ids", "case"])]
    pub(crate) value: bool,
    /// With --value, the run: the snapshot it looked at [default: the newest run of each typology]
    #[arg(long, value_name = "SNAPSHOT", requires = "value")]
    pub(crate) run: Option<u32>,
    /// End with exit code 3 when nothing is listed
    #[arg(long)]
    pub(crate) fail_empty: bool,
}

/// Which findings are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusChoice {
    /// Nobody has decided, and no rule suppresses them.
    Open,
    /// Somebody called them true.
    True,
    /// Somebody called them false.
    False,
    /// Somebody could not tell.
    Unclear,
    /// A rule holds them back today.
    Suppressed,
    /// A later run found more of the same.
    Replaced,
    /// Every one.
    All,
}

/// What somebody makes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DispositionChoice {
    /// It is what the typology says.
    True,
    /// It has an innocent explanation.
    False,
    /// It cannot be told.
    Unclear,
}

/// `headwater tune`.
#[derive(Debug, Args)]
pub(crate) struct TuneArgs {
    /// The typology
    #[arg(value_name = "TYPOLOGY")]
    pub(crate) typology: String,
    /// Values to try for a parameter; with several parameters, every combination [default: each parameter by itself, at
    /// a half, three quarters, once, one and a half times and twice its value]
    #[arg(long = "set", value_name = "NAME=VALUE,…", value_parser = assignment)]
    pub(crate) values: Vec<(String, String)>,
    /// The detection profile
    #[arg(long, value_name = "NAME", default_value = "balanced")]
    pub(crate) profile: String,
    /// What was planted, to measure against: truth/schemes.csv of `headwater synth`
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: Option<PathBuf>,
    /// What one trial may take
    #[arg(long, value_name = "TIME", value_parser = length, default_value = "60m")]
    pub(crate) max_time: Duration,
    /// Findings kept of one trial; those beyond are counted
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    pub(crate) max_findings: usize,
}

/// `headwater resolve`.
#[derive(Debug, Args)]
pub(crate) struct ResolveArgs {
    /// Decide that two parties are one
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with_all = ["distinct", "undo"])]
    #[arg(requires_all = ["by", "reason"])]
    pub(crate) same: Vec<String>,
    /// Decide that two parties are two
    #[arg(long, num_args = 2, value_names = ["A", "B"], conflicts_with = "undo", requires_all = ["by", "reason"])]
    pub(crate) distinct: Vec<String>,
    /// Take a decision back
    #[arg(long, num_args = 2, value_names = ["A", "B"], requires_all = ["by", "reason"])]
    pub(crate) undo: Vec<String>,
    /// Who decides
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// List what is decided, too
    #[arg(long)]
    pub(crate) all: bool,
    /// List the candidates of the last time, without looking for new ones
    #[arg(long)]
    pub(crate) as_is: bool,
}

/// `headwater strike`.
#[derive(Debug, Args)]
pub(crate) struct StrikeArgs {
    /// The transaction, in hexadecimal
    #[arg(value_name = "TXID")]
    pub(crate) txid: String,
    /// Put it back
    #[arg(long)]
    pub(crate) undo: bool,
    /// Who says so
    #[arg(long, value_name = "WHO")]
    pub(crate) by: String,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// The chain: btc, btc-testnet, btc-regtest, …
    #[arg(long, value_name = "NAME", default_value = "btc")]
    pub(crate) ledger: String,
}

/// `headwater networks`.
#[derive(Debug, Args)]
pub(crate) struct NetworksArgs {
    /// A network; all if none is named
    #[arg(value_name = "NETWORK")]
    pub(crate) network: Option<String>,
}

/// `headwater assess`.
#[derive(Debug, Clone, Args)]
pub(crate) struct AssessArgs {
    /// The assessment profile
    #[arg(long, value_name = "NAME", default_value = Self::PROFILE)]
    pub(crate) profile: String,
    /// Where the report goes; its JSON twin is written beside it [default: `reports` in the lake]
    #[arg(long, value_name = "FILE.html", conflicts_with_all = ["terms", "out", "products", "compare", "lint"])]
    pub(crate) report: Option<PathBuf>,
    /// Terms of reference, a TOML file: customer, questions, period, required products, handling
    #[arg(long, value_name = "FILE.toml", conflicts_with = "lint")]
    pub(crate) terms: Option<PathBuf>,
    /// Write products to this folder: HTML, JSON twin, Markdown and PROV-JSON each [default: `reports` in the lake]
    #[arg(long, value_name = "DIR", conflicts_with = "lint")]
    pub(crate) out: Option<PathBuf>,
    /// A product to make: strategic, early-warning, bulletin, trend, case or public; may be given more than once [default:
    /// those the terms require, else strategic]
    #[arg(long = "product", value_name = "KIND", conflicts_with = "lint")]
    pub(crate) products: Vec<String>,
    /// Say what changed since an earlier strategic assessment, named by its product id, and why
    #[arg(long, value_name = "PRODUCT", conflicts_with = "lint")]
    pub(crate) compare: Option<String>,
    /// Read a product's JSON twin, or prose, and say what keeps it from leaving; nothing is assessed
    #[arg(long, value_name = "FILE")]
    pub(crate) lint: Vec<PathBuf>,
}

impl AssessArgs {
    /// The profile that is taken when none is named.
    pub(crate) const PROFILE: &str = "composite-1";
}

/// `headwater judge`.
#[derive(Debug, Args)]
pub(crate) struct JudgeArgs {
    /// The network: data set and id of its core, as `headwater assess` shows it
    #[arg(value_name = "NETWORK")]
    pub(crate) network: Option<String>,
    /// The indicator, such as A05; without it, what was said so far is listed
    #[arg(value_name = "INDICATOR", requires = "rung")]
    pub(crate) indicator: Option<String>,
    /// 0 to 4, or `unknown` to take earlier judgements back
    #[arg(value_name = "RUNG", value_parser = rung)]
    pub(crate) rung: Option<Rung>,
    /// Who judges
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// The grade of what it stands on, in the scheme it names: B2 (4x4), 3x5x2:1B, admiralty-6x6:C3
    #[arg(long, value_name = "GRADE")]
    pub(crate) grade: Option<String>,
    /// What it stands on: the reference of a report
    #[arg(long, value_name = "REF")]
    pub(crate) document: Option<String>,
    /// How it may be handled: TLP:AMBER PAP:GREEN H1
    #[arg(long, value_name = "LABEL")]
    pub(crate) handling: Option<String>,
    /// The day it was made [default: today]
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) date: Option<String>,
    /// The assessment profile whose indicator it is
    #[arg(long, value_name = "NAME", default_value = AssessArgs::PROFILE)]
    pub(crate) profile: String,
}

/// A rung, or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rung(pub(crate) Option<u8>);

fn rung(text: &str) -> Result<Rung, String> {
    match text {
        "unknown" => Ok(Rung(None)),
        "0" | "1" | "2" | "3" | "4" => Ok(Rung(text.parse().ok())),
        _ => Err("write 0, 1, 2, 3, 4 or unknown".to_owned()),
    }
}

/// `headwater explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The network: data set and id of its core, as `headwater assess` shows it
    #[arg(value_name = "NETWORK")]
    pub(crate) network: String,
    /// One indicator, such as A01 [default: all of them]
    #[arg(value_name = "INDICATOR")]
    pub(crate) indicator: Option<String>,
    /// The assessment profile; eu-socta, sleipnir-19 and morile-shape read the evidence of composite-1 their own way
    #[arg(long, value_name = "NAME", default_value = AssessArgs::PROFILE)]
    pub(crate) profile: String,
    /// How often the weights are drawn anew to see whether the rank holds
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) draws: usize,
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

/// The text is not repeated in the complaint: it may be a password.
fn user(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()));
    parts.ok_or_else(|| "write name:password".to_owned())
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), value.to_owned())),
        _ => Err("write name=value".to_owned()),
    }
}

/// `90`, `90s`, `30m`, `2h`.
fn length(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let refuse = || format!("`{text}` is not a time; write 90s, 30m or 2h");
    let units = [('s', 1), ('m', 60), ('h', 3600)];
    let with_unit = units.into_iter().find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)));
    let (digits, seconds) = with_unit.unwrap_or((text, 1));
    let number: u64 = digits.trim().parse().map_err(|_| refuse())?;
    number.checked_mul(seconds).filter(|&total| total > 0).map(Duration::from_secs).ok_or_else(refuse)
}

/// `512M`, `4G`, `1073741824`: powers of 1024.
fn bytes(text: &str) -> Result<usize, String> {
    let refuse = || format!("`{text}` is not a size; write 512M or 4G");
    let text_upper = text.trim().to_ascii_uppercase();
    let text_upper = text_upper.strip_suffix('B').unwrap_or(&text_upper);
    let (digits, unit) = match text_upper.chars().last() {
        Some('K') => (text_upper.trim_end_matches('K'), 1 << 10),
        Some('M') => (text_upper.trim_end_matches('M'), 1 << 20),
        Some('G') => (text_upper.trim_end_matches('G'), 1 << 30),
        Some('T') => (text_upper.trim_end_matches('T'), 1 << 40),
        _ => (text_upper, 1),
    };
    let number: usize = digits.trim().parse().map_err(|_| refuse())?;
    number.checked_mul(unit).filter(|&bytes| bytes > 0).ok_or_else(refuse)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn times_are_whole_seconds_minutes_or_hours_and_nonsense_is_refused() {
        let seconds = |text| length(text).map(|time| time.as_secs());
        assert_eq!([seconds("90"), seconds("90s"), seconds("30 m"), seconds("2h")], [90, 90, 1800, 7200].map(Ok));
        for nonsense in ["", "m", "0", "-1", "1.5h", "2d", "99999999999999999999h", "é"] {
            assert!(length(nonsense).is_err(), "{nonsense}");
        }
    }

    #[test]
    fn sizes_are_powers_of_1024_and_nonsense_is_refused() {
        assert_eq!(bytes("1G").unwrap(), 1 << 30);
        assert_eq!(bytes("512 mb").unwrap(), 512 << 20);
        assert_eq!(bytes("77").unwrap(), 77);
        for nonsense in ["", "G", "-1G", "1X", "0", "99999999999999T"] {
            assert!(bytes(nonsense).is_err(), "{nonsense}");
        }
    }
}
