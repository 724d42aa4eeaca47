//! What an account and a role must satisfy.

use super::model::Registration;
use crate::{
    error::{Error, Fault, codes},
    kernel::role::Role,
};

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
    if !(12..=128).contains(&registration.password.chars().count()) {
        faults.push(Fault::new("/password", &codes::PASSWORD_WEAK));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// A role an administrator may give: those of an organisation, an enterprise or an expert come with their owner.
pub fn check_given_by_hand(role: Role) -> Result<(), Error> {
    if role.belongs_to_organization() || matches!(role, Role::SponsorRep | Role::Reviewer) {
        return Err(Error::at("/role", &codes::ROLE_NOT_GIVEN_HERE));
    }
    Ok(())
}

/// A role an administrator may give to somebody who holds `held` already (api.md, trust.md §8).
pub fn check_grant(role: Role, held: &[Role]) -> Result<(), Error> {
    check_given_by_hand(role)?;
    let clashes = held.iter().any(|other| {
        (role.is_administrative() && other.moves_money_or_scores())
            || (role.moves_money_or_scores() && other.is_administrative())
    });
    if clashes { Err(Error::new(&codes::ROLE_CONFLICT)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn administrative_posts_stay_apart_from_money_and_scores() {
        assert!(check_grant(Role::FinanceMaker, &[Role::SystemAdmin]).is_err());
        assert!(check_grant(Role::SystemAdmin, &[Role::PanelChair]).is_err());
        assert!(check_grant(Role::ProgramOfficer, &[Role::Supervisor]).is_ok());
        for role in Role::iter() {
            assert!(!(role.is_administrative() && role.moves_money_or_scores()), "{role}");
        }
    }

    #[test]
    fn all_faults_of_a_registration_are_told_at_once() {
        let registration =
            Registration { name: " ".into(), phone: None, email: None, password: "short".into() };
        let pointers: Vec<String> =
            check_registration(&registration).unwrap_err().faults.into_iter().map(|f| f.pointer).collect();
        assert_eq!(pointers, ["/name", "/phone", "/password"]);
    }
}
