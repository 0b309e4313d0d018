//! Transactions as the Esplora API shows them: one object, a list of them, or one a line.
//!
//! The object holds all that is hashed, so the txid is computed, and one that disagrees is refused: what was changed on
//! its way is not the transaction it says it is. Collections wrap the object as `{"tx": …}` among notes of their own.

use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash as _;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::super::hash::display_hex;
use super::{Loose, Paid, Spent, hash, script};

#[derive(Deserialize)]
struct Object {
    txid: Option<String>,
    version: i64,
    locktime: u32,
    vin: Vec<Vin>,
    vout: Vec<Vout>,
    status: Option<Status>,
}

#[derive(Deserialize)]
struct Vin {
    txid: String,
    vout: u32,
    prevout: Option<Vout>,
    #[serde(default)]
    scriptsig: String,
    #[serde(default)]
    witness: Vec<String>,
    #[serde(default)]
    is_coinbase: bool,
    sequence: u32,
}

#[derive(Deserialize)]
struct Vout {
    scriptpubkey: String,
    value: u64,
}

#[derive(Deserialize)]
struct Status {
    block_height: Option<i64>,
    block_hash: Option<String>,
    block_time: Option<i64>,
}

/// Whether a text is one value a line, and not one value over many lines.
pub(super) fn is_lines(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let first = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    first.len() < text.len() && serde_json::from_slice::<IgnoredAny>(first).is_ok()
}

/// The transactions of a text that is one value.
pub(super) fn document(text: &[u8]) -> Vec<Result<Loose, String>> {
    match serde_json::from_slice(text) {
        Ok(Value::Array(values)) => values.iter().map(transaction).collect(),
        Ok(value) => vec![transaction(&value)],
        Err(error) => vec![Err(format!("not JSON: {error}"))],
    }
}

pub(super) fn line(line: &[u8]) -> Result<Loose, String> {
    let value = serde_json::from_slice(line).map_err(|error| format!("not JSON: {error}"))?;
    transaction(&value)
}

fn transaction(value: &Value) -> Result<Loose, String> {
    let value = value.get("tx").filter(|inner| inner.is_object()).unwrap_or(value);
    let object =
        Object::deserialize(value).map_err(|error| format!("not a transaction of the Esplora API: {error}"))?;
    let consensus = consensus(&object)?;
    let txid = consensus.compute_txid().to_byte_array();
    if let Some(said) = &object.txid
        && hash(said)? != txid
    {
        return Err(format!("says it is {said}, but what it holds is {}", display_hex(&txid)));
    }
    let status = object.status.as_ref();
    Ok(Loose {
        txid,
        version: Some(i64::from(consensus.version.0.cast_unsigned())),
        locktime: Some(i64::from(object.locktime)),
        size: i64::try_from(consensus.total_size()).ok(),
        weight: i64::try_from(consensus.weight().to_wu()).ok(),
        is_coinbase: object.vin.iter().any(|input| input.is_coinbase),
        inputs: object.vin.iter().map(spent).collect::<Result<_, _>>()?,
        outputs: object.vout.iter().map(paid).collect::<Result<_, _>>()?,
        height: status.and_then(|status| status.block_height),
        time: status.and_then(|status| status.block_time),
        block: status.and_then(|status| status.block_hash.clone()),
        index: None,
    })
}

/// The transaction as it is hashed.
fn consensus(object: &Object) -> Result<Transaction, String> {
    let version = i32::try_from(object.version).ok();
    let version = version.or_else(|| u32::try_from(object.version).ok().map(u32::cast_signed));
    let version = version.ok_or_else(|| format!("no transaction has version {}", object.version))?;
    let input = object.vin.iter().map(|input| {
        let witness = input.witness.iter().map(|item| script(item)).collect::<Result<Vec<_>, String>>()?;
        Ok(TxIn {
            previous_output: OutPoint { txid: Txid::from_byte_array(hash(&input.txid)?), vout: input.vout },
            script_sig: ScriptBuf::from_bytes(script(&input.scriptsig)?),
            sequence: Sequence(input.sequence),
            witness: Witness::from_slice(&witness),
        })
    });
    let output = object.vout.iter().map(|output| {
        let script_pubkey = ScriptBuf::from_bytes(script(&output.scriptpubkey)?);
        Ok(TxOut { value: Amount::from_sat(output.value), script_pubkey })
    });
    Ok(Transaction {
        version: Version(version),
        lock_time: LockTime::from_consensus(object.locktime),
        input: input.collect::<Result<_, String>>()?,
        output: output.collect::<Result<_, String>>()?,
    })
}

fn spent(input: &Vin) -> Result<Spent, String> {
    Ok(Spent {
        prev_txid: hash(&input.txid)?,
        prev_vout: i64::from(input.vout),
        prevout: input.prevout.as_ref().map(paid).transpose()?,
        sequence: Some(i64::from(input.sequence)),
        has_witness: Some(!input.witness.is_empty()),
    })
}

fn paid(output: &Vout) -> Result<Paid, String> {
    // An amount too large for the column is refused by the check of all amounts.
    Ok(Paid { value: i64::try_from(output.value).unwrap_or(i64::MAX), script: script(&output.scriptpubkey)? })
}
