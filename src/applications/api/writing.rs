//! `applications/{id}` written at: whole, by `sections`, with `validation`, `revisions`, `differences`, `receipts`.

use actix_web::http::StatusCode;
use serde::Deserialize;

use super::{
    super::{
        actions,
        model::{
            ApplicationView, Differences, DraftContent, ReceiptView, Revision, SectionContent, SectionView,
            Validation,
        },
        rules::Action,
        store,
    },
    lane_of,
};
use crate::{
    db::Lane,
    error::{Error, codes},
    http::{Answer, Call, Endpoint, GROUP_READERS, Paging, Shown, Whose, answer, cursor, limit},
    kernel::{ids::ApplicationId, page::Page},
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::patch(
            "/api/v1/applications/{application_id}",
            edit,
            "修改草稿 · Write at a draft, or at what was sent back",
        )
        .whose(Whose::Organization)
        .guarded(&Action::Edit)
        .takes::<DraftContent>()
        .gives::<Shown<ApplicationView>>(),
        Endpoint::get(
            "/api/v1/applications/{application_id}/sections/{section}",
            see_section,
            "申报书的一节 · One section",
        )
        .roles(GROUP_READERS)
        .whose(Whose::Organization)
        .gives::<SectionView>(),
        Endpoint::patch(
            "/api/v1/applications/{application_id}/sections/{section}",
            edit_section,
            "保存一节 · Save one section; its version is its own",
        )
        .whose(Whose::Organization)
        .guarded(&Action::Edit)
        .takes::<SectionContent>()
        .gives::<SectionView>(),
        Endpoint::get(
            "/api/v1/applications/{application_id}/validation",
            validate,
            "提交前检查 · What a submission would be told now",
        )
        .roles(GROUP_READERS)
        .whose(Whose::Organization)
        .gives::<Validation>(),
        Endpoint::get(
            "/api/v1/applications/{application_id}/revisions",
            revisions,
            "修改记录 · Every save, with what it changed",
        )
        .roles(GROUP_READERS)
        .whose(Whose::Organization)
        .list(&["cursor"])
        .gives::<Page<Revision>>(),
        Endpoint::get(
            "/api/v1/applications/{application_id}/differences",
            differences,
            "版本差异 · What changed between two versions, field by field",
        )
        .roles(GROUP_READERS)
        .whose(Whose::Organization)
        .query(&["from", "to"])
        .gives::<Differences>(),
        Endpoint::get(
            "/api/v1/applications/{application_id}/receipts",
            receipts,
            "回执 · Receipts with what was received",
        )
        .roles(GROUP_READERS)
        .whose(Whose::Organization)
        .gives::<Page<ReceiptView>>(),
    ]
}

async fn edit(call: Call<ApplicationId, DraftContent>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::edit(conn, by, id, &body)).await
}

async fn see_section(call: Call<(ApplicationId, String)>) -> Answer {
    let (id, code) = call.path.clone();
    let shown = call.read(move |conn, by| actions::see_section(conn, by, id, &code)).await?;
    answer(StatusCode::OK, &shown)
}

async fn edit_section(call: Call<(ApplicationId, String), SectionContent>) -> Answer {
    let ((id, code), body) = (call.path.clone(), call.body.clone());
    let programme = call.read(move |conn, _| Ok(store::programme_of(conn, id)?)).await?;
    let lane = programme.map(Lane::Programme).ok_or_else(Error::not_found)?;
    call.write(lane, StatusCode::OK, move |conn, by| actions::edit_section(conn, by, id, &code, &body)).await
}

async fn validate(call: Call<ApplicationId>) -> Answer {
    let id = call.path;
    let validation = call.read(move |conn, by| actions::validate(conn, by, id)).await?;
    answer(StatusCode::OK, &validation)
}

async fn revisions(call: Call<ApplicationId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, id) = (limit(asked)?, cursor::<u16>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            let found = actions::revisions(conn, by, id, after.map_or(0, i32::from), limit + 1)?;
            Ok(Page::cut(found, limit, |last| last.number.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Between {
    from: Option<i32>,
    to: Option<i32>,
}

async fn differences(call: Call<ApplicationId>) -> Answer {
    let Between { from, to } = call.query()?;
    let from = from.unwrap_or(0);
    if from < 0 || to.is_some_and(|to| to < from) {
        return Err(Error::new(&codes::UNKNOWN_FILTER).with("reason", "0 ≤ from ≤ to"));
    }
    let id = call.path;
    let found = call.read(move |conn, by| actions::differences(conn, by, id, from, to)).await?;
    answer(StatusCode::OK, &found)
}

async fn receipts(call: Call<ApplicationId>) -> Answer {
    let id = call.path;
    let items = call.read(move |conn, by| actions::receipts(conn, by, id)).await?;
    answer(StatusCode::OK, &Page::<ReceiptView> { items, next_cursor: None })
}
