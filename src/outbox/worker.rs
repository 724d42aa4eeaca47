//! Sends what is due, marks it, and tries again later what was not taken.

use std::{sync::Arc, time::Duration};

use diesel::prelude::*;

use super::{CHANNEL_MAIL, CHANNEL_SMS, CODE_CAUSE, Mail, Mailer, RESET_CAUSE, is_secret};
use crate::{
    db::{Database, Lane, schema::outbox::dsl},
    error::Error,
    kernel::{
        contact::masked_in,
        time::{Clock, Timestamp},
    },
};

/// How many mails one turn takes.
const TURN: i64 = 50;
/// After so many tries a mail is a dead letter, which staff see and may queue again: 34 hours after the first.
pub const MAX_ATTEMPTS: i32 = 12;
/// A code is of no use later: the third try comes three minutes after the first.
const CODE_ATTEMPTS: i32 = 3;
/// The longest wait between two tries, in seconds.
const LONGEST_WAIT: i64 = 24 * 3600;
/// What is kept of an error, in characters.
const ERROR_CHARS: usize = 500;

/// Works until it is dropped. Each channel has a turn of its own: a webhook that hangs does not hold up mail.
pub async fn run(database: Database, mailer: Mailer, clock: Arc<dyn Clock>) {
    let mail = work_off(&database, &mailer, clock.as_ref(), CHANNEL_MAIL);
    let texts = work_off(&database, &mailer, clock.as_ref(), CHANNEL_SMS);
    tokio::join!(mail, texts);
}

async fn work_off(database: &Database, mailer: &Mailer, clock: &dyn Clock, channel: &'static str) {
    loop {
        match send_due(database, mailer, clock, channel).await {
            Ok(0) => {}
            Ok(sent) => tracing::debug!(sent, channel, "letters went out"),
            Err(error) => tracing::warn!(%error, "the outbox could not be worked off"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// One turn of a channel: sends what is due and says how many went out.
pub async fn send_due(
    database: &Database,
    mailer: &Mailer,
    clock: &dyn Clock,
    channel: &'static str,
) -> Result<usize, Error> {
    let now = clock.now();
    let due: Vec<Mail> = database
        .read(move |conn| {
            Ok(dsl::outbox
                .filter(dsl::sent_at.is_null())
                .filter(dsl::channel.eq(channel))
                .filter(dsl::due_at.le(now))
                .filter(dsl::dead_at.is_null())
                .order((dsl::due_at, dsl::id))
                .limit(TURN)
                .load(conn)?)
        })
        .await?;
    let mut sent = 0;
    for mail in due {
        let outcome = mailer.send(&mail, now).await;
        sent += usize::from(outcome.is_ok());
        let failure = outcome.err().map(|error| Failure {
            next: after_failure(&mail.cause, mail.attempts + 1, error.is_final()),
            // A mail server quotes the address it refuses.
            reason: masked_in(&error.to_string(), &mail.recipient).chars().take(ERROR_CHARS).collect(),
        });
        mark(database, mail, failure, now).await?;
    }
    Ok(sent)
}

/// A try that failed.
struct Failure {
    next: Next,
    reason: String,
}

/// What becomes of a letter that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// It is tried again after so many seconds.
    TryAfter(i64),
    /// It is a dead letter.
    GiveUp,
}

/// True for what is of no use to anybody when it comes late.
fn holds_for_minutes(cause: &str) -> bool {
    [CODE_CAUSE, RESET_CAUSE].contains(&cause)
}

/// 1, 2, 4 … minutes, so that a dead server is not hammered, until it was tried often enough.
fn after_failure(cause: &str, tries: i32, is_final: bool) -> Next {
    let most = if holds_for_minutes(cause) { CODE_ATTEMPTS } else { MAX_ATTEMPTS };
    if is_final || tries >= most {
        Next::GiveUp
    } else {
        Next::TryAfter((60i64 << (tries - 1).clamp(0, 20)).min(LONGEST_WAIT))
    }
}

async fn mark(
    database: &Database,
    mail: Mail,
    failure: Option<Failure>,
    now: Timestamp,
) -> Result<(), Error> {
    if let Some(Failure { next: Next::GiveUp, reason }) = &failure {
        tracing::warn!(id = %mail.id, cause = mail.cause, reason, "a letter was given up");
    }
    database
        .write(Lane::Installation, move |conn| {
            let row = || dsl::outbox.find(mail.id);
            let attempts = dsl::attempts.eq(mail.attempts + 1);
            match &failure {
                None => {
                    // A code or a link that was sent is kept nowhere.
                    if is_secret(&mail.cause) {
                        diesel::update(row()).set(dsl::body.eq("")).execute(conn)?;
                    }
                    diesel::update(row()).set((dsl::sent_at.eq(now), attempts)).execute(conn)?
                }
                Some(Failure { next: Next::TryAfter(wait), reason }) => {
                    let due = dsl::due_at.eq(now.plus_seconds(*wait));
                    diesel::update(row()).set((due, attempts, dsl::last_error.eq(reason))).execute(conn)?
                }
                Some(Failure { next: Next::GiveUp, reason }) => {
                    // A code that came too late is of no use to anybody.
                    if holds_for_minutes(&mail.cause) {
                        diesel::update(row()).set(dsl::body.eq("")).execute(conn)?;
                    }
                    let dead = dsl::dead_at.eq(now);
                    diesel::update(row()).set((dead, attempts, dsl::last_error.eq(reason))).execute(conn)?
                }
            };
            Ok(())
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_twice_as_long_each_time_up_to_a_day_and_then_gives_up() {
        let waits: Vec<Next> = (1..=MAX_ATTEMPTS).map(|tries| after_failure("any", tries, false)).collect();
        assert_eq!(waits[..3], [Next::TryAfter(60), Next::TryAfter(120), Next::TryAfter(240)]);
        assert_eq!(waits[10..], [Next::TryAfter(1024 * 60), Next::GiveUp]);
        assert!(waits.iter().all(|wait| !matches!(wait, Next::TryAfter(seconds) if *seconds > LONGEST_WAIT)));
    }

    #[test]
    fn gives_up_at_once_what_is_refused_for_good_and_soon_what_is_a_code() {
        assert_eq!(after_failure("any", 1, true), Next::GiveUp);
        assert_eq!(after_failure(CODE_CAUSE, 2, false), Next::TryAfter(120));
        assert_eq!(after_failure(CODE_CAUSE, 3, false), Next::GiveUp);
    }
}
