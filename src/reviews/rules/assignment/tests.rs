mod explanations;
mod invariants;

use proptest::prelude::*;

use super::{problem::Problem, *};

fn instance(
    demands: &[usize],
    loads: &[(usize, usize)],
    affinity: Vec<Vec<i64>>,
    forbidden: &[(usize, usize)],
    forced: &[(usize, usize)],
) -> AssignmentInput {
    let application = |(i, demand): (usize, &usize)| Demand { id: format!("a{i}"), demand: *demand };
    let reviewer = |(j, (min_load, max_load)): (usize, &(usize, usize))| Capacity {
        id: format!("r{j}"),
        min_load: *min_load,
        max_load: *max_load,
    };
    AssignmentInput {
        applications: demands.iter().enumerate().map(application).collect(),
        reviewers: loads.iter().enumerate().map(reviewer).collect(),
        affinity,
        forbidden: forbidden.to_vec(),
        forced: forced.to_vec(),
        seed: "seed".into(),
        ..AssignmentInput::default()
    }
}

fn names(assignment: &Assignment) -> Vec<(&str, &str)> {
    assignment.pairs.iter().map(|(a, r)| (a.as_str(), r.as_str())).collect()
}

#[test]
fn takes_the_best_total_and_balances_equals() {
    let best = assign(&instance(&[1, 1], &[(0, 2), (0, 2)], vec![vec![9, 1], vec![9, 8]], &[], &[])).unwrap();
    assert_eq!(names(&best), [("a0", "r0"), ("a1", "r0")]);
    let even = assign(&instance(&[1, 1], &[(0, 2), (0, 2)], vec![vec![5, 5], vec![5, 5]], &[], &[])).unwrap();
    assert_eq!((even.max_load, even.total_affinity, even.min_application_affinity), (1, 10, 5));
    assert!(even.complete && even.unmet.is_empty());
}

#[test]
fn forced_pairs_stay_and_count() {
    let input = instance(&[1, 1], &[(0, 1), (0, 2)], vec![vec![0, 9], vec![9, 0]], &[], &[(0, 0)]);
    let result = assign(&input).unwrap();
    assert_eq!(names(&result), [("a0", "r0"), ("a1", "r1")]);
    let over = instance(&[1], &[(0, 0), (0, 1)], vec![vec![0, 9]], &[], &[(0, 0)]);
    assert_eq!(names(&assign(&over).unwrap()), [("a0", "r0")]);
    let both = instance(&[1], &[(0, 1)], vec![vec![0]], &[(0, 0)], &[(0, 0)]);
    assert_eq!(assign(&both), Err(AssignmentError::Contradiction("a0".into(), "r0".into())));
}

/// a0 and a1 may only have r0, who takes one; r1 has places, but is forbidden for them.
#[test]
fn names_who_competes_for_whom() {
    let input = instance(
        &[1, 1, 1],
        &[(0, 1), (0, 5)],
        vec![vec![1, 1], vec![1, 1], vec![1, 1]],
        &[(0, 1), (1, 1)],
        &[],
    );
    let result = assign(&input).unwrap();
    assert_eq!((result.pairs.len(), result.demand, result.complete), (2, 3, false));
    let [unmet] = result.unmet.as_slice() else { panic!("{:?}", result.unmet) };
    assert_eq!(
        (unmet.applications.as_slice(), unmet.reviewers.as_slice()),
        (&["a0".into(), "a1".into()][..], &["r0".into()][..])
    );
    assert_eq!((unmet.need, unmet.can), (2, 1));
    assert_eq!(unmet.advice.len(), 4);
    assert!(unmet.advice[1].contains("max_load of r0, by 1"), "{:?}", unmet.advice);
    assert!(unmet.advice[2].contains("a0–r1, a1–r1"), "{:?}", unmet.advice);
    // Nobody at all, and more than there are reviewers.
    let nobody = assign(&instance(&[2], &[], vec![vec![]], &[], &[])).unwrap();
    assert_eq!((nobody.unmet[0].need, nobody.unmet[0].can), (2, 0));
    let few = assign(&instance(&[3], &[(0, 9)], vec![vec![1]], &[], &[])).unwrap();
    assert_eq!((few.unmet[0].need, few.unmet[0].can, few.pairs.len()), (3, 1, 1));
}

