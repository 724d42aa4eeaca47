//! `rounds/{id}/selection-plans`, `notices`, `awards` with `agreement` and `signatures`, `public/notices`.

use actix_web::http::StatusCode;

use super::{
    actions,
    model::{
        AgreementView, Award, BureauApproval, Decision, Feedback, NewAgreement, NewBureauApproval,
        NewDecision, NewSignature, NoticeState, NoticeView, PlanView,
    },
    rules::Action,
    store,
};
use crate::{
    db::{Db, Lane},
    error::Error,
    evidence::{self, model::StatementView},
    http::{
        Answer, Call, Endpoint, GROUP, GROUP_READERS, Nothing, Paging, Shown, Visit, Whose, answer, cursor,
        limit,
    },
    kernel::{
        ids::{
            AgreementId, ApplicationId, AwardId, BureauApprovalId, DecisionId, NoticeId, ProgrammeId,
            RoundId, SelectionPlanId,
        },
        page::Page,
        role::STAFF,
    },
    organizations, programmes,
    reviews::{self, RoundStatistics},
};

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        Endpoint::post(
            "/api/v1/rounds/{round_id}/selection-plans",
            make_plan,
            "形成立项方案 · Make a selection plan",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .guarded(&Action::Plan)
        .gives::<Shown<PlanView>>(),
        Endpoint::get("/api/v1/selection-plans/{plan_id}", get_plan, "立项方案 · One selection plan")
            .roles(STAFF)
            .whose(Whose::Programme)
            .not_when_tied()
            .gives::<Shown<PlanView>>(),
        Endpoint::post("/api/v1/selection-plans/{plan_id}/decision", decide, "立项决定 · Decide a plan")
            .whose(Whose::Programme)
            .not_when_tied()
            .guarded(&Action::Decide)
            .versioned()
            .keyed()
            .takes::<NewDecision>()
            .gives::<Decision>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/calibration",
            calibration,
            "参考统计：校准、一致性、入选把握 · Advisory statistics",
        )
        .whose(Whose::Programme)
        .not_when_tied()
        .roles(reviews::READERS)
        .costly()
        .gives::<RoundStatistics>(),
        Endpoint::get(
            "/api/v1/applications/{application_id}/feedback",
            feedback,
            "评审反馈 · What became of your application, and why",
        )
        .roles(GROUP)
        .whose(Whose::Organization)
        .gives::<Feedback>(),
    ];
    all.extend(after_the_decision());
    all
}

