//! Why a person looks at a score again (rules.md §2, divergence). Nothing is ever removed by the program.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::scores::{Divergence, ScoreRules};
use crate::{kernel::score::Score, programmes::Stage};

/// What made the program ask for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// The highest total less the lowest is above the limit.
    Range,
    /// A total is further from the median than the limit.
    FromMedian,
    /// Advisory: a total is further from the median than the totals scatter (median absolute deviation).
    FromSpread,
    /// Advisory: without this one reviewer the score would be another by more than the limit.
    Influence,
}

/// A total is told of from so many hundredths from the median on, however close the others stand.
const LEAST_SPREAD: i64 = 1_000;
/// So many hundredths of a score one reviewer may move before it is told: a quarter of what totals may lie apart.
const INFLUENCE: i64 = 500;

/// A reason to look again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Flag {
    /// What kind.
    pub kind: FlagKind,
    /// In which stage.
    pub stage: Stage,
    /// How much it is.
    pub value: Score,
    /// What it should not be above.
    pub limit: Score,
    /// The reviewer whose total it is, by the stand-in of this round.
    pub reviewer: Option<String>,
    /// In words.
    pub zh: String,
    /// In words.
    pub en: String,
}

/// All reasons in the totals of a stage, each given with its reviewer; the range first, then by reviewer.
#[must_use]
pub fn flags(limits: &Divergence, stage: Stage, totals: &[(&str, Score)]) -> Vec<Flag> {
    let mut sorted: Vec<i64> = totals.iter().map(|(_, total)| total.hundredths()).collect();
    sorted.sort_unstable();
    let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let (Some(upper), Some(lower)) = (sorted.get(sorted.len() / 2), sorted.get((sorted.len() - 1) / 2))
    else {
        return Vec::new();
    };
    let twice_median = upper + lower;
    let mut found = Vec::new();
    let range = Score::from_hundredths(high - low);
    if range > limits.range {
        found.push(Flag {
            kind: FlagKind::Range,
            stage,
            value: range,
            limit: limits.range,
            reviewer: None,
            zh: format!("最高分与最低分相差 {range}，超过 {}。", limits.range),
            en: format!("The highest and the lowest total are {range} apart, more than {}.", limits.range),
        });
    }
    let mut named: Vec<&(&str, Score)> = totals.iter().collect();
    named.sort_unstable();
    for (reviewer, total) in named {
        let twice = (2 * total.hundredths() - twice_median).abs();
        if twice > 2 * limits.from_median.hundredths() {
            let value = Score::from_hundredths((twice + 1) / 2);
            found.push(Flag {
                kind: FlagKind::FromMedian,
                stage,
                value,
                limit: limits.from_median,
                reviewer: Some((*reviewer).to_owned()),
                zh: format!("{reviewer} 的评分 {total} 与中位数相差 {value}，超过 {}。", limits.from_median),
                en: format!(
                    "The total {total} of {reviewer} is {value} from the median, more than {}.",
                    limits.from_median
                ),
            });
        }
    }
    found
}

