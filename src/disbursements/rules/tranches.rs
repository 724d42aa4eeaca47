//! The tranches of an award (rules.md §5).

use crate::kernel::money::Money;

/// Why shares cannot split an award.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrancheError {
    /// A share is nothing, or the shares do not add up to 10,000 basis points, or the award is negative.
    #[error("the shares must be positive and add up to 10000 basis points")]
    Shares,
}

/// Splits an award: each share rounded down to the fen, the remainder goes to the last tranche.
pub fn split(award: Money, shares_bp: &[u32]) -> Result<Vec<Money>, TrancheError> {
    award.split_by_shares(shares_bp).ok_or(TrancheError::Shares)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn splits_by_the_presets() {
        for (shares, parts) in [
            (&[5_000, 4_000, 1_000][..], vec![1_639_344, 1_311_475, 327_870]),
            (&[5_000, 3_000, 2_000][..], vec![1_639_344, 983_606, 655_739]),
            (&[6_000, 4_000][..], vec![1_967_213, 1_311_476]),
            (&[10_000][..], vec![3_278_689]),
        ] {
            let parts: Vec<Money> = parts.into_iter().map(Money::from_fen).collect();
            assert_eq!(split(Money::from_fen(3_278_689), shares), Ok(parts));
        }
        assert_eq!(split(Money::from_fen(1), &[5_000, 5_001]), Err(TrancheError::Shares));
        assert_eq!(split(Money::from_fen(1), &[0, 10_000]), Err(TrancheError::Shares));
        assert_eq!(split(Money::from_fen(1), &[]), Err(TrancheError::Shares));
    }

    proptest! {
        #[test]
        fn tranches_add_up_and_only_the_last_is_larger_than_its_share(
            fen in 0i64..=99_999_999_999_999, first in 1u32..5_000, second in 1u32..5_000,
        ) {
            let shares = [first, second, 10_000 - first - second];
            let parts = split(Money::from_fen(fen), &shares).unwrap();
            prop_assert_eq!(Money::checked_sum(parts.iter().copied()), Some(Money::from_fen(fen)));
            for (part, share) in parts.iter().zip(shares) {
                let over = i128::from(part.fen()) * 10_000 - i128::from(fen) * i128::from(share);
                prop_assert!(over > -10_000 && over < 30_000);
            }
        }
    }
}
