//! Sections and revisions.

use diesel::prelude::*;

use super::super::model::{Application, Revision, SectionState};
use crate::{
    db::{
        Db, blind,
        private::{LeadPhone, Private},
        schema::{application_revisions as revisions, application_sections as sections},
    },
    kernel::{
        ids::{ApplicationId, UserId},
        money::Money,
        time::Timestamp,
    },
};

/// Takes away what the content no longer has: a changeset skips what is `None`, so it is cleared by name.
pub fn clear_missing(conn: &mut Db, application: &Application) -> QueryResult<()> {
    use crate::db::schema::applications as a;
    let own = application;
    let lead_phone = own.lead_phone.as_ref().map(Private::sealed).transpose();
    let lead_phone =
        lead_phone.map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))?;
    blind::put::<LeadPhone>(conn, own.id, own.lead_phone.as_deref())?;
    let cleared = (
        a::domain.eq(own.domain.map(|domain| domain.to_string())),
        a::requested.eq(own.requested.map(Money::fen)),
        a::starts_on.eq(own.starts_on.map(|day| day.to_string())),
        a::ends_on.eq(own.ends_on.map(|day| day.to_string())),
        a::beneficiaries.eq(own.beneficiaries),
        a::lead_phone.eq(lead_phone),
        a::unit_id.eq(own.unit_id.map(|unit| unit.to_string())),
        a::funded_elsewhere.eq(own.funded_elsewhere),
    );
    diesel::update(a::table.find(own.id)).set(cleared).execute(conn).map(|_| ())
}

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
    let next = (
        sections::version.eq(sections::version + 1),
        sections::updated_by.eq(by),
        sections::updated_at.eq(now),
    );
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
