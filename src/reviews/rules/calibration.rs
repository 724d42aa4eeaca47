#![expect(clippy::indexing_slicing, reason = "a numeric kernel over positions it has made itself")]
#![expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "advisory statistics are floats; every step is IEEE and in one fixed order"
)]
//! Calibration, an advisory column (rules.md §2): y = aᵢ + bⱼ by least squares with λ Σ bⱼ².
//!
//! With the applications eliminated (aᵢ is the mean of y − b over its reviews) the equations of the
//! reviewers are (nⱼ + λ) bⱼ − Σᵢ mean of b over i = Σᵢ (yᵢⱼ − mean of y over i). They are sparse and
//! positive semidefinite, and are solved by conjugate gradients: thousands of reviewers need no square
//! matrix. Their sum over a connected component is λ Σ b = 0, so Σ b = 0 holds there for every λ,
//! and at λ = 0 it is what makes the answer unique.

use std::collections::{BTreeMap, BTreeSet};

use super::statistics::six_decimals;
use crate::kernel::score::Score;

/// One review, as calibration needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rating<'a> {
    /// The reference of the application.
    pub application: &'a str,
    /// Who reviewed it.
    pub reviewer: &'a str,
    /// The review total.
    pub total: Score,
}

/// A connected component of the graph of applications and reviewers.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
)]
pub struct Component {
    /// Its applications.
    pub applications: Vec<String>,
    /// Its reviewers.
    pub reviewers: Vec<String>,
}

/// The calibrated scores, in points.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    /// aᵢ by reference; empty at λ = 0 with several components.
    pub applications: BTreeMap<String, f64>,
    /// −bⱼ by reviewer; positive is stricter than average. Empty where `applications` is.
    pub severities: BTreeMap<String, f64>,
    /// The standard errors of the severities, where they were asked for and something is left to tell them from.
    pub errors: BTreeMap<String, f64>,
    /// The components, named where there are several: across them nothing can be compared.
    pub components: Vec<Component>,
}

/// The reviews by application: those of `i` are `reviews[starts[i] .. starts[i + 1]]`.
struct Graph<'a> {
    applications: Vec<&'a str>,
    reviewers: Vec<&'a str>,
    starts: Vec<usize>,
    reviews: Vec<(usize, f64)>,
}

/// Beyond so many reviewers no standard errors are computed: each takes a solution of its own.
const MOST_ERRORS: usize = 400;

