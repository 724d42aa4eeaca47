//! Remembered answers: the same key and request get the first answer again (api.md). The record is written in the
//! transaction of the effect, so a retry finds either nothing or the truth.

use diesel::prelude::*;

use super::{
    Db,
    private::{Private, RememberedBody},
    schema::idempotency_records as records,
};
use crate::{
    error::{Error, codes},
    kernel::{ids::UserId, time::Timestamp},
};

/// How long an answer is remembered, in seconds: 7 days.
pub const KEPT_FOR: i64 = 7 * 24 * 3600;

/// A remembered answer.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = records)]
pub struct Recorded {
    /// Who asked.
    pub actor: UserId,
    /// The key they gave.
    pub key: String,
    /// SHA-256 of method, path and body.
    pub request_digest: String,
    /// The status answered.
    pub status: i32,
    /// The body answered; it may hold personal data, so it is sealed as a whole.
    pub body: Private<RememberedBody>,
    /// When.
    pub created_at: Timestamp,
}

/// The answer given to this key before, or 422 where it was another request.
pub fn recall(
    conn: &mut Db,
    actor: UserId,
    key: &str,
    digest: &str,
    now: Timestamp,
) -> Result<Option<Recorded>, Error> {
    let found: Option<Recorded> = records::table
        .filter(records::actor.eq(actor))
        .filter(records::key.eq(key))
        .first(conn)
        .optional()?;
    match found {
        Some(record) if now.seconds_since(record.created_at) >= KEPT_FOR => {
            diesel::delete(records::table.filter(records::actor.eq(actor)).filter(records::key.eq(key)))
                .execute(conn)?;
            Ok(None)
        }
        Some(record) if record.request_digest == digest => Ok(Some(record)),
        Some(_) => Err(Error::new(&codes::IDEMPOTENCY_KEY_REUSED)),
        None => Ok(None),
    }
}

/// Remembers an answer.
pub fn record(conn: &mut Db, answer: &Recorded) -> QueryResult<()> {
    diesel::insert_into(records::table).values(answer).execute(conn).map(|_| ())
}
