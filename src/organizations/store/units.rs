//! Queries on the tree of units.

use diesel::prelude::*;

use super::super::model::AdminUnit;
use crate::{
    db::{
        Db, exactly_one,
        schema::{admin_units, organizations},
    },
    error::Error,
    kernel::ids::{AdminUnitId, OrganizationId, ProgrammeId},
};

/// The unit, if it exists.
pub fn find_unit(conn: &mut Db, id: AdminUnitId) -> QueryResult<Option<AdminUnit>> {
    admin_units::table.find(id).first(conn).optional()
}

/// The whole tree of a programme.
pub fn units_of(conn: &mut Db, programme: ProgrammeId) -> QueryResult<Vec<AdminUnit>> {
    admin_units::table.filter(admin_units::programme_id.eq(programme)).order(admin_units::id).load(conn)
}

pub fn insert_unit(conn: &mut Db, unit: &AdminUnit) -> QueryResult<()> {
    diesel::insert_into(admin_units::table).values(unit).execute(conn).map(|_| ())
}

pub fn save_unit(conn: &mut Db, unit: &AdminUnit) -> Result<(), Error> {
    let before = admin_units::table.find(unit.id).filter(admin_units::version.eq(unit.version - 1));
    exactly_one(diesel::update(before).set(unit).execute(conn)?)
}

/// A page of a programme's units by id.
pub fn list_units(
    conn: &mut Db,
    programme: ProgrammeId,
    after: Option<AdminUnitId>,
    limit: i64,
) -> QueryResult<Vec<AdminUnit>> {
    let mut query = admin_units::table.filter(admin_units::programme_id.eq(programme)).into_boxed();
    if let Some(after) = after {
        query = query.filter(admin_units::id.gt(after));
    }
    query.order(admin_units::id).limit(limit + 1).load(conn)
}

/// How many units in use and organisations stand directly below a unit.
pub fn count_below(conn: &mut Db, id: AdminUnitId) -> QueryResult<i64> {
    let units: i64 = admin_units::table
        .filter(admin_units::parent_id.eq(id))
        .filter(admin_units::active.eq(true))
        .count()
        .get_result(conn)?;
    let groups: i64 = organizations::table
        .filter(organizations::unit_id.eq(id))
        .filter(organizations::merged_into.is_null())
        .count()
        .get_result(conn)?;
    Ok(units + groups)
}

/// The organisations of these units, merged ones too: what they had before is theirs.
pub fn ids_of_units(
    conn: &mut Db,
    programme: ProgrammeId,
    units: &[AdminUnitId],
) -> QueryResult<Vec<OrganizationId>> {
    let units: Vec<String> = units.iter().map(ToString::to_string).collect();
    organizations::table
        .filter(organizations::programme_id.eq(programme))
        .filter(organizations::unit_id.eq_any(units))
        .select(organizations::id)
        .load(conn)
}
