//! Products: what decision-makers, partner agencies and banks read, all of one data model.
//!
//! A product is a function of a snapshot of the lake, the terms of reference, a scoring profile and its kind: [`make`] is
//! that function, and it knows no clock. The page, the JSON twin, the Markdown and the PROV document are renditions of one
//! [`Product`]; before any of it leaves [`make`] the linter has read it, and every statement has been resolved to rows.
//! What a product was made from is kept in `assess.products` with the hashes of its bytes, so that [`remake`] can show
//! that the same bytes come out.

use std::fmt;
use std::str::FromStr;

use headwater_engine::Label;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

mod compose;
mod edition;
pub mod lint;
mod make;
mod markdown;
mod model;
mod page;
mod provenance;
mod publish;
mod sections;
mod store;
mod suppress;

pub use edition::Change;
pub use make::make;
pub use model::{Cell, Chart, Cleared, Column, Fact, Product, Section, Statement, Style, Table, TableRow};
pub use publish::{ProductLine, ProductsReport, ProductsRequest, products};
pub use store::{Remade, StoredProduct, remake};

use crate::error::{AssessError, Result};

/// The kinds of product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProductKind {
    /// The strategic assessment, in the chapters of a SOCTA.
    Strategic,
    /// One page on what is new.
    EarlyWarning,
    /// The periodic bulletin: movers, corridors, typologies, gaps.
    Bulletin,
    /// Series with intervals, changes of coverage apart from real ones.
    Trend,
    /// What an investigation needs of one network.
    Case,
    /// What anybody may read: sums over groups of at least k, no personal data.
    Public,
}

impl ProductKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Strategic, Self::EarlyWarning, Self::Bulletin, Self::Trend, Self::Case, Self::Public];

    /// The name on the command line and in terms of reference.
    pub fn name(self) -> &'static str {
        match self {
            Self::Strategic => "strategic",
            Self::EarlyWarning => "early-warning",
            Self::Bulletin => "bulletin",
            Self::Trend => "trend",
            Self::Case => "case",
            Self::Public => "public",
        }
    }

    /// What it is called on its first page.
    pub fn title(self) -> &'static str {
        match self {
            Self::Strategic => "Strategic threat assessment",
            Self::EarlyWarning => "Early-warning note",
            Self::Bulletin => "Risk bulletin",
            Self::Trend => "Trend analysis",
            Self::Case => "Operational case package",
            Self::Public => "Threat assessment, public edition",
        }
    }
}

impl fmt::Display for ProductKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Serialize for ProductKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for ProductKind {
    type Err = AssessError;

    fn from_str(text: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or_else(|| {
            let known = Self::ALL.map(Self::name);
            let near = headwater_engine::nearest(text, known.into_iter());
            let hint = near
                .map_or_else(|| format!("there are: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
            AssessError::Product { what: format!("no product `{text}`; {hint}") }
        })
    }
}

/// What a product is made from, beside the snapshot. The same request over the same snapshot gives the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductRequest {
    /// Which kind.
    pub kind: ProductKind,
    /// The network of a case package: data set and id of its core. `None` for the other kinds.
    pub network: Option<String>,
    /// The stem of the scoring profile.
    pub profile: String,
    /// The text of the terms of reference, a TOML document.
    pub terms: Option<String>,
    /// The id of the product this one is compared with.
    pub compared_with: Option<String>,
    /// What its maker may see; everything if `None`.
    pub clearance: Option<Clearance>,
}

/// A clearance, and whether a product made under it says how much was withheld.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clearance {
    /// What it covers.
    pub label: Label,
    /// Whether the rows are counted, or left out in silence.
    pub counted: bool,
}

impl Clearance {
    /// The word of the policy, as the command line and the lake have it.
    pub(crate) fn policy(&self) -> &'static str {
        if self.counted { COUNTED } else { SILENT }
    }
}

/// Withheld rows are counted.
pub(crate) const COUNTED: &str = "counted";
/// Withheld rows are as if they were not there.
pub(crate) const SILENT: &str = "silent";

/// A product's bytes, one text a rendition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductFiles {
    /// The product's id: its kind and the hash of what it says.
    pub id: String,
    /// The page, self-contained and printable.
    pub html: String,
    /// The JSON twin.
    pub json: String,
    /// The Markdown.
    pub markdown: String,
    /// W3C PROV-JSON: what it was made from.
    pub prov: String,
}

impl ProductFiles {
    /// The renditions, by the ending of their file.
    pub fn renditions(&self) -> [(&'static str, &str); 4] {
        [("html", &self.html), ("json", &self.json), ("md", &self.markdown), ("prov.json", &self.prov)]
    }
}

/// The SHA-256 of a text, in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}
