//! `programmes` with their `members`, `rounds` with their `policy`, `rubric`, `form` and `publication`, `public/rounds`.

mod call;

use actix_web::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    actions,
    form::Form,
    model::{
        CallChange, CallKind, Member, NewMember, NewProgramme, NewRound, Programme, PublicCorrection, Round,
        RoundView,
    },
    policy::{Policy, Rubric},
    rules::{self, Action, Phase, phase},
    store,
};
use crate::{
    db::{Db, Lane, columns::Day},
    error::Error,
    http::{Answer, Call, Endpoint, Nothing, Paging, Shown, Visit, Whose, answer, cursor, limit, no_content},
    kernel::{
        ids::{MembershipId, ProgrammeId, RoundId},
        money::Money,
        page::Page,
        time::Timestamp,
    },
    people,
};

/// A call as everybody may see it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PublicRound {
    /// Its id.
    pub id: RoundId,
    /// The programme to register with.
    pub programme_id: ProgrammeId,
    /// Its name.
    pub name: String,
    /// Its year.
    pub year: i32,
    /// Where it is today.
    pub state: Phase,
    /// What can be awarded in all.
    pub budget: Money,
    /// The first day of the window.
    pub opens_on: Day,
    /// The last day of the window.
    pub closes_on: Day,
    /// How it takes applications.
    pub kind: CallKind,
    /// The version of the call.
    pub call_number: i32,
    /// What was corrected and extended since it was published, the first one first.
    pub corrections: Vec<PublicCorrection>,
}

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        Endpoint::post("/api/v1/programmes", found, "设立公益创投项目 · Found a programme")
            .whose(Whose::Installation)
            .roles(rules::FOUNDERS)
            .takes::<NewProgramme>()
            .gives::<Shown<Programme>>(),
        Endpoint::get(
            "/api/v1/programmes",
            list_programmes,
            "我的公益创投项目 · Programmes you have to do with",
        )
        .whose(Whose::Account)
        .list(&["cursor"])
        .gives::<Page<Shown<Programme>>>(),
        Endpoint::post(
            "/api/v1/programmes/{programme_id}/members",
            add_member,
            "授予角色 · Give somebody a role",
        )
        .whose(Whose::Programme)
        .roles(rules::ROLE_GIVERS)
        .takes::<NewMember>()
        .gives::<Member>(),
        Endpoint::get(
            "/api/v1/programmes/{programme_id}/members",
            list_members,
            "办公室人员与角色 · Who holds which role of the office",
        )
        .roles(rules::MEMBER_READERS)
        .whose(Whose::Programme)
        .list(&["cursor"])
        .gives::<Page<people::HeldBy>>(),
        Endpoint::delete(
            "/api/v1/programmes/{programme_id}/members/{member_id}",
            remove_member,
            "撤销角色 · Take a role away from somebody",
        )
        .roles(rules::ROLE_GIVERS)
        .whose(Whose::Programme),
        Endpoint::post("/api/v1/programmes/{programme_id}/rounds", draft, "起草一届 · Draft a round")
            .whose(Whose::Programme)
            .roles(rules::DRAFTERS)
            .takes::<NewRound>()
            .gives::<Shown<RoundView>>(),
        Endpoint::get(
            "/api/v1/programmes/{programme_id}/rounds",
            list_rounds,
            "各届 · Rounds of a programme",
        )
        .whose(Whose::Listed)
        .list(&["cursor"])
        .gives::<Page<Shown<RoundView>>>(),
        Endpoint::get("/api/v1/rounds/{round_id}", get, "一届 · One round")
            .whose(Whose::Round)
            .gives::<Shown<RoundView>>(),
        Endpoint::put(
            "/api/v1/rounds/{round_id}/policy",
            set_policy,
            "设定政策参数 · Set the policy of a draft",
        )
        .whose(Whose::Programme)
        .guarded(&Action::Configure)
        .takes::<Policy>()
        .gives::<Shown<RoundView>>(),
        Endpoint::put(
            "/api/v1/rounds/{round_id}/rubric",
            set_rubric,
            "设定评分标准 · Set the rubric of a draft",
        )
        .whose(Whose::Programme)
        .guarded(&Action::Configure)
        .takes::<Rubric>()
        .gives::<Shown<RoundView>>(),
        Endpoint::put("/api/v1/rounds/{round_id}/form", set_form, "设定申报表 · Set the form of a draft")
            .whose(Whose::Programme)
            .guarded(&Action::Configure)
            .takes::<Form>()
            .gives::<Shown<RoundView>>(),
        Endpoint::post("/api/v1/rounds/{round_id}/publication", publish, "发布征集公告 · Publish the call")
            .whose(Whose::Programme)
            .guarded(&Action::Publish)
            .status(200)
            .versioned()
            .keyed()
            .gives::<Shown<RoundView>>(),
        Endpoint::get("/api/v1/public/rounds", public_rounds, "公开征集 · Published calls")
            .public()
            .gives::<Page<PublicRound>>(),
    ];
    all.extend(call::endpoints());
    all
}

