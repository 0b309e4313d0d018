//! Betweenness against all pairs of accounts.

use super::*;
use crate::testing::{shuffled, transfers};
use crate::{Amounts, Columns};
use proptest::prelude::*;

const EXACT: Request = Request { exact_up_to: u32::MAX, samples: 0, seed: 0, max_hops: u32::MAX };

/// Distances and numbers of shortest ways between all pairs, and from them what every node is between. Returns, by source
/// and node, what the source contributes.
fn naive(graph: &Graph, max_hops: u32) -> Vec<Vec<f64>> {
    let nodes = graph.nodes() as usize;
    let mut distance = vec![vec![usize::MAX; nodes]; nodes];
    let mut ways = vec![vec![0.0; nodes]; nodes];
    let arc = |from: usize, to: usize| {
        from != to && (0..graph.edges()).any(|e| graph.src(e) as usize == from && graph.dst(e) as usize == to)
    };
    // Walks of so many arcs, counted by repeated multiplication with the matrix of arcs: the first that arrive are shortest.
    for source in 0..nodes {
        let mut walks = vec![0.0; nodes];
        walks[source] = 1.0;
        for length in 0..nodes {
            for node in 0..nodes {
                if walks[node] > 0.0 && distance[source][node] == usize::MAX {
                    distance[source][node] = length;
                    ways[source][node] = walks[node];
                }
            }
            let step = |to: usize| (0..nodes).filter(|from| arc(*from, to)).map(|from| walks[from]).sum();
            walks = (0..nodes).map(step).collect();
        }
    }
    let mut between = vec![vec![0.0; nodes]; nodes];
    for s in 0..nodes {
        for t in (0..nodes).filter(|t| *t != s && distance[s][*t] <= (max_hops as usize).min(nodes)) {
            for v in (0..nodes).filter(|v| *v != s && *v != t) {
                if distance[s][v].saturating_add(distance[v][t]) == distance[s][t] {
                    between[s][v] += ways[s][v] * ways[v][t] / ways[s][t];
                }
            }
        }
    }
    between
}

fn by_node(graph: &Graph, found: &Brokers) -> Vec<f64> {
    let mut by_node = vec![0.0; graph.nodes() as usize];
    for broker in &found.brokers {
        by_node[broker.node as usize] = broker.betweenness;
    }
    by_node
}

fn close(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9
}

fn run(graph: &Graph, request: Request) -> Brokers {
    brokers(graph, request, Guard::new(&|| false)).unwrap()
}

proptest! {
    #[test]
    fn counts_shortest_ways_between_all_pairs(rows in transfers(9, 30), max_hops in prop_oneof![1_u32..5, Just(u32::MAX)]) {
        let graph = rows.graph();
        let nodes = graph.nodes();
        let found = run(&graph, Request { max_hops, ..EXACT });
        prop_assert!(!found.sampled);
        let naive = naive(&graph, max_hops);
        let pairs = (f64::from(nodes) - 1.0) * (f64::from(nodes) - 2.0);
        let own = by_node(&graph, &found);
        for node in 0..nodes as usize {
            let sum: f64 = naive.iter().map(|source| source[node]).sum();
            let expected = if sum > 0.0 { sum / pairs } else { 0.0 };
            prop_assert!(close(own[node], expected));
        }
        let order = |pair: &[Broker]| (-pair[0].betweenness, pair[0].node) < (-pair[1].betweenness, pair[1].node);
        prop_assert!(found.brokers.windows(2).all(order));
        for broker in &found.brokers {
            let mut others: Vec<u32> = graph.incoming(broker.node).iter().map(|edge| graph.src(*edge)).collect();
            others.sort_unstable();
            others.dedup();
            others.retain(|node| *node != broker.node);
            prop_assert_eq!(broker.payers as usize, others.len());
            prop_assert_eq!(broker.standard_error, 0.0);
        }
    }

    #[test]
    fn a_sample_is_scaled_and_says_how_far_off_it_may_be(rows in transfers(9, 30), samples in 2_u32..9, seed: u64) {
        let graph = rows.graph();
        let nodes = graph.nodes();
        let request = Request { exact_up_to: 0, samples, seed, max_hops: u32::MAX };
        let found = run(&graph, request);
        prop_assert_eq!(found.sampled, samples < nodes);
        if !found.sampled {
            prop_assert_eq!(found, run(&graph, EXACT));
            return Ok(());
        }
        let sources = draw(&graph, request);
        prop_assert_eq!(sources.len(), samples as usize);
        prop_assert!(sources.windows(2).all(|pair| pair[0] < pair[1]));
        let (all, drawn) = (f64::from(nodes), f64::from(samples));
        let naive = naive(&graph, u32::MAX);
        let pairs = (all - 1.0) * (all - 2.0);
        for broker in &found.brokers {
            let parts: Vec<f64> = sources.iter().map(|source| naive[*source as usize][broker.node as usize]).collect();
            let mean = parts.iter().sum::<f64>() / drawn;
            let variance = parts.iter().map(|part| (part - mean).powi(2)).sum::<f64>() / (drawn - 1.0);
            let error = all * (variance / drawn * (all - drawn) / all).sqrt();
            prop_assert!(close(broker.betweenness, all * mean / pairs));
            prop_assert!((broker.standard_error - error / pairs).abs() < 1e-6);
        }
    }

    /// The mean over all samples of one source is the exact answer.
    #[test]
    fn sampling_is_unbiased(rows in transfers(8, 24)) {
        let graph = rows.graph();
        let nodes = graph.nodes();
        let arcs = Arcs::of(&graph, Guard::new(&|| false)).unwrap();
        let pairs = (f64::from(nodes) - 1.0) * (f64::from(nodes) - 2.0);
        let mut mean = vec![0.0; nodes as usize];
        for source in 0..nodes {
            let (sums, _) = dependencies(&arcs, &[source], u32::MAX, Guard::new(&|| false)).unwrap();
            // n/k · δ with k = 1, over n samples.
            mean.iter_mut().zip(sums).for_each(|(mean, sum)| *mean += f64::from(nodes) * sum / f64::from(nodes));
        }
        let exact = by_node(&graph, &run(&graph, EXACT));
        for (mean, exact) in mean.into_iter().zip(exact) {
            let mean = if mean > 0.0 { mean / pairs } else { 0.0 };
            prop_assert!(close(mean, exact));
        }
    }

    #[test]
    fn neither_the_order_of_rows_nor_the_threads_show((rows, other) in shuffled(40, 120), samples in 2_u32..40) {
        let request = Request { exact_up_to: 0, samples, seed: 7, max_hops: u32::MAX };
        let on = |threads: usize, graph: &Graph| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| format!("{:?}", run(graph, request)))
        };
        prop_assert_eq!(on(1, &rows.graph()), on(3, &other.graph()));
    }
}

