#![expect(clippy::indexing_slicing, reason = "positions are those of the sorted instance")]
//! The weakest application first: among the assignments that are best in the earlier goals one in which
//! the smallest Σ affinity of any application is as large as possible, and then the sum of all.
//!
//! If every application's sum is multiplied by a weight, the best assignment under these weights has at
//! least the weighted sum of every other; so its weighted mean bounds the smallest sum of all of them.
//! Weights that grow for the applications that have little bring the bound down and the smallest sum up.
//! What they leave is improved by exchanges, and small instances are searched through to the end, with
//! the same weights and prices saying what need not be looked at. Work is counted, not timed: the same
//! input gives the same result everywhere.

mod exchange;
mod search;
mod weights;

use std::cmp::Ordering;

use self::{search::Search, weights::Weights};
use super::{
    cover::Cover,
    problem::{Pair, Problem},
    total::Plan,
};

/// Up to so many pairs the result is the exact optimum.
const EXACT: usize = 120;

/// A plan under the fair objective.
pub(super) struct Fair {
    /// All pairs, forced ones too, sorted.
    pub(super) chosen: Vec<(usize, usize)>,
    /// The smallest Σ affinity cannot be larger than this.
    pub(super) bound: i128,
    /// Nothing better exists; not even in the goals after the smallest sum.
    pub(super) proved: bool,
}

/// A plan that is best in the earlier goals, with what it is measured by.
#[derive(Clone)]
struct Candidate {
    chosen: Vec<(usize, usize)>,
    smallest: i128,
    total: i128,
}

/// The instance and what every candidate must reach.
struct Round<'p, 'a> {
    problem: &'p Problem<'a>,
    /// The applications the smallest sum is taken over.
    counted: Vec<bool>,
    earlier: (usize, usize, usize),
}

impl Round<'_, '_> {
    fn candidate(&self, chosen: Vec<(usize, usize)>) -> Option<Candidate> {
        if self.problem.earlier_goals(&chosen) != self.earlier {
            return None;
        }
        let sums = self.problem.sums(&chosen);
        let counted = sums.iter().zip(&self.counted).filter(|(_, counted)| **counted);
        let smallest = counted.map(|(sum, _)| *sum).min().unwrap_or(0);
        Some(Candidate { chosen, smallest, total: sums.iter().sum() })
    }
}

impl Candidate {
    fn compare(&self, other: &Self) -> Ordering {
        (self.smallest, self.total).cmp(&(other.smallest, other.total))
    }

    /// Takes the other one if it is better.
    fn improve(&mut self, other: Option<Self>) {
        if let Some(other) = other.filter(|other| other.compare(self) == Ordering::Greater) {
            *self = other;
        }
    }
}

/// Finds a fair plan, starting from the best one without regard to the weakest application.
pub(super) fn solve(problem: &Problem<'_>, total: &Plan) -> Fair {
    let chosen = total.chosen(problem);
    let round =
        Round { problem, counted: counted(problem).collect(), earlier: problem.earlier_goals(&chosen) };
    let Some(mut best) = round.candidate(chosen) else {
        return Fair { chosen: vec![], bound: 0, proved: false };
    };
    let start = best.clone();
    let mut bound = simple_bound(problem, &start.chosen);
    best.improve(round.candidate(exchange::raise_smallest(&round, &best)));
    if best.smallest < bound {
        let (plan, threshold) = bottleneck(&round);
        best.improve(plan);
        bound = threshold.map_or(bound, |threshold| bound.min(threshold));
    }
    let mut weights = Weights::for_smallest(&round);
    for _ in 0..weights.rounds() {
        if best.smallest >= bound || weights.are_settled() {
            break;
        }
        let Some(step) = weights.step(&round) else { break };
        bound = bound.min(step.bound(&round));
        best.improve(round.candidate(step.chosen.clone()));
        weights.adjust(&round, &step, None);
    }
    best.improve(round.candidate(exchange::raise_smallest(&round, &best)));
    let mut searched = false;
    if problem.applications.len() * problem.reviewers.len() <= EXACT {
        searched = search_smallest(&round, &weights, &mut best, &mut bound);
    }
    // If the best total reaches the same smallest sum, it is the best plan in every goal.
    if start.smallest == best.smallest {
        let proved = start.smallest >= bound;
        return Fair { chosen: start.chosen, bound, proved };
    }
    let mut weights = Weights::for_total(&round);
    for _ in 0..weights.rounds() {
        if weights.are_settled() {
            break;
        }
        let Some(step) = weights.step(&round) else { break };
        best.improve(round.candidate(step.chosen.clone()));
        if step.reaches(&round, best.smallest) && step.has_nothing_to_spare(&round, best.smallest) {
            break;
        }
        weights.adjust(&round, &step, Some(best.smallest));
    }
    let mut proved = false;
    if searched && best.smallest >= bound {
        proved = search_total(&round, &weights, &mut best);
    }
    Fair { chosen: best.chosen, bound, proved }
}

