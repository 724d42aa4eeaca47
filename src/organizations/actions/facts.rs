//! Records of organisations: an officer enters and corrects them, later stages read them.

use serde_json::{Value, json};

use super::{
    super::{
        model::{
            AnnualCheck, AnnualCheckChange, AwardRecord, Debarment, DebarmentLifting, Grade, GradeChange,
            Listing, ListingRemoval, NewAnnualCheck, NewDebarment, NewGrade, NewListing, NewOutcome,
            Organization, Shared, Standing, TrackOutcome, TrackRecord, TrackResult, TrackSource,
        },
        rules, store,
    },
    see,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane, private::Private},
    error::{Error, Input, codes},
    http::{Actor, Caller, Shown, Versioned},
    kernel::{
        ids::{AnnualCheckId, DebarmentId, GradeId, ListingId, OrganizationId, ProgrammeId, TrackRecordId},
        role::Role,
        time::Timestamp,
    },
};

/// All that is recorded of one organisation.
pub fn standing(conn: &mut Db, organization: &Organization) -> Result<Standing, Error> {
    let id = organization.id;
    Ok(Standing {
        annual_checks: store::annual_checks_of(conn, id)?,
        listings: store::listings_of(conn, id)?,
        debarments: store::debarments_of(conn, id)?,
        grades: store::grades_of(conn, id)?,
        track_record: store::track_record_of(conn, id)?,
    })
}

/// The debarments that mean a person: by phone number where both are known, else by name.
pub fn debarments_of_person(
    conn: &mut Db,
    programme: ProgrammeId,
    name: Option<&str>,
    phone: Option<&str>,
) -> Result<Vec<Debarment>, Error> {
    let all = store::debarments_of_people(conn, programme)?;
    Ok(all.into_iter().filter(|debarment| rules::is_meant(debarment, name, phone)).collect())
}

/// Other organisations of the programme that have people, the account number or a phone number in common with it.
pub fn sharing(
    conn: &mut Db,
    programme: ProgrammeId,
    organization: &Organization,
) -> Result<Vec<Shared>, Error> {
    if organization.programme_id != programme {
        return Ok(Vec::new());
    }
    Ok(store::sharing(conn, organization)?)
}

/// An award becomes an unfinished project of the organisation's record.
pub fn record_award(conn: &mut Db, award: &AwardRecord, now: Timestamp) -> Result<(), Error> {
    let organization = store::find(conn, award.organization_id)?.ok_or_else(Error::not_found)?;
    let record = TrackRecord {
        id: award.id,
        programme_id: award.programme_id,
        organization_id: Some(organization.id),
        organization_name: organization.name,
        year: award.year,
        round_name: award.round_name.clone(),
        title: award.title.clone(),
        domain: award.domain,
        amount: award.amount,
        result: TrackResult::Awarded,
        outcome: Some(TrackOutcome::Unfinished),
        summary: award.summary.clone(),
        debarred_until: None,
        source_kind: TrackSource::Award,
        source_id: Some(award.award_id.clone()),
        created_at: now,
        version: 1,
    };
    Ok(store::insert_track_record(conn, &record)?)
}

/// The organisation for somebody who records, and their role.
fn to_record(conn: &mut Db, by: &Caller, id: OrganizationId) -> Result<(Organization, Role), Error> {
    let organization = see(conn, &by.actor, id)?;
    let role = by.actor.require(organization.programme_id, rules::RECORDERS)?;
    Ok((organization, role))
}

/// Its own people, and the office: a host's people do not look into the records of the groups it hosts.
pub fn require_reader(conn: &mut Db, actor: &Actor, id: OrganizationId) -> Result<Organization, Error> {
    let organization = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    let may = actor.role_for(id).is_some() || super::in_scope(conn, actor, &organization)?;
    if may { Ok(organization) } else { Err(Error::not_found()) }
}

/// A record with what the person may do to it now.
pub fn show_record<T>(actor: &Actor, programme: ProgrammeId, object: T, action: &'static str) -> Shown<T> {
    let may = actor.role_among(programme, rules::RECORDERS).is_some();
    Shown { object, permitted_actions: if may { vec![action] } else { Vec::new() } }
}

