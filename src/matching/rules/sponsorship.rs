#![expect(clippy::indexing_slicing, reason = "a numeric kernel over positions it has made itself")]
//! 双百对接, stage 2: how much. A transportation problem in whole yuan (rules.md §6).
//!
//! First the largest total, then the largest Σ weight · amount. Every unit of money crosses exactly one
//! pair more forwards than backwards, so with costs "largest weight less weight" the cheapest of the
//! largest flows is the answer. It is found by the primal-dual method: shortest distances (Dijkstra, with
//! prices that keep all costs from being negative), then as much as possible along shortest paths.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
};

/// Money that may go from an enterprise to a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weight {
    /// The enterprise.
    pub enterprise: String,
    /// The project.
    pub project: String,
    /// How good a yuan is there.
    pub weight: i64,
}

/// An instance; only the listed pairs are allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SponsorshipInput {
    /// What each enterprise gives at most, in yuan.
    pub budgets: BTreeMap<String, i64>,
    /// What each project needs, in yuan.
    pub needs: BTreeMap<String, i64>,
    /// The allowed pairs.
    pub weights: Vec<Weight>,
}

/// Who gives how much to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sponsorship {
    /// (enterprise, project, yuan), sorted; only where there is some.
    pub amounts: Vec<(String, String, i64)>,
    /// Σ of the amounts, the largest there can be.
    pub total_funded: i64,
    /// Σ weight · amount, the largest there can be with that total.
    pub total_weight: i64,
}

/// Why an instance cannot be solved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SponsorshipError {
    /// A pair names an enterprise without a budget or a project without a need.
    #[error("the pair {0}, {1} names somebody without a budget or a need")]
    Unknown(String, String),
    /// The same pair stands twice.
    #[error("the pair {0}, {1} is given twice")]
    Repeated(String, String),
    /// A budget or need is negative.
    #[error("the amount of {0} is negative")]
    Negative(String),
    /// The totals would not fit.
    #[error("the amounts and weights are too large to be added up")]
    TooLarge,
}

/// An arc of the network; its partner, the way back, has the number with the last bit turned.
struct Arc {
    to: usize,
    room: i64,
    cost: i64,
}

/// Source 0, sink 1, then the enterprises, then the projects.
struct Network {
    arcs: Vec<Arc>,
    leaving: Vec<Vec<usize>>,
    price: Vec<i64>,
}

const SOURCE: usize = 0;
const SINK: usize = 1;
const FAR: i64 = i64::MAX;

/// The best plan. The order of the weights does not matter.
pub fn sponsor(input: &SponsorshipInput) -> Result<Sponsorship, SponsorshipError> {
    check(input)?;
    let enterprises: BTreeMap<&str, usize> = places(&input.budgets, 2);
    let projects: BTreeMap<&str, usize> = places(&input.needs, 2 + enterprises.len());
    let mut pairs: BTreeMap<(usize, usize), &Weight> = BTreeMap::new();
    for weight in &input.weights {
        let name = || (weight.enterprise.clone(), weight.project.clone());
        let ends = enterprises.get(weight.enterprise.as_str()).zip(projects.get(weight.project.as_str()));
        let (enterprise, project) = ends.ok_or_else(|| SponsorshipError::Unknown(name().0, name().1))?;
        if pairs.insert((*enterprise, *project), weight).is_some() {
            return Err(SponsorshipError::Repeated(name().0, name().1));
        }
    }
    let highest = input.weights.iter().map(|weight| weight.weight).max().unwrap_or(0);
    let mut network = Network::new(2 + enterprises.len() + projects.len());
    for (budget, node) in input.budgets.values().zip(enterprises.values()) {
        network.join(SOURCE, *node, *budget, 0);
    }
    for (need, node) in input.needs.values().zip(projects.values()) {
        network.join(*node, SINK, *need, 0);
    }
    let first = network.arcs.len();
    for ((enterprise, project), weight) in &pairs {
        network.join(*enterprise, *project, FAR, highest - weight.weight);
    }
    network.fill();

    let mut result = Sponsorship::default();
    for (index, weight) in pairs.values().enumerate() {
        // What has gone over is the room for the way back.
        let amount = network.arcs[first + 2 * index + 1].room;
        if amount > 0 {
            result.total_funded += amount;
            result.total_weight += amount * weight.weight;
            result.amounts.push((weight.enterprise.clone(), weight.project.clone(), amount));
        }
    }
    Ok(result)
}

/// Nothing negative, and no total, price or distance can leave the range of an `i64`.
fn check(input: &SponsorshipInput) -> Result<(), SponsorshipError> {
    let all = || input.budgets.iter().chain(&input.needs);
    if let Some((id, _)) = all().find(|(_, amount)| **amount < 0) {
        return Err(SponsorshipError::Negative(id.clone()));
    }
    let sum =
        |amounts: &BTreeMap<String, i64>| amounts.values().map(|amount| i128::from(*amount)).sum::<i128>();
    let total = sum(&input.budgets).min(sum(&input.needs));
    let largest = input.weights.iter().map(|weight| i128::from(weight.weight).abs()).max().unwrap_or(0);
    let nodes = i128::try_from(input.budgets.len() + input.needs.len() + 2).unwrap_or(i128::MAX);
    let limit = i128::from(i64::MAX) / 8;
    let fits = sum(&input.budgets).max(sum(&input.needs)) <= limit
        && total.checked_mul(largest).is_some_and(|weight| weight <= limit)
        && nodes.checked_mul(2 * largest).is_some_and(|distance| distance <= limit);
    if fits { Ok(()) } else { Err(SponsorshipError::TooLarge) }
}

