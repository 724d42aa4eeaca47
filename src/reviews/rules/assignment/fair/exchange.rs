#![expect(clippy::indexing_slicing, reason = "positions are those of the sorted instance")]
//! Exchanges along a chain: the weakest application gives up one reviewer for a better one, whose place
//! is made free by another application that takes a third, and so on, until a reviewer has a place or
//! the one that was given up is taken. Nobody on the way comes below what is aimed at.

use super::{super::problem::Pair, Candidate, Round};

/// So many pairs are looked at in all.
const WORK: usize = 60_000_000;

/// The plan under way.
struct Exchange<'r, 'p, 'a> {
    round: &'r Round<'p, 'a>,
    taken: Vec<bool>,
    /// True where the application can take the reviewer, and what it would gain, row by row.
    open: Vec<bool>,
    affinity: Vec<i128>,
    held: Vec<Vec<usize>>,
    sums: Vec<i128>,
    width: usize,
    work: usize,
}

/// How a reviewer was met: the application that would take it, and the reviewer given up for it.
type Met = Option<(usize, usize)>;

/// The pairs after exchanges that raise the smallest sum as far as they can.
pub(super) fn raise_smallest(round: &Round<'_, '_>, start: &Candidate) -> Vec<(usize, usize)> {
    let problem = round.problem;
    let width = problem.reviewers.len();
    let pairs = || (0..problem.applications.len()).flat_map(|i| (0..width).map(move |j| (i, j)));
    let may = |(i, j): (usize, usize)| problem.pair(i, j) == Pair::Allowed && problem.free(j) > 0;
    let mut exchange = Exchange {
        round,
        taken: vec![false; problem.applications.len() * width],
        open: pairs().map(may).collect(),
        affinity: pairs().map(|(i, j)| i128::from(problem.affinity(i, j))).collect(),
        held: vec![Vec::new(); width],
        sums: problem.sums(&start.chosen),
        width,
        work: 0,
    };
    for (i, j) in &start.chosen {
        exchange.taken[i * width + j] = true;
        exchange.open[i * width + j] = false;
        if problem.pair(*i, *j) == Pair::Allowed {
            exchange.held[*j].push(*i);
        }
    }
    // A chain changes the load of two reviewers, and pairs that should stay.
    let unguarded = (0..width).all(|j| problem.reviewers[j].min_load == 0) && !problem.asks_to_stay();
    let mut before = None;
    while exchange.work < WORK {
        let counted = (0..exchange.sums.len()).filter(|i| round.counted[*i]);
        let Some(weakest) = counted.min_by_key(|i| (exchange.sums[*i], *i)) else { break };
        if !unguarded {
            let pairs = exchange.pairs();
            if problem.earlier_goals(&pairs) != round.earlier {
                break;
            }
            before = Some(pairs);
        }
        if !exchange.raise(weakest) {
            return exchange.pairs();
        }
    }
    before.unwrap_or_else(|| exchange.pairs())
}

impl Exchange<'_, '_, '_> {
    fn pairs(&self) -> Vec<(usize, usize)> {
        let taken = self.taken.iter().enumerate().filter(|(_, taken)| **taken);
        taken.map(|(at, _)| (at / self.width, at % self.width)).collect()
    }

    fn has_place(&self, j: usize) -> bool {
        self.held[j].len() < self.round.problem.free(j)
    }

    /// The application may take the reviewer.
    fn may(&self, i: usize, j: usize) -> bool {
        self.open[i * self.width + j]
    }

    fn gain(&self, i: usize, given_up: usize, taken: usize) -> i128 {
        self.affinity[i * self.width + taken] - self.affinity[i * self.width + given_up]
    }

    /// Raises the sum of an application; everybody on the way stays above its present sum.
    fn raise(&mut self, weakest: usize) -> bool {
        let aim = self.sums[weakest] + 1;
        let own: Vec<usize> = (0..self.width)
            .filter(|j| self.held[*j].contains(&weakest) && self.taken[weakest * self.width + j])
            .collect();
        own.into_iter().any(|given_up| self.search(weakest, given_up, aim))
    }

    fn search(&mut self, weakest: usize, given_up: usize, aim: i128) -> bool {
        let mut met: Vec<Met> = vec![None; self.width];
        let mut queue: Vec<usize> = Vec::new();
        // The best gain first: it is the likeliest to be worth the chain.
        let mut first: Vec<usize> = (0..self.width)
            .filter(|j| self.may(weakest, *j) && self.gain(weakest, given_up, *j) > 0)
            .collect();
        first.sort_by_key(|j| std::cmp::Reverse((self.gain(weakest, given_up, *j), *j)));
        for j in first {
            met[j] = Some((weakest, given_up));
            queue.push(j);
        }
        let mut unmet: Vec<usize> = (0..self.width).filter(|j| met[*j].is_none()).collect();
        let mut next = 0;
        while let Some(j) = queue.get(next).copied() {
            next += 1;
            if self.has_place(j) {
                return self.turn_round(j, given_up, &met);
            }
            for at in 0..self.held[j].len() {
                let i = self.held[j][at];
                if i == weakest || is_on_the_way(i, j, given_up, &met) {
                    continue;
                }
                self.work += unmet.len();
                // Below this affinity the application would come below what is aimed at.
                let least = if self.round.counted[i] {
                    aim - self.sums[i] + self.affinity[i * self.width + j]
                } else {
                    i128::MIN
                };
                let row = i * self.width;
                let (open, affinity) = (&self.open, &self.affinity);
                let takes = |other: &mut usize| open[row + *other] && affinity[row + *other] >= least;
                for other in unmet.extract_if(.., takes) {
                    met[other] = Some((i, j));
                    queue.push(other);
                }
                if met[given_up].is_some() {
                    return self.turn_round(given_up, given_up, &met);
                }
            }
        }
        false
    }

    fn turn_round(&mut self, end: usize, start: usize, met: &[Met]) -> bool {
        let mut at = end;
        while let Some((i, before)) = met[at] {
            self.sums[i] += self.gain(i, before, at);
            self.taken[i * self.width + at] = true;
            self.open[i * self.width + at] = false;
            self.held[at].push(i);
            self.taken[i * self.width + before] = false;
            self.open[i * self.width + before] = true;
            self.held[before].retain(|other| *other != i);
            if before == start {
                return true;
            }
            at = before;
        }
        true
    }
}

/// The application has its part in the chain to this reviewer already.
fn is_on_the_way(i: usize, j: usize, start: usize, met: &[Met]) -> bool {
    let mut at = j;
    while let Some((application, before)) = met[at] {
        if application == i {
            return true;
        }
        if before == start {
            break;
        }
        at = before;
    }
    false
}
