//! Arbitrary bytes as a block file, as they are and inside a record: an error or rows, never a panic.
#![no_main]

use headwater_ingest::bitcoin::{Network, fuzz_block, identifier, script_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = fuzz_block(bytes);
    let mut record = Network::Main.magic().to_vec();
    record.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    record.extend_from_slice(bytes);
    let _ = fuzz_block(&record);
    assert_eq!(script_of(&identifier(bytes, Network::Main), Network::Main).as_deref(), Some(bytes));
});
