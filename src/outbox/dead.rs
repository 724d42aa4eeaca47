//! Letters that were given up: seen by staff, queued again by them.

use diesel::prelude::*;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::{CHANNEL_SMS, CODE_CAUSE, Mail, is_secret};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane, exactly_one, schema::outbox},
    error::{Error, codes},
    http::{Actor, Caller, View},
    kernel::{
        contact::{masked, masked_in},
        ids::{MailId, ProgrammeId},
        role::Role,
        time::Timestamp,
    },
};

/// The roles that see what a programme could not deliver.
pub const KEEPERS: &[Role] = &[Role::ProgramOfficer, Role::CenterDirector];
/// The roles that see what belongs to no programme, held for the installation.
pub const INSTALLATION_KEEPERS: &[Role] = &[Role::SystemAdmin];

/// A letter that was given up. The recipient is masked, and neither code nor link is shown.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeadLetter {
    /// Its id.
    pub id: MailId,
    /// The programme it belongs to, if it belongs to one.
    pub programme_id: Option<ProgrammeId>,
    /// `dead`; `queued` once it waits to be sent again.
    pub state: &'static str,
    /// `mail` or `sms`.
    pub channel: String,
    /// To whom, masked.
    pub recipient: String,
    /// What about, in one line; empty for a letter with a secret.
    pub subject: String,
    /// The audit action that caused it.
    pub cause: String,
    /// When it was queued first.
    pub created_at: Timestamp,
    /// How often it was tried.
    pub attempts: i32,
    /// When it was given up.
    pub dead_at: Option<Timestamp>,
    /// Why the last try failed.
    pub last_error: Option<String>,
    /// The actions this person may take now.
    pub permitted_actions: Vec<&'static str>,
}

impl View for DeadLetter {}

impl DeadLetter {
    /// As staff see it.
    fn of(mail: Mail) -> Self {
        let subject = match mail.channel.as_str() {
            _ if is_secret(&mail.cause) => String::new(),
            CHANNEL_SMS => mail.body.as_str().to_owned(),
            _ => mail.subject.as_str().to_owned(),
        };
        let may_be_retried = mail.dead_at.is_some() && mail.cause != CODE_CAUSE;
        Self {
            id: mail.id,
            programme_id: mail.programme_id,
            state: state(mail.sent_at, mail.dead_at),
            channel: mail.channel,
            last_error: mail.last_error.map(|told| masked_in(&told, &mail.recipient)),
            recipient: masked(&mail.recipient),
            subject,
            cause: mail.cause,
            created_at: mail.created_at,
            attempts: mail.attempts,
            dead_at: mail.dead_at,
            permitted_actions: if may_be_retried { vec!["retry"] } else { Vec::new() },
        }
    }
}

/// Where a letter is.
fn state(sent_at: Option<Timestamp>, dead_at: Option<Timestamp>) -> &'static str {
    match (sent_at, dead_at) {
        (Some(_), _) => "sent",
        (None, Some(_)) => "dead",
        (None, None) => "queued",
    }
}

/// A page of the dead letters of a programme, or of those that belong to none, latest first.
pub fn list(
    conn: &mut Db,
    programme: Option<ProgrammeId>,
    before: Option<MailId>,
    limit: i64,
) -> QueryResult<Vec<DeadLetter>> {
    let mut query =
        outbox::table.filter(outbox::dead_at.is_not_null()).filter(outbox::sent_at.is_null()).into_boxed();
    query = match programme {
        Some(programme) => query.filter(outbox::programme_id.eq(programme)),
        None => query.filter(outbox::programme_id.is_null()),
    };
    if let Some(before) = before {
        query = query.filter(outbox::id.lt(before));
    }
    let mails: Vec<Mail> = query.order(outbox::id.desc()).limit(limit + 1).load(conn)?;
    Ok(mails.into_iter().map(DeadLetter::of).collect())
}

fn find(conn: &mut Db, id: MailId) -> QueryResult<Option<Mail>> {
    outbox::table.find(id).first(conn).optional()
}

/// The lane of a letter: that of its programme, if it has one.
pub fn lane(conn: &mut Db, id: MailId) -> Result<Lane, Error> {
    let mail = find(conn, id)?.ok_or_else(Error::not_found)?;
    Ok(lane_of(&mail))
}

fn lane_of(mail: &Mail) -> Lane {
    mail.programme_id.map_or(Lane::Installation, Lane::Programme)
}

/// The role in which somebody keeps this letter; who may not know of it is told that there is none.
fn require_keeper(actor: &Actor, mail: &Mail) -> Result<Role, Error> {
    match mail.programme_id {
        Some(programme) => actor.require(programme, KEEPERS),
        None => actor.require_installation(INSTALLATION_KEEPERS).map_err(|_| Error::not_found()),
    }
}

/// Queues a dead letter again, as if it had never been tried.
pub fn retry(conn: &mut Db, by: &Caller, id: MailId) -> Result<DeadLetter, Error> {
    let mail = find(conn, id)?.ok_or_else(Error::not_found)?;
    let role = require_keeper(&by.actor, &mail)?;
    by.proceed_unversioned(conn)?;
    let before = state(mail.sent_at, mail.dead_at);
    if before != "dead" {
        return Err(Error::illegal_transition(before));
    }
    if mail.cause == CODE_CAUSE {
        return Err(Error::new(&codes::LETTER_EXPIRED));
    }
    let queued = (
        outbox::dead_at.eq(None::<chrono::NaiveDateTime>),
        outbox::attempts.eq(0),
        outbox::due_at.eq(by.now),
    );
    exactly_one(diesel::update(outbox::table.find(id)).set(queued).execute(conn)?)?;
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: Some(role),
        action: "dead_letter.retry",
        subject_kind: "mail",
        subject_id: id.to_string(),
        before: Some(before),
        after: Some("queued"),
        detail: json!({"cause": mail.cause, "channel": mail.channel, "attempts": mail.attempts}),
    };
    audit::record(conn, lane_of(&mail), deed, by.now)?;
    Ok(DeadLetter::of(Mail { dead_at: None, attempts: 0, ..mail }))
}
