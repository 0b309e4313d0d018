//! Draws for one account on one day, from their numbers alone.
//!
//! The finaliser of SplitMix64 over a counter: no state is kept between days, so that any day can be made without those
//! before it. Planted cases draw from ChaCha8, as everything else in this crate.

/// A stream of draws.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draw(u64);

impl Draw {
    /// The stream of three numbers.
    pub(super) fn of(seed: u64, one: u64, two: u64) -> Self {
        Self(mix(mix(mix(seed ^ 0x9e37_79b9_7f4a_7c15).wrapping_add(one)).wrapping_add(two)))
    }

    /// Uniform bits.
    pub(super) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `count`; 0 where there is none.
    pub(super) fn below(&mut self, count: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(count)) >> 64) as u64
    }

    /// A whole number in `low..=high`.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low).max(0) as u64 + 1) as i64
    }

    /// True in `share` of 100,000 draws.
    pub(super) fn chance(&mut self, share: u64) -> bool {
        self.below(100_000) < share
    }

    /// One of `choices`, which must not be empty.
    pub(super) fn pick<'t, T>(&mut self, choices: &'t [T]) -> &'t T {
        &choices[self.below(choices.len() as u64) as usize]
    }
}

/// The finaliser of SplitMix64.
pub(super) fn mix(value: u64) -> u64 {
    let key = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}
