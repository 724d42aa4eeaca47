//! The moves of a score sheet: one exhaustive match.

use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use super::super::model::ReviewState as S;
use crate::{error::Error, http::Guarded, kernel::role::Role};

/// What can be done to a score sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// 签回避声明: "I have no conflict".
    Declare,
    /// 回避: "I have one".
    Recuse,
    /// Write marks.
    Mark,
    /// Hand it in; it is sealed until then and locked afterwards.
    Submit,
}

impl Action {
    /// The state after it, or `None` where it cannot be done.
    #[must_use]
    pub const fn apply(self, state: S) -> Option<S> {
        match (self, state) {
            (Self::Declare, S::Assigned) | (Self::Mark, S::Declared) => Some(S::Declared),
            (Self::Recuse, S::Assigned | S::Declared) => Some(S::Recused),
            (Self::Submit, S::Declared) => Some(S::Submitted),
            (Self::Declare, S::Declared | S::Submitted | S::Recused)
            | (Self::Recuse, S::Submitted | S::Recused)
            | (Self::Mark | Self::Submit, S::Assigned | S::Submitted | S::Recused) => None,
        }
    }

    /// The state after it; R202 where the declaration is missing, else 409.
    pub fn next(self, state: S) -> Result<S, Error> {
        self.apply(state).ok_or_else(|| match (self, state) {
            (Self::Mark | Self::Submit, S::Assigned) => Error::new(&crate::error::codes::R202),
            _ => Error::illegal_transition(state),
        })
    }
}

impl Guarded for Action {
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::Declare | Self::Recuse | Self::Mark | Self::Submit => &[Role::Reviewer],
        }
    }

    fn states(&self) -> Vec<String> {
        S::iter().filter(|state| self.apply(*state).is_some()).map(|state| state.to_string()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_scores_before_the_declaration_or_after_the_recusal() {
        assert_eq!(Action::Mark.next(S::Assigned).unwrap_err().code.code, "R202");
        assert_eq!(Action::Submit.next(S::Assigned).unwrap_err().code.code, "R202");
        for action in Action::iter() {
            assert_eq!(action.apply(S::Recused), None);
            assert_eq!(action.apply(S::Submitted), None);
        }
    }
}