/// No application can have more than its best reviewers give it.
pub(super) fn simple_bound(problem: &Problem<'_>, chosen: &[(usize, usize)]) -> i128 {
    let width = problem.reviewers.len();
    let complete = (0..problem.applications.len())
        .map(|i| problem.open(i) + problem.forced_of_application[i])
        .sum::<usize>()
        == chosen.len();
    let alone = |i: usize| {
        let forced = (0..width).filter(|j| problem.pair(i, *j) == Pair::Forced);
        let forced: i128 = forced.map(|j| i128::from(problem.affinity(i, j))).sum();
        let allowed = (0..width).filter(|j| problem.free(*j) > 0 && problem.pair(i, *j) == Pair::Allowed);
        let mut all: Vec<i64> = allowed.map(|j| problem.affinity(i, j)).collect();
        let open = problem.open(i);
        if open > 0 && open < all.len() {
            all.select_nth_unstable_by(open - 1, |a, b| b.cmp(a));
        }
        let taken = all.iter().take(open).filter(|affinity| complete || **affinity > 0);
        forced + taken.map(|affinity| i128::from(*affinity)).sum::<i128>()
    };
    counted(problem).enumerate().filter(|(_, counted)| *counted).map(|(i, _)| alone(i)).min().unwrap_or(0)
}

/// The applications the smallest sum is taken over.
fn counted(problem: &Problem<'_>) -> impl Iterator<Item = bool> {
    let demands = problem.applications.iter().zip(&problem.forced_of_application);
    demands.map(|(application, forced)| application.demand > 0 || *forced > 0)
}

/// The plan with the largest smallest affinity of a pair. Where every application takes one review its
/// threshold is the largest smallest sum.
fn bottleneck(round: &Round<'_, '_>) -> (Option<Candidate>, Option<i128>) {
    let problem = round.problem;
    let (height, width) = (problem.applications.len(), problem.reviewers.len());
    let open: Vec<usize> = (0..height).map(|i| problem.open(i)).collect();
    let free: Vec<usize> = (0..width).map(|j| problem.free(j)).collect();
    let demand: usize = open.iter().sum();
    let arcs = |threshold: i64| {
        let (mut starts, mut to) = (vec![0], Vec::new());
        for i in 0..height {
            let usable = (0..width).filter(|j| free[*j] > 0 && problem.pair(i, *j) == Pair::Allowed);
            to.extend(usable.filter(|j| problem.affinity(i, *j) >= threshold));
            starts.push(to.len());
        }
        (starts, to)
    };
    let covers = |threshold: i64| {
        let (starts, to) = arcs(threshold);
        Cover::most(&starts, &to, &open, &free) == demand
    };
    let mut values: Vec<i64> = (0..height)
        .flat_map(|i| (0..width).map(move |j| (i, j)))
        .map(|(i, j)| problem.affinity(i, j))
        .collect();
    values.sort_unstable();
    values.dedup();
    let reached = values.partition_point(|threshold| covers(*threshold));
    let Some(threshold) = reached.checked_sub(1).map(|at| values[at]) else { return (None, None) };
    let single = open.iter().all(|open| *open == 1) && problem.forced().next().is_none();
    let (mut chosen, _) = super::total::solve_upper(&problem.only_from(threshold));
    chosen.extend(problem.forced());
    chosen.sort_unstable();
    (round.candidate(chosen), single.then(|| i128::from(threshold)))
}

/// Searches for larger smallest sums until there are none; false if that is too much work.
fn search_smallest(round: &Round<'_, '_>, weights: &Weights, best: &mut Candidate, bound: &mut i128) -> bool {
    let Some(step) = weights.best_step(round) else { return false };
    let mut tries = search::TRIES;
    while best.smallest < *bound {
        let middle = best.smallest + (*bound - best.smallest + 1) / 2;
        let Some(search) = Search::new(round, &step, middle, None) else { return false };
        match search.first(&mut tries) {
            Ok(Some(chosen)) => match round.candidate(chosen) {
                Some(found) if found.smallest >= middle => best.improve(Some(found)),
                _ => return false,
            },
            Ok(None) => *bound = middle - 1,
            Err(search::TooMuch) => return false,
        }
    }
    true
}

/// Searches for larger totals until there are none, then for the best balance and draw among equals.
fn search_total(round: &Round<'_, '_>, weights: &Weights, best: &mut Candidate) -> bool {
    let Some(step) = weights.best_step(round) else { return false };
    let mut tries = search::TRIES_FOR_TOTAL;
    let smallest = best.smallest;
    let mut bound = step.total_bound(round, smallest);
    while best.total < bound {
        let middle = best.total + (bound - best.total + 1) / 2;
        let Some(search) = Search::new(round, &step, smallest, Some(middle)) else { return false };
        match search.first(&mut tries) {
            Ok(Some(chosen)) => match round.candidate(chosen) {
                Some(found) if found.smallest >= smallest && found.total >= middle => {
                    best.improve(Some(found));
                }
                _ => return false,
            },
            Ok(None) => bound = middle - 1,
            Err(search::TooMuch) => return false,
        }
    }
    let Some(search) = Search::new(round, &step, smallest, Some(best.total)) else { return false };
    let (found, whole) = search.best(&mut tries);
    if let Some(found) = found.and_then(|chosen| round.candidate(chosen))
        && found.compare(best) == Ordering::Equal
    {
        *best = found;
    }
    whole
}