/// Calibrates the ratings; their order does not matter. `lambda` must not be negative.
#[must_use]
pub fn calibrate(ratings: &[Rating<'_>], lambda: f64) -> Calibration {
    calibrated(ratings, lambda, false)
}

/// The same with the standard errors of the severities.
#[must_use]
pub fn calibrate_with_errors(ratings: &[Rating<'_>], lambda: f64) -> Calibration {
    calibrated(ratings, lambda, true)
}

fn calibrated(ratings: &[Rating<'_>], lambda: f64, with_errors: bool) -> Calibration {
    let graph = Graph::new(ratings);
    let of_reviewer = graph.components();
    let several = of_reviewer.iter().any(|component| *component != 0);
    let mut result = Calibration::default();
    if several {
        result.components = graph.name(&of_reviewer);
    }
    if several && lambda <= 0.0 {
        return result;
    }
    let leniency = graph.solve(lambda, &of_reviewer, &graph.right());
    for (i, reference) in graph.applications.iter().enumerate() {
        let calibrated = graph.mean(i, |(reviewer, total)| total - leniency[*reviewer]);
        result.applications.insert((*reference).to_owned(), six_decimals(calibrated));
    }
    if with_errors && let Some(errors) = graph.errors(lambda, &of_reviewer, &leniency) {
        let named = graph.reviewers.iter().zip(errors);
        result.errors = named.map(|(who, error)| ((*who).to_owned(), six_decimals(error))).collect();
    }
    for (reviewer, leniency) in graph.reviewers.iter().zip(leniency) {
        result.severities.insert((*reviewer).to_owned(), six_decimals(-leniency));
    }
    result
}

impl<'a> Graph<'a> {
    fn new(ratings: &[Rating<'a>]) -> Self {
        let mut ratings = ratings.to_vec();
        ratings.sort_unstable();
        let reviewers: Vec<&str> =
            ratings.iter().map(|rating| rating.reviewer).collect::<BTreeSet<_>>().into_iter().collect();
        let mut graph = Self { applications: Vec::new(), reviewers, starts: Vec::new(), reviews: Vec::new() };
        for rating in ratings {
            if graph.applications.last() != Some(&rating.application) {
                graph.applications.push(rating.application);
                graph.starts.push(graph.reviews.len());
            }
            let reviewer = graph.reviewers.partition_point(|other| *other < rating.reviewer);
            graph.reviews.push((reviewer, rating.total.hundredths() as f64 / 100.0));
        }
        graph.starts.push(graph.reviews.len());
        graph
    }

    fn of(&self, application: usize) -> &[(usize, f64)] {
        &self.reviews[self.starts[application]..self.starts[application + 1]]
    }

    fn mean(&self, application: usize, value: impl Fn(&(usize, f64)) -> f64) -> f64 {
        let reviews = self.of(application);
        reviews.iter().map(value).sum::<f64>() / reviews.len() as f64
    }

    /// The component of each reviewer, numbered in the order of their first reviewers.
    fn components(&self) -> Vec<usize> {
        let mut parent: Vec<usize> = (0..self.reviewers.len()).collect();
        let root = |parent: &mut Vec<usize>, mut at: usize| {
            while parent[at] != at {
                parent[at] = parent[parent[at]];
                at = parent[at];
            }
            at
        };
        for application in 0..self.applications.len() {
            let reviews = self.of(application);
            for pair in reviews.windows(2) {
                let (one, other) = (root(&mut parent, pair[0].0), root(&mut parent, pair[1].0));
                parent[one.max(other)] = one.min(other);
            }
        }
        let mut number = BTreeMap::new();
        (0..parent.len())
            .map(|reviewer| {
                let root = root(&mut parent, reviewer);
                let next = number.len();
                *number.entry(root).or_insert(next)
            })
            .collect()
    }

    fn name(&self, of_reviewer: &[usize]) -> Vec<Component> {
        let count = of_reviewer.iter().max().map_or(0, |last| last + 1);
        let mut named = vec![Component { applications: Vec::new(), reviewers: Vec::new() }; count];
        for (reviewer, component) in self.reviewers.iter().zip(of_reviewer) {
            named[*component].reviewers.push((*reviewer).to_owned());
        }
        for (application, reference) in self.applications.iter().enumerate() {
            if let Some((reviewer, _)) = self.of(application).first() {
                named[of_reviewer[*reviewer]].applications.push((*reference).to_owned());
            }
        }
        named
    }

    /// The left side of the equations at `b`.
    fn apply(&self, lambda: f64, b: &[f64]) -> Vec<f64> {
        let mut out: Vec<f64> = b.iter().map(|b| lambda * b).collect();
        for application in 0..self.applications.len() {
            let mean = self.mean(application, |(reviewer, _)| b[*reviewer]);
            for (reviewer, _) in self.of(application) {
                out[*reviewer] += b[*reviewer] - mean;
            }
        }
        out
    }

    /// The right side of the equations: how far each reviewer's totals are from the means of what they scored.
    fn right(&self) -> Vec<f64> {
        let mut right = vec![0.0; self.reviewers.len()];
        for application in 0..self.applications.len() {
            let mean = self.mean(application, |(_, total)| *total);
            for (reviewer, total) in self.of(application) {
                right[*reviewer] += total - mean;
            }
        }
        right
    }

    /// The standard error of each b: σ² · diag(S⁻¹ S₀ S⁻¹) with S = S₀ + λI, σ² from what the fit leaves over. None where
    /// nothing is left to tell it from.
    fn errors(&self, lambda: f64, of_reviewer: &[usize], b: &[f64]) -> Option<Vec<f64>> {
        let count = self.reviewers.len();
        let components = of_reviewer.iter().max().map_or(0, |last| last + 1);
        let fitted = self.applications.len() + count - components;
        let freedom = self.reviews.len().checked_sub(fitted).filter(|freedom| *freedom > 0)?;
        if count > MOST_ERRORS {
            return None;
        }
        let left = |application: usize| {
            let own = self.mean(application, |(reviewer, total)| total - b[*reviewer]);
            self.of(application)
                .iter()
                .map(|(reviewer, total)| (total - b[*reviewer] - own).powi(2))
                .sum::<f64>()
        };
        let variance = (0..self.applications.len()).map(left).sum::<f64>() / freedom as f64;
        let error = |reviewer: usize| {
            let mut unit = vec![0.0; count];
            unit[reviewer] = 1.0;
            // What is common to a component is fixed by Σ b = 0.
            centre(&mut unit, of_reviewer);
            let x = self.solve(lambda, of_reviewer, &unit);
            (variance * (dot(&x, &unit) - lambda * dot(&x, &x)).max(0.0)).sqrt()
        };
        Some((0..count).map(error).collect())
    }

    /// b by conjugate gradients, scaled by the diagonal. Rounds of correction start again from the true
    /// residual, which keeps six decimals right also where the graph hangs together by a thread.
    fn solve(&self, lambda: f64, of_reviewer: &[usize], right: &[f64]) -> Vec<f64> {
        let count = self.reviewers.len();
        let mut diagonal = vec![lambda; count];
        for (reviewer, _) in &self.reviews {
            diagonal[*reviewer] += 1.0;
        }
        let mut b = vec![0.0; count];
        let goal = 1e-13 * norm(right);
        for _ in 0..4 {
            let left = self.apply(lambda, &b);
            let residual: Vec<f64> = right.iter().zip(&left).map(|(right, left)| right - left).collect();
            if norm(&residual) <= goal {
                break;
            }
            let step = self.gradients(lambda, &diagonal, residual);
            b.iter_mut().zip(step).for_each(|(b, step)| *b += step);
            centre(&mut b, of_reviewer);
        }
        b
    }

    fn gradients(&self, lambda: f64, diagonal: &[f64], mut residual: Vec<f64>) -> Vec<f64> {
        let count = residual.len();
        let goal = 1e-14 * norm(&residual);
        let scaled = |residual: &[f64]| -> Vec<f64> {
            residual.iter().zip(diagonal).map(|(residual, diagonal)| residual / diagonal).collect()
        };
        let mut solution = vec![0.0; count];
        let mut z = scaled(&residual);
        let mut direction = z.clone();
        let mut size = dot(&residual, &z);
        // In exact arithmetic `count` steps are enough.
        for _ in 0..(2 * count + 50) {
            let applied = self.apply(lambda, &direction);
            let curve = dot(&direction, &applied);
            if curve <= 0.0 || size <= 0.0 || norm(&residual) <= goal {
                break;
            }
            let alpha = size / curve;
            for index in 0..count {
                solution[index] += alpha * direction[index];
                residual[index] -= alpha * applied[index];
            }
            z = scaled(&residual);
            let next = dot(&residual, &z);
            let beta = next / size;
            size = next;
            direction.iter_mut().zip(&z).for_each(|(direction, z)| *direction = z + beta * *direction);
        }
        solution
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// Σ b = 0 within each component.
fn centre(b: &mut [f64], of_reviewer: &[usize]) {
    let count = of_reviewer.iter().max().map_or(0, |last| last + 1);
    let mut sums = vec![(0.0, 0.0); count];
    for (b, component) in b.iter().zip(of_reviewer) {
        sums[*component].0 += b;
        sums[*component].1 += 1.0;
    }
    for (b, component) in b.iter_mut().zip(of_reviewer) {
        *b -= sums[*component].0 / sums[*component].1;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ratings(list: &[(&'static str, &'static str, i64)]) -> Vec<Rating<'static>> {
        list.iter()
            .map(|(application, reviewer, total)| Rating {
                application,
                reviewer,
                total: Score::from_hundredths(*total),
            })
            .collect()
    }

    /// Two reviewers, two applications, crossed: s gives 4 less than r throughout.
    #[test]
    fn finds_the_stricter_reviewer() {
        let list = ratings(&[("p", "r", 8_200), ("p", "s", 7_800), ("q", "r", 9_200), ("q", "s", 8_800)]);
        let plain = calibrate(&list, 0.0);
        assert_eq!(plain.severities, BTreeMap::from([("r".into(), -2.0), ("s".into(), 2.0)]));
        assert_eq!(plain.applications, BTreeMap::from([("p".into(), 80.0), ("q".into(), 90.0)]));
        // (n + λ) b − b̄ … = 4 with n = 2 and Σ b = 0: b = 4 / 2.5.
        assert_eq!(calibrate(&list, 0.5).severities.get("s"), Some(&1.6));
    }

    #[test]
    fn separate_components_are_named_and_not_compared_without_lambda() {
        let list = ratings(&[("p", "r", 8_000), ("q", "s", 8_000), ("q", "t", 9_000)]);
        let plain = calibrate(&list, 0.0);
        assert!(plain.applications.is_empty() && plain.severities.is_empty());
        assert_eq!(plain.components.len(), 2);
        assert_eq!(plain.components[1].reviewers, ["s", "t"]);
        let ridge = calibrate(&list, 0.5);
        assert_eq!((ridge.applications["p"], ridge.applications["q"]), (80.0, 85.0));
        assert!(calibrate(&[], 0.0).components.is_empty());
    }

    /// Plain elimination on the full system with the same meaning, one matrix row an unknown.
    fn reference(list: &[(usize, usize, f64)], apps: usize, revs: usize, lambda: f64) -> Vec<f64> {
        let size = apps + revs;
        let mut m = vec![vec![0.0; size + 1]; size];
        for (i, j, y) in list {
            let j = apps + j;
            m[*i][*i] += 1.0;
            m[*i][j] += 1.0;
            m[j][*i] += 1.0;
            m[j][j] += 1.0;
            m[*i][size] += y;
            m[j][size] += y;
        }
        for (j, row) in m.iter_mut().enumerate().skip(apps) {
            row[j] += lambda;
        }
        for k in 0..size {
            let pivot = (k..size).max_by(|a, b| m[*a][k].abs().total_cmp(&m[*b][k].abs())).unwrap();
            m.swap(k, pivot);
            if m[k][k].abs() < 1e-9 {
                continue;
            }
            for row in 0..size {
                if row != k {
                    let factor = m[row][k] / m[k][k];
                    let pivot = m[k].clone();
                    m[row].iter_mut().zip(pivot).for_each(|(cell, above)| *cell -= factor * above);
                }
            }
        }
        (0..size).map(|k| m[k][size] / m[k][k]).collect()
    }

    /// Shrout and Fleiss 1979, table 2: six applications, four reviewers; the mean square left over is 1.0194.
    #[test]
    fn the_errors_of_a_whole_panel_are_those_of_its_means() {
        let table: [[i64; 4]; 6] =
            [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]];
        let names = ["a", "b", "c", "d", "e", "f"];
        let all: Vec<Rating<'_>> = names
            .iter()
            .zip(&table)
            .flat_map(|(application, row)| {
                row.iter().zip(["r1", "r2", "r3", "r4"]).map(|(total, reviewer)| Rating {
                    application,
                    reviewer,
                    total: Score::from_hundredths(100 * total),
                })
            })
            .collect();
        let found = calibrate_with_errors(&all, 0.0);
        // √(1.019444 / 6 · (1 − 1/4))
        for (who, error) in &found.errors {
            assert!((error - 0.356_974).abs() < 1e-6, "{who}: {error}");
        }
        assert_eq!(found.errors.len(), 4);
        let shrunk = calibrate_with_errors(&all, 0.5);
        assert!(shrunk.errors.values().all(|error| *error < 0.357 && *error > 0.3), "{:?}", shrunk.errors);
        assert_eq!(calibrate(&all, 0.0), Calibration { errors: BTreeMap::new(), ..found });
        // Nothing is left over: one review each.
        assert!(calibrate_with_errors(&all[..4], 0.0).errors.is_empty());
    }

    proptest! {
        #[test]
        fn equals_plain_elimination(
            sheets in prop::collection::btree_map((0usize..6, 0usize..5), 0i32..=200, 1..30),
            lambda in prop::sample::select(vec![0.01, 0.5, 3.0]),
        ) {
            let apps: Vec<usize> = sheets.keys().map(|k| k.0).collect::<BTreeSet<_>>().into_iter().collect();
            let revs: Vec<usize> = sheets.keys().map(|k| k.1).collect::<BTreeSet<_>>().into_iter().collect();
            let at = |list: &[usize], x: usize| list.iter().position(|y| *y == x).unwrap();
            let plain: Vec<(usize, usize, f64)> =
                sheets.iter().map(|((i, j), y)| (at(&apps, *i), at(&revs, *j), f64::from(*y) / 2.0)).collect();
            let expected = reference(&plain, apps.len(), revs.len(), lambda);
            let names: Vec<String> = (0..6).map(|x| format!("{x}")).collect();
            let list: Vec<Rating<'_>> = sheets
                .iter()
                .map(|((i, j), y)| Rating {
                    application: &names[*i], reviewer: &names[*j], total: Score::from_hundredths(i64::from(*y) * 50),
                })
                .collect();
            let got = calibrate(&list, lambda);
            let values = got.applications.values().copied().chain(got.severities.values().map(|s| -s));
            for (got, expected) in values.zip(expected) {
                prop_assert!((got - expected).abs() < 2e-6, "{} {}", got, expected);
            }
            let mixed: Vec<Rating<'_>> = list.into_iter().rev().collect();
            prop_assert_eq!(calibrate(&mixed, lambda), got);
        }

        /// At λ = 0 a constant added to one reviewer moves all calibrated scores alike.
        #[test]
        fn a_constant_of_one_reviewer_does_not_reorder(
            marks in prop::collection::vec(0i64..=140, 12), more in 0i64..50, who in 0usize..3,
        ) {
            let names = ["a", "b", "c", "d"];
            let make = |more: i64| -> Vec<Rating<'_>> {
                marks.iter().enumerate().map(|(k, mark)| Rating {
                    application: names[k / 3], reviewer: names[k % 3],
                    total: Score::from_hundredths(mark * 50 + if k % 3 == who { more * 100 } else { 0 }),
                }).collect()
            };
            let (before, after) = (calibrate(&make(0), 0.0), calibrate(&make(more), 0.0));
            let shift = f64::from(i32::try_from(more).unwrap()) / 3.0;
            for (name, value) in &before.applications {
                prop_assert!((after.applications[name] - value - shift).abs() < 3e-6);
            }
        }
    }
}
