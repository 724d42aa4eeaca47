//! What must hold for every assignment, whatever the instance (algorithms.md (a)).

use std::collections::BTreeSet;

use super::super::{residual::Residual, total};
use super::*;

/// Instances of up to 8 × 6, too large for all sets.
fn medium() -> impl Strategy<Value = AssignmentInput> {
    (2usize..9, 2usize..7, 1i64..40).prop_flat_map(|(height, width, most)| {
        (
            prop::collection::vec(0usize..4, height),
            prop::collection::vec((0usize..3, 0usize..6), width),
            prop::collection::vec(prop::collection::vec(0..most, width), height),
            prop::collection::vec(0u8..20, height * width),
            prop::bool::ANY,
        )
            .prop_map(move |(demands, loads, affinity, states, fair)| {
                let of = |wanted: &[u8]| -> Vec<(usize, usize)> {
                    let hit = states.iter().enumerate().filter(|(_, state)| wanted.contains(state));
                    hit.map(|(at, _)| (at / width, at % width)).collect()
                };
                let objective = if fair { Objective::Fair } else { Objective::Total };
                let kept = of(&[4, 5]);
                let input = instance(&demands, &loads, affinity, &of(&[0, 1, 2]), &of(&[3]));
                AssignmentInput { kept, objective, ..input }
            })
    })
}

/// One review more for an application, if others can make room for it.
fn find(
    i: usize,
    input: &AssignmentInput,
    free: &[usize],
    held: &mut [Vec<bool>],
    seen: &mut [bool],
) -> bool {
    for j in 0..free.len() {
        let closed = input.forbidden.contains(&(i, j)) || input.forced.contains(&(i, j));
        if closed || seen[j] || held[i][j] || free[j] == 0 {
            continue;
        }
        seen[j] = true;
        let holders: Vec<usize> = (0..held.len()).filter(|other| held[*other][j]).collect();
        if holders.len() < free[j] {
            held[i][j] = true;
            return true;
        }
        for other in holders {
            if find(other, input, free, held, seen) {
                held[other][j] = false;
                held[i][j] = true;
                return true;
            }
        }
    }
    false
}

/// The most reviews that can be given besides the forced ones, by plain search for one way more.
fn max_flow(input: &AssignmentInput) -> usize {
    let (height, width) = (input.applications.len(), input.reviewers.len());
    let forced = |pair: &(usize, usize)| input.forced.contains(pair);
    let mut held = vec![vec![false; width]; height];
    let free: Vec<usize> = (0..width)
        .map(|j| input.reviewers[j].max_load.saturating_sub((0..height).filter(|i| forced(&(*i, j))).count()))
        .collect();
    let mut given = 0;
    for i in 0..height {
        let fixed = (0..width).filter(|j| forced(&(i, *j))).count();
        for _ in 0..input.applications[i].demand.saturating_sub(fixed) {
            given += usize::from(find(i, input, &free, &mut held, &mut vec![false; width]));
        }
    }
    given
}

/// The goals of the result, without the draw: it differs between instances.
fn reached(input: &AssignmentInput) -> Goals {
    let mut goals = goals(input, &chosen(input));
    goals[6] = 0;
    goals
}

