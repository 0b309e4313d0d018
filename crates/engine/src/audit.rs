//! Who looked at what, why, and on whose authority.
//!
//! Everything that touches a subject, leaves the lake or judges is a row of `admin.audit` before it happens and another one
//! when it is over. The rows are a journal of their own beside the Delta tables ([`Journal`]): a reader must be able to write
//! one without waiting for an import, and without a new snapshot. Each row's hash covers the row and the hash before it.
//!
//! Which statement touches a subject is decided on its optimised plan and not on its text: [`touched`] asks which columns of
//! which tables are read, and `queries/profiles/subjects.toml` says which of these are about people. In a governed lake such a
//! statement needs a [`Mandate`] with purpose, case and authority.

use std::sync::Arc;

use datafusion::common::extensions_options;
use datafusion::config::ConfigExtension;
use parking_lot::Mutex;

use crate::error::{EngineError, Result};
use crate::lake::Lake;

mod counting;
mod journal;
mod subjects;
mod table;

use counting::Parts;
pub(crate) use counting::{AuditedNode, AuditedPlanner};
pub(crate) use journal::Journal;
pub use journal::{Anchor, ChainFault, ChainReport, verify_chain};
pub(crate) use subjects::{Subjects, touched};
pub(crate) use table::provider;

/// The six verbs of a log under article 25 of Directive (EU) 2016/680.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// Data came in.
    Collection,
    /// Data, or a rule of the lake, was changed; a judgement was entered.
    Alteration,
    /// Data was looked at.
    Consultation,
    /// Data left the lake.
    Disclosure,
    /// Data was put together: findings, links, scores.
    Combination,
    /// Data was taken out.
    Erasure,
}

impl Verb {
    /// The word in `admin.audit.verb`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Collection => "collection",
            Self::Alteration => "alteration",
            Self::Consultation => "consultation",
            Self::Disclosure => "disclosure",
            Self::Combination => "combination",
            Self::Erasure => "erasure",
        }
    }
}

/// Who acts, what for, in which case, and who allowed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mandate {
    /// The person, as the caller knows them.
    pub actor: String,
    /// What for.
    pub purpose: Option<String>,
    /// The case or authorisation reference.
    pub case_ref: Option<String>,
    /// Who allowed it.
    pub authority: Option<String>,
}

impl Mandate {
    /// What a governed lake asks for and is not given.
    fn missing(&self) -> Vec<&'static str> {
        let given = [("purpose", &self.purpose), ("case", &self.case_ref), ("authority", &self.authority)];
        given.into_iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name).collect()
    }
}

extensions_options! {
    /// What a session says of itself: `SET headwater.purpose = '…'`. Empty is not given.
    pub(crate) struct MandateOptions {
        /// What the next statements are for
        pub(crate) purpose: String, default = String::new()
        /// The case they belong to
        pub(crate) case: String, default = String::new()
        /// Who allowed them
        pub(crate) authority: String, default = String::new()
    }
}

impl ConfigExtension for MandateOptions {
    const PREFIX: &'static str = "headwater";
}

impl MandateOptions {
    pub(crate) fn of(mandate: &Mandate) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        Self { purpose: text(&mandate.purpose), case: text(&mandate.case_ref), authority: text(&mandate.authority) }
    }

    pub(crate) fn mandate(&self, actor: &str) -> Mandate {
        let value = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Mandate {
            actor: actor.to_owned(),
            purpose: value(&self.purpose),
            case_ref: value(&self.case),
            authority: value(&self.authority),
        }
    }
}

/// Something that is about to happen.
#[derive(Debug, Clone)]
pub struct Act {
    /// Which of the six verbs.
    pub verb: Verb,
    /// The statement or command, as it was given.
    pub statement: String,
    /// What it touches: `flow.holders.name`, or the name of a destination.
    pub touched: Vec<String>,
    /// Whether it shows or sends rows about subjects, which a governed lake allows with a mandate alone.
    pub about_subjects: bool,
}

/// An act that has begun. Its end is written when it is said, or when the ticket is dropped.
#[derive(Debug)]
pub struct Ticket {
    lake: Arc<Lake>,
    mandate: Mandate,
    act: Act,
    begun: i64,
    state: Mutex<State>,
    parts: Parts,
}

