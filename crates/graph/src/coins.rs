//! Where did these coins go, or come from, through transactions that melt and recast them?
//!
//! ```text
//!   seed 5 ─┐                  ┌─▶ 4   FIFO 4 · LIFO 0 · haircut 2 · TIHO 0      a transaction melts its inputs and casts
//!           ├── transaction ───┼─▶ 5   FIFO 1 · LIFO 4 · haircut 3 · TIHO 5      outputs of them; what is left, the fee,
//!  clean 5 ─┘     (10 in)      └╌▶ 1   FIFO 0 · LIFO 1 · haircut 0 · TIHO 0      is an output after all others
//! ```
//!
//! Coins are outputs of transactions. A seed taints an output, or so much of it, with its source; each transaction that
//! spends tainted outputs divides the taint among its own, and the fee, as the [`Method`] says. Taint that goes no
//! further *rests* ([`Why`]). For every method but poison nothing is lost or made, source by source:
//!
//! ```text
//! Σ seeded = Σ resting, to the satoshi
//! ```
//!
//! **First taint wins.** A seed labels what is clean of its output, up to its amount and in the order of the satoshis;
//! how much that was stands in [`Trace::seeded`]. Of two seeds on one output the lower source comes first. Poison is
//! reach and divides nothing: there each source is followed as if it were alone.
//!
//! | method | of a transaction with inputs Σ = A, taint T, and outputs vⱼ |
//! |---|---|
//! | poison | every output wholly |
//! | haircut | ⌊vⱼ·T/A⌋; missing units one by one where most was cut off, then to the lower index, the fee last |
//! | FIFO | satoshi k of the inputs in a row is satoshi k of the outputs in a row |
//! | LIFO | satoshi A−1−k of the inputs is satoshi k of the outputs |
//! | TIHO | all taint to the largest output, what is left to the next; of several sources the earlier input's first |
//! | dirty first | as FIFO while T = A; at the first mix with clean coins the taint rests |
//!
//! **Backwards** the same walk runs on the mirror: from outputs to inputs, from the last transaction to the first. For
//! FIFO and LIFO the way back is the way there, satoshi for satoshi; haircut and TIHO divide by the inputs; poison is all
//! ancestors; dirty first goes back while all of a transaction's outputs are asked for.
//!
//! **Fees** rest where they were paid. With a [`Subsidy`] they go on to the coinbase of their block, which is then the
//! last transaction of it and takes in its subsidy, clean, and the fees in block order; what it does not claim is
//! destroyed.
//!
//! A coin's *hop* is one more than the fewest of the tainted coins that went into its transaction; a seed's is 0. Coins
//! without value carry no taint and are not told of.
//!
//! Only transactions that taint comes to are looked at: a bit each puts them in chain order. A history may be all there
//! is or only what can be reached from the seeds, with the same answer. A step costs the runs that go in and come out:
//! under FIFO a transaction adds a run for each of its outputs at most, and neighbours that are alike are joined. Memory:
//! four bytes an output, touched only where taint comes, 16 a tainted coin and 16 a run of what is tainted at one time, and
//! the answer.
//!
//! Source: *Clayton's Case* (1816); Möser, Böhme and Breuker 2014; Anderson, Shumailov and Ahmed 2018; Tironsakkul et
//! al. 2022; the definitions are `crypto.md` §6.

use crate::error::GraphError;
use crate::guard::Guard;

mod directory;
mod divide;
mod held;
mod history;
mod order;
mod sides;
#[cfg(test)]
pub(crate) mod tests;
mod walk;

pub use history::{Coins, Columns, NULL};
use walk::Walk;

/// How coins that met other coins are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Whatever a transaction makes is tainted wholly once it spends taint. Reach, never a sum.
    Poison,
    /// Every output takes its share.
    Haircut,
    /// First in, first out.
    Fifo,
    /// Last in, first out.
    Lifo,
    /// Taint in, highest out.
    Tiho,
    /// While nothing clean is mixed in.
    DirtyFirst,
}

impl Method {
    /// Whether it matters where in a coin the clean satoshis are.
    #[inline]
    fn has_order(self) -> bool {
        matches!(self, Self::Fifo | Self::Lifo | Self::DirtyFirst)
    }
}

/// Which way to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Where did they go?
    Forward,
    /// Where did they come from?
    Back,
}

/// What a block mints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subsidy {
    /// In the first blocks.
    pub first: i64,
    /// Blocks after which it is halved.
    pub halving: i64,
    /// Bits of a transaction's id below the height.
    pub below_height: u32,
}

