//! Sends what is due, marks it, and tries again later what was not taken.

use std::{sync::Arc, time::Duration};

use diesel::prelude::*;

use super::{CHANNEL_MAIL, CHANNEL_SMS, Mail, Mailer, is_secret};
use crate::{
    db::{Database, Lane, schema::outbox::dsl},
    error::Error,
    kernel::time::{Clock, Timestamp},
};

/// How many mails one turn takes.
const TURN: i64 = 50;
/// After so many tries a mail is a dead letter: it stays in the table with its last error.
pub const MAX_ATTEMPTS: i32 = 10;

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
                .filter(dsl::attempts.lt(MAX_ATTEMPTS))
                .order((dsl::due_at, dsl::id))
                .limit(TURN)
                .load(conn)?)
        })
        .await?;
    let mut sent = 0;
    for mail in due {
        let outcome = mailer.send(&mail, now).await;
        sent += usize::from(outcome.is_ok());
        let failure = outcome.err().map(|error| error.to_string());
        mark(database, mail, failure, now).await?;
    }
    Ok(sent)
}

async fn mark(database: &Database, mail: Mail, failure: Option<String>, now: Timestamp) -> Result<(), Error> {
    database
        .write(Lane::Installation, move |conn| {
            let row = dsl::outbox.find(mail.id);
            match &failure {
                None => {
                    // A code or a link that was sent is kept nowhere.
                    let body = if is_secret(&mail.cause) { "" } else { mail.body.as_str() };
                    diesel::update(row)
                        .set((dsl::sent_at.eq(now), dsl::attempts.eq(mail.attempts + 1), dsl::body.eq(body)))
                        .execute(conn)?
                }
                Some(reason) => {
                    // 1, 2, 4 … minutes, so that a dead server is not hammered.
                    let wait = 60i64 << mail.attempts.clamp(0, 8);
                    diesel::update(row)
                        .set((
                            dsl::due_at.eq(now.plus_seconds(wait)),
                            dsl::attempts.eq(mail.attempts + 1),
                            dsl::last_error.eq(reason),
                        ))
                        .execute(conn)?
                }
            };
            Ok(())
        })
        .await
}
