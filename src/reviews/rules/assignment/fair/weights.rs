#![expect(clippy::indexing_slicing, reason = "positions are those of the sorted instance")]
//! Weights of the applications, and the best assignment under them.

use super::{super::total, EXACT, Round};

/// Weights are fractions of this.
const ONE: i128 = 1 << 20;

/// What the flow computes with: weights up to this; finer where everything is searched.
const FINE: i128 = 1 << 9;
const FINEST: i128 = 1 << 14;

/// So many pairs are looked at in all rounds together.
const PAIRS: usize = 4_000_000;

/// Weights under way.
pub(super) struct Weights {
    /// How much a unit counts for every application, on account of the total; 0 if only the smallest
    /// sum is looked at.
    base: i128,
    /// How much it counts on account of the smallest sum.
    extra: Vec<i128>,
    round: i128,
    fine: i128,
    /// Rounds since the bound came down.
    idle: usize,
    /// The weights with the smallest bound so far.
    best: Option<(Fraction, Vec<i128>)>,
}

/// A bound as a fraction.
#[derive(Clone, Copy)]
struct Fraction(i128, i128);

impl Fraction {
    fn is_below(self, other: Self) -> bool {
        self.0.checked_mul(other.1).zip(other.0.checked_mul(self.1)).is_some_and(|(own, other)| own < other)
    }
}

/// The best assignment under weights.
pub(super) struct Step {
    pub(super) base: i128,
    pub(super) extra: Vec<i128>,
    /// All pairs, sorted.
    pub(super) chosen: Vec<(usize, usize)>,
    /// Applications, reviewers, pool.
    pub(super) prices: Vec<i128>,
    pub(super) sums: Vec<i128>,
}

impl Step {
    fn solve(round: &Round<'_, '_>, base: i128, extra: Vec<i128>) -> Option<Self> {
        let weights = extra.iter().map(|extra| base + extra).collect();
        let weighted = round.problem.weighted(weights)?;
        let (mut chosen, prices) = total::solve_upper(&weighted);
        chosen.extend(round.problem.forced());
        chosen.sort_unstable();
        let sums = round.problem.sums(&chosen);
        Some(Self { base, extra, chosen, prices, sums })
    }

    /// Σ extra · sum and Σ extra.
    fn mean(&self) -> Fraction {
        let weighted = self.sums.iter().zip(&self.extra).map(|(sum, extra)| sum * extra).sum();
        Fraction(weighted, self.extra.iter().sum())
    }

    /// What the smallest sum is at most, if the base is 0.
    pub(super) fn bound(&self, round: &Round<'_, '_>) -> i128 {
        let Fraction(weighted, all) = self.mean();
        let highest = || round.problem.sums(&self.chosen).into_iter().max().unwrap_or(0);
        if self.base == 0 && all > 0 { weighted.div_euclid(all) } else { highest() }
    }

    /// What the total is at most where every sum reaches `smallest`.
    pub(super) fn total_bound(&self, round: &Round<'_, '_>, smallest: i128) -> i128 {
        let spare: i128 = (0..self.sums.len())
            .filter(|i| round.counted[*i])
            .map(|i| self.extra[i] * (self.sums[i] - smallest))
            .sum();
        self.sums.iter().sum::<i128>() + spare.div_euclid(self.base.max(1))
    }

    /// No weight lies on an application that has more than it must: the total is proved.
    pub(super) fn has_nothing_to_spare(&self, round: &Round<'_, '_>, smallest: i128) -> bool {
        self.total_bound(round, smallest) <= self.sums.iter().sum()
    }

    /// Every sum that counts is at least `smallest`.
    pub(super) fn reaches(&self, round: &Round<'_, '_>, smallest: i128) -> bool {
        self.sums.iter().zip(&round.counted).all(|(sum, counted)| !counted || *sum >= smallest)
    }
}

fn fine(round: &Round<'_, '_>) -> i128 {
    let problem = round.problem;
    if problem.applications.len() * problem.reviewers.len() <= EXACT { FINEST } else { FINE }
}

impl Weights {
    /// All applications count alike for the smallest sum.
    pub(super) fn for_smallest(round: &Round<'_, '_>) -> Self {
        let extra = round.counted.iter().map(|counted| if *counted { ONE / 8 } else { 0 }).collect();
        Self { base: 0, extra, round: 0, fine: fine(round), idle: 0, best: None }
    }

    /// The total counts, nothing else yet.
    pub(super) fn for_total(round: &Round<'_, '_>) -> Self {
        let extra = vec![0; round.counted.len()];
        Self { base: fine(round) / 8, extra, round: 0, fine: fine(round), idle: 0, best: None }
    }

    /// How many rounds the size of the instance allows.
    pub(super) fn rounds(&self) -> usize {
        let pairs = self.extra.len().max(1);
        (PAIRS / (pairs * pairs)).clamp(3, if self.fine == FINEST { 400 } else { 120 })
    }

    /// More rounds would hardly bring the bound further down.
    pub(super) const fn are_settled(&self) -> bool {
        self.idle > 40
    }

    /// The extra weights the flow computes with.
    fn fine(&self) -> Vec<i128> {
        if self.base > 0 {
            return self.extra.iter().map(|extra| extra * self.fine / ONE).collect();
        }
        let highest = self.extra.iter().copied().max().unwrap_or(0).max(1);
        let fine = |extra: &i128| if *extra > 0 { (extra * self.fine / highest).max(1) } else { 0 };
        self.extra.iter().map(fine).collect()
    }

    /// The best assignment under the present weights.
    pub(super) fn step(&self, round: &Round<'_, '_>) -> Option<Step> {
        Step::solve(round, self.base, self.fine())
    }

    /// The best assignment under the weights whose bound was the smallest.
    pub(super) fn best_step(&self, round: &Round<'_, '_>) -> Option<Step> {
        let extra = self.best.as_ref().map_or_else(|| self.fine(), |(_, extra)| extra.clone());
        Step::solve(round, self.base, extra)
    }

    /// More weight for those with little, less for those with much. With `smallest` the sums need only
    /// reach it, otherwise they should come near each other.
    pub(super) fn adjust(&mut self, round: &Round<'_, '_>, step: &Step, smallest: Option<i128>) {
        self.round += 1;
        self.idle += 1;
        let counted = || step.sums.iter().zip(&round.counted).filter(|(_, counted)| **counted);
        let bound = match smallest {
            Some(smallest) => Fraction(step.total_bound(round, smallest), 1),
            None => step.mean(),
        };
        if self.best.as_ref().is_none_or(|(known, _)| bound.is_below(*known)) {
            self.best = Some((bound, step.extra.clone()));
            self.idle = 0;
        }
        let least = counted().map(|(sum, _)| *sum).min().unwrap_or(0);
        let most = counted().map(|(sum, _)| *sum).max().unwrap_or(0);
        let Fraction(weighted, all) = step.mean();
        let aim = smallest.unwrap_or_else(|| if all > 0 { weighted.div_euclid(all) } else { least });
        let apart = (most - least).max(1);
        for i in 0..self.extra.len() {
            if !round.counted[i] {
                continue;
            }
            // The steps become smaller, so that the weights settle.
            let slow = 1 + self.round / 8;
            let short = (aim - step.sums[i]).clamp(-apart, apart);
            self.extra[i] = if self.base > 0 {
                (self.extra[i] + ONE / 8 * short / apart / slow).max(0)
            } else {
                (self.extra[i] + self.extra[i] * short / apart / slow * 9 / 10).clamp(ONE / 1024, ONE * 64)
            };
        }
    }
}
