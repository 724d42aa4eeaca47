#![expect(clippy::indexing_slicing, reason = "a numeric kernel over positions it has made itself")]
//! What could be changed in a given assignment, and what each change would cost.
//!
//! The nodes are the applications, the reviewers behind them, and the pool of places last. A way from
//! node to node is a chain of changes: an application takes a reviewer it does not have, a reviewer
//! gives up an application, takes one place more from the pool or gives one back, an application goes
//! without a review or no longer does. Forced pairs cannot be changed and are left out.
//!
//! Without a chain that comes back to its start at a gain the assignment is the best one; then there
//! are prices under which no single step gains, and the cheapest chain between two nodes is found by
//! one search of Dijkstra's kind.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};

use super::problem::{Cost, Pair, Problem};

/// An assignment with everything that could be changed in it.
pub(super) struct Residual<'p, 'a> {
    problem: &'p Problem<'a>,
    /// True for an assigned pair that is not forced, row by row.
    taken: Vec<bool>,
    of_reviewer: Vec<Vec<usize>>,
    got: Vec<usize>,
}

impl<'p, 'a> Residual<'p, 'a> {
    /// `None` when the pairs are no assignment for this problem: forbidden, too many or forced missing.
    pub(super) fn new(problem: &'p Problem<'a>, chosen: &[(usize, usize)]) -> Option<Self> {
        let (height, width) = (problem.applications.len(), problem.reviewers.len());
        let mut taken = vec![false; height * width];
        let mut of_reviewer = vec![Vec::new(); width];
        let mut got = vec![0; height];
        let mut forced = 0;
        for (i, j) in chosen {
            match problem.pair(*i, *j) {
                Pair::Forbidden => return None,
                Pair::Forced => forced += 1,
                Pair::Allowed => {
                    taken[i * width + j] = true;
                    of_reviewer[*j].push(*i);
                    got[*i] += 1;
                }
            }
        }
        let fits = forced == problem.forced().count()
            && (0..height).all(|i| got[i] <= problem.open(i))
            && (0..width).all(|j| of_reviewer[j].len() <= problem.free(j));
        fits.then_some(Self { problem, taken, of_reviewer, got })
    }

    /// The node of a reviewer; that of an application is its position.
    pub(super) const fn reviewer(&self, j: usize) -> usize {
        self.got.len() + j
    }

    const fn pool(&self) -> usize {
        self.got.len() + self.of_reviewer.len()
    }

    /// Every single step from a node: where to, at what cost.
    pub(super) fn steps(&self, node: usize, mut step: impl FnMut(usize, Cost)) {
        let (problem, height, width) = (self.problem, self.got.len(), self.of_reviewer.len());
        if node < height {
            if problem.open(node) == 0 {
                return;
            }
            for j in 0..width {
                let open = problem.pair(node, j) == Pair::Allowed && problem.free(j) > 0;
                if open && !self.taken[node * width + j] {
                    step(height + j, problem.pair_cost(node, j));
                }
            }
            if self.got[node] > 0 {
                step(self.pool(), problem.without_cost());
            }
        } else if node < self.pool() {
            let j = node - height;
            for i in &self.of_reviewer[j] {
                step(*i, -problem.pair_cost(*i, j));
            }
            if self.of_reviewer[j].len() < problem.free(j) {
                step(self.pool(), problem.place_cost(j, self.load(j)));
            }
        } else {
            for j in (0..width).filter(|j| !self.of_reviewer[*j].is_empty()) {
                step(height + j, -problem.place_cost(j, self.load(j) - 1));
            }
            for i in (0..height).filter(|i| self.got[*i] < problem.open(*i)) {
                step(i, -problem.without_cost());
            }
        }
    }

    fn load(&self, j: usize) -> usize {
        self.problem.forced_of_reviewer[j] + self.of_reviewer[j].len()
    }

    /// Whether no step gains under these prices: the proof that the assignment is the best one.
    pub(super) fn holds(&self, prices: &[Cost]) -> bool {
        if prices.len() != self.pool() + 1 {
            return false;
        }
        let mut sound = (0..self.got.len()).all(|i| self.takes_nothing_at_a_gain(i, prices));
        for node in self.got.len()..=self.pool() {
            self.steps(node, |next, cost| {
                sound = sound && cost + prices[next] >= prices[node];
            });
        }
        sound
    }

    /// The steps from one application. There are as many as pairs, so the lower level is asked only
    /// where the upper one leaves it open.
    fn takes_nothing_at_a_gain(&self, i: usize, prices: &[Cost]) -> bool {
        let (problem, height, width) = (self.problem, self.got.len(), self.of_reviewer.len());
        let own = prices[i];
        let loses = |j: usize| {
            let price = prices[height + j];
            let upper = problem.upper_cost(i, j) + price.upper - own.upper;
            upper > 0 || (upper == 0 && problem.draw(i, j) + price.lower >= own.lower)
        };
        let closed = |j: usize| {
            problem.pair(i, j) != Pair::Allowed || self.taken[i * width + j] || problem.free(j) == 0
        };
        problem.open(i) == 0
            || ((0..width).all(|j| closed(j) || loses(j))
                && (self.got[i] == 0 || problem.without_cost() + prices[self.pool()] >= own))
    }

    /// Prices under which no step gains; `None` when there is a chain that gains, or after more than
    /// `work` steps.
    pub(super) fn prices(&self, work: usize) -> Option<Vec<Cost>> {
        let nodes = self.pool() + 1;
        let mut prices = vec![Cost::ZERO; nodes];
        let mut rounds = vec![0_usize; nodes];
        let mut waits = vec![true; nodes];
        let mut queue: VecDeque<usize> = (0..nodes).collect();
        // A price is what the cheapest chain from the node costs: the steps are taken backwards.
        let mut back: Vec<Vec<(usize, Cost)>> = vec![Vec::new(); nodes];
        for node in 0..nodes {
            self.steps(node, |next, cost| back[next].push((node, cost)));
        }
        let mut looked_at = 0;
        while let Some(node) = queue.pop_front() {
            waits[node] = false;
            rounds[node] += 1;
            looked_at += back[node].len();
            if rounds[node] > nodes || looked_at > work {
                return None;
            }
            for (from, cost) in &back[node] {
                let price = *cost + prices[node];
                if price < prices[*from] {
                    prices[*from] = price;
                    if !std::mem::replace(&mut waits[*from], true) {
                        queue.push_back(*from);
                    }
                }
            }
        }
        Some(prices)
    }

    /// What the cheapest chain from a node to each other costs; `None` where there is none.
    pub(super) fn distances(&self, from: usize, prices: &[Cost]) -> Vec<Option<Cost>> {
        let mut best: Vec<Option<Cost>> = vec![None; self.pool() + 1];
        let mut done = vec![false; self.pool() + 1];
        let mut queue = BinaryHeap::from([Reverse((Cost::ZERO, from))]);
        best[from] = Some(Cost::ZERO);
        while let Some(Reverse((distance, node))) = queue.pop() {
            if std::mem::replace(&mut done[node], true) {
                continue;
            }
            self.steps(node, |next, cost| {
                let there = distance + cost + prices[next] - prices[node];
                if !done[next] && best[next].is_none_or(|known| there < known) {
                    best[next] = Some(there);
                    queue.push(Reverse((there, next)));
                }
            });
        }
        let real = |(node, reduced): (usize, &Option<Cost>)| reduced.map(|d| d + prices[from] - prices[node]);
        best.iter().enumerate().map(real).collect()
    }
}
