//! Arbitrary bytes as a transaction of an otherwise sound block: an error or rows, never a panic.
#![no_main]

use headwater_ingest::bitcoin::fuzz_transaction;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(rows) = fuzz_transaction(bytes) {
        assert!(rows[0] > 0, "every record is a row of the blocks, good or bad");
    }
});
