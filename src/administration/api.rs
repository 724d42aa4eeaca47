//! `administrators`, `separation-of-posts`, `view-as`.

use actix_web::http::StatusCode;

use super::{
    actions,
    model::{Administrator, NewAdministrator, NewViewing, Separation, Viewing, ViewingBegun, ViewingState},
    rules::{POST_GIVERS, POSTS},
    store,
};
use crate::{
    db::Lane,
    error::Error,
    http::{
        Answer, Call, Endpoint, Nothing, Paging, Shown, VIEWERS, Whose, answer, cursor, limit, no_content,
    },
    kernel::{
        digest::{random_token, sha256_hex},
        ids::{MembershipId, ViewingId},
        page::Page,
    },
    people::{self, HeldBy, NewPostsSetting},
};

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    let states = |states: &[ViewingState]| states.iter().map(|state| (*state).into()).collect::<Vec<&str>>();
    vec![
        Endpoint::get("/api/v1/administrators", list, "管理岗位 · Who holds the administrative posts")
            .roles(POSTS)
            .whose(Whose::Installation)
            .list(&["cursor"])
            .gives::<Page<HeldBy>>(),
        Endpoint::post("/api/v1/administrators", appoint, "任命管理岗位 · Give an administrative post")
            .roles(POST_GIVERS)
            .whose(Whose::Installation)
            .takes::<NewAdministrator>()
            .gives::<Administrator>(),
        Endpoint::delete(
            "/api/v1/administrators/{member_id}",
            dismiss,
            "撤销管理岗位 · Take an administrative post away",
        )
        .roles(POST_GIVERS)
        .whose(Whose::Installation),
        Endpoint::get(
            "/api/v1/separation-of-posts",
            get_setting,
            "三员分立设置 · Whether posts may be combined",
        )
        .roles(POSTS)
        .whose(Whose::Installation)
        .gives::<Shown<Separation>>(),
        Endpoint::put(
            "/api/v1/separation-of-posts",
            set_posts,
            "设定三员是否可兼任 · Say whether posts may be combined",
        )
        .roles(POST_GIVERS)
        .whose(Whose::Installation)
        .takes::<NewPostsSetting>()
        .gives::<Shown<Separation>>(),
        Endpoint::post("/api/v1/view-as", ask, "申请以他人身份查看 · Ask to see what somebody sees")
            .roles(VIEWERS)
            .whose(Whose::Installation)
            .takes::<NewViewing>()
            .gives::<Shown<Viewing>>(),
        Endpoint::get("/api/v1/view-as", list_viewings, "以他人身份查看的记录 · Looks you take part in")
            .whose(Whose::Account)
            .list(&["cursor"])
            .gives::<Page<Shown<Viewing>>>(),
        Endpoint::post("/api/v1/view-as/{viewing_id}/agreement", agree, "同意被查看 · Agree to a look")
            .whose(Whose::Account)
            .from_states(&states(&[ViewingState::Asked]))
            .status(200)
            .versioned()
            .gives::<Shown<Viewing>>(),
        Endpoint::post(
            "/api/v1/view-as/{viewing_id}/session",
            begin,
            "开始查看 · Begin a look of 30 minutes",
        )
        .whose(Whose::Account)
        .from_states(&states(&[ViewingState::Agreed]))
        .versioned()
        .gives::<ViewingBegun>(),
        Endpoint::post("/api/v1/view-as/{viewing_id}/ending", end, "终止查看 · End a look")
            .whose(Whose::Account)
            .from_states(&states(&[ViewingState::Asked, ViewingState::Agreed, ViewingState::Running]))
            .status(200)
            .versioned()
            .gives::<Shown<Viewing>>(),
    ]
}

async fn list(call: Call) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after) = (limit(asked)?, cursor::<MembershipId>(given.as_deref())?);
    let page = call
        .read(move |conn, by| {
            by.actor.require_installation(POSTS)?;
            let found = people::members(conn, None, after, limit)?;
            Ok(Page::cut(found, limit, |last: &HeldBy| last.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn appoint(call: Call<(), NewAdministrator>) -> Answer {
    let body = call.body.clone();
    call.write(Lane::Installation, StatusCode::CREATED, move |conn, by| actions::appoint(conn, by, &body))
        .await
}

async fn dismiss(call: Call<MembershipId>) -> Answer {
    let (id, by) = (call.path, call.by.clone());
    call.app
        .db
        .write(Lane::Installation, move |conn| {
            actions::dismiss(conn, &by, id)?;
            by.refuse_stray_body()
        })
        .await?;
    Ok(no_content())
}

async fn get_setting(call: Call) -> Answer {
    let shown = call.read(move |conn, by| actions::posts_setting(conn, &by.actor)).await?;
    answer(StatusCode::OK, &shown)
}

async fn set_posts(call: Call<(), NewPostsSetting>) -> Answer {
    let body = call.body.clone();
    call.write(Lane::Installation, StatusCode::OK, move |conn, by| actions::set_posts(conn, by, &body)).await
}

async fn ask(call: Call<(), NewViewing>) -> Answer {
    let (id, body) = (ViewingId::generate(), call.body.clone());
    call.write(Lane::Installation, StatusCode::CREATED, move |conn, by| actions::ask(conn, by, id, &body))
        .await
}

async fn list_viewings(call: Call) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after) = (limit(asked)?, cursor::<ViewingId>(given.as_deref())?);
    let page = call
        .read(move |conn, by| {
            let own = by.actor.require_installation(POSTS).is_err().then_some(by.actor.user_id);
            let found = store::list(conn, own, after, limit)?;
            let shown = found.into_iter().map(|viewing| actions::show(&by.actor, viewing, by.now)).collect();
            Ok(Page::cut(shown, limit, |last: &Shown<Viewing>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn agree(call: Call<ViewingId, Nothing>) -> Answer {
    let id = call.path;
    call.write(Lane::Installation, StatusCode::OK, move |conn, by| actions::agree(conn, by, id)).await
}

async fn begin(call: Call<ViewingId, Nothing>) -> Answer {
    let (id, token) = (call.path, random_token().map_err(Error::internal)?);
    let digest = sha256_hex(&token);
    call.write(Lane::Installation, StatusCode::CREATED, move |conn, by| {
        actions::begin(conn, by, id, &token, &digest)
    })
    .await
}

async fn end(call: Call<ViewingId, Nothing>) -> Answer {
    let id = call.path;
    call.write(Lane::Installation, StatusCode::OK, move |conn, by| actions::end(conn, by, id)).await
}
