//! 分派方案: from what is known of applications, experts and sheets to the instance that is solved, and from its
//! solution to a plan that says why.

mod compose;
mod result;
mod written;

use std::collections::{BTreeMap, BTreeSet};

use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use super::{
    super::model::{AssignmentPlanState as S, Bar, BarredPair, PlanResult, ReviewState},
    affinity::{Factors, Profile},
    assignment::AssignmentInput,
};
use crate::{
    error::Error,
    http::Guarded,
    kernel::{
        ids::{ApplicationId, ExpertId},
        reference::Reference,
        role::Role,
    },
};

pub use self::{
    compose::{compose, select},
    result::{figures, masked, result},
    written::{AssignmentInstance, read, write},
};

/// What can be done to an assignment plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum PlanAction {
    /// Carry it out.
    Adopt,
}

impl PlanAction {
    /// The state after it, or `None` where it cannot be done.
    #[must_use]
    pub const fn apply(self, state: S) -> Option<S> {
        match state {
            S::Proposed => match self {
                Self::Adopt => Some(S::Adopted),
            },
            S::Adopted => match self {
                Self::Adopt => None,
            },
        }
    }

    /// The state after it, else 409.
    pub fn next(self, state: S) -> Result<S, Error> {
        self.apply(state).ok_or_else(|| Error::illegal_transition(state))
    }
}

impl Guarded for PlanAction {
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::Adopt => &[Role::ProgramOfficer],
        }
    }

    fn states(&self) -> Vec<String> {
        S::iter().filter(|state| self.apply(*state).is_some()).map(|state| state.to_string()).collect()
    }
}

/// The state of a sheet that a plan gives to its expert again: only what was released can be.
#[must_use]
pub const fn take_up(state: ReviewState) -> Option<ReviewState> {
    match state {
        ReviewState::Released => Some(ReviewState::Assigned),
        ReviewState::Assigned
        | ReviewState::Declared
        | ReviewState::Submitted
        | ReviewState::Locked
        | ReviewState::Recused => None,
    }
}

/// An application that can be reviewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Its id.
    pub id: ApplicationId,
    /// Its number: what it is called in the instance.
    pub reference: Reference,
    /// What speaks for an expert.
    pub profile: Profile,
}

/// An expert who may be asked, or who has opened a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their id: what they are called in the instance.
    pub id: ExpertId,
    /// What they know.
    pub profile: Profile,
    /// How many applications they should get in the stage.
    pub min_load: usize,
    /// How many they take.
    pub max_load: usize,
    /// How many they have beside those of the plan.
    pub held_beside: usize,
    /// False for who gets nothing new.
    pub available: bool,
}

/// A pair by its ids.
pub type Ids = (ApplicationId, ExpertId);

/// What a plan rests on. The lists are sorted: applications by reference, experts by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Situation {
    /// The applications of the plan.
    pub applications: Vec<Candidate>,
    /// Everybody who may be asked, and who has a sheet of one of them.
    pub experts: Vec<Person>,
    /// The sheets of the stage and reading.
    pub sheets: BTreeMap<Ids, ReviewState>,
    /// The kind of tie of each pair that has one.
    pub ties: BTreeMap<Ids, String>,
    /// Who has scored which application in an earlier stage or reading.
    pub scored_before: BTreeSet<Ids>,
    /// The panels, each with its members.
    pub panels: Vec<BTreeSet<ExpertId>>,
    /// The panel of each application that has one, by its place in the list.
    pub panel_of: BTreeMap<ApplicationId, usize>,
    /// Who holds a post in which they see scores, of applications that have some: they give none any more.
    pub saw_scores: BTreeSet<Ids>,
    /// Reviews of an application where nobody says otherwise.
    pub demand: u32,
    /// Breaks equal optima.
    pub seed: String,
}

impl Situation {
    /// True where an expert may be given an application as far as panels and posts go: they sit in its panel, where it
    /// has one, and have not seen how others scored it.
    #[must_use]
    pub fn is_open_to(&self, application: ApplicationId, expert: ExpertId) -> bool {
        let panel = self.panel_of.get(&application).and_then(|place| self.panels.get(*place));
        panel.is_none_or(|members| members.contains(&expert))
            && !self.saw_scores.contains(&(application, expert))
    }
}

/// An instance with what its numbers come from. Positions are those of the situation's lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composed {
    /// What is solved.
    pub input: AssignmentInput,
    /// The factors behind each affinity.
    pub factors: Vec<Vec<Factors>>,
    /// Pairs that cannot be, and why. Pairs of experts who get nothing new at all are not listed one by one.
    pub barred: Vec<BarredPair>,
}

impl Bar {
    /// Why, in a Chinese sentence.
    #[must_use]
    pub fn zh(self, detail: &str) -> String {
        match self {
            Self::Conflict => format!("该专家与该申请存在利害关系（{detail}），须回避。"),
            Self::Recused => "该专家已回避该申请。".into(),
            Self::Released => {
                "此前的方案已将该申请从该专家处收回；如需再次分派，请指定该配对或允许重新分派。".into()
            }
            Self::Banned => format!("形成方案时已排除该配对：{detail}。"),
        }
    }

    /// Why, in an English sentence.
    #[must_use]
    pub fn en(self, detail: &str) -> String {
        match self {
            Self::Conflict => {
                format!("The expert has a conflict of interest with the application ({detail}).")
            }
            Self::Recused => "The expert has stepped back from the application.".into(),
            Self::Released => {
                "An earlier plan took the application from the expert; lock the pair, or let released \
                               pairs be taken up again."
                    .into()
            }
            Self::Banned => format!("The pair was banned when the plan was made: {detail}."),
        }
    }
}

impl PlanResult {
    /// The pairs as the solver knows them.
    #[must_use]
    pub fn solved_pairs(&self) -> Vec<(String, String)> {
        self.pairs.iter().map(|pair| (pair.reference.to_string(), pair.expert_id.to_string())).collect()
    }
}

#[cfg(test)]
mod tests;
