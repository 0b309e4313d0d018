//! The rows of a list of transactions, in the columns of a block file's relations.

use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::DataType::{Binary, Boolean, Int64, Utf8};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

use super::super::hash::display_hex;
use super::super::rows::BATCH_ROWS;
use super::super::script::{is_spendable, script_type};
use super::place::{Placed, Places};
use super::{Loose, Network, Record};
use crate::IngestError;

/// The relations, by their index in [`super::SPEC`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Transactions,
    Inputs,
    Outputs,
}

impl Relation {
    pub(super) const ALL: [Self; 3] = [Self::Transactions, Self::Inputs, Self::Outputs];
}

const TRANSACTIONS: &[(&str, DataType)] = &[
    ("file", Utf8),
    ("position", Int64),
    ("byte_offset", Int64),
    ("byte_length", Int64),
    ("error", Utf8),
    ("ledger", Utf8),
    ("tx_id", Int64),
    ("txid", Utf8),
    ("height", Int64),
    ("tx_index", Int64),
    ("time", TIME),
    ("version", Int64),
    ("locktime", Int64),
    ("size", Int64),
    ("weight", Int64),
    ("is_coinbase", Boolean),
    ("input_count", Int64),
    ("output_count", Int64),
    ("input_value", Int64),
    ("output_value", Int64),
    ("fee", Int64),
];
const INPUTS: &[(&str, DataType)] = &[
    ("file", Utf8),
    ("position", Int64),
    ("ledger", Utf8),
    ("txi", Int64),
    ("tx_id", Int64),
    ("height", Int64),
    ("time", TIME),
    ("prev_txid", Utf8),
    ("prev_vout", Int64),
    ("prev_txo", Int64),
    ("prev_value", Int64),
    ("prev_script", Binary),
    ("prev_script_type", Utf8),
    ("sequence", Int64),
    ("has_witness", Boolean),
];
const OUTPUTS: &[(&str, DataType)] = &[
    ("file", Utf8),
    ("position", Int64),
    ("ledger", Utf8),
    ("txo", Int64),
    ("tx_id", Int64),
    ("height", Int64),
    ("time", TIME),
    ("vout", Int64),
    ("value", Int64),
    ("script", Binary),
    ("script_type", Utf8),
    ("spendable", Boolean),
];

/// Stands for microseconds in UTC, whose type cannot be written as a constant.
const TIME: DataType = DataType::Date64;

static SCHEMAS: LazyLock<[SchemaRef; 3]> = LazyLock::new(|| {
    [TRANSACTIONS, INPUTS, OUTPUTS].map(|columns| {
        let field = |(name, kind): &(&str, DataType)| {
            let kind = match kind {
                DataType::Date64 => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
                kind => kind.clone(),
            };
            Field::new(*name, kind, !matches!(*name, "file" | "position" | "ledger"))
        };
        Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
    })
});

pub(super) fn schema(relation: Relation) -> SchemaRef {
    Arc::clone(&SCHEMAS[relation as usize])
}

#[derive(Default)]
struct Transactions {
    file: StringBuilder,
    numbers: [Int64Builder; 3],
    error: StringBuilder,
    ledger: StringBuilder,
    tx_id: Int64Builder,
    txid: StringBuilder,
    place: [Int64Builder; 2],
    time: TimestampMicrosecondBuilder,
    facts: [Int64Builder; 4],
    is_coinbase: BooleanBuilder,
    sums: [Int64Builder; 5],
}

