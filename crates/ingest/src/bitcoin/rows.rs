//! Rows on their way into Arrow batches, one set of growing columns per relation.

use std::sync::Arc;

use arrow::array::{
    BinaryBuilder, BooleanBuilder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};

use self::columns::{Numbers, Repeated};

use super::block::{Block, Header, Input, Transaction};
use super::edges::Edge;
use super::hash::{Hash, display_hex};
use super::schema::Relation;
use super::script::{ScriptType, script_type};
use super::sighash::Sighash;
use super::unspent::Prevout;
use crate::IngestError;

mod columns;
mod finish;

/// Batches are cut at this many rows.
pub(super) const BATCH_ROWS: usize = 65_536;

/// What every row of a block has in common.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) file: Arc<str>,
    pub(super) position: i64,
    pub(super) ledger: Arc<str>,
    pub(super) height: i64,
    pub(super) time: i64,
}

/// A row of the blocks relation: where a record is, and what is known of it.
#[derive(Debug)]
pub(super) struct BlockRow<'a> {
    pub(super) file: &'a Arc<str>,
    pub(super) position: i64,
    pub(super) byte_offset: i64,
    pub(super) byte_length: i64,
    pub(super) error: Option<&'a str>,
    pub(super) ledger: &'a Arc<str>,
    pub(super) network: &'a Arc<str>,
    pub(super) height: Option<u32>,
    pub(super) header: Option<&'a Header>,
    /// The block, if it could be parsed.
    pub(super) block: Option<&'a Block>,
    pub(super) unresolved: Option<i64>,
}

fn push_hash(column: &mut StringBuilder, hash: &Hash) {
    column.append_value(display_hex(hash).as_str());
}

/// The columns that begin every relation but the blocks.
#[derive(Debug, Default)]
struct Common {
    file: Repeated,
    position: Numbers,
    ledger: Repeated,
    tx_id: Numbers,
    height: Numbers,
    time: Numbers,
}

impl Common {
    fn push(&mut self, origin: &Origin, tx_id: i64) {
        self.file.push(&origin.file);
        self.position.push(origin.position);
        self.ledger.push(&origin.ledger);
        self.tx_id.push(tx_id);
        self.height.push(origin.height);
        self.time.push(origin.time);
    }
}

#[derive(Debug, Default)]
struct Blocks {
    file: Repeated,
    position: Numbers,
    byte_offset: Numbers,
    byte_length: Numbers,
    error: StringBuilder,
    ledger: Repeated,
    network: Repeated,
    height: Int64Builder,
    hash: StringBuilder,
    prev_hash: StringBuilder,
    version: Int64Builder,
    time: TimestampMicrosecondBuilder,
    bits: Int64Builder,
    nonce: Int64Builder,
    tx_count: Int64Builder,
    size: Int64Builder,
    weight: Int64Builder,
    unresolved: Int64Builder,
}

#[derive(Debug, Default)]
struct Transactions {
    common: Common,
    txid: StringBuilder,
    tx_index: Numbers,
    version: Numbers,
    locktime: Numbers,
    size: Numbers,
    weight: Numbers,
    is_coinbase: BooleanBuilder,
    input_count: Numbers,
    output_count: Numbers,
    input_value: Int64Builder,
    output_value: Numbers,
    fee: Int64Builder,
}

#[derive(Debug, Default)]
struct Inputs {
    common: Common,
    txi: Numbers,
    prev_txid: StringBuilder,
    prev_vout: Int64Builder,
    prev_txo: Int64Builder,
    prev_value: Int64Builder,
    prev_script: BinaryBuilder,
    prev_script_type: StringBuilder,
    sequence: Numbers,
    has_witness: BooleanBuilder,
    sighash: Int64Builder,
}

#[derive(Debug, Default)]
struct Outputs {
    common: Common,
    txo: Numbers,
    vout: Numbers,
    value: Numbers,
    script: BinaryBuilder,
    script_type: StringBuilder,
    spendable: BooleanBuilder,
}

#[derive(Debug, Default)]
struct Transfers {
    common: Common,
    txid: StringBuilder,
    ordinal: Numbers,
    payer_script: BinaryBuilder,
    payee_script: BinaryBuilder,
    value: Numbers,
}

/// The rows of all five relations that are not yet in a batch.
#[derive(Debug, Default)]
pub(super) struct Rows {
    blocks: Blocks,
    transactions: Transactions,
    inputs: Inputs,
    outputs: Outputs,
    transfers: Transfers,
}

impl Rows {
    pub(super) fn block(&mut self, row: &BlockRow<'_>) {
        let columns = &mut self.blocks;
        columns.file.push(row.file);
        columns.position.push(row.position);
        columns.byte_offset.push(row.byte_offset);
        columns.byte_length.push(row.byte_length);
        columns.error.append_option(row.error);
        columns.ledger.push(row.ledger);
        columns.network.push(row.network);
        columns.height.append_option(row.height.map(i64::from));
        let header = row.header;
        columns.hash.append_option(header.map(|header| display_hex(&header.hash)).as_ref().map(|hex| hex.as_str()));
        columns
            .prev_hash
            .append_option(header.map(|header| display_hex(&header.prev_hash)).as_ref().map(|hex| hex.as_str()));
        columns.version.append_option(header.map(|header| i64::from(header.version)));
        columns.time.append_option(header.map(|header| microseconds(header.time)));
        columns.bits.append_option(header.map(|header| i64::from(header.bits)));
        columns.nonce.append_option(header.map(|header| i64::from(header.nonce)));
        columns.tx_count.append_option(row.block.map(|block| block.transactions.len() as i64));
        columns.size.append_option(row.block.map(|block| i64::from(block.size)));
        columns.weight.append_option(row.block.map(|block| i64::from(block.weight)));
        columns.unresolved.append_option(row.unresolved);
    }

