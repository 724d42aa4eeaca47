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

/// True where the programme keeps a tree of units.
pub fn has_units(conn: &mut Db, programme: ProgrammeId) -> QueryResult<bool> {
    let own = admin_units::table.filter(admin_units::programme_id.eq(programme));
    diesel::select(diesel::dsl::exists(own)).get_result(conn)
}

/// A unit in use of the programme with the ones above it; nothing for any other.
pub fn lineage(conn: &mut Db, programme: ProgrammeId, id: AdminUnitId) -> QueryResult<Vec<AdminUnitId>> {
    let mut above = Vec::new();
    let mut next = Some(id);
    // Three levels; a tree that is deeper by mistake ends here too.
    while let Some(id) = next.filter(|_| above.len() < 3) {
        let unit = find_unit(conn, id)?.filter(|unit| unit.programme_id == programme && unit.active);
        let Some(unit) = unit else { return Ok(Vec::new()) };
        above.push(unit.id);
        next = unit.parent_id;
    }
    Ok(above)
}
