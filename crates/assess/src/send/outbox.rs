//! The outbox: messages in, receipts beside them.
//!
//! Queueing is one transaction on the lake, so that a message is there with the snapshot it was made from or not at all.
//! What was queued for a destination once is not queued again; what has changed since is queued as a new version, with a
//! later date, and goes in the place of one that still waits.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use headwater_engine::datafusion::arrow::array::{
    ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use headwater_engine::datafusion::arrow::datatypes::{Field, Schema};
use headwater_engine::datafusion::error::DataFusionError;
use headwater_engine::{Lake, Session, Writer};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::error::Result;
use crate::run::facts::{Facts, quote};
use crate::send::Tlp;
use crate::send::stix::{Mapping, Object};

/// The sender when nobody said who sends.
pub(super) const NOBODY: &str = "Headwater";

/// A message that waits.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) message_id: i64,
    /// The STIX id, or `export`.
    pub(super) item: String,
    /// Microseconds since 1970.
    pub(super) modified: i64,
    pub(super) payload: String,
    /// How often it was tried.
    pub(super) attempts: i64,
}

/// What became of one message in one attempt.
#[derive(Debug, Clone)]
pub(super) struct Receipt {
    pub(super) message_id: i64,
    pub(super) attempt: i64,
    pub(super) status: &'static str,
    pub(super) note: Option<String>,
}

/// What queueing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Queued {
    /// Messages that were not there.
    pub(super) new: u64,
    /// Objects that had been queued before, as they are now.
    pub(super) known: u64,
    /// The snapshot they were made from.
    pub(super) snapshot: u64,
}

/// What the outbox knows of an item.
#[derive(Debug, Clone)]
struct Known {
    created: i64,
    modified: i64,
    content: String,
    /// The content of the newest version that was queued for this destination.
    here: Option<String>,
}

/// One row for `assess.outbox`.
#[derive(Debug)]
pub(super) struct Message {
    item: String,
    created: i64,
    modified: i64,
    content: String,
    payload: String,
    place: i64,
}

impl Message {
    /// The first eight bytes of SHA-256 over what makes a message one and the same.
    fn id(&self, destination: &str) -> i64 {
        let text = format!("{destination}\n{}\n{}\n{}", self.item, self.content, self.modified);
        Sha256::digest(text.as_bytes()).iter().take(8).fold(0, |id, byte| (id << 8) | i64::from(*byte))
    }
}

/// Queues everything the newest snapshot has to say to a destination.
pub(super) async fn queue_stix(lake: &Arc<Lake>, destination: &str, sender: &str, marking: Tlp) -> Result<Queued> {
    let session = Session::pinned(lake);
    let snapshot = session.pin().record().await?.snapshot_id;
    let mapping = Mapping::new(&session, sender, marking);
    let chunks = mapping.chunks().await?;
    let mut writer = Writer::open(lake).await?;
    let filled = async {
        // Under the lock: nobody else queues the same between this look and the commit.
        let mut ledger = Ledger::read(writer.session(), destination).await?;
        let mut queued = Queued { snapshot, ..Queued::default() };
        let mut pieces = vec![mapping.preamble()];
        pieces.push(mapping.networks().await?);
        for piece in pieces {
            ledger.append(&mut writer, piece, marking, &mut queued).await?;
        }
        for ids in &chunks {
            let piece = mapping.findings(ids).await?;
            ledger.append(&mut writer, piece, marking, &mut queued).await?;
        }
        Ok(queued)
    };
    match filled.await {
        Ok(queued) => {
            writer.commit("queue").await?;
            Ok(queued)
        }
        Err(error) => {
            // The error is what the user needs to see; a failed restore is repeated by the next writer.
            let _ = writer.rollback().await;
            Err(error)
        }
    }
}

/// What a destination was told before.
struct Ledger {
    destination: String,
    known: BTreeMap<String, Known>,
    now: i64,
}

impl Ledger {
    async fn read(session: &Session, destination: &str) -> Result<Self> {
        let mut known: BTreeMap<String, Known> = BTreeMap::new();
        let sql = "SELECT item, destination, content, CAST(created AS BIGINT) AS created, CAST(modified AS BIGINT) AS modified \
                   FROM assess.outbox ORDER BY modified, message_id";
        for row in Facts::new(session).ask(sql).await? {
            let number = |name: &str| row.text(name).parse::<i64>().unwrap_or(0);
            let (created, modified, content) = (number("created"), number("modified"), row.text("content"));
            let here = (row.text("destination") == destination).then(|| content.clone());
            let entry = known.entry(row.text("item")).or_insert_with(|| Known {
                created,
                modified,
                content: content.clone(),
                here: None,
            });
            entry.created = entry.created.min(created);
            (entry.modified, entry.content) = (modified, content);
            entry.here = here.or(entry.here.take());
        }
        // STIX dates have milliseconds.
        let now = Utc::now().timestamp_millis() * 1000;
        Ok(Self { destination: destination.to_owned(), known, now })
    }

