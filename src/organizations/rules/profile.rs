//! What a profile must satisfy while it is written and when it is verified.

use super::{
    super::model::{
        NewMerger, NewOrganization, NewRegistration, Organization, OrganizationChange, OrganizationKind,
        OrganizationState,
    },
    check_line, check_text, done,
};
use crate::{
    db::private::Private,
    error::{Error, Fault, codes},
    kernel::{
        credit_code::{CreditCode, CreditCodeError, normalise},
        ids::{OrganizationId, ProgrammeId, UserId},
        text::fold,
        time::Timestamp,
    },
};

/// The longest introduction (domain.md §2.2).
const MAX_INTRODUCTION: usize = 500;

/// A new profile, or all its faults.
pub fn new_profile(
    id: OrganizationId,
    programme: ProgrammeId,
    new: &NewOrganization,
    by: UserId,
    now: Timestamp,
) -> Result<Organization, Error> {
    let blank = Organization {
        id,
        programme_id: programme,
        name: String::new(),
        kind: new.kind,
        credit_code: None,
        filing_no: None,
        host_id: None,
        host_consented_at: None,
        members: 0,
        subdistrict: String::new(),
        state: OrganizationState::Draft,
        created_by: by,
        created_at: now,
        updated_at: now,
        version: 1,
        unit_id: None,
        head_name: None,
        head_phone: None,
        contact_phone: None,
        charter: None,
        place: None,
        founded_on: None,
        introduction: None,
        filing_unit: None,
        filed_on: None,
        filing_expires_on: None,
        staff: None,
        volunteers: None,
        merged_into: None,
    };
    let all = OrganizationChange {
        name: Some(new.name.clone()),
        credit_code: new.credit_code.clone(),
        filing_no: new.filing_no.clone(),
        host_id: new.host_id,
        members: Some(new.members),
        subdistrict: Some(new.subdistrict.clone()),
        unit_id: new.unit_id,
        head_name: new.head_name.clone(),
        head_phone: new.head_phone.clone(),
        contact_phone: new.contact_phone.clone(),
        charter: new.charter.clone(),
        place: new.place.clone(),
        founded_on: new.founded_on,
        introduction: new.introduction.clone(),
        filing_unit: new.filing_unit.clone(),
        filed_on: new.filed_on,
        filing_expires_on: new.filing_expires_on,
        staff: new.staff,
        volunteers: new.volunteers,
    };
    written(blank, &all)
}

/// The profile after a change. Whatever an officer has checked is checked again, and a new host consents anew.
pub fn change_profile(
    organization: &Organization,
    change: &OrganizationChange,
    now: Timestamp,
) -> Result<Organization, Error> {
    let mut next = written(organization.clone(), change)?;
    next.state = OrganizationState::Draft;
    next.updated_at = now;
    next.version += 1;
    Ok(next)
}

/// What is written over a profile: what is absent stays, an optional text that is empty goes.
fn written(mut next: Organization, change: &OrganizationChange) -> Result<Organization, Error> {
    let mut faults = Vec::new();
    if let Some(name) = &change.name {
        check_line(&mut faults, "/name", name, 100);
        name.trim().clone_into(&mut next.name);
    }
    if let Some(subdistrict) = &change.subdistrict {
        check_line(&mut faults, "/subdistrict", subdistrict, 50);
        subdistrict.trim().clone_into(&mut next.subdistrict);
    }
    let texts = [
        ("/head_name", &change.head_name, 50, &mut next.head_name),
        ("/charter", &change.charter, 20_000, &mut next.charter),
        ("/place", &change.place, 200, &mut next.place),
        ("/introduction", &change.introduction, MAX_INTRODUCTION, &mut next.introduction),
        ("/filing_unit", &change.filing_unit, 100, &mut next.filing_unit),
    ];
    for (pointer, text, max, place) in texts {
        let Some(text) = text else { continue };
        if text.trim().is_empty() {
            *place = None;
        } else {
            check_text(&mut faults, pointer, text, max);
            *place = Some(text.trim().to_owned());
        }
    }
    let counts =
        [("/staff", change.staff, &mut next.staff), ("/volunteers", change.volunteers, &mut next.volunteers)];
    for (pointer, count, place) in counts {
        if let Some(count) = count {
            *place = checked_count(&mut faults, pointer, count).or(*place);
        }
    }
    if let Some(members) = change.members {
        next.members = checked_count(&mut faults, "/members", members).unwrap_or(next.members);
    }
    let days = [
        (change.founded_on, &mut next.founded_on),
        (change.filed_on, &mut next.filed_on),
        (change.filing_expires_on, &mut next.filing_expires_on),
    ];
    for (day, place) in days {
        *place = day.or(*place);
    }
    if let (Some(filed), Some(expires)) = (next.filed_on, next.filing_expires_on)
        && expires.0 <= filed.0
    {
        faults.push(
            Fault::new("/filing_expires_on", &codes::FIELD_INVALID)
                .with("reason", "须晚于备案日期 / after the day of filing"),
        );
    }
    let id = next.id;
    next.head_phone = change.head_phone.as_ref().map(|p| Private::of(id, p.as_str())).or(next.head_phone);
    next.contact_phone =
        change.contact_phone.as_ref().map(|p| Private::of(id, p.as_str())).or(next.contact_phone);
    next.unit_id = change.unit_id.or(next.unit_id);
    if change.credit_code.is_some() {
        next.credit_code.clone_from(&change.credit_code);
    }
    if change.filing_no.is_some() {
        next.filing_no.clone_from(&change.filing_no);
    }
    if change.host_id.is_some() && change.host_id != next.host_id {
        next.host_id = change.host_id;
        next.host_consented_at = None;
    }
    done(faults).map(|()| next)
}

