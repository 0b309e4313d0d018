//! Arbitrary bytes as a list in XML: an error or rows, never a panic.
#![no_main]

#[path = "support/drain.rs"]
mod drain;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| drain::drain("xml_records", bytes, &["E,F", "L"]));
