//! The five relations of a block file and their columns.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::DataType::{Binary, Boolean, Int64, Utf8};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// The relations, by their index in [`super::SPEC`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Blocks,
    Transactions,
    Inputs,
    Outputs,
    Transfers,
}

impl Relation {
    pub(super) const ALL: [Self; 5] = [Self::Blocks, Self::Transactions, Self::Inputs, Self::Outputs, Self::Transfers];

    pub(super) fn schema(self) -> SchemaRef {
        Arc::clone(&SCHEMAS[self as usize])
    }
}

/// A column that always has a value.
const ALWAYS: bool = false;
/// A column that is NULL where there is nothing to say.
const MAYBE: bool = true;

static SCHEMAS: LazyLock<[SchemaRef; 5]> = LazyLock::new(|| {
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let blocks = [
        ("file", Utf8, ALWAYS),
        ("position", Int64, ALWAYS),
        ("byte_offset", Int64, ALWAYS),
        ("byte_length", Int64, ALWAYS),
        ("error", Utf8, MAYBE),
        ("ledger", Utf8, ALWAYS),
        ("network", Utf8, ALWAYS),
        ("height", Int64, MAYBE),
        ("hash", Utf8, MAYBE),
        ("prev_hash", Utf8, MAYBE),
        ("version", Int64, MAYBE),
        ("time", time(), MAYBE),
        ("bits", Int64, MAYBE),
        ("nonce", Int64, MAYBE),
        ("tx_count", Int64, MAYBE),
        ("size", Int64, MAYBE),
        ("weight", Int64, MAYBE),
        ("unresolved_prevouts", Int64, MAYBE),
    ];
    let transactions = [
        ("file", Utf8, ALWAYS),
        ("position", Int64, ALWAYS),
        ("ledger", Utf8, ALWAYS),
        ("tx_id", Int64, ALWAYS),
        ("txid", Utf8, ALWAYS),
        ("height", Int64, ALWAYS),
        ("tx_index", Int64, ALWAYS),
        ("time", time(), ALWAYS),
        ("version", Int64, ALWAYS),
        ("locktime", Int64, ALWAYS),
        ("size", Int64, ALWAYS),
        ("weight", Int64, ALWAYS),
        ("is_coinbase", Boolean, ALWAYS),
        ("input_count", Int64, ALWAYS),
        ("output_count", Int64, ALWAYS),
        ("input_value", Int64, MAYBE),
        ("output_value", Int64, ALWAYS),
        ("fee", Int64, MAYBE),
    ];
    let inputs = [
        ("file", Utf8, ALWAYS),
        ("position", Int64, ALWAYS),
        ("ledger", Utf8, ALWAYS),
        ("txi", Int64, ALWAYS),
        ("tx_id", Int64, ALWAYS),
        ("height", Int64, ALWAYS),
        ("time", time(), ALWAYS),
        ("prev_txid", Utf8, MAYBE),
        ("prev_vout", Int64, MAYBE),
        ("prev_txo", Int64, MAYBE),
        ("prev_value", Int64, MAYBE),
        ("prev_script", Binary, MAYBE),
        ("prev_script_type", Utf8, MAYBE),
        ("sequence", Int64, ALWAYS),
        ("has_witness", Boolean, ALWAYS),
        ("sighash", Int64, MAYBE),
    ];
    let outputs = [
        ("file", Utf8, ALWAYS),
        ("position", Int64, ALWAYS),
        ("ledger", Utf8, ALWAYS),
        ("txo", Int64, ALWAYS),
        ("tx_id", Int64, ALWAYS),
        ("height", Int64, ALWAYS),
        ("time", time(), ALWAYS),
        ("vout", Int64, ALWAYS),
        ("value", Int64, ALWAYS),
        ("script", Binary, ALWAYS),
        ("script_type", Utf8, ALWAYS),
        ("spendable", Boolean, ALWAYS),
    ];
    let transfers = [
        ("file", Utf8, ALWAYS),
        ("position", Int64, ALWAYS),
        ("ledger", Utf8, ALWAYS),
        ("txid", Utf8, ALWAYS),
        ("tx_id", Int64, ALWAYS),
        ("ordinal", Int64, ALWAYS),
        ("time", time(), ALWAYS),
        ("payer_script", Binary, MAYBE),
        ("payee_script", Binary, ALWAYS),
        ("value", Int64, ALWAYS),
    ];
    [schema(&blocks), schema(&transactions), schema(&inputs), schema(&outputs), schema(&transfers)]
});

fn schema(columns: &[(&str, DataType, bool)]) -> SchemaRef {
    let fields: Vec<Field> =
        columns.iter().map(|(name, kind, nullable)| Field::new(*name, kind.clone(), *nullable)).collect();
    Arc::new(Schema::new(fields))
}
