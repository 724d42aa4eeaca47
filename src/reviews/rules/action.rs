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
    /// Sign it and hand it in; it is sealed until then and nobody writes at it afterwards.
    Submit,
    /// The chair locks it.
    Lock,
    /// A supervisor notes why it should be opened again.
    Note,
    /// The chair opens it again, on a supervisor's note.
    Reopen,
    /// Taken from the expert: by a new plan before they opened it, by an officer with a reason while it is open, or
    /// because a tie came to light after it was handed in.
    Release,
}

impl Action {
    /// The state after it, or `None` where it cannot be done.
    #[must_use]
    pub const fn apply(self, state: S) -> Option<S> {
        match state {
            S::Assigned => match self {
                Self::Declare => Some(S::Declared),
                Self::Recuse => Some(S::Recused),
                Self::Release => Some(S::Released),
                Self::Mark | Self::Submit | Self::Lock | Self::Note | Self::Reopen => None,
            },
            S::Declared => match self {
                Self::Mark => Some(S::Declared),
                Self::Submit => Some(S::Submitted),
                Self::Recuse => Some(S::Recused),
                Self::Release => Some(S::Released),
                Self::Declare | Self::Lock | Self::Note | Self::Reopen => None,
            },
            S::Submitted => match self {
                Self::Lock => Some(S::Locked),
                Self::Note => Some(S::Submitted),
                Self::Reopen => Some(S::Declared),
                Self::Release => Some(S::Released),
                Self::Declare | Self::Recuse | Self::Mark | Self::Submit => None,
            },
            S::Locked => match self {
                Self::Note => Some(S::Locked),
                Self::Reopen => Some(S::Declared),
                Self::Release => Some(S::Released),
                Self::Declare | Self::Recuse | Self::Mark | Self::Submit | Self::Lock => None,
            },
            S::Recused | S::Released => None,
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

impl Action {
    /// True for what the expert does with their own sheet; the rest is for others to do.
    #[must_use]
    pub const fn is_the_experts(self) -> bool {
        match self {
            Self::Declare | Self::Recuse | Self::Mark | Self::Submit => true,
            Self::Lock | Self::Note | Self::Reopen | Self::Release => false,
        }
    }

    /// True for what writes to the sheet: it has a deadline, and in the defence a first day.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(self, Self::Mark | Self::Submit)
    }
}

impl Guarded for Action {
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::Declare | Self::Recuse | Self::Mark | Self::Submit => &[Role::Reviewer],
            Self::Lock | Self::Reopen => &[Role::PanelChair],
            Self::Note => &[Role::Supervisor],
            Self::Release => &[Role::ProgramOfficer],
        }
    }

    fn states(&self) -> Vec<String> {
        S::iter().filter(|state| self.apply(*state).is_some()).map(|state| state.to_string()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every state with every action: what stands here is what the service does.
    #[test]
    fn the_table_of_moves() {
        let line = |state: S, action: Action| {
            let next =
                action.next(state).map_or_else(|error| error.code.code.to_owned(), |next| next.to_string());
            format!("{state:<9} {:<8} {next}", <&str>::from(action))
        };
        let all: Vec<String> =
            S::iter().flat_map(|state| Action::iter().map(move |action| line(state, action))).collect();
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn nobody_scores_before_the_declaration_or_after_the_recusal() {
        assert_eq!(Action::Mark.next(S::Assigned).unwrap_err().code.code, "R202");
        assert_eq!(Action::Submit.next(S::Assigned).unwrap_err().code.code, "R202");
        for action in Action::iter() {
            assert_eq!(action.apply(S::Recused), None);
            assert_eq!(action.apply(S::Released), None);
        }
        for writes in [Action::Declare, Action::Recuse, Action::Mark, Action::Submit] {
            assert_eq!(writes.apply(S::Submitted), None);
            assert_eq!(writes.apply(S::Locked), None);
        }
    }
}
