//! `revelations`, `personal-data/access`, `me/data-export`, `me/erasure-requests`, `erasure-requests`, `me/consents`.

use actix_web::http::StatusCode;
use serde::Deserialize;

use super::{
    actions::{self, ERASERS, REVEALERS},
    model::{
        Consent, DataExport, ErasureDecision, ErasureRequest, NewConsent, NewErasureRequest, NewRevelation,
        Revelation,
    },
    store::{self, Filter},
};
use crate::{
    audit::AccessRow,
    db::Lane,
    error::Error,
    http::{Actor, Answer, Call, Endpoint, Paging, Shown, Whose, answer, cursor, forbidden, limit},
    kernel::{
        ids::{AccessId, ConsentId, ErasureRequestId, ProgrammeId, UserId},
        page::Page,
        role::Role,
        time::Timestamp,
    },
};

/// Who may ask who saw whose data: auditors in their programmes, audit administrators everywhere.
const WATCHERS: &[Role] = &[Role::Auditor, Role::AuditAdmin];

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::post(
            "/api/v1/programmes/{programme_id}/revelations",
            reveal,
            "查看原文（须说明理由，记录在案） · See one masked value plain, with a reason that goes on record",
        ).whose(Whose::Programme)
        .roles(REVEALERS)
        .limited()
        .takes::<NewRevelation>()
        .gives::<Revelation>(),
        Endpoint::get(
            "/api/v1/personal-data/access",
            accesses,
            "谁看过谁的个人信息 · Who saw whose data, latest first",
        ).whose(Whose::Record)
        .roles(WATCHERS)
        .list(&["from", "to", "subject", "actor"])
        .gives::<Page<AccessRow>>(),
        Endpoint::get("/api/v1/me/data-export", export, "导出本人信息 · Everything that is stored of me").whose(Whose::Account).person_only()
            .gives::<DataExport>(),
        Endpoint::post("/api/v1/me/erasure-requests", request, "申请注销 · Ask that my data be erased").whose(Whose::Account).person_only()
            .takes::<NewErasureRequest>()
            .gives::<Shown<ErasureRequest>>(),
        Endpoint::get("/api/v1/erasure-requests", requests, "注销申请列表 · Requests for erasure").whose(Whose::Installation)
            .roles(ERASERS)
            .list(&[])
            .gives::<Page<Shown<ErasureRequest>>>(),
        Endpoint::post(
            "/api/v1/erasure-requests/{erasure_request_id}/decision",
            decide,
            "处理注销申请 · Erase somebody's data, or say why not",
        ).whose(Whose::Installation)
        .roles(ERASERS)
        .status(200)
        .versioned()
        .takes::<ErasureDecision>()
        .gives::<Shown<ErasureRequest>>(),
        Endpoint::post("/api/v1/me/consents", consent, "同意 · Accept a notice, or agree to a use of my data").whose(Whose::Account).person_only()
            .takes::<NewConsent>()
            .gives::<Consent>(),
        Endpoint::post(
            "/api/v1/me/consents/{consent_id}/withdrawal",
            withdraw,
            "撤回同意 · Withdraw a consent",
        ).whose(Whose::Account).person_only()
        .status(200)
        .gives::<Consent>(),
    ]
}

async fn reveal(call: Call<ProgrammeId, NewRevelation>) -> Answer {
    let (programme, id, body) = (call.path, AccessId::generate(), call.body.clone());
    call.write(Lane::Programme(programme), StatusCode::CREATED, move |conn, by| {
        actions::reveal(conn, by, programme, id, &body)
    })
    .await
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Accesses {
    limit: Option<i64>,
    cursor: Option<String>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    subject: Option<String>,
    actor: Option<UserId>,
}

/// The programmes whose accesses this person may read; none for all of them.
fn watched(actor: &Actor) -> Result<Option<Vec<ProgrammeId>>, Error> {
    if actor.require_installation(&[Role::AuditAdmin, Role::Auditor]).is_ok() {
        return Ok(None);
    }
    let own = actor.memberships.iter().filter(|held| held.role == Role::Auditor);
    let programmes: Vec<ProgrammeId> = own.filter_map(|held| held.programme_id).collect();
    if programmes.is_empty() { Err(forbidden(WATCHERS)) } else { Ok(Some(programmes)) }
}

async fn accesses(call: Call) -> Answer {
    let Accesses { limit: asked, cursor: given, from, to, subject, actor } = call.query()?;
    let (limit, before) = (limit(asked)?, cursor::<AccessId>(given.as_deref())?);
    let page = call
        .read(move |conn, by| {
            let filter = Filter { programmes: watched(&by.actor)?, from, to, subject, actor };
            let found = store::accesses(conn, &filter, before, limit)?;
            Ok(Page::cut(found, limit, |last| last.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn export(call: Call) -> Answer {
    let export = call.read(actions::export).await?;
    answer(StatusCode::OK, &export)
}

async fn request(call: Call<(), NewErasureRequest>) -> Answer {
    let (id, body) = (ErasureRequestId::generate(), call.body.clone());
    call.write(Lane::Installation, StatusCode::CREATED, move |conn, by| {
        actions::request_erasure(conn, by, id, &body)
    })
    .await
}

async fn requests(call: Call) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, after) = (limit(asked)?, cursor::<ErasureRequestId>(given.as_deref())?);
    let page = call
        .read(move |conn, by| {
            by.actor.require_installation(ERASERS)?;
            let found = store::list_requests(conn, after, limit)?;
            let shown = found.into_iter().map(|request| actions::show_request(by, request)).collect();
            Ok(Page::cut(shown, limit, |last: &Shown<ErasureRequest>| last.object.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn decide(call: Call<ErasureRequestId, ErasureDecision>) -> Answer {
    let (id, body) = (call.path, call.body.clone());
    // Copies made before, such as backups, lie under this key: they are gone with it.
    let key = call.app.db.keys().map(|keys| keys.current());
    call.write(Lane::Installation, StatusCode::OK, move |conn, by| {
        actions::decide_erasure(conn, by, id, key.as_deref(), &body)
    })
    .await
}

async fn consent(call: Call<(), NewConsent>) -> Answer {
    let (id, body) = (ConsentId::generate(), call.body.clone());
    call.write(Lane::Installation, StatusCode::CREATED, move |conn, by| actions::consent(conn, by, id, &body))
        .await
}

async fn withdraw(call: Call<ConsentId>) -> Answer {
    let id = call.path;
    call.write(Lane::Installation, StatusCode::OK, move |conn, by| actions::withdraw_consent(conn, by, id))
        .await
}
