//! Outputs made by blocks that are not in this source, handed over as an Arrow IPC file.
//!
//! Blocks imported after others spend what those made. The lake knows it; this crate knows no lake, so whoever does
//! writes the outputs that the source lacks (`read_bitcoin_missing` names them) into a file, and the reader starts with
//! them as unspent.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};
use arrow::ipc::reader::FileReader;

use super::block::MAX_MONEY;
use super::hash::parse_hex;
use super::unspent::Unspent;
use super::{Network, script_of};
use crate::IngestError;

/// Adds every output of a file to a set of unspent outputs.
///
/// Columns are found by name: `txid`, `vout`, `txo`, `value`, and `script`, `identifier` or both; a row without a script is
/// paid to its identifier's script.
///
/// # Errors
/// The file cannot be read, lacks a column, or has a row that names no output; the message names the row.
pub(super) fn load(path: &Path, network: Network, unspent: &mut Unspent) -> Result<(), IngestError> {
    let file = File::open(path).map_err(|error| IngestError::io(path, error))?;
    let damaged = |error| IngestError::format(path, format!("not an Arrow file of previous outputs: {error}"));
    let reader = FileReader::try_new(BufReader::new(file), None).map_err(damaged)?;
    let mut before = 0;
    for batch in reader {
        let batch = batch.map_err(damaged)?;
        let columns = Columns::of(&batch).map_err(|what| IngestError::format(path, what))?;
        for row in 0..batch.num_rows() {
            let output = columns.output(row, network);
            let (place, txo, value, script) = output
                .map_err(|what| IngestError::format(path, format!("previous output {}: {what}", before + row + 1)))?;
            unspent.add(place, txo, value, &script)?;
        }
        before += batch.num_rows();
    }
    Ok(())
}

/// The columns of a batch in the types they are read as.
struct Columns {
    txid: StringArray,
    vout: Int64Array,
    txo: Int64Array,
    value: Int64Array,
    script: Option<BinaryArray>,
    identifier: Option<StringArray>,
}

type Output = (super::unspent::OutPoint, i64, i64, Vec<u8>);

impl Columns {
    fn of(batch: &RecordBatch) -> Result<Self, String> {
        let find = |name: &str, kind: &DataType| -> Result<Option<ArrayRef>, String> {
            let column = batch.column_by_name(name);
            column.map(|column| cast(column, kind)).transpose().map_err(|error| format!("column {name}: {error}"))
        };
        let demand = |name: &str, kind: &DataType| {
            let lacking = "it has txid, vout, txo, value and script or identifier";
            find(name, kind)?.ok_or_else(|| format!("column {name} of the previous outputs is missing; {lacking}"))
        };
        let number =
            |name: &str| demand(name, &DataType::Int64).map(|column| column.as_primitive::<Int64Type>().clone());
        let columns = Self {
            txid: demand("txid", &DataType::Utf8)?.as_string::<i32>().clone(),
            vout: number("vout")?,
            txo: number("txo")?,
            value: number("value")?,
            script: find("script", &DataType::Binary)?.map(|column| column.as_binary::<i32>().clone()),
            identifier: find("identifier", &DataType::Utf8)?.map(|column| column.as_string::<i32>().clone()),
        };
        if columns.script.is_none() && columns.identifier.is_none() {
            return Err("the previous outputs have neither a column script nor a column identifier".to_owned());
        }
        Ok(columns)
    }

    fn output(&self, row: usize, network: Network) -> Result<Output, String> {
        let number = |column: &Int64Array, name: &str, most: i64| {
            let number = Some(column).filter(|column| column.is_valid(row)).map(|column| column.value(row));
            number.filter(|number| (0..=most).contains(number)).ok_or_else(|| format!("{name} is NULL or out of range"))
        };
        let txid =
            Some(&self.txid).filter(|column| column.is_valid(row)).and_then(|column| parse_hex(column.value(row)));
        let txid = txid.ok_or("txid is not 64 hex digits")?;
        let vout = number(&self.vout, "vout", i64::from(u32::MAX))? as u32;
        let txo = number(&self.txo, "txo", i64::MAX)?;
        let value = number(&self.value, "value", MAX_MONEY)?;
        let literal =
            self.script.as_ref().filter(|column| column.is_valid(row)).map(|column| column.value(row).to_vec());
        let script = match literal {
            Some(script) => script,
            None => {
                let identifier = self.identifier.as_ref().filter(|column| column.is_valid(row));
                let identifier = identifier.ok_or("neither script nor identifier")?.value(row);
                script_of(identifier, network)
                    .ok_or_else(|| format!("'{identifier}' is no identifier of {}", network.name()))?
            }
        };
        Ok(((txid, vout), txo, value, script))
    }
}
