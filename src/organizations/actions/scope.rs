//! Which organisations somebody of the office sees: data scope by the level of their unit.

use super::super::{
    model::{Organization, Scope},
    rules, store,
};
use crate::{
    db::Db,
    error::Error,
    http::Actor,
    kernel::ids::{AdminUnitId, ProgrammeId},
};

/// The scope of a person in a programme: everything for a staff role that is bound to no unit, else the organisations
/// of the units they are bound to and of those below. Nothing for everybody else.
pub fn scope_of(conn: &mut Db, actor: &Actor, programme: ProgrammeId) -> Result<Scope, Error> {
    if actor.is_staff_of(programme) {
        return Ok(Scope::Everything);
    }
    let held = actor.memberships.iter().filter(|m| m.programme_id == Some(programme));
    let roots: Vec<AdminUnitId> = held.filter_map(|m| m.unit_id).collect();
    if roots.is_empty() {
        return Ok(Scope::Units(Vec::new()));
    }
    Ok(Scope::Units(rules::at_or_below(&store::units_of(conn, programme)?, &roots)))
}

/// True where the person sees the organisation as somebody of the office. Who does not is answered 404.
pub fn in_scope(conn: &mut Db, actor: &Actor, organization: &Organization) -> Result<bool, Error> {
    Ok(scope_of(conn, actor, organization.programme_id)?.covers(organization.unit_id))
}

/// The ids of the organisations in a scope, for a later feature that narrows a list; none where it is everything.
pub fn ids_in(
    conn: &mut Db,
    programme: ProgrammeId,
    scope: &Scope,
) -> Result<Option<Vec<crate::kernel::ids::OrganizationId>>, Error> {
    match scope {
        Scope::Everything => Ok(None),
        Scope::Units(units) if units.is_empty() => Ok(Some(Vec::new())),
        Scope::Units(units) => Ok(Some(store::ids_of_units(conn, programme, units)?)),
    }
}
