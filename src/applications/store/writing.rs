//! Sections and revisions.

use diesel::prelude::*;

use super::super::model::{Revision, SectionState};
use crate::{
    db::{
        Db,
        schema::{application_revisions as revisions, application_sections as sections},
    },
    kernel::{
        ids::{ApplicationId, UserId},
        time::Timestamp,
    },
};

/// The sections that were saved at least once.
pub fn sections(conn: &mut Db, id: ApplicationId) -> QueryResult<Vec<SectionState>> {
    sections::table.filter(sections::application_id.eq(id)).order(sections::code).load(conn)
}

/// The version of a section: 1 until it is saved for the first time.
pub fn section_version(conn: &mut Db, id: ApplicationId, code: &str) -> QueryResult<i32> {
    let version: Option<i32> =
        sections::table.find((id, code)).select(sections::version).first(conn).optional()?;
    Ok(version.unwrap_or(1))
}

/// Counts a save of a section.
pub fn bump_section(
    conn: &mut Db,
    id: ApplicationId,
    code: &str,
    by: UserId,
    now: Timestamp,
) -> QueryResult<()> {
    let row = sections::table.find((id, code));
    let next =
        (sections::version.eq(sections::version + 1), sections::updated_by.eq(by), sections::updated_at.eq(now));
    if diesel::update(row).set(next).execute(conn)? == 0 {
        let first = SectionState {
            application_id: id,
            code: code.to_owned(),
            version: 2,
            updated_by: by,
            updated_at: now,
        };
        diesel::insert_into(sections::table).values(&first).execute(conn)?;
    }
    Ok(())
}

pub fn insert_revision(conn: &mut Db, revision: &Revision) -> QueryResult<()> {
    diesel::insert_into(revisions::table).values(revision).execute(conn).map(|_| ())
}

/// The saves after version `after`, oldest first.
pub fn revisions(conn: &mut Db, id: ApplicationId, after: i32, limit: i64) -> QueryResult<Vec<Revision>> {
    revisions::table
        .filter(revisions::application_id.eq(id))
        .filter(revisions::number.gt(after))
        .order(revisions::number)
        .limit(limit)
        .load(conn)
}
