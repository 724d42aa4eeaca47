//! `experts`, `reviews` with `declaration`, `recusal`, `submission`, `lock`, `reopening`, and of a round its `ranking`,
//! `review-schedule` and `defence-sessions`.

mod assign;
mod defence;
mod experts;
mod ranking;
mod schedules;
mod sheets;
mod versions;

use crate::{
    applications,
    db::Lane,
    error::Error,
    http::{Call, Endpoint},
    kernel::ids::{ApplicationId, RoundId},
    programmes,
};

/// The endpoints of this room.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    [
        experts::endpoints(),
        assign::endpoints(),
        schedules::endpoints(),
        sheets::endpoints(),
        versions::endpoints(),
        defence::endpoints(),
        ranking::endpoints(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

async fn round_lane<B>(call: &Call<RoundId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(programmes::programme_of_round(conn, id)?)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}

async fn application_lane<B>(call: &Call<ApplicationId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(applications::programme_of(conn, id)?)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}
