//! Unspent outputs by what names them, young ones in memory and, past a limit, old ones on disk.
//!
//! Most coins are spent soon or not for years, so when memory is full the older part goes to disk and the younger stays:
//!
//! ```text
//! insert ─▶ young, a hash table ──full: the older five eighths, sorted──▶ segment 0 ─┐ eight of a level
//! take   ─▶ young, else the segments: bloom filter, index, one block     segment 0 ─┼─▶ become one of the next
//!                                        found: marked as taken          segment 1 ─┘
//! ```
//!
//! An output is in one place at most: what is inserted again is taken from where it was first. So segments never
//! contradict one another, are searched in any order, and merge by leaving out what was taken.

use std::path::{Path, PathBuf};

use hashbrown::HashMap;

use super::segment::{Segment, Writer};
use super::{Coin, OutPoint};
use crate::IngestError;

/// Segments of one level that become one of the next: each coin is written anew once per level.
const FAN: usize = 8;
/// The table is never shrunk below this many coins.
const LEAST: usize = 64;

/// How much memory coins may take, and where they go beyond it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bitcoin) struct Room {
    /// Bytes, including what a table needs for growing and spilling. The index of what is spilled counts as well, about
    /// two bytes per output, but never takes more than three quarters from the young.
    pub(in crate::bitcoin) bytes: usize,
    /// A folder for spilled coins.
    pub(in crate::bitcoin) folder: PathBuf,
}

#[derive(Debug)]
pub(super) struct Coins {
    young: HashMap<OutPoint, Coin>,
    /// Bytes of scripts that have a heap block of their own.
    heap: usize,
    /// In the order they were made. A file vanishes with its segment.
    segments: Vec<Segment>,
    /// Bytes the segments take in memory.
    index: usize,
    room: Room,
}

impl Coins {
    pub(super) fn new(room: Room) -> Self {
        Self { young: HashMap::new(), heap: 0, segments: Vec::new(), index: 0, room }
    }

    /// Adds a coin and returns the one it takes the place of.
    pub(super) fn insert(&mut self, place: OutPoint, coin: Coin) -> Result<Option<Coin>, IngestError> {
        self.make_room()?;
        self.heap += coin.script.heap();
        match self.young.insert(place, coin) {
            Some(older) => {
                self.heap -= older.script.heap();
                Ok(Some(older))
            }
            None => self.take_spilled(&place),
        }
    }

    /// Takes a coin out.
    pub(super) fn take(&mut self, place: &OutPoint) -> Result<Option<Coin>, IngestError> {
        match self.young.remove(place) {
            Some(coin) => {
                self.heap -= coin.script.heap();
                Ok(Some(coin))
            }
            None => self.take_spilled(place),
        }
    }

