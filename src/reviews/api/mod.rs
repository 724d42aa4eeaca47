//! `experts`, `conflicts`, `panel` with its draws, `assignment-plans`, `reviews` with what is done to a sheet, and of a round its
//! `ranking`, `review-schedule` and `defence-sessions`.

mod assign;
mod conflicts;
mod defence;
mod experts;
mod file;
mod offline;
mod panels;
mod plans;
mod ranking;
mod report;
mod rereview;
mod schedules;
mod sheets;
mod summary;
mod summary_book;
mod summary_page;
mod summary_words;
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
        file::endpoints(),
        sheets::endpoints(),
        ranking::endpoints(),
        plans::endpoints(),
        conflicts::endpoints(),
        panels::endpoints(),
        schedules::endpoints(),
        versions::endpoints(),
        defence::endpoints(),
        rereview::endpoints(),
        report::endpoints(),
        summary::endpoints(),
        offline::endpoints(),
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
