//! What is counted against guessing. Counters are rows of `rate_limits`, so that several servers count together.

use diesel::prelude::*;

use crate::{
    db::{Db, schema::rate_limits},
    kernel::time::Timestamp,
};

/// After so many seconds there is a place again in a bucket of so many a window; none where there is one now.
pub fn full_for(
    conn: &mut Db,
    bucket: &str,
    allowed: i32,
    window: i64,
    now: Timestamp,
) -> QueryResult<Option<i64>> {
    let row: Option<(Timestamp, i32)> = rate_limits::table
        .find(bucket)
        .select((rate_limits::began_at, rate_limits::taken))
        .first(conn)
        .optional()?;
    Ok(row.and_then(|(began_at, taken)| {
        let left = window - now.seconds_since(began_at);
        (taken >= allowed && left > 0).then(|| left.clamp(1, window))
    }))
}

/// Empties a bucket.
pub fn empty(conn: &mut Db, bucket: &str) -> QueryResult<()> {
    diesel::delete(rate_limits::table.find(bucket)).execute(conn).map(|_| ())
}
