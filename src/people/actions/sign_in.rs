//! Sign in with a password, and what guards it against guessing (trust.md S4).
//!
//! Before a password is hashed it is looked up whether account or address are locked; after that the lane decides
//! alone, so that a hundred tries at once are no more than a hundred one after the other. Logins that nobody has are
//! counted like those of accounts.

use serde_json::json;

use super::{
    super::{
        model::{Begun, Ticket, User},
        rules, store,
    },
    begin_session, end_session_before, record_person,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::Error,
    http::Proved,
    kernel::{
        contact::{EmailAddress, PhoneNumber},
        digest::sha256_hex,
        ids::UserId,
        role::Role,
        time::Timestamp,
    },
};

/// Whose guesses are counted together.
#[derive(Clone, Debug)]
pub struct Guarded {
    /// The name of the buckets: the account, or what was typed for a login nobody has.
    subject: String,
    /// The account.
    user: Option<UserId>,
    /// The client's address, where it counts too.
    address: Option<String>,
}

impl Guarded {
    /// Guesses at the account behind a login.
    #[must_use]
    pub fn sign_in(user: Option<&User>, login: &str, address: &str) -> Self {
        let subject = match user {
            Some(user) => user.id.to_string(),
            None => sha256_hex(normal_login(login)),
        };
        Self {
            subject: format!("sign-in {subject}"),
            user: user.map(|user| user.id),
            address: Some(address.to_owned()),
        }
    }

    /// Guesses of somebody who is signed in, at something of their own.
    #[must_use]
    pub fn own(what: &str, user: UserId) -> Self {
        Self { subject: format!("{what} {user}"), user: Some(user), address: None }
    }

    fn failures(&self) -> String {
        format!("failures: {}", self.subject)
    }

    fn lock(&self) -> String {
        format!("lock: {}", self.subject)
    }

    fn of_address(&self) -> Option<String> {
        self.address.as_ref().map(|address| format!("failures from {address}"))
    }

    /// After how many seconds the next try is looked at; none where it is now.
    pub fn held_for(&self, conn: &mut Db, now: Timestamp) -> Result<Option<i64>, Error> {
        if let Some(bucket) = self.of_address()
            && let Some(seconds) = store::full_for(conn, &bucket, rules::TRIES_PER_ADDRESS, 60, now)?
        {
            return Ok(Some(seconds));
        }
        Ok(store::full_for(conn, &self.lock(), 1, rules::LOCK_SECONDS, now)?)
    }

    /// Counts a wrong try; the last that is allowed locks.
    pub fn count_failure(&self, conn: &mut Db, now: Timestamp) -> Result<(), Error> {
        if let Some(bucket) = self.of_address() {
            // Where it is full already the try was not looked at.
            let _full = store::take_place(conn, &bucket, rules::TRIES_PER_ADDRESS, 60, now)?;
        }
        let (bucket, window) = (self.failures(), rules::LOCK_SECONDS);
        let _full = store::take_place(conn, &bucket, rules::FAILURES, window, now)?;
        self.record(conn, "session.refuse", now)?;
        if store::full_for(conn, &bucket, rules::FAILURES, window, now)?.is_some() {
            store::empty(conn, &bucket)?;
            let _first = store::take_place(conn, &self.lock(), 1, window, now)?;
            self.record(conn, "session.lock", now)?;
        }
        Ok(())
    }

    /// Forgets the wrong tries after a right one.
    pub fn forget(&self, conn: &mut Db) -> Result<(), Error> {
        Ok(store::empty(conn, &self.failures())?)
    }

    /// Opens a lock before its time.
    pub fn unlock(&self, conn: &mut Db) -> Result<(), Error> {
        store::empty(conn, &self.lock())?;
        self.forget(conn)
    }

