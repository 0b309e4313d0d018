//! Small random histories for the tests: few accounts, few instants, so that ties, self-loops, parallel edges and zero
//! amounts are the rule.

use proptest::prelude::*;

use crate::amounts::Amounts;
use crate::graph::{Columns, Graph};

/// One transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Transfer {
    pub(crate) src: i64,
    pub(crate) dst: i64,
    pub(crate) time: i64,
    pub(crate) amount: i64,
    pub(crate) id: i64,
}

/// Transfers in the order in which somebody handed them over.
#[derive(Debug, Clone)]
pub(crate) struct Transfers(pub(crate) Vec<Transfer>);

impl Transfers {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn graph(&self) -> Graph {
        let column = |of: fn(&Transfer) -> i64| self.0.iter().map(of).collect::<Vec<_>>();
        Graph::build(Columns {
            src: column(|row| row.src),
            dst: column(|row| row.dst),
            time: column(|row| row.time),
            amount: Amounts::Narrow(column(|row| row.amount)),
            position: None,
            id: Some(column(|row| row.id)),
        })
        .unwrap()
    }
}

/// Up to `most` transfers among `accounts` accounts.
pub(crate) fn transfers(accounts: i64, most: usize) -> impl Strategy<Value = Transfers> {
    let one = (0..accounts, 0..accounts, 0_i64..16, prop_oneof![Just(0_i64), 1_i64..40]);
    prop::collection::vec(one, 0..=most).prop_map(|rows| {
        let rows = rows.into_iter().enumerate();
        let row = |(id, (src, dst, time, amount))| Transfer { src, dst, time, amount, id: id as i64 * 3 - 7 };
        Transfers(rows.map(row).collect())
    })
}

/// The same transfers in two orders.
pub(crate) fn shuffled(accounts: i64, most: usize) -> impl Strategy<Value = (Transfers, Transfers)> {
    transfers(accounts, most).prop_flat_map(|rows| {
        let other = Just(rows.0.clone()).prop_shuffle().prop_map(Transfers);
        (Just(rows), other)
    })
}
