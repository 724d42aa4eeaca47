#![expect(clippy::indexing_slicing, reason = "a numeric kernel over positions it has made itself")]
//! Min-cost flow by cost scaling: prices that are wrong by at most ε, for a smaller and smaller ε.
//!
//! A price is what one review more costs from a node on: from an application, from a reviewer, from the
//! pool of places. At the start of a phase nothing is assigned, but every place below its reviewer's
//! price is paid for. Whoever has too many reviews raises the own price to that of the second best way
//! out, and ε, and passes one on along the best: an application to a reviewer or to going without, a
//! reviewer to the pool or back to an application it had, the pool back to a reviewer. Reviewers come
//! first, so that the next application sees the new price. When nobody has too many the flow is the best
//! up to ε. Costs are multiplied by more than the number of
//! nodes; so the phase with ε = 1 ends in an exact optimum, and the prices can be made whole.
//!
//! Prices only rise during a phase. Therefore an application looks at its few nearest reviewers alone
//! and at its whole row only when the second best of them has become dearer than all others were.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    ops::{Add, AddAssign, Sub},
};

/// A whole number to compute with.
pub(super) trait Number:
    Copy + Ord + Default + Add<Output = Self> + Sub<Output = Self> + AddAssign + std::fmt::Debug
{
    /// Larger than everything that is computed.
    const MOST: Self;

    /// The number, which fits by the caller's bound.
    fn of(number: i128) -> Self;

    /// The same as a wide number.
    fn wide(self) -> i128;
}

impl Number for i64 {
    const MOST: Self = Self::MAX / 2;

    fn of(number: i128) -> Self {
        Self::try_from(number).unwrap_or(Self::MOST)
    }

    fn wide(self) -> i128 {
        self.into()
    }
}

impl Number for i128 {
    const MOST: Self = Self::MAX / 2;

    fn of(number: i128) -> Self {
        number
    }

    fn wide(self) -> i128 {
        self
    }
}

/// What can be assigned at what cost.
#[derive(Default)]
pub(super) struct Network {
    /// The arcs of application `i` are `starts[i] .. starts[i + 1]`.
    pub(super) starts: Vec<usize>,
    /// Reviewer and cost of each arc.
    pub(super) arcs: Vec<(usize, i128)>,
    /// How many reviews each application takes.
    pub(super) open: Vec<usize>,
    /// What each place of a reviewer costs, the cheapest first.
    pub(super) places: Vec<Vec<i128>>,
    /// What it costs each application to go without a review.
    pub(super) without: Vec<i128>,
}

/// An optimum and the prices that prove it.
pub(super) struct Optimum {
    /// The arcs that are used, in their order.
    pub(super) taken: Vec<usize>,
    /// Applications, reviewers, pool.
    pub(super) prices: Vec<i128>,
}

/// Each phase is so much finer than the one before.
const FINER: i128 = 16;

/// So many reviewers beside its own an application has in view.
const NEAR: usize = 64;

impl Network {
    /// The cheapest flow. The prices are looked for from differences of about `coarsest` on.
    pub(super) fn solve(&self, coarsest: i128) -> Optimum {
        let nodes = self.open.len() + self.places.len() + 1;
        let nodes = i128::try_from(nodes).unwrap_or(i128::MAX);
        let costs = self.arcs.iter().map(|(_, cost)| *cost);
        let all = costs.chain(self.places.iter().flatten().copied()).chain(self.without.iter().copied());
        let largest = all.map(i128::abs).max().unwrap_or(0).max(1);
        // A phase moves no price by more than three times ε and the number of nodes; all phases together
        // stay below four times the first.
        let reach = largest.saturating_mul(nodes + 1).saturating_mul(4 * nodes + 8);
        if reach < i64::MOST.wide() {
            Scaling::<i64>::new(self, nodes + 1).solve(coarsest)
        } else {
            Scaling::<i128>::new(self, nodes + 1).solve(coarsest)
        }
    }
}

/// A pair of the present flow: application, arc, cost.
type Held<N> = (usize, usize, N);

/// The present flow and prices.
struct Scaling<'n, N> {
    network: &'n Network,
    /// Costs are multiplied by it.
    scale: i128,
    to: Vec<usize>,
    cost: Vec<N>,
    without_cost: Vec<N>,
    places: Vec<Vec<N>>,
    taken: Vec<bool>,
    held: Vec<Vec<Held<N>>>,
    /// Reviews an application has yet to take.
    pending: Vec<usize>,
    without: Vec<usize>,
    /// Places of each reviewer that are paid for.
    placed: Vec<usize>,
    /// What the pool has too many (or too few) of.
    surplus: i64,
    /// The arcs each application has in view, and what the others cost at least.
    near: Vec<Vec<usize>>,
    beyond: Vec<N>,
    application: Vec<N>,
    reviewer: Vec<N>,
    pool: N,
    epsilon: N,
    /// Reviewers with too many, and applications that wait.
    too_many: Vec<usize>,
    queue: VecDeque<usize>,
    /// What it costs at least to give back.
    ways_back: BinaryHeap<Reverse<(N, usize)>>,
    row: Vec<(N, usize)>,
}

