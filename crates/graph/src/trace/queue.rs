//! The steps that are still to be walked.

use std::ops::Range;

/// Words a look ahead goes through.
const LOOK: usize = 32;

/// A set of steps from which the least is taken and to which only later ones are added: a bit each.
///
/// A step costs a few instructions to add and a share of a word's look to find, where a heap would move a logarithm of
/// entries about; 64 million steps that nobody added are passed over in a million looks. The bits are pages of zeros
/// that the system provides when they are first written.
pub(crate) struct Queue {
    /// The step of the first bit.
    first: u32,
    words: Vec<u64>,
    /// No earlier word has a bit.
    word: usize,
}

impl Queue {
    /// An empty set for steps in a range.
    pub(crate) fn new(range: &Range<u32>) -> Self {
        Self { first: range.start, words: vec![0; range.len().div_ceil(64)], word: 0 }
    }

    /// Adds a step, which is later than any that was taken. Twice is once.
    #[inline]
    pub(crate) fn add(&mut self, step: u32) {
        let bit = step - self.first;
        self.words[bit as usize / 64] |= 1 << (bit % 64);
    }

    /// Takes the least.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<u32> {
        while let Some(word) = self.words.get_mut(self.word) {
            if *word != 0 {
                let bit = word.trailing_zeros();
                *word &= *word - 1;
                return Some(self.first + self.word as u32 * 64 + bit);
            }
            self.word += 1;
        }
        None
    }

    /// The next ones that would be taken, as many as `ahead` holds and a short look finds.
    #[inline]
    pub(crate) fn peek(&self, ahead: &mut Vec<u32>) {
        ahead.clear();
        for (number, word) in (self.word..).zip(self.words[self.word..].iter().take(LOOK)) {
            let mut word = *word;
            while word != 0 {
                if ahead.len() == ahead.capacity() {
                    return;
                }
                ahead.push(self.first + number as u32 * 64 + word.trailing_zeros());
                word &= word - 1;
            }
        }
    }
}
