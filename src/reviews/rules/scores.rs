//! The score and the recommended amount of one application (rules.md §1, §2, §4).
//!
//! Everything is in whole hundredths and whole fen; each quotient is exact until its one rounding.

use crate::kernel::{money::Money, score::Score};

/// One criterion of a rubric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// Its short name, the key of the marks.
    pub code: String,
    /// The most marks it can get; the maxima of a rubric add up to 100.
    pub max: Score,
}

/// From where on totals are called divergent (rules.md §2). Both limits are exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Highest less lowest total.
    pub range: Score,
    /// The distance of any total from the median.
    pub from_median: Score,
}

impl Default for Divergence {
    fn default() -> Self {
        Self { range: Score::from_hundredths(2_000), from_median: Score::from_hundredths(1_500) }
    }
}

/// What a round's policy says about scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreRules {
    /// With fewer reviews there is no official score.
    pub min_reviews: usize,
    /// From so many reviews on, one highest and one lowest total are dropped. At least 3.
    pub trim_from: usize,
    /// The most one application can be recommended for.
    pub cap: Money,
    /// The published seed of the draw.
    pub seed: String,
    /// The criteria, in the rubric's order.
    pub rubric: Vec<Criterion>,
    /// When a person has to look again.
    pub divergence: Divergence,
}

/// An application as far as scores need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationInput {
    /// Its reference; the draw is made over it.
    pub reference: String,
    /// The requested amount.
    pub requested: Money,
}

/// A submitted review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewInput {
    /// The reference of the application.
    pub application: String,
    /// Who reviewed.
    pub reviewer: String,
    /// One mark for each criterion, in the rubric's order.
    pub marks: Vec<Score>,
    /// The amount the reviewer suggests, if any.
    pub suggested_amount: Option<Money>,
}

impl ReviewInput {
    /// The review total (rules.md §1).
    #[must_use]
    pub fn total(&self) -> Score {
        Score::from_hundredths(self.marks.iter().map(|mark| mark.hundredths()).sum())
    }
}

/// The two reviewers whose totals do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The highest identifier among the highest totals.
    pub high: String,
    /// The lowest identifier among the lowest totals.
    pub low: String,
}

/// What is published beside an application's score. Only `score` decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Number of reviews.
    pub n: usize,
    /// The official score; none with fewer than `min_reviews` reviews.
    pub score: Option<Score>,
    /// Plain mean of all totals.
    pub mean: Option<Score>,
    /// Median; of an even number the mean of the two in the middle.
    pub median: Option<Score>,
    /// Sample standard deviation; needs two reviews.
    pub sd: Option<Score>,
    /// Lowest total.
    pub low: Option<Score>,
    /// Highest total.
    pub high: Option<Score>,
    /// Whose totals were dropped, where some were.
    pub dropped: Option<Dropped>,
    /// The totals diverge: a person looks again, nothing is removed.
    pub flagged: bool,
}

impl ScoreRules {
    /// True where one highest and one lowest value are dropped out of `n`.
    #[must_use]
    pub fn trims(&self, n: usize) -> bool {
        n >= self.trim_from && n >= 3
    }

    /// The official score from `n` totals, their sum, the lowest and the highest (rules.md §2).
    #[must_use]
    pub fn official(&self, n: usize, sum: i64, low: i64, high: i64) -> Option<Score> {
        if n < self.min_reviews {
            None
        } else if self.trims(n) {
            Score::mean_half_up(sum - low - high, n - 2)
        } else {
            Score::mean_half_up(sum, n)
        }
    }

