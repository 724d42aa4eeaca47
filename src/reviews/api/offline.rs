//! `rounds/{id}/my-sheets`: an expert's sheets as a workbook, and the workbook back.

use actix_web::http::StatusCode;
use serde::Deserialize;

use crate::{
    db::Lane,
    error::Error,
    http::{Answer, Call, Endpoint, RawCall, Whose, download},
    kernel::ids::RoundId,
    programmes::{self, Stage},
    reviews::actions::{self, MARKERS, OfflineSheets},
    sheets::{self, Sheet, XLSX},
};

/// The largest file, in bytes.
const MAX_FILE: usize = 5 * 1024 * 1024;

/// The endpoints of sheets that are filled in elsewhere.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/rounds/{round_id}/my-sheets",
            my_sheets,
            "下载我的评分表 · Your score sheets, to be filled in elsewhere",
        )
        .whose(Whose::Sheet)
        .roles(MARKERS)
        .query(&["stage"])
        .costly()
        .recorded("my_sheets.export")
        .media(XLSX),
        Endpoint::post(
            "/api/v1/rounds/{round_id}/my-sheets/preview",
            preview_my_sheets,
            "预览上传的评分表 · What an upload of your score sheets would change",
        )
        .whose(Whose::Sheet)
        .roles(MARKERS)
        .status(200)
        .takes_media(XLSX)
        .takes_up_to(MAX_FILE)
        .gives::<OfflineSheets>(),
        Endpoint::post(
            "/api/v1/rounds/{round_id}/my-sheets",
            write_my_sheets,
            "上传我的评分表 · Save an upload of your score sheets as drafts, all rows or none",
        )
        .whose(Whose::Sheet)
        .roles(MARKERS)
        .status(200)
        .keyed()
        .takes_media(XLSX)
        .takes_up_to(MAX_FILE)
        .gives::<OfflineSheets>(),
    ]
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StageQuery {
    stage: Option<Stage>,
}

async fn my_sheets(call: Call<RoundId>) -> Answer {
    let (round, StageQuery { stage }) = (call.path, call.query()?);
    let (bytes, name) =
        call.read(move |conn, by| actions::my_sheets(conn, by, round, stage.unwrap_or_default())).await?;
    Ok(download(bytes, XLSX, &name))
}

/// The file, read on a thread of its own for somebody who may send one; what is wrong with it is told last (api.md).
async fn read_file(upload: RawCall<RoundId>) -> Result<(Call<RoundId>, Lane, Result<Sheet, Error>), Error> {
    let RawCall { call, bytes, media } = upload;
    let round = call.path;
    let programme = call
        .read(move |conn, by| {
            actions::require_marker(conn, by, round)?;
            programmes::programme_of_round(conn, round)?.ok_or_else(Error::not_found)
        })
        .await?;
    let work = move || sheets::read(&bytes, media).map_err(Error::from);
    let sheet = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    Ok((call, Lane::Programme(programme), sheet))
}

async fn preview_my_sheets(upload: RawCall<RoundId>) -> Answer {
    let (call, lane, file) = read_file(upload).await?;
    let round = call.path;
    // Nothing is stored but the answer under the request's key.
    call.write(lane, StatusCode::OK, move |conn, by| actions::preview_my_sheets(conn, by, round, &file)).await
}

async fn write_my_sheets(upload: RawCall<RoundId>) -> Answer {
    upload.call.require_key()?;
    let (call, lane, file) = read_file(upload).await?;
    let round = call.path;
    call.write(lane, StatusCode::OK, move |conn, by| actions::write_my_sheets(conn, by, round, &file)).await
}
