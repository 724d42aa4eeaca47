//! Passwords are changed by whoever knows them, and reset by whoever gets the link.

use serde_json::json;

use super::{
    super::{
        model::{PasswordReset, PastPassword, User},
        passwords, rules, store,
    },
    Guarded, record_person,
};
use crate::{
    db::Db,
    error::{Error, codes},
    http::Caller,
    kernel::{
        contact::{EmailAddress, PhoneNumber},
        digest::{random_token, sha256_hex},
        ids::{PastPasswordId, UserId},
        time::Timestamp,
    },
    outbox::{self, Letter},
};

/// A person with what their next password must not be.
pub struct Changing {
    /// The account.
    pub user: User,
    /// The hashes that were in force before, the present one not among them.
    pub earlier: Vec<String>,
    /// What guesses at the present password are counted under.
    pub guarded: Guarded,
}

/// What is needed to look at a new password.
pub fn changing(conn: &mut Db, user: UserId, barred: i64) -> Result<Changing, Error> {
    let user = store::find_user(conn, user)?.ok_or_else(Error::not_found)?;
    let earlier = store::past_passwords(conn, user.id, barred - 1)?;
    let guarded = Guarded::own("password", user.id);
    Ok(Changing { user, earlier, guarded })
}

/// Puts a new password in force: the one before is remembered, and resets that are under way are void.
fn put_in_force(
    conn: &mut Db,
    user: &User,
    hash: &str,
    past: PastPasswordId,
    now: Timestamp,
) -> Result<(), Error> {
    if !user.password_hash.is_empty() {
        let past = PastPassword {
            id: past,
            user_id: user.id,
            password_hash: user.password_hash.clone(),
            replaced_at: now,
        };
        store::insert_past_password(conn, &past)?;
    }
    store::set_password(conn, user.id, hash, now)?;
    store::retire_resets(conn, user.id, now)?;
    Ok(())
}

/// Changes the caller's password, which was looked at: all other sessions end.
pub fn change_password(
    conn: &mut Db,
    by: &Caller,
    before: &User,
    hash: &str,
    past: PastPasswordId,
) -> Result<(), Error> {
    let session = by.actor.session()?;
    let user = store::find_user(conn, by.actor.user_id)?.ok_or_else(Error::not_found)?;
    if user.password_hash != before.password_hash {
        // Changed elsewhere in the meantime: what was given is no longer the present one.
        return Err(Error::at("/current_password", &codes::PASSWORD_WRONG));
    }
    put_in_force(conn, &user, hash, past, by.now)?;
    store::delete_sessions(conn, user.id, Some(&session.digest))?;
    store::clear_password_due(conn, &session.digest)?;
    Guarded::own("password", user.id).forget(conn)?;
    record_person(conn, user.id, "password.change", json!({}), by.now)?;
    tell_of_change(conn, user.id, by.now)
}

/// Counts a wrong present password.
pub fn count_wrong_password(conn: &mut Db, guarded: &Guarded, now: Timestamp) -> Result<Option<i64>, Error> {
    if let Some(seconds) = guarded.held_for(conn, now)? {
        return Ok(Some(seconds));
    }
    guarded.count_failure(conn, now)?;
    Ok(None)
}

fn tell_of_change(conn: &mut Db, user: UserId, now: Timestamp) -> Result<(), Error> {
    let letter = Letter {
        subject: "【益创】您的密码已修改".to_owned(),
        body: "您的密码刚刚被修改，其他登录均已退出。如非本人操作，请立即联系管理员。\nYour password was changed, and all \
               other sessions have ended. If it was not you, speak to the administrator at once.\n"
            .to_owned(),
        cause: "password.change",
    };
    Ok(outbox::enqueue_to_user(conn, user, &letter, now)?)
}

/// A link that was just made, outside the transaction that stores it.
#[derive(Clone)]
pub struct ResetLink {
    digest: String,
    link: String,
}

impl ResetLink {
    /// A fresh token of 256 bits behind `#`, which no browser sends on, below the configured address.
    pub fn make(base_url: &str) -> Result<Self, Error> {
        let token = random_token().map_err(Error::internal)?;
        let link = format!("{}/password-reset#{token}", base_url.trim_end_matches('/'));
        Ok(Self { digest: sha256_hex(&token), link })
    }
}

