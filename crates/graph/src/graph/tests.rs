//! A graph against its rows.

use std::collections::BTreeMap;

use super::*;
use crate::testing::{shuffled, transfers};
use proptest::prelude::*;

proptest! {
    #[test]
    fn edges_are_in_order_and_every_node_knows_its_own(rows in transfers(6, 60)) {
        let graph = rows.graph();
        prop_assert_eq!(graph.edges() as usize, rows.len());
        for edge in 1..graph.edges() {
            let key = |edge| (graph.time(edge), graph.id(edge));
            prop_assert!(key(edge - 1) < key(edge));
        }
        for node in 0..graph.nodes() {
            let all = 0..graph.edges();
            let paid: Vec<u32> = all.clone().filter(|edge| graph.src(*edge) == node).collect();
            let received: Vec<u32> = all.filter(|edge| graph.dst(*edge) == node).collect();
            prop_assert_eq!(graph.outgoing(node), paid);
            prop_assert_eq!(graph.incoming(node), received);
            prop_assert_eq!(graph.node(graph.key(node)), Some(node));
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter((rows, other) in shuffled(6, 80)) {
        prop_assert_eq!(format!("{:?}", rows.graph()), format!("{:?}", other.graph()));
    }
}

/// Large enough for several buckets and tasks, with an outlier that leaves all rows but one in a single bucket.
#[test]
fn many_rows_are_ordered_whatever_their_times() {
    for outlier in [0, i64::MIN, i64::MAX] {
        let rows = 100_000_i64;
        let time = |row: i64| if row == 7 { outlier } else { row.wrapping_mul(7_919) % 5_003 };
        let columns = Columns {
            src: (0..rows).map(|row| row % 101).collect(),
            dst: (0..rows).map(|row| row % 97).collect(),
            time: (0..rows).map(time).collect(),
            amount: Amounts::Narrow((0..rows).collect()),
            position: None,
            id: Some((0..rows).rev().collect()),
        };
        let graph = Graph::build(columns).unwrap();
        let key = |edge| (graph.time(edge), graph.id(edge));
        assert!((1..graph.edges()).all(|edge| key(edge - 1) < key(edge)));
        assert_eq!(graph.bytes(), 36 * 100_000 + 16 * 101);
    }
}

#[test]
fn refuses_what_it_cannot_hold() {
    let columns = |amount, id| Columns {
        src: vec![1, 1],
        dst: vec![2, 2],
        time: vec![5, 5],
        amount: Amounts::Narrow(amount),
        position: None,
        id,
    };
    assert_eq!(Graph::build(columns(vec![1], None)).unwrap_err(), GraphError::Ragged);
    assert_eq!(Graph::build(columns(vec![1, -1], None)).unwrap_err(), GraphError::NegativeAmount);
    assert_eq!(Graph::build(columns(vec![1, 1], Some(vec![4, 4]))).unwrap_err(), GraphError::SameId { id: 4 });
    assert_eq!(Graph::build(columns(vec![1, 1], None)).unwrap().edges(), 2);
}

/// Whole rows sorted at once, in the order of the tuple.
type Naive = (i64, Option<i64>, Option<i64>, i64, i64, i128);

/// Checks a graph against the rows it was built from.
fn check(columns: &Columns, what: &str) {
    let mut rows: Vec<Naive> = (0..columns.src.len())
        .map(|row| {
            let of = |column: &Option<Vec<i64>>| column.as_ref().map(|column| column[row]);
            let (time, amount) = (columns.time[row], columns.amount.get(row));
            (time, of(&columns.position), of(&columns.id), columns.src[row], columns.dst[row], amount)
        })
        .collect();
    rows.sort_unstable();
    let mut by_end = [BTreeMap::<i64, Vec<u32>>::new(), BTreeMap::new()];
    for (edge, row) in (0..).zip(&rows) {
        by_end[0].entry(row.3).or_default().push(edge);
        by_end[1].entry(row.4).or_default().push(edge);
    }
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let graph = pool.install(|| Graph::build(columns.clone())).unwrap();
        for (edge, row) in (0..).zip(&rows) {
            let id = row.2.unwrap_or_else(|| i64::from(edge));
            let ends = (graph.key(graph.src(edge)), graph.key(graph.dst(edge)));
            let found = (graph.time(edge), graph.id(edge), ends, graph.amount(edge));
            assert_eq!(found, (row.0, id, (row.3, row.4), row.5), "{what}, edge {edge}, {threads} threads");
        }
        assert!((1..graph.nodes()).all(|node| graph.key(node - 1) < graph.key(node)));
        for node in 0..graph.nodes() {
            let edges = |side: usize| by_end[side].get(&graph.key(node)).map_or(&[][..], Vec::as_slice);
            assert_eq!(graph.outgoing(node), edges(0), "{what}, {threads} threads");
            assert_eq!(graph.incoming(node), edges(1), "{what}, {threads} threads");
        }
    }
}

/// A name, the time of a row, and what decides ties.
type Book = (&'static str, fn(i64) -> i64, u8);

/// Enough rows for every bucket, part and task, with hubs, with and without what decides ties, and with wrong dates
/// that leave most rows in one bucket however often it is dealt again.
#[test]
fn a_large_book_is_what_sorting_its_rows_at_once_makes_it() {
    let rows = 200_000_i64;
    let mixed = |row: i64, by: i64| (row.wrapping_mul(by) ^ (row >> 3)).wrapping_mul(0x1e37_79b9_7f4a_7c15) >> 24;
    // A third of the transfers are one account's, and the busier an account the smaller its number.
    let account = |row: i64, by: i64| match mixed(row, by).rem_euclid(1 << 16) {
        hub if hub % 3 == 0 => -5,
        other => (other * other) >> 16,
    };
    let minutes = |row: i64| row * 7_919 % 1_009 * 60_000_000;
    let wrong = |row: i64| if row < 10 { 1 << (62 - 6 * row) } else { -(row % 3) };
    // What decides ties: bit 0 a position, bit 1 an id.
    let books: [Book; 7] = [
        ("minutes and ids", minutes, 2),
        ("minutes", minutes, 0),
        ("microseconds and positions", |row| (row * 7_919 % 300_007) * 1_000_003, 1),
        ("one instant", |_| 5, 0),
        ("one instant, positions and ids", |_| 5, 3),
        ("one wrong date", |row| if row == 7 { i64::MAX } else { row % 50 }, 2),
        ("wrong dates, positions and ids", wrong, 3),
    ];
    for (place, (name, time, decided)) in books.into_iter().enumerate() {
        let amount = (0..rows).map(|row| row % 4);
        let columns = Columns {
            src: (0..rows).map(|row| account(row, 3) << 40).collect(),
            dst: (0..rows).map(|row| account(row, 5) << 40).collect(),
            time: (0..rows).map(time).collect(),
            amount: match place % 2 {
                0 => Amounts::Narrow(amount.collect()),
                _ => Amounts::Wide(amount.map(|amount| i128::from(amount) << 70).collect()),
            },
            position: (decided & 1 == 1).then(|| (0..rows).map(|row| mixed(row, 11) % 40).collect()),
            id: (decided & 2 == 2).then(|| (0..rows).rev().map(|row| row << (place * 5)).collect()),
        };
        check(&columns, name);
    }
}
