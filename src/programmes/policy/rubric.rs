//! The rubric of a round: what experts give marks for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::{
    error::{Error, Fault, codes},
    kernel::score::Score,
};

/// A stage of the review, with criteria of its own (rules.md §2, domain.md §2.4).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumIter,
    EnumString,
    IntoStaticStr,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Stage {
    /// 书面评审: on the file.
    #[default]
    Desk,
    /// 路演答辩: a pitch and questions.
    Defence,
}

mod columns {
    use diesel::{
        backend::Backend,
        deserialize::{self, FromSql, Queryable},
        expression::AsExpression,
        sql_types::{self, Nullable},
    };

    use super::Stage;
    use crate::db::columns::column;

    column!(Stage as Text);
}

/// What a number of marks stands for (评分细则), so that two experts mean the same by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Anchor {
    /// From this mark on.
    pub from: Score,
    /// In words.
    pub text: String,
}

/// One criterion of a rubric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its short code, unique in its stage.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The most marks it gives.
    pub max: Score,
    /// What the marks stand for, from the highest down; empty where nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<Anchor>,
}

/// What experts give marks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// The criteria of the desk review in the order they are shown; their maxima add up to 100.
    pub criteria: Vec<Criterion>,
    /// Those of the defence, where the round has one; likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defence: Vec<Criterion>,
}

impl Rubric {
    /// The criteria of a stage.
    #[must_use]
    pub fn of(&self, stage: Stage) -> &[Criterion] {
        match stage {
            Stage::Desk => &self.criteria,
            Stage::Defence => &self.defence,
        }
    }

    /// All faults of a rubric at once.
    pub fn validate(&self, mark_step: Score) -> Result<(), Error> {
        let faults = self.faults(mark_step);
        if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
    }

    /// All faults, to be told with those of the rest of a call.
    #[must_use]
    pub fn faults(&self, mark_step: Score) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.criteria.is_empty() {
            faults.push(Fault::new("/criteria", &codes::FIELD_INVALID).with("reason", "1–50"));
        }
        for (part, criteria) in [("/criteria", &self.criteria), ("/defence", &self.defence)] {
            if !criteria.is_empty() || part == "/criteria" {
                faults.extend(faults_of(part, criteria, mark_step));
            }
        }
        faults
    }
}

fn faults_of(part: &str, criteria: &[Criterion], mark_step: Score) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut codes_seen = BTreeSet::new();
    let step = mark_step.hundredths().max(1);
    if criteria.len() > 50 {
        faults.push(Fault::new(part, &codes::FIELD_INVALID).with("reason", "1–50"));
    }
    for (index, criterion) in criteria.iter().enumerate() {
        let at = |field: &str| format!("{part}/{index}/{field}");
        let mut refuse = |at: String, reason: &dyn std::fmt::Display| {
            faults.push(Fault::new(at, &codes::FIELD_INVALID).with("reason", reason));
        };
        let code = &criterion.code;
        let plain = !code.is_empty()
            && code.len() <= 40
            && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if !plain || !codes_seen.insert(code.as_str()) {
            refuse(at("code"), &"a–z 0–9 _ -, unique");
        }
        if criterion.name.trim().is_empty() || criterion.name.chars().count() > 100 {
            refuse(at("name"), &"1–100");
        }
        if criterion.max <= Score::ZERO || criterion.max.hundredths() % step != 0 {
            refuse(at("max"), &mark_step);
        }
        if criterion.anchors.len() > 20 {
            refuse(at("anchors"), &"≤ 20");
        }
        for (place, anchor) in criterion.anchors.iter().enumerate() {
            let at = |field: &str| format!("{part}/{index}/anchors/{place}/{field}");
            let above = place.checked_sub(1).and_then(|before| criterion.anchors.get(before));
            let falls = above.is_none_or(|above| anchor.from < above.from);
            let in_range = (Score::ZERO..=criterion.max).contains(&anchor.from);
            if !falls || !in_range || anchor.from.hundredths() % step != 0 {
                refuse(at("from"), &format!("0–{}, ↓", criterion.max));
            }
            if anchor.text.trim().is_empty() || anchor.text.chars().count() > 500 {
                refuse(at("text"), &"1–500");
            }
        }
    }
    let sum: i64 = criteria.iter().map(|criterion| criterion.max.hundredths()).sum();
    if sum != Score::FULL.hundredths() {
        faults.push(Fault::new(part, &codes::RUBRIC_SUM).with("sum", Score::from_hundredths(sum)));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rubric_adds_up_to_a_hundred() {
        let criterion = |code: &str, max: &str| Criterion {
            code: code.into(),
            name: "项".into(),
            max: max.parse().unwrap(),
            anchors: Vec::new(),
        };
        let valid = |criteria: Vec<Criterion>, defence: Vec<Criterion>| {
            Rubric { criteria, defence }.validate(Score::from_hundredths(50)).is_ok()
        };
        let sound = vec![criterion("a", "60"), criterion("b", "40")];
        assert!(valid(sound.clone(), vec![]));
        assert!(valid(sound.clone(), vec![criterion("a", "100")]));
        assert!(!valid(vec![], sound.clone()));
        assert!(!valid(sound.clone(), vec![criterion("a", "99.5")]));
        assert!(!valid(vec![criterion("a", "60"), criterion("b", "39.5")], vec![]));
        assert!(!valid(vec![criterion("a", "60"), criterion("a", "40")], vec![]));
        let anchored = |anchors: &[(&str, &str)]| {
            let anchors = anchors
                .iter()
                .map(|(from, text)| Anchor { from: from.parse().unwrap(), text: (*text).into() })
                .collect();
            vec![Criterion { anchors, ..criterion("a", "100") }]
        };
        assert!(valid(anchored(&[("80", "数据可靠"), ("0", "没有依据")]), vec![]));
        for wrong in
            [&[("0", "低"), ("80", "高")][..], &[("100.5", "高")], &[("80.25", "高")], &[("80", " ")]]
        {
            assert!(!valid(anchored(wrong), vec![]), "{wrong:?}");
        }
    }
}
