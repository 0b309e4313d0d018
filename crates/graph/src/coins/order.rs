//! In which order transactions are passed.
//!
//! Chain order, or its reverse. Where fees go to the coinbase, the first transaction of a block is the last to be passed:
//!
//! ```text
//! transaction   c 1 2 3 │ c 5 6 │ c          c: coinbases; a block ends where the next begins
//! step          3 0 1 2 │ 6 4 5 │ 7
//! ```

use std::ops::Range;

use super::history::Coins;
use crate::error::GraphError;

/// The steps of a walk: a number each, ascending.
#[derive(Debug)]
pub(super) struct Order {
    transactions: u32,
    back: bool,
    /// The coinbases, if they come last in their blocks. The first transaction is one.
    coinbases: Option<Vec<u32>>,
}

impl Order {
    pub(super) fn new(coins: &Coins, back: bool, coinbase_last: bool) -> Self {
        let transactions = coins.transactions();
        let list = || (0..transactions).filter(|transaction| coins.coinbase(*transaction)).collect();
        Self { transactions, back, coinbases: coinbase_last.then(list) }
    }

    /// Refuses blocks that spend what their own coinbase makes, if coinbases come last: the rules of the chain do too,
    /// for a hundred blocks.
    pub(super) fn check(&self, coins: &Coins) -> Result<(), GraphError> {
        for coinbase in self.coinbases.iter().flatten() {
            let block = self.block(*coinbase);
            for spender in coins.outputs(*coinbase).filter_map(|output| coins.spender(output)) {
                if block.contains(&spender) {
                    return Err(GraphError::FromLater { input: coins.id(spender) });
                }
            }
        }
        Ok(())
    }

    /// When a transaction is passed.
    #[inline]
    pub(super) fn step(&self, transaction: u32) -> u32 {
        let step = match &self.coinbases {
            None => transaction,
            Some(_) => {
                let block = self.block(transaction);
                if block.start == transaction { block.end - 1 } else { transaction - 1 }
            }
        };
        if self.back { self.transactions - 1 - step } else { step }
    }

    /// Which transaction is passed then.
    #[inline]
    pub(super) fn transaction(&self, step: u32) -> u32 {
        let step = if self.back { self.transactions - 1 - step } else { step };
        match &self.coinbases {
            None => step,
            Some(_) => {
                let block = self.block(step);
                if block.end - 1 == step { block.start } else { step + 1 }
            }
        }
    }

    /// The transactions of the block of one, its coinbase first. Without coinbases that come last, none.
    pub(super) fn block(&self, transaction: u32) -> Range<u32> {
        let Some(coinbases) = &self.coinbases else { return 0..0 };
        let after = coinbases.partition_point(|coinbase| *coinbase <= transaction);
        let start = after.checked_sub(1).map_or(0, |place| coinbases[place]);
        start..coinbases.get(after).copied().unwrap_or(self.transactions)
    }
}