#[derive(Debug)]
struct State {
    rows: u64,
    outcome: Option<&'static str>,
    ended: bool,
}

impl Ticket {
    /// Adds rows that were shown or sent.
    pub fn count(&self, rows: u64) {
        self.state.lock().rows += rows;
    }

    /// Says how it went: `done`, `failed`. The first word that is not `done` stands.
    pub fn outcome(&self, word: &'static str) {
        let mut state = self.state.lock();
        if matches!(state.outcome, None | Some("done")) {
            state.outcome = Some(word);
        }
    }

    pub(crate) fn expect_parts(&self, parts: usize) {
        self.parts.expect(parts);
    }

    pub(crate) fn part_is_over(&self) {
        if self.parts.over() {
            self.outcome("done");
            // As when it is dropped: the row of the beginning stands without an end.
            let _ = self.end();
        }
    }

    /// Writes the row of the end.
    ///
    /// # Errors
    /// [`EngineError::Lake`] when the journal cannot be written.
    pub fn end(&self) -> Result<()> {
        let mut state = self.state.lock();
        if state.ended || self.begun == 0 {
            return Ok(());
        }
        state.ended = true;
        let Some(journal) = Journal::of(&self.lake) else { return Ok(()) };
        let outcome = state.outcome.unwrap_or("stopped");
        journal.append(&self.mandate, &self.act, outcome, Some(state.rows), Some(self.begun), None)?;
        Ok(())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // A journal that could be written a moment ago and cannot now: the row of the beginning stands without an end,
        // which is what the reader of the journal has to see.
        let _ = self.end();
    }
}

impl Lake {
    /// Says who uses the lake; what a session starts with.
    pub fn mandate(&self) -> &Mandate {
        &self.options().mandate
    }

    /// Writes that something begins, after asking whether it may.
    ///
    /// # Errors
    /// [`EngineError::Denied`] in a governed lake when the mandate is not complete; [`EngineError::Lake`] when the journal
    /// cannot be written.
    pub async fn begin(self: &Arc<Self>, mandate: &Mandate, act: Act) -> Result<Arc<Ticket>> {
        let record = self.newest_snapshot().await?;
        self.begin_at(mandate, act, record.governed, record.snapshot_id)
    }

    pub(crate) fn begin_at(
        self: &Arc<Self>,
        mandate: &Mandate,
        act: Act,
        governed: bool,
        snapshot: u64,
    ) -> Result<Arc<Ticket>> {
        let missing = mandate.missing();
        let refused = governed && act.about_subjects && !missing.is_empty();
        let begun = match Journal::of(self) {
            Some(journal) => {
                let outcome = if refused { "refused" } else { "begun" };
                match journal.append(mandate, &act, outcome, None, None, Some(snapshot)) {
                    Ok(number) => number,
                    // A lake on a medium that nobody can write is read without a trace, unless it is governed.
                    Err(EngineError::Io { source, .. }) if !governed && is_read_only(&source) => 0,
                    Err(error) => return Err(error),
                }
            }
            None if governed && act.about_subjects => {
                return Err(self.broken(
                    "the lake is governed, and an audit journal cannot be kept on an object store: read a local copy",
                ));
            }
            None => 0,
        };
        if refused {
            let about = if act.touched.is_empty() { act.statement } else { act.touched.join(", ") };
            return Err(EngineError::Denied(format!(
                "the lake is governed, and this is about subjects ({about}): it needs {}",
                missing.join(", ")
            )));
        }
        let state = Mutex::new(State { rows: 0, outcome: None, ended: false });
        let (lake, mandate, parts) = (Arc::clone(self), mandate.clone(), Parts::default());
        Ok(Arc::new(Ticket { lake, mandate, act, begun, state, parts }))
    }

    /// The file of the audit journal, where the lake can keep one.
    pub fn journal_file(&self) -> Option<std::path::PathBuf> {
        Journal::of(self).map(|journal| journal.path().to_owned())
    }
}

fn is_read_only(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem)
}
