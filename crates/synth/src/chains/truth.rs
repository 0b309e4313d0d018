//! The truth beside a chain: who owns each script, what each transaction is, which outputs are change.
//!
//! Three CSV files grow with the chain. Rows are formatted by hand into buffers that are written out block by block, since
//! a chain of ten million transactions has some thirty million of them.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::kind::TransactionKind;
use super::wallet::{Hash, Holder};
use crate::SynthError;

#[derive(Debug)]
struct Table {
    path: PathBuf,
    file: File,
    rows: Vec<u8>,
}

impl Table {
    fn create(folder: &Path, name: &str, header: &str) -> Result<Self, SynthError> {
        let path = folder.join(name);
        let file = File::create(&path).map_err(|source| SynthError::write(&path, source))?;
        Ok(Self { path, file, rows: header.as_bytes().to_vec() })
    }

    fn flush(&mut self) -> Result<(), SynthError> {
        self.file.write_all(&self.rows).map_err(|source| SynthError::write(&self.path, source))?;
        self.rows.clear();
        Ok(())
    }
}

/// The three files, or nothing where no truth is wanted.
#[derive(Debug)]
pub(super) struct Truth(Option<[Table; 3]>);

impl Truth {
    /// Opens the files in `folder`, which is created.
    pub(super) fn create(folder: &Path) -> Result<Self, SynthError> {
        fs::create_dir_all(folder).map_err(|source| SynthError::write(folder, source))?;
        Ok(Self(Some([
            Table::create(folder, "wallets.csv", "script,wallet,holder\n")?,
            Table::create(folder, "transactions.csv", "txid,height,kind,payers\n")?,
            Table::create(folder, "change.csv", "txid,vout\n")?,
        ])))
    }

    /// Keeps nothing.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// A script and its owner.
    pub(super) fn script(&mut self, script: &[u8], owner: u32, holder: Holder) {
        let Some([wallets, _, _]) = &mut self.0 else { return };
        hex(script.iter(), &mut wallets.rows);
        wallets.rows.push(b',');
        decimal(owner.into(), &mut wallets.rows);
        wallets.rows.push(b',');
        wallets.rows.extend_from_slice(holder.name().as_bytes());
        wallets.rows.push(b'\n');
    }

    /// A transaction; `payers` are the owners of its inputs, each once, in ascending order.
    pub(super) fn transaction(&mut self, txid: &Hash, height: u32, kind: TransactionKind, payers: &[u32]) {
        let Some([_, transactions, _]) = &mut self.0 else { return };
        hex(txid.iter().rev(), &mut transactions.rows);
        transactions.rows.push(b',');
        decimal(height.into(), &mut transactions.rows);
        transactions.rows.push(b',');
        transactions.rows.extend_from_slice(kind.name().as_bytes());
        transactions.rows.push(b',');
        for (index, payer) in payers.iter().enumerate() {
            if index > 0 {
                transactions.rows.push(b';');
            }
            decimal((*payer).into(), &mut transactions.rows);
        }
        transactions.rows.push(b'\n');
    }

    /// An output that goes back to who paid.
    pub(super) fn change(&mut self, txid: &Hash, vout: usize) {
        let Some([_, _, change]) = &mut self.0 else { return };
        hex(txid.iter().rev(), &mut change.rows);
        change.rows.push(b',');
        decimal(vout as u64, &mut change.rows);
        change.rows.push(b'\n');
    }

    /// Writes out what has gathered.
    pub(super) fn flush(&mut self) -> Result<(), SynthError> {
        self.0.iter_mut().flatten().try_for_each(Table::flush)
    }
}

fn hex<'b>(bytes: impl Iterator<Item = &'b u8>, out: &mut Vec<u8>) {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    out.extend(bytes.flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]));
}

fn decimal(mut value: u64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut first = digits.len();
    loop {
        first -= 1;
        digits[first] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[first..]);
}
