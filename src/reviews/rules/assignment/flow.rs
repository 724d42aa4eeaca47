#![expect(clippy::indexing_slicing, reason = "a numeric kernel over positions it has made itself")]
//! Min-cost flow: one review at a time along a shortest path over reviewers and their applications.
//!
//! Each application and reviewer has a price. A pair's reduced cost is its cost plus the price of the
//! reviewer less that of the application: never negative for a pair that is not assigned, never
//! positive for one that is. The prices prove that the pairs given so far are an optimum for what has
//! been asked so far, and a review more is found by one search of Dijkstra's kind that ends at the
//! nearest free reviewer, or at the cheapest application to go without.
//!
//! The prices of reviewers only rise, and the arcs of an application are sorted by their cost with the
//! price at the time of sorting. So a search leaves a row as soon as the smallest rise since then makes
//! the next arc longer than the way to the nearest end found. When the prices have moved so far that
//! much is looked at in vain, the rows are sorted anew.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::problem::{Cost, Pair, Problem, wide};

/// An allowed pair.
#[derive(Clone, Copy)]
struct Arc {
    /// Its cost with the price the reviewer had when the row was sorted.
    length: i128,
    reviewer: usize,
}

/// Where a path ends.
#[derive(Clone, Copy)]
enum End {
    /// At a reviewer with a free place.
    Reviewer(usize),
    /// At an application that goes without one of its reviews.
    Without(usize),
}

/// How a reviewer was reached.
#[derive(Clone, Copy, Default)]
struct Reached {
    distance: i128,
    application: usize,
    /// What that pair costs.
    cost: i128,
}

/// The state of the search, reused from one to the next.
struct Search {
    /// How nodes were reached: reviewers from an application, applications (distance, reviewer).
    /// It counts only with the mark of this search.
    reviewer: Vec<Reached>,
    application: Vec<(i128, usize)>,
    reviewer_mark: Vec<usize>,
    application_mark: Vec<usize>,
    mark: usize,
    /// Reviewers first, applications behind them.
    queue: BinaryHeap<Reverse<(i128, usize)>>,
    settled: Vec<(usize, i128)>,
    /// Arcs looked at since the rows were sorted.
    looked_at: usize,
}

/// Sorting costs about as much as looking so often at every arc.
const LOOKS_PER_SORT: usize = 16;

/// The flow.
pub(super) struct Flow {
    review: i128,
    places: Vec<Vec<i128>>,
    /// The arcs of all applications, each part sorted by length; part `i` is `starts[i] .. starts[i + 1]`.
    arcs: Vec<Arc>,
    starts: Vec<usize>,
    /// True for an assigned pair, row by row.
    taken: Vec<bool>,
    width: usize,
    /// The assigned applications of each reviewer and what they cost.
    of_reviewer: Vec<Vec<(usize, i128)>>,
    free: Vec<usize>,
    reviewer_price: Vec<i128>,
    application_price: Vec<i128>,
    /// The prices when the rows were sorted.
    sorted_price: Vec<i128>,
    /// The smallest rise of a price since then.
    lowest_rise: i128,
}

impl Flow {
    /// Gives as many reviews as possible, at the least cost.
    pub(super) fn solve(problem: &Problem<'_>) -> Self {
        let mut flow = Self::new(problem);
        let (height, width) = (problem.applications.len(), flow.width);
        let mut search = Search {
            reviewer: vec![Reached::default(); width],
            application: vec![(0, 0); height],
            reviewer_mark: vec![0; width],
            application_mark: vec![0; height],
            mark: 0,
            queue: BinaryHeap::new(),
            settled: Vec::new(),
            looked_at: 0,
        };
        for application in 0..height {
            for _ in 0..problem.open(application) {
                flow.give(application, &mut search);
                if search.looked_at > LOOKS_PER_SORT * flow.arcs.len() {
                    flow.sort_rows();
                    search.looked_at = 0;
                }
            }
        }
        flow
    }

