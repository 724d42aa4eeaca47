//! Upload, look, confirm; and the work that is done for them in the background.

mod check;
mod work;

use serde_json::json;

pub use work::works;

use super::{
    model::{FaultRow, Import, ImportFault, ImportKind, ImportState, ImportView, Preview, Progress},
    rules::{self, Column, IMPORTERS},
    store,
};
use crate::{
    applications::imports::{MAX_IMPORTED, require_open, standard},
    audit::{self, Deed},
    db::{Db, Lane},
    error::{Error, Input, Language, codes},
    http::{Actor, Caller, Shown},
    jobs,
    kernel::{
        ids::{ImportId, JobId, ProgrammeId, RoundId, UserId},
        masked,
        role::Role,
        time::Timestamp,
    },
    organizations, programmes,
    sheets::{self, Sheet, SheetFault, Value},
};

/// How many rows are shown before an import is confirmed, and how many faults come with it.
const SHOWN: usize = 20;

/// A sheet as it came.
#[derive(Clone, Debug)]
pub struct File {
    /// Its media type.
    pub media: &'static str,
    /// SHA-256 of its bytes.
    pub digest: String,
    /// What was read of it, or why it cannot be read.
    pub sheet: Input<Sheet>,
}

/// What a fresh import gets before its transaction.
#[derive(Clone, Copy, Debug)]
pub struct Ids {
    /// The import's id.
    pub import: ImportId,
    /// Its job's.
    pub job: JobId,
}

impl Ids {
    /// Fresh ones.
    #[must_use]
    pub fn generate() -> Self {
        Self { import: ImportId::generate(), job: JobId::generate() }
    }
}

/// Takes in a sheet of applications for an open round; its rows are checked afterwards.
pub fn upload_applications(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    ids: Ids,
    file: &File,
    language: Language,
) -> Result<Shown<ImportView>, Error> {
    let programme = programmes::programme_of_round(conn, round)?.ok_or_else(Error::not_found)?;
    let role = by.actor.require(programme, IMPORTERS)?;
    let standard = standard(conn, round)?;
    by.proceed_unversioned(conn)?;
    require_open(&standard, by.now)?;
    let sheet = file.sheet.as_ref().map_err(Clone::clone)?;
    let columns = rules::application_columns(standard.round.references_given, standard.form());
    let import = new_import(by, ids, programme, Some(round), file, sheet)?;
    if usize::try_from(import.row_count).is_ok_and(|rows| rows > MAX_IMPORTED) {
        return Err(SheetFault::TooLarge("1,000 rows").into());
    }
    take_in(conn, by, role, ids.job, import, sheet, &columns, language)
}

/// Takes in a sheet of earlier projects; its rows are checked afterwards.
pub fn upload_track_records(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    ids: Ids,
    file: &File,
    language: Language,
) -> Result<Shown<ImportView>, Error> {
    if !organizations::programme_exists(conn, programme)? {
        return Err(Error::not_found());
    }
    let role = by.actor.require(programme, IMPORTERS)?;
    by.proceed_unversioned(conn)?;
    let sheet = file.sheet.as_ref().map_err(Clone::clone)?;
    let import = new_import(by, ids, programme, None, file, sheet)?;
    take_in(conn, by, role, ids.job, import, sheet, &rules::track_record_columns(), language)
}

fn new_import(
    by: &Caller,
    ids: Ids,
    programme: ProgrammeId,
    round: Option<RoundId>,
    file: &File,
    sheet: &Sheet,
) -> Result<Import, Error> {
    let rows = sheet.rows.iter().filter(|row| !rules::is_example(row)).count();
    if rows == 0 {
        return Err(SheetFault::Empty.into());
    }
    Ok(Import {
        id: ids.import,
        programme_id: programme,
        round_id: round,
        kind: if round.is_some() { ImportKind::Applications } else { ImportKind::TrackRecords },
        state: ImportState::Checking,
        media: file.media.to_owned(),
        digest: file.digest.clone(),
        row_count: i32::try_from(rows).unwrap_or(i32::MAX),
        fault_count: 0,
        created_by: by.actor.user_id,
        created_at: by.now,
        updated_at: by.now,
        confirmed_by: None,
        confirmed_at: None,
        version: 1,
    })
}

