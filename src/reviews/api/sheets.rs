//! Score sheets: who has them, what is in them, and the expert's steps.

use std::collections::BTreeSet;

use actix_web::http::StatusCode;
use serde::Deserialize;

use crate::{
    db::Lane,
    error::Error,
    http::{Answer, Call, Endpoint, Nothing, SHEET_READERS, Shown, Whose, answer, cursor, limit},
    kernel::{
        ids::{ApplicationId, ReviewId, RoundId},
        page::Page,
    },
    programmes,
    reviews::{
        actions::{self, READERS},
        model::{NewRecusal, Review, ReviewView, SheetContent, SheetForm},
        rules::Action,
        store,
    },
};

/// The endpoints of score sheets.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/rounds/{round_id}/reviews",
            list,
            "评分表 · Score sheets: yours, or those handed in",
        )
        .roles(SHEET_READERS)
        .whose(Whose::Sheet)
        .list(&["application_id"])
        .gives::<Page<Shown<ReviewView>>>(),
        Endpoint::get("/api/v1/reviews/{review_id}", get, "评分表 · One score sheet")
            .roles(SHEET_READERS)
            .whose(Whose::Sheet)
            .not_when_tied()
            .gives::<Shown<ReviewView>>(),
        Endpoint::get(
            "/api/v1/reviews/{review_id}/form",
            form,
            "评分标准与未填项 · What to mark, what the marks stand for, and what is still missing",
        )
        .whose(Whose::Sheet)
        .roles(&[crate::kernel::role::Role::Reviewer])
        .gives::<SheetForm>(),
        Endpoint::post(
            "/api/v1/reviews/{review_id}/declaration",
            declare,
            "签回避声明 · Declare to have no conflict",
        )
        .whose(Whose::Sheet)
        .not_when_tied()
        .guarded(&Action::Declare)
        .status(200)
        .versioned()
        .gives::<Shown<ReviewView>>(),
        Endpoint::post("/api/v1/reviews/{review_id}/recusal", recuse, "回避 · Step back")
            .whose(Whose::Sheet)
            .not_when_tied()
            .guarded(&Action::Recuse)
            .status(200)
            .versioned()
            .takes::<NewRecusal>()
            .gives::<Shown<ReviewView>>(),
        Endpoint::patch("/api/v1/reviews/{review_id}", mark, "评分 · Write marks")
            .whose(Whose::Sheet)
            .not_when_tied()
            .guarded(&Action::Mark)
            .takes::<SheetContent>()
            .gives::<Shown<ReviewView>>(),
        Endpoint::post("/api/v1/reviews/{review_id}/submission", submit, "提交评分表 · Hand the sheet in")
            .whose(Whose::Sheet)
            .not_when_tied()
            .guarded(&Action::Submit)
            .status(200)
            .versioned()
            .gives::<Shown<ReviewView>>(),
    ]
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    limit: Option<i64>,
    cursor: Option<String>,
    application_id: Option<ApplicationId>,
}

async fn list(call: Call<RoundId>) -> Answer {
    let query: ListQuery = call.query()?;
    let (limit, after, round) =
        (limit(query.limit)?, cursor::<ReviewId>(query.cursor.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            let programme = programmes::programme_of_round(conn, round)?.ok_or_else(Error::not_found)?;
            let office = by.actor.role_among(programme, READERS).is_some();
            let own = store::expert_of_user(conn, programme, by.actor.user_id)?;
            if !office && own.is_none() {
                return Err(Error::not_found());
            }
            // Who has a tie to an application sees nothing of its sheets; an expert sees that they have one, sealed.
            let (only, hidden) = if office {
                (None, actions::conflicted_applications(conn, &by.actor, round)?)
            } else {
                (own.as_ref().map(|expert| expert.id), BTreeSet::new())
            };
            let found = store::list(conn, round, only, query.application_id, &hidden, after, limit)?;
            let deadlines = store::deadlines(conn, round)?;
            let page = Page::cut(found, limit, |last: &Review| last.id.to_string());
            let mut items = actions::show_all(conn, by, own.as_ref(), &deadlines, &page.items)?;
            if let Some(expert) = &own {
                actions::seal_tied(conn, expert, &page.items, &mut items)?;
            }
            Ok(Page::<Shown<ReviewView>> { items, next_cursor: page.next_cursor })
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn get(call: Call<ReviewId>) -> Answer {
    let id = call.path;
    let shown = call
        .read(move |conn, by| {
            let (review, own) = actions::see(conn, by, id)?;
            let deadlines = store::deadlines(conn, review.round_id)?;
            let mut shown = actions::show_stored(conn, by, own.as_ref(), &deadlines, &review)?;
            if let Some(expert) = &own {
                let (sheet, view) = (std::slice::from_ref(&review), std::slice::from_mut(&mut shown));
                actions::seal_tied(conn, expert, sheet, view)?;
            }
            Ok(shown)
        })
        .await?;
    answer(StatusCode::OK, &shown)
}

async fn form(call: Call<ReviewId>) -> Answer {
    let id = call.path;
    let form = call.read(move |conn, by| actions::form(conn, by, id)).await?;
    answer(StatusCode::OK, &form)
}

pub(super) async fn lane_of<B>(call: &Call<ReviewId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(store::programme_of(conn, id)?)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}

async fn declare(call: Call<ReviewId, Nothing>) -> Answer {
    let (id, lane) = (call.path, lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::declare(conn, by, id)).await
}

async fn recuse(call: Call<ReviewId, NewRecusal>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::recuse(conn, by, id, &body)).await
}

async fn mark(call: Call<ReviewId, SheetContent>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::mark(conn, by, id, &body)).await
}

async fn submit(call: Call<ReviewId, Nothing>) -> Answer {
    let (id, lane) = (call.path, lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::submit(conn, by, id)).await
}
