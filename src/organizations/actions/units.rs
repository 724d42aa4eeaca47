//! The tree of units.

use serde_json::json;

use super::super::{
    model::{AdminUnit, AdminUnitChange, NewAdminUnit},
    rules, store,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, Fault, Input, codes},
    http::{Actor, Caller, Shown},
    kernel::{
        ids::{AdminUnitId, ProgrammeId},
        role::Role,
    },
};

/// Enters a unit.
pub fn enter_unit(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    id: AdminUnitId,
    input: &Input<NewAdminUnit>,
) -> Result<Shown<AdminUnit>, Error> {
    let role = by.actor.require(programme, rules::RECORDERS)?;
    by.proceed_unversioned(conn)?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let parent = match new.parent_id {
        Some(parent) => store::find_unit(conn, parent)?.filter(|parent| parent.programme_id == programme),
        None => None,
    };
    rules::check_unit(new, parent.as_ref())?;
    let unit = AdminUnit {
        id,
        programme_id: programme,
        parent_id: new.parent_id,
        level: new.level,
        name: new.name.trim().to_owned(),
        code: new.code.clone(),
        active: true,
        created_by: by.actor.user_id,
        created_at: by.now,
        version: 1,
    };
    store::insert_unit(conn, &unit)?;
    record(conn, by, role, &unit, "admin_unit.enter")?;
    Ok(show_unit(&by.actor, unit))
}

/// What the person may do to it now.
pub fn show_unit(actor: &Actor, unit: AdminUnit) -> Shown<AdminUnit> {
    let keeps = actor.role_among(unit.programme_id, rules::RECORDERS).is_some();
    Shown { object: unit, permitted_actions: if keeps { vec!["change"] } else { Vec::new() } }
}

/// Renames a unit, or takes it out of use.
pub fn change_unit(
    conn: &mut Db,
    by: &Caller,
    id: AdminUnitId,
    input: &Input<AdminUnitChange>,
) -> Result<Shown<AdminUnit>, Error> {
    let unit = store::find_unit(conn, id)?.ok_or_else(Error::not_found)?;
    let role = by.actor.require(unit.programme_id, rules::RECORDERS)?;
    by.proceed(conn, unit.version)?;
    let change = input.as_ref().map_err(Clone::clone)?;
    let next = rules::change_unit(&unit, change)?;
    if unit.active && !next.active {
        let below = store::count_below(conn, id)?;
        if below > 0 {
            return Err(Error::new(&codes::UNIT_IN_USE).with("count", below));
        }
    }
    store::save_unit(conn, &next)?;
    record(conn, by, role, &next, "admin_unit.change")?;
    Ok(show_unit(&by.actor, next))
}

/// A unit in use of the programme, for an organisation or a role that is bound to it.
pub fn check_unit_of(conn: &mut Db, programme: ProgrammeId, unit: Option<AdminUnitId>) -> Result<(), Error> {
    let Some(unit) = unit else { return Ok(()) };
    match store::find_unit(conn, unit)? {
        Some(unit) if unit.programme_id == programme && unit.active => Ok(()),
        _ => Err(Error::invalid(vec![Fault::new("/unit_id", &codes::UNIT_UNSUITABLE)])),
    }
}

fn record(
    conn: &mut Db,
    by: &Caller,
    role: Role,
    unit: &AdminUnit,
    action: &'static str,
) -> Result<(), Error> {
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: Some(role),
        action,
        subject_kind: "admin_unit",
        subject_id: unit.id.to_string(),
        before: None,
        after: Some(if unit.active { "active" } else { "inactive" }),
        detail: json!({"name": unit.name, "level": unit.level, "version": unit.version}),
    };
    Ok(audit::record(conn, Lane::Programme(unit.programme_id), deed, by.now)?)
}