/// From the notice to the signed agreement.
fn after_the_decision() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/rounds/{round_id}/notices",
            draft_notice,
            "起草公示 · Draft the public notice",
        )
        .whose(Whose::Programme)
        .guarded(&Action::Announce)
        .keyed()
        .gives::<Shown<NoticeView>>(),
        Endpoint::post(
            "/api/v1/notices/{notice_id}/publication",
            publish_notice,
            "发布公示 · Publish the notice",
        )
        .whose(Whose::Programme)
        .guarded(&Action::Announce)
        .from_states(&["draft"])
        .status(200)
        .versioned()
        .keyed()
        .gives::<Shown<NoticeView>>(),
        Endpoint::post(
            "/api/v1/notices/{notice_id}/bureau-approval",
            approve,
            "区民政局批复 · The written approval",
        )
        .whose(Whose::Programme)
        .guarded(&Action::ApproveInWriting)
        .versioned()
        .keyed()
        .takes::<NewBureauApproval>()
        .gives::<BureauApproval>(),
        Endpoint::get("/api/v1/public/notices", public_notices, "公示列表 · Published notices")
            .public()
            .gives::<Page<NoticeView>>(),
        Endpoint::get("/api/v1/public/notices/{notice_id}", public_notice, "公示 · One published notice")
            .public()
            .gives::<NoticeView>(),
        Endpoint::get(
            "/api/v1/public/notices/{notice_id}/evidence",
            notice_evidence,
            "公示存证 · What proves when and as what it was published",
        )
        .public()
        .gives::<StatementView>(),
        Endpoint::get(
            "/api/v1/rounds/{round_id}/awards",
            list_awards,
            "立项项目 · Awards you may see, by rank",
        )
        .whose(Whose::Listed)
        .list(&["cursor"])
        .gives::<Page<Shown<Award>>>(),
        Endpoint::get("/api/v1/awards/{award_id}", get_award, "立项项目 · One award")
            .roles(GROUP_READERS)
            .whose(Whose::Organization)
            .gives::<Shown<Award>>(),
        Endpoint::post(
            "/api/v1/awards/{award_id}/agreement",
            agree,
            "优化预算并生成协议 · Refine the budget and draw up the agreement",
        )
        .whose(Whose::Organization)
        .guarded(&Action::Refine)
        .versioned()
        .takes::<NewAgreement>()
        .gives::<AgreementView>(),
        Endpoint::get("/api/v1/awards/{award_id}/agreement", get_agreement, "协议 · The agreement")
            .roles(GROUP_READERS)
            .whose(Whose::Organization)
            .gives::<AgreementView>(),
        Endpoint::post("/api/v1/awards/{award_id}/signatures", sign, "签署协议 · Sign the agreement")
            .whose(Whose::Organization)
            .guarded(&Action::Sign)
            .keyed()
            .takes::<NewSignature>()
            .gives::<AgreementView>(),
    ]
}

/// The lane of what `find` finds, or 404.
async fn lane<P: Copy + Send + 'static, B>(
    call: &Call<P, B>,
    find: impl FnOnce(&mut Db, P) -> Result<Option<ProgrammeId>, Error> + Send + 'static,
) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| find(conn, id)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}

async fn make_plan(call: Call<RoundId, Nothing>) -> Answer {
    let (round, id) = (call.path, SelectionPlanId::generate());
    let lane = lane(&call, |conn, id| Ok(programmes::programme_of_round(conn, id)?)).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::make_plan(conn, by, round, id)).await
}

async fn get_plan(call: Call<SelectionPlanId>) -> Answer {
    let id = call.path;
    let plan = call.read(move |conn, by| actions::see_plan(conn, &by.actor, id)).await?;
    answer(StatusCode::OK, &plan)
}

async fn decide(call: Call<SelectionPlanId, NewDecision>) -> Answer {
    call.require_key()?;
    let (plan, id, body) = (call.path, DecisionId::generate(), call.body.clone());
    let lane = lane(&call, |conn, id| Ok(store::find_plan(conn, id)?.map(|plan| plan.programme_id))).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::decide(conn, by, plan, id, &body)).await
}

async fn calibration(call: Call<RoundId>) -> Answer {
    let round = call.path;
    let statistics = call
        .read(move |conn, by| {
            let round = programmes::see_published(conn, round)?;
            by.actor.require(round.programme_id, reviews::READERS)?;
            actions::show_statistics(conn, &by.actor, &round)
        })
        .await?;
    answer(StatusCode::OK, &statistics)
}

async fn feedback(call: Call<ApplicationId>) -> Answer {
    let id = call.path;
    let feedback = call.read(move |conn, by| actions::feedback(conn, &by.actor, id)).await?;
    answer(StatusCode::OK, &feedback)
}

async fn draft_notice(call: Call<RoundId, Nothing>) -> Answer {
    call.require_key()?;
    let (round, id) = (call.path, NoticeId::generate());
    let lane = lane(&call, |conn, id| Ok(programmes::programme_of_round(conn, id)?)).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::draft_notice(conn, by, round, id)).await
}

fn programme_of_notice(conn: &mut Db, id: NoticeId) -> Result<Option<ProgrammeId>, Error> {
    Ok(store::find_notice(conn, id)?.map(|notice| notice.programme_id))
}

