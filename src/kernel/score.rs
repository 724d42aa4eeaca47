//! Marks and scores: hundredths of a point in an `i64`, never a float.

use std::{fmt, str::FromStr};

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A mark or a score in hundredths of a point: `Score(8_810)` is 88.10.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(i64);

/// Why a text is no mark or score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScoreError {
    /// The text does not look like `18`, `18.5` or `88.10`.
    #[error("a mark or score is written like \"18.5\": digits, at most two decimals, no sign")]
    Malformed,
}

impl Score {
    /// Full marks of a rubric: 100.00.
    pub const FULL: Self = Self(10_000);
    /// No marks.
    pub const ZERO: Self = Self(0);

    /// The score of so many hundredths of a point.
    #[must_use]
    pub const fn from_hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// The score in hundredths of a point.
    #[must_use]
    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// `sum / count`, rounded half up to the hundredth: the one named rounding of rules.md §2.
    /// `None` for no scores at all.
    #[must_use]
    pub fn mean_half_up(sum: i64, count: usize) -> Option<Self> {
        let count = i64::try_from(count).ok().filter(|count| *count > 0)?;
        Some(Self((sum * 2 + count).div_euclid(count * 2)))
    }
}

impl FromStr for Score {
    type Err = ScoreError;

    fn from_str(text: &str) -> Result<Self, ScoreError> {
        let (whole, decimals) = text.split_once('.').map_or((text, None), |(a, b)| (a, Some(b)));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let fits = digits(whole)
            && whole.len() <= 6
            && (whole == "0" || !whole.starts_with('0'))
            && decimals.is_none_or(|part| digits(part) && part.len() <= 2);
        if !fits {
            return Err(ScoreError::Malformed);
        }
        Decimal::from_str_exact(text)
            .ok()
            .and_then(|points| points.checked_mul(Decimal::ONE_HUNDRED))
            .and_then(|hundredths| hundredths.to_i64())
            .map(Self)
            .ok_or(ScoreError::Malformed)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Decimal::new(self.0, 2))
    }
}

impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Score {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^(0|[1-9]\\d{0,5})(\\.\\d{1,2})?$"))
            .examples(["18.5"])
            .into()
    }
}

impl utoipa::ToSchema for Score {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_half_up() {
        assert_eq!(Score::mean_half_up(25_000, 3), Some(Score(8_333)));
        assert_eq!(Score::mean_half_up(25_001, 2), Some(Score(12_501)));
        assert_eq!(Score::mean_half_up(0, 0), None);
    }

    #[test]
    fn parses_marks() {
        assert_eq!("18.5".parse(), Ok(Score(1_850)));
        assert_eq!("88.10".parse(), Ok(Score(8_810)));
        for text in ["", "-1", "1.234", "９", "1e1", "01", ".5", "+1"] {
            assert!(text.parse::<Score>().is_err(), "{text}");
        }
    }
}
