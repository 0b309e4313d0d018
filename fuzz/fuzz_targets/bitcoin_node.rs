//! Arbitrary bytes as a node's answer to a call for a block: hex or a failure, never a panic.
#![no_main]

use headwater_ingest::bitcoin::node::fuzz_answer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = fuzz_answer(bytes);
});
