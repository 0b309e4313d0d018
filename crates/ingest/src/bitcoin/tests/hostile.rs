//! Files that are broken, cut, flipped or not block files at all: rows with errors, errors with remedies, never a panic.

use proptest::prelude::*;

use super::{BLOCKS, Source, TRANSACTIONS, first_blocks, folder, record};
use crate::IngestError;
use crate::bitcoin::{fuzz_block, fuzz_script, fuzz_transaction, node};
use crate::testing::data;

fn refused(bytes: &[u8]) -> String {
    let (_guard, folder) = folder(&[("blk00000.dat", bytes)]);
    match Source::read(&folder.join("blk00000.dat"), &[]) {
        Err(IngestError::Format { what, .. }) => what,
        Err(other) => panic!("{other}"),
        Ok(source) => panic!("{:?}", source.errors()),
    }
}

#[test]
fn what_is_no_block_file_is_refused_with_a_remedy() {
    for (bytes, expected) in [
        (&b""[..], "the file is empty; give the blocks folder"),
        (&[0; 5_000], "not a block file: it begins with 00000000"),
        (
            b"%PDF-1.7 is not a block file, although it is longer than a header and a coinbase together are",
            "255044462d312e37",
        ),
    ] {
        let what = refused(bytes);
        assert!(what.contains(expected) && what.contains("blk*.dat"), "{what}");
    }
    let (_guard, empty) = folder(&[]);
    let error = Source::read(&empty, &[]).err().unwrap().to_string();
    assert!(error.contains("no blk*.dat in this folder"), "{error}");
    let error = Source::read(&empty, &["dogecoin"]).err().unwrap().to_string();
    assert!(error.contains("no Bitcoin network is called 'dogecoin'"), "{error}");
    let error = Source::read(&empty.join("absent"), &[]).err().unwrap();
    assert!(matches!(error, IngestError::Io { .. }), "{error}");
}

#[test]
fn a_key_of_the_wrong_length_is_refused() {
    let Some(blocks) = first_blocks(1) else { return };
    let (_guard, folder) = folder(&[("blk00000.dat", &record(&blocks[0])), ("xor.dat", b"short")]);
    let error = Source::read(&folder, &[]).err().unwrap().to_string();
    assert!(error.contains("xor.dat: holds 5 bytes"), "{error}");
}

#[test]
fn a_raw_block_beside_a_key_is_read_plain() {
    let Some(path) = data("bitcoin/mainnet-481829.raw") else { return };
    let block = std::fs::read(path).unwrap();
    let (_guard, folder) = folder(&[("block.raw", &block), ("xor.dat", &[7; 8])]);
    for options in [&[][..], &["main"]] {
        let source = Source::read(&folder.join("block.raw"), options).unwrap();
        assert_eq!((source.errors().len(), source.rows(TRANSACTIONS)), (0, 2_020));
    }
}

#[test]
fn a_file_that_begins_with_garbage_still_tells_its_network() {
    let Some(blocks) = first_blocks(3) else { return };
    let mut bytes = b"a lost cluster of another file".to_vec();
    bytes.extend(blocks.iter().flat_map(|block| record(block)));
    let (_guard, folder) = folder(&[("blk00000.dat", &bytes)]);
    let source = Source::read(&folder, &[]).unwrap();
    assert_eq!((source.errors().len(), source.rows(TRANSACTIONS)), (1, 3));
}

#[test]
fn garbage_between_records_is_one_bad_record_and_harms_no_other() {
    let Some(blocks) = first_blocks(20) else { return };
    let mut bytes: Vec<u8> = blocks[..10].iter().flat_map(|block| record(block)).collect();
    let place = bytes.len();
    bytes.extend_from_slice(b"this is not a record");
    bytes.extend(blocks[10..].iter().flat_map(|block| record(block)));
    let (_guard, folder) = folder(&[("blk00000.dat", &bytes)]);
    let source = Source::read(&folder, &[]).unwrap();
    assert_eq!(source.rows(BLOCKS), 21);
    assert_eq!(source.errors(), [format!("skipped 20 bytes from byte {place} on: no record of main begins here")]);
    assert_eq!(source.sum(BLOCKS, "byte_length"), bytes.len() as i64);
    assert_eq!(source.rows(TRANSACTIONS), 20);
}

