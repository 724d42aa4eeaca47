//! `applications/{id}` checked: `machine-check`, `form-check`, `eligibility`, `correction-requests`, `extensions`.

use actix_web::http::StatusCode;

use super::{
    super::{
        actions,
        model::{
            ApplicationView, CorrectionRequest, Extension, MachineCheck, NewCorrectionRequest, NewExtension,
            NewFinding,
        },
        rules::Action,
        store,
    },
    lane_of,
};
use crate::{
    http::{Answer, Call, Endpoint, GROUP_READERS, Shown, Whose, answer},
    kernel::{
        ids::{ApplicationId, CorrectionRequestId},
        page::Page,
        role::{Role, STAFF},
    },
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/applications/{application_id}/machine-check",
            machine_check,
            "机器审查 · What the machine finds now, and the checklist",
        )
        .whose(Whose::Organization)
        .roles(STAFF)
        .gives::<MachineCheck>(),
        Endpoint::post(
            "/api/v1/applications/{application_id}/form-check",
            check_form,
            "形式审查(第一人)· The first person's finding",
        )
        .whose(Whose::Organization)
        .not_when_tied()
        .guarded(&Action::CheckForm)
        .status(200)
        .versioned()
        .takes::<NewFinding>()
        .gives::<Shown<ApplicationView>>(),
        Endpoint::post(
            "/api/v1/applications/{application_id}/eligibility",
            confirm,
            "资格审查(第二人)· The second person's finding",
        )
        .whose(Whose::Organization)
        .not_when_tied()
        .guarded(&Action::Accept)
        .status(200)
        .versioned()
        .takes::<NewFinding>()
        .gives::<Shown<ApplicationView>>(),
        Endpoint::post(
            "/api/v1/applications/{application_id}/correction-requests",
            request_correction,
            "补正通知 · Send it back with everything that is to be put right",
        )
        .whose(Whose::Organization)
        .not_when_tied()
        .guarded(&Action::RequestCorrection)
        .versioned()
        .takes::<NewCorrectionRequest>()
        .gives::<CorrectionRequest>(),
        Endpoint::get(
            "/api/v1/applications/{application_id}/correction-requests",
            corrections,
            "历次补正通知 · Notices to supplement",
        )
        .roles(GROUP_READERS)
        .whose(Whose::Organization)
        .gives::<Page<CorrectionRequest>>(),
        Endpoint::post(
            "/api/v1/applications/{application_id}/extensions",
            extend,
            "个别延期 · Give one application more time",
        )
        .whose(Whose::Organization)
        .roles(&[Role::ProgramOfficer])
        .from_states(&["draft", "correction_requested"])
        .takes::<NewExtension>()
        .gives::<Extension>(),
    ]
}

async fn machine_check(call: Call<ApplicationId>) -> Answer {
    let id = call.path;
    let found = call.read(move |conn, by| actions::machine_check(conn, by, id)).await?;
    answer(StatusCode::OK, &found)
}

async fn check_form(call: Call<ApplicationId, NewFinding>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::check_form(conn, by, id, &body)).await
}

async fn confirm(call: Call<ApplicationId, NewFinding>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::OK, move |conn, by| actions::confirm_eligibility(conn, by, id, &body)).await
}

async fn request_correction(call: Call<ApplicationId, NewCorrectionRequest>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    let request = CorrectionRequestId::generate();
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        actions::request_correction(conn, by, id, request, &body)
    })
    .await
}

async fn corrections(call: Call<ApplicationId>) -> Answer {
    let id = call.path;
    let items = call
        .read(move |conn, by| {
            actions::require_visible(conn, &by.actor, id)?;
            Ok(store::corrections(conn, id)?)
        })
        .await?;
    answer(StatusCode::OK, &Page::<CorrectionRequest> { items, next_cursor: None })
}

async fn extend(call: Call<ApplicationId, NewExtension>) -> Answer {
    let (id, body, lane) = (call.path, call.body.clone(), lane_of(&call).await?);
    call.write(lane, StatusCode::CREATED, move |conn, by| actions::extend(conn, by, id, &body)).await
}
