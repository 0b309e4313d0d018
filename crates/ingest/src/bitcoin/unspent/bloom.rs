//! A bloom filter over outputs, by which nearly every segment that does not hold one is passed over unread.
//!
//! Seven bits of one cache line per output, at ten bits of filter each: about one answer in eighty is a false yes. A txid
//! is itself a hash, so its own bytes choose the line and the bits; somebody who grinds txids gains slow look-ups at most.

use super::OutPoint;

const LINE: usize = 8;
const BITS_PER_COIN: usize = 10;
const PROBES: u32 = 7;

#[derive(Debug)]
pub(super) struct Bloom {
    lines: Vec<[u64; LINE]>,
}

impl Bloom {
    pub(super) fn new(most: usize) -> Self {
        let lines = most.saturating_mul(BITS_PER_COIN).div_ceil(64 * LINE).max(1);
        Self { lines: vec![[0; LINE]; lines] }
    }

    pub(super) fn memory(&self) -> usize {
        self.lines.capacity() * LINE * 8
    }

    pub(super) fn add(&mut self, place: &OutPoint) {
        let (line, bits) = self.probe(place);
        if let Some(line) = self.lines.get_mut(line) {
            bits.for_each(|(word, bit)| line[word] |= bit);
        }
    }

    pub(super) fn may_hold(&self, place: &OutPoint) -> bool {
        let (line, mut bits) = self.probe(place);
        self.lines.get(line).is_some_and(|line| bits.all(|(word, bit)| line[word] & bit != 0))
    }

    /// The line of an output, and the words and bits in it.
    fn probe(&self, (txid, vout): &OutPoint) -> (usize, impl Iterator<Item = (usize, u64)> + use<>) {
        let part = |at: usize| {
            let bytes = txid.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
            u64::from_le_bytes(bytes)
        };
        // The outputs of one transaction differ in their index alone, which an odd factor spreads over all bits.
        let spread = u64::from(*vout).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let line = ((u128::from(part(8) ^ spread) * self.lines.len() as u128) >> 64) as usize;
        let chooser = part(16) ^ spread.rotate_left(32);
        // Nine bits of the chooser for each probe: 512 bits in a line.
        let bits = (0..PROBES).map(move |probe| {
            let bit = (chooser >> (9 * probe)) % 512;
            ((bit / 64) as usize, 1 << (bit % 64))
        });
        (line, bits)
    }
}
