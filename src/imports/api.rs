//! `rounds/{id}/imports`, `programmes/{id}/track-record-imports`, `imports/{id}` with `faults` and `confirmation`, and
//! the templates.

use actix_web::http::StatusCode;
use serde::Deserialize;

use super::{
    actions::{self, File, Ids},
    model::{ImportFault, ImportView},
    rules::IMPORTERS,
    store,
};
use crate::{
    db::{Db, Lane},
    error::Error,
    http::{
        Answer, Call, Caller, Endpoint, Nothing, Paging, RawCall, Shown, Whose, answer, cursor, download,
        limit,
    },
    kernel::{
        digest::sha256_hex,
        ids::{ImportId, JobId, ProgrammeId, RoundId},
        page::Page,
        role::STAFF,
    },
    programmes,
    sheets::{self, CSV, XLSX},
};

/// The largest file, in bytes.
const MAX_FILE: usize = 10 * 1024 * 1024;

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/rounds/{round_id}/import-template",
            application_template,
            "申报导入模板 · The sheet to fill in with applications",
        )
        .whose(Whose::Programme)
        .roles(IMPORTERS)
        .query(&["format"])
        .media(XLSX)
        .also_as(CSV),
        Endpoint::post(
            "/api/v1/rounds/{round_id}/imports",
            upload_applications,
            "导入申报 · Bring in a sheet of applications",
        )
        .whose(Whose::Programme)
        .roles(IMPORTERS)
        .from_states(&["open"])
        .takes_media(XLSX)
        .takes_media(CSV)
        .takes_up_to(MAX_FILE)
        .gives::<Shown<ImportView>>(),
        Endpoint::get(
            "/api/v1/programmes/{programme_id}/track-record-import-template",
            track_record_template,
            "往届项目导入模板 · The sheet to fill in with earlier projects",
        )
        .whose(Whose::Programme)
        .roles(IMPORTERS)
        .query(&["format"])
        .media(XLSX)
        .also_as(CSV),
        Endpoint::post(
            "/api/v1/programmes/{programme_id}/track-record-imports",
            upload_track_records,
            "导入往届项目 · Bring in a sheet of earlier projects",
        )
        .whose(Whose::Programme)
        .roles(IMPORTERS)
        .takes_media(XLSX)
        .takes_media(CSV)
        .takes_up_to(MAX_FILE)
        .gives::<Shown<ImportView>>(),
        Endpoint::get("/api/v1/imports/{import_id}", get, "导入 · One import with its progress")
            .polls()
            .roles(STAFF)
            .whose(Whose::Programme)
            .gives::<Shown<ImportView>>(),
        Endpoint::get("/api/v1/imports/{import_id}/faults", faults, "导入错误 · What is wrong with its rows")
            .roles(STAFF)
            .whose(Whose::Programme)
            .list(&["cursor"])
            .gives::<Page<ImportFault>>(),
        Endpoint::post(
            "/api/v1/imports/{import_id}/confirmation",
            confirm,
            "确认导入 · Have all rows written, or none",
        )
        .whose(Whose::Programme)
        .roles(IMPORTERS)
        .from_states(&["checked"])
        .status(202)
        .versioned()
        .keyed()
        .gives::<Shown<ImportView>>(),
    ]
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateQuery {
    format: Option<Format>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Format {
    Xlsx,
    Csv,
}

/// By `?format=`, else by `Accept`, else XLSX.
fn template_media<P>(call: &Call<P>) -> Result<&'static str, Error> {
    let TemplateQuery { format } = call.query()?;
    Ok(match format {
        Some(Format::Csv) => CSV,
        Some(Format::Xlsx) => XLSX,
        None => call.accepted(&[XLSX, CSV]).unwrap_or(XLSX),
    })
}

/// Makes a template of something for somebody, in a media type.
type Make<P> = fn(&mut Db, &Caller, P, &str) -> Result<Vec<u8>, Error>;

async fn template<P: Copy + Send + 'static>(call: Call<P>, name: &str, make: Make<P>) -> Answer {
    let (media, subject) = (template_media(&call)?, call.path);
    let bytes = call.read(move |conn, by| make(conn, by, subject, media)).await?;
    let ending = if media == CSV { "csv" } else { "xlsx" };
    Ok(download(bytes, media, &format!("{name}.{ending}")))
}

async fn application_template(call: Call<RoundId>) -> Answer {
    template(call, "申报导入模板", actions::application_template).await
}

async fn track_record_template(call: Call<ProgrammeId>) -> Answer {
    template(call, "往届项目导入模板", actions::track_record_template).await
}

/// Reads the file on a thread of its own; what is wrong with it is told last (api.md).
async fn file_of<P>(upload: RawCall<P>) -> Result<(Call<P>, File), Error> {
    let RawCall { call, bytes, media } = upload;
    let work = move || File {
        media,
        digest: sha256_hex(&bytes),
        sheet: sheets::read(&bytes, media).map_err(Error::from),
    };
    let file = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    Ok((call, file))
}

async fn upload_applications(upload: RawCall<RoundId>) -> Answer {
    let round = upload.call.path;
    // Nobody else has the server open a file.
    let programme = upload
        .call
        .read(move |conn, by| {
            let programme = programmes::programme_of_round(conn, round)?.ok_or_else(Error::not_found)?;
            by.actor.require(programme, IMPORTERS)?;
            Ok(programme)
        })
        .await?;
    let (call, file) = file_of(upload).await?;
    let (ids, language) = (Ids::generate(), call.by.language);
    call.write(Lane::Programme(programme), StatusCode::CREATED, move |conn, by| {
        actions::upload_applications(conn, by, round, ids, &file, language)
    })
    .await
}

async fn upload_track_records(upload: RawCall<ProgrammeId>) -> Answer {
    let programme = upload.call.path;
    upload.call.by.actor.require(programme, IMPORTERS)?;
    let (call, file) = file_of(upload).await?;
    let (ids, language) = (Ids::generate(), call.by.language);
    call.write(Lane::Programme(programme), StatusCode::CREATED, move |conn, by| {
        actions::upload_track_records(conn, by, programme, ids, &file, language)
    })
    .await
}

async fn get(call: Call<ImportId>) -> Answer {
    let (id, language) = (call.path, call.by.language);
    let shown = call
        .read(move |conn, by| {
            let import = actions::see(conn, &by.actor, id)?;
            actions::show(conn, &by.actor, import, language)
        })
        .await?;
    answer(StatusCode::OK, &shown)
}

async fn faults(call: Call<ImportId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after) = (limit(asked)?, cursor::<i32>(given.as_deref())?);
    let (id, language) = (call.path, call.by.language);
    let page = call
        .read(move |conn, by| {
            actions::see(conn, &by.actor, id)?;
            let found =
                Page::cut(store::faults_of(conn, id, after, limit)?, limit, |last| last.position.to_string());
            let items = found.items.into_iter().map(|fault| actions::shown_fault(fault, language)).collect();
            Ok(Page::<ImportFault> { items, next_cursor: found.next_cursor })
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn confirm(call: Call<ImportId, Nothing>) -> Answer {
    call.require_key()?;
    let (id, job, language) = (call.path, JobId::generate(), call.by.language);
    let programme = call.read(move |conn, _| Ok(store::programme_of(conn, id)?)).await?;
    let lane = programme.map(Lane::Programme).ok_or_else(Error::not_found)?;
    call.write(lane, StatusCode::ACCEPTED, move |conn, by| actions::confirm(conn, by, id, job, language))
        .await
}
