//! Actors as small numbers, from 1 on.

use std::num::NonZero;

use super::{Actors, Numbering};

/// Who belongs to whom.
pub(super) struct Named {
    /// By account number; none where no actor is named at all.
    pub(super) of: Option<Vec<Option<NonZero<u32>>>>,
    keys: Vec<i64>,
    contested: Vec<u32>,
}

impl Named {
    pub(super) fn of(numbering: &Numbering, actors: &Actors<'_>) -> Self {
        let mut keys = actors.actor.to_vec();
        keys.sort_unstable();
        keys.dedup();
        let mut of: Vec<Option<NonZero<u32>>> = vec![None; numbering.keys.len()];
        let mut contested = Vec::new();
        for (account, actor) in actors.account.iter().zip(actors.actor) {
            let Some(number) = numbering.number(*account) else { continue };
            let actor = keys.binary_search(actor).ok().and_then(|place| NonZero::new(place as u32 + 1));
            let before = &mut of[number as usize];
            if before.is_some() && *before != actor {
                contested.push(number);
            }
            *before = actor;
        }
        contested.iter().for_each(|number| of[*number as usize] = None);
        Self { of: (!keys.is_empty()).then_some(of), keys, contested }
    }

    /// The key behind the number of an actor.
    pub(super) fn key(&self, actor: u32) -> i64 {
        self.keys[actor as usize - 1]
    }

    /// The accounts that are said to belong to several, ascending.
    pub(super) fn contested(&self, numbering: &Numbering) -> Vec<i64> {
        let mut keys: Vec<i64> = self.contested.iter().map(|number| numbering.keys[*number as usize]).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}
