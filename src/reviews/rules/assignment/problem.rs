#![expect(clippy::indexing_slicing, reason = "positions are those of the lists it has made itself")]
//! The instance in the order of the identifiers, and what everything in it costs.
//!
//! Costs have two levels. On the upper one a unit of affinity costs 1, a missing minimum load more than
//! all affinities together, a pair that does not stay more than all of that, a missing review more than
//! everything. On the lower one the draw costs 1 and a step of Σ load² more than all draws together. The
//! levels are compared one after the other, so that neither has to be multiplied by the other.

use std::{
    collections::HashSet,
    iter::Sum,
    ops::{Add, AddAssign, Neg, Sub},
};

use sha2::{Digest, Sha256};

use super::{Assignment, AssignmentError, AssignmentInput, Capacity, Demand, unmet};

/// What may be done with a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pair {
    Allowed,
    Forbidden,
    Forced,
}

/// A cost; the upper level goes before the lower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost {
    /// Reviews, pairs that stay, minimum loads, affinity.
    pub(super) upper: i128,
    /// Balance and draw.
    pub(super) lower: i128,
}

impl Cost {
    pub(super) const ZERO: Self = Self { upper: 0, lower: 0 };
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { upper: self.upper + other.upper, lower: self.lower + other.lower }
    }
}

impl Sub for Cost {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { upper: self.upper - other.upper, lower: self.lower - other.lower }
    }
}

impl Neg for Cost {
    type Output = Self;

    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::ZERO, Add::add)
    }
}

/// What one step of each goal costs; affinity and draw cost 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Units {
    /// One of Σ shortfall, on the upper level.
    pub(super) shortfall: i128,
    /// One pair that does not stay, on the upper level.
    pub(super) kept: i128,
    /// One review, on the upper level.
    pub(super) review: i128,
    /// One of Σ load², on the lower level.
    pub(super) load: i128,
}

/// The draw of a pair has so many bits.
const DRAW_BITS: u32 = 32;

/// What a way through the whole instance may cost at most: so many units of the dearest goal.
const ROOM: i128 = 1 << 40;

/// The instance, sorted by identifier; positions from here on are positions in these lists.
#[derive(Clone)]
pub(super) struct Problem<'a> {
    pub(super) applications: Vec<&'a Demand>,
    pub(super) reviewers: Vec<&'a Capacity>,
    /// Where the sorted application (reviewer) stands in the input.
    rows: Vec<usize>,
    columns: Vec<usize>,
    affinity: &'a [Vec<i64>],
    /// One entry a pair, row by row.
    pairs: Vec<Pair>,
    /// True for a pair that should stay; empty when there is none.
    kept: Vec<bool>,
    pub(super) forced_of_application: Vec<usize>,
    pub(super) forced_of_reviewer: Vec<usize>,
    /// The seeds of the draw, from SHA-256 over the seed and the identifier.
    row_draw: Vec<u64>,
    column_draw: Vec<u64>,
    /// The largest affinity: costs are what is less.
    highest: i64,
    /// How much a unit of affinity counts for each application; empty where it counts 1 for all.
    weights: Vec<i128>,
    pub(super) units: Units,
}

/// As a wide number.
pub(super) fn wide(count: usize) -> i128 {
    // No platform has a wider usize.
    i128::try_from(count).unwrap_or(i128::MAX)
}

/// The positions in the order of their identifiers; no two may be alike.
fn sorted<'a, T>(list: &'a [T], id: impl Fn(&'a T) -> &'a str) -> Result<Vec<usize>, AssignmentError> {
    let mut order: Vec<usize> = (0..list.len()).collect();
    order.sort_by_key(|at| id(&list[*at]));
    let repeated = order.windows(2).find(|pair| id(&list[pair[0]]) == id(&list[pair[1]]));
    match repeated {
        Some(pair) => Err(AssignmentError::Repeated(id(&list[pair[0]]).to_owned())),
        None => Ok(order),
    }
}

/// The leading bits of SHA-256 over the seed, the side and the identifier.
fn draw_seed(seed: &str, side: u8, id: &str) -> u64 {
    let mut hasher = Sha256::new();
    hasher.update(seed);
    hasher.update([0, side, 0]);
    hasher.update(id);
    hasher.finalize().iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte))
}