    pub(super) fn transaction(
        &mut self,
        origin: &Origin,
        tx_id: i64,
        index: usize,
        transaction: &Transaction,
        input_value: Option<i64>,
    ) {
        let columns = &mut self.transactions;
        columns.common.push(origin, tx_id);
        push_hash(&mut columns.txid, &transaction.txid);
        columns.tx_index.push(index as i64);
        columns.version.push(transaction.version);
        columns.locktime.push(transaction.locktime);
        columns.size.push(transaction.size);
        columns.weight.push(transaction.weight);
        columns.is_coinbase.append_value(transaction.is_coinbase);
        columns.input_count.push(transaction.inputs().len() as i64);
        columns.output_count.push(transaction.outputs().len() as i64);
        columns.input_value.append_option(input_value);
        columns.output_value.push(transaction.output_value);
        columns.fee.append_option(input_value.map(|value| value - transaction.output_value));
    }

    pub(super) fn input(
        &mut self,
        origin: &Origin,
        (tx_id, txi): (i64, i64),
        input: &Input,
        is_coinbase: bool,
        prevout: Option<(&Prevout, &[u8])>,
    ) {
        let columns = &mut self.inputs;
        columns.common.push(origin, tx_id);
        columns.txi.push(txi);
        if is_coinbase {
            columns.prev_txid.append_null();
            columns.prev_vout.append_null();
        } else {
            push_hash(&mut columns.prev_txid, &input.prev_txid);
            columns.prev_vout.append_value(i64::from(input.prev_vout));
        }
        columns.prev_txo.append_option(prevout.map(|(prevout, _)| prevout.txo));
        columns.prev_value.append_option(prevout.map(|(prevout, _)| prevout.value));
        columns.prev_script.append_option(prevout.map(|(_, script)| script));
        columns.prev_script_type.append_option(prevout.map(|(prevout, _)| prevout.kind.name()));
        columns.sequence.push(input.sequence);
        columns.has_witness.append_value(input.has_witness);
        let sighash = match input.sighash {
            // Sixty-four bytes alone in a witness may be anything, unless the key they are for is known to be one.
            Sighash::Schnorr(_) if prevout.is_some_and(|(prevout, _)| prevout.kind != ScriptType::P2tr) => None,
            Sighash::Schnorr(flags) | Sighash::Ecdsa(flags) => Some(i64::from(flags)),
            Sighash::None => None,
        };
        columns.sighash.append_option(sighash);
    }

    pub(super) fn output(
        &mut self,
        origin: &Origin,
        (tx_id, txo): (i64, i64),
        vout: usize,
        value: i64,
        script: &[u8],
        spendable: bool,
    ) {
        let columns = &mut self.outputs;
        columns.common.push(origin, tx_id);
        columns.txo.push(txo);
        columns.vout.push(vout as i64);
        columns.value.push(value);
        columns.script.append_value(script);
        let kind: ScriptType = script_type(script);
        columns.script_type.append_value(kind.name());
        columns.spendable.append_value(spendable);
    }

    pub(super) fn transfer(
        &mut self,
        origin: &Origin,
        tx_id: i64,
        txid: &str,
        edge: &Edge,
        (payer, payee): (Option<&[u8]>, &[u8]),
    ) {
        let columns = &mut self.transfers;
        columns.common.push(origin, tx_id);
        columns.txid.append_value(txid);
        columns.ordinal.push(edge.ordinal);
        columns.payer_script.append_option(payer);
        columns.payee_script.append_value(payee);
        columns.value.push(edge.value);
    }

    pub(super) fn transfers_are_full(&self) -> bool {
        self.transfers.common.position.len() >= BATCH_ROWS
    }

    /// The first relation with at least `least` rows, as a batch.
    pub(super) fn take(&mut self, least: usize) -> Result<Option<(usize, RecordBatch)>, IngestError> {
        let rows = [
            self.blocks.position.len(),
            self.transactions.common.position.len(),
            self.inputs.common.position.len(),
            self.outputs.common.position.len(),
            self.transfers.common.position.len(),
        ];
        let full = Relation::ALL.into_iter().zip(rows).find(|(_, rows)| *rows >= least.max(1));
        let Some((relation, _)) = full else { return Ok(None) };
        let columns = match relation {
            Relation::Blocks => self.blocks.finish(),
            Relation::Transactions => self.transactions.finish(),
            Relation::Inputs => self.inputs.finish(),
            Relation::Outputs => self.outputs.finish(),
            Relation::Transfers => self.transfers.finish(),
        };
        Ok(Some((relation as usize, RecordBatch::try_new(relation.schema(), columns)?)))
    }
}

/// A header's seconds as microseconds.
pub(super) fn microseconds(seconds: u32) -> i64 {
    i64::from(seconds) * 1_000_000
}
