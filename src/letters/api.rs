//! `programmes/{id}/letter-templates` with their `preview`.

use actix_web::http::StatusCode;

use super::{
    actions::{self, KEEPERS},
    cause::Cause,
    model::{LetterPreview, LetterTemplate, NewLetterTemplate},
};
use crate::{
    db::Lane,
    http::{Answer, Call, Endpoint, Shown, Whose, answer, no_content},
    kernel::{ids::ProgrammeId, page::Page},
};

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/programmes/{programme_id}/letter-templates",
            list,
            "通知模板 · The texts of the letters",
        )
        .whose(Whose::Programme)
        .roles(KEEPERS)
        .gives::<Page<Shown<LetterTemplate>>>(),
        Endpoint::put(
            "/api/v1/programmes/{programme_id}/letter-templates/{cause}",
            change,
            "修改通知模板 · Put the programme's own texts in their place",
        )
        .whose(Whose::Programme)
        .roles(KEEPERS)
        .takes::<NewLetterTemplate>()
        .gives::<Shown<LetterTemplate>>(),
        Endpoint::delete(
            "/api/v1/programmes/{programme_id}/letter-templates/{cause}",
            reset,
            "恢复默认模板 · Take the programme's own texts back",
        )
        .whose(Whose::Programme)
        .roles(KEEPERS)
        .versioned(),
        Endpoint::post(
            "/api/v1/programmes/{programme_id}/letter-templates/{cause}/preview",
            preview,
            "预览通知 · How a letter would look",
        )
        .whose(Whose::Programme)
        .roles(KEEPERS)
        .status(200)
        .takes::<NewLetterTemplate>()
        .gives::<LetterPreview>(),
    ]
}

async fn list(call: Call<ProgrammeId>) -> Answer {
    let programme = call.path;
    let items = call.read(move |conn, by| actions::list(conn, &by.actor, programme)).await?;
    answer(StatusCode::OK, &Page::<Shown<LetterTemplate>> { items, next_cursor: None })
}

async fn change(call: Call<(ProgrammeId, Cause), NewLetterTemplate>) -> Answer {
    let ((programme, cause), body) = (call.path, call.body.clone());
    call.write(Lane::Programme(programme), StatusCode::OK, move |conn, by| {
        actions::change(conn, by, programme, cause, &body)
    })
    .await
}

async fn reset(call: Call<(ProgrammeId, Cause)>) -> Answer {
    let ((programme, cause), by) = (call.path, call.by.clone());
    let lane = Lane::Programme(programme);
    call.app.db.write(lane, move |conn| actions::reset(conn, &by, programme, cause)).await?;
    Ok(no_content())
}

async fn preview(call: Call<(ProgrammeId, Cause), NewLetterTemplate>) -> Answer {
    let ((programme, cause), body) = (call.path, call.body.clone());
    // Nothing is stored but the answer under the request's key.
    call.write(Lane::Programme(programme), StatusCode::OK, move |conn, by| {
        actions::preview(conn, by, programme, cause, &body)
    })
    .await
}
