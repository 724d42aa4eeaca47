//! Sessions: begin, end, look at one's own.

use serde_json::{Value, json};

use super::super::{
    model::{Begun, CurrentSession, OwnSession, Session, Ticket},
    store,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::Error,
    http::{Caller, Proved, stage_of},
    kernel::{
        ids::{SessionId, UserId},
        time::Timestamp,
    },
};

/// Begins a session in which so much was proved, by this way of signing in.
pub fn begin_session(
    conn: &mut Db,
    user: UserId,
    ticket: &Ticket,
    proved: Proved,
    way: &str,
    now: Timestamp,
) -> Result<Begun, Error> {
    store::delete_expired_sessions(conn, user, now)?;
    let expires_at = now.plus_seconds(ticket.hours * 3600);
    store_session(conn, user, ticket, proved, expires_at, now)?;
    record_person(conn, user, "session.begin", json!({"way": way}), now)?;
    Ok(Begun { user_id: user, expires_at, stage: stage_of(conn, user, proved, ticket.totp_is_owed)? })
}

fn store_session(
    conn: &mut Db,
    user: UserId,
    ticket: &Ticket,
    proved: Proved,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<(), Error> {
    let session = Session {
        token_digest: ticket.digest(),
        user_id: user,
        created_at: now,
        last_seen_at: now,
        expires_at,
        id: ticket.id,
        second_factor: proved.second_factor,
        password_due: proved.password_due,
        device: ticket.device.clone(),
    };
    Ok(store::insert_session(conn, &session)?)
}

/// Goes on under a new token, because more was proved than before: the old token is worth nothing, the end stays.
pub fn renew_session(conn: &mut Db, by: &Caller, ticket: &Ticket, proved: Proved) -> Result<Begun, Error> {
    let old = by.actor.session()?;
    let (user, expires_at) = (by.actor.user_id, old.expires_at);
    store::delete_session(conn, &old.digest)?;
    store_session(conn, user, ticket, proved, expires_at, by.now)?;
    Ok(Begun { user_id: user, expires_at, stage: stage_of(conn, user, proved, ticket.totp_is_owed)? })
}

/// Ends the session behind a cookie that a browser brought to its sign-in: nobody goes on with what somebody else may
/// have put there.
pub fn end_session_before(conn: &mut Db, token_digest: &str, now: Timestamp) -> Result<(), Error> {
    let Some(session) = store::find_session(conn, token_digest)? else { return Ok(()) };
    store::delete_session(conn, token_digest)?;
    record_person(conn, session.user_id, "session.end", json!({"because": "signed in anew"}), now)
}

/// Ends the caller's session.
pub fn end_session(conn: &mut Db, by: &Caller) -> Result<(), Error> {
    by.proceed_unversioned(conn)?;
    by.refuse_stray_body()?;
    store::delete_session(conn, &by.actor.session()?.digest)?;
    record_person(conn, by.actor.user_id, "session.end", json!({}), by.now)
}

/// Ends one of the caller's sessions.
pub fn end_own_session(conn: &mut Db, by: &Caller, id: SessionId) -> Result<(), Error> {
    if store::delete_session_of(conn, by.actor.user_id, id)? == 0 {
        return Err(Error::not_found());
    }
    by.refuse_stray_body()?;
    record_person(conn, by.actor.user_id, "session.end", json!({"session": id}), by.now)
}

/// Signs the caller out everywhere.
pub fn end_all_sessions(conn: &mut Db, by: &Caller) -> Result<(), Error> {
    by.refuse_stray_body()?;
    let ended = store::delete_sessions(conn, by.actor.user_id, None)?;
    record_person(conn, by.actor.user_id, "session.end_all", json!({"sessions": ended}), by.now)
}

/// The caller's sessions.
pub fn own_sessions(conn: &mut Db, by: &Caller, idle_minutes: i64) -> Result<Vec<OwnSession>, Error> {
    let current = by.actor.session()?.id;
    let alive = |session: &Session| by.now.seconds_since(session.last_seen_at) <= idle_minutes * 60;
    let found = store::sessions_of(conn, by.actor.user_id, by.now)?.into_iter().filter(alive);
    Ok(found
        .map(|session| OwnSession {
            id: session.id,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
            device: session.device,
            current: session.id == current,
        })
        .collect())
}

/// The session that asks.
pub fn current_session(by: &Caller) -> Result<CurrentSession, Error> {
    let session = by.actor.session()?;
    Ok(CurrentSession {
        id: session.id,
        user_id: by.actor.user_id,
        stage: session.stage,
        expires_at: session.expires_at,
        csrf_token: session.csrf.clone(),
    })
}

/// Puts on record what somebody did to their own account.
pub fn record_person(
    conn: &mut Db,
    user: UserId,
    action: &'static str,
    detail: Value,
    now: Timestamp,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(user),
        role: None,
        action,
        subject_kind: "user",
        subject_id: user.to_string(),
        before: None,
        after: None,
        detail,
    };
    Ok(audit::record(conn, Lane::Installation, deed, now)?)
}
