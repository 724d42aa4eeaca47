//! `yichuang solve` at the sizes at the end of rules.md §7, parsing and printing included: `cargo bench`.
//!
//! Instances come from a fixed generator, so that two runs measure the same thing.

use divan::{Bencher, black_box};
use serde_json::{Value, json};
use yichuang::solve::{Kind, solve};

fn main() {
    divan::main();
}

/// A small linear congruential generator: the benchmarks need variety, not randomness.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn run(bencher: Bencher, kind: Kind, input: &Value) {
    let text = input.to_string();
    assert!(solve(kind, &text).is_ok(), "the instance is sound");
    bencher.bench(|| solve(kind, black_box(&text)));
}

/// 100,000 reviews: 16,667 applications by 6 of 1,200 reviewers each.
#[divan::bench(sample_count = 5)]
fn scores_100_000_reviews(bencher: Bencher) {
    let mut numbers = Numbers(1);
    let criteria = [
        ("need", 20),
        ("goals", 15),
        ("plan", 20),
        ("innovation", 10),
        ("team", 15),
        ("budget", 15),
        ("impact", 5),
    ];
    let rubric: Vec<Value> =
        criteria.iter().map(|(code, max)| json!({"code": code, "max": max.to_string()})).collect();
    let mut applications = serde_json::Map::new();
    let mut reviews = Vec::new();
    for application in 0..16_667u64 {
        let id = format!("A{application:05}");
        applications
            .insert(id.clone(), json!({"requested": format!("{}.00", 20_000 + numbers.below(30_000))}));
        let first = numbers.below(1_200);
        for step in 0..6 {
            let marks: serde_json::Map<String, Value> = criteria
                .iter()
                .map(|(code, max)| {
                    let halves = max + numbers.below(max + 1);
                    ((*code).to_owned(), json!(format!("{}.{}", halves / 2, halves % 2 * 5)))
                })
                .collect();
            reviews.push(json!({
                "application": id,
                "reviewer": format!("R{:04}", (first + step * 197) % 1_200),
                "marks": marks,
                "suggested_amount": format!("{}.00", 10_000 + numbers.below(40_000)),
            }));
        }
    }
    reviews.truncate(100_000);
    let input = json!({
        "rubric": rubric, "reviews": reviews, "applications": applications, "seed": "bench", "cap": "50000.00",
    });
    run(bencher, Kind::Scores, &input);
}

fn assignment(max_load: u64) -> Value {
    let mut numbers = Numbers(2);
    let applications: Vec<Value> =
        (0..2_000).map(|i| json!({"id": format!("A{i:04}"), "demand": 3})).collect();
    let reviewers: Vec<Value> =
        (0..1_000).map(|j| json!({"id": format!("R{j:04}"), "max_load": max_load})).collect();
    let affinity: Vec<Vec<u64>> =
        (0..2_000).map(|_| (0..1_000).map(|_| numbers.below(1_000_000)).collect()).collect();
    json!({
        "applications": applications, "reviewers": reviewers, "affinity": affinity, "forbidden": [], "forced": [],
        "seed": "bench",
    })
}

/// 2,000 applications × 1,000 reviewers, demand 3.
#[divan::bench(sample_count = 5, args = [8, 6])]
fn assignment_2_000_by_1_000(bencher: Bencher, max_load: u64) {
    run(bencher, Kind::Assignment, &assignment(max_load));
}

/// 10,000 enterprises × 10,000 projects with lists of 50.
#[divan::bench(sample_count = 5)]
fn matching_10_000_by_10_000(bencher: Bencher) {
    let mut numbers = Numbers(3);
    let mut side = |own: char, other: char, places: &str| -> Vec<Value> {
        (0..10_000)
            .map(|i| {
                let mut prefers = Vec::new();
                while prefers.len() < 50 {
                    let choice = format!("{other}{:05}", numbers.below(10_000));
                    if !prefers.contains(&choice) {
                        prefers.push(choice);
                    }
                }
                json!({"id": format!("{own}{i:05}"), places: 1, "prefers": prefers})
            })
            .collect()
    };
    let input = json!({"enterprises": side('E', 'P', "quota"), "projects": side('P', 'E', "capacity")});
    run(bencher, Kind::Matching, &input);
}

/// 100 enterprises × 100 projects, every pair allowed.
#[divan::bench(sample_count = 20)]
fn sponsorship_100_by_100(bencher: Bencher) {
    let mut numbers = Numbers(4);
    let mut amounts = |side: char| -> serde_json::Map<String, Value> {
        (0..100).map(|i| (format!("{side}{i:03}"), json!(5_000 + numbers.below(45_000)))).collect()
    };
    let (budgets, needs) = (amounts('E'), amounts('P'));
    let mut weights = Vec::new();
    for e in 0..100 {
        for p in 0..100 {
            weights.push(json!([format!("E{e:03}"), format!("P{p:03}"), numbers.below(100)]));
        }
    }
    run(bencher, Kind::Sponsorship, &json!({"budgets": budgets, "needs": needs, "weights": weights}));
}
