//! Accounts that nobody uses are reported, and disabled where the settings say so (trust.md §8).

use std::{sync::Arc, time::Duration};

use serde_json::json;

use super::{
    super::{rules, store},
    accounts::{last_use, shut},
    revoke::is_last_administrator,
};
use crate::{
    audit::{self, Deed},
    db::{Database, Db, Lane},
    error::Error,
    kernel::time::{Clock, Timestamp},
};

/// How long it rests between two looks.
const REST: Duration = Duration::from_secs(3600);
/// So many accounts one look takes.
const TURN: i64 = 500;

/// Works until it is dropped.
pub async fn run(database: Database, clock: Arc<dyn Clock>, disables: bool) {
    loop {
        if let Err(error) = turn(&database, clock.now(), disables).await {
            tracing::warn!(%error, "unused accounts could not be looked for");
        }
        tokio::time::sleep(REST).await;
    }
}

/// One look. Looking reads; only disabling writes.
async fn turn(database: &Database, now: Timestamp, disables: bool) -> Result<(), Error> {
    let found = database.read(move |conn| unused(conn, now)).await?;
    if found == 0 {
        return Ok(());
    }
    if disables {
        let count = database.write(Lane::Installation, move |conn| disable(conn, now)).await?;
        tracing::info!(count, "accounts nobody has used for 90 days were disabled");
    } else {
        tracing::info!(found, "accounts nobody has used for 90 days: see /api/v1/users?unused=true");
    }
    Ok(())
}

fn filter(now: Timestamp) -> store::AccountFilter {
    store::AccountFilter {
        disabled: Some(false),
        unused_since: Some(now.plus_seconds(-rules::UNUSED_SECONDS)),
    }
}

/// How many accounts that can sign in nobody has used for 90 days.
pub fn count(conn: &mut Db, now: Timestamp) -> diesel::QueryResult<i64> {
    store::count_unused_since(conn, now.plus_seconds(-rules::UNUSED_SECONDS))
}

fn unused(conn: &mut Db, now: Timestamp) -> Result<usize, Error> {
    Ok(store::list_accounts(conn, filter(now), None, TURN)?.len())
}

/// Disables what nobody has used for 90 days, never the last administrator, and says how many.
pub fn disable(conn: &mut Db, now: Timestamp) -> Result<usize, Error> {
    let mut count = 0;
    for user in store::list_accounts(conn, filter(now), None, TURN)? {
        let used_at = last_use(conn, &user)?.unwrap_or(user.created_at);
        if !rules::is_unused(used_at, now) || is_last_administrator(conn, user.id)? {
            continue;
        }
        shut(conn, &user, now)?;
        let deed = Deed {
            actor: None,
            role: None,
            action: "account.disable",
            subject_kind: "user",
            subject_id: user.id.to_string(),
            before: None,
            after: None,
            detail: json!({"because": "unused", "last_used_at": used_at}),
        };
        audit::record(conn, Lane::Installation, deed, now)?;
        count += 1;
    }
    Ok(count)
}