#[expect(clippy::too_many_arguments, reason = "both uploads end here with all they know")]
fn take_in(
    conn: &mut Db,
    by: &Caller,
    role: Role,
    job: JobId,
    import: Import,
    sheet: &Sheet,
    columns: &[Column],
    language: Language,
) -> Result<Shown<ImportView>, Error> {
    let header = rules::places(&sheet.header, columns)?;
    // What is kept from here on are the rows that count, without the example.
    let kept = Sheet {
        header: sheet.header.clone(),
        rows: sheet.rows.iter().filter(|row| !rules::is_example(row)).cloned().collect(),
    };
    let preview = Preview {
        columns: header.iter().flatten().map(|column| column.code.clone()).collect(),
        rows: kept
            .rows
            .iter()
            .take(SHOWN)
            .map(|row| {
                let cells = row.cells.iter().zip(&header).filter(|(_, column)| column.is_some());
                cells.map(|(cell, _)| cell.clone()).collect()
            })
            .collect(),
    };
    let texts = (
        serde_json::to_string(&kept).map_err(Error::internal)?,
        serde_json::to_string(&preview).map_err(Error::internal)?,
    );
    store::insert(conn, &import, &texts.0, &texts.1)?;
    jobs::enqueue(conn, job, import.programme_id, work::CHECK, &import.id.to_string(), by.now)?;
    let detail = json!({"kind": import.kind, "rows": import.row_count, "digest": import.digest});
    record(conn, (Some(by.actor.user_id), Some(role)), &import, "import.upload", None, detail, by.now)?;
    show(conn, &by.actor, import, language)
}

/// The import for the office, else 404.
pub fn see(conn: &mut Db, actor: &Actor, id: ImportId) -> Result<Import, Error> {
    let import = store::find(conn, id)?.ok_or_else(Error::not_found)?;
    if actor.is_staff_of(import.programme_id) { Ok(import) } else { Err(Error::not_found()) }
}

/// The import as it is shown.
pub fn show(
    conn: &mut Db,
    actor: &Actor,
    import: Import,
    language: Language,
) -> Result<Shown<ImportView>, Error> {
    let (preview, outcome) = store::preview_and_outcome(conn, import.id)?;
    let job = jobs::find_of(conn, &import.id.to_string())?;
    let progress =
        job.map(|job| Progress { done: job.done_count, total: job.total_count }).unwrap_or_default();
    let limit = i64::try_from(SHOWN).unwrap_or(i64::MAX);
    let faults = store::faults_of(conn, import.id, None, limit)?;
    let is_importer = actor.role_among(import.programme_id, IMPORTERS).is_some();
    let can_confirm = import.state == ImportState::Checked && import.fault_count == 0 && is_importer;
    let view = ImportView {
        progress,
        preview: masked_preview(&preview)?,
        faults: faults.into_iter().take(SHOWN).map(|fault| shown_fault(fault, language)).collect(),
        references: serde_json::from_str(&outcome).map_err(Error::internal)?,
        import,
    };
    let permitted_actions = if can_confirm { vec!["confirm"] } else { Vec::new() };
    Ok(Shown { object: view, permitted_actions })
}

/// The first rows with what says something of a person masked: more people look at an import than wrote the sheet.
fn masked_preview(stored: &str) -> Result<Preview, Error> {
    let mut preview: Preview = serde_json::from_str(stored).map_err(Error::internal)?;
    for (place, column) in preview.columns.iter().enumerate() {
        if column == "lead_phone" || column.starts_with("answers") {
            let cells = preview.rows.iter_mut().filter_map(|row| row.get_mut(place));
            cells.for_each(|cell| *cell = masked::answer(cell));
        }
    }
    Ok(preview)
}

