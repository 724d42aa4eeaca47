//! Deadlines of the sheets.

use actix_web::http::StatusCode;

use super::round_lane;
use crate::{
    http::{Answer, Call, Endpoint, Whose, answer},
    kernel::ids::{ReviewExtensionId, RoundId},
    programmes,
    reviews::{
        actions::{self, ASSIGNERS, READERS},
        model::{NewReviewExtension, NewReviewSchedule, ReviewExtension, ReviewScheduleView},
    },
};

/// The endpoints of the deadlines.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/rounds/{round_id}/review-schedule",
            get_schedule,
            "评审期限 · The deadlines of the sheets",
        )
        .whose(Whose::Programme)
        .roles(READERS)
        .gives::<ReviewScheduleView>(),
        Endpoint::put(
            "/api/v1/rounds/{round_id}/review-schedule",
            set_schedule,
            "设定评审期限 · Set the deadlines",
        )
        .whose(Whose::Programme)
        .roles(ASSIGNERS)
        .takes::<NewReviewSchedule>()
        .gives::<ReviewScheduleView>(),
        Endpoint::post(
            "/api/v1/rounds/{round_id}/review-extensions",
            extend_review,
            "给一位专家延时 · Give one expert more time",
        )
        .whose(Whose::Programme)
        .roles(ASSIGNERS)
        .takes::<NewReviewExtension>()
        .gives::<ReviewExtension>(),
    ]
}

async fn get_schedule(call: Call<RoundId>) -> Answer {
    let id = call.path;
    let schedule = call
        .read(move |conn, by| {
            let round = programmes::see_published(conn, id)?;
            by.actor.require(round.programme_id, READERS)?;
            actions::show_schedule(conn, id)
        })
        .await?;
    answer(StatusCode::OK, &schedule)
}

async fn set_schedule(call: Call<RoundId, NewReviewSchedule>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), round_lane(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::set_schedule(conn, by, id, &body)).await
}

async fn extend_review(call: Call<RoundId, NewReviewExtension>) -> Answer {
    let (round, body, lane) = (call.path, call.body.clone(), round_lane(&call).await?);
    let id = ReviewExtensionId::generate();
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::extend(conn, by, round, id, &body)).await
}
