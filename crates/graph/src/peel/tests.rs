//! Against the rules, read out over a chain's transactions one by one.

use proptest::prelude::*;

use super::*;
use crate::coins::tests::NOT_ASKED;
use crate::coins::tests::world::{LARGE, World, peeling};

/// A chain as ids: hops with their peel, their change and their rule; the end, and why.
type Told = (Vec<(i64, i64, Rule)>, i64, End);

/// What the tests know beside the world, by place.
#[derive(Debug, Clone)]
struct Known {
    clusters: Vec<Vec<Option<i64>>>,
    looks: Vec<u8>,
    times: Vec<i64>,
}

fn naive(world: &World, known: &Known, limits: &Limits, mut coin: (usize, usize)) -> Told {
    let mut hops = Vec::new();
    let spender = |coin: (usize, usize)| world.0.iter().position(|one| one.inputs.contains(&coin));
    let why = loop {
        let account = world.0[coin.0].outputs[coin.1].account;
        if account.is_some_and(|account| limits.stop_accounts.contains(&account)) {
            break End::StoppedAccount;
        }
        let Some(place) = spender(coin) else { break End::Unspent };
        let one = &world.0[place];
        let dwell = known.times[place] - known.times[coin.0];
        if limits.until.is_some_and(|until| one.id >= until) || limits.max_dwell.is_some_and(|most| dwell > most) {
            break End::OutOfTime;
        }
        if limits.stop_transactions.contains(&one.id) {
            break End::StoppedTransaction;
        }
        if hops.len() == limits.max_hops as usize {
            break End::OutOfHops;
        }
        if (one.inputs.len(), one.outputs.len()) != (1, 2) {
            break End::NotAPeel;
        }
        let own = known.clusters[coin.0][coin.1];
        let of_cluster: Vec<usize> =
            (0..2).filter(|output| own.is_some() && known.clusters[place][*output] == own).collect();
        let alike: Vec<usize> = (0..2)
            .filter(|output| spender((place, *output)).is_some_and(|next| known.looks[next] == known.looks[place]))
            .collect();
        let value = |output: usize| i128::from(one.outputs[output].value);
        let (change, rule) = if let [change] = of_cluster[..] {
            (change, Rule::Cluster)
        } else if let [change] = alike[..] {
            (change, Rule::Fingerprint)
        } else if value(0) > value(1) && value(0) >= 10 * value(1) {
            (0, Rule::Larger)
        } else if value(1) > value(0) && value(1) >= 10 * value(0) {
            (1, Rule::Larger)
        } else {
            break End::Ambiguous;
        };
        hops.push((world.txo((place, 1 - change)), world.txo((place, change)), rule));
        coin = (place, change);
    };
    (hops, world.txo(coin), why)
}

fn known(world: &World, clusters: &[u8], looks: &[u8], times: &[i64]) -> Known {
    let mut clusters = clusters.iter().cycle();
    let mut cluster = || Some(i64::from(*clusters.next().unwrap())).filter(|cluster| *cluster > 0);
    Known {
        clusters: world.0.iter().map(|one| one.outputs.iter().map(|_| cluster()).collect()).collect(),
        looks: looks.iter().copied().cycle().take(world.0.len()).collect(),
        times: times.iter().copied().cycle().take(world.0.len()).collect(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn chains_go_where_the_rules_say(
        world in peeling(40, LARGE),
        (clusters, looks, times) in (
            prop::collection::vec(0_u8..6, 7),
            prop::collection::vec(0_u8..4, 5),
            prop::collection::vec(-20_i64..100, 11),
        ),
        (max_hops, height, max_dwell, account, stop) in (
            prop_oneof![Just(u32::MAX), 0_u32..4],
            prop::option::weighted(0.2, 0_i64..12),
            prop::option::weighted(0.2, 0_i64..90),
            prop::option::weighted(0.2, 1_i64..6),
            prop::option::weighted(0.2, 0_usize..40),
        ),
    ) {
        let coins = world.coins();
        let known = known(&world, &clusters, &looks, &times);
        let limits = Limits {
            max_hops,
            until: height.map(|height| height << 32),
            max_dwell,
            stop_transactions: stop.and_then(|place| world.0.get(place)).map(|one| one.id).into_iter().collect(),
            stop_accounts: account.into_iter().collect(),
        };
        let hints = Hints {
            cluster: Some(known.clusters.iter().flatten().map(|cluster| cluster.unwrap_or(NULL)).collect()),
            fingerprint: Some(known.looks.iter().map(|look| i64::from(*look)).collect()),
            time: known.times.clone(),
        };
        let mut peels = Peels::new(&coins, &hints, &limits, Guard::new(NOT_ASKED)).unwrap();
        for start in world.outputs() {
            let chain = peels.follow(world.txo(start)).unwrap();
            let told = |hop: &Hop| (coins.txo(hop.peeled), coins.txo(hop.change), hop.rule);
            let hops = chain.hops.iter().map(told).collect();
            prop_assert_eq!((hops, coins.txo(chain.end), chain.why), naive(&world, &known, &limits, start));
            let mut before = chain.start;
            for hop in &chain.hops {
                prop_assert_eq!(coins.spender(before), Some(hop.transaction));
                let times = [coins.maker(before), hop.transaction].map(|place| known.times[place as usize]);
                prop_assert_eq!(hop.dwell, times[1] - times[0]);
                before = hop.change;
            }
            let gone: i64 = chain.hops.iter().map(|hop| coins.value(hop.peeled) + hop.fee).sum();
            prop_assert_eq!(gone + coins.value(chain.end), coins.value(chain.start));
            let branches = (chain.why == End::Ambiguous).then(|| {
                let outputs = coins.outputs(coins.spender(chain.end).unwrap());
                [outputs.start, outputs.end - 1]
            });
            prop_assert_eq!(chain.branches, branches);
        }
    }
}

#[test]
fn hints_must_cover_the_history() {
    let coins = Coins::build(crate::coins::Columns {
        transaction: vec![0],
        coinbase: vec![true],
        first_input: vec![0, 0],
        first_output: vec![0, 1],
        value: vec![50],
        ..crate::coins::Columns::default()
    })
    .unwrap();
    let limits =
        Limits { max_hops: 9, until: None, max_dwell: None, stop_transactions: Vec::new(), stop_accounts: Vec::new() };
    let follow = |hints: &Hints, txo| {
        Peels::new(&coins, hints, &limits, Guard::new(NOT_ASKED)).and_then(|mut peels| peels.follow(txo))
    };
    assert_eq!(follow(&Hints::default(), 0), Err(GraphError::Ragged));
    let hints = Hints { time: vec![0], ..Hints::default() };
    assert_eq!(follow(&hints, 1), Err(GraphError::NoSuchOutput { output: 1 }));
    assert_eq!(follow(&hints, 0).unwrap().why, End::Unspent);
}
