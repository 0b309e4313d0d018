//! The way to a TAXII 2.1 server: STIX objects, a few hundred at a time, each with a receipt of its own.
//!
//! A server answers an envelope with a status that names every object: accepted, refused, or not decided yet. What it
//! refuses may be there already, because an earlier delivery arrived and its answer did not: so the server's manifest is
//! asked, and only what it does not list is refused. Errors that may pass (no answer, 429, 5xx) are tried again, each time
//! after twice as long, until patience ends; what was not delivered then waits in the outbox for the next call.
//!
//! Source: OASIS, TAXII Version 2.1, sections 3.3 (errors), 4 (discovery, status), 5.4 (add objects), 5.3 (manifest).

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use headwater_engine::Lake;
use serde_json::Value;

use crate::error::Result;
use crate::send::outbox::{self, Receipt, Waiting, date};
use crate::send::{SendFault, Tlp};

mod http;
mod server;

pub use http::Account;
use http::{Failure, Http};
use server::Collection;

/// Objects in one envelope, where the server does not say that it takes less.
const ENVELOPE: usize = 250;
/// The first pause after an error; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Objects refused one by one, with none accepted, before the rest is not tried any more.
const ENOUGH: usize = 20;

/// What to send, and where.
#[derive(Debug, Clone)]
pub struct TaxiiRequest {
    /// A collection, an API root, or the discovery address.
    pub url: String,
    /// Which collection, by id, alias or title, where the address leaves it open.
    pub collection: Option<String>,
    /// Who asks.
    pub account: Option<Account>,
    /// Who sends: the name in `created_by_ref`.
    pub sender: Option<String>,
    /// The marking of everything that is sent.
    pub marking: Tlp,
    /// How long one answer may take.
    pub timeout: Duration,
    /// How long errors that may pass are tried again.
    pub patience: Duration,
}

/// What sending came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaxiiReport {
    /// Objects queued by this call.
    pub queued: u64,
    /// Objects that had been queued before, as they are now.
    pub known: u64,
    /// The snapshot that was looked at.
    pub snapshot: u64,
    /// Objects the server took.
    pub delivered: u64,
    /// Objects the server had already.
    pub there: u64,
    /// Objects it has not decided on.
    pub pending: u64,
    /// Objects it refused, and why.
    pub refused: Vec<(String, String)>,
    /// Objects that wait for the next call, the pending and refused included.
    pub waiting: u64,
    /// Requests that were made again.
    pub retries: u64,
    /// Why it ended early.
    pub fault: Option<SendFault>,
}