impl<'n, N: Number> Scaling<'n, N> {
    fn new(network: &'n Network, scale: i128) -> Self {
        let (height, width) = (network.open.len(), network.places.len());
        let scaled = |cost: &i128| N::of(cost * scale);
        Self {
            network,
            scale,
            to: network.arcs.iter().map(|(to, _)| *to).collect(),
            cost: network.arcs.iter().map(|(_, cost)| scaled(cost)).collect(),
            without_cost: network.without.iter().map(scaled).collect(),
            places: network.places.iter().map(|places| places.iter().map(scaled).collect()).collect(),
            taken: vec![false; network.arcs.len()],
            held: vec![Vec::new(); width],
            pending: vec![0; height],
            without: vec![0; height],
            placed: vec![0; width],
            surplus: 0,
            near: vec![Vec::new(); height],
            beyond: vec![N::default(); height],
            application: vec![N::default(); height],
            reviewer: vec![N::default(); width],
            pool: N::default(),
            epsilon: N::of(1),
            too_many: Vec::new(),
            queue: VecDeque::new(),
            ways_back: BinaryHeap::new(),
            row: Vec::new(),
        }
    }

    fn solve(mut self, coarsest: i128) -> Optimum {
        let mut epsilon = coarsest.max(1) * self.scale;
        while epsilon > 1 {
            epsilon = (epsilon / FINER).max(1);
            self.epsilon = N::of(epsilon);
            self.start_phase();
            loop {
                if let Some(j) = self.too_many.pop() {
                    self.relieve(j);
                } else if let Some(i) = self.queue.pop_front() {
                    self.place(i);
                } else if self.surplus > 0 {
                    self.give_back();
                } else {
                    break;
                }
            }
        }
        let prices = self.whole_prices();
        let taken = self.taken.iter().enumerate().filter(|(_, taken)| **taken).map(|(arc, _)| arc);
        Optimum { taken: taken.collect(), prices }
    }

    /// Nothing is assigned, and the places below the price are paid for.
    fn start_phase(&mut self) {
        self.ways_back.clear();
        self.surplus = 0;
        for j in 0..self.held.len() {
            for (_, arc, _) in self.held[j].drain(..) {
                self.taken[arc] = false;
            }
            let price = self.reviewer[j];
            self.placed[j] = self.places[j].partition_point(|cost| *cost + self.pool < price);
            self.surplus += signed(self.placed[j]);
            self.note_way_back(self.pending.len() + j);
        }
        for i in 0..self.pending.len() {
            self.without[i] = 0;
            self.pending[i] = self.network.open[i];
            self.surplus -= signed(self.pending[i]);
            self.near[i].clear();
            self.beyond[i] = N::default() - N::MOST;
            if self.pending[i] > 0 {
                self.queue.push_back(i);
            }
        }
    }

    /// The cheapest arcs of an application at the present prices come into view, with those it uses.
    fn look_round(&mut self, i: usize, more: usize) {
        let range = self.network.starts[i]..self.network.starts[i + 1];
        self.row.clear();
        self.near[i].clear();
        for arc in range {
            if self.taken[arc] {
                self.near[i].push(arc);
            } else {
                self.row.push((self.cost[arc] + self.reviewer[self.to[arc]], arc));
            }
        }
        let count = NEAR + more;
        self.beyond[i] = N::MOST;
        if self.row.len() > count {
            let (_, first_beyond, _) = self.row.select_nth_unstable(count);
            self.beyond[i] = first_beyond.0;
            self.row.truncate(count);
        }
        self.near[i].extend(self.row.iter().map(|(_, arc)| *arc));
    }

    /// The cheapest arc in view that is not used, and what the second costs.
    fn best(&self, i: usize) -> (N, usize, N) {
        let (mut first, mut arc, mut second) = (N::MOST, usize::MAX, N::MOST);
        for candidate in &self.near[i] {
            if self.taken[*candidate] {
                continue;
            }
            let price = self.cost[*candidate] + self.reviewer[self.to[*candidate]];
            if price < second {
                if price < first {
                    (second, first, arc) = (first, price, *candidate);
                } else {
                    second = price;
                }
            }
        }
        (first, arc, second)
    }

