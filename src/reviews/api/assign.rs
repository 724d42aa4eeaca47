//! Assignment by hand.

use actix_web::http::StatusCode;

use super::application_lane;
use crate::{
    applications,
    http::{Answer, Call, Endpoint, Shown, Whose},
    kernel::ids::{ApplicationId, ReviewId},
    reviews::{
        actions,
        model::{NewReview, ReviewView},
    },
};

/// The endpoints of assignment.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/applications/{application_id}/reviews",
            assign,
            "分派评审 · Assign an expert",
        )
        .whose(Whose::Organization)
        .not_when_tied()
        .guarded(&applications::Action::Assign)
        .takes::<NewReview>()
        .gives::<Shown<ReviewView>>(),
    ]
}

async fn assign(call: Call<ApplicationId, NewReview>) -> Answer {
    let (application, id, body) = (call.path, ReviewId::generate(), call.body.clone());
    let lane = application_lane(&call).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::assign(conn, by, application, id, &body))
        .await
}