impl Transactions {
    fn push(&mut self, record: &Record, ledger: &str, placed: Result<(&Loose, &Placed), &str>) {
        self.file.append_value(&record.file);
        let range = [record.range.map(|range| range.0), record.range.map(|range| range.1)];
        for (column, value) in self.numbers.iter_mut().zip([Some(record.position), range[0], range[1]]) {
            column.append_option(value);
        }
        self.error.append_option(placed.err());
        self.ledger.append_value(ledger);
        let placed = placed.ok();
        self.tx_id.append_option(placed.map(|(_, placed)| placed.tx_id));
        self.txid.append_option(placed.map(|(found, _)| display_hex(&found.txid)).as_ref().map(|hex| hex.as_str()));
        let place = placed.map(|(_, placed)| [i64::from(placed.height), placed.index as i64]);
        self.time.append_option(placed.map(|(_, placed)| microseconds(placed)));
        let facts = placed.map(|(found, _)| [found.version, found.locktime, found.size, found.weight]);
        self.is_coinbase.append_option(placed.map(|(found, _)| found.is_coinbase));
        let sums = placed.map(|(found, _)| {
            let (spent, paid) = (found.input_value(), found.output_value());
            let fee = spent.map(|spent| spent - paid);
            [Some(found.inputs.len() as i64), Some(found.outputs.len() as i64), spent, Some(paid), fee]
        });
        for (number, column) in self.place.iter_mut().enumerate() {
            column.append_option(place.map(|place| place[number]));
        }
        for (number, column) in self.facts.iter_mut().enumerate() {
            column.append_option(facts.and_then(|facts| facts[number]));
        }
        for (number, column) in self.sums.iter_mut().enumerate() {
            column.append_option(sums.and_then(|sums| sums[number]));
        }
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        let [position, offset, length] = self.numbers;
        let [height, index] = self.place;
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.file.finish())];
        columns.extend([position, offset, length].into_iter().map(whole));
        columns.push(Arc::new(self.error.finish()));
        columns.push(Arc::new(self.ledger.finish()));
        columns.push(whole(self.tx_id));
        columns.push(Arc::new(self.txid.finish()));
        columns.extend([height, index].into_iter().map(whole));
        columns.push(Arc::new(self.time.finish().with_timezone("UTC")));
        columns.extend(self.facts.into_iter().map(whole));
        columns.push(Arc::new(self.is_coinbase.finish()));
        columns.extend(self.sums.into_iter().map(whole));
        columns
    }
}

fn whole(mut column: Int64Builder) -> ArrayRef {
    Arc::new(column.finish())
}

fn microseconds(placed: &Placed) -> i64 {
    placed.time.saturating_mul(1_000_000)
}

/// The columns that begin inputs and outputs, up to `time`.
#[derive(Default)]
struct Common {
    file: StringBuilder,
    position: Int64Builder,
    ledger: StringBuilder,
    id: Int64Builder,
    tx_id: Int64Builder,
    height: Int64Builder,
    time: TimestampMicrosecondBuilder,
}

impl Common {
    fn push(&mut self, record: &Record, ledger: &str, placed: &Placed, place: usize) {
        self.file.append_value(&record.file);
        self.position.append_value(record.position);
        self.ledger.append_value(ledger);
        // The place fits its bits, as that of the last one does.
        self.id.append_value(placed.tx_id | place as i64);
        self.tx_id.append_value(placed.tx_id);
        self.height.append_value(i64::from(placed.height));
        self.time.append_value(microseconds(placed));
    }

    fn finish(mut self) -> Vec<ArrayRef> {
        vec![
            Arc::new(self.file.finish()),
            whole(self.position),
            Arc::new(self.ledger.finish()),
            whole(self.id),
            whole(self.tx_id),
            whole(self.height),
            Arc::new(self.time.finish().with_timezone("UTC")),
        ]
    }
}

#[derive(Default)]
struct Inputs {
    common: Common,
    prev_txid: StringBuilder,
    prev_vout: Int64Builder,
    prev_txo: Int64Builder,
    prev_value: Int64Builder,
    prev_script: BinaryBuilder,
    prev_script_type: StringBuilder,
    sequence: Int64Builder,
    has_witness: BooleanBuilder,
}