/// A fault with its sentence in this language.
pub fn shown_fault(fault: FaultRow, language: Language) -> ImportFault {
    let params: Vec<(String, String)> = serde_json::from_str(&fault.params).unwrap_or_default();
    let code = codes::ALL.iter().find(|code| code.code == fault.code);
    let detail = code.map(|code| code.sentence(language, &params)).unwrap_or_default();
    ImportFault { row: fault.row_number, column: fault.column_code, code: fault.code, detail }
}

/// Has the rows written, if none of them has a fault.
pub fn confirm(
    conn: &mut Db,
    by: &Caller,
    id: ImportId,
    job: JobId,
    language: Language,
) -> Result<Shown<ImportView>, Error> {
    let import = see(conn, &by.actor, id)?;
    let role = by.actor.require(import.programme_id, IMPORTERS)?;
    by.proceed(conn, import.version)?;
    if import.state != ImportState::Checked {
        return Err(Error::illegal_transition(import.state));
    }
    if import.fault_count > 0 {
        return Err(Error::new(&codes::IMPORT_HAS_FAULTS).with("count", import.fault_count));
    }
    if let Some(round) = import.round_id {
        require_open(&standard(conn, round)?, by.now)?;
    }
    let mut next = import.clone();
    next.state = ImportState::Importing;
    next.confirmed_by = Some(by.actor.user_id);
    next.confirmed_at = Some(by.now);
    next.updated_at = by.now;
    next.version += 1;
    store::save(conn, &next)?;
    jobs::enqueue(conn, job, next.programme_id, work::COMMIT, &id.to_string(), by.now)?;
    let detail = json!({"rows": next.row_count, "digest": next.digest});
    let who = (Some(by.actor.user_id), Some(role));
    record(conn, who, &next, "import.confirm", Some(import.state), detail, by.now)?;
    show(conn, &by.actor, next, language)
}

/// The template of a round's applications, for those who may bring them in.
pub fn application_template(
    conn: &mut Db,
    by: &Caller,
    round: RoundId,
    media: &str,
) -> Result<Vec<u8>, Error> {
    let programme = programmes::programme_of_round(conn, round)?.ok_or_else(Error::not_found)?;
    by.actor.require(programme, IMPORTERS)?;
    let round = programmes::see_published(conn, round)?;
    let form = programmes::form_of(conn, round.id, round.form_number)?;
    template(&rules::application_columns(round.references_given, &form), media)
}

/// The template of earlier projects, for those who may bring them in.
pub fn track_record_template(
    conn: &mut Db,
    by: &Caller,
    programme: ProgrammeId,
    media: &str,
) -> Result<Vec<u8>, Error> {
    if !organizations::programme_exists(conn, programme)? {
        return Err(Error::not_found());
    }
    by.actor.require(programme, IMPORTERS)?;
    template(&rules::track_record_columns(), media)
}

fn template(columns: &[Column], media: &str) -> Result<Vec<u8>, Error> {
    let header: Vec<String> = columns.iter().map(Column::name).collect();
    let example: Vec<Value> = columns.iter().map(|column| Value::Text(column.example.clone())).collect();
    let allowed: Vec<(String, Vec<String>)> = columns
        .iter()
        .filter(|column| !column.allowed.is_empty())
        .map(|column| (column.name(), column.allowed.clone()))
        .collect();
    sheets::template(media, &header, &example, &allowed)
}

/// The audit row of a move; `who` is nobody where the service itself goes on.
fn record(
    conn: &mut Db,
    who: (Option<UserId>, Option<Role>),
    import: &Import,
    action: &'static str,
    before: Option<ImportState>,
    detail: serde_json::Value,
    now: Timestamp,
) -> Result<(), Error> {
    let deed = Deed {
        actor: who.0,
        role: who.1,
        action,
        subject_kind: "import",
        subject_id: import.id.to_string(),
        before: before.map(Into::into),
        after: Some(import.state.into()),
        detail,
    };
    Ok(audit::record(conn, Lane::Programme(import.programme_id), deed, now)?)
}
