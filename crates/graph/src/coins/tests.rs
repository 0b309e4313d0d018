//! Against coins whose every satoshi is a token with a colour.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

mod plain;
pub(crate) mod world;

use plain::{Plain, Thing};
use world::{LARGE, SMALL, World, worlds};

use super::*;

const ALL: [Method; 6] =
    [Method::Poison, Method::Haircut, Method::Fifo, Method::Lifo, Method::Tiho, Method::DirtyFirst];
const CONSERVING: [Method; 5] = [Method::Haircut, Method::Fifo, Method::Lifo, Method::Tiho, Method::DirtyFirst];

pub(crate) const NOT_ASKED: &(dyn Fn() -> bool + Sync) = &|| false;

fn request(method: Method, seeds: Vec<Seed>) -> Request {
    Request {
        direction: Direction::Forward,
        method,
        seeds,
        max_hops: u32::MAX,
        since: None,
        until: None,
        min_amount: 0,
        max_fan: u32::MAX,
        stop_transactions: Vec::new(),
        stop_accounts: Vec::new(),
        fees: None,
        budget: u64::MAX,
    }
}

fn run(coins: &Coins, request: &Request) -> Trace {
    trace(coins, request, Guard::new(NOT_ASKED)).unwrap()
}

/// A trace in the terms of the plain one.
fn plainly(world: &World, coins: &Coins, trace: &Trace) -> Plain {
    let place = |transaction: u32| world.0.iter().position(|one| one.id == coins.id(transaction)).unwrap();
    let output = |output: u32| {
        let maker = coins.maker(output);
        assert_eq!(coins.output(coins.txo(output)), Some(output));
        Thing::Output(place(maker), (output - coins.outputs(maker).start) as usize)
    };
    let mut plain = Plain { looked_at: trace.looked_at, truncated: trace.truncated, ..Plain::default() };
    for seeded in &trace.seeded {
        *plain.seeded.entry((output(seeded.output), seeded.source)).or_default() += seeded.tainted;
    }
    for reached in &trace.reached {
        let row = ((output(reached.output), reached.source), (reached.hop, reached.tainted));
        assert_eq!(plain.reached.insert(row.0, row.1), None);
    }
    assert!(trace.resting.iter().all(|resting| !matches!(resting.coin, Coin::Outside(_))));
    for resting in &trace.resting {
        let thing = match resting.coin {
            Coin::Output(number) => output(number),
            Coin::Fee(transaction) => Thing::Fee(place(transaction)),
            Coin::Subsidy(transaction) => Thing::Subsidy(place(transaction)),
            Coin::Outside(_) => continue,
        };
        let row = ((thing, resting.source, resting.why), (resting.hop, resting.tainted));
        assert_eq!(plain.resting.insert(row.0, row.1), None);
    }
    plain
}

/// Some outputs of a world, with amounts and sources; some of them twice.
fn seeds(world: &World, choices: &[(u16, Option<i64>, u32)]) -> Vec<Seed> {
    let outputs = world.outputs();
    let choices = choices.iter().filter(|_| !outputs.is_empty());
    let seed = |(choice, amount, source): &(u16, Option<i64>, u32)| Seed {
        txo: world.txo(outputs[usize::from(*choice) % outputs.len()]),
        amount: *amount,
        source: *source,
    };
    choices.map(seed).collect()
}

fn choices() -> impl Strategy<Value = Vec<(u16, Option<i64>, u32)>> {
    prop::collection::vec((any::<u16>(), prop::option::of(0_i64..9), 7_u32..11), 0..6)
}

/// What is asked beside the seeds.
fn limits() -> impl Strategy<Value = Request> {
    let wide = |limit| prop_oneof![2 => Just(None), 1 => limit];
    let heights = || prop::option::weighted(0.3, (0_i64..6, 0_i64..4));
    let id = |at: Option<(i64, i64)>| at.map(|(height, index)| (height << 32) + (index << 17));
    (
        (any::<bool>(), any::<bool>()),
        wide((0_u32..4).prop_map(Some).boxed()),
        (heights(), heights()),
        prop_oneof![Just(0_i64), 0_i64..4],
        wide((0_u32..4).prop_map(Some).boxed()),
        prop::collection::vec((0_i64..6, 0_i64..4), 0..3),
        prop::collection::vec(1_i64..6, 0..2),
        prop::option::weighted(0.2, 0_u64..6),
    )
        .prop_map(move |((back, fees), hops, (since, until), min_amount, fan, stops, accounts, budget)| Request {
            direction: if back { Direction::Back } else { Direction::Forward },
            max_hops: hops.unwrap_or(u32::MAX),
            since: id(since),
            until: id(until),
            min_amount,
            max_fan: fan.unwrap_or(u32::MAX),
            stop_transactions: stops.into_iter().filter_map(|at| id(Some(at))).collect(),
            stop_accounts: accounts,
            fees: fees.then_some(SMALL),
            budget: budget.unwrap_or(u64::MAX),
            ..request(Method::Fifo, Vec::new())
        })
}

