//! The one data model of the report: the page and its JSON twin are both written from it, so they cannot disagree.
//!
//! The invariant is in the types. [`Evidence`] cannot be empty, and everything that states a number holds one, so a
//! number without a row behind it does not compile into a report, or is refused when it is built.
//! Amounts are decimals, times are text in UTC, lists are put in order by [`Report::ordered`] and never by a hash.

mod evidence;
mod method;
mod network;
mod order;

use serde::Serialize;

pub use evidence::{Evidence, Figure};
pub use method::{Method, MethodLine};
pub use network::{ClauseLine, Corridor, Finding, Flow, FlowSide, IndicatorLine, Link, Member, Month, Network, Rating};

use crate::decimal::Decimal;
use crate::error::Result;

/// An assessment, ready to be written.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What this is, for whom, from what.
    pub header: Header,
    /// What a person made of it; without it the report is a draft and says so.
    pub conclusion: Option<Conclusion>,
    /// What was looked at and what was not.
    pub limits: Limits,
    /// The networks that were scored.
    pub networks: Vec<Network>,
    /// Findings that no link ties to a network, by typology.
    pub unlinked: Vec<Unlinked>,
    /// What is not known, and what would have to be collected.
    pub gaps: Vec<Gap>,
    /// Weights, ladders and rules.
    pub method: Method,
    /// The innocent explanations that were tested and those that were not.
    pub innocent: String,
}

/// What the report is, for whom, and from what.
#[derive(Clone, Debug, Serialize)]
pub struct Header {
    /// The title.
    pub title: String,
    /// The handling marking, printed on every page.
    pub marking: String,
    /// The terms of reference the report answers to.
    pub terms_of_reference: Option<String>,
    /// Who asked.
    pub customer: Option<String>,
    /// The instant up to which data count.
    pub cutoff: String,
    /// The first day looked at.
    pub from: String,
    /// The last day looked at.
    pub to: String,
    /// The profile, as `composite-1@1.0.0`.
    pub profile: String,
    /// The program and its version.
    pub program: String,
    /// The hash of the data set: the snapshot that every number was read from.
    pub dataset: String,
    /// The files and feeds behind it.
    pub sources: Vec<Source>,
}

/// One imported file. Rows read = stored + quarantined + duplicate, and the hash is the evidence of all four.
#[derive(Clone, Debug, Serialize)]
pub struct Source {
    /// Its id in `admin.sources`.
    pub source_id: String,
    /// Its kind, such as `bank` or `watchlist`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The hash of its bytes.
    pub sha256: String,
    /// Rows read.
    pub rows_read: u64,
    /// Rows stored.
    pub stored: u64,
    /// Rows set aside with a reason.
    pub quarantined: u64,
    /// Rows already there.
    pub duplicate: u64,
    /// Its grade, in its own scheme.
    pub grade: String,
}

impl Source {
    /// Whether every row read is accounted for.
    pub fn closes(&self) -> bool {
        self.rows_read == self.stored + self.quarantined + self.duplicate
    }
}

/// A person's conclusion. Nothing is released without one.
#[derive(Clone, Debug, Serialize)]
pub struct Conclusion {
    /// What they conclude.
    pub text: String,
    /// Who they are.
    pub name: String,
    /// The day.
    pub date: String,
}

/// What was looked at and what was not.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Limits {
    /// Typologies that ran, each with how many findings it gave.
    pub run: Vec<TypologyRun>,
    /// Typologies that did not run, and why.
    pub not_run: Vec<NotRun>,
    /// Data and questions outside the report.
    pub not_looked_at: Vec<String>,
}

/// A typology that ran; the hash of the query it ran is the evidence of its count.
#[derive(Clone, Debug, Serialize)]
pub struct TypologyRun {
    /// Its name.
    pub typology: String,
    /// How many findings it gave.
    pub findings: u64,
    /// The hash of the query text.
    pub query_hash: String,
}

/// A typology that did not run.
#[derive(Clone, Debug, Serialize)]
pub struct NotRun {
    /// Its name.
    pub typology: String,
    /// Why not.
    pub reason: String,
}

/// Findings of one typology that no link ties to a network.
#[derive(Clone, Debug, Serialize)]
pub struct Unlinked {
    /// The typology.
    pub typology: String,
    /// How many; the evidence is their ids.
    pub findings: Figure,
    /// Their amount in EUR, when every one could be valued.
    pub amount_eur: Option<Decimal>,
}

/// An intelligence gap and its collection requirement.
#[derive(Clone, Debug, Serialize)]
pub struct Gap {
    /// The network, by its caption.
    pub network: String,
    /// The indicator, such as `A05`.
    pub indicator: String,
    /// What is not known.
    pub unknown: String,
    /// What to collect.
    pub collect: String,
}

impl Unlinked {
    /// Counts the findings of one typology by their ids.
    pub fn new(typology: String, findings: Vec<String>, amount_eur: Option<Decimal>) -> Result<Self> {
        let evidence = Evidence::new(&format!("unlinked findings of {typology}"), findings)?;
        let findings = Figure { value: evidence.count.to_string(), unit: "findings".to_owned(), evidence };
        Ok(Self { typology, findings, amount_eur })
    }
}

#[cfg(test)]
mod tests;