/// What the audit log is to say of a record.
struct Row<'a> {
    programme: ProgrammeId,
    role: Role,
    action: &'static str,
    subject: (&'static str, String),
    states: (Option<&'a str>, Option<&'a str>),
    detail: Value,
}

fn record(conn: &mut Db, by: &Caller, row: Row<'_>) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: Some(row.role),
        action: row.action,
        subject_kind: row.subject.0,
        subject_id: row.subject.1,
        before: row.states.0,
        after: row.states.1,
        detail: row.detail,
    };
    Ok(audit::record(conn, Lane::Programme(row.programme), deed, by.now)?)
}

/// Records an annual check.
pub fn record_annual_check(
    conn: &mut Db,
    by: &Caller,
    organization: OrganizationId,
    id: AnnualCheckId,
    input: &Input<NewAnnualCheck>,
) -> Result<Shown<AnnualCheck>, Error> {
    let (organization, role) = to_record(conn, by, organization)?;
    by.proceed_unversioned(conn)?;
    rules::require_unmerged(&organization)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_annual(new, by.now.day())?;
    let check = AnnualCheck {
        id,
        programme_id: organization.programme_id,
        organization_id: organization.id,
        year: new.year,
        result: new.result,
        recorded_by: by.actor.user_id,
        recorded_at: by.now,
        version: 1,
    };
    store::insert_annual_check(conn, &check)?;
    record(conn, by, annual_row(&check, role, "annual_check.record", None))?;
    Ok(show_record(&by.actor, check.programme_id, check, "correct"))
}

fn annual_row<'a>(check: &AnnualCheck, role: Role, action: &'static str, before: Option<&'a str>) -> Row<'a> {
    Row {
        programme: check.programme_id,
        role,
        action,
        subject: ("annual_check", check.id.to_string()),
        states: (before, Some(check.result.into())),
        detail: json!({"organization": check.organization_id, "year": check.year}),
    }
}

/// Corrects an annual check.
pub fn correct_annual_check(
    conn: &mut Db,
    by: &Caller,
    id: AnnualCheckId,
    input: &Input<AnnualCheckChange>,
) -> Result<Shown<AnnualCheck>, Error> {
    let check = store::find_annual_check(conn, id)?.ok_or_else(Error::not_found)?;
    let (_, role) = to_record(conn, by, check.organization_id)?;
    by.proceed(conn, check.version)?;
    let change = input.as_ref().map_err(Clone::clone)?;
    let next = AnnualCheck {
        result: change.result,
        recorded_by: by.actor.user_id,
        recorded_at: by.now,
        version: check.version() + 1,
        ..check
    };
    store::save_annual_check(conn, &next)?;
    record(conn, by, annual_row(&next, role, "annual_check.correct", Some(check.result.into())))?;
    Ok(show_record(&by.actor, next.programme_id, next, "correct"))
}

/// Records that an organisation stands on a list.
pub fn record_listing(
    conn: &mut Db,
    by: &Caller,
    organization: OrganizationId,
    id: ListingId,
    input: &Input<NewListing>,
) -> Result<Shown<Listing>, Error> {
    let (organization, role) = to_record(conn, by, organization)?;
    by.proceed_unversioned(conn)?;
    rules::require_unmerged(&organization)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_listing(new, by.now.day())?;
    let listing = Listing {
        id,
        programme_id: organization.programme_id,
        organization_id: organization.id,
        list: new.list,
        listed_on: new.listed_on,
        removed_on: new.removed_on,
        evidence: new.evidence.trim().to_owned(),
        recorded_by: by.actor.user_id,
        recorded_at: by.now,
        version: 1,
    };
    store::insert_listing(conn, &listing)?;
    record(conn, by, listing_row(&listing, role, "listing.record", None))?;
    Ok(show_listing(&by.actor, listing))
}

