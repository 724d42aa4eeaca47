//! What records of an organisation must satisfy.

use chrono::{Datelike, Months, NaiveDate};

use super::{
    super::model::{
        Debarment, DebarmentLifting, Grade, GradeChange, Listing, ListingRemoval, NewAnnualCheck,
        NewDebarment, NewGrade, NewListing, NewOutcome, TrackRecord, TrackResult,
    },
    check_line, check_text, done,
};
use crate::{
    db::columns::Day,
    error::{Error, Fault, codes},
    kernel::text::fold,
};

/// A grade holds for five years (domain.md §2.3).
const GRADE_MONTHS: u32 = 60;

fn fault(pointer: &str, reason: &str) -> Fault {
    Fault::new(pointer, &codes::FIELD_INVALID).with("reason", reason)
}

/// A day somebody can have meant.
fn check_day(faults: &mut Vec<Fault>, pointer: &str, day: Day) {
    if !(1949..=2999).contains(&day.0.year()) {
        faults.push(fault(pointer, "1949–2999"));
    }
}

fn check_past(faults: &mut Vec<Fault>, pointer: &str, day: Day, today: NaiveDate) {
    check_day(faults, pointer, day);
    if day.0 > today {
        faults.push(fault(pointer, "不能晚于今天 / not after today"));
    }
}

/// All faults of an annual check.
pub fn check_annual(new: &NewAnnualCheck, today: NaiveDate) -> Result<(), Error> {
    let fits = (1990..=today.year()).contains(&new.year);
    if fits { Ok(()) } else { done(vec![fault("/year", &format!("1990–{}", today.year()))]) }
}

/// All faults of an entry in a list.
pub fn check_listing(new: &NewListing, today: NaiveDate) -> Result<(), Error> {
    let mut faults = Vec::new();
    check_past(&mut faults, "/listed_on", new.listed_on, today);
    if let Some(removed_on) = new.removed_on {
        check_removal_day(&mut faults, removed_on, new.listed_on, today);
    }
    check_text(&mut faults, "/evidence", &new.evidence, 500);
    done(faults)
}

fn check_removal_day(faults: &mut Vec<Fault>, removed_on: Day, listed_on: Day, today: NaiveDate) {
    check_past(faults, "/removed_on", removed_on, today);
    if removed_on.0 < listed_on.0 {
        faults.push(fault("/removed_on", "不能早于列入日期 / not before it was listed"));
    }
}

/// The entry after the organisation was taken off the list.
pub fn remove(listing: &Listing, removal: &ListingRemoval, today: NaiveDate) -> Result<Listing, Error> {
    let mut faults = Vec::new();
    check_removal_day(&mut faults, removal.removed_on, listing.listed_on, today);
    let mut next = listing.clone();
    if let Some(evidence) = &removal.evidence {
        check_text(&mut faults, "/evidence", evidence, 500);
        next.evidence = format!("{}\n{}", listing.evidence, evidence.trim());
    }
    next.removed_on = Some(removal.removed_on);
    next.version += 1;
    done(faults).map(|()| next)
}

/// 409 for an entry that was removed already.
pub fn check_listed(listing: &Listing) -> Result<(), Error> {
    if listing.removed_on.is_none() { Ok(()) } else { Err(Error::illegal_transition("removed")) }
}

/// All faults of a debarment.
pub fn check_debarment(new: &NewDebarment) -> Result<(), Error> {
    let mut faults = Vec::new();
    if new.organization_id.is_none() && new.person_name.is_none() && new.person_phone.is_none() {
        faults.push(Fault::new("/organization_id", &codes::DEBARMENT_OF_NOBODY));
    }
    if let Some(name) = &new.person_name {
        check_line(&mut faults, "/person_name", name, 50);
    }
    check_text(&mut faults, "/reason", &new.reason, 500);
    check_day(&mut faults, "/starts_on", new.starts_on);
    check_day(&mut faults, "/ends_on", new.ends_on);
    if new.ends_on.0 < new.starts_on.0 {
        faults.push(fault("/ends_on", "不能早于开始日期 / not before it begins"));
    }
    done(faults)
}

