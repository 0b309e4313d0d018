use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::testing::{Transfer, Transfers, transfers};

fn run(graph: &Graph, limits: Limits, middle: u32) -> (Blocks, Vec<u32>) {
    let joined = Pairs::new(graph);
    let (mut found, mut other, mut cut) = (Blocks::default(), Blocks::default(), Vec::new());
    let mut search = Bipartite::new(graph, &joined, limits, Guard::new(&|| false));
    let middle = middle.min(graph.nodes());
    search.add(0..middle, &mut found, &mut cut).unwrap();
    search.add(middle..graph.nodes(), &mut other, &mut cut).unwrap();
    // In the wrong order: ranges may come back as they like.
    other.append(&found);
    (other.maximal(graph, Guard::new(&|| false)).unwrap(), cut)
}

fn limits(senders: u32, receivers: u32, window: i64, density: f64) -> Limits {
    Limits { senders, receivers, window, density, budget: u64::MAX }
}

/// Who is paid within the window of a root, by one node.
fn paid_by(graph: &Graph, root: u32, window: i64, node: u32) -> BTreeSet<u32> {
    (root..graph.edges())
        .filter(|edge| graph.src(*edge) == node && graph.time(*edge) - graph.time(root) <= window)
        .map(|edge| graph.dst(edge))
        .filter(|to| *to != node)
        .collect()
}

fn holds(block: &Block<'_>, root: u32, senders: &BTreeSet<u32>, receivers: &BTreeSet<u32>) -> bool {
    block.edges.contains(&root)
        && senders.iter().all(|node| block.senders.contains(node))
        && receivers.iter().all(|node| block.receivers.contains(node))
}