/// By source, what seeds put in.
fn seeded(trace: &Trace) -> BTreeMap<u32, i128> {
    let mut sums = BTreeMap::new();
    for seeded in trace.seeded.iter().filter(|seeded| seeded.tainted > 0) {
        *sums.entry(seeded.source).or_default() += i128::from(seeded.tainted);
    }
    sums
}

/// By source, what rests.
fn rested(trace: &Trace) -> BTreeMap<u32, i128> {
    let mut sums = BTreeMap::new();
    for resting in &trace.resting {
        *sums.entry(resting.source).or_default() += i128::from(resting.tainted);
    }
    sums
}

/// By output, what of it is tainted.
fn by_output(trace: &Trace) -> BTreeMap<u32, i128> {
    let mut sums = BTreeMap::new();
    for reached in &trace.reached {
        *sums.entry(reached.output).or_default() += i128::from(reached.tainted);
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_method_and_limit_does_what_the_satoshis_do(
        world in worlds(14, SMALL),
        choices in choices(),
        limits in limits(),
    ) {
        let coins = world.coins();
        for method in ALL {
            let request = Request { method, seeds: seeds(&world, &choices), ..limits.clone() };
            let trace = run(&coins, &request);
            prop_assert_eq!(plainly(&world, &coins, &trace), plain::trace(&world, &request), "{:?}", method);
        }
    }

    #[test]
    fn nothing_is_lost_or_made(
        world in worlds(40, LARGE),
        choices in prop::collection::vec((any::<u16>(), prop::option::of(0_i64..1 << 50), 0_u32..4), 0..6),
        limits in limits(),
        min_amount in prop_oneof![Just(0_i64), 0_i64..1 << 40],
    ) {
        let coins = world.coins();
        for method in CONSERVING {
            let fees = limits.fees.map(|_| LARGE);
            let limits = Request { min_amount, fees, ..limits.clone() };
            let request = Request { method, seeds: seeds(&world, &choices), ..limits };
            let trace = run(&coins, &request);
            prop_assert_eq!(seeded(&trace), rested(&trace), "{:?}", method);
            for (output, tainted) in by_output(&trace) {
                prop_assert!(0 < tainted && tainted <= i128::from(coins.value(output)), "{:?}", method);
            }
        }
    }

    #[test]
    fn a_transaction_that_takes_in_taint_alone_makes_taint_alone(world in worlds(30, LARGE), choices in choices()) {
        let coins = world.coins();
        for method in CONSERVING {
            let whole = seeds(&world, &choices).into_iter().map(|seed| Seed { amount: None, ..seed }).collect();
            let trace = run(&coins, &request(method, whole));
            let tainted = by_output(&trace);
            let share = |output: u32| tainted.get(&output).copied().unwrap_or(0);
            for transaction in (0..coins.transactions()).filter(|transaction| !coins.coinbase(*transaction)) {
                let spent = coins.inputs(transaction).filter_map(|input| coins.spends(input));
                let spent: Vec<u32> = spent.collect();
                if spent.iter().all(|output| share(*output) == i128::from(coins.value(*output))) {
                    for output in coins.outputs(transaction) {
                        prop_assert_eq!(share(output), i128::from(coins.value(output)), "{:?}", method);
                    }
                }
            }
        }
    }

    #[test]
    fn a_haircut_is_in_proportion(world in worlds(30, LARGE), choice: u16, part in 1_i64..1 << 40) {
        let coins = world.coins();
        let whole = seeds(&world, &[(choice, None, 0)]);
        prop_assume!(!whole.is_empty());
        let value = coins.value(coins.output(whole[0].txo).unwrap());
        prop_assume!(part <= value);
        let all = by_output(&run(&coins, &request(Method::Haircut, whole.clone())));
        let some = by_output(&run(&coins, &request(Method::Haircut, vec![Seed { amount: Some(part), ..whole[0] }])));
        // Each transaction rounds a share by less than a unit.
        let most = i128::from(coins.transactions());
        for output in all.keys().chain(some.keys()) {
            let of = |shares: &BTreeMap<u32, i128>| shares.get(output).copied().unwrap_or(0);
            let exact = of(&all) as f64 * (part as f64 / value as f64);
            let error = of(&some) as f64 - exact;
            prop_assert!(error.abs() <= most as f64 * (1.0 + exact * 1e-15), "{} of {}", error, exact);
        }
    }

    #[test]
    fn the_way_back_is_the_way_there(world in worlds(12, SMALL), fees: bool) {
        let coins = world.coins();
        let outputs = world.outputs();
        for method in [Method::Fifo, Method::Lifo] {
            // Every output is asked for with a source of its own, one at a time: others would take its place.
            let go = |output: &(usize, usize), direction| {
                let seed = Seed { txo: world.txo(*output), amount: None, source: 0 };
                let fees = fees.then_some(SMALL);
                by_output(&run(&coins, &Request { direction, fees, ..request(method, vec![seed]) }))
            };
            let there: Vec<_> = outputs.iter().map(|output| go(output, Direction::Forward)).collect();
            let back: Vec<_> = outputs.iter().map(|output| go(output, Direction::Back)).collect();
            for (from, there) in (0_u32..).zip(&there) {
                for (to, back) in (0_u32..).zip(&back) {
                    prop_assert_eq!(there.get(&to), back.get(&from), "{:?} {} {}", method, from, to);
                }
            }
        }
    }

    #[test]
    fn poison_reaches_whatever_any_other_method_reaches(
        world in worlds(20, SMALL),
        choices in choices(),
        back: bool,
    ) {
        let coins = world.coins();
        let direction = if back { Direction::Back } else { Direction::Forward };
        let of = |method| -> BTreeSet<(u32, u32)> {
            let trace = run(&coins, &Request { direction, ..request(method, seeds(&world, &choices)) });
            trace.reached.iter().map(|reached| (reached.output, reached.source)).collect()
        };
        let poisoned = of(Method::Poison);
        for method in CONSERVING {
            prop_assert!(of(method).is_subset(&poisoned), "{:?}", method);
        }
    }

    #[test]
    fn what_cannot_be_reached_need_not_be_there(
        world in worlds(20, SMALL),
        choices in choices(),
        limits in limits(),
    ) {
        let whole = world.coins();
        let seeds = seeds(&world, &choices);
        let back = limits.direction == Direction::Back;
        let mut kept: BTreeSet<usize> = BTreeSet::new();
        for seed in &seeds {
            kept.insert(world.0.iter().rposition(|one| one.id <= seed.txo).unwrap());
        }
        let places: Vec<usize> = (0..world.0.len()).collect();
        for place in if back { places.into_iter().rev().collect::<Vec<_>>() } else { places } {
            let takes: Vec<usize> = world.0[place].inputs.iter().map(|input| input.0).collect();
            if back && kept.contains(&place) {
                kept.extend(takes);
            } else if !back && takes.iter().any(|maker| kept.contains(maker)) {
                kept.insert(place);
            }
        }
        let part = Coins::build(world.columns(false, |place| kept.contains(&place))).unwrap();
        for method in ALL {
            let request = Request { method, seeds: seeds.clone(), fees: None, ..limits.clone() };
            let (one, other) = (run(&whole, &request), run(&part, &request));
            prop_assert_eq!(plainly(&world, &whole, &one), plainly(&world, &part, &other), "{:?}", method);
        }
    }

    #[test]
    fn the_order_of_the_seeds_does_not_matter(
        world in worlds(20, SMALL),
        (choices, other) in choices().prop_flat_map(|choices| (Just(choices.clone()), Just(choices).prop_shuffle())),
        limits in limits(),
    ) {
        let coins = world.coins();
        for method in ALL {
            let ask = |choices: &[_]| run(&coins, &Request { method, seeds: seeds(&world, choices), ..limits.clone() });
            prop_assert_eq!(ask(&choices), ask(&other), "{:?}", method);
        }
    }
}

/// A coinbase of 10 and 5; the 10 and something outside worth 2 become 7 and 4, which leaves 1.
fn columns() -> Columns {
    Columns {
        transaction: vec![100, 200],
        coinbase: vec![true, false],
        first_input: vec![0, 0, 2],
        prev_txo: vec![100, 50],
        prev_value: vec![10, 2],
        first_output: vec![0, 2, 4],
        value: vec![10, 5, 7, 4],
        ..Columns::default()
    }
}

#[test]
fn books_that_do_not_close_are_refused() {
    let refused = |change: fn(&mut Columns)| {
        let mut columns = columns();
        change(&mut columns);
        Coins::build(columns).err()
    };
    assert_eq!(refused(|_| {}), None);
    assert_eq!(refused(|columns| columns.value.push(1)), Some(GraphError::Ragged));
    assert_eq!(refused(|columns| columns.first_input[1] = 7), Some(GraphError::Ragged));
    assert_eq!(refused(|columns| columns.first_input[0] = 1), Some(GraphError::Ragged));
    assert_eq!(refused(|columns| columns.account = Some(Vec::new())), Some(GraphError::Ragged));
    assert_eq!(refused(|columns| columns.transaction[1] = 101), Some(GraphError::OutOfOrder { transaction: 100 }));
    assert_eq!(refused(|columns| columns.transaction[0] = 300), Some(GraphError::OutOfOrder { transaction: 300 }));
    assert_eq!(refused(|columns| columns.value[3] = -4), Some(GraphError::NegativeAmount));
    assert_eq!(refused(|columns| columns.prev_value[1] = i64::MAX), Some(GraphError::TooMuch));
    assert_eq!(refused(|columns| columns.coinbase[1] = true), Some(GraphError::CoinbaseSpends { transaction: 200 }));
    assert_eq!(refused(|columns| columns.prev_value[1] = NULL), Some(GraphError::UnknownPrevout { input: 201 }));
    assert_eq!(refused(|columns| columns.whole = true), Some(GraphError::UnknownPrevout { input: 201 }));
    assert_eq!(refused(|columns| columns.prev_txo[1] = 202), Some(GraphError::FromLater { input: 201 }));
    assert_eq!(
        refused(|columns| columns.prev_value[0] = 11),
        Some(GraphError::OtherValue { input: 200, stated: 11, value: 10 })
    );
    assert_eq!(
        refused(|columns| (columns.prev_txo[1], columns.prev_value[1]) = (100, 10)),
        Some(GraphError::SpentTwice { output: 100 })
    );
    assert_eq!(refused(|columns| columns.value[3] = 6), Some(GraphError::PaysTooMuch { transaction: 200 }));
}

#[test]
fn what_comes_from_outside_is_said_to() {
    let coins = Coins::build(columns()).unwrap();
    assert_eq!((coins.output(101), coins.output(102), coins.output(99)), (Some(1), None, None));
    let seed = Seed { txo: 200, amount: None, source: 3 };
    let back = Request { direction: Direction::Back, ..request(Method::Lifo, vec![seed]) };
    let rests = |request: &Request| -> Vec<(Coin, Why, i64)> {
        run(&coins, request).resting.iter().map(|rest| (rest.coin, rest.why, rest.tainted)).collect()
    };
    // The first seven satoshis are the last of what came in: both from outside, and five of the ten.
    assert_eq!(rests(&back), [(Coin::Output(0), Why::Mined, 5), (Coin::Outside(1), Why::Outside, 2)]);
    let there = request(Method::Fifo, vec![Seed { txo: 100, amount: None, source: 3 }]);
    assert_eq!(rests(&there), [(Coin::Output(2), Why::Unspent, 7), (Coin::Output(3), Why::Unspent, 3)]);
    let fails = |request: &Request| trace(&coins, request, Guard::new(NOT_ASKED)).err();
    assert_eq!(fails(&Request { fees: Some(SMALL), ..there.clone() }), Some(GraphError::NeedsWholeHistory));
    let seed = |txo, amount| request(Method::Fifo, vec![Seed { txo, amount, source: 0 }]);
    assert_eq!(fails(&seed(202, None)), Some(GraphError::NoSuchOutput { output: 202 }));
    assert_eq!(fails(&seed(200, Some(-1))), Some(GraphError::NegativeAmount));
}

#[test]
fn a_coinbase_comes_last_in_its_block() {
    // The fee of 1 goes to the coinbase of the second block, which leaves 10 of its 15 + 1 to nobody.
    let mut columns = Columns { whole: true, ..columns() };
    columns.transaction = vec![0, 1 << 32, (1 << 32) + (1 << 17)];
    columns.coinbase = vec![true, true, false];
    columns.first_input = vec![0, 0, 0, 1];
    columns.prev_txo = vec![0];
    columns.prev_value = vec![10];
    columns.first_output = vec![0, 2, 3, 4];
    columns.value = vec![10, 5, 6, 9];
    let coins = Coins::build(columns.clone()).unwrap();
    let seeds = vec![Seed { txo: 0, amount: None, source: 3 }];
    let fees = Some(Subsidy { first: 15, halving: 1 << 20, below_height: 32 });
    let rests = |method| -> Vec<(Coin, Why, i64)> {
        let trace = run(&coins, &Request { fees, ..request(method, seeds.clone()) });
        trace.resting.iter().map(|rest| (rest.coin, rest.why, rest.tainted)).collect()
    };
    let stays = (Coin::Output(3), Why::Unspent, 9);
    assert_eq!(rests(Method::Fifo), [stays, (Coin::Fee(1), Why::Destroyed, 1)]);
    assert_eq!(rests(Method::Lifo), [stays, (Coin::Output(2), Why::Unspent, 1)]);
    // A coinbase that pays out more than it may, and one that is spent at once, are refused.
    let fails = |columns: Columns| {
        let coins = Coins::build(columns).unwrap();
        trace(&coins, &Request { fees, ..request(Method::Fifo, seeds.clone()) }, Guard::new(NOT_ASKED)).err()
    };
    let mut greedy = columns.clone();
    greedy.value[2] = 17;
    assert_eq!(fails(greedy), Some(GraphError::PaysTooMuch { transaction: 1 << 32 }));
    columns.prev_txo = vec![1 << 32];
    (columns.prev_value, columns.value[3]) = (vec![6], 6);
    assert_eq!(fails(columns), Some(GraphError::FromLater { input: (1 << 32) + (1 << 17) }));
}

#[test]
fn a_walk_can_be_stopped() {
    let length = 10_000_u32;
    let coins = Coins::build(Columns {
        transaction: (0..i64::from(length)).collect(),
        coinbase: (0..length).map(|place| place == 0).collect(),
        first_input: (0..=length).map(|place| place.saturating_sub(1)).collect(),
        prev_txo: (0..i64::from(length) - 1).collect(),
        prev_value: vec![7; length as usize - 1],
        first_output: (0..=length).collect(),
        value: vec![7; length as usize],
        ..Columns::default()
    })
    .unwrap();
    let seeds = vec![Seed { txo: 0, amount: None, source: 0 }];
    let stopped = trace(&coins, &request(Method::Fifo, seeds), Guard::new(&|| true));
    assert_eq!(stopped, Err(GraphError::Cancelled));
}

#[test]
fn the_picture_at_the_head_is_true() {
    let coins = Coins::build(Columns {
        transaction: vec![0, 10],
        coinbase: vec![true, false],
        first_input: vec![0, 0, 2],
        prev_txo: vec![0, 1],
        prev_value: vec![5, 5],
        first_output: vec![0, 2, 4],
        value: vec![5, 5, 4, 5],
        ..Columns::default()
    })
    .unwrap();
    for (method, wanted) in [
        (Method::Fifo, [4, 1, 0]),
        (Method::Lifo, [0, 4, 1]),
        (Method::Haircut, [2, 3, 0]),
        (Method::Tiho, [0, 5, 0]),
        (Method::Poison, [4, 5, 1]),
    ] {
        let trace = run(&coins, &request(method, vec![Seed { txo: 0, amount: None, source: 0 }]));
        let of = |coin| trace.resting.iter().find(|rest| rest.coin == coin).map_or(0, |rest| rest.tainted);
        assert_eq!([Coin::Output(2), Coin::Output(3), Coin::Fee(1)].map(of), wanted, "{method:?}");
    }
}
