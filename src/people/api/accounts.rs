//! `users` with their `disabling`, `enabling`, `second-factor-reset` and `roles`.

use actix_web::http::StatusCode;
use serde::Deserialize;

use super::super::{
    actions,
    model::{Account, AccountReason},
    rules,
    store::{self, AccountFilter},
};
use crate::{
    db::Lane,
    http::{Answer, Call, Endpoint, Shown, Whose, answer, cursor, limit, no_content},
    kernel::{
        ids::{MembershipId, UserId},
        page::Page,
    },
};

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/users", list_users, "账号 · Accounts, with their last use")
            .whose(Whose::Installation)
            .roles(rules::ACCOUNT_KEEPERS)
            .list(&["disabled", "unused"])
            .gives::<Page<Shown<Account>>>(),
        Endpoint::get("/api/v1/users/{user_id}", get_user, "一个账号 · One account")
            .whose(Whose::Installation)
            .roles(rules::ACCOUNT_KEEPERS)
            .gives::<Shown<Account>>(),
        Endpoint::post("/api/v1/users/{user_id}/disabling", disable_user, "停用账号 · Disable an account")
            .whose(Whose::Installation)
            .roles(rules::ACCOUNT_KEEPERS)
            .person_only()
            .status(200)
            .versioned()
            .takes::<AccountReason>()
            .gives::<Shown<Account>>(),
        Endpoint::post("/api/v1/users/{user_id}/enabling", enable_user, "恢复账号 · Enable an account")
            .whose(Whose::Installation)
            .roles(rules::ACCOUNT_KEEPERS)
            .person_only()
            .status(200)
            .versioned()
            .gives::<Shown<Account>>(),
        Endpoint::post(
            "/api/v1/users/{user_id}/second-factor-reset",
            reset_second_factor,
            "解除动态口令 · Take away the second factor of somebody who lost their device",
        )
        .whose(Whose::Installation)
        .roles(rules::ACCOUNT_KEEPERS)
        .person_only()
        .status(200)
        .versioned()
        .takes::<AccountReason>()
        .gives::<Shown<Account>>(),
        Endpoint::delete(
            "/api/v1/users/{user_id}/roles/{membership_id}",
            take_role_back,
            "取消角色 · Take a role back",
        )
        .whose(Whose::Installation)
        .roles(rules::ACCOUNT_KEEPERS)
        .person_only(),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    limit: Option<i64>,
    cursor: Option<String>,
    disabled: Option<bool>,
    unused: Option<bool>,
}

async fn list_users(call: Call) -> Answer {
    let Query { limit: asked, cursor: given, disabled, unused } = call.query()?;
    let (limit, after) = (limit(asked)?, cursor::<UserId>(given.as_deref())?);
    let page = call
        .read(move |conn, by| {
            by.actor.require_installation(rules::ACCOUNT_KEEPERS)?;
            let since = by.now.plus_seconds(-rules::UNUSED_SECONDS);
            let filter = AccountFilter { disabled, unused_since: unused.unwrap_or(false).then_some(since) };
            let found = store::list_accounts(conn, filter, after, limit)?
                .into_iter()
                .map(|user| actions::view_account(conn, by, &user))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Page::cut(found, limit, |last: &Shown<Account>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn get_user(call: Call<UserId>) -> Answer {
    let id = call.path;
    let shown = call
        .read(move |conn, by| {
            let user = actions::see_account(conn, by, id)?;
            actions::view_account(conn, by, &user)
        })
        .await?;
    answer(StatusCode::OK, &shown)
}

async fn disable_user(call: Call<UserId, AccountReason>) -> Answer {
    let (id, body) = (call.path, call.body.clone());
    call.write(Lane::Installation, StatusCode::OK, move |conn, by| {
        actions::disable_account(conn, by, id, &body)
    })
    .await
}

async fn enable_user(call: Call<UserId>) -> Answer {
    let id = call.path;
    call.write(Lane::Installation, StatusCode::OK, move |conn, by| actions::enable_account(conn, by, id))
        .await
}

async fn reset_second_factor(call: Call<UserId, AccountReason>) -> Answer {
    let (id, body) = (call.path, call.body.clone());
    call.write(Lane::Installation, StatusCode::OK, move |conn, by| {
        actions::reset_second_factor(conn, by, id, &body)
    })
    .await
}

async fn take_role_back(call: Call<(UserId, MembershipId)>) -> Answer {
    let (by, (user, membership)) = (call.by.clone(), call.path);
    call.app
        .db
        .write(Lane::Installation, move |conn| actions::take_role_back(conn, &by, user, membership))
        .await?;
    Ok(no_content())
}
