//! What an analyst makes of a transaction as evidence: struck out, it says nothing of who owns its inputs.
//!
//! A strike is one more row of `btc.strikes`; the clusters that stood on the transaction are made anew in the same commit
//! (`queries/derive/merges.sql`), so that no reader ever sees the one without the other.

use std::sync::Arc;

use headwater_engine::{Lake, Session, Writer, derive_changed};

use crate::LinkError;
use crate::rows::{quote, texts};

/// A transaction, and what somebody says of it.
#[derive(Debug, Clone)]
pub struct Strike {
    /// The chain.
    pub ledger: String,
    /// The transaction, in hexadecimal.
    pub txid: String,
    /// Whether it is struck out, or put back.
    pub struck: bool,
    /// Who says so.
    pub who: String,
    /// Why.
    pub why: String,
    /// When, in microseconds since 1970, UTC.
    pub time: i64,
}

/// A cluster that holds inputs of the transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// The address that names it.
    pub cluster: String,
    /// How many addresses it had before; none if it was not there.
    pub before: Option<u64>,
    /// How many it has now; none if it is gone.
    pub after: Option<u64>,
}

/// Strikes a transaction out of the evidence for clusters, or puts it back; returns the clusters that its inputs were in and
/// are in, the largest first. An address that is alone has no cluster and is not among them.
///
/// # Errors
/// [`LinkError::Decision`] for a transaction that the lake does not have, or of which this is said already; nothing is
/// stored then.
pub async fn strike(lake: &Arc<Lake>, strike: &Strike) -> Result<Vec<Touched>, LinkError> {
    if strike.who.trim().is_empty() || strike.why.trim().is_empty() {
        return Err(LinkError::Decision("a strike says who made it and why".to_owned()));
    }
    let mut writer = Writer::open(lake).await?;
    match append(&mut writer, strike).await {
        Ok(touched) => {
            writer.commit("strike").await?;
            Ok(touched)
        }
        Err(error) => {
            // The error is what the user needs to see; a failed restore is repeated by the next writer.
            let _ = writer.rollback().await;
            Err(error)
        }
    }
}

async fn append(writer: &mut Writer, strike: &Strike) -> Result<Vec<Touched>, LinkError> {
    let txid = strike.txid.trim().to_ascii_lowercase();
    let named = format!("ledger = {} AND txid = {}", quote(&strike.ledger), quote(&txid));
    let known = format!("SELECT txid FROM btc.transactions WHERE {named}");
    if texts(writer.session(), &known).await?.is_empty() {
        return Err(LinkError::Decision(format!(
            "the lake has no transaction {txid} on {}; a ledger is named with --ledger",
            strike.ledger
        )));
    }
    let last =
        format!("SELECT revision, CAST(struck AS INT) FROM btc.strikes WHERE {named} ORDER BY revision DESC LIMIT 1");
    let (revision, struck) = match texts(writer.session(), &last).await?.first().map(Vec::as_slice) {
        Some([revision, struck]) => (revision.parse().unwrap_or(0_i64), struck == "1"),
        _ => (0, false),
    };
    if struck == strike.struck {
        let said = if struck { "struck out already" } else { "not struck out" };
        return Err(LinkError::Decision(format!("transaction {txid} is {said}")));
    }
    let before = clusters(writer.session(), &named).await?;
    let row = format!(
        "SELECT {} AS ledger, {} AS txid, CAST({} AS BIGINT) AS revision, {} AS struck, {} AS who, {} AS why, \
         to_timestamp_micros({}) AS time",
        quote(&strike.ledger),
        quote(&txid),
        revision + 1,
        strike.struck,
        quote(strike.who.trim()),
        quote(strike.why.trim()),
        strike.time
    );
    let rows = writer.session().sql(&row).await?;
    writer.append("btc.strikes", rows).await?;
    derive_changed(writer).await?;
    let after = clusters(writer.session(), &named).await?;
    Ok(compare(&before, &after))
}

/// The clusters with an input of a transaction, by address, with how many addresses they have.
async fn clusters(session: &Session, named: &str) -> Result<Vec<(String, u64)>, LinkError> {
    let sql = format!(
        "WITH spent AS (
            SELECT inputs.ledger, inputs.account
            FROM (SELECT ledger, tx_id FROM btc.transactions WHERE {named}) AS struck
            INNER JOIN btc.inputs AS inputs ON inputs.tx_id = struck.tx_id AND inputs.ledger = struck.ledger
        ),
        touched AS (
            SELECT DISTINCT own.ledger, own.cluster_id
            FROM spent
            INNER JOIN btc.clusters AS own ON own.account = spent.account AND own.ledger = spent.ledger
        )
        SELECT identifier(touched.cluster_id), count(*)
        FROM touched
        INNER JOIN btc.clusters AS members
            ON members.cluster_id = touched.cluster_id AND members.ledger = touched.ledger
        GROUP BY touched.cluster_id"
    );
    let rows = texts(session, &sql).await?;
    Ok(rows.iter().filter_map(|row| Some((row.first()?.clone(), row.get(1)?.parse().ok()?))).collect())
}

fn compare(before: &[(String, u64)], after: &[(String, u64)]) -> Vec<Touched> {
    let of = |list: &[(String, u64)], cluster: &str| {
        list.iter().find(|(name, _)| name == cluster).map(|(_, accounts)| *accounts)
    };
    let mut names: Vec<&String> = before.iter().chain(after).map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let mut touched: Vec<Touched> = names
        .into_iter()
        .map(|name| Touched { cluster: name.clone(), before: of(before, name), after: of(after, name) })
        .collect();
    touched.sort_by_key(|one| std::cmp::Reverse(one.before.max(one.after)));
    touched
}
