//! Queries on second factors and recovery codes.

use diesel::prelude::*;

use super::super::model::SecondFactor;
use crate::{
    db::{
        Db,
        schema::{recovery_codes, second_factors},
    },
    kernel::{ids::UserId, time::Timestamp},
};

pub fn find_second_factor(conn: &mut Db, user: UserId) -> QueryResult<Option<SecondFactor>> {
    second_factors::table.find(user).first(conn).optional()
}

/// Stores a second factor in place of one that was never confirmed.
pub fn replace_second_factor(conn: &mut Db, factor: &SecondFactor) -> QueryResult<()> {
    let unconfirmed =
        second_factors::table.find(factor.user_id).filter(second_factors::confirmed_at.is_null());
    diesel::delete(unconfirmed).execute(conn)?;
    diesel::insert_into(second_factors::table).values(factor).execute(conn).map(|_| ())
}

pub fn confirm_second_factor(conn: &mut Db, user: UserId, step: i64, now: Timestamp) -> QueryResult<()> {
    diesel::update(second_factors::table.find(user))
        .set((second_factors::confirmed_at.eq(now), second_factors::last_step.eq(step)))
        .execute(conn)
        .map(|_| ())
}

/// Marks a step as used: zero rows where another request was faster.
pub fn use_step(conn: &mut Db, user: UserId, step: i64) -> QueryResult<usize> {
    let earlier = second_factors::table.find(user).filter(second_factors::last_step.lt(step));
    diesel::update(earlier).set(second_factors::last_step.eq(step)).execute(conn)
}

/// Takes a person's second factor away, with its recovery codes.
pub fn delete_second_factor(conn: &mut Db, user: UserId) -> QueryResult<usize> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user))).execute(conn)?;
    diesel::delete(second_factors::table.find(user)).execute(conn)
}

/// Stores recovery codes in place of those of before.
pub fn replace_recovery_codes(conn: &mut Db, user: UserId, digests: &[String]) -> QueryResult<()> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::user_id.eq(user))).execute(conn)?;
    for digest in digests {
        let row = (recovery_codes::user_id.eq(user), recovery_codes::code_digest.eq(digest));
        diesel::insert_into(recovery_codes::table).values(row).execute(conn)?;
    }
    Ok(())
}

/// Uses a recovery code up: zero rows where there is none, or it was used.
pub fn use_recovery_code(conn: &mut Db, user: UserId, digest: &str, now: Timestamp) -> QueryResult<usize> {
    let row = recovery_codes::table.find((user, digest.to_owned())).filter(recovery_codes::used_at.is_null());
    diesel::update(row).set(recovery_codes::used_at.eq(now)).execute(conn)
}