fn checked_count(faults: &mut Vec<Fault>, pointer: &str, count: u32) -> Option<i32> {
    let fits = i32::try_from(count).ok();
    if fits.is_none() {
        faults.push(Fault::new(pointer, &codes::FIELD_INVALID).with("reason", "0–2147483647"));
    }
    fits
}

/// The credit code of a registered organisation, or the place of its fault (E102). A filed group needs none, but one
/// that is typed in must be right.
pub fn check_credit_code(kind: OrganizationKind, typed: Option<&str>) -> Result<(), CreditCodeError> {
    match (kind, typed.map(str::trim).filter(|code| !code.is_empty())) {
        (OrganizationKind::FiledGroup, None) => Ok(()),
        (_, None) => Err(CreditCodeError::Length(1)),
        (_, Some(code)) => CreditCode::parse(code).map(|_| ()),
    }
}

/// 409 for one that was merged into another: nothing is done to it any more.
pub fn require_unmerged(organization: &Organization) -> Result<(), Error> {
    match organization.state {
        OrganizationState::Merged => Err(Error::illegal_transition(organization.state)),
        OrganizationState::Draft | OrganizationState::Verified => Ok(()),
    }
}

/// An officer confirms the profile. `others` are the names of the programme's verified organisations: one that only
/// looks different (full-width letters, joiners, blanks) is the same to everybody who reads it.
pub fn verify(organization: &Organization, others: &[String], now: Timestamp) -> Result<Organization, Error> {
    match organization.state {
        OrganizationState::Verified | OrganizationState::Merged => {
            Err(Error::illegal_transition(organization.state))
        }
        OrganizationState::Draft => {
            let own = fold(&organization.name);
            if let Some(twin) = others.iter().find(|other| fold(other) == own) {
                return Err(Error::new(&codes::ORGANIZATION_TWIN).with("name", twin));
            }
            let mut faults = missing(organization);
            if let Err(error) = check_credit_code(organization.kind, organization.credit_code.as_deref()) {
                faults.push(credit_code_fault(error));
            }
            done(faults)?;
            let mut next = organization.clone();
            next.credit_code = next.credit_code.map(|code| normalise(&code)).filter(|code| !code.is_empty());
            next.state = OrganizationState::Verified;
            next.updated_at = now;
            next.version += 1;
            Ok(next)
        }
    }
}

fn credit_code_fault(error: CreditCodeError) -> Fault {
    Fault::new("/credit_code", &codes::CREDIT_CODE_INVALID).with("place", error.place())
}

/// What a filed group has to say before it can be verified (备案 criteria, domain.md §2.3). How many members it has is
/// judged by each round's policy (E104).
fn missing(organization: &Organization) -> Vec<Fault> {
    if organization.kind != OrganizationKind::FiledGroup {
        return Vec::new();
    }
    let needed = [
        ("/filing_no", "备案号 filing number", organization.filing_no.as_deref()),
        ("/head_name", "负责人 head", organization.head_name.as_deref()),
        ("/head_phone", "负责人电话 the head's phone number", organization.head_phone.as_deref()),
        ("/charter", "章程 charter", organization.charter.as_deref()),
        ("/place", "固定场所 fixed place", organization.place.as_deref()),
    ];
    let is_missing = |text: Option<&str>| text.is_none_or(|text| text.trim().is_empty());
    needed
        .into_iter()
        .filter(|(_, _, text)| is_missing(*text))
        .map(|(pointer, field, _)| Fault::new(pointer, &codes::ORGANIZATION_INCOMPLETE).with("field", field))
        .collect()
}

/// A filed group has been registered: it keeps its id and its history, and is verified anew.
pub fn upgrade(
    organization: &Organization,
    new: &NewRegistration,
    now: Timestamp,
) -> Result<Organization, Error> {
    let mut faults = Vec::new();
    if new.kind == OrganizationKind::FiledGroup {
        let reason = "须为已登记的机构类型 / a kind that is registered";
        faults.push(Fault::new("/kind", &codes::FIELD_INVALID).with("reason", reason));
    }
    let code = CreditCode::parse(&new.credit_code).map_err(|error| faults.push(credit_code_fault(error)));
    done(faults)?;
    let mut next = organization.clone();
    next.kind = new.kind;
    next.credit_code = code.ok().map(|code| code.as_str().to_owned());
    if new.keeps_host != Some(true) {
        next.host_id = None;
        next.host_consented_at = None;
    }
    next.state = OrganizationState::Draft;
    next.updated_at = now;
    next.version += 1;
    Ok(next)
}

/// 409 for what is no filed group (any more).
pub fn check_upgradable(organization: &Organization) -> Result<(), Error> {
    require_unmerged(organization)?;
    if organization.kind == OrganizationKind::FiledGroup {
        Ok(())
    } else {
        Err(Error::illegal_transition(organization.kind))
    }
}

/// All faults of a merger that can be seen in its body.
pub fn check_merger(new: &NewMerger) -> Result<(), Error> {
    let mut faults = Vec::new();
    check_text(&mut faults, "/reason", &new.reason, 500);
    done(faults)
}
