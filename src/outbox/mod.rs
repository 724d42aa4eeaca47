//! Queued e-mail. A mail is a row written in the transaction of its cause, so it exists exactly when its cause does
//! (trust.md I21); the [`worker`] sends it later, at least once, always with the same Message-ID.

mod transport;
pub mod worker;

use diesel::prelude::*;

pub use transport::{Delivered, Mailer};

use crate::{
    db::{Db, schema::outbox},
    kernel::{
        contact::EmailAddress,
        ids::{MailId, UserId},
        time::Timestamp,
    },
};

/// A queued mail.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = outbox)]
pub struct Mail {
    /// Its id; the Message-ID is made of it.
    pub id: MailId,
    /// To whom.
    pub recipient: String,
    /// What about, in one line.
    pub subject: String,
    /// The text.
    pub body: String,
    /// The audit action that caused it.
    pub cause: String,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When to try next.
    pub due_at: Timestamp,
    /// How often it was tried.
    pub attempts: i32,
    /// When it went out.
    pub sent_at: Option<Timestamp>,
    /// Why the last try failed.
    pub last_error: Option<String>,
}

/// What to tell somebody.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What about, in one line.
    pub subject: String,
    /// The text.
    pub body: String,
    /// The audit action that caused it.
    pub cause: &'static str,
}

/// Queues `letter` for a person, if they have an address: e-mail is optional, many have none.
pub fn enqueue_to_user(conn: &mut Db, user: UserId, letter: &Letter, now: Timestamp) -> QueryResult<()> {
    use crate::db::schema::users;
    let address: Option<Option<String>> =
        users::table.find(user).select(users::email).first(conn).optional()?;
    match address.flatten().and_then(|address| address.parse::<EmailAddress>().ok()) {
        Some(address) => enqueue(conn, &address, letter, now),
        None => Ok(()),
    }
}

/// Queues `letter` for an address.
pub fn enqueue(conn: &mut Db, to: &EmailAddress, letter: &Letter, now: Timestamp) -> QueryResult<()> {
    let mail = Mail {
        id: MailId::generate(),
        recipient: to.to_string(),
        // A line break in a subject would be a new header.
        subject: letter.subject.replace(['\r', '\n'], " "),
        body: letter.body.clone(),
        cause: letter.cause.to_owned(),
        created_at: now,
        due_at: now,
        attempts: 0,
        sent_at: None,
        last_error: None,
    };
    diesel::insert_into(outbox::table).values(&mail).execute(conn).map(|_| ())
}
