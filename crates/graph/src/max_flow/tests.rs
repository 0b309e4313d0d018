use std::collections::{BTreeMap, BTreeSet, VecDeque};

use proptest::prelude::*;

use super::*;
use crate::amounts::Amounts;
use crate::graph::Columns;
use crate::testing::{shuffled, transfers};

/// An account at a place in ≺; the two ends of everything beside them.
type Node = (u32, u32);
const FROM: Node = (u32::MAX, 0);
const TO: Node = (u32::MAX, 1);

/// Edmonds and Karp on the network in which every account stands once for every place in ≺.
fn naive(graph: &Graph, sources: &[u32], targets: &[u32]) -> i128 {
    let plenty = i128::from(u64::MAX);
    let mut room: BTreeMap<Node, BTreeMap<Node, i128>> = BTreeMap::new();
    let mut arc = |from: Node, to: Node, amount: i128| {
        *room.entry(from).or_default().entry(to).or_default() += amount;
        room.entry(to).or_default().entry(from).or_default();
    };
    for edge in 0..graph.edges() {
        let (from, to) = (graph.src(edge), graph.dst(edge));
        if !sources.contains(&to) && !targets.contains(&from) {
            arc((from, edge), (to, edge + 1), graph.amount(edge));
        }
        (0..graph.nodes()).for_each(|node| arc((node, edge), (node, edge + 1), plenty));
    }
    sources.iter().for_each(|node| arc(FROM, (*node, 0), plenty));
    targets.iter().for_each(|node| arc((*node, graph.edges()), TO, plenty));
    let mut value = 0;
    loop {
        let mut before: BTreeMap<Node, Node> = BTreeMap::from([(FROM, FROM)]);
        let mut queue = VecDeque::from([FROM]);
        while let Some(node) = queue.pop_front() {
            for (next, left) in room.get(&node).into_iter().flatten() {
                if *left > 0 && !before.contains_key(next) {
                    before.insert(*next, node);
                    queue.push_back(*next);
                }
            }
        }
        if !before.contains_key(&TO) {
            return value;
        }
        let mut path = vec![TO];
        while path[path.len() - 1] != FROM {
            path.push(before[&path[path.len() - 1]]);
        }
        let amount = path.windows(2).map(|pair| room[&pair[1]][&pair[0]]).min().unwrap();
        for pair in path.windows(2) {
            *room.get_mut(&pair[1]).unwrap().get_mut(&pair[0]).unwrap() -= amount;
            *room.get_mut(&pair[0]).unwrap().get_mut(&pair[1]).unwrap() += amount;
        }
        value += amount;
    }
}

/// What a flow must be, apart from great.
fn conserves(graph: &Graph, sources: &[u32], targets: &[u32], flow: &Flow) -> Result<(), TestCaseError> {
    let mut balance: BTreeMap<u32, i128> = BTreeMap::new();
    prop_assert!(flow.carried.is_sorted_by(|one, other| one.0 < other.0));
    for (edge, carried) in &flow.carried {
        let (from, to) = (graph.src(*edge), graph.dst(*edge));
        prop_assert!(0 < *carried && *carried <= graph.amount(*edge));
        prop_assert!(from != to && !sources.contains(&to) && !targets.contains(&from));
        *balance.entry(from).or_default() -= carried;
        *balance.entry(to).or_default() += carried;
        prop_assert!(sources.contains(&from) || balance[&from] >= 0);
    }
    let sum = |nodes: &[u32]| nodes.iter().filter_map(|node| balance.get(node)).sum::<i128>();
    prop_assert_eq!((sum(sources), sum(targets)), (-flow.value, flow.value));
    let ends: BTreeSet<u32> = sources.iter().chain(targets).copied().collect();
    prop_assert!(balance.iter().all(|(node, amount)| *amount == 0 || ends.contains(node)));
    Ok(())
}

fn nodes(graph: &Graph, keys: &[i64]) -> Vec<u32> {
    let mut nodes: Vec<u32> = keys.iter().filter_map(|key| graph.node(*key)).collect();
    nodes.sort_unstable();
    nodes.dedup();
    nodes
}

fn run(graph: &Graph, sources: &[u32], targets: &[u32], budget: u64) -> Flow {
    max_flow(graph, sources, targets, budget, Guard::new(&|| false)).unwrap()
}

