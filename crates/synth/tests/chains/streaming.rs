//! The same options give the same bytes, and memory follows the wallets.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use headwater_synth::SynthError;
use headwater_synth::chains::{ChainNetwork, ChainOptions, write_chain};

use crate::{LATE, empty};

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for part in ["blocks", "truth", "."] {
        for entry in fs::read_dir(folder.join(part)).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_file() {
                files.insert(path.strip_prefix(folder).unwrap().display().to_string(), fs::read(path).unwrap());
            }
        }
    }
    files
}

#[test]
fn the_same_options_give_the_same_bytes() {
    let (first, again, other) = (empty("same-1"), empty("same-2"), empty("same-3"));
    let options = ChainOptions::new(2_000, ChainNetwork::Main);
    let summary = write_chain(&options, &first, |_| ()).unwrap();
    assert_eq!(write_chain(&options, &again, |_| ()).unwrap(), summary);
    let files_of = files(&first);
    assert_eq!(files_of.len(), 6);
    assert!(files_of == files(&again));
    let on_disk = files_of.iter().filter(|(name, _)| name.contains("blk")).map(|(_, bytes)| bytes.len() as u64);
    assert_eq!(on_disk.sum::<u64>(), summary.bytes);
    write_chain(&ChainOptions { seed: 2, ..options }, &other, |_| ()).unwrap();
    assert!(files(&other)["blocks/blk00000.dat"] != files_of["blocks/blk00000.dat"]);
}

#[test]
fn leaving_out_truth_and_key_leaves_the_chain_as_it_is() {
    let bare = empty("bare");
    let options = ChainOptions { truth: false, xor: false, ..ChainOptions::new(2_000, ChainNetwork::Regtest) };
    write_chain(&options, &bare, |_| ()).unwrap();
    let files_of = files(&bare);
    assert_eq!(files_of.keys().collect::<Vec<_>>(), ["README.md", "blocks/blk00000.dat", "blocks/xor.dat"]);
    assert_eq!(files_of["blocks/xor.dat"], [0; 8]);
    let told = empty("told");
    write_chain(&ChainOptions { truth: true, xor: true, ..options }, &told, |_| ()).unwrap();
    assert!(crate::stored(&told) == crate::stored(&bare));
}

#[test]
fn memory_follows_wallets_and_not_the_length_of_the_chain() {
    let peak = |transactions: u64, name: &str| {
        let options =
            ChainOptions { wallets: 500, truth: false, ..ChainOptions::new(transactions, ChainNetwork::Main) };
        write_chain(&options, &empty(name), |_| ()).unwrap().peak_coins
    };
    let (short, long) = (peak(15_000, "short"), peak(60_000, "long"));
    assert!(long < 2 * short, "{short} coins at most in the short chain, {long} in the long one");
    assert!(long < 500 * 40, "{long} coins for 500 people");
}

#[test]
fn progress_rises_to_the_summary() {
    let mut seen = Vec::new();
    let options = ChainOptions::new(1_500, ChainNetwork::Main);
    let summary = write_chain(&options, &empty("progress"), |progress| seen.push(progress.clone())).unwrap();
    assert!(seen.is_sorted_by_key(|progress| (progress.transactions, progress.bytes)));
    let last = seen.last().unwrap();
    assert_eq!((last.transactions, last.blocks), (summary.transactions, summary.blocks));
    assert_eq!(summary.last_height, summary.first_height + summary.blocks - 1);
}

#[test]
fn refuses_a_folder_with_block_files() {
    let error = write_chain(&LATE.options, &LATE.folder, |_| ()).unwrap_err();
    assert!(matches!(error, SynthError::Occupied(_)), "{error}");
}

#[test]
fn refuses_heights_whose_time_no_header_can_hold() {
    let folder = empty("high");
    let options = ChainOptions { start_height: 4_000_001, ..ChainOptions::new(200, ChainNetwork::Main) };
    let error = write_chain(&options, &folder, |_| ()).unwrap_err();
    assert!(error.to_string().contains("4000001") && !folder.exists(), "{error}");
    let last = ChainOptions { start_height: 4_000_000, ..options };
    assert_eq!(write_chain(&last, &folder, |_| ()).unwrap().first_height, 4_000_000);
}
