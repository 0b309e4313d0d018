//! The choice of the chain, on small forests.

use super::{Outside, Plan, plan, work_of};
use crate::bitcoin::block::Header;
use crate::bitcoin::scan::Record;

/// A block named by a byte, on another, whose hash never meets its target: work 1.
fn block(name: u8, parent: u8) -> Record {
    let header = Header { hash: [name; 32], prev_hash: [parent; 32], bits: 0x1d00_ffff, ..Header::default() };
    Record { file: 0, position: 1, offset: 0, length: 300, head: 8, loose: false, header: Some(header), fault: None }
}

/// A height with its records, and a record outside the chain with its height and reason.
type Found = (Vec<(u32, Vec<usize>)>, Vec<Outside>);

fn chain(records: &[Record], height: Option<u32>) -> Found {
    let Plan { chain, rest } = plan(records, None, true, |_| Ok::<_, ()>(height)).unwrap();
    (chain.into_iter().map(|planned| (planned.height, planned.copies)).collect(), rest)
}

#[test]
fn blocks_out_of_order_become_a_chain() {
    let (found, rest) = chain(&[block(3, 2), block(1, 0), block(2, 1)], None);
    assert_eq!(found, [(0, vec![1]), (1, vec![2]), (2, vec![0])]);
    assert_eq!(rest, []);
}

#[test]
fn the_longer_branch_wins_and_the_other_is_stale() {
    let (found, rest) = chain(&[block(1, 0), block(2, 1), block(3, 1), block(4, 3)], None);
    assert_eq!(found, [(0, vec![0]), (1, vec![2]), (2, vec![3])]);
    assert_eq!((rest.len(), rest[0].0, rest[0].1), (1, 1, Some(1)));
    assert!(rest[0].2.starts_with("stale: height 1"), "{}", rest[0].2);
}

#[test]
fn among_equals_the_first_seen_wins() {
    let (found, _) = chain(&[block(1, 0), block(9, 1), block(2, 1)], None);
    assert_eq!(found[1], (1, vec![1]));
    let (found, _) = chain(&[block(1, 0), block(2, 1), block(9, 1)], None);
    assert_eq!(found[1], (1, vec![1]));
}

#[test]
fn a_duplicate_is_a_second_copy_of_the_same_place() {
    let (found, rest) = chain(&[block(1, 0), block(2, 1), block(2, 1)], None);
    assert_eq!(found, [(0, vec![0]), (1, vec![1, 2])]);
    assert_eq!(rest, []);
}

#[test]
fn a_root_without_height_is_an_error_and_with_one_a_chain() {
    let records = [block(7, 6), block(8, 7)];
    let (found, rest) = chain(&records, None);
    assert!(found.is_empty() && rest.len() == 2);
    assert!(rest[1].2.starts_with("height unknown: block 0606"), "{}", rest[1].2);
    assert_eq!(chain(&records, Some(500)).0, [(500, vec![0]), (501, vec![1])]);
}

#[test]
fn a_second_tree_gets_no_height_that_is_taken() {
    let records = [block(1, 0), block(2, 1), block(3, 2), block(20, 19)];
    let (found, rest) = chain(&records, Some(1));
    assert_eq!(found.len(), 3);
    assert!(rest[0].2.starts_with("stale: height 1 belongs"), "{}", rest[0].2);
    assert_eq!(chain(&records, Some(10)).0[3], (10, vec![3]));
}

#[test]
fn a_torn_record_links_its_children_but_is_no_tip() {
    let mut torn = block(2, 1);
    torn.fault = Some("torn".into());
    let (found, rest) = chain(&[block(1, 0), torn.clone()], None);
    assert_eq!(found, [(0, vec![0])]);
    assert_eq!(rest, [(1, None, "torn".to_owned())]);
    let (found, _) = chain(&[block(1, 0), torn, block(3, 2)], None);
    assert_eq!(found, [(0, vec![0]), (2, vec![2])]);
}

#[test]
fn a_cycle_of_headers_ends() {
    let (found, rest) = chain(&[block(5, 6), block(6, 5), block(7, 7)], None);
    assert!(found.is_empty());
    assert_eq!(rest.len(), 3);
}

#[test]
fn work_is_expected_hashes() {
    let mined = [0; 32];
    assert_eq!(work_of(0x1d00_ffff, &mined), 0x1_0001_0001);
    assert_eq!(work_of(0x207f_ffff, &mined), 2);
    assert_eq!(work_of(0x1d00_ffff, &[1; 32]), 1, "not mined");
    for bits in [0, 1, 0x0100_0000, 0x04ff_ffff, 0xff7f_ffff, 0x2180_0000, u32::MAX] {
        assert_eq!(work_of(bits, &mined), 1);
    }
}
