//! Queries.

use diesel::prelude::*;

use super::{
    model::{FaultRow, Import},
    rules::{RowFault, TrackRow},
};
use crate::{
    applications::{SketchRow, put_sketch},
    db::{
        Db, exactly_one,
        private::{ImportPreview, ImportedSheet, Private},
        schema::{import_contents, import_faults as faults, imports, organizations, track_records},
    },
    error::Error,
    kernel::{
        credit_code::normalise,
        ids::{ImportId, OrganizationId, ProgrammeId, TrackRecordId},
        sketch::Sketch,
        time::Timestamp,
    },
    organizations::{Organization, OrganizationState},
    sheets::Sheet,
};

/// The most faults that are kept; the count of all is kept beside them.
const MAX_FAULTS: usize = 1_000;

/// The import, if it exists.
pub fn find(conn: &mut Db, id: ImportId) -> QueryResult<Option<Import>> {
    imports::table.find(id).first(conn).optional()
}

/// The programme of an import.
pub fn programme_of(conn: &mut Db, id: ImportId) -> QueryResult<Option<ProgrammeId>> {
    imports::table.find(id).select(imports::programme_id).first(conn).optional()
}

/// Stores a new import with the texts of its sheet.
pub fn insert(conn: &mut Db, import: &Import, sheet: &str, preview: &str) -> QueryResult<()> {
    diesel::insert_into(imports::table).values(import).execute(conn)?;
    diesel::insert_into(import_contents::table)
        .values((
            import_contents::import_id.eq(import.id),
            import_contents::sheet.eq(Private::<ImportedSheet>::of(import.id, sheet)),
            import_contents::preview.eq(Private::<ImportPreview>::of(import.id, preview)),
            import_contents::outcome.eq("[]"),
        ))
        .execute(conn)
        .map(|_| ())
}

/// Saves where an import is now. Who confirmed it is cleared where nobody has: a changeset would skip it.
pub fn save(conn: &mut Db, import: &Import) -> Result<(), Error> {
    let row = imports::table.find(import.id).filter(imports::version.eq(import.version - 1));
    exactly_one(
        diesel::update(row)
            .set((
                imports::state.eq(import.state),
                imports::fault_count.eq(import.fault_count),
                imports::updated_at.eq(import.updated_at),
                imports::confirmed_by.eq(import.confirmed_by.map(|person| person.to_string())),
                imports::confirmed_at.eq(import.confirmed_at.map(Timestamp::naive)),
                imports::version.eq(import.version),
            ))
            .execute(conn)?,
    )
}

/// The sheet of an import.
pub fn sheet_of(conn: &mut Db, id: ImportId) -> Result<Sheet, Error> {
    let text: Private<ImportedSheet> =
        import_contents::table.find(id).select(import_contents::sheet).first(conn)?;
    serde_json::from_str(&text).map_err(Error::internal)
}

/// The first rows and the references, as JSON.
pub fn preview_and_outcome(conn: &mut Db, id: ImportId) -> QueryResult<(String, String)> {
    let (preview, outcome): (Private<ImportPreview>, String) = import_contents::table
        .find(id)
        .select((import_contents::preview, import_contents::outcome))
        .first(conn)?;
    Ok((preview.as_str().to_owned(), outcome))
}

/// Keeps what an import brought.
pub fn save_outcome(conn: &mut Db, id: ImportId, outcome: &str) -> Result<(), Error> {
    let row = import_contents::table.find(id);
    exactly_one(diesel::update(row).set(import_contents::outcome.eq(outcome)).execute(conn)?)
}

