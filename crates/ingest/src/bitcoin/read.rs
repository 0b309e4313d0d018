//! Pass two, the half that needs order: resolves prevouts block by block and writes the rows of all five relations.
//!
//! The reader stands still between batches, also in the middle of a transaction: a thousand payers and as many payees are
//! a million transfers, and no more than a batch of them is held.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;

use super::Network;
use super::block::Block;
use super::branch::Outside;
use super::decode::{Decoded, Decoder, Good, Index};
use super::edges::{Edges, Positions};
use super::hash::display_hex;
use super::open::Opened;
use super::options::Options;
use super::prevouts;
use super::rows::{BATCH_ROWS, BlockRow, Origin, Rows, microseconds};
use super::script::is_spendable;
use super::unspent::{Resolved, Unspent, pack};
use crate::{IngestError, Reader};

/// Reads the chain of one source.
#[derive(Debug)]
pub(super) struct BlockReader {
    ledger: Arc<str>,
    network: Arc<str>,
    index: Arc<Index>,
    decoder: Decoder,
    /// Records outside the chain, whose rows come last, in file order.
    rest: std::vec::IntoIter<Outside>,
    unspent: Unspent,
    allow_missing: bool,
    resolved: Resolved,
    rows: Rows,
    current: Option<Current>,
}

/// The block whose rows are being written.
#[derive(Debug)]
struct Current {
    origin: Origin,
    height: u32,
    good: Good,
    next: usize,
    /// The transaction before `next`, while its transfers are not all written.
    edges: Option<Edges>,
}

impl BlockReader {
    /// Begins with what earlier blocks made.
    pub(super) fn new(opened: Opened, options: &Options) -> Result<Self, IngestError> {
        let Opened { network, allow_missing, files, records, plan } = opened;
        let mut unspent = Unspent::new(options.room.clone());
        if let Some(path) = &options.prevouts {
            prevouts::load(path, network, &mut unspent)?;
        }
        let index = Arc::new(Index { files, records, chain: plan.chain });
        Ok(Self {
            ledger: Network::ledger(network).into(),
            network: Network::name(network).into(),
            decoder: Decoder::start(&index),
            index,
            rest: plan.rest.into_iter(),
            unspent,
            allow_missing,
            resolved: Resolved::default(),
            rows: Rows::default(),
            current: None,
        })
    }

    /// The set of unspent outputs after what was read so far: their number and their sum.
    #[cfg(test)]
    pub(super) fn unspent(&mut self) -> (usize, i64) {
        self.unspent.total()
    }

    /// How many of them are on disk, and in how many files.
    #[cfg(test)]
    pub(super) fn spilled(&self) -> (u64, usize) {
        self.unspent.spilled()
    }

    /// Takes the next block of the chain: the row of every record that holds it, and the block itself if one does.
    ///
    /// # Errors
    /// An input spends what is nowhere, and that is not allowed; the disk failed.
    fn begin(&mut self, decoded: Decoded) -> Result<(), IngestError> {
        let height = Some(decoded.height);
        for (record, why) in decoded.bad {
            self.bad_row(record, height, &why);
        }
        let Some(good) = decoded.good else { return Ok(()) };
        let applied = self.unspent.apply(&good.bytes, &good.block, decoded.height, &mut self.resolved)?;
        if let Err(why) = applied {
            self.bad_row(good.record, height, &why);
            return Ok(());
        }
        if let Some(place) = self.resolved.first_unresolved.filter(|_| !self.allow_missing) {
            return Err(self.missing(&good, decoded.height, place));
        }
        self.row(good.record, height, None, Some(&good.block), Some(self.resolved.unresolved));
        let record = &self.index.records[good.record];
        let origin = Origin {
            file: Arc::clone(&self.index.files[record.file as usize].name),
            position: i64::from(record.position),
            ledger: Arc::clone(&self.ledger),
            height: i64::from(decoded.height),
            time: microseconds(good.block.header.time),
        };
        self.current = Some(Current { origin, height: decoded.height, good, next: 0, edges: None });
        Ok(())
    }

    /// The error about an input whose output is not known.
    fn missing(&self, good: &Good, height: u32, place: usize) -> IngestError {
        let record = &self.index.records[good.record];
        let file = &self.index.files[record.file as usize];
        let (input, transactions) = (&good.block.inputs[place], &good.block.transactions);
        let spender = transactions.iter().find(|transaction| transaction.inputs().contains(&place));
        let spender = spender.map_or_else(String::new, |spender| display_hex(&spender.txid).to_string());
        let others = match self.resolved.unresolved - 1 {
            0 => String::new(),
            others => format!(" and {others} more in this block"),
        };
        let what = format!(
            "record {}, block {height}: transaction {spender} spends {}:{}, which no block here or before has made or \
             another has spent already{others}; import the earlier blocks first (or a damaged one again), or allow it \
             with missing=allow",
            record.position,
            display_hex(&input.prev_txid),
            input.prev_vout,
        );
        IngestError::format(&file.path, what)
    }

