//! Numbers that stand for too few are not printed, and neither is one by which they could be worked out.
//!
//! A row is kept when at least k parties stand behind it. Where exactly one row of a table fails, its value could be had
//! from a total that is printed elsewhere, so the smallest row that would be kept goes with it (secondary suppression).
//! Amounts are rounded to a thousand, so that no single payment can be recognised.

use crate::decimal::Decimal;

/// Which of the rows, given by the number of parties behind each, may be printed.
pub(crate) fn kept(parties: &[u64], k: u32) -> Vec<bool> {
    let k = u64::from(k.max(1));
    let mut kept: Vec<bool> = parties.iter().map(|count| *count >= k).collect();
    if kept.iter().filter(|kept| !**kept).count() == 1 {
        let smallest =
            parties.iter().enumerate().filter(|(_, count)| **count >= k).min_by_key(|(index, count)| (**count, *index));
        if let Some((index, _)) = smallest
            && let Some(row) = kept.get_mut(index)
        {
            *row = false;
        }
    }
    kept
}

/// An amount to the nearest thousand, as text.
pub(crate) fn thousands(amount: Decimal) -> String {
    let text = amount.to_string();
    let whole: i128 = text.split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or(0);
    ((whole + 500 * whole.signum()) / 1000 * 1000).to_string()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test says so by failing")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_hidden_row_takes_another_with_it() {
        assert_eq!(kept(&[9, 2, 7, 30], 5), [true, false, false, true]);
        assert_eq!(kept(&[9, 2, 1], 5), [true, false, false]);
        assert_eq!(kept(&[4], 5), [false]);
        assert_eq!(kept(&[5, 6], 5), [true, true]);
        assert_eq!(thousands("1234567.89".parse().unwrap()), "1235000");
        assert_eq!(thousands("499.99".parse().unwrap()), "0");
    }

    proptest! {
        /// Nothing below k is ever printed, and no row is ever hidden alone where there is another.
        #[test]
        fn hides_all_that_is_small_and_never_one_alone(parties in proptest::collection::vec(0_u64..20, 0..12), k in 2_u32..8) {
            let kept = kept(&parties, k);
            prop_assert!(parties.iter().zip(&kept).all(|(count, kept)| !kept || *count >= u64::from(k)));
            let hidden = kept.iter().filter(|kept| !**kept).count();
            prop_assert!(hidden != 1 || parties.len() == 1);
            prop_assert!(hidden <= parties.iter().filter(|count| **count < u64::from(k)).count() + 1);
        }
    }
}
