//! Money at rest, summed by account and reason.

use super::Resting;

/// No further entry.
const NONE: u32 = 0;

/// What rests, with a chain of entries for every account that has any.
pub(super) struct Rests {
    /// By node, one more than where its newest entry is.
    newest: Vec<u32>,
    /// Each with one more than where the node's next entry is.
    entries: Vec<(Resting, u32)>,
}

impl Rests {
    pub(super) fn new(nodes: u32) -> Self {
        Self { newest: vec![NONE; nodes as usize], entries: Vec::new() }
    }

    /// Adds to what rests in an account for a reason.
    pub(super) fn add(&mut self, more: Resting) {
        let newest = self.newest[more.node as usize];
        let mut at = newest;
        while at != NONE {
            let (rest, next) = &mut self.entries[at as usize - 1];
            if rest.why == more.why {
                rest.hop = rest.hop.min(more.hop);
                rest.last = more.last;
                rest.tainted += more.tainted;
                return;
            }
            at = *next;
        }
        self.entries.push((more, newest));
        self.newest[more.node as usize] = self.entries.len() as u32;
    }

    /// By account, then by reason.
    pub(super) fn sorted(self) -> Vec<Resting> {
        let mut rests: Vec<Resting> = self.entries.into_iter().map(|(rest, _)| rest).collect();
        rests.sort_unstable_by_key(|rest| (rest.node, rest.why));
        rests
    }
}