#[test]
fn a_wrong_size_does_not_swallow_the_next_block() {
    let Some(blocks) = first_blocks(20) else { return };
    let records: Vec<_> = blocks.iter().map(|block| record(block)).collect();
    let place = records[..10].concat().len();
    let mut bytes = records.concat();
    bytes[place + 5] = 1;
    let (_guard, folder) = folder(&[("blk00000.dat", &bytes)]);
    let source = Source::read(&folder, &[]).unwrap();
    assert_eq!(source.errors(), [""; 0], "the block itself is whole, and so is the one behind it");
    assert_eq!(source.rows(TRANSACTIONS), 20);
}

#[test]
fn a_flipped_byte_in_a_transaction_fails_the_merkle_root_and_leaves_the_rest_in_place() {
    let Some(blocks) = first_blocks(20) else { return };
    let mut records: Vec<_> = blocks.iter().map(|block| record(block)).collect();
    records[10][8 + 81 + 60] ^= 1;
    let (_guard, folder) = folder(&[("blk00000.dat", &records.concat())]);
    let source = Source::read(&folder, &[]).unwrap();
    assert_eq!(source.rows(BLOCKS), 20);
    assert_eq!(source.errors(), ["the merkle root in the header is not that of the transactions"]);
    assert_eq!(source.numbers(BLOCKS, "height")[10], Some(10));
    assert_eq!(source.rows(TRANSACTIONS), 19);
}

#[test]
fn a_good_copy_stands_in_for_a_bad_one() {
    let Some(blocks) = first_blocks(5) else { return };
    let mut records: Vec<_> = blocks.iter().map(|block| record(block)).collect();
    records.push(records[3].clone());
    records[3][8 + 81 + 60] ^= 1;
    let (_guard, folder) = folder(&[("blk00000.dat", &records.concat())]);
    let source = Source::read(&folder, &[]).unwrap();
    assert_eq!((source.errors().len(), source.rows(TRANSACTIONS)), (1, 5));
}

#[test]
fn an_empty_file_among_good_ones_is_one_bad_record() {
    let Some(blocks) = first_blocks(3) else { return };
    let bytes = blocks.iter().flat_map(|block| record(block)).collect::<Vec<_>>();
    let (_guard, folder) = folder(&[("blk00000.dat", &bytes), ("blk00001.dat", b"")]);
    let source = Source::read(&folder, &[]).unwrap();
    assert_eq!(source.errors().len(), 1);
    assert!(source.errors()[0].starts_with("the file is empty"));
    assert_eq!(source.rows(TRANSACTIONS), 3);
}

#[test]
fn what_lies_beyond_a_gap_waits_for_it_to_be_closed() {
    let Some(blocks) = first_blocks(300) else { return };
    let file = |blocks: &[Vec<u8>]| blocks.iter().flat_map(|block| record(block)).collect::<Vec<_>>();
    // As a node leaves it that stores blocks as they arrive: 200 is not here yet.
    let bytes = [file(&blocks[201..]), file(&blocks[..200])].concat();
    let (_guard, folder) = folder(&[("blk00000.dat", &bytes)]);
    let source = Source::read(&folder, &[]).unwrap();
    let good = |source: &Source| source.numbers(BLOCKS, "tx_count").into_iter().flatten().count();
    assert_eq!((good(&source), source.errors().len()), (200, 99));
    let source = Source::read(&folder, &["", "", "start_height=7"]).unwrap();
    assert_eq!((good(&source), source.errors().len()), (200, 99), "that of the first block is known");
}

#[test]
fn a_gap_is_named_where_the_heights_beyond_it_are_known() {
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data-samples/bitcoin/blocks");
    let key = std::fs::read(sample.join("xor.dat")).unwrap();
    let masked = std::fs::read(sample.join("blk00000.dat")).unwrap();
    let plain: Vec<u8> = masked.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
    let source = Source::read(&sample, &[]).unwrap();
    let place = source.numbers(BLOCKS, "height").iter().position(|height| *height == Some(270)).unwrap();
    let number = |column: &str| usize::try_from(source.numbers(BLOCKS, column)[place].unwrap()).unwrap();
    let (from, length) = (number("byte_offset"), number("byte_length"));
    let (_guard, folder) = folder(&[("blk00000.dat", &[&plain[..from], &plain[from + length..]].concat())]);
    let cut = Source::read(&folder, &[]).unwrap();
    let gap = format!(
        "height 271 is beyond a gap: block {} is not here; give the files that hold it, or leave gaps with missing=allow",
        source.texts(BLOCKS, "hash")[place].as_deref().unwrap()
    );
    let errors = cut.errors();
    assert!(errors.contains(&gap), "{errors:?}");
    // Heights 271 to 299, and the stale one there was before.
    assert_eq!(errors.len(), 29 + 1);
    assert_eq!(cut.numbers(TRANSACTIONS, "height").into_iter().flatten().max(), Some(269));
    let gaps = Source::read(&folder, &["", "", "missing=allow"]).unwrap();
    assert_eq!(gaps.errors().len(), 1);
}

