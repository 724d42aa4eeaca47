//! The moves of an application: one exhaustive match.

use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use super::super::model::ApplicationState as S;
use crate::{error::Error, http::Guarded, kernel::role::Role};

/// What can be done to an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// Write at the draft.
    Edit,
    /// Hand it in.
    Submit,
    /// Take it back before the notice.
    Withdraw,
    /// The first person's finding.
    CheckForm,
    /// The second person's finding: accepted.
    Accept,
    /// The second person's finding: rejected.
    Reject,
    /// Give it to an expert.
    Assign,
    /// The last open sheet came in.
    CompleteScoring,
    /// The decision: chosen.
    Propose,
    /// The decision: chosen if something falls away.
    Waitlist,
    /// The decision: not chosen.
    Decline,
    /// Show it to the public.
    PublishNotice,
    /// The bureau's approval.
    Approve,
    /// The third signature.
    Sign,
}

const AUTHORS: &[Role] = &[Role::Applicant, Role::OrgAdmin];

impl Action {
    /// The state after it, or `None` where it cannot be done.
    #[must_use]
    pub const fn apply(self, state: S) -> Option<S> {
        match self {
            Self::Edit => match state {
                S::Draft => Some(S::Draft),
                _ => None,
            },
            Self::Submit => match state {
                S::Draft => Some(S::Submitted),
                _ => None,
            },
            Self::Withdraw => match state {
                S::Draft
                | S::Submitted
                | S::FormCheck
                | S::CorrectionRequested
                | S::Resubmitted
                | S::Eligible
                | S::Scoring
                | S::Scored
                | S::ReReview
                | S::Ranked => Some(S::Withdrawn),
                S::Rejected
                | S::Proposed
                | S::Waitlisted
                | S::NotAwarded
                | S::PublicNotice
                | S::ObjectionHold
                | S::Approved
                | S::Revoked
                | S::Agreement
                | S::Withdrawn => None,
            },
            Self::CheckForm => match state {
                // The first person may change their finding until the second has confirmed it.
                S::Submitted | S::Resubmitted | S::FormCheck => Some(S::FormCheck),
                _ => None,
            },
            Self::Accept => match state {
                S::FormCheck => Some(S::Eligible),
                _ => None,
            },
            Self::Reject => match state {
                S::FormCheck => Some(S::Rejected),
                _ => None,
            },
            Self::Assign => match state {
                // One more review of what was scored opens the scoring again.
                S::Eligible | S::Scoring | S::Scored => Some(S::Scoring),
                _ => None,
            },
            Self::CompleteScoring => match state {
                S::Scoring => Some(S::Scored),
                _ => None,
            },
            Self::Propose | Self::Waitlist => match state {
                S::Scored | S::Ranked => {
                    if matches!(self, Self::Propose) {
                        Some(S::Proposed)
                    } else {
                        Some(S::Waitlisted)
                    }
                }
                _ => None,
            },
            Self::Decline => match state {
                // An application without a score does not block the decision and is not awarded (rules.md §8).
                S::Eligible | S::Scoring | S::Scored | S::Ranked => Some(S::NotAwarded),
                _ => None,
            },
            Self::PublishNotice => match state {
                S::Proposed => Some(S::PublicNotice),
                _ => None,
            },
            Self::Approve => match state {
                S::PublicNotice => Some(S::Approved),
                _ => None,
            },
            Self::Sign => match state {
                S::Approved => Some(S::Agreement),
                _ => None,
            },
        }
    }

    /// The state after it, or 409.
    pub fn next(self, state: S) -> Result<S, Error> {
        self.apply(state).ok_or_else(|| Error::illegal_transition(state))
    }

    /// True for what the applicant's own people do.
    #[must_use]
    pub const fn is_the_applicants(self) -> bool {
        matches!(self, Self::Edit | Self::Submit | Self::Withdraw)
    }
}

impl Guarded for Action {
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::Edit | Self::Submit | Self::Withdraw => AUTHORS,
            Self::CheckForm | Self::Assign | Self::PublishNotice => &[Role::ProgramOfficer],
            Self::Accept | Self::Reject => &[Role::ProgramOfficer, Role::SubdistrictOfficer],
            Self::CompleteScoring => &[Role::Reviewer],
            Self::Propose | Self::Waitlist | Self::Decline => &[Role::CenterDirector],
            Self::Approve => &[Role::BureauApprover],
            Self::Sign => &[Role::OrgAdmin, Role::CenterDirector, Role::SubdistrictOfficer],
        }
    }

    fn states(&self) -> Vec<String> {
        S::iter().filter(|state| self.apply(*state).is_some()).map(|state| state.to_string()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every (state, action) pair, so that a new state cannot slip through unnoticed.
    #[test]
    fn the_table_of_moves() {
        let mut lines = Vec::new();
        for action in Action::iter() {
            for state in S::iter() {
                if let Some(next) = action.apply(state) {
                    lines.push(format!("{}: {state} -> {next}", <&str>::from(action)));
                }
            }
        }
        insta::assert_snapshot!(lines.join("\n"));
    }
}
