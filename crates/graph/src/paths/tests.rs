use proptest::prelude::*;

use super::*;
use crate::amounts::Amounts;
use crate::graph::Columns;
use crate::testing::{shuffled, transfers};

/// Every path there is, without looking ahead.
fn all(graph: &Graph, sources: &[u32], targets: &[u32], limits: Limits) -> Vec<Vec<u32>> {
    let mut found = Vec::new();
    let mut open: Vec<Vec<u32>> =
        (0..graph.edges()).filter(|edge| sources.contains(&graph.src(*edge))).map(|edge| vec![edge]).collect();
    while let Some(path) = open.pop() {
        let last = path[path.len() - 1];
        let mut nodes: Vec<u32> = path.iter().map(|edge| graph.src(*edge)).chain([graph.dst(last)]).collect();
        nodes.sort_unstable();
        let simple = nodes.windows(2).all(|pair| pair[0] != pair[1]);
        if !simple || path.len() > limits.max_hops as usize {
            continue;
        }
        if targets.contains(&graph.dst(last)) {
            found.push(path);
        } else if !sources.contains(&graph.dst(last)) {
            for edge in last + 1..graph.edges() {
                let rest = graph.time(edge) - graph.time(last);
                if graph.src(edge) == graph.dst(last) && limits.max_delay.is_none_or(|delay| rest <= delay) {
                    open.push(path.iter().copied().chain([edge]).collect());
                }
            }
        }
    }
    let arrival = |path: &Vec<u32>| i128::from(path[path.len() - 1]);
    let width = |path: &Vec<u32>| path.iter().map(|edge| graph.amount(*edge)).min().unwrap();
    found.sort_by_cached_key(|path| {
        let (arrival, hops, width) = (arrival(path), path.len() as i128, -width(path));
        let key = match limits.order {
            Order::Earliest => [arrival, hops, width],
            Order::Widest => [width, arrival, hops],
            Order::Fewest => [hops, arrival, width],
        };
        (key, path.clone())
    });
    found
}

fn nodes(graph: &Graph, keys: &[i64]) -> Vec<u32> {
    let mut nodes: Vec<u32> = keys.iter().filter_map(|key| graph.node(*key)).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

fn orders() -> impl Strategy<Value = Order> {
    prop_oneof![Just(Order::Earliest), Just(Order::Widest), Just(Order::Fewest)]
}

fn accounts() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(0_i64..7, 1..3)
}

fn run(graph: &Graph, sources: &[u32], targets: &[u32], limits: Limits) -> Paths {
    paths(graph, sources, targets, limits, Guard::new(&|| false)).unwrap()
}