/// An entry with what the person may do to it now.
pub fn show_listing(actor: &Actor, listing: Listing) -> Shown<Listing> {
    let stands = listing.removed_on.is_none();
    let mut shown = show_record(actor, listing.programme_id, listing, "remove");
    shown.permitted_actions.retain(|_| stands);
    shown
}

fn listing_row<'a>(listing: &Listing, role: Role, action: &'static str, before: Option<&'a str>) -> Row<'a> {
    Row {
        programme: listing.programme_id,
        role,
        action,
        subject: ("listing", listing.id.to_string()),
        states: (before, Some(if listing.removed_on.is_some() { "removed" } else { "listed" })),
        detail: json!({"organization": listing.organization_id, "list": listing.list}),
    }
}

/// Records that it was taken off the list.
pub fn remove_listing(
    conn: &mut Db,
    by: &Caller,
    id: ListingId,
    input: &Input<ListingRemoval>,
) -> Result<Shown<Listing>, Error> {
    let listing = store::find_listing(conn, id)?.ok_or_else(Error::not_found)?;
    let (_, role) = to_record(conn, by, listing.organization_id)?;
    by.proceed(conn, listing.version)?;
    rules::check_listed(&listing)?;
    let removal = input.as_ref().map_err(Clone::clone)?;
    let next = rules::remove(&listing, removal, by.now.day())?;
    store::save_listing(conn, &next)?;
    record(conn, by, listing_row(&next, role, "listing.remove", Some("listed")))?;
    Ok(show_listing(&by.actor, next))
}

/// Records a grade.
pub fn record_grade(
    conn: &mut Db,
    by: &Caller,
    organization: OrganizationId,
    id: GradeId,
    input: &Input<NewGrade>,
) -> Result<Shown<Grade>, Error> {
    let (organization, role) = to_record(conn, by, organization)?;
    by.proceed_unversioned(conn)?;
    rules::require_unmerged(&organization)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_grade(new, by.now.day())?;
    let grade = Grade {
        id,
        programme_id: organization.programme_id,
        organization_id: organization.id,
        level: new.level,
        issued_on: new.issued_on,
        expires_on: new.expires_on.unwrap_or_else(|| rules::grade_expiry(new.issued_on)),
        recorded_by: by.actor.user_id,
        recorded_at: by.now,
        version: 1,
    };
    store::insert_grade(conn, &grade)?;
    record(conn, by, grade_row(&grade, role, "grade.record"))?;
    Ok(show_record(&by.actor, grade.programme_id, grade, "correct"))
}

