//! The second factor: set up, confirmed, given, taken away.

use serde_json::json;

use super::{
    super::{
        model::{Begun, Enrolment, SecondFactor, Ticket},
        store, totp,
    },
    Guarded, record_person, renew_session,
};
use crate::{
    db::Db,
    error::{Error, codes},
    http::{Caller, Proved, Stage},
    kernel::ids::UserId,
};

/// Makes a secret for the caller's device; it is not asked for before it is confirmed.
pub fn begin_enrolment(
    conn: &mut Db,
    by: &Caller,
    key: &[u8; 32],
    secret: &[u8],
) -> Result<Enrolment, Error> {
    by.actor.session()?;
    let user = by.actor.user_id;
    if store::find_second_factor(conn, user)?.is_some_and(|factor| factor.confirmed_at.is_some()) {
        return Err(Error::new(&codes::TOTP_SET_UP));
    }
    by.refuse_stray_body()?;
    let factor = SecondFactor {
        user_id: user,
        sealed_secret: totp::seal_totp(key, user, secret)?,
        created_at: by.now,
        confirmed_at: None,
        last_step: 0,
    };
    store::replace_second_factor(conn, &factor)?;
    record_person(conn, user, "totp.begin", json!({}), by.now)?;
    let (secret, uri) = totp::handed_over(secret, &by.actor.name)?;
    let qr = qrcode::QrCode::new(&uri).map_err(Error::internal)?;
    let qr_svg = qr.render::<qrcode::render::svg::Color<'_>>().min_dimensions(200, 200).build();
    Ok(Enrolment { secret, uri, qr_svg })
}

/// What came of a code.
pub enum CodeOutcome<T> {
    /// It was right.
    Right(T),
    /// It is wrong or was used.
    Wrong,
    /// Try again in so many seconds.
    TooOften(i64),
}

/// Looks at a code of the caller's device, or one of the recovery codes, and uses it up. A wrong one is counted, so this must
/// be committed.
fn take_code(
    conn: &mut Db,
    by: &Caller,
    key: &[u8; 32],
    factor: &SecondFactor,
    code: &str,
) -> Result<CodeOutcome<bool>, Error> {
    let (user, now) = (by.actor.user_id, by.now);
    let guarded = Guarded::own("second-factor", user);
    if let Some(seconds) = guarded.held_for(conn, now)? {
        return Ok(CodeOutcome::TooOften(seconds));
    }
    let secret = totp::open_totp(key, user, &factor.sealed_secret)?;
    if let Some(step) = totp::step_of(&secret, code, factor.last_step, now)?
        && store::use_step(conn, user, step)? == 1
    {
        guarded.forget(conn)?;
        return Ok(CodeOutcome::Right(false));
    }
    let digest = totp::recovery_digest(user, code);
    if factor.confirmed_at.is_some() && store::use_recovery_code(conn, user, &digest, now)? == 1 {
        guarded.forget(conn)?;
        record_person(conn, user, "totp.recovery_code", json!({}), now)?;
        return Ok(CodeOutcome::Right(true));
    }
    guarded.count_failure(conn, now)?;
    Ok(CodeOutcome::Wrong)
}

/// Confirms the secret with its first code: from now on it is asked for, and every other session ends. The session goes
/// on under a new token.
pub fn confirm_enrolment(
    conn: &mut Db,
    by: &Caller,
    key: &[u8; 32],
    code: &str,
    recovery_codes: &[String],
    ticket: &Ticket,
) -> Result<CodeOutcome<Begun>, Error> {
    let session = by.actor.session()?;
    let user = by.actor.user_id;
    let factor = store::find_second_factor(conn, user)?.ok_or_else(|| Error::new(&codes::TOTP_NOT_SET_UP))?;
    if factor.confirmed_at.is_some() {
        return Err(Error::new(&codes::TOTP_SET_UP));
    }
    match take_code(conn, by, key, &factor, code)? {
        CodeOutcome::Wrong => return Ok(CodeOutcome::Wrong),
        CodeOutcome::TooOften(seconds) => return Ok(CodeOutcome::TooOften(seconds)),
        CodeOutcome::Right(_) => {}
    }
    let step = store::find_second_factor(conn, user)?.map_or(0, |factor| factor.last_step);
    store::confirm_second_factor(conn, user, step, by.now)?;
    store_recovery_codes(conn, user, recovery_codes)?;
    store::delete_sessions(conn, user, Some(&session.digest))?;
    record_person(conn, user, "totp.confirm", json!({}), by.now)?;
    let proved = Proved { second_factor: true, password_due: session.password_due };
    renew_session(conn, by, ticket, proved).map(CodeOutcome::Right)
}

