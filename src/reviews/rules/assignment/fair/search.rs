#![expect(clippy::indexing_slicing, reason = "positions are those of the sorted instance")]
//! A search through everything that may be better, for small instances.
//!
//! Under the best prices every choice loses something against the bound: an application's set of
//! reviewers by what it costs more than the cheapest set, or by a sum above what it must reach; a
//! reviewer's load by the places it pays in vain. The losses of a plan add up to exactly what it stays
//! below the bound. So only sets that lose no more than the whole gap come into question, mostly few.
//! The search goes from application to application and remembers the loads from which it came to
//! nothing.

use std::collections::HashMap;

use super::{
    super::problem::{Pair, Problem},
    Round,
    weights::Step,
};

/// The search was given up.
#[derive(Debug)]
pub(super) struct TooMuch;

/// So many sets are kept.
const SETS: usize = 400_000;

/// So many are tried in all searches for the largest smallest sum, and for the largest total under it.
pub(super) const TRIES: usize = 50_000_000;
pub(super) const TRIES_FOR_TOTAL: usize = 10_000_000;

/// So many loads are remembered.
const KNOWN: usize = 2_000_000;

/// A set of reviewers for an application.
struct Set {
    reviewers: Vec<usize>,
    loss: i128,
    /// What it costs on the lower level: the draw.
    lower: i128,
}

/// One application, with the sets that come into question, the smallest loss first.
struct Level {
    application: usize,
    sets: Vec<Set>,
}

/// The whole search.
pub(super) struct Search<'r, 'p, 'a> {
    round: &'r Round<'p, 'a>,
    levels: Option<Vec<Level>>,
    /// What may be lost in all.
    gap: i128,
    /// What each load of each reviewer loses, and the load that loses nothing.
    load_loss: Vec<Vec<i128>>,
    settled: Vec<usize>,
    /// The smallest loss of all applications from a level on, and how often a reviewer occurs there.
    least_from: Vec<i128>,
    occurs_from: Vec<Vec<usize>>,
}

/// Where the search stands.
struct State {
    loads: Vec<usize>,
    path: Vec<usize>,
    /// How many sets may still be tried.
    tries: usize,
    /// What was left, and the draw so far, when the same loads at the same level came to nothing.
    known: HashMap<(usize, u128), (i128, i128)>,
    /// The best so far on the lower level.
    best: Option<(i128, Vec<usize>)>,
    first_only: bool,
}

impl<'r, 'p, 'a> Search<'r, 'p, 'a> {
    /// For plans whose sums reach `smallest` and whose total reaches `total`.
    pub(super) fn new(
        round: &'r Round<'p, 'a>,
        step: &Step,
        smallest: i128,
        total: Option<i128>,
    ) -> Option<Self> {
        let problem = round.problem;
        let weighted = problem.weighted(step.extra.iter().map(|extra| step.base + extra).collect())?;
        let (height, width) = (problem.applications.len(), problem.reviewers.len());
        let spare = |i: usize| if round.counted[i] { step.extra[i] * (step.sums[i] - smallest) } else { 0 };
        let below = total.map_or(0, |total| step.base * (step.sums.iter().sum::<i128>() - total));
        let gap = (0..height).map(spare).sum::<i128>() + below;
        let pool = step.prices[height + width];
        let load_loss: Vec<Vec<i128>> = (0..width)
            .map(|j| {
                let place = |taken: usize| {
                    let cost = weighted.place_cost(j, problem.forced_of_reviewer[j] + taken).upper;
                    cost + pool - step.prices[height + j]
                };
                let mut sums = vec![0];
                for taken in 0..problem.free(j) {
                    sums.push(sums[taken] + place(taken));
                }
                let least = sums.iter().copied().min().unwrap_or(0);
                sums.iter().map(|sum| sum - least).collect()
            })
            .collect();
        let settled = load_loss.iter().map(|losses| losses.iter().position(|loss| *loss == 0).unwrap_or(0));
        let mut search = Self {
            round,
            levels: None,
            gap,
            settled: settled.collect(),
            load_loss,
            least_from: vec![0],
            occurs_from: vec![vec![0; width]],
        };
        search.levels = search.all_sets(&weighted, step, smallest);
        let Some(levels) = &search.levels else { return Some(search) };
        for level in levels.iter().rev() {
            let least = level.sets.first().map_or(gap + 1, |set| set.loss);
            let mut occurs = search.occurs_from.last().cloned().unwrap_or_default();
            for (j, occurs) in occurs.iter_mut().enumerate() {
                *occurs += usize::from(level.sets.iter().any(|set| set.reviewers.contains(&j)));
            }
            search.least_from.push(least + search.least_from.last().copied().unwrap_or(0));
            search.occurs_from.push(occurs);
        }
        search.least_from.reverse();
        search.occurs_from.reverse();
        Some(search)
    }

