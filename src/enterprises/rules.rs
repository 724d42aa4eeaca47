//! What a company must satisfy.

use super::model::{Enterprise, EnterpriseState, NewEnterprise};
use crate::{
    error::{Error, Fault, codes},
    kernel::{credit_code::CreditCode, role::Role},
};

/// Roles that check companies.
pub const VERIFIERS: &[Role] = &[Role::ProgramOfficer];

/// All faults of a new company.
pub fn check_new(new: &NewEnterprise) -> Result<(), Error> {
    let mut faults = Vec::new();
    let length = new.name.trim().chars().count();
    if length == 0 {
        faults.push(Fault::new("/name", &codes::FIELD_REQUIRED));
    } else if length > 100 {
        faults.push(Fault::new("/name", &codes::FIELD_TOO_LONG).with("max", 100));
    }
    if new.quota > 1_000 {
        faults.push(Fault::new("/quota", &codes::FIELD_INVALID).with("reason", "0–1000"));
    }
    if new.credit_code.chars().count() > 40 {
        faults.push(Fault::new("/credit_code", &codes::FIELD_TOO_LONG).with("max", 40));
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::invalid(faults)) }
}

/// An officer confirms the company.
pub fn verify(enterprise: &Enterprise) -> Result<Enterprise, Error> {
    match enterprise.state {
        EnterpriseState::Verified => Err(Error::illegal_transition(enterprise.state)),
        EnterpriseState::Draft => {
            let code = CreditCode::parse(&enterprise.credit_code).map_err(|error| {
                let fault =
                    Fault::new("/credit_code", &codes::CREDIT_CODE_INVALID).with("place", error.place());
                Error::invalid(vec![fault])
            })?;
            let mut next = enterprise.clone();
            next.credit_code = code.to_string();
            next.state = EnterpriseState::Verified;
            next.version += 1;
            Ok(next)
        }
    }
}
