//! Arbitrary bytes as a delimited file: records and the line ends between them are the whole file.
#![no_main]

#[path = "support/drain.rs"]
mod drain;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    // The first byte chooses how the file is said to be written.
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let options = match choice % 4 {
        0 => vec![],
        1 => vec!["", "header=absent"],
        2 => vec!["", "encoding=windows-1252, quote=none"],
        _ => vec!["a,b,c", "delimiter=;, header=absent"],
    };
    drain::drain("csv", bytes, &options);
});
