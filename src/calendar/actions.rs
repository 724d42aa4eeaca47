//! Enter the table of a year, and look at one.

use serde_json::json;

use super::{
    model::{NewYear, Source, YearRow, YearView},
    store,
};
use crate::{
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, Fault, Input, codes},
    http::{Actor, Caller, Shown},
    kernel::{calendar::YearTable, role::Role},
};

/// Roles that enter tables, held for the installation.
pub const KEEPERS: &[Role] = &[Role::SystemAdmin];

/// The version a year has before anybody entered a table for it.
const UNTOUCHED: i32 = 1;

/// Lays a table over the one that stands.
pub fn set_year(
    conn: &mut Db,
    by: &Caller,
    year: i32,
    input: &Input<NewYear>,
) -> Result<Shown<YearView>, Error> {
    let role = by.actor.require_installation(KEEPERS)?;
    require_year(year)?;
    let existing = store::find(conn, year)?;
    by.proceed(conn, existing.as_ref().map_or(UNTOUCHED, |row| row.version))?;
    let new = input.as_ref().map_err(Clone::clone)?;
    let mut table = YearTable { off: new.off.clone(), work: new.work.clone() };
    let fault = |(at, reason): (String, &str)| Fault::new(at, &codes::FIELD_INVALID).with("reason", reason);
    let faults: Vec<Fault> = table.faults(year).into_iter().map(fault).collect();
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    table.off.sort_unstable();
    table.work.sort_unstable();
    let row = YearRow {
        year,
        body: serde_json::to_string(&table).map_err(Error::internal)?,
        published: new.published,
        updated_by: by.actor.user_id,
        updated_at: by.now,
        version: existing.as_ref().map_or(UNTOUCHED, |row| row.version) + 1,
    };
    match existing {
        Some(_) => store::save(conn, &row)?,
        None => store::insert(conn, &row)?,
    }
    let deed = Deed {
        actor: Some(by.actor.user_id),
        role: Some(role),
        action: "calendar.set_year",
        subject_kind: "calendar_year",
        subject_id: year.to_string(),
        before: None,
        after: None,
        detail: json!({"table": table, "published": row.published}),
    };
    audit::record(conn, Lane::Installation, deed, by.now)?;
    show(conn, &by.actor, year)
}

/// A year as it is counted now; 404 for a year nobody plans in.
pub fn show(conn: &mut Db, actor: &Actor, year: i32) -> Result<Shown<YearView>, Error> {
    require_year(year)?;
    let calendar = store::load(conn)?;
    let row = store::find(conn, year)?;
    let table = calendar.table(year).cloned();
    let source = match (&row, &table) {
        (Some(_), _) => Source::Entered,
        (None, Some(_)) => Source::Embedded,
        (None, None) => Source::Weekdays,
    };
    let YearTable { off, work } = table.unwrap_or_default();
    let object = YearView {
        year,
        off,
        work,
        source,
        provisional: !calendar.is_published(year),
        working_days: calendar.working_days_of(year),
        version: row.map_or(UNTOUCHED, |row| row.version),
    };
    let keeps = actor.require_installation(KEEPERS).is_ok();
    Ok(Shown { object, permitted_actions: if keeps { vec!["set_year"] } else { Vec::new() } })
}

fn require_year(year: i32) -> Result<(), Error> {
    if (1949..=2999).contains(&year) { Ok(()) } else { Err(Error::not_found()) }
}