fn graph(pairs: &[(i64, i64)]) -> Graph {
    let rows = pairs.len() as i64;
    Graph::build(Columns {
        src: pairs.iter().map(|pair| pair.0).collect(),
        dst: pairs.iter().map(|pair| pair.1).collect(),
        time: (0..rows).collect(),
        amount: Amounts::Narrow(vec![1; pairs.len()]),
        position: None,
        id: None,
    })
    .unwrap()
}

/// The picture at the head of the module.
#[test]
fn the_middle_of_a_star_is_between_all_that_pass_it() {
    let graph = graph(&[(1, 0), (2, 0), (3, 0), (0, 4), (0, 5), (0, 5)]);
    let found = run(&graph, EXACT);
    let star = Broker { node: 0, betweenness: 0.3, standard_error: 0.0, payers: 3, payees: 2 };
    assert_eq!(found, Brokers { brokers: vec![star], sampled: false });
}

/// 1100 layers of two, each paid by all of the one before: 2^1099 ways.
#[test]
fn more_ways_than_can_be_counted_are_refused_and_max_hops_helps() {
    let two = |layer: i64| [2 * layer, 2 * layer + 1];
    let pairs: Vec<(i64, i64)> = (0..1_100)
        .flat_map(|layer| two(layer).into_iter().flat_map(move |a| two(layer + 1).map(move |b| (a, b))))
        .collect();
    let graph = graph(&pairs);
    let request = Request { exact_up_to: 0, samples: 2_000, ..EXACT };
    assert_eq!(brokers(&graph, request, Guard::new(&|| false)), Err(GraphError::TooManyWays));
    assert!(brokers(&graph, Request { max_hops: 3, ..request }, Guard::new(&|| false)).is_ok());
}

#[test]
fn stops_when_told_to() {
    let pairs: Vec<(i64, i64)> = (0..10_000).map(|x| (x, x + 1)).collect();
    assert_eq!(brokers(&graph(&pairs), EXACT, Guard::new(&|| true)), Err(GraphError::Cancelled));
}

/// Three of ten, 3000 times: 900 each, with a standard deviation of 25.
#[test]
fn seeds_draw_every_account_about_as_often_as_any_other() {
    let graph = graph(&(0..9).map(|x| (x, x + 1)).collect::<Vec<_>>());
    let mut drawn = [0_i32; 10];
    for seed in 0..3_000 {
        for source in draw(&graph, Request { exact_up_to: 0, samples: 3, seed, max_hops: u32::MAX }) {
            drawn[source as usize] += 1;
        }
    }
    assert!(drawn.iter().all(|times| (times - 900).abs() < 125), "{drawn:?}");
}