    async fn append(
        &mut self,
        writer: &mut Writer,
        objects: Vec<Object>,
        marking: Tlp,
        queued: &mut Queued,
    ) -> Result<()> {
        let mut messages = Vec::new();
        for object in objects {
            match self.message(object) {
                Some(message) => messages.push(message),
                None => queued.known += 1,
            }
        }
        queued.new += store(writer, &self.destination, messages, marking, queued.snapshot).await?;
        Ok(())
    }

    /// The object as a message, or nothing when the destination was told so before.
    fn message(&mut self, mut object: Object) -> Option<Message> {
        let content = sha256(&Value::Object(object.body.clone()).to_string());
        let known = self.known.get_mut(&object.id);
        let (created, modified) = match known {
            // An observable is what its id says, and has no versions.
            Some(known) if known.here.is_some() && !object.dated => return None,
            Some(known) if known.here.as_ref() == Some(&content) => return None,
            // Another destination was told the same: one object has one date.
            Some(known) if known.content == content => {
                known.here = Some(content.clone());
                (known.created, known.modified)
            }
            Some(known) => {
                known.modified = self.now.max(known.modified + 1000);
                (known.content, known.here) = (content.clone(), Some(content.clone()));
                (known.created, known.modified)
            }
            None => {
                let here = Some(content.clone());
                let fresh = Known { created: self.now, modified: self.now, content: content.clone(), here };
                self.known.insert(object.id.clone(), fresh);
                (self.now, self.now)
            }
        };
        if object.dated {
            object.body.insert("created".to_owned(), Value::String(date(created)));
            object.body.insert("modified".to_owned(), Value::String(date(modified)));
        }
        let payload = Value::Object(object.body).to_string();
        Some(Message { item: object.id, created, modified, content, payload, place: object.place })
    }
}

/// Queues one export; nothing when its newest version has this content.
pub(super) async fn queue_export(
    lake: &Arc<Lake>,
    destination: &str,
    content: String,
    payload: String,
    marking: Tlp,
    snapshot: u64,
) -> Result<Queued> {
    let mut writer = Writer::open(lake).await?;
    let mut ledger = Ledger::read(writer.session(), destination).await?;
    let item = "export".to_owned();
    let mut queued = Queued { snapshot, ..Queued::default() };
    let latest = ledger.known.get(&item).and_then(|known| known.here.clone());
    if latest.as_ref() == Some(&content) {
        queued.known = 1;
    } else {
        let modified = ledger.known.get_mut(&item).map_or(ledger.now, |known| ledger.now.max(known.modified + 1000));
        let message = Message { item, created: modified, modified, content, payload, place: 0 };
        queued.new = store(&mut writer, destination, vec![message], marking, snapshot).await?;
    }
    writer.commit("queue").await?;
    Ok(queued)
}

async fn store(
    writer: &mut Writer,
    destination: &str,
    messages: Vec<Message>,
    marking: Tlp,
    snapshot: u64,
) -> Result<u64> {
    if messages.is_empty() {
        return Ok(0);
    }
    let text = |pick: &dyn Fn(&Message) -> String| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(messages.iter().map(pick)))
    };
    let times = |pick: &dyn Fn(&Message) -> i64| -> ArrayRef {
        Arc::new(TimestampMicrosecondArray::from_iter_values(messages.iter().map(pick)).with_timezone("UTC"))
    };
    let numbers = |pick: &dyn Fn(&Message) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(messages.iter().map(pick)))
    };
    let rows = batch(vec![
        ("message_id", numbers(&|message| message.id(destination))),
        ("destination", text(&|_| destination.to_owned())),
        ("item", text(&|message| message.item.clone())),
        ("created", times(&|message| message.created)),
        ("modified", times(&|message| message.modified)),
        ("content", text(&|message| message.content.clone())),
        ("payload", text(&|message| message.payload.clone())),
        ("marking", text(&|_| marking.to_string())),
        ("snapshot", numbers(&|_| i64::try_from(snapshot).unwrap_or(i64::MAX))),
        ("place", numbers(&|message| message.place)),
    ])?;
    let frame = writer.session().context().read_batch(rows)?;
    Ok(writer.append("assess.outbox", frame).await?.stored)
}

