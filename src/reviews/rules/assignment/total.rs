#![expect(clippy::indexing_slicing, reason = "a numeric kernel over positions it has made itself")]
//! The best assignment without regard to the weakest application: one flow for each level of costs.
//!
//! The prices of the upper level split the pairs: one that gains is in every optimum, one that loses in
//! none. Only among the others, and among the places in the same way, the lower level has a choice.

use super::{
    cover::Cover,
    problem::{Cost, Pair, Problem},
    scaling::{Network, Optimum},
};

/// The assigned pairs that are not forced, sorted, and the price of every node.
pub(super) struct Plan {
    pub(super) pairs: Vec<(usize, usize)>,
    /// Applications, reviewers, pool.
    pub(super) prices: Vec<Cost>,
}

impl Plan {
    /// The pairs with the forced ones, sorted.
    pub(super) fn chosen(&self, problem: &Problem<'_>) -> Vec<(usize, usize)> {
        let mut chosen = self.pairs.clone();
        chosen.extend(problem.forced());
        chosen.sort_unstable();
        chosen
    }
}

/// Finds the best assignment.
pub(super) fn solve(problem: &Problem<'_>) -> Plan {
    let (height, width) = (problem.applications.len(), problem.reviewers.len());
    let upper = upper_level(problem);
    let Optimum { taken, prices } = upper.solve(coarsest(&upper));
    let (lower, coarsest) = lower_level(problem, &upper, &taken, &prices);
    let optimum = lower.solve(coarsest);
    let pairs = pairs(&lower, &optimum.taken);
    debug_assert!(prices.len() == height + width + 1, "one price a node");
    let prices = prices.iter().zip(&optimum.prices);
    Plan { pairs, prices: prices.map(|(upper, lower)| Cost { upper: *upper, lower: *lower }).collect() }
}

/// The best assignment and its prices on the upper level alone.
pub(super) fn solve_upper(problem: &Problem<'_>) -> (Vec<(usize, usize)>, Vec<i128>) {
    let upper = upper_level(problem);
    let Optimum { taken, prices } = upper.solve(coarsest(&upper));
    (pairs(&upper, &taken), prices)
}

/// The pairs of the used arcs.
fn pairs(network: &Network, taken: &[usize]) -> Vec<(usize, usize)> {
    let mut i = 0;
    let pair = |arc: &usize| {
        while network.starts[i + 1] <= *arc {
            i += 1;
        }
        (i, network.arcs[*arc].0)
    };
    let mut pairs: Vec<(usize, usize)> = taken.iter().map(pair).collect();
    pairs.sort_unstable();
    pairs
}

/// The largest difference of costs that can matter. What a missing review costs matters only where not
/// every review can be given; it is so much that the way down from there would take most of the time.
fn coarsest(upper: &Network) -> i128 {
    let to: Vec<usize> = upper.arcs.iter().map(|(j, _)| *j).collect();
    let free: Vec<usize> = upper.places.iter().map(Vec::len).collect();
    let demand: usize = upper.open.iter().sum();
    if demand > free.iter().sum::<usize>() || Cover::most(&upper.starts, &to, &upper.open, &free) < demand {
        return upper.without.first().copied().unwrap_or(0);
    }
    let costs = upper.arcs.iter().map(|(_, cost)| cost).chain(upper.places.iter().flatten());
    costs.map(|cost| cost.abs()).max().unwrap_or(0)
}

fn upper_level(problem: &Problem<'_>) -> Network {
    let (height, width) = (problem.applications.len(), problem.reviewers.len());
    let free: Vec<usize> = (0..width).map(|j| problem.free(j)).collect();
    let mut network = Network {
        open: (0..height).map(|i| problem.open(i)).collect(),
        places: (0..width).map(|j| places(problem, j).map(|cost| cost.upper).collect()).collect(),
        without: vec![problem.without_cost().upper; height],
        ..Network::default()
    };
    network.arcs.reserve(height * width);
    for i in 0..height {
        network.starts.push(network.arcs.len());
        if network.open[i] > 0 {
            let usable = (0..width).filter(|j| free[*j] > 0 && problem.pair(i, *j) == Pair::Allowed);
            network.arcs.extend(usable.map(|j| (j, problem.upper_cost(i, j))));
        }
    }
    network.starts.push(network.arcs.len());
    network
}

/// What each free place of a reviewer costs.
fn places(problem: &Problem<'_>, j: usize) -> impl Iterator<Item = Cost> {
    (0..problem.free(j)).map(move |taken| problem.place_cost(j, problem.forced_of_reviewer[j] + taken))
}

/// What the upper level has left open, at the costs of the lower.
fn lower_level(problem: &Problem<'_>, upper: &Network, taken: &[usize], prices: &[i128]) -> (Network, i128) {
    let (height, width) = (problem.applications.len(), problem.reviewers.len());
    let pool = prices[height + width];
    let highest = (0..width).filter_map(|j| places(problem, j).last()).map(|cost| cost.lower).max();
    let highest = highest.unwrap_or(0).max(1 << 32);
    // More than any chain of changes costs on the lower level, so what is settled stays.
    let settled = highest * 2 * super::problem::wide(height + width + 2);
    let mut network = Network { open: upper.open.clone(), ..Network::default() };
    let mut taken = taken.iter().copied().peekable();
    for i in 0..height {
        network.starts.push(network.arcs.len());
        for arc in upper.starts[i]..upper.starts[i + 1] {
            let (j, cost) = upper.arcs[arc];
            let used = taken.next_if_eq(&arc).is_some();
            let reduced = cost + prices[height + j] - prices[i];
            if used || reduced == 0 {
                network.arcs.push((j, reduced.signum() * settled + problem.draw(i, j)));
            }
        }
        network.without.push((upper.without[i] + pool - prices[i]).signum() * settled);
    }
    network.starts.push(network.arcs.len());
    for j in 0..width {
        let settle = |cost: Cost| (cost.upper + pool - prices[height + j]).signum() * settled + cost.lower;
        network.places.push(places(problem, j).map(settle).collect());
    }
    (network, highest)
}