/// Further signs that a person may want to look (algorithms.md (b)): |y − median| > max(3 · 1.4826 · MAD, 10.00), and
/// |score − score without one reviewer| > 5.00. They are shown beside the score, ask for nobody's word, and of fewer than
/// three totals they say nothing.
#[must_use]
pub fn hints(rules: &ScoreRules, stage: Stage, totals: &[(&str, Score)], score: Option<Score>) -> Vec<Flag> {
    if totals.len() < 3 {
        return Vec::new();
    }
    let mut named: Vec<(&str, i64)> = totals.iter().map(|(who, total)| (*who, total.hundredths())).collect();
    named.sort_unstable();
    let mut sorted: Vec<i64> = named.iter().map(|(_, total)| *total).collect();
    sorted.sort_unstable();
    let twice_median = doubled(&sorted);
    let distance = |total: i64| (2 * total - twice_median).abs();
    let mut distances: Vec<i64> = sorted.iter().map(|total| distance(*total)).collect();
    distances.sort_unstable();
    let four_mad = doubled(&distances);
    let mut found = Vec::new();
    for (reviewer, total) in &named {
        let twice = distance(*total);
        // 3 · 1.4826 = 4.4478; all of it times 20,000, so that nothing is rounded.
        if twice > 2 * LEAST_SPREAD && 20_000 * twice > 44_478 * four_mad {
            let value = Score::from_hundredths((twice + 1) / 2);
            let limit = Score::from_hundredths(LEAST_SPREAD.max((44_478 * four_mad + 20_000) / 40_000));
            found.push(Flag {
                kind: FlagKind::FromSpread,
                stage,
                value,
                limit,
                reviewer: Some((*reviewer).to_owned()),
                zh: format!("仅供参考：{reviewer} 的评分与中位数相差 {value}，明显大于其他评分的离散程度（{limit}）。"),
                en: format!(
                    "For information: the total of {reviewer} is {value} from the median, more than the others \
                     scatter ({limit})."
                ),
            });
        }
    }
    let Some(score) = score else { return found };
    // With one sheet less the ends would not be dropped any more: every score would move, whoever's it is.
    if rules.trims(totals.len()) != rules.trims(totals.len() - 1) {
        return found;
    }
    for (reviewer, total) in &named {
        let Some(without) = score_without(rules, &sorted, *total) else { continue };
        let moved = (score.hundredths() - without.hundredths()).abs();
        if moved > INFLUENCE {
            let (value, limit) = (Score::from_hundredths(moved), Score::from_hundredths(INFLUENCE));
            found.push(Flag {
                kind: FlagKind::Influence,
                stage,
                value,
                limit,
                reviewer: Some((*reviewer).to_owned()),
                zh: format!("仅供参考：去掉 {reviewer} 的评分后得分为 {without}，相差 {value}，超过 {limit}。"),
                en: format!(
                    "For information: without {reviewer} the score would be {without}, another by {value}, more than \
                     {limit}."
                ),
            });
        }
    }
    found
}

/// Twice the median of sorted values, so that it stays whole.
fn doubled(sorted: &[i64]) -> i64 {
    let middle = [sorted.len().saturating_sub(1) / 2, sorted.len() / 2];
    middle.into_iter().filter_map(|at| sorted.get(at)).sum()
}

