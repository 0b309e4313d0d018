//! Worlds of any size: the books of five banks with everything the typologies read, and the truth beside them.
//!
//! What a [world](crate::write_world) is to a reader, these are to a measurement: as many accounts and days as asked for,
//! several cases of every typology at each of three difficulties, and decoys of the same shape. A *plain* case meets every
//! clause of the catalogue with room to spare and its accounts do little else; a *medium* one meets every clause, closer
//! to the bounds and in the middle of an ordinary life; a *hard* one is the same crime by somebody who knows the rule and
//! misses one clause, so that it is not expected to be seen and counts for nothing but the curve.
//!
//! The economy is written one day at a time: what an account does on a day is drawn from the seed, its number and the day,
//! so that memory holds one day of payments, the planted cases, and a few numbers for each firm.

use std::path::Path;

use serde::Serialize;

use crate::SynthError;

mod book;
mod draw;
mod entities;
mod frame;
mod life;
mod quotes;
mod schemes;
mod stage;
mod trade;

use book::Books;
use frame::Frame;
use stage::Stage;

/// The fewest accounts an economy can be made of.
pub const LEAST_ACCOUNTS: u32 = 500;

/// What decides every byte of a large world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargeWorld {
    /// Seed of all draws.
    pub seed: u64,
    /// Accounts of the economy, at least [`LEAST_ACCOUNTS`]; those of planted cases come on top.
    pub accounts: u32,
    /// Days the books cover.
    pub days: u32,
    /// The first of them: year, month, day.
    pub start: (i32, u32, u32),
    /// Cases of each typology and difficulty, and decoys of each kind; 0 for a world without crime.
    pub cases: u32,
    /// Identifiers of accounts that live in this world as private customers do, whoever else pays them.
    pub guests: Vec<String>,
}

impl LargeWorld {
    /// A world with the usual number of cases: one of each kind for 2,000 accounts, and two at least.
    pub fn new(seed: u64, accounts: u32, days: u32) -> Self {
        Self { seed, accounts, days, start: (2023, 1, 2), cases: (accounts / 2_000).max(2), guests: Vec::new() }
    }
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LargeWorldSummary {
    /// Rows of all books; a payment between two banks is in both.
    pub rows: u64,
    /// Payments.
    pub payments: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Accounts, those of planted cases included.
    pub accounts: u64,
    /// Planted cases.
    pub cases: u64,
    /// Decoys.
    pub decoys: u64,
    /// Typologies for which the days are too few.
    pub left_out: Vec<String>,
}

/// Writes a world into `folder`, which is created if need be. `progress` is told the day and the payments so far.
///
/// # Errors
/// [`SynthError::Write`] if a file cannot be written; [`SynthError::Inconsistent`] if there are fewer than
/// [`LEAST_ACCOUNTS`] accounts, or as many guests as people.
pub fn write_large_world(
    world: &LargeWorld,
    folder: &Path,
    mut progress: impl FnMut(u32, u64),
) -> Result<LargeWorldSummary, SynthError> {
    if world.accounts < LEAST_ACCOUNTS {
        let what =
            format!("an economy needs {LEAST_ACCOUNTS} accounts at least, and {} were asked for", world.accounts);
        return Err(SynthError::Inconsistent(what));
    }
    let frame = Frame::new(world);
    if world.guests.len() >= frame.persons() as usize {
        return Err(SynthError::Inconsistent(format!("{} guests do not fit among the people", world.guests.len())));
    }
    let mut stage = Stage::new(&frame);
    schemes::plant_all(&mut stage, world.cases);
    let plan = stage.finish();
    let mut books = Books::create(folder, &frame, &plan)?;
    let mut planted = plan.payments.as_slice();
    let mut payments = Vec::new();
    for number in 0..world.days {
        life::day(&frame, number, &mut payments);
        let end = frame.moment(i64::from(number) + 1, 0);
        let today = planted.partition_point(|payment| payment.time < end);
        payments.extend_from_slice(&planted[..today]);
        planted = &planted[today..];
        // The reference is unlike for any two payments, so that the order is total.
        payments.sort_unstable_by_key(|payment| (payment.time, payment.reference));
        books.write(&payments)?;
        payments.clear();
        progress(number + 1, books.payments());
    }
    books.finish()
}
