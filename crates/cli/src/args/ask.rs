//! What asks the lake: `headwater sql` and `trace`.

use std::path::PathBuf;

use clap::Args;

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
