//! `notifications` with their `reading`.

use actix_web::http::StatusCode;
use serde::Deserialize;

use super::{Notification, store};
use crate::{
    db::Lane,
    error::Error,
    http::{Answer, Call, Endpoint, Whose, answer, cursor, limit},
    kernel::{ids::NotificationId, page::Page},
};

/// The endpoints of this room.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/notifications", list, "我的通知 · My notices, latest first")
            .whose(Whose::Account)
            .list(&["unread"])
            .polls()
            .gives::<Page<Notification>>(),
        Endpoint::post(
            "/api/v1/notifications/{notification_id}/reading",
            read,
            "标为已读 · Mark a notice as read",
        )
        .whose(Whose::Account)
        .status(200)
        .gives::<Notification>(),
    ]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    limit: Option<i64>,
    cursor: Option<String>,
    unread: Option<bool>,
}

async fn list(call: Call) -> Answer {
    let Query { limit: asked, cursor: given, unread } = call.query()?;
    let (limit, before) = (limit(asked)?, cursor::<NotificationId>(given.as_deref())?);
    let page = call
        .read(move |conn, by| {
            let found = store::list(conn, by.actor.user_id, unread, before, limit)?;
            Ok(Page::cut(found, limit, |last| last.id.to_string()))
        })
        .await?;
    answer(StatusCode::OK, &page)
}

async fn read(call: Call<NotificationId>) -> Answer {
    let id = call.path;
    call.write(Lane::Installation, StatusCode::OK, move |conn, by| {
        let mut notice = store::find(conn, by.actor.user_id, id)?.ok_or_else(Error::not_found)?;
        by.proceed_unversioned(conn)?;
        if notice.read_at.is_none() {
            store::mark_read(conn, id, by.now)?;
            notice.read_at = Some(by.now);
        }
        Ok(notice)
    })
    .await
}
