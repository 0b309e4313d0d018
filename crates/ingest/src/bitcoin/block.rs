//! The block parser: one pass over borrowed bytes, no allocation per transaction.
//!
//! Hostile bytes are the normal case. Every length is checked against what is left before it is believed, no count
//! reserves memory, and each element of a list takes at least one byte, so the work is linear in the bytes that are
//! really there. Scripts stay where they are and are named by range. Signatures and scripts are never checked: the rows
//! say what the chain holds, and inputs under rules of their day may lack what today's rules ask for.
//!
//! ```text
//! header 80 │ count │ version │ 00 01? │ inputs │ outputs │ witnesses? │ locktime │ version …
//!                     └──────────────── hashed for the txid, without 00 01 and the witnesses ─┘
//! ```

use std::fmt;
use std::ops::Range;

use super::hash::{Hash, double_sha256, merkle_root};
use super::sighash::{self, Sighash, WitnessScan};

/// No consensus-valid block is longer: four million weight units of witness bytes.
pub(super) const MAX_BLOCK: u32 = 4_000_000;
/// A header, a count and the shortest transaction that has an input.
pub(super) const MIN_BLOCK: u32 = 81;
/// Twenty-one million coins, in satoshi: no value and no sum inside a transaction may be more.
pub(super) const MAX_MONEY: i64 = 2_100_000_000_000_000;

/// Where and why bytes are not a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    /// The offset inside the block.
    pub(super) at: usize,
    pub(super) what: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "byte {} of the block: {}", self.at, self.what)
    }
}

/// The eighty bytes at the head of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Header {
    pub(super) hash: Hash,
    pub(super) prev_hash: Hash,
    pub(super) merkle_root: Hash,
    pub(super) version: i32,
    pub(super) time: u32,
    pub(super) bits: u32,
    pub(super) nonce: u32,
}

impl Header {
    pub(super) const SIZE: usize = 80;

    pub(super) fn parse(bytes: &[u8; Self::SIZE]) -> Self {
        let mut cursor = Cursor { bytes, at: 0 };
        // Eighty bytes are enough for every field, so the defaults are never taken.
        Self {
            hash: double_sha256(&[bytes]),
            version: cursor.word("version").unwrap_or_default().cast_signed(),
            prev_hash: cursor.array("previous hash").unwrap_or_default(),
            merkle_root: cursor.array("merkle root").unwrap_or_default(),
            time: cursor.word("time").unwrap_or_default(),
            bits: cursor.word("bits").unwrap_or_default(),
            nonce: cursor.word("nonce").unwrap_or_default(),
        }
    }
}

/// A transaction: its numbers, and where its inputs and outputs lie in the block's lists.
#[derive(Debug, Clone, Copy)]
pub(super) struct Transaction {
    pub(super) txid: Hash,
    /// As Bitcoin Core 28 and later show it: without a sign.
    pub(super) version: u32,
    pub(super) locktime: u32,
    pub(super) size: u32,
    pub(super) weight: u32,
    pub(super) is_coinbase: bool,
    pub(super) output_value: i64,
    first_input: u32,
    end_input: u32,
    first_output: u32,
    end_output: u32,
}

impl Transaction {
    pub(super) fn inputs(&self) -> Range<usize> {
        self.first_input as usize..self.end_input as usize
    }

    pub(super) fn outputs(&self) -> Range<usize> {
        self.first_output as usize..self.end_output as usize
    }
}

/// An input: what it spends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Input {
    pub(super) prev_txid: Hash,
    pub(super) prev_vout: u32,
    pub(super) sequence: u32,
    pub(super) has_witness: bool,
    pub(super) sighash: Sighash,
}

impl Input {
    fn is_null(&self) -> bool {
        self.prev_vout == u32::MAX && self.prev_txid == [0; 32]
    }
}

/// An output: its value, and where its script lies in the block's bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    pub(super) value: i64,
    pub(super) script: (u32, u32),
}

/// A parsed block. Kept and filled again, so that its lists stop growing after a few blocks.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) header: Header,
    pub(super) transactions: Vec<Transaction>,
    pub(super) inputs: Vec<Input>,
    pub(super) outputs: Vec<Output>,
    pub(super) size: u32,
    pub(super) weight: u32,
    merkle: Vec<Hash>,
}

impl Block {
    /// Parses the block at the beginning of `bytes`. What follows it is not looked at: `size` says where it ended.
    pub(super) fn parse(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.transactions.clear();
        self.inputs.clear();
        self.outputs.clear();
        let bytes = &bytes[..bytes.len().min(MAX_BLOCK as usize)];
        let mut cursor = Cursor { bytes, at: 0 };
        self.header = Header::parse(&cursor.array("cut off in the header")?);
        let count = cursor.count("cut off in the transaction count")?;
        let mut base = cursor.at as u32;
        for index in 0..count {
            let start = cursor.at;
            let base_size = self.transaction(&mut cursor, index == 0)?;
            base += base_size;
            if let Some(transaction) = self.transactions.last_mut() {
                transaction.size = (cursor.at - start) as u32;
                transaction.weight = 3 * base_size + transaction.size;
            }
        }
        if count == 0 {
            return Err(Fault { at: Header::SIZE, what: "a block without transactions" });
        }
        self.size = cursor.at as u32;
        self.weight = 3 * base + self.size;
        Ok(())
    }

    /// Whether the header commits to exactly these transactions.
    pub(super) fn merkle_root_is_right(&mut self) -> bool {
        self.merkle.clear();
        self.merkle.extend(self.transactions.iter().map(|transaction| transaction.txid));
        merkle_root(&mut self.merkle) == Some(self.header.merkle_root)
    }