#[test]
fn refuses_what_it_cannot_compute() {
    assert_eq!(assign(&instance(&[1], &[(0, 1)], vec![], &[], &[])), Err(AssignmentError::Shape));
    assert_eq!(assign(&instance(&[1], &[(0, 1)], vec![vec![1, 2]], &[], &[])), Err(AssignmentError::Shape));
    assert_eq!(
        assign(&instance(&[1], &[(0, 1)], vec![vec![1]], &[(0, 1)], &[])),
        Err(AssignmentError::UnknownPair)
    );
    let mut twice = instance(&[1, 1], &[], vec![vec![], vec![]], &[], &[]);
    twice.applications[1].id = "a0".into();
    assert_eq!(assign(&twice), Err(AssignmentError::Repeated("a0".into())));
    let huge = instance(&[1, 1], &[(0, 2), (0, 2)], vec![vec![i64::MIN, i64::MAX], vec![0, 0]], &[], &[]);
    assert!(assign(&huge).is_ok());
    let many: Vec<usize> = vec![1; 300];
    let huge = instance(&many, &[(0, 300)], vec![vec![i64::MAX]; 300], &[], &[]);
    assert_eq!(assign(&huge), Err(AssignmentError::TooLarge));
}

/// The goals of a set of pairs one after the other, larger is better; the last is that of the draw.
type Goals = [i128; 7];

fn goals(input: &AssignmentInput, chosen: &[(usize, usize)]) -> Goals {
    let problem = Problem::new(input).unwrap();
    let count = |number: usize| i128::try_from(number).unwrap();
    let loads: Vec<usize> =
        (0..input.reviewers.len()).map(|j| chosen.iter().filter(|(_, r)| *r == j).count()).collect();
    let short = input.reviewers.iter().zip(&loads).map(|(r, load)| r.min_load.saturating_sub(*load)).sum();
    let of = |i: usize| chosen.iter().filter(move |(a, _)| *a == i);
    let sum = |i: usize| of(i).map(|(i, j)| i128::from(input.affinity[*i][*j])).sum::<i128>();
    let asked = |i: &usize| input.applications[*i].demand > 0 || of(*i).count() > 0;
    let smallest = (0..input.applications.len()).filter(asked).map(sum).min().unwrap_or(0);
    let squares = loads.iter().map(|load| load * load).sum();
    // Forced pairs are no matter of the draw. The test instances are sorted as they stand.
    let drawn = chosen.iter().filter(|pair| !input.forced.contains(pair));
    [
        count(chosen.len()),
        count(chosen.iter().filter(|pair| input.kept.contains(pair)).count()),
        -count(short),
        if input.objective == Objective::Fair { smallest } else { 0 },
        (0..input.applications.len()).map(sum).sum(),
        -count(squares),
        -drawn.map(|(i, j)| problem.draw(*i, *j)).sum::<i128>(),
    ]
}

/// The best of all sets of pairs.
fn brute_force(input: &AssignmentInput) -> Goals {
    let (height, width) = (input.applications.len(), input.reviewers.len());
    let forced_a = |i: usize| input.forced.iter().filter(|(a, _)| *a == i).count();
    let forced_r = |j: usize| input.forced.iter().filter(|(_, r)| *r == j).count();
    let mut best = None;
    for set in 0_u32..1 << (height * width) {
        let chosen: Vec<(usize, usize)> = (0..height * width)
            .filter(|bit| set >> bit & 1 == 1)
            .map(|bit| (bit / width, bit % width))
            .collect();
        let of = |i: usize| chosen.iter().filter(|(a, _)| *a == i).count();
        let load = |j: usize| chosen.iter().filter(|(_, r)| *r == j).count();
        let allowed = input.forced.iter().all(|pair| chosen.contains(pair))
            && !chosen.iter().any(|pair| input.forbidden.contains(pair))
            && (0..height).all(|i| of(i) <= input.applications[i].demand.max(forced_a(i)))
            && (0..width).all(|j| load(j) <= input.reviewers[j].max_load.max(forced_r(j)));
        if allowed {
            best = best.max(Some(goals(input, &chosen)));
        }
    }
    best.unwrap()
}

