//! Panels and their draws.

use actix_web::http::StatusCode;

use crate::{
    db::Lane,
    error::Error,
    http::{Answer, Call, Endpoint, Nothing, Paging, Shown, Whose, answer, cursor, limit},
    kernel::{
        ids::{PanelDrawId, PanelSeatId, RoundId},
        page::Page,
    },
    programmes,
    reviews::{
        actions::{self, ASSIGNERS, READERS, SUPERVISORS},
        model::{Because, NewDraw, NewSeat, NewSubstitution, Panel, PanelDraw},
        rules::DrawAction,
        store,
    },
};

/// The endpoints of panels.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/api/v1/rounds/{round_id}/panel-draws", draw, "抽取专家 · Draw a panel")
            .whose(Whose::Programme)
            .roles(ASSIGNERS)
            .keyed()
            .takes::<NewDraw>()
            .gives::<Shown<PanelDraw>>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/panel-draws",
            list_draws,
            "专家抽取记录 · The draws of a round",
        )
        .whose(Whose::Programme)
        .roles(READERS)
        .list(&[])
        .gives::<Page<Shown<PanelDraw>>>(),
        Endpoint::get("/api/v1/panel-draws/{panel_draw_id}", get_draw, "专家抽取记录 · One draw")
            .whose(Whose::Programme)
            .roles(READERS)
            .gives::<Shown<PanelDraw>>(),
        Endpoint::post(
            "/api/v1/panel-draws/{panel_draw_id}/attestation",
            attest,
            "监督员确认抽取 · Attest that you were present",
        )
        .whose(Whose::Programme)
        .guarded(&DrawAction::Attest)
        .status(200)
        .keyed()
        .versioned()
        .gives::<Shown<PanelDraw>>(),
        Endpoint::post(
            "/api/v1/panel-draws/{panel_draw_id}/cancellation",
            cancel_draw,
            "撤销抽取 · Give up a draw: one that waits by an officer, one in force by a supervisor",
        )
        .whose(Whose::Programme)
        .guarded(&DrawAction::Cancel)
        .status(200)
        .versioned()
        .takes::<Because>()
        .gives::<Shown<PanelDraw>>(),
        Endpoint::get("/api/v1/rounds/{round_id}/panel", get_panel, "评审组 · The panel of a round")
            .whose(Whose::Programme)
            .roles(READERS)
            .gives::<Panel>(),
        Endpoint::post(
            "/api/v1/rounds/{round_id}/panel/seats",
            seat_by_hand,
            "指定评审组成员（待监督员确认） · Give somebody a seat by hand; a supervisor has to agree",
        )
        .whose(Whose::Programme)
        .roles(ASSIGNERS)
        .takes::<NewSeat>()
        .gives::<Panel>(),
        Endpoint::post(
            "/api/v1/panel-seats/{panel_seat_id}/attestation",
            attest_seat,
            "监督员确认指定的席位 · A supervisor agrees to a seat that was given by hand",
        )
        .whose(Whose::Programme)
        .roles(SUPERVISORS)
        .from_states(&["proposed"])
        .status(200)
        .keyed()
        .versioned()
        .gives::<Panel>(),
        Endpoint::post(
            "/api/v1/panel-seats/{panel_seat_id}/substitution",
            substitute,
            "评审组成员递补 · Somebody leaves, the next takes the seat",
        )
        .whose(Whose::Programme)
        .roles(ASSIGNERS)
        .from_states(&["proposed", "seated"])
        .status(200)
        .versioned()
        .takes::<NewSubstitution>()
        .gives::<Panel>(),
    ]
}

async fn round_lane<B>(call: &Call<RoundId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(programmes::programme_of_round(conn, id)?)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}

async fn draw_lane<B>(call: &Call<PanelDrawId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(store::programme_of_draw(conn, id)?)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}

async fn draw(call: Call<RoundId, NewDraw>) -> Answer {
    call.require_key()?;
    let (round, id, body, lane) =
        (call.path, PanelDrawId::generate(), call.body.clone(), round_lane(&call).await?);
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::draw(conn, by, round, id, &body)).await
}

async fn list_draws(call: Call<RoundId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, round) = (limit(asked)?, cursor::<i32>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            let round = programmes::see_published(conn, round)?;
            by.actor.require(round.programme_id, READERS)?;
            let found = store::list_draws(conn, round.id, after, limit)?;
            let page = Page::cut(found, limit, |last: &PanelDraw| last.number.to_string());
            let masked = actions::is_masked_for(conn, &by.actor, round.id)?;
            let shown = page.items.into_iter().map(|one| actions::show_draw(&by.actor, one, masked));
            let items = shown.collect();
            Ok(Page::<Shown<PanelDraw>> { items, next_cursor: page.next_cursor })
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn get_draw(call: Call<PanelDrawId>) -> Answer {
    let id = call.path;
    let shown = call.read(move |conn, by| actions::see_draw(conn, &by.actor, id)).await?;
    answer(StatusCode::OK, &shown)
}

async fn attest(call: Call<PanelDrawId, Nothing>) -> Answer {
    call.require_key()?;
    let (id, lane) = (call.path, draw_lane(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::attest(conn, by, id)).await
}

async fn cancel_draw(call: Call<PanelDrawId, Because>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), draw_lane(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::cancel_draw(conn, by, id, &body)).await
}

async fn get_panel(call: Call<RoundId>) -> Answer {
    let round = call.path;
    let panel = call.read(move |conn, by| actions::panel(conn, &by.actor, round)).await?;
    answer(StatusCode::OK, &panel)
}

async fn seat_by_hand(call: Call<RoundId, NewSeat>) -> Answer {
    let (round, id, body, lane) =
        (call.path, PanelSeatId::generate(), call.body.clone(), round_lane(&call).await?);
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::seat_by_hand(conn, by, round, id, &body))
        .await
}

async fn attest_seat(call: Call<PanelSeatId, Nothing>) -> Answer {
    call.require_key()?;
    let (id, lane) = (call.path, seat_lane(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::attest_seat(conn, by, id)).await
}

async fn seat_lane<B>(call: &Call<PanelSeatId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(store::programme_of_seat(conn, id)?)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}

async fn substitute(call: Call<PanelSeatId, NewSubstitution>) -> Answer {
    let (id, next, body) = (call.path, PanelSeatId::generate(), call.body.clone());
    let lane = seat_lane(&call).await?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::substitute(conn, by, id, next, &body)).await
}