    /// The assigned pairs, forced ones not among them.
    pub(super) fn pairs(&self) -> Vec<(usize, usize)> {
        let taken = self.taken.iter().enumerate().filter(|(_, taken)| **taken);
        taken.map(|(at, _)| (at / self.width, at % self.width)).collect()
    }

    fn new(problem: &Problem<'_>) -> Self {
        let most = (0..problem.reviewers.len())
            .map(|j| problem.free(j) + problem.forced_of_reviewer[j])
            .max()
            .unwrap_or(0);
        let scale = problem.units.load
            * (wide((0..problem.applications.len()).map(|i| problem.open(i)).sum::<usize>())
                * 2
                * (wide(most) + 1)
                + 1);
        let whole = |cost: Cost| cost.upper * scale + cost.lower;
        let (height, width) = (problem.applications.len(), problem.reviewers.len());
        let free: Vec<usize> = (0..width).map(|j| problem.free(j)).collect();
        let mut arcs = Vec::new();
        let mut starts = Vec::with_capacity(height + 1);
        for i in 0..height {
            starts.push(arcs.len());
            if problem.open(i) == 0 {
                continue;
            }
            let usable = (0..width).filter(|j| free[*j] > 0 && problem.pair(i, *j) == Pair::Allowed);
            arcs.extend(usable.map(|j| Arc { length: whole(problem.pair_cost(i, j)), reviewer: j }));
        }
        starts.push(arcs.len());
        let mut flow = Self {
            review: whole(problem.without_cost()),
            places: (0..width)
                .map(|j| {
                    (0..=free[j])
                        .map(|t| whole(problem.place_cost(j, problem.forced_of_reviewer[j] + t)))
                        .collect()
                })
                .collect(),
            arcs,
            starts,
            taken: vec![false; height * width],
            width,
            of_reviewer: vec![Vec::new(); width],
            free,
            reviewer_price: vec![0; width],
            application_price: vec![0; height],
            sorted_price: vec![0; width],
            lowest_rise: 0,
        };
        // The price of a reviewer with a free place is what the next review there costs.
        for j in 0..width {
            flow.reviewer_price[j] = flow.next_cost(j);
        }
        flow.sort_rows();
        for i in 0..height {
            let first = flow.arcs[flow.starts[i]..flow.starts[i + 1]].first();
            flow.application_price[i] = first.map_or(flow.review, |arc| arc.length.min(flow.review));
        }
        flow
    }

    /// Sorts the rows by cost and present price.
    fn sort_rows(&mut self) {
        for arc in &mut self.arcs {
            arc.length += self.reviewer_price[arc.reviewer] - self.sorted_price[arc.reviewer];
        }
        for row in self.starts.windows(2) {
            self.arcs[row[0]..row[1]].sort_unstable_by_key(|arc| (arc.length, arc.reviewer));
        }
        self.sorted_price.clone_from(&self.reviewer_price);
        self.lowest_rise = 0;
    }

    /// What one more review costs a reviewer: Σ load² grows by 2t − 1, and a missing one is made good.
    fn next_cost(&self, j: usize) -> i128 {
        self.places[j][self.of_reviewer[j].len()]
    }

    fn has_place(&self, j: usize) -> bool {
        self.of_reviewer[j].len() < self.free[j]
    }

    fn note_lowest_rise(&mut self) {
        let prices = self.reviewer_price.iter().zip(&self.sorted_price).zip(&self.free);
        let rises = prices.filter(|(_, free)| **free > 0).map(|((now, then), _)| now - then);
        self.lowest_rise = rises.min().unwrap_or(0);
    }

    /// One review more for an application, or none if nothing can be won by it.
    fn give(&mut self, application: usize, search: &mut Search) {
        let (end, length) = self.search(application, search);
        for (node, distance) in search.settled.drain(..) {
            let price = match node.checked_sub(self.width) {
                None => &mut self.reviewer_price[node],
                Some(application) => &mut self.application_price[application],
            };
            *price += length - distance;
        }
        self.note_lowest_rise();
        self.shift(application, end, search);
    }

