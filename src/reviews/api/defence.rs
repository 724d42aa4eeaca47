//! The defence: sessions and their order.

use actix_web::http::StatusCode;

use super::round_lane;
use crate::{
    db::Lane,
    error::Error,
    http::{Answer, Call, DEFENCE_READERS, Endpoint, Shown, Whose, answer},
    kernel::{
        ids::{DefenceSessionId, RoundId},
        page::Page,
    },
    programmes,
    reviews::{
        actions::{self, ASSIGNERS},
        model::{DefenceSessionView, NewDefenceMove, NewDefenceSession, NewPostponement},
        store,
    },
};

/// The endpoints of the defence.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/rounds/{round_id}/defence-sessions",
            hold_session,
            "安排路演答辩并抽签 · Hold a session; its order is drawn by lot",
        )
        .whose(Whose::Programme)
        .roles(ASSIGNERS)
        .takes::<NewDefenceSession>()
        .gives::<Shown<DefenceSessionView>>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/defence-sessions",
            list_sessions,
            "路演答辩 · The sessions: the office sees all slots, others their own",
        )
        .whose(Whose::Listed)
        .gives::<Page<Shown<DefenceSessionView>>>(),
        Endpoint::get("/api/v1/defence-sessions/{session_id}", get_session, "路演答辩 · One session")
            .roles(DEFENCE_READERS)
            .whose(Whose::Defence)
            .gives::<Shown<DefenceSessionView>>(),
        Endpoint::post(
            "/api/v1/defence-sessions/{session_id}/moves",
            move_slot,
            "迟到顺延 · Move somebody who is late to the end",
        )
        .whose(Whose::Programme)
        .roles(ASSIGNERS)
        .status(200)
        .versioned()
        .takes::<NewDefenceMove>()
        .gives::<Shown<DefenceSessionView>>(),
        Endpoint::post(
            "/api/v1/defence-sessions/{session_id}/postponements",
            postpone,
            "答辩改期 · Postpone a pitch to another session",
        )
        .whose(Whose::Programme)
        .roles(ASSIGNERS)
        .status(200)
        .versioned()
        .takes::<NewPostponement>()
        .gives::<Shown<DefenceSessionView>>(),
    ]
}

async fn hold_session(call: Call<RoundId, NewDefenceSession>) -> Answer {
    let (round, body, lane) = (call.path, call.body.clone(), round_lane(&call).await?);
    let id = DefenceSessionId::generate();
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::hold(conn, by, round, id, &body)).await
}

async fn list_sessions(call: Call<RoundId>) -> Answer {
    let round = call.path;
    let items = call
        .read(move |conn, by| {
            let round = programmes::see_published(conn, round)?;
            by.actor.require_any_role(round.programme_id)?;
            let mut items = Vec::new();
            for session in store::sessions(conn, round.id)? {
                items.extend(actions::show_session(conn, by, &session)?);
            }
            Ok(items)
        })
        .await?;
    answer(StatusCode::OK, &Page::<Shown<DefenceSessionView>> { items, next_cursor: None })
}

async fn get_session(call: Call<DefenceSessionId>) -> Answer {
    let id = call.path;
    let shown = call
        .read(move |conn, by| {
            let session = store::find_session(conn, id)?.ok_or_else(Error::not_found)?;
            actions::show_session(conn, by, &session)?.ok_or_else(Error::not_found)
        })
        .await?;
    answer(StatusCode::OK, &shown)
}

async fn move_slot(call: Call<DefenceSessionId, NewDefenceMove>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), session_lane(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::move_to_end(conn, by, id, &body)).await
}

async fn postpone(call: Call<DefenceSessionId, NewPostponement>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), session_lane(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::postpone(conn, by, id, &body)).await
}

async fn session_lane<B>(call: &Call<DefenceSessionId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(store::programme_of_session(conn, id)?)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}