async fn publish_notice(call: Call<NoticeId, Nothing>) -> Answer {
    call.require_key()?;
    let id = call.path;
    let lane = lane(&call, programme_of_notice).await?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::publish_notice(conn, by, id)).await
}

async fn approve(call: Call<NoticeId, NewBureauApproval>) -> Answer {
    call.require_key()?;
    let (notice, id, body) = (call.path, BureauApprovalId::generate(), call.body.clone());
    let lane = lane(&call, programme_of_notice).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::approve(conn, by, notice, id, &body)).await
}

async fn public_notices(visit: Visit) -> Answer {
    let notices = visit
        .app
        .db
        .read(|conn| {
            store::published_notices(conn, None, 100)?
                .iter()
                .map(|notice| Ok(actions::show_notice(None, notice)?.object))
                .collect::<Result<Vec<NoticeView>, Error>>()
        })
        .await?;
    answer(StatusCode::OK, &Page { items: notices, next_cursor: None })
}

async fn public_notice(visit: Visit<NoticeId>) -> Answer {
    let id = visit.path;
    let notice = visit
        .app
        .db
        .read(move |conn| {
            let notice = store::find_notice(conn, id)?
                .filter(|notice| notice.state == NoticeState::Published)
                .ok_or_else(Error::not_found)?;
            Ok(actions::show_notice(None, &notice)?.object)
        })
        .await?;
    answer(StatusCode::OK, &notice)
}

async fn notice_evidence(visit: Visit<NoticeId>) -> Answer {
    let id = visit.path;
    let view = visit
        .app
        .db
        .read(move |conn| {
            let notice = store::find_notice(conn, id)?
                .filter(|notice| notice.state == NoticeState::Published)
                .ok_or_else(Error::not_found)?;
            evidence::notice(conn, id, notice.content(), notice.checkpoint_size)
        })
        .await?;
    answer(StatusCode::OK, &view)
}

async fn list_awards(call: Call<RoundId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, round) = (limit(asked)?, cursor::<i32>(given.as_deref())?.unwrap_or(0), call.path);
    let page = call
        .read(move |conn, by| {
            let programme = programmes::programme_of_round(conn, round)?.ok_or_else(Error::not_found)?;
            by.actor.require_any_role(programme)?;
            let scope = organizations::scope_of(conn, &by.actor, programme)?;
            let theirs = organizations::ids_in(conn, programme, &scope)?;
            let only = theirs.map(|theirs| theirs.into_iter().chain(by.actor.organizations()).collect());
            let found = store::awards_of_round(conn, round, only, after, limit + 1)?;
            let page = Page::cut(found, limit, |last: &Award| last.rank.to_string());
            let items = page.items.into_iter().map(|award| actions::show_award(&by.actor, award)).collect();
            Ok(Page { items, next_cursor: page.next_cursor })
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn get_award(call: Call<AwardId>) -> Answer {
    let id = call.path;
    let award = call
        .read(move |conn, by| Ok(actions::show_award(&by.actor, actions::see_award(conn, &by.actor, id)?)))
        .await?;
    answer(StatusCode::OK, &award)
}

async fn agree(call: Call<AwardId, NewAgreement>) -> Answer {
    let (award, id, body) = (call.path, AgreementId::generate(), call.body.clone());
    let lane = lane(&call, |conn, id| Ok(store::programme_of_award(conn, id)?)).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::agree(conn, by, award, id, &body)).await
}

async fn get_agreement(call: Call<AwardId>) -> Answer {
    let id = call.path;
    let agreement = call.read(move |conn, by| actions::see_agreement(conn, &by.actor, id)).await?;
    answer(StatusCode::OK, &agreement)
}

async fn sign(call: Call<AwardId, NewSignature>) -> Answer {
    call.require_key()?;
    let (award, body) = (call.path, call.body.clone());
    let lane = lane(&call, |conn, id| Ok(store::programme_of_award(conn, id)?)).await?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::sign(conn, by, award, &body)).await
}
