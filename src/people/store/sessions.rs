//! Queries on sessions.

use diesel::prelude::*;

use super::super::model::Session;
use crate::{
    db::{
        Db,
        schema::{sessions, users},
    },
    kernel::{
        ids::{SessionId, UserId},
        time::Timestamp,
    },
};

/// Stores a session; signing in is the last use of an account.
pub fn insert_session(conn: &mut Db, session: &Session) -> QueryResult<()> {
    diesel::insert_into(sessions::table).values(session).execute(conn)?;
    diesel::update(users::table.find(session.user_id))
        .set(users::last_used_at.eq(session.created_at))
        .execute(conn)
        .map(|_| ())
}

pub fn find_session(conn: &mut Db, token_digest: &str) -> QueryResult<Option<Session>> {
    sessions::table.find(token_digest).first(conn).optional()
}

/// A person's sessions that could still be used, the latest first.
pub fn sessions_of(conn: &mut Db, user: UserId, now: Timestamp) -> QueryResult<Vec<Session>> {
    sessions::table
        .filter(sessions::user_id.eq(user))
        .filter(sessions::expires_at.gt(now))
        .order(sessions::id.desc())
        .limit(100)
        .load(conn)
}

pub fn delete_session(conn: &mut Db, token_digest: &str) -> QueryResult<usize> {
    diesel::delete(sessions::table.find(token_digest)).execute(conn)
}

/// Ends one of a person's sessions by its public name.
pub fn delete_session_of(conn: &mut Db, user: UserId, id: SessionId) -> QueryResult<usize> {
    let row = sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::id.eq(id));
    diesel::delete(row).execute(conn)
}

/// Ends all sessions of a person but the one with this digest.
pub fn delete_sessions(conn: &mut Db, user: UserId, but: Option<&str>) -> QueryResult<usize> {
    let of_person = sessions::table.filter(sessions::user_id.eq(user));
    match but {
        Some(kept) => {
            diesel::delete(of_person.filter(sessions::token_digest.ne(kept.to_owned()))).execute(conn)
        }
        None => diesel::delete(of_person).execute(conn),
    }
}

pub fn delete_expired_sessions(conn: &mut Db, user: UserId, now: Timestamp) -> QueryResult<usize> {
    diesel::delete(sessions::table.filter(sessions::user_id.eq(user)).filter(sessions::expires_at.le(now)))
        .execute(conn)
}

/// The password of this session's person is in order again.
pub fn clear_password_due(conn: &mut Db, token_digest: &str) -> QueryResult<()> {
    diesel::update(sessions::table.find(token_digest))
        .set(sessions::password_due.eq(false))
        .execute(conn)
        .map(|_| ())
}
