//! What a profile and an account must satisfy.

use super::model::{
    NewOrganization, NewPayeeAccount, Organization, OrganizationChange, OrganizationKind, OrganizationState,
    PayeeAccount, PayeeState,
};
use crate::{
    error::{Error, Fault, codes},
    kernel::{
        credit_code::{CreditCode, CreditCodeError, normalise},
        role::Role,
        time::Timestamp,
    },
};

/// Roles that keep an organisation's profile.
pub const KEEPERS: &[Role] = &[Role::OrgAdmin];
/// Roles that check profiles.
pub const VERIFIERS: &[Role] = &[Role::ProgramOfficer];
/// Roles that check payee accounts.
pub const ACCOUNT_VERIFIERS: &[Role] = &[Role::FinanceMaker];

fn check_text(faults: &mut Vec<Fault>, pointer: &str, text: &str, max: usize) {
    let length = text.trim().chars().count();
    if length == 0 {
        faults.push(Fault::new(pointer, &codes::FIELD_REQUIRED));
    } else if length > max {
        faults.push(Fault::new(pointer, &codes::FIELD_TOO_LONG).with("max", max));
    }
}

fn done(faults: Vec<Fault>) -> Result<(), Error> {
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// All faults of a new profile.
pub fn check_profile(new: &NewOrganization) -> Result<(), Error> {
    let mut faults = Vec::new();
    check_text(&mut faults, "/name", &new.name, 100);
    check_text(&mut faults, "/subdistrict", &new.subdistrict, 50);
    if i32::try_from(new.members).is_err() {
        faults.push(Fault::new("/members", &codes::FIELD_INVALID).with("reason", "members"));
    }
    done(faults)
}

/// The profile after a change. Whatever an officer has checked is checked again, and a new host consents anew.
pub fn change_profile(
    organization: &Organization,
    change: &OrganizationChange,
    now: Timestamp,
) -> Result<Organization, Error> {
    let mut next = organization.clone();
    let mut faults = Vec::new();
    if let Some(name) = &change.name {
        check_text(&mut faults, "/name", name, 100);
        name.trim().clone_into(&mut next.name);
    }
    if let Some(subdistrict) = &change.subdistrict {
        check_text(&mut faults, "/subdistrict", subdistrict, 50);
        subdistrict.trim().clone_into(&mut next.subdistrict);
    }
    if let Some(members) = change.members {
        match i32::try_from(members) {
            Ok(members) => next.members = members,
            Err(_) => faults.push(Fault::new("/members", &codes::FIELD_INVALID).with("reason", "members")),
        }
    }
    if change.credit_code.is_some() {
        next.credit_code.clone_from(&change.credit_code);
    }
    if change.filing_no.is_some() {
        next.filing_no.clone_from(&change.filing_no);
    }
    if change.host_id.is_some() && change.host_id != organization.host_id {
        next.host_id = change.host_id;
        next.host_consented_at = None;
    }
    next.state = OrganizationState::Draft;
    next.updated_at = now;
    next.version += 1;
    done(faults).map(|()| next)
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

/// An officer confirms the profile.
pub fn verify(organization: &Organization, now: Timestamp) -> Result<Organization, Error> {
    match organization.state {
        OrganizationState::Verified => Err(Error::illegal_transition(organization.state)),
        OrganizationState::Draft => {
            check_credit_code(organization.kind, organization.credit_code.as_deref()).map_err(|error| {
                let fault =
                    Fault::new("/credit_code", &codes::CREDIT_CODE_INVALID).with("place", error.place());
                Error::invalid(vec![fault])
            })?;
            let mut next = organization.clone();
            next.credit_code = next.credit_code.map(|code| normalise(&code)).filter(|code| !code.is_empty());
            next.state = OrganizationState::Verified;
            next.updated_at = now;
            next.version += 1;
            Ok(next)
        }
    }
}

/// All faults of an account: digits and lengths only, since there is no national check rule (domain.md §6.5).
pub fn check_account(new: &NewPayeeAccount) -> Result<(), Error> {
    let mut faults = Vec::new();
    check_text(&mut faults, "/account_name", &new.account_name, 100);
    check_text(&mut faults, "/bank_name", &new.bank_name, 100);
    let digits = |text: &str, min: usize, max: usize| {
        (min..=max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    if !digits(&new.bank_code, 12, 12) {
        faults.push(Fault::new("/bank_code", &codes::FIELD_INVALID).with("reason", "12 位数字 / 12 digits"));
    }
    if !digits(&new.account_number, 8, 28) {
        faults.push(
            Fault::new("/account_number", &codes::FIELD_INVALID)
                .with("reason", "8–28 位数字 / 8 to 28 digits"),
        );
    }
    done(faults)
}

/// True where the account is in the organisation's registered name, blanks, case and full-width forms aside.
#[must_use]
pub fn is_registered_name(account: &PayeeAccount, organization: &Organization) -> bool {
    normalise(&account.account_name) == normalise(&organization.name)
}

/// The account's name must be the registered name (F301), blanks and full-width forms aside.
pub fn verify_account(
    account: &PayeeAccount,
    organization: &Organization,
    verifier: crate::kernel::ids::UserId,
    now: Timestamp,
) -> Result<PayeeAccount, Error> {
    if account.state == PayeeState::Verified {
        return Err(Error::illegal_transition(account.state));
    }
    if organization.state != OrganizationState::Verified {
        return Err(Error::new(&codes::ORGANIZATION_UNVERIFIED));
    }
    if !is_registered_name(account, organization) {
        return Err(Error::new(&codes::F301));
    }
    let mut next = account.clone();
    next.state = PayeeState::Verified;
    next.verified_by = Some(verifier);
    next.verified_at = Some(now);
    next.version += 1;
    Ok(next)
}
