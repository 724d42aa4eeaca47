//! Refusals and reads of personal data on record. They come from requests that only read, and reading must not write
//! (architecture.md §1): what was seen waits in memory and goes into the audit log once a second, in one transaction.
//!
//! What a server that is killed loses is that second. Of one person's refusals so many a minute are told one by one; what
//! is more is counted in a row of its own.

use std::time::Duration;

use serde_json::json;

use crate::{
    audit::{self, Deed},
    db::{Database, Db, Lane},
    error::Error,
    http::{Seen, Witness},
    kernel::time::Timestamp,
};

const PAUSE: Duration = Duration::from_secs(1);
/// The kind of thing such a row is about: one request.
pub const SUBJECT_KIND: &str = "request";

/// Works until it is dropped.
pub async fn run(database: Database, witness: Witness) {
    loop {
        tokio::time::sleep(PAUSE).await;
        write_out(&database, &witness).await;
    }
}

/// Writes down what waits. What cannot be written waits on.
pub async fn write_out(database: &Database, witness: &Witness) {
    let seen = witness.take();
    if seen.is_empty() {
        return;
    }
    let waiting = seen.clone();
    let written =
        database.write(Lane::Installation, move |conn| seen.iter().try_for_each(|seen| record(conn, seen)));
    if let Err(error) = written.await {
        tracing::warn!(%error, count = waiting.len(), "what was seen could not be put on record yet");
        witness.put_back(waiting);
    }
}

fn record(conn: &mut Db, seen: &Seen) -> Result<(), Error> {
    let now: Timestamp = seen.at;
    let deed = Deed {
        actor: Some(seen.actor),
        role: None,
        action: seen.action,
        subject_kind: SUBJECT_KIND,
        subject_id: seen.route.clone(),
        before: None,
        after: None,
        detail: match seen.more {
            0 => json!({"path": seen.path, "status": seen.status, "code": seen.code}),
            more => json!({"more": more}),
        },
    };
    Ok(audit::record(conn, Lane::Installation, deed, now)?)
}
