//! `rounds/{id}/assignment-plans`: made, looked at, questioned, adopted.

use actix_web::{http::StatusCode, web};
use serde::Deserialize;

use crate::{
    db::Lane,
    error::{Error, codes},
    http::{Answer, Call, Endpoint, Nothing, Paging, Shown, Whose, answer, cursor, limit},
    kernel::{
        ids::{ApplicationId, AssignmentPlanId, ExpertId, RoundId},
        page::Page,
    },
    programmes,
    reviews::{
        actions::{self, ASSIGNERS, PLAN_READERS},
        model::{AssignmentPlanLine, AssignmentPlanView, NewAssignmentPlan, WhyNotView},
        rules::plan::{AssignmentInstance, PlanAction},
        store,
    },
};

/// So often a plan is worked out anew because somebody changed what it rests on meanwhile.
const ATTEMPTS: u32 = 3;

/// The endpoints of assignment plans.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/rounds/{round_id}/assignment-plans",
            make,
            "形成分派方案 · Propose who reviews what",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(ASSIGNERS)
        .takes::<NewAssignmentPlan>()
        .gives::<Shown<AssignmentPlanView>>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/assignment-plans",
            list_plans,
            "分派方案列表 · The plans of a round",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(PLAN_READERS)
        .list(&["cursor"])
        .gives::<Page<AssignmentPlanLine>>(),
        Endpoint::get("/api/v1/assignment-plans/{plan_id}", get_plan, "分派方案 · One plan with its reasons")
            .whose(Whose::Programme)
            .not_when_tied()
            .roles(PLAN_READERS)
            .gives::<Shown<AssignmentPlanView>>(),
        Endpoint::get(
            "/api/v1/assignment-plans/{plan_id}/why-not",
            why_not,
            "为何不是某位专家 · Why an expert is not with an application",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(PLAN_READERS)
        .query(&["application_id", "expert_id"])
        .gives::<WhyNotView>(),
        Endpoint::get(
            "/api/v1/assignment-plans/{plan_id}/input",
            input,
            "方案的计算输入（可用 solve assignment 重算） · What was solved, for `yichuang solve assignment`",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(PLAN_READERS)
        .gives::<AssignmentInstance>(),
        Endpoint::post(
            "/api/v1/assignment-plans/{plan_id}/adoption",
            adopt,
            "采用分派方案 · Carry a plan out",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .guarded(&PlanAction::Adopt)
        .status(200)
        .versioned()
        .keyed()
        .gives::<Shown<AssignmentPlanView>>(),
    ]
}

async fn make(call: Call<RoundId, NewAssignmentPlan>) -> Answer {
    let (round, id) = (call.path, AssignmentPlanId::generate());
    let programme = call.read(move |conn, _| Ok(programmes::programme_of_round(conn, round)?)).await?;
    let lane = programme.map(Lane::Programme).ok_or_else(Error::not_found)?;
    let mut attempt = 1;
    loop {
        let body = call.body.clone();
        // What is wrong is told by the write, in the order in which faults are told.
        let basis = call.read(move |conn, by| Ok(actions::prepare_plan(conn, by, round, &body))).await?;
        let prepared = match basis {
            Ok(basis) => web::block(move || actions::work_out(&basis)).await.map_err(Error::internal)?,
            Err(error) => Err(error),
        };
        let body = call.body.clone();
        let kept = call
            .write(lane, StatusCode::CREATED, move |conn, by| {
                actions::keep_plan(conn, by, round, id, &body, &prepared)
            })
            .await;
        match kept {
            Err(error) if error.code.code == codes::ASSIGNMENT_PLAN_OUTDATED.code && attempt < ATTEMPTS => {
                attempt += 1;
            }
            answered => return answered,
        }
    }
}

async fn list_plans(call: Call<RoundId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, round) = (limit(asked)?, cursor::<AssignmentPlanId>(given.as_deref())?, call.path);
    let page = call.read(move |conn, by| actions::plans_of_round(conn, by, round, after, limit)).await?;
    answer(StatusCode::OK, &page)
}

async fn get_plan(call: Call<AssignmentPlanId>) -> Answer {
    let id = call.path;
    let plan = call.read(move |conn, by| actions::see_assignment_plan(conn, &by.actor, id)).await?;
    answer(StatusCode::OK, &plan)
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WhyNotQuery {
    application_id: Option<ApplicationId>,
    expert_id: Option<ExpertId>,
}

async fn why_not(call: Call<AssignmentPlanId>) -> Answer {
    let WhyNotQuery { application_id, expert_id } = call.query()?;
    let id = call.path;
    let question = call
        .read(move |conn, by| actions::question(conn, &by.actor, id, application_id.zip(expert_id)))
        .await?;
    let told = web::block(move || actions::answer(&question)).await.map_err(Error::internal)??;
    answer(StatusCode::OK, &told)
}

async fn input(call: Call<AssignmentPlanId>) -> Answer {
    let id = call.path;
    let input = call.read(move |conn, by| actions::input_of_plan(conn, &by.actor, id)).await?;
    Ok(actix_web::HttpResponse::Ok().content_type("application/json").body(input))
}

async fn adopt(call: Call<AssignmentPlanId, Nothing>) -> Answer {
    call.require_key()?;
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(store::programme_of_plan(conn, id)?)).await?;
    let lane = programme.map(Lane::Programme).ok_or_else(Error::not_found)?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::adopt_plan(conn, by, id)).await
}
