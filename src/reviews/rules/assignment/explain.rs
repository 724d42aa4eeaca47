#![expect(clippy::indexing_slicing, reason = "positions are those of the sorted instance")]
//! Why a plan is as it is (rules.md §6): for each pair, application and reviewer, and "why not him".
//!
//! Losses are exact: what the best plan without the pair, or with it, has less. Under
//! [`Objective::Total`] they come from the cheapest chain of changes, under [`Objective::Fair`] from
//! a plan made with the pair forced.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Assignment, AssignmentError, AssignmentInput, Objective, assign,
    problem::{Cost, Pair, Problem, wide},
    residual::Residual,
};

/// The reasons of a whole plan; the lists are sorted by identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanations {
    /// One entry an assigned pair.
    pub pairs: Vec<PairReason>,
    /// One entry an application.
    pub applications: Vec<ApplicationReason>,
    /// One entry a reviewer.
    pub reviewers: Vec<ReviewerReason>,
}

/// Why a pair is assigned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PairReason {
    /// The application.
    pub application: String,
    /// The reviewer.
    pub reviewer: String,
    /// How well they fit.
    pub affinity: i64,
    /// Which place the reviewer has among those allowed for the application; 1 is the best, equals
    /// share the better place.
    pub rank: usize,
    /// How many reviewers are allowed for the application.
    pub allowed: usize,
    /// The pair was set by a person.
    pub forced: bool,
    /// The pair was in the earlier plan.
    pub kept: bool,
    /// How much Σ affinity the best plan without this pair has less. Absent where it cannot be told
    /// exactly, or where such a plan would have fewer reviews or break an earlier goal.
    pub instead_of_loss: Option<i64>,
}

/// What an application got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApplicationReason {
    /// The application.
    pub application: String,
    /// Σ affinity of its reviewers.
    pub sum: i64,
    /// The lowest affinity among them; 0 without any.
    pub lowest: i64,
    /// Σ affinity of its best allowed reviewers, were it alone.
    pub best_possible: i64,
    /// How many reviewers it has.
    pub assigned: usize,
    /// How many it should have.
    pub demand: usize,
}

/// What a reviewer got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReviewerReason {
    /// The reviewer.
    pub reviewer: String,
    /// How many reviews.
    pub load: usize,
    /// How many there should be at least.
    pub min_load: usize,
    /// How many there can be at most.
    pub max_load: usize,
}

/// A goal that goes before the sum of affinities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// As many reviews as possible.
    Reviews,
    /// As many pairs of the earlier plan as possible stay.
    Kept,
    /// Minimum loads.
    MinimumLoads,
    /// The smallest Σ affinity of any application.
    WeakestApplication,
}

/// Why a reviewer is not with an application: the first reason that is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", tag = "reason")]
pub enum WhyNot {
    /// The pair is assigned.
    Assigned,
    /// The pair is forbidden.
    Forbidden,
    /// The application has all its reviews, from reviewers who fit better or were set by a person.
    DemandMetByBetter {
        /// The lowest affinity among its reviewers.
        lowest_held: i64,
        /// That of the pair asked for.
        own: i64,
    },
    /// The reviewer has the maximum load, with applications that fit better or were set by a person.
    Full {
        /// How many reviews the reviewer has.
        load: usize,
        /// The lowest affinity among them.
        lowest_held: i64,
        /// That of the pair asked for.
        own: i64,
    },
    /// The best plan with the pair is worse in a goal that goes before the sum.
    EarlierGoal {
        /// Which.
        goal: Goal,
    },
    /// The best plan with the pair has a smaller Σ affinity.
    CostsElsewhere {
        /// By how much.
        loss: i64,
    },
    /// The plan with the pair is as good; the draw decided.
    LostDraw,
    /// The plan with the pair has the same Σ affinity, but less even loads.
    Balance,
}

