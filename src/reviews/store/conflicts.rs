//! Queries on conflicts.

use diesel::prelude::*;

use crate::{
    db::{Db, schema::conflicts},
    kernel::ids::{ApplicationId, ExpertId},
    reviews::model::Conflict,
};

pub fn insert_conflict(conn: &mut Db, conflict: &Conflict) -> QueryResult<()> {
    diesel::insert_into(conflicts::table).values(conflict).execute(conn).map(|_| ())
}

pub fn conflict_kind(
    conn: &mut Db,
    application: ApplicationId,
    expert: ExpertId,
) -> QueryResult<Option<String>> {
    conflicts::table
        .filter(conflicts::application_id.eq(application))
        .filter(conflicts::expert_id.eq(expert))
        .order(conflicts::id)
        .select(conflicts::kind)
        .first(conn)
        .optional()
}

/// The applications an expert has declared a tie to, or has one found.
pub fn conflicts_of(conn: &mut Db, expert: ExpertId) -> QueryResult<Vec<ApplicationId>> {
    conflicts::table.filter(conflicts::expert_id.eq(expert)).select(conflicts::application_id).load(conn)
}
