//! Keys, ranks and places against the same laid out by hand; striking out against starting over.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::go;
use crate::GraphError;
use crate::clusters::keyed::{
    Actors, Clustered, FirstSeen, Link, Objection, Request, Rows, Struck, Weak, cluster, strike,
};
use crate::guard::Guard;

type Row = (u8, i64, i64, i64);

/// Rows as columns.
#[derive(Default)]
struct Columns {
    rank: Vec<u8>,
    tx: Vec<i64>,
    place: Vec<i64>,
    account: Vec<i64>,
}

impl Columns {
    fn of(rows: &[Row]) -> Self {
        let mut columns = Self::default();
        for (rank, tx, place, account) in rows {
            columns.rank.push(*rank);
            columns.tx.push(*tx);
            columns.place.push(*place);
            columns.account.push(*account);
        }
        columns
    }

    fn rows(&self) -> Rows<'_> {
        Rows { rank: &self.rank, tx: &self.tx, place: &self.place, account: &self.account }
    }
}

fn clustered(rows: &[Row], request: Request<'_>) -> Clustered {
    cluster(&Request { rows: Columns::of(rows).rows(), ..request }, go()).unwrap()
}

/// Keys that are not in the order of the numbers, and negative ones among them.
fn key(account: i64) -> i64 {
    account * 7_919 % 16 * 10_000 - 60_000
}

/// Transactions of a few accounts under three heuristics. A place is met once in a set.
fn rows() -> impl Strategy<Value = Vec<Row>> {
    let set = (0_u8..3, 0_i64..9, prop::collection::vec((0_i64..16).prop_map(key), 1..4));
    prop::collection::vec(set, 0..20).prop_map(|sets| {
        let mut next: BTreeMap<(u8, i64), i64> = BTreeMap::new();
        let mut rows = Vec::new();
        for (rank, tx, accounts) in sets {
            let place = next.entry((rank, tx)).or_default();
            for account in accounts {
                rows.push((rank, tx, *place, account));
                *place += 1;
            }
        }
        rows
    })
}

/// Everybody relabelled, link by link: names are the accounts that came first.
fn naive(rows: &[Row], first_seen: &BTreeMap<i64, i64>) -> (Vec<Link>, BTreeMap<i64, i64>) {
    let mut rows = rows.to_vec();
    rows.sort_unstable();
    let mut first: BTreeMap<i64, i64> = BTreeMap::new();
    for (_, tx, _, account) in &rows {
        first.entry(*account).and_modify(|first| *first = (*first).min(*tx)).or_insert(*tx);
    }
    let seen = |account: i64| (first_seen.get(&account).unwrap_or(&first[&account]), account);
    let mut names: BTreeMap<i64, i64> = rows.iter().map(|row| (row.3, row.3)).collect();
    let mut links = Vec::new();
    let mut set = None;
    for (rank, tx, place, other) in rows {
        let (_, head) = *set.insert(set.filter(|(of, _)| *of == (rank, tx)).unwrap_or(((rank, tx), other)));
        let (one, two) = (names[&head], names[&other]);
        if one != two {
            links.push(Link { rank, tx, place, first: head, other });
            let name = if seen(one) < seen(two) { one } else { two };
            names.values_mut().filter(|named| [one, two].contains(named)).for_each(|named| *named = name);
        }
    }
    (links, names)
}

fn names(found: &Clustered) -> BTreeMap<i64, i64> {
    found.accounts.iter().copied().zip(found.clusters.iter().copied()).collect()
}