impl WhyNot {
    /// The reason in a Chinese sentence.
    #[must_use]
    pub fn zh(&self) -> String {
        match self {
            Self::Assigned => "该评委已分配给该项目。".into(),
            Self::Forbidden => "该评委须回避该项目，或已谢绝评审该项目。".into(),
            Self::DemandMetByBetter { lowest_held, own } => format!(
                "该项目所需评审已足额，现有评委匹配度更高或由人工指定（其中最低 {lowest_held}，该评委 {own}）。"
            ),
            Self::Full { load, lowest_held, own } => format!(
                "该评委已满额（{load} 份），其所评项目匹配度更高或由人工指定（其中最低 {lowest_held}，本项目 {own}）。"
            ),
            Self::EarlierGoal { goal } => {
                let worse = match goal {
                    Goal::Reviews => "评审总份数会减少",
                    Goal::Kept => "原方案中会有更多配对被调整",
                    Goal::MinimumLoads => "会有评委达不到最低评审份数",
                    Goal::WeakestApplication => "匹配度总和最低的项目会更低",
                };
                format!("若将该评委分配给该项目，{worse}。")
            }
            Self::CostsElsewhere { loss } => {
                format!("若将该评委分配给该项目，全部匹配度之和会减少 {loss}。")
            }
            Self::LostDraw => "两种方案同样好，由公布的随机种子决定。".into(),
            Self::Balance => "匹配度之和相同，但评委之间的工作量会更不均衡。".into(),
        }
    }

    /// The reason in an English sentence.
    #[must_use]
    pub fn en(&self) -> String {
        match self {
            Self::Assigned => "The reviewer is assigned to this application.".into(),
            Self::Forbidden => "The reviewer has a conflict of interest here or has declined.".into(),
            Self::DemandMetByBetter { lowest_held, own } => format!(
                "The application has all its reviews from reviewers who fit better or were set by a person (the lowest has {lowest_held}, this one {own})."
            ),
            Self::Full { load, lowest_held, own } => format!(
                "The reviewer is full ({load} reviews) with applications that fit better or were set by a person (the lowest has {lowest_held}, this one {own})."
            ),
            Self::EarlierGoal { goal } => {
                let worse = match goal {
                    Goal::Reviews => "there would be fewer reviews in all",
                    Goal::Kept => "more pairs of the earlier plan would have to change",
                    Goal::MinimumLoads => "reviewers would miss their minimum load",
                    Goal::WeakestApplication => "the application with the smallest sum would have less",
                };
                format!("With this reviewer here, {worse}.")
            }
            Self::CostsElsewhere { loss } => {
                format!("With this reviewer here, all affinities together would be {loss} less.")
            }
            Self::LostDraw => "Both plans are equally good; the published seed decided.".into(),
            Self::Balance => "The affinities together would be the same, but the loads less even.".into(),
        }
    }
}

/// So many steps are made in search of prices and chains; an instance of 90 × 40 needs some percent.
const WORK: usize = 40_000_000;