    /// The sets of every application; `None` if there are too many.
    fn all_sets(&self, weighted: &Problem<'_>, step: &Step, smallest: i128) -> Option<Vec<Level>> {
        let mut levels = Vec::new();
        let mut room = SETS;
        for i in 0..step.sums.len() {
            let mut sets = Sets::new(self, weighted, step, smallest, i);
            sets.room = room;
            if !sets.extend(0, 0, 0, 0) {
                return None;
            }
            room = sets.room;
            let mut found = sets.found;
            found.sort_by(|a, b| (a.loss, &a.reviewers).cmp(&(b.loss, &b.reviewers)));
            levels.push(Level { application: i, sets: found });
        }
        levels.sort_by_key(|level| (level.sets.len(), level.application));
        Some(levels)
    }

    /// Any plan, or the certainty that there is none.
    pub(super) fn first(&self, tries: &mut usize) -> Result<Option<Vec<(usize, usize)>>, TooMuch> {
        let (found, whole) = self.run(true, tries);
        if found.is_some() || whole { Ok(found) } else { Err(TooMuch) }
    }

    /// The plan that is best on the lower level, and whether the search went to its end.
    pub(super) fn best(&self, tries: &mut usize) -> (Option<Vec<(usize, usize)>>, bool) {
        self.run(false, tries)
    }

    fn run(&self, first_only: bool, tries: &mut usize) -> (Option<Vec<(usize, usize)>>, bool) {
        if self.gap < 0 {
            return (None, true);
        }
        let Some(levels) = &self.levels else { return (None, false) };
        let mut state = State {
            loads: vec![0; self.load_loss.len()],
            path: Vec::new(),
            tries: *tries,
            known: HashMap::new(),
            best: None,
            first_only,
        };
        self.descend(levels, &mut state, self.gap, 0);
        *tries = state.tries;
        let whole = state.tries > 0;
        let pairs = state.best.map(|(_, path)| {
            let own = |(level, set): (&Level, &usize)| {
                let reviewers = level.sets[*set].reviewers.clone();
                let i = level.application;
                reviewers.into_iter().map(move |j| (i, j))
            };
            let mut pairs: Vec<(usize, usize)> = levels.iter().zip(&path).flat_map(own).collect();
            pairs.extend(self.round.problem.forced());
            pairs.sort_unstable();
            pairs
        });
        (pairs, whole)
    }

    /// What the loads lose at least when all levels from here on are done.
    fn loads_lose(&self, loads: &[usize], level: usize) -> i128 {
        let least = |(j, load): (usize, &usize)| {
            let most = (load + self.occurs_from[level][j]).min(self.load_loss[j].len() - 1);
            self.load_loss[j][self.settled[j].clamp(*load, most)]
        };
        loads.iter().enumerate().map(least).sum()
    }

    /// All loads as one number. Where there are so few pairs it always fits.
    fn packed(&self, loads: &[usize]) -> u128 {
        let digits = loads.iter().zip(&self.load_loss);
        digits.fold(0, |number, (load, losses)| {
            let load = u128::try_from(*load).unwrap_or_default();
            number * u128::try_from(losses.len()).unwrap_or_default() + load
        })
    }

    fn descend(&self, levels: &[Level], state: &mut State, left: i128, lower: i128) {
        let depth = state.path.len();
        if self.least_from[depth] + self.loads_lose(&state.loads, depth) > left {
            return;
        }
        let Some(level) = levels.get(depth) else {
            let problem = self.round.problem;
            let places = |(j, load): (usize, &usize)| -> i128 {
                let forced = problem.forced_of_reviewer[j];
                (0..*load).map(|taken| problem.place_cost(j, forced + taken).lower).sum()
            };
            let whole = lower + state.loads.iter().enumerate().map(places).sum::<i128>();
            if state.best.as_ref().is_none_or(|(known, _)| whole < *known) {
                state.best = Some((whole, state.path.clone()));
            }
            return;
        };
        let key = (depth, self.packed(&state.loads));
        if let Some((known_left, known_lower)) = state.known.get(&key)
            && *known_left >= left
            && (state.first_only || *known_lower <= lower)
        {
            return;
        }
        if state.known.len() < KNOWN {
            state.known.insert(key, (left, lower));
        }
        for (at, set) in level.sets.iter().enumerate() {
            state.tries = state.tries.saturating_sub(1);
            if set.loss > left || state.tries == 0 || (state.first_only && state.best.is_some()) {
                return;
            }
            if set.reviewers.iter().any(|j| state.loads[*j] + 1 >= self.load_loss[*j].len()) {
                continue;
            }
            set.reviewers.iter().for_each(|j| state.loads[*j] += 1);
            state.path.push(at);
            self.descend(levels, state, left - set.loss, lower + set.lower);
            state.path.pop();
            set.reviewers.iter().for_each(|j| state.loads[*j] -= 1);
        }
    }
}

