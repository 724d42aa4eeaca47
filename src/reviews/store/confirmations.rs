//! Queries on the chair's confirmations.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::{
    db::{Db, schema::score_confirmations as confirmations},
    kernel::ids::{ApplicationId, ProgrammeId},
    reviews::model::ScoreConfirmation,
};

/// For how many sheets the chair has confirmed an application's flagged score.
pub fn confirmed_count(conn: &mut Db, application: ApplicationId) -> QueryResult<Option<i32>> {
    confirmations::table
        .filter(confirmations::application_id.eq(application))
        .order(confirmations::reviews_counted.desc())
        .select(confirmations::reviews_counted)
        .first(conn)
        .optional()
}

pub fn insert_confirmation(conn: &mut Db, confirmation: &ScoreConfirmation) -> QueryResult<()> {
    diesel::insert_into(confirmations::table).values(confirmation).execute(conn).map(|_| ())
}

/// For how many sheets the chair has confirmed each application's flagged score.
pub fn confirmations(conn: &mut Db, programme: ProgrammeId) -> QueryResult<BTreeMap<ApplicationId, i32>> {
    let rows: Vec<(ApplicationId, i32)> = confirmations::table
        .filter(confirmations::programme_id.eq(programme))
        .select((confirmations::application_id, confirmations::reviews_counted))
        .load(conn)?;
    let mut latest = BTreeMap::new();
    for (application, counted) in rows {
        let entry = latest.entry(application).or_insert(counted);
        *entry = counted.max(*entry);
    }
    Ok(latest)
}
