//! Queries on a round's secret.

use diesel::prelude::*;

use crate::{
    db::{Db, schema::review_secrets as secrets},
    kernel::{ids::RoundId, time::Timestamp},
};

pub fn find_secret(conn: &mut Db, round: RoundId) -> QueryResult<Option<String>> {
    secrets::table.find(round).select(secrets::secret).first(conn).optional()
}

pub fn insert_secret(conn: &mut Db, round: RoundId, secret: &str, now: Timestamp) -> QueryResult<()> {
    let row = (secrets::round_id.eq(round), secrets::secret.eq(secret), secrets::created_at.eq(now));
    diesel::insert_into(secrets::table).values(row).execute(conn).map(|_| ())
}
