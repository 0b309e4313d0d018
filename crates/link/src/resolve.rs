//! Who is who: candidates are found by queries, and decided by people.
//!
//! `queries/derive/candidates.sql` finds pairs of parties that may be one; nothing of Headwater ever unites them. What somebody
//! decides is one more row of `intel.decisions`, with who, when and why: nothing is overwritten, and to take a decision back is a
//! decision too. What follows from all of them is SQL again (`intel.identities`, `intel.apart`).

use std::sync::Arc;

use headwater_engine::{Event, Lake, Session, Writer, derive_anew, derive_changed};

use crate::LinkError;
use crate::rows::{quote, texts};

/// What is decided of two parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They are one.
    Same,
    /// They are two.
    Distinct,
    /// The decision before is taken back.
    Undecided,
}

impl Verdict {
    /// As `intel.decisions` has it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Distinct => "distinct",
            Self::Undecided => "undecided",
        }
    }
}

/// A decision of somebody's.
#[derive(Debug, Clone)]
pub struct Decision {
    /// One party: `entity:dataset/id`, or `holder:account/name key`; without a colon in front an entity.
    pub a: String,
    /// The other party.
    pub b: String,
    /// What is decided.
    pub verdict: Verdict,
    /// Who decides.
    pub who: String,
    /// Why.
    pub why: String,
    /// When, in microseconds since 1970, UTC.
    pub time: i64,
}

/// Finds the candidates anew, and the names that are too common to compare.
///
/// # Errors
/// [`LinkError::Engine`] when a query fails. Nothing is stored.
pub async fn find_candidates(lake: &Arc<Lake>, observer: &(dyn Fn(Event) + Send + Sync)) -> Result<u64, LinkError> {
    Ok(derive_anew(lake, &["candidates".to_owned(), "capped_blocks".to_owned()], observer).await?)
}

/// Stores a decision; returns which revision of its pair it is.
///
/// # Errors
/// [`LinkError::Decision`] for a party that is not in the lake, a pair of one party, a decision to take back that nobody took, and one that
/// would make one of two whom somebody decided to be distinct. Nothing is stored.
pub async fn decide(lake: &Arc<Lake>, decision: &Decision) -> Result<i64, LinkError> {
    let mut parties = [party(&decision.a), party(&decision.b)];
    parties.sort();
    let [a, b] = &parties;
    if a == b {
        return Err(refuse(format!("{a} is named twice; a decision is about two parties")));
    }
    if decision.who.trim().is_empty() || decision.why.trim().is_empty() {
        return Err(refuse("a decision says who took it and why".to_owned()));
    }
    let mut writer = Writer::open(lake).await?;
    match append(&mut writer, a, b, decision).await {
        Ok(revision) => {
            writer.commit("resolve").await?;
            Ok(revision)
        }
        Err(error) => {
            // The error is what the user needs to see; a failed restore is repeated by the next writer.
            let _ = writer.rollback().await;
            Err(error)
        }
    }
}

async fn append(writer: &mut Writer, a: &str, b: &str, decision: &Decision) -> Result<i64, LinkError> {
    for party in [a, b] {
        if !is_known(writer.session(), party).await? {
            return Err(refuse(format!(
                "the lake has no party {party}; write it as `headwater resolve` lists it, entity:dataset/id or \
                 holder:account/name key"
            )));
        }
    }
    let pair = format!("a = {} AND b = {}", quote(a), quote(b));
    let now =
        texts(writer.session(), &format!("SELECT revision, verdict FROM intel.current_decisions WHERE {pair}")).await?;
    let (revision, verdict) = match now.first().map(Vec::as_slice) {
        Some([revision, verdict]) => (revision.parse().unwrap_or(0_i64), verdict.as_str()),
        _ => (0, "undecided"),
    };
    if decision.verdict == Verdict::Undecided && verdict == "undecided" {
        return Err(refuse(format!("nothing is decided of {a} and {b} that could be taken back")));
    }
    let row = format!(
        "SELECT {} AS a, {} AS b, CAST({} AS BIGINT) AS revision, {} AS verdict, {} AS who, {} AS why, \
         to_timestamp_micros({}) AS time",
        quote(a),
        quote(b),
        revision + 1,
        quote(decision.verdict.word()),
        quote(decision.who.trim()),
        quote(decision.why.trim()),
        decision.time
    );
    let rows = writer.session().sql(&row).await?;
    writer.append("intel.decisions", rows).await?;
    derive_changed(writer).await?;
    let contradicted = "SELECT decisions.a, decisions.b, decisions.who FROM intel.current_decisions AS decisions \
        INNER JOIN intel.identities AS one ON one.party = decisions.a \
        INNER JOIN intel.identities AS other ON other.party = decisions.b AND other.identity = one.identity \
        WHERE decisions.verdict = 'distinct' ORDER BY decisions.a, decisions.b LIMIT 1";
    if let Some([first, second, who]) = texts(writer.session(), contradicted).await?.first().map(Vec::as_slice) {
        return Err(refuse(format!(
            "{who} decided that {first} and {second} are distinct, and with this they would be one; if that is wrong, take \
             it back first: headwater resolve --undo '{first}' '{second}'"
        )));
    }
    Ok(revision + 1)
}

fn refuse(what: String) -> LinkError {
    LinkError::Decision(what)
}

/// A party as tables name it: what has no kind is an entity.
fn party(text: &str) -> String {
    let text = text.trim();
    if text.starts_with("entity:") || text.starts_with("holder:") { text.to_owned() } else { format!("entity:{text}") }
}

async fn is_known(session: &Session, party: &str) -> Result<bool, LinkError> {
    let sql = match party.strip_prefix("holder:").and_then(|holder| holder.split_once('/')) {
        Some((account, key)) => match account.parse::<i64>() {
            Ok(account) => {
                format!(
                    "SELECT name_key FROM flow.holders WHERE account = {account} AND name_key = {} LIMIT 1",
                    quote(key)
                )
            }
            Err(_) => return Ok(false),
        },
        None => {
            let text = party.strip_prefix("entity:").unwrap_or(party);
            format!("SELECT entity_id FROM intel.entities WHERE dataset || '/' || entity_id = {} LIMIT 1", quote(text))
        }
    };
    Ok(!texts(session, &sql).await?.is_empty())
}