/// Queues what the newest snapshot has to say, and delivers what waits.
///
/// # Errors
/// [`crate::AssessError`] when the lake cannot be read or written. What is wrong with the server stands in the report,
/// and nothing is lost.
pub async fn send_taxii(lake: &Arc<Lake>, request: &TaxiiRequest) -> Result<TaxiiReport> {
    let destination = destination(request);
    let sender = request.sender.as_deref().unwrap_or(outbox::NOBODY);
    let queued = outbox::queue_stix(lake, &destination, sender, request.marking).await?;
    let mut report =
        TaxiiReport { queued: queued.new, known: queued.known, snapshot: queued.snapshot, ..TaxiiReport::default() };
    let mut waiting = outbox::waiting(lake, &destination).await?;
    report.waiting = waiting.len() as u64;
    if waiting.is_empty() {
        return Ok(report);
    }
    let mut courier = Courier {
        http: match Http::new(request.account.clone(), request.timeout) {
            Ok(http) => http,
            Err(what) => {
                report.fault = Some(SendFault::Unreachable(what));
                return Ok(report);
            }
        },
        deadline: Instant::now() + request.patience,
        pause: FIRST_PAUSE,
        attempts: 0,
        report,
    };
    let found = courier.find(request).await;
    let collection = match found {
        Ok(collection) => collection,
        Err(failure) => {
            let receipts = courier.failed(&waiting, &failure);
            outbox::keep(lake, &receipts).await?;
            courier.report.fault = Some(failure.fault());
            return Ok(courier.report);
        }
    };
    let size = collection.max_content_length;
    let mut envelopes: VecDeque<Vec<Waiting>> = VecDeque::new();
    while !waiting.is_empty() {
        let rest = waiting.split_off(fitting(&waiting, size));
        envelopes.push_back(std::mem::replace(&mut waiting, rest));
    }
    let mut lonely = 0;
    while let Some(envelope) = envelopes.pop_front() {
        match courier.deliver(&collection, &envelope).await {
            Ok(receipts) => {
                // Kept at once: what is on record as delivered is not sent again by the call after a crash.
                outbox::keep(lake, &receipts).await?;
                lonely = 0;
            }
            Err(Failure::Unfit { .. }) if envelope.len() > 1 => {
                // Something in it is too large or wrong; the halves will show what.
                let mut one = envelope;
                let other = one.split_off(one.len() / 2);
                envelopes.push_front(other);
                envelopes.push_front(one);
            }
            Err(Failure::Unfit { what }) => {
                let receipts = courier.refused(&envelope, &what);
                outbox::keep(lake, &receipts).await?;
                lonely += 1;
                if lonely >= ENOUGH && courier.report.delivered == 0 {
                    let what = format!("the server refuses one object after the other; the last time: {what}");
                    courier.report.fault = Some(SendFault::Refused(what));
                    break;
                }
            }
            Err(failure) => {
                let mut left = envelope;
                left.extend(envelopes.drain(..).flatten());
                let receipts = courier.failed(&left, &failure);
                outbox::keep(lake, &receipts).await?;
                courier.report.fault = Some(failure.fault());
                break;
            }
        }
    }
    let mut report = courier.report;
    report.waiting = report.waiting.saturating_sub(report.delivered + report.there);
    if report.fault.is_none() && report.pending > 0 {
        report.fault = Some(SendFault::Unreachable(format!(
            "the server has not decided on {} objects yet; they stay in the outbox, and the next call asks again",
            report.pending
        )));
    }
    if report.fault.is_none() && !report.refused.is_empty() {
        let (item, why) = report.refused.first().cloned().unwrap_or_default();
        report.fault = Some(SendFault::Refused(format!(
            "the server refused {} objects; the first is {item}: {why}",
            report.refused.len()
        )));
    }
    Ok(report)
}

/// The name under which the outbox keeps what goes to an address.
fn destination(request: &TaxiiRequest) -> String {
    let url = request.url.trim_end_matches('/');
    match &request.collection {
        Some(collection) => format!("taxii {url} {collection}"),
        None => format!("taxii {url}"),
    }
}

/// How many of the first messages go into one envelope.
fn fitting(waiting: &[Waiting], max_content_length: usize) -> usize {
    let mut bytes = "{\"objects\":[]}".len();
    let fits = waiting.iter().take(ENVELOPE).take_while(|message| {
        bytes += message.payload.len() + 1;
        bytes <= max_content_length
    });
    // One that is too large by itself goes alone, so that the server says so and the others arrive.
    fits.count().max(1)
}

/// One call's way to the server: what it has tried, and how long it goes on trying.
struct Courier {
    http: Http,
    deadline: Instant,
    pause: Duration,
    attempts: i64,
    report: TaxiiReport,
}

impl Courier {
    /// Makes a request again while its failure may pass and there is patience left.
    async fn patiently<T>(&mut self, mut request: impl AsyncFnMut(&Http) -> Result<T, Failure>) -> Result<T, Failure> {
        loop {
            self.attempts += 1;
            let failure = match request(&self.http).await {
                Ok(answer) => {
                    self.pause = FIRST_PAUSE;
                    return Ok(answer);
                }
                Err(failure) => failure,
            };
            let Failure::Passing { after, .. } = &failure else { return Err(failure) };
            let pause = after.unwrap_or(self.pause).max(Duration::from_millis(1));
            if Instant::now() + pause > self.deadline {
                return Err(failure);
            }
            self.report.retries += 1;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            tokio::time::sleep(pause).await;
        }
    }

