//! Against accounts whose every unit is a token with a colour, moved one by one.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

mod plain;

use super::*;
use crate::testing::{Transfers, shuffled, transfers};

const CONSERVING: [Method; 4] = [Method::Haircut, Method::Fifo, Method::Lifo, Method::Tiho];
const FAR: u32 = u32::MAX;

fn request(method: Method) -> Request {
    Request {
        direction: Direction::Forward,
        method,
        accounts: Vec::new(),
        transfers: Vec::new(),
        max_hops: FAR,
        since: None,
        until: None,
        max_delay: None,
        min_amount: 0,
        stop: Vec::new(),
        opening: None,
    }
}

fn run(graph: &Graph, request: &Request) -> Trace {
    trace(graph, request, Guard::new(&|| false)).unwrap()
}

fn tainted(trace: &Trace) -> BTreeMap<u32, i128> {
    trace.reached.iter().map(|reached| (reached.edge, reached.tainted)).collect()
}

/// The least opening balances, by trying every prefix.
fn openings(graph: &Graph) -> Vec<i128> {
    let mut balance = vec![0_i128; graph.nodes() as usize];
    let mut least = balance.clone();
    for edge in (0..graph.edges()).filter(|edge| graph.src(*edge) != graph.dst(*edge)) {
        let (src, dst) = (graph.src(edge) as usize, graph.dst(edge) as usize);
        balance[src] -= graph.amount(edge);
        balance[dst] += graph.amount(edge);
        least[src] = least[src].min(balance[src]);
    }
    least.into_iter().map(|least| -least).collect()
}

/// Every account from the first transfer on, every unit a token: whether it is tainted.
fn token_by_token(
    graph: &Graph,
    lifo: bool,
    seeds: &BTreeSet<u32>,
    accounts: &BTreeSet<u32>,
) -> (i128, BTreeMap<u32, i128>) {
    let mut held: Vec<Vec<bool>> = openings(graph).into_iter().map(|units| vec![false; units as usize]).collect();
    let (mut seeded, mut reached) = (0, BTreeMap::new());
    for edge in (0..graph.edges()).filter(|edge| graph.src(*edge) != graph.dst(*edge)) {
        let (src, dst) = (graph.src(edge) as usize, graph.dst(edge) as usize);
        let is_seed = seeds.contains(&edge) || accounts.contains(&graph.src(edge));
        let mut count = 0;
        for _ in 0..graph.amount(edge) {
            let mut token = if lifo { held[src].pop().unwrap() } else { held[src].remove(0) };
            if is_seed && !token {
                seeded += 1;
                token = true;
            }
            count += i128::from(token);
            held[dst].push(token);
        }
        if count > 0 {
            reached.insert(edge, count);
        }
    }
    (seeded, reached)
}

/// Haircut from its definition, over all accounts.
fn shares(graph: &Graph, seeds: &BTreeSet<u32>) -> BTreeMap<u32, i128> {
    let mut held: Vec<(i128, i128)> = openings(graph).into_iter().map(|units| (units, 0)).collect();
    let mut reached = BTreeMap::new();
    for edge in (0..graph.edges()).filter(|edge| graph.src(*edge) != graph.dst(*edge)) {
        let (src, dst, amount) = (graph.src(edge) as usize, graph.dst(edge) as usize, graph.amount(edge));
        let (total, taint) = held[src];
        let part = if total == 0 { 0 } else { taint * amount / total };
        held[src] = (total - amount, taint - part);
        let part = if seeds.contains(&edge) { amount } else { part };
        held[dst] = (held[dst].0 + amount, held[dst].1 + part);
        if part > 0 {
            reached.insert(edge, part);
        }
    }
    reached
}

/// Poison from its definition.
fn poisoned(graph: &Graph, seeds: &BTreeSet<u32>) -> BTreeMap<u32, i128> {
    let mut accounts = BTreeSet::new();
    let mut reached = BTreeMap::new();
    for edge in (0..graph.edges()).filter(|edge| graph.src(*edge) != graph.dst(*edge) && graph.amount(*edge) > 0) {
        if seeds.contains(&edge) || accounts.contains(&graph.src(edge)) {
            reached.insert(edge, graph.amount(edge));
            accounts.insert(graph.dst(edge));
        }
    }
    reached
}