proptest! {
    #[test]
    fn links_are_those_of_the_rows_in_order(
        (rows, shuffled) in rows().prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        first_seen in prop::collection::btree_map((0_i64..18).prop_map(key), -3_i64..6, 0..12),
    ) {
        let (account, at): (Vec<i64>, Vec<i64>) = first_seen.iter().map(|(account, at)| (*account, *at)).unzip();
        let request = Request { first_seen: FirstSeen { account: &account, at: &at }, ..Request::default() };
        let found = clustered(&rows, request);
        let (links, expected) = naive(&rows, &first_seen);
        prop_assert_eq!(&found.links, &links);
        prop_assert_eq!(names(&found), expected);
        prop_assert_eq!(found.accounts.len(), found.clusters.len());
        prop_assert_eq!(&clustered(&shuffled, request), &found);
        // What became of each name leads to the name it has.
        let mut last: BTreeMap<i64, i64> = found.accounts.iter().map(|account| (*account, *account)).collect();
        for (renamed, link) in found.renamed.iter().zip(0..) {
            prop_assert_eq!(renamed.link, link);
            last.values_mut().filter(|name| **name == renamed.old).for_each(|name| *name = renamed.new);
        }
        prop_assert_eq!(last, names(&found));
    }

    #[test]
    fn an_account_counts_once_in_a_set(
        rows in rows(),
        again in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        // At a place behind all others. With a rule that refuses, each refusal shows.
        let actor: Vec<i64> = rows.iter().map(|row| row.3.rem_euclid(3)).collect();
        let account: Vec<i64> = rows.iter().map(|row| row.3).collect();
        let request = Request { actors: Actors { account: &account, actor: &actor }, ..Request::default() };
        let mut more = rows.clone();
        if !rows.is_empty() {
            more.extend(again.iter().zip(100..).map(|(index, place)| {
                let (rank, tx, _, account) = *index.get(&rows);
                (rank, tx, place, account)
            }));
        }
        let found = clustered(&more, request);
        prop_assert_eq!(&found, &clustered(&rows, request));
        prop_assert!(found.contested.is_empty());
        // Whoever is together has one actor.
        let actors: BTreeSet<(i64, i64)> =
            names(&found).into_iter().map(|(account, name)| (name, account.rem_euclid(3))).collect();
        let clusters: BTreeSet<i64> = found.clusters.iter().copied().collect();
        prop_assert_eq!(actors.len(), clusters.len());
    }

    #[test]
    fn links_and_new_rows_give_what_all_rows_give(rows in rows(), cut in 0_i64..9, by_rank in any::<bool>()) {
        // New is a range of transactions, or a heuristic that counts before others.
        let is_new = |row: &&Row| if by_rank { i64::from(row.0) == cut % 3 } else { row.1 >= cut };
        let new: Vec<Row> = rows.iter().filter(is_new).copied().collect();
        let old: Vec<Row> = rows.iter().filter(|row| !is_new(row)).copied().collect();
        let all = clustered(&rows, Request::default());
        let mut known = clustered(&old, Request::default()).links;
        known.reverse();
        let grown = clustered(&new, Request { known: &known, ..Request::default() });
        prop_assert_eq!(&grown.links, &all.links);
        // The same transactions once more change nothing.
        let again = clustered(&rows, Request { known: &all.links, ..Request::default() });
        prop_assert_eq!(&again, &all);
        let none = clustered(&[], Request { known: &all.links, ..Request::default() });
        prop_assert_eq!(none.links, all.links);
    }

    #[test]
    fn to_strike_out_is_to_start_over_without(
        rows in rows(),
        struck in prop::collection::btree_set((0_u8..3, 0_i64..9), 0..4),
    ) {
        let all = clustered(&rows, Request::default());
        let is_struck = |rank: u8, tx: i64| struck.contains(&(rank, tx));
        let of = names(&all);
        let touched: BTreeSet<i64> =
            rows.iter().filter(|row| is_struck(row.0, row.1)).map(|row| of[&row.3]).collect();
        let near: Vec<Row> = rows.iter().filter(|row| touched.contains(&of[&row.3])).copied().collect();
        let links: Vec<Link> = all.links.iter().filter(|link| touched.contains(&of[&link.first])).copied().collect();
        let columns = Columns::of(&near);
        let request = Request { rows: columns.rows(), ..Request::default() };
        let Struck { gone, come, now } = strike(&links, &request, is_struck, go()).unwrap();
        // Over: every account was first seen when it was.
        let seen: BTreeMap<i64, i64> = rows.iter().rev().fold(BTreeMap::new(), |mut seen, row| {
            seen.entry(row.3).and_modify(|at| *at = row.1.min(*at)).or_insert(row.1);
            seen
        });
        let rest: Vec<Row> = rows.iter().filter(|row| !is_struck(row.0, row.1)).copied().collect();
        let (expected, mut expected_names) = naive(&rest, &seen);
        let mut links: BTreeSet<Link> = all.links.iter().copied().collect();
        prop_assert!(gone.iter().all(|link| links.remove(link)));
        prop_assert!(come.iter().all(|link| links.insert(*link)));
        prop_assert_eq!(links.into_iter().collect::<Vec<_>>(), expected);
        // Only who had been with a struck set has a new name, or is alone.
        let now = names(&now);
        for (account, name) in &of {
            let alone = expected_names.remove(account).unwrap_or(*account);
            prop_assert_eq!(now.get(account).copied().unwrap_or(*name), alone);
            prop_assert_eq!(now.contains_key(account), touched.contains(name));
        }
    }
}