    fn bad_row(&mut self, record: usize, height: Option<u32>, error: &str) {
        self.row(record, height, Some(error), None, None);
    }

    fn row(
        &mut self,
        record: usize,
        height: Option<u32>,
        error: Option<&str>,
        block: Option<&Block>,
        unresolved: Option<i64>,
    ) {
        let record = &self.index.records[record];
        self.rows.block(&BlockRow {
            file: &self.index.files[record.file as usize].name,
            position: i64::from(record.position),
            byte_offset: i64::try_from(record.offset).unwrap_or(i64::MAX),
            byte_length: i64::try_from(record.length).unwrap_or(i64::MAX),
            error,
            ledger: &self.ledger,
            network: &self.network,
            height,
            header: record.header.as_ref(),
            block,
            unresolved,
        });
    }
}

impl Reader for BlockReader {
    fn next(&mut self) -> Result<Option<(usize, RecordBatch)>, IngestError> {
        loop {
            if let Some(full) = self.rows.take(BATCH_ROWS)? {
                return Ok(Some(full));
            }
            if let Some(current) = &mut self.current {
                if !current.advance(&self.resolved, &mut self.rows) {
                    self.current = None;
                }
            } else if let Some(decoded) = self.decoder.next()? {
                self.begin(decoded)?;
            } else if let Some((record, height, why)) = self.rest.next() {
                self.bad_row(record, height, &why);
            } else {
                return self.rows.take(1);
            }
        }
    }
}

impl Current {
    /// Writes the rows of the next transaction, or goes on with the transfers of the last; returns false at the end.
    fn advance(&mut self, resolved: &Resolved, rows: &mut Rows) -> bool {
        if let Some(edges) = self.edges.take() {
            self.edges = self.transfers(self.next - 1, Some(edges), resolved, rows);
            return true;
        }
        let Some(transaction) = self.good.block.transactions.get(self.next) else { return false };
        let index = self.next;
        self.next += 1;
        // Whether every place fits was checked when the block was decoded.
        let place = |place: usize| pack(self.height, index, place).unwrap_or_default();
        let tx_id = place(0);
        let inputs = transaction.inputs();
        let prevouts = &resolved.prevouts[inputs.clone()];
        let input_value: Option<i64> = prevouts.iter().map(|prevout| prevout.map(|prevout| prevout.value)).sum();
        rows.transaction(&self.origin, tx_id, index, transaction, input_value);
        for (vin, (input, prevout)) in self.good.block.inputs[inputs].iter().zip(prevouts).enumerate() {
            let prevout = prevout.as_ref().map(|prevout| (prevout, resolved.script(prevout)));
            rows.input(&self.origin, (tx_id, place(vin)), input, transaction.is_coinbase, prevout);
        }
        for (vout, output) in self.good.block.outputs[transaction.outputs()].iter().enumerate() {
            let script = script_at(&self.good.bytes, output.script);
            let spendable = is_spendable(script) && !(self.height == 0 && index == 0);
            rows.output(&self.origin, (tx_id, place(vout)), vout, output.value, script, spendable);
        }
        if input_value.is_some() || transaction.is_coinbase {
            self.edges = self.transfers(index, None, resolved, rows);
        }
        true
    }

    /// Writes a transaction's transfers until a batch is full, and returns what is left for the next call.
    fn transfers(&self, index: usize, left: Option<Edges>, resolved: &Resolved, rows: &mut Rows) -> Option<Edges> {
        let transaction = &self.good.block.transactions[index];
        let mut positions = Positions::default();
        for prevout in resolved.prevouts[transaction.inputs()].iter().flatten() {
            positions.add(resolved.script(prevout), prevout.value);
        }
        for output in &self.good.block.outputs[transaction.outputs()] {
            positions.add(script_at(&self.good.bytes, output.script), -output.value);
        }
        let mut edges = left.unwrap_or_else(|| positions.edges());
        let tx_id = pack(self.height, index, 0).unwrap_or_default();
        let txid = display_hex(&transaction.txid);
        while edges.next_payee(|edge| {
            let scripts = (edge.payer.map(|payer| positions.script(payer)), positions.script(edge.payee));
            rows.transfer(&self.origin, tx_id, txid.as_str(), &edge, scripts);
        }) {
            if rows.transfers_are_full() {
                return Some(edges);
            }
        }
        None
    }
}

fn script_at(bytes: &[u8], (start, length): (u32, u32)) -> &[u8] {
    &bytes[start as usize..(start + length) as usize]
}
