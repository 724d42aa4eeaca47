//! The order, its ties and its intervals against the plain recomputation.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::reviews::rules::scores::{Criterion, Divergence};

fn rules() -> ScoreRules {
    let criterion = |code: &str, max| Criterion { code: code.into(), max: Score::from_hundredths(max) };
    ScoreRules {
        min_reviews: 3,
        trim_from: 5,
        cap: Money::from_fen(5_000_000),
        seed: "s".into(),
        rubric: vec![criterion("a", 2_000), criterion("b", 4_000), criterion("c", 4_000)],
        divergence: Divergence::default(),
    }
}

fn application(reference: &str, yuan: i64) -> ApplicationInput {
    ApplicationInput { reference: reference.into(), requested: Money::from_fen(yuan * 100) }
}

fn review(application: &str, reviewer: &str, marks: [i64; 3]) -> ReviewInput {
    ReviewInput {
        application: application.into(),
        reviewer: reviewer.into(),
        marks: marks.into_iter().map(|mark| Score::from_hundredths(mark * 100)).collect(),
        suggested_amount: None,
    }
}

fn order(ranking: &[Ranked]) -> Vec<&str> {
    ranking.iter().map(|line| line.application.as_str()).collect()
}

/// Same score; "b" is the heaviest (first of two); then the amount; then the draw.
#[test]
fn ties_go_by_heaviest_criterion_then_amount_then_draw() {
    let applications =
        ["p", "q", "r", "s", "t"].map(|id| application(id, if id == "r" { 100 } else { 200 })).to_vec();
    let mut reviews = vec![];
    for id in ["p", "q", "r", "s"] {
        for who in ["x", "y", "z"] {
            reviews.push(review(id, who, if id == "q" { [10, 31, 29] } else { [10, 30, 30] }));
        }
    }
    reviews.push(review("t", "x", [20, 40, 40]));
    let ranking = rank(&rules(), &applications, &reviews).unwrap();
    let (first, second) = if draw("s", "p") < draw("s", "s") { ("p", "s") } else { ("s", "p") };
    assert_eq!(order(&ranking), ["q", "r", first, second, "t"]);
    let decided: Vec<Option<Decider>> = ranking.iter().map(|line| line.decided_by).collect();
    let [heaviest, amount, draw] = [Decider::HeaviestMean, Decider::Requested, Decider::Draw].map(Some);
    assert_eq!(decided, [None, heaviest, amount, draw, None]);
    let drawn: Vec<bool> = ranking.iter().map(|line| line.tie_drawn).collect();
    assert_eq!(drawn, [false, false, true, true, false]);
    assert_eq!(ranking[4].rank, None);
    assert_eq!(ranking[4].recommended, Money::from_fen(20_000));
    // Without any one reviewer nobody has three reviews left.
    assert_eq!(ranking[1].rank_interval, Some((2, 2)));
}

#[test]
fn the_draw_is_the_published_digest() {
    assert_eq!(draw("", "abc").len(), 64);
    // SHA-256 of "a|b".
    assert_eq!(draw("a", "b"), "0eab8a0a3380abf4c7d1fb0b43b66aafbb64a4b953e4eb2dccca579461912d0c");
}

#[test]
fn refuses_what_is_no_round() {
    let applications = [application("p", 1), application("p", 1)];
    assert_eq!(rank(&rules(), &applications, &[]), Err(RankError::RepeatedApplication("p".into())));
    let applications = [application("p", 1)];
    let twice = [review("p", "x", [1, 1, 1]), review("p", "x", [1, 1, 1])];
    assert_eq!(rank(&rules(), &applications, &twice), Err(RankError::RepeatedReview("p".into(), "x".into())));
    let unknown = [review("q", "x", [1, 1, 1])];
    assert_eq!(rank(&rules(), &applications, &unknown), Err(RankError::UnknownApplication("q".into())));
}

/// A small random round: 6 applications, 6 reviewers, few distinct marks so that ties are many.
fn round() -> impl Strategy<Value = (Vec<ApplicationInput>, Vec<ReviewInput>)> {
    let sheets = prop::collection::btree_map(
        (0u8..6, 0u8..6),
        (8i64..11, 28i64..31, prop::option::of(1i64..9)),
        0..36,
    );
    (sheets, prop::collection::vec(1i64..3, 6)).prop_map(|(sheets, amounts)| {
        let applications =
            amounts.iter().enumerate().map(|(i, yuan)| application(&format!("a{i}"), yuan * 1_000)).collect();
        let reviews = sheets
            .into_iter()
            .map(|((i, j), (a, b, suggested))| ReviewInput {
                suggested_amount: suggested.map(|hundreds| Money::from_fen(hundreds * 10_000)),
                ..review(&format!("a{i}"), &format!("r{j}"), [a, b, 25])
            })
            .collect();
        (applications, reviews)
    })
}

