//! What a submission must satisfy (domain.md §2.3): all faults at once, in the order of their codes.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::model::{Application, BudgetLine};
use crate::{
    error::{Error, Fault, codes},
    kernel::{calendar::last_day_of_months, domain::BudgetCategory, money::Money},
    organizations::{Organization, OrganizationKind, rules::check_credit_code},
    programmes::{Phase, Policy, Round},
};

/// The organisation as far as a submission depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Applicant<'a> {
    /// The organisation.
    pub organization: &'a Organization,
    /// True where a fiscal host consents and has a payee account.
    pub host_is_ready: bool,
    /// How many other applications it has in the round.
    pub others_in_round: u32,
}

/// Checks a submission. E101 alone answers 409, anything else 422 with all faults (api.md).
pub fn check_submission(
    application: &Application,
    lines: &[BudgetLine],
    applicant: Applicant<'_>,
    round: &Round,
    phase: Phase,
    policy: &Policy,
) -> Result<(), Error> {
    let mut faults = Vec::new();
    if phase != Phase::Open {
        faults.push(
            Fault::new("", &codes::E101).with("opens_on", round.opens_on).with("closes_on", round.closes_on),
        );
    }
    check_completeness(application, lines, &mut faults);
    check_applicant(applicant, policy, &mut faults);
    if application.requested.is_some_and(|requested| requested > policy.cap) {
        faults.push(Fault::new("/requested", &codes::E107).with("cap", policy.cap));
    }
    if let Some(limit) = policy.max_per_organization
        && applicant.others_in_round >= limit
    {
        faults.push(Fault::new("/organization_id", &codes::E108).with("limit", limit));
    }
    if let (Some(starts_on), Some(ends_on)) = (application.starts_on, application.ends_on)
        && !period_fits(starts_on.0, ends_on.0, policy)
    {
        faults.push(
            Fault::new("/ends_on", &codes::E110)
                .with("min", policy.min_months)
                .with("max", policy.max_months),
        );
    }
    check_category_caps(lines, policy, &mut faults);
    check_sums(application, lines, &mut faults);
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

fn check_completeness(application: &Application, lines: &[BudgetLine], faults: &mut Vec<Fault>) {
    let missing = [
        (application.title.is_empty(), "title"),
        (application.domain.is_none(), "domain"),
        (application.requested.is_none(), "requested"),
        (application.starts_on.is_none(), "starts_on"),
        (application.ends_on.is_none(), "ends_on"),
        (application.beneficiaries.is_none(), "beneficiaries"),
        (application.summary.is_empty(), "summary"),
        (lines.is_empty(), "budget_lines"),
    ];
    for (_, field) in missing.into_iter().filter(|(lacks, _)| *lacks) {
        faults.push(Fault::new(format!("/{field}"), &codes::APPLICATION_INCOMPLETE).with("field", field));
    }
}

fn check_applicant(applicant: Applicant<'_>, policy: &Policy, faults: &mut Vec<Fault>) {
    let organization = applicant.organization;
    if let Err(error) = check_credit_code(organization.kind, organization.credit_code.as_deref()) {
        faults.push(Fault::new("/organization/credit_code", &codes::E102).with("place", error.place()));
    }
    if organization.kind == OrganizationKind::FiledGroup {
        if !applicant.host_is_ready {
            faults.push(Fault::new("/organization/host_id", &codes::E103));
        }
        if i64::from(organization.members) < i64::from(policy.min_members) {
            let fault = Fault::new("/organization/members", &codes::E104).with("minimum", policy.min_members);
            faults.push(fault);
        }
    }
}

/// E110: whole months, and the last day counts.
fn period_fits(starts_on: NaiveDate, ends_on: NaiveDate, policy: &Policy) -> bool {
    let shortest = last_day_of_months(starts_on, policy.min_months);
    let longest = last_day_of_months(starts_on, policy.max_months);
    match (shortest, longest) {
        (Some(shortest), Some(longest)) => shortest <= ends_on && ends_on <= longest,
        _ => false,
    }
}

/// E112: a category's share of the whole budget, compared exactly.
fn check_category_caps(lines: &[BudgetLine], policy: &Policy, faults: &mut Vec<Fault>) {
    let mut by_category: BTreeMap<BudgetCategory, i128> = BTreeMap::new();
    for line in lines {
        *by_category.entry(line.category).or_default() += i128::from(line.amount.fen());
    }
    let total: i128 = by_category.values().sum();
    for (category, cap) in &policy.category_caps_bp {
        let spent = by_category.get(category).copied().unwrap_or_default();
        if total > 0 && spent * 10_000 > total * i128::from(*cap) {
            let tenths = spent * 1_000 / total;
            faults.push(
                Fault::new("/budget_lines", &codes::E112)
                    .with("category", category)
                    .with("share", format!("{}.{}", tenths / 10, tenths % 10))
                    .with("cap", percent(*cap)),
            );
        }
    }
}

fn percent(basis_points: u32) -> String {
    format!("{}.{}", basis_points / 100, basis_points % 100 / 10)
}

/// E114: the lines from the fund add up to what is asked, the others to the own funds.
fn check_sums(application: &Application, lines: &[BudgetLine], faults: &mut Vec<Fault>) {
    let sum = |from_fund: bool| -> i128 {
        lines
            .iter()
            .filter(|line| line.from_fund == from_fund)
            .map(|line| i128::from(line.amount.fen()))
            .sum()
    };
    let parts = [
        (application.requested, sum(true), "/requested"),
        (Some(application.own_funds), sum(false), "/own_funds"),
    ];
    for (stated, sum, pointer) in parts {
        let Some(stated) = stated else { continue };
        let difference = (sum - i128::from(stated.fen())).abs();
        if difference != 0 {
            let difference = Money::from_fen(i64::try_from(difference).unwrap_or(i64::MAX));
            faults.push(
                Fault::new(pointer, &codes::E114)
                    .with("which", pointer.trim_start_matches('/'))
                    .with("difference", difference),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_period_is_counted_in_whole_months() {
        let policy = Policy::default();
        for (starts_on, ends_on, fits) in [
            ("2011-06-01", "2011-11-30", true),
            ("2011-06-01", "2011-11-29", false),
            ("2011-06-01", "2012-05-31", true),
            ("2011-06-01", "2012-06-01", false),
            ("2010-08-31", "2011-02-28", true),
            ("2010-08-31", "2011-02-27", false),
            ("2011-07-01", "2011-11-30", false),
            ("2011-07-01", "2010-11-30", false),
        ] {
            assert_eq!(period_fits(day(starts_on), day(ends_on), &policy), fits, "{starts_on} – {ends_on}");
        }
    }
}
