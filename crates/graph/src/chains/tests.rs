//! Chains against every sequence of transfers there is.

use super::*;
use crate::testing::transfers;
use crate::{Amounts, Columns};
use proptest::prelude::*;

/// Ratios in twentieths, so that the test needs no floats; none for no upper limit.
#[derive(Debug, Clone, Copy)]
struct Ratios {
    least: i128,
    most: Option<i128>,
}

fn limits(least: u32, max_hops: u32, gap: i64, ratios: Ratios) -> Limits {
    Limits {
        least,
        max_hops,
        gap,
        retention: ratios.least as f64 / 20.0,
        at_most: ratios.most.map_or(f64::INFINITY, |most| most as f64 / 20.0),
        budget: u64::MAX,
    }
}

/// The definition, word for word.
fn is_chain(graph: &Graph, gap: i64, ratios: Ratios, edges: &[u32]) -> bool {
    let mut accounts: Vec<u32> = edges.iter().map(|edge| graph.dst(*edge)).collect();
    accounts.push(graph.src(edges[0]));
    accounts.sort_unstable();
    accounts.dedup();
    let hop = |pair: &[u32]| {
        let (before, after) = (graph.amount(pair[0]), graph.amount(pair[1]));
        pair[0] < pair[1]
            && graph.dst(pair[0]) == graph.src(pair[1])
            && graph.time(pair[1]) - graph.time(pair[0]) <= gap
            && after * 20 >= before * ratios.least
            && ratios.most.is_none_or(|most| after * 20 <= before * most)
    };
    accounts.len() == edges.len() + 1 && edges.windows(2).all(hop)
}

/// Every chain of so many hops that cannot be prolonged, except at its end when it has `max_hops`.
fn naive(graph: &Graph, limits: Limits, ratios: Ratios) -> Found {
    let is_chain = |edges: &[u32]| is_chain(graph, limits.gap, ratios, edges);
    let mut all: Vec<Vec<u32>> = (0..graph.edges()).map(|edge| vec![edge]).filter(|edges| is_chain(edges)).collect();
    let mut place = 0;
    while place < all.len() {
        for edge in 0..graph.edges() {
            let longer: Vec<u32> = all[place].iter().copied().chain([edge]).collect();
            if longer.len() <= limits.max_hops as usize && is_chain(&longer) {
                all.push(longer);
            }
        }
        place += 1;
    }
    all.sort();
    let mut found = Found::default();
    for edges in all {
        let front = (0..graph.edges()).any(|edge| is_chain(&[&[edge], &edges[..]].concat()));
        let back = (0..graph.edges()).any(|edge| is_chain(&[&edges[..], &[edge]].concat()));
        let hops = edges.len() as u32;
        if hops >= limits.least && !front && (!back || hops == limits.max_hops) {
            found.chains.push(edges);
            found.goes_on.push(back);
        }
    }
    found
}

fn search(graph: &Graph, limits: Limits, middle: u32) -> (Found, Vec<u32>) {
    let bounds = Bounds::of(graph, limits, Guard::new(&|| false)).unwrap();
    let mut chains = Chains::new(graph, limits, &bounds, Guard::new(&|| false));
    let (mut found, mut cut) = (Found::default(), Vec::new());
    let middle = middle.min(graph.edges());
    chains.add(0..middle, &mut found, &mut cut).unwrap();
    chains.add(middle..graph.edges(), &mut found, &mut cut).unwrap();
    (found, cut)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn finds_every_maximal_chain_and_nothing_else(
        rows in transfers(7, 22),
        least in 1_u32..5,
        more in 0_u32..5,
        gap in 0_i64..16,
        lower in prop_oneof![Just(0_i128), 1_i128..21],
        most in prop_oneof![Just(None), (20_i128..60).prop_map(Some)],
        middle in 0_u32..22,
    ) {
        let (graph, ratios) = (rows.graph(), Ratios { least: lower, most });
        let limits = limits(least, least + more, gap, ratios);
        let (found, cut) = search(&graph, limits, middle);
        prop_assert_eq!(found, naive(&graph, limits, ratios));
        prop_assert!(cut.is_empty());
    }

    /// Fewer accounts and no ratios: chains whose front is closed by an account they come by later.
    #[test]
    fn finds_chains_that_come_by_who_paid_their_origin(rows in transfers(5, 16), max_hops in 2_u32..5) {
        let (graph, ratios) = (rows.graph(), Ratios { least: 0, most: None });
        let limits = limits(2, max_hops, 16, ratios);
        prop_assert_eq!(search(&graph, limits, 0).0, naive(&graph, limits, ratios));
    }

    #[test]
    fn a_search_with_a_budget_finds_nothing_new_and_names_what_it_left(rows in transfers(6, 20), budget in 0_u64..30) {
        let (graph, ratios) = (rows.graph(), Ratios { least: 0, most: None });
        let whole = limits(2, 6, 8, ratios);
        let (all, _) = search(&graph, whole, 0);
        let (some, cut) = search(&graph, Limits { budget, ..whole }, 0);
        let all: Vec<&[u32]> = all.chains.iter().collect();
        let some: Vec<&[u32]> = some.chains.iter().collect();
        prop_assert!(some.iter().all(|chain| all.contains(chain)));
        prop_assert!(all.iter().all(|chain| some.contains(chain) || cut.contains(&chain[0])));
    }
}

