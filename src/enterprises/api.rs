//! `enterprises` and their `verification`.

use actix_web::http::StatusCode;

use super::{
    actions,
    model::{Enterprise, NewEnterprise},
    rules, store,
};
use crate::{
    db::Lane,
    http::{
        Answer, Call, ENTERPRISE_READERS, Endpoint, Nothing, Paging, Shown, Whose, answer, cursor, limit,
    },
    kernel::{
        ids::{EnterpriseId, ProgrammeId},
        page::Page,
    },
};

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/programmes/{programme_id}/enterprises",
            register,
            "登记企业 · Register an enterprise",
        )
        .whose(Whose::SignedIn)
        .takes::<NewEnterprise>()
        .gives::<Shown<Enterprise>>(),
        Endpoint::get(
            "/api/v1/programmes/{programme_id}/enterprises",
            list,
            "企业列表 · Enterprises you may see",
        )
        .whose(Whose::Listed)
        .list(&["cursor"])
        .gives::<Page<Shown<Enterprise>>>(),
        Endpoint::get("/api/v1/enterprises/{enterprise_id}", get, "企业 · One enterprise")
            .roles(ENTERPRISE_READERS)
            .whose(Whose::Enterprise)
            .gives::<Shown<Enterprise>>(),
        Endpoint::post(
            "/api/v1/enterprises/{enterprise_id}/verification",
            verify,
            "核验企业 · Verify an enterprise",
        )
        .whose(Whose::Enterprise)
        .roles(rules::VERIFIERS)
        .status(200)
        .versioned()
        .gives::<Shown<Enterprise>>(),
    ]
}

async fn register(call: Call<ProgrammeId, NewEnterprise>) -> Answer {
    let (programme, id, body) = (call.path, EnterpriseId::generate(), call.body.clone());
    call.write(Lane::Programme(programme), StatusCode::CREATED, move |conn, by| {
        actions::register(conn, by, programme, id, &body)
    })
    .await
}

async fn list(call: Call<ProgrammeId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after, programme) = (limit(asked)?, cursor::<EnterpriseId>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            by.actor.require_any_role(programme)?;
            let own = by.actor.memberships.iter().filter_map(|m| m.enterprise_id).collect();
            let only = if by.actor.is_staff_of(programme) { None } else { Some(own) };
            let found = store::list(conn, programme, only, after, limit)?;
            let shown = found.into_iter().map(|enterprise| actions::show(&by.actor, enterprise)).collect();
            Ok(Page::cut(shown, limit, |last: &Shown<Enterprise>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn get(call: Call<EnterpriseId>) -> Answer {
    let id = call.path;
    let shown =
        call.read(move |conn, by| Ok(actions::show(&by.actor, actions::see(conn, &by.actor, id)?))).await?;
    answer(StatusCode::OK, &shown)
}

async fn verify(call: Call<EnterpriseId, Nothing>) -> Answer {
    let id = call.path;
    let programme = call.read(move |conn, by| Ok(actions::see(conn, &by.actor, id)?.programme_id)).await?;
    call.write(Lane::Programme(programme), StatusCode::OK, move |conn, by| actions::verify(conn, by, id))
        .await
}
