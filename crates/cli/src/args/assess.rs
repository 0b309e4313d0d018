//! The threat assessment: `headwater assess`, `judge` and `explain`.

use std::path::PathBuf;

use clap::Args;

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