fn graph(transfers: &[(i64, i64, i64, i64)]) -> Graph {
    let column = |of: fn(&(i64, i64, i64, i64)) -> i64| transfers.iter().map(of).collect::<Vec<_>>();
    Graph::build(Columns {
        src: column(|row| row.0),
        dst: column(|row| row.1),
        time: column(|row| row.2),
        amount: Amounts::Narrow(column(|row| row.3)),
        position: None,
        id: None,
    })
    .unwrap()
}

/// Two layers of eight between the two ends: 64 chains of four, and a budget for a few of them.
#[test]
fn a_budget_cuts_a_root_and_says_so() {
    let mut rows = vec![(0, 1, 0, 1)];
    rows.extend((0..8).map(|x| (1, 10 + x, 1, 1)));
    rows.extend((0..8).flat_map(|x| (0..8).map(move |y| (10 + x, 20 + y, 2, 1))));
    rows.extend((0..8).map(|y| (20 + y, 2, 3, 1)));
    let graph = graph(&rows);
    let run = |budget| {
        let limits = Limits { budget, ..limits(4, 12, 5, Ratios { least: 0, most: None }) };
        let (found, cut) = search(&graph, limits, 0);
        (found.chains.len(), cut)
    };
    assert_eq!(run(1_000), (64, vec![]));
    // Three steps to the first chain and four for it, two more to the second.
    assert_eq!(run(8), (1, vec![0]));
    assert_eq!(run(10), (2, vec![0]));
    assert_eq!(run(0), (0, vec![0]));
}

/// 7 of 100 is 0.07, though 100 · 0.07 is 7.000000000000001 in floats.
#[test]
fn a_ratio_exactly_on_its_bound_is_within() {
    let graph = graph(&[(1, 2, 0, 100), (2, 3, 1, 7)]);
    let run = |retention, at_most| {
        let limits = Limits { retention, at_most, ..limits(2, 12, 1, Ratios { least: 0, most: None }) };
        search(&graph, limits, 0).0.chains.len()
    };
    assert_eq!((run(0.07, 1.0), run(0.0, 0.07)), (1, 1));
    assert_eq!((run(0.0701, 1.0), run(0.0, 0.0699)), (0, 0));
}

/// A hub with as many receipts as payments, in one instant each: the bounds look at each once.
#[test]
fn a_hub_is_bounded_in_one_pass() {
    let mut rows: Vec<(i64, i64, i64, i64)> = (0..20_000).map(|x| (10 + x, 0, x, 1)).collect();
    rows.extend((0..20_000).map(|x| (0, 100_000 + x, 20_000 + x, 1)));
    let graph = graph(&rows);
    let limits = limits(3, 12, 100_000, Ratios { least: 0, most: None });
    assert_eq!(search(&graph, limits, 0), (Found::default(), vec![]));
}

#[test]
fn stops_when_told_to() {
    let rows: Vec<(i64, i64, i64, i64)> = (0..10_000).map(|x| (x, x + 1, x, 1)).collect();
    let graph = graph(&rows);
    let limits = limits(2, 12, 10, Ratios { least: 0, most: None });
    let bounds = Bounds::of(&graph, limits, Guard::new(&|| false)).unwrap();
    let cancelled = |result: Result<(), GraphError>| assert_eq!(result, Err(GraphError::Cancelled));
    cancelled(Bounds::of(&graph, limits, Guard::new(&|| true)).map(|_| ()));
    let mut chains = Chains::new(&graph, limits, &bounds, Guard::new(&|| true));
    cancelled(chains.add(0..graph.edges(), &mut Found::default(), &mut Vec::new()));
}

/// ```text
/// p ──1──▶ a ──2──▶ b ──3──▶ c ──4──▶ d ──5──▶ b ──6──▶ p
/// ```
/// What begins with 2 is a chain of its own only if it comes by p, and after 3 the way there leads over b again. What begins
/// with 4 comes by b, who paid it.
#[test]
fn a_chain_whose_payer_it_misses_is_the_end_of_another() {
    let (p, a, b, c, d) = (1, 2, 3, 4, 5);
    let graph = graph(&[(p, a, 1, 1), (a, b, 2, 1), (b, c, 3, 1), (c, d, 4, 1), (d, b, 5, 1), (b, p, 6, 1)]);
    let (found, _) = search(&graph, limits(2, 12, 16, Ratios { least: 0, most: None }), 0);
    let chains: Vec<&[u32]> = found.chains.iter().collect();
    assert_eq!(chains, [&[0_u32, 1, 2, 3][..], &[1, 5], &[3, 4, 5]]);
}
