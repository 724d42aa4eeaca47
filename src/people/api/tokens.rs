//! `api-tokens`.

use actix_web::http::StatusCode;

use super::super::{
    actions::{self, FreshToken},
    model::{ApiToken, FreshApiToken, NewApiToken},
    store,
};
use crate::{
    db::Lane,
    http::{Answer, Call, Endpoint, Paging, Whose, answer, cursor, limit, no_content},
    kernel::{ids::ApiTokenId, page::Page},
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/api-tokens",
            make_token,
            "新建 API 令牌 · Make a token for a program of mine",
        )
        .whose(Whose::Account)
        .person_only()
        .takes::<NewApiToken>()
        .gives::<FreshApiToken>(),
        Endpoint::get("/api/v1/api-tokens", list_tokens, "我的 API 令牌 · My tokens")
            .whose(Whose::Account)
            .person_only()
            .list(&["cursor"])
            .gives::<Page<ApiToken>>(),
        Endpoint::delete("/api/v1/api-tokens/{token_id}", revoke_token, "撤销 API 令牌 · Revoke a token")
            .whose(Whose::Account)
            .person_only(),
    ]
}

async fn make_token(call: Call<(), NewApiToken>) -> Answer {
    let (fresh, body) = (FreshToken::make()?, call.body.clone());
    call.write(Lane::Installation, StatusCode::CREATED, move |conn, by| {
        actions::make_token(conn, by, &fresh, &body)
    })
    .await
}

async fn list_tokens(call: Call) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after) = (limit(asked)?, cursor::<ApiTokenId>(given.as_deref())?);
    let page = call
        .read(move |conn, by| {
            let found = store::list_tokens(conn, by.actor.user_id, after, limit)?;
            Ok(Page::cut(found, limit, |last: &ApiToken| last.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn revoke_token(call: Call<ApiTokenId>) -> Answer {
    let (by, id) = (call.by.clone(), call.path);
    call.app.db.write(Lane::Installation, move |conn| actions::revoke_token(conn, &by, id)).await?;
    Ok(no_content())
}