/// A graph, and some of its edges and nodes.
fn seeded() -> impl Strategy<Value = (Transfers, BTreeSet<u32>, BTreeSet<u32>)> {
    transfers(5, 30).prop_filter("needs a transfer", |rows| rows.len() > 0).prop_flat_map(|rows| {
        let (edges, nodes) = (rows.len() as u32, rows.graph().nodes());
        let some = |most: u32| prop::collection::btree_set(0..most, 0..3);
        (Just(rows), some(edges), some(nodes))
    })
}

fn listed(set: &BTreeSet<u32>) -> Vec<u32> {
    set.iter().copied().collect()
}

proptest! {
    #[test]
    fn first_or_last_out_is_what_the_tokens_do((rows, seeds, accounts) in seeded(), lifo: bool) {
        let graph = rows.graph();
        let method = if lifo { Method::Lifo } else { Method::Fifo };
        let request = Request { transfers: listed(&seeds), accounts: listed(&accounts), ..request(method) };
        let trace = run(&graph, &request);
        let (units, reached) = token_by_token(&graph, lifo, &seeds, &accounts);
        prop_assert_eq!(tainted(&trace), reached);
        prop_assert_eq!(trace.seeded, units);
    }

    #[test]
    fn haircut_and_poison_are_their_definitions((rows, seeds, _) in seeded()) {
        let graph = rows.graph();
        // One seed: with more, what is tainted already by an earlier one would have to be told apart here too.
        let seeds: BTreeSet<u32> = seeds.into_iter().take(1).collect();
        let of = |method| tainted(&run(&graph, &Request { transfers: listed(&seeds), ..request(method) }));
        prop_assert_eq!(of(Method::Haircut), shares(&graph, &seeds));
        prop_assert_eq!(of(Method::Poison), poisoned(&graph, &seeds));
    }

    #[test]
    fn nothing_is_lost_or_made(
        (rows, seeds, accounts) in seeded(),
        limits in (0_u32..4, 0_i64..16, 0_i64..16, prop::option::of(0_i64..8), 0_i128..6),
        stop in prop::collection::btree_set(0_u32..5, 0..2),
        back: bool,
    ) {
        let graph = rows.graph();
        let (max_hops, since, until, max_delay, min_amount) = limits;
        let direction = if back { Direction::Back } else { Direction::Forward };
        for method in CONSERVING {
            let trace = run(&graph, &Request {
                direction,
                transfers: listed(&seeds),
                accounts: listed(&accounts),
                max_hops,
                since: Some(since),
                until: Some(until),
                max_delay,
                min_amount,
                stop: listed(&stop),
                ..request(method)
            });
            prop_assert_eq!(trace.seeded, trace.resting.iter().map(|rest| rest.tainted).sum::<i128>(), "{:?}", method);
            for reached in &trace.reached {
                prop_assert!(reached.tainted > 0 && reached.tainted <= graph.amount(reached.edge));
                prop_assert!((since..=until).contains(&graph.time(reached.edge)));
                prop_assert!(reached.hop >= 1 && reached.hop <= max_hops.max(1));
            }
        }
    }

    #[test]
    fn every_limit_does_what_a_plain_walk_over_all_transfers_does(
        (rows, seeds, accounts) in seeded(),
        limits in (2_u32..7, -4_i64..8, 6_i64..20, prop::option::of(0_i64..8), 0_i128..4),
        opening in prop::option::of(prop::collection::btree_map(0_u32..5, 0_i128..60, 0..4)),
        stop in prop::option::of(0_u32..5),
        back: bool,
    ) {
        let graph = rows.graph();
        let (max_hops, since, until, max_delay, min_amount) = limits;
        for method in [Method::Poison, Method::Haircut, Method::Fifo, Method::Lifo, Method::Tiho] {
            let request = Request {
                direction: if back { Direction::Back } else { Direction::Forward },
                transfers: listed(&seeds),
                accounts: listed(&accounts),
                max_hops,
                since: Some(since),
                until: Some(until),
                max_delay,
                min_amount,
                stop: stop.into_iter().collect(),
                opening: opening.clone(),
                ..request(method)
            };
            prop_assert_eq!(run(&graph, &request), plain::trace(&graph, &request), "{:?}", method);
        }
    }

    #[test]
    fn the_way_back_is_the_way_there((rows, ..) in seeded()) {
        let graph = rows.graph();
        for method in [Method::Fifo, Method::Lifo] {
            for from in 0..graph.edges() {
                let there = tainted(&run(&graph, &Request { transfers: vec![from], ..request(method) }));
                for to in 0..graph.edges() {
                    let request = Request { transfers: vec![to], direction: Direction::Back, ..request(method) };
                    let back = tainted(&run(&graph, &request));
                    prop_assert_eq!(there.get(&to), back.get(&from), "{:?} {} {}", method, from, to);
                }
            }
        }
    }

    #[test]
    fn poison_reaches_whatever_any_other_method_reaches((rows, seeds, _) in seeded()) {
        let graph = rows.graph();
        let of = |method| tainted(&run(&graph, &Request { transfers: listed(&seeds), ..request(method) }));
        let poisoned: BTreeSet<u32> = of(Method::Poison).into_keys().collect();
        for method in CONSERVING {
            prop_assert!(of(method).keys().all(|edge| poisoned.contains(edge)), "{:?}", method);
        }
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter((rows, other) in shuffled(5, 30), seed in 0_u32..30) {
        for method in CONSERVING {
            let of = |rows: &Transfers| {
                let graph = rows.graph();
                let transfers = vec![seed.min(graph.edges().saturating_sub(1))];
                if graph.edges() == 0 { Trace::default() } else { run(&graph, &Request { transfers, ..request(method) }) }
            };
            prop_assert_eq!(of(&rows), of(&other));
        }
    }
}

/// Two receipts of 10, the second stolen; payments of 4, 12 and 4 empty the account.
fn thief() -> Graph {
    use crate::testing::Transfer;
    let row = |id, src, dst, time, amount| Transfer { src, dst, time, amount, id };
    let rows = [row(1, 8, 1, 0, 10), row(2, 9, 1, 1, 10), row(3, 1, 2, 2, 4), row(4, 1, 3, 3, 12), row(5, 1, 4, 9, 4)];
    Transfers(rows.to_vec()).graph()
}

#[test]
fn each_method_splits_as_its_name_says() {
    let graph = thief();
    let of = |method| {
        let reached = tainted(&run(&graph, &Request { transfers: vec![1], ..request(method) }));
        [2, 3, 4].map(|edge| reached.get(&edge).copied().unwrap_or(0))
    };
    assert_eq!(of(Method::Poison), [4, 12, 4]);
    assert_eq!(of(Method::Haircut), [2, 6, 2]);
    assert_eq!(of(Method::Fifo), [0, 6, 4]);
    assert_eq!(of(Method::Lifo), [4, 6, 0]);
    assert_eq!(of(Method::Tiho), [0, 10, 0]);
}

#[test]
fn rests_say_why() {
    let graph = thief();
    let rests = |request: Request| {
        let rests = run(&graph, &request).resting.into_iter();
        rests.map(|rest| (graph.key(rest.node), rest.why, rest.tainted)).collect::<Vec<_>>()
    };
    let seed = || Request { transfers: vec![1], ..request(Method::Fifo) };
    assert_eq!(rests(seed()), [(3, Why::Held, 6), (4, Why::Held, 4)]);
    assert_eq!(rests(Request { until: Some(3), ..seed() }), [(1, Why::Held, 4), (3, Why::Held, 6)]);
    assert_eq!(rests(Request { max_hops: 1, ..seed() }), [(1, Why::MaxHops, 10)]);
    assert_eq!(rests(Request { max_delay: Some(5), ..seed() }), [(1, Why::MaxDelay, 4), (3, Why::MaxDelay, 6)]);
    assert_eq!(rests(Request { min_amount: 5, ..seed() }), [(3, Why::Held, 6), (4, Why::Dust, 4)]);
    let stop = vec![graph.node(3).unwrap()];
    assert_eq!(rests(Request { stop, ..seed() }), [(3, Why::Stopped, 6), (4, Why::Held, 4)]);
    let opening = Some(BTreeMap::from([(graph.node(1).unwrap(), 100)]));
    assert_eq!(rests(Request { opening, ..seed() }), [(1, Why::Held, 10)]);
}

#[test]
fn a_walk_can_be_stopped() {
    let rows = 20_000_i64;
    let graph = Graph::build(crate::Columns {
        src: (0..rows).collect(),
        dst: (1..=rows).collect(),
        time: (0..rows).collect(),
        amount: crate::Amounts::Narrow(vec![1; 20_000]),
        position: None,
        id: None,
    })
    .unwrap();
    let stopped = trace(&graph, &Request { transfers: vec![0], ..request(Method::Fifo) }, Guard::new(&|| true));
    assert_eq!(stopped, Err(GraphError::Cancelled));
}

fn history(rows: &[(i64, i64, i64, i64)]) -> Graph {
    let row = |(id, &(src, dst, time, amount))| crate::testing::Transfer { src, dst, time, amount, id };
    Transfers((0..).zip(rows).map(row).collect()).graph()
}

#[test]
fn taint_that_comes_again_meets_the_payments_after_it() {
    // The first theft has lain too long at 10; the payment at 11 is clean, and the second theft is in time.
    let rows = [(9, 1, 0, 6), (1, 2, 10, 2), (1, 2, 11, 2), (9, 1, 12, 6), (1, 3, 13, 8), (1, 3, 14, 1)];
    let graph = history(&rows);
    for method in [Method::Poison, Method::Haircut, Method::Fifo, Method::Lifo, Method::Tiho] {
        let request = Request { transfers: vec![0, 3], max_delay: Some(5), ..request(method) };
        let trace = run(&graph, &request);
        assert_eq!(trace, plain::trace(&graph, &request), "{method:?}");
        let reached: Vec<u32> = trace.reached.iter().map(|reached| reached.edge).collect();
        assert!(reached.starts_with(&[0, 3, 4]), "{method:?}: {reached:?}");
    }
}

#[test]
fn of_equal_payments_the_earlier_takes_the_taint() {
    for payments in 1..20 {
        let mut rows = vec![(9, 1, 0, 5 * payments - 3)];
        rows.extend((1..=payments).map(|time| (1, 2, time, 5)));
        let reached = tainted(&run(&history(&rows), &Request { transfers: vec![0], ..request(Method::Tiho) }));
        let taken: Vec<i128> = reached.into_values().skip(1).collect();
        let mut wanted = vec![5; payments as usize];
        wanted[payments as usize - 1] = 2;
        assert_eq!(taken, wanted);
    }
}

/// Two accounts that pay each other 10 in turn, 100 000 times, and a stranger's 5 in the middle, as an edge.
fn ping_pong() -> (Graph, u32) {
    let (rows, seed) = (100_000_i64, 49_999);
    let column = |stranger: i64, of: fn(i64) -> i64| {
        (0..rows).map(|row| if row == seed { stranger } else { of(row) }).collect::<Vec<_>>()
    };
    let columns = crate::Columns {
        src: column(7, |row| row % 2),
        dst: column(0, |row| (row + 1) % 2),
        time: (0..rows).collect(),
        amount: crate::Amounts::Narrow(column(5, |_| 10)),
        position: None,
        id: None,
    };
    (Graph::build(columns).unwrap(), seed as u32)
}

#[test]
fn what_lies_before_the_taint_and_after_it_costs_nothing() {
    let (graph, seed) = ping_pong();
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let stop = || looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == usize::MAX;
    let request = Request { transfers: vec![seed], max_hops: 3, ..request(Method::Lifo) };
    let trace = trace(&graph, &request, Guard::new(&stop)).unwrap();
    assert_eq!(tainted(&trace), BTreeMap::from([(seed, 5), (seed + 1, 5), (seed + 2, 5)]));
    // A look is 4096 steps.
    assert_eq!(looks.into_inner(), 0);
}

#[test]
fn reading_a_long_history_can_be_stopped() {
    let (graph, seed) = ping_pong();
    for method in [Method::Poison, Method::Haircut, Method::Fifo, Method::Tiho] {
        let request = Request { transfers: vec![seed], max_hops: 2, ..request(method) };
        assert_eq!(trace(&graph, &request, Guard::new(&|| true)), Err(GraphError::Cancelled), "{method:?}");
    }
}
