//! `organizations` with their `verification`, `fiscal-host` and `payee-account`.

mod records;
mod registry;

use actix_web::http::StatusCode;

use super::{
    actions,
    model::{
        NewOrganization, NewOrganizationMember, NewPayeeAccount, Organization, OrganizationChange,
        OrganizationMember, PayeeAccount,
    },
    rules, store,
};
use crate::{
    db::Lane,
    error::Error,
    http::{Answer, Call, Endpoint, Nothing, Paging, Shown, answer, cursor, limit},
    kernel::{
        ids::{OrganizationId, PayeeAccountId, ProgrammeId},
        page::Page,
    },
};

/// The endpoints of this room.
#[must_use]
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = of_organizations();
    all.extend(records::endpoints());
    all.extend(registry::endpoints());
    all
}

fn of_organizations() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/programmes/{programme_id}/organizations",
            register,
            "登记机构 · Register an organisation",
        )
        .takes::<NewOrganization>()
        .gives::<Shown<Organization>>(),
        Endpoint::get(
            "/api/v1/programmes/{programme_id}/organizations",
            list,
            "机构列表 · Organisations you may see",
        )
        .list(&["cursor"])
        .gives::<Page<Shown<Organization>>>(),
        Endpoint::get("/api/v1/organizations/{organization_id}", get, "机构 · One organisation")
            .gives::<Shown<Organization>>(),
        Endpoint::patch("/api/v1/organizations/{organization_id}", change, "修改资料 · Change the profile")
            .roles(rules::KEEPERS)
            .takes::<OrganizationChange>()
            .gives::<Shown<Organization>>(),
        Endpoint::post(
            "/api/v1/organizations/{organization_id}/verification",
            verify,
            "核验机构 · Verify the profile",
        )
        .roles(rules::VERIFIERS)
        .status(200)
        .versioned()
        .gives::<Shown<Organization>>(),
        Endpoint::post(
            "/api/v1/organizations/{organization_id}/fiscal-host/consent",
            consent,
            "同意依托 · The host consents",
        )
        .roles(rules::KEEPERS)
        .status(200)
        .versioned()
        .gives::<Shown<Organization>>(),
        Endpoint::post(
            "/api/v1/organizations/{organization_id}/members",
            add_member,
            "添加机构人员 · Let somebody act for the organisation",
        )
        .roles(rules::KEEPERS)
        .takes::<NewOrganizationMember>()
        .gives::<OrganizationMember>(),
        Endpoint::get(
            "/api/v1/organizations/{organization_id}/payee-account",
            get_account,
            "收款账户 · The payee account",
        )
        .gives::<Shown<PayeeAccount>>(),
        Endpoint::post(
            "/api/v1/organizations/{organization_id}/payee-account",
            set_account,
            "填写收款账户 · Enter the payee account",
        )
        .roles(rules::KEEPERS)
        .takes::<NewPayeeAccount>()
        .gives::<Shown<PayeeAccount>>(),
        Endpoint::put(
            "/api/v1/organizations/{organization_id}/payee-account",
            replace_account,
            "更换收款账户 · Replace the payee account",
        )
        .roles(rules::KEEPERS)
        .replaces()
        .takes::<NewPayeeAccount>()
        .gives::<Shown<PayeeAccount>>(),
        Endpoint::post(
            "/api/v1/payee-accounts/{account_id}/verification",
            verify_account,
            "核验账户 · Verify the account",
        )
        .roles(rules::ACCOUNT_VERIFIERS)
        .status(200)
        .versioned()
        .gives::<Shown<PayeeAccount>>(),
    ]
}

async fn lane_of<B>(call: &Call<OrganizationId, B>) -> Result<Lane, Error> {
    let id = call.path;
    let programme = call.read(move |conn, _| Ok(store::programme_of(conn, id)?)).await?;
    programme.map(Lane::Programme).ok_or_else(Error::not_found)
}

async fn register(call: Call<ProgrammeId, NewOrganization>) -> Answer {
    let (programme, id, body) = (call.path, OrganizationId::generate(), call.body.clone());
    call.write(Lane::Programme(programme), StatusCode::CREATED, move |conn, by| {
        actions::register(conn, by, programme, id, &body)
    })
    .await
}

async fn list(call: Call<ProgrammeId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, programme) = (limit(asked)?, cursor::<OrganizationId>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            by.actor.require_any_role(programme)?;
            let scope = actions::scope_of(conn, &by.actor, programme)?;
            let own: Vec<OrganizationId> = by.actor.organizations().collect();
            let found = store::list(conn, programme, &scope, &own, after, limit)?;
            let shown =
                found.into_iter().map(|organization| actions::show(&by.actor, organization)).collect();
            Ok(Page::cut(shown, limit, |last: &Shown<Organization>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn get(call: Call<OrganizationId>) -> Answer {
    let id = call.path;
    let shown =
        call.read(move |conn, by| Ok(actions::show(&by.actor, actions::see(conn, &by.actor, id)?))).await?;
    answer(StatusCode::OK, &shown)
}

async fn change(call: Call<OrganizationId, OrganizationChange>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::change(conn, by, id, &body)).await
}

async fn verify(call: Call<OrganizationId, Nothing>) -> Answer {
    let (id, lane) = (call.path, lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::verify(conn, by, id)).await
}

async fn consent(call: Call<OrganizationId, Nothing>) -> Answer {
    let (id, lane) = (call.path, lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::consent(conn, by, id)).await
}

async fn add_member(call: Call<OrganizationId, NewOrganizationMember>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::add_member(conn, by, id, &body)).await
}

async fn get_account(call: Call<OrganizationId>) -> Answer {
    let id = call.path;
    let account = call
        .read(move |conn, by| {
            let account = store::find_payee_account(conn, id)?.ok_or_else(Error::not_found)?;
            actions::see_account(conn, &by.actor, account.id)
        })
        .await?;
    answer(StatusCode::OK, &Shown { object: account, permitted_actions: Vec::new() })
}

async fn set_account(call: Call<OrganizationId, NewPayeeAccount>) -> Answer {
    let (organization, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    let id = PayeeAccountId::generate();
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        actions::set_payee_account(conn, by, organization, id, &body)
    })
    .await
}

async fn replace_account(call: Call<OrganizationId, NewPayeeAccount>) -> Answer {
    let (organization, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| {
        actions::replace_payee_account(conn, by, organization, &body)
    })
    .await
}

async fn verify_account(call: Call<PayeeAccountId, Nothing>) -> Answer {
    let id = call.path;
    let programme =
        call.read(move |conn, by| Ok(actions::see_account(conn, &by.actor, id)?.programme_id)).await?;
    call.write(Lane::Programme(programme), StatusCode::OK, move |conn, by| {
        actions::verify_account(conn, by, id)
    })
    .await
}
