//! The rubric of a round: what experts give marks for.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    error::{Error, Fault, codes},
    kernel::score::Score,
};

/// One criterion of a rubric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Its short code, unique in the rubric.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The most marks it gives.
    pub max: Score,
}

/// What experts give marks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// The criteria in the order they are shown; their maxima add up to 100.
    pub criteria: Vec<Criterion>,
}

impl Rubric {
    /// All faults of a rubric at once.
    pub fn validate(&self, mark_step: Score) -> Result<(), Error> {
        let faults = self.faults(mark_step);
        if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
    }

    /// All faults, to be told with those of the rest of a call.
    #[must_use]
    pub fn faults(&self, mark_step: Score) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut codes_seen = BTreeSet::new();
        if self.criteria.is_empty() || self.criteria.len() > 50 {
            faults.push(Fault::new("/criteria", &codes::FIELD_INVALID).with("reason", "1–50"));
        }
        for (index, criterion) in self.criteria.iter().enumerate() {
            let at = |field: &str| format!("/criteria/{index}/{field}");
            let code = &criterion.code;
            let plain = !code.is_empty()
                && code.len() <= 40
                && code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
            if !plain || !codes_seen.insert(code.as_str()) {
                faults.push(
                    Fault::new(at("code"), &codes::FIELD_INVALID).with("reason", "a–z 0–9 _ -, unique"),
                );
            }
            if criterion.name.trim().is_empty() || criterion.name.chars().count() > 100 {
                faults.push(Fault::new(at("name"), &codes::FIELD_INVALID).with("reason", "1–100"));
            }
            if criterion.max <= Score::ZERO || criterion.max.hundredths() % mark_step.hundredths().max(1) != 0
            {
                faults.push(Fault::new(at("max"), &codes::FIELD_INVALID).with("reason", mark_step));
            }
        }
        let sum: i64 = self.criteria.iter().map(|criterion| criterion.max.hundredths()).sum();
        if sum != Score::FULL.hundredths() {
            let fault = Fault::new("/criteria", &codes::RUBRIC_SUM).with("sum", Score::from_hundredths(sum));
            faults.push(fault);
        }
        faults
    }
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
        };
        let step = Score::from_hundredths(50);
        assert!(Rubric { criteria: vec![criterion("a", "60"), criterion("b", "40")] }.validate(step).is_ok());
        assert!(
            Rubric { criteria: vec![criterion("a", "60"), criterion("b", "39.5")] }.validate(step).is_err()
        );
        assert!(
            Rubric { criteria: vec![criterion("a", "60"), criterion("a", "40")] }.validate(step).is_err()
        );
    }
}