fn grade_row(grade: &Grade, role: Role, action: &'static str) -> Row<'static> {
    let detail = json!({
        "organization": grade.organization_id, "level": grade.level, "issued_on": grade.issued_on,
        "expires_on": grade.expires_on,
    });
    let subject = ("grade", grade.id.to_string());
    Row { programme: grade.programme_id, role, action, subject, states: (None, None), detail }
}

/// Corrects a grade.
pub fn correct_grade(
    conn: &mut Db,
    by: &Caller,
    id: GradeId,
    input: &Input<GradeChange>,
) -> Result<Shown<Grade>, Error> {
    let grade = store::find_grade(conn, id)?.ok_or_else(Error::not_found)?;
    let (_, role) = to_record(conn, by, grade.organization_id)?;
    by.proceed(conn, grade.version)?;
    let change = input.as_ref().map_err(Clone::clone)?;
    let next = rules::correct_grade(&grade, change, by.now.day())?;
    store::save_grade(conn, &next)?;
    record(conn, by, grade_row(&next, role, "grade.correct"))?;
    Ok(show_record(&by.actor, next.programme_id, next, "correct"))
}

/// Debars an organisation, a person, or both.
pub fn debar(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    id: DebarmentId,
    input: &Input<NewDebarment>,
) -> Result<Shown<Debarment>, Error> {
    let role = by.actor.require(programme, rules::RECORDERS)?;
    by.proceed_unversioned(conn)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    rules::check_debarment(new)?;
    if let Some(organization) = new.organization_id {
        let is_here = store::find(conn, organization)?
            .is_some_and(|found| found.programme_id == programme && found.merged_into.is_none());
        if !is_here {
            return Err(Error::at("/organization_id", &codes::ORGANIZATION_UNKNOWN));
        }
    }
    let debarment = Debarment {
        id,
        programme_id: programme,
        organization_id: new.organization_id,
        person_name: new.person_name.as_deref().map(|name| name.trim().to_owned()),
        person_phone: new.person_phone.as_ref().map(|phone| Private::of(id, phone.as_str())),
        reason: new.reason.trim().to_owned(),
        starts_on: new.starts_on,
        ends_on: new.ends_on,
        lifted_because: None,
        recorded_by: by.actor.user_id,
        recorded_at: by.now,
        version: 1,
    };
    store::insert_debarment(conn, &debarment)?;
    record(conn, by, debarment_row(&debarment, role, "debarment.record", (None, Some("debarred"))))?;
    Ok(show_debarment(&by.actor, debarment, by.now))
}

/// A debarment with what the person may do to it now.
pub fn show_debarment(actor: &Actor, debarment: Debarment, now: Timestamp) -> Shown<Debarment> {
    let holds = rules::check_liftable(&debarment, now.day()).is_ok();
    let mut shown = show_record(actor, debarment.programme_id, debarment, "lift");
    shown.permitted_actions.retain(|_| holds);
    shown
}

fn debarment_row<'a>(
    debarment: &Debarment,
    role: Role,
    action: &'static str,
    states: (Option<&'a str>, Option<&'a str>),
) -> Row<'a> {
    let detail = json!({
        "organization": debarment.organization_id, "starts_on": debarment.starts_on, "ends_on": debarment.ends_on,
    });
    let subject = ("debarment", debarment.id.to_string());
    Row { programme: debarment.programme_id, role, action, subject, states, detail }
}

/// Ends a debarment before its time.
pub fn lift_debarment(
    conn: &mut Db,
    by: &Caller,
    id: DebarmentId,
    input: &Input<DebarmentLifting>,
) -> Result<Shown<Debarment>, Error> {
    let debarment = store::find_debarment(conn, id)?.ok_or_else(Error::not_found)?;
    let role = by.actor.require(debarment.programme_id, rules::RECORDERS)?;
    by.proceed(conn, debarment.version)?;
    rules::check_liftable(&debarment, by.now.day())?;
    let lifting = input.as_ref().map_err(Clone::clone)?;
    let next = rules::lift(&debarment, lifting)?;
    store::save_debarment(conn, &next)?;
    record(conn, by, debarment_row(&next, role, "debarment.lift", (Some("debarred"), Some("lifted"))))?;
    Ok(show_debarment(&by.actor, next, by.now))
}

/// An earlier project with what the person may do to it now.
pub fn show_track_record(actor: &Actor, found: TrackRecord) -> Shown<TrackRecord> {
    let awarded = rules::check_awarded(&found).is_ok();
    let mut shown = show_record(actor, found.programme_id, found, "set_outcome");
    shown.permitted_actions.retain(|_| awarded);
    shown
}

/// Says how an earlier project ended.
pub fn set_outcome(
    conn: &mut Db,
    by: &Caller,
    id: TrackRecordId,
    input: &Input<NewOutcome>,
) -> Result<Shown<TrackRecord>, Error> {
    let found = store::find_track_record(conn, id)?.ok_or_else(Error::not_found)?;
    let role = by.actor.require(found.programme_id, rules::RECORDERS)?;
    by.proceed(conn, found.version)?;
    rules::check_awarded(&found)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let next = rules::end(&found, new)?;
    store::save_outcome(conn, &next)?;
    let row = Row {
        programme: next.programme_id,
        role,
        action: "track_record.outcome",
        subject: ("track_record", id.to_string()),
        states: (found.outcome.map(Into::into), next.outcome.map(Into::into)),
        detail: json!({"organization": next.organization_id, "debarred_until": next.debarred_until}),
    };
    record(conn, by, row)?;
    Ok(show_track_record(&by.actor, next))
}
