//! Queries on what was signed, and on supervisors' notes.

use diesel::prelude::*;

use crate::{
    db::{
        Db, exactly_one,
        schema::{review_versions, reviews, supervisor_notes},
    },
    error::Error,
    kernel::ids::{ReviewId, RoundId, SupervisorNoteId},
    reviews::model::{SignedVersion, SupervisorNote},
};

pub fn insert_signed(conn: &mut Db, version: &SignedVersion) -> QueryResult<()> {
    diesel::insert_into(review_versions::table).values(version).execute(conn).map(|_| ())
}

/// Every signed version of a sheet, in order.
pub fn signed_versions(conn: &mut Db, review: ReviewId) -> QueryResult<Vec<SignedVersion>> {
    review_versions::table
        .filter(review_versions::review_id.eq(review))
        .order(review_versions::number)
        .load(conn)
}

/// Every signed version of every sheet of a round, by sheet, in order.
pub fn signed_of_round(conn: &mut Db, round: RoundId) -> QueryResult<Vec<SignedVersion>> {
    let sheets = reviews::table.filter(reviews::round_id.eq(round)).select(reviews::id);
    review_versions::table
        .filter(review_versions::review_id.eq_any(sheets))
        .order((review_versions::review_id, review_versions::number))
        .load(conn)
}

/// How often a sheet was signed.
pub fn times_signed(conn: &mut Db, review: ReviewId) -> QueryResult<i32> {
    let last: Option<i32> = review_versions::table
        .filter(review_versions::review_id.eq(review))
        .select(diesel::dsl::max(review_versions::number))
        .first(conn)?;
    Ok(last.unwrap_or_default())
}

pub fn insert_note(conn: &mut Db, note: &SupervisorNote) -> QueryResult<()> {
    diesel::insert_into(supervisor_notes::table).values(note).execute(conn).map(|_| ())
}

/// All notes on a sheet in the order they were written.
pub fn notes(conn: &mut Db, review: ReviewId) -> QueryResult<Vec<SupervisorNote>> {
    supervisor_notes::table
        .filter(supervisor_notes::review_id.eq(review))
        .order(supervisor_notes::id)
        .load(conn)
}

/// All notes on these sheets, in the order they were written.
pub fn notes_on(conn: &mut Db, sheets: &[ReviewId]) -> QueryResult<Vec<SupervisorNote>> {
    let mut found = Vec::new();
    for part in sheets.chunks(500) {
        let part: Vec<String> = part.iter().map(ToString::to_string).collect();
        let notes = supervisor_notes::table.filter(supervisor_notes::review_id.eq_any(part));
        found.extend(notes.order(supervisor_notes::id).load::<SupervisorNote>(conn)?);
    }
    Ok(found)
}

/// All notes on sheets of a round, by sheet, in the order they were written.
pub fn notes_of_round(conn: &mut Db, round: RoundId) -> QueryResult<Vec<SupervisorNote>> {
    let sheets = reviews::table.filter(reviews::round_id.eq(round)).select(reviews::id);
    supervisor_notes::table
        .filter(supervisor_notes::review_id.eq_any(sheets))
        .order((supervisor_notes::review_id, supervisor_notes::id))
        .load(conn)
}

/// Marks a note as used, if nobody was faster.
pub fn use_note(conn: &mut Db, id: SupervisorNoteId, used: &SupervisorNote) -> Result<(), Error> {
    let row = supervisor_notes::table.find(id).filter(supervisor_notes::used_by.is_null());
    exactly_one(diesel::update(row).set(used).execute(conn)?)
}