/// Sends a link to whoever has this login; does nothing for any other. Counts both alike. The inner error says after how
/// many seconds to try again.
pub fn send_reset(
    conn: &mut Db,
    login: &str,
    address: &str,
    link: &ResetLink,
    now: Timestamp,
) -> Result<Result<(), i64>, Error> {
    let user = store::find_by_login(conn, login)?;
    let from = format!("resets from {address}");
    if let Err(seconds) = store::take_place(conn, &from, rules::TRIES_PER_ADDRESS, 60, now)? {
        return Ok(Err(seconds));
    }
    let to = format!("resets to {}", sha256_hex(login.trim().to_lowercase()));
    if let Err(seconds) = store::take_place(conn, &to, rules::CODES_PER_HOUR, 3600, now)? {
        return Ok(Err(seconds));
    }
    let Some(user) = user.filter(|user| user.disabled_at.is_none()) else { return Ok(Ok(())) };
    let Some(sent_to) = reached_at(&user) else { return Ok(Ok(())) };
    store::retire_resets(conn, user.id, now)?;
    let reset = PasswordReset {
        token_digest: link.digest.clone(),
        user_id: user.id,
        sent_to: sha256_hex(&sent_to),
        created_at: now,
        expires_at: now.plus_seconds(rules::RESET_SECONDS),
        used_at: None,
    };
    store::insert_reset(conn, &reset)?;
    let minutes = rules::RESET_SECONDS / 60;
    let letter = Letter {
        subject: "【益创】重设密码".to_owned(),
        body: format!(
            "请在 {minutes} 分钟内打开此链接重设密码（仅可使用一次）：\n{}\n如非本人操作，请忽略。\n\
             Open the link within {minutes} minutes to set a new password; it works once. If it was not you who asked, do nothing.\n",
            link.link
        ),
        cause: outbox::RESET_CAUSE,
    };
    if let Ok(mail) = sent_to.parse::<EmailAddress>() {
        outbox::enqueue(conn, &mail, &letter, now)?;
    } else if let Ok(phone) = sent_to.parse::<PhoneNumber>() {
        let text = format!("{}：{}", letter.subject, link.link);
        outbox::enqueue_text(conn, &phone, &text, outbox::RESET_CAUSE, now)?;
    }
    record_person(conn, user.id, "password.reset_sent", json!({}), now)?;
    Ok(Ok(()))
}

/// Their address, or their number.
fn reached_at(user: &User) -> Option<String> {
    user.email.as_deref().or(user.phone.as_deref()).map(str::to_owned)
}

/// The person whose link this is, as long as it can be used: 400 for every other, whatever is wrong with it.
pub fn person_of_reset(conn: &mut Db, token: &str, now: Timestamp) -> Result<User, Error> {
    let void = || Error::new(&codes::PASSWORD_RESET_VOID);
    let reset = store::usable_reset(conn, &sha256_hex(token), now)?.ok_or_else(void)?;
    store::find_user(conn, reset.user_id)?
        .filter(|user| user.disabled_at.is_none())
        .filter(|user| reached_at(user).is_some_and(|to| sha256_hex(to) == reset.sent_to))
        .ok_or_else(void)
}

/// Sets the password of whoever has the link. All sessions and tokens end; a second factor stays.
pub fn reset_password(
    conn: &mut Db,
    token: &str,
    hash: &str,
    past: PastPasswordId,
    now: Timestamp,
) -> Result<(), Error> {
    let user = person_of_reset(conn, token, now)?;
    put_in_force(conn, &user, hash, past, now)?;
    store::delete_sessions(conn, user.id, None)?;
    store::revoke_tokens(conn, user.id, now)?;
    Guarded::sign_in(Some(&user), "", "").unlock(conn)?;
    record_person(conn, user.id, "password.reset", json!({}), now)?;
    tell_of_change(conn, user.id, now)
}

/// What must not stand in a person's password.
#[must_use]
pub fn about(user: &User) -> passwords::About<'_> {
    passwords::About { name: &user.name, phone: user.phone.as_deref(), email: user.email.as_deref() }
}
