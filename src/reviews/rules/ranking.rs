//! The ranking of a round: order, ties, draw, intervals (rules.md §3).

use std::{
    cmp::Reverse,
    collections::{BTreeMap, btree_map::Entry},
    fmt::Write,
};

use sha2::{Digest, Sha256};

use super::{
    intervals::rank_intervals,
    scores::{ApplicationInput, ReviewInput, ScoreRules, Summary},
};
use crate::kernel::{money::Money, score::Score};

/// One line of the ranking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked {
    /// The application's reference.
    pub application: String,
    /// Its score and what is shown beside it.
    pub summary: Summary,
    /// Plain mean of the marks on the heaviest criterion, the first tie-break.
    pub heaviest_mean: Option<Score>,
    /// 1 is the best; none without a score.
    pub rank: Option<usize>,
    /// The draw, and nothing before it, decided between this place and a neighbouring one.
    pub tie_drawn: bool,
    /// Best and worst rank over all variants in which one reviewer is left out of the round.
    pub rank_interval: Option<(usize, usize)>,
    /// The recommended amount; it does not depend on `min_reviews`.
    pub recommended: Money,
}

/// Why a round cannot be ranked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RankError {
    /// Two applications have the same reference.
    #[error("the application {0} is given twice")]
    RepeatedApplication(String),
    /// A review of an application that is not in the round.
    #[error("the application {0} is reviewed but not in the round")]
    UnknownApplication(String),
    /// A reviewer has two reviews of the same application.
    #[error("{1} reviewed the application {0} twice")]
    RepeatedReview(String, String),
    /// A sheet without exactly one mark for each criterion.
    #[error("the sheet of {1} for the application {0} is incomplete")]
    IncompleteSheet(String, String),
}

/// The order of rules.md §3. The draw is a place in the order of the digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    score: Reverse<Score>,
    heaviest: Reverse<Score>,
    mean: Reverse<Score>,
    requested: Money,
    draw: usize,
}

impl Key {
    fn drawn_against(&self, other: &Self) -> bool {
        Self { draw: 0, ..*self } == Self { draw: 0, ..*other }
    }
}

/// An application and the reviews it has got.
struct Dossier<'a> {
    application: &'a ApplicationInput,
    digest: [u8; 32],
    draw: usize,
    /// Reviewer, total and mark on the heaviest criterion, by reviewer.
    sheets: BTreeMap<&'a str, (i64, i64)>,
    suggestions: Vec<Money>,
    /// All totals in order, to find the ends when one is left out.
    totals: Vec<i64>,
    sum: i64,
    heaviest_sum: i64,
}

/// The draw of rules.md §3: SHA-256 of `"{seed}|{reference}"`.
fn digest(seed: &str, reference: &str) -> [u8; 32] {
    Sha256::digest(format!("{seed}|{reference}")).into()
}

/// The draw as it is published: lower-case hex, the smaller text goes first.
#[must_use]
pub fn draw(seed: &str, reference: &str) -> String {
    digest(seed, reference).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Ranks a round: scored applications by rank, then those without a score by reference.
/// The order of the lists does not matter.
pub fn rank(
    rules: &ScoreRules,
    applications: &[ApplicationInput],
    reviews: &[ReviewInput],
) -> Result<Vec<Ranked>, RankError> {
    let dossiers = dossiers(rules, applications, reviews)?;
    let mut scored: Vec<(Key, usize)> = dossiers
        .iter()
        .enumerate()
        .filter_map(|(index, dossier)| dossier.key(rules, None).map(|key| (key, index)))
        .collect();
    scored.sort_unstable();
    let keys: Vec<Key> = scored.iter().map(|(key, _)| *key).collect();
    let intervals = rank_intervals(&keys, variants(rules, &dossiers, &scored));

    let mut ranking = Vec::with_capacity(dossiers.len());
    for (place, ((key, index), interval)) in scored.iter().zip(intervals).enumerate() {
        let Some(dossier) = dossiers.get(*index) else { continue };
        let beside = [place.checked_sub(1), Some(place + 1)].into_iter().flatten();
        let tie_drawn = beside.filter_map(|other| keys.get(other)).any(|other| key.drawn_against(other));
        ranking.push(Ranked {
            rank: Some(place + 1),
            tie_drawn,
            rank_interval: Some(interval),
            ..dossier.unranked(rules)
        });
    }
    // `dossiers` stands in the order of the references.
    ranking.extend(
        dossiers.iter().map(|dossier| dossier.unranked(rules)).filter(|line| line.summary.score.is_none()),
    );
    Ok(ranking)
}

/// The dossiers by reference, with their places in the draw.
fn dossiers<'a>(
    rules: &ScoreRules,
    applications: &'a [ApplicationInput],
    reviews: &'a [ReviewInput],
) -> Result<Vec<Dossier<'a>>, RankError> {
    // The first of the heaviest criteria: `max_by_key` would give the last.
    let heaviest = rules.rubric.iter().enumerate().rev().max_by_key(|(_, criterion)| criterion.max);
    let heaviest = heaviest.map(|(index, _)| index);
    let mut by_reference: BTreeMap<&str, Dossier<'a>> = BTreeMap::new();
    for application in applications {
        let reference = application.reference.as_str();
        match by_reference.entry(reference) {
            Entry::Occupied(_) => return Err(RankError::RepeatedApplication(reference.to_owned())),
            Entry::Vacant(free) => {
                free.insert(Dossier::new(application, digest(&rules.seed, reference)));
            }
        }
    }
    for review in reviews {
        let Some(dossier) = by_reference.get_mut(review.application.as_str()) else {
            return Err(RankError::UnknownApplication(review.application.clone()));
        };
        if review.marks.len() != rules.rubric.len() {
            return Err(RankError::IncompleteSheet(review.application.clone(), review.reviewer.clone()));
        }
        let mark = heaviest.and_then(|index| review.marks.get(index)).map_or(0, |mark| mark.hundredths());
        let sheet = (review.total().hundredths(), mark);
        if dossier.sheets.insert(&review.reviewer, sheet).is_some() {
            return Err(RankError::RepeatedReview(review.application.clone(), review.reviewer.clone()));
        }
        dossier.suggestions.extend(review.suggested_amount);
    }
    let mut dossiers: Vec<Dossier<'a>> = by_reference.into_values().collect();
    let mut digests: Vec<([u8; 32], usize)> =
        dossiers.iter().enumerate().map(|(index, dossier)| (dossier.digest, index)).collect();
    digests.sort_unstable();
    for (draw, (_, index)) in digests.into_iter().enumerate() {
        if let Some(dossier) = dossiers.get_mut(index) {
            dossier.draw = draw;
        }
    }
    for dossier in &mut dossiers {
        dossier.add_up();
    }
    Ok(dossiers)
}

