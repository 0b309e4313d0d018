//! Who is who: `headwater resolve`, `strike` and `networks`.

use clap::Args;

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
