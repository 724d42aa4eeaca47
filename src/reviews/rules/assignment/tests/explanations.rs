//! The reasons are true: what a plan without a pair, or with another, has less is found by making it.

use super::*;

/// Σ affinity and the goals before it.
fn before_and_total(input: &AssignmentInput) -> ([i128; 3], i128) {
    let goals = goals(input, &positions(&assign(input).unwrap()));
    ([goals[0], goals[1], goals[2]], goals[4])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn a_loss_is_what_the_best_plan_without_the_pair_has_less(input in small()) {
        let plan = assign(&input).unwrap();
        let (before, total) = before_and_total(&input);
        let reasons = explain(&input, &plan).unwrap();
        prop_assert_eq!(reasons.pairs.len(), plan.pairs.len());
        for reason in &reasons.pairs {
            let position = |id: &str| id[1..].parse::<usize>().unwrap();
            let pair = (position(&reason.application), position(&reason.reviewer));
            prop_assert_eq!(reason.affinity, input.affinity[pair.0][pair.1]);
            prop_assert_eq!(reason.forced, input.forced.contains(&pair));
            prop_assert_eq!(reason.kept, input.kept.contains(&pair));
            let allowed: Vec<usize> = (0..input.reviewers.len()).filter(|j| !input.forbidden.contains(&(pair.0, *j))).collect();
            let better = allowed.iter().filter(|j| input.affinity[pair.0][**j] > reason.affinity).count();
            prop_assert_eq!((reason.allowed, reason.rank), (allowed.len(), better + 1));
            if reason.forced {
                prop_assert_eq!(reason.instead_of_loss, None);
                continue;
            }
            let mut without = input.clone();
            without.forbidden.push(pair);
            let (other_before, other_total) = before_and_total(&without);
            let loss = (other_before == before).then(|| i64::try_from(total - other_total).unwrap());
            prop_assert_eq!(reason.instead_of_loss, loss, "{:?}", pair);
        }
    }

    #[test]
    fn applications_and_reviewers_are_counted(input in small()) {
        let plan = assign(&input).unwrap();
        let reasons = explain(&input, &plan).unwrap();
        for (i, reason) in reasons.applications.iter().enumerate() {
            let own: Vec<i64> = reasons.pairs.iter().filter(|p| p.application == reason.application).map(|p| p.affinity).collect();
            prop_assert_eq!(reason.sum, own.iter().sum::<i64>());
            prop_assert_eq!(reason.lowest, own.iter().copied().min().unwrap_or(0));
            prop_assert_eq!((reason.assigned, reason.demand), (own.len(), input.applications[i].demand));
            if own.len() >= reason.demand {
                prop_assert!(reason.sum <= reason.best_possible);
            }
        }
        let loads: usize = reasons.reviewers.iter().map(|reviewer| reviewer.load).sum();
        prop_assert_eq!(loads, plan.pairs.len());
    }

    /// The same answer by the chain of changes and by making the plan with the pair.
    #[test]
    fn why_not_is_the_first_true_reason(input in small(), fair in prop::bool::ANY) {
        let objective = if fair { Objective::Fair } else { Objective::Total };
        let input = AssignmentInput { objective, ..input };
        let plan = assign(&input).unwrap();
        let chosen = positions(&plan);
        let best = goals(&input, &chosen);
        for i in 0..input.applications.len() {
            for j in 0..input.reviewers.len() {
                let reason = why_not(&input, &plan, &format!("a{i}"), &format!("r{j}")).unwrap();
                prop_assert_eq!(reason == WhyNot::Assigned, chosen.contains(&(i, j)));
                prop_assert_eq!(reason == WhyNot::Forbidden, input.forbidden.contains(&(i, j)));
                prop_assert!(!reason.zh().is_empty() && !reason.en().is_empty());
                let own = input.affinity[i][j];
                match reason {
                    WhyNot::Assigned | WhyNot::Forbidden => {}
                    WhyNot::DemandMetByBetter { .. } => {
                        let held = chosen.iter().filter(|(a, _)| *a == i);
                        let better = held.clone().filter(|(_, r)| input.forced.contains(&(i, *r)) || input.affinity[i][*r] > own);
                        prop_assert!(held.clone().count() >= input.applications[i].demand);
                        prop_assert_eq!(held.count(), better.count());
                    }
                    WhyNot::Full { load, .. } => {
                        let held = chosen.iter().filter(|(_, r)| *r == j);
                        let better = held.clone().filter(|(a, _)| input.forced.contains(&(*a, j)) || input.affinity[*a][j] > own);
                        prop_assert_eq!(held.count(), load);
                        prop_assert!(load >= input.reviewers[j].max_load && better.count() == load);
                    }
                    _ => {
                        let mut with = input.clone();
                        with.forced.push((i, j));
                        // The draw and the new pair's part in it are left out.
                        let other = goals(&input, &positions(&assign(&with).unwrap()));
                        let worse = (0..6).find(|goal| other[*goal] != best[*goal]);
                        let expected = match worse {
                            Some(0) => WhyNot::EarlierGoal { goal: Goal::Reviews },
                            Some(1) => WhyNot::EarlierGoal { goal: Goal::Kept },
                            Some(2) => WhyNot::EarlierGoal { goal: Goal::MinimumLoads },
                            Some(3) => WhyNot::EarlierGoal { goal: Goal::WeakestApplication },
                            Some(4) => WhyNot::CostsElsewhere { loss: i64::try_from(best[4] - other[4]).unwrap() },
                            Some(_) => WhyNot::Balance,
                            None => WhyNot::LostDraw,
                        };
                        prop_assert_eq!(reason, expected, "({}, {})", i, j);
                    }
                }
            }
        }
    }
}

/// A plan a person has changed is explained as it stands; what nobody can tell is left out.
#[test]
fn a_changed_plan_has_no_losses() {
    let input = instance(&[1, 1], &[(0, 1), (0, 1)], vec![vec![9, 1], vec![1, 9]], &[], &[]);
    let mut plan = assign(&input).unwrap();
    plan.pairs = vec![("a0".into(), "r1".into()), ("a1".into(), "r0".into())];
    let reasons = explain(&input, &plan).unwrap();
    assert_eq!(
        reasons.pairs.iter().map(|pair| (pair.rank, pair.instead_of_loss)).collect::<Vec<_>>(),
        [(2, None); 2]
    );
    plan.pairs = vec![("a0".into(), "nobody".into())];
    assert_eq!(explain(&input, &plan), Err(AssignmentError::UnknownPair));
    assert_eq!(why_not(&input, &plan, "a0", "r0"), Err(AssignmentError::UnknownPair));
}

#[test]
fn reasons_are_tagged() {
    let written = |reason: WhyNot| serde_json::to_value(reason).unwrap();
    assert_eq!(written(WhyNot::LostDraw), serde_json::json!({"reason": "lost_draw"}));
    assert_eq!(
        written(WhyNot::EarlierGoal { goal: Goal::MinimumLoads }),
        serde_json::json!({"reason": "earlier_goal", "goal": "minimum_loads"})
    );
    let full = WhyNot::Full { load: 8, lowest_held: 700, own: 650 };
    assert_eq!(
        written(full),
        serde_json::json!({"reason": "full", "load": 8, "lowest_held": 700, "own": 650})
    );
    assert!(full.zh().contains("8 份") && full.en().contains("700"));
}
