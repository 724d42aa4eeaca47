//! Register, sign in, sign out, give a role.

mod invitations;
mod one_time;
mod revoke;

pub use invitations::*;
pub use one_time::*;
pub use revoke::{find_given, is_last_administrator, revoke};

use diesel::result::{DatabaseErrorKind, Error as QueryError};
use serde_json::json;

use super::{
    model::{MembershipRow, Registration, Session, User},
    rules, store,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, codes},
    http::Caller,
    kernel::{
        ids::{AdminUnitId, EnterpriseId, MembershipId, OrganizationId, ProgrammeId, UserId},
        role::Role,
        time::Timestamp,
    },
};

/// Makes an account of a checked registration. `id` and `password_hash` were made before.
pub fn create_account(
    conn: &mut Db,
    id: UserId,
    registration: &Registration,
    password_hash: &str,
    now: Timestamp,
) -> Result<User, Error> {
    rules::check_registration(registration)?;
    let user = User {
        id,
        name: registration.name.trim().to_owned(),
        email: registration.email.as_ref().map(ToString::to_string),
        phone: registration.phone.as_ref().map(ToString::to_string),
        password_hash: password_hash.to_owned(),
        created_at: now,
        disabled_at: None,
        version: 1,
    };
    store::insert_user(conn, &user).map_err(|error| match error {
        QueryError::DatabaseError(DatabaseErrorKind::UniqueViolation, _) => Error::new(&codes::LOGIN_TAKEN),
        other => other.into(),
    })?;
    let deed = Deed {
        actor: Some(id),
        role: None,
        action: "account.register",
        subject_kind: "user",
        subject_id: id.to_string(),
        before: None,
        after: None,
        detail: json!({}),
    };
    audit::record(conn, Lane::Installation, deed, now)?;
    Ok(user)
}

/// Begins a session whose token has this digest.
pub fn begin_session(
    conn: &mut Db,
    user: UserId,
    token_digest: &str,
    hours: i64,
    now: Timestamp,
) -> Result<Timestamp, Error> {
    store::delete_expired_sessions(conn, user, now)?;
    let expires_at = now.plus_seconds(hours * 3600);
    let session = Session {
        token_digest: token_digest.to_owned(),
        user_id: user,
        created_at: now,
        last_seen_at: now,
        expires_at,
    };
    store::insert_session(conn, &session)?;
    record_session(conn, user, "session.begin", now)?;
    Ok(expires_at)
}

/// Ends the caller's session.
pub fn end_session(conn: &mut Db, by: &Caller) -> Result<(), Error> {
    by.proceed_unversioned(conn)?;
    by.refuse_stray_body()?;
    store::delete_session(conn, &by.actor.session_digest)?;
    record_session(conn, by.actor.user_id, "session.end", by.now)
}

fn record_session(conn: &mut Db, user: UserId, action: &'static str, now: Timestamp) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(user),
        role: None,
        action,
        subject_kind: "user",
        subject_id: user.to_string(),
        before: None,
        after: None,
        detail: json!({}),
    };
    Ok(audit::record(conn, Lane::Installation, deed, now)?)
}

/// What a role is bound to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bound {
    /// In which programme; none for the installation.
    pub programme: Option<ProgrammeId>,
    /// For which organisation.
    pub organization: Option<OrganizationId>,
    /// For which enterprise.
    pub enterprise: Option<EnterpriseId>,
    /// For the organisations of which unit.
    pub unit: Option<AdminUnitId>,
}

/// Gives a role. Roles of the office are checked against what the person holds; roles of an organisation, an
/// enterprise or an expert come from the feature that makes those.
pub fn grant_role(
    conn: &mut Db,
    lane: Lane,
    user: UserId,
    role: Role,
    bound: Bound,
    by: Option<UserId>,
    now: Timestamp,
) -> Result<(), Error> {
    rules::check_bound_to_unit(role, bound.unit)?;
    let comes_with_its_owner =
        bound.organization.is_some() || bound.enterprise.is_some() || role == Role::Reviewer;
    if !comes_with_its_owner {
        rules::check_given_by_hand(role)?;
    }
    // Held anywhere: a post of one programme is not held beside the money of another.
    let held = store::roles_held(conn, user)?;
    rules::check_combination(role, &held, store::posts_may_be_combined(conn)?)?;
    let membership = MembershipRow {
        id: MembershipId::generate(),
        programme_id: bound.programme,
        user_id: user,
        role,
        organization_id: bound.organization,
        enterprise_id: bound.enterprise,
        created_at: now,
        unit_id: bound.unit,
    };
    store::insert_membership(conn, &membership)?;
    let deed = Deed {
        actor: by,
        role: None,
        action: "role.grant",
        subject_kind: "user",
        subject_id: user.to_string(),
        before: None,
        after: None,
        detail: json!({"role": role, "organization": bound.organization, "enterprise": bound.enterprise, "unit": bound.unit}),
    };
    Ok(audit::record(conn, lane, deed, now)?)
}

/// 404 where there is no such account.
pub fn require_account(conn: &mut Db, user: UserId) -> Result<(), Error> {
    if store::user_exists(conn, user)? { Ok(()) } else { Err(Error::not_found()) }
}