fn chosen(input: &AssignmentInput) -> Vec<(usize, usize)> {
    positions(&assign(input).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn demands_loads_and_conflicts_are_kept(input in medium()) {
        let chosen = chosen(&input);
        prop_assert!(chosen.iter().all(|pair| !input.forbidden.contains(pair)));
        prop_assert!(input.forced.iter().all(|pair| chosen.contains(pair)));
        prop_assert_eq!(chosen.iter().collect::<BTreeSet<_>>().len(), chosen.len());
        for (i, application) in input.applications.iter().enumerate() {
            let forced = input.forced.iter().filter(|(a, _)| *a == i).count();
            prop_assert!(chosen.iter().filter(|(a, _)| *a == i).count() <= application.demand.max(forced));
        }
        for (j, reviewer) in input.reviewers.iter().enumerate() {
            let forced = input.forced.iter().filter(|(_, r)| *r == j).count();
            prop_assert!(chosen.iter().filter(|(_, r)| *r == j).count() <= reviewer.max_load.max(forced));
        }
    }

    #[test]
    fn as_many_reviews_as_a_maximum_flow(input in medium()) {
        let forced: BTreeSet<_> = input.forced.iter().collect();
        prop_assert_eq!(chosen(&input).len(), max_flow(&input) + forced.len());
    }

    /// The proof of the solver, and one that knows nothing of its prices; a worse plan has neither.
    #[test]
    fn the_proof_holds_for_the_best_alone(input in medium(), other in 0usize..400) {
        let input = AssignmentInput { objective: Objective::Total, ..input };
        let problem = Problem::new(&input).unwrap();
        let plan = total::solve(&problem);
        let best = plan.chosen(&problem);
        let residual = Residual::new(&problem, &best).unwrap();
        prop_assert!(residual.holds(&plan.prices));
        prop_assert!(residual.prices(usize::MAX).is_some());
        let mut worse = best.clone();
        let open: Vec<usize> = (0..best.len()).filter(|at| !problem.forced().any(|pair| pair == best[*at])).collect();
        if let Some(at) = open.get(other % open.len().max(1)) {
            worse.remove(*at);
            let residual = Residual::new(&problem, &worse).unwrap();
            prop_assert!(!residual.holds(&plan.prices));
            prop_assert!(residual.prices(usize::MAX).is_none());
        }
    }

    #[test]
    fn the_same_input_gives_the_same_result(input in medium()) {
        prop_assert_eq!(assign(&input), assign(&input.clone()));
    }

    #[test]
    fn a_second_run_changes_nothing(input in medium()) {
        let first = assign(&input).unwrap();
        let again = AssignmentInput { kept: positions(&first), ..input.clone() };
        let second = assign(&again).unwrap();
        prop_assert_eq!(&second.pairs, &first.pairs);
        prop_assert_eq!(second.kept, second.pairs.len());
        // Another seed or objective does not change it either.
        let again = AssignmentInput { seed: "another".into(), objective: Objective::Fair, ..again };
        prop_assert_eq!(assign(&again).unwrap().pairs, first.pairs);
    }

    #[test]
    fn a_place_more_never_lowers_coverage(input in medium(), at in 0usize..8) {
        let mut more = input.clone();
        let width = more.reviewers.len();
        more.reviewers[at % width].max_load += 1;
        prop_assert!(chosen(&more).len() >= chosen(&input).len());
        let freed = AssignmentInput { forbidden: input.forbidden.iter().skip(1).copied().collect(), ..input.clone() };
        prop_assert!(chosen(&freed).len() >= chosen(&input).len());
    }

    #[test]
    fn a_conflict_more_never_raises_a_goal(input in medium(), at in 0usize..100) {
        let (height, width) = (input.applications.len(), input.reviewers.len());
        let pair = (at / width % height, at % width);
        prop_assume!(!input.forced.contains(&pair) && !input.forbidden.contains(&pair));
        // Balance is compared as well; the draw is not a matter of better or worse.
        let mut less = input.clone();
        less.forbidden.push(pair);
        // A pair that may not stay is asked for in vain.
        prop_assert!(reached(&less) <= reached(&input));
    }

    /// The goals keep apart, and the same pairs come out, where the numbers are very large.
    #[test]
    fn large_numbers_change_nothing(input in medium()) {
        let stretch = |row: &Vec<i64>| row.iter().map(|affinity| affinity * 10_000_000_000_000).collect();
        let large = AssignmentInput { affinity: input.affinity.iter().map(stretch).collect(), ..input.clone() };
        if input.objective == Objective::Total {
            prop_assert_eq!(chosen(&large), chosen(&input));
        } else {
            let (large, plain) = (assign(&large).unwrap(), assign(&input).unwrap());
            prop_assert_eq!(large.min_application_affinity, plain.min_application_affinity * 10_000_000_000_000);
        }
    }

    #[test]
    fn the_weakest_has_no_less_than_under_the_total(input in medium()) {
        let total = assign(&AssignmentInput { objective: Objective::Total, ..input.clone() }).unwrap();
        let fair = assign(&AssignmentInput { objective: Objective::Fair, ..input }).unwrap();
        prop_assert!(fair.min_application_affinity >= total.min_application_affinity);
        prop_assert!(fair.min_application_affinity <= fair.min_application_affinity_bound);
        prop_assert!(fair.min_application_affinity <= total.min_application_affinity_bound);
        prop_assert!(fair.total_affinity <= total.total_affinity || fair.pairs.len() < total.pairs.len());
        prop_assert_eq!((fair.pairs.len(), fair.kept, fair.min_load_shortfall), (total.pairs.len(), total.kept, total.min_load_shortfall));
        // All of them are small enough to be searched to the end.
        prop_assert_eq!(fair.min_application_affinity, fair.min_application_affinity_bound);
    }
}

type Pairs = Vec<(usize, usize)>;

/// Everything that some seed picks, and every optimum there is.
fn picked_and_optimal(input: &AssignmentInput) -> (BTreeSet<Pairs>, BTreeSet<Pairs>) {
    let (height, width) = (input.applications.len(), input.reviewers.len());
    let seeded = |seed: usize| AssignmentInput { seed: format!("seed {seed}"), ..input.clone() };
    let picked = (0..100).map(|seed| chosen(&seeded(seed))).collect();
    let best = reached(input);
    let sets = (0_u32..1 << (height * width)).map(|set| -> Vec<(usize, usize)> {
        let hit = (0..height * width).filter(|bit| set >> bit & 1 == 1);
        hit.map(|bit| (bit / width, bit % width)).collect()
    });
    let sound = |chosen: &Vec<(usize, usize)>| {
        (0..height).all(|i| chosen.iter().filter(|(a, _)| *a == i).count() <= input.applications[i].demand)
            && (0..width)
                .all(|j| chosen.iter().filter(|(_, r)| *r == j).count() <= input.reviewers[j].max_load)
            && !chosen.iter().any(|pair| input.forbidden.contains(pair))
    };
    let equal = |chosen: &Vec<(usize, usize)>| {
        let mut goals = goals(input, chosen);
        goals[6] = 0;
        goals == best
    };
    (picked, sets.filter(|chosen| sound(chosen) && equal(chosen)).collect())
}

/// Among equal optima every one is drawn by some seed, and nothing else is.
#[test]
fn the_seed_draws_among_all_optima_and_them_alone() {
    // Everybody fits everywhere; one pair stands out; a conflict; more demand than places.
    let all_alike = instance(&[1, 1, 1], &[(0, 1); 3], vec![vec![1; 3]; 3], &[], &[]);
    let one_better =
        instance(&[1, 1, 1], &[(0, 1); 3], vec![vec![2, 1, 1], vec![1; 3], vec![1; 3]], &[], &[]);
    let conflict = instance(&[2, 1], &[(0, 1), (0, 1), (0, 2)], vec![vec![1; 3]; 2], &[(0, 0)], &[]);
    let scarce = instance(&[2, 2], &[(0, 1), (0, 1), (0, 1)], vec![vec![1; 3]; 2], &[], &[]);
    for (input, count) in [(all_alike, 6), (one_better, 2), (conflict, 1), (scarce, 6)] {
        for objective in [Objective::Total, Objective::Fair] {
            let (picked, optimal) = picked_and_optimal(&AssignmentInput { objective, ..input.clone() });
            assert_eq!(optimal.len(), count, "{optimal:?}");
            assert_eq!(picked, optimal);
        }
    }
}

/// Everybody wants the same reviewers: what used to be the slow case.
#[test]
fn common_quality_is_proved_too() {
    let mut number = 7_u64;
    let mut noise = || {
        number = number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        i64::try_from(number >> 60).unwrap()
    };
    let affinity = (0..30).map(|_| (0..15).map(|j| j * 60 + noise()).collect()).collect();
    let tight = instance(&[3; 30], &[(0, 6); 15], affinity, &[], &[]);
    let total = assign(&tight).unwrap();
    assert!(total.certified && total.complete && total.max_load == 6);
    let fair = assign(&AssignmentInput { objective: Objective::Fair, ..tight }).unwrap();
    assert!(fair.min_application_affinity > total.min_application_affinity);
    // 95 % of what nobody can surpass.
    assert!(fair.min_application_affinity * 100 >= fair.min_application_affinity_bound * 95, "{fair:?}");
}
