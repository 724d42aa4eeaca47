//! Queries on accounts for administrators, and on the first start.

use diesel::prelude::*;

use super::super::model::{MembershipRow, User};
use crate::{
    db::{
        Db, exactly_one,
        schema::{memberships, setup_tokens, users},
    },
    error::Error,
    kernel::{ids::UserId, role::Role, time::Timestamp},
};

/// Which accounts to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountFilter {
    /// Disabled ones alone, or none of them.
    pub disabled: Option<bool>,
    /// Those that were used last at this moment or before.
    pub unused_since: Option<Timestamp>,
}

/// A page of accounts by id.
pub fn list_accounts(
    conn: &mut Db,
    filter: AccountFilter,
    after: Option<UserId>,
    limit: i64,
) -> QueryResult<Vec<User>> {
    let mut query = users::table.into_boxed();
    match filter.disabled {
        Some(true) => query = query.filter(users::disabled_at.is_not_null()),
        Some(false) => query = query.filter(users::disabled_at.is_null()),
        None => {}
    }
    if let Some(since) = filter.unused_since {
        let never = users::last_used_at.is_null().and(users::created_at.le(since));
        query = query.filter(users::last_used_at.le(since).or(never));
    }
    if let Some(after) = after {
        query = query.filter(users::id.gt(after));
    }
    query.order(users::id).limit(limit + 1).load(conn)
}

/// How many accounts that can sign in nobody has used since.
pub fn count_unused_since(conn: &mut Db, since: Timestamp) -> QueryResult<i64> {
    let never = users::last_used_at.is_null().and(users::created_at.le(since));
    users::table
        .filter(users::disabled_at.is_null())
        .filter(users::last_used_at.le(since).or(never).assume_not_null())
        .count()
        .get_result(conn)
}

/// Disables an account, or enables it again. `version` is the one that was seen.
pub fn set_disabled(conn: &mut Db, user: &User, at: Option<Timestamp>) -> Result<(), Error> {
    let row = users::table.find(user.id).filter(users::version.eq(user.version));
    let version = users::version.eq(user.version + 1);
    let changed = if let Some(at) = at {
        diesel::update(row).set((users::disabled_at.eq(at), version)).execute(conn)?
    } else {
        let never = users::disabled_at.eq(None::<chrono::NaiveDateTime>);
        diesel::update(row).set((never, version)).execute(conn)?
    };
    exactly_one(changed)
}

/// Counts a change of what belongs to an account.
pub fn count_change(conn: &mut Db, user: &User) -> Result<(), Error> {
    let row = users::table.find(user.id).filter(users::version.eq(user.version));
    exactly_one(diesel::update(row).set(users::version.eq(user.version + 1)).execute(conn)?)
}

pub fn memberships_of(conn: &mut Db, user: UserId) -> QueryResult<Vec<MembershipRow>> {
    memberships::table.filter(memberships::user_id.eq(user)).order(memberships::id).load(conn)
}

/// True where somebody administers the installation, or has done so.
pub fn is_set_up(conn: &mut Db) -> QueryResult<bool> {
    let administrators = memberships::table
        .filter(memberships::programme_id.is_null())
        .filter(memberships::role.eq(Role::SystemAdmin));
    diesel::select(diesel::dsl::exists(administrators)).get_result(conn)
}

pub fn has_setup_token(conn: &mut Db) -> QueryResult<bool> {
    setup_tokens::table.count().get_result::<i64>(conn).map(|tokens| tokens > 0)
}

/// Puts a set-up token in place of the one before.
pub fn replace_setup_token(conn: &mut Db, digest: &str, now: Timestamp) -> QueryResult<()> {
    delete_setup_tokens(conn)?;
    let row = (setup_tokens::token_digest.eq(digest), setup_tokens::created_at.eq(now));
    diesel::insert_into(setup_tokens::table).values(row).execute(conn).map(|_| ())
}

pub fn delete_setup_tokens(conn: &mut Db) -> QueryResult<()> {
    diesel::delete(setup_tokens::table).execute(conn).map(|_| ())
}

pub fn fits_setup_token(conn: &mut Db, digest: &str) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(setup_tokens::table.find(digest))).get_result(conn)
}
