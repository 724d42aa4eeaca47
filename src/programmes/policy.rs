//! The policy of a round: every number that a rule calls *policy*, validated as a whole; and its rubric.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    attachments::AttachmentLimits,
    error::{Error, Fault, codes},
    kernel::{
        domain::{BudgetCategory, ServiceDomain},
        money::Money,
        score::Score,
    },
};

/// What happens to a project that no longer fits the budget (rules.md §4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shortfall {
    /// It and all after it are wait-listed.
    #[default]
    Stop,
    /// It is wait-listed, the next may fit.
    Skip,
    /// It gets what is left, if that is enough of it.
    Partial,
}

/// Who proposes in the stable matching (rules.md §6).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Proposer {
    /// The enterprises choose.
    #[default]
    Enterprises,
    /// The projects choose.
    Projects,
}

/// The policy of a round. A field that is left out has the value of rules.md.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// The most one project may get.
    pub cap: Money,
    /// The lowest official score that can be awarded.
    pub pass_line: Score,
    /// What happens to a project that no longer fits.
    pub on_shortfall: Shortfall,
    /// The least share of its amount a partly funded project gets, in basis points.
    pub partial_min_share_bp: u32,
    /// From so many reviews on, the highest and the lowest are dropped; at least 3.
    pub trim_from: u32,
    /// Fewer reviews give no official score.
    pub min_reviews: u32,
    /// Marks come in steps of this.
    pub mark_step: Score,
    /// max − min above this is flagged.
    pub divergence_range: Score,
    /// A total further than this from the median is flagged.
    pub divergence_from_median: Score,
    /// λ of the calibration, in thousandths.
    pub lambda_thousandths: u32,
    /// The seed of the draw; published.
    pub seed: String,
    /// The most projects to select.
    pub max_count: Option<u32>,
    /// The most projects of a domain.
    #[schema(value_type = Object)]
    pub domain_max: BTreeMap<ServiceDomain, u32>,
    /// The tranches, in basis points; they add up to 10,000.
    pub shares_bp: Vec<u32>,
    /// Who proposes in the matching.
    pub proposer: Proposer,
    /// A project runs at least so many months.
    pub min_months: u32,
    /// And at most so many.
    pub max_months: u32,
    /// A filed group has at least so many members.
    pub min_members: u32,
    /// Projects one organisation may submit; none: no limit.
    pub max_per_organization: Option<u32>,
    /// The most a category may take of the project's budget, in basis points.
    #[schema(value_type = Object)]
    pub category_caps_bp: BTreeMap<BudgetCategory, u32>,
    /// Working days of the public notice.
    pub notice_working_days: u32,
    /// Working days from the approval in which the agreement is signed.
    pub signing_working_days: u32,
    /// Hours after a change in which a payee account is not paid.
    pub account_cooling_hours: u32,
    /// How many files an application may have, and how large.
    pub attachments: AttachmentLimits,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            cap: Money::from_fen(5_000_000),
            pass_line: Score::from_hundredths(7_000),
            on_shortfall: Shortfall::Stop,
            partial_min_share_bp: 7_000,
            trim_from: 5,
            min_reviews: 3,
            mark_step: Score::from_hundredths(50),
            divergence_range: Score::from_hundredths(2_000),
            divergence_from_median: Score::from_hundredths(1_500),
            lambda_thousandths: 500,
            seed: String::new(),
            max_count: None,
            domain_max: BTreeMap::new(),
            shares_bp: vec![5_000, 4_000, 1_000],
            proposer: Proposer::Enterprises,
            min_months: 6,
            max_months: 12,
            min_members: 10,
            max_per_organization: None,
            category_caps_bp: BTreeMap::new(),
            notice_working_days: 5,
            signing_working_days: 15,
            account_cooling_hours: 24,
            attachments: AttachmentLimits::default(),
        }
    }
}

impl Policy {
    /// All faults of a policy at once.
    pub fn validate(&self) -> Result<(), Error> {
        let shares: u64 = self.shares_bp.iter().map(|bp| u64::from(*bp)).sum();
        let rules = [
            (self.cap > Money::ZERO, "/cap", "cap > 0"),
            (self.pass_line <= Score::FULL, "/pass_line", "0–100.00"),
            (self.partial_min_share_bp <= 10_000, "/partial_min_share_bp", "0–10000"),
            ((3..=100).contains(&self.trim_from), "/trim_from", "3–100"),
            ((1..=100).contains(&self.min_reviews), "/min_reviews", "1–100"),
            (
                self.mark_step > Score::ZERO && 10_000 % self.mark_step.hundredths() == 0,
                "/mark_step",
                "e.g. 0.50",
            ),
            (self.lambda_thousandths <= 1_000_000, "/lambda_thousandths", "0–1000000"),
            (self.seed.chars().count() <= 200, "/seed", "≤ 200"),
            (
                shares == 10_000 && !self.shares_bp.contains(&0) && self.shares_bp.len() <= 12,
                "/shares_bp",
                "1–12 × > 0, Σ = 10000",
            ),
            (
                (1..=120).contains(&self.min_months)
                    && self.min_months <= self.max_months
                    && self.max_months <= 120,
                "/max_months",
                "1 ≤ min ≤ max ≤ 120",
            ),
            (self.min_members <= 10_000, "/min_members", "≤ 10000"),
            (self.category_caps_bp.values().all(|bp| *bp <= 10_000), "/category_caps_bp", "0–10000"),
            ((1..=60).contains(&self.notice_working_days), "/notice_working_days", "1–60"),
            ((1..=250).contains(&self.signing_working_days), "/signing_working_days", "1–250"),
            (self.account_cooling_hours <= 720, "/account_cooling_hours", "≤ 720"),
            (
                self.attachments.are_sound(),
                "/attachments",
                "1 ≤ file_mib ≤ total_mib ≤ 10000, file_mib ≤ 1000, files 1–100",
            ),
        ];
        let faults: Vec<Fault> = rules
            .into_iter()
            .filter(|(holds, _, _)| !holds)
            .map(|(_, pointer, reason)| Fault::new(pointer, &codes::POLICY_INVALID).with("reason", reason))
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
    }
}

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
        let mut faults = Vec::new();
        let mut codes_seen = std::collections::BTreeSet::new();
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
            if criterion.max <= Score::ZERO || criterion.max.hundredths() % mark_step.hundredths() != 0 {
                faults.push(Fault::new(at("max"), &codes::FIELD_INVALID).with("reason", mark_step));
            }
        }
        let sum: i64 = self.criteria.iter().map(|criterion| criterion.max.hundredths()).sum();
        if sum != Score::FULL.hundredths() {
            let fault = Fault::new("/criteria", &codes::RUBRIC_SUM).with("sum", Score::from_hundredths(sum));
            faults.push(fault);
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_sound() {
        assert!(Policy::default().validate().is_ok());
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let policy = Policy { trim_from: 2, shares_bp: vec![5_000], ..Policy::default() };
        let pointers: Vec<String> =
            policy.validate().unwrap_err().faults.into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(pointers, ["/trim_from", "/shares_bp"]);
    }

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
