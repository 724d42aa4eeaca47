//! The unified social credit code (统一社会信用代码) by GB 32100-2015 (domain.md §6.3).

use std::fmt;

use serde::Serialize;

const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// `3^(i-1) mod 31` for the first 17 places.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/// A code whose check character is right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct CreditCode(String);

/// What is wrong with a code, and at which place (1-based).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    /// Not 18 characters; the place is the first one missing or too many.
    #[error("a credit code has 18 characters, place {0}")]
    Length(usize),
    /// A character outside the alphabet (I, O, S, V, Z are not used).
    #[error("place {0} is not a character of a credit code")]
    Character(usize),
    /// The check character at place 18 does not fit the 17 before it.
    #[error("place 18 does not fit the places before it")]
    CheckCharacter,
}

impl CreditCodeError {
    /// The place to look at, 1-based.
    #[must_use]
    pub const fn place(self) -> usize {
        match self {
            Self::Length(place) | Self::Character(place) => place,
            Self::CheckCharacter => 18,
        }
    }
}

impl CreditCode {
    /// Reads a code as people type it: blanks around it, lower case and full-width forms are normalised.
    pub fn parse(text: &str) -> Result<Self, CreditCodeError> {
        let code = normalise(text);
        let mut values = Vec::with_capacity(18);
        for (index, c) in code.chars().enumerate() {
            if index >= 18 {
                return Err(CreditCodeError::Length(19));
            }
            values.push(ALPHABET.find(c).ok_or(CreditCodeError::Character(index + 1))?);
        }
        let Some((check, body)) = values.split_last().filter(|_| values.len() == 18) else {
            return Err(CreditCodeError::Length(values.len() + 1));
        };
        let sum: usize = body.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
        if (31 - sum % 31) % 31 != *check {
            return Err(CreditCodeError::CheckCharacter);
        }
        Ok(Self(code))
    }

    /// The 18 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Full-width to half-width, upper case, no blanks.
#[must_use]
pub fn normalise(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match u32::from(c) {
            wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(c),
            _ => c,
        })
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

impl fmt::Display for CreditCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_vectors() {
        for code in [
            "52330203MJ9X00014E",
            "51330203MJ9X00022C",
            "52330203MJ9X000304",
            "53330203MJ9X00049X",
            "91330203MA9X000541",
            "91330203MA9X00070N",
            "51330200MJ9X00065E",
            " 52330203mj9x00014e ",
            "５２３３０２０３ＭＪ９Ｘ０００１４Ｅ",
        ] {
            assert!(CreditCode::parse(code).is_ok(), "{code}");
        }
    }

    #[test]
    fn names_the_place_of_the_fault() {
        for (code, error) in [
            ("91350100M000100Y4Z", CreditCodeError::Character(18)),
            ("91350100M000100Y44", CreditCodeError::CheckCharacter),
            ("52330203MJ9X00014F", CreditCodeError::CheckCharacter),
            ("5233O203MJ9X00014E", CreditCodeError::Character(5)),
            ("52330203MJ9X00014", CreditCodeError::Length(18)),
            ("52330203MJ9X00014EE", CreditCodeError::Length(19)),
            ("", CreditCodeError::Length(1)),
        ] {
            assert_eq!(CreditCode::parse(code).unwrap_err(), error, "{code}");
        }
        assert!(CreditCode::parse("91350100M000100Y43").is_ok());
    }
}