/// The score of the others, by the same rule; the least number of reviews does not apply.
fn score_without(rules: &ScoreRules, sorted: &[i64], one: i64) -> Option<Score> {
    let n = sorted.len().checked_sub(1)?;
    let mut sum = sorted.iter().sum::<i64>() - one;
    if !rules.trims(n) {
        return Score::mean_half_up(sum, n);
    }
    let (low, high) = (*sorted.first()?, *sorted.last()?);
    // Of equals one copy goes, so that the next end is the same.
    let low = if one == low { *sorted.get(1)? } else { low };
    let high = if one == high { *sorted.get(n.checked_sub(1)?)? } else { high };
    sum -= low + high;
    Score::mean_half_up(sum, n.checked_sub(2)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{kernel::money::Money, reviews::rules::scores::ScoreRules};

    fn kinds(totals: &[i64]) -> Vec<(FlagKind, Option<String>, String)> {
        let experts: Vec<String> = (0..totals.len()).map(|j| format!("r{j}")).collect();
        let named: Vec<(&str, Score)> = experts
            .iter()
            .map(String::as_str)
            .zip(totals.iter().map(|t| Score::from_hundredths(*t)))
            .collect();
        flags(&Divergence::default(), Stage::Desk, &named)
            .into_iter()
            .map(|flag| (flag.kind, flag.reviewer, flag.value.to_string()))
            .collect()
    }

    #[test]
    fn each_flag_says_what_it_is_about() {
        assert_eq!(kinds(&[7_000, 8_000, 9_000]), []);
        let range = (FlagKind::Range, None, "20.50".to_owned());
        assert_eq!(kinds(&[7_000, 8_000, 9_050]), [range]);
        let far = (FlagKind::FromMedian, Some("r0".to_owned()), "15.50".to_owned());
        assert_eq!(kinds(&[7_000, 8_550, 8_550]), [far]);
        assert_eq!(kinds(&[]), []);
    }

    fn hinted(totals: &[i64]) -> Vec<(FlagKind, String, String)> {
        let experts: Vec<String> = (0..totals.len()).map(|j| format!("r{j}")).collect();
        let named: Vec<(&str, Score)> = experts
            .iter()
            .map(String::as_str)
            .zip(totals.iter().map(|t| Score::from_hundredths(*t)))
            .collect();
        let rules = rules();
        let score = rules.summarise(&named).score;
        hints(&rules, Stage::Desk, &named, score)
            .into_iter()
            .map(|hint| (hint.kind, hint.reviewer.unwrap(), hint.value.to_string()))
            .collect()
    }

    fn rules() -> ScoreRules {
        ScoreRules {
            min_reviews: 3,
            trim_from: 5,
            cap: Money::ZERO,
            seed: String::new(),
            rubric: vec![],
            divergence: Divergence::default(),
        }
    }

    #[test]
    fn one_who_stands_apart_from_others_who_agree_is_told() {
        use FlagKind::{FromSpread, Influence};
        let told = |kind, who: &str, value: &str| (kind, who.to_owned(), value.to_owned());
        // Median 85, MAD 1: more than 10 away. The mean without r3 is 85 instead of 82.
        assert_eq!(hinted(&[8_500, 8_600, 8_400, 7_300]), [told(FromSpread, "r3", "11.50")]);
        assert_eq!(hinted(&[8_500, 8_600, 8_400, 7_500]), [], "9.50 is not more than 10");
        // They scatter: MAD 8, 3 · 1.4826 · 8 = 35.58.
        assert_eq!(hinted(&[8_000, 8_800, 7_200, 9_500, 6_500]), []);
        // (90 + 88 + 70) / 3 = 82.67, and 89.00 without the third.
        let strong = hinted(&[9_000, 8_800, 7_000]);
        assert_eq!(strong, [told(FromSpread, "r2", "18.00"), told(Influence, "r2", "6.33")]);
        // From five on the ends are dropped, so that one alone moves little.
        assert_eq!(hinted(&[8_500, 8_600, 8_400, 8_500, 4_000]), [told(FromSpread, "r4", "45.00")]);
        assert_eq!(hinted(&[9_000, 1_000]), [], "two say nothing");
    }

    proptest! {
        /// The influence is what the rule gives without the sheet.
        #[test]
        fn an_influence_is_the_score_computed_without_it(totals in prop::collection::vec(0i64..=10_000, 3..9)) {
            let rules = ScoreRules { min_reviews: 1, ..rules() };
            let named: Vec<(String, Score)> =
                (0..).zip(&totals).map(|(j, t)| (format!("r{j}"), Score::from_hundredths(*t))).collect();
            let all: Vec<(&str, Score)> = named.iter().map(|(who, total)| (who.as_str(), *total)).collect();
            let score = rules.summarise(&all).score.unwrap();
            let found = hints(&rules, Stage::Desk, &all, Some(score));
            for who in &all {
                let others: Vec<(&str, Score)> = all.iter().copied().filter(|other| other.0 != who.0).collect();
                let without = rules.summarise(&others).score.unwrap();
                let moved = (score.hundredths() - without.hundredths()).abs();
                let told = found
                    .iter()
                    .find(|hint| hint.kind == FlagKind::Influence && hint.reviewer.as_deref() == Some(who.0))
                    .map(|hint| hint.value.hundredths());
                let comparable = all.len() != 5;
                prop_assert_eq!(told, (comparable && moved > 500).then_some(moved));
            }
        }

        /// There is a reason exactly where the score is flagged.
        #[test]
        fn a_flag_has_a_reason(totals in prop::collection::vec(0i64..=10_000, 0..8)) {
            let rules = ScoreRules {
                min_reviews: 3, trim_from: 5, cap: Money::ZERO, seed: String::new(), rubric: vec![],
                divergence: Divergence::default(),
            };
            let named: Vec<(&str, Score)> = totals.iter().map(|t| ("r", Score::from_hundredths(*t))).collect();
            prop_assert_eq!(rules.summarise(&named).flagged, !kinds(&totals).is_empty());
        }
    }
}
