//! Arbitrary bytes as JSON lines: an error or rows, never a panic.
#![no_main]

#[path = "support/drain.rs"]
mod drain;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| drain::drain("ftm", bytes, &[]));
