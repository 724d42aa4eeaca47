//! Why a person looks at a score again (rules.md §2, divergence). Nothing is ever removed by the program.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::scores::Divergence;
use crate::{kernel::score::Score, programmes::Stage};

/// What made the program ask for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagKind {
    /// The highest total less the lowest is above the limit.
    Range,
    /// A total is further from the median than the limit.
    FromMedian,
}

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

    proptest! {
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
