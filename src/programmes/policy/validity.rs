//! What a policy must fulfil, as a whole.

use std::collections::BTreeSet;

use super::{Policy, Rule};
use crate::{
    error::{Error, Fault, codes},
    kernel::{domain::ServiceDomain, money::Money, score::Score},
    organizations::OrganizationKind,
};

impl Policy {
    /// All faults of a policy at once.
    pub fn validate(&self) -> Result<(), Error> {
        let faults = self.faults();
        if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
    }

    /// All faults, to be told with those of the rest of a call.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let rules = [
            self.decision_rules(),
            self.intake_rules(),
            self.review.rules(),
            self.spending.rules(),
            self.payments.rules(),
            self.monitoring.rules(),
            self.changes.rules(),
            self.evaluation.rules(),
            self.sponsorship.rules(),
            self.retention.rules(),
        ];
        let fault = |pointer: String, reason: &str| {
            Fault::new(pointer, &codes::POLICY_INVALID).with("reason", reason)
        };
        let told = rules.into_iter().flatten().filter(|(holds, _, _)| !holds);
        told.map(|(_, pointer, reason)| fault(pointer.to_owned(), reason))
            .chain(self.track_faults().into_iter().map(|(at, reason)| fault(at, reason)))
            .collect()
    }

    /// What rules.md computes with.
    fn decision_rules(&self) -> Vec<Rule> {
        let shares: u64 = self.shares_bp.iter().map(|bp| u64::from(*bp)).sum();
        vec![
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
        ]
    }

    /// Who may apply, with what, until when.
    fn intake_rules(&self) -> Vec<Rule> {
        let short = |text: &String, max: usize| (1..=max).contains(&text.trim().chars().count());
        let kinds: BTreeSet<&String> = self.eligible_kinds.iter().collect();
        let domains: BTreeSet<ServiceDomain> = self.domains.iter().copied().collect();
        let days: BTreeSet<u32> = self.reminder_days.iter().copied().collect();
        vec![
            (self.max_per_organization != Some(0), "/max_per_organization", "≥ 1"),
            (
                self.cap_per_organization.is_none_or(|cap| cap > Money::ZERO),
                "/cap_per_organization",
                "cap_per_organization > 0",
            ),
            (self.own_share_min_bp <= 10_000, "/own_share_min_bp", "0–10000"),
            (
                self.forbidden_words.len() <= 200 && self.forbidden_words.iter().all(|word| short(word, 50)),
                "/forbidden_words",
                "≤ 200 × 1–50",
            ),
            (self.abnormal_list_years <= 10, "/abnormal_list_years", "≤ 10"),
            (self.violation_list_years <= 10, "/violation_list_years", "≤ 10"),
            (self.annual_check_years <= 10, "/annual_check_years", "≤ 10"),
            (self.debarment_years <= 10, "/debarment_years", "≤ 10"),
            (
                self.territory.len() <= 1_000 && self.territory.iter().all(|unit| short(unit, 40)),
                "/territory",
                "≤ 1000 × 1–40",
            ),
            ((1..=60).contains(&self.check_working_days), "/check_working_days", "1–60"),
            ((1..=60).contains(&self.correction_working_days), "/correction_working_days", "1–60"),
            (self.correction_rounds <= 5, "/correction_rounds", "≤ 5"),
            (
                days.len() == self.reminder_days.len()
                    && days.len() <= 10
                    && days.iter().all(|day| (1..=90).contains(day)),
                "/reminder_days",
                "≤ 10 × 1–90, unique",
            ),
            ((1..=10_000).contains(&self.near_duplicate_bp), "/near_duplicate_bp", "1–10000"),
            (
                self.attachments.are_sound(),
                "/attachments",
                "1 ≤ file_mib ≤ total_mib ≤ 10000, file_mib ≤ 1000, files 1–1000",
            ),
            (domains.len() == self.domains.len(), "/domains", "unique"),
            (
                kinds.len() == self.eligible_kinds.len()
                    && !kinds.is_empty()
                    && kinds.iter().all(|kind| kind.parse::<OrganizationKind>().is_ok()),
                "/eligible_kinds",
                "association, social_service, foundation, filed_group; ≥ 1, unique",
            ),
            ((1..=60).contains(&self.objection_reply_working_days), "/objection_reply_working_days", "1–60"),
            (
                self.prizes.len() <= 20
                    && self.prizes.iter().all(|prize| {
                        short(&prize.name, 50)
                            && (1..=1_000).contains(&prize.count)
                            && prize.total().is_some()
                    }),
                "/prizes",
                "≤ 20 × name 1–50, count 1–1000",
            ),
        ]
    }

    fn track_faults(&self) -> Vec<(String, &'static str)> {
        let mut faults = Vec::new();
        let Some(tracks) = &self.tracks else { return faults };
        if tracks.is_empty() {
            faults.push(("/tracks".to_owned(), "≥ 1"));
        }
        for (track, own) in tracks {
            let rules = [
                (own.budget != Some(Money::ZERO), "budget", "budget > 0"),
                (own.cap != Some(Money::ZERO), "cap", "cap > 0"),
                (own.max_count != Some(0), "max_count", "≥ 1"),
                (own.pass_line.is_none_or(|line| line <= Score::FULL), "pass_line", "0–100.00"),
            ];
            let broken = rules.into_iter().filter(|(holds, _, _)| !holds);
            faults.extend(broken.map(|(_, name, reason)| (format!("/tracks/{track}/{name}"), reason)));
        }
        faults
    }
}
