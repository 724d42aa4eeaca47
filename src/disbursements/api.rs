//! `awards/{id}/tranches`, `payment-requests` with their five steps.

use actix_web::http::StatusCode;

use super::{
    actions::{self, REQUESTERS},
    model::{NewPayment, PaymentRequest, Tranche},
    rules::Action,
    store,
};
use crate::{
    approvals,
    db::Lane,
    error::Error,
    http::{Answer, Call, Endpoint, GROUP_READERS, Nothing, Paging, Shown, Whose, answer, cursor, limit},
    kernel::{
        ids::{AwardId, PaymentRequestId, RoundId, TrancheId},
        page::Page,
        role::STAFF,
    },
    programmes,
};

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    let step = |endpoint: Endpoint, action: Action| {
        endpoint.guarded(&action).status(200).versioned().keyed().gives::<Shown<PaymentRequest>>()
    };
    vec![
        Endpoint::get("/api/v1/awards/{award_id}/tranches", tranches, "拨款计划 · The tranches of an award")
            .roles(GROUP_READERS)
            .whose(Whose::Organization)
            .gives::<Page<Tranche>>(),
        Endpoint::post(
            "/api/v1/tranches/{tranche_id}/payment-requests",
            request,
            "用款申请 · Ask for a tranche",
        )
        .whose(Whose::Organization)
        .roles(REQUESTERS)
        .keyed()
        .gives::<Shown<PaymentRequest>>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/payment-requests",
            list,
            "用款申请列表 · Payment requests of a round",
        )
        .whose(Whose::Programme)
        .roles(STAFF)
        .list(&["cursor"])
        .gives::<Page<Shown<PaymentRequest>>>(),
        Endpoint::get("/api/v1/payment-requests/{request_id}", get, "用款申请 · One payment request")
            .roles(GROUP_READERS)
            .whose(Whose::Organization)
            .gives::<Shown<PaymentRequest>>(),
        step(
            Endpoint::post(
                "/api/v1/payment-requests/{request_id}/condition",
                confirm,
                "确认拨付条件 · The condition is met",
            )
            .whose(Whose::Organization),
            Action::Confirm,
        ),
        step(
            Endpoint::post(
                "/api/v1/payment-requests/{request_id}/preparation",
                prepare,
                "经办 · Prepare the payment",
            )
            .whose(Whose::Organization),
            Action::Prepare,
        ),
        step(
            Endpoint::post("/api/v1/payment-requests/{request_id}/check", check, "复核 · Check the payment")
                .whose(Whose::Organization),
            Action::Check,
        ),
        step(
            Endpoint::post(
                "/api/v1/payment-requests/{request_id}/approval",
                approve,
                "审批 · Approve the payment",
            )
            .whose(Whose::Organization),
            Action::Approve,
        ),
        step(
            Endpoint::post(
                "/api/v1/payment-requests/{request_id}/payment",
                pay,
                "银行已付 · The bank has paid",
            )
            .whose(Whose::Organization)
            .takes::<NewPayment>(),
            Action::Pay,
        ),
    ]
}

async fn tranches(call: Call<AwardId>) -> Answer {
    let award = call.path;
    let items = call
        .read(move |conn, by| {
            approvals::see_award(conn, &by.actor, award)?;
            Ok(store::tranches_of(conn, award)?)
        })
        .await?;
    answer(StatusCode::OK, &Page { items, next_cursor: None })
}

async fn request(call: Call<TrancheId, Nothing>) -> Answer {
    call.require_key()?;
    let (tranche, id) = (call.path, PaymentRequestId::generate());
    let programme = call.read(move |conn, _| Ok(store::programme_of_tranche(conn, tranche)?)).await?;
    let lane = programme.map(Lane::Programme).ok_or_else(Error::not_found)?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::request(conn, by, tranche, id)).await
}

async fn list(call: Call<RoundId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, round) = (limit(asked)?, cursor::<PaymentRequestId>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            let programme = programmes::programme_of_round(conn, round)?.ok_or_else(Error::not_found)?;
            by.actor.require(programme, STAFF)?;
            // A list of the whole round is not for somebody who is bound to a unit.
            if !by.actor.is_staff_of(programme) {
                return Err(Error::not_found());
            }
            let found = store::payments_of_round(conn, round, after, limit)?;
            let shown = found
                .into_iter()
                .map(|request| actions::show(conn, &by.actor, request))
                .collect::<Result<_, _>>()?;
            Ok(Page::cut(shown, limit, |last: &Shown<PaymentRequest>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn get(call: Call<PaymentRequestId>) -> Answer {
    let id = call.path;
    let shown = call
        .read(move |conn, by| {
            let request = actions::see(conn, &by.actor, id)?;
            actions::show(conn, &by.actor, request)
        })
        .await?;
    answer(StatusCode::OK, &shown)
}

async fn step<B: Send + 'static>(call: &Call<PaymentRequestId, B>, action: Action) -> Answer {
    call.require_key()?;
    let (id, lane) = (call.path, lane_of(call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::step(conn, by, id, action, None)).await
}

async fn lane_of<B>(call: &Call<PaymentRequestId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let request = call.read(move |conn, _| Ok(store::find(conn, id)?)).await?;
    request.map(|request| Lane::Programme(request.programme_id)).ok_or_else(Error::not_found)
}

async fn confirm(call: Call<PaymentRequestId, Nothing>) -> Answer {
    step(&call, Action::Confirm).await
}

async fn prepare(call: Call<PaymentRequestId, Nothing>) -> Answer {
    step(&call, Action::Prepare).await
}

async fn check(call: Call<PaymentRequestId, Nothing>) -> Answer {
    step(&call, Action::Check).await
}

async fn approve(call: Call<PaymentRequestId, Nothing>) -> Answer {
    step(&call, Action::Approve).await
}

async fn pay(call: Call<PaymentRequestId, NewPayment>) -> Answer {
    call.require_key()?;
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::step(conn, by, id, Action::Pay, Some(&body)))
        .await
}
