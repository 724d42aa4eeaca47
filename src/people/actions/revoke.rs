//! A role is taken away. It holds at once: every request reads the roles anew.

use serde_json::json;

use super::super::{model::MembershipRow, rules, store};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, codes},
    kernel::{
        ids::{MembershipId, ProgrammeId, UserId},
        role::Role,
        time::Timestamp,
    },
};

/// A role that was given by hand in a programme, or for the installation; 404 for any other.
pub fn find_given(
    conn: &mut Db,
    programme: Option<ProgrammeId>,
    id: MembershipId,
) -> Result<MembershipRow, Error> {
    store::find_membership(conn, id)?
        .filter(|held| held.programme_id == programme && rules::check_given_by_hand(held.role).is_ok())
        .ok_or_else(Error::not_found)
}

/// True for the last person who is a system administrator of the installation and can sign in.
pub fn is_last_administrator(conn: &mut Db, user: UserId) -> Result<bool, Error> {
    let holders = store::installation_holders(conn, Role::SystemAdmin)?;
    Ok(holders.contains(&user) && holders.iter().all(|holder| *holder == user))
}

/// Takes it away. The installation always keeps a system administrator (trust.md §5, number 28).
pub fn revoke(
    conn: &mut Db,
    lane: Lane,
    held: &MembershipRow,
    by: (UserId, Role),
    now: Timestamp,
) -> Result<(), Error> {
    let is_installations = held.programme_id.is_none() && held.role == Role::SystemAdmin;
    if is_installations && is_last_administrator(conn, held.user_id)? {
        return Err(Error::new(&codes::LAST_ADMINISTRATOR));
    }
    store::delete_membership(conn, held.id)?;
    let deed = Deed {
        actor: Some(by.0),
        role: Some(by.1),
        action: "role.revoke",
        subject_kind: "user",
        subject_id: held.user_id.to_string(),
        before: None,
        after: None,
        detail: json!({"role": held.role, "unit": held.unit_id}),
    };
    Ok(audit::record(conn, lane, deed, now)?)
}