async fn found(call: Call<(), NewProgramme>) -> Answer {
    let (id, body) = (ProgrammeId::generate(), call.body.clone());
    call.write(Lane::Installation, StatusCode::CREATED, move |conn, by| actions::found(conn, by, id, &body))
        .await
}

async fn list_programmes(call: Call) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after) = (limit(asked)?, cursor::<ProgrammeId>(given.as_deref())?);
    let page = call
        .read(move |conn, by| {
            let everything = by.actor.require_installation(rules::ROLE_GIVERS).is_ok();
            let own = by.actor.memberships.iter().filter_map(|m| m.programme_id).collect();
            let only = if everything { None } else { Some(own) };
            let permitted = if everything { vec!["add_member"] } else { Vec::new() };
            let shown = store::list_programmes(conn, only, after, limit)?
                .into_iter()
                .map(|object| Shown { object, permitted_actions: permitted.clone() })
                .collect();
            Ok(Page::cut(shown, limit, |last: &Shown<Programme>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn add_member(call: Call<ProgrammeId, NewMember>) -> Answer {
    let (programme, body) = (call.path, call.body.clone());
    call.write(Lane::Programme(programme), StatusCode::CREATED, move |conn, by| {
        actions::add_member(conn, by, programme, &body)
    })
    .await
}

async fn list_members(call: Call<ProgrammeId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, programme) = (limit(asked)?, cursor::<MembershipId>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            if by.actor.require_installation(rules::MEMBER_READERS).is_err() {
                by.actor.require(programme, rules::MEMBER_READERS)?;
            }
            store::find_programme(conn, programme)?.ok_or_else(Error::not_found)?;
            let found = people::members(conn, Some(programme), after, limit)?;
            Ok(Page::cut(found, limit, |last: &people::HeldBy| last.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn remove_member(call: Call<(ProgrammeId, MembershipId)>) -> Answer {
    let ((programme, member), by) = (call.path, call.by.clone());
    call.app
        .db
        .write(Lane::Programme(programme), move |conn| {
            actions::remove_member(conn, &by, programme, member)?;
            by.refuse_stray_body()
        })
        .await?;
    Ok(no_content())
}

async fn draft(call: Call<ProgrammeId, NewRound>) -> Answer {
    let (programme, id, body) = (call.path, RoundId::generate(), call.body.clone());
    call.write(Lane::Programme(programme), StatusCode::CREATED, move |conn, by| {
        actions::draft(conn, by, programme, id, &body)
    })
    .await
}

async fn list_rounds(call: Call<ProgrammeId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, programme) = (limit(asked)?, cursor::<RoundId>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            by.actor.require_any_role(programme)?;
            let with_drafts = by.actor.is_staff_of(programme);
            let found = store::list_rounds(conn, Some(programme), with_drafts, after, limit)?;
            let shown = found
                .into_iter()
                .map(|round| actions::view(conn, &by.actor, round, by.now))
                .collect::<Result<Vec<_>, Error>>()?;
            Ok(Page::cut(shown, limit, |last: &Shown<RoundView>| last.object.round.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn get(call: Call<RoundId>) -> Answer {
    let id = call.path;
    let shown = call
        .read(move |conn, by| {
            let round = actions::see(conn, &by.actor, id)?;
            actions::view(conn, &by.actor, round, by.now)
        })
        .await?;
    answer(StatusCode::OK, &shown)
}

async fn lane_of<B>(call: &Call<RoundId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(store::programme_of_round(conn, id)?)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}

async fn set_policy(call: Call<RoundId, Policy>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::set_policy(conn, by, id, &body)).await
}

async fn set_rubric(call: Call<RoundId, Rubric>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::set_rubric(conn, by, id, &body)).await
}

async fn set_form(call: Call<RoundId, Form>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::set_form(conn, by, id, &body)).await
}

async fn publish(call: Call<RoundId, Nothing>) -> Answer {
    call.require_key()?;
    let (id, lane) = (call.path, lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::publish(conn, by, id)).await
}

async fn public_rounds(visit: Visit) -> Answer {
    let now = visit.now;
    let items = visit
        .app
        .db
        .read(move |conn| {
            let rounds = store::list_rounds(conn, None, false, None, 100)?;
            rounds.into_iter().map(|round| public(conn, &round, now)).collect::<Result<Vec<_>, Error>>()
        })
        .await?;
    answer(StatusCode::OK, &Page::<PublicRound> { items, next_cursor: None })
}

fn public(conn: &mut Db, round: &Round, now: Timestamp) -> Result<PublicRound, Error> {
    let changes = store::versions_of(conn, round.id, 0, 100)?;
    let corrections = changes.into_iter().filter(|version| version.kind != CallChange::Publication);
    Ok(PublicRound {
        id: round.id,
        programme_id: round.programme_id,
        name: round.name.clone(),
        year: round.year,
        state: phase(round, now.day()),
        budget: round.budget,
        opens_on: round.opens_on,
        closes_on: round.closes_on,
        kind: round.kind,
        call_number: round.call_number,
        corrections: corrections
            .map(|version| PublicCorrection {
                number: version.number,
                kind: version.kind,
                reason: version.reason,
                published_at: version.published_at,
            })
            .collect(),
    })
}
