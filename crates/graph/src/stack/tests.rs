use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::bipartite::{Bipartite, Pairs};
use crate::testing::{Transfer, Transfers, transfers};

fn blocks(graph: &Graph, limits: Limits) -> (Blocks, Blocks) {
    let joined = Pairs::new(graph);
    let (mut all, mut cut) = (Blocks::default(), Vec::new());
    let mut search = Bipartite::new(graph, &joined, limits.blocks(u64::MAX), Guard::new(&|| false));
    search.add(0..graph.nodes(), &mut all, &mut cut).unwrap();
    let maximal = all.maximal(graph, Guard::new(&|| false)).unwrap();
    (all, maximal)
}

fn run(graph: &Graph, limits: Limits, middle: u32) -> (Stacks, Vec<u32>) {
    let (all, maximal) = blocks(graph, limits);
    let (mut found, mut other, mut cut) = (Stacks::default(), Stacks::default(), Vec::new());
    let mut search = Search::new(graph, &all, &maximal, limits, Guard::new(&|| false));
    let middle = middle.min(all.len() as u32);
    search.add(0..middle, &mut found, &mut cut).unwrap();
    search.add(middle..all.len() as u32, &mut other, &mut cut).unwrap();
    other.append(&found);
    (other.maximal(graph, Guard::new(&|| false)).unwrap(), cut)
}

fn layers(stacks: &Stacks, index: usize) -> Vec<BTreeSet<u32>> {
    let mut accounts = stacks.accounts.get(index).iter().copied();
    stacks.widths.get(index).iter().map(|width| accounts.by_ref().take(*width as usize).collect()).collect()
}

/// Whether a stack meets the definition, from its layers and transfers alone.
fn is_stack(graph: &Graph, limits: Limits, layers: &[BTreeSet<u32>], edges: &[u32]) -> bool {
    let all: BTreeSet<u32> = layers.iter().flatten().copied().collect();
    let apart = all.len() == layers.iter().map(BTreeSet::len).sum::<usize>();
    let wide = layers.len() as u32 >= limits.layers && layers.iter().all(|layer| layer.len() as u32 >= limits.width);
    let in_time = edges.is_sorted() && graph.time(edges[edges.len() - 1]) - graph.time(edges[0]) <= limits.window;
    let mut joined = 0;
    let dense = layers.windows(2).all(|two| {
        let between =
            edges.iter().filter(|edge| two[0].contains(&graph.src(**edge)) && two[1].contains(&graph.dst(**edge)));
        joined += between.clone().count();
        let pairs: BTreeSet<(u32, u32)> = between.map(|edge| (graph.src(*edge), graph.dst(*edge))).collect();
        pairs.len() as f64 / (two[0].len() * two[1].len()) as f64 >= limits.density
    });
    let sum = |edges: &[&u32]| edges.iter().map(|edge| graph.amount(**edge)).sum::<i128>() as f64;
    let flows = layers[1..layers.len() - 1].iter().flatten().all(|node| {
        let gets: Vec<&u32> = edges.iter().filter(|edge| graph.dst(**edge) == *node).collect();
        let pays: Vec<&u32> = edges.iter().filter(|edge| graph.src(**edge) == *node).collect();
        let kept = limits
            .conserve
            .is_none_or(|part| gets[0] < pays[0] && (sum(&gets) == 0.0 || sum(&pays) / sum(&gets) >= part));
        !gets.is_empty() && !pays.is_empty() && kept
    });
    apart && wide && in_time && dense && flows && joined == edges.len()
}

fn modes() -> impl Strategy<Value = Option<f64>> {
    prop_oneof![Just(None), Just(Some(0.0)), Just(Some(0.8))]
}

/// Layers of two at the given times, each pair once; every middle account sends on 9 of 10.
fn planted(times: &[i64]) -> Vec<Transfer> {
    let pairs = (0..3_i64).flat_map(|layer| (0..4_i64).map(move |pair| (layer, pair)));
    let rows = pairs.zip(times).enumerate().map(|(row, ((layer, pair), time))| Transfer {
        src: 100 * (layer + 1) + pair / 2,
        dst: 100 * (layer + 2) + pair % 2,
        time: *time,
        amount: [100, 90, 81][layer as usize],
        id: 10_000 + row as i64,
    });
    rows.collect()
}

