//! The pool.

use actix_web::http::StatusCode;
use serde::Deserialize;

use crate::{
    db::Lane,
    error::Error,
    http::{Answer, Call, Endpoint, SHEET_READERS, Shown, Whose, answer, cursor, limit},
    kernel::{
        digest::random_token,
        domain::ServiceDomain,
        ids::{ExpertId, ExpertTieId, ProgrammeId},
        page::Page,
    },
    reviews::{
        actions::{self, ASSIGNERS, DECLARERS, READERS},
        model::{
            Availability, Because, Expert, ExpertChange, ExpertState, ExpertTie, ExpertTies, ExpertView,
            NewExpert, NewExpertTie,
        },
        rules::PoolAction,
        store,
    },
};

/// The endpoints of the pool.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/api/v1/programmes/{programme_id}/experts", admit, "专家入库 · Admit an expert")
            .whose(Whose::Programme)
            .roles(ASSIGNERS)
            .takes::<NewExpert>()
            .gives::<Shown<ExpertView>>(),
        Endpoint::get(
            "/api/v1/programmes/{programme_id}/experts",
            list_experts,
            "专家库 · The pool of experts",
        )
        .whose(Whose::Programme)
        .roles(READERS)
        .list(&["state", "domain"])
        .gives::<Page<Shown<ExpertView>>>(),
        Endpoint::get("/api/v1/me/experts", own_entries, "我的专家身份 · What you are in the pools")
            .whose(Whose::Account)
            .gives::<Page<Shown<ExpertView>>>(),
        Endpoint::get("/api/v1/experts/{expert_id}", get_expert, "专家 · One expert")
            .recorded("expert.read")
            .roles(SHEET_READERS)
            .whose(Whose::Expert)
            .gives::<Shown<ExpertView>>(),
        Endpoint::patch("/api/v1/experts/{expert_id}", change_expert, "专家信息变更 · Change an expert")
            .whose(Whose::Expert)
            .guarded(&PoolAction::Change)
            .takes::<ExpertChange>()
            .gives::<Shown<ExpertView>>(),
        Endpoint::put(
            "/api/v1/experts/{expert_id}/availability",
            set_availability,
            "可评时间 · Say when you cannot review",
        )
        .whose(Whose::Expert)
        .guarded(&PoolAction::Change)
        .roles(DECLARERS)
        .takes::<Availability>()
        .gives::<Shown<ExpertView>>(),
        Endpoint::post(
            "/api/v1/experts/{expert_id}/suspension",
            suspend_expert,
            "暂停专家 · Suspend an expert",
        )
        .whose(Whose::Expert)
        .guarded(&PoolAction::Suspend)
        .status(200)
        .versioned()
        .takes::<Because>()
        .gives::<Shown<ExpertView>>(),
        Endpoint::post(
            "/api/v1/experts/{expert_id}/readmission",
            readmit_expert,
            "恢复专家 · Readmit an expert",
        )
        .whose(Whose::Expert)
        .guarded(&PoolAction::Readmit)
        .status(200)
        .versioned()
        .takes::<Because>()
        .gives::<Shown<ExpertView>>(),
        Endpoint::post("/api/v1/experts/{expert_id}/removal", remove_expert, "专家出库 · Remove an expert")
            .whose(Whose::Expert)
            .guarded(&PoolAction::Remove)
            .status(200)
            .versioned()
            .takes::<Because>()
            .gives::<Shown<ExpertView>>(),
        Endpoint::get(
            "/api/v1/experts/{expert_id}/ties",
            list_ties,
            "申明的利害关系 · The ties of an expert",
        )
        .roles(SHEET_READERS)
        .whose(Whose::Expert)
        .gives::<ExpertTies>(),
        Endpoint::post(
            "/api/v1/experts/{expert_id}/ties",
            declare_tie,
            "申明利害关系 · Declare a tie that stands",
        )
        .whose(Whose::Expert)
        .roles(DECLARERS)
        .takes::<NewExpertTie>()
        .gives::<ExpertTie>(),
    ]
}

/// Becomes the key of a programme's identity numbers where it has none.
fn fresh_key() -> Result<String, Error> {
    random_token().map_err(Error::internal)
}

async fn admit(call: Call<ProgrammeId, NewExpert>) -> Answer {
    let (programme, id, body, key) = (call.path, ExpertId::generate(), call.body.clone(), fresh_key()?);
    call.write(Lane::Programme(programme), StatusCode::CREATED, move |conn, by| {
        actions::admit(conn, by, programme, id, &key, &body)
    })
    .await
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<i64>,
    cursor: Option<String>,
    state: Option<ExpertState>,
    domain: Option<ServiceDomain>,
}

async fn list_experts(call: Call<ProgrammeId>) -> Answer {
    let query: ListQuery = call.query()?;
    let (limit, after, programme) =
        (limit(query.limit)?, cursor::<ExpertId>(query.cursor.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            by.actor.require(programme, READERS)?;
            let found = store::list_experts(conn, programme, query.state, query.domain, after, limit)?;
            let page = Page::cut(found, limit, |last: &Expert| last.id.to_string());
            let items = page.items.into_iter().map(|one| actions::show_expert(&by.actor, one)).collect();
            Ok(Page::<Shown<ExpertView>> { items, next_cursor: page.next_cursor })
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn own_entries(call: Call) -> Answer {
    let items = call.read(|conn, by| actions::own_entries(conn, &by.actor)).await?;
    answer(StatusCode::OK, &Page::<Shown<ExpertView>> { items, next_cursor: None })
}

async fn get_expert(call: Call<ExpertId>) -> Answer {
    let id = call.path;
    let shown = call
        .read(move |conn, by| {
            let expert = actions::see_expert(conn, &by.actor, id)?;
            Ok(actions::show_expert(&by.actor, expert))
        })
        .await?;
    answer(StatusCode::OK, &shown)
}

async fn lane_of<B>(call: &Call<ExpertId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let expert = call.read(move |conn, _| Ok(store::find_expert(conn, id)?)).await?;
    expert.map(|expert| Lane::Programme(expert.programme_id)).ok_or_else(Error::not_found)
}

async fn change_expert(call: Call<ExpertId, ExpertChange>) -> Answer {
    let (id, body, lane, key) = (call.path, call.body.clone(), lane_of(&call).await?, fresh_key()?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::change_expert(conn, by, id, &key, &body)).await
}

async fn set_availability(call: Call<ExpertId, Availability>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::set_availability(conn, by, id, &body)).await
}

async fn move_expert(call: Call<ExpertId, Because>, action: PoolAction) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::move_expert(conn, by, id, action, &body)).await
}

async fn suspend_expert(call: Call<ExpertId, Because>) -> Answer {
    move_expert(call, PoolAction::Suspend).await
}

async fn readmit_expert(call: Call<ExpertId, Because>) -> Answer {
    move_expert(call, PoolAction::Readmit).await
}

async fn remove_expert(call: Call<ExpertId, Because>) -> Answer {
    move_expert(call, PoolAction::Remove).await
}

async fn list_ties(call: Call<ExpertId>) -> Answer {
    let id = call.path;
    let ties = call.read(move |conn, by| actions::see_ties(conn, &by.actor, id)).await?;
    answer(StatusCode::OK, &ties)
}

async fn declare_tie(call: Call<ExpertId, NewExpertTie>) -> Answer {
    let (id, tie, body) = (call.path, ExpertTieId::generate(), call.body.clone());
    let lane = lane_of(&call).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::declare_tie(conn, by, id, tie, &body))
        .await
}