/// The messages that wait for a destination, what is referred to before what refers to it.
pub(super) async fn waiting(lake: &Arc<Lake>, destination: &str) -> Result<Vec<Waiting>> {
    let session = Session::pinned(lake);
    let sql = format!(
        "SELECT state.message_id, state.item, CAST(state.modified AS BIGINT) AS micros, \
         outbox.payload, state.attempts \
         FROM (SELECT * FROM assess.outbox_state WHERE destination = {destination} AND state <> 'delivered') AS state \
         INNER JOIN (SELECT message_id, payload FROM assess.outbox WHERE destination = {destination}) AS outbox \
         ON outbox.message_id = state.message_id \
         ORDER BY state.place, state.modified, state.message_id",
        destination = quote(destination)
    );
    let rows = Facts::new(&session).ask(&sql).await?;
    let number = |text: String| text.parse::<i64>().unwrap_or(0);
    Ok(rows
        .iter()
        .map(|row| Waiting {
            message_id: number(row.text("message_id")),
            item: row.text("item"),
            modified: number(row.text("micros")),
            payload: row.text("payload"),
            attempts: number(row.text("attempts")),
        })
        .collect())
}

/// Keeps what the other side said.
pub(super) async fn keep(lake: &Arc<Lake>, receipts: &[Receipt]) -> Result<()> {
    if receipts.is_empty() {
        return Ok(());
    }
    let now = Utc::now().timestamp_micros();
    let rows = batch(vec![
        ("message_id", Arc::new(Int64Array::from_iter_values(receipts.iter().map(|receipt| receipt.message_id)))),
        ("attempt", Arc::new(Int64Array::from_iter_values(receipts.iter().map(|receipt| receipt.attempt)))),
        ("time", Arc::new(TimestampMicrosecondArray::from(vec![now; receipts.len()]).with_timezone("UTC"))),
        ("status", Arc::new(StringArray::from_iter_values(receipts.iter().map(|receipt| receipt.status)))),
        ("note", Arc::new(receipts.iter().map(|receipt| receipt.note.clone()).collect::<StringArray>())),
    ])?;
    let mut writer = Writer::open(lake).await?;
    let frame = writer.session().context().read_batch(rows)?;
    writer.append("assess.receipts", frame).await?;
    writer.commit("receipts").await?;
    Ok(())
}

/// The hash of a payload without its dates, by which the same is recognised.
pub(crate) fn content_of(mut payload: Value) -> String {
    if let Value::Object(fields) = &mut payload
        && fields.contains_key("modified")
    {
        fields.remove("created");
        fields.remove("modified");
    }
    sha256(&payload.to_string())
}

/// A date as STIX writes it.
pub(super) fn date(micros: i64) -> String {
    DateTime::<Utc>::from_timestamp_micros(micros).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(super) fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch> {
    let field = |(name, array): &(&str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let schema = Schema::new(columns.iter().map(field).collect::<Vec<_>>());
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    Ok(RecordBatch::try_new(Arc::new(schema), arrays).map_err(DataFusionError::from)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(id: &str, name: &str, dated: bool) -> Object {
        let body = json!({ "id": id, "name": name }).as_object().cloned().unwrap_or_default();
        Object { id: id.to_owned(), body, dated, place: 0 }
    }

    fn ledger(known: BTreeMap<String, Known>, now: i64) -> Ledger {
        Ledger { destination: "here".to_owned(), known, now }
    }

    #[test]
    fn the_same_is_queued_once_and_a_change_is_a_later_version() {
        let mut ledger = ledger(BTreeMap::new(), 5_000_000);
        let first = ledger.message(object("note--1", "a", true));
        assert!(first.as_ref().is_some_and(|message| (message.created, message.modified) == (5_000_000, 5_000_000)));
        assert!(ledger.message(object("note--1", "a", true)).is_none());
        // The clock stands still, and even goes back: versions are told apart all the same.
        ledger.now = 4_000_000;
        let second = ledger.message(object("note--1", "b", true));
        assert!(second.as_ref().is_some_and(|message| (message.created, message.modified) == (5_000_000, 5_001_000)));
        // What it was before is a version of its own, and not the first one again.
        let third = ledger.message(object("note--1", "a", true));
        assert!(third.as_ref().is_some_and(|message| message.modified == 5_002_000));
        let ids: std::collections::BTreeSet<i64> =
            [first, second, third].iter().flatten().map(|m| m.id("here")).collect();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn an_observable_has_no_versions() {
        let mut ledger = ledger(BTreeMap::new(), 1);
        let message = ledger.message(object("bank-account--1", "a", false));
        assert!(message.is_some_and(|message| !message.payload.contains("modified")));
        assert!(ledger.message(object("bank-account--1", "b", false)).is_none());
    }

    #[test]
    fn two_destinations_are_told_one_object_with_one_date() {
        let mut one = ledger(BTreeMap::new(), 1_000_000);
        let sent = one.message(object("note--1", "a", true));
        let known = one.known.into_iter().map(|(id, known)| (id, Known { here: None, ..known })).collect();
        let mut other = ledger(known, 9_000_000);
        let again = other.message(object("note--1", "a", true));
        let payloads: Vec<String> = [sent, again].into_iter().flatten().map(|message| message.payload).collect();
        assert_eq!(payloads.first(), payloads.get(1));
        assert_eq!(payloads.len(), 2);
    }
}