impl Subsidy {
    /// Fifty bitcoin, halved every 210,000 blocks.
    pub const BITCOIN: Self = Self { first: 50 * 100_000_000, halving: 210_000, below_height: 32 };

    /// What the block of a coinbase mints.
    fn of(self, id: i64) -> i64 {
        let halvings = (id >> self.below_height.min(63)) / self.halving.max(1);
        if (0..63).contains(&halvings) { self.first >> halvings } else { 0 }
    }
}

/// Coins to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed {
    /// The id of an output.
    pub txo: i64,
    /// How much of it; all of it if there is none.
    pub amount: Option<i64>,
    /// What its taint is called.
    pub source: u32,
}

/// What to follow, and how far.
#[derive(Debug, Clone)]
pub struct Request {
    /// The way.
    pub direction: Direction,
    /// The method.
    pub method: Method,
    /// The coins to begin with.
    pub seeds: Vec<Seed>,
    /// Coins that are this many transactions away are not followed.
    pub max_hops: u32,
    /// No transaction of a lower id is passed.
    pub since: Option<i64>,
    /// No transaction of this id or a higher one is passed.
    pub until: Option<i64>,
    /// Coins with less taint are not followed.
    pub min_amount: i64,
    /// No transaction with more coins than this on the far side is passed: outputs forward, inputs back.
    pub max_fan: u32,
    /// Ids of transactions that are not passed: where coins of many people are mixed.
    pub stop_transactions: Vec<i64>,
    /// Accounts that are reached and not followed: services.
    pub stop_accounts: Vec<i64>,
    /// Follow fees to the coinbase, which needs the whole history.
    pub fees: Option<Subsidy>,
    /// Transactions that may be looked at.
    pub budget: u64,
}

/// What carries taint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coin {
    /// An output.
    Output(u32),
    /// What an input spends that lies outside the history.
    Outside(u32),
    /// What a transaction pays to no output: its fee; of a coinbase, what it does not claim.
    Fee(u32),
    /// What a coinbase mints.
    Subsidy(u32),
}

/// A seed, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seeded {
    /// The output.
    pub output: u32,
    /// The source.
    pub source: u32,
    /// How much was clean and is now tainted.
    pub tainted: i64,
}

/// An output that taint came to. The transaction that made it, [`Coins::maker`], joins it to the rows of the coins
/// whose [`Coins::spender`] that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// The output.
    pub output: u32,
    /// The source.
    pub source: u32,
    /// The fewest transactions from a seed to here, whatever its source.
    pub hop: u32,
    /// How much of it has that source.
    pub tainted: i64,
}

/// Why taint rests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Nobody has spent it.
    Unspent,
    /// Back: it was mined.
    Mined,
    /// Back: what an input spends is not in the history.
    Outside,
    /// The transaction is not to be passed.
    StoppedTransaction,
    /// The account is not to be followed.
    StoppedAccount,
    /// It has come as far as it was allowed to.
    OutOfHops,
    /// The transaction is too early, or too late.
    OutOfTime,
    /// Too little of the coin is tainted.
    Dust,
    /// The transaction has too many outputs, or inputs.
    FannedOut,
    /// The transaction mixes it with clean coins.
    Mixed,
    /// It was paid as a fee.
    Fee,
    /// Nobody can ever spend it, or no coinbase claimed it.
    Destroyed,
    /// The budget was spent.
    Cut,
}

/// Taint at rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resting {
    /// The coin.
    pub coin: Coin,
    /// The source.
    pub source: u32,
    /// The reason.
    pub why: Why,
    /// The coin's hop.
    pub hop: u32,
    /// How much.
    pub tainted: i64,
}

/// The answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trace {
    /// The seeds, in the order in which they were come by: that of the walk, then by output and source.
    pub seeded: Vec<Seeded>,
    /// In the order of the walk, then by source.
    pub reached: Vec<Reached>,
    /// In the order of the walk, then by source.
    pub resting: Vec<Resting>,
    /// How many transactions taint came to.
    pub looked_at: u64,
    /// Whether the budget was spent before the end.
    pub truncated: bool,
}

/// Follows coins.
///
/// # Errors
/// [`GraphError::NoSuchOutput`] for a seed; [`GraphError::NegativeAmount`] for a seed's amount;
/// [`GraphError::NeedsWholeHistory`]; with fees followed, [`GraphError::PaysTooMuch`] and [`GraphError::TooMuch`] for a
/// coinbase, [`GraphError::FromLater`] for a transaction that spends its block's own; [`GraphError::Cancelled`].
pub fn trace(coins: &Coins, request: &Request, guard: Guard<'_>) -> Result<Trace, GraphError> {
    Walk::new(coins, request, guard)?.run()
}