    async fn find(&mut self, request: &TaxiiRequest) -> Result<Collection, Failure> {
        let (url, wanted) = (request.url.clone(), request.collection.clone());
        self.patiently(async |http: &Http| server::find(http, &url, wanted.as_deref()).await).await
    }

    /// Sends one envelope and sorts its objects by what the server says.
    async fn deliver(&mut self, collection: &Collection, envelope: &[Waiting]) -> Result<Vec<Receipt>, Failure> {
        let payloads: Vec<&str> = envelope.iter().map(|message| message.payload.as_str()).collect();
        let body = format!("{{\"objects\":[{}]}}", payloads.join(","));
        let before = self.attempts;
        let objects = format!("{}objects/", collection.url);
        let mut status = self.patiently(async |http: &Http| http.post(&objects, &body).await).await?;
        while status.get("status").and_then(Value::as_str) == Some("pending") {
            let Some(id) = status.get("id").and_then(Value::as_str) else { break };
            if Instant::now() + self.pause > self.deadline {
                break;
            }
            tokio::time::sleep(self.pause).await;
            self.pause = (self.pause * 2).min(LONGEST_PAUSE);
            let url = format!("{}status/{id}/", collection.api_root);
            // A server need not keep its statuses: without one, the manifest tells what arrived.
            match self.patiently(async |http: &Http| http.get(&url).await).await {
                Ok(later) => status = later,
                Err(_) => break,
            }
        }
        let pause = self.pause;
        let verdict = Verdict::of(&status, envelope);
        let doubtful: Vec<&Waiting> = envelope.iter().filter(|message| verdict.doubts(&message.item)).collect();
        let there = match self.patiently(async |http: &Http| server::versions(http, collection, &doubtful).await).await
        {
            Ok(there) => there,
            // A collection may be written and not read: then what the server says has to do.
            Err(Failure::Denied { .. } | Failure::Missing { .. } | Failure::Unfit { .. }) => BTreeMap::new(),
            Err(failure) => return Err(failure),
        };
        self.pause = pause;
        let tried = self.attempts - before;
        Ok(envelope.iter().map(|message| self.settle(message, &verdict, &there, tried)).collect())
    }

    fn settle(
        &mut self,
        message: &Waiting,
        verdict: &Verdict,
        there: &BTreeMap<String, BTreeSet<String>>,
        tried: i64,
    ) -> Receipt {
        let has = there.get(&message.item).is_some_and(|versions| {
            let dated = message.payload.contains("\"modified\":");
            !dated || versions.iter().any(|version| same_time(version, &date(message.modified)))
        });
        let (status, note) = if verdict.accepted(&message.item) {
            self.report.delivered += 1;
            ("delivered", None)
        } else if has {
            self.report.there += 1;
            ("there", None)
        } else if let Some(why) = verdict.failures.get(&message.item) {
            let why = if why.is_empty() { "no reason given".to_owned() } else { why.clone() };
            self.report.refused.push((message.item.clone(), why.clone()));
            ("refused", Some(why))
        } else {
            self.report.pending += 1;
            ("pending", Some(format!("status {}", verdict.id)))
        };
        Receipt { message_id: message.message_id, attempt: message.attempts + tried.max(1), status, note }
    }

    fn refused(&mut self, envelope: &[Waiting], why: &str) -> Vec<Receipt> {
        let refused = envelope.iter().map(|message| (message.item.clone(), why.to_owned()));
        self.report.refused.extend(refused);
        receipts(envelope, "refused", why, 1)
    }

    fn failed(&self, left: &[Waiting], failure: &Failure) -> Vec<Receipt> {
        receipts(left, "failed", failure.what(), self.attempts.max(1))
    }
}

fn receipts(messages: &[Waiting], status: &'static str, note: &str, tried: i64) -> Vec<Receipt> {
    let receipt = |message: &Waiting| Receipt {
        message_id: message.message_id,
        attempt: message.attempts + tried,
        status,
        note: Some(note.to_owned()),
    };
    messages.iter().map(receipt).collect()
}

/// A status resource, read for the objects of one envelope.
#[derive(Debug, Default)]
struct Verdict {
    id: String,
    /// Whether the server says that all of it arrived.
    all: bool,
    successes: BTreeSet<String>,
    /// With the server's reason.
    failures: BTreeMap<String, String>,
}