/// Mixes the bits of a number so that each of them depends on all (the finalizer of `SplitMix64`).
const fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

impl<'a> Problem<'a> {
    pub(super) fn new(input: &'a AssignmentInput) -> Result<Self, AssignmentError> {
        let rows = sorted(&input.applications, |application| application.id.as_str())?;
        let columns = sorted(&input.reviewers, |reviewer| reviewer.id.as_str())?;
        let (height, width) = (rows.len(), columns.len());
        if input.affinity.len() != height || input.affinity.iter().any(|row| row.len() != width) {
            return Err(AssignmentError::Shape);
        }
        let all = || input.affinity.iter().flatten().copied();
        let (lowest, highest) = (all().min().unwrap_or(0), all().max().unwrap_or(0));
        let applications: Vec<&Demand> = rows.iter().map(|at| &input.applications[*at]).collect();
        let reviewers: Vec<&Capacity> = columns.iter().map(|at| &input.reviewers[*at]).collect();
        let mut problem = Self {
            row_draw: applications.iter().map(|a| draw_seed(&input.seed, b'a', &a.id)).collect(),
            column_draw: reviewers.iter().map(|r| draw_seed(&input.seed, b'r', &r.id)).collect(),
            applications,
            reviewers,
            affinity: &input.affinity,
            pairs: vec![Pair::Allowed; height * width],
            kept: Vec::new(),
            forced_of_application: vec![0; height],
            forced_of_reviewer: vec![0; width],
            rows,
            columns,
            highest,
            weights: Vec::new(),
            units: Units { shortfall: 0, kept: 0, review: 0, load: 0 },
        };
        problem.mark_pairs(input)?;
        let apart = i128::from(highest) - i128::from(lowest);
        problem.units = problem.units(apart).ok_or(AssignmentError::TooLarge)?;
        Ok(problem)
    }

    fn mark_pairs(&mut self, input: &AssignmentInput) -> Result<(), AssignmentError> {
        let width = self.reviewers.len();
        let inverse = |order: &[usize]| {
            let mut sorted = vec![0; order.len()];
            order.iter().enumerate().for_each(|(at, given)| sorted[*given] = at);
            sorted
        };
        let (row_of, column_of) = (inverse(&self.rows), inverse(&self.columns));
        let place = |(application, reviewer): &(usize, usize)| {
            let row = row_of.get(*application).copied();
            row.zip(column_of.get(*reviewer).copied()).ok_or(AssignmentError::UnknownPair)
        };
        for pair in &input.forbidden {
            let (i, j) = place(pair)?;
            self.pairs[i * width + j] = Pair::Forbidden;
        }
        let forced = input.forced.iter().map(place).collect::<Result<HashSet<_>, _>>()?;
        for (i, j) in forced {
            if self.pair(i, j) == Pair::Forbidden {
                let (application, reviewer) = (&self.applications[i].id, &self.reviewers[j].id);
                return Err(AssignmentError::Contradiction(application.clone(), reviewer.clone()));
            }
            self.pairs[i * width + j] = Pair::Forced;
            self.forced_of_application[i] += 1;
            self.forced_of_reviewer[j] += 1;
        }
        if !input.kept.is_empty() {
            self.kept = vec![false; self.pairs.len()];
        }
        for pair in &input.kept {
            let (i, j) = place(pair)?;
            self.kept[i * width + j] = true;
        }
        Ok(())
    }

    pub(super) fn pair(&self, i: usize, j: usize) -> Pair {
        self.pairs[i * self.reviewers.len() + j]
    }

    /// Whether the pair is of the plan that should stay.
    pub(super) fn is_kept(&self, i: usize, j: usize) -> bool {
        self.kept.get(i * self.reviewers.len() + j).copied().unwrap_or(false)
    }

    /// Whether there is an earlier plan.
    pub(super) fn asks_to_stay(&self) -> bool {
        !self.kept.is_empty()
    }

    pub(super) fn affinity(&self, i: usize, j: usize) -> i64 {
        self.affinity[self.rows[i]][self.columns[j]]
    }

    /// What is open after the forced pairs; more than there are reviewers is never needed.
    pub(super) fn open(&self, i: usize) -> usize {
        self.applications[i].demand.saturating_sub(self.forced_of_application[i]).min(self.reviewers.len())
    }