    /// An application takes what it has yet to take.
    fn place(&mut self, i: usize) {
        while self.pending[i] > 0 {
            let going_without = self.without_cost[i] + self.pool;
            let (mut first, mut arc, mut second) = self.best(i);
            if second.min(going_without) > self.beyond[i] {
                self.look_round(i, self.pending[i]);
                (first, arc, second) = self.best(i);
            }
            self.pending[i] -= 1;
            if going_without <= first {
                // There is always another review that could go without at the same price.
                self.application[i] = going_without + self.epsilon;
                self.without[i] += 1;
                self.surplus += 1;
                self.note_way_back(i);
                continue;
            }
            self.application[i] = second.min(going_without) + self.epsilon;
            let j = self.to[arc];
            self.taken[arc] = true;
            self.held[j].push((i, arc, self.cost[arc]));
            if self.held[j].len() > self.placed[j] {
                self.too_many.push(j);
            }
        }
    }

    /// A reviewer with too many pays for a place more or gives up the application that loses least.
    fn relieve(&mut self, j: usize) {
        while self.held[j].len() > self.placed[j] {
            let place = |at: usize| self.places[j].get(at).map_or(N::MOST, |cost| *cost + self.pool);
            let (place, next_place) = (place(self.placed[j]), place(self.placed[j] + 1));
            let (mut first, mut at, mut second) = (N::MOST, usize::MAX, N::MOST);
            for (position, (i, _, cost)) in self.held[j].iter().enumerate() {
                let price = self.application[*i] - *cost;
                if price < second {
                    if price < first {
                        (second, first, at) = (first, price, position);
                    } else {
                        second = price;
                    }
                }
            }
            if place <= first {
                self.reviewer[j] = first.min(next_place) + self.epsilon;
                self.placed[j] += 1;
                self.surplus += 1;
                self.note_way_back(self.pending.len() + j);
                continue;
            }
            let limit = second.min(place);
            // The only way out: any price above it will do.
            self.reviewer[j] = if limit == N::MOST { first } else { limit } + self.epsilon;
            let (i, arc, _) = self.held[j].swap_remove(at);
            self.taken[arc] = false;
            self.pending[i] += 1;
            if self.pending[i] == 1 {
                self.queue.push_back(i);
            }
        }
    }

    /// What a review costs that the pool gives back to a reviewer or to an application without.
    fn way_back(&self, node: usize) -> Option<N> {
        let height = self.pending.len();
        if node < height {
            return (self.without[node] > 0).then(|| self.application[node] - self.without_cost[node]);
        }
        let j = node - height;
        self.placed[j].checked_sub(1).map(|last| self.reviewer[j] - self.places[j][last])
    }

    fn note_way_back(&mut self, node: usize) {
        self.ways_back.extend(self.way_back(node).map(|price| Reverse((price, node))));
    }

    /// The cheapest way back. Prices only rise, so what was noted is at most too cheap.
    fn cheapest_way_back(&mut self) -> Option<(N, usize)> {
        while let Some(Reverse((noted, node))) = self.ways_back.peek().copied() {
            match self.way_back(node) {
                Some(price) if price == noted => return Some((price, node)),
                _ => {
                    self.ways_back.pop();
                    self.note_way_back(node);
                }
            }
        }
        None
    }

    /// The pool gives back what it has too many.
    fn give_back(&mut self) {
        while self.surplus > 0 {
            let Some((price, node)) = self.cheapest_way_back() else { return };
            self.surplus -= 1;
            if let Some(j) = node.checked_sub(self.pending.len()) {
                self.placed[j] -= 1;
                if self.held[j].len() == self.placed[j] + 1 {
                    self.too_many.push(j);
                }
            } else {
                self.without[node] -= 1;
                self.pending[node] += 1;
                if self.pending[node] == 1 {
                    self.queue.push_back(node);
                }
            }
            let second = self.cheapest_way_back().map_or(price, |(second, _)| second);
            self.pool = second.max(price) + self.epsilon;
        }
    }

    /// With ε = 1 the prices are wrong by less than one part in as many as there are nodes. So there is
    /// a gap between the fractions of all prices, and rounding just above it makes them right.
    fn whole_prices(&self) -> Vec<i128> {
        let all = self.application.iter().chain(&self.reviewer).chain([&self.pool]);
        let prices: Vec<i128> = all.map(|price| price.wide()).collect();
        let mut fractions: Vec<i128> = prices.iter().map(|price| price.rem_euclid(self.scale)).collect();
        fractions.sort_unstable();
        let round = fractions.first().map(|first| first + self.scale);
        let following = fractions.iter().skip(1).copied().chain(round);
        let widest = fractions.iter().zip(following).max_by_key(|(fraction, next)| next - *fraction);
        let start = widest.map_or(0, |(_, next)| next);
        prices.iter().map(|price| (price - start).div_euclid(self.scale)).collect()
    }
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
