use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::testing::transfers;

/// A qualifying window: width, edges kept.
type Naive = (usize, Vec<u32>);

fn sides(graph: &Graph, hub: u32, edges: &[u32]) -> (BTreeSet<u32>, BTreeSet<u32>) {
    let senders = edges.iter().filter(|edge| graph.dst(**edge) == hub).map(|edge| graph.src(*edge)).collect();
    let receivers = edges.iter().filter(|edge| graph.src(**edge) == hub).map(|edge| graph.dst(*edge)).collect();
    (senders, receivers)
}

fn funded(graph: &Graph, hub: u32, edges: &[u32]) -> bool {
    edges.iter().enumerate().filter(|(_, edge)| graph.src(**edge) == hub).all(|(place, _)| {
        let so_far = &edges[..=place];
        let received: i128 =
            so_far.iter().filter(|edge| graph.dst(**edge) == hub).map(|edge| graph.amount(*edge)).sum();
        let sent: i128 = so_far.iter().filter(|edge| graph.src(**edge) == hub).map(|edge| graph.amount(*edge)).sum();
        received >= sent
    })
}

/// The window that begins with a credit, by the definition.
fn window(graph: &Graph, hub: u32, first: u32, limits: Limits) -> Option<Naive> {
    let inside: Vec<u32> = (first..graph.edges())
        .filter(|edge| graph.time(*edge) - graph.time(first) <= limits.window)
        .filter(|edge| (graph.src(*edge) == hub) != (graph.dst(*edge) == hub))
        .collect();
    let (pay, paid) = sides(graph, hub, &inside);
    let both: BTreeSet<u32> = pay.intersection(&paid).copied().collect();
    let apart: Vec<u32> = inside
        .into_iter()
        .filter(|edge| !both.contains(&graph.src(*edge)) && !both.contains(&graph.dst(*edge)))
        .collect();
    if apart.first() != Some(&first) {
        return None;
    }
    let choices: Vec<Vec<u32>> = if limits.strict {
        let phases = |moment: u32| {
            apart.iter().copied().filter(|edge| (graph.dst(*edge) == hub) == (*edge < moment)).collect::<Vec<u32>>()
        };
        (first..=graph.edges()).map(phases).collect()
    } else {
        let first_unfunded = (0..=apart.len()).find(|length| !funded(graph, hub, &apart[..*length]));
        vec![apart[..first_unfunded.map_or(apart.len(), |length| length - 1)].to_vec()]
    };
    let mut best: Option<Naive> = None;
    for edges in choices {
        let (senders, receivers) = sides(graph, hub, &edges);
        let width = senders.len() + receivers.len();
        let enough = senders.len() >= limits.senders as usize && receivers.len() >= limits.receivers as usize;
        if enough && best.as_ref().is_none_or(|(most, _)| width > *most) {
            best = Some((width, edges));
        }
    }
    best
}

/// Again and again the widest window, the earliest of equals, and without those that overlap it.
fn naive(graph: &Graph, limits: Limits) -> Vec<Vec<u32>> {
    let mut found = Vec::new();
    for hub in 0..graph.nodes() {
        let credits = (0..graph.edges()).filter(|edge| graph.dst(*edge) == hub && graph.src(*edge) != hub);
        let mut windows: Vec<Naive> = credits.filter_map(|first| window(graph, hub, first, limits)).collect();
        let mut chosen: Vec<Vec<u32>> = Vec::new();
        while let Some((_, widest)) = windows.iter().max_by_key(|(width, edges)| (*width, Reverse(edges[0]))).cloned() {
            let ends = |edges: &[u32]| (edges[0], edges[edges.len() - 1]);
            let (first, last) = ends(&widest);
            windows.retain(|(_, edges)| ends(edges).1 < first || ends(edges).0 > last);
            chosen.push(widest);
        }
        chosen.sort_unstable();
        found.extend(chosen);
    }
    found
}

fn run(graph: &Graph, limits: Limits, middle: u32) -> (Instances, Vec<u32>) {
    let (mut found, mut cut) = (Instances::default(), Vec::new());
    let mut search = GatherScatter::new(graph, limits, Guard::new(&|| false));
    search.add(0..middle, &mut found, &mut cut).unwrap();
    search.add(middle..graph.nodes(), &mut found, &mut cut).unwrap();
    (found, cut)
}

proptest! {
    #[test]
    fn takes_the_widest_windows_that_do_not_overlap(
        rows in transfers(6, 60),
        senders in 1_u32..4,
        receivers in 1_u32..4,
        window in 0_i64..16,
        strict: bool,
        middle in 0_u32..6,
    ) {
        let graph = rows.graph();
        let limits = Limits { senders, receivers, window, strict, budget: u64::MAX };
        let (found, cut) = run(&graph, limits, middle.min(graph.nodes()));
        prop_assert!(cut.is_empty());
        let found: Vec<Vec<u32>> = found.iter().map(<[u32]>::to_vec).collect();
        prop_assert_eq!(found, naive(&graph, limits));
    }

    #[test]
    fn an_instance_meets_the_definition_by_itself(rows in transfers(8, 60), window in 2_i64..16, strict: bool) {
        let graph = rows.graph();
        let limits = Limits { senders: 2, receivers: 2, window, strict, budget: u64::MAX };
        for edges in run(&graph, limits, 0).0.iter() {
            let hub = graph.dst(edges[0]);
            let (senders, receivers) = sides(&graph, hub, edges);
            prop_assert!(senders.len() >= 2 && receivers.len() >= 2 && senders.is_disjoint(&receivers));
            prop_assert!(graph.time(edges[edges.len() - 1]) - graph.time(edges[0]) <= window);
            if strict {
                prop_assert!(edges.is_sorted_by_key(|edge| graph.src(*edge) == hub));
            } else {
                prop_assert!(funded(&graph, hub, edges));
            }
        }
    }
}

/// A hub that receives and pays all the time: its instances do not overlap, and a small budget is told.
#[test]
fn a_busy_hub_is_near_linear_and_a_budget_cuts_it() {
    let rows = 4_000_i64;
    let graph = Graph::build(crate::Columns {
        src: (0..rows).map(|row| if row % 2 == 0 { 1 + row % 100 } else { 0 }).collect(),
        dst: (0..rows).map(|row| if row % 2 == 0 { 0 } else { 1_000 + row % 100 }).collect(),
        time: (0..rows).collect(),
        amount: crate::Amounts::Narrow(vec![1; rows as usize]),
        position: None,
        id: None,
    })
    .unwrap();
    let limits = |budget| Limits { senders: 3, receivers: 3, window: 39, strict: false, budget };
    let (found, cut) = run(&graph, limits(u64::MAX), 0);
    assert_eq!((found.len(), cut), (100, vec![]));
    assert!(found.iter().all(|edges| edges.len() == 40));
    let (found, cut) = run(&graph, limits(400), 0);
    assert_eq!((found.len(), cut), (1, vec![0]));
}
