//! The ids by which results name transfers: four bytes each where their span allows it, none where they are the edge
//! numbers.

use rayon::prelude::*;

/// Ids one task works on.
const PIECE: usize = 1 << 15;

/// One id an edge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ids {
    /// The edge's number.
    Edge,
    /// So much more than the least.
    Narrow(i64, Vec<u32>),
    /// As they are.
    Wide(Vec<i64>),
}

impl Ids {
    pub(crate) fn of(ids: Option<Vec<i64>>) -> Self {
        let Some(ids) = ids else { return Self::Edge };
        let extent = |ids: &[i64]| ids.iter().fold((i64::MAX, i64::MIN), |(a, b), id| (a.min(*id), b.max(*id)));
        let both = |a: (i64, i64), b: (i64, i64)| (a.0.min(b.0), a.1.max(b.1));
        let (least, most) = ids.par_chunks(PIECE).map(extent).reduce(|| (i64::MAX, i64::MIN), both);
        if most.abs_diff(least) > u64::from(u32::MAX) {
            return Self::Wide(ids);
        }
        Self::Narrow(least, ids.par_iter().with_min_len(PIECE).map(|id| id.abs_diff(least) as u32).collect())
    }

    #[inline]
    pub(crate) fn get(&self, edge: u32) -> i64 {
        match self {
            Self::Edge => i64::from(edge),
            Self::Narrow(least, ids) => least + i64::from(ids[edge as usize]),
            Self::Wide(ids) => ids[edge as usize],
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::Edge => 0,
            Self::Narrow(_, ids) => ids.len() * 4,
            Self::Wide(ids) => ids.len() * 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_takes_as_many_bytes_as_their_span_needs() {
        let span = i64::from(u32::MAX);
        for (ids, bytes) in [
            (vec![], 0),
            (vec![i64::MIN, i64::MIN + span], 8),
            (vec![i64::MAX, i64::MAX - span, i64::MAX - 7], 12),
            (vec![-1, span], 16),
            (vec![i64::MAX, i64::MIN], 16),
        ] {
            let kept = Ids::of(Some(ids.clone()));
            assert_eq!(kept.bytes(), bytes);
            assert!((0..).zip(ids).all(|(edge, id)| kept.get(edge) == id));
        }
        assert_eq!((Ids::of(None).get(7), Ids::of(None).bytes()), (7, 0));
    }
}