proptest! {
    #[test]
    fn intervals_equal_the_plain_recomputation((applications, reviews) in round()) {
        let full = rank(&rules(), &applications, &reviews).unwrap();
        let reviewers: BTreeSet<String> = reviews.iter().map(|r| r.reviewer.clone()).collect();
        let mut expected: BTreeMap<String, (usize, usize)> =
            full.iter().filter_map(|l| l.rank.map(|r| (l.application.clone(), (r, r)))).collect();
        for out in reviewers {
            let rest: Vec<ReviewInput> = reviews.iter().filter(|r| r.reviewer != out).cloned().collect();
            for line in rank(&rules(), &applications, &rest).unwrap() {
                if let Some(rank) = line.rank {
                    let (low, high) = expected.get_mut(&line.application).unwrap();
                    *low = (*low).min(rank);
                    *high = (*high).max(rank);
                }
            }
        }
        for line in &full {
            prop_assert_eq!(line.rank_interval, expected.get(&line.application).copied());
        }
    }

    /// Nobody is harmed by a better mark.
    #[test]
    fn raising_a_mark_never_lowers_the_rank((applications, reviews) in round(), which in 0usize..36) {
        prop_assume!(!reviews.is_empty());
        let mut raised = reviews.clone();
        let at = which % raised.len();
        raised[at].marks[1] = Score::from_hundredths(raised[at].marks[1].hundredths() + 500);
        let place = |reviews: &[ReviewInput]| {
            let ranking = rank(&rules(), &applications, reviews).unwrap();
            ranking.into_iter().find(|line| line.application == reviews[at].application).unwrap()
        };
        let (before, after) = (place(&reviews), place(&raised));
        prop_assert!(after.score >= before.score);
        prop_assert!(after.rank <= before.rank);
    }

    /// With two stages: every key is combined, and the intervals are those of the plain recomputation.
    #[test]
    fn two_stages_are_combined_and_left_out_together(
        (applications, desk) in round(), (_, defence) in round(), share in 0u32..=10_000,
    ) {
        let rubric = rules().rubric;
        let ranked = |desk: &[ReviewInput], defence: &[ReviewInput]| {
            let second = Defence { rubric: &rubric, reviews: defence, desk_share_bp: share };
            rank_stages(&rules(), &applications, desk, Some(second)).unwrap()
        };
        let full = ranked(&desk, &defence);
        for line in &full {
            let stages = line.summary.score.zip(line.defence.as_ref().unwrap().score);
            prop_assert_eq!(line.score, stages.and_then(|(one, two)| combine(one, two, share)));
        }
        let mut expected: BTreeMap<String, (usize, usize)> =
            full.iter().filter_map(|l| l.rank.map(|r| (l.application.clone(), (r, r)))).collect();
        let reviewers: BTreeSet<&String> = desk.iter().chain(&defence).map(|r| &r.reviewer).collect();
        for out in reviewers {
            let without = |list: &[ReviewInput]| -> Vec<ReviewInput> {
                list.iter().filter(|r| r.reviewer != *out).cloned().collect()
            };
            for line in ranked(&without(&desk), &without(&defence)) {
                if let (Some(rank), Some((low, high))) = (line.rank, expected.get_mut(&line.application)) {
                    *low = (*low).min(rank);
                    *high = (*high).max(rank);
                }
            }
        }
        for line in &full {
            prop_assert_eq!(line.rank_interval, expected.get(&line.application).copied());
        }
    }

    #[test]
    fn the_order_of_the_lists_does_not_matter(
        ((applications, reviews), (mixed_applications, mixed_reviews)) in round().prop_flat_map(|(a, r)| {
            (Just((a.clone(), r.clone())), (Just(a).prop_shuffle(), Just(r).prop_shuffle()))
        })
    ) {
        prop_assert_eq!(
            rank(&rules(), &applications, &reviews),
            rank(&rules(), &mixed_applications, &mixed_reviews)
        );
    }
}
