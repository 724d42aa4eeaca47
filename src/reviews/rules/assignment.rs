//! Reviewers to applications (rules.md §6), by successive shortest paths.
//!
//! The goals come strictly one after the other: most reviews, smallest sum of missing minimum loads,
//! largest Σ affinity, smallest Σ load², smallest Σ of hashes over seed and pair. They are put into one
//! whole cost whose units are far enough apart that no amount of a later goal outweighs one step of an
//! earlier one; the units are computed from the instance and checked. Forbidden pairs have no arc at all.
//!
//! Applications and reviewers are sorted by identifier before anything is done, and the hashes make the
//! optimum unique for all practical purposes: the order of the lists in the input changes nothing.

mod cover;
mod explain;
mod fair;
mod problem;
mod residual;
mod scaling;
mod total;
mod unmet;

pub use self::{
    explain::{ApplicationReason, Explanations, Goal, PairReason, ReviewerReason, WhyNot, explain, why_not},
    unmet::Unmet,
};
use self::{problem::Problem, residual::Residual};

/// An application that waits for reviews.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// Its identifier.
    pub id: String,
    /// How many reviews it should get, forced ones included.
    pub demand: usize,
}

/// A reviewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// The identifier.
    pub id: String,
    /// How many reviews there should be at least, forced ones included.
    pub min_load: usize,
    /// How many there can be at most, forced ones included. Forced pairs alone may exceed it.
    pub max_load: usize,
}

/// What is looked at between the minimum loads and the sum of all affinities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Objective {
    /// Nothing.
    #[default]
    Total,
    /// The smallest Σ affinity of any application is as large as possible.
    Fair,
}

/// An instance. Pairs are positions (application, reviewer) in the two lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AssignmentInput {
    /// The applications.
    pub applications: Vec<Demand>,
    /// The reviewers.
    pub reviewers: Vec<Capacity>,
    /// One row an application, one column a reviewer.
    pub affinity: Vec<Vec<i64>>,
    /// Pairs that must not be, conflicts of interest for instance.
    pub forbidden: Vec<(usize, usize)>,
    /// Pairs that stay whatever it costs.
    pub forced: Vec<(usize, usize)>,
    /// Pairs of an earlier plan: after the number of reviews as many of them as possible stay.
    pub kept: Vec<(usize, usize)>,
    /// Whether the weakest application goes before the sum.
    pub objective: Objective,
    /// Breaks equal optima.
    pub seed: String,
}

/// The best assignment, and why it is not complete where it is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// (application, reviewer), sorted.
    pub pairs: Vec<(String, String)>,
    /// Σ of the demands.
    pub demand: usize,
    /// Every application has as many reviews as it should.
    pub complete: bool,
    /// Σ affinity of the pairs.
    pub total_affinity: i64,
    /// The smallest Σ affinity of an application that should have reviews or has one.
    pub min_application_affinity: i64,
    /// No assignment that is as good in the goals before can have a larger one. Equal to the smallest
    /// itself where that is proved; a simple bound under [`Objective::Total`].
    pub min_application_affinity_bound: i64,
    /// The largest load of a reviewer.
    pub max_load: usize,
    /// Σ of what reviewers have less than their minimum load.
    pub min_load_shortfall: usize,
    /// How many pairs of the earlier plan stay.
    pub kept: usize,
    /// The result was proved to be the best by prices under which no pair of the whole instance could
    /// be better assigned otherwise, or by a search through all that could be better.
    pub certified: bool,
    /// Who competes for whom where reviews are missing.
    pub unmet: Vec<Unmet>,
}

/// Why an instance cannot be solved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssignmentError {
    /// The matrix does not have one row for each application and one column for each reviewer.
    #[error("the affinities must have one row for each application and one column for each reviewer")]
    Shape,
    /// A pair names a position that is not there.
    #[error("a pair names an application or a reviewer that is not there")]
    UnknownPair,
    /// The same pair is forced and forbidden.
    #[error("{1} is both forced on {0} and forbidden")]
    Contradiction(String, String),
    /// Two applications or two reviewers have the same identifier.
    #[error("{0} is given twice")]
    Repeated(String),
    /// The affinities or counts are so large that the goals cannot be kept apart exactly.
    #[error("the affinities and demands are too large to be computed exactly")]
    TooLarge,
}

/// Finds the best assignment.
pub fn assign(input: &AssignmentInput) -> Result<Assignment, AssignmentError> {
    let problem = Problem::new(input)?;
    let plan = total::solve(&problem);
    let chosen = plan.chosen(&problem);
    let certified = Residual::new(&problem, &chosen).is_some_and(|residual| residual.holds(&plan.prices));
    if input.objective == Objective::Total {
        return problem.result(&chosen, certified, fair::simple_bound(&problem, &chosen));
    }
    let fair = fair::solve(&problem, &plan);
    problem.result(&fair.chosen, fair.proved, fair.bound)
}

#[cfg(test)]
mod tests;
