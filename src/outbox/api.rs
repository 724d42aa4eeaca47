//! `programmes/{id}/dead-letters`, `dead-letters` with their `retry`.

use actix_web::http::StatusCode;

use super::dead::{self, DeadLetter, INSTALLATION_KEEPERS, KEEPERS};
use crate::{
    http::{Answer, Call, Endpoint, Nothing, Paging, Whose, answer, cursor, limit},
    kernel::{
        ids::{MailId, ProgrammeId},
        page::Page,
        role::Role,
    },
};

/// Everybody who may queue something again: which letters they are is told by the action.
const RETRIERS: &[Role] = &[Role::ProgramOfficer, Role::CenterDirector, Role::SystemAdmin];

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get(
            "/api/v1/programmes/{programme_id}/dead-letters",
            of_programme,
            "未送达的通知 · Letters of the programme that were given up",
        )
        .whose(Whose::Programme)
        .roles(KEEPERS)
        .list(&["cursor"])
        .gives::<Page<DeadLetter>>(),
        Endpoint::get(
            "/api/v1/dead-letters",
            of_installation,
            "不属于任何项目的未送达通知 · Letters of no programme that were given up",
        )
        .whose(Whose::Installation)
        .roles(INSTALLATION_KEEPERS)
        .list(&["cursor"])
        .gives::<Page<DeadLetter>>(),
        Endpoint::post("/api/v1/dead-letters/{mail_id}/retry", retry, "重新发送 · Queue it again")
            .whose(Whose::Letter)
            .roles(RETRIERS)
            .from_states(&["dead"])
            .status(200)
            .gives::<DeadLetter>(),
    ]
}

async fn of_programme(call: Call<ProgrammeId>) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, before, programme) = (limit(asked)?, cursor::<MailId>(given.as_deref())?, call.path);
    let page = call
        .read(move |conn, by| {
            by.actor.require(programme, KEEPERS)?;
            let found = dead::list(conn, Some(programme), before, limit)?;
            Ok(Page::cut(found, limit, |last| last.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn of_installation(call: Call) -> Answer {
    let Paging { limit: asked, cursor: given } = call.query()?;
    let (limit, before) = (limit(asked)?, cursor::<MailId>(given.as_deref())?);
    let page = call
        .read(move |conn, by| {
            by.actor.require_installation(INSTALLATION_KEEPERS)?;
            let found = dead::list(conn, None, before, limit)?;
            Ok(Page::cut(found, limit, |last| last.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn retry(call: Call<MailId, Nothing>) -> Answer {
    let id = call.path;
    let lane = call.read(move |conn, _| dead::lane(conn, id)).await?;
    call.write(lane, StatusCode::OK, move |conn, by| dead::retry(conn, by, id)).await
}
