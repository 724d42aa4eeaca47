//! Sign in with a phone number: a one-time code by text message, or on a slip of paper.

use serde_json::json;

use super::{
    super::{
        model::{Begun, Registration, SignInCode, Ticket, User},
        rules, store,
    },
    begin_session, create_account,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane, private::Private},
    error::{Error, codes},
    http::{Caller, Proved},
    kernel::{
        contact::PhoneNumber,
        digest::{random_code, sha256_hex},
        ids::{SignInCodeId, UserId},
        role::Role,
        time::Timestamp,
    },
    outbox, vault,
};

/// A code that was just made, outside the transaction that stores it.
#[derive(Clone, Debug)]
pub struct FreshCode {
    id: SignInCodeId,
    digits: String,
}

impl FreshCode {
    /// Makes one.
    pub fn make() -> Result<Self, Error> {
        Ok(Self { id: SignInCodeId::generate(), digits: random_code().map_err(Error::internal)? })
    }

    /// Its six digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }
}

fn digest(id: SignInCodeId, digits: &str) -> String {
    sha256_hex(format!("{id}:{digits}"))
}

fn store_code(
    conn: &mut Db,
    phone: &str,
    kind: &str,
    fresh: &FreshCode,
    seconds: i64,
    now: Timestamp,
) -> Result<Timestamp, Error> {
    store::retire_codes(conn, phone, kind, now)?;
    let code = SignInCode {
        id: fresh.id,
        phone: Private::of(fresh.id, phone),
        kind: kind.to_owned(),
        code_digest: digest(fresh.id, &fresh.digits),
        created_at: now,
        expires_at: now.plus_seconds(seconds),
        tries: 0,
        used_at: None,
    };
    store::insert_code(conn, &code)?;
    Ok(code.expires_at)
}

/// Takes a place of the client's address, shared by asking for codes and by trying them.
pub fn take_place_of_address(conn: &mut Db, from: &str, now: Timestamp) -> Result<Result<(), i64>, Error> {
    let bucket = format!("codes from {from}");
    Ok(store::take_place(conn, &bucket, rules::TRIES_PER_ADDRESS, 60, now)?)
}

/// Sends a code to a number that is known or invited; does nothing for any other. Counts both alike, so that nobody
/// learns which it is. The inner error says after how many seconds to try again.
pub fn send_code(
    conn: &mut Db,
    phone: &PhoneNumber,
    from: &str,
    fresh: &FreshCode,
    now: Timestamp,
) -> Result<Result<(), i64>, Error> {
    if let Err(seconds) = take_place_of_address(conn, from, now)? {
        return Ok(Err(seconds));
    }
    // A plain digest of a number could be guessed.
    let number = vault::blind("rate_limits.bucket", phone.as_str()).map_err(Error::internal)?;
    let bucket = format!("codes to {number}");
    if let Err(seconds) = store::take_place(conn, &bucket, rules::CODES_PER_HOUR, 3600, now)? {
        return Ok(Err(seconds));
    }
    let account = store::find_by_login(conn, phone.as_str())?;
    let is_known = match &account {
        Some(account) => account.disabled_at.is_none(),
        None => store::invitation_to_phone(conn, phone.as_str(), now)?.is_some(),
    };
    if is_known {
        store_code(conn, phone.as_str(), "sms", fresh, rules::CODE_SECONDS, now)?;
        let text = format!(
            "【益创】登录验证码 {},{} 分钟内有效,请勿告诉他人。",
            fresh.digits,
            rules::CODE_SECONDS / 60
        );
        outbox::enqueue_text(conn, phone, &text, outbox::CODE_CAUSE, now)?;
    }
    Ok(Ok(()))
}

/// What came of a try.
pub enum Tried {
    /// A session has begun.
    SignedIn(Begun),
    /// Wrong, used, expired or tried too often: it is not told which.
    Wrong,
    /// Try again in so many seconds.
    TooOften(i64),
}

/// Tries a code. Who was invited but has no account gets one. A wrong try is counted, so this must be committed.
pub fn sign_in_by_code(
    conn: &mut Db,
    phone: &PhoneNumber,
    digits: &str,
    from: &str,
    new_user: UserId,
    ticket: &Ticket,
    now: Timestamp,
) -> Result<Tried, Error> {
    if let Err(seconds) = take_place_of_address(conn, from, now)? {
        return Ok(Tried::TooOften(seconds));
    }
    let open = store::usable_codes(conn, phone.as_str(), rules::TRIES_PER_CODE, now)?;
    let Some(right) = open.iter().find(|code| code.code_digest == digest(code.id, digits)) else {
        for code in &open {
            store::count_try(conn, code.id)?;
        }
        return Ok(Tried::Wrong);
    };
    store::use_code(conn, right.id, now)?;
    let account = match store::find_by_login(conn, phone.as_str())? {
        Some(account) => Some(account),
        None => join_as_invited(conn, phone, new_user, now)?,
    };
    match account.filter(|account| account.disabled_at.is_none()) {
        Some(account) => {
            Ok(Tried::SignedIn(begin_session(conn, account.id, ticket, Proved::default(), "code", now)?))
        }
        None => Ok(Tried::Wrong),
    }
}

/// An account for somebody who was invited by phone and has just proved the number.
fn join_as_invited(
    conn: &mut Db,
    phone: &PhoneNumber,
    id: UserId,
    now: Timestamp,
) -> Result<Option<User>, Error> {
    let Some(invitation) = store::invitation_to_phone(conn, phone.as_str(), now)? else { return Ok(None) };
    let registration =
        Registration { name: invitation.name, phone: Some(phone.clone()), email: None, password: None };
    create_account(conn, id, &registration, "", now).map(Some)
}

/// A code on paper for somebody who has a phone number but gets no text messages. An officer hands it over and so could
/// use it: it is refused for people of the office, whose roles must not be borrowed.
pub fn issue_slip(
    conn: &mut Db,
    by: &Caller,
    role: Role,
    lane: Lane,
    user: UserId,
    fresh: &FreshCode,
) -> Result<(User, Timestamp), Error> {
    let person = store::find_user(conn, user)?
        .filter(|person| person.disabled_at.is_none())
        .ok_or_else(Error::not_found)?;
    let roles = store::roles_held(conn, user)?;
    if roles.iter().any(|role| !role.belongs_to_organization()) {
        return Err(Error::new(&codes::SLIP_FOR_OFFICE));
    }
    let Some(phone) = &person.phone else { return Err(Error::new(&codes::NO_PHONE)) };
    let expires_at = store_code(conn, phone, "slip", fresh, rules::SLIP_SECONDS, by.now)?;
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: Some(role),
        action: "slip.print",
        subject_kind: "user",
        subject_id: user.to_string(),
        before: None,
        after: None,
        detail: json!({"expires_at": expires_at}),
    };
    audit::record(conn, lane, deed, by.now)?;
    Ok((person, expires_at))
}