/// For each reviewer, the places whose keys change when this reviewer is left out.
fn variants(
    rules: &ScoreRules,
    dossiers: &[Dossier<'_>],
    scored: &[(Key, usize)],
) -> Vec<Vec<(usize, Option<Key>)>> {
    let mut by_reviewer: BTreeMap<&str, Vec<(usize, Option<Key>)>> = BTreeMap::new();
    for (place, (_, index)) in scored.iter().enumerate() {
        let Some(dossier) = dossiers.get(*index) else { continue };
        for (reviewer, sheet) in &dossier.sheets {
            by_reviewer.entry(reviewer).or_default().push((place, dossier.key(rules, Some(*sheet))));
        }
    }
    by_reviewer.into_values().collect()
}

impl<'a> Dossier<'a> {
    fn new(application: &'a ApplicationInput, digest: [u8; 32]) -> Self {
        Self {
            application,
            digest,
            draw: 0,
            sheets: BTreeMap::new(),
            suggestions: Vec::new(),
            totals: Vec::new(),
            sum: 0,
            heaviest_sum: 0,
        }
    }

    fn add_up(&mut self) {
        self.totals = self.sheets.values().map(|(total, _)| *total).collect();
        self.totals.sort_unstable();
        self.sum = self.totals.iter().sum();
        self.heaviest_sum = self.sheets.values().map(|(_, mark)| *mark).sum();
    }

    /// The key in the full round, or in the one without the sheet (total, mark) that is `left_out`.
    fn key(&self, rules: &ScoreRules, left_out: Option<(i64, i64)>) -> Option<Key> {
        let (total, mark) = left_out.unwrap_or((0, 0));
        let n = self.totals.len() - usize::from(left_out.is_some());
        let sum = self.sum - total;
        let end = |nearest: Option<&i64>, next: Option<&i64>| {
            if left_out.is_some() && nearest == Some(&total) { next.copied() } else { nearest.copied() }
        };
        let low = end(self.totals.first(), self.totals.get(1));
        let high = end(self.totals.last(), self.totals.iter().nth_back(1));
        Some(Key {
            score: Reverse(rules.official(n, sum, low?, high?)?),
            heaviest: Reverse(Score::mean_half_up(self.heaviest_sum - mark, n)?),
            mean: Reverse(Score::mean_half_up(sum, n)?),
            requested: self.application.requested,
            draw: self.draw,
        })
    }

    fn unranked(&self, rules: &ScoreRules) -> Ranked {
        let totals: Vec<(&str, Score)> =
            self.sheets.iter().map(|(who, (total, _))| (*who, Score::from_hundredths(*total))).collect();
        Ranked {
            application: self.application.reference.clone(),
            summary: rules.summarise(&totals),
            heaviest_mean: Score::mean_half_up(self.heaviest_sum, self.sheets.len()),
            rank: None,
            tie_drawn: false,
            rank_interval: None,
            recommended: rules.recommended(self.application.requested, &self.suggestions),
        }
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(
            rank(&rules(), &applications, &twice),
            Err(RankError::RepeatedReview("p".into(), "x".into()))
        );
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
            let applications = amounts
                .iter()
                .enumerate()
                .map(|(i, yuan)| application(&format!("a{i}"), yuan * 1_000))
                .collect();
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
}