    /// The summary of one application's totals; their order does not matter.
    #[must_use]
    pub fn summarise(&self, totals: &[(&str, Score)]) -> Summary {
        let mut sorted: Vec<(i64, &str)> =
            totals.iter().map(|(who, total)| (total.hundredths(), *who)).collect();
        sorted.sort_unstable();
        let n = sorted.len();
        let values: Vec<i64> = sorted.iter().map(|(total, _)| *total).collect();
        let sum: i64 = values.iter().sum();
        let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else {
            return Summary {
                n,
                score: None,
                mean: None,
                median: None,
                sd: None,
                low: None,
                high: None,
                dropped: None,
                flagged: false,
            };
        };
        let score = self.official(n, sum, low.0, high.0);
        let dropped = (score.is_some() && self.trims(n))
            .then(|| Dropped { high: high.1.to_owned(), low: low.1.to_owned() });
        Summary {
            n,
            score,
            mean: Score::mean_half_up(sum, n),
            median: doubled_median(&values).and_then(|twice| Score::mean_half_up(twice, 2)),
            sd: standard_deviation(&values),
            low: Some(Score::from_hundredths(low.0)),
            high: Some(Score::from_hundredths(high.0)),
            dropped,
            flagged: self.diverges(&values),
        }
    }

    /// rules.md §2: the range, or one distance from the (unrounded) median, is too large.
    fn diverges(&self, sorted: &[i64]) -> bool {
        let (Some(low), Some(high), Some(twice)) = (sorted.first(), sorted.last(), doubled_median(sorted))
        else {
            return false;
        };
        high - low > self.divergence.range.hundredths()
            || sorted
                .iter()
                .any(|total| (2 * total - twice).abs() > 2 * self.divergence.from_median.hundredths())
    }

    /// The recommended amount (rules.md §4): the smallest of the request, the cap and the trimmed
    /// mean of the suggestions rounded down to 100 yuan; without suggestions that term falls away.
    #[must_use]
    pub fn recommended(&self, requested: Money, suggestions: &[Money]) -> Money {
        let most = requested.min(self.cap);
        let mut count = suggestions.len();
        let mut sum: i128 = suggestions.iter().map(|amount| i128::from(amount.fen())).sum();
        if self.trims(count) {
            let ends = [suggestions.iter().min(), suggestions.iter().max()];
            sum -= ends.into_iter().flatten().map(|amount| i128::from(amount.fen())).sum::<i128>();
            count -= 2;
        }
        // One division, so that nothing is rounded before the rounding down.
        let hundreds = i128::try_from(count).ok().and_then(|count| sum.checked_div(count * 10_000));
        match hundreds.and_then(|hundreds| i64::try_from(hundreds * 10_000).ok()) {
            Some(fen) => most.min(Money::from_fen(fen)),
            None => most,
        }
    }
}

/// Two stages: the weighted mean of two published scores, rounded half up once (rules.md §2).
/// `None` where the weight of the desk stage is above 10,000 basis points.
#[must_use]
pub fn combine(desk: Score, defence: Score, desk_bp: u32) -> Option<Score> {
    let defence_bp = 10_000_u32.checked_sub(desk_bp)?;
    let sum = desk.hundredths() * i64::from(desk_bp) + defence.hundredths() * i64::from(defence_bp);
    Score::mean_half_up(sum, 10_000)
}

/// Twice the median of sorted values, so that it stays whole.
fn doubled_median(sorted: &[i64]) -> Option<i64> {
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    Some(lower + upper)
}