/// Keeps these faults in place of those before.
pub fn replace_faults(conn: &mut Db, id: ImportId, found: &[RowFault]) -> Result<(), Error> {
    diesel::delete(faults::table.filter(faults::import_id.eq(id))).execute(conn)?;
    for (position, fault) in (0i32..).zip(found.iter().take(MAX_FAULTS)) {
        let row = FaultRow {
            import_id: id,
            position,
            row_number: i32::try_from(fault.row).unwrap_or(i32::MAX),
            column_code: fault.column.clone(),
            code: fault.code.code.to_owned(),
            params: Private::of_part(
                id,
                position,
                serde_json::to_string(&fault.params).map_err(Error::internal)?,
            ),
        };
        diesel::insert_into(faults::table).values(&row).execute(conn)?;
    }
    Ok(())
}

/// A page of the faults of an import.
pub fn faults_of(conn: &mut Db, id: ImportId, after: Option<i32>, limit: i64) -> QueryResult<Vec<FaultRow>> {
    faults::table
        .filter(faults::import_id.eq(id))
        .filter(faults::position.gt(after.unwrap_or(-1)))
        .order(faults::position)
        .limit(limit + 1)
        .load(conn)
}

/// The organisations that a text means: by credit code, filing number or whole name, verified ones before others.
pub fn organizations_called(
    conn: &mut Db,
    programme: ProgrammeId,
    text: &str,
) -> QueryResult<Vec<Organization>> {
    let found: Vec<Organization> = organizations::table
        .filter(organizations::programme_id.eq(programme))
        .filter(
            organizations::credit_code
                .eq(normalise(text))
                .or(organizations::credit_code.eq(text))
                .or(organizations::filing_no.eq(text))
                .or(organizations::name.eq(text)),
        )
        .order(organizations::id)
        .load(conn)?;
    let (verified, others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|organization| organization.state == OrganizationState::Verified);
    Ok(if verified.is_empty() { others } else { verified })
}

// What an import writes of earlier projects. The table belongs to the organisations.

/// True where an earlier project of this name, year and title is on record.
pub fn track_record_exists(
    conn: &mut Db,
    programme: ProgrammeId,
    name: &str,
    row: &TrackRow,
) -> QueryResult<bool> {
    let same = track_records::table
        .filter(track_records::programme_id.eq(programme))
        .filter(track_records::organization_name.eq(name))
        .filter(track_records::year.eq(row.year))
        .filter(track_records::title.eq(&row.title));
    diesel::select(diesel::dsl::exists(same)).get_result(conn)
}

/// Records an earlier project.
pub fn insert_track_record(
    conn: &mut Db,
    import: &Import,
    (organization, name): (Option<OrganizationId>, &str),
    row: &TrackRow,
    now: Timestamp,
) -> QueryResult<()> {
    let id = TrackRecordId::generate();
    diesel::insert_into(track_records::table)
        .values((
            track_records::id.eq(id),
            track_records::programme_id.eq(import.programme_id),
            track_records::organization_id.eq(organization.map(|id| id.to_string())),
            track_records::organization_name.eq(name),
            track_records::year.eq(row.year),
            track_records::round_name.eq(&row.round_name),
            track_records::title.eq(&row.title),
            track_records::domain.eq(row.domain.map(|domain| domain.to_string())),
            track_records::amount.eq(row.amount),
            track_records::result.eq(row.result),
            track_records::outcome.eq(row.outcome),
            track_records::summary.eq(&row.summary),
            track_records::debarred_until.eq(row.debarred_until.map(|day| day.to_string())),
            track_records::source_kind.eq("imported"),
            track_records::source_id.eq(import.id.to_string()),
            track_records::created_at.eq(now),
            track_records::version.eq(1),
        ))
        .execute(conn)?;
    // W201 holds later applications against it.
    let Some(sketch) = Sketch::of(&format!("{}\n{}", row.title, row.summary)) else { return Ok(()) };
    let row = SketchRow {
        subject_id: id.to_string(),
        programme_id: import.programme_id,
        subject_kind: "track_record".to_owned(),
        label: format!("{} {}", row.year, row.title),
        sketch: sketch.to_string(),
    };
    put_sketch(conn, &row)
}