    /// Parses one transaction and returns its size without witness.
    fn transaction(&mut self, cursor: &mut Cursor<'_>, first: bool) -> Result<u32, Fault> {
        let start = cursor.at;
        let version = cursor.word("cut off in a transaction's version")?;
        // An input count of zero cannot be: BIP 144 uses it as the marker of a transaction with witnesses.
        let has_witnesses = cursor.peek() == Some(0);
        if has_witnesses {
            cursor.take(1, "")?;
            if cursor.take(1, "cut off in a transaction's flag")? != [1] {
                return Err(Fault { at: cursor.at - 1, what: "a transaction without inputs, or of an unknown flag" });
            }
        }
        let body = cursor.at;
        let (first_input, first_output) = (self.inputs.len(), self.outputs.len());
        for _ in 0..cursor.count("cut off in the input count")? {
            let prev_txid = cursor.array("cut off in an input's previous output")?;
            let prev_vout = cursor.word("cut off in an input's previous output")?;
            let script = cursor.var_bytes("cut off in an input script")?;
            let sequence = cursor.word("cut off in an input's sequence")?;
            // What a coinbase writes there is no script and spends nothing.
            let sighash = if first { Sighash::None } else { sighash::of_script(script) };
            self.inputs.push(Input { prev_txid, prev_vout, sequence, has_witness: false, sighash });
        }
        if self.inputs.len() == first_input {
            return Err(Fault { at: body, what: "a transaction without inputs" });
        }
        let mut output_value = 0;
        for _ in 0..cursor.count("cut off in the output count")? {
            let at = cursor.at;
            let value = i64::from_le_bytes(cursor.array("cut off in an output's value")?);
            // Each term is checked before it is added, so the sum stays below twice the supply.
            if !(0..=MAX_MONEY).contains(&value) || output_value + value > MAX_MONEY {
                return Err(Fault { at, what: "more satoshi than there can be" });
            }
            output_value += value;
            let length = cursor.var_bytes("cut off in an output script")?.len() as u32;
            self.outputs.push(Output { value, script: (cursor.at as u32 - length, length) });
        }
        let body_end = cursor.at;
        if has_witnesses {
            self.witnesses(cursor, first_input)?;
        }
        let locktime_at = cursor.at;
        let locktime = cursor.word("cut off in a transaction's lock time")?;
        let bytes = cursor.bytes;
        let (txid, base_size) = if has_witnesses {
            let pieces = [&bytes[start..start + 4], &bytes[body..body_end], &bytes[locktime_at..cursor.at]];
            (double_sha256(&pieces), 8 + (body_end - body))
        } else {
            (double_sha256(&[&bytes[start..cursor.at]]), cursor.at - start)
        };
        let inputs = &self.inputs[first_input..];
        let is_coinbase = inputs.len() == 1 && inputs[0].is_null();
        if is_coinbase != first {
            let what = if first { "the first transaction is not a coinbase" } else { "a second coinbase" };
            return Err(Fault { at: start, what });
        }
        self.transactions.push(Transaction {
            txid,
            version,
            locktime,
            size: 0,
            weight: 0,
            is_coinbase,
            output_value,
            first_input: first_input as u32,
            end_input: self.inputs.len() as u32,
            first_output: first_output as u32,
            end_output: self.outputs.len() as u32,
        });
        Ok(base_size as u32)
    }

    fn witnesses(&mut self, cursor: &mut Cursor<'_>, first_input: usize) -> Result<(), Fault> {
        let at = cursor.at;
        let mut any = false;
        for input in &mut self.inputs[first_input..] {
            let items = cursor.count("cut off in the witness count")?;
            input.has_witness = items > 0;
            any |= items > 0;
            let mut scan = WitnessScan::default();
            for _ in 0..items {
                scan.item(cursor.var_bytes("cut off in a witness item")?);
            }
            if input.sighash == Sighash::None {
                input.sighash = scan.finish();
            }
        }
        if any { Ok(()) } else { Err(Fault { at, what: "the witness flag is set but no input has a witness" }) }
    }
}

/// Reads forward through bytes that may end anywhere.
#[derive(Debug)]
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, length: usize, what: &'static str) -> Result<&'a [u8], Fault> {
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..length).ok_or(Fault { at: self.at, what })?;
        self.at += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Fault> {
        let array = self.bytes[self.at..].first_chunk().ok_or(Fault { at: self.at, what })?;
        self.at += N;
        Ok(*array)
    }

    fn word(&mut self, what: &'static str) -> Result<u32, Fault> {
        self.array(what).map(u32::from_le_bytes)
    }

    /// A CompactSize, which has to be in its shortest form.
    fn count(&mut self, what: &'static str) -> Result<u64, Fault> {
        let at = self.at;
        let [first] = self.array(what)?;
        let (number, least) = match first {
            0xfd => (u64::from(u16::from_le_bytes(self.array(what)?)), 0xfd),
            0xfe => (u64::from(self.word(what)?), 0x1_0000),
            0xff => (u64::from_le_bytes(self.array(what)?), 0x1_0000_0000),
            small => (u64::from(small), 0),
        };
        if number < least {
            return Err(Fault { at, what: "a count that is not in its shortest form" });
        }
        Ok(number)
    }

    fn var_bytes(&mut self, what: &'static str) -> Result<&'a [u8], Fault> {
        let at = self.at;
        let length = self.count(what)?;
        // A length beyond the address space is beyond these bytes as well.
        self.take(usize::try_from(length).unwrap_or(usize::MAX), what).map_err(|_| Fault { at, what })
    }
}
