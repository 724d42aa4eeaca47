//! Queued e-mail and text messages. A mail is a row written in the transaction of its cause, so it exists exactly when its cause does
//! (trust.md I21); the [`worker`] sends it later, at least once, always with the same Message-ID.
//!
//! ```text
//! queued ── taken ──▶ sent
//!   │ ▲
//!   │ └── retry (staff) ──┐
//!   └── refused for good, or too often ──▶ dead
//! ```
//!
//! Invariants: nothing is sent twice once it was marked as sent; what was given up is a dead letter that the programme's
//! staff (the system administrator, where it belongs to no programme) see, with the recipient masked, until they queue
//! it again.

pub mod api;
mod dead;
mod sms;
mod transport;
pub mod worker;

use diesel::prelude::*;

pub use transport::{Delivered, MailError, Mailer};

use crate::{
    db::{
        Db,
        private::{MailBody, MailRecipient, MailSubject, Private, UserEmail, UserPhone},
        schema::outbox,
    },
    kernel::{
        contact::{EmailAddress, PhoneNumber},
        ids::{MailId, NotificationId, ProgrammeId, UserId},
        time::Timestamp,
    },
    notifications::{self, Notification},
};

/// A queued mail.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = outbox)]
pub struct Mail {
    /// Its id; the Message-ID is made of it.
    pub id: MailId,
    /// To whom.
    pub recipient: Private<MailRecipient>,
    /// What about, in one line.
    pub subject: Private<MailSubject>,
    /// The text.
    pub body: Private<MailBody>,
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
    /// `mail` or `sms`.
    pub channel: String,
    /// The programme it belongs to, if it belongs to one.
    pub programme_id: Option<ProgrammeId>,
    /// When it was given up.
    pub dead_at: Option<Timestamp>,
}

/// The channel of e-mail.
pub const CHANNEL_MAIL: &str = "mail";
/// The channel of text messages.
pub const CHANNEL_SMS: &str = "sms";

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

/// Tells a person: the letter stands on their home page, and goes out by e-mail where they have an address. Who has a
/// phone number alone gets its subject as a text message.
pub fn enqueue_to_user(conn: &mut Db, user: UserId, letter: &Letter, now: Timestamp) -> QueryResult<()> {
    enqueue_about(conn, None, user, letter, now)
}

/// The same with the programme it is about.
pub fn enqueue_about(
    conn: &mut Db,
    programme: Option<ProgrammeId>,
    user: UserId,
    letter: &Letter,
    now: Timestamp,
) -> QueryResult<()> {
    use crate::db::schema::users;

    type Contact = (Option<Private<UserEmail>>, Option<Private<UserPhone>>);
    let contact: Option<Contact> =
        users::table.find(user).select((users::email, users::phone)).first(conn).optional()?;
    let Some((email, phone)) = contact else { return Ok(()) };
    let id = NotificationId::generate();
    let notice = Notification {
        id,
        user_id: user,
        programme_id: programme,
        subject: Private::of(id, one_line(&letter.subject)),
        body: Private::of(id, letter.body.as_str()),
        cause: letter.cause.to_owned(),
        created_at: now,
        read_at: None,
    };
    notifications::insert(conn, &notice)?;
    let email = email.and_then(|address| address.parse::<EmailAddress>().ok());
    let phone = phone.and_then(|number| number.parse::<PhoneNumber>().ok());
    match (email, phone) {
        (Some(address), _) => enqueue_in(conn, programme, &address, letter, now),
        (None, Some(number)) => enqueue_text_in(conn, programme, &number, &letter.subject, letter.cause, now),
        (None, None) => Ok(()),
    }
}

/// A line break in a subject would be a new header.
fn one_line(subject: &str) -> String {
    subject.replace(['\r', '\n'], " ")
}

/// True for letters that carry a secret: a code, or the link of an invitation.
pub(crate) fn is_secret(cause: &str) -> bool {
    [CODE_CAUSE, INVITATION_CAUSE, RESET_CAUSE].contains(&cause)
}

/// The cause of a text message with a one-time code.
pub const CODE_CAUSE: &str = "sign_in.code";
/// The cause of a letter with the link to reset a password.
pub const RESET_CAUSE: &str = "password.reset_link";
/// The cause of a letter with the link of an invitation.
pub const INVITATION_CAUSE: &str = "invitation.send";

/// Queues `letter` for an address.
pub fn enqueue(conn: &mut Db, to: &EmailAddress, letter: &Letter, now: Timestamp) -> QueryResult<()> {
    enqueue_in(conn, None, to, letter, now)
}

/// The same with the programme it belongs to, whose staff see it if it cannot be delivered.
pub fn enqueue_in(
    conn: &mut Db,
    programme: Option<ProgrammeId>,
    to: &EmailAddress,
    letter: &Letter,
    now: Timestamp,
) -> QueryResult<()> {
    let letter = Letter { subject: one_line(&letter.subject), ..letter.clone() };
    insert(conn, programme, CHANNEL_MAIL, to.to_string(), letter, now)
}

/// The recipient of what is posted to the evidence webhook.
pub(crate) const WEBHOOK: &str = "webhook";

/// Queues something for the webhook of `[evidence]`.
pub fn enqueue_post(conn: &mut Db, cause: &'static str, body: &str, now: Timestamp) -> QueryResult<()> {
    let letter = Letter { subject: String::new(), body: body.to_owned(), cause };
    insert(conn, None, CHANNEL_MAIL, WEBHOOK.to_owned(), letter, now)
}

/// Queues a text message. Where none are sent at all it is thrown away when its turn comes.
pub fn enqueue_text(
    conn: &mut Db,
    to: &PhoneNumber,
    text: &str,
    cause: &'static str,
    now: Timestamp,
) -> QueryResult<()> {
    enqueue_text_in(conn, None, to, text, cause, now)
}

/// The same with the programme it belongs to.
pub fn enqueue_text_in(
    conn: &mut Db,
    programme: Option<ProgrammeId>,
    to: &PhoneNumber,
    text: &str,
    cause: &'static str,
    now: Timestamp,
) -> QueryResult<()> {
    let letter = Letter { subject: String::new(), body: one_line(text), cause };
    insert(conn, programme, CHANNEL_SMS, to.to_string(), letter, now)
}

fn insert(
    conn: &mut Db,
    programme_id: Option<ProgrammeId>,
    channel: &str,
    recipient: String,
    letter: Letter,
    now: Timestamp,
) -> QueryResult<()> {
    let id = MailId::generate();
    let mail = Mail {
        id,
        recipient: Private::of(id, recipient),
        subject: Private::of(id, letter.subject),
        body: Private::of(id, letter.body),
        cause: letter.cause.to_owned(),
        created_at: now,
        due_at: now,
        attempts: 0,
        sent_at: None,
        last_error: None,
        channel: channel.to_owned(),
        programme_id,
        dead_at: None,
    };
    diesel::insert_into(outbox::table).values(&mail).execute(conn).map(|_| ())
}
