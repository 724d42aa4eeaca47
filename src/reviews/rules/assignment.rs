#![expect(clippy::indexing_slicing, reason = "a numeric kernel over positions it has made itself")]
//! Reviewers to applications (rules.md §6), by successive shortest paths.
//!
//! The goals come strictly one after the other: most reviews, smallest sum of missing minimum loads,
//! largest Σ affinity, smallest Σ load², smallest Σ of hashes over seed and pair. They are put into one
//! whole cost whose units are far enough apart that no amount of a later goal outweighs one step of an
//! earlier one; the units are computed from the instance and checked. Forbidden pairs have no arc at all.
//!
//! Applications and reviewers are sorted by identifier before anything is done, and the hashes make the
//! optimum unique for all practical purposes: the order of the lists in the input changes nothing.

mod flow;
mod unmet;

use std::collections::{BTreeMap, HashSet};

use sha2::{Digest, Sha256};

pub use self::unmet::Unmet;

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
    /// The largest load of a reviewer.
    pub max_load: usize,
    /// Σ of what reviewers have less than their minimum load.
    pub min_load_shortfall: usize,
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

/// What may be done with a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pair {
    Allowed,
    Forbidden,
    Forced,
}

/// The instance, sorted by identifier; positions from here on are positions in these lists.
struct Problem<'a> {
    applications: Vec<&'a Demand>,
    reviewers: Vec<&'a Capacity>,
    /// Where the sorted application (reviewer) stands in the input.
    rows: Vec<usize>,
    columns: Vec<usize>,
    affinity: &'a [Vec<i64>],
    seed: &'a str,
    /// One entry a pair, row by row.
    pairs: Vec<Pair>,
    forced_of_application: Vec<usize>,
    forced_of_reviewer: Vec<usize>,
}

/// What one step of each goal costs.
#[derive(Clone, Copy, Debug)]
struct Units {
    /// Bits of the hash of a pair; its unit is 1.
    hash_bits: u32,
    /// One of Σ load².
    load: i128,
    /// One of Σ affinity.
    affinity: i128,
    /// One of Σ shortfall.
    shortfall: i128,
    /// One review.
    review: i128,
}

/// Finds the best assignment under the objective "total".
pub fn assign(input: &AssignmentInput) -> Result<Assignment, AssignmentError> {
    let problem = Problem::new(input)?;
    let units = problem.units()?;
    let flow = flow::Flow::solve(&problem, units);
    let mut chosen: Vec<(usize, usize)> = flow.pairs();
    chosen.extend((0..problem.applications.len()).flat_map(|i| {
        let forced = |j: &usize| problem.pair(i, *j) == Pair::Forced;
        (0..problem.reviewers.len()).filter(forced).map(move |j| (i, j)).collect::<Vec<_>>()
    }));
    chosen.sort_unstable();
    problem.result(&chosen)
}