impl Verdict {
    fn of(status: &Value, envelope: &[Waiting]) -> Self {
        let number = |name: &str| status.get(name).and_then(Value::as_u64).unwrap_or(0);
        let complete = status.get("status").and_then(Value::as_str) == Some("complete");
        let details = |name: &str| -> Vec<(String, String)> {
            let list = status.get(name).and_then(Value::as_array).into_iter().flatten();
            let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            list.map(|item| (text(item, "id"), text(item, "message"))).collect()
        };
        Self {
            id: status.get("id").and_then(Value::as_str).unwrap_or_default().to_owned(),
            // The lists are optional; the counts are not.
            all: complete
                && number("failure_count") == 0
                && number("pending_count") == 0
                && number("success_count") == envelope.len() as u64,
            successes: details("successes").into_iter().map(|(id, _)| id).collect(),
            failures: details("failures").into_iter().collect(),
        }
    }

    fn accepted(&self, item: &str) -> bool {
        self.all || (self.successes.contains(item) && !self.failures.contains_key(item))
    }

    fn doubts(&self, item: &str) -> bool {
        !self.accepted(item)
    }
}

/// Whether two dates are one: servers write them with other numbers of digits.
fn same_time(a: &str, b: &str) -> bool {
    let time = |text: &str| chrono::DateTime::parse_from_rfc3339(text).ok();
    a == b || matches!((time(a), time(b)), (Some(a), Some(b)) if a == b)
}

/// For tests of the parts: an envelope of one object.
#[cfg(test)]
fn waiting(item: &str) -> Waiting {
    let payload = serde_json::json!({ "id": item, "modified": date(1_000_000) }).to_string();
    Waiting { message_id: 1, item: item.to_owned(), modified: 1_000_000, payload, attempts: 0 }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_without_lists_is_believed_when_its_counts_close() {
        let envelope = [waiting("note--1"), waiting("note--2")];
        let all = json!({"id": "s", "status": "complete", "success_count": 2, "failure_count": 0, "pending_count": 0});
        assert!(Verdict::of(&all, &envelope).accepted("note--2"));
        for broken in [
            json!({"id": "s", "status": "complete", "success_count": 1, "failure_count": 0, "pending_count": 0}),
            json!({"id": "s", "status": "complete", "success_count": 2, "failure_count": 1, "pending_count": 0}),
            json!({"id": "s", "status": "pending", "success_count": 2, "failure_count": 0, "pending_count": 0}),
            json!([]),
        ] {
            assert!(!Verdict::of(&broken, &envelope).accepted("note--2"), "{broken}");
        }
    }

    #[test]
    fn what_a_server_both_takes_and_refuses_is_not_taken() {
        let status = json!({
            "status": "complete", "successes": [{"id": "note--1"}, {"id": "note--2"}],
            "failures": [{"id": "note--2", "message": "no"}],
        });
        let verdict = Verdict::of(&status, &[waiting("note--1"), waiting("note--2")]);
        assert!(verdict.accepted("note--1") && verdict.doubts("note--2"));
    }

    #[test]
    fn an_envelope_keeps_to_what_the_server_takes() {
        let messages: Vec<Waiting> = (0..300).map(|_| waiting("note--1")).collect();
        assert_eq!(fitting(&messages, usize::MAX), ENVELOPE);
        assert_eq!(fitting(&messages, 1), 1);
        let one = messages.first().map_or(0, |message| message.payload.len() + 1);
        assert_eq!(fitting(&messages, 14 + 3 * one), 3);
    }

    #[test]
    fn dates_are_times_and_not_text() {
        assert!(same_time("2024-01-01T00:00:00.000Z", "2024-01-01T00:00:00Z"));
        assert!(same_time("2024-01-01T00:00:00.000000Z", "2024-01-01T00:00:00.000Z"));
        assert!(!same_time("2024-01-01T00:00:00.001Z", "2024-01-01T00:00:00Z"));
        assert!(same_time("whenever", "whenever") && !same_time("whenever", "never"));
    }
}
