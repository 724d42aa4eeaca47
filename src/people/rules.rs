//! What an account and a role must satisfy.

use super::model::{NewInvitation, Registration};
use crate::{
    error::{Error, Fault, codes},
    kernel::{
        ids::AdminUnitId,
        role::Role,
        text::{count, is_deceptive},
    },
};

/// How long a code sent to a phone holds.
pub const CODE_SECONDS: i64 = 5 * 60;
/// How long a code on paper holds.
pub const SLIP_SECONDS: i64 = 24 * 3600;
/// After so many wrong tries a code is worth nothing.
pub const TRIES_PER_CODE: i32 = 5;
/// So many codes may be asked for a number in an hour.
pub const CODES_PER_HOUR: i32 = 5;
/// So often a client's address may ask for codes and try them in a minute.
pub const TRIES_PER_ADDRESS: i32 = 20;
/// How long an invitation can be accepted.
pub const INVITATION_SECONDS: i64 = 7 * 24 * 3600;

/// All faults of a registration at once.
pub fn check_registration(registration: &Registration) -> Result<(), Error> {
    let mut faults = Vec::new();
    let name = registration.name.trim().chars().count();
    if name == 0 {
        faults.push(Fault::new("/name", &codes::FIELD_REQUIRED));
    }
    if name > 100 {
        faults.push(Fault::new("/name", &codes::FIELD_TOO_LONG).with("max", 100));
    }
    if registration.phone.is_none() && registration.email.is_none() {
        faults.push(Fault::new("/phone", &codes::LOGIN_REQUIRED));
    }
    match &registration.password {
        Some(password) if !(12..=128).contains(&password.chars().count()) => {
            faults.push(Fault::new("/password", &codes::PASSWORD_WEAK));
        }
        // Codes go to a phone number: who has none could never sign in.
        None if registration.phone.is_none() => {
            faults.push(Fault::new("/password", &codes::FIELD_REQUIRED));
        }
        Some(_) | None => {}
    }
    if registration.name.chars().any(is_deceptive) {
        faults.push(Fault::new("/name", &codes::HIDDEN_CHARACTER));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// All faults of an invitation.
pub fn check_invitation(new: &NewInvitation) -> Result<(), Error> {
    let mut faults = Vec::new();
    let length = count(&new.name);
    if length == 0 {
        faults.push(Fault::new("/name", &codes::FIELD_REQUIRED));
    }
    if length > 100 {
        faults.push(Fault::new("/name", &codes::FIELD_TOO_LONG).with("max", 100));
    }
    if new.name.chars().any(|c| is_deceptive(c) || c.is_control()) {
        faults.push(Fault::new("/name", &codes::HIDDEN_CHARACTER));
    }
    if new.phone.is_none() && new.email.is_none() {
        faults.push(Fault::new("/phone", &codes::LOGIN_REQUIRED));
    }
    if !new.role.belongs_to_organization() {
        faults.push(Fault::new("/role", &codes::ROLE_NOT_GIVEN_HERE));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// Only the office's people in the streets and communities are bound to a unit.
pub fn check_bound_to_unit(role: Role, unit: Option<AdminUnitId>) -> Result<(), Error> {
    let may_be = matches!(role, Role::SubdistrictOfficer | Role::CommunityWorker);
    if unit.is_none() || may_be { Ok(()) } else { Err(Error::at("/unit_id", &codes::UNIT_ROLE)) }
}

/// A role an administrator may give: those of an organisation, an enterprise or an expert come with their owner.
pub fn check_given_by_hand(role: Role) -> Result<(), Error> {
    if role.belongs_to_organization() || matches!(role, Role::SponsorRep | Role::Reviewer) {
        return Err(Error::at("/role", &codes::ROLE_NOT_GIVEN_HERE));
    }
    Ok(())
}

/// A role for somebody who holds `held` already, wherever it comes from (api.md, trust.md §8): an administrative post
/// never beside one that moves money or gives scores, and beside another post only where a small office has said so.
pub fn check_combination(role: Role, held: &[Role], posts_may_be_combined: bool) -> Result<(), Error> {
    let clashes = held.iter().any(|other| {
        (role.is_administrative() && other.moves_money_or_scores())
            || (role.moves_money_or_scores() && other.is_administrative())
            || (!posts_may_be_combined && is_other_post(role, *other))
    });
    if clashes { Err(Error::new(&codes::ROLE_CONFLICT)) } else { Ok(()) }
}

/// True for two different administrative posts.
#[must_use]
pub fn is_other_post(role: Role, other: Role) -> bool {
    role != other && role.is_administrative() && other.is_administrative()
}

/// True for somebody who holds two of the administrative posts.
#[must_use]
pub fn holds_two_posts(held: &[Role]) -> bool {
    held.iter().any(|role| held.iter().any(|other| is_other_post(*role, *other)))
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn administrative_posts_stay_apart_from_money_and_scores() {
        for small in [false, true] {
            assert!(check_combination(Role::FinanceMaker, &[Role::SystemAdmin], small).is_err());
            assert!(check_combination(Role::SystemAdmin, &[Role::PanelChair], small).is_err());
            assert!(check_combination(Role::Reviewer, &[Role::AuditAdmin], small).is_err());
            assert!(check_combination(Role::ProgramOfficer, &[Role::Supervisor], small).is_ok());
            assert!(check_combination(Role::SystemAdmin, &[Role::SystemAdmin], small).is_ok());
            let posts = check_combination(Role::AuditAdmin, &[Role::SecurityAdmin], small);
            assert_eq!(posts.is_ok(), small);
        }
        assert!(holds_two_posts(&[Role::Auditor, Role::SystemAdmin, Role::AuditAdmin]));
        assert!(!holds_two_posts(&[Role::SystemAdmin, Role::SystemAdmin, Role::FinanceMaker]));
        for role in Role::iter() {
            assert!(!(role.is_administrative() && role.moves_money_or_scores()), "{role}");
        }
    }

    #[test]
    fn all_faults_of_a_registration_are_told_at_once() {
        let registration =
            Registration { name: " ".into(), phone: None, email: None, password: Some("short".into()) };
        let pointers: Vec<String> =
            check_registration(&registration).unwrap_err().faults.into_iter().map(|f| f.pointer).collect();
        assert_eq!(pointers, ["/name", "/phone", "/password"]);
    }
}