#[test]
fn counts_beyond_all_reason_are_clean_errors() {
    let header = [1; 80];
    for count in [[0xff; 8], (1_u64 << 60).to_le_bytes()] {
        let bytes = [&header[..], &[0xff], &count].concat();
        assert!(fuzz_block(&record(&bytes)).is_ok_and(|rows| rows == [1, 0, 0, 0, 0]));
        let inputs = [&header[..], &[1, 1, 0, 0, 0, 0xff], &count].concat();
        assert!(fuzz_block(&record(&inputs)).is_ok_and(|rows| rows == [1, 0, 0, 0, 0]));
    }
}

/// Reads a damaged source and checks that each of its records is good or says why not.
fn is_sane(bytes: &[u8]) -> Result<(), TestCaseError> {
    let (_guard, folder) = folder(&[("blk00000.dat", bytes)]);
    let source = match Source::read(&folder, &["main", "", "missing=allow"]) {
        Ok(source) => source,
        Err(IngestError::Format { .. }) => return Ok(()),
        Err(other) => return Err(TestCaseError::fail(other.to_string())),
    };
    let errors = source.texts(BLOCKS, "error");
    let counts = source.numbers(BLOCKS, "tx_count");
    for (error, count) in errors.iter().zip(&counts) {
        prop_assert!(error.is_some() != count.is_some());
    }
    prop_assert_eq!(counts.into_iter().flatten().sum::<i64>(), source.rows(TRANSACTIONS) as i64);
    let mut positions = source.numbers(BLOCKS, "position");
    positions.sort();
    prop_assert_eq!(positions, (1..=errors.len() as i64).map(Some).collect::<Vec<_>>());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn cut_and_flipped_files_never_panic(
        from in 0..600_usize,
        length in 0..40_000_usize,
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
    ) {
        if let Some(blocks) = first_blocks(600) {
            let whole: Vec<u8> = blocks.iter().flat_map(|block| record(block)).collect();
            let mut bytes = whole[from.min(whole.len())..].to_vec();
            bytes.truncate(length);
            if !bytes.is_empty() {
                for (place, byte) in flips {
                    let place = place.index(bytes.len());
                    bytes[place] = byte;
                }
            }
            is_sane(&bytes)?;
        }
    }

    #[test]
    fn a_damaged_modern_block_never_panics(
        length in 100..1_000_000_usize,
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        if let Some(path) = data("bitcoin/mainnet-481829.raw") {
            let mut bytes = std::fs::read(path).unwrap();
            bytes.truncate(length);
            for (place, byte) in flips {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            is_sane(&record(&bytes))?;
        }
    }

    #[test]
    fn any_bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..600), framed in any::<bool>()) {
        let _ = (fuzz_transaction(&bytes), fuzz_script(&bytes), node::fuzz_answer(&bytes));
        let bytes = if framed { record(&bytes) } else { bytes };
        let _ = fuzz_block(&bytes);
    }

    #[test]
    fn a_damaged_transaction_never_panics(
        number in 1..40_usize,
        cut in 0..40_usize,
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        if let Some(path) = data("bitcoin/mainnet-481829.raw") {
            let block: bitcoin::Block = bitcoin::consensus::deserialize(&std::fs::read(path).unwrap()).unwrap();
            let mut bytes = bitcoin::consensus::serialize(&block.txdata[number]);
            let whole = flips.is_empty() && cut == 0;
            bytes.truncate(bytes.len() - cut);
            for (place, byte) in flips {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            let rows = fuzz_transaction(&bytes);
            let (inputs, outputs) = (block.txdata[number].input.len(), block.txdata[number].output.len());
            prop_assert!(!whole || rows.is_ok_and(|rows| rows[..4] == [1, 2, 1 + inputs, outputs]));
        }
    }
}