/// The reasons of a plan. It may have been changed by a person: then losses are not told.
pub fn explain(input: &AssignmentInput, assignment: &Assignment) -> Result<Explanations, AssignmentError> {
    let problem = Problem::new(input)?;
    let chosen = problem.positions(&assignment.pairs)?;
    let losses = losses(&problem, input.objective, &chosen);
    let (height, width) = (problem.applications.len(), problem.reviewers.len());
    let mut of_application = vec![Vec::new(); height];
    let mut loads = vec![0; width];
    for (i, j) in &chosen {
        of_application[*i].push(*j);
        loads[*j] += 1;
    }
    let mut pairs = Vec::with_capacity(chosen.len());
    let mut applications = Vec::with_capacity(height);
    let mut losses = losses.into_iter();
    for (i, held) in of_application.iter().enumerate() {
        let allowed = (0..width).filter(|j| problem.pair(i, *j) != Pair::Forbidden);
        let mut ranking: Vec<i64> = allowed.map(|j| problem.affinity(i, j)).collect();
        ranking.sort_unstable_by(|a, b| b.cmp(a));
        for j in held {
            let affinity = problem.affinity(i, *j);
            pairs.push(PairReason {
                application: problem.applications[i].id.clone(),
                reviewer: problem.reviewers[*j].id.clone(),
                affinity,
                rank: 1 + ranking.partition_point(|other| *other > affinity),
                allowed: ranking.len(),
                forced: problem.pair(i, *j) == Pair::Forced,
                kept: problem.is_kept(i, *j),
                instead_of_loss: losses.next().flatten(),
            });
        }
        let own = || held.iter().map(|j| problem.affinity(i, *j));
        let demand = problem.applications[i].demand;
        applications.push(ApplicationReason {
            application: problem.applications[i].id.clone(),
            sum: own().sum(),
            lowest: own().min().unwrap_or(0),
            best_possible: ranking.iter().take(demand.max(held.len())).sum(),
            assigned: held.len(),
            demand,
        });
    }
    let reviewer = |j: usize| ReviewerReason {
        reviewer: problem.reviewers[j].id.clone(),
        load: loads[j],
        min_load: problem.reviewers[j].min_load,
        max_load: problem.reviewers[j].max_load,
    };
    Ok(Explanations { pairs, applications, reviewers: (0..width).map(reviewer).collect() })
}

/// For each pair what the best plan without it has less.
fn losses(problem: &Problem<'_>, objective: Objective, chosen: &[(usize, usize)]) -> Vec<Option<i64>> {
    let none = || vec![None; chosen.len()];
    // Each application asks for one search through all pairs.
    let pairs = problem.applications.len().saturating_mul(problem.reviewers.len());
    if objective == Objective::Fair || pairs.saturating_mul(problem.applications.len()) > WORK {
        return none();
    }
    let Some(residual) = Residual::new(problem, chosen) else { return none() };
    let Some(prices) = residual.prices(WORK) else { return none() };
    let mut searched = None;
    let mut found = Vec::with_capacity(chosen.len());
    for (i, j) in chosen {
        if problem.pair(*i, *j) == Pair::Forced {
            found.push(None);
            continue;
        }
        if searched.as_ref().is_none_or(|(from, _)| from != i) {
            searched = Some((*i, residual.distances(*i, &prices)));
        }
        let chain = searched.as_ref().and_then(|(_, distances)| distances[residual.reviewer(*j)]);
        let change = chain.map(|chain| worse(problem, chain - problem.pair_cost(*i, *j)));
        found.push(match change {
            Some(WhyNot::CostsElsewhere { loss }) => Some(loss),
            Some(WhyNot::LostDraw | WhyNot::Balance) => Some(0),
            _ => None,
        });
    }
    found
}

/// The whole steps of a unit in a cost, the rest being less than half a unit.
const fn steps(cost: i128, unit: i128) -> i128 {
    (cost + unit / 2).div_euclid(unit)
}

/// What is worse at a change of this cost.
fn worse(problem: &Problem<'_>, cost: Cost) -> WhyNot {
    let units = problem.units;
    let mut rest = cost.upper;
    for (goal, unit) in
        [(Goal::Reviews, units.review), (Goal::Kept, units.kept), (Goal::MinimumLoads, units.shortfall)]
    {
        let lost = steps(rest, unit);
        if lost > 0 {
            return WhyNot::EarlierGoal { goal };
        }
        rest -= lost * unit;
    }
    if rest > 0 {
        return WhyNot::CostsElsewhere { loss: i64::try_from(rest).unwrap_or(i64::MAX) };
    }
    if steps(cost.lower, units.load) > 0 { WhyNot::Balance } else { WhyNot::LostDraw }
}

