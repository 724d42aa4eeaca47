//! Money: whole fen (分) in an `i64`, never a float.
//!
//! Text forms are parsed and printed through [`rust_decimal`]; every arithmetic step is checked.
//! Splits name their rounding: [`Money::split_by_shares`] for tranches (rules.md §5) and
//! [`Money::split_by_largest_remainder`] for everything else (trust.md I24).

use std::{fmt, str::FromStr};

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The largest amount the service accepts: 999,999,999,999.99 yuan, in fen.
pub const MAX_FEN: i64 = 99_999_999_999_999;

/// An amount of Chinese yuan in whole fen. Never negative on the wire; postings may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// Why a text is no amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The text does not look like `0`, `50000` or `50000.00`.
    #[error("an amount is written like \"50000.00\": digits, at most two decimals, no sign, no separators")]
    Malformed,
}

impl Money {
    /// No money at all.
    pub const ZERO: Self = Self(0);

    /// The amount of `fen` hundredths of a yuan.
    #[must_use]
    pub const fn from_fen(fen: i64) -> Self {
        Self(fen)
    }

    /// The amount in fen.
    #[must_use]
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// The sum, or `None` where it leaves the range of an `i64`.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` where it leaves the range of an `i64`; it may be negative.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The same amount with the other sign, as a ledger posting needs it.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self(-self.0)
    }

    /// True for less than nothing.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Rounded down to whole hundreds of yuan (rules.md §4).
    #[must_use]
    pub const fn floor_to_100_yuan(self) -> Self {
        Self(self.0 - self.0.rem_euclid(10_000))
    }

    /// The sum of many amounts, or `None` on overflow.
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// Parts by shares in basis points, each rounded down to the fen, what is left over goes to
    /// the last (rules.md §5). `None` unless the shares are positive and add up to 10,000.
    #[must_use]
    pub fn split_by_shares(self, shares_bp: &[u32]) -> Option<Vec<Self>> {
        let total: u64 = shares_bp.iter().map(|bp| u64::from(*bp)).sum();
        if total != 10_000 || shares_bp.contains(&0) || self.is_negative() {
            return None;
        }
        let mut left = self.0;
        let last = shares_bp.len() - 1;
        let mut parts = Vec::with_capacity(shares_bp.len());
        for (index, bp) in shares_bp.iter().enumerate() {
            let part = if index == last {
                left
            } else {
                i64::try_from(i128::from(self.0) * i128::from(*bp) / 10_000).ok()?
            };
            left -= part;
            parts.push(Self(part));
        }
        Some(parts)
    }

    /// Parts in proportion to `weights`, by the largest remainder, ties to the lowest index:
    /// the parts add up exactly and each is within one fen of its ideal (trust.md I24).
    /// `None` when there are no positive weights or something is negative.
    #[must_use]
    pub fn split_by_largest_remainder(self, weights: &[Self]) -> Option<Vec<Self>> {
        let total: i128 = weights.iter().map(|w| i128::from(w.0)).sum();
        if total <= 0 || self.is_negative() || weights.iter().any(|w| w.is_negative()) {
            return None;
        }
        let mut parts = Vec::with_capacity(weights.len());
        let mut remainders = Vec::with_capacity(weights.len());
        let mut left = self.0;
        for (index, weight) in weights.iter().enumerate() {
            let exact = i128::from(self.0) * i128::from(weight.0);
            let part = i64::try_from(exact / total).ok()?;
            left -= part;
            parts.push(part);
            remainders.push((exact % total, index));
        }
        remainders.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, index) in remainders.into_iter().take(usize::try_from(left).ok()?) {
            if let Some(part) = parts.get_mut(index) {
                *part += 1;
            }
        }
        Some(parts.into_iter().map(Self).collect())
    }
}

