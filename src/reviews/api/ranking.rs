//! The live ranking, and the chair's word on flagged scores.

use actix_web::http::StatusCode;
use serde::Deserialize;

use super::application_lane;
use crate::{
    error::{Error, codes},
    http::{Answer, Call, Endpoint, Whose, answer},
    kernel::ids::{ApplicationId, RoundId},
    programmes::{self, Track},
    reviews::{
        actions::{self, CONFIRMERS, READERS},
        model::{NewConfirmation, ScoreFinding, Standings},
    },
};

/// The endpoints of the ranking.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/applications/{application_id}/score-confirmation",
            confirm_score,
            "组长确认分歧评分 · The chair lets a flagged score stand",
        )
        .whose(Whose::Organization)
        .not_when_tied()
        .roles(CONFIRMERS)
        .keyed()
        .takes::<NewConfirmation>()
        .gives::<ScoreFinding>(),
        Endpoint::get("/api/v1/rounds/{round_id}/ranking", ranking, "实时排名 · The live ranking")
            .whose(Whose::Programme)
            .not_when_tied()
            .roles(READERS)
            .costly()
            .query(&["track", "batch"])
            .gives::<Standings>(),
    ]
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Narrowed {
    track: Option<Track>,
    batch: Option<i32>,
}

async fn confirm_score(call: Call<ApplicationId, NewConfirmation>) -> Answer {
    call.require_key()?;
    let (application, body, lane) = (call.path, call.body.clone(), application_lane(&call).await?);
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        actions::confirm_score(conn, by, application, &body)
    })
    .await
}

async fn ranking(call: Call<RoundId>) -> Answer {
    let Narrowed { track, batch } = call.query()?;
    if batch.is_some_and(|batch| batch < 1) {
        return Err(Error::new(&codes::UNKNOWN_FILTER).with("reason", "batch: 1, 2, …"));
    }
    let round = call.path;
    let standings = call
        .read(move |conn, by| {
            let round = programmes::see_published(conn, round)?;
            by.actor.require(round.programme_id, READERS)?;
            actions::show_standings(conn, &by.actor, &round, track, batch)
        })
        .await?;
    answer(StatusCode::OK, &standings)
}