/// Why a reviewer is not with an application.
pub fn why_not(
    input: &AssignmentInput,
    assignment: &Assignment,
    application: &str,
    reviewer: &str,
) -> Result<WhyNot, AssignmentError> {
    let problem = Problem::new(input)?;
    let chosen = problem.positions(&assignment.pairs)?;
    let (i, j) = (problem.application(application)?, problem.reviewer(reviewer)?);
    if chosen.binary_search(&(i, j)).is_ok() {
        return Ok(WhyNot::Assigned);
    }
    if problem.pair(i, j) == Pair::Forbidden {
        return Ok(WhyNot::Forbidden);
    }
    let own = problem.affinity(i, j);
    let lowest = |pairs: &mut dyn Iterator<Item = &(usize, usize)>| {
        let affinities = pairs.map(|(i, j)| problem.affinity(*i, *j));
        affinities.min().unwrap_or(own)
    };
    let of_application = || chosen.iter().filter(|(other, _)| *other == i);
    let of_reviewer = || chosen.iter().filter(|(_, other)| *other == j);
    let lowest_held = lowest(&mut of_application());
    let met = of_application().count() >= problem.applications[i].demand;
    if met && (lowest_held > own || problem.open(i) == 0) {
        return Ok(WhyNot::DemandMetByBetter { lowest_held, own });
    }
    let (load, lowest_held) = (of_reviewer().count(), lowest(&mut of_reviewer()));
    let full = load >= problem.reviewers[j].max_load;
    if full && (lowest_held > own || problem.free(j) == 0) {
        return Ok(WhyNot::Full { load, lowest_held, own });
    }
    if input.objective == Objective::Total
        && let Some(change) = change_with(&problem, &chosen, i, j)
    {
        return Ok(worse(&problem, change));
    }
    compared(input, assignment, &problem, (i, j))
}

/// What the best plan with the pair costs more than this one; `None` if it is not known to be the best.
fn change_with(problem: &Problem<'_>, chosen: &[(usize, usize)], i: usize, j: usize) -> Option<Cost> {
    let residual = Residual::new(problem, chosen)?;
    let prices = residual.prices(WORK)?;
    let chain = residual.distances(residual.reviewer(j), &prices)[i]?;
    Some(chain + problem.pair_cost(i, j))
}

/// Makes the plan anew with the pair forced and says what is worse in it.
fn compared(
    input: &AssignmentInput,
    assignment: &Assignment,
    problem: &Problem<'_>,
    (i, j): (usize, usize),
) -> Result<WhyNot, AssignmentError> {
    let mut forced = input.clone();
    forced.forced.push(problem.given(i, j));
    let other = assign(&forced)?;
    let short = |plan: &Assignment| {
        let got = |id: &str| plan.pairs.iter().filter(|(application, _)| application == id).count();
        problem.applications.iter().map(|a| a.demand.saturating_sub(got(&a.id))).sum::<usize>()
    };
    let squares = |plan: &Assignment| {
        let load = |id: &str| wide(plan.pairs.iter().filter(|(_, reviewer)| reviewer == id).count());
        problem.reviewers.iter().map(|r| load(&r.id) * load(&r.id)).sum::<i128>()
    };
    let earlier = |goal| Ok(WhyNot::EarlierGoal { goal });
    if short(&other) > short(assignment) {
        return earlier(Goal::Reviews);
    }
    if other.kept < assignment.kept {
        return earlier(Goal::Kept);
    }
    if other.min_load_shortfall > assignment.min_load_shortfall {
        return earlier(Goal::MinimumLoads);
    }
    let weaker = other.min_application_affinity < assignment.min_application_affinity;
    if input.objective == Objective::Fair && weaker {
        return earlier(Goal::WeakestApplication);
    }
    let loss = assignment.total_affinity.saturating_sub(other.total_affinity);
    Ok(match loss {
        1.. => WhyNot::CostsElsewhere { loss },
        _ if squares(&other) > squares(assignment) => WhyNot::Balance,
        _ => WhyNot::LostDraw,
    })
}
