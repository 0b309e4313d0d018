//! Edge values: the worked example, the corners, and exactness for any transaction.

use proptest::prelude::*;

use super::{Edge, Positions};

type Side = Vec<(u8, i64)>;

/// Edges as (payer, payee, value) by script byte.
fn edges(inputs: &Side, outputs: &Side) -> Vec<(Option<u8>, u8, i64)> {
    let alphabet: Vec<u8> = (0..=255).collect();
    let name = |script: u8| &alphabet[usize::from(script)..=usize::from(script)];
    let mut positions = Positions::default();
    for (script, value) in inputs {
        positions.add(name(*script), *value);
    }
    for (script, value) in outputs {
        positions.add(name(*script), -value);
    }
    let mut all = Vec::new();
    let mut edges = positions.edges();
    while edges.next_payee(|edge: Edge| all.push(edge)) {}
    let ordinals: Vec<i64> = all.iter().map(|edge| edge.ordinal).collect();
    assert_eq!(ordinals, (0..all.len() as i64).collect::<Vec<_>>());
    let name = |place: usize| positions.script(place)[0];
    all.iter().map(|edge| (edge.payer.map(name), name(edge.payee), edge.value)).collect()
}

#[test]
fn divides_the_example_of_the_documentation() {
    let found = edges(&vec![(b'A', 60), (b'B', 40)], &vec![(b'C', 70), (b'A', 25)]);
    assert_eq!(found, [(Some(b'A'), b'C', 33), (Some(b'B'), b'C', 37)]);
}

#[test]
fn new_coins_come_from_nowhere_and_empty_commitments_are_no_payment() {
    assert_eq!(edges(&vec![], &vec![(1, 50), (2, 0), (1, 7)]), [(None, 1, 57)]);
}

#[test]
fn ties_go_to_the_payer_that_appears_first() {
    let found = edges(&vec![(9, 5), (3, 5), (6, 5)], &vec![(1, 10), (2, 1)]);
    let expected = [(Some(9), 1, 4), (Some(3), 1, 3), (Some(6), 1, 3), (Some(9), 2, 1)];
    assert_eq!(found, expected);
}

#[test]
fn money_that_returns_to_its_script_is_no_payment() {
    assert_eq!(edges(&vec![(1, 50), (1, 10)], &vec![(1, 58)]), []);
}

fn transaction() -> impl Strategy<Value = (Side, Side)> {
    let side = |most| proptest::collection::vec((0..60_u8, 0..1_000_000_000_000_i64), 1..most);
    (side(80), side(60)).prop_map(|(inputs, mut outputs)| {
        // Scale the outputs so that they do not exceed the inputs.
        let (a, v): (i64, i64) = (inputs.iter().map(|x| x.1).sum(), outputs.iter().map(|x| x.1).sum());
        if v > a {
            for output in &mut outputs {
                output.1 = (i128::from(output.1) * i128::from(a) / i128::from(v)) as i64;
            }
        }
        (inputs, outputs)
    })
}

proptest! {
    #[test]
    fn every_payee_gets_its_net_exactly_and_no_payer_pays_more_than_its_own((inputs, outputs) in transaction()) {
        let net = |script: u8| -> i64 {
            let sum = |side: &Side| side.iter().filter(|x| x.0 == script).map(|x| x.1).sum::<i64>();
            sum(&inputs) - sum(&outputs)
        };
        let found = edges(&inputs, &outputs);
        prop_assert!(found.iter().all(|edge| edge.2 > 0));
        let payees = outputs.iter().filter(|output| net(output.0) < 0).count() as i64;
        for script in 0..60 {
            let received: i64 = found.iter().filter(|edge| edge.1 == script).map(|edge| edge.2).sum();
            let paid: i64 = found.iter().filter(|edge| edge.0 == Some(script)).map(|edge| edge.2).sum();
            prop_assert_eq!(received, (-net(script)).max(0));
            // Rounding is per payee, so a payer may be out by less than one satoshi for each.
            prop_assert!(paid <= net(script).max(0) + payees, "{} paid {} of {}", script, paid, net(script));
        }
    }
}