fn places(amounts: &BTreeMap<String, i64>, first: usize) -> BTreeMap<&str, usize> {
    amounts.keys().enumerate().map(|(index, id)| (id.as_str(), first + index)).collect()
}

impl Network {
    fn new(nodes: usize) -> Self {
        Self { arcs: Vec::new(), leaving: vec![Vec::new(); nodes], price: vec![0; nodes] }
    }

    fn join(&mut self, from: usize, to: usize, room: i64, cost: i64) {
        self.leaving[from].push(self.arcs.len());
        self.leaving[to].push(self.arcs.len() + 1);
        self.arcs.push(Arc { to, room, cost });
        self.arcs.push(Arc { to: from, room: 0, cost: -cost });
    }

    /// The cost of an arc less what the prices already account for; never negative where there is room.
    fn reduced(&self, from: usize, arc: &Arc) -> i64 {
        arc.cost + self.price[from] - self.price[arc.to]
    }

    /// Sends as much as possible, the cheapest way.
    fn fill(&mut self) {
        while self.reprice() {
            while let Some(levels) = self.levels() {
                self.push_all(&levels);
            }
        }
    }

    /// Dijkstra from the source; afterwards the arcs of shortest paths to the sink cost nothing.
    /// False when the sink cannot be reached any more.
    fn reprice(&mut self) -> bool {
        let mut distance = vec![FAR; self.price.len()];
        let mut queue = BinaryHeap::from([Reverse((0, SOURCE))]);
        distance[SOURCE] = 0;
        while let Some(Reverse((near, node))) = queue.pop() {
            // Whatever is not nearer than the sink keeps its price but for the same amount.
            if near >= distance[SINK] {
                break;
            }
            if near > distance[node] {
                continue;
            }
            for number in &self.leaving[node] {
                let arc = &self.arcs[*number];
                let there = near + self.reduced(node, arc);
                if arc.room > 0 && there < distance[arc.to] {
                    distance[arc.to] = there;
                    queue.push(Reverse((there, arc.to)));
                }
            }
        }
        let end = distance[SINK];
        if end == FAR {
            return false;
        }
        for (price, distance) in self.price.iter_mut().zip(distance) {
            *price += distance.min(end);
        }
        true
    }

    /// How many free arcs each node is away from the source; `None` if the sink is cut off.
    fn levels(&self) -> Option<Vec<usize>> {
        let mut level = vec![usize::MAX; self.price.len()];
        let mut queue = VecDeque::from([SOURCE]);
        level[SOURCE] = 0;
        while let Some(node) = queue.pop_front() {
            for number in &self.leaving[node] {
                let arc = &self.arcs[*number];
                if arc.room > 0 && level[arc.to] == usize::MAX && self.reduced(node, arc) == 0 {
                    level[arc.to] = level[node] + 1;
                    queue.push_back(arc.to);
                }
            }
        }
        (level[SINK] != usize::MAX).then_some(level)
    }