/// The debarment after it was lifted: a ban is never made longer that way.
pub fn lift(debarment: &Debarment, lifting: &DebarmentLifting) -> Result<Debarment, Error> {
    let mut faults = Vec::new();
    check_day(&mut faults, "/ends_on", lifting.ends_on);
    if lifting.ends_on.0 >= debarment.ends_on.0 {
        faults.push(fault("/ends_on", "须早于原截止日期 / before the last day it had"));
    }
    check_text(&mut faults, "/reason", &lifting.reason, 500);
    let mut next = debarment.clone();
    next.ends_on = lifting.ends_on;
    next.lifted_because = Some(lifting.reason.trim().to_owned());
    next.version += 1;
    done(faults).map(|()| next)
}

/// 409 for a debarment that is over or was lifted before.
pub fn check_liftable(debarment: &Debarment, today: NaiveDate) -> Result<(), Error> {
    if debarment.lifted_because.is_some() {
        Err(Error::illegal_transition("lifted"))
    } else if debarment.ends_on.0 < today {
        Err(Error::illegal_transition("ended"))
    } else {
        Ok(())
    }
}

/// True where the debarment means this person: by phone number where both are known, else by name.
#[must_use]
pub fn is_meant(debarment: &Debarment, name: Option<&str>, phone: Option<&str>) -> bool {
    match (debarment.person_phone.as_deref(), phone) {
        (Some(debarred), Some(phone)) => debarred == phone,
        _ => match (debarment.person_name.as_deref(), name) {
            (Some(debarred), Some(name)) => !fold(name).is_empty() && fold(debarred) == fold(name),
            _ => false,
        },
    }
}

/// When a grade of this day ends, where nobody says otherwise.
#[must_use]
pub fn grade_expiry(issued_on: Day) -> Day {
    Day(issued_on.0.checked_add_months(Months::new(GRADE_MONTHS)).unwrap_or(issued_on.0))
}

/// All faults of a grade.
pub fn check_grade(new: &NewGrade, today: NaiveDate) -> Result<(), Error> {
    let expires_on = new.expires_on.unwrap_or_else(|| grade_expiry(new.issued_on));
    check_grade_values(new.level, new.issued_on, expires_on, today)
}

/// The grade after a correction.
pub fn correct_grade(grade: &Grade, change: &GradeChange, today: NaiveDate) -> Result<Grade, Error> {
    let mut next = grade.clone();
    next.level = change.level.unwrap_or(grade.level);
    next.issued_on = change.issued_on.unwrap_or(grade.issued_on);
    next.expires_on = change.expires_on.unwrap_or(grade.expires_on);
    next.version += 1;
    check_grade_values(next.level, next.issued_on, next.expires_on, today).map(|()| next)
}

fn check_grade_values(level: i32, issued_on: Day, expires_on: Day, today: NaiveDate) -> Result<(), Error> {
    let mut faults = Vec::new();
    if !(1..=5).contains(&level) {
        faults.push(fault("/level", "1–5"));
    }
    check_past(&mut faults, "/issued_on", issued_on, today);
    check_day(&mut faults, "/expires_on", expires_on);
    if expires_on.0 <= issued_on.0 {
        faults.push(fault("/expires_on", "须晚于颁发日期 / after the day of issue"));
    }
    done(faults)
}

/// How an earlier project ended; one that was not awarded did not begin.
pub fn end(record: &TrackRecord, new: &NewOutcome) -> Result<TrackRecord, Error> {
    let mut faults = Vec::new();
    if let Some(until) = new.debarred_until {
        check_day(&mut faults, "/debarred_until", until);
    }
    let mut next = record.clone();
    next.outcome = Some(new.outcome);
    next.debarred_until = new.debarred_until;
    next.version += 1;
    done(faults).map(|()| next)
}

/// 409 for one that was not awarded.
pub fn check_awarded(record: &TrackRecord) -> Result<(), Error> {
    match record.result {
        TrackResult::Awarded => Ok(()),
        TrackResult::NotAwarded => Err(Error::illegal_transition(record.result)),
    }
}
