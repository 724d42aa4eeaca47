//! Queries on passwords and on resets.

use diesel::prelude::*;

use super::super::model::{PasswordReset, PastPassword};
use crate::{
    db::{
        Db,
        schema::{password_resets, past_passwords, users},
    },
    kernel::{ids::UserId, time::Timestamp},
};

pub fn set_password(conn: &mut Db, user: UserId, hash: &str, now: Timestamp) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .set((users::password_hash.eq(hash), users::password_set_at.eq(now)))
        .execute(conn)
        .map(|_| ())
}

/// The same password under today's parameters.
pub fn rehash_password(conn: &mut Db, user: UserId, before: &str, hash: &str) -> QueryResult<()> {
    let row = users::table.find(user).filter(users::password_hash.eq(before.to_owned()));
    diesel::update(row).set(users::password_hash.eq(hash)).execute(conn).map(|_| ())
}

pub fn insert_past_password(conn: &mut Db, past: &PastPassword) -> QueryResult<()> {
    diesel::insert_into(past_passwords::table).values(past).execute(conn).map(|_| ())
}

/// The hashes that were in force before, the latest first.
pub fn past_passwords(conn: &mut Db, user: UserId, count: i64) -> QueryResult<Vec<String>> {
    past_passwords::table
        .filter(past_passwords::user_id.eq(user))
        .order(past_passwords::id.desc())
        .limit(count)
        .select(past_passwords::password_hash)
        .load(conn)
}

pub fn insert_reset(conn: &mut Db, reset: &PasswordReset) -> QueryResult<()> {
    diesel::insert_into(password_resets::table).values(reset).execute(conn).map(|_| ())
}

/// The reset behind a token, as long as it can be used.
pub fn usable_reset(conn: &mut Db, token_digest: &str, now: Timestamp) -> QueryResult<Option<PasswordReset>> {
    password_resets::table
        .find(token_digest)
        .filter(password_resets::used_at.is_null())
        .filter(password_resets::expires_at.gt(now))
        .first(conn)
        .optional()
}

/// Makes all resets of a person worthless.
pub fn retire_resets(conn: &mut Db, user: UserId, now: Timestamp) -> QueryResult<()> {
    let open = password_resets::table
        .filter(password_resets::user_id.eq(user))
        .filter(password_resets::used_at.is_null());
    diesel::update(open).set(password_resets::used_at.eq(now)).execute(conn).map(|_| ())
}
