//! Receipts, notices to supplement, sketches, extensions.

use diesel::prelude::*;

use super::super::model::{CorrectionRequest, Receipt};
use crate::{
    db::{
        Db, blind,
        columns::Day,
        private::LeadPhone,
        schema::{applications, correction_requests as corrections, receipts, text_sketches as sketches},
    },
    error::Error,
    kernel::{
        ids::{ApplicationId, CorrectionRequestId, OrganizationId, ProgrammeId},
        sketch::Sketch,
        time::Timestamp,
    },
};

pub fn insert_receipt(conn: &mut Db, receipt: &Receipt) -> QueryResult<()> {
    diesel::insert_into(receipts::table).values(receipt).execute(conn).map(|_| ())
}

/// All receipts of an application, the last one first.
pub fn receipts(conn: &mut Db, id: ApplicationId) -> QueryResult<Vec<Receipt>> {
    receipts::table.filter(receipts::application_id.eq(id)).order(receipts::number.desc()).load(conn)
}

/// The last receipt, if it was handed in.
pub fn last_receipt(conn: &mut Db, id: ApplicationId) -> QueryResult<Option<Receipt>> {
    let own = receipts::table.filter(receipts::application_id.eq(id));
    own.order(receipts::number.desc()).first(conn).optional()
}

pub fn insert_correction(conn: &mut Db, request: &CorrectionRequest) -> QueryResult<()> {
    diesel::insert_into(corrections::table).values(request).execute(conn).map(|_| ())
}

/// All notices to supplement an application, the last one first.
pub fn corrections(conn: &mut Db, id: ApplicationId) -> QueryResult<Vec<CorrectionRequest>> {
    let own = corrections::table.filter(corrections::application_id.eq(id));
    own.order(corrections::number.desc()).load(conn)
}

/// The last notice to supplement, if there was one.
pub fn last_correction(conn: &mut Db, id: ApplicationId) -> QueryResult<Option<CorrectionRequest>> {
    let own = corrections::table.filter(corrections::application_id.eq(id));
    own.order(corrections::number.desc()).first(conn).optional()
}

/// Notes when a notice was answered.
pub fn answer_correction(conn: &mut Db, request: &CorrectionRequest, now: Timestamp) -> QueryResult<()> {
    let row = corrections::table.find(request.id);
    diesel::update(row).set(corrections::answered_at.eq(now)).execute(conn).map(|_| ())
}

/// More time. It does not count as a change of the application: whoever has it open may still hand it in.
pub fn set_extension(conn: &mut Db, id: ApplicationId, until: Timestamp) -> Result<(), Error> {
    let row = applications::table.find(id);
    crate::db::exactly_one(diesel::update(row).set(applications::extended_until.eq(until)).execute(conn)?)
}

/// More time for a correction: a later last day.
pub fn move_due_day(conn: &mut Db, id: CorrectionRequestId, due_on: Day) -> Result<(), Error> {
    let row = corrections::table.find(id);
    crate::db::exactly_one(diesel::update(row).set(corrections::due_on.eq(due_on)).execute(conn)?)
}

/// A text to hold others against: of an application or of an earlier project.
#[derive(Clone, Debug, Queryable, Insertable)]
#[diesel(table_name = sketches)]
pub struct SketchRow {
    /// Whose text.
    pub subject_id: String,
    /// In which programme.
    pub programme_id: ProgrammeId,
    /// `application` or `track_record`.
    pub subject_kind: String,
    /// What a person calls it.
    pub label: String,
    /// Its sketch.
    pub sketch: String,
}

/// Keeps the sketch of a text; the one before is replaced.
pub fn put_sketch(conn: &mut Db, row: &SketchRow) -> QueryResult<()> {
    diesel::delete(sketches::table.find(&row.subject_id)).execute(conn)?;
    diesel::insert_into(sketches::table).values(row).execute(conn).map(|_| ())
}

/// The texts of the programme that are probably as alike to `own` as `least` basis points or more, most alike first,
/// at most `limit`: subject, kind, label.
pub fn alike(
    conn: &mut Db,
    programme: ProgrammeId,
    except: &str,
    own: &Sketch,
    least: u32,
    limit: usize,
) -> QueryResult<Vec<(String, String, String)>> {
    let all: Vec<(String, String)> = sketches::table
        .filter(sketches::programme_id.eq(programme))
        .filter(sketches::subject_id.ne(except))
        .select((sketches::subject_id, sketches::sketch))
        .load(conn)?;
    let mut near: Vec<(u32, String)> = all
        .into_iter()
        .filter_map(|(subject, sketch)| {
            let likeness = sketch.parse::<Sketch>().ok()?.likeness(own);
            (likeness >= least).then_some((likeness, subject))
        })
        .collect();
    near.sort_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
    near.truncate(limit);
    let subjects: Vec<String> = near.into_iter().map(|(_, subject)| subject).collect();
    let mut found: Vec<(String, String, String)> = sketches::table
        .filter(sketches::subject_id.eq_any(&subjects))
        .select((sketches::subject_id, sketches::subject_kind, sketches::label))
        .load(conn)?;
    found.sort_by_key(|(subject, ..)| subjects.iter().position(|near| near == subject));
    Ok(found)
}

/// Applications of other organisations in the programme whose lead has this phone: organisation ids, each once.
pub fn others_led_by(
    conn: &mut Db,
    programme: ProgrammeId,
    organization: OrganizationId,
    phone: &str,
) -> QueryResult<Vec<OrganizationId>> {
    let led = blind::rows::<LeadPhone>(conn, phone)?;
    applications::table
        .filter(applications::programme_id.eq(programme))
        .filter(applications::id.eq_any(led))
        .filter(applications::organization_id.ne(organization))
        .order(applications::organization_id)
        .select(applications::organization_id)
        .distinct()
        .limit(20)
        .load(conn)
}
