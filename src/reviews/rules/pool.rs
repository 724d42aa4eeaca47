//! What can be done to an expert of the pool.

use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use super::super::model::ExpertState as S;
use crate::{error::Error, http::Guarded, kernel::role::Role};

/// What the office does to an expert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum PoolAction {
    /// Change what is known of them.
    Change,
    /// 暂停: nothing new for the time being.
    Suspend,
    /// 恢复: back in the pool.
    Readmit,
    /// 出库: no longer in the pool; what they did stays.
    Remove,
}

impl PoolAction {
    /// The state after it, or `None` where it cannot be done.
    #[must_use]
    pub const fn apply(self, state: S) -> Option<S> {
        match state {
            S::Admitted => match self {
                Self::Change => Some(S::Admitted),
                Self::Suspend => Some(S::Suspended),
                Self::Remove => Some(S::Removed),
                Self::Readmit => None,
            },
            S::Suspended => match self {
                Self::Change => Some(S::Suspended),
                Self::Readmit => Some(S::Admitted),
                Self::Remove => Some(S::Removed),
                Self::Suspend => None,
            },
            S::Removed => match self {
                Self::Readmit => Some(S::Admitted),
                Self::Change | Self::Suspend | Self::Remove => None,
            },
        }
    }

    /// The state after it, or 409.
    pub fn next(self, state: S) -> Result<S, Error> {
        self.apply(state).ok_or_else(|| Error::illegal_transition(state))
    }
}

impl Guarded for PoolAction {
    fn roles(&self) -> &'static [Role] {
        &[Role::ProgramOfficer]
    }

    fn states(&self) -> Vec<String> {
        S::iter().filter(|state| self.apply(*state).is_some()).map(|state| state.to_string()).collect()
    }
}

/// The eighteen characters of an identity number (GB 11643) that checks: six digits of the place, the day of birth,
/// three digits, and a check character after ISO 7064 MOD 11-2.
#[must_use]
pub fn identity_number(text: &str) -> Option<String> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: &[u8; 11] = b"10X98765432";
    let number: String = crate::kernel::credit_code::normalise(text);
    if number.len() != 18 {
        return None;
    }
    let (body, check) = number.split_at_checked(17)?;
    let mut sum: usize = 0;
    for (digit, weight) in body.chars().zip(WEIGHTS) {
        sum += usize::try_from(digit.to_digit(10)? * weight).ok()?;
    }
    let month: u32 = body.get(10..12)?.parse().ok()?;
    let day: u32 = body.get(12..14)?.parse().ok()?;
    let expected = char::from(*CHECKS.get(sum % 11)?);
    let sound = check == expected.to_string() && (1..=12).contains(&month) && (1..=31).contains(&day);
    sound.then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_removed_comes_back_only_by_readmission() {
        for action in PoolAction::iter() {
            assert_eq!(action.apply(S::Removed), (action == PoolAction::Readmit).then_some(S::Admitted));
            let stays = action == PoolAction::Change;
            for state in S::iter() {
                if let Some(next) = action.apply(state) {
                    assert_eq!(next == state, stays, "{action:?} {state}");
                }
            }
        }
    }

    /// The example of GB 11643-1999 and what is one off.
    #[test]
    fn an_identity_number_has_a_check_character() {
        assert_eq!(identity_number("11010519491231002X").as_deref(), Some("11010519491231002X"));
        assert_eq!(identity_number(" 11010519491231002x ").as_deref(), Some("11010519491231002X"));
        for wrong in ["110105194912310021", "11010519491331002X", "1101051949123100", "", "一"] {
            assert_eq!(identity_number(wrong), None, "{wrong}");
        }
    }
}
