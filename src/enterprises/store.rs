//! Queries.

use diesel::prelude::*;

use super::model::Enterprise;
use crate::{
    db::{
        Db, exactly_one,
        schema::{enterprises, memberships},
    },
    error::Error,
    kernel::ids::{EnterpriseId, ProgrammeId, UserId},
};

/// The enterprise, if it exists.
pub fn find(conn: &mut Db, id: EnterpriseId) -> QueryResult<Option<Enterprise>> {
    enterprises::table.find(id).first(conn).optional()
}

/// Everybody who speaks for an enterprise.
pub fn people_of(conn: &mut Db, id: EnterpriseId) -> QueryResult<Vec<UserId>> {
    memberships::table
        .filter(memberships::enterprise_id.eq(id))
        .order(memberships::id)
        .select(memberships::user_id)
        .load(conn)
}

pub fn insert(conn: &mut Db, enterprise: &Enterprise) -> QueryResult<()> {
    diesel::insert_into(enterprises::table).values(enterprise).execute(conn).map(|_| ())
}

pub fn save(conn: &mut Db, enterprise: &Enterprise) -> Result<(), Error> {
    let row = enterprises::table.find(enterprise.id).filter(enterprises::version.eq(enterprise.version - 1));
    exactly_one(diesel::update(row).set(enterprise).execute(conn)?)
}

/// A page of a programme's enterprises by id.
pub fn list(
    conn: &mut Db,
    programme: ProgrammeId,
    only: Option<Vec<EnterpriseId>>,
    after: Option<EnterpriseId>,
    limit: i64,
) -> QueryResult<Vec<Enterprise>> {
    let mut query = enterprises::table.filter(enterprises::programme_id.eq(programme)).into_boxed();
    if let Some(only) = only {
        let only: Vec<String> = only.iter().map(ToString::to_string).collect();
        query = query.filter(enterprises::id.eq_any(only));
    }
    if let Some(after) = after {
        query = query.filter(enterprises::id.gt(after));
    }
    query.order(enterprises::id).limit(limit + 1).load(conn)
}