    /// What a reviewer can still take; more than there are applications is never needed.
    pub(super) fn free(&self, j: usize) -> usize {
        self.reviewers[j].max_load.saturating_sub(self.forced_of_reviewer[j]).min(self.applications.len())
    }

    /// The forced pairs.
    pub(super) fn forced(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let width = self.reviewers.len();
        let forced = self.pairs.iter().enumerate().filter(|(_, pair)| **pair == Pair::Forced);
        forced.map(move |(at, _)| (at / width, at % width))
    }

    /// What an assigned pair costs.
    pub(super) fn pair_cost(&self, i: usize, j: usize) -> Cost {
        Cost { upper: self.upper_cost(i, j), lower: self.draw(i, j) }
    }

    /// What an assigned pair costs on the upper level.
    pub(super) fn upper_cost(&self, i: usize, j: usize) -> i128 {
        let affinity = i128::from(self.affinity(i, j));
        let short =
            self.weights.get(i).map_or(i128::from(self.highest) - affinity, |weight| -weight * affinity);
        if self.is_kept(i, j) { short - self.units.kept } else { short }
    }

    /// What the next review costs a reviewer who has `load` already, forced ones included: Σ load² grows
    /// by 2·load + 1, and a missing one is made good.
    pub(super) fn place_cost(&self, j: usize, load: usize) -> Cost {
        let missing = if load < self.reviewers[j].min_load { self.units.shortfall } else { 0 };
        Cost { upper: -missing, lower: self.units.load * (2 * wide(load) + 1) }
    }

    /// What a missing review costs.
    pub(super) const fn without_cost(&self) -> Cost {
        Cost { upper: self.units.review, lower: 0 }
    }

    /// The units of the goals. With D reviews to be given and affinities A apart Σ draw moves by less than
    /// D·2^32, Σ affinity by D·A at most, Σ shortfall and the pairs that stay by D. Units are twice as much,
    /// so that the steps of each goal can be told from a sum by rounding. A goal nobody has asked for
    /// takes no room.
    fn units(&self, apart: i128) -> Option<Units> {
        let reviews = wide((0..self.applications.len()).map(|i| self.open(i)).sum::<usize>()).max(1);
        let twice = reviews.checked_mul(2)?;
        let mut below = twice.checked_mul(apart)?.checked_add(1)?;
        let mut step = |asked: bool| {
            let unit = below;
            if asked {
                below = unit.checked_mul(twice.checked_add(1)?)?;
            }
            Some(unit)
        };
        let shortfall = step(self.reviewers.iter().any(|reviewer| reviewer.min_load > 0))?;
        let kept = step(!self.kept.is_empty())?;
        let review = step(false)?;
        review.checked_mul(ROOM)?;
        Some(Units { shortfall, kept, review, load: twice.checked_mul(1 << DRAW_BITS)? })
    }

    /// The same instance with affinities that count differently for each application.
    pub(super) fn weighted(&self, weights: Vec<i128>) -> Option<Self> {
        let mut weighted = self.clone();
        let all = self.affinity.iter().flatten().map(|affinity| i128::from(*affinity).abs());
        let widest = all.max().unwrap_or(0).checked_mul(weights.iter().copied().max().unwrap_or(0))?;
        weighted.weights = weights;
        weighted.units = weighted.units(widest.checked_mul(2)?)?;
        Some(weighted)
    }

    /// The same instance without the pairs below an affinity.
    pub(super) fn only_from(&self, threshold: i64) -> Self {
        let mut only = self.clone();
        for at in 0..only.pairs.len() {
            let (i, j) = (at / self.reviewers.len(), at % self.reviewers.len());
            if only.pairs[at] == Pair::Allowed && self.affinity(i, j) < threshold {
                only.pairs[at] = Pair::Forbidden;
            }
        }
        only
    }

