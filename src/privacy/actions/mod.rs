//! Reveal a value, give and withdraw a consent.

mod erasure;
mod export;
pub mod reseal;
pub mod retention;

pub use erasure::*;
pub use export::*;

use serde_json::{Value, json};

use super::{
    model::{Consent, NewConsent, NewRevelation, Revelation, SubjectKind},
    store,
};
use crate::{
    applications,
    audit::{self, Access, Deed, Purpose},
    db::{Db, Lane},
    error::{Error, Fault, Input, codes},
    http::{Actor, Caller, forbidden},
    kernel::{
        ids::{AccessId, ConsentId, ProgrammeId, UserId},
        role::Role,
        text::{count, is_deceptive},
    },
    organizations, people,
};

/// Who may see how somebody is reached. Never an administrative post (trust.md §5, number 27).
const CONTACTS: &[Role] = &[Role::ProgramOfficer, Role::CenterDirector];
/// Who may see where somebody is paid.
const ACCOUNTS: &[Role] = &[Role::FinanceMaker, Role::FinanceChecker];
/// Who may see anything at all.
pub const REVEALERS: &[Role] =
    &[Role::ProgramOfficer, Role::CenterDirector, Role::FinanceMaker, Role::FinanceChecker];
/// So many values may one person see in an hour.
const PER_HOUR: usize = 60;
const REASON_MIN: usize = 5;
const REASON_MAX: usize = 500;

impl SubjectKind {
    fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Organization => &["head_phone", "contact_phone"],
            Self::Application => &["lead_phone", "answers"],
            Self::PayeeAccount => &["account_number"],
            Self::Debarment => &["person_phone"],
            Self::User => &["phone", "email"],
        }
    }

    fn roles(self) -> &'static [Role] {
        match self {
            Self::PayeeAccount => ACCOUNTS,
            Self::Organization | Self::Application | Self::Debarment | Self::User => CONTACTS,
        }
    }
}

/// Shows one value plain, and writes down who saw it and why.
pub fn reveal(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    id: AccessId,
    input: &Input<NewRevelation>,
) -> Result<Revelation, Error> {
    by.actor.require(programme, REVEALERS)?;
    by.proceed_unversioned(conn)?;
    throttle(conn, by)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    check_reason("/reason", &new.reason)?;
    let kind = new.subject_kind;
    if !kind.fields().contains(&new.field.as_str()) {
        let fault = Fault::new("/field", &codes::REVELATION_FIELD).with("field", &new.field);
        return Err(Error::invalid(vec![fault.with("fields", kind.fields().join(", "))]));
    }
    let role = by.actor.role_among(programme, kind.roles()).ok_or_else(|| forbidden(kind.roles()))?;
    let found = value_of(conn, &by.actor, programme, new)?;
    // What is not there, or is another programme's, is not told apart.
    let value = found.ok_or_else(|| Error::at("/subject_id", &codes::UNKNOWN_SUBJECT))?;
    let access = Access {
        id,
        programme: Some(programme),
        actor: by.actor.user_id,
        role,
        subject_kind: kind.into(),
        subject_id: new.subject_id.clone(),
        field: &new.field,
        purpose: Purpose::Revelation,
        reason: new.reason.trim(),
    };
    audit::record_access(conn, &access, by.now)?;
    Ok(Revelation {
        id,
        subject_kind: kind,
        subject_id: new.subject_id.clone(),
        field: new.field.clone(),
        value: Some(value),
        at: by.now,
    })
}

fn throttle(conn: &mut Db, by: &Caller) -> Result<(), Error> {
    let since = by.now.plus_seconds(-3600);
    let recent = store::revelations_since(conn, by.actor.user_id, since)?;
    match recent.len().checked_sub(PER_HOUR).and_then(|first| recent.get(first)) {
        Some(first) => {
            let wait = 3600 - by.now.seconds_since(*first);
            Err(Error::too_many(u32::try_from(wait.max(1)).unwrap_or(3600)))
        }
        None => Ok(()),
    }
}

pub(super) fn check_reason(pointer: &str, reason: &str) -> Result<(), Error> {
    let length = count(reason);
    let fault = if length < REASON_MIN {
        Fault::new(pointer, &codes::REASON_SHORT).with("min", REASON_MIN)
    } else if length > REASON_MAX {
        Fault::new(pointer, &codes::FIELD_TOO_LONG).with("max", REASON_MAX)
    } else if reason.chars().any(is_deceptive) {
        Fault::new(pointer, &codes::HIDDEN_CHARACTER)
    } else {
        return Ok(());
    };
    Err(Error::invalid(vec![fault]))
}

