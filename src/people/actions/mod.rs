//! Register, sign in, sign out, give a role.

mod accounts;
mod invitations;
mod one_time;
mod passwords;
mod revoke;
mod second_factor;
mod sessions;
mod setup;
mod sign_in;
mod tokens;
pub mod unused;

pub use accounts::*;
pub use invitations::*;
pub use one_time::*;
pub use passwords::*;
pub use revoke::{find_given, is_last_administrator, revoke};
pub use second_factor::*;
pub use sessions::*;
pub use setup::*;
pub use sign_in::*;
pub use tokens::*;

use diesel::result::{DatabaseErrorKind, Error as QueryError};
use serde_json::json;

use super::{
    model::{MembershipRow, Registration, User},
    rules, store,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane, private::Private},
    error::{Error, codes},
    kernel::{
        ids::{AdminUnitId, EnterpriseId, MembershipId, OrganizationId, ProgrammeId, UserId},
        role::Role,
        time::Timestamp,
    },
    outbox::{self, Letter},
};

/// Makes an account of a checked registration. `id` and `password_hash` were made before.
pub fn create_account(
    conn: &mut Db,
    id: UserId,
    registration: &Registration,
    password_hash: &str,
    now: Timestamp,
) -> Result<User, Error> {
    let user = User {
        id,
        name: registration.name.trim().to_owned(),
        email: registration.email.as_ref().map(|email| Private::of(id, email.as_str())),
        phone: registration.phone.as_ref().map(|phone| Private::of(id, phone.as_str())),
        password_hash: password_hash.to_owned(),
        created_at: now,
        disabled_at: None,
        version: 1,
        password_set_at: (!password_hash.is_empty()).then_some(now),
        last_used_at: None,
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

/// Registers somebody. Where the login is taken the answer is the same, nothing is made, and its owner is told once an hour: nobody
/// learns who has an account (trust.md §5, number 77).
pub fn register(
    conn: &mut Db,
    id: UserId,
    registration: &Registration,
    password_hash: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let logins = [
        registration.phone.as_ref().map(ToString::to_string),
        registration.email.as_ref().map(ToString::to_string),
    ];
    let mut owners = Vec::new();
    for login in logins.iter().flatten() {
        owners.extend(store::find_by_login(conn, login)?);
    }
    if owners.is_empty() {
        return create_account(conn, id, registration, password_hash, now).map(|_| ());
    }
    for owner in owners {
        let bucket = format!("registered again {}", owner.id);
        if owner.disabled_at.is_some() || store::take_place(conn, &bucket, 1, 3600, now)?.is_err() {
            continue;
        }
        let letter = Letter {
            subject: "【益创】有人用您的手机号或邮箱注册".to_owned(),
            body: "您已有账号，请直接登录；忘记密码可重设。如非本人操作，无需处理。\nSomebody has tried to register with your number \
                   or address. You have an account: sign in with it, or reset its password. If it was not you, do nothing.\n"
                .to_owned(),
            cause: "account.register_again",
        };
        outbox::enqueue_to_user(conn, owner.id, &letter, now)?;
    }
    Ok(())
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
