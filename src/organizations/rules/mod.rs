//! What profiles, accounts, records and units must satisfy.

mod facts;
mod profile;
mod units;

pub use facts::*;
pub use profile::*;
pub use units::*;

use super::model::{NewPayeeAccount, Organization, OrganizationState, PayeeAccount, PayeeState};
use crate::{
    error::{Error, Fault, codes},
    kernel::{
        credit_code::normalise,
        role::Role,
        text::{count, is_deceptive},
        time::Timestamp,
    },
};

/// Roles that keep an organisation's profile.
pub const KEEPERS: &[Role] = &[Role::OrgAdmin];
/// Roles that check profiles.
pub const VERIFIERS: &[Role] = &[Role::ProgramOfficer];
/// Roles that check payee accounts.
pub const ACCOUNT_VERIFIERS: &[Role] = &[Role::FinanceMaker];
/// Roles that record what is known of an organisation, keep the tree of units and merge duplicates.
pub const RECORDERS: &[Role] = &[Role::ProgramOfficer];
/// Roles that hand a one-time code to somebody on paper.
pub const SLIP_GIVERS: &[Role] = &[Role::ProgramOfficer, Role::SubdistrictOfficer];

/// A text of 1 to `max` characters as people count, in which nothing is hidden.
fn check_text(faults: &mut Vec<Fault>, pointer: &str, text: &str, max: usize) {
    let length = count(text);
    if length == 0 {
        faults.push(Fault::new(pointer, &codes::FIELD_REQUIRED));
    } else if length > max {
        faults.push(Fault::new(pointer, &codes::FIELD_TOO_LONG).with("max", max));
    }
    if text.chars().any(is_deceptive) {
        faults.push(Fault::new(pointer, &codes::HIDDEN_CHARACTER));
    }
}

/// The same in one line: a name.
fn check_line(faults: &mut Vec<Fault>, pointer: &str, text: &str, max: usize) {
    check_text(faults, pointer, text, max);
    if text.trim().contains(['\n', '\r', '\t']) {
        faults.push(Fault::new(pointer, &codes::HIDDEN_CHARACTER));
    }
}

fn done(faults: Vec<Fault>) -> Result<(), Error> {
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
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
