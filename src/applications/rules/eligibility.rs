//! Who may apply at all (domain.md §2.3): the organisation, its host, its record, its lead.

use std::collections::BTreeMap;

use chrono::{Months, NaiveDate};

use crate::{
    db::columns::Day,
    error::{Fault, codes},
    kernel::{money::Money, text::fold},
    organizations::{Organization, OrganizationKind, rules::check_credit_code},
    programmes::Policy,
};

/// What a submission depends on besides its own content: read by the action, judged here.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// True where a fiscal host consents and has a payee account.
    pub host_is_ready: bool,
    /// How many other applications the organisation has in the round.
    pub others_in_round: u32,
    /// What those ask for together.
    pub asked_by_others: Money,
    /// The organisation on 活动异常名录 and 严重违法失信名单.
    pub listings: Vec<ListingFact>,
    /// 年检 by year: true where it was passed.
    pub annual_checks: BTreeMap<i32, bool>,
    /// The organisation or the lead is debarred until then.
    pub debarred_until: Option<Day>,
    /// Earlier projects the fund paid for.
    pub past: Vec<PastProject>,
    /// Where the project runs.
    pub place: Place,
    /// Clean attachments by the code of the field.
    pub files: BTreeMap<String, u32>,
}

/// A time on a list.
#[derive(Clone, Copy, Debug)]
pub struct ListingFact {
    /// True for 严重违法失信名单, false for 活动异常名录.
    pub is_serious: bool,
    /// Since when.
    pub listed_on: Day,
    /// Until when; none while it is still listed.
    pub removed_on: Option<Day>,
}

/// An earlier project of the organisation that the fund paid for.
#[derive(Clone, Debug)]
pub struct PastProject {
    /// Of which year.
    pub year: i32,
    /// Its title.
    pub title: String,
    /// True while it is not closed.
    pub is_open: bool,
    /// True where it was terminated, revoked, or failed its evaluation.
    pub has_failed: bool,
}

/// Whether the project runs where the fund works.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The programme has no units, or the form does not ask.
    #[default]
    NotAsked,
    /// In a unit of the programme that the call is for.
    Inside,
    /// Anywhere else.
    Outside,
}

/// E102 to E106: the organisation itself.
pub fn check_organization(
    organization: &Organization,
    facts: &Facts,
    year: i32,
    policy: &Policy,
    today: NaiveDate,
    faults: &mut Vec<Fault>,
) {
    let kind: &str = organization.kind.into();
    if !policy.eligible_kinds.iter().any(|eligible| eligible == kind) {
        faults.push(Fault::new("/organization/kind", &codes::KIND_NOT_ELIGIBLE).with("kind", kind));
    }
    if let Err(error) = check_credit_code(organization.kind, organization.credit_code.as_deref()) {
        faults.push(Fault::new("/organization/credit_code", &codes::E102).with("place", error.place()));
    }
    if organization.kind == OrganizationKind::FiledGroup {
        if !facts.host_is_ready {
            faults.push(Fault::new("/organization/host_id", &codes::E103));
        }
        if i64::from(organization.members) < i64::from(policy.min_members) {
            let fault = Fault::new("/organization/members", &codes::E104).with("minimum", policy.min_members);
            faults.push(fault);
        }
    }
    for listing in &facts.listings {
        let (years, list) = if listing.is_serious {
            (policy.violation_list_years, "严重违法失信名单")
        } else {
            (policy.abnormal_list_years, "活动异常名录")
        };
        let clean_since = today.checked_sub_months(Months::new(years.saturating_mul(12)));
        let counts =
            listing.removed_on.is_none_or(|removed| clean_since.is_none_or(|since| removed.0 > since));
        if counts {
            let fault = Fault::new("/organization", &codes::E105).with("list", list);
            faults.push(fault.with("listed_on", listing.listed_on));
        }
    }
    // Filed groups have no annual inspection: their street looks after them (domain.md §0.3).
    if organization.kind != OrganizationKind::FiledGroup {
        check_annual_checks(facts, year, policy, faults);
    }
}

/// E106: none of the last years' inspections was failed; a policy may ask that each is on record.
fn check_annual_checks(facts: &Facts, year: i32, policy: &Policy, faults: &mut Vec<Fault>) {
    let years = (1..=i32::try_from(policy.annual_check_years).unwrap_or(0)).map(|back| year - back);
    let open: Vec<String> = years
        .filter(|year| match facts.annual_checks.get(year) {
            Some(passed) => !passed,
            None => policy.annual_checks_obligatory,
        })
        .map(|year| year.to_string())
        .collect();
    if !open.is_empty() {
        let fault = Fault::new("/organization/annual_checks", &codes::E106);
        faults.push(fault.with("years", open.join("、")).with("count", policy.annual_check_years));
    }
}

/// E109: somebody else's money pays for it, or an earlier round's still does.
pub fn check_double_funding(
    title: &str,
    funded_elsewhere: Option<bool>,
    facts: &Facts,
    year: i32,
    faults: &mut Vec<Fault>,
) {
    let folded = fold(title);
    let same = facts.past.iter().find(|past| {
        !folded.is_empty() && fold(&past.title) == folded && (past.is_open || past.year == year)
    });
    if funded_elsewhere == Some(true) {
        faults.push(Fault::new("/funded_elsewhere", &codes::E109).with("project", title));
    } else if let Some(past) = same {
        let project = format!("{}（{}）", past.title, past.year);
        faults.push(Fault::new("/title", &codes::E109).with("project", project));
    }
}

/// E115 and E116: bans and unfinished business.
pub fn check_record(facts: &Facts, year: i32, ban_years: u32, faults: &mut Vec<Fault>) {
    if let Some(until) = facts.debarred_until {
        faults.push(Fault::new("/organization", &codes::E115).with("until", until));
    }
    let earlier = || facts.past.iter().filter(|past| past.year < year);
    let last = earlier().map(|past| past.year).max();
    // A failure is in the way of the next rounds, not for ever: as long as a ban would last.
    let recent = |past: &PastProject| {
        Some(past.year) == last && u32::try_from(year - past.year).is_ok_and(|years| years <= ban_years)
    };
    for past in earlier().filter(|past| past.is_open || (past.has_failed && recent(past))) {
        let project = format!("{}（{}）", past.title, past.year);
        faults.push(Fault::new("/organization", &codes::E116).with("project", project));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_rounds_failure_counts_but_every_open_project() {
        let past = |year, is_open, has_failed| PastProject { year, title: "项".into(), is_open, has_failed };
        let count = |past: Vec<PastProject>| {
            let mut faults = Vec::new();
            check_record(&Facts { past, ..Facts::default() }, 2013, 3, &mut faults);
            faults.len()
        };
        assert_eq!(count(vec![past(2012, false, true), past(2011, false, false)]), 1);
        assert_eq!(count(vec![past(2012, false, false), past(2011, false, true)]), 0);
        assert_eq!(count(vec![past(2012, false, false), past(2010, true, false)]), 1);
        assert_eq!(count(vec![past(2013, true, false)]), 0, "this round's own");
        assert_eq!(count(vec![past(2009, false, true)]), 0, "longer ago than a ban lasts");
    }
}
