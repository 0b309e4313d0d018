//! Clusters of accounts that are named by 64-bit keys, from rows in any order.
//!
//! ```text
//! rank tx place account        sets by (rank, tx), members by place           links by (rank, tx, place)
//!  0   70   1     b            0, 70: a b        a before b, c, d:            a–b  0, 70, place 1
//!  0   70   0     a            0, 90: c a        first seen earlier           c–a  0, 90, place 1
//!  1   80   4     d            1, 80: a d                                     a–d  1, 80, place 4
//! ```
//!
//! Accounts are numbered by when they were first seen, so that a cluster's name is the account that came first; of two
//! first seen at once, the one with the smaller key. An account named twice in a set counts once, at its first place.
//!
//! Links of an earlier answer are evidence like any other, at their own places in the order. Without
//! [`Request::actors`] and [`Request::weak`], an answer's links with new rows give the same links as all rows do; rows
//! of one (rank, tx) come together. With either, what is refused depends on all that came before in order: go on from
//! links only where the new rows come after them and actors are the same, and otherwise give all rows of the clusters
//! concerned and of those they were refused.
//!
//! Cost: beside the kernel's, numbering the accounts (`nodes.rs`) and a sort of the rows unless they are in order;
//! about 40 bytes a row while it works.

use rayon::prelude::*;

use super::{Edge, Evidence, Merged, Merger, Reason, Rules, Strength, history};
use crate::error::GraphError;
use crate::guard::Guard;
use crate::nodes::{self, Numbered};

mod actors;
mod numbering;
mod sets;

use actors::Named;
use numbering::Numbering;
use sets::Sets;

/// Evidence as columns, one entry a row, in any order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rows<'a> {
    /// How strong the heuristic is: the smaller, the earlier it counts.
    pub rank: &'a [u8],
    /// The transaction, as a number that rises along the chain. Rows of one rank and transaction are a set.
    pub tx: &'a [i64],
    /// The place in the set: the number of the input.
    pub place: &'a [i64],
    /// The account.
    pub account: &'a [i64],
}

/// When accounts were first seen, one entry each: a number that rises along the chain, on the scale of [`Rows::tx`].
#[derive(Debug, Clone, Copy, Default)]
pub struct FirstSeen<'a> {
    /// The account; of two entries for one the earlier counts.
    pub account: &'a [i64],
    /// When.
    pub at: &'a [i64],
}

/// Who accounts belong to, as far as that is known, one entry each.
#[derive(Debug, Clone, Copy, Default)]
pub struct Actors<'a> {
    /// The account. One that is said to belong to different actors is taken to belong to none.
    pub account: &'a [i64],
    /// The key of the actor.
    pub actor: &'a [i64],
}

/// From which rank on evidence is weak, and what it must not unite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weak {
    /// The first rank that is weak.
    pub rank: u8,
    /// The most members of a cluster that is not large.
    pub large: u32,
}

/// What to cluster, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// The evidence.
    pub rows: Rows<'a>,
    /// Links of an earlier answer, which go in with it. They do not tell when an account was first seen in evidence that
    /// made no link: for the same names, and not only the same links, give [`Request::first_seen`].
    pub known: &'a [Link],
    /// When accounts were first seen. An account that is missing was first seen in the smallest transaction here.
    pub first_seen: FirstSeen<'a>,
    /// Clusters of different actors are never united.
    pub actors: Actors<'a>,
    /// Large clusters are not united on weak evidence.
    pub weak: Option<Weak>,
}

/// An edge of the merge forest. Links are ordered as they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The heuristic's rank.
    pub rank: u8,
    /// The transaction.
    pub tx: i64,
    /// The other's place in it.
    pub place: i64,
    /// The account at the first place.
    pub first: i64,
    /// The other.
    pub other: i64,
}

/// A link that was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conflict {
    /// The link.
    pub link: Link,
    /// What stood against it.
    pub reason: Objection,
}

/// Why two clusters were not united.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objection {
    /// The actors of the first account's cluster and of the other's.
    Actors(i64, i64),
    /// How large they were; see [`Reason::Sizes`].
    Sizes(u32, u32),
}

/// Two clusters became one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Renamed {
    /// The name that is gone.
    pub old: i64,
    /// The name that stays: the one first seen.
    pub new: i64,
    /// By which link: its place in [`Clustered::links`].
    pub link: u32,
    /// Accounts of the cluster whose name is gone, before.
    pub old_size: u32,
    /// Accounts of the one whose name stays, before.
    pub new_size: u32,
}