    /// A blocking flow over free arcs that go up by one level; without recursion, paths can be long.
    fn push_all(&mut self, level: &[usize]) {
        let mut next = vec![0; self.price.len()];
        let mut path: Vec<usize> = Vec::new();
        loop {
            let node = path.last().map_or(SOURCE, |number| self.arcs[*number].to);
            if node == SINK {
                let least = path.iter().map(|number| self.arcs[*number].room).min().unwrap_or(0);
                for number in &path {
                    self.arcs[*number].room -= least;
                    self.arcs[*number ^ 1].room += least;
                }
                // Back to before the first arc without room.
                let full = path.iter().position(|number| self.arcs[*number].room == 0).unwrap_or(0);
                path.truncate(full);
                continue;
            }
            let open = self.leaving[node][next[node]..].iter().position(|number| {
                let arc = &self.arcs[*number];
                arc.room > 0 && level[arc.to] == level[node] + 1 && self.reduced(node, arc) == 0
            });
            if let Some(skip) = open {
                next[node] += skip;
                path.push(self.leaving[node][next[node]]);
            } else {
                next[node] = self.leaving[node].len();
                // A dead end: its arc is not tried again.
                let Some(number) = path.pop() else { return };
                next[self.arcs[number ^ 1].to] += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn input(budgets: &[i64], needs: &[i64], weights: &[(usize, usize, i64)]) -> SponsorshipInput {
        let name = |prefix: &str, list: &[i64]| -> BTreeMap<String, i64> {
            list.iter().enumerate().map(|(index, amount)| (format!("{prefix}{index}"), *amount)).collect()
        };
        let weight = |(e, p, weight): &(usize, usize, i64)| Weight {
            enterprise: format!("e{e}"),
            project: format!("p{p}"),
            weight: *weight,
        };
        SponsorshipInput {
            budgets: name("e", budgets),
            needs: name("p", needs),
            weights: weights.iter().map(weight).collect(),
        }
    }

    /// The heavier pair alone would leave p1 without: the total goes first.
    #[test]
    fn first_the_total_then_the_weight() {
        let plan = sponsor(&input(&[100, 100], &[100, 100], &[(0, 0, 90), (0, 1, 5), (1, 0, 1)])).unwrap();
        assert_eq!((plan.total_funded, plan.total_weight), (200, 600));
        let plan = sponsor(&input(&[80], &[50, 50], &[(0, 0, -3), (0, 1, 7)])).unwrap();
        assert_eq!(plan.amounts, [("e0".into(), "p0".into(), 30), ("e0".into(), "p1".into(), 50)]);
        assert_eq!(plan.total_weight, 260);
        assert_eq!(sponsor(&input(&[], &[], &[])), Ok(Sponsorship::default()));
    }

    #[test]
    fn refuses_what_it_cannot_compute() {
        let unknown = sponsor(&input(&[1], &[1], &[(0, 1, 1)]));
        assert_eq!(unknown, Err(SponsorshipError::Unknown("e0".into(), "p1".into())));
        let twice = sponsor(&input(&[1], &[1], &[(0, 0, 1), (0, 0, 2)]));
        assert_eq!(twice, Err(SponsorshipError::Repeated("e0".into(), "p0".into())));
        assert_eq!(sponsor(&input(&[-1], &[1], &[])), Err(SponsorshipError::Negative("e0".into())));
        let huge = sponsor(&input(&[i64::MAX / 2], &[i64::MAX / 2], &[(0, 0, 1)]));
        assert_eq!(huge, Err(SponsorshipError::TooLarge));
    }

    /// The best of all whole plans, by trying every amount on every pair.
    fn brute_force(budgets: &mut [i64], needs: &mut [i64], weights: &[(usize, usize, i64)]) -> (i64, i64) {
        let Some(((e, p, weight), rest)) = weights.split_first() else { return (0, 0) };
        let most = budgets[*e].min(needs[*p]);
        (0..=most)
            .map(|amount| {
                budgets[*e] -= amount;
                needs[*p] -= amount;
                let (funded, value) = brute_force(budgets, needs, rest);
                budgets[*e] += amount;
                needs[*p] += amount;
                (funded + amount, value + amount * weight)
            })
            .max()
            .unwrap()
    }

    type Raw = (Vec<i64>, Vec<i64>, Vec<(usize, usize, i64)>);

    fn raw() -> impl Strategy<Value = Raw> {
        (1usize..4, 1usize..4).prop_flat_map(|(e, p)| {
            let weights = prop::collection::btree_map((0..e, 0..p), -3i64..6, 0..=6);
            let list = weights.prop_map(|map| map.into_iter().map(|((e, p), w)| (e, p, w)).collect());
            (prop::collection::vec(0i64..5, e), prop::collection::vec(0i64..5, p), list)
        })
    }

    proptest! {
        #[test]
        fn equals_the_best_of_all_plans((budgets, needs, weights) in raw()) {
            let instance = input(&budgets, &needs, &weights);
            let plan = sponsor(&instance).unwrap();
            let best = brute_force(&mut budgets.clone(), &mut needs.clone(), &weights);
            prop_assert_eq!((plan.total_funded, plan.total_weight), best);
            let weight_of = |e: &str, p: &str| {
                instance.weights.iter().find(|w| w.enterprise == e && w.project == p).map(|w| w.weight)
            };
            let mut left = instance.clone();
            let mut value = 0;
            for (e, p, amount) in &plan.amounts {
                *left.budgets.get_mut(e).unwrap() -= amount;
                *left.needs.get_mut(p).unwrap() -= amount;
                value += amount * weight_of(e, p).unwrap();
            }
            prop_assert!(left.budgets.values().chain(left.needs.values()).all(|amount| *amount >= 0));
            prop_assert_eq!(value, plan.total_weight);
        }

        #[test]
        fn the_order_of_the_weights_does_not_matter((budgets, needs, weights) in raw()) {
            let turned: Vec<(usize, usize, i64)> = weights.iter().rev().copied().collect();
            prop_assert_eq!(sponsor(&input(&budgets, &needs, &weights)), sponsor(&input(&budgets, &needs, &turned)));
        }

        #[test]
        fn a_larger_budget_never_lowers_the_total((budgets, needs, weights) in raw(), more in 1i64..5) {
            let richer: Vec<i64> = budgets.iter().map(|budget| budget + more).collect();
            let (few, many) = (input(&budgets, &needs, &weights), input(&richer, &needs, &weights));
            prop_assert!(sponsor(&many).unwrap().total_funded >= sponsor(&few).unwrap().total_funded);
        }
    }
}
