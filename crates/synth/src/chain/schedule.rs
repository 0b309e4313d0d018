//! When the blocks are found.
//!
//! The first hundred come quickly, in January: until their coinbases are ripe nothing can be spent. The rest take the
//! year, one every two days or so, by day: the schemes wait for them.

use crate::calendar::{DAY, HOUR, Moment, at, day};
use crate::random::{Dice, Stream};

/// Blocks of the main chain, the genesis block included.
pub(crate) const BLOCKS: u32 = 300;

/// The time of every block.
#[derive(Debug)]
pub(crate) struct Schedule {
    times: Vec<Moment>,
}

impl Schedule {
    /// Draws the times.
    pub(crate) fn draw(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x5eed, Stream::Chain);
        let mut times = vec![1_296_688_602];
        let early = at(day(2024, 1, 2), 0, 0);
        let late = at(day(2024, 1, 16), 9, 0);
        let step = (at(day(2024, 12, 30), 12, 0) - late) / (i64::from(BLOCKS) - 106);
        for height in 1..i64::from(BLOCKS) {
            let time = if height <= 105 { early + height * 3 * HOUR } else { late + (height - 106) * step };
            let jitter = if height <= 105 { HOUR } else { DAY / 4 };
            times.push(time + dice.between(-jitter, jitter));
        }
        Self { times }
    }

    /// The time of a block; the last one's for a height beyond the end.
    pub(crate) fn time(&self, height: u32) -> Moment {
        self.times.get(height as usize).or(self.times.last()).copied().unwrap_or_default()
    }

    /// The first block not before a moment.
    pub(crate) fn next(&self, moment: Moment) -> u32 {
        (self.times.partition_point(|time| *time < moment) as u32).min(BLOCKS - 1)
    }
}
