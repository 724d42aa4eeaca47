//! What an account and a role must satisfy.

use super::{
    model::{NewApiToken, NewInvitation, Registration, Setup},
    passwords::{self, About},
};
use crate::{
    error::{Error, Fault, codes},
    kernel::{
        contact::{EmailAddress, PhoneNumber},
        ids::AdminUnitId,
        password::PasswordPolicy,
        role::Role,
        text::{count, is_deceptive},
        time::Timestamp,
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

/// So many wrong tries lock.
pub const FAILURES: i32 = 5;
/// Within so many seconds, and for so long: 15 minutes.
pub const LOCK_SECONDS: i64 = 15 * 60;
/// How long a link to reset a password holds: 30 minutes.
pub const RESET_SECONDS: i64 = 30 * 60;
/// So many tokens in force a person may have.
pub const MOST_TOKENS: i64 = 20;
/// The longest a token holds.
pub const TOKEN_DAYS: i64 = 365;
/// An account is unused that nobody has used for so long: 90 days.
pub const UNUSED_SECONDS: i64 = 90 * 24 * 3600;
/// Who keeps the accounts of the installation.
pub const ACCOUNT_KEEPERS: &[Role] = &[Role::SystemAdmin, Role::SecurityAdmin];

/// True for an account that was used last so long ago.
#[must_use]
pub fn is_unused(last: Timestamp, now: Timestamp) -> bool {
    now.seconds_since(last) >= UNUSED_SECONDS
}

/// The stricter policy for whoever holds a role of the office.
#[must_use]
pub fn policy_for(roles: &[Role], staff: PasswordPolicy, others: PasswordPolicy) -> PasswordPolicy {
    if roles.iter().any(|role| role.is_of_office()) { staff } else { others }
}

/// A new password, with its faults at one place.
pub fn check_password(
    pointer: &str,
    policy: PasswordPolicy,
    password: &str,
    about: About<'_>,
) -> Result<(), Error> {
    let faults = passwords::faults(policy, password, about);
    if faults.is_empty() {
        return Ok(());
    }
    Err(Error::invalid(faults.into_iter().map(|code| Fault::new(pointer, code)).collect()))
}

/// All faults of a token to be made.
pub fn check_token(new: &NewApiToken) -> Result<(), Error> {
    let mut faults = Vec::new();
    match count(&new.name) {
        0 => faults.push(Fault::new("/name", &codes::FIELD_REQUIRED)),
        1..=100 => {}
        _ => faults.push(Fault::new("/name", &codes::FIELD_TOO_LONG).with("max", 100)),
    }
    if !(1..=TOKEN_DAYS).contains(&new.days) {
        faults.push(Fault::new("/days", &codes::TOKEN_EXPIRY).with("max", TOKEN_DAYS));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// A reason of at least five characters.
pub fn check_reason(reason: &str) -> Result<(), Error> {
    let fault = match count(reason) {
        0..=4 => Fault::new("/reason", &codes::REASON_SHORT).with("min", 5),
        5..=500 => return Ok(()),
        _ => Fault::new("/reason", &codes::FIELD_TOO_LONG).with("max", 500),
    };
    Err(Error::invalid(vec![fault]))
}

/// All faults of the first administrators.
pub fn check_setup(setup: &Setup, policy: PasswordPolicy) -> Result<(), Error> {
    let people = &setup.administrators;
    let mut faults = Vec::new();
    let holders = |role: Role| people.iter().filter(|person| person.role == role).count();
    let posts = [Role::SystemAdmin, Role::SecurityAdmin, Role::AuditAdmin];
    let fits = holders(Role::SystemAdmin) == 1
        && posts.iter().all(|post| holders(*post) <= 1)
        && people.iter().all(|person| person.role.is_administrative());
    if !fits {
        faults.push(Fault::new("/administrators", &codes::SETUP_POSTS));
    }
    for (index, person) in people.iter().enumerate().take(posts.len()) {
        let registration = Registration {
            name: person.name.clone(),
            phone: person.phone.clone(),
            email: person.email.clone(),
            password: Some(person.password.clone()),
        };
        if let Err(error) = check_registration(&registration, policy) {
            faults.extend(error.faults.into_iter().map(|fault| Fault {
                pointer: format!("/administrators/{index}{}", fault.pointer),
                ..fault
            }));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// All faults of a registration at once.
pub fn check_registration(registration: &Registration, policy: PasswordPolicy) -> Result<(), Error> {
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
        Some(password) => {
            let about = About {
                name: &registration.name,
                phone: registration.phone.as_ref().map(PhoneNumber::as_str),
                email: registration.email.as_ref().map(EmailAddress::as_str),
            };
            let told = passwords::faults(policy, password, about);
            faults.extend(told.into_iter().map(|code| Fault::new("/password", code)));
        }
        // Codes go to a phone number: who has none could never sign in.
        None if registration.phone.is_none() => {
            faults.push(Fault::new("/password", &codes::FIELD_REQUIRED));
        }
        None => {}
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
        let pointers: Vec<String> = check_registration(&registration, PasswordPolicy::Asvs)
            .unwrap_err()
            .faults
            .into_iter()
            .map(|f| f.pointer)
            .collect();
        assert_eq!(pointers, ["/name", "/phone", "/password"]);
    }
}
