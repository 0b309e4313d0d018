//! Random draws, all of them from ChaCha8.
//!
//! Each part of a world draws from its own stream of the one seed. A new shop in the economy therefore moves no block
//! of the chain, and a difference between two versions of a world stays where the change was made.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The streams a seed is divided into.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Rates = 1,
    Accounts = 2,
    Households = 3,
    Companies = 4,
    Schemes = 5,
    Chain = 6,
    Amlworld = 7,
    Edges = 8,
    Chains = 9,
    Worlds = 10,
    Names = 11,
}

/// A source of draws.
#[derive(Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// Opens one stream of a seed.
    pub(crate) fn new(seed: u64, stream: Stream) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream as u64);
        Self(generator)
    }

    /// A whole number in `low..=high`.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        self.0.random_range(low..=high.max(low))
    }

    /// True in `percent` of a hundred draws.
    pub(crate) fn chance(&mut self, percent: i64) -> bool {
        self.between(0, 99) < percent
    }

    /// One of `choices`, which must not be empty: the tables it is used on are written in this crate.
    pub(crate) fn pick<'t, T>(&mut self, choices: &'t [T]) -> &'t T {
        &choices[self.0.random_range(0..choices.len())]
    }

    /// Uniform bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.random()
    }

    /// Uniform bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes[..]);
        bytes
    }

    /// Decimal digits.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        (0..count).map(|_| char::from(b'0' + self.0.random_range(0..10u8))).collect()
    }

    /// A version 4 UUID in lower case, the form of a UETR.
    pub(crate) fn uuid(&mut self) -> String {
        let mut bytes = self.bytes::<16>();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let mut text = String::with_capacity(36);
        for (index, byte) in bytes.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            for nibble in [byte >> 4, byte & 15] {
                text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
            }
        }
        text
    }
}