/// The clusters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Clustered {
    /// Every account of the rows and the known links once, as first seen.
    pub accounts: Vec<i64>,
    /// The cluster of each: its first account.
    pub clusters: Vec<i64>,
    /// The merge forest, in order.
    pub links: Vec<Link>,
    /// What each link did to the names: as many as there are links.
    pub renamed: Vec<Renamed>,
    /// Links that were refused, in order.
    pub conflicts: Vec<Conflict>,
    /// Accounts that are said to belong to different actors, ascending.
    pub contested: Vec<i64>,
}

/// What striking out evidence changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Struck {
    /// Links that are no more, in order.
    pub gone: Vec<Link>,
    /// Links that take their places: evidence that had been redundant. In order.
    pub come: Vec<Link>,
    /// The clusters as they are now.
    pub now: Clustered,
}

/// Clusters accounts.
///
/// # Errors
/// [`GraphError::Cancelled`]; [`GraphError::Ragged`] when columns that belong together differ in length;
/// [`GraphError::TooManyRows`] above 2³² − 2 rows, each known link counted as two.
pub fn cluster(request: &Request<'_>, guard: Guard<'_>) -> Result<Clustered, GraphError> {
    without(request, |_, _| false, guard)
}

/// Strikes sets out of the clusters that they are in: `links` are those of these clusters as they are, `request` all
/// rows of them, also those that make no link, without known links; `is_struck` says of which (rank, transaction) there
/// is nothing to be held. A set of which no link is left changes nothing. The accounts of a struck set remain, if
/// alone, and were first seen when they were.
///
/// Cost: that of clustering the rows of these clusters.
///
/// # Errors
/// As [`cluster`].
pub fn strike(
    links: &[Link],
    request: &Request<'_>,
    is_struck: impl Fn(u8, i64) -> bool + Sync,
    guard: Guard<'_>,
) -> Result<Struck, GraphError> {
    let now = without(&Request { known: &[], ..*request }, is_struck, guard)?;
    let mut before = links.to_vec();
    before.par_sort_unstable();
    let missing = |from: &[Link], of: &[Link]| -> Vec<Link> {
        of.iter().filter(|link| from.binary_search(link).is_err()).copied().collect()
    };
    let mut after = now.links.clone();
    after.par_sort_unstable();
    let (gone, come) = (missing(&after, &before), missing(&before, &after));
    Ok(Struck { gone, come, now })
}

/// Clusters accounts as if some sets said nothing.
fn without(
    request: &Request<'_>,
    is_struck: impl Fn(u8, i64) -> bool + Sync,
    guard: Guard<'_>,
) -> Result<Clustered, GraphError> {
    let Request { rows, known, first_seen, actors, .. } = request;
    let count = rows.account.len();
    let even = rows.rank.len() == count && rows.tx.len() == count && rows.place.len() == count;
    if !even || first_seen.account.len() != first_seen.at.len() || actors.account.len() != actors.actor.len() {
        return Err(GraphError::Ragged);
    }
    let all = count + 2 * known.len();
    if all >= u32::MAX as usize {
        return Err(GraphError::TooManyRows { rows: all });
    }
    let (numbering, of) = Numbering::of(request);
    guard.ask()?;
    let named = Named::of(&numbering, actors);
    let rules = Rules { actors: named.of.clone(), large: request.weak.map(|weak| weak.large) };
    let mut merger = Merger::new(numbering.keys.len() as u32, rules)?;
    let mut found = Clustered { contested: named.contested(&numbering), ..Clustered::default() };
    let mut edges = Vec::new();
    for (sets, strength) in Sets::of(request, &of, is_struck, guard)? {
        let evidence = Evidence::new(&sets.starts, &sets.members, numbering.keys.len() as u32)?;
        let Merged { edges: made, refused } = merger.merge(&evidence, strength, guard)?;
        let link = |edge: &Edge| sets.link(request, &numbering.keys, edge);
        found.links.extend(made.iter().map(link));
        found.conflicts.extend(refused.iter().map(|refused| Conflict {
            link: link(&refused.edge),
            reason: match refused.reason {
                Reason::Actors(one, other) => Objection::Actors(named.key(one), named.key(other)),
                Reason::Sizes(one, other) => Objection::Sizes(one, other),
            },
        }));
        edges.extend(made);
    }
    let key = |node: u32| numbering.keys[node as usize];
    let renamed = history(numbering.keys.len() as u32, &edges, guard)?.into_iter().map(|merge| Renamed {
        old: key(merge.old),
        new: key(merge.new),
        link: merge.edge,
        old_size: merge.old_size,
        new_size: merge.new_size,
    });
    found.renamed = renamed.collect();
    found.clusters = merger.finish().into_iter().map(key).collect();
    found.accounts = numbering.keys;
    Ok(found)
}
