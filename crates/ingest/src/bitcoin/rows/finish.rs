//! The order of the columns in a batch: that of the schemas.

use std::sync::Arc;

use arrow::array::ArrayRef;

use super::columns::finish;
use super::{Blocks, Inputs, Outputs, Transactions, Transfers};

impl Blocks {
    pub(super) fn finish(&mut self) -> Vec<ArrayRef> {
        vec![
            self.file.finish(),
            self.position.finish(),
            self.byte_offset.finish(),
            self.byte_length.finish(),
            finish(&mut self.error),
            self.ledger.finish(),
            self.network.finish(),
            finish(&mut self.height),
            finish(&mut self.hash),
            finish(&mut self.prev_hash),
            finish(&mut self.version),
            Arc::new(self.time.finish().with_timezone("UTC")),
            finish(&mut self.bits),
            finish(&mut self.nonce),
            finish(&mut self.tx_count),
            finish(&mut self.size),
            finish(&mut self.weight),
            finish(&mut self.unresolved),
        ]
    }
}

impl Transactions {
    pub(super) fn finish(&mut self) -> Vec<ArrayRef> {
        vec![
            self.common.file.finish(),
            self.common.position.finish(),
            self.common.ledger.finish(),
            self.common.tx_id.finish(),
            finish(&mut self.txid),
            self.common.height.finish(),
            self.tx_index.finish(),
            self.common.time.finish_as_time(),
            self.version.finish(),
            self.locktime.finish(),
            self.size.finish(),
            self.weight.finish(),
            finish(&mut self.is_coinbase),
            self.input_count.finish(),
            self.output_count.finish(),
            finish(&mut self.input_value),
            self.output_value.finish(),
            finish(&mut self.fee),
        ]
    }
}

impl Inputs {
    pub(super) fn finish(&mut self) -> Vec<ArrayRef> {
        vec![
            self.common.file.finish(),
            self.common.position.finish(),
            self.common.ledger.finish(),
            self.txi.finish(),
            self.common.tx_id.finish(),
            self.common.height.finish(),
            self.common.time.finish_as_time(),
            finish(&mut self.prev_txid),
            finish(&mut self.prev_vout),
            finish(&mut self.prev_txo),
            finish(&mut self.prev_value),
            finish(&mut self.prev_script),
            finish(&mut self.prev_script_type),
            self.sequence.finish(),
            finish(&mut self.has_witness),
            finish(&mut self.sighash),
        ]
    }
}

impl Outputs {
    pub(super) fn finish(&mut self) -> Vec<ArrayRef> {
        vec![
            self.common.file.finish(),
            self.common.position.finish(),
            self.common.ledger.finish(),
            self.txo.finish(),
            self.common.tx_id.finish(),
            self.common.height.finish(),
            self.common.time.finish_as_time(),
            self.vout.finish(),
            self.value.finish(),
            finish(&mut self.script),
            finish(&mut self.script_type),
            finish(&mut self.spendable),
        ]
    }
}

impl Transfers {
    pub(super) fn finish(&mut self) -> Vec<ArrayRef> {
        // Transfers show no height; the column they share with the others is emptied all the same.
        self.common.height.clear();
        vec![
            self.common.file.finish(),
            self.common.position.finish(),
            self.common.ledger.finish(),
            finish(&mut self.txid),
            self.common.tx_id.finish(),
            self.ordinal.finish(),
            self.common.time.finish_as_time(),
            finish(&mut self.payer_script),
            finish(&mut self.payee_script),
            self.value.finish(),
        ]
    }
}
