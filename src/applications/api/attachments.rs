//! `applications/{id}/attachments`: list, upload, download, take out.

use actix_web::{http::StatusCode, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::{actions::attachments as actions, rules::Action};
use crate::{
    attachments::{Attachment, Desk, serve},
    http::{Answer, Call, Endpoint, GROUP_READERS, Guarded, Received, View, Whose, answer, no_content},
    kernel::{
        ids::{ApplicationId, AttachmentId},
        page::Page,
    },
};

/// The endpoints of this file.
pub fn endpoints() -> Vec<Endpoint> {
    let own = Action::Edit.roles();
    vec![
        Endpoint::get(
            "/api/v1/applications/{application_id}/attachments",
            list_attachments,
            "附件列表 · Its files",
        )
        .roles(GROUP_READERS)
        .whose(Whose::Organization)
        .gives::<Page<Attachment>>(),
        Endpoint::post("/api/v1/applications/{application_id}/attachments", attach, "上传附件 · Add a file")
            .whose(Whose::Organization)
            .roles(own)
            .from_states(actions::STATES)
            .takes_file()
            .gives::<Attached>(),
        Endpoint::get(
            "/api/v1/applications/{application_id}/attachments/{attachment_id}/content",
            download,
            "下载附件 · Download a file",
        )
        .recorded("attachment.download")
        .roles(GROUP_READERS)
        .whose(Whose::Organization)
        .media("application/octet-stream")
        .also(&[(409, "尚在查毒 / not scanned yet")]),
        Endpoint::delete(
            "/api/v1/applications/{application_id}/attachments/{attachment_id}",
            detach,
            "删除附件 · Take a file out",
        )
        .whose(Whose::Organization)
        .roles(own)
        .from_states(actions::STATES),
    ]
}

/// A file that was added.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attached {
    /// The file.
    #[serde(flatten)]
    pub attachment: Attachment,
    /// What was taken out of it before it was stored: `exif` (with the place a photo was taken), `xmp`, `iptc`,
    /// `comment`, `other_metadata`, `trailing_data`.
    pub removed: Vec<&'static str>,
}

impl View for Attached {}

async fn list_attachments(call: Call<ApplicationId>) -> Answer {
    let id = call.path;
    let items = call.read(move |conn, by| actions::list(conn, &by.actor, id)).await?;
    answer(StatusCode::OK, &Page::<Attachment> { items, next_cursor: None })
}

async fn attach(received: Received<ApplicationId>, desk: web::Data<Desk>) -> Answer {
    let Received { call, upload } = received;
    let (id, now) = (call.path, call.by.now);
    let lane = call.read(move |conn, _| actions::lane(conn, id)).await?;
    // What is refused here is told by the action below, in its order: an answer given before comes first.
    let room = call.read(move |conn, by| actions::room_for_one(conn, by, id)).await;
    let file = match (room, upload) {
        (Ok(room), Ok(upload)) => desk.prepare(upload, now, |file| room.admit(file)).await,
        (Err(error), _) | (_, Err(error)) => Err(error),
    };
    let new = AttachmentId::generate();
    let removed = file.as_ref().map(|file| file.removed.clone()).unwrap_or_default();
    call.write(lane, StatusCode::CREATED, move |conn, by| {
        let attachment = actions::add(conn, by, id, new, &file)?;
        Ok(Attached { attachment, removed: removed.clone() })
    })
    .await
}

async fn download(call: Call<(ApplicationId, AttachmentId)>, desk: web::Data<Desk>) -> Answer {
    let (id, attachment) = call.path;
    let file = call.read(move |conn, by| actions::see(conn, &by.actor, id, attachment)).await?;
    serve(&desk, &file, &file.name).await
}

async fn detach(call: Call<(ApplicationId, AttachmentId)>) -> Answer {
    let (id, attachment) = call.path;
    let lane = call.read(move |conn, _| actions::lane(conn, id)).await?;
    let by = call.by.clone();
    call.app.db.write(lane, move |conn| actions::remove(conn, &by, id, attachment)).await?;
    Ok(no_content())
}
