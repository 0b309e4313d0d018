//! Doors for the fuzzer: whatever the bytes, these come back, with an error if need be.

use super::block::{Block, Header};
use super::hash::merkle_root;
use super::options::Options;
use super::sighash::{self, Sighash, WitnessScan};
use super::{open, read, script_type, source};
use crate::{IngestError, ReadArgs, Reader as _};

/// Reads arbitrary bytes as a block file, to the end, and returns how many rows the five relations got.
#[doc(hidden)]
pub fn fuzz_block(bytes: &[u8]) -> Result<[usize; 5], IngestError> {
    let file = source::SourceFile::in_memory("fuzz", bytes);
    let options = vec![String::new(), String::new(), "missing=allow".to_owned()];
    let args = ReadArgs { path: "fuzz".into(), options };
    let options = Options::parse(&args, super::USAGE)?;
    let opened = open::open_files(&args.path, vec![file], &options)?;
    let mut reader = read::BlockReader::new(opened, &options)?;
    let mut rows = [0; 5];
    while let Some((relation, batch)) = reader.next()? {
        rows[relation] += batch.num_rows();
    }
    Ok(rows)
}

/// Reads arbitrary bytes as the second transaction of a block that is sound otherwise, its merkle root included.
///
/// Bytes that are a transaction then reach every relation, which a fuzzer of whole blocks would have to find a hash for.
#[doc(hidden)]
pub fn fuzz_transaction(bytes: &[u8]) -> Result<[usize; 5], IngestError> {
    let mut file = vec![0; Header::SIZE];
    file.push(2);
    // A coinbase: version, one input of nothing with a script of two bytes, no output, lock time.
    file.extend_from_slice(&[1, 0, 0, 0, 1]);
    file.extend_from_slice(&[0; 32]);
    file.extend_from_slice(&[0xff; 4]);
    file.extend_from_slice(&[2, 0x51, 0x51, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0]);
    file.extend_from_slice(bytes);
    let mut block = Block::default();
    if block.parse(&file).is_ok() {
        let mut txids: Vec<_> = block.transactions.iter().map(|transaction| transaction.txid).collect();
        let root = merkle_root(&mut txids).unwrap_or_default();
        file[36..68].copy_from_slice(&root);
    }
    fuzz_block(&file)
}

/// Reads arbitrary bytes as a locking script, an input script and the items of a witness; returns the flags found in the
/// latter two.
#[doc(hidden)]
pub fn fuzz_script(bytes: &[u8]) -> [Option<u8>; 2] {
    let _ = script_type(bytes).name();
    let mut scan = WitnessScan::default();
    let mut rest = bytes;
    while let Some((&length, after)) = rest.split_first() {
        let (item, after) = after.split_at(usize::from(length).min(after.len()));
        scan.item(item);
        rest = after;
    }
    [sighash::of_script(bytes), scan.finish()].map(|found| match found {
        Sighash::Ecdsa(flags) | Sighash::Schnorr(flags) => Some(flags),
        Sighash::None => None,
    })
}