proptest! {
    #[test]
    fn every_stack_meets_the_definition(
        rows in transfers(9, 80),
        window in 4_i64..16,
        density in prop_oneof![Just(0.3), Just(0.6), Just(1.0)],
        conserve in modes(),
        middle in 0_u32..40,
        budget in 100_u64..5_000,
    ) {
        let graph = rows.graph();
        let limits = Limits { layers: 3, width: 2, window, density, conserve, budget };
        // Cut or not, what is told is a stack.
        let (found, _) = run(&graph, limits, middle);
        for index in 0..found.edges.len() {
            prop_assert!(is_stack(&graph, limits, &layers(&found, index), found.edges.get(index)));
            let edges: BTreeSet<&u32> = found.edges.get(index).iter().collect();
            for other in (0..found.edges.len()).filter(|other| *other != index) {
                prop_assert!(!edges.iter().all(|edge| found.edges.get(other).contains(edge)));
            }
        }
    }

    /// Noise among others, and noise that the planted accounts pay and are paid by.
    #[test]
    fn a_planted_stack_is_found_among_noise(noise in transfers(12, 60), shared in transfers(3, 8)) {
        let shared = shared.0.iter().map(|row| Transfer { src: 200 + row.src, id: row.id + 5_000, dst: 500 + row.dst, ..*row });
        let rows: Vec<Transfer> =
            noise.0.iter().copied().chain(shared).chain(planted(&(20..32).collect::<Vec<_>>())).collect();
        let graph = Transfers(rows).graph();
        let limits = Limits { layers: 4, width: 2, window: 11, density: 1.0, conserve: Some(0.8), budget: 1_000_000 };
        let (found, _) = run(&graph, limits, 7);
        let ids = |edges: &[u32]| edges.iter().map(|edge| graph.id(*edge)).collect::<Vec<_>>();
        prop_assert!(found.edges.iter().any(|edges| ids(edges) == (10_000..10_012).collect::<Vec<_>>()));
    }

    /// Without order any order of the transfers is the same shape.
    #[test]
    fn the_shape_is_found_in_any_order(times in Just((0..12_i64).collect::<Vec<_>>()).prop_shuffle()) {
        let graph = Transfers(planted(&times)).graph();
        let limits = Limits { layers: 4, width: 2, window: 11, density: 1.0, conserve: None, budget: 1_000_000 };
        let (found, _) = run(&graph, limits, 1);
        prop_assert_eq!(found.edges.len(), 1);
        prop_assert_eq!(found.edges.get(0).len(), 12);
        prop_assert_eq!(found.widths.get(0), [2, 2, 2, 2]);
    }
}

#[test]
fn what_is_not_sent_on_or_sent_before_is_no_ordered_stack() {
    let limits = |conserve| Limits { layers: 4, width: 2, window: 11, density: 1.0, conserve, budget: 1_000_000 };
    let forward: Vec<i64> = (0..12).collect();
    let graph = Transfers(planted(&forward)).graph();
    assert_eq!(run(&graph, limits(Some(0.9)), 0).0.edges.len(), 1);
    assert_eq!(run(&graph, limits(Some(0.91)), 0).0.edges.len(), 0);
    let backward: Vec<i64> = (0..12).rev().collect();
    let graph = Transfers(planted(&backward)).graph();
    assert_eq!(run(&graph, limits(Some(0.0)), 0).0.edges.len(), 0);
    assert_eq!(run(&graph, limits(None), 0).0.edges.len(), 1);
}

/// Forty layers of which any two neighbours are joined: a small budget tells what it has, and that it was cut.
#[test]
fn a_budget_cuts_a_first_block_and_says_so() {
    let pairs: Vec<(i64, i64)> = (0..39)
        .flat_map(|layer| (0..4).map(move |pair| (10 * layer + pair / 2, 10 * (layer + 1) + pair % 2)))
        .collect();
    let graph = Graph::build(crate::Columns {
        src: pairs.iter().map(|pair| pair.0).collect(),
        dst: pairs.iter().map(|pair| pair.1).collect(),
        time: (0..pairs.len() as i64).collect(),
        amount: crate::Amounts::Narrow(vec![1; pairs.len()]),
        position: None,
        id: None,
    })
    .unwrap();
    let limits = |budget| Limits { layers: 3, width: 2, window: 1_000, density: 1.0, conserve: Some(0.8), budget };
    let (found, cut) = run(&graph, limits(1_000_000), 0);
    assert_eq!((found.edges.len(), found.widths.get(0).len(), cut.len()), (1, 40, 0));
    let (found, cut) = run(&graph, limits(100), 0);
    assert!(found.edges.len() > 1 && !cut.is_empty());
}
