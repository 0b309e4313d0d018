//! The same rows, however little memory unspent outputs may take.

use super::{BLOCKS, INPUTS, OUTPUTS, PREFIX, Source, TRANSACTIONS, TRANSFERS};
use crate::Reader as _;
use crate::bitcoin::open::open_path;
use crate::bitcoin::read::BlockReader;
use crate::testing::data;

#[test]
fn the_first_blocks_are_the_same_with_hardly_any_memory() {
    let Some(path) = data(PREFIX) else { return };
    let ample = Source::read(&path, &[]).unwrap();
    for memory in ["memory=1", "memory=16K", "memory=64K"] {
        let tight = Source::read(&path, &["", "", memory]).unwrap();
        for relation in [BLOCKS, TRANSACTIONS, INPUTS, OUTPUTS, TRANSFERS] {
            assert!(ample.relations[relation] == tight.relations[relation], "relation {relation} with {memory}");
        }
    }
}

#[test]
fn what_does_not_fit_is_on_disk_and_nothing_is_lost() {
    let Some(path) = data(PREFIX) else { return };
    let mut totals = Vec::new();
    for (memory, expected) in [("memory=1G", false), ("memory=32K", true), ("memory=1", true)] {
        let options = super::options(&["", "", memory]);
        let mut reader = BlockReader::new(open_path(&path, &options).unwrap(), &options).unwrap();
        while reader.next().unwrap().is_some() {}
        let (spilled, files) = reader.spilled();
        assert_eq!(spilled > 4_000, expected, "{memory}: {spilled} in {files} files");
        // Eight of a level become one of the next, so a few levels hold any number.
        assert!(files <= 8 * 4, "{memory}: {files} files");
        totals.push(reader.unspent());
    }
    assert!(totals.iter().all(|total| *total == totals[0]), "{totals:?}");
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_names_it() {
    let Some(path) = data(PREFIX) else { return };
    let error = Source::read(&path, &["", "", "memory=1,spill=/nowhere/at all"]).err().unwrap().to_string();
    assert!(error.contains("/nowhere/at all"), "{error}");
}
