//! What is older than the settings allow is deleted, or blanked where its row is still needed.

use std::{sync::Arc, time::Duration};

use diesel::prelude::*;

use crate::{
    applications::{Answers, ApplicationState, Change},
    config::RetentionSettings,
    db::{
        Database, Db, Lane, blind,
        private::{
            ApplicationAnswers, CodePhone, ImportPreview, ImportedSheet, LeadPhone, Private, RevisionChanges,
            SealedJson,
        },
        schema::{
            application_revisions as revisions, applications, idempotency_records as records,
            import_contents, import_faults, imports, notifications, outbox, sessions, sign_in_codes,
        },
    },
    error::Error,
    kernel::{
        ids::{ApplicationId, ImportId, SignInCodeId},
        time::{Clock, Timestamp},
    },
};

/// How often it looks at its keys.
const TICK: Duration = Duration::from_secs(60);
/// How many ticks lie between two turns.
const TURN: u32 = 60;
/// The most drafts and imports of one turn, so that nobody waits for it.
const MOST: i64 = 200;

/// Works until it is dropped. It also reads the keys again, so that a server seals with a new key within a minute.
pub async fn run(database: Database, clock: Arc<dyn Clock>, settings: RetentionSettings) {
    let mut tick = 0;
    loop {
        tokio::time::sleep(TICK).await;
        if let Some(Err(error)) = database.keys().map(|keys| keys.reload()) {
            tracing::warn!(%error, "the data keys could not be read again; the old ones stay");
        }
        tick += 1;
        if tick % TURN == 1 {
            let now = clock.now();
            match database.write(Lane::Installation, move |conn| sweep(conn, settings, now)).await {
                Ok(0) => {}
                Ok(rows) => tracing::info!(rows, "what was kept long enough is gone"),
                Err(error) => tracing::warn!(%error, "what was kept long enough could not be deleted"),
            }
        }
    }
}

/// One turn; says how many rows were deleted or blanked.
pub fn sweep(conn: &mut Db, settings: RetentionSettings, now: Timestamp) -> Result<usize, Error> {
    let before = |days: u32| (days > 0).then(|| now.plus_seconds(-i64::from(days) * 24 * 3600));
    let mut rows = 0;
    if let Some(before) = before(settings.sign_in_codes_days) {
        rows += codes(conn, before)?;
    }
    if let Some(before) = before(settings.sessions_days) {
        rows += diesel::delete(sessions::table.filter(sessions::expires_at.lt(before))).execute(conn)?;
    }
    if let Some(before) = before(settings.idempotency_days) {
        rows += diesel::delete(records::table.filter(records::created_at.lt(before))).execute(conn)?;
    }
    if let Some(before) = before(settings.outbox_days) {
        let done = outbox::table.filter(outbox::sent_at.lt(before).or(outbox::dead_at.lt(before)));
        rows += diesel::delete(done).execute(conn)?;
    }
    if let Some(before) = before(settings.notifications_days) {
        let read = notifications::table.filter(notifications::read_at.lt(before));
        rows += diesel::delete(read).execute(conn)?;
    }
    if let Some(before) = before(settings.drafts_days) {
        rows += drafts(conn, before)?;
    }
    if let Some(before) = before(settings.imports_days) {
        rows += sheets(conn, before)?;
    }
    Ok(rows)
}

fn codes(conn: &mut Db, before: Timestamp) -> Result<usize, Error> {
    let old: Vec<SignInCodeId> = sign_in_codes::table
        .filter(sign_in_codes::expires_at.lt(before))
        .select(sign_in_codes::id)
        .load(conn)?;
    for id in &old {
        blind::put::<CodePhone>(conn, *id, None)?;
        diesel::delete(sign_in_codes::table.find(*id)).execute(conn)?;
    }
    Ok(old.len())
}

/// Drafts that nobody handed in: the row stays, for its number was given, but nothing in it says who it was about.
fn drafts(conn: &mut Db, before: Timestamp) -> Result<usize, Error> {
    let old: Vec<ApplicationId> = applications::table
        .filter(applications::state.eq(ApplicationState::Draft))
        .filter(applications::updated_at.lt(before))
        .filter(applications::lead_name.ne("").or(applications::lead_phone.is_not_null()))
        .select(applications::id)
        .limit(MOST)
        .load(conn)?;
    for id in &old {
        let id = *id;
        blind::put::<LeadPhone>(conn, id, None)?;
        diesel::update(applications::table.find(id))
            .set((
                applications::lead_name.eq(""),
                applications::lead_phone.eq(None::<String>),
                applications::answers.eq(SealedJson::<ApplicationAnswers, _>::of(id, Answers::new())),
                applications::version.eq(applications::version + 1),
            ))
            .execute(conn)?;
        let numbers: Vec<i32> =
            revisions::table.filter(revisions::application_id.eq(id)).select(revisions::number).load(conn)?;
        for number in numbers {
            let none = SealedJson::<RevisionChanges, _>::of_part(id, number, Vec::<Change>::new());
            diesel::update(revisions::table.find((id, number)))
                .set(revisions::changes.eq(none))
                .execute(conn)?;
        }
    }
    Ok(old.len())
}

/// The sheets of imports: what came of them stands in its own tables.
fn sheets(conn: &mut Db, before: Timestamp) -> Result<usize, Error> {
    let old: Vec<ImportId> = imports::table
        .filter(imports::updated_at.lt(before))
        .order(imports::updated_at.desc())
        .select(imports::id)
        .load(conn)?;
    let mut count = 0;
    for id in old {
        let sheet: Option<Private<ImportedSheet>> =
            import_contents::table.find(id).select(import_contents::sheet).first(conn).optional()?;
        if sheet.is_none_or(|sheet| sheet.as_str() == EMPTY_SHEET) {
            continue;
        }
        diesel::update(import_contents::table.find(id))
            .set((
                import_contents::sheet.eq(Private::<ImportedSheet>::of(id, EMPTY_SHEET)),
                import_contents::preview.eq(Private::<ImportPreview>::of(id, "{\"columns\":[],\"rows\":[]}")),
            ))
            .execute(conn)?;
        diesel::delete(import_faults::table.filter(import_faults::import_id.eq(id))).execute(conn)?;
        count += 1;
        if count >= 200 {
            break;
        }
    }
    Ok(count)
}

/// A sheet without rows.
const EMPTY_SHEET: &str = "{\"header\":[],\"rows\":[]}";
