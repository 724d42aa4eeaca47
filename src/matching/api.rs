//! `matching-rounds` with their `preferences` and `runs`, `matching-runs/{id}/confirmation`.

use actix_web::http::StatusCode;

use super::{
    actions,
    model::{MatchingRound, NewChoices, NewMatchingRound, NewPreference, PreferenceView, RunView},
    rules::Action,
    store,
};
use crate::{
    db::{Db, Lane},
    error::Error,
    http::{Answer, Call, Endpoint, Nothing, Shown, Whose, answer},
    kernel::{
        ids::{MatchingRoundId, MatchingRunId, PreferenceId, ProgrammeId, RoundId},
        role::STAFF,
    },
    programmes,
};

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/rounds/{round_id}/matching-rounds",
            open,
            "开启双百对接 · Open a matching round",
        )
        .whose(Whose::Programme)
        .guarded(&Action::Open)
        .from_states(&["decided"])
        .takes::<NewMatchingRound>()
        .gives::<Shown<MatchingRound>>(),
        Endpoint::get("/api/v1/matching-rounds/{matching_round_id}", get, "对接轮次 · One matching round")
            .whose(Whose::Listed)
            .gives::<Shown<MatchingRound>>(),
        Endpoint::post(
            "/api/v1/matching-rounds/{matching_round_id}/preferences",
            list,
            "提交志愿 · Hand in a preference list",
        )
        .whose(Whose::Preference)
        .guarded(&Action::List)
        .takes::<NewPreference>()
        .gives::<PreferenceView>(),
        Endpoint::put(
            "/api/v1/matching-preferences/{preference_id}",
            replace,
            "修改志愿 · Replace one's list",
        )
        .whose(Whose::Preference)
        .guarded(&Action::List)
        .takes::<NewChoices>()
        .gives::<PreferenceView>(),
        Endpoint::post(
            "/api/v1/matching-rounds/{matching_round_id}/runs",
            run,
            "计算对接结果 · Compute a run",
        )
        .whose(Whose::Programme)
        .guarded(&Action::Run)
        .gives::<RunView>(),
        Endpoint::get("/api/v1/matching-runs/{run_id}", get_run, "对接结果 · One run")
            .whose(Whose::Programme)
            .roles(STAFF)
            .gives::<RunView>(),
        Endpoint::post(
            "/api/v1/matching-runs/{run_id}/confirmation",
            confirm,
            "确认对接结果 · Confirm a run",
        )
        .whose(Whose::Programme)
        .guarded(&Action::Confirm)
        .status(200)
        .keyed()
        .gives::<Shown<MatchingRound>>(),
    ]
}

/// The lane of what `find` finds, or 404.
async fn lane<P: Copy + Send + 'static, B>(
    call: &Call<P, B>,
    find: impl FnOnce(&mut Db, P) -> Result<Option<ProgrammeId>, Error> + Send + 'static,
) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| find(conn, id)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}

fn programme_of(conn: &mut Db, id: MatchingRoundId) -> Result<Option<ProgrammeId>, Error> {
    Ok(store::find_round(conn, id)?.map(|round| round.programme_id))
}

async fn open(call: Call<RoundId, NewMatchingRound>) -> Answer {
    let (round, id, body) = (call.path, MatchingRoundId::generate(), call.body.clone());
    let lane = lane(&call, |conn, id| Ok(programmes::programme_of_round(conn, id)?)).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::open(conn, by, round, id, &body)).await
}

async fn get(call: Call<MatchingRoundId>) -> Answer {
    let id = call.path;
    let round =
        call.read(move |conn, by| Ok(actions::show(&by.actor, actions::see(conn, &by.actor, id)?))).await?;
    answer(StatusCode::OK, &round)
}

async fn list(call: Call<MatchingRoundId, NewPreference>) -> Answer {
    let (round, id, body) = (call.path, PreferenceId::generate(), call.body.clone());
    let lane = lane(&call, programme_of).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::list(conn, by, round, id, &body)).await
}

async fn replace(call: Call<PreferenceId, NewChoices>) -> Answer {
    let (id, body) = (call.path, call.body.clone());
    let lane = lane(&call, |conn, id| Ok(store::find_preference(conn, id)?.map(|p| p.programme_id))).await?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::replace_list(conn, by, id, &body)).await
}

async fn run(call: Call<MatchingRoundId, Nothing>) -> Answer {
    let (round, id) = (call.path, MatchingRunId::generate());
    let lane = lane(&call, programme_of).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::run(conn, by, round, id)).await
}

async fn get_run(call: Call<MatchingRunId>) -> Answer {
    let id = call.path;
    let run = call.read(move |conn, by| actions::view_run(&actions::see_run(conn, &by.actor, id)?)).await?;
    answer(StatusCode::OK, &run)
}

async fn confirm(call: Call<MatchingRunId, Nothing>) -> Answer {
    call.require_key()?;
    let id = call.path;
    let lane = lane(&call, |conn, id| Ok(store::find_run(conn, id)?.map(|run| run.programme_id))).await?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::confirm(conn, by, id)).await
}
