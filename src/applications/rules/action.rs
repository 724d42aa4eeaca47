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
    /// Send it back with everything that is to be put right.
    RequestCorrection,
    /// The first person's finding.
    CheckForm,
    /// The second person's finding: accepted.
    Accept,
    /// The second person's finding: rejected.
    Reject,
    /// Give it to an expert. It moves nothing: what becomes of sheets is not the applicant's to see.
    Assign,
    /// The review of its round or batch began: of all that are eligible at the same moment.
    BeginScoring,
    /// The decision was made on its scores, as on those of all others.
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

/// What can be done in each state, and where it leads: one exhaustive match, so that a new state asks to be placed.
const fn moves(state: S) -> &'static [(Action, S)] {
    use Action as A;
    match state {
        S::Draft => &[(A::Edit, S::Draft), (A::Submit, S::Submitted), (A::Withdraw, S::Withdrawn)],
        S::Submitted | S::Resubmitted => &[
            (A::CheckForm, S::FormCheck),
            (A::RequestCorrection, S::CorrectionRequested),
            (A::Withdraw, S::Withdrawn),
        ],
        // The first person may change their finding until the second has confirmed it.
        S::FormCheck => &[
            (A::CheckForm, S::FormCheck),
            (A::RequestCorrection, S::CorrectionRequested),
            (A::Accept, S::Eligible),
            (A::Reject, S::Rejected),
            (A::Withdraw, S::Withdrawn),
        ],
        // A correction that did not come in time can only be rejected.
        S::CorrectionRequested => &[
            (A::Edit, S::CorrectionRequested),
            (A::Submit, S::Resubmitted),
            (A::CheckForm, S::FormCheck),
            (A::Withdraw, S::Withdrawn),
        ],
        S::ReReview => &[(A::Withdraw, S::Withdrawn)],
        // An application without a score does not block the decision and is not awarded (rules.md §8).
        S::Eligible => &[
            (A::Assign, S::Scoring),
            (A::BeginScoring, S::Scoring),
            (A::Decline, S::NotAwarded),
            (A::Withdraw, S::Withdrawn),
        ],
        S::Scoring => &[
            (A::Assign, S::Scoring),
            (A::CompleteScoring, S::Scored),
            (A::Decline, S::NotAwarded),
            (A::Withdraw, S::Withdrawn),
        ],
        // `scored` within the decision alone; nothing leads to `ranked` any more.
        S::Scored | S::Ranked => &[
            (A::Propose, S::Proposed),
            (A::Waitlist, S::Waitlisted),
            (A::Decline, S::NotAwarded),
            (A::Withdraw, S::Withdrawn),
        ],
        S::Proposed => &[(A::PublishNotice, S::PublicNotice)],
        S::PublicNotice => &[(A::Approve, S::Approved)],
        S::Approved => &[(A::Sign, S::Agreement)],
        S::Rejected
        | S::Waitlisted
        | S::NotAwarded
        | S::ObjectionHold
        | S::Revoked
        | S::Agreement
        | S::Withdrawn => &[],
    }
}

impl Action {
    /// The state after it, or `None` where it cannot be done.
    #[must_use]
    pub fn apply(self, state: S) -> Option<S> {
        moves(state).iter().find(|(action, _)| *action == self).map(|(_, next)| *next)
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
            Self::CheckForm
            | Self::RequestCorrection
            | Self::Assign
            | Self::BeginScoring
            | Self::PublishNotice => &[Role::ProgramOfficer],
            Self::Accept | Self::Reject => &[Role::ProgramOfficer, Role::SubdistrictOfficer],
            Self::CompleteScoring | Self::Propose | Self::Waitlist | Self::Decline => &[Role::CenterDirector],
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