    /// Walks a path back from its end and turns every pair on it round.
    fn shift(&mut self, from: usize, end: End, search: &Search) {
        let (mut reviewer, mut application) = match end {
            End::Reviewer(j) => (Some(j), search.reviewer[j].application),
            End::Without(i) => (None, i),
        };
        loop {
            if let Some(j) = reviewer {
                self.taken[application * self.width + j] = true;
                self.of_reviewer[j].push((application, search.reviewer[j].cost));
            }
            if application == from {
                return;
            }
            // It was reached because it can give up this reviewer.
            let j = search.application[application].1;
            self.taken[application * self.width + j] = false;
            self.of_reviewer[j].retain(|(other, _)| *other != application);
            reviewer = Some(j);
            application = search.reviewer[j].application;
        }
    }

    /// The nearest end from an application, and how far it is. Everything nearer is settled.
    fn search(&self, from: usize, search: &mut Search) -> (End, i128) {
        search.mark += 1;
        search.queue.clear();
        search.settled.clear();
        search.settled.push((self.width + from, 0));
        search.application[from] = (0, usize::MAX);
        search.application_mark[from] = search.mark;
        // Going without must stay dearer than any review that can be given.
        let mut best = (End::Without(from), self.review - self.application_price[from]);
        self.scan(from, 0, search, &mut best);
        while let Some(Reverse((distance, node))) = search.queue.pop() {
            if distance >= best.1 {
                break;
            }
            if let Some(application) = node.checked_sub(self.width) {
                if search.application[application].0 != distance {
                    continue;
                }
                search.settled.push((node, distance));
                let without = distance + self.review - self.application_price[application];
                if without < best.1 {
                    best = (End::Without(application), without);
                }
                self.scan(application, distance, search, &mut best);
            } else {
                if search.reviewer[node].distance != distance {
                    continue;
                }
                search.settled.push((node, distance));
                self.release(node, distance, search, best.1);
            }
        }
        best
    }

    /// From an application to the reviewers it could have.
    fn scan(&self, application: usize, distance: i128, search: &mut Search, best: &mut (End, i128)) {
        let base = distance - self.application_price[application];
        let taken = &self.taken[application * self.width..(application + 1) * self.width];
        for arc in &self.arcs[self.starts[application]..self.starts[application + 1]] {
            search.looked_at += 1;
            let length = base + arc.length;
            if length + self.lowest_rise >= best.1 {
                break;
            }
            let j = arc.reviewer;
            let there = length + self.reviewer_price[j] - self.sorted_price[j];
            if there >= best.1 || taken[j] {
                continue;
            }
            if search.reviewer_mark[j] == search.mark && search.reviewer[j].distance <= there {
                continue;
            }
            search.reviewer_mark[j] = search.mark;
            let cost = arc.length - self.sorted_price[j];
            search.reviewer[j] = Reached { distance: there, application, cost };
            search.queue.push(Reverse((there, j)));
            if self.has_place(j) {
                let end = base + cost + self.next_cost(j);
                if end < best.1 {
                    *best = (End::Reviewer(j), end);
                }
            }
        }
    }

    /// From a reviewer to the applications it could give up.
    fn release(&self, reviewer: usize, distance: i128, search: &mut Search, limit: i128) {
        for (application, cost) in &self.of_reviewer[reviewer] {
            let i = *application;
            let there = distance + self.application_price[i] - cost - self.reviewer_price[reviewer];
            let known = search.application_mark[i] == search.mark && search.application[i].0 <= there;
            if there < limit && !known {
                search.application_mark[i] = search.mark;
                search.application[i] = (there, reviewer);
                search.queue.push(Reverse((there, self.width + i)));
            }
        }
    }
}
