//! The call after its publication: `corrections`, `extensions`, `review-batches`, `versions`, `differences`.

use actix_web::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    super::{
        actions,
        model::{CallVersion, NewCorrection, NewExtension, ReviewBatch, RoundView},
        rules::{Action, Difference},
        store,
    },
    lane_of,
};
use crate::{
    error::Error,
    http::{Answer, Call, Endpoint, Nothing, Paging, Shown, View, Whose, answer, cursor, limit},
    kernel::{ids::RoundId, page::Page},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/rounds/{round_id}/corrections",
            correct,
            "更正公告 · Correct a published call",
        )
        .whose(Whose::Programme)
        .guarded(&Action::Correct)
        .versioned()
        .keyed()
        .takes::<NewCorrection>()
        .gives::<Shown<RoundView>>(),
        Endpoint::post("/api/v1/rounds/{round_id}/extensions", extend, "延期 · Extend the window")
            .whose(Whose::Programme)
            .guarded(&Action::Extend)
            .versioned()
            .keyed()
            .takes::<NewExtension>()
            .gives::<Shown<RoundView>>(),
        Endpoint::post(
            "/api/v1/rounds/{round_id}/review-batches",
            close_batch,
            "结束本批次 · Close the review batch of a rolling call",
        )
        .whose(Whose::Programme)
        .guarded(&Action::CloseBatch)
        .versioned()
        .keyed()
        .gives::<Shown<RoundView>>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/review-batches",
            list_batches,
            "已结束的批次 · Closed review batches",
        )
        .whose(Whose::Round)
        .list(&["cursor"])
        .gives::<Page<ReviewBatch>>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/versions",
            list_versions,
            "公告各版本 · Versions of the call",
        )
        .whose(Whose::Round)
        .list(&["cursor"])
        .gives::<Page<CallVersion>>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/differences",
            differences,
            "与上一届或上一版的差异 · What differs from last year's round or the version before",
        )
        .whose(Whose::Round)
        .query(&["to"])
        .gives::<Differences>(),
    ]
}

/// What differs.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = CallDifferences)]
pub struct Differences {
    /// Each difference, in the order of the parts and their fields.
    pub items: Vec<Difference>,
}

impl View for Differences {}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Compared {
    to: Option<String>,
}

async fn correct(call: Call<RoundId, NewCorrection>) -> Answer {
    call.require_key()?;
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::correct(conn, by, id, &body)).await
}

async fn extend(call: Call<RoundId, NewExtension>) -> Answer {
    call.require_key()?;
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::extend(conn, by, id, &body)).await
}

async fn close_batch(call: Call<RoundId, Nothing>) -> Answer {
    call.require_key()?;
    let (id, lane) = (call.path, lane_of(&call).await?);
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::close_batch(conn, by, id)).await
}

async fn list_batches(call: Call<RoundId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, id) = (limit(asked)?, cursor::<i32>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            actions::see(conn, &by.actor, id)?;
            let found = store::batches_of(conn, id, after.unwrap_or(0), limit)?;
            Ok(Page::cut(found, limit, |last: &ReviewBatch| last.number.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn list_versions(call: Call<RoundId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, id) = (limit(asked)?, cursor::<i32>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            actions::see(conn, &by.actor, id)?;
            let found = store::versions_of(conn, id, after.unwrap_or(0), limit)?;
            let shown = found.into_iter().map(actions::version_view).collect::<Result<Vec<_>, Error>>()?;
            Ok(Page::cut(shown, limit, |last: &CallVersion| last.number.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn differences(call: Call<RoundId>) -> Answer {
    let (id, Compared { to }) = (call.path, call.query()?);
    let items = call.read(move |conn, by| actions::differences(conn, by, id, to.as_deref())).await?;
    answer(StatusCode::OK, &Differences { items })
}
