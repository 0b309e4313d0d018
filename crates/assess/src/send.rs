//! Sending: what leaves the lake, to whom, and what became of it.
//!
//! Nothing is sent from a query's answer. What is to leave is queued first: [`outbox`] appends it to `assess.outbox` in one
//! snapshot of the lake, with a hash by which a second queueing of the same thing is recognised. Then it is delivered, and
//! what the other side said is appended to `assess.receipts`. A process that dies between the two sends again: delivery is
//! at least once, and since the ids of what is sent are hashes of what it stands for, sent twice it is there once.
//!
//! Two ways lead out: [`files`] for a folder (JSON Lines and Parquet with a versioned schema) and [`taxii`] for a TAXII 2.1
//! server (STIX 2.1 objects, [`stix`]). Both mark what they send with one [`Tlp`] label.

use std::fmt;
use std::str::FromStr;

pub mod files;
mod ids;
mod outbox;
mod stix;
pub mod taxii;

pub use files::{FilesReport, FilesRequest, send_files};
pub use ids::uuid_v5;
pub(crate) use outbox::content_of;
pub use taxii::{Account, TaxiiReport, TaxiiRequest, send_taxii};

/// Traffic Light Protocol 2.0, from the widest audience to the narrowest.
///
/// The marking definitions are the common objects of the OASIS committee (`extension-definition--60a3c5c5-…`), because STIX
/// 2.1 itself predefines TLP 1.0 alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tlp {
    /// No limit.
    Clear,
    /// The community.
    Green,
    /// The organisation and its clients.
    Amber,
    /// The organisation alone, need to know.
    AmberStrict,
    /// Named recipients.
    Red,
}

impl Tlp {
    /// Every label, from the widest to the narrowest.
    pub const ALL: [Self; 5] = [Self::Clear, Self::Green, Self::Amber, Self::AmberStrict, Self::Red];

    /// `amber+strict`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Green => "green",
            Self::Amber => "amber",
            Self::AmberStrict => "amber+strict",
            Self::Red => "red",
        }
    }

    /// The id of its marking definition.
    pub fn marking(self) -> &'static str {
        match self {
            Self::Clear => "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
            Self::Green => "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
            Self::Amber => "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
            Self::AmberStrict => "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
            Self::Red => "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
        }
    }
}

impl fmt::Display for Tlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TLP:{}", self.word().to_uppercase())
    }
}

impl FromStr for Tlp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word = text.to_lowercase();
        let word = word.strip_prefix("tlp:").unwrap_or(&word);
        Self::ALL.into_iter().find(|label| label.word() == word).ok_or_else(|| {
            format!("`{text}` is no label of TLP 2.0; they are {}", Self::ALL.map(Self::word).join(", "))
        })
    }
}

/// Why a delivery ended before everything was there. What was not delivered waits in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendFault {
    /// No answer, a broken one, or an error that may pass.
    #[error("{0}")]
    Unreachable(String),
    /// The other side does not let us.
    #[error("{0}")]
    Denied(String),
    /// What answers is not what was asked for.
    #[error("{0}")]
    WrongServer(String),
    /// Some of it was refused for good.
    #[error("{0}")]
    Refused(String),
}