proptest! {
    #[test]
    fn every_block_meets_the_definition(
        rows in transfers(7, 60),
        senders in 2_u32..4,
        receivers in 2_u32..4,
        window in 0_i64..16,
        density in prop_oneof![Just(0.0), Just(0.6), Just(0.75), Just(1.0)],
        middle in 0_u32..7,
    ) {
        let graph = rows.graph();
        let (found, cut) = run(&graph, limits(senders, receivers, window, density), middle);
        prop_assert!(cut.is_empty());
        for (index, block) in found.iter().enumerate() {
            let (from, to): (BTreeSet<u32>, BTreeSet<u32>) =
                block.edges.iter().map(|edge| (graph.src(*edge), graph.dst(*edge))).unzip();
            prop_assert!(from.iter().eq(block.senders) && to.iter().eq(block.receivers) && from.is_disjoint(&to));
            prop_assert!(from.len() as u32 >= senders && to.len() as u32 >= receivers);
            let pairs: BTreeSet<(u32, u32)> =
                block.edges.iter().map(|edge| (graph.src(*edge), graph.dst(*edge))).collect();
            prop_assert_eq!(pairs.len() as u64, block.pairs);
            prop_assert!(pairs.len() as f64 / (from.len() * to.len()) as f64 >= density);
            // All the window has between the two sides, and nothing beyond it.
            let root = block.edges[0];
            let between = (root..graph.edges()).filter(|edge| {
                from.contains(&graph.src(*edge)) && to.contains(&graph.dst(*edge)) && graph.time(*edge) - graph.time(root) <= window
            });
            prop_assert!(between.eq(block.edges.iter().copied()));
            for (other, larger) in found.iter().enumerate() {
                prop_assert!(index == other || !holds(&larger, root, &from, &to));
            }
        }
    }

    #[test]
    fn what_two_senders_share_is_found_whole(
        rows in transfers(7, 60),
        receivers in 2_u32..4,
        window in 0_i64..16,
        density in prop_oneof![Just(0.0), Just(0.6), Just(1.0)],
    ) {
        let graph = rows.graph();
        let (found, _) = run(&graph, limits(2, receivers, window, density), 3);
        for root in 0..graph.edges() {
            let (a, b) = (graph.src(root), graph.dst(root));
            for u in (0..graph.nodes()).filter(|u| *u != a && b != a) {
                let (by_a, by_u) = (paid_by(&graph, root, window, a), paid_by(&graph, root, window, u));
                let shared: BTreeSet<u32> = by_a.intersection(&by_u).copied().collect();
                if shared.contains(&b) && shared.len() as u32 >= receivers {
                    prop_assert!(found.iter().any(|block| holds(&block, root, &BTreeSet::from([a, u]), &shared)));
                }
            }
        }
    }

    /// With a density that any receiver of the core reaches, three senders are one block too.
    #[test]
    fn what_three_senders_share_is_found_whole(rows in transfers(7, 60), window in 0_i64..16) {
        let graph = rows.graph();
        let (found, _) = run(&graph, limits(3, 2, window, 0.2), 3);
        for root in 0..graph.edges() {
            let (a, b) = (graph.src(root), graph.dst(root));
            let by = |node| paid_by(&graph, root, window, node);
            for u in (0..graph.nodes()).filter(|u| *u != a && b != a) {
                for v in (0..graph.nodes()).filter(|v| *v != a && *v != u) {
                    let pair: BTreeSet<u32> = by(a).intersection(&by(u)).copied().collect();
                    let shared: BTreeSet<u32> = pair.intersection(&by(v)).copied().collect();
                    if shared.contains(&b) && shared.len() >= 2 && !pair.contains(&v) {
                        prop_assert!(found.iter().any(|block| holds(&block, root, &BTreeSet::from([a, u, v]), &shared)));
                    }
                }
            }
        }
    }

    #[test]
    fn a_planted_block_is_found_among_noise(
        noise in transfers(12, 60),
        order in Just((0..12_i64).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        // Three pay four, each pair once, at the times 20 to 31; the noise is over at 15.
        let planted = order.iter().enumerate().map(|(at, pair)| {
            Transfer { src: 100 + pair / 4, dst: 200 + pair % 4, time: 20 + at as i64, amount: 5, id: 10_000 + at as i64 }
        });
        let graph = Transfers(noise.0.iter().copied().chain(planted).collect()).graph();
        let (found, _) = run(&graph, limits(3, 4, 11, 1.0), 5);
        let keys = |nodes: &[u32]| nodes.iter().map(|node| graph.key(*node)).collect::<Vec<_>>();
        let planted: Vec<Block<'_>> = found.iter().filter(|block| keys(block.senders) == [100, 101, 102]).collect();
        prop_assert_eq!(planted.len(), 1);
        prop_assert_eq!(keys(planted[0].receivers), [200, 201, 202, 203]);
        prop_assert_eq!((planted[0].edges.len(), planted[0].pairs), (12, 12));
    }
}

fn graph_of(pairs: &[(i64, i64)]) -> Graph {
    Graph::build(crate::Columns {
        src: pairs.iter().map(|pair| pair.0).collect(),
        dst: pairs.iter().map(|pair| pair.1).collect(),
        time: (0..pairs.len() as i64).collect(),
        amount: crate::Amounts::Narrow(vec![1; pairs.len()]),
        position: None,
        id: None,
    })
    .unwrap()
}

/// A shop that everybody pays costs nothing where few share anything else: 3 of 5 000 do.
#[test]
fn a_shop_that_everybody_pays_is_cheap() {
    let mut pairs: Vec<(i64, i64)> = (10..5_010).flat_map(|payer| [(payer, 1), (payer, 10_000 + payer)]).collect();
    pairs.extend([(10, 2), (11, 2), (12, 2)]);
    let graph = graph_of(&pairs);
    let (_, cut) = run(&graph, Limits { budget: 100, ..limits(3, 2, i64::MAX, 1.0) }, 0);
    assert!(cut.iter().all(|node| [10, 11, 12].contains(&graph.key(*node))), "{cut:?}");
    let (found, cut) = run(&graph, Limits { budget: 100_000, ..limits(3, 2, i64::MAX, 1.0) }, 0);
    assert!(cut.is_empty());
    assert_eq!((found.len(), found.get(0).senders.len(), found.get(0).receivers.len()), (1, 3, 2));
}

/// Thirty that pay the same thirty: the first sender alone needs more than a hundred steps.
#[test]
fn a_budget_cuts_a_sender_and_says_so() {
    let pairs: Vec<(i64, i64)> = (0..30).flat_map(|from| (100..130).map(move |to| (from, to))).collect();
    let graph = graph_of(&pairs);
    let (found, cut) = run(&graph, limits(2, 2, i64::MAX, 1.0), 0);
    assert_eq!((found.len(), cut.len(), found.get(0).pairs), (1, 0, 900));
    let (found, cut) = run(&graph, Limits { budget: 100, ..limits(2, 2, i64::MAX, 1.0) }, 0);
    assert!(found.iter().all(|block| block.pairs < 900));
    // The last sender has nobody left to share with.
    assert_eq!(cut, (0..29).collect::<Vec<_>>());
}