/// One reviewer an application may have.
struct Choice {
    price: i128,
    reviewer: usize,
    affinity: i128,
    lower: i128,
}

/// The sets of one application that come into question.
struct Sets {
    /// The cheapest first.
    choices: Vec<Choice>,
    /// The largest affinity from a choice on.
    highest_from: Vec<i128>,
    without: i128,
    open: usize,
    /// What the cheapest set costs.
    least: i128,
    gap: i128,
    /// The sum the set must reach, and how much every unit above it loses.
    must: Option<i128>,
    extra: i128,
    chosen: Vec<usize>,
    found: Vec<Set>,
    room: usize,
}

impl Sets {
    fn new(
        search: &Search<'_, '_, '_>,
        weighted: &Problem<'_>,
        step: &Step,
        smallest: i128,
        i: usize,
    ) -> Self {
        let (problem, height, width) = (search.round.problem, step.sums.len(), search.load_loss.len());
        let choice = |j: usize| Choice {
            price: weighted.upper_cost(i, j) + step.prices[height + j],
            reviewer: j,
            affinity: i128::from(problem.affinity(i, j)),
            lower: problem.draw(i, j),
        };
        let allowed = (0..width).filter(|j| problem.pair(i, *j) == Pair::Allowed && problem.free(*j) > 0);
        let mut choices: Vec<Choice> = allowed.map(choice).collect();
        choices.sort_by_key(|choice| (choice.price, choice.reviewer));
        let mut highest_from = vec![0; choices.len() + 1];
        for at in (0..choices.len()).rev() {
            highest_from[at] = highest_from[at + 1].max(choices[at].affinity);
        }
        let forced = (0..width).filter(|j| problem.pair(i, *j) == Pair::Forced);
        let forced: i128 = forced.map(|j| i128::from(problem.affinity(i, j))).sum();
        let mut sets = Self {
            choices,
            highest_from,
            without: weighted.without_cost().upper + step.prices[height + width],
            open: problem.open(i),
            least: 0,
            gap: search.gap,
            must: search.round.counted[i].then_some(smallest - forced),
            extra: step.extra[i],
            chosen: Vec::new(),
            found: Vec::new(),
            room: 0,
        };
        sets.least = sets.cheapest(0, sets.open);
        sets
    }

    /// What so many more reviews cost at least, from a choice on.
    fn cheapest(&self, from: usize, count: usize) -> i128 {
        let prices = self.choices.iter().skip(from).map(|choice| choice.price.min(self.without));
        prices.chain(std::iter::repeat(self.without)).take(count).sum()
    }

    /// Every way to go on from the choices made so far; false if there is no room for them.
    fn extend(&mut self, from: usize, price: i128, sum: i128, lower: i128) -> bool {
        let count = self.open - self.chosen.len();
        let without = self.without.saturating_mul(super::super::problem::wide(count));
        let above = self.must.map_or(0, |must| sum - must);
        let loss = price + without - self.least + self.extra * above.max(0);
        if above >= 0 && loss <= self.gap {
            let Some(room) = self.room.checked_sub(1) else { return false };
            self.room = room;
            self.found.push(Set { reviewers: self.chosen.clone(), loss, lower });
        }
        if count == 0 {
            return true;
        }
        for at in from..self.choices.len() {
            let choice = &self.choices[at];
            let (price, sum, lower) = (price + choice.price, sum + choice.affinity, lower + choice.lower);
            if price + self.cheapest(at + 1, count - 1) - self.least > self.gap {
                break;
            }
            let more = self.highest_from[at + 1].saturating_mul(super::super::problem::wide(count - 1));
            if self.must.is_some_and(|must| sum + more < must) {
                continue;
            }
            let reviewer = choice.reviewer;
            self.chosen.push(reviewer);
            let fits = self.extend(at + 1, price, sum, lower);
            self.chosen.pop();
            if !fits {
                return false;
            }
        }
        true
    }
}
