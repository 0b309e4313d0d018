//! The queue of findings: `headwater flag`, `flags` and `tune`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::values::{assignment, length};

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
