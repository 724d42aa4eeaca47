//! Accounts are looked at, disabled and enabled, and roles are taken back, by the administrators of the installation.

use serde_json::{Value, json};

use super::{
    super::{
        model::{Account, AccountReason, AccountRole, HeldRole, MembershipRow, User},
        rules, store,
    },
    revoke::is_last_administrator,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, Input, codes},
    http::{Caller, Shown, has_second_factor},
    kernel::{
        contact::masked,
        ids::{MembershipId, UserId},
        role::Role,
        time::Timestamp,
    },
    outbox::{self, Letter},
};

/// The account as an administrator sees it.
pub fn view_account(conn: &mut Db, by: &Caller, user: &User) -> Result<Shown<Account>, Error> {
    let roles = store::memberships_of(conn, user.id)?;
    let last_used_at = last_use(conn, user)?;
    let second_factor = has_second_factor(conn, user.id)?;
    let account = Account {
        id: user.id,
        name: user.name.clone(),
        phone: user.phone.as_deref().map(masked),
        email: user.email.as_deref().map(masked),
        created_at: user.created_at,
        last_used_at,
        unused: rules::is_unused(last_used_at.unwrap_or(user.created_at), by.now),
        disabled_at: user.disabled_at,
        second_factor,
        roles: roles.iter().map(shown_role).collect(),
        version: user.version,
    };
    let last = is_last_administrator(conn, user.id)?;
    let mut permitted_actions = Vec::new();
    match user.disabled_at {
        Some(_) => permitted_actions.push("enable"),
        None if !last => permitted_actions.push("disable"),
        None => {}
    }
    if second_factor && user.id != by.actor.user_id {
        permitted_actions.push("reset_second_factor");
    }
    Ok(Shown { object: account, permitted_actions })
}

fn shown_role(row: &MembershipRow) -> AccountRole {
    let role = HeldRole {
        programme_id: row.programme_id,
        role: row.role,
        organization_id: row.organization_id,
        enterprise_id: row.enterprise_id,
        unit_id: row.unit_id,
    };
    AccountRole { id: row.id, role }
}

/// When somebody signed in last, or a token of theirs was used.
pub(super) fn last_use(conn: &mut Db, user: &User) -> Result<Option<Timestamp>, Error> {
    Ok(user.last_used_at.max(store::last_token_use(conn, user.id)?))
}

/// The account for an administrator: 403 for everybody else, then 404.
pub fn see_account(conn: &mut Db, by: &Caller, id: UserId) -> Result<User, Error> {
    by.actor.require_installation(rules::ACCOUNT_KEEPERS)?;
    store::find_user(conn, id)?.ok_or_else(Error::not_found)
}

/// The reason, which is looked at last.
fn reason_of(input: &Input<AccountReason>) -> Result<String, Error> {
    let AccountReason { reason } = input.as_ref().map_err(Clone::clone)?;
    rules::check_reason(reason)?;
    Ok(reason.trim().to_owned())
}

/// Disables an account: all its sessions and tokens end at once.
pub fn disable_account(
    conn: &mut Db,
    by: &Caller,
    id: UserId,
    input: &Input<AccountReason>,
) -> Result<Shown<Account>, Error> {
    let user = see_account(conn, by, id)?;
    by.proceed(conn, user.version)?;
    if user.disabled_at.is_some() {
        return Err(Error::illegal_transition("disabled"));
    }
    if is_last_administrator(conn, user.id)? {
        return Err(Error::new(&codes::LAST_ADMIN));
    }
    let reason = reason_of(input)?;
    shut(conn, &user, by.now)?;
    record(conn, by, &user, "account.disable", json!({"reason": reason}))?;
    let user = store::find_user(conn, id)?.ok_or_else(Error::not_found)?;
    view_account(conn, by, &user)
}

pub(super) fn shut(conn: &mut Db, user: &User, now: Timestamp) -> Result<(), Error> {
    store::set_disabled(conn, user, Some(now))?;
    store::delete_sessions(conn, user.id, None)?;
    store::revoke_tokens(conn, user.id, now)?;
    store::retire_resets(conn, user.id, now)?;
    Ok(())
}

/// Lets somebody sign in again.
pub fn enable_account(conn: &mut Db, by: &Caller, id: UserId) -> Result<Shown<Account>, Error> {
    let user = see_account(conn, by, id)?;
    by.proceed(conn, user.version)?;
    if user.disabled_at.is_none() {
        return Err(Error::illegal_transition("enabled"));
    }
    by.refuse_stray_body()?;
    store::set_disabled(conn, &user, None)?;
    record(conn, by, &user, "account.enable", json!({}))?;
    let user = store::find_user(conn, id)?.ok_or_else(Error::not_found)?;
    view_account(conn, by, &user)
}

/// Takes the second factor of somebody who has lost their device away, and tells them. Whose role owes one sets a new one up
/// at the next sign-in. Nobody does this for themselves.
pub fn reset_second_factor(
    conn: &mut Db,
    by: &Caller,
    id: UserId,
    input: &Input<AccountReason>,
) -> Result<Shown<Account>, Error> {
    let user = see_account(conn, by, id)?;
    by.proceed(conn, user.version)?;
    if id == by.actor.user_id {
        return Err(Error::new(&codes::SAME_PERSON));
    }
    if !has_second_factor(conn, id)? {
        return Err(Error::new(&codes::TOTP_NOT_SET_UP));
    }
    let reason = reason_of(input)?;
    store::delete_second_factor(conn, id)?;
    store::delete_sessions(conn, id, None)?;
    store::count_change(conn, &user)?;
    record(conn, by, &user, "totp.reset", json!({"reason": reason}))?;
    let letter = Letter {
        subject: "【益创】您的动态口令已由管理员解除".to_owned(),
        body: "如非本人请求，请立即联系管理员。\nAn administrator has taken your second factor away. If you did not ask for it, speak \
               to them at once.\n"
            .to_owned(),
        cause: "totp.reset",
    };
    outbox::enqueue_to_user(conn, id, &letter, by.now)?;
    let user = store::find_user(conn, id)?.ok_or_else(Error::not_found)?;
    view_account(conn, by, &user)
}

/// Takes a role back: what it allowed ends with the next request.
pub fn take_role_back(conn: &mut Db, by: &Caller, id: UserId, membership: MembershipId) -> Result<(), Error> {
    let user = see_account(conn, by, id)?;
    let roles = store::memberships_of(conn, id)?;
    let held = roles.iter().find(|held| held.id == membership).ok_or_else(Error::not_found)?;
    let administers = held.programme_id.is_none() && held.role == Role::SystemAdmin;
    if administers && is_last_administrator(conn, user.id)? {
        return Err(Error::new(&codes::LAST_ADMIN));
    }
    by.refuse_stray_body()?;
    store::delete_membership(conn, membership)?;
    store::count_change(conn, &user)?;
    let detail = json!({"role": held.role, "programme": held.programme_id, "organization": held.organization_id, "enterprise": held.enterprise_id});
    record(conn, by, &user, "role.take_back", detail)
}

fn record(conn: &mut Db, by: &Caller, user: &User, action: &'static str, detail: Value) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: by.actor.require_installation(rules::ACCOUNT_KEEPERS).ok(),
        action,
        subject_kind: "user",
        subject_id: user.id.to_string(),
        before: None,
        after: None,
        detail,
    };
    Ok(audit::record(conn, Lane::Installation, deed, by.now)?)
}
