//! Arbitrary bytes as a script: every one has a type and a text, and the text leads back to it.
#![no_main]

use headwater_ingest::bitcoin::{Network, fuzz_script, identifier, script_of};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = fuzz_script(bytes);
    for network in Network::ALL {
        assert_eq!(script_of(&identifier(bytes, network), network).as_deref(), Some(bytes));
    }
});
