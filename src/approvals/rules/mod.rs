//! Selection, and what may be done to plans, notices, awards. Pure.

pub mod selection;

use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use self::selection::{Candidate, GroupRules, OnShortfall, SelectionRules};
use super::model::{AwardState, PlanState, Signatory};
use crate::{
    applications::BudgetLine,
    error::{Error, Fault, codes},
    http::Guarded,
    kernel::{digest::sha256_hex, money::Money, role::Role},
    programmes::{Policy, Shortfall, Track},
    reviews::Standing,
};

/// What can be done on the way from the ranking to the agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// Make a selection plan.
    Plan,
    /// Decide a plan.
    Decide,
    /// Draft and publish the notice.
    Announce,
    /// The bureau's written approval.
    ApproveInWriting,
    /// Refine the budget to the award.
    Refine,
    /// Sign the agreement.
    Sign,
}

impl Action {
    /// The state of an award after it, or `None` where it cannot be done to one.
    #[must_use]
    pub const fn apply(self, state: AwardState) -> Option<AwardState> {
        match (self, state) {
            (Self::Refine, AwardState::Refining) => Some(AwardState::AgreementPending),
            (Self::Sign, AwardState::AgreementPending) => Some(AwardState::Active),
            (
                Self::Plan | Self::Decide | Self::Announce | Self::ApproveInWriting,
                AwardState::Refining
                | AwardState::AgreementPending
                | AwardState::Active
                | AwardState::Terminated
                | AwardState::Closed,
            )
            | (
                Self::Refine,
                AwardState::AgreementPending
                | AwardState::Active
                | AwardState::Terminated
                | AwardState::Closed,
            )
            | (
                Self::Sign,
                AwardState::Refining | AwardState::Active | AwardState::Terminated | AwardState::Closed,
            ) => None,
        }
    }

    /// The state after it, or 409.
    pub fn next(self, state: AwardState) -> Result<AwardState, Error> {
        self.apply(state).ok_or_else(|| Error::illegal_transition(state))
    }
}

impl Guarded for Action {
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::Plan | Self::Announce => &[Role::ProgramOfficer],
            Self::Decide => &[Role::CenterDirector],
            Self::ApproveInWriting => &[Role::BureauApprover],
            Self::Refine => &[Role::OrgAdmin],
            Self::Sign => &[Role::OrgAdmin, Role::CenterDirector, Role::SubdistrictOfficer],
        }
    }

    fn states(&self) -> Vec<String> {
        match self {
            Self::Plan => vec!["closed".to_owned(), "reviewing".to_owned()],
            Self::Decide => vec![PlanState::Draft.to_string()],
            Self::Announce => vec!["decided".to_owned()],
            Self::ApproveInWriting => vec!["published".to_owned()],
            Self::Refine | Self::Sign => AwardState::iter()
                .filter(|state| self.apply(*state).is_some())
                .map(|state| state.to_string())
                .collect(),
        }
    }
}

/// The party a role signs for.
#[must_use]
pub const fn party_of(role: Role) -> Option<Signatory> {
    match role {
        Role::OrgAdmin => Some(Signatory::Implementer),
        Role::CenterDirector => Some(Signatory::Funder),
        Role::SubdistrictOfficer => Some(Signatory::ThirdParty),
        _ => None,
    }
}

/// The rules of a round's selection, from its policy.
#[must_use]
pub fn selection_rules(policy: &Policy, budget: Money) -> SelectionRules {
    SelectionRules {
        budget,
        pass_line: policy.pass_line,
        on_shortfall: match policy.on_shortfall {
            Shortfall::Stop => OnShortfall::Stop,
            Shortfall::Skip => OnShortfall::Skip,
            Shortfall::Partial => OnShortfall::Partial,
        },
        partial_min_share_bp: policy.partial_min_share_bp,
        max_count: policy.max_count.map(|count| usize::try_from(count).unwrap_or(usize::MAX)),
        domain_max: policy
            .domain_max
            .iter()
            .map(|(domain, max)| (domain.to_string(), usize::try_from(*max).unwrap_or(usize::MAX)))
            .collect(),
    }
}

/// The candidates in rank order, each with its place among the groups of [`group_rules`].
#[must_use]
pub fn candidates(standings: &[Standing], policy: &Policy) -> Vec<(usize, Candidate)> {
    let line = |line: &Standing| {
        let candidate = Candidate {
            application: line.reference.to_string(),
            score: line.score,
            amount: line.recommended,
            domain: line.domain.map(|domain| domain.to_string()),
        };
        (group_of(policy, line.track), candidate)
    };
    standings.iter().map(line).collect()
}

/// What holds for each track, in the order of the tracks, and at the end for those in none of them; without tracks there
/// is that one group alone (domain.md §2.5). A track without a budget of its own shares, with the others that have
/// none, what those with one leave of the round's budget.
#[must_use]
pub fn group_rules(policy: &Policy) -> Vec<GroupRules> {
    let of_tracks = policy.tracks.iter().flatten().map(|(track, own)| GroupRules {
        budget: own.budget,
        pass_line: policy.pass_line_for(*track),
        max_count: own.max_count.map(|count| usize::try_from(count).unwrap_or(usize::MAX)),
    });
    let rest = GroupRules { budget: None, pass_line: policy.pass_line, max_count: None };
    of_tracks.chain([rest]).collect()
}

/// The place of a track's group.
fn group_of(policy: &Policy, track: Option<Track>) -> usize {
    let Some(tracks) = &policy.tracks else { return 0 };
    track.and_then(|track| tracks.keys().position(|known| *known == track)).unwrap_or(tracks.len())
}

/// What a plan was made from: a plan whose scores have changed since is outdated.
#[must_use]
pub fn digest(standings: &[Standing], policy: &Policy, budget: Money) -> String {
    let lines: Vec<_> =
        standings.iter().map(|line| (line.application_id, line.rank, line.score, line.recommended)).collect();
    sha256_hex(serde_json::json!([lines, policy, budget]).to_string())
}

/// A refined budget: every line of the application once, the fund's lines adding up to the award, the group's own
/// lines not less than promised.
pub fn check_refined_budget(
    lines: &[BudgetLine],
    refined: &[(i32, Money)],
    award: Money,
) -> Result<Vec<BudgetLine>, Error> {
    let mut next = Vec::with_capacity(lines.len());
    let mut faults = Vec::new();
    for (index, (position, _)) in refined.iter().enumerate() {
        let known = lines.iter().any(|line| line.position == *position);
        let again = refined.iter().take(index).any(|(earlier, _)| earlier == position);
        if !known || again {
            let pointer = format!("/budget_lines/{index}/position");
            faults.push(Fault::new(pointer, &codes::FIELD_INVALID).with("reason", position));
        }
    }
    for line in lines {
        match refined.iter().find(|(position, _)| *position == line.position) {
            Some((_, amount)) => next.push(BudgetLine { amount: *amount, ..line.clone() }),
            None => faults.push(Fault::new("/budget_lines", &codes::FIELD_REQUIRED)),
        }
    }
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let sum = |of: &[BudgetLine], from_fund: bool| {
        Money::checked_sum(of.iter().filter(|line| line.from_fund == from_fund).map(|line| line.amount))
    };
    if sum(&next, true) != Some(award) || sum(&next, false) < sum(lines, false) {
        return Err(Error::new(&codes::BUDGET_NOT_AWARD));
    }
    Ok(next)
}
