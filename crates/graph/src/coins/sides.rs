//! A transaction as two rows of coins: what taint comes by, and what it leaves by.

use super::history::{Coins, NONE};
use super::order::Order;
use super::{Coin, Direction, GraphError, Request};

/// A coin as a transaction sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) coin: Coin,
    pub(super) value: i64,
    /// The transaction that comes next on the coin's way, or none.
    pub(super) next: u32,
}

/// The two sides of one transaction; the memory is used again for the next.
#[derive(Debug, Default)]
pub(super) struct Sides {
    pub(super) near: Vec<Slot>,
    pub(super) far: Vec<Slot>,
    /// Whether the last coin of the far side is the fee.
    pub(super) fee_is_last: bool,
    /// The value of those of the near side that may carry taint.
    pub(super) near_value: i64,
}

impl Sides {
    /// Lays out a transaction.
    ///
    /// # Errors
    /// [`GraphError::PaysTooMuch`] and [`GraphError::TooMuch`] for a coinbase whose fees are followed.
    #[inline]
    pub(super) fn of(
        &mut self,
        coins: &Coins,
        order: &Order,
        request: &Request,
        transaction: u32,
    ) -> Result<(), GraphError> {
        let forward = request.direction == Direction::Forward;
        self.near.clear();
        self.far.clear();
        let (takes, makes) = if forward { (&mut self.near, &mut self.far) } else { (&mut self.far, &mut self.near) };
        let mut taken: i64 = 0;
        match request.fees {
            Some(subsidy) if coins.coinbase(transaction) => {
                let minted = subsidy.of(coins.id(transaction));
                takes.push(Slot { coin: Coin::Subsidy(transaction), value: minted, next: NONE });
                taken = minted;
                let block = order.block(transaction);
                for payer in block.start + 1..block.end {
                    let value = coins.fee(payer);
                    if value > 0 {
                        taken = taken.checked_add(value).ok_or(GraphError::TooMuch)?;
                        let next = if forward { transaction } else { payer };
                        takes.push(Slot { coin: Coin::Fee(payer), value, next });
                    }
                }
            }
            _ => {
                for input in coins.inputs(transaction) {
                    let value = coins.prev_value(input);
                    taken += value;
                    takes.push(match coins.spends(input) {
                        Some(output) => {
                            let next = if forward { transaction } else { coins.maker_of_input(input) };
                            Slot { coin: Coin::Output(output), value, next }
                        }
                        None => Slot { coin: Coin::Outside(input), value, next: NONE },
                    });
                }
            }
        }
        let mut paid: i64 = 0;
        for output in coins.outputs(transaction) {
            let value = coins.value(output);
            paid += value;
            let next = if forward { coins.spender(output).unwrap_or(NONE) } else { transaction };
            makes.push(Slot { coin: Coin::Output(output), value, next });
        }
        self.fee_is_last = false;
        self.near_value = if forward { taken } else { paid };
        let minting = coins.coinbase(transaction);
        if minting && request.fees.is_none() {
            return Ok(());
        }
        let left = taken - paid;
        if left < 0 {
            return Err(GraphError::PaysTooMuch { transaction: coins.id(transaction) });
        }
        if left > 0 {
            self.fee_is_last = forward;
            let next = if minting || request.fees.is_none() { NONE } else { order.block(transaction).start };
            makes.push(Slot { coin: Coin::Fee(transaction), value: left, next });
            if !forward && !minting && request.fees.is_some() {
                self.near_value += left;
            }
        }
        Ok(())
    }
}
