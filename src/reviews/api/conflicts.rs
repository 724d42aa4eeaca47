//! Conflicts of interest: what the office sees and decides, what applicants raise.

use actix_web::http::StatusCode;
use serde::Deserialize;

use super::application_lane;
use crate::{
    db::Lane,
    error::Error,
    http::{Answer, Call, Endpoint, Shown, Whose, answer, cursor, limit},
    kernel::{
        ids::{ApplicationId, ConflictDismissalId, ConflictId, ConflictRequestId, RoundId},
        page::Page,
    },
    reviews::{
        actions::{self, ASSIGNERS, PLAN_READERS, RAISERS},
        model::{
            ConflictRequestReceipt, ConflictRequestView, NewConflict, NewConflictRequest, NewDismissal,
            NewResolution, RequestState, TiedPair, TiedPairs,
        },
        store,
    },
};

/// The endpoints of conflicts.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/rounds/{round_id}/conflicts",
            of_round,
            "利害关系 · Sheets whose expert has a tie",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(PLAN_READERS)
        .gives::<TiedPairs>(),
        Endpoint::get(
            "/api/v1/applications/{application_id}/conflicts",
            of_application,
            "利害关系 · Experts with a tie to an application",
        )
        .whose(Whose::Organization)
        .not_when_tied()
        .roles(PLAN_READERS)
        .gives::<TiedPairs>(),
        Endpoint::post(
            "/api/v1/applications/{application_id}/conflicts",
            record_conflict,
            "登记利害关系 · Record a conflict",
        )
        .whose(Whose::Organization)
        .not_when_tied()
        .roles(ASSIGNERS)
        .takes::<NewConflict>()
        .gives::<TiedPair>(),
        Endpoint::post(
            "/api/v1/applications/{application_id}/conflict-dismissals",
            dismiss_conflict,
            "排除利害关系 · Dismiss a tie after having looked",
        )
        .whose(Whose::Organization)
        .not_when_tied()
        .roles(ASSIGNERS)
        .takes::<NewDismissal>()
        .gives::<TiedPair>(),
        Endpoint::post(
            "/api/v1/applications/{application_id}/conflict-requests",
            raise_conflict,
            "申请回避 · Ask that somebody should not review",
        )
        .whose(Whose::Organization)
        .roles(RAISERS)
        .takes::<NewConflictRequest>()
        .gives::<ConflictRequestReceipt>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/conflict-requests",
            list_requests,
            "回避申请 · What applicants raised",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(PLAN_READERS)
        .list(&["state"])
        .gives::<Page<Shown<ConflictRequestView>>>(),
        Endpoint::post(
            "/api/v1/conflict-requests/{conflict_request_id}/resolution",
            resolve_request,
            "回避申请处理 · Say whom a request means",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(ASSIGNERS)
        .from_states(&["open"])
        .status(200)
        .versioned()
        .takes::<NewResolution>()
        .gives::<Shown<ConflictRequestView>>(),
    ]
}

async fn of_round(call: Call<RoundId>) -> Answer {
    let round = call.path;
    let pairs = call.read(move |conn, by| actions::conflicts_of_round(conn, &by.actor, round)).await?;
    answer(StatusCode::OK, &pairs)
}

async fn of_application(call: Call<ApplicationId>) -> Answer {
    let id = call.path;
    let pairs = call.read(move |conn, by| actions::conflicts_of_application(conn, &by.actor, id)).await?;
    answer(StatusCode::OK, &pairs)
}

async fn record_conflict(call: Call<ApplicationId, NewConflict>) -> Answer {
    let (application, id, body) = (call.path, ConflictId::generate(), call.body.clone());
    let lane = application_lane(&call).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        actions::record_conflict(conn, by, application, id, &body)
    })
    .await
}

async fn dismiss_conflict(call: Call<ApplicationId, NewDismissal>) -> Answer {
    let (application, body) = (call.path, call.body.clone());
    // One for each piece of evidence of a kind; no kind has more.
    let ids: Vec<ConflictDismissalId> = (0..64).map(|_| ConflictDismissalId::generate()).collect();
    let lane = application_lane(&call).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        actions::dismiss_conflict(conn, by, application, &ids, &body)
    })
    .await
}

async fn raise_conflict(call: Call<ApplicationId, NewConflictRequest>) -> Answer {
    let (application, id, body) = (call.path, ConflictRequestId::generate(), call.body.clone());
    let lane = application_lane(&call).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        actions::raise_conflict(conn, by, application, id, &body)
    })
    .await
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<i64>,
    cursor: Option<String>,
    state: Option<RequestState>,
}

async fn list_requests(call: Call<RoundId>) -> Answer {
    let query: ListQuery = call.query()?;
    let (limit, after, round) =
        (limit(query.limit)?, cursor::<ConflictRequestId>(query.cursor.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| actions::conflict_requests(conn, &by.actor, round, query.state, after, limit))
        .await?;
    answer(StatusCode::OK, &page)
}

async fn resolve_request(call: Call<ConflictRequestId, NewResolution>) -> Answer {
    let (id, conflict, body) = (call.path, ConflictId::generate(), call.body.clone());
    let programme = call.read(move |conn, _| Ok(store::programme_of_request(conn, id)?)).await?;
    let lane = programme.map(Lane::Programme).ok_or_else(Error::not_found)?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::resolve_request(conn, by, id, conflict, &body))
        .await
}