    /// What the goals before the affinities cost in a whole assignment.
    pub(super) fn earlier_goals(&self, chosen: &[(usize, usize)]) -> (usize, usize, usize) {
        let mut loads = vec![0; self.reviewers.len()];
        for (_, j) in chosen {
            loads[*j] += 1;
        }
        let moved = chosen.iter().filter(|(i, j)| !self.is_kept(*i, *j)).count();
        let short = self.reviewers.iter().zip(&loads).map(|(r, load)| r.min_load.saturating_sub(*load));
        let missing = (self.applications.len() * self.reviewers.len()).saturating_sub(chosen.len());
        (missing, moved, short.sum())
    }

    /// Σ affinity of each application.
    pub(super) fn sums(&self, chosen: &[(usize, usize)]) -> Vec<i128> {
        let mut sums = vec![0; self.applications.len()];
        for (i, j) in chosen {
            sums[*i] += i128::from(self.affinity(*i, *j));
        }
        sums
    }

    /// The draw of a pair, from the seeds of its two sides.
    pub(super) fn draw(&self, i: usize, j: usize) -> i128 {
        i128::from(mixed(self.row_draw[i] ^ mixed(self.column_draw[j])) >> (64 - DRAW_BITS))
    }

    /// The positions of a pair in the input.
    pub(super) fn given(&self, i: usize, j: usize) -> (usize, usize) {
        (self.rows[i], self.columns[j])
    }

    /// The positions of named pairs.
    pub(super) fn positions(
        &self,
        pairs: &[(String, String)],
    ) -> Result<Vec<(usize, usize)>, AssignmentError> {
        let place = |(application, reviewer): &(String, String)| {
            let (row, column) = (self.application(application)?, self.reviewer(reviewer)?);
            Ok((row, column))
        };
        let mut chosen = pairs.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        chosen.sort_unstable();
        chosen.dedup();
        Ok(chosen)
    }

    /// Where an application stands.
    pub(super) fn application(&self, id: &str) -> Result<usize, AssignmentError> {
        let found = self.applications.binary_search_by_key(&id, |application| application.id.as_str());
        found.map_err(|_| AssignmentError::UnknownPair)
    }

    /// Where a reviewer stands.
    pub(super) fn reviewer(&self, id: &str) -> Result<usize, AssignmentError> {
        let found = self.reviewers.binary_search_by_key(&id, |reviewer| reviewer.id.as_str());
        found.map_err(|_| AssignmentError::UnknownPair)
    }

    /// The result in the user's terms, with what was proved about it.
    pub(super) fn result(
        &self,
        chosen: &[(usize, usize)],
        certified: bool,
        bound: i128,
    ) -> Result<Assignment, AssignmentError> {
        let mut of_application = vec![0_usize; self.applications.len()];
        let mut loads = vec![0_usize; self.reviewers.len()];
        let mut affinities = vec![0_i64; self.applications.len()];
        for (i, j) in chosen {
            of_application[*i] += 1;
            loads[*j] += 1;
            affinities[*i] =
                affinities[*i].checked_add(self.affinity(*i, *j)).ok_or(AssignmentError::TooLarge)?;
        }
        let total = affinities.iter().try_fold(0_i64, |sum, affinity| sum.checked_add(*affinity));
        let counted = |i: &usize| self.applications[*i].demand > 0 || of_application[*i] > 0;
        let smallest = (0..affinities.len()).filter(counted).map(|i| affinities[i]).min().unwrap_or(0);
        let missing = self.reviewers.iter().zip(&loads).map(|(r, load)| r.min_load.saturating_sub(*load));
        let met = |(application, got): (&&Demand, &usize)| *got >= application.demand;
        let name =
            |(i, j): &(usize, usize)| (self.applications[*i].id.clone(), self.reviewers[*j].id.clone());
        Ok(Assignment {
            pairs: chosen.iter().map(name).collect(),
            demand: self.applications.iter().map(|application| application.demand).sum(),
            complete: self.applications.iter().zip(&of_application).all(met),
            total_affinity: total.ok_or(AssignmentError::TooLarge)?,
            min_application_affinity: smallest,
            min_application_affinity_bound: i64::try_from(bound).unwrap_or(i64::MAX),
            max_load: loads.iter().copied().max().unwrap_or(0),
            min_load_shortfall: missing.sum(),
            kept: chosen.iter().filter(|(i, j)| self.is_kept(*i, *j)).count(),
            certified,
            unmet: unmet::explain(self, chosen, &of_application, &loads),
        })
    }
}
