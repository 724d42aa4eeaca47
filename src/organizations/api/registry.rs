//! `admin-units`, `registration`, `merger`, `invitations`, `slips`.

use actix_web::http::StatusCode;

use super::{
    super::{
        actions,
        model::{
            AdminUnit, AdminUnitChange, NewAdminUnit, NewMerger, NewRegistration, NewSlip, Organization, Slip,
        },
        rules, store,
    },
    lane_of,
};
use crate::{
    db::Lane,
    error::Error,
    http::{Answer, Call, Endpoint, GROUP_READERS, Nothing, Paging, Shown, Whose, answer, cursor, limit},
    kernel::{
        ids::{AdminUnitId, InvitationId, OrganizationId, ProgrammeId},
        page::Page,
    },
    people::{self, FreshCode, Handover, Invitation, Invited, NewInvitation},
};

const UNITS: &str = "/api/v1/programmes/{programme_id}/admin-units";
const INVITATIONS: &str = "/api/v1/organizations/{organization_id}/invitations";

/// The endpoints of the tree of units and of what happens to a row.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(UNITS, enter_unit, "添加区、街道或社区 · Enter a unit")
            .whose(Whose::Programme)
            .roles(rules::RECORDERS)
            .takes::<NewAdminUnit>()
            .gives::<Shown<AdminUnit>>(),
        Endpoint::get(UNITS, units, "区、街道、社区 · The tree of units")
            .whose(Whose::SignedIn)
            .list(&["cursor"])
            .gives::<Page<Shown<AdminUnit>>>(),
        Endpoint::patch(
            "/api/v1/admin-units/{unit_id}",
            change_unit,
            "修改单位 · Rename a unit or take it out of use",
        )
        .whose(Whose::Programme)
        .roles(rules::RECORDERS)
        .takes::<AdminUnitChange>()
        .gives::<Shown<AdminUnit>>(),
        Endpoint::post(
            "/api/v1/organizations/{organization_id}/registration",
            upgrade,
            "备案转登记 · A filed group has been registered",
        )
        .whose(Whose::Organization)
        .roles(rules::KEEPERS)
        .status(200)
        .versioned()
        .takes::<NewRegistration>()
        .gives::<Shown<Organization>>(),
        Endpoint::post(
            "/api/v1/organizations/{organization_id}/merger",
            merge,
            "合并重复机构 · Merge a duplicate into another organisation",
        )
        .whose(Whose::Organization)
        .roles(rules::RECORDERS)
        .status(200)
        .versioned()
        .takes::<NewMerger>()
        .gives::<Shown<Organization>>(),
        Endpoint::post(INVITATIONS, invite, "邀请人员 · Invite somebody to act for the organisation")
            .whose(Whose::Organization)
            .roles(rules::KEEPERS)
            .takes::<NewInvitation>()
            .gives::<Invited>(),
        Endpoint::get(INVITATIONS, invitations, "邀请列表 · Invitations")
            .roles(GROUP_READERS)
            .whose(Whose::Organization)
            .list(&["cursor"])
            .gives::<Page<Shown<Invitation>>>(),
        Endpoint::post(
            "/api/v1/invitations/{invitation_id}/withdrawal",
            withdraw_invitation,
            "撤回邀请 · Take an invitation back",
        )
        .whose(Whose::Organization)
        .roles(rules::KEEPERS)
        .status(200)
        .versioned()
        .gives::<Shown<Invitation>>(),
        Endpoint::post(
            "/api/v1/organizations/{organization_id}/slips",
            print_slip,
            "打印登录纸条 · A one-time code on paper for one of its people",
        )
        .whose(Whose::Organization)
        .roles(rules::SLIP_GIVERS)
        .takes::<NewSlip>()
        .gives::<Slip>(),
    ]
}

async fn enter_unit(call: Call<ProgrammeId, NewAdminUnit>) -> Answer {
    let (programme, body, id) = (call.path, call.body.clone(), AdminUnitId::generate());
    call.write(Lane::Programme(programme), StatusCode::CREATED, move |conn, by| {
        actions::enter_unit(conn, by, programme, id, &body)
    })
    .await
}

/// Everybody who is signed in may choose where their group belongs.
async fn units(call: Call<ProgrammeId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, programme) = (limit(asked)?, cursor::<AdminUnitId>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            if !store::programme_exists(conn, programme)? {
                return Err(Error::not_found());
            }
            let found = store::list_units(conn, programme, after, limit)?;
            let shown = found.into_iter().map(|unit| actions::show_unit(&by.actor, unit)).collect();
            Ok(Page::cut(shown, limit, |last: &Shown<AdminUnit>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn change_unit(call: Call<AdminUnitId, AdminUnitChange>) -> Answer {
    let (id, body) = (call.path, call.body.clone());
    let unit = call.read(move |conn, _| Ok(store::find_unit(conn, id)?)).await?;
    let lane = Lane::Programme(unit.ok_or_else(Error::not_found)?.programme_id);
    call.write(lane, StatusCode::OK, move |conn, by| actions::change_unit(conn, by, id, &body)).await
}

async fn upgrade(call: Call<OrganizationId, NewRegistration>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::upgrade(conn, by, id, &body)).await
}

async fn merge(call: Call<OrganizationId, NewMerger>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::merge(conn, by, id, &body)).await
}

async fn invite(call: Call<OrganizationId, NewInvitation>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    // Links begin with the configured address, never with what a request says of its host (trust.md §5, number 11).
    let handover = Handover::make(&call.app.settings.server.base_url)?;
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::invite(conn, by, id, &handover, &body))
        .await
}

async fn invitations(call: Call<OrganizationId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, id) = (limit(asked)?, cursor::<InvitationId>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            actions::require_reader(conn, &by.actor, id)?;
            let keeps = actions::require_keeper(&by.actor, id).is_ok();
            let found = people::list_invitations(conn, id, after, limit)?;
            let shown =
                found.into_iter().map(|invitation| people::show_invitation(by, keeps, invitation)).collect();
            Ok(Page::cut(shown, limit, |last: &Shown<Invitation>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn withdraw_invitation(call: Call<InvitationId, Nothing>) -> Answer {
    let id = call.path;
    let found = call.read(move |conn, _| Ok(people::find_invitation(conn, id)?)).await?;
    let lane = Lane::Programme(found.ok_or_else(Error::not_found)?.programme_id);
    call.write(lane, StatusCode::OK, move |conn, by| actions::withdraw_invitation(conn, by, id)).await
}

async fn print_slip(call: Call<OrganizationId, NewSlip>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    let (fresh, base_url) = (FreshCode::make()?, call.app.settings.server.base_url.clone());
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        actions::print_slip(conn, by, id, &fresh, &base_url, &body)
    })
    .await
}
