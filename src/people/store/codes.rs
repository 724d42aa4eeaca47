//! Queries on one-time codes and on what is counted against abuse.

use diesel::prelude::*;

use super::super::model::SignInCode;
use crate::{
    db::{
        Db, blind,
        private::CodePhone,
        schema::{rate_limits, sign_in_codes},
    },
    kernel::{ids::SignInCodeId, time::Timestamp},
};

pub fn insert_code(conn: &mut Db, code: &SignInCode) -> QueryResult<()> {
    diesel::insert_into(sign_in_codes::table).values(code).execute(conn)?;
    blind::put::<CodePhone>(conn, code.id, Some(code.phone.as_str()))
}

/// The codes of a number that could still be used, latest first.
pub fn usable_codes(
    conn: &mut Db,
    phone: &str,
    max_tries: i32,
    now: Timestamp,
) -> QueryResult<Vec<SignInCode>> {
    let sent = blind::rows::<CodePhone>(conn, phone)?;
    sign_in_codes::table
        .filter(sign_in_codes::id.eq_any(sent))
        .filter(sign_in_codes::used_at.is_null())
        .filter(sign_in_codes::expires_at.gt(now))
        .filter(sign_in_codes::tries.lt(max_tries))
        .order(sign_in_codes::id.desc())
        .load(conn)
}

pub fn use_code(conn: &mut Db, id: SignInCodeId, now: Timestamp) -> QueryResult<()> {
    diesel::update(sign_in_codes::table.find(id))
        .set(sign_in_codes::used_at.eq(now))
        .execute(conn)
        .map(|_| ())
}

pub fn count_try(conn: &mut Db, id: SignInCodeId) -> QueryResult<()> {
    diesel::update(sign_in_codes::table.find(id))
        .set(sign_in_codes::tries.eq(sign_in_codes::tries + 1))
        .execute(conn)
        .map(|_| ())
}

/// A newer code of the same kind makes the ones before worthless, and what has long expired goes.
pub fn retire_codes(conn: &mut Db, phone: &str, kind: &str, now: Timestamp) -> QueryResult<()> {
    let day_ago = now.plus_seconds(-24 * 3600);
    let old = sign_in_codes::table.filter(sign_in_codes::expires_at.lt(day_ago));
    let gone: Vec<SignInCodeId> = old.select(sign_in_codes::id).load(conn)?;
    for id in gone {
        blind::put::<CodePhone>(conn, id, None)?;
        diesel::delete(sign_in_codes::table.find(id)).execute(conn)?;
    }
    let sent = blind::rows::<CodePhone>(conn, phone)?;
    diesel::update(
        sign_in_codes::table
            .filter(sign_in_codes::id.eq_any(sent))
            .filter(sign_in_codes::kind.eq(kind))
            .filter(sign_in_codes::used_at.is_null()),
    )
    .set(sign_in_codes::used_at.eq(now))
    .execute(conn)
    .map(|_| ())
}

/// Takes one of `allowed` places in a window of so many seconds, or says after how many seconds there is one again. The
/// window begins with the first place that is taken; counters are rows, so several servers count together.
pub fn take_place(
    conn: &mut Db,
    bucket: &str,
    allowed: i32,
    window: i64,
    now: Timestamp,
) -> QueryResult<Result<(), i64>> {
    let row: Option<(Timestamp, i32)> = rate_limits::table
        .find(bucket)
        .select((rate_limits::began_at, rate_limits::taken))
        .first(conn)
        .optional()?;
    match row {
        Some((began_at, taken)) if now.seconds_since(began_at) < window => {
            if taken >= allowed {
                return Ok(Err((window - now.seconds_since(began_at)).clamp(1, window)));
            }
            diesel::update(rate_limits::table.find(bucket))
                .set(rate_limits::taken.eq(taken + 1))
                .execute(conn)?;
        }
        Some(_) => {
            diesel::update(rate_limits::table.find(bucket))
                .set((rate_limits::began_at.eq(now), rate_limits::taken.eq(1)))
                .execute(conn)?;
        }
        None => {
            // Nobody's window is longer than an hour: what is older than a day counts nothing.
            let day_ago = now.plus_seconds(-24 * 3600);
            diesel::delete(rate_limits::table.filter(rate_limits::began_at.lt(day_ago))).execute(conn)?;
            let row =
                (rate_limits::bucket.eq(bucket), rate_limits::began_at.eq(now), rate_limits::taken.eq(1));
            diesel::insert_into(rate_limits::table).values(row).execute(conn)?;
        }
    }
    Ok(Ok(()))
}