/// The plain value; none where there is no such thing in the programme that this person may see.
fn value_of(
    conn: &mut Db,
    actor: &Actor,
    programme: ProgrammeId,
    new: &NewRevelation,
) -> Result<Option<Value>, Error> {
    let id = new.subject_id.as_str();
    let text = |value: Option<&str>| json!(value);
    let second = new.field.as_str();
    Ok(match new.subject_kind {
        SubjectKind::Organization => {
            let Ok(id) = id.parse() else { return Ok(None) };
            let Some(found) = seen(organizations::see(conn, actor, id))? else { return Ok(None) };
            let value = if second == "head_phone" {
                found.head_phone.as_deref()
            } else {
                found.contact_phone.as_deref()
            };
            (found.programme_id == programme).then(|| text(value))
        }
        SubjectKind::Application => {
            let Ok(id) = id.parse() else { return Ok(None) };
            let Some(found) = seen(applications::require_visible(conn, actor, id))? else { return Ok(None) };
            let value = if second == "lead_phone" {
                text(found.lead_phone.as_deref())
            } else {
                json!(found.answers.0)
            };
            (found.programme_id == programme).then_some(value)
        }
        SubjectKind::PayeeAccount => {
            let Ok(id) = id.parse() else { return Ok(None) };
            let Some(found) = seen(organizations::see_account(conn, actor, id))? else { return Ok(None) };
            (found.programme_id == programme).then(|| text(Some(found.account_number.as_str())))
        }
        SubjectKind::Debarment => {
            let Ok(id) = id.parse() else { return Ok(None) };
            let found = organizations::find_debarment(conn, id)?;
            let found = found.filter(|found| found.programme_id == programme);
            found.map(|found| text(found.person_phone.as_deref()))
        }
        SubjectKind::User => {
            let Ok(id) = id.parse::<UserId>() else { return Ok(None) };
            if !store::belongs_to(conn, id, programme)? {
                return Ok(None);
            }
            let found = people::find_user(conn, id)?;
            found.map(|found| {
                if second == "phone" { text(found.phone.as_deref()) } else { text(found.email.as_deref()) }
            })
        }
    })
}

/// What may not be seen is as good as not there.
fn seen<T>(outcome: Result<T, Error>) -> Result<Option<T>, Error> {
    match outcome {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.status() == 404 => Ok(None),
        Err(error) => Err(error),
    }
}

/// Somebody agrees.
pub fn consent(
    conn: &mut Db,
    by: &Caller,
    id: ConsentId,
    input: &Input<NewConsent>,
) -> Result<Consent, Error> {
    by.proceed_unversioned(conn)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let version = new.notice_version.trim();
    if version.is_empty() {
        return Err(Error::at("/notice_version", &codes::FIELD_REQUIRED));
    }
    if count(version) > 50 {
        return Err(Error::invalid(vec![
            Fault::new("/notice_version", &codes::FIELD_TOO_LONG).with("max", 50),
        ]));
    }
    let consent = Consent {
        id,
        user_id: by.actor.user_id,
        kind: new.kind,
        notice_version: version.to_owned(),
        given_at: by.now,
        withdrawn_at: None,
    };
    store::insert_consent(conn, &consent)?;
    record(conn, by, "consent.give", "consent", id.to_string(), json!({"kind": consent.kind}))?;
    Ok(consent)
}

/// Somebody takes a consent back.
pub fn withdraw_consent(conn: &mut Db, by: &Caller, id: ConsentId) -> Result<Consent, Error> {
    let mut consent = store::find_consent(conn, by.actor.user_id, id)?.ok_or_else(Error::not_found)?;
    by.proceed_unversioned(conn)?;
    if consent.withdrawn_at.is_some() {
        return Err(Error::new(&codes::CONSENT_WITHDRAWN));
    }
    consent.withdrawn_at = Some(by.now);
    store::withdraw_consent(conn, id, by.now)?;
    record(conn, by, "consent.withdraw", "consent", id.to_string(), json!({"kind": consent.kind}))?;
    Ok(consent)
}

pub(super) fn record(
    conn: &mut Db,
    by: &Caller,
    action: &'static str,
    subject_kind: &'static str,
    subject_id: String,
    detail: Value,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: None,
        action,
        subject_kind,
        subject_id,
        before: None,
        after: None,
        detail,
    };
    Ok(audit::record(conn, Lane::Installation, deed, by.now)?)
}
