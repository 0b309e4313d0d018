//! What a source of blocks spends and does not make itself: the reader before the reader.
//!
//! Blocks are parsed and their outputs matched as in the full reader, but no rows are made but these. Whoever has the
//! earlier blocks looks the outputs up and hands them to the full reader.

use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Int64Builder, RecordBatch, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::decode::{Decoder, Index};
use super::hash::display_hex;
use super::open::Opened;
use super::options::Options;
use super::rows::BATCH_ROWS;
use super::unspent::{Resolved, Unspent, pack};
use crate::{IngestError, ReadArgs, Reader, ReaderSpec};

/// The reader of outputs that a source lacks.
pub(crate) const SPEC: ReaderSpec = ReaderSpec {
    name: "bitcoin_missing",
    relations: &[(
        "read_bitcoin_missing",
        "The outputs that blocks spend and do not make themselves, so that they can be looked up and handed over.",
    )],
    usage: super::USAGE,
    schema,
    open,
};

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let column = |name: &str, kind| Field::new(name, kind, false);
    Arc::new(Schema::new(vec![
        column("prev_txid", DataType::Utf8),
        column("prev_vout", DataType::Int64),
        column("height", DataType::Int64),
        column("tx_id", DataType::Int64),
    ]))
});

fn schema(args: &ReadArgs, relation: usize) -> Result<SchemaRef, IngestError> {
    Options::parse(args, super::USAGE)?;
    if relation > 0 {
        return Err(IngestError::Argument("bitcoin_missing has one relation".to_owned()));
    }
    Ok(Arc::clone(&SCHEMA))
}

fn open(args: &ReadArgs) -> Result<Box<dyn Reader>, IngestError> {
    let options = Options::parse(args, super::USAGE)?;
    let opened = super::open::open_path(&args.path, &options)?;
    Ok(Box::new(MissingReader::new(opened, options)))
}

/// Reads the chain of one source for what it lacks.
#[derive(Debug)]
struct MissingReader {
    decoder: Decoder,
    unspent: Unspent,
    resolved: Resolved,
    rows: Rows,
}

#[derive(Debug, Default)]
struct Rows {
    prev_txid: StringBuilder,
    prev_vout: Int64Builder,
    height: Int64Builder,
    tx_id: Int64Builder,
    count: usize,
}

impl MissingReader {
    fn new(opened: Opened, options: Options) -> Self {
        let Opened { files, records, plan, .. } = opened;
        let index = Arc::new(Index { files, records, chain: plan.chain });
        Self {
            decoder: Decoder::start(&index),
            unspent: Unspent::new(options.room),
            resolved: Resolved::default(),
            rows: Rows::default(),
        }
    }
}

impl Reader for MissingReader {
    fn next(&mut self) -> Result<Option<(usize, RecordBatch)>, IngestError> {
        while self.rows.count < BATCH_ROWS {
            let Some(decoded) = self.decoder.next()? else { break };
            let Some(good) = decoded.good else { continue };
            let (bytes, block, height) = (&good.bytes, &good.block, decoded.height);
            // A block that cannot be spends nothing: the full reader has a word to say about it.
            if self.unspent.apply(bytes, block, height, &mut self.resolved)?.is_err() || self.resolved.unresolved == 0 {
                continue;
            }
            for (index, transaction) in block.transactions.iter().enumerate().filter(|(_, made)| !made.is_coinbase) {
                for place in transaction.inputs().filter(|place| self.resolved.prevouts[*place].is_none()) {
                    let input = &block.inputs[place];
                    self.rows.prev_txid.append_value(display_hex(&input.prev_txid).as_str());
                    self.rows.prev_vout.append_value(i64::from(input.prev_vout));
                    self.rows.height.append_value(i64::from(height));
                    // Whether every place fits was checked when the block was decoded.
                    self.rows.tx_id.append_value(pack(height, index, 0).unwrap_or_default());
                    self.rows.count += 1;
                }
            }
        }
        if self.rows.count == 0 {
            return Ok(None);
        }
        let rows = std::mem::take(&mut self.rows);
        Ok(Some((0, rows.finish()?)))
    }
}

impl Rows {
    fn finish(mut self) -> Result<RecordBatch, IngestError> {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.prev_txid.finish()),
            Arc::new(self.prev_vout.finish()),
            Arc::new(self.height.finish()),
            Arc::new(self.tx_id.finish()),
        ];
        Ok(RecordBatch::try_new(Arc::clone(&SCHEMA), columns)?)
    }
}