#[test]
fn a_reused_script_a_conflict_and_a_weak_link() {
    let rows = [
        (0, 10, 0, 5),
        (0, 10, 1, 6),
        (0, 20, 0, 7),
        (0, 20, 1, 8),
        (1, 30, 0, 8),
        (1, 30, 9, 5),
        (0, 40, 0, 6),
        (0, 40, 1, 9),
    ];
    let plain = clustered(&rows, Request::default());
    let link = |rank, tx, place, first, other| Link { rank, tx, place, first, other };
    let strong = [link(0, 10, 1, 5, 6), link(0, 20, 1, 7, 8), link(0, 40, 1, 6, 9)];
    assert_eq!(plain.links, [&strong[..], &[link(1, 30, 9, 8, 5)]].concat());
    assert_eq!((plain.accounts, plain.clusters), (vec![5, 6, 7, 8, 9], vec![5; 5]));
    let last = plain.renamed[3];
    assert_eq!((last.old, last.new, last.link, last.old_size, last.new_size), (7, 5, 3, 2, 3));

    let weak = |large| clustered(&rows, Request { weak: Some(Weak { rank: 1, large }), ..Request::default() });
    assert_eq!(weak(2).links.len(), 4);
    let refused = weak(1);
    assert_eq!((refused.links, refused.clusters), (strong.to_vec(), vec![5, 5, 7, 7, 5]));
    assert_eq!(refused.conflicts[0].link, link(1, 30, 9, 8, 5));
    assert_eq!(refused.conflicts[0].reason, Objection::Sizes(2, 3));

    // 6 is the exchange's and 8 the mixer's; who 9 belongs to is disputed; 1000 is in no row.
    let actors = Actors { account: &[8, 6, 9, 9, 1_000], actor: &[-4, 44, 44, -4, 3] };
    let bound = clustered(&rows, Request { actors, ..Request::default() });
    assert_eq!((bound.links, bound.contested), (strong.to_vec(), vec![9]));
    assert_eq!(bound.conflicts.len(), 1);
    assert_eq!(bound.conflicts[0].reason, Objection::Actors(-4, 44));
}

#[test]
fn refuses_ragged_columns_and_stops_when_told_to() {
    let rows = Rows { rank: &[0], tx: &[1, 1], place: &[0, 1], account: &[3, 4] };
    assert_eq!(cluster(&Request { rows, ..Request::default() }, go()), Err(GraphError::Ragged));
    let rows = Rows { rank: &[0, 0], ..rows };
    let actors = Actors { account: &[3], actor: &[] };
    assert_eq!(cluster(&Request { rows, actors, ..Request::default() }, go()), Err(GraphError::Ragged));
    let stop = Guard::new(&|| true);
    assert_eq!(cluster(&Request { rows, ..Request::default() }, stop), Err(GraphError::Cancelled));
    assert_eq!(cluster(&Request { rows, ..Request::default() }, go()).unwrap().clusters, [3, 3]);
}