/// The sample standard deviation, rounded half up to the hundredth without any float:
/// with V = (n Σx² − (Σx)²) / (n (n − 1)), k is the rounded root when (2k − 1)² ≤ 4V < (2k + 1)².
fn standard_deviation(values: &[i64]) -> Option<Score> {
    let n = i128::try_from(values.len()).ok().filter(|n| *n >= 2)?;
    let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
    let squares: i128 = values.iter().map(|value| i128::from(*value).pow(2)).sum();
    let four_v = 4 * (n * squares - sum * sum) / (n * (n - 1));
    i64::try_from((four_v.isqrt() + 1) / 2).ok().map(Score::from_hundredths)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn rules() -> ScoreRules {
        ScoreRules {
            min_reviews: 3,
            trim_from: 5,
            cap: Money::from_fen(5_000_000),
            seed: String::new(),
            rubric: vec![],
            divergence: Divergence::default(),
        }
    }

    fn summary(totals: &[i64]) -> Summary {
        let names: Vec<String> = (0..totals.len()).map(|j| format!("r{j}")).collect();
        let totals: Vec<(&str, Score)> = names
            .iter()
            .zip(totals)
            .map(|(name, total)| (name.as_str(), Score::from_hundredths(*total)))
            .collect();
        rules().summarise(&totals)
    }

    fn text(score: Option<Score>) -> String {
        score.map_or_else(|| "null".to_owned(), |score| score.to_string())
    }

    /// The vectors of rules.md §2.
    #[test]
    fn official_scores_of_the_rule() {
        for (totals, score) in [
            (vec![8_200, 8_800, 8_500, 9_000, 7_900], "85.00"),
            (vec![7_500, 7_500, 9_200, 6_000, 7_500], "75.00"),
            (vec![8_600, 9_100, 8_400, 8_800, 7_900, 9_000, 8_300], "86.20"),
            (vec![8_000, 8_050, 8_050, 8_100], "80.50"),
            (vec![8_000, 8_050, 8_000], "80.17"),
            (vec![8_000, 8_050], "null"),
            (vec![], "null"),
        ] {
            assert_eq!(text(summary(&totals).score), score, "{totals:?}");
        }
    }

    #[test]
    fn shows_mean_median_deviation_and_who_was_dropped() {
        let s = summary(&[8_200, 8_800, 8_500, 9_000, 7_900]);
        assert_eq!(
            (text(s.mean), text(s.median), text(s.sd)),
            ("84.80".into(), "85.00".into(), "4.44".into())
        );
        assert_eq!(s.dropped, Some(Dropped { high: "r3".into(), low: "r4".into() }));
        let s = summary(&[7_500, 7_500, 7_500, 7_500, 7_500]);
        assert_eq!(s.dropped, Some(Dropped { high: "r4".into(), low: "r0".into() }));
        assert_eq!(text(s.sd), "0.00");
        let s = summary(&[7_500, 7_550]);
        assert_eq!((text(s.median), text(s.sd), s.dropped), ("75.25".into(), "0.35".into(), None));
        assert_eq!(text(summary(&[7_500]).sd), "null");
    }

    #[test]
    fn flags_from_just_above_the_limits() {
        assert!(!summary(&[7_000, 8_000, 9_000]).flagged);
        assert!(summary(&[7_000, 8_000, 9_050]).flagged);
        assert!(!summary(&[7_000, 8_500, 8_500]).flagged);
        assert!(summary(&[7_000, 8_550, 8_550]).flagged);
        assert!(!summary(&[7_000]).flagged);
    }

    #[test]
    fn recommends_the_smallest_of_three() {
        let yuan = |amounts: &[i64]| amounts.iter().map(|y| Money::from_fen(y * 100)).collect::<Vec<_>>();
        let rules = rules();
        for (requested, suggestions, recommended) in [
            (60_000, vec![], 50_000),
            (40_000, vec![], 40_000),
            (40_000, vec![30_199], 30_100),
            (40_000, vec![30_000, 30_150, 30_140, 30_109], 30_000),
            (40_000, vec![10_000, 30_100, 30_100, 30_099, 40_000], 30_000),
            (40_000, vec![10_000, 30_100, 30_100, 30_100, 40_000], 30_100),
            (40_000, vec![0, 99, 0, 0], 0),
            (20_050, vec![30_000], 20_050),
        ] {
            let got = rules.recommended(Money::from_fen(requested * 100), &yuan(&suggestions));
            assert_eq!(got, Money::from_fen(recommended * 100), "{requested} {suggestions:?}");
        }
    }

    #[test]
    fn combines_two_stages() {
        let score = |hundredths| Score::from_hundredths(hundredths);
        assert_eq!(combine(score(8_000), score(9_000), 4_000), Some(score(8_600)));
        assert_eq!(combine(score(8_001), score(8_001), 4_000), Some(score(8_001)));
        assert_eq!(combine(score(1), score(0), 5_000), Some(score(1)));
        assert_eq!(combine(score(1), score(0), 10_001), None);
    }

    proptest! {
        #[test]
        fn the_score_lies_between_the_lowest_and_the_highest(totals in prop::collection::vec(0i64..=10_000, 3..12)) {
            let s = summary(&totals);
            prop_assert!(s.low <= s.score && s.score <= s.high);
            prop_assert!(s.low <= s.median && s.median <= s.high);
        }

        #[test]
        fn raising_a_total_never_lowers_the_score(
            totals in prop::collection::vec(0i64..=9_000, 3..12), which in 0usize..12, by in 1i64..=1_000,
        ) {
            let before = summary(&totals).score;
            let mut raised = totals.clone();
            let at = which % raised.len();
            raised[at] += by;
            prop_assert!(summary(&raised).score >= before);
        }

        /// Where the highest total is dropped, how high it is decides nothing.
        #[test]
        fn raising_the_single_highest_total_changes_no_trimmed_score(
            totals in prop::collection::vec(0i64..=9_000, 5..12), by in 1i64..=500,
        ) {
            let mut totals = totals;
            totals.sort_unstable();
            let last = totals.len() - 1;
            totals[last] += 1;
            let before = summary(&totals).score;
            totals[last] += by;
            prop_assert_eq!(summary(&totals).score, before);
        }

        /// Everybody more generous by the same, or on a scale twice as long: the score moves likewise.
        #[test]
        fn the_score_follows_shift_and_scale(
            totals in prop::collection::vec(0i64..=4_000, 3..12), by in 0i64..=1_000,
        ) {
            let moved: Vec<i64> = totals.iter().map(|total| total + by).collect();
            let doubled: Vec<i64> = totals.iter().map(|total| total * 2).collect();
            let score = summary(&totals).score.unwrap().hundredths();
            prop_assert_eq!(summary(&moved).score.unwrap().hundredths(), score + by);
            prop_assert!((summary(&doubled).score.unwrap().hundredths() - 2 * score).abs() <= 1);
        }

        #[test]
        fn order_does_not_matter(
            (totals, shuffled) in prop::collection::vec((0u8..200, 0i64..=20), 0..12)
                .prop_map(|pairs| pairs.into_iter().collect::<std::collections::BTreeMap<_, _>>())
                .prop_flat_map(|map| {
                    let list: Vec<(u8, i64)> = map.into_iter().collect();
                    (Just(list.clone()), Just(list).prop_shuffle())
                })
        ) {
            let read = |list: &[(u8, i64)]| {
                let named: Vec<(String, Score)> =
                    list.iter().map(|(j, t)| (format!("r{j}"), Score::from_hundredths(t * 500))).collect();
                let totals: Vec<(&str, Score)> = named.iter().map(|(n, t)| (n.as_str(), *t)).collect();
                rules().summarise(&totals)
            };
            prop_assert_eq!(read(&totals), read(&shuffled));
        }

        #[test]
        fn the_deviation_is_the_nearest_hundredth(totals in prop::collection::vec(0i64..=10_000, 2..12)) {
            let n = f64::from(u32::try_from(totals.len()).unwrap());
            let at = |t: &i64| f64::from(i32::try_from(*t).unwrap());
            let mean = totals.iter().map(at).sum::<f64>() / n;
            let sd = (totals.iter().map(|t| (at(t) - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            let got = f64::from(i32::try_from(summary(&totals).sd.unwrap().hundredths()).unwrap());
            prop_assert!((got - sd).abs() <= 0.5 + 1e-6, "{} {}", got, sd);
        }
    }
}
