#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark may stop at what it has made wrong itself"
)]
//! Assignment at the sizes of rules.md §7, easy and hard: `cargo bench --bench assignment`.
//!
//! With `ASSIGNMENT_INSTANCES=DIR` nothing is printed: every instance is written to the folder with the
//! best of three times, for `tests/bench/ortools_assignment.py` to compare with OR-tools.

use std::{env, fs, path::Path, time::Instant};

use divan::{Bencher, black_box};
use serde_json::json;
use yichuang::reviews::rules::assignment::{AssignmentInput, Capacity, Demand, Objective, assign, explain};

fn main() {
    match env::var_os("ASSIGNMENT_INSTANCES") {
        Some(folder) => INSTANCES.iter().for_each(|(name, make)| write(Path::new(&folder), name, &make())),
        None => divan::main(),
    }
}

/// A small linear congruential generator: the benchmarks need variety, not randomness.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % bound).unwrap()
    }

    fn list(&mut self, length: usize, bound: u64) -> Vec<i64> {
        (0..length).map(|_| self.below(bound)).collect()
    }
}

type Make = fn() -> AssignmentInput;

/// What is compared with OR-tools.
const INSTANCES: [(&str, Make); 7] = [
    ("random, load 8", random_8),
    ("random, load 6 (tight)", random_6),
    ("common quality, load 6 (tight)", quality),
    ("common quality, load 8", quality_8),
    ("product-shaped, load 6 (tight)", product),
    ("60 reviewers a paper, load 8", sparse),
    ("90 x 40, demand 5", small),
];

fn instance(
    (height, width): (usize, usize),
    (demand, max_load): (usize, usize),
    affinity: impl FnMut(usize, usize) -> i64,
) -> AssignmentInput {
    let mut affinity = affinity;
    AssignmentInput {
        applications: (0..height).map(|i| Demand { id: format!("A{i:04}"), demand }).collect(),
        reviewers: (0..width).map(|j| Capacity { id: format!("R{j:04}"), min_load: 0, max_load }).collect(),
        affinity: (0..height).map(|i| (0..width).map(|j| affinity(i, j)).collect()).collect(),
        seed: "bench".into(),
        ..AssignmentInput::default()
    }
}

const LARGE: (usize, usize) = (2_000, 1_000);

fn random_8() -> AssignmentInput {
    let mut numbers = Numbers(2);
    instance(LARGE, (3, 8), |_, _| numbers.below(1_000))
}

fn random_6() -> AssignmentInput {
    let mut numbers = Numbers(3);
    instance(LARGE, (3, 6), |_, _| numbers.below(1_000))
}

/// Everybody wants the same reviewers.
fn common_quality(max_load: usize) -> AssignmentInput {
    let mut numbers = Numbers(4);
    let qualities = numbers.list(LARGE.1, 1_000);
    instance(LARGE, (3, max_load), |_, j| qualities[j] + numbers.below(20))
}

fn quality() -> AssignmentInput {
    common_quality(6)
}

fn quality_8() -> AssignmentInput {
    common_quality(8)
}

fn product() -> AssignmentInput {
    let mut numbers = Numbers(5);
    let (rows, columns) = (numbers.list(LARGE.0, 1_000), numbers.list(LARGE.1, 1_000));
    instance(LARGE, (3, 6), |i, j| rows[i] * columns[j] / 1_000)
}

/// 60 allowed reviewers for each application.
fn sparse() -> AssignmentInput {
    let mut numbers = Numbers(6);
    let mut input = instance(LARGE, (3, 8), |_, _| numbers.below(1_000));
    let mut numbers = Numbers(7);
    for i in 0..LARGE.0 {
        let mut order: Vec<usize> = (0..LARGE.1).collect();
        for at in 0..60 {
            let other = at + usize::try_from(numbers.below(u64::try_from(LARGE.1 - at).unwrap())).unwrap();
            order.swap(at, other);
        }
        input.forbidden.extend(order[60..].iter().map(|j| (i, *j)));
    }
    input
}

fn small() -> AssignmentInput {
    let mut numbers = Numbers(8);
    instance((90, 40), (5, 13), |_, _| numbers.below(1_000))
}

fn write(folder: &Path, name: &str, input: &AssignmentInput) {
    let seconds = (0..3).map(|_| {
        let start = Instant::now();
        black_box(assign(black_box(input)).unwrap());
        start.elapsed().as_secs_f64()
    });
    let seconds = seconds.fold(f64::INFINITY, f64::min);
    let result = assign(input).unwrap();
    let instance = json!({
        "name": name,
        "demand": input.applications.iter().map(|application| application.demand).collect::<Vec<_>>(),
        "max_load": input.reviewers.iter().map(|reviewer| reviewer.max_load).collect::<Vec<_>>(),
        "affinity": input.affinity,
        "forbidden": input.forbidden,
        "seconds": seconds,
        "total_affinity": result.total_affinity,
        "certified": result.certified,
    });
    fs::write(folder.join(name.replace([' ', ','], "_") + ".json"), instance.to_string()).unwrap();
}

fn run(bencher: Bencher, make: Make) {
    let input = make();
    assert!(assign(&input).unwrap().certified, "the best is found and proved");
    bencher.bench_local(|| assign(black_box(&input)));
}

#[divan::bench(sample_count = 5)]
fn random_load_8(bencher: Bencher) {
    run(bencher, random_8);
}

#[divan::bench(sample_count = 5)]
fn random_load_6_tight(bencher: Bencher) {
    run(bencher, random_6);
}

#[divan::bench(sample_count = 5)]
fn common_quality_load_6_tight(bencher: Bencher) {
    run(bencher, quality);
}

#[divan::bench(sample_count = 5)]
fn common_quality_load_8(bencher: Bencher) {
    run(bencher, quality_8);
}

#[divan::bench(sample_count = 5)]
fn product_shaped_load_6_tight(bencher: Bencher) {
    run(bencher, product);
}

#[divan::bench(sample_count = 5)]
fn sixty_reviewers_a_paper(bencher: Bencher) {
    run(bencher, sparse);
}

/// The fund's own size, with all reasons.
#[divan::bench(sample_count = 50)]
fn explained_90_by_40(bencher: Bencher) {
    let input = small();
    bencher.bench_local(|| {
        let plan = assign(black_box(&input)).unwrap();
        explain(&input, &plan)
    });
}

/// The same with the weakest application first.
#[divan::bench(sample_count = 5)]
fn fair_90_by_40(bencher: Bencher) {
    let input = AssignmentInput { objective: Objective::Fair, ..small() };
    bencher.bench_local(|| assign(black_box(&input)));
}

/// The same at the largest size.
#[divan::bench(sample_count = 1)]
fn fair_random_load_6_tight(bencher: Bencher) {
    let input = AssignmentInput { objective: Objective::Fair, ..random_6() };
    bencher.bench_local(|| assign(black_box(&input)));
}
