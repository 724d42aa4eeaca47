//! Re-reviews: ordered by one person, answered by another.

use actix_web::http::StatusCode;

use super::application_lane;
use crate::{
    db::Lane,
    error::Error,
    http::{Answer, Call, Endpoint, Paging, Shown, Whose, answer, cursor, limit},
    kernel::{
        ids::{ApplicationId, ReReviewId, RoundId},
        page::Page,
    },
    programmes,
    reviews::{
        actions::{self, ANSWERERS, ORDERERS, READERS},
        model::{NewAnswer, NewReReview, ReReviewView},
        store,
    },
};

/// The endpoints of re-reviews.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/applications/{application_id}/re-reviews",
            order,
            "提出复评：评分分歧由组长，投诉成立也可由专员或监督员 · Order a re-review: the chair of diverging scores, an officer or a supervisor too after a complaint",
        )
        .whose(Whose::Organization)
        .not_when_tied()
        .roles(ORDERERS)
        .keyed()
        .takes::<NewReReview>()
        .gives::<Shown<ReReviewView>>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/re-reviews",
            list_re_reviews,
            "复评列表 · The re-reviews of a round",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(READERS)
        .list(&["cursor"])
        .gives::<Page<Shown<ReReviewView>>>(),
        Endpoint::get("/api/v1/re-reviews/{re_review_id}", see, "复评 · One re-review")
            .whose(Whose::Programme)
            .not_when_tied()
            .roles(READERS)
            .gives::<Shown<ReReviewView>>(),
        Endpoint::post(
            "/api/v1/re-reviews/{re_review_id}/agreement",
            agree,
            "答复复评：监督人员；监督人员提出的由组长 · The second person's word on a re-review: a supervisor's, or the chair's where a supervisor ordered it",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(ANSWERERS)
        .from_states(&["ordered"])
        .status(200)
        .versioned()
        .takes::<NewAnswer>()
        .gives::<Shown<ReReviewView>>(),
    ]
}

async fn order(call: Call<ApplicationId, NewReReview>) -> Answer {
    call.require_key()?;
    let (application, id, body) = (call.path, ReReviewId::generate(), call.body.clone());
    let lane = application_lane(&call).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        actions::order_re_review(conn, by, application, id, &body)
    })
    .await
}

async fn list_re_reviews(call: Call<RoundId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, round) = (limit(asked)?, cursor::<ReReviewId>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            let round = programmes::see_published(conn, round)?;
            by.actor.require(round.programme_id, READERS)?;
            let found = actions::re_reviews(conn, &by.actor, &round, after, limit)?;
            Ok(Page::cut(found, limit, |last: &Shown<ReReviewView>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn see(call: Call<ReReviewId>) -> Answer {
    let id = call.path;
    let shown = call.read(move |conn, by| actions::see_re_review(conn, &by.actor, id)).await?;
    answer(StatusCode::OK, &shown)
}

async fn agree(call: Call<ReReviewId, NewAnswer>) -> Answer {
    let (id, body) = (call.path, call.body.clone());
    let programme = call.read(move |conn, _| Ok(store::programme_of_re_review(conn, id)?)).await?;
    let lane = programme.map(Lane::Programme).ok_or_else(Error::not_found)?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::answer_re_review(conn, by, id, &body)).await
}
