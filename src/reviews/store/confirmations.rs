//! Queries on the chair's confirmations.

use std::collections::BTreeSet;

use diesel::prelude::*;

use crate::{
    db::{Db, schema::score_confirmations as confirmations},
    kernel::ids::{ApplicationId, ProgrammeId},
    reviews::model::ScoreConfirmation,
};

pub fn insert_confirmation(conn: &mut Db, confirmation: &ScoreConfirmation) -> QueryResult<()> {
    diesel::insert_into(confirmations::table).values(confirmation).execute(conn).map(|_| ())
}

/// What the chair has confirmed: the application and the digest of its sheets.
pub fn confirmations(
    conn: &mut Db,
    programme: ProgrammeId,
) -> QueryResult<BTreeSet<(ApplicationId, String)>> {
    let rows: Vec<(ApplicationId, String)> = confirmations::table
        .filter(confirmations::programme_id.eq(programme))
        .select((confirmations::application_id, confirmations::digest))
        .load(conn)?;
    Ok(rows.into_iter().collect())
}
