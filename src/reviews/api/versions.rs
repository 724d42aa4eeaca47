//! Signed sheets: lock, notes, reopening, history.

use actix_web::http::StatusCode;

use super::sheets::lane_of;
use crate::{
    http::{Answer, Call, Endpoint, Nothing, SHEET_READERS, Shown, Whose, answer},
    kernel::ids::{ReviewId, SupervisorNoteId},
    reviews::{
        actions::{self, READERS},
        model::{
            NewRelease, NewReopening, NewSupervisorNote, ReviewView, SheetHistory, SheetSignature,
            SupervisorNote,
        },
        rules::Action,
    },
};

/// The endpoints of signed sheets.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/api/v1/reviews/{review_id}/lock", lock, "锁定评分表 · Lock a signed sheet")
            .whose(Whose::Sheet)
            .not_when_tied()
            .guarded(&Action::Lock)
            .status(200)
            .versioned()
            .gives::<Shown<ReviewView>>(),
        Endpoint::post(
            "/api/v1/reviews/{review_id}/supervisor-notes",
            note,
            "监督员说明 · Note why a signed sheet should be opened again",
        )
        .whose(Whose::Sheet)
        .not_when_tied()
        .guarded(&Action::Note)
        .takes::<NewSupervisorNote>()
        .gives::<SupervisorNote>(),
        Endpoint::post(
            "/api/v1/reviews/{review_id}/reopening",
            reopen,
            "退回重评 · Open a signed sheet again, on a supervisor's note",
        )
        .whose(Whose::Sheet)
        .not_when_tied()
        .guarded(&Action::Reopen)
        .status(200)
        .versioned()
        .takes::<NewReopening>()
        .gives::<Shown<ReviewView>>(),
        Endpoint::post(
            "/api/v1/reviews/{review_id}/release",
            release,
            "收回评分表 · Take a sheet from its expert, with a reason",
        )
        .whose(Whose::Sheet)
        .not_when_tied()
        .guarded(&Action::Release)
        .status(200)
        .versioned()
        .takes::<NewRelease>()
        .gives::<Shown<ReviewView>>(),
        Endpoint::get(
            "/api/v1/reviews/{review_id}/signature",
            signature,
            "签名 · What was signed, and its digest",
        )
        .roles(SHEET_READERS)
        .whose(Whose::Sheet)
        .not_when_tied()
        .gives::<SheetSignature>(),
        Endpoint::get(
            "/api/v1/reviews/{review_id}/versions",
            history,
            "评分表的历次签署 · Every version that was signed, with what changed and why",
        )
        .whose(Whose::Sheet)
        .not_when_tied()
        .roles(READERS)
        .gives::<SheetHistory>(),
    ]
}

async fn lock(call: Call<ReviewId, Nothing>) -> Answer {
    let (id, lane) = (call.path, lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::lock(conn, by, id)).await
}

async fn note(call: Call<ReviewId, NewSupervisorNote>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    let note = SupervisorNoteId::generate();
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::note(conn, by, id, note, &body)).await
}

async fn reopen(call: Call<ReviewId, NewReopening>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::reopen(conn, by, id, &body)).await
}

async fn release(call: Call<ReviewId, NewRelease>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::release(conn, by, id, &body)).await
}

async fn signature(call: Call<ReviewId>) -> Answer {
    let id = call.path;
    let signature = call.read(move |conn, by| actions::signature(conn, by, id)).await?;
    answer(StatusCode::OK, &signature)
}

async fn history(call: Call<ReviewId>) -> Answer {
    let id = call.path;
    let history = call.read(move |conn, by| actions::history(conn, by, id)).await?;
    answer(StatusCode::OK, &history)
}