/// Instances that can be searched through by trying all sets.
fn small() -> impl Strategy<Value = AssignmentInput> {
    (1usize..5, 1usize..4).prop_flat_map(|(height, width)| {
        (
            prop::collection::vec(0usize..4, height),
            prop::collection::vec((0usize..3, 0usize..4), width),
            prop::collection::vec(prop::collection::vec(-3i64..4, width), height),
            prop::collection::vec(0u8..13, height * width),
        )
            .prop_map(move |(demands, loads, affinity, states)| {
                let of = |range: std::ops::Range<u8>| -> Vec<(usize, usize)> {
                    let hit = states.iter().enumerate().filter(|(_, state)| range.contains(*state));
                    hit.map(|(at, _)| (at / width, at % width)).collect()
                };
                let kept = of(4..6);
                AssignmentInput { kept, ..instance(&demands, &loads, affinity, &of(0..3), &of(3..4)) }
            })
    })
}

/// Positions of the names "a3" and "r1".
fn positions(assignment: &Assignment) -> Vec<(usize, usize)> {
    assignment.pairs.iter().map(|(a, r)| (a[1..].parse().unwrap(), r[1..].parse().unwrap())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn equals_the_best_of_all_sets(input in small()) {
        let result = assign(&input).unwrap();
        prop_assert_eq!(goals(&input, &positions(&result)), brute_force(&input));
        prop_assert!(result.certified);
        prop_assert!(result.min_application_affinity <= result.min_application_affinity_bound);
    }

    #[test]
    fn the_order_of_the_lists_does_not_matter(input in small()) {
        let turn = |pairs: &[(usize, usize)]| -> Vec<(usize, usize)> {
            let (height, width) = (input.applications.len(), input.reviewers.len());
            pairs.iter().rev().map(|(i, j)| (height - 1 - i, width - 1 - j)).collect()
        };
        let turned = AssignmentInput {
            applications: input.applications.iter().rev().cloned().collect(),
            reviewers: input.reviewers.iter().rev().cloned().collect(),
            affinity: input.affinity.iter().rev().map(|row| row.iter().rev().copied().collect()).collect(),
            forbidden: turn(&input.forbidden),
            forced: turn(&input.forced),
            kept: turn(&input.kept),
            ..input.clone()
        };
        prop_assert_eq!(assign(&input), assign(&turned));
    }

    /// What an unmet group can have at most is what its reviewers can give, counted anew.
    #[test]
    fn unmet_groups_are_tight(input in small()) {
        let result = assign(&input).unwrap();
        let chosen = positions(&result);
        let mut missing = 0;
        for (i, application) in input.applications.iter().enumerate() {
            missing += application.demand.saturating_sub(chosen.iter().filter(|(a, _)| *a == i).count());
        }
        let mut explained = 0;
        for unmet in &result.unmet {
            let inside = |i: usize| unmet.applications.contains(&input.applications[i].id);
            let mut can = 0;
            for (j, reviewer) in input.reviewers.iter().enumerate() {
                let forced_out = input.forced.iter().filter(|(i, r)| *r == j && !inside(*i)).count();
                let forced_in = input.forced.iter().filter(|(i, r)| *r == j && inside(*i)).count();
                let arcs = (0..input.applications.len()).filter(|i| inside(*i) && !input.forbidden.contains(&(*i, j))).count();
                prop_assert_eq!(arcs > 0, unmet.reviewers.contains(&reviewer.id));
                can += arcs.min(reviewer.max_load.saturating_sub(forced_out)).max(forced_in);
            }
            prop_assert_eq!(can, unmet.can);
            explained += unmet.need - unmet.can;
        }
        // An application with more forced reviews than it needs never stands in a group.
        prop_assert_eq!(explained, missing);
        prop_assert_eq!(result.complete, missing == 0);
    }

    #[test]
    fn a_pair_more_never_lowers_coverage(input in small()) {
        let freed = AssignmentInput { forbidden: input.forbidden.iter().skip(1).copied().collect(), ..input.clone() };
        prop_assert!(assign(&freed).unwrap().pairs.len() >= assign(&input).unwrap().pairs.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn equals_the_fairest_of_all_sets(input in small()) {
        let input = AssignmentInput { objective: Objective::Fair, ..input };
        let result = assign(&input).unwrap();
        prop_assert_eq!(goals(&input, &positions(&result)), brute_force(&input));
        prop_assert!(result.certified);
        prop_assert_eq!(result.min_application_affinity, result.min_application_affinity_bound);
    }
}
