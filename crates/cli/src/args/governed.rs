//! Who acts, what for, in which case and on whose authority: options of every command, and the commands about them.

use clap::{Args, ValueEnum};

/// What an act is for; a governed lake asks for all three.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What for (kept in admin.audit; a governed lake asks for all three)")]
pub(crate) struct MandateArgs {
    /// What it is for
    #[arg(long, global = true, value_name = "TEXT", env = "HEADWATER_PURPOSE", hide_env_values = true)]
    pub(crate) purpose: Option<String>,
    /// The reference of the case
    #[arg(long, global = true, value_name = "REFERENCE", env = "HEADWATER_CASE", hide_env_values = true)]
    pub(crate) case: Option<String>,
    /// Who or what allows it
    #[arg(long, global = true, value_name = "TEXT", env = "HEADWATER_AUTHORITY", hide_env_values = true)]
    pub(crate) authority: Option<String>,
}

/// `headwater init`.
#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Show and send what is about subjects only with purpose, case and authority
    #[arg(long)]
    pub(crate) governed: bool,
}

/// `headwater govern`.
#[derive(Debug, Args)]
pub(crate) struct GovernArgs {
    /// The state to set; without it, the state is said
    #[arg(value_name = "STATE")]
    pub(crate) state: Option<GovernState>,
}

/// Whether a lake is governed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GovernState {
    /// What is about subjects needs purpose, case and authority.
    On,
    /// It is kept in the journal all the same, and refused to nobody.
    Off,
}

/// `headwater replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The id of a finding, or of a product or what begins it
    #[arg(value_name = "FINDING|PRODUCT", allow_hyphen_values = true)]
    pub(crate) id: String,
}