    fn take_spilled(&mut self, place: &OutPoint) -> Result<Option<Coin>, IngestError> {
        for index in (0..self.segments.len()).rev() {
            let Some(segment) = self.segments.get_mut(index) else { continue };
            let found = segment.take(place).map_err(|error| error.at(&self.room.folder))?;
            if found.is_some() {
                if segment.alive() == 0 {
                    self.segments.remove(index);
                    self.measure();
                }
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Spills if the table would not fit after one more coin.
    fn make_room(&mut self) -> Result<(), IngestError> {
        let table = self.young.allocation_size();
        // A full table of which more than half are coins (the rest being traces of those taken) doubles.
        let grows = self.young.len() == self.young.capacity() && 2 * self.young.len() >= self.young_fit(table);
        let table = if grows { 2 * table } else { table };
        if self.fits(table) || self.young.len() < LEAST {
            return Ok(());
        }
        self.spill()?;
        // The index of what is spilled grew meanwhile: the table has to make way, or every coin would be one too many.
        if !self.fits(self.young.allocation_size()) {
            self.young.shrink_to_fit();
        }
        Ok(())
    }

    /// Whether a table of so many bytes can be kept, and spilled or grown to from half its size.
    fn fits(&self, table: usize) -> bool {
        // While it spills, five eighths of a table are in a list as well; while it grows, half a table is still there.
        let peak = table + table * 3 / 4 + self.heap;
        peak <= self.room.bytes.saturating_sub(self.index).max(self.room.bytes / 4)
    }

    /// How many coins a table of so many bytes takes before it grows: seven eighths of its places.
    fn young_fit(&self, table: usize) -> usize {
        table / (size_of::<(OutPoint, Coin)>() + 1) * 7 / 8
    }

    /// Moves the older five eighths of the young coins to disk.
    fn spill(&mut self) -> Result<(), IngestError> {
        let mut ages: Vec<i64> = self.young.values().map(|coin| coin.txo).collect();
        let middle = ages.len() * 5 / 8;
        let (_, &mut limit, _) = ages.select_nth_unstable(middle);
        drop(ages);
        // Coins of one age cannot be told apart, so with many of them more than five eighths go.
        let mut old: Vec<(OutPoint, Coin)> = self.young.extract_if(|_, coin| coin.txo <= limit).collect();
        old.sort_unstable_by_key(|(place, _)| *place);
        self.heap -= old.iter().map(|(_, coin)| coin.script.heap()).sum::<usize>();
        let folder = &self.room.folder;
        let write = || {
            let mut writer = Writer::new(folder, 0, old.len())?;
            for (place, coin) in &old {
                writer.push(place, coin)?;
            }
            writer.finish()
        };
        let segment = write().map_err(|error| error.at(folder))?;
        self.segments.push(segment);
        self.merge()?;
        self.measure();
        Ok(())
    }

    fn measure(&mut self) {
        self.index = self.segments.iter().map(Segment::memory).sum();
    }

    /// Makes one segment of every eight of a level.
    fn merge(&mut self) -> Result<(), IngestError> {
        let mut level = 0;
        loop {
            let of_level = |segment: &Segment| segment.level() == level;
            if self.segments.iter().filter(|segment| of_level(segment)).count() < FAN {
                if self.segments.iter().all(|segment| segment.level() <= level) {
                    return Ok(());
                }
                level += 1;
                continue;
            }
            let (mut merging, others): (Vec<_>, Vec<_>) =
                std::mem::take(&mut self.segments).into_iter().partition(of_level);
            self.segments = others;
            let merged = merge(&self.room.folder, &mut merging).map_err(|error| error.at(&self.room.folder))?;
            self.segments.push(merged);
            level += 1;
        }
    }

    /// Bytes in use, those a table would need for spilling or growing aside.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        self.young.allocation_size() + self.heap + self.segments.iter().map(Segment::memory).sum::<usize>()
    }

    /// Coins on disk and the segments they are in.
    #[cfg(test)]
    pub(super) fn spilled(&self) -> (u64, usize) {
        (self.segments.iter().map(Segment::alive).sum(), self.segments.len())
    }

    /// Every coin, wherever it is, by what names it.
    #[cfg(test)]
    #[expect(clippy::unwrap_used, reason = "a test may stop at a surprise")]
    pub(super) fn all(&mut self) -> std::collections::BTreeMap<OutPoint, Coin> {
        let mut all: std::collections::BTreeMap<_, _> =
            self.young.iter().map(|(place, coin)| (*place, coin.clone())).collect();
        for segment in &mut self.segments {
            let mut cursor = segment.cursor();
            while let Some((place, coin)) = cursor.next().unwrap() {
                assert!(all.insert(place, coin).is_none(), "an output in two places");
            }
        }
        all
    }
}

/// Merges sorted segments into one of the next level, without what was taken.
fn merge(folder: &Path, segments: &mut [Segment]) -> Result<Segment, super::segment::Fault> {
    let level = segments.iter().map(Segment::level).max().unwrap_or_default() + 1;
    let most = segments.iter().map(Segment::alive).sum::<u64>();
    let mut writer = Writer::new(folder, level, usize::try_from(most).unwrap_or(usize::MAX))?;
    let mut cursors = Vec::with_capacity(segments.len());
    for segment in segments {
        let mut cursor = segment.cursor();
        if let Some(first) = cursor.next()? {
            cursors.push((first, cursor));
        }
    }
    // Eight heads at most: looking at all of them costs less than a heap would.
    while let Some(least) = (0..cursors.len()).min_by_key(|index| cursors[*index].0.0) {
        let (head, cursor) = &mut cursors[least];
        writer.push(&head.0, &head.1)?;
        match cursor.next()? {
            Some(next) => *head = next,
            None => drop(cursors.swap_remove(least)),
        }
    }
    writer.finish()
}