fn wide(count: usize) -> i128 {
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

impl<'a> Problem<'a> {
    fn new(input: &'a AssignmentInput) -> Result<Self, AssignmentError> {
        let rows = sorted(&input.applications, |application| application.id.as_str())?;
        let columns = sorted(&input.reviewers, |reviewer| reviewer.id.as_str())?;
        let (height, width) = (rows.len(), columns.len());
        if input.affinity.len() != height || input.affinity.iter().any(|row| row.len() != width) {
            return Err(AssignmentError::Shape);
        }
        let mut problem = Self {
            applications: rows.iter().map(|at| &input.applications[*at]).collect(),
            reviewers: columns.iter().map(|at| &input.reviewers[*at]).collect(),
            affinity: &input.affinity,
            seed: &input.seed,
            pairs: vec![Pair::Allowed; height * width],
            forced_of_application: vec![0; height],
            forced_of_reviewer: vec![0; width],
            rows,
            columns,
        };
        let row_of: BTreeMap<usize, usize> =
            problem.rows.iter().enumerate().map(|(i, at)| (*at, i)).collect();
        let column_of: BTreeMap<usize, usize> =
            problem.columns.iter().enumerate().map(|(j, at)| (*at, j)).collect();
        let place = |(application, reviewer): &(usize, usize)| {
            row_of
                .get(application)
                .copied()
                .zip(column_of.get(reviewer).copied())
                .ok_or(AssignmentError::UnknownPair)
        };
        for pair in &input.forbidden {
            let (i, j) = place(pair)?;
            problem.pairs[i * width + j] = Pair::Forbidden;
        }
        let forced = input.forced.iter().map(place).collect::<Result<HashSet<_>, _>>()?;
        for (i, j) in forced {
            if problem.pair(i, j) == Pair::Forbidden {
                let (application, reviewer) = (&problem.applications[i].id, &problem.reviewers[j].id);
                return Err(AssignmentError::Contradiction(application.clone(), reviewer.clone()));
            }
            problem.pairs[i * width + j] = Pair::Forced;
            problem.forced_of_application[i] += 1;
            problem.forced_of_reviewer[j] += 1;
        }
        Ok(problem)
    }

    fn pair(&self, i: usize, j: usize) -> Pair {
        self.pairs[i * self.reviewers.len() + j]
    }

    fn affinity(&self, i: usize, j: usize) -> i64 {
        self.affinity[self.rows[i]][self.columns[j]]
    }

    /// What is open after the forced pairs; more than there are reviewers is never needed.
    fn open(&self, i: usize) -> usize {
        self.applications[i].demand.saturating_sub(self.forced_of_application[i]).min(self.reviewers.len())
    }

    /// What a reviewer can still take; more than there are applications is never needed.
    fn free(&self, j: usize) -> usize {
        self.reviewers[j].max_load.saturating_sub(self.forced_of_reviewer[j]).min(self.applications.len())
    }

    /// The smallest and largest affinity.
    fn range(&self) -> (i64, i64) {
        let all = || self.affinity.iter().flatten().copied();
        (all().min().unwrap_or(0), all().max().unwrap_or(0))
    }

    /// The units of the goals. With D reviews to be given, no load above L and affinities A apart:
    /// Σ hash < D·2^h, Σ load² moves by at most 2·D·L, Σ affinity by D·A, Σ shortfall by D.
    fn units(&self) -> Result<Units, AssignmentError> {
        let reviews = wide((0..self.applications.len()).map(|i| self.open(i)).sum::<usize>()).max(1);
        let loads = (0..self.reviewers.len()).map(|j| self.free(j) + self.forced_of_reviewer[j]);
        let load = wide(loads.max().unwrap_or(0)) + 1;
        let (low, high) = self.range();
        let apart = i128::from(high) - i128::from(low);
        // Fewer bits where the numbers are large: still a draw, with a little more chance of a tie,
        // which the order of the identifiers breaks then.
        let units = (8..=32).rev().step_by(4).find_map(|hash_bits: u32| {
            let load_unit = reviews.checked_mul(1_i128.checked_shl(hash_bits)?)?;
            let affinity =
                load_unit.checked_mul(reviews.checked_mul(load)?.checked_mul(2)?.checked_add(1)?)?;
            let shortfall = affinity.checked_mul(reviews.checked_mul(apart)?.checked_add(1)?)?;
            let review = shortfall.checked_mul(reviews.checked_add(1)?)?;
            // A path visits a reviewer at most once; its cost and the prices stay below this.
            review.checked_mul(16)?;
            Some(Units { hash_bits, load: load_unit, affinity, shortfall, review })
        });
        units.ok_or(AssignmentError::TooLarge)
    }

    /// The draw of a pair: the leading bits of SHA-256 over seed, application and reviewer.
    fn hash(&self, i: usize, j: usize, bits: u32) -> i128 {
        let mut hasher = Sha256::new();
        hasher.update(self.seed);
        hasher.update([0]);
        hasher.update(&self.applications[i].id);
        hasher.update([0]);
        hasher.update(&self.reviewers[j].id);
        let digest = hasher.finalize();
        let leading = digest.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        i128::from(leading >> (32 - bits))
    }

    fn result(&self, chosen: &[(usize, usize)]) -> Result<Assignment, AssignmentError> {
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
        let smallest = (0..affinities.len()).filter(counted).map(|i| affinities[i]).min();
        let missing = self.reviewers.iter().zip(&loads).map(|(r, load)| r.min_load.saturating_sub(*load));
        let met = |(application, got): (&&Demand, &usize)| *got >= application.demand;
        let name =
            |(i, j): &(usize, usize)| (self.applications[*i].id.clone(), self.reviewers[*j].id.clone());
        Ok(Assignment {
            pairs: chosen.iter().map(name).collect(),
            demand: self.applications.iter().map(|application| application.demand).sum(),
            complete: self.applications.iter().zip(&of_application).all(met),
            total_affinity: total.ok_or(AssignmentError::TooLarge)?,
            min_application_affinity: smallest.unwrap_or(0),
            max_load: loads.iter().copied().max().unwrap_or(0),
            min_load_shortfall: missing.sum(),
            unmet: unmet::explain(self, chosen, &of_application, &loads),
        })
    }
}

#[cfg(test)]
mod tests;