impl Inputs {
    fn finish(mut self) -> Vec<ArrayRef> {
        let mut columns = self.common.finish();
        columns.extend([
            Arc::new(self.prev_txid.finish()) as ArrayRef,
            whole(self.prev_vout),
            whole(self.prev_txo),
            whole(self.prev_value),
            Arc::new(self.prev_script.finish()),
            Arc::new(self.prev_script_type.finish()),
            whole(self.sequence),
            Arc::new(self.has_witness.finish()),
        ]);
        columns
    }
}

#[derive(Default)]
struct Outputs {
    common: Common,
    vout: Int64Builder,
    value: Int64Builder,
    script: BinaryBuilder,
    script_type: StringBuilder,
    spendable: BooleanBuilder,
}

impl Outputs {
    fn finish(mut self) -> Vec<ArrayRef> {
        let mut columns = self.common.finish();
        columns.extend([
            whole(self.vout),
            whole(self.value),
            Arc::new(self.script.finish()) as ArrayRef,
            Arc::new(self.script_type.finish()),
            Arc::new(self.spendable.finish()),
        ]);
        columns
    }
}

/// All batches of a list, each with the relation it belongs to.
pub(super) fn batches(
    records: &[Record],
    places: &Places,
    network: Network,
) -> Result<Vec<(usize, RecordBatch)>, IngestError> {
    let ledger = network.ledger();
    let (mut transactions, mut inputs, mut outputs) = (Transactions::default(), Inputs::default(), Outputs::default());
    for (number, record) in records.iter().enumerate() {
        let found = match &record.found {
            Ok(found) => found,
            Err(error) => {
                transactions.push(record, ledger, Err(error));
                continue;
            }
        };
        let Some((first, placed)) = places.of.get(&found.txid) else { continue };
        let placed = match placed {
            Ok(placed) => placed,
            Err(error) => {
                transactions.push(record, ledger, Err(error));
                continue;
            }
        };
        // The same transaction again: what it holds was said by the first.
        let said = records.get(*first).and_then(|first| first.found.as_ref().ok()).unwrap_or(found);
        transactions.push(record, ledger, Ok((said, placed)));
        if *first != number {
            continue;
        }
        for (vin, input) in found.inputs.iter().enumerate() {
            inputs.common.push(record, ledger, placed, vin);
            let coin = Some(input).filter(|_| !found.is_coinbase);
            let prevout = coin.and_then(|input| input.prevout.as_ref());
            let prev_txid = coin.map(|input| display_hex(&input.prev_txid));
            inputs.prev_txid.append_option(prev_txid.as_ref().map(|hex| hex.as_str()));
            inputs.prev_vout.append_option(coin.map(|input| input.prev_vout));
            let spent = coin.and_then(|input| places.spent(records, &input.prev_txid, input.prev_vout, placed.tx_id));
            inputs.prev_txo.append_option(spent);
            inputs.prev_value.append_option(prevout.map(|prevout| prevout.value));
            inputs.prev_script.append_option(prevout.map(|prevout| prevout.script.as_slice()));
            inputs.prev_script_type.append_option(prevout.map(|prevout| script_type(&prevout.script).name()));
            inputs.sequence.append_option(input.sequence);
            inputs.has_witness.append_option(input.has_witness);
        }
        for (vout, output) in found.outputs.iter().enumerate() {
            outputs.common.push(record, ledger, placed, vout);
            outputs.vout.append_value(vout as i64);
            outputs.value.append_value(output.value);
            outputs.script.append_value(&output.script);
            outputs.script_type.append_value(script_type(&output.script).name());
            outputs.spendable.append_value(is_spendable(&output.script));
        }
    }
    let mut batches = Vec::new();
    for (relation, columns) in Relation::ALL.into_iter().zip([transactions.finish(), inputs.finish(), outputs.finish()])
    {
        let whole = RecordBatch::try_new(schema(relation), columns)?;
        for start in (0..whole.num_rows()).step_by(BATCH_ROWS) {
            let batch = whole.slice(start, BATCH_ROWS.min(whole.num_rows() - start));
            batches.push((relation as usize, batch));
        }
    }
    Ok(batches)
}