fn accounts(accounts: i64) -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(0..accounts, 1..3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn as_much_as_the_expanded_network_lets_through(
        rows in transfers(6, 40),
        sources in accounts(6),
        targets in accounts(6),
    ) {
        let graph = rows.graph();
        let (sources, targets) = (nodes(&graph, &sources), nodes(&graph, &targets));
        // The expanded network would send an account's own money to itself.
        let apart = |nodes: &[u32], others: &[u32]| nodes.iter().copied().filter(|node| !others.contains(node)).collect();
        let (sources, targets): (Vec<u32>, Vec<u32>) = (apart(&sources, &targets), targets);
        let flow = run(&graph, &sources, &targets, u64::MAX);
        conserves(&graph, &sources, &targets, &flow)?;
        prop_assert_eq!(flow.value, naive(&graph, &sources, &targets));
        prop_assert!(!flow.truncated);
    }

    /// More accounts in the middle, fewer ends: augmenting paths have to take back what was held, free or not.
    #[test]
    fn as_much_through_many_hands(rows in transfers(9, 70), free in 0_u32..3) {
        let graph = rows.graph();
        let (sources, targets) = (nodes(&graph, &[0]), nodes(&graph, &[8]));
        let effort = Effort { budget: u64::MAX, free };
        let flow = super::flow(&graph, &sources, &targets, effort, Guard::new(&|| false)).unwrap();
        conserves(&graph, &sources, &targets, &flow)?;
        prop_assert_eq!(flow.value, naive(&graph, &sources, &targets));
    }

    #[test]
    fn what_a_budget_leaves_is_a_flow(rows in transfers(6, 40), budget in 0_u64..400) {
        let graph = rows.graph();
        let (sources, targets) = (nodes(&graph, &[0, 1]), nodes(&graph, &[2]));
        let part = run(&graph, &sources, &targets, budget);
        conserves(&graph, &sources, &targets, &part)?;
        let whole = run(&graph, &sources, &targets, u64::MAX);
        prop_assert!(part == whole || part.truncated && part.value <= whole.value);
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter((rows, other) in shuffled(6, 40)) {
        let flow = |graph: &Graph| run(graph, &nodes(graph, &[0, 1]), &nodes(graph, &[2, 3]), u64::MAX);
        prop_assert_eq!(flow(&rows.graph()), flow(&other.graph()));
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

/// The shortest path goes over a transfer between the two long ways, which are only free once it is sent back.
#[test]
fn what_was_sent_can_be_sent_otherwise() {
    let long = [(0, 1, 7), (1, 2, 7), (2, 4, 7)];
    let short = [(0, 3, 7), (3, 4, 7), (4, 9, 7)];
    let other = [(3, 5, 7), (5, 6, 7), (6, 9, 7)];
    let graph = graph(&[long, short, other].concat());
    let flow = run(&graph, &nodes(&graph, &[0]), &nodes(&graph, &[9]), u64::MAX);
    assert_eq!(flow.value, 14);
    assert!(flow.carried.len() == 8 && !flow.carried.contains(&(4, 7)));
}

/// The shortest path holds in account 2 what the account could have paid on sooner; a second one needs its last payment.
#[test]
fn what_was_held_can_be_paid_sooner() {
    let graph = graph(&[(0, 1, 7), (1, 2, 7), (2, 5, 7), (0, 3, 7), (3, 4, 7), (4, 2, 7), (2, 9, 7), (5, 9, 7)]);
    let (sources, targets) = (nodes(&graph, &[0]), nodes(&graph, &[9]));
    for free in [0, FREE] {
        let effort = Effort { budget: u64::MAX, free };
        let flow = super::flow(&graph, &sources, &targets, effort, Guard::new(&|| false)).unwrap();
        assert_eq!((flow.value, flow.carried.len()), (14, 8));
    }
}

#[test]
fn an_account_on_both_sides_takes_no_part() {
    let graph = graph(&[(0, 1, 5), (1, 2, 4), (0, 2, 3)]);
    let flow = run(&graph, &nodes(&graph, &[0, 1]), &nodes(&graph, &[1, 2]), u64::MAX);
    assert_eq!(flow, Flow { value: 3, carried: vec![(2, 3)], truncated: false });
}

#[test]
fn a_sum_that_no_number_holds_is_refused() {
    let columns = Columns {
        src: vec![1, 1],
        dst: vec![2, 2],
        time: vec![1, 2],
        amount: Amounts::Wide(vec![i128::MAX, 1]),
        position: None,
        id: None,
    };
    let graph = Graph::build(columns).unwrap();
    assert_eq!(max_flow(&graph, &[0], &[1], u64::MAX, Guard::new(&|| false)), Err(GraphError::TooMuch));
}

/// 200 000 transfers through one hub, which is paid and pays by turns: the value is known from one walk over them, and a
/// walk along all the hub's rests for every path would take hours.
#[test]
fn a_hub_that_is_paid_and_pays_by_turns() {
    const TURNS: i64 = 50_000;
    let (source, hub, target) = (0, 1, 2);
    let (into, out_of) = (|turn: i64| 10 + turn, |turn: i64| 10 + TURNS + turn);
    let mut edges: Vec<(i64, i64, i64)> = Vec::new();
    let (mut held, mut expected) = (0, 0);
    for turn in 0..TURNS {
        let (paid, passed, pays, arrives) =
            (turn * 7_919 % 1_009, turn * 31 % 997, turn * 104_729 % 1_013, turn * 17 % 1_019);
        edges.extend([(source, into(turn), paid), (into(turn), hub, passed)]);
        edges.extend([(hub, out_of(turn), pays), (out_of(turn), target, arrives)]);
        held += paid.min(passed);
        let sent = held.min(pays.min(arrives));
        held -= sent;
        expected += sent;
    }
    let graph = graph(&edges);
    let (sources, targets) = (nodes(&graph, &[source]), nodes(&graph, &[target]));
    let flow = run(&graph, &sources, &targets, 100_000_000);
    conserves(&graph, &sources, &targets, &flow).unwrap();
    assert_eq!((flow.value, flow.truncated), (i128::from(expected), false));
}