fn store_recovery_codes(conn: &mut Db, user: UserId, recovery_codes: &[String]) -> Result<(), Error> {
    let digests: Vec<String> = recovery_codes.iter().map(|code| totp::recovery_digest(user, code)).collect();
    Ok(store::replace_recovery_codes(conn, user, &digests)?)
}

/// Completes a half session with a code: it goes on under a new token.
pub fn give_second_factor(
    conn: &mut Db,
    by: &Caller,
    key: &[u8; 32],
    code: &str,
    ticket: &Ticket,
) -> Result<CodeOutcome<Begun>, Error> {
    let session = by.actor.session()?;
    if session.stage != Stage::SecondFactor {
        return Err(Error::new(&codes::TOTP_NOT_ASKED));
    }
    let factor = confirmed(conn, by.actor.user_id)?;
    match take_code(conn, by, key, &factor, code)? {
        CodeOutcome::Wrong => Ok(CodeOutcome::Wrong),
        CodeOutcome::TooOften(seconds) => Ok(CodeOutcome::TooOften(seconds)),
        CodeOutcome::Right(by_recovery_code) => {
            let way = json!({"recovery_code": by_recovery_code});
            record_person(conn, by.actor.user_id, "session.second_factor", way, by.now)?;
            let proved = Proved { second_factor: true, password_due: session.password_due };
            renew_session(conn, by, ticket, proved).map(CodeOutcome::Right)
        }
    }
}

fn confirmed(conn: &mut Db, user: UserId) -> Result<SecondFactor, Error> {
    store::find_second_factor(conn, user)?
        .filter(|factor| factor.confirmed_at.is_some())
        .ok_or_else(|| Error::new(&codes::TOTP_NOT_SET_UP))
}

/// Fresh recovery codes for somebody who shows a code.
pub fn renew_recovery_codes(
    conn: &mut Db,
    by: &Caller,
    key: &[u8; 32],
    code: &str,
    recovery_codes: &[String],
) -> Result<CodeOutcome<()>, Error> {
    by.actor.session()?;
    let factor = confirmed(conn, by.actor.user_id)?;
    match take_code(conn, by, key, &factor, code)? {
        CodeOutcome::Wrong => Ok(CodeOutcome::Wrong),
        CodeOutcome::TooOften(seconds) => Ok(CodeOutcome::TooOften(seconds)),
        CodeOutcome::Right(_) => {
            store_recovery_codes(conn, by.actor.user_id, recovery_codes)?;
            record_person(conn, by.actor.user_id, "totp.recovery_codes", json!({}), by.now)?;
            Ok(CodeOutcome::Right(()))
        }
    }
}

/// Takes the caller's second factor away, if their roles do not owe one.
pub fn remove_second_factor(
    conn: &mut Db,
    by: &Caller,
    key: &[u8; 32],
    code: &str,
    totp_is_owed: bool,
) -> Result<CodeOutcome<()>, Error> {
    by.actor.session()?;
    let factor = confirmed(conn, by.actor.user_id)?;
    if totp_is_owed && by.actor.memberships.iter().any(|m| m.role.needs_second_factor()) {
        return Err(Error::new(&codes::TOTP_OWED));
    }
    match take_code(conn, by, key, &factor, code)? {
        CodeOutcome::Wrong => Ok(CodeOutcome::Wrong),
        CodeOutcome::TooOften(seconds) => Ok(CodeOutcome::TooOften(seconds)),
        CodeOutcome::Right(_) => {
            store::delete_second_factor(conn, by.actor.user_id)?;
            record_person(conn, by.actor.user_id, "totp.remove", json!({}), by.now)?;
            Ok(CodeOutcome::Right(()))
        }
    }
}