    /// Nobody is the actor: whoever tried has not shown to be the person.
    fn record(&self, conn: &mut Db, action: &'static str, now: Timestamp) -> Result<(), Error> {
        let (what, subject) = self.subject.split_once(' ').unwrap_or((&self.subject, ""));
        let deed = Deed {
            actor: None,
            role: None,
            action,
            subject_kind: if self.user.is_some() { "user" } else { "unknown_login" },
            // Of a login nobody has only a part of its digest: it may be somebody's number elsewhere.
            subject_id: self.user.map_or_else(|| subject.chars().take(16).collect(), |user| user.to_string()),
            before: None,
            after: None,
            detail: json!({"what": what}),
        };
        Ok(audit::record(conn, Lane::Installation, deed, now)?)
    }
}

/// One login is one bucket however it is typed.
fn normal_login(login: &str) -> String {
    if let Ok(phone) = login.parse::<PhoneNumber>() {
        return phone.to_string();
    }
    login.parse::<EmailAddress>().map_or_else(|_| login.trim().to_lowercase(), |email| email.to_string())
}

/// What is known before a password is hashed.
#[derive(Clone)]
pub struct Known {
    /// The account, if there is one.
    pub user: Option<User>,
    /// The roles it holds.
    pub roles: Vec<Role>,
    /// What its guesses are counted under.
    pub guarded: Guarded,
    /// After how many seconds the next try is looked at.
    pub held_for: Option<i64>,
}

/// Looks a login up.
pub fn know(conn: &mut Db, login: &str, address: &str, now: Timestamp) -> Result<Known, Error> {
    let user = store::find_by_login(conn, login)?;
    let roles = match &user {
        Some(user) => store::roles_held(conn, user.id)?,
        None => Vec::new(),
    };
    let guarded = Guarded::sign_in(user.as_ref(), login, address);
    let held_for = guarded.held_for(conn, now)?;
    Ok(Known { user, roles, guarded, held_for })
}

/// A try whose password was looked at.
#[derive(Clone)]
pub struct Attempt {
    /// What was known before.
    pub known: Known,
    /// True where the password fits.
    pub fits: bool,
    /// True where it must be changed before anything else.
    pub password_due: bool,
    /// Its hash under today's parameters, where the stored one is of weaker ones.
    pub rehashed: Option<String>,
    /// The session to begin.
    pub ticket: Ticket,
    /// The digest of the session the browser had before.
    pub before: Option<String>,
}

/// What came of a try.
pub enum SignInOutcome {
    /// A session has begun.
    SignedIn(Begun),
    /// Login or password are wrong: it is not told which.
    Wrong,
    /// Try again in so many seconds.
    TooOften(i64),
}

/// Decides a try. A wrong one is counted, so this must be committed.
pub fn sign_in(conn: &mut Db, attempt: &Attempt, now: Timestamp) -> Result<SignInOutcome, Error> {
    let guarded = &attempt.known.guarded;
    // Others may have failed since it was looked up.
    if let Some(seconds) = guarded.held_for(conn, now)? {
        return Ok(SignInOutcome::TooOften(seconds));
    }
    let before = attempt.known.user.as_ref().filter(|_| attempt.fits);
    let user = match before {
        Some(user) => store::find_user(conn, user.id)?.filter(|found| {
            // Disabled or with another password since it was looked up: it does not fit any more.
            found.disabled_at.is_none() && found.password_hash == user.password_hash
        }),
        None => None,
    };
    let Some(user) = user else {
        guarded.count_failure(conn, now)?;
        return Ok(SignInOutcome::Wrong);
    };
    guarded.forget(conn)?;
    if let Some(digest) = &attempt.before {
        end_session_before(conn, digest, now)?;
    }
    if let Some(hash) = &attempt.rehashed {
        store::rehash_password(conn, user.id, &user.password_hash, hash)?;
        record_person(conn, user.id, "password.rehash", json!({}), now)?;
    }
    let proved = Proved { second_factor: false, password_due: attempt.password_due };
    begin_session(conn, user.id, &attempt.ticket, proved, "password", now).map(SignInOutcome::SignedIn)
}
