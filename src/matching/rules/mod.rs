//! Stable matching, money plan, and who may do what. Pure.

pub mod sponsorship;
pub mod stable;

use std::collections::BTreeMap;

use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};

use self::stable::{Party, stable_matching};
use super::model::{MatchingState as S, Pair, RunResult, Side};
use crate::{
    error::{Error, Fault, codes},
    http::Guarded,
    kernel::{
        ids::{ApplicationId, EnterpriseId},
        role::Role,
    },
    programmes::Proposer,
};

/// What can be done in a matching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Action {
    /// Open a matching round.
    Open,
    /// Hand in a list.
    List,
    /// Compute a run.
    Run,
    /// Confirm a run.
    Confirm,
}

impl Action {
    /// The state after it, or `None` where it cannot be done.
    #[must_use]
    pub const fn apply(self, state: S) -> Option<S> {
        match (self, state) {
            (Self::List | Self::Run, S::Open) => Some(S::Open),
            (Self::Confirm, S::Open) => Some(S::Confirmed),
            (Self::Open, S::Open | S::Confirmed) | (Self::List | Self::Run | Self::Confirm, S::Confirmed) => {
                None
            }
        }
    }

    /// The state after it, or 409.
    pub fn next(self, state: S) -> Result<S, Error> {
        self.apply(state).ok_or_else(|| Error::illegal_transition(state))
    }
}

impl Guarded for Action {
    fn roles(&self) -> &'static [Role] {
        match self {
            Self::Open | Self::Run => &[Role::ProgramOfficer],
            Self::List => &[Role::SponsorRep, Role::OrgAdmin],
            Self::Confirm => &[Role::CenterDirector],
        }
    }

    fn states(&self) -> Vec<String> {
        S::iter().filter(|state| self.apply(*state).is_some()).map(|state| state.to_string()).collect()
    }
}

/// A list as it came out of the database.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Whose.
    pub side: Side,
    /// Which one's.
    pub owner: String,
    /// How many partners it takes.
    pub places: usize,
    /// The other side, the most wanted first.
    pub choices: Vec<String>,
}

/// Every choice names somebody of the other side, once.
pub fn check_choices(choices: &[String], known: &impl Fn(&str) -> bool) -> Result<(), Error> {
    let mut seen = std::collections::BTreeSet::new();
    let mut faults = Vec::new();
    for (index, choice) in choices.iter().enumerate() {
        let at = format!("/choices/{index}");
        if !known(choice) {
            faults.push(Fault::new(at, &codes::PREFERENCE_UNKNOWN).with("name", choice));
        } else if !seen.insert(choice) {
            faults.push(Fault::new(at, &codes::PREFERENCE_TWICE).with("name", choice));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// Computes a run from all lists; the order of the lists does not matter.
pub fn run(lists: &[Listed], proposer: Proposer) -> Result<RunResult, Error> {
    let sorted = |side: Side| {
        let mut of_side: Vec<&Listed> = lists.iter().filter(|list| list.side == side).collect();
        of_side.sort_by(|a, b| a.owner.cmp(&b.owner));
        of_side
    };
    let (enterprises, projects) = (sorted(Side::Enterprise), sorted(Side::Project));
    let pairs_of = |proposer: Proposer| {
        let matching = stable_matching(
            &parties(&enterprises, &projects),
            &parties(&projects, &enterprises),
            match proposer {
                Proposer::Enterprises => stable::Proposer::Enterprises,
                Proposer::Projects => stable::Proposer::Projects,
            },
        )
        .map_err(Error::internal)?;
        let mut pairs = Vec::with_capacity(matching.pairs.len());
        for (enterprise, project) in &matching.pairs {
            if let (Some(enterprise), Some(project)) = (enterprises.get(*enterprise), projects.get(*project))
            {
                pairs.push(Pair {
                    enterprise_id: id(&enterprise.owner)?,
                    application_id: id(&project.owner)?,
                });
            }
        }
        pairs.sort();
        Ok::<_, Error>((pairs, matching))
    };
    let other = match proposer {
        Proposer::Enterprises => Proposer::Projects,
        Proposer::Projects => Proposer::Enterprises,
    };
    let (pairs, matching) = pairs_of(proposer)?;
    let (other_pairs, _) = pairs_of(other)?;
    let unmatched_enterprises: Vec<EnterpriseId> = matching
        .unmatched_enterprises
        .iter()
        .filter_map(|place| enterprises.get(*place))
        .map(|list| id(&list.owner))
        .collect::<Result<_, _>>()?;
    let unmatched_projects: Vec<ApplicationId> = matching
        .unmatched_projects
        .iter()
        .filter_map(|place| projects.get(*place))
        .map(|list| id(&list.owner))
        .collect::<Result<_, _>>()?;
    Ok(RunResult {
        other_side: other_pairs.into_iter().filter(|pair| !pairs.contains(pair)).collect(),
        pairs,
        unmatched_enterprises,
        unmatched_projects,
        blocking_pairs: matching.blocking_pairs,
    })
}

fn id<T: std::str::FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::internal(format!("not an id: {text}")))
}

/// Ids become positions in the other side's list; who handed in no list is nobody's partner.
fn parties(side: &[&Listed], others: &[&Listed]) -> Vec<Party> {
    let places: BTreeMap<&str, usize> =
        others.iter().enumerate().map(|(place, other)| (other.owner.as_str(), place)).collect();
    side.iter()
        .map(|list| Party {
            id: list.owner.clone(),
            places: list.places,
            prefers: list.choices.iter().filter_map(|choice| places.get(choice.as_str()).copied()).collect(),
        })
        .collect()
}