fn limits(order: Order, k: usize, max_hops: u32) -> Limits {
    Limits { order, k, max_hops, max_delay: None, budget: u64::MAX }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    /// Amounts below 4, so that widths tie; an account may be source and target.
    #[test]
    fn the_best_paths_in_order(
        mut rows in transfers(7, 36),
        few_amounts: bool,
        sources in accounts(),
        targets in accounts(),
        order in orders(),
        k in 1_usize..20,
        max_hops in 1_u32..12,
        max_delay in prop::option::of(0_i64..12),
    ) {
        if few_amounts {
            rows.0.iter_mut().for_each(|row| row.amount %= 4);
        }
        let graph = rows.graph();
        let (sources, targets) = (nodes(&graph, &sources), nodes(&graph, &targets));
        let limits = Limits { max_delay, ..limits(order, k, max_hops) };
        let mut expected = all(&graph, &sources, &targets, limits);
        expected.truncate(k);
        let answer = run(&graph, &sources, &targets, limits);
        prop_assert_eq!(answer.found.iter().map(<[u32]>::to_vec).collect::<Vec<_>>(), expected);
        prop_assert!(!answer.truncated);
    }

    #[test]
    fn what_a_budget_leaves_is_the_beginning_of_the_answer(
        rows in transfers(6, 40),
        order in orders(),
        budget in 0_u64..60,
    ) {
        let graph = rows.graph();
        let (sources, targets) = (nodes(&graph, &[0, 1]), nodes(&graph, &[2]));
        let whole = run(&graph, &sources, &targets, limits(order, 8, 6));
        let part = run(&graph, &sources, &targets, Limits { budget, ..limits(order, 8, 6) });
        let count = part.found.len();
        prop_assert!(part.found.iter().eq(whole.found.iter().take(count)));
        prop_assert!(part.truncated || part == whole);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter((rows, other) in shuffled(6, 40), order in orders()) {
        let answer = |graph: &Graph| run(graph, &nodes(graph, &[0, 1]), &nodes(graph, &[2, 3]), limits(order, 5, 6));
        prop_assert_eq!(answer(&rows.graph()), answer(&other.graph()));
    }
}

/// Edges in the order given, one a second.
fn graph(edges: &[(i64, i64, i64)]) -> Graph {
    Graph::build(Columns {
        src: edges.iter().map(|edge| edge.0).collect(),
        dst: edges.iter().map(|edge| edge.1).collect(),
        time: (0..edges.len() as i64).collect(),
        amount: Amounts::Narrow(edges.iter().map(|edge| edge.2).collect()),
        position: None,
        id: None,
    })
    .unwrap()
}

/// 200 000 transfers: a source, 50 000 accounts, a hub, 50 000 accounts, a target, layer after layer. There are 2.5 · 10⁹
/// paths; which are best is known from the amounts.
#[test]
fn two_and_a_half_thousand_million_paths_through_a_hub() {
    const WIDE: i64 = 50_000;
    let amount = |member: i64, factor: i64| member * factor % 50_021 + 1;
    let (source, hub, target) = (0, 1, 2);
    let (into, out_of) = (|member: i64| 10 + member, |member: i64| 10 + WIDE + member);
    let members = || 0..WIDE;
    let mut edges: Vec<(i64, i64, i64)> = Vec::new();
    edges.extend(members().map(|member| (source, into(member), amount(member, 7_919))));
    edges.extend(members().map(|member| (into(member), hub, 1_000_000)));
    edges.extend(members().map(|member| (hub, out_of(member), amount(member, 104_729))));
    edges.extend(members().map(|member| (out_of(member), target, 1_000_000)));
    let graph = graph(&edges);
    let (sources, targets) = (nodes(&graph, &[source]), nodes(&graph, &[target]));
    let path =
        |one: i64, other: i64| [one, WIDE + one, 2 * WIDE + other, 3 * WIDE + other].map(|edge| edge as u32).to_vec();
    let found = |limits| {
        let answer = run(&graph, &sources, &targets, limits);
        assert!(!answer.truncated);
        answer.found.iter().map(<[u32]>::to_vec).collect::<Vec<_>>()
    };
    let budget = 1_000_000;
    // The first account out of the hub arrives first; the widest ways to it are as wide as what it gets, 1, and tie.
    let expected: Vec<Vec<u32>> = (0..3).map(|member| path(member, 0)).collect();
    assert_eq!(found(Limits { budget, ..limits(Order::Earliest, 3, 6) }), expected);
    assert_eq!(found(Limits { budget, ..limits(Order::Fewest, 3, 6) }), expected);
    // The width of the widest is that of the narrower side's widest, and the first to arrive with it is the best.
    let most = |factor| members().map(|member| amount(member, factor)).max().unwrap();
    let width = most(7_919).min(most(104_729));
    let first = |factor| members().find(|member| amount(*member, factor) >= width).unwrap();
    let widest = found(Limits { budget, ..limits(Order::Widest, 1, 6) });
    assert_eq!(widest, vec![path(first(7_919), first(104_729))]);
    // Three transfers do not reach.
    assert_eq!(found(limits(Order::Earliest, 3, 3)), Vec::<Vec<u32>>::new());
    // Whoever is paid pays 50 000 seconds later, in this path as in all that keep to that.
    let prompt = |delay| Limits { max_delay: Some(delay), budget, ..limits(Order::Earliest, 1, 6) };
    assert_eq!(found(prompt(WIDE)), vec![path(0, 0)]);
    assert_eq!(found(prompt(WIDE - 1)), Vec::<Vec<u32>>::new());
}

#[test]
fn a_long_chain_is_one_path() {
    let length = 3_000;
    let edges: Vec<(i64, i64, i64)> = (0..length).map(|hop| (hop, hop + 1, 5)).collect();
    let graph = graph(&edges);
    let (sources, targets) = (nodes(&graph, &[0]), nodes(&graph, &[length]));
    for order in [Order::Earliest, Order::Widest, Order::Fewest] {
        let answer = run(&graph, &sources, &targets, limits(order, 10, u32::MAX));
        assert_eq!(answer.found.iter().collect::<Vec<_>>(), vec![&(0..length as u32).collect::<Vec<_>>()[..]]);
        assert_eq!(run(&graph, &sources, &targets, limits(order, 10, length as u32 - 1)).found.len(), 0);
    }
}

#[test]
fn a_budget_that_does_not_suffice_is_said() {
    let graph = graph(&[(0, 1, 5), (1, 2, 5), (2, 3, 5)]);
    let (sources, targets) = (nodes(&graph, &[0]), nodes(&graph, &[3]));
    let with = |budget| run(&graph, &sources, &targets, Limits { budget, ..limits(Order::Earliest, 1, 6) });
    // One for the first transfer; then what the partial path has and what leaves it: 1 + 1, 2 + 1.
    assert!(with(5).truncated && with(5).found.is_empty());
    assert!(!with(6).truncated && with(6).found.len() == 1);
}

/// The last transfer is the narrowest, so that two paths differ in nothing but where they began; the later one is seen
/// first, because a better path begins there too.
#[test]
fn of_two_paths_as_good_the_one_with_the_earlier_transfers() {
    let graph = graph(&[(0, 1, 3), (0, 1, 5), (1, 2, 5), (1, 2, 2)]);
    let (sources, targets) = (nodes(&graph, &[0]), nodes(&graph, &[2]));
    let answer = run(&graph, &sources, &targets, limits(Order::Widest, 3, 6));
    assert_eq!(answer.found.iter().collect::<Vec<_>>(), [[1, 2], [0, 2], [0, 3]]);
}