/// The pattern of api.md: `^(0|[1-9]\d{0,11})(\.\d{1,2})?$`.
fn looks_like_money(text: &str) -> bool {
    let (whole, decimals) = match text.split_once('.') {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (text, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && whole.len() <= 12
        && (whole == "0" || !whole.starts_with('0'))
        && decimals.is_none_or(|part| digits(part) && part.len() <= 2)
}

impl FromStr for Money {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        if !looks_like_money(text) {
            return Err(MoneyError::Malformed);
        }
        Decimal::from_str_exact(text)
            .ok()
            .and_then(|yuan| yuan.checked_mul(Decimal::ONE_HUNDRED))
            .and_then(|fen| fen.to_i64())
            .map(Self)
            .ok_or(MoneyError::Malformed)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Decimal::new(self.0, 2))
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Money {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^(0|[1-9]\\d{0,11})(\\.\\d{1,2})?$"))
            .examples(["50000.00"])
            .into()
    }
}

impl utoipa::ToSchema for Money {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accepts_and_prints_amounts() {
        for (text, fen, printed) in [
            ("0", 0, "0.00"),
            ("0.5", 50, "0.50"),
            ("50000", 5_000_000, "50000.00"),
            ("32786.89", 3_278_689, "32786.89"),
            ("999999999999.99", MAX_FEN, "999999999999.99"),
        ] {
            let money: Money = text.parse().unwrap();
            assert_eq!((money.fen(), money.to_string().as_str()), (fen, printed));
        }
    }

    /// trust.md §5, number 35.
    #[test]
    fn refuses_everything_that_is_not_an_amount() {
        for text in [
            "",
            "-1",
            "0.001",
            "1e3",
            "NaN",
            "Infinity",
            "1,000",
            "１００",
            " 1",
            "1 ",
            "+1",
            "0x10",
            "01",
            ".5",
            "1.",
            "1.2.3",
            "1000000000000",
            "9223372036854775808",
        ] {
            assert_eq!(text.parse::<Money>(), Err(MoneyError::Malformed), "{text}");
        }
        assert!(serde_json::from_str::<Money>("0.1").is_err());
    }

    #[test]
    fn splits_the_tranches_of_the_rule() {
        let parts = Money::from_fen(3_278_689).split_by_shares(&[5_000, 4_000, 1_000]).unwrap();
        let printed: Vec<String> = parts.iter().map(Money::to_string).collect();
        assert_eq!(printed, ["16393.44", "13114.75", "3278.70"]);
        assert_eq!(Money::from_fen(1).split_by_shares(&[5_000, 4_000]), None);
        assert_eq!(Money::from_fen(1).split_by_shares(&[]), None);
        assert_eq!(Money::from_fen(1).split_by_shares(&[10_000, 0]), None);
    }

    proptest! {
        #[test]
        fn tranches_add_up(fen in 0..=MAX_FEN, cut in 1u32..9_999) {
            let parts = Money::from_fen(fen).split_by_shares(&[cut, 10_000 - cut]).unwrap();
            prop_assert_eq!(Money::checked_sum(parts), Some(Money::from_fen(fen)));
        }

        #[test]
        fn largest_remainder_adds_up_and_stays_within_a_fen(
            fen in 0..=MAX_FEN,
            weights in prop::collection::vec(0i64..=MAX_FEN, 1..20),
        ) {
            prop_assume!(weights.iter().any(|w| *w > 0));
            let weights: Vec<Money> = weights.into_iter().map(Money::from_fen).collect();
            let total: i128 = weights.iter().map(|w| i128::from(w.fen())).sum();
            let parts = Money::from_fen(fen).split_by_largest_remainder(&weights).unwrap();
            prop_assert_eq!(Money::checked_sum(parts.clone()), Some(Money::from_fen(fen)));
            for (part, weight) in parts.iter().zip(&weights) {
                let off = i128::from(part.fen()) * total - i128::from(fen) * i128::from(weight.fen());
                prop_assert!(off.abs() < total);
            }
        }

        #[test]
        fn printing_and_parsing_agree(fen in 0..=MAX_FEN) {
            let money = Money::from_fen(fen);
            prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
        }
    }
}
