//! What a submission must satisfy (domain.md §2.3): all faults at once, in the order of their codes.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{
    super::model::{Application, BudgetLine},
    answers::{missing, unfit},
    eligibility::{Facts, Place, check_double_funding, check_organization, check_record},
};
use crate::{
    error::{Fault, codes},
    kernel::{
        calendar::last_day_of_months, domain::BudgetCategory, money::Money, text::fold, time::Timestamp,
    },
    organizations::{Organization, OrganizationKind},
    programmes::{Form, Policy, Round, Track, accepts_submissions, is_under_way},
};

/// Everything a submission is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Dossier<'a> {
    /// The application.
    pub application: &'a Application,
    /// Its budget.
    pub lines: &'a [BudgetLine],
    /// Who applies.
    pub organization: &'a Organization,
    /// What it depends on besides.
    pub facts: &'a Facts,
    /// The round.
    pub round: &'a Round,
    /// The policy it is judged by.
    pub policy: &'a Policy,
    /// The form it answers.
    pub form: &'a Form,
}

/// All faults of a submission, in the order of their codes: the same list for a preview and for the submission. Where
/// the window counts (not for a correction), E101 comes first; alone it answers 409, with others 422 (api.md).
#[must_use]
pub fn check_submission(dossier: Dossier<'_>, window_counts: bool, now: Timestamp) -> Vec<Fault> {
    let Dossier { application, lines, organization, facts, round, policy, form } = dossier;
    let mut faults = Vec::new();
    let today = now.day();
    if window_counts && !is_in_time(application, round, now) {
        faults.push(
            Fault::new("", &codes::E101).with("opens_on", round.opens_on).with("closes_on", round.closes_on),
        );
    }
    let (incomplete, without_file) = missing(application, lines, form, &facts.files);
    faults.extend(incomplete);
    faults.extend(unfit(application, form));
    if application.domain.is_some_and(|domain| !policy.domains.contains(&domain)) {
        faults.push(Fault::new("/domain", &codes::DOMAIN_NOT_CALLED));
    }
    check_organization(organization, facts, round.year, policy, today, &mut faults);
    check_amounts(application, lines, organization, facts, policy, &mut faults);
    check_double_funding(&application.title, application.funded_elsewhere, facts, round.year, &mut faults);
    if let (Some(starts_on), Some(ends_on)) = (application.starts_on, application.ends_on)
        && !period_fits(starts_on.0, ends_on.0, policy)
    {
        faults.push(
            Fault::new("/ends_on", &codes::E110)
                .with("min", policy.min_months)
                .with("max", policy.max_months),
        );
    }
    if facts.place == Place::Outside {
        faults.push(Fault::new("/unit_id", &codes::E111));
    }
    check_category_caps(lines, policy, &mut faults);
    check_forbidden(lines, policy, &mut faults);
    check_sums(application, lines, &mut faults);
    check_record(facts, round.year, policy.debarment_years, &mut faults);
    faults.extend(without_file);
    faults
}

/// In the window, or in the time an officer gave, as long as the round is not decided.
#[must_use]
pub fn is_in_time(application: &Application, round: &Round, now: Timestamp) -> bool {
    let extended = application.extended_until.is_some_and(|until| now < until);
    // More time moves the end, not the beginning.
    let has_begun = round.opens_on.0 <= now.day();
    accepts_submissions(round, now.day()) || (extended && has_begun && is_under_way(round))
}

/// The track an organisation is judged in.
#[must_use]
pub const fn track_of(kind: OrganizationKind) -> Track {
    match kind {
        OrganizationKind::FiledGroup => Track::Filed,
        OrganizationKind::Association | OrganizationKind::SocialService | OrganizationKind::Foundation => {
            Track::Registered
        }
    }
}

/// E107, E108 and the other limits of an amount.
fn check_amounts(
    application: &Application,
    lines: &[BudgetLine],
    organization: &Organization,
    facts: &Facts,
    policy: &Policy,
    faults: &mut Vec<Fault>,
) {
    let cap = policy.cap_for(track_of(organization.kind));
    if application.requested.is_some_and(|requested| requested > cap) {
        faults.push(Fault::new("/requested", &codes::E107).with("cap", cap));
    }
    if let Some(limit) = policy.max_per_organization
        && facts.others_in_round >= limit
    {
        faults.push(Fault::new("/organization_id", &codes::E108).with("limit", limit));
    }
    if let (Some(limit), Some(requested)) = (policy.cap_per_organization, application.requested)
        && requested.checked_add(facts.asked_by_others).is_none_or(|asked| asked > limit)
    {
        faults.push(
            Fault::new("/requested", &codes::ORGANIZATION_CAP)
                .with("cap", limit)
                .with("others", facts.asked_by_others),
        );
    }
    let total: i128 = lines.iter().map(|line| i128::from(line.amount.fen())).sum();
    let own = i128::from(application.own_funds.fen());
    if own * 10_000 < total * i128::from(policy.own_share_min_bp) {
        faults.push(
            Fault::new("/own_funds", &codes::OWN_SHARE).with("share", percent(policy.own_share_min_bp)),
        );
    }
}

/// E113: no fixed assets, no building, no cash or consolation goods handed out (domain.md §2.2), and no words the
/// round does not want to see in a line.
fn check_forbidden(lines: &[BudgetLine], policy: &Policy, faults: &mut Vec<Fault>) {
    // What the group pays itself is its own business.
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.from_fund) {
        let item = fold(&line.item);
        let word = policy.forbidden_words.iter().find(|word| {
            let word = fold(word);
            !word.is_empty() && item.contains(&word)
        });
        let what = match (policy.forbidden_categories.contains(&line.category), word) {
            (true, _) => line.category.label(),
            (false, Some(word)) => word.clone(),
            (false, None) => continue,
        };
        let pointer = format!("/budget_lines/{index}");
        faults.push(Fault::new(pointer, &codes::E113).with("what", what));
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
            let hundredths = spent * 10_000 / total;
            faults.push(
                Fault::new("/budget_lines", &codes::E112)
                    .with("category", category.label())
                    .with("share", format!("{}.{:02}", hundredths / 100, hundredths % 100))
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
        (application.requested, sum(true), "/requested", "申请金额（requested）"),
        (Some(application.own_funds), sum(false), "/own_funds", "自筹资金（own_funds）"),
    ];
    for (stated, sum, pointer, which) in parts {
        let Some(stated) = stated else { continue };
        let difference = (sum - i128::from(stated.fen())).abs();
        if difference != 0 {
            let difference = Money::from_fen(i64::try_from(difference).unwrap_or(i64::MAX));
            faults
                .push(Fault::new(pointer, &codes::E114).with("which", which).with("difference", difference));
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
